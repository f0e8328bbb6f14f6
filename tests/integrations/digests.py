"""Digests, for the vendors' tests."""

import hashlib


def sha256(text):
    """As vendors want it: hexadecimal, in lower case."""
    return hashlib.sha256(text.encode()).hexdigest()
