"""DynamoDB's base: one client, and reading its answers cheaply without reading them differently."""

import pytest
from botocore.exceptions import ClientError

from chalicelib import aws, store
from chalicelib.pipelines.table import Pipeline, PipelineRow


@pytest.fixture
def stock(moto_aws):
    """A client as botocore makes it."""
    return aws.session().create_client("dynamodb")


def test_answers_are_read_as_botocore_reads_them(stock, owner):
    created = owner.a_pipeline(labels=["env:production"], parameters={"a": "ü"}, config={"n": [1, 1.5, None, True]})
    key = {"org_id": {"S": created["org_id"]}, "id": {"S": created["id"]}}
    ours = store._shared.client
    requests = [
        ("get_item", {"TableName": Pipeline.Meta.table_name, "Key": key}),
        ("get_item", {"TableName": Pipeline.Meta.table_name, "Key": key | {"id": {"S": "none"}}}),
        ("scan", {"TableName": PipelineRow.Meta.table_name}),
    ]
    for operation, request in requests:
        answers = [getattr(client, operation)(**request) for client in (stock, ours)]
        for answer in answers:
            answer.pop("ResponseMetadata")
        assert answers[0] == answers[1], operation


def test_errors_are_read_as_botocore_reads_them(stock):
    codes = []
    for client in (stock, store._shared.client):
        with pytest.raises(ClientError) as refused:
            client.get_item(TableName="none", Key={"id": {"S": "x"}})
        codes.append(refused.value.response["Error"]["Code"])
    assert codes == ["ResourceNotFoundException"] * 2


def test_all_tables_share_one_client(owner):
    owner.a_pipeline()
    assert Pipeline._get_connection().connection is PipelineRow._get_connection().connection


@pytest.mark.parametrize("model", [Pipeline, PipelineRow])
def test_a_table_is_of_its_stage(model):
    assert model.Meta.table_name.startswith("signal-test-")


def test_a_refused_write_is_known_by_its_name_whatever_its_kind(moto_aws):
    from chalicelib.unique_names import UniqueName

    taken, free = UniqueName("taken", owner="me"), UniqueName("free", owner="me")
    taken.save()
    absent = UniqueName.name.does_not_exist()
    with pytest.raises(store.ConditionFailed) as refused:
        store.transact(
            {
                "put": lambda transaction: transaction.save(free, condition=absent),
                "refused put": lambda transaction: transaction.save(UniqueName("taken", owner="you"), condition=absent),
                "delete": lambda transaction: transaction.delete(UniqueName("gone")),
                "update": lambda transaction: transaction.update(UniqueName("other"), [UniqueName.owner.set("me")]),
            }
        )
    assert list(refused.value.items) == ["refused put"]
    assert [row.name for row in UniqueName.scan()] == ["taken"]
