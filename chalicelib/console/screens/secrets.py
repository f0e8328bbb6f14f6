"""What is shown only once: a rotated secret, a challenge token."""

from ...activity import recent
from ...pipelines import commands, records
from ...pipelines.schemas import RotateSecret
from ..pages import page
from ..visit import Shown, Visit, once_key
from .overview import ONE
from .settings import whole_number

GRACE = [("0", "at once"), ("3600", "in an hour"), ("86400", "in a day"), ("604800", "in seven days")]


@page("GET", f"{ONE}/rotate", role="admin")
def ask(visit: Visit, pipeline_id: str) -> Shown:
    """The question, with how much the present secret is used."""
    pipeline = records.shown(records.load(visit.caller.org_id, pipeline_id))
    prefixes = [secret.prefix for secret in pipeline.pipeline_key_secrets]
    return visit.show(
        "rotate.html",
        pipeline=pipeline,
        used=recent.requests_by(pipeline_id, prefixes),
        grace=GRACE,
        once=visit.form.value("once") or once_key(),
    )


@page("POST", f"{ONE}/rotate", role="admin", again=ask)
def rotate(visit: Visit, pipeline_id: str) -> Shown:
    """Make a new secret and show it."""
    wanted = visit.decoded(RotateSecret, {"grace_seconds": whole_number(visit.form.value("grace_seconds", "0"))})
    made, _ = visit.done_once(lambda once: commands.rotate_secret(visit.actor, pipeline_id, wanted.grace_seconds, once))
    name = records.load(visit.caller.org_id, pipeline_id).name
    back = visit.path.removesuffix("/rotate")
    return visit.show("secret.html", made=made, name=name, rotated=True, leads_to=back)


@page("POST", f"{ONE}/token", role="editor")
def issue_token(visit: Visit, pipeline_id: str) -> Shown:
    """Issue a challenge token, to try the pipeline with."""
    issued = commands.issue_challenge_token(visit.actor, pipeline_id, None)
    return visit.show("token.html", issued=issued, leads_to=visit.path.removesuffix("/token") + "/settings")
