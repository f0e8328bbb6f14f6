"""Tests of the apparatus itself, where it is in use."""

import os

collect_ignore_glob = [] if os.environ.get("AWS") == "ministack" else ["test_*.py"]
