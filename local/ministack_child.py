"""The embedded AWS as a child process, run by the Python of its own environment.

It ends by itself, and so saves its state, when the process that started it is gone for whatever reason: then the pipe
on its standard input ends.
"""

import os
import signal
import sys
import threading


def end_with_parent() -> None:
    """Wait for the end of standard input, then ask this process to stop cleanly."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    sys.argv = sys.argv[:1]
    from ministack.app import main

    main()
