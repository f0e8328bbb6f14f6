"""An integration attached to a thousand pipelines: in one request, and again when that was interrupted."""

import pytest

from chalicelib.integrations import attaching

from ..client import path_of_integration
from .conftest import at_once
from .invariants import check, ids
from .test_faults import Faults

COUNT = 1000
CONFIG = {"measurement_id": "{{pipeline_param.id}}", "api_secret": "{{pipeline_param.secret}}"}


@pytest.fixture
def thousand(owner):
    """An integration, and a thousand pipelines with parameters of their own."""

    def make(numbers):
        for number in numbers:
            parameters = {"id": f"G-{number:06d}", "secret": f"s-{number}"}
            owner.a_pipeline(name=f"Shop {number}", slug=f"shop-{number}", labels=["all"], parameters=parameters)

    at_once([lambda first=first: make(range(first, COUNT, 4)) for first in range(4)])
    return owner.an_integration(vendor="google_analytics_4", config=CONFIG)


@pytest.mark.slow
def test_a_thousand_pipelines_are_attached_and_what_was_interrupted_goes_on(owner, tables, thousand):
    def many(what, **body):
        return owner.post(path_of_integration(thousand, f"/{what}"), {"label": "all"} | body)

    assert many("preflight").json["ready"] == COUNT
    faults = Faults()
    with faults.injected(at=20):
        assert many("attach").status == 503
    tried = many("attach", dry_run=True).json["counts"]
    assert tried == many("attach").json["counts"]
    assert tried["attached"] % attaching.TOGETHER == COUNT % attaching.TOGETHER
    assert sum(tried.values()) == COUNT
    assert 0 < tried["unchanged"] < COUNT
    assert many("attach").json["counts"] == {"unchanged": COUNT}
    assert many("detach").json["counts"] == {"detached": COUNT}
    of_pipelines = sorted(ids(tables, thousand["org_id"]) - {thousand["id"]})
    check(tables, thousand["org_id"], known={each for number, each in enumerate(of_pipelines) if number % 10})
