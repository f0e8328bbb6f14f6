"""What is stored of events on their way in."""

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute

from ..store import Table, named


class RateBucket(Table):
    """The token bucket of a pipeline with one rate limit."""

    class Meta:
        table_name = named("rate-buckets")
        billing_mode = "PAY_PER_REQUEST"

    id = UnicodeAttribute(hash_key=True)  # pipeline id, # and limit
    taken_until = NumberAttribute()  # microseconds since the epoch
    expires_at = TTLAttribute()
