"""The smoke test: what the product is for, done once by a user of an organisation of its own, from the outside."""

import json
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

import urllib3

from chalicelib.infrastructure.cdn import EVENTS, origin_of

from .failure import DeploymentFailed
from .sign_in import SignIn
from .terminal import Terminal
from .waiting import Clock

BEGIN_SECONDS = 180.0  # a new address has to get around, and permissions too
STEP_SECONDS = 120.0
PAUSE_SECONDS = 2.0
SHOWN_CHARACTERS = 300
PIPELINES = "/v1/admin/pipelines"
TIMEOUT = urllib3.Timeout(connect=10, read=35)  # API Gateway answers within 29 s


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0 when nothing did."""

    status: int
    text: str

    def json(self) -> Any:
        """What it says; None when that is not JSON."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    def __str__(self) -> str:
        text = " ".join(self.text.split())[:SHOWN_CHARACTERS]
        return f"status {self.status}: {text}" if self.status else text


class SmokeTest:
    """One walk through a deployed stage at `address`. `log_group` gives that of a function."""

    def __init__(
        self, address: str, user: SignIn, log_group: Callable[[str], str], terminal: Terminal, clock: Clock
    ) -> None:
        self._address = address.rstrip("/")
        self._user = user
        self._log_group = log_group
        self._terminal = terminal
        self._clock = clock
        self._http = urllib3.PoolManager(timeout=TIMEOUT, retries=False)
        self._token = ""
        self._step = ""

    def walk(self) -> None:
        """All steps, one after the other. Raises DeploymentFailed that names the first one that fails."""
        self._begin("The API answers")
        self._expect("GET", "/v1/ready", seconds=BEGIN_SECONDS)
        self._begin("A user signs in")
        signed_in = self._expect("POST", "/v1/admin/auth/login", asdict(self._user))
        self._token = signed_in["access_token"]
        self._begin("A pipeline is created")
        pipeline = self._expect("POST", PIPELINES, {"name": "Smoke test", "type": "web"}, status=201)
        try:
            self._use(pipeline)
        except DeploymentFailed as failed:
            left = self._ask("DELETE", f"{PIPELINES}/{pipeline['id']}")
            also = "" if left.status == 200 else f"\nIts pipeline {pipeline['id']} could not be deleted either: {left}"
            raise DeploymentFailed(f"{failed}{also}") from failed
        self._begin("The pipeline is deleted")
        self._expect("DELETE", f"{PIPELINES}/{pipeline['id']}")
        self._terminal.done()
        self._passed()

    def _use(self, pipeline: dict[str, Any]) -> None:
        path, message_id = f"{PIPELINES}/{pipeline['id']}", str(uuid.uuid4())
        self._begin("Its collector is built")
        self._expect("POST", f"{path}/collector/build", {})
        status = self._until(
            f"{path}/collector/status", lambda found: found["status"] == "ready", "status ready", "build"
        )
        self._begin("The CDN serves the script")
        self._script(urlsplit(status["url"]).path, pipeline["pipeline_key"])
        self._begin("An event is sent")
        self._expect("GET", f"{path}/events")  # from now on somebody looks, so the event can be looked at
        event = {"writeKey": pipeline["pipeline_key"], "event": "Smoke test", "messageId": message_id}
        self._expect("POST", "/v1/t", event, token=False)
        self._begin("It is among the pipeline's events")
        self._until(
            f"{path}/events",
            lambda found: message_id in {each.get("messageId") for each in found["events"]},
            f"the event {message_id}",
            "process",
        )
        self._begin("It is counted")
        self._until(f"{path}/metrics", lambda found: found["total"]["archived"] >= 1, "1 archived", "process")

    def _script(self, path: str, key: str) -> None:
        self._await(
            lambda: self._ask("GET", path, token=False),
            lambda answer: answer.status == 200 and key in answer.text,
            STEP_SECONDS,
            f"a script with {key} at {path}",
            "build",
        )

    def _expect(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        status: int = 200,
        seconds: float = 0,
        token: bool = True,
    ) -> Any:
        """What a request is answered with; for so many seconds it may be asked again."""
        return self._await(
            lambda: self._ask(method, path, body, token=token),
            lambda answer: answer.status == status and answer.json() is not None,
            seconds,
            f"status {status} from {method} {path}",
            "ingest" if origin_of(path) == EVENTS else "api",
        ).json()

    def _until(self, path: str, right: Callable[[Any], bool], wanted: str, function: str) -> Any:
        """The first answer that is right."""
        return self._await(
            lambda: self._ask("GET", path),
            lambda answer: answer.status == 200 and right(answer.json()),
            STEP_SECONDS,
            f"{wanted} from GET {path}",
            function,
        ).json()

    def _await(
        self,
        ask: Callable[[], Answer],
        right: Callable[[Answer], bool],
        seconds: float,
        wanted: str,
        function: str,
    ) -> Answer:
        answers: list[Answer] = []

        def found() -> bool:
            answers.append(ask())
            return right(answers[-1])

        if not self._clock.until(found, seconds, PAUSE_SECONDS):
            within = f" within {seconds:.0f} s" if seconds else ""
            raise self._failed(wanted + within, answers[-1], function)
        return answers[-1]

    def _ask(self, method: str, path: str, body: Any = None, *, token: bool = True) -> Answer:
        headers = {"Content-Type": "application/json", "User-Agent": "Datafly Signal smoke test"}
        if token and self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        try:
            answer = self._http.request(method, self._address + path, body=data, headers=headers, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            return Answer(0, f"no answer ({error})")
        return Answer(answer.status, answer.data.decode("utf-8", "replace"))

    def _begin(self, step: str) -> None:
        self._passed()
        self._step = step
        self._terminal.progress(f"  … {step}")

    def _passed(self) -> None:
        if self._step:
            self._terminal.say(f"  ok {self._step}")
        self._step = ""

    def _failed(self, expected: str, got: Answer, function: str) -> DeploymentFailed:
        self._terminal.done()
        step, group = self._step, self._log_group(function)
        self._step = ""
        return DeploymentFailed(
            f"The smoke test at {self._address} failed at {step!r}: expected {expected}, got {got}\n"
            f"Look into the log group {group}: `aws logs tail {group} --since 15m`"
        )
