"""A file that only who has the passphrase can read, and in which every change is noticed.

Its first line tells what it is, in clear. The rest is in pieces, so that neither end of it has to be in memory: each is
sealed by AES-256-GCM with its number and whether it is the last, so that none can be left out, moved or cut off
(STREAM, Hoang et al., "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015). The key is
scrypt's of the passphrase and of a salt that no other file has.
"""

import hashlib
import hmac
import io
import re
import secrets
from functools import lru_cache
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from ..failure import OperationFailed

FORMAT = 1
FIRST_LINE = re.compile(rb"Datafly Signal export (\d{1,6})(?: ([0-9a-f]{32}) ([0-9a-f]{64}))?[^\n]*\n")
LONGEST_FIRST_LINE = 200
SALT_BYTES, KEY_BYTES, TAG_BYTES = 16, 32, 16
PIECE_BYTES = 1 << 20
# OWASP, Password Storage Cheat Sheet; 128 MB and about half a second.
COST, BLOCK, PARALLEL = 1 << 17, 8, 1


class _Pieces:
    """The seal of each piece, one after the other."""

    def __init__(self, key: bytes, first_line: bytes) -> None:
        self._cipher = AESGCM(key)
        self._first_line = first_line
        self._number = 0

    def seal(self, piece: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(last), piece, self._first_line)

    def open(self, sealed: bytes, *, last: bool) -> bytes:
        return self._cipher.decrypt(self._nonce(last), sealed, self._first_line)

    def _nonce(self, last: bool) -> bytes:
        """No two pieces of a file have the same, and no two files the same key."""
        self._number += 1
        return self._number.to_bytes(11, "big") + bytes([last])


class SealedWriter(io.RawIOBase):
    """Seals what is written to it into `out`, which is whole once this is closed."""

    def __init__(self, out: BinaryIO, passphrase: str) -> None:
        super().__init__()
        salt = secrets.token_bytes(SALT_BYTES)
        key, check = _keys(passphrase, salt)
        line = f"Datafly Signal export {FORMAT} {salt.hex()} {_checked(check, salt)}\n".encode()
        self._out = out
        self._pieces = _Pieces(key, line)
        self._waiting = bytearray()
        out.write(line)

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # who writes to it has bytes
        """Take some more."""
        self._waiting += data
        while len(self._waiting) > PIECE_BYTES:
            self._out.write(self._pieces.seal(bytes(self._waiting[:PIECE_BYTES]), last=False))
            del self._waiting[:PIECE_BYTES]
        return len(data)

    def close(self) -> None:
        """Seal what is left as the last piece."""
        if not self.closed:
            self._out.write(self._pieces.seal(bytes(self._waiting), last=True))
        super().close()


class SealedReader(io.RawIOBase):
    """What was sealed, piece by piece: nothing is given out that is not as it was written."""

    def __init__(self, source: BinaryIO, passphrase: str, name: str) -> None:
        """Raises OperationFailed, when it is opened or read, for what is no such file, not whole, or not to be opened
        with the passphrase; `name` is what to call it."""
        super().__init__()
        self._name = name
        self._source = source
        line = source.readline(LONGEST_FIRST_LINE)
        self._pieces = _Pieces(_key_of(line, passphrase, name), line)
        self._next = source.read(PIECE_BYTES + TAG_BYTES)
        self._opened = memoryview(b"")
        self._ended = False

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # who reads from it has such a buffer
        """Give out some more; 0 at the end."""
        while not self._opened and not self._ended:
            self._opened = memoryview(self._piece())
        count = min(len(buffer), len(self._opened))
        buffer[:count] = self._opened[:count]
        self._opened = self._opened[count:]
        return count

    def _piece(self) -> bytes:
        sealed, self._next = self._next, self._source.read(PIECE_BYTES + TAG_BYTES)
        self._ended = not self._next
        try:
            return self._pieces.open(sealed, last=self._ended)
        except (InvalidTag, ValueError):
            raise OperationFailed(
                f"FILE {self._name} is not whole, or somebody altered it: take another copy, or export again"
            ) from None


def _key_of(line: bytes, passphrase: str, name: str) -> bytes:
    found = FIRST_LINE.fullmatch(line)
    if found is None:
        raise OperationFailed(f"FILE {name} is none that `make export` wrote")
    if int(found[1]) > FORMAT:
        raise OperationFailed(
            f"FILE {name} has the format {int(found[1])}, and this version of the product reads {FORMAT}: import it "
            "with the version that wrote it"
        )
    if found[2] is None:
        raise OperationFailed(f"FILE {name} is none that `make export` wrote")
    salt = bytes.fromhex(found[2].decode())
    key, check = _keys(passphrase, salt)
    if not hmac.compare_digest(_checked(check, salt), found[3].decode()):
        raise OperationFailed(f"PASSPHRASE is not the one that FILE {name} was written with")
    return key


@lru_cache(maxsize=1)
def _keys(passphrase: str, salt: bytes) -> tuple[bytes, bytes]:
    """The key that seals, and the one by which a wrong passphrase is told from a file that is damaged."""
    made = Scrypt(salt=salt, length=2 * KEY_BYTES, n=COST, r=BLOCK, p=PARALLEL).derive(passphrase.encode())
    return made[:KEY_BYTES], made[KEY_BYTES:]


def _checked(key: bytes, salt: bytes) -> str:
    return hmac.new(key, salt, hashlib.sha256).hexdigest()
