"""What is stored of deliveries: what became of each event at each integration, and what could not be delivered."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute

from ..store import Table, named


class Delivery(Table):
    """What became of up to a hundred events of one queue message at one integration, so that none is sent or counted
    again when a message comes again."""

    class Meta:
        table_name = named("deliveries")
        billing_mode = "PAY_PER_REQUEST"

    block = UnicodeAttribute(hash_key=True)  # the message and which hundred of its events
    integration_id = UnicodeAttribute(range_key=True)
    version = NumberAttribute()
    states = UnicodeAttribute()  # a letter for each event, see `ledger`
    reasons = JSONAttribute()  # of those that were not delivered: [code, reason, places in the block]
    settled_at = NumberAttribute()  # milliseconds since the epoch
    expires_at = TTLAttribute()


class DeadLetter(Table):
    """An event that could not be delivered, with the reason, kept for fourteen days."""

    class Meta:
        table_name = named("dead-letters")
        billing_mode = "PAY_PER_REQUEST"

    shelf = UnicodeAttribute(hash_key=True)  # the integration and a number: one partition could not take all of them
    position = UnicodeAttribute(range_key=True)  # when it failed first, in milliseconds, then the event's place
    org_id = UnicodeAttribute()
    pipeline_id = UnicodeAttribute()
    integration_id = UnicodeAttribute()
    revision = NumberAttribute()
    place = UnicodeAttribute()
    message_id = UnicodeAttribute()
    name = UnicodeAttribute()  # of the event, as mappings list it
    code = UnicodeAttribute()
    reason = UnicodeAttribute()
    attempts = NumberAttribute()
    failed_at = NumberAttribute()  # the last time; milliseconds since the epoch
    event = UnicodeAttribute()  # packed as in a queue message
    replaying_until = NumberAttribute(null=True)  # milliseconds since the epoch: it is on its way again
    expires_at = TTLAttribute()
