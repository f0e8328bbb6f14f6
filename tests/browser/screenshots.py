"""`make screenshots`: pictures of every screen of the console, light and dark, wide and narrow; those that
docs/console.md shows are put beside it."""

import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from ..running import ROOT, Running
from .console import signed_in
from .fixtures import QUIET
from .screens import SCREENS, furnish

EVERYTHING = ROOT / "build" / "screenshots"
DOCUMENTED = ROOT / "docs" / "console"
DOCUMENT = (ROOT / "docs" / "console.md").read_text(encoding="utf-8")
SIZES = {"wide": {"width": 1280, "height": 800}, "narrow": {"width": 375, "height": 812}}
SETTLED = 1200  # milliseconds
QUALITY = 80  # of a JPEG


def main() -> int:
    """Take them all."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("Chromium is missing (Debian and Ubuntu: the package chromium)", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        running = Running(Path(folder) / "state")
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        try:
            ids = furnish(running.api)
            traffic(running, ids["pipeline"])
            for scheme in ("light", "dark"):
                for size, viewport in SIZES.items():
                    with signed_in(browser, running, color_scheme=scheme, viewport=viewport) as page:
                        for name, path in SCREENS.items():
                            page.goto(running.url + path.format(**ids))
                            take(page, name, scheme, size)
        finally:
            browser.close()
            running.stop()
    return 0


def take(page: Page, name: str, scheme: str, size: str) -> None:
    """One picture, once live parts have come."""
    page.wait_for_timeout(SETTLED)
    folder = EVERYTHING / f"{scheme}-{size}"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.jpg", type="jpeg", quality=QUALITY, full_page=True)
    if (scheme, size) == ("light", "wide") and f"(console/{name}.jpg)" in DOCUMENT:
        shutil.copy(folder / f"{name}.jpg", DOCUMENTED)
    print(f"{scheme} {size} {name}", flush=True)


def traffic(running: Running, pipeline_id: str) -> None:
    """An hour of traffic as it would have been counted."""
    from local import environment
    from local.state import State

    environment.attach(State(running.state))
    from chalicelib import clock
    from chalicelib.activity import counters

    for minutes in range(1, 60):
        at = (clock.now() - timedelta(minutes=minutes)).isoformat()
        accepted = 180 + (minutes * 37) % 90 + (minutes % 7) * 12
        counts = {"let_in": accepted, "archived": accepted, "refused_ORIGIN_NOT_ALLOWED": (minutes * 13) % 25}
        counters.add(pipeline_id, at, counts)


if __name__ == "__main__":
    sys.exit(main())
