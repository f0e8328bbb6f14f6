"""The secrets that rows have, which the key of one region's KMS encrypts: taken out of it, and put under another's."""

import json
from collections.abc import Callable

from chalicelib import encryption
from chalicelib.integrations import secrets as of_integrations
from chalicelib.integrations.table import Revision
from chalicelib.pipelines import secrets as of_pipelines
from chalicelib.pipelines.table import PipelineKey
from chalicelib.store import Table

from ..copy_back import Secrets
from ..tables import Item

OF_KEYS = (PipelineKey.secret.attr_name, PipelineKey.previous_secret.attr_name)
OF_REVISIONS = Revision.secrets.attr_name

Change = Callable[[str, dict[str, str]], str]


def opened(model: type[Table], item: Item) -> Item:
    """The row with its secrets in clear."""
    return _changed(model, item, encryption.decrypt)


def sealed(model: type[Table], item: Item) -> Item:
    """The row as it is stored in this stage."""
    return _changed(model, item, encryption.encrypt)


SECRETS = Secrets(opened, sealed)


def _changed(model: type[Table], item: Item, change: Change) -> Item:
    if model is PipelineKey:
        context = of_pipelines.context_of(item["pipeline_id"]["S"])
        return item | {name: {"S": change(item[name]["S"], context)} for name in OF_KEYS if "S" in item.get(name, {})}
    if model is Revision:
        context = of_integrations.context_of(item["integration_id"]["S"])
        secrets = sorted(json.loads(item[OF_REVISIONS]["S"]).items())
        return item | {OF_REVISIONS: {"S": json.dumps({field: change(text, context) for field, text in secrets})}}
    return item
