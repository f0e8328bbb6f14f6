"""Pages for people: what the admin API can do, without it."""
