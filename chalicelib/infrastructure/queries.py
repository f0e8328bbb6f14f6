"""Questions to the logs that come up at night, saved in CloudWatch so that nobody has to write them then."""

from dataclasses import dataclass
from typing import Any

from .functions import FUNCTIONS, log_group_id


@dataclass(frozen=True, slots=True)
class Query:
    """A question in the language of Logs Insights, to the logs of some functions. What is to be replaced in it stands
    in capital letters."""

    name: str
    text: str
    functions: tuple[str, ...]

    @property
    def logical_id(self) -> str:
        """`one-request` → `OneRequestQuery`."""
        return "".join(word.capitalize() for word in self.name.split("-")) + "Query"


EVERY = tuple(function.name for function in FUNCTIONS)
ENTRANCES = ("ingest", "api")
QUERIES = (
    Query(
        "one-request",
        "fields @timestamp, level, message, route, status, code, milliseconds, traceback\n"
        '| filter request_id = "REQUEST_ID"\n'
        "| sort @timestamp asc\n"
        "| limit 100",
        EVERY,
    ),
    Query(
        "refusals-of-a-pipeline",
        'filter pipeline_id = "PIPELINE_ID" and ispresent(code)\n'
        "| stats sum(EventsRefused) as refused, sum(EventsRateLimited) as limited, sum(EventsNotStored) as not_stored"
        " by code, route\n"
        "| sort refused desc",
        ENTRANCES,
    ),
    Query(
        "slow-vendors",
        'filter message = "delivery" and ispresent(VendorLatency.0)\n'
        "| stats count(*) as requests, avg(VendorLatency.0) as average, max(VendorLatency.0) as slowest,"
        " sum(EventsRetried) as retried, sum(EventsDeadLettered) as dead by Vendor, integration_id\n"
        "| sort slowest desc",
        ("deliver",),
    ),
    Query(
        "what-went-wrong",
        'filter level = "ERROR" or level = "WARNING"\n'
        "| stats count(*) as times, latest(@timestamp) as last by message, pipeline_id\n"
        "| sort times desc",
        EVERY,
    ),
)


def queries(prefix: str) -> dict[str, Any]:
    """The saved queries of a stage, in a folder of its own."""
    return {query.logical_id: _resource(query, prefix) for query in QUERIES}


def title(query: Query, prefix: str) -> str:
    """What the query is called at Logs Insights."""
    return f"{prefix.rstrip('-')}/{query.name}"


def _resource(query: Query, prefix: str) -> dict[str, Any]:
    asked = [function for function in FUNCTIONS if function.name in query.functions]
    return {
        "Type": "AWS::Logs::QueryDefinition",
        "Properties": {
            "Name": title(query, prefix),
            "LogGroupNames": [{"Ref": log_group_id(function)} for function in asked],
            "QueryString": query.text,
        },
    }
