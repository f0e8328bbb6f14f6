"""Names of which there may be only one: slugs, organisations, e-mail addresses. Taken in the same transaction as
what they name, so that of many who want one at once exactly one gets it."""

from pynamodb.attributes import UnicodeAttribute

from .store import Table, named


class UniqueName(Table):
    """A taken name and what it belongs to."""

    class Meta:
        table_name = named("unique-names")
        billing_mode = "PAY_PER_REQUEST"

    name = UnicodeAttribute(hash_key=True)  # scope#kind#name
    owner = UnicodeAttribute()


def slug_name(org_id: str, slug: str) -> str:
    """The key of a pipeline's slug, unique in its organisation."""
    return f"{org_id}#pipeline#{slug}"


def integration_name(org_id: str, name: str) -> str:
    """The key of an integration's name, unique in its organisation whatever its case."""
    return f"{org_id}#integration#{name.casefold()}"


def organisation_name(slug: str) -> str:
    """The key of an organisation's slug, unique in the installation."""
    return f"#organisation#{slug}"


def email_name(email: str) -> str:
    """The key of an e-mail address, unique in the installation because signing in asks for nothing else."""
    return f"#email#{email}"
