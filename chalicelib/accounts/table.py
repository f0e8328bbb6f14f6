"""What is stored of people: organisations, users, sessions and failed sign-ins."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from ..store import Expiring, Table, named


class Organisation(Table):
    """A tenant."""

    class Meta:
        table_name = named("organisations")
        billing_mode = "PAY_PER_REQUEST"

    id = UnicodeAttribute(hash_key=True)
    slug = UnicodeAttribute()
    owners = NumberAttribute()  # how many users are owners; never goes back to 0
    created_at = UnicodeAttribute()


class User(Table):
    """A person of one organisation."""

    class Meta:
        table_name = named("users")
        billing_mode = "PAY_PER_REQUEST"

    org_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    version = NumberAttribute()
    email = UnicodeAttribute()
    name = UnicodeAttribute()
    role = UnicodeAttribute()
    password_hash = UnicodeAttribute()  # argon2id
    password_changed_at = NumberAttribute()  # milliseconds since the epoch; sessions from before it are over
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()


class Session(Expiring):
    """A sign-in that is being renewed: the family of its refresh tokens, of which only the newest is valid."""

    class Meta:
        table_name = named("sessions")
        billing_mode = "PAY_PER_REQUEST"

    id = UnicodeAttribute(hash_key=True)
    org_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    email = UnicodeAttribute(null=True)  # when they signed in, for the audit trail
    token_hash = UnicodeAttribute()
    created_at = NumberAttribute()  # milliseconds since the epoch


class SignInFailures(Expiring):
    """Failed sign-ins for an e-mail address, whether or not it has a user: a lock must not tell which. When the row
    expires the count starts again, and a lock ends."""

    class Meta:
        table_name = named("sign-in-failures")
        billing_mode = "PAY_PER_REQUEST"

    email_hash = UnicodeAttribute(hash_key=True)
    failures = NumberAttribute(default=0)
