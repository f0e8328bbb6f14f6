"""What is stored of collector builds."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from ..store import Table, named


class CollectorBuild(Table):
    """One build of one pipeline's collector."""

    class Meta:
        table_name = named("collector-builds")
        billing_mode = "PAY_PER_REQUEST"

    pipeline_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)  # in order of asking
    org_id = UnicodeAttribute()
    status = UnicodeAttribute()  # building, ready or failed
    requested_at = UnicodeAttribute()
    deadline = NumberAttribute()  # seconds since the epoch; a build still running then has died
    fingerprint = UnicodeAttribute()  # of the configuration it was asked for with, later of the one it was built from
    message = UnicodeAttribute(null=True)  # why it failed
    delivery_method = UnicodeAttribute(null=True)
    script_filename = UnicodeAttribute(null=True)
    version_hash = UnicodeAttribute(null=True)
    integrity = UnicodeAttribute(null=True)
    modules = JSONAttribute(null=True)
    file_size_bytes = NumberAttribute(null=True)
    gzip_bytes = NumberAttribute(null=True)
    brotli_bytes = NumberAttribute(null=True)
    built_at = UnicodeAttribute(null=True)


class CurrentBuild(Table):
    """Which build of a pipeline is the one that the pointer URL serves."""

    class Meta:
        table_name = named("collector-current")
        billing_mode = "PAY_PER_REQUEST"

    pipeline_id = UnicodeAttribute(hash_key=True)
    build_id = UnicodeAttribute()
    after = UnicodeAttribute(null=True)  # the newest build when it was asked to become current
    published_at = UnicodeAttribute()
