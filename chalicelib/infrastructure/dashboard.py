"""What somebody looks at who was woken: first whether anything accepted is lost, then where it comes from and goes to,
and what it runs on."""

import json
from collections.abc import Sequence
from typing import Any

from .. import metrics
from ..metrics import Metric
from .alarms import DEAD_LETTER_QUEUES, RUNBOOK, of_stage
from .api import API_STAGE, api_name
from .functions import FUNCTIONS, function_name
from .queries import QUERIES, title
from .tables import tables

WIDTH, HEIGHT = 24, 6  # of a row in the dashboard's grid
SECONDS = 300
Line = list[Any]
QUEUES = {"events": "events", "deliveries": "deliveries", "builds": "builds.fifo"}


def dashboard(stage: str, prefix: str) -> dict[str, Any]:
    """The dashboard of a stage, named like it."""
    body = {"start": "-PT6H", "periodOverride": "inherit", "widgets": _placed(_rows(stage, prefix))}
    return {
        "Dashboard": {
            "Type": "AWS::CloudWatch::Dashboard",
            "Properties": {"DashboardName": prefix.rstrip("-"), "DashboardBody": {"Fn::Sub": json.dumps(body)}},
        }
    }


def _placed(rows: Sequence[tuple[int, Sequence[dict[str, Any]]]]) -> list[dict[str, Any]]:
    """The widgets of each row side by side, below those of the row before."""
    placed, top = [], 0
    for height, widgets in rows:
        width = WIDTH // len(widgets)
        for number, widget in enumerate(widgets):
            placed.append({"x": number * width, "y": top, "width": width, "height": height} | widget)
        top += height
    return placed


def _rows(stage: str, prefix: str) -> list[tuple[int, list[dict[str, Any]]]]:
    return [
        (5, [_guide(prefix), _alarm_states(stage, prefix)]),
        (HEIGHT, _lost(stage, prefix)),
        (HEIGHT, _traffic(stage)),
        (HEIGHT, _deliveries(stage)),
        (HEIGHT, _ages(stage, prefix)),
        (HEIGHT, _functions(prefix)),
        (HEIGHT, _durations(prefix)),
        (HEIGHT, _tables(prefix)),
        (HEIGHT, _rest(stage)),
        (HEIGHT, _costs(prefix)),
    ]


def _guide(prefix: str) -> dict[str, Any]:
    console = "https://${AWS::Region}.console.aws.amazon.com/cloudwatch/home?region=${AWS::Region}"
    lines = [
        f"# {prefix.rstrip('-')}",
        f"What each alarm means and what to do: `{RUNBOOK}` of the source.",
        f"The logs: [Logs Insights]({console}#logsV2:logs-insights), saved queries in the folder of this stage:",
        *(f"- `{title(query, prefix)}`" for query in QUERIES),
    ]
    return {"type": "text", "properties": {"markdown": "\n".join(lines)}}


def _alarm_states(stage: str, prefix: str) -> dict[str, Any]:
    arn = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:"
    names = [arn + prefix + alarm.name for alarm in of_stage(stage, prefix) if alarm.condition is None]
    return {"type": "alarm", "properties": {"title": "Alarms", "alarms": names}}


def _lost(stage: str, prefix: str) -> list[dict[str, Any]]:
    numbers = [
        _ours(metrics.EVENTS_UNACCOUNTED, stage, "Maximum", "without an end, of a week ago"),
        _ours(metrics.EVENTS_NOT_STORED, stage, "Sum", "not stored"),
        _ours(metrics.EVENTS_DEAD, stage, "Sum", "put away"),
    ]
    waiting = [_queue("ApproximateAgeOfOldestMessage", queue, prefix, name) for name, queue in QUEUES.items()]
    dead = [
        _queue("ApproximateNumberOfMessagesVisible", queue, prefix, name) for name, queue in DEAD_LETTER_QUEUES.items()
    ]
    return [
        _number("Is anything lost? All of it must be 0", numbers),
        _graph("Messages in dead-letter queues", dead, "Maximum"),
        _graph("Seconds that the oldest message waits", waiting, "Maximum"),
    ]


def _traffic(stage: str) -> list[dict[str, Any]]:
    let_in = (
        metrics.EVENTS_ACCEPTED,
        metrics.EVENTS_REFUSED,
        metrics.EVENTS_RATE_LIMITED,
        metrics.EVENTS_NOT_STORED,
    )
    became = (metrics.EVENTS_ARCHIVED, metrics.EVENTS_DUPLICATE, metrics.EVENTS_FILTERED, metrics.EVENTS_DEAD)
    accepted = [_ours(metric, stage, "Sum", metric.name) for metric in let_in]
    settled = [_ours(metric, stage, "Sum", metric.name) for metric in became]
    return [_graph("Events at the entrance", accepted), _graph("What became of accepted events", settled)]


def _deliveries(stage: str) -> list[dict[str, Any]]:
    shown = ((metrics.EVENTS_DELIVERED, "Sum"), (metrics.EVENTS_RETRIED, "Sum"), (metrics.EVENTS_DEAD_LETTERED, "Sum"))
    graphs = [_graph(metric.name, [_by_vendor(metric, stage, statistic)]) for metric, statistic in shown]
    latency = [_by_vendor(metrics.VENDOR_LATENCY, stage, statistic) for statistic in ("p50", "p95")]
    return [*graphs, _graph("VendorLatency, milliseconds: half are faster, and 95 %", latency)]


def _ages(stage: str, prefix: str) -> list[dict[str, Any]]:
    aged = (metrics.ARCHIVE_AGE, metrics.DELIVERY_AGE, metrics.CONFIGURATION_AGE)
    api = ["AWS/ApiGateway", "Latency", "ApiName", api_name(prefix), "Stage", API_STAGE]
    answers = [[*api[:1], name, *api[2:], {"label": name}] for name in ("Count", "4XXError", "5XXError")]
    return [
        _graph("Seconds from arrival until …", [_ours(each, stage, "Maximum", each.name) for each in aged]),
        _graph("The API's answers", answers),
        _graph("The API, milliseconds", [[*api, {"stat": stat, "label": stat}] for stat in ("p50", "p95", "p99")]),
    ]


def _functions(prefix: str) -> list[dict[str, Any]]:
    return [
        _graph("Calls that died", _of_functions("Errors", prefix)),
        _graph("Calls that were throttled", _of_functions("Throttles", prefix)),
        _graph("Calls at the same time", _of_functions("ConcurrentExecutions", prefix), "Maximum"),
    ]


def _durations(prefix: str) -> list[dict[str, Any]]:
    titles = {"p50": "Milliseconds of a call: half are faster", "p95": "Milliseconds of a call: 95 % are faster"}
    return [_graph(text, _of_functions("Duration", prefix), statistic) for statistic, text in titles.items()]


def _tables(prefix: str) -> list[dict[str, Any]]:
    return [
        _graph("Reads that DynamoDB throttled", _of_tables("ReadThrottleEvents", prefix)),
        _graph("Writes that DynamoDB throttled", _of_tables("WriteThrottleEvents", prefix)),
    ]


def _rest(stage: str) -> list[dict[str, Any]]:
    built = [_ours(each, stage, "Sum", each.name) for each in (metrics.BUILDS_READY, metrics.BUILDS_FAILED)]
    built.append(_ours(metrics.BUILD_DURATION, stage, "Maximum", "seconds until ready"))
    people = (metrics.SIGN_IN_FAILURES, metrics.REFRESH_TOKENS_REUSED, metrics.ADDRESSES_REFUSED)
    known = (metrics.CONFIGURATION_FAILURES, metrics.SNAPSHOTS_USED)
    cleaned = [
        _ours(metrics.ROWS_REMOVED, stage, "Sum", "rows removed"),
        _ours(metrics.CLEANUP_FINISHED, stage, "Minimum", "came to its end"),
        _ours(metrics.CERTIFICATE_DAYS, stage, "Minimum", "days of the certificate"),
    ]
    return [
        _graph("Collectors", built),
        _graph("Whom to look at", [_ours(each, stage, "Sum", each.name) for each in people]),
        _graph("Configuration", [_ours(each, stage, "Sum", each.name) for each in known]),
        _graph("Cleanup", cleaned),
    ]


def _costs(prefix: str) -> list[dict[str, Any]]:
    groups = [
        [
            "AWS/Logs",
            "IncomingBytes",
            "LogGroupName",
            f"/aws/lambda/{function_name(each, prefix)}",
            {"label": each.name},
        ]
        for each in FUNCTIONS
    ]
    units = ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits")
    requests = ["AWS/ApiGateway", "Count", "ApiName", api_name(prefix), "Stage", API_STAGE, {"label": "API requests"}]
    return [
        _graph("Requests and calls", [requests, *_of_functions("Invocations", prefix)]),
        _graph("Read units", _of_tables(units[0], prefix)),
        _graph("Write units", _of_tables(units[1], prefix)),
        _graph("Bytes of logs", groups),
    ]


def _ours(metric: Metric, stage: str, statistic: str, label: str) -> Line:
    return [metrics.namespace(stage), metric.name, {"stat": statistic, "label": label}]


def _by_vendor(metric: Metric, stage: str, statistic: str) -> Line:
    """A line for each vendor, whatever vendors there are."""
    schema = f"{{{metrics.namespace(stage)},{metrics.VENDOR}}}"
    search = f"SEARCH('{schema} MetricName=\"{metric.name}\"', '{statistic}', {SECONDS})"
    label = f"${{!PROP('Dim.{metrics.VENDOR}')}} {statistic}"  # the ! keeps CloudFormation from filling it in
    return [{"expression": search, "label": label}]


def _queue(metric: str, queue: str, prefix: str, label: str) -> Line:
    return ["AWS/SQS", metric, "QueueName", prefix + queue, {"label": label}]


def _of_functions(metric: str, prefix: str) -> list[Line]:
    return [
        ["AWS/Lambda", metric, "FunctionName", function_name(each, prefix), {"label": each.name}] for each in FUNCTIONS
    ]


def _of_tables(metric: str, prefix: str) -> list[Line]:
    names = [each["Properties"]["TableName"] for each in tables(prefix).values()]
    return [["AWS/DynamoDB", metric, "TableName", name, {"label": name.removeprefix(prefix)}] for name in names]


def _graph(title: str, lines: list[Line], statistic: str = "Sum") -> dict[str, Any]:
    return _widget(title, lines, statistic, "timeSeries")


def _number(title: str, lines: list[Line]) -> dict[str, Any]:
    """Numbers over the whole span that is shown."""
    widget = _widget(title, lines, "Sum", "singleValue")
    widget["properties"] |= {"setPeriodToTimeRange": True, "sparkline": False}
    return widget


def _widget(title: str, lines: list[Line], statistic: str, view: str) -> dict[str, Any]:
    return {
        "type": "metric",
        "properties": {
            "title": title,
            "view": view,
            "region": "${AWS::Region}",
            "stat": statistic,
            "period": SECONDS,
            "metrics": lines,
        },
    }
