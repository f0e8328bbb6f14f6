"""A page that has the pipeline's script, to see a first event without a site of one's own."""

from urllib.parse import urlsplit

from msgspec import UNSET

from ...collector import builds
from ...pipelines import records
from ...settings import settings
from ..answering import POLICY
from ..pages import page
from ..visit import Shown, Visit
from .overview import ONE


@page("GET", f"{ONE}/try", role="viewer")
def try_out(visit: Visit, pipeline_id: str) -> Shown:
    """The page. Its script comes from where every page gets it, and sends to where every page sends."""
    pipeline = records.load(visit.caller.org_id, pipeline_id)
    status = builds.status_of(pipeline)
    shown = visit.show("try.html", pipeline=records.shown(pipeline), script="" if status.url is UNSET else status.url)
    public = urlsplit(settings().public_url)
    origin = f"{public.scheme}://{public.netloc}"
    shown.headers["Content-Security-Policy"] = POLICY.replace("-src 'self'", f"-src 'self' {origin}")
    return shown
