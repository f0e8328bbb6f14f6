"""Whether it is alive and ready, whichever gateway is asked."""

import pytest

import app as application

from ..client import Api
from ..functions import send_in_process


@pytest.mark.parametrize("http_api", [True, False], ids=["HTTP API", "REST API"])
def test_it_is_alive_and_ready(moto_aws, http_api):
    api = Api(send_in_process(application.app, http_api=http_api))
    assert (api.get("/v1/health").status, api.get("/v1/ready").status) == (200, 200)
