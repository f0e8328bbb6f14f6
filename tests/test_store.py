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


def test_items_of_several_tables_are_read_together(owner, logged):
    one, other = owner.a_pipeline(), owner.a_pipeline(name="Other")
    wanted = [
        Pipeline(one["org_id"], other["id"]),
        PipelineRow(one["org_id"], one["id"]),
        Pipeline(one["org_id"], "none"),
        Pipeline(one["org_id"], one["id"]),
    ]
    aws.forget_calls()
    found = store.get_together(wanted)
    assert [item and item.name for item in found] == ["Other", "Shop", None, "Shop"]
    assert [type(item) for item in found if item] == [Pipeline, PipelineRow, Pipeline]
    assert aws.calls() == {"dynamodb": 1}
    assert store.get_together([]) == []


def test_what_a_read_left_over_is_read_again(owner, monkeypatch):
    """The store answers with less than was asked for when it would be more than 16 MB."""
    created = [owner.a_pipeline(name=f"Shop {number}") for number in range(3)]
    client = store._shared.client
    real = client.batch_get_item

    def one_at_a_time(RequestItems):  # noqa: N803 - botocore's name
        ((table, asked),) = RequestItems.items()
        first, *others = asked["Keys"]
        answer = real(RequestItems={table: asked | {"Keys": [first]}})
        left = {table: asked | {"Keys": others}} if others else {}
        return answer | {"UnprocessedKeys": left}

    monkeypatch.setattr(client, "batch_get_item", one_at_a_time)
    found = store.get_together([Pipeline(one["org_id"], one["id"]) for one in created])
    assert [item.name for item in found] == ["Shop 0", "Shop 1", "Shop 2"]
