"""Telling the functions of a stage that rows were written behind their back."""

from collections.abc import Iterable

from chalicelib.pipelines.changes import change_of
from chalicelib.pipelines.table import Pipeline
from chalicelib.store import transact

from .side_by_side import side_by_side


def announce(organisations: Iterable[str]) -> None:
    """Let whoever keeps a copy of pipelines' configuration read it anew. Also of organisations of which nothing was
    written: the command before this one may have been killed between writing and telling."""
    for org_id in sorted(organisations):
        pipelines = Pipeline.query(org_id, consistent_read=True)
        for _ in side_by_side(lambda pipeline: transact({"change": change_of(pipeline)}), pipelines):
            pass
