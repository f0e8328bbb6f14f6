"""Looking names up without waiting for a resolver that hangs."""

import threading
from queue import Empty, SimpleQueue

from .addresses import Resolver

# Names that are being looked up at once: a resolver that hangs keeps its thread, whoever waits for it.
_lookups = threading.BoundedSemaphore(32)


def looked_up(host: str, port: int, resolve: Resolver, seconds: float) -> list[str]:
    """The addresses of a host, if they are found in time.

    Raises OSError when they are not, or when there are none.
    """
    if seconds <= 0 or not _lookups.acquire(blocking=False):
        raise TimeoutError(f"no time to look {host} up")
    found: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def look_up() -> None:
        try:
            found.put(resolve(host, port))
        except Exception as error:
            found.put(error)
        finally:
            _lookups.release()

    threading.Thread(target=look_up, daemon=True).start()
    try:
        addresses = found.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"{host} was not found in time") from None
    if isinstance(addresses, OSError):
        raise addresses
    if isinstance(addresses, Exception):  # UnicodeError and others of what can be no name
        raise OSError(f"{host} is no name of a host") from addresses
    return addresses
