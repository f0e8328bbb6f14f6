"""`make run`: embedded AWS, API, scripts, demo page and workers in one go; and the parts of it for a second process."""

import contextlib
import logging
import os
import shlex
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from . import environment
from .embedded_aws import EmbeddedAws
from .endings import stop_when_told
from .problem import Problem
from .provision import provision
from .server import Server
from .signing_in import EMAIL, ORGANISATION, Credentials
from .state import DEFAULT_FOLDER, State


class Entrance:
    """A WSGI application that takes its place at the port before what it leads to is ready."""

    application: Callable[..., Iterable[bytes]]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        return self.application(environ, start_response)


def run(folder: Path, port: int, verbose: bool) -> None:
    """Everything, until a signal ends it. Raises Problem."""
    state = State(folder)
    state.make()
    state.take()
    entrance = Entrance()
    server = Server(entrance, port)
    stop_when_told(server.stop)
    aws = None if os.environ.get("AWS_ENDPOINT_URL") else EmbeddedAws(state)
    try:
        if aws:
            say("Starting the embedded AWS …")
            aws.start()
        _serve_everything(state, server, entrance, aws, verbose)
    finally:
        if aws and not aws.stop():
            print("The embedded AWS is still saving its state; it stops by itself when it has.", file=sys.stderr)


def _serve_everything(state: State, server: Server, entrance: Entrance, aws: EmbeddedAws | None, verbose: bool) -> None:
    url = f"http://localhost:{server.port}"
    variables = environment.defaults(state, url, aws.url if aws else None)
    environment.use(variables)
    provisioned = _provisioned()
    environment.use(provisioned)
    environment.publish(state, variables | provisioned)
    application = load_application(state, verbose)
    from .counts import Counts
    from .site import Site
    from .workers import Workers

    entrance.application = Site(application.app)
    credentials = Credentials(state, url, os.environ.get("AWS_ENDPOINT_URL", ""))
    from chalicelib.accounts.bootstrap import ensure_user

    ensure_user(ORGANISATION, EMAIL, "owner", credentials.content["password"], "Owner")
    workers, counts = Workers(application), Counts()
    workers.start()
    counts.start()
    serving = threading.Thread(target=server.run)
    serving.start()
    try:
        if not server.stopping:
            credentials.renew()
            welcome(credentials.content, state)
            threading.Thread(target=credentials.keep_fresh, daemon=True).start()
    except Problem:
        server.stop()
        raise
    finally:
        _wait(serving)
        credentials.stopping.set()
        say("Stopping …")
        counts.stop()
        workers.stop()


def _provisioned() -> dict[str, str]:
    from chalicelib.infrastructure.resources import template

    try:
        return provision(template(os.environ["STAGE"]))
    except (BotoCoreError, ClientError) as error:
        where = os.environ.get("AWS_ENDPOINT_URL", "AWS")
        raise Problem(f"Tables, queues, bucket and key cannot be made at {where}: {error}") from None


def _wait(thread: threading.Thread) -> None:
    """Wait in a way that lets signals through."""
    while thread.is_alive():
        thread.join(0.5)


def serve(folder: Path, port: int, verbose: bool) -> None:
    """A further API process on the store of a running one, until a signal ends it. Raises Problem."""
    state = State(folder)
    entrance = Entrance()
    environment.attach(state)
    server = Server(entrance, port)
    stop_when_told(server.stop)
    application = load_application(state, verbose)
    from .counts import Counts
    from .site import Site

    entrance.application = Site(application.app)
    counts = Counts()
    counts.start()
    say(f"Serving http://localhost:{server.port} on the store of {state.folder}")
    server.run()
    counts.stop()


def work(folder: Path, verbose: bool) -> None:
    """Further workers on the store of a running process, until a signal ends them. Raises Problem."""
    state = State(folder)
    environment.attach(state)
    application = load_application(state, verbose)
    from .workers import Workers

    workers, ended = Workers(application), threading.Event()
    stop_when_told(ended.set)
    workers.start()
    say(f"Working on the queues of {state.folder}")
    while not ended.wait(0.5):
        pass
    workers.stop()


def load_application(state: State, verbose: bool) -> Any:
    """Import the product, with its log in the state folder, or also here. Raises Problem for a wrong setting."""
    from chalicelib import logs
    from chalicelib.settings import InvalidSetting, parse

    try:
        parse(os.environ)
        logs.configure(sys.stdout if verbose else (state.logs / "server.log").open("a", encoding="utf-8", buffering=1))
    except InvalidSetting as error:
        raise Problem(f"A setting is wrong: {error}") from None
    if not verbose:
        logs.log.addHandler(_terminal_handler())
    logging.getLogger("waitress").setLevel(logging.ERROR)
    import app

    return app


class ShortLines(logging.Formatter):
    """A record without its traceback, which is in the log file."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{record.levelname}: {record.getMessage()} (details in the log)"


def _terminal_handler() -> logging.Handler:
    """What a person at the terminal should see at once, in few words."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(ShortLines())
    return handler


def say(line: str) -> None:
    """Tell the person at the terminal; a terminal that is gone is no reason to stop."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


def welcome(credentials: dict[str, str], state: State) -> None:
    """Where everything is, and how to begin."""
    url = credentials["url"]
    token = "make -s token" + ("" if state.folder == DEFAULT_FOLDER else f" STATE={shlex.quote(str(state.folder))}")
    say(f"""
Datafly Signal is running. Ctrl-C stops it; everything is kept in {state.folder}/.

  Console            {url}/console
  Demo page          {url}/demo
  API documentation  {url}/v1/docs
  API                {url}/v1/admin/pipelines
  Sign in as         {credentials["email"]}
  Password           {credentials["password"]}
  Access token       {credentials["access_token"]}

The token lives 15 minutes; {state.folder}/credentials.json always has a fresh one, `{token}` prints one. Try:

  curl {url}/v1/admin/pipelines -H "Authorization: Bearer $({token})"
""")
