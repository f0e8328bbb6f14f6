"""The world in which deliveries are tested."""

import pytest

from chalicelib.settings import settings

from .world import a_world


@pytest.fixture
def _patient(monkeypatch):
    """Tokens that outlive the days of a test, and an operator who allows vendors on the loopback."""
    monkeypatch.setenv("ACCESS_TOKEN_TTL", str(60 * 24 * 3600))
    monkeypatch.setenv("DELIVER_TO_PRIVATE_ADDRESSES", "yes")
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def world(_patient, owner, time, monkeypatch):
    """A pipeline, a stub vendor, and the queue between them."""
    with a_world(owner, time, monkeypatch) as made:
        yield made
