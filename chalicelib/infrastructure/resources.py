"""The CloudFormation template that Chalice's own is merged with: everything that is not a function or a route, and
the changes to those."""

from typing import Any

from ..settings import table_prefix
from .alarms import alarms
from .api import api
from .cdn import cdn
from .dashboard import dashboard
from .functions import functions
from .http_api import http_api
from .parameters import conditions, parameters, public_url, rules
from .queries import queries
from .queues import queues
from .stores import stores
from .tables import tables
from .topic import ALARM_TOPIC, topic


def template(stage: str | None = None) -> dict[str, Any]:
    """The template for `stage`; without one, for the stage of this process, whose tables the models name."""
    prefix = f"signal-{stage}-" if stage else table_prefix()
    stage = stage or prefix.removeprefix("signal-").removesuffix("-")
    kept = tables(prefix) | queues(prefix) | stores(prefix)
    watched = topic(prefix) | alarms(stage, prefix) | dashboard(stage, prefix) | queries(prefix)
    return {
        "Description": f"Datafly Signal, {stage}",
        "Parameters": parameters(),
        "Rules": rules(),
        "Conditions": conditions(),
        "Resources": kept | cdn(prefix) | api(prefix) | http_api(prefix) | functions(stage, prefix) | watched,
        "Outputs": _outputs(prefix),
    }


def _outputs(prefix: str) -> dict[str, Any]:
    """What an operator asks for after deploying, beside Chalice's own EndpointURL."""
    values: dict[str, tuple[str, Any]] = {
        "PublicUrl": ("Where pages reach scripts and ingestion, and people the API", public_url()),
        "CdnDomainName": (
            "The target of the DNS entry of DomainName",
            _attribute("CollectorDistribution", "DomainName"),
        ),
        "CdnDistributionId": ("The distribution, for invalidations by hand", {"Ref": "CollectorDistribution"}),
        "CollectorBucketName": ("Where built collectors lie", {"Ref": "CollectorBucket"}),
        "EventsBucketName": ("Where accepted events are archived", {"Ref": "EventsBucket"}),
        "SecretsKeyArn": ("The key that secrets are encrypted with", _attribute("SecretsKey", "Arn")),
        "TablePrefix": ("What the name of every table starts with", prefix),
        "AlarmTopicArn": ("Where alarms go", {"Ref": ALARM_TOPIC}),
        "EventsQueueUrl": ("Accepted events", {"Ref": "EventsQueue"}),
        "EventsDeadLetterQueueUrl": ("Events that could not be processed", {"Ref": "EventsDeadLetterQueue"}),
        "DeliveriesQueueUrl": ("Events on their way to vendors", {"Ref": "DeliveriesQueue"}),
        "DeliveriesDeadLetterQueueUrl": (
            "Messages to vendors that could not be read",
            {"Ref": "DeliveriesDeadLetterQueue"},
        ),
        "BuildsQueueUrl": ("Collectors to be built", {"Ref": "BuildsQueue"}),
        "BuildsDeadLetterQueueUrl": ("Builds that could not be done", {"Ref": "BuildsDeadLetterQueue"}),
    }
    return {name: {"Description": what, "Value": value} for name, (what, value) in values.items()}


def _attribute(logical_id: str, name: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [logical_id, name]}
