"""What is measured, by the lines that real runs of the functions log: each one as CloudWatch takes it."""

import random

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib import aws, cleanup, logs, metrics, settings
from chalicelib.activity import archive
from chalicelib.collector import builder
from chalicelib.delivery import configuration as configurations
from chalicelib.delivery.configuration import configuration
from chalicelib.ingestion import outbox
from chalicelib.pipelines import changes
from local import run as local_run

from ..cdn import certificate_arn
from ..client import PASSWORD, path_of
from ..embedded_metrics import values
from ..queue_messages import a_message, an_event, handled
from .world import events

ANY = pytest.approx(5_000, abs=5_000)  # milliseconds that something real took
BOT = {"context": {"userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}}


def unreachable(*_, **__):
    raise EndpointConnectionError(endpoint_url="https://aws")


def broken(*_, **__):
    raise RuntimeError("the inside of the product")


class Run:
    """What a scenario has to work with."""

    def __init__(self, world, work, patch):
        self.world, self.work, self.patch = world, work, patch
        self.owner, self.time = world.owner, world.clock

    def send(self, *events, **fields):
        """Send events to the pipeline's entrance."""
        key = {"writeKey": self.world.pipeline["pipeline_key"]}
        return self.owner.post("/v1/batch", key | {"batch": list(events)} | fields).status

    def attach(self, *replies, **fields):
        """A webhook that answers so."""
        self.world.vendor.answer(*replies)
        return self.world.attach(**fields)


def accepted_and_refused(run):
    run.send(an_event("a"), an_event("b"), {"type": "nonsense"})


def of_nobody(run):
    run.owner.post("/v1/t", {"writeKey": "dk_pip_nobody", "event": "a"})


def too_many(run):
    run.owner.put(path_of(run.world.pipeline), {"rate_limit_rps": 1})
    for _ in range(3):
        run.send(an_event("a"), an_event("b"))


def not_taken_by_the_queue(run):
    run.patch.setattr(outbox, "send", unreachable)
    run.send(an_event("a"), an_event("b"))


def lost_in_a_mistake_of_ours(run):
    run.patch.setattr(outbox, "send", broken)
    run.send(an_event("a"), an_event("b"))


def processed(run):
    run.time.pass_(seconds=2.5)
    events = an_event("a"), an_event("a"), an_event("b"), an_event("bot", **BOT)
    handled(a_message(*events, filter_bots=True), a_message("a"))
    handled(a_message(*events, filter_bots=True), a_message("a"))  # once more: it was done


def not_processed(run):
    run.patch.setattr(archive, "write", broken)
    handled(a_message("a", "b"), receives=5)


def delivered(run):
    run.attach()
    run.world.accept(*events(3))
    run.time.pass_(seconds=4)
    run.world.deliver_all()


def tried_again(run):
    run.patch.setattr(random, "random", lambda: 0.5)
    run.attach(503, 400)
    run.world.accept(*events(1))
    run.world.deliver_all()


def to_an_address_of_the_inside(run):
    run.patch.setenv("DELIVER_TO_PRIVATE_ADDRESSES", "no")
    settings.settings.cache_clear()
    run.attach(config={"url": "https://169.254.169.254/latest/meta-data"})
    run.world.accept(*events(1))
    run.world.deliver_all()


def to_what_was_switched_off(run):
    run.attach()
    run.world.accept(*events(2))
    run.world.change(enabled=False)
    run.world.deliver_all()


def without_its_tables(run):
    run.attach()
    run.world.accept(*events(1))
    run.world.waiting.clear()
    configuration.forget()
    run.patch.setattr(configurations, "_read", unreachable)
    run.world.accept(*events(1, start=1))
    run.patch.setattr(changes, "since", unreachable)
    run.time.pass_(seconds=5)
    run.world.accept(*events(1, start=2))


def signed_in_wrongly(run):
    for password in ("wrong password", *["another one"] * 5, PASSWORD):
        run.owner.post("/v1/admin/auth/login", {"email": "owner@acme.example", "password": password})
    run.owner.post("/v1/admin/auth/login", {"email": "no address", "password": PASSWORD})


def a_token_used_twice(run):
    tokens = run.owner.post("/v1/admin/auth/login", {"email": "owner@acme.example", "password": PASSWORD}).json
    for _ in range(2):
        run.owner.post("/v1/admin/auth/refresh", {"refresh_token": tokens["refresh_token"]})


def built(run):
    run.owner.post(path_of(run.world.pipeline, "/collector/build"))
    run.time.pass_(seconds=3)
    run.work("build")


def not_built(run):
    run.patch.setattr(builder, "build", broken)
    built(run)


def cleaned_up(run):
    arn = certificate_arn()
    run.patch.setenv("CERTIFICATE_ARN", arn)
    settings.settings.cache_clear()
    run.time.moment = aws.client("acm", "us-east-1").describe_certificate(CertificateArn=arn)["Certificate"]["NotAfter"]
    cleanup.run(lambda: 60_000)


SCENARIOS = {
    accepted_and_refused: [{"EventsRefused": 1, "EventsAccepted": 2}],
    of_nobody: [{"EventsRefused": 1}],
    too_many: [{"EventsAccepted": 2}, {"EventsRateLimited": 2}, {"EventsRateLimited": 2}],
    not_taken_by_the_queue: [{"EventsNotStored": 2}],
    lost_in_a_mistake_of_ours: [{"EventsNotStored": 2}],
    processed: [
        {"EventsArchived": 2, "EventsDuplicate": 2, "EventsFiltered": 1, "ArchiveAge": 2.5, "ConfigurationAge": 0}
    ],
    not_processed: [{"EventsDead": 2}],
    delivered: [
        {"EventsArchived": 3, "ArchiveAge": 0, "ConfigurationAge": 0},
        {
            "EventsDelivered webhook": 3,
            "VendorLatency webhook": [ANY] * 3,
            "DeliveryAge": 4,
            "ConfigurationAge": 4,
        },
    ],
    tried_again: [
        {"EventsArchived": 1, "ArchiveAge": 0, "ConfigurationAge": 0},
        {"EventsRetried webhook": 1, "VendorLatency webhook": [ANY], "ConfigurationAge": 0},
        {"EventsDeadLettered webhook": 1, "VendorLatency webhook": [ANY], "ConfigurationAge": 3},
    ],
    to_an_address_of_the_inside: [
        {"EventsArchived": 1, "ArchiveAge": 0, "ConfigurationAge": 0},
        {"EventsDeadLettered webhook": 1, "AddressesRefused": 1, "ConfigurationAge": 0},
    ],
    to_what_was_switched_off: [{"EventsArchived": 2, "ArchiveAge": 0, "ConfigurationAge": 0}],
    without_its_tables: [
        {"EventsArchived": 1, "ArchiveAge": 0, "ConfigurationAge": 0},
        {
            "EventsArchived": 1,
            "ArchiveAge": 0,
            "ConfigurationAge": 0,
            "ConfigurationFailures": 1,
            "SnapshotsUsed": 1,
        },
        {"EventsArchived": 1, "ArchiveAge": 5, "ConfigurationAge": 5, "ConfigurationFailures": 2},
    ],
    signed_in_wrongly: [{"SignInFailures": 1}] * 8,
    a_token_used_twice: [{"RefreshTokensReused": 1}],
    built: [{"BuildsReady": 1, "BuildDuration": 3}],
    not_built: [{"BuildsFailed": 1}],
    cleaned_up: [{"CleanupFinished": 1, "RowsRemoved": 1, "EventsUnaccounted": 0, "CertificateDays": 0}],
}


@pytest.fixture
def run(world, work, monkeypatch):
    return Run(world, work, monkeypatch)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_a_run_measures(run, logged, scenario):
    scenario(run)
    assert [found for line in logged if (found := values(line))] == SCENARIOS[scenario]


def test_every_metric_is_measured_by_a_run():
    measured = {name.partition(" ")[0] for lines in SCENARIOS.values() for line in lines for name in line}
    assert measured == {metric.name for metric in metrics.METRICS}


def test_a_quiet_stage_has_few_metrics_to_pay_for():
    """With one vendor; each further one adds those that are by vendor."""
    assert len(metrics.METRICS) <= 30
    assert sum(metric.by_vendor for metric in metrics.METRICS) <= 4


def test_whose_events_and_why_stands_beside_the_numbers(run, logged):
    accepted_and_refused(run)
    of_nobody(run)
    told = [(line.get("pipeline_id"), line.get("code"), line["status"]) for line in logged if "_aws" in line]
    assert told == [(run.world.pipeline["id"], "INVALID_EVENT", 200), (None, "INVALID_PIPELINE_KEY", 401)]


def test_who_used_a_token_twice_is_named(run, logged):
    a_token_used_twice(run)
    (line,) = (line for line in logged if "RefreshTokensReused" in line)
    assert (line["org_id"], line["user_id"]) == (
        run.world.pipeline["org_id"],
        run.owner.get("/v1/admin/users").json["users"][0]["id"],
    )


def test_an_invocation_writes_one_line_of_numbers(run, logged):
    delivered(run)
    assert [line["message"] for line in logged if "_aws" in line] == ["processing", "delivery"]


def test_a_line_without_numbers_is_no_document(owner, logged):
    owner.get("/v1/admin/pipelines")
    assert "_aws" not in logged[-1]


def test_numbers_are_logged_whatever_the_level_is(monkeypatch, capsys, run, logged):
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    logs.configure()
    try:
        run.owner.get("/v1/admin/pipelines")
        assert logged == []
        run.send(an_event("a"))
        assert [values(line) for line in logged] == [{"EventsAccepted": 1}]
    finally:
        monkeypatch.undo()
        logs.configure()


def test_what_failed_before_its_line_is_measured_too(run, logged):
    run.attach()
    run.patch.setattr(configurations, "_read", unreachable)
    assert handled(a_message("a", org_id=run.world.pipeline["org_id"], pipeline_id=run.world.pipeline["id"])) == [0]
    assert [values(line) for line in logged if "_aws" in line] == [{"ConfigurationFailures": 1}]


def test_a_line_has_no_more_values_of_a_metric_than_the_format_allows(logged):
    for number in range(150):
        metrics.record(metrics.VENDOR_LATENCY, number)
    metrics.report("delivery")
    assert values(logged[-1]) == {"VendorLatency unknown": list(range(100))}


def test_a_terminal_shows_nothing_of_it(run, capsys):
    """`make run` shows warnings and errors; these lines are neither, and go to its log."""
    terminal = local_run._terminal_handler()
    logs.log.addHandler(terminal)
    run.send(an_event("a"))
    logs.log.removeHandler(terminal)
    assert capsys.readouterr().err == ""


def test_a_time_that_is_none_is_put_away_before_anything_is_done(run, logged):
    assert handled(a_message(an_event("a", receivedAt="yesterday"))) == []
    assert next(line for line in logged if line["message"] == "message put away")["reason"].startswith("unreadable")
