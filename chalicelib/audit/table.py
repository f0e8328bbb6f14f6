"""What is stored of the audit trail."""

from pynamodb.attributes import JSONAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, LocalSecondaryIndex

from ..store import Table, named


class OfResource(LocalSecondaryIndex["AuditEntry"]):
    """The entries of one resource in order of time. A local index, since only such a one can be read consistently."""

    class Meta:
        index_name = "resource"
        projection = AllProjection()

    org_id = UnicodeAttribute(hash_key=True)
    resource_position = UnicodeAttribute(range_key=True)


class AuditEntry(Table):
    """One change of one organisation. Nothing changes or deletes it but DynamoDB, when its time is over."""

    class Meta:
        table_name = named("audit-log")
        billing_mode = "PAY_PER_REQUEST"

    org_id = UnicodeAttribute(hash_key=True)
    position = UnicodeAttribute(range_key=True)  # the entry's id, which begins with the time
    resource_position = UnicodeAttribute()  # the resource's id, which is unique whatever its type, # and the position
    action = UnicodeAttribute()
    user_id = UnicodeAttribute()
    user_email = UnicodeAttribute()
    resource_type = UnicodeAttribute()
    resource_id = UnicodeAttribute()
    resource_name = UnicodeAttribute()
    changes = JSONAttribute()  # by the path of a field: old and new
    ip_address = UnicodeAttribute()
    user_agent = UnicodeAttribute()
    request_id = UnicodeAttribute()
    timestamp = UnicodeAttribute()
    expires_at = TTLAttribute()
    of_resource = OfResource()
