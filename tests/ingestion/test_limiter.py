"""The rate limit: kept by several processes together, cheaply."""

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import UpdateError

from chalicelib import aws
from chalicelib.ingestion import limiter
from chalicelib.ingestion.limiter import Limiter
from chalicelib.ingestion.table import RateBucket

PIPELINE = "pip_01jz3k8q4c2h9v7m5n0x"


@pytest.fixture
def processes(moto_aws):
    """Several processes' views of the same buckets."""
    return lambda count: [Limiter() for _ in range(count)]


def let_in(limiters, time, *, limit, offered, seconds):
    """Events per second that were let in, of so many `offered` evenly to all processes in turn; the first second, in
    which the burst is used up, does not count."""
    passed = 0
    for second in range(seconds + 1):
        for number in range(offered):
            time.pass_(microseconds=1_000_000 / offered)
            taken = limiters[number % len(limiters)].take(PIPELINE, limit, 1)
            passed += taken.allowed and second > 0
    return passed / seconds


@pytest.mark.parametrize(("count", "limit"), [(1, 1), (1, 7), (1, 1000), (4, 10), (4, 100), (4, 1000)])
def test_at_three_times_the_load_the_limit_is_let_in(processes, time, count, limit):
    seconds = 20 if limit < 100 else 4
    assert let_in(processes(count), time, limit=limit, offered=3 * limit, seconds=seconds) == pytest.approx(
        limit, rel=0.05
    )


@pytest.mark.parametrize("limit", [10, 1000])
@pytest.mark.parametrize("count", [1, 4])
def test_below_the_limit_everything_is_let_in(processes, time, limit, count):
    offered = limit * 8 // 10
    assert let_in(processes(count), time, limit=limit, offered=offered, seconds=3) >= 0.99 * offered


def test_many_processes_that_each_see_little_are_one_sender(processes, time):
    assert let_in(processes(40), time, limit=1000, offered=3000, seconds=6) == pytest.approx(1000, rel=0.05)


def test_a_second_of_tokens_is_saved_and_no_more(processes, time):
    (process,) = processes(1)
    time.pass_(hours=1)
    assert sum(process.take(PIPELINE, 50, 1).allowed for _ in range(200)) == 50


def test_a_batch_may_overdraw_the_bucket_and_the_next_one_waits(processes, time):
    one, other = processes(2)
    assert one.take(PIPELINE, 100, 500).allowed
    refused = one.take(PIPELINE, 100, 1)
    assert (refused.allowed, refused.retry_after) == (False, 4)
    other.take(PIPELINE, 100, 2)  # it learns when it reports
    assert not other.take(PIPELINE, 100, 1).allowed
    time.pass_(seconds=4.1)
    assert one.take(PIPELINE, 100, 1).allowed


def test_another_limit_acts_at_once(processes):
    (process,) = processes(1)
    process.take(PIPELINE, 1, 500)
    assert not process.take(PIPELINE, 1, 1).allowed
    assert process.take(PIPELINE, 1000, 1).allowed


def test_pipelines_do_not_share_a_bucket(processes):
    (process,) = processes(1)
    process.take(PIPELINE, 1, 500)
    assert process.take("pip_neighbour", 1, 1).allowed


def test_events_are_reported_in_blocks_and_refusals_not_at_all(processes, time, monkeypatch):
    updates = []
    update = RateBucket.update
    monkeypatch.setattr(RateBucket, "update", lambda *args, **kw: updates.append(1) or update(*args, **kw))
    (process,) = processes(1)
    for _ in range(900):
        time.pass_(milliseconds=1.2)
        process.take(PIPELINE, 1000, 1)
    assert len(updates) <= 0.05 * 900
    process.take(PIPELINE, 1000, 500_000)
    before = len(updates)
    assert not any(process.take(PIPELINE, 1000, 1).allowed for _ in range(1000))
    assert len(updates) == before


def test_a_report_is_one_write_also_for_processes_that_seldom_report(processes, time, monkeypatch):
    updates = []
    update = RateBucket.update
    monkeypatch.setattr(RateBucket, "update", lambda *args, **kw: updates.append(1) or update(*args, **kw))
    limiters = processes(60)  # each reports every second and a half
    let_in(limiters, time, limit=1000, offered=1000, seconds=3)
    before = len(updates)
    passed = 3 * let_in(limiters, time, limit=1000, offered=1000, seconds=3)
    assert 0 < len(updates) - before <= 0.05 * passed * 4 / 3  # the first of four seconds does not count in `passed`


def test_without_its_store_a_process_keeps_the_limit_by_itself(processes, time, monkeypatch, logged):
    def fail(*_, **__):
        error = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "UpdateItem")
        raise UpdateError(cause=error)

    monkeypatch.setattr(RateBucket, "update", fail)
    (process,) = processes(1)
    assert let_in([process], time, limit=100, offered=300, seconds=3) == pytest.approx(100, rel=0.05)
    failures = [line for line in logged if line["message"] == "limiter without its store"]
    assert 0 < len(failures) <= 5  # it does not ask again with every event


def test_a_mistake_of_ours_is_no_outage(processes, monkeypatch):
    def fail(*_, **__):
        raise UpdateError(cause=ClientError({"Error": {"Code": "ValidationException"}}, "UpdateItem"))

    monkeypatch.setattr(RateBucket, "update", fail)
    assert not aws.unavailable(UpdateError(cause=ClientError({"Error": {"Code": "ValidationException"}}, "UpdateItem")))
    with pytest.raises(UpdateError):
        processes(1)[0].take(PIPELINE, 1, 1)


def test_a_process_knows_only_so_many_buckets(processes, monkeypatch):
    monkeypatch.setattr(limiter, "MOST_KEPT", 3)
    (process,) = processes(1)
    for number in range(10):
        process.take(f"pip_{number}", 10, 1)
    assert len(process._known) == 3
