"""What is measured of a running stage: numbers in CloudWatch's embedded metric format, within the log line that a
request or a message ends with anyway. No call is made for them, and nobody waits.

A metric costs $0.30 a month for each value of its dimensions, so vendors are the only dimension. Whose pipeline it was,
or why an event was refused, stands beside the numbers in the line, where Logs Insights finds it.

Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import threading
from dataclasses import dataclass
from typing import Any, Literal

from . import clock, logs
from .settings import settings

VENDOR = "Vendor"
UNKNOWN = "unknown"
MOST_VALUES = 100  # of one metric in a line, as the format has it


@dataclass(frozen=True, slots=True)
class Metric:
    """Something that is measured. `together` is what one line says of several values: their sum, the highest of them,
    or each, so that percentiles can be had."""

    name: str
    meaning: str
    unit: Literal["Count", "Seconds", "Milliseconds", "None"] = "Count"
    together: Literal["sum", "highest", "each"] = "sum"
    by_vendor: bool = False


EVENTS_ACCEPTED = Metric("EventsAccepted", "Events that were answered with 200: the queue has them")
EVENTS_REFUSED = Metric("EventsRefused", "Events that the gate or their form did not let in; `code` says why")
EVENTS_RATE_LIMITED = Metric("EventsRateLimited", "Events that were answered with 429")
EVENTS_NOT_STORED = Metric("EventsNotStored", "Events that were answered with 503 or 500, to be sent again")
EVENTS_ARCHIVED = Metric("EventsArchived", "Events that are in the archive and handed over")
EVENTS_DUPLICATE = Metric("EventsDuplicate", "Events that were there before, by their message id")
EVENTS_FILTERED = Metric("EventsFiltered", "Events of bots, left out as their pipeline asks")
EVENTS_DEAD = Metric("EventsDead", "Events that could not be worked on, put away with the reason")
ARCHIVE_AGE = Metric("ArchiveAge", "From arrival until archived, the oldest event of a call", "Seconds", "highest")
EVENTS_DELIVERED = Metric("EventsDelivered", "Events that a vendor took", by_vendor=True)
EVENTS_RETRIED = Metric("EventsRetried", "Events that are to be sent to a vendor once more", by_vendor=True)
EVENTS_DEAD_LETTERED = Metric("EventsDeadLettered", "Events that a vendor will not get by itself", by_vendor=True)
VENDOR_LATENCY = Metric("VendorLatency", "Until a vendor answered, or was given up", "Milliseconds", "each", True)
DELIVERY_AGE = Metric("DeliveryAge", "From arrival until delivered, the oldest event of a call", "Seconds", "highest")
ADDRESSES_REFUSED = Metric("AddressesRefused", "Requests not made, because the address is not public")
CONFIGURATION_AGE = Metric("ConfigurationAge", "How old the configuration in use may be", "Seconds", "highest")
CONFIGURATION_FAILURES = Metric("ConfigurationFailures", "Configuration that could not be read, or asked for changes")
SNAPSHOTS_USED = Metric("SnapshotsUsed", "Pipelines that go by the copy of their configuration in S3")
EVENTS_UNACCOUNTED = Metric("EventsUnaccounted", "Events of a week ago that have no end, by the counters")
SIGN_IN_FAILURES = Metric("SignInFailures", "Sign-ins with a wrong password or a locked address")
REFRESH_TOKENS_REUSED = Metric("RefreshTokensReused", "Refresh tokens used twice, whose session was ended")
BUILDS_READY = Metric("BuildsReady", "Collectors that were built")
BUILDS_FAILED = Metric("BuildsFailed", "Collectors that could not be built")
BUILD_DURATION = Metric("BuildDuration", "From asking for a build until it is ready", "Seconds", "highest")
ROWS_REMOVED = Metric("RowsRemoved", "Expired rows that the cleanup removed")
CLEANUP_FINISHED = Metric("CleanupFinished", "1 when the cleanup came to its end, 0 when its time was over before")
CERTIFICATE_DAYS = Metric("CertificateDays", "Days until the certificate of the domain expires", "None", "highest")

METRICS: tuple[Metric, ...] = tuple(each for each in globals().values() if isinstance(each, Metric))


class _Measured(threading.local):
    """What this thread has measured since its last line."""

    def __init__(self) -> None:
        self.values: dict[Metric, list[float]] = {}
        self.described: dict[str, str] = {}


_measured = _Measured()


def record(metric: Metric, value: float = 1) -> None:
    """Measure something for the next line."""
    values = _measured.values.setdefault(metric, [])
    if metric.together == "each":
        if len(values) < MOST_VALUES:
            values.append(value)
    elif not values:
        values.append(value)
    else:
        values[0] = values[0] + value if metric.together == "sum" else max(values[0], value)


def describe(**properties: str) -> None:
    """Say in the next line whose, or what, is measured; `Vendor` is the vendor."""
    _measured.described |= properties


def report(message: str, **fields: Any) -> None:
    """Log what happened, and with it what was measured since the last line."""
    values, described = _measured.values, _measured.described
    forget()
    if values:
        logs.measured(message, **described | fields, **_embedded(values, described))
    else:
        logs.info(message, **described | fields)


def report_rest() -> None:
    """Log what was measured and is in no line yet, if anything is: of work that failed before its line."""
    if _measured.values:
        report("measured")
    forget()


def forget() -> None:
    """Forget what was measured since the last line."""
    _measured.values, _measured.described = {}, {}


def namespace(stage: str) -> str:
    """Where CloudWatch has the metrics of a stage."""
    return f"Signal/{stage}"


def _embedded(values: dict[Metric, list[float]], described: dict[str, str]) -> dict[str, Any]:
    """The members that make a log line a document in the embedded metric format."""
    by_vendor = [metric for metric in values if metric.by_vendor]
    of_all = [metric for metric in values if not metric.by_vendor]
    directives = [_directive(found, keys) for found, keys in ((of_all, []), (by_vendor, [VENDOR])) if found]
    numbers: dict[str, Any] = {
        metric.name: found if metric.together == "each" else found[0] for metric, found in values.items()
    }
    if by_vendor and VENDOR not in described:
        numbers[VENDOR] = UNKNOWN
    return numbers | {"_aws": {"Timestamp": clock.milliseconds(), "CloudWatchMetrics": directives}}


def _directive(metrics: list[Metric], keys: list[str]) -> dict[str, Any]:
    return {
        "Namespace": namespace(settings().stage),
        "Dimensions": [keys],
        "Metrics": [{"Name": metric.name, "Unit": metric.unit} for metric in metrics],
    }
