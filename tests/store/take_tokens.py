"""A process that takes tokens of one rate limit at a pace, and prints how many it asked for and how many it got in the
seconds that count: `take_tokens.py BUCKET LIMIT PACE BEGINS ENDS`, the last two as seconds since the epoch."""

import sys
import time

from chalicelib.ingestion.limiter import limiter

BURST_SECONDS = 2  # at the beginning, with which a full bucket is emptied

bucket, limit, pace, begins, ends = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), *map(float, sys.argv[4:6])
limiter.take(f"{bucket}-warm", limit, 1)
asked = got = 0
due = begins
while due < ends:
    time.sleep(max(0.0, due - time.time()))
    allowed = limiter.take(bucket, limit, 1).allowed
    now = time.time()
    if begins + BURST_SECONDS <= now < ends:
        asked += 1
        got += allowed
    due = max(due + 1 / pace, now)
print(asked, got)
