"""Installing an integration: a form made of what the vendor needs to be told."""

from ...api.idempotency import AnsweredMeanwhile
from ...errors import ServiceUnavailable
from ...integrations import commands, schemas
from .. import revision_form
from ..pages import page
from ..visit import Shown, Visit, once_key
from .integrations import PATH

NEW = f"{PATH}/new/{{vendor}}"


@page("GET", NEW, role="editor")
def install(visit: Visit, vendor: str) -> Shown:
    """The form."""
    contents = revision_form.contents(visit, revision_form.vendor_of(vendor), None)
    return visit.show("install.html", once=visit.form.value("once") or once_key(), **contents)


@page("POST", NEW, role="editor", again=install)
def create(visit: Visit, vendor: str) -> Shown:
    """Make it, with its first revision."""
    form = visit.form
    others = {"name": form.value("name"), "vendor": vendor, "description": form.value("description")}
    wanted = revision_form.decoded(visit, schemas.IntegrationCreate, revision_form.vendor_of(vendor), None, others)
    return visit.go(f"{PATH}/{_created(visit, wanted)}", done="created")


def _created(visit: Visit, wanted: schemas.IntegrationCreate) -> str:
    """The id of the integration; that of the first when a form is sent twice."""
    once = visit.once()
    answered = once.replay() if once else None
    if answered is None:
        try:
            return commands.create(visit.actor, wanted, once).id
        except AnsweredMeanwhile:
            answered = once.replay() if once else None
    if answered is None:
        raise ServiceUnavailable
    return str(answered.body["id"])
