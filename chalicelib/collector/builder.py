"""Building a pipeline's Datafly.js: a pure function of what is public about the pipeline.

The same configuration gives the same bytes: no time, build id or name is inside. Nothing is minified here: modules are
fragments that `make collector` has minified, joined in a fixed order, and the configuration goes in last, escaped so
that the file may stand in a page as well.
"""

import base64
import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from . import modules
from .public_config import PublicConfig

if TYPE_CHECKING:
    from jinja2 import Template


@dataclass(frozen=True)
class Script:
    """A built collector."""

    content: bytes
    modules: tuple[str, ...]

    @property
    def version_hash(self) -> str:
        """The first 8 hexadecimal digits of its SHA-256."""
        return hashlib.sha256(self.content).hexdigest()[:8]

    @property
    def integrity(self) -> str:
        """For the `integrity` attribute of a script tag (W3C Subresource Integrity)."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.content).digest()).decode("ascii")

    @cached_property
    def gzip_bytes(self) -> int:
        """Its size as gzip at level 9."""
        return len(gzip.compress(self.content, 9, mtime=0))

    @cached_property
    def brotli_bytes(self) -> int:
        """Its size as brotli at quality 11."""
        import brotli

        return len(brotli.compress(self.content, quality=11))


def build(config: PublicConfig) -> Script:
    """The script for one pipeline."""
    chosen = modules.chosen(config.told, config.switched_on)
    return _script(config, chosen, modules.table()["config"], [modules.fragment(module) for module in chosen])


def build_readable(config: PublicConfig) -> Script:
    """The same script from the modules as they were written, for people who have to find out what it does."""
    chosen = modules.chosen(config.told, config.switched_on)
    return _script(config, chosen, "config", [modules.source(module) for module in chosen])


def _script(config: PublicConfig, chosen: list[str], parameter: str, texts: list[str]) -> Script:
    text = _template().render(parameter=parameter, modules=texts, config=config.told)
    return Script(text.encode(), tuple(chosen))


@lru_cache(maxsize=1)
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment: Any = Environment(
        loader=PackageLoader("chalicelib.collector", ""),
        undefined=StrictUndefined,
        autoescape=False,  # it escapes for HTML; tojson escapes for a script
        keep_trailing_newline=True,
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "separators": (",", ":"), "allow_nan": False}
    template: Template = environment.get_template("collector.js.jinja")
    return template
