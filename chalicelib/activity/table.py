"""What is stored of what happened to events."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute

from ..store import Table, named


class SeenEvent(Table):
    """That an event was settled, kept for a day: another with the same message id is a duplicate. A duplicate and a
    dead one have a row too, under the place where they were found, so that none is counted twice."""

    class Meta:
        table_name = named("seen-events")
        billing_mode = "PAY_PER_REQUEST"

    id = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute()  # queue message and index: the same when the message comes again
    verdict = UnicodeAttribute()
    settled_at = NumberAttribute()  # milliseconds since the epoch
    received_at = UnicodeAttribute()
    archived_in = UnicodeAttribute(null=True)  # the key of the object
    handed = JSONAttribute(null=True)  # by integration: null when handed over, otherwise why not, as code and reason
    expires_at = TTLAttribute()


class Counter(Table):
    """How many events became what, in one minute or hour of a pipeline. Beside its keys a row has a number for each
    outcome. Several rows share the load of one slot; their sum counts."""

    class Meta:
        table_name = named("counters")
        billing_mode = "PAY_PER_REQUEST"

    pipeline_id = UnicodeAttribute(hash_key=True)
    slot = UnicodeAttribute(range_key=True)  # minute#2026-02-25T10:00#0
    expires_at = TTLAttribute()


class LiveEvent(Table):
    """An event as it came, and what was made of it, kept for a day to be looked at."""

    class Meta:
        table_name = named("live-events")
        billing_mode = "PAY_PER_REQUEST"

    pipeline_id = UnicodeAttribute(hash_key=True)
    position = UnicodeAttribute(range_key=True)  # when it was recorded, in milliseconds, then what tells it apart
    verdict = UnicodeAttribute()
    integration_id = UnicodeAttribute(null=True)  # where it became that
    event = UnicodeAttribute()  # JSON
    code = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    expires_at = TTLAttribute()
