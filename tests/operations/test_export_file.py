"""The file of an export: whole or not there, readable by who has the passphrase, and by nobody unnoticed altered."""

import io
import os
import re
import secrets
import tracemalloc

import pytest

from deployment.terminal import Terminal
from operations.failure import OperationFailed
from operations.taking_elsewhere import export_file, passphrase, sealed_file
from operations.taking_elsewhere.export_file import Export, Heading

WORDS = "a passphrase of nine words or so"
HEADING = Heading("1.0.0", "prod", "eu-central-1", "2026-02-25T10:00:00Z")
ROWS = [("pipelines", {"id": {"S": f"pip_{number}"}}) for number in range(200)] + [("users", {"id": {"S": "ädä"}})]
PIECE = 100  # bytes, so that a small file has several


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Small pieces, and a passphrase that nobody attacks."""
    monkeypatch.setattr(sealed_file, "COST", 2)
    monkeypatch.setattr(sealed_file, "PIECE_BYTES", PIECE)


@pytest.fixture
def file(tmp_path):
    """A file with rows."""
    path = tmp_path / "prod.signal"
    write(path)
    return path


def write(path, rows=ROWS, words=WORDS):
    with export_file.written(path, words, HEADING) as writer:
        for noun, item in rows:
            writer.put(noun, item)
    return writer.counts


def read(path, words=WORDS):
    export = Export(path, words)
    return export.heading, list(export.rows())


def test_what_was_written_is_read(file):
    assert read(file) == (HEADING, ROWS)


def test_rows_are_counted_by_table(tmp_path):
    assert write(tmp_path / "x") == {"pipelines": 200, "users": 1}


def test_it_is_for_its_owner_and_nothing_else_is_left(file):
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    assert os.listdir(file.parent) == [file.name]


def test_the_same_twice_is_not_the_same_file(file, tmp_path):
    write(tmp_path / "again")
    first, second = file.read_bytes(), (tmp_path / "again").read_bytes()
    assert first.partition(b"\n")[0] != second.partition(b"\n")[0]
    assert first[-50:] != second[-50:]


def pieces(content):
    """The first line, and the pieces after it."""
    line, _, rest = content.partition(b"\n")
    size = PIECE + sealed_file.TAG_BYTES
    return line + b"\n", [rest[start : start + size] for start in range(0, len(rest), size)]


def joined(line, parts):
    return line + b"".join(parts)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda line, parts: joined(line, parts)[:-1], id="a byte is missing at the end"),
        pytest.param(lambda line, parts: joined(line, parts) + b"x", id="a byte more"),
        pytest.param(lambda line, parts: joined(line, parts[:-1]), id="the last piece is missing"),
        pytest.param(lambda line, parts: joined(line, [parts[0], *parts[2:]]), id="a piece is missing"),
        pytest.param(lambda line, parts: joined(line, [parts[1], parts[0], *parts[2:]]), id="two have changed places"),
        pytest.param(lambda line, parts: joined(line, [*parts, parts[-1]]), id="the last is there twice"),
        pytest.param(lambda line, parts: joined(line, [parts[0][:-1] + b"\0", *parts[1:]]), id="a byte is another"),
        pytest.param(lambda line, parts: line, id="nothing but the first line"),
    ],
)
def test_a_file_that_is_not_as_it_was_written_is_noticed(file, damage):
    assert len(pieces(file.read_bytes())[1]) > 4
    file.write_bytes(damage(*pieces(file.read_bytes())))
    with pytest.raises(OperationFailed, match=f"^FILE {file} is not whole, or somebody altered it: take another copy"):
        read(file)


def test_pieces_of_another_file_do_not_fit(file, tmp_path):
    write(tmp_path / "other")
    line, parts = pieces(file.read_bytes())
    _, others = pieces((tmp_path / "other").read_bytes())
    file.write_bytes(joined(line, [*parts[:2], *others[2:]]))
    with pytest.raises(OperationFailed, match="is not whole, or somebody altered it"):
        read(file)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(lambda _: b"", "is none that `make export` wrote", id="empty"),
        pytest.param(lambda _: b'{"pipelines": []}\n' * 100, "is none that `make export` wrote", id="something else"),
        pytest.param(
            lambda content: content.replace(b"export 1 ", b"export 2 ", 1),
            "has the format 2, and this version of the product reads 1: import it with the version that wrote it",
            id="newer",
        ),
        pytest.param(
            lambda content: re.sub(rb"export 1 .*?\n", b"export 7 other words\n", content, count=1),
            "has the format 7, and this version",
            id="newer with another first line",
        ),
    ],
)
def test_a_file_of_another_kind_is_named(file, change, words):
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(OperationFailed, match=f"^FILE {file} {words}"):
        read(file)


def test_a_wrong_passphrase_is_told_from_a_damaged_file(file):
    with pytest.raises(OperationFailed, match=f"^PASSPHRASE is not the one that FILE {file} was written with$"):
        read(file, "another passphrase of nine words")


def test_rows_that_do_not_fit_the_counts_are_noticed(tmp_path):
    with export_file.written(tmp_path / "x", WORDS, HEADING) as writer:
        writer.put(*ROWS[0])
        writer.counts["pipelines"] += 1
    with pytest.raises(OperationFailed, match="does not have the rows that it tells of: export again"):
        read(tmp_path / "x")


def test_a_file_that_came_meanwhile_is_not_written_over(tmp_path):
    path = tmp_path / "x"
    with (
        pytest.raises(OperationFailed, match="is there already"),
        export_file.written(path, WORDS, HEADING),
    ):
        path.write_text("mine")
    assert (os.listdir(tmp_path), path.read_text()) == (["x"], "mine")


def test_a_full_disk_is_one_sentence_and_nothing_is_left(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OperationFailed, match="x cannot be written: No space left on device"):
        write(tmp_path / "x")
    assert os.listdir(tmp_path) == []


def test_neither_end_of_a_large_file_is_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(sealed_file, "PIECE_BYTES", 1 << 16)
    large = (("pipelines", {"id": {"S": secrets.token_hex(500)}}) for _ in range(20_000))
    tracemalloc.start()
    write(tmp_path / "x", large)
    assert sum(1 for _ in Export(tmp_path / "x", WORDS).rows()) == 20_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "x").stat().st_size > 10_000_000
    assert peak < 2_000_000


class Typing(Terminal):
    """A terminal at which somebody types."""

    interactive = True


@pytest.fixture
def typed(monkeypatch):
    """What somebody types when asked, one after the other."""

    def types(*words):
        left = list(words)
        monkeypatch.delenv(passphrase.VARIABLE, raising=False)
        monkeypatch.setattr(passphrase.getpass, "getpass", lambda _: left.pop(0))
        return Typing(out=io.StringIO())

    return types


def test_a_passphrase_is_typed_twice_for_a_new_file_and_once_for_one_that_is_there(typed):
    assert passphrase.chosen(typed(WORDS, WORDS)) == WORDS
    assert passphrase.given(typed("short")) == "short"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        pytest.param((WORDS, "another"), "The passphrases were not the same; nothing was written", id="two"),
        pytest.param(("fifteen letters",), "PASSPHRASE must have at least 16 characters", id="short"),
        pytest.param(("",), "Type the passphrase when asked, or put it into the environment", id="none"),
    ],
)
def test_a_passphrase_that_will_not_do_is_refused(typed, words, sentence):
    with pytest.raises(OperationFailed, match=sentence):
        passphrase.chosen(typed(*words))


def test_where_nobody_types_the_environment_has_it(monkeypatch):
    terminal = Terminal(out=io.StringIO())
    monkeypatch.setenv(passphrase.VARIABLE, WORDS)
    assert passphrase.chosen(terminal) == WORDS
    monkeypatch.delenv(passphrase.VARIABLE)
    with pytest.raises(OperationFailed, match="put it into the environment: export PASSPHRASE"):
        passphrase.given(terminal)
