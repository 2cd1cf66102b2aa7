"""Writes the other samples: small services whose objects are real and whose clock runs as fast as it can.

    pip install objgraph
    python stories.py STORY > app.log          STORY: see `python stories.py`

Each story is one thing that a log can show.
"""
import datetime
import gc
import io
import math
import random
import sys

import objgraph

START = datetime.datetime(2026, 3, 2, 10, 0)


class Session:
    def __init__(self, user):
        self.user = user
        self.tags = [user]


class Payload:
    def __init__(self, body):
        self.body = {"body": body}


class Page:
    def __init__(self, key):
        self.rows = [key]


class Request:
    def __init__(self):
        self.headers = {}


def snapshots(minutes, every=1):
    """Moments of a service's life, and a table at the end of each."""
    for minute in range(every, minutes + 1, every):
        yield minute, START + datetime.timedelta(minutes=minute)


def table(limit=30):
    gc.collect()
    objgraph.show_most_common_types(limit=limit)


def logged(limit=30):
    """The table through the service's logger, a record for each row."""
    out = io.StringIO()
    gc.collect()
    objgraph.show_most_common_types(limit=limit, file=out)
    return out.getvalue().splitlines()


def record(now, level, name, text):
    print(f"{now:%Y-%m-%d %H:%M:%S},{now.microsecond // 1000:03d} {level:<8} [{name}] {text}")


def leak_after_deploy(rng):
    """A leak that begins with a deploy, two and a half hours into the log."""
    kept = []
    for minute, now in snapshots(240):
        print(f"==== {now:%Y-%m-%d %H:%M:%S} ====")
        table()
        for _ in range(rng.randrange(3, 8)):
            if minute >= 150:
                kept.append(Payload("x" * 10))
        if minute == 150:
            print(f"{now + datetime.timedelta(seconds=9):%Y-%m-%d %H:%M:%S} INFO app: deploy: webhook handler v2 enabled")
        if rng.random() < 0.2:
            print(f"{now + datetime.timedelta(seconds=31):%Y-%m-%d %H:%M:%S} INFO app: {rng.randrange(100)} requests served")


def logger_prefix(rng):
    """A registry that is never pruned; every row of its tables goes through the service's logger."""
    sessions = {}
    for minute, now in snapshots(180):
        for ago in sorted((rng.uniform(1, 50) for _ in range(rng.randrange(2, 9))), reverse=True):
            user = len(sessions)
            sessions[user] = Session(user)
            record(now - datetime.timedelta(seconds=ago), "INFO", "chat.server", f"client {user} joined")
        for row in logged(limit=20):
            record(now, "DEBUG", "chat.memory", row)


def no_leak(rng):
    """A service that warms up, fills its cache, and stays level."""
    cache = {}
    for minute, now in snapshots(300):
        for _ in range(40):
            key = int(abs(rng.gauss(0, 120)))
            if key not in cache and len(cache) < 260:
                cache[key] = Page(key)
        busy = [Request() for _ in range(rng.randrange(5, 15))]
        print(f"{now:%Y-%m-%dT%H:%M:%S}Z gc ran")
        table()
        busy.clear()


def daily_cycle(rng):
    """Two days of a service whose requests follow the day."""
    for minute, now in snapshots(4 * 24 * 60, every=10):
        load = 130 + 110 * math.sin(2 * math.pi * minute / (24 * 60)) + rng.gauss(0, 6)
        busy = [Request() for _ in range(max(3, int(load)))]
        print(f"[{now:%d/%b/%Y:%H:%M:%S +0000}] objects")
        table()
        busy.clear()


def restarts(rng):
    """A worker that leaks its sessions and is restarted three times."""
    kept, began = [], 0
    for minute, now in snapshots(320):
        if minute in (90, 170, 260):
            kept.clear()
            print(f"{now:%Y-%m-%d %H:%M:%S} supervisord: worker exited; starting worker with pid {4000 + minute}")
        for _ in range(rng.randrange(1, 4)):
            kept.append(Session(minute))
        print(f"{now:%Y-%m-%d %H:%M:%S} objects in use")
        table(limit=25)


def several_leaks(rng):
    """Three leaks at once, in a table of twenty rows."""
    sessions, payloads, pages = [], [], []
    for minute, now in snapshots(200):
        sessions.extend(Session(minute) for _ in range(rng.randrange(0, 4)))
        payloads.extend(Payload("x") for _ in range(rng.randrange(3, 9)))
        if rng.random() < 0.7:
            pages.append(Page(minute))
        print(f"{now.timestamp():.0f}")
        table(limit=40)


def three_snapshots(rng):
    """Somebody looked three times."""
    kept = []
    for minute, now in snapshots(3):
        kept.extend(Session(minute) for _ in range(20))
        table(limit=40)


STORIES = [leak_after_deploy, logger_prefix, no_leak, daily_cycle, restarts, several_leaks, three_snapshots]


def main():
    names = {story.__name__.replace("_", "-"): story for story in STORIES}
    if len(sys.argv) != 2 or sys.argv[1] not in names:
        print(__doc__)
        for name, story in names.items():
            print(f"    {name:16} {story.__doc__}")
        sys.exit(2)
    names[sys.argv[1]](random.Random(sys.argv[1]))


if __name__ == "__main__":
    main()
