"""What is stored of collector builds."""

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from ..store import Table, named


class CollectorBuild(Table):
    """One build of one pipeline's collector; the newest is the one that counts."""

    class Meta:
        table_name = named("collector-builds")
        billing_mode = "PAY_PER_REQUEST"

    pipeline_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)  # in order of asking
    org_id = UnicodeAttribute()
    status = UnicodeAttribute()  # building, ready or failed
    requested_at = UnicodeAttribute()
    deadline = NumberAttribute()  # seconds since the epoch; a build still running then has died
    message = UnicodeAttribute(null=True)  # why it failed
    script_filename = UnicodeAttribute(null=True)
    version_hash = UnicodeAttribute(null=True)
    integrity = UnicodeAttribute(null=True)
    file_size_bytes = NumberAttribute(null=True)
    served = BooleanAttribute(null=True)  # by the CDN; otherwise only the admin API hands it out
    built_at = UnicodeAttribute(null=True)
