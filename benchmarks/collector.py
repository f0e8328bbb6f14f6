"""Datafly.js: its size for three sets of features, beside its peers', and what a build and a page view cost."""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from shutil import which
from typing import Any

from chalicelib.collector import builder
from chalicelib.collector.public_config import PublicConfig, public_config
from chalicelib.collector.vendors import VENDORS

from .figure import COUNT, RATIO, Figure

JS = {"script_filename": "d.js", "global_variable": "_df", "delivery_method": "cdn"}
SITE = {"key": "dk_pip_01jz3k8q4c2h9v7m5n0x", "url": "https://data.example.com"}
BUILDS, LOADS = 60, 15
BUILD_BUDGET, LOAD_BUDGET = 100.0, 10.0  # milliseconds
BUILD_AGAINST_COMPRESSING, LOAD_AGAINST_BARE = 2.0, 3.0
# What every script of this kind does at least: a visitor's id that stays, and one event that is sent.
BARE_SCRIPT = """(function () {
  var id = localStorage.getItem("id") || crypto.randomUUID();
  localStorage.setItem("id", id);
  document.cookie = "id=" + id + ";path=/";
  var event = { type: "page", anonymousId: id, url: location.href, title: document.title };
  event.timestamp = new Date().toISOString();
  fetch("https://data.example.com/v1/p", { method: "POST", keepalive: true, body: JSON.stringify(event) });
})();"""


@dataclass(frozen=True)
class Preset:
    """A set of features that customers choose, with the most bytes that its script may have."""

    config: PublicConfig
    raw: int
    brotli: int


PRESETS = {
    "base": Preset(
        public_config(
            **SITE, js=JS | {"page_views": "load", "retry": False}, identity={}, challenge_token_required=False
        ),
        raw=4_200,
        brotli=1_900,
    ),
    "typical": Preset(
        public_config(
            **SITE,
            js=JS
            | {
                "vendor_syncs": {"ga4": {}, "meta": {}},
                "consent_config": {"sources": [{"type": "google_consent_mode"}]},
            },
            identity={},
            challenge_token_required=False,
        ),
        raw=7_000,
        brotli=2_900,
    ),
    "full": Preset(
        public_config(
            **SITE,
            js=JS
            | {
                "page_views": "hash",
                "vendor_syncs": {name: {} for name in VENDORS},
                "consent_config": {"sources": [{"type": "tcf"}, {"type": "google_consent_mode"}, {"type": "onetrust"}]},
            },
            identity={"cross_domain_enabled": True, "cross_domain_domains": ["shop.example.net"]},
            challenge_token_required=True,
        ),
        raw=9_500,
        brotli=3_900,
    ),
}

# Bytes (raw, gzip, brotli) of what others serve to everybody, measured in the same way from their packages.
PEERS = {
    "Plausible, tracker 0.4.6": (6_434, 2_681, 2_355),
    "OpenPanel, web 1.4.1": (8_929, 3_277, 2_912),
    "Snowplow lite, 4.10.1": (48_220, 16_918, 15_270),
    "Matomo, 5.2.0-b5": (67_474, 21_909, 19_064),
    "Segment, analytics-next 1.84.3": (114_551, 31_354, 27_445),
    "RudderStack, 3.34.1": (115_562, 33_481, 29_397),
    "Jitsu, 1.11.0": (150_150, 39_341, 33_627),
    "PostHog, 1.449.2": (379_782, 121_924, 102_457),
}


def measure() -> Iterator[Figure]:
    """Sizes, the time of a build, and the time that a page's main thread spends on the script."""
    for name, preset in PRESETS.items():
        script = builder.build(preset.config)
        size, compressed = len(script.content), script.brotli_bytes
        yield Figure(f"Datafly.js {name}: size", size, preset.raw, "B", "minified", fails_at=COUNT)
        yield Figure(f"Datafly.js {name}: brotli", compressed, preset.brotli, "B", "quality 11", fails_at=COUNT)
    spent, ratio = build_time()
    method = f"process_time, median of {BUILDS}"
    yield Figure("Datafly.js full: a build", spent, BUILD_BUDGET, "ms", method)
    name = "Datafly.js full: a build, against compressing it"
    yield Figure(name, ratio, BUILD_AGAINST_COMPRESSING, "×", method, fails_at=RATIO)
    yield from load_times()


def sizes() -> str:
    """The sizes as a table, with the peers'."""
    built = [builder.build(preset.config) for preset in PRESETS.values()]
    ours = {
        f"Datafly.js {name}": (len(script.content), script.gzip_bytes, script.brotli_bytes)
        for name, script in zip(PRESETS, built, strict=True)
    }
    lines = [f"{'script':<34}{'raw':>9}{'gzip':>9}{'brotli':>9}{'brotli, against base':>22}"]
    base = ours["Datafly.js base"][2]
    for name, (raw, gzip, brotli) in (ours | PEERS).items():
        lines.append(f"{name:<34}{raw:>9,}{gzip:>9,}{brotli:>9,}{brotli / base:>20.1f} ×")
    return "\n".join(lines)


def build_time() -> tuple[float, float]:
    """Milliseconds of CPU for a build of everything, with its sizes and hashes, as the worker makes it; and how many
    times those of only compressing what is built."""
    content = builder.build(PRESETS["full"].config).content
    own, bare = [], []
    for _ in range(BUILDS):
        own.append(spent(build_everything))
        bare.append(spent(lambda: compressed(content)))
    ratios = [each / compressing for each, compressing in zip(own, bare, strict=True)]
    return statistics.median(own), statistics.median(ratios)


def compressed(content: bytes) -> tuple[bytes, bytes]:
    """As gzip and as brotli."""
    import gzip

    import brotli

    return gzip.compress(content, 9), brotli.compress(content, quality=11)


def build_everything() -> None:
    """One build."""
    script = builder.build(PRESETS["full"].config)
    _ = script.version_hash, script.integrity, script.gzip_bytes, script.brotli_bytes


def spent(call: Callable[[], Any]) -> float:
    """Milliseconds of CPU of a call."""
    started = time.process_time()
    call()
    return (time.process_time() - started) * 1000


def load_times() -> Iterator[Figure]:
    """For each preset, the milliseconds that Chromium takes to compile and run the script when a page loads it."""
    chromium = which("chromium") or which("chromium-browser") or which("google-chrome")
    if chromium is None:
        print("(no Chromium found: time at load not measured)", file=sys.stderr)
        return
    from .page_load import main_thread_milliseconds

    scripts = {name: builder.build(preset.config).content.decode() for name, preset in PRESETS.items()}
    times = main_thread_milliseconds(chromium, {"bare": BARE_SCRIPT} | scripts, LOADS)
    bare = times.pop("bare")
    for name, taken in times.items():
        method = f"Chromium's EvaluateScript, median of {LOADS}"
        name = f"Datafly.js {name}: main thread at load"
        yield Figure(name, taken, LOAD_BUDGET, "ms", method)
        yield Figure(f"{name}, against bare", taken / bare, LOAD_AGAINST_BARE, "×", "in turn, medians", fails_at=RATIO)
