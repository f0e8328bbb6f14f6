"""The package deployed to an emulator and called, with every function confined to the policy it is deployed with."""

import base64
import gzip
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib import metrics
from chalicelib.infrastructure.alarms import of_stage
from chalicelib.infrastructure.queries import QUERIES, Query

from ..console.browsing import Browser
from ..delivery.stub_vendor import StubVendor
from ..embedded_metrics import values
from . import http_api
from .deployment_to_emulator import EVENTS_FUNCTION, ROOT, Deployed, eventually

pytestmark = pytest.mark.slow

EMAIL, PASSWORD = "owner@acme.example", "correct horse battery staple"
MAKE_OWNER = """
import sys
from chalicelib.accounts.bootstrap import ensure_user
ensure_user("acme", sys.argv[1], "owner", sys.argv[2], "Owner")
"""


@pytest.fixture(scope="module")
def token(deployed: Deployed) -> str:
    deployed.run(MAKE_OWNER, EMAIL, PASSWORD)
    answer = deployed.call("POST", "/v1/admin/auth/login", {"email": EMAIL, "password": PASSWORD})
    assert answer.status == 200, answer.content
    access_token: str = answer.json()["access_token"]
    return access_token


@pytest.fixture(scope="module")
def pipeline(deployed: Deployed, token: str) -> dict[str, str]:
    answer = deployed.call("POST", "/v1/admin/pipelines", {"name": "Shop", "type": "web"}, token)
    assert answer.status == 201, answer.content
    created: dict[str, str] = answer.json()
    return created


def test_it_is_alive(deployed: Deployed) -> None:
    assert deployed.call("GET", "/v1/health").status == 200


def test_it_reaches_its_store(deployed: Deployed) -> None:
    assert deployed.call("GET", "/v1/ready").status == 200


def test_a_wrong_method_is_answered_by_the_application(deployed: Deployed) -> None:
    answer = deployed.call("DELETE", "/v1/admin/auth/login")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


def test_a_pipeline_is_created_changed_rotated_deleted_and_restored(deployed: Deployed, token: str) -> None:
    made = deployed.call("POST", "/v1/admin/pipelines", {"name": "Passing", "type": "web"}, token).json()
    path = f"/v1/admin/pipelines/{made['id']}"
    calls = [("PUT", "", {"enabled": False}), ("POST", "/rotate-secret", {}), ("POST", "/tokens", {})]
    calls += [("DELETE", "", None), ("POST", "/restore", {}), ("GET", "", None)]
    answers = {f"{method} {end}": deployed.call(method, path + end, body, token) for method, end, body in calls}
    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(answers, 200)


def test_pipelines_are_listed_twice(deployed: Deployed, token: str, pipeline: dict[str, str]) -> None:
    """The second list reads the `changed` index, for which the policy has its own resource."""
    for _ in range(2):
        listed = deployed.call("GET", "/v1/admin/pipelines", token=token).json()["pipelines"]
        assert pipeline["id"] in {each["id"] for each in listed}


def test_users_are_added_changed_and_removed(deployed: Deployed, token: str) -> None:
    wanted = {"email": "v@acme.example", "role": "viewer", "password": PASSWORD, "name": "V"}
    added = deployed.call("POST", "/v1/admin/users", wanted, token)
    assert added.status == 201, added.content
    path = f"/v1/admin/users/{added.json()['id']}"
    assert deployed.call("PUT", path, {"role": "editor"}, token).status == 200
    assert deployed.call("DELETE", path, token=token).status == 200
    assert len(deployed.call("GET", "/v1/admin/users", token=token).json()["users"]) == 1


def test_a_sign_in_is_renewed_and_ended(deployed: Deployed, token: str) -> None:
    tokens = deployed.call("POST", "/v1/admin/auth/login", {"email": EMAIL, "password": PASSWORD}).json()
    renewed = deployed.call("POST", "/v1/admin/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    assert renewed.status == 200, renewed.content
    last = {"refresh_token": renewed.json()["refresh_token"]}
    assert deployed.call("POST", "/v1/admin/auth/logout", last, token).status == 200
    assert deployed.call("POST", "/v1/admin/auth/refresh", last).status == 401


def test_a_wrong_password_is_counted(deployed: Deployed) -> None:
    wrong = {"email": "nobody@acme.example", "password": "wrong password"}
    assert deployed.call("POST", "/v1/admin/auth/login", wrong).status == 401


def test_a_collector_is_built_through_the_queue_and_downloaded(
    deployed: Deployed, token: str, pipeline: dict[str, str]
) -> None:
    path = f"/v1/admin/pipelines/{pipeline['id']}/collector"
    assert deployed.call("POST", f"{path}/build", token=token).json()["status"] == "building"

    def built() -> dict[str, str] | None:
        status: dict[str, str] = deployed.call("GET", f"{path}/status", token=token).json()
        return None if status["status"] == "building" else status

    status = eventually(built, "the collector is built")
    assert status["status"] == "ready", status
    assert status["url"] == f"{deployed.outputs['PublicUrl']}/{pipeline['pipeline_key']}/d.js"
    script = deployed.call("GET", f"{path}/download", token=token)
    assert (script.status, pipeline["pipeline_key"] in script.content.decode()) == (200, True)


def test_an_event_comes_through_the_queue_and_is_accounted_for(
    deployed: Deployed, token: str, pipeline: dict[str, str]
) -> None:
    path = f"/v1/admin/pipelines/{pipeline['id']}"
    assert deployed.call("GET", f"{path}/events", token=token).json()["events"] == []
    event = {"writeKey": pipeline["pipeline_key"], "event": "Product Viewed", "messageId": "m-1"}
    statuses = [deployed.call("POST", "/v1/t", sent).status for sent in (event, event, event | {"event": 5})]
    assert statuses == [200, 200, 400]

    def seen() -> list[dict[str, str]]:
        events: list[dict[str, str]] = deployed.call("GET", f"{path}/events", token=token).json()["events"]
        return events if len(events) == 3 else []

    assert {each["verdict"] for each in eventually(seen, "the events are seen")} == {"accepted", "duplicate", "refused"}
    story = deployed.call("GET", f"{path}/events/m-1", token=token).json()
    assert (story["verdict"], story["event"]["event"]) == ("accepted", "Product Viewed")
    assert deployed.call("GET", f"{path}/events/m-2", token=token).status == 404
    total = deployed.call("GET", f"{path}/metrics", token=token).json()["total"]
    assert (total["archived"], total["duplicate"], total["refused"]) == (1, 1, {"INVALID_EVENT": 1})


def test_every_entrance_has_the_rights_that_it_needs(deployed: Deployed, token: str) -> None:
    """Its function is not the API's, and may less."""
    wanted = {"name": "Entrances", "type": "web", "rate_limit_rps": 500, "challenge_token_required": True}
    made = deployed.call("POST", "/v1/admin/pipelines", wanted, token).json()
    key, secret = made["pipeline_key"], made["pipeline_key_secret"]
    challenge = deployed.call("POST", "/v1/challenge", {"writeKey": key})
    assert challenge.status == 200, challenge.content
    event = {"writeKey": key, "event": "Bought", "challengeToken": challenge.json()["token"]}
    signed = {"Authorization": "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()}
    signed["X-Challenge-Token"] = event["challengeToken"]
    server = json.dumps({"type": "track", "event": "Paid", "userId": "u-1"}).encode()
    statuses = {
        "track": deployed.call("POST", "/v1/t", event).status,
        "without a token": deployed.call("POST", "/v1/t", {"writeKey": key, "event": "Bought"}).status,
        "batch": deployed.call("POST", "/v1/batch", {"batch": [event], **event}).status,
        "signed": deployed.send("POST", "/v1/events", signed, server).status,
        "gzip": deployed.send("POST", "/v1/events", signed, gzip.compress(server)).status,
        "unknown key": deployed.call("POST", "/v1/t", event | {"writeKey": "dk_unknown"}).status,
        "Segment": deployed.call("GET", f"/v1/projects/{key}/settings").status,
        "RudderStack": deployed.call("GET", f"/sourceConfig?writeKey={key}").status,
        "preflight": deployed.call("OPTIONS", "/v1/t").status,
        "ready": deployed.call("GET", "/v1/ready").status,
        "nothing": deployed.call("GET", "/v1/nothing").status,
        "wrong method": deployed.call("GET", "/v1/t").status,
    }
    refused = {"without a token": 403, "unknown key": 401, "nothing": 404, "wrong method": 405}
    assert statuses == dict.fromkeys(statuses, 200) | refused


def test_nothing_of_peoples_accounts_is_behind_the_entrances_for_events(deployed: Deployed, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    for path in ("/v1/admin/pipelines", "/v1/admin/users", "/console"):
        reply = http_api.ask(deployed.client("lambda"), EVENTS_FUNCTION, "GET", path, headers, b"")
        assert (reply.status, reply.code) == (404, "NOT_FOUND")


def test_an_integration_is_made_revised_attached_tried_and_detached(
    deployed: Deployed, token: str, pipeline: dict[str, str]
) -> None:
    """Each of the calls is one that the policy has to allow, the `attached` index with its own resource."""
    config = {"measurement_id": "G-1A2BCD345E", "api_secret": "secret-1"}
    wanted = {"name": "Analytics", "vendor": "google_analytics_4", "config": config, "preset": "e_commerce"}
    made = deployed.call("POST", "/v1/admin/integrations", wanted, token)
    assert made.status == 201, made.content
    path, on_pipeline = f"/v1/admin/integrations/{made.json()['id']}", f"/v1/admin/pipelines/{pipeline['id']}"
    attached = f"{on_pipeline}/integrations/{made.json()['id']}"
    event, ids = {"type": "page", "userId": "u"}, {"pipeline_ids": [pipeline["id"]]}
    calls: list[tuple[str, str, dict[str, Any] | None]] = [
        ("GET", "/v1/admin/integrations", None),
        ("PUT", path, {"description": "All shops"}),
        ("GET", f"{path}/revisions", None),
        ("GET", f"{path}/revisions/1/diff", None),
        ("POST", f"{path}/dry-run", {"event": event, "pipeline_id": pipeline["id"]}),
        ("POST", f"{path}/preflight", ids),
        ("POST", f"{path}/attach", ids),
        ("PUT", attached, {"enabled": False}),
        ("GET", f"{path}/pipelines", None),
        ("GET", f"{on_pipeline}/integrations", None),
        ("GET", f"{on_pipeline}/parameter-uses", None),
        ("DELETE", attached, None),
        ("POST", f"{path}/detach", ids),
        ("DELETE", path, None),
        ("POST", f"{path}/restore", {}),
    ]
    answers = {f"{method} {to}": deployed.call(method, to, body, token) for method, to, body in calls}
    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(answers, 200)
    revised = deployed.call("POST", f"{path}/revisions", {"config": config | {"api_secret": "***"}}, token)
    assert revised.status == 201, revised.content


@dataclass
class Delivery:
    """A pipeline of the deployed API that is to deliver, as its owner uses it."""

    deployed: Deployed
    token: str
    pipeline: dict[str, str]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer to a request that is granted."""
        answer = self.deployed.call(method, f"/v1/admin{path}", body, self.token)
        assert answer.status in (200, 201), answer.content
        return answer.json()

    def attach(self, vendor: str, config: dict[str, Any]) -> str:
        """Attach a new integration; its id."""
        wanted = {
            "name": f"{vendor} of {self.pipeline['id']}",
            "vendor": vendor,
            "config": config,
            "preset": "all_events",
        }
        integration_id: str = self.ask("POST", "/integrations", wanted)["id"]
        self.ask("PUT", f"/pipelines/{self.pipeline['id']}/integrations/{integration_id}", {})
        return integration_id

    def send(self, name: str) -> None:
        """Send an event whose id is its name."""
        event = {"writeKey": self.pipeline["pipeline_key"], "event": name, "messageId": name}
        assert self.deployed.call("POST", "/v1/t", event).status == 200

    def became(self, message_id: str, integration_id: str) -> str:
        """What the event's story says of an integration once it is at its end there."""

        def ended() -> str | None:
            answer = self.deployed.call(
                "GET", f"/v1/admin/pipelines/{self.pipeline['id']}/events/{message_id}", token=self.token
            )
            steps = answer.json()["steps"] if answer.status == 200 else []
            found = [each["step"] for each in steps if each.get("integration_id") == integration_id]
            return found[0] if found and found[0] != "pending" else None

        step: str = eventually(ended, f"{message_id} is at its end")
        return step


@pytest.fixture
def delivery(deployed: Deployed, token: str) -> Delivery:
    made = deployed.call("POST", "/v1/admin/pipelines", {"name": "Delivering", "type": "web"}, token)
    assert made.status == 201, made.content
    return Delivery(deployed, token, made.json())


@pytest.fixture
def vendor() -> Iterator[StubVendor]:
    stub = StubVendor()
    yield stub
    stub.stop()


def test_an_event_is_delivered_to_a_webhook(delivery: Delivery, vendor: StubVendor) -> None:
    """With a secret, which the deliverer alone may decrypt, and while somebody looks, which is recorded."""
    config = {"url": f"{vendor.url}/events", "authentication": "bearer", "auth_token": "secret-1"}
    integration = delivery.attach("webhook", config)
    events = f"/pipelines/{delivery.pipeline['id']}/events"
    delivery.ask("GET", events)
    delivery.send("ordered")
    assert delivery.became("ordered", integration) == "delivered"
    (request,) = vendor.requests
    assert (request.path, request.json["messageId"]) == ("/events", "ordered")
    assert request.headers["authorization"] == "Bearer secret-1"
    assert {each["verdict"] for each in delivery.ask("GET", events)["events"]} == {"accepted", "delivered"}
    counts = delivery.ask("GET", f"/pipelines/{delivery.pipeline['id']}/metrics")["total"]["deliveries"][integration]
    assert counts == {"handed": 1, "delivered": 1, "withheld": 0, "dead": 0, "pending": 0}
    tested = delivery.ask("POST", f"/integrations/{integration}/test", {"pipeline_id": delivery.pipeline["id"]})
    assert tested["outcome"] == "delivered", tested


def test_an_event_that_is_tried_again_is_delivered(delivery: Delivery, vendor: StubVendor) -> None:
    integration = delivery.attach("webhook", {"url": vendor.url})
    vendor.answer(503)
    delivery.send("again")
    assert delivery.became("again", integration) == "delivered"
    assert [each.answered for each in vendor.requests] == [503, 200]


def test_an_event_is_delivered_to_a_bucket_of_the_organisation(delivery: Delivery) -> None:
    s3, bucket = delivery.deployed.client("s3"), "signal-sink-acme"
    s3.create_bucket(Bucket=bucket)
    integration = delivery.attach("s3", {"bucket": bucket, "prefix": "events/"})
    delivery.send("kept")
    assert delivery.became("kept", integration) == "delivered"
    (found,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    lines = gzip.decompress(s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()).splitlines()
    assert [json.loads(line)["messageId"] for line in lines] == ["kept"]
    assert delivery.ask("POST", f"/integrations/{integration}/test", {})["outcome"] == "delivered"


def test_nothing_is_delivered_to_a_bucket_that_is_not_the_organisations(delivery: Delivery) -> None:
    """What the policy refuses is a dead letter that says so."""
    delivery.deployed.client("s3").create_bucket(Bucket="somebody-elses")
    integration = delivery.attach("s3", {"bucket": "somebody-elses"})
    delivery.send("refused")
    assert delivery.became("refused", integration) == "dead"
    (letter,) = delivery.ask("GET", f"/integrations/{integration}/dead-letters")["dead_letters"]
    assert (letter["code"], "AccessDenied" in letter["reason"]) == ("REFUSED", True), letter
    tested = delivery.ask("POST", f"/integrations/{integration}/test", {})
    assert (tested["outcome"], "AccessDenied" in tested["reason"]) == ("failed", True), tested


def test_an_event_is_delivered_to_a_stream_of_the_organisation(delivery: Delivery) -> None:
    s3, bucket = delivery.deployed.client("s3"), "behind-the-stream"
    s3.create_bucket(Bucket=bucket)
    to = {"BucketARN": f"arn:aws:s3:::{bucket}", "RoleARN": "arn:aws:iam::000000000000:role/firehose"}
    stream = {"DeliveryStreamName": "signal-sink-acme", "ExtendedS3DestinationConfiguration": to}
    delivery.deployed.client("firehose").create_delivery_stream(**stream)
    integration = delivery.attach("firehose", {"stream": "signal-sink-acme"})
    delivery.send("streamed")
    assert delivery.became("streamed", integration) == "delivered"
    assert delivery.ask("POST", f"/integrations/{integration}/test", {})["outcome"] == "delivered"


@pytest.mark.parametrize("by", ["ids", "filter"])
def test_a_dead_letter_is_listed_and_sent_again(delivery: Delivery, vendor: StubVendor, by: str) -> None:
    integration = delivery.attach("webhook", {"url": vendor.url})
    vendor.answer(400)
    delivery.send("failed")
    assert delivery.became("failed", integration) == "dead"
    path = f"/integrations/{integration}/dead-letters"
    (letter,) = delivery.ask("GET", path)["dead_letters"]
    assert (letter["message_id"], letter["code"], letter["attempts"]) == ("failed", "REFUSED", 1)
    assert delivery.ask("GET", f"{path}/{letter['id']}")["payload"]["event"] == "failed"
    wanted = {"ids": [letter["id"]]} if by == "ids" else {"filter": {"code": "REFUSED"}}
    assert delivery.ask("POST", f"{path}/replay", wanted)["count"] == 1
    eventually(lambda: vendor.ids() == ["failed"], "it is sent again")
    eventually(lambda: delivery.ask("GET", path)["dead_letters"] == [], "the dead letter is gone")
    assert delivery.became("failed", integration) == "delivered"


def test_what_cannot_be_read_is_put_away(deployed: Deployed) -> None:
    sqs = deployed.client("sqs")
    sqs.send_message(QueueUrl=deployed.outputs["EventsQueueUrl"], MessageBody="nonsense")

    def put_away() -> list[dict[str, str]]:
        url = deployed.outputs["EventsDeadLetterQueueUrl"]
        letters: list[dict[str, str]] = sqs.receive_message(QueueUrl=url).get("Messages", [])
        return letters

    assert eventually(put_away, "it is put away")[0]["Body"] == "nonsense"


HOURLY = {
    "version": "0",
    "id": "an event",
    "source": "aws.events",
    "account": "000000000000",
    "region": "us-east-1",
    "time": "2026-02-20T10:00:00Z",
    "detail-type": "Scheduled Event",
    "detail": {},
    "resources": [],
}


def test_the_cleanup_runs(deployed: Deployed) -> None:
    answer = deployed.client("lambda").invoke(FunctionName="signal-dev-cleanup", Payload=json.dumps(HOURLY))
    deleted = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, deleted
    assert set(deleted.values()) == {0}


@pytest.fixture(scope="module", params=["ApiHandlerRole", "BuildRole", "CleanupRole", "DeliverRole", "ProcessRole"])
def confined(request: pytest.FixtureRequest, deployed: Deployed) -> tuple[str, Deployed]:
    """Somebody who may do what the function of a role may: a role itself is only for Lambda to take."""
    iam, role = deployed.client("iam"), str(request.param)
    name = next(each["RoleName"] for each in iam.list_roles()["Roles"] if role in each["RoleName"])
    policy = iam.get_role_policy(RoleName=name, PolicyName=f"{role}Policy")["PolicyDocument"]
    iam.create_user(UserName=role)
    iam.put_user_policy(UserName=role, PolicyName="same", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=role)["AccessKey"]
    return role, deployed.as_user(key["AccessKeyId"], key["SecretAccessKey"])


def _table(noun: str, **key: str) -> dict[str, object]:
    return {"TableName": f"signal-dev-{noun}", "Key": {name: {"S": value} for name, value in key.items()}}


# Without these the tests above would pass with IAM switched off.
CALLS = {
    "read a pipeline": ("dynamodb", "get_item", _table("pipelines", org_id="o", id="p")),
    "delete a pipeline": ("dynamodb", "delete_item", _table("pipelines", org_id="o", id="p")),
    "read a user": ("dynamodb", "get_item", _table("users", org_id="o", id="u")),
    "delete a session": ("dynamodb", "delete_item", _table("sessions", id="s")),
    "scan the sessions": ("dynamodb", "scan", {"TableName": "signal-dev-sessions"}),
}
MAY = {
    "ApiHandlerRole": {"read a pipeline", "read a user", "delete a session"},
    "BuildRole": {"read a pipeline"},
    "CleanupRole": {"delete a session"},
    "DeliverRole": {"read a pipeline"},
    "ProcessRole": {"read a pipeline"},
}


@pytest.mark.parametrize("what", CALLS)
def test_a_function_may_do_only_what_its_policy_names(confined: tuple[str, Deployed], what: str) -> None:
    role, user = confined
    service, call, arguments = CALLS[what]
    assert _allowed(user.client(service), call, arguments) == (what in MAY[role])


def _allowed(client: Any, call: str, arguments: dict[str, object]) -> bool:
    try:
        getattr(client, call)(**arguments)
    except ClientError as refused:
        if refused.response["Error"]["Code"] != "AccessDeniedException":
            raise
        return False
    return True


def test_the_console_works_with_nothing_but_the_rights_of_its_function(deployed: Deployed, token: str) -> None:
    browser = Browser(deployed.send)
    assert browser.sign_in(EMAIL, PASSWORD).path == "/console/pipelines"
    new = "/console/pipelines/new"
    page = browser.submit(browser.open(new), new, name="At the console", labels="env:live")
    one = page.soup.select_one("dialog a")["href"]
    settings, rotate = f"{one}/settings", f"{one}/rotate"
    page = browser.submit(browser.open(settings), settings, "general", name="Renamed")
    assert (page.status, page.problems) == (200, [])
    assert browser.submit(browser.open(rotate), rotate).status == 200
    assert browser.submit(browser.open(f"{one}/history/1"), f"{one}/history/1/restore").status == 200
    ends = ("", "/traffic", "/first-event", "/collector", "/events", "/integrations", "/history", "/history/2", "/try")
    screens = ("pipelines", "pipelines?group=env", f"pipelines/activity?id={one.rpartition('/')[2]}", "people", "audit")
    screens += ("integrations", "integrations/library", "integrations/new/webhook", "people/new", "profile")
    opened = [*(f"{one}{end}" for end in ends), *(f"/console/{screen}" for screen in screens)]
    assert {path: browser.open(path).status for path in opened} == dict.fromkeys(opened, 200)
    assert browser.submit(browser.open(settings), f"{one}/delete", confirm="At the console").status == 200
    assert browser.submit(browser.open("/console/profile"), "/console/sign-out").title.startswith("Sign in")


def measured(deployed: Deployed, function: str, metric: metrics.Metric) -> list[dict[str, Any]]:
    """The lines in a function's log group that CloudWatch would take a metric out of."""
    events = deployed.client("logs").filter_log_events(logGroupName=f"/aws/lambda/signal-dev-{function}")["events"]
    lines = [json.loads(each["message"]) for each in events if each["message"].startswith("{")]
    return [line for line in lines if any(name.split(" ")[0] == metric.name for name in values(line))]


def test_a_dead_letter_is_measured_in_the_log_of_the_function(delivery: Delivery, vendor: StubVendor) -> None:
    integration = delivery.attach("webhook", {"url": vendor.url})
    vendor.answer(400)
    delivery.send("refused")
    assert delivery.became("refused", integration) == "dead"

    def found() -> list[dict[str, Any]]:
        lines = measured(delivery.deployed, "deliver", metrics.EVENTS_DEAD_LETTERED)
        return [line for line in lines if line["integration_id"] == integration]

    (line,) = eventually(found, "the dead letter is in the log")
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Signal/dev"
    assert (line["EventsDeadLettered"], line["Vendor"], line["pipeline_id"]) == (1, "webhook", delivery.pipeline["id"])


@pytest.mark.parametrize(
    ("function", "metric"),
    [
        ("ingest", metrics.EVENTS_ACCEPTED),
        ("process", metrics.EVENTS_ARCHIVED),
        ("deliver", metrics.EVENTS_DELIVERED),
        ("build", metrics.BUILDS_READY),
        ("cleanup", metrics.EVENTS_UNACCOUNTED),
    ],
)
def test_every_function_measured_what_it_did_in_the_tests_above(
    deployed: Deployed, function: str, metric: metrics.Metric
) -> None:
    eventually(lambda: measured(deployed, function, metric), f"{metric.name} is in the log")


def test_the_alarms_are_there_and_name_the_topic(deployed: Deployed) -> None:
    """But for the one with an expression, which the emulator lacks, and the one of a domain, which this stage lacks."""
    found = deployed.client("cloudwatch").describe_alarms(AlarmNamePrefix="signal-dev-")["MetricAlarms"]
    wanted = [each for each in of_stage("dev", "signal-dev-") if not each.of_quota and each.condition is None]
    assert {each["AlarmName"] for each in found} == {f"signal-dev-{each.name}" for each in wanted}
    assert {arn for each in found for arn in each["AlarmActions"]} == {deployed.outputs["AlarmTopicArn"]}


def test_the_dashboard_is_there_with_the_region_filled_in(deployed: Deployed) -> None:
    body = deployed.client("cloudwatch").get_dashboard(DashboardName="signal-dev")["DashboardBody"]
    widgets = json.loads(body)["widgets"]
    assert {each["properties"]["region"] for each in widgets if each["type"] == "metric"} == {"us-east-1"}
    assert set(re.findall(r"\$\{.*?\}", body)) == {"${PROP('Dim.Vendor')}"}


@pytest.mark.parametrize("query", QUERIES, ids=lambda each: each.name)
def test_a_saved_query_can_be_asked(deployed: Deployed, query: Query) -> None:
    logs, now = deployed.client("logs"), int(time.time())
    groups = [f"/aws/lambda/signal-dev-{function}" for function in query.functions]
    asked = logs.start_query(logGroupNames=groups, startTime=now - 3600, endTime=now, queryString=query.text)
    complete = eventually(lambda: _complete(logs, asked["queryId"]), "the query is answered")
    assert complete["status"] == "Complete"


def _complete(logs: Any, query_id: str) -> Any:
    answer = logs.get_query_results(queryId=query_id)
    return None if answer["status"] in ("Running", "Scheduled") else answer


def runbook() -> list[Any]:
    """What docs/operations.md tells to type, by the heading it stands under."""
    found, heading = [], ""
    for part in re.findall(r"^### .+|<!-- runbook -->\n```console\n.*?```", OPERATIONS, re.MULTILINE | re.DOTALL):
        if part.startswith("### "):
            heading = part.removeprefix("### ")
        elif "STAGE=" not in part:
            commands = re.findall(r"^\$ (.+)", part, re.MULTILINE)
            found.append(pytest.param("\n".join(commands), id=heading or "what is off"))
    return found


OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
BEFORE = re.findall(r"^\$ (.+)", OPERATIONS.partition("$ STAGE=prod\n")[2].partition("```")[0], re.MULTILINE)


@pytest.mark.skipif(shutil.which("aws") is None, reason="the AWS CLI is needed")
@pytest.mark.parametrize("commands", runbook())
def test_the_first_look_of_the_runbook_works(deployed: Deployed, commands: str) -> None:
    # Named here, because the first version of the CLI asks its own address for queues whatever the environment says.
    emulator = f'aws() {{ command aws --endpoint-url "{deployed.endpoint}" "$@"; }}'
    script = "\n".join(["set -eu -o pipefail", emulator, "STAGE=dev", *BEFORE, commands])
    account = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    ended = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", script], capture_output=True, text=True, env=os.environ | account
    )
    assert (ended.returncode, ended.stderr) == (0, "")
