#!/usr/bin/env python3
"""chaos.py: workers of dupd serve on one Redis, while everything is killed, stopped, cut and refused.

  chaos.py [--articles N] [--workers W] [--seconds S] [--seed X] [--kills K] [--redis-kills R]
  chaos.py --twins N                  N times the same article, given to all workers at once

Families of known copies (families.py) go through the queue during the storm (storm.py); then what
came out is held against what went in (referee.py). The same seed gives the same articles and the
same faults at the same moments; how they interleave is up to the machine.

The storm lasts S seconds, and the rest of the queue is given --patience seconds without any
progress. Prints a table and each broken promise with the ids concerned. Exit 0, 1 when a promise was
broken, 77 when there is no Redis here. Logs are kept after a failure, or with --keep.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter

import collect
from families import Plan
from procs import SERVER, Redis, Worker, until
from producer import Producer
from proxy import Proxy
from referee import Expected, judge, report
from resp import Lost, Refused
from storm import Storm
from twins import Twins

HERE = os.path.dirname(os.path.abspath(__file__))
PASSWORD = "right"
BROKEN = (b"AddressSanitizer", b"LeakSanitizer", b"runtime error:", b"ThreadSanitizer",
          b"Assertion")


class Newsroom:
    """Redis, proxy and workers in one directory, and the watch over them."""

    def __init__(self, args):
        self.args = args
        self.folder = tempfile.mkdtemp(prefix="dupd-chaos-")
        self.redis = Redis(self.folder, PASSWORD)
        self.proxy = Proxy(self.redis.socket)
        self.url = "redis+unix://%s?password=%s" % (self.redis.socket, PASSWORD)
        env = {**os.environ, "UV_THREADPOOL_SIZE": "4",
               "ASAN_OPTIONS": "abort_on_error=0:" + os.environ.get("ASAN_OPTIONS", "")}
        self.workers = []
        for i in range(args.workers):
            url = self.url if i % 2 == 0 else "redis://:%s@127.0.0.1:%d/0" % (PASSWORD,
                                                                             self.proxy.port)
            self.workers.append(Worker("worker %d" % i, self.command(url),
                                       os.path.join(self.folder, "worker-%d.log" % i), env))
        self.troubles = []
        self.closing = threading.Event()
        self.watcher = threading.Thread(target=self.watch, daemon=True)

    def command(self, url):
        args = self.args
        command = [args.dupd, "serve", "--redis", url, "--claim-idle", "%ds" % args.claim_idle,
                   "--deliveries", "1000", "--redis-memory-max", "1000GiB",
                   "--log-format", "logfmt", "--threads", "1"]
        return command + args.option

    def watch(self):
        while not self.closing.wait(0.2):
            for worker in self.workers:
                status = worker.look()
                if status is not None and not self.closing.is_set():
                    self.troubles.append("%s ended by itself, status %d" % (worker.name, status))
                    worker.start()

    def start(self):
        """The workers first: they wait for their Redis."""
        for worker in self.workers:
            worker.start()
        self.watcher.start()
        self.redis.start()
        self.redis.ready()

    def waiting(self):
        try:
            with self.redis.admin() as r:
                return sum(collect.left(r, "dupd", "dupd").values())
        except (Lost, Refused):
            return 1

    def drain(self, patience):
        """Until nothing is left to do, or nothing has moved for so long."""
        least, since = None, time.monotonic()
        while True:
            now = self.waiting()
            if now == 0:
                return
            if least is None or now < least:
                least, since = now, time.monotonic()
            if time.monotonic() - since > patience:
                self.troubles.append("the queue stands still: %d entries for %d s" % (now, patience))
                return
            time.sleep(0.1)

    def stop_workers(self):
        self.closing.set()
        self.watcher.join()
        for worker in self.workers:
            if worker.running():
                worker.look()
                status = worker.end(60)
                if status != 0:
                    self.troubles.append("%s: told to end, status %s" % (worker.name, status))
            worker.peaks.append(worker.peak)

    def read_logs(self):
        """What a broken program says of itself."""
        for worker in self.workers:
            with open(worker.log, "rb") as f:
                for line in f:
                    if any(word in line for word in BROKEN):
                        self.troubles.append("%s: %s" % (worker.name, line.decode().strip()[:300]))

    def close(self, keep):
        self.closing.set()
        for process in [*self.workers, self.redis]:
            process.signal(signal.SIGCONT)
            process.kill()
        self.proxy.close()
        if keep:
            print("logs and data: %s" % self.folder)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)


def table(rows):
    for name, value in rows:
        print("%-34s %s" % (name, value))


def storm(args, room):
    plan = Plan(args.seed, args.articles, versions=args.versions)
    room.start()
    producer = Producer(room.redis, plan, args.seconds * 0.97)
    weather = Storm(room.redis, room.workers, room.proxy, args.seed, args.seconds, args.kills,
                    args.redis_kills, args.claim_idle)
    begin = time.monotonic()
    producer.start()
    weather.start()
    weather.join()
    weather.heal()
    producer.join(args.seconds + 600)
    if producer.trouble or producer.is_alive():
        raise RuntimeError("producer: %s" % (producer.trouble or "not done"))
    stormy = time.monotonic()
    room.drain(args.patience)
    calm = time.monotonic()
    room.troubles += weather.trouble
    table([("articles pushed, of", "%d entries, %d articles" % (producer.sent,
                                                               len(plan.family_of))),
           ("families of copies", sum(len(f.members) > 1 for f in plan.families.values())),
           ("broken messages", len(plan.broken)),
           ("storm, then drained", "%.0f s, %.0f s" % (stormy - begin, calm - stormy)),
           ("longest until Redis was back", "%.1f s" % weather.loading),
           ("pushes repeated", producer.repeats)] +
          [("fault: " + name, count) for name, count in sorted(weather.done.items())])
    return plan, producer.entries, producer.listed


def settle(args, room, plan, entries, listed):
    with room.redis.admin(120) as r:
        outcome = collect.outcome(r, plan)
        memory = r.call("INFO", "memory").decode()
    outcome.shown = collect.shown(args.dupd, room.url, plan.families, args.show, args.seed,
                                  room.workers[0].env)
    room.stop_workers()
    room.read_logs()
    outcome.troubles = room.troubles
    words = Counter(v["verdict"] for v in outcome.verdicts)
    reasons = Counter(a["reason"] for a in outcome.alerts)
    used = next(int(line.split(":")[1]) for line in memory.splitlines()
                if line.startswith("used_memory:"))
    table([("verdicts", "%d: %s" % (len(outcome.verdicts), ", ".join(
        "%d %s" % (n, w) for w, n in words.most_common()))),
           ("replayed", sum(v["replay"] for v in outcome.verdicts)),
           ("alerts", ", ".join("%d %s" % (n, w) for w, n in reasons.most_common())),
           ("dead", len(outcome.dead)),
           ("starts of workers", sum(w.starts for w in room.workers)),
           ("largest worker, MiB", "%.0f" % (max(max(w.peaks) for w in room.workers) / 2**20)),
           ("last lives of workers, MiB", " ".join("%.0f" % (w.peaks[-1] / 2**20)
                                                   for w in room.workers)),
           ("Redis, MiB", "%.0f" % (used / 2**20)),
           ("seed", args.seed)])
    expected = Expected(plan.families, plan.family_of, entries, listed, plan.broken, plan.revised)
    return judge(expected, outcome)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0],
                                     epilog="Details at the head of the file.")
    root = os.path.join(HERE, "..", "..")
    parser.add_argument("--articles", type=int, default=12000, help="queue entries")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=75, help="of storm")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=12, help="kill -9 of workers")
    parser.add_argument("--redis-kills", type=int, default=5, help="kill -9 of Redis")
    parser.add_argument("--twins", type=int, default=0, help="rounds of the race instead")
    parser.add_argument("--again", type=float, default=0.25,
                        help="share of the rounds in which an id is pushed twice")
    parser.add_argument("--versions", type=float, default=0.02,
                        help="share of the articles that get a new version")
    parser.add_argument("--claim-idle", type=int, default=3, help="seconds")
    parser.add_argument("--patience", type=int, default=90, help="seconds without progress")
    parser.add_argument("--show", type=int, default=300, help="articles looked up by dupd show")
    parser.add_argument("--dupd", default=os.path.join(root, "build/release/src/cli/dupd"))
    parser.add_argument("--option", action="append", default=[], help="one more for dupd serve")
    parser.add_argument("--keep", action="store_true", help="logs, also after success")
    args = parser.parse_args()
    args.dupd = os.path.abspath(args.dupd)
    return args


def main():
    args = arguments()
    if not shutil.which(SERVER):
        print("no %s here" % SERVER)
        return 77
    room = Newsroom(args)
    failed = True
    try:
        if args.twins:
            work = Twins(args, room).run()
        else:
            work = storm(args, room)
        violations = settle(args, room, *work)
        for line in report(violations):
            print(line)
        failed = bool(violations)
        print("BROKEN: %d" % len(violations) if failed else "every promise was kept")
    finally:
        room.close(failed or args.keep)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
