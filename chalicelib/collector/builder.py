"""Building a pipeline's Datafly.js: a pure function of what is public about the pipeline.

The same pipeline gives the same bytes: no time, build id or name is inside.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template


@dataclass(frozen=True, slots=True)
class PublicConfig:
    """All that enters the script. Parameters and secrets are not among it, and nothing else is copied."""

    key: str
    global_variable: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Script:
    """A built collector."""

    content: bytes

    @property
    def version_hash(self) -> str:
        """The first 8 hexadecimal digits of its SHA-256."""
        return hashlib.sha256(self.content).hexdigest()[:8]

    @property
    def integrity(self) -> str:
        """For the `integrity` attribute of a script tag (W3C Subresource Integrity)."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.content).digest()).decode("ascii")


def build(config: PublicConfig) -> Script:
    """The script for one pipeline."""
    slots: dict[str, Any] = {"key": config.key, "global": config.global_variable, "endpoint": config.endpoint}
    return Script(_template().render(config=slots).encode())


@lru_cache(maxsize=1)
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("chalicelib.collector", "src"),
        # A slot is a quoted string, so that the source is JavaScript that a linter can read.
        variable_start_string='"[[',
        variable_end_string=']]"',
        undefined=StrictUndefined,
        autoescape=False,  # it escapes for HTML; tojson escapes for a script
        keep_trailing_newline=True,
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "separators": (",", ":"), "allow_nan": False}
    return environment.get_template("datafly.js")
