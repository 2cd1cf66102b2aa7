"""The classic leak: producers put tuples on an unbounded queue faster than the consumer takes them off.

    pip install objgraph
    python producer_consumer.py > app.log

Runs 4 hours of service in about 15 seconds: it sleeps a thousandth of what its clock says, and the clock in the log is
the service's own. Nothing else is simulated: threads, queue and objects are real.
"""
import argparse
import datetime
import gc
import queue
import random
import threading
import time

import objgraph

SPEED = 1000
START = datetime.datetime(2026, 3, 2, 10, 0)


class Service:
    def __init__(self):
        self.jobs = queue.Queue()  # unbounded: this is the mistake
        self.stop = threading.Event()
        self.began = time.monotonic()

    def now(self):
        return START + datetime.timedelta(seconds=(time.monotonic() - self.began) * SPEED)

    def sleep_until(self, moment):
        time.sleep(max(0.0, (moment - self.now()).total_seconds() / SPEED))

    def produce(self, name, every_s):
        rng = random.Random(name)
        due = START
        while not self.stop.is_set():
            due += datetime.timedelta(seconds=rng.uniform(0.5, 1.5) * every_s)
            self.sleep_until(due)
            # The list in it keeps the collector's eye on the tuple.
            self.jobs.put(("resize", [name, rng.random()]))

    def consume(self, every_s):
        due = START
        while not self.stop.is_set():
            due += datetime.timedelta(seconds=every_s)
            self.sleep_until(due)
            try:
                self.jobs.get_nowait()
            except queue.Empty:
                pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=4)
    parser.add_argument("--limit", type=int, default=30)
    args = parser.parse_args()

    service = Service()
    workers = [threading.Thread(target=service.produce, args=(f"camera-{i}", 3.0)) for i in range(3)]
    workers.append(threading.Thread(target=service.consume, args=(4.0,)))
    for worker in workers:
        worker.start()

    for minute in range(1, int(args.hours * 60) + 1):
        service.sleep_until(START + datetime.timedelta(minutes=minute))
        print(f"---- {service.now():%Y-%m-%d %H:%M:%S} objects by type ----", flush=True)
        gc.collect()
        objgraph.show_most_common_types(limit=args.limit)

    service.stop.set()
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    main()
