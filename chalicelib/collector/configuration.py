"""What a stored pipeline makes of its collector."""

import hashlib
import json

from ..pipelines import records
from ..pipelines.table import Pipeline
from ..settings import settings
from . import modules
from .public_config import PublicConfig, public_config


def configuration(pipeline: Pipeline) -> PublicConfig:
    """The configuration of the pipeline's script."""
    return public_config(
        key=records.key_of(pipeline.id),
        url=settings().public_url,
        js=pipeline.js_builder_config,
        identity=pipeline.identity_config,
        challenge_token_required=pipeline.challenge_token_required,
    )


def fingerprint(pipeline: Pipeline) -> str:
    """The same as long as another build would give the same script at the same place: of the configuration and of the
    collector's own version, without building it."""
    config, js = configuration(pipeline), pipeline.js_builder_config
    parts = [config.told, config.switched_on, js["script_filename"], js["delivery_method"], modules.table()["version"]]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
