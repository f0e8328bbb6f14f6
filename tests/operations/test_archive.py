"""Taking events out of the archive: those that are wanted, in all versions, and nothing else."""

import json
import tracemalloc

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.erasing.archive import Archive
from operations.erasing.person import Person
from operations.failure import OperationFailed

from .archives import BUCKET, Objects, objects_of_the_test

ADA = Person(frozenset({"ada"}), frozenset({"phone"}))
KEY = "pipeline=pip_1/day=2026-02-25/hour=10/a.jsonl.gz"
HERS, HIS = {"userId": "ada", "n": 1}, {"userId": "bob", "n": 2}


@pytest.fixture
def bucket(moto_aws):
    """The bucket with its versions, and the archive in it."""
    return objects_of_the_test()


def erase(archive, told=lambda: None):
    """Take her events out of every object; what was taken, by key."""
    return {one.key: archive.take_out(one, ADA.has, told) for one in archive.kept("")}


def lines(*events):
    return [json.dumps(event).encode() + b"\n" for event in events]


def test_her_lines_go_and_the_others_stay(bucket):
    objects, archive = bucket
    objects.put(KEY, HIS, HERS, HIS)
    taken = erase(archive)[KEY]
    assert (taken.events, objects.lines(KEY), objects.all_lines()) == (1, lines(HIS, HIS), lines(HIS, HIS))


def test_an_object_that_was_all_hers_goes_with_its_versions(bucket):
    objects, archive = bucket
    objects.put(KEY, HIS)
    objects.put(KEY, HERS)
    erase(archive)
    assert (objects.lines(KEY), objects.all_lines()) == (None, [])


def test_an_object_without_her_is_not_touched(bucket):
    objects, archive = bucket
    objects.put(KEY, HIS)
    before = objects.s3.head_object(Bucket=BUCKET, Key=KEY)["VersionId"]
    assert (erase(archive)[KEY].events, objects.s3.head_object(Bucket=BUCKET, Key=KEY)["VersionId"]) == (0, before)


def test_an_earlier_version_with_her_goes_and_one_without_stays(bucket):
    objects, archive = bucket
    for content in (HIS, HERS, HIS):
        objects.put(KEY, content)
    taken = erase(archive)[KEY]
    assert (taken.events, taken.versions, objects.all_lines()) == (0, 1, lines(HIS, HIS))


def test_what_an_object_had_that_somebody_deleted_goes_too(bucket):
    objects, archive = bucket
    objects.put(KEY, HERS)
    objects.s3.delete_object(Bucket=BUCKET, Key=KEY)
    assert (erase(archive)[KEY].versions, objects.all_lines()) == (1, [])


def test_a_bucket_without_versions_is_erased_from(moto_aws):
    _, archive = objects_of_the_test()
    objects = Objects(archive._s3, "unversioned")
    objects.s3.create_bucket(Bucket="unversioned")
    objects.put(KEY, HERS, HIS)
    objects.put(f"{KEY}2", HERS)
    erase(Archive(objects.s3, "unversioned"))
    assert (objects.lines(KEY), objects.lines(f"{KEY}2")) == (lines(HIS), None)


def test_a_dry_run_counts_and_changes_nothing(bucket):
    objects, archive = bucket
    objects.put(KEY, HERS)
    objects.put(KEY, HERS, HIS)
    taken = erase(archive, None)[KEY]
    assert (taken.events, taken.versions, objects.all_lines()) == (1, 1, lines(HERS, HIS, HERS))


def test_the_trail_is_told_before_anything_is_removed(bucket):
    objects, archive = bucket
    objects.put(KEY, HERS)

    def refuse():
        raise RuntimeError("cannot be recorded")

    with pytest.raises(RuntimeError):
        erase(archive, refuse)
    assert objects.lines(KEY) == lines(HERS)


def test_what_is_written_meanwhile_is_not_lost(bucket):
    objects, archive = bucket
    objects.put(KEY, HERS, HIS)
    meanwhile = [{"userId": "eve", "n": 3}]

    def another_writes():
        if meanwhile:
            objects.put(KEY, HERS, HIS, meanwhile.pop())

    erase(archive, another_writes)
    assert objects.all_lines() == lines(HIS, {"userId": "eve", "n": 3})


def test_an_object_that_is_written_without_an_end_is_named(bucket):
    objects, archive = bucket
    objects.put(KEY, HERS, HIS)
    with pytest.raises(OperationFailed, match="is being written again and again"):
        erase(archive, lambda: objects.put(KEY, HERS, HIS, {"n": len(objects.all_lines())}))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"plain text", "it is not gzip", id="no gzip"),
        pytest.param([HERS, b"no event\n"], "it has a line that is no event", id="no JSON"),
        pytest.param([HERS, b"[1]\n"], "it has a line that is no event", id="no object"),
    ],
)
def test_an_object_that_is_not_the_products_is_named_and_left(bucket, content, why):
    objects, archive = bucket
    if isinstance(content, bytes):
        objects.s3.put_object(Bucket=BUCKET, Key=KEY, Body=content)
    else:
        objects.put(KEY, *content)
    before = objects.s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read()
    assert (erase(archive)[KEY].unreadable, objects.s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read()) == (
        why,
        before,
    )


def test_what_is_interrupted_is_finished_by_the_same_again(bucket, monkeypatch):
    objects, archive = bucket
    for name in "abc":
        objects.put(f"{KEY}{name}", HERS, HIS)
    calls = iter(range(100))

    def fails(**arguments):
        if next(calls) == 1:
            raise ClientError({"Error": {"Code": "SlowDown"}}, "DeleteObject")
        return deleting(**arguments)

    deleting = objects.s3.delete_object
    with monkeypatch.context() as patch:
        patch.setattr(objects.s3, "delete_object", fails)
        with pytest.raises(ClientError):
            erase(archive)
    assert lines(HERS)[0] in objects.all_lines()
    erase(archive)
    assert objects.all_lines() == lines(HIS, HIS, HIS)


names = st.sampled_from(["ada", "bob", "phone", "tv", "", "Ada", "\u2028", 7, None])
events = st.fixed_dictionaries(
    {},
    optional={
        "userId": names,
        "anonymousId": names,
        "previousId": names,
        "context": st.fixed_dictionaries({"x": names}),
    },
)
# As other writers may have written them: spaces, escapes, line ends and empty lines are to stay as they are.
written = st.builds(
    lambda event, escaped, end: json.dumps(event, ensure_ascii=escaped, indent=None).encode() + end,
    events,
    st.booleans(),
    st.sampled_from([b"\n", b"\r\n", b"  \n", b"\n\n"]),
)
contents = st.lists(written, max_size=6)


@settings(max_examples=60)
@given(archive=st.dictionaries(st.sampled_from("abcd"), st.lists(contents, min_size=1, max_size=3), max_size=4))
def test_whatever_the_archive_nothing_of_hers_is_left_and_everything_else_is(with_pristine, archive):
    with_pristine()
    objects, reader = objects_of_the_test()
    for name, versions in archive.items():
        for content in versions:
            objects.put(name, *content)
    erase(reader)
    for name, versions in archive.items():
        others = [line for line in b"".join(versions[-1]).splitlines(keepends=True) if not hers(line)]
        assert (objects.lines(name) or []) == others
    assert not any(map(hers, objects.all_lines()))
    assert all(taken.events == taken.versions == 0 for taken in erase(reader).values())


def hers(line):
    return bool(line.strip()) and ADA.has(json.loads(line))


@pytest.fixture
def with_pristine(moto_aws, pristine_aws):
    """Puts an empty AWS in the place of the one that an example left."""
    return pristine_aws.put_back


@pytest.mark.slow
def test_the_memory_does_not_grow_with_the_archive(bucket):
    objects, archive = bucket
    filler = "x" * 900
    for number in range(200):
        objects.put(f"{KEY}-{number:03d}", *[HERS | {"filler": filler}, *([HIS | {"filler": filler}] * 500)])
    peaks = []
    for prefix in (f"{KEY}-00", f"{KEY}-1"):
        tracemalloc.start()
        taken = [archive.take_out(one, ADA.has, None) for one in archive.kept(prefix)]
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert sum(each.events for each in taken) == len(taken)
    few, many = peaks
    assert many < 1.5 * few  # a hundred objects against ten
