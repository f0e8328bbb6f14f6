"""Chromium, Firefox and WebKit behind one interface, as Debian packages them: no browser is downloaded.

Playwright drives Chromium, Firefox ESR understands WebDriver BiDi, WebKitGTK comes with a WebDriver of its own.
"""

import json
import os
import re
import shutil
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from playwright.sync_api import Browser, BrowserContext
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service
from urllib3.exceptions import HTTPError
from websockets.sync.client import connect

SECONDS = 30
STARTS = 3  # of a browser that does not answer
PROMISE_SECONDS = 20  # ends in the page, before any driver gives up
# What is not for this machine would go to a proxy that does not exist; the rest is for Firefox not to try.
FIREFOX_PREFERENCES = {
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.newtabpage.enabled": False,
    "browser.region.update.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.startup.page": 0,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.push.connection.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "extensions.update.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "services.settings.server": "http://127.0.0.1:9",
    "toolkit.telemetry.server": "http://127.0.0.1:9",
}


class EngineMissing(Exception):
    """A browser, or what drives it, is not installed; says which package has it."""


class Engine(ABC):
    """One browser with one page."""

    name: ClassVar[str]

    @abstractmethod
    def fresh(self) -> None:
        """Go on with a new page that knows no cookies and has nothing stored."""

    @abstractmethod
    def open(self, url: str) -> None:
        """Take the page there and wait until it has loaded."""

    def evaluate(self, script: str) -> Any:
        """The JSON value of an expression, or of the promise that it is; raises what it throws."""
        late = f"setTimeout(late, {PROMISE_SECONDS * 1000}, new Error('no value in {PROMISE_SECONDS} seconds'))"
        value = f"await Promise.race([({script}), new Promise((_, late) => {late})])"
        return json.loads(self._text(f"(async () => JSON.stringify({value}) ?? 'null')()"))

    @abstractmethod
    def _text(self, script: str) -> str:
        """The text that an expression promises."""

    @abstractmethod
    def click(self, css_selector: str) -> None:
        """Click the first match with the mouse, as a person does."""

    @abstractmethod
    def close(self) -> None:
        """End everything that was started."""


class Chromium(Engine):
    """A context of a browser that whoever launched it closes."""

    name = "chromium"

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._context: BrowserContext | None = None
        self.fresh()

    def fresh(self) -> None:
        self.close()
        self._context = self._browser.new_context()
        self._page = self._context.new_page()

    def open(self, url: str) -> None:
        self._page.goto(url)

    def _text(self, script: str) -> str:
        return self._page.evaluate(script)

    def click(self, css_selector: str) -> None:
        self._page.click(css_selector)

    def close(self) -> None:
        if self._context:
            self._context.close()


class Firefox(Engine):
    """A headless Firefox with a profile of its own; each fresh page is in a user context of its own."""

    name = "firefox"

    def __init__(self, program: str) -> None:
        self._numbers = count()
        self._user_context = ""
        with ExitStack() as started:
            home = Path(started.enter_context(_folder()))
            lines = [
                f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in FIREFOX_PREFERENCES.items()
            ]
            (home / "user.js").write_text("\n".join(lines), encoding="utf-8")
            output = started.enter_context((home / "output").open("w"))
            process = started.enter_context(
                subprocess.Popen(
                    [program, "--headless", "--remote-debugging-port=0", "--profile", str(home)],
                    env=os.environ | {"HOME": str(home)},
                    stdout=output,
                    stderr=output,
                )
            )
            started.callback(process.kill)
            address = _bidi_address(process, home / "output")
            self._socket = started.enter_context(connect(address, proxy=None, ping_interval=None, max_size=None))
            self._call("session.new", capabilities={})
            self.fresh()
            self._started = started.pop_all()

    def _call(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (reply := json.loads(self._socket.recv(timeout=SECONDS))).get("id") != number:
            pass
        if reply["type"] == "error":
            raise RuntimeError(f"{reply['error']}: {reply['message']}")
        return reply["result"]

    def fresh(self) -> None:
        if self._user_context:
            self._call("browser.removeUserContext", userContext=self._user_context)
        self._user_context = self._call("browser.createUserContext")["userContext"]
        self._page = self._call("browsingContext.create", type="tab", userContext=self._user_context)["context"]

    def open(self, url: str) -> None:
        self._call("browsingContext.navigate", context=self._page, url=url, wait="complete")

    def _value(self, script: str) -> dict[str, Any]:
        target = {"context": self._page}
        outcome = self._call("script.evaluate", expression=script, target=target, awaitPromise=True)
        if outcome["type"] == "exception":
            raise RuntimeError(outcome["exceptionDetails"]["text"])
        return outcome["result"]

    def _text(self, script: str) -> str:
        return self._value(script)["value"]

    def click(self, css_selector: str) -> None:
        found = f"document.querySelector({json.dumps(css_selector)})"
        element = self._value(f"{found}.scrollIntoView({{block: 'center', behavior: 'instant'}}), {found}")
        over = {"type": "element", "element": {"sharedId": element["sharedId"]}}
        actions = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": over},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        mouse = {"type": "pointer", "id": "mouse", "actions": actions}
        self._call("input.performActions", context=self._page, actions=[mouse])

    def close(self) -> None:
        self._started.close()


class WebKit(Engine):
    """MiniBrowser on a display that nobody sees; each fresh page is a browser of its own, which keeps nothing."""

    name = "webkit"

    def __init__(self, program: str, driver: str, display: str) -> None:
        self._options = Options()
        self._options.binary_location = program
        self._options.add_argument("--automation")
        self._options.page_load_timeout = SECONDS * 1000
        self._session: webdriver.Remote | None = None
        with ExitStack() as started:
            home = started.enter_context(_folder())
            screen = started.enter_context(
                subprocess.Popen(
                    [display, "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                )
            )
            started.callback(screen.terminate)
            number = screen.stdout.readline().strip()
            if not number:
                raise RuntimeError("Xvfb did not start")
            environ = os.environ | {"HOME": home, "DISPLAY": f":{number}", "GDK_BACKEND": "x11"}
            self._service = Service(driver, env=environ)
            self._service.start()
            started.callback(self._service.stop)
            started.callback(self._quit)
            self.fresh()
            self._started = started.pop_all()

    def fresh(self) -> None:
        self._quit()
        for attempt in range(STARTS):
            try:
                self._start()
                break
            except (HTTPError, WebDriverException):  # now and then a MiniBrowser ends before it has answered
                if attempt == STARTS - 1:
                    raise
                self._service.stop()
                self._service.start()

    def _start(self) -> None:
        limits = ClientConfig(self._service.service_url, timeout=SECONDS)
        self._session = webdriver.Remote(self._service.service_url, options=self._options, client_config=limits)

    def _quit(self) -> None:
        if self._session:
            with suppress(HTTPError, WebDriverException):  # it may have ended already
                self._session.quit()
            self._session = None

    def open(self, url: str) -> None:
        self._session.get(url)

    def _text(self, script: str) -> str:
        return self._session.execute_script(f"return {script}")

    def click(self, css_selector: str) -> None:
        self._session.find_element(By.CSS_SELECTOR, css_selector).click()

    def close(self) -> None:
        self._started.close()


def chromium(browser: Browser) -> Engine:
    """A Chromium that Playwright has launched: two Playwrights do not run in one thread."""
    return Chromium(browser)


def firefox() -> Engine:
    """A Firefox ESR of its own."""
    return Firefox(_installed("firefox-esr", package="firefox-esr"))


def webkit() -> Engine:
    """A WebKitGTK of its own."""
    driver = _installed("WebKitWebDriver", package="webkit2gtk-driver")
    display = _installed("Xvfb", package="xvfb")
    programs = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    if not programs:
        raise EngineMissing("no MiniBrowser found (Debian and Ubuntu: the package libwebkit2gtk-4.1-0)")
    return WebKit(str(programs[-1]), driver, display)


# By name; Chromium asks for the browser that it shares with other tests.
ENGINES: dict[str, Callable[[Callable[[], Browser]], Engine]] = {
    "chromium": lambda browser: chromium(browser()),
    "firefox": lambda _: firefox(),
    "webkit": lambda _: webkit(),
}


def _installed(program: str, *, package: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise EngineMissing(f"no {program} found (Debian and Ubuntu: the package {package})")
    return found


def _folder() -> TemporaryDirectory[str]:
    """For what a browser keeps; processes of it may still be ending when it goes."""
    return TemporaryDirectory(prefix="engine-", ignore_cleanup_errors=True)


def _bidi_address(process: subprocess.Popen[bytes], output: Path) -> str:
    """Where a starting Firefox says that it listens."""
    deadline = time.monotonic() + SECONDS
    while not (said := re.search(r"BiDi listening on (ws://\S+)\n", output.read_text(encoding="utf-8"))):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"Firefox did not start: {output.read_text(encoding='utf-8')}")
        time.sleep(0.05)
    return f"{said[1]}/session"
