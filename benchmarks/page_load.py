"""Time that a page's main thread spends on a script when the page is loaded, from Chromium's own trace."""

import json
import statistics
from typing import Any

from playwright.sync_api import Browser, Route, sync_playwright

PAGE, SCRIPT = "https://shop.example.com/", "https://data.example.com/d.js"
HTML = f'<!doctype html><title>A page</title><script async src="{SCRIPT}"></script>Hello'


def main_thread_milliseconds(program: str, scripts: dict[str, str], loads: int) -> dict[str, float]:
    """The median for each script, over pages that have never been seen before. Nothing leaves the machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        spent: dict[str, list[float]] = {name: [] for name in scripts}
        for _ in range(loads):
            for name, text in scripts.items():
                spent[name].append(_load(browser, text))
        browser.close()
    return {name: statistics.median(each) for name, each in spent.items()}


def _load(browser: Browser, script: str) -> float:
    context = browser.new_context()
    page = context.new_page()

    def answer(route: Route) -> None:
        bodies = {PAGE: ("text/html", HTML), SCRIPT: ("application/javascript", script)}
        kind, body = bodies.get(route.request.url, ("application/json", "{}"))
        route.fulfill(content_type=kind, body=body, headers={"Access-Control-Allow-Origin": "*"})

    page.route("**/*", answer)
    browser.start_tracing(page=page, categories=["devtools.timeline"])
    page.goto(PAGE)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    context.close()
    return sum(event.get("tdur", 0) for event in events if _runs(event)) / 1000


def _runs(event: dict[str, Any]) -> bool:
    """Whether a trace event is the compilation or the run of the script."""
    url = event.get("args", {}).get("data", {}).get("url")
    return event["name"] in ("v8.compile", "EvaluateScript") and url == SCRIPT
