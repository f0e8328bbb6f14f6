"""What is stored of pipelines: the pipeline, its row in the list, its key as ingestion reads it, and taken names."""

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import AllProjection, LocalSecondaryIndex

from ..store import Expiring, Table, named


class Pipeline(Table):
    """One pipeline of one organisation, whole. A tenant's rows are in the tenant's own partition."""

    class Meta:
        table_name = named("pipelines")
        billing_mode = "PAY_PER_REQUEST"

    org_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    version = NumberAttribute()  # goes up by one with every change; the ETag
    name = UnicodeAttribute()
    slug = UnicodeAttribute()
    type = UnicodeAttribute()
    pipeline_key_secret_prefix = UnicodeAttribute()
    secret_last_used_at = NumberAttribute(null=True)  # seconds since the epoch, true to a minute
    previous_secret_prefix = UnicodeAttribute(null=True)
    previous_secret_expires_at = NumberAttribute(null=True)  # seconds since the epoch
    previous_secret_last_used_at = NumberAttribute(null=True)
    domain_allowlist = JSONAttribute()
    labels = JSONAttribute()
    rate_limit_rps = NumberAttribute()  # events per second
    challenge_token_required = BooleanAttribute()
    parameters = JSONAttribute()
    config = JSONAttribute()
    js_builder_config = JSONAttribute()
    identity_config = JSONAttribute()
    enabled = BooleanAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    deleted_at = UnicodeAttribute(null=True)


class PipelineRevision(Table):
    """A pipeline as one of its versions was, and who made it that. It never changes. Asked for only after the pipeline
    was found in the caller's organisation."""

    class Meta:
        table_name = named("pipeline-revisions")
        billing_mode = "PAY_PER_REQUEST"

    pipeline_id = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)  # the pipeline's version
    org_id = UnicodeAttribute()
    action = UnicodeAttribute()
    user_id = UnicodeAttribute()
    user_email = UnicodeAttribute()
    request_id = UnicodeAttribute()
    changed = JSONAttribute()  # the paths of the fields that are different from the version before
    changed_count = NumberAttribute()
    restored_from = NumberAttribute(null=True)
    configuration = JSONAttribute()
    created_at = UnicodeAttribute()


class ChangedRows(LocalSecondaryIndex["PipelineRow"]):
    """The rows of an organisation in order of their last change, so that a repeated list reads only what changed."""

    class Meta:
        index_name = "changed"
        projection = AllProjection()

    org_id = UnicodeAttribute(hash_key=True, attr_name="o")
    changed_at = NumberAttribute(range_key=True, attr_name="h")


class PipelineRow(Table):
    """What a list shows of a pipeline, in few bytes: lists read the whole organisation. Short attribute names are
    billed as less. A deleted pipeline's row stays for a day without content, to tell caches that it went."""

    class Meta:
        table_name = named("pipeline-list")
        billing_mode = "PAY_PER_REQUEST"

    org_id = UnicodeAttribute(hash_key=True, attr_name="o")
    id = UnicodeAttribute(range_key=True, attr_name="i")
    changed_at = NumberAttribute(attr_name="h")  # milliseconds since the epoch
    name = UnicodeAttribute(attr_name="n", null=True)
    slug = UnicodeAttribute(attr_name="s", null=True)
    type = UnicodeAttribute(attr_name="t", null=True)
    labels = UnicodeAttribute(attr_name="l", null=True)  # one a line: labels have no control characters
    enabled = BooleanAttribute(attr_name="e", null=True)
    created_at = UnicodeAttribute(attr_name="c", null=True)
    updated_at = UnicodeAttribute(attr_name="u", null=True)
    expires_at = TTLAttribute(attr_name="x", null=True)  # only on a deleted pipeline's row
    changed = ChangedRows()


class PipelineKey(Table):
    """Everything ingestion needs to decide about a request, in one small item read by the pipeline key."""

    class Meta:
        table_name = named("pipeline-keys")
        billing_mode = "PAY_PER_REQUEST"

    pipeline_key = UnicodeAttribute(hash_key=True)
    org_id = UnicodeAttribute()
    pipeline_id = UnicodeAttribute()
    type = UnicodeAttribute()
    enabled = BooleanAttribute()
    deleted = BooleanAttribute()
    domain_allowlist = JSONAttribute()
    rate_limit_rps = NumberAttribute()  # events per second
    challenge_token_required = BooleanAttribute()
    secret = UnicodeAttribute()  # encrypted by KMS, base64
    previous_secret = UnicodeAttribute(null=True)
    previous_secret_expires_at = NumberAttribute(null=True)  # seconds since the epoch
    anonymize_ip = BooleanAttribute(null=True)
    filter_bots = BooleanAttribute(null=True)
    watched_until = NumberAttribute(null=True)  # seconds since the epoch; somebody looks at its events


class Change(Table):
    """That a pipeline changed, for those who keep a copy of what belongs to it; kept for a day."""

    class Meta:
        table_name = named("pipeline-changes")
        billing_mode = "PAY_PER_REQUEST"

    shard = UnicodeAttribute(hash_key=True)
    position = UnicodeAttribute(range_key=True)  # milliseconds since the epoch, then what tells it apart
    org_id = UnicodeAttribute()
    pipeline_id = UnicodeAttribute()
    expires_at = TTLAttribute()


class ChallengeToken(Expiring):
    """A challenge token, known by its hash alone."""

    class Meta:
        table_name = named("challenge-tokens")
        billing_mode = "PAY_PER_REQUEST"

    token_hash = UnicodeAttribute(hash_key=True)
    pipeline_id = UnicodeAttribute()
