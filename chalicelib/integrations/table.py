"""What is stored of integrations: the template, its numbered revisions, and which pipelines it is attached to."""

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from ..store import Table, named


class Integration(Table):
    """A template by which events of many pipelines go to one vendor. What it says of the vendor is in revisions."""

    class Meta:
        table_name = named("integrations")
        billing_mode = "PAY_PER_REQUEST"

    org_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    version = NumberAttribute()  # goes up by one with every change; the ETag
    name = UnicodeAttribute()
    description = UnicodeAttribute()
    vendor = UnicodeAttribute()
    enabled = BooleanAttribute()  # switched off, it delivers for no pipeline
    latest_revision = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    deleted_at = UnicodeAttribute(null=True)


class Revision(Table):
    """What an integration does, under a number. It never changes, so it may be kept in memory for ever."""

    class Meta:
        table_name = named("integration-revisions")
        billing_mode = "PAY_PER_REQUEST"

    integration_id = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)
    org_id = UnicodeAttribute()
    vendor = UnicodeAttribute()
    config = JSONAttribute()  # what is secret in it is ***
    secrets = JSONAttribute()  # by field: encrypted by KMS, base64
    parameters = JSONAttribute()  # the sorted keys of pipeline parameters that config and mapping refer to
    mapping = JSONAttribute()
    consent = UnicodeAttribute()  # the category without which nothing is sent
    requests_per_second = NumberAttribute()  # to the vendor at most, of one pipeline
    note = UnicodeAttribute()
    created_at = UnicodeAttribute()
    created_by = UnicodeAttribute()  # a user's id


class AttachedPipelines(GlobalSecondaryIndex["PipelineIntegration"]):
    """The pipelines of an integration. An index is behind its table for a moment."""

    class Meta:
        index_name = "attached"
        projection = AllProjection()

    integration_id = UnicodeAttribute(hash_key=True)
    pipeline_id = UnicodeAttribute(range_key=True)


class PipelineIntegration(Table):
    """That a pipeline's events go to an integration, by which of its revisions."""

    class Meta:
        table_name = named("pipeline-integrations")
        billing_mode = "PAY_PER_REQUEST"

    pipeline_id = UnicodeAttribute(hash_key=True)
    integration_id = UnicodeAttribute(range_key=True)
    org_id = UnicodeAttribute()
    revision = NumberAttribute()
    enabled = BooleanAttribute()
    attached_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    attached = AttachedPipelines()
