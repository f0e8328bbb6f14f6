"""What changed is found on a real engine: DynamoDB has reserved words that moto lets pass."""

from chalicelib import clock
from chalicelib.pipelines import changes

from ..client import path_of


def test_a_change_is_found(owner):
    pipeline = owner.a_pipeline()
    began = clock.milliseconds()
    assert owner.put(path_of(pipeline), {"enabled": False}).status == 200
    assert pipeline["id"] in {pipeline_id for _, pipeline_id in changes.since(began)}
