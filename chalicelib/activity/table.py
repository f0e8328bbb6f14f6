"""What is stored of recent events."""

from pynamodb.attributes import TTLAttribute, UnicodeAttribute

from ..store import Table, named


class LiveEvent(Table):
    """An event as it was accepted, kept for a day to be looked at."""

    class Meta:
        table_name = named("live-events")
        billing_mode = "PAY_PER_REQUEST"

    pipeline_id = UnicodeAttribute(hash_key=True)
    position = UnicodeAttribute(range_key=True)  # time of arrival, then message id
    event = UnicodeAttribute()  # JSON
    expires_at = TTLAttribute()
