"""What is reserved for the API fits the account."""

import re

import pytest

from chalicelib.infrastructure.resources import template
from deployment.concurrency import fitted
from deployment.failure import DeploymentFailed

from .canned import canned

DECLARED = template("prod")["Parameters"]


class Said:
    """A terminal that keeps what it is told."""

    def __init__(self):
        self.lines = []

    def say(self, text):
        self.lines.append(text)


def with_room(account, unreserved):
    limit = {"AccountLimit": {"UnreservedConcurrentExecutions": unreserved}}
    account.expect("lambda", "get_account_settings", limit)


@pytest.mark.parametrize(
    ("said", "previous", "unreserved"),
    [
        pytest.param({}, {}, 120, id="the default just fits"),
        pytest.param({"ApiConcurrency": "50"}, {}, 1000, id="more is asked for"),
        pytest.param({"ApiConcurrency": "50"}, {"ApiConcurrency": "40"}, 110, id="of it most is reserved already"),
        pytest.param({"ApiConcurrency": "0"}, {}, 10, id="none is asked for"),
    ],
)
def test_what_fits_stays_as_it_is_said(said, previous, unreserved):
    with canned() as account:
        with_room(account, unreserved)
        terminal = Said()
        assert fitted(account, said, previous, DECLARED, terminal) == said
    assert terminal.lines == []


def test_what_was_reserved_before_is_not_asked_about():
    with canned() as account:
        assert fitted(account, {}, {"ApiConcurrency": "20"}, DECLARED, Said()) == {}


@pytest.mark.parametrize("unreserved", [10, 119])
def test_in_a_small_account_nothing_is_reserved_and_that_is_said(unreserved):
    with canned() as account:
        with_room(account, unreserved)
        terminal = Said()
        assert fitted(account, {"PublicUrl": ""}, {}, DECLARED, terminal) == {"PublicUrl": "", "ApiConcurrency": "0"}
    (line,) = terminal.lines
    assert f"at most {unreserved} functions at once" in line
    assert "PARAMETERS=ApiConcurrency=20" in line


def test_what_is_asked_for_and_does_not_fit_is_refused():
    with canned() as account:
        with_room(account, 150)
        with pytest.raises(DeploymentFailed, match=re.escape("has room for 50; say less, or ask AWS")):
            fitted(account, {"ApiConcurrency": "60"}, {}, DECLARED, Said())
