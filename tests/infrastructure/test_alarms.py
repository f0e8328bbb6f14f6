"""What is watched can be: every alarm and graph looks at something that is there, and tells a person what to do."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from chalicelib import metrics
from chalicelib.infrastructure.alarms import Alarm, of_stage
from chalicelib.infrastructure.functions import FUNCTIONS
from chalicelib.infrastructure.parameters import HAS_ALARM_EMAIL, HAS_DOMAIN
from chalicelib.infrastructure.queries import QUERIES
from chalicelib.infrastructure.queues import KEPT_SECONDS
from chalicelib.infrastructure.resources import template

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
TEMPLATE = template("prod")
RESOURCES = TEMPLATE["Resources"]
ALARMS = of_stage("prod", "signal-prod-")
ALARM = pytest.mark.parametrize("alarm", ALARMS, ids=lambda each: each.name)
RUNBOOK = re.split(r"^## ", OPERATIONS.partition("## Runbook")[2], flags=re.MULTILINE)[0]
ENTRIES = {heading: text for heading, _, text in (each.partition("\n") for each in RUNBOOK.split("\n### ")[1:])}
PARTS = ("What it means.", "What people notice.", "First look.", "What to do.")


def resource(alarm: Alarm) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[alarm.logical_id]
    return found


def of_type(kind: str) -> list[dict[str, Any]]:
    return [each["Properties"] for each in RESOURCES.values() if each["Type"] == kind]


def name_of(thing: dict[str, Any]) -> str:
    """The name of a resource whose property for it ends with that word, as they do."""
    return str(next(value for key, value in thing.items() if key.endswith("Name")))


THERE = {
    "QueueName": {name_of(each) for each in of_type("AWS::SQS::Queue")},
    "FunctionName": {name_of(each) for each in of_type("AWS::Serverless::Function")},
    "TableName": {name_of(each) for each in of_type("AWS::DynamoDB::Table")},
    "LogGroupName": {name_of(each) for each in of_type("AWS::Logs::LogGroup")},
    "ApiName": {RESOURCES["RestAPI"]["Properties"]["Name"]},
}


@ALARM
def test_an_alarm_looks_at_what_is_there(alarm: Alarm) -> None:
    for dimension, value in alarm.source.dimensions.items():
        if isinstance(value, dict):
            assert value["Ref"] in RESOURCES
        else:
            assert value in THERE.get(dimension, {value})
    if not alarm.source.namespace.startswith("AWS/"):
        assert alarm.source.namespace == metrics.namespace("prod")
        assert alarm.source.name in {metric.name for metric in metrics.METRICS if not metric.by_vendor}


@ALARM
def test_an_alarm_says_what_it_means_and_where_to_go_on(alarm: Alarm) -> None:
    properties = resource(alarm)["Properties"]
    assert properties["AlarmName"] == f"signal-prod-{alarm.name}"
    assert properties["AlarmDescription"].startswith(alarm.means)
    assert properties["AlarmDescription"].endswith(alarm.link)
    assert len(properties["AlarmDescription"]) <= 1024  # CloudWatch, PutMetricAlarm


@ALARM
def test_an_alarm_tells_when_it_begins_and_when_it_ends(alarm: Alarm) -> None:
    properties = resource(alarm)["Properties"]
    assert properties["AlarmActions"] == properties["OKActions"] == [{"Ref": "AlarmTopic"}]


def test_no_two_alarms_have_one_name() -> None:
    assert len({alarm.name for alarm in ALARMS}) == len(ALARMS) == len(of_type("AWS::CloudWatch::Alarm"))


@ALARM
def test_an_alarm_leads_to_its_entry_in_the_runbook(alarm: Alarm) -> None:
    document, _, anchor = alarm.link.partition("#")
    assert (ROOT / document).read_text(encoding="utf-8") == OPERATIONS
    assert alarm.entry in ENTRIES
    assert anchor == alarm.entry.lower().replace(" ", "-")


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_of_the_runbook_has_an_alarm_and_all_its_parts(entry: str) -> None:
    assert entry in {alarm.entry for alarm in ALARMS}
    found = re.findall(r"^\*\*(.+?)\*\* \S", ENTRIES[entry], re.MULTILINE)
    assert found == list(PARTS)
    look = ENTRIES[entry].partition("**First look.**")[2].partition("**What to do.**")[0]
    assert re.search(r"<!-- runbook -->\n```console\n\$ .+?```", look, re.DOTALL)


def test_links_within_the_runbook_lead_to_headings() -> None:
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", OPERATIONS, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", OPERATIONS)) <= headings


def alarms_of(dimension: str, metric: str) -> set[str]:
    return {each.source.dimensions[dimension] for each in ALARMS if each.source.name == metric}


def test_every_function_is_watched_for_deaths_and_throttling() -> None:
    names = {f"signal-prod-{function.name}" for function in FUNCTIONS}
    assert alarms_of("FunctionName", "Errors") == alarms_of("FunctionName", "Throttles") == names


def test_every_queue_is_watched_for_dead_letters_or_for_waiting() -> None:
    dead = {name for name in THERE["QueueName"] if "dead-letters" in name}
    assert alarms_of("QueueName", "ApproximateNumberOfMessagesVisible") == dead
    assert alarms_of("QueueName", "ApproximateAgeOfOldestMessage") == THERE["QueueName"] - dead


def test_somebody_is_told_of_waiting_messages_long_before_they_are_lost() -> None:
    waiting = [each.threshold for each in ALARMS if each.source.name == "ApproximateAgeOfOldestMessage"]
    assert max(waiting) <= KEPT_SECONDS / 100


def test_only_the_cleanup_is_missed_when_nothing_is_measured() -> None:
    missing = {alarm.name: alarm.missing for alarm in ALARMS if alarm.missing != "notBreaching"}
    assert missing == {"cleanup-missing": "breaching", "events-unaccounted": "ignore", "certificate-expires": "ignore"}
    (cleanup,) = (alarm for alarm in ALARMS if alarm.name == "cleanup-missing")
    assert cleanup.seconds * cleanup.periods == 3 * 3600


def test_a_certificate_is_watched_only_where_a_domain_has_one() -> None:
    conditional = {name: each["Condition"] for name, each in RESOURCES.items() if "Condition" in each}
    assert conditional == {"CertificateExpiresAlarm": HAS_DOMAIN, "AlarmEmailSubscription": HAS_ALARM_EMAIL}


def test_the_topic_is_encrypted_with_a_key_that_alarms_of_this_stage_may_use() -> None:
    assert RESOURCES["AlarmTopic"]["Properties"]["KmsMasterKeyId"] == {"Fn::GetAtt": ["AlarmKey", "Arn"]}
    by_alarms = [
        statement
        for owner, policy in (("AlarmKey", "KeyPolicy"), ("AlarmTopicPolicy", "PolicyDocument"))
        for statement in RESOURCES[owner]["Properties"][policy]["Statement"]
        if "Service" in statement["Principal"]
    ]
    assert [each["Action"] for each in by_alarms] == [["kms:Decrypt", "kms:GenerateDataKey*"], ["sns:Publish"]]
    for statement in by_alarms:
        assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert statement["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"].endswith(":alarm:signal-prod-*")


DASHBOARD = RESOURCES["Dashboard"]["Properties"]
BODY = json.loads(DASHBOARD["DashboardBody"]["Fn::Sub"].replace("${!", "${"))
SHOWN = [line for each in BODY["widgets"] for line in each["properties"].get("metrics", [])]


def test_the_dashboard_is_named_like_its_stage() -> None:
    assert DASHBOARD["DashboardName"] == "signal-prod"


def test_every_graph_shows_what_is_there() -> None:
    names = {metric.name: metric.by_vendor for metric in metrics.METRICS}
    for line in SHOWN:
        if isinstance(line[0], dict):
            search = re.fullmatch(
                r"SEARCH\('\{Signal/prod,Vendor\} MetricName=\"(\w+)\"', '\w+', 300\)", line[0]["expression"]
            )
            assert search
            assert names[search[1]]
        elif line[0] == "Signal/prod":
            assert names[line[1]] is False
        else:
            dimensions = [each for each in line[2:] if isinstance(each, str)]
            for dimension, value in zip(dimensions[::2], dimensions[1::2], strict=True):
                assert value in THERE.get(dimension, {value})


def test_every_metric_of_ours_is_shown() -> None:
    text = json.dumps(SHOWN)
    assert [metric.name for metric in metrics.METRICS if metric.name not in text] == []


def test_what_is_lost_is_seen_first() -> None:
    first = [each["properties"].get("title") for each in BODY["widgets"][:3]]
    assert first == [None, "Alarms", "Is anything lost? All of it must be 0"]


def test_widgets_do_not_overlap_and_fit_the_grid() -> None:
    taken: set[tuple[int, int]] = set()
    for each in BODY["widgets"]:
        cells = {(each["x"] + x, each["y"] + y) for x in range(each["width"]) for y in range(each["height"])}
        assert not taken & cells
        assert each["x"] + each["width"] <= 24
        taken |= cells


def test_a_widget_has_no_more_lines_and_the_dashboard_no_more_widgets_than_cloudwatch_takes() -> None:
    assert len(BODY["widgets"]) <= 500
    assert all(len(each["properties"].get("metrics", [])) <= 500 for each in BODY["widgets"])


def logged() -> tuple[set[str], set[str]]:
    """The messages and fields of all lines that the product may log, from its source."""
    messages: set[str] = set()
    of_every_line = {"time", "level", "message", "traceback"}
    of_a_request = {"request_id", "method", "route", "code", "org_id", "user_id"}
    fields = of_every_line | of_a_request | {metric.name for metric in metrics.METRICS}
    for path in (ROOT / "chalicelib").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if ast.unparse(node.func) in ("logs.info", "logs.warning", "logs.error", "metrics.report"):
                messages |= {each.value for each in node.args if isinstance(each, ast.Constant)}
                fields |= {each.arg for each in node.keywords if each.arg}
            elif ast.unparse(node.func) == "metrics.describe":
                fields |= {each.arg for each in node.keywords if each.arg}
    return messages, fields


def test_the_runbook_asks_for_lines_that_the_product_writes() -> None:
    messages, fields = logged()
    asked = re.findall(r"\$\.(\w+)", OPERATIONS)
    assert len(asked) > 10
    assert set(asked) <= fields
    for text in re.findall(r'\$\.message = "([^"]+)"', OPERATIONS):
        assert any(message == text or (text[-1] == "*" and message.startswith(text[:-1])) for message in messages), text


@pytest.mark.parametrize("query", QUERIES, ids=lambda each: each.name)
def test_a_saved_query_asks_for_fields_that_the_product_writes(query: Any) -> None:
    messages, fields = logged()
    texts = re.findall(r'"([^"]*)"', query.text)
    words = set(re.findall(r"(?<![@\w.])[A-Za-z_]+(?![\w(])", re.sub(r'"[^"]*"', "", query.text)))
    language = {"fields", "filter", "sort", "limit", "stats", "by", "as", "and", "or", "asc", "desc"}
    named = set(re.findall(r" as (\w+)", query.text))
    assert words - language - named <= fields
    assert set(texts) <= messages | {"REQUEST_ID", "PIPELINE_ID", "ERROR", "WARNING"}


def test_the_document_names_every_metric() -> None:
    documented = re.findall(r"^\| `([A-Z]\w+)`", OPERATIONS, re.MULTILINE)
    assert documented == [metric.name for metric in metrics.METRICS]
