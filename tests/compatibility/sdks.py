"""The SDKs: how each is run with a job, and how it takes what it is answered."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from ..browser.world import World

HERE = Path(__file__).parent
DRIVERS = HERE / "drivers"
SECONDS = 60


@dataclass(frozen=True)
class Sdk:
    """An SDK: what it is called in tests, the program that uses it, and what that loads where it does not say so
    itself: a module of Python, or for a page a file of the package."""

    name: str
    driver: str
    package: str = ""


OF_SERVERS = (
    Sdk("segment_python", "python_client.py", "segment.analytics.client"),
    Sdk("segment_node", "segment_node.mjs"),
    Sdk("rudderstack_python", "python_client.py", "rudderstack.analytics.client"),
    Sdk("rudderstack_node", "rudderstack_node.mjs"),
)
IN_PAGES = (
    Sdk("segment_browser", "segment_browser.js", "@segment/analytics-next/dist/umd/index.js"),
    Sdk(
        "rudderstack_browser",
        "rudderstack_browser.js",
        "@rudderstack/analytics-js/dist/npm/modern/bundled/umd/index.js",
    ),
)


def run_as_program(sdk: Sdk, job: dict[str, Any]) -> list[str]:
    """Let an SDK for servers do a job; what it reports as failed."""
    interpreter = sys.executable if sdk.driver.endswith(".py") else "node"
    command = [interpreter, str(DRIVERS / sdk.driver), json.dumps(job | {"package": sdk.package})]
    ended = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


def run_in_page(sdk: Sdk, job: dict[str, Any], page: Page, world: World, packages: Path) -> None:
    """Let an SDK for browsers begin a job in a page of `shop.localhost`."""
    for path, file in (("/sdk.js", packages / sdk.package), ("/driver.js", DRIVERS / sdk.driver)):
        world.files[path] = (file.read_text(encoding="utf-8"), "application/javascript", {})
    head = f'<script>job = {json.dumps(job)}</script><script src="/sdk.js"></script><script src="/driver.js"></script>'
    page.clock.install()
    page.goto(world.page(head=head))


def ten_minutes_later(page: Page, url: str) -> None:
    """Let the page's timers run, and what they send to the server at `url` arrive."""
    page.clock.run_for(10 * 60 * 1000)
    page.evaluate(f"fetch('{url}/v1/openapi.json', {{mode: 'no-cors'}}).then(() => 0)")
