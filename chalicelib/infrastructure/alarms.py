"""What somebody is told of by mail, day and night: each alarm says what it means, and which entry of the runbook in
docs/operations.md tells what to do."""

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from .. import metrics
from ..metrics import Metric
from .api import API_STAGE, api_name
from .functions import FUNCTIONS, Function, function_name
from .http_api import HTTP_STAGE
from .parameters import HAS_DOMAIN
from .topic import ALARM_TOPIC

RUNBOOK = "docs/operations.md"
MINUTE, HOUR = 60, 3600  # seconds


@dataclass(frozen=True, slots=True)
class Source:
    """A metric of CloudWatch."""

    namespace: str
    name: str
    dimensions: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """When somebody is told: when `statistic` of the source is `threshold` or more (or `below` it) in all of so many
    `periods` of so many `seconds`.

    Without data nothing is wrong where things are counted that happen; it is `ignore`d where the cleanup measures, for
    whose absence there is an alarm of its own: that one has it as `breaching`.
    """

    name: str
    entry: str  # the heading in the runbook
    means: str
    source: Source
    threshold: float
    statistic: Literal["Sum", "Maximum", "Minimum"] = "Sum"
    seconds: int = 5 * MINUTE
    periods: int = 1
    below: bool = False
    missing: Literal["notBreaching", "breaching", "ignore"] = "notBreaching"
    condition: str | None = None
    of_quota: bool = False  # the source in per cent of the account's quota for it

    @property
    def logical_id(self) -> str:
        """`events-waiting` → `EventsWaitingAlarm`."""
        return "".join(word.capitalize() for word in self.name.split("-")) + "Alarm"

    @property
    def link(self) -> str:
        """Where the runbook's entry is, as GitHub names headings."""
        return f"{RUNBOOK}#{re.sub(r'[^a-z0-9 -]', '', self.entry.lower()).replace(' ', '-')}"


def alarms(stage: str, prefix: str) -> dict[str, Any]:
    """The alarms of a stage; their names start with `prefix`."""
    return {alarm.logical_id: _resource(alarm, prefix) for alarm in of_stage(stage, prefix)}


def of_stage(stage: str, prefix: str) -> list[Alarm]:
    """What a stage is watched for."""
    return [
        *_of_events(stage),
        *_of_queues(prefix),
        *_of_the_api(prefix),
        *(alarm for function in FUNCTIONS for alarm in _of_a_function(function, prefix)),
        CONCURRENCY,
        *_of_tables(prefix),
        *_of_everything_else(stage),
    ]


def ours(metric: Metric, stage: str) -> Source:
    """A metric that the product itself measures."""
    return Source(metrics.namespace(stage), metric.name)


def _of_events(stage: str) -> list[Alarm]:
    return [
        Alarm(
            name="events-unaccounted",
            entry="Events have no end",
            means="Events that were accepted a week ago are neither delivered nor filtered nor a dead letter: lost, or "
            "in a dead-letter queue.",
            source=ours(metrics.EVENTS_UNACCOUNTED, stage),
            statistic="Maximum",
            seconds=HOUR,
            threshold=1,
            missing="ignore",
        ),
        Alarm(
            name="events-not-stored",
            entry="Events are not stored",
            means="Senders of events are answered with 503 or 500. Collectors and SDKs send again for a while; then "
            "the events are lost.",
            source=ours(metrics.EVENTS_NOT_STORED, stage),
            threshold=1,
        ),
    ]


def _of_queues(prefix: str) -> list[Alarm]:
    return [
        *(_dead_letters(name, queue, prefix) for name, queue in DEAD_LETTER_QUEUES.items()),
        # Events are worked on within seconds. A message comes again six minutes after a function that took it died:
        # this is two such deaths, far below the four days after which a queue forgets.
        _waiting("events", "events", 15 * MINUTE, "archived", prefix),
        # Pauses between attempts are messages of their own, of 15 minutes at most, which with one death makes 21.
        _waiting("deliveries", "deliveries", 30 * MINUTE, "delivered", prefix),
        # People wait for these; after two minutes they are told that it failed.
        _waiting("builds", "builds.fifo", 10 * MINUTE, "built", prefix),
    ]


DEAD_LETTER_QUEUES = {
    "events": "events-dead-letters",
    "deliveries": "deliveries-dead-letters",
    "builds": "builds-dead-letters.fifo",
}


def _dead_letters(name: str, queue: str, prefix: str) -> Alarm:
    return Alarm(
        name=f"{name}-dead-letters",
        entry="A dead-letter queue is not empty",
        means=f"Messages of the {name} queue could not be worked on. They are kept for fourteen days.",
        source=Source("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": prefix + queue}),
        statistic="Maximum",
        threshold=1,
    )


def _waiting(name: str, queue: str, seconds: int, ended: str, prefix: str) -> Alarm:
    return Alarm(
        name=f"{name}-waiting",
        entry="A queue is not worked on",
        means=f"The oldest message of the {name} queue waits for {seconds // MINUTE} minutes to be {ended}. "
        "After four days it is lost.",
        source=Source("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": prefix + queue}),
        statistic="Maximum",
        threshold=seconds,
    )


def _of_the_api(prefix: str) -> list[Alarm]:
    return [
        _failing("api", Source("AWS/ApiGateway", "5XXError", {"ApiName": api_name(prefix), "Stage": API_STAGE})),
        _failing("http-api", Source("AWS/ApiGateway", "5xx", {"ApiId": {"Ref": "EventsApi"}, "Stage": HTTP_STAGE})),
    ]


def _failing(name: str, source: Source) -> Alarm:
    """An API that answers with 5xx. One in five minutes is a restart that nobody notices, five are not."""
    return Alarm(
        name=f"{name}-failing",
        entry="The API fails",
        means="Callers get answers of 5xx: a store does not answer, a function dies, or there is a mistake of ours.",
        source=source,
        threshold=5,
    )


def _of_a_function(function: Function, prefix: str) -> list[Alarm]:
    name = function_name(function, prefix)
    hourly = function.name == "cleanup"
    return [
        # The handlers catch what can be caught, so this is a time-out, a lack of memory, or a zip that cannot start.
        Alarm(
            name=f"{function.name}-errors",
            entry="A function dies",
            means=f"Calls of {name} end before their time: out of time, out of memory, or unable to start.",
            source=Source("AWS/Lambda", "Errors", {"FunctionName": name}),
            threshold=1,
            periods=1 if hourly else 2,  # a single death repairs itself
        ),
        # Of a queue's consumers calls are throttled now and then while they scale; the queue asks again.
        Alarm(
            name=f"{function.name}-throttled",
            entry="A function is throttled",
            means=f"Lambda does not call {name} as often as it is asked to: there is no concurrency left for it.",
            source=Source("AWS/Lambda", "Throttles", {"FunctionName": name}),
            threshold=1,
            periods=1 if hourly else 3,
        ),
    ]


CONCURRENCY = Alarm(
    name="concurrency-exhausted",
    entry="A function is throttled",
    means="The functions of this account and region run at 80 % of the concurrency that AWS grants them.",
    source=Source(
        "AWS/Usage",
        "ResourceCount",
        {"Service": "Lambda", "Type": "Resource", "Resource": "ConcurrentExecutions", "Class": "None"},
    ),
    statistic="Maximum",
    threshold=80,
    of_quota=True,
)


def _of_tables(prefix: str) -> list[Alarm]:
    """Those that every event needs. Of the others the API's failures tell."""
    return [
        _throttled("pipeline-keys", "ReadThrottleEvents", prefix),
        _throttled("seen-events", "WriteThrottleEvents", prefix),
        _throttled("counters", "WriteThrottleEvents", prefix),
        _throttled("deliveries", "WriteThrottleEvents", prefix),
        _broken("pipeline-keys", "GetItem", prefix),
        _broken("seen-events", "TransactWriteItems", prefix),
    ]


def _throttled(table: str, metric: str, prefix: str) -> Alarm:
    return Alarm(
        name=f"{table}-throttled",
        entry="A table does not keep up",
        means=f"DynamoDB refuses requests to the table {prefix}{table} for minutes, so events wait or are refused.",
        source=Source("AWS/DynamoDB", metric, {"TableName": prefix + table}),
        threshold=1,
        seconds=MINUTE,
        periods=3,  # what is shorter the SDK repeats by itself
    )


def _broken(table: str, operation: str, prefix: str) -> Alarm:
    return Alarm(
        name=f"{table}-broken",
        entry="A table does not keep up",
        means=f"DynamoDB answers {operation} of the table {prefix}{table} with errors of its own.",
        source=Source("AWS/DynamoDB", "SystemErrors", {"TableName": prefix + table, "Operation": operation}),
        threshold=5,
    )


def _of_everything_else(stage: str) -> list[Alarm]:
    return [
        Alarm(
            name="builds-failed",
            entry="A collector is not built",
            means="A collector could not be built and would not be at another try. Pages keep the script they have.",
            source=ours(metrics.BUILDS_FAILED, stage),
            threshold=1,
        ),
        Alarm(
            name="configuration-not-read",
            entry="Configuration is not read",
            means="For ten minutes pipelines are delivered by the configuration that was known last.",
            source=ours(metrics.CONFIGURATION_FAILURES, stage),
            threshold=1,
            periods=2,
        ),
        Alarm(
            name="cleanup-missing",
            entry="The cleanup does not come to its end",
            means="For three hours nobody removed expired rows, looked for events without an end, or at the "
            "certificate.",
            source=ours(metrics.CLEANUP_FINISHED, stage),
            seconds=HOUR,
            periods=3,
            threshold=1,
            below=True,
            missing="breaching",
        ),
        Alarm(
            name="certificate-expires",
            entry="The certificate expires",
            means="The certificate of the domain is valid for less than 30 days, and was not renewed as it should be: "
            "ACM begins 60 days before.",
            source=ours(metrics.CERTIFICATE_DAYS, stage),
            statistic="Minimum",
            seconds=HOUR,
            threshold=30,
            below=True,
            missing="ignore",
            condition=HAS_DOMAIN,
        ),
        Alarm(
            name="refresh-tokens-reused",
            entry="A refresh token was used twice",
            means="Two have the same refresh token, so one of them may have stolen it. Its session was ended.",
            source=ours(metrics.REFRESH_TOKENS_REUSED, stage),
            threshold=1,
        ),
    ]


def _resource(alarm: Alarm, prefix: str) -> dict[str, Any]:
    comparison = "LessThanThreshold" if alarm.below else "GreaterThanOrEqualToThreshold"
    condition = {"Condition": alarm.condition} if alarm.condition else {}
    return condition | {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": prefix + alarm.name,
            "AlarmDescription": f"{alarm.means} What to do: {alarm.link}",
            "EvaluationPeriods": alarm.periods,
            "Threshold": alarm.threshold,
            "ComparisonOperator": comparison,
            "TreatMissingData": alarm.missing,
            "AlarmActions": [{"Ref": ALARM_TOPIC}],
            "OKActions": [{"Ref": ALARM_TOPIC}],
            **(_share_of_quota(alarm) if alarm.of_quota else _single(alarm)),
        },
    }


def _single(alarm: Alarm) -> dict[str, Any]:
    return _metric(alarm.source) | {"Statistic": alarm.statistic, "Period": alarm.seconds}


def _share_of_quota(alarm: Alarm) -> dict[str, Any]:
    usage = {"Metric": _metric(alarm.source), "Stat": alarm.statistic, "Period": alarm.seconds}
    share = {"Id": "share", "Expression": "used / SERVICE_QUOTA(used) * 100", "Label": "per cent of the quota"}
    return {"Metrics": [share, {"Id": "used", "MetricStat": usage, "ReturnData": False}]}


def _metric(source: Source) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in source.dimensions.items()]
    return {"Namespace": source.namespace, "MetricName": source.name, "Dimensions": dimensions}
