#!/usr/bin/env python3
"""serve_bench.py: dupd serve from queue to verdict, on a Redis of its own over a Unix socket.

  serve_bench.py CORPUS.jsonl [--fill N] [--latency-seconds S] [--flat N] ...

CORPUS: real articles (id, body; one JSON object a line). Synthetic ones of the same word statistics
(build/release/bench/synth_jsonl) fill the index first, so that its shards are as full as they get,
and are pushed for the latencies. Steps:
  fill      N synthetic articles through the queue, not measured
  rate      the whole corpus stands in the queue, then one dupd serve is started; Redis does not
            rewrite its AOF meanwhile
  latency   articles pushed one by one at half that rate; from the entry's id to the verdict's; then
            once more while Redis rewrites its AOF, which takes a core for itself
  memory    what each kind of key takes, by MEMORY USAGE of a sample
  flat      (with --flat N) N short articles; the worker's resident memory after each tenth

Prints Markdown for bench/README.md on stdout, progress on stderr. Everything runs in a temporary
directory that is removed, whatever happens. Exit 1 when verdicts are missing.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(ROOT, "tests", "chaos"))

from procs import SERVER, Redis, Worker, status_of, until  # noqa: E402
from prose import Vocabulary, Writer  # noqa: E402
from resp import Refused, keys  # noqa: E402

KINDS = [  # of keys, by the first part of the name behind the prefix
    ("postings", ("i",)), ("records, with text", ("a",)), ("ids", ("n",)), ("places", ("p",)),
    ("verdicts by id", ("verdict",)), ("stories", ("s", "sm", "so", "al", "late")),
    ("furniture", ("f", "fs", "fo")),
    ("output streams", ("verdicts", "alerts", "stories")), ("queue", ("articles", "queue", "dead")),
]
SAMPLE = 400
ENTRY = 6  # bytes of a posting
STAGES = [  # of Redis's work; commands inside scripts count with those
    ("queue", ("XREADGROUP", "XAUTOCLAIM", "XINFO STREAM")), ("record", ("SET", "GET")),
    ("index", ("APPEND", "MGET")), ("decision and outputs", ("EVALSHA",)),
]


def say(text):
    print("serve_bench: %s" % text, file=sys.stderr, flush=True)


class Bench:
    def __init__(self, args):
        self.args = args
        self.folder = tempfile.mkdtemp(prefix="dupd-bench-", dir=args.tmp)
        options = [] if args.aof else ["--appendonly", "no"]
        self.redis = Redis(self.folder, options=options)
        url = "redis+unix://" + self.redis.socket
        self.worker = Worker("dupd", [args.dupd, "serve", "--redis", url, "--threads",
                                      str(args.threads), *args.option],
                             os.path.join(self.folder, "dupd.log"))
        self.pushed = 0
        self.missing = 0

    def start(self):
        self.redis.start()
        self.redis.ready()
        self.client = self.redis.admin(600)
        self.empty = self.memory()
        self.worker.start()

    def close(self):
        self.worker.kill()
        self.redis.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- measures ----

    def info(self, section):
        text = self.client.call("INFO", section).decode()
        return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)

    def memory(self):
        return int(self.info("memory")["used_memory"])

    def given(self):
        """Verdicts and dead letters so far."""
        total = 0
        for stream in ("dupd:verdicts", "dupd:dead"):
            try:
                found = self.client.call("XINFO", "STREAM", stream)
                fields = dict(zip(found[::2], found[1::2]))
                total += fields[b"entries-added"]
            except Refused:  # none yet
                pass
        return total

    def newest(self, stream):
        found = self.client.call("XREVRANGE", stream, "+", "-", "COUNT", 1)
        return found[0][0].decode() if found else "0"

    def cpu(self):
        """Processor seconds: the worker, Redis's process (all its threads), the worker's loop."""
        if not self.worker.running():
            raise RuntimeError("dupd ended by itself, see " + self.worker.log)
        loop = "%d/task/%d" % (self.worker.pid, self.worker.pid)
        return tuple(status_of(what)[1] for what in (self.worker.pid, self.redis.pid, loop))

    # ---- the queue ----

    def push(self, articles, pace=0):
        """Waits while more than `pace` articles are in the queue, if that is not 0."""
        batch, size = [], 0
        for article in articles:
            fields = [w for k, v in article.items() if v is not None for w in (k, str(v))]
            batch.append(("XADD", "dupd:articles", "*", *fields))
            size += len(fields[-1])
            if len(batch) == 200 or size > 1 << 20:
                self.send(batch, pace)
                batch, size = [], 0
        self.send(batch, pace)

    def send(self, batch, pace):
        for reply in self.client.pipe(batch):
            if isinstance(reply, Refused):
                raise reply
        self.pushed += len(batch)
        while pace and self.client.call("XLEN", "dupd:articles") > pace:
            self.cpu()  # or it is not there any more
            time.sleep(0.02)

    def drain(self, seconds):
        last, since = -1, time.monotonic()
        while self.given() < self.pushed:
            now = self.given()
            if now != last:
                last, since = now, time.monotonic()
            self.cpu()
            if time.monotonic() - since > seconds:
                self.missing += self.pushed - now
                say("%d verdicts are missing" % (self.pushed - now))
                self.pushed = now
                return
            time.sleep(0.01)


def corpus(path):
    with open(path, encoding="utf-8") as f:
        for line in f:
            a = json.loads(line)
            if a.get("body"):
                yield {k: a.get(k) for k in ("id", "source", "title", "published_at", "lang",
                                             "body")}


def synthetic(args, count, first):
    made = subprocess.Popen([args.synth, args.corpus, str(count), str(first)],
                            stdout=subprocess.PIPE)
    with made.stdout:
        for line in made.stdout:
            yield json.loads(line)
    if made.wait():
        raise RuntimeError("synth_jsonl failed")


def percentile(sorted_values, share):
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * share))]


def fill(bench, count):
    say("filling with %d synthetic articles" % count)
    begin = time.monotonic()
    bench.push(synthetic(bench.args, count, 0), pace=20000)
    bench.drain(60)
    say("filled in %.0f s" % (time.monotonic() - begin))


def commands(bench, articles):
    """Rows of Redis's own account: calls and microseconds an article, largest first."""
    rows = []
    for name, value in bench.info("commandstats").items():
        fields = dict(p.split("=") for p in value.split(","))
        rows.append((int(fields["usec"]) / articles, int(fields["calls"]) / articles,
                     name.replace("cmdstat_", "").replace("|", " ").upper()))
    return sorted(rows, reverse=True)


def quiet_aof(bench):
    """No rewrite of the AOF but those that are asked for; waits for the end of one under way."""
    bench.client.call("CONFIG", "SET", "auto-aof-rewrite-percentage", 0)
    until(lambda: bench.info("persistence")["aof_rewrite_in_progress"] == "0", 120,
          "the rewrite of the AOF ends", 0.1)


def measure_rate(bench):
    """The worker is told to end, the queue is filled, it is started again; measured from the first
    verdict on."""
    if bench.worker.end(60) != 0:
        raise RuntimeError("dupd did not end well")
    quiet_aof(bench)
    before = bench.given()
    say("pushing the corpus")
    bench.push(corpus(bench.args.corpus))
    count = bench.pushed - before
    bench.worker.start()
    until(lambda: bench.given() > before, 120, "the first verdict", 0.002)
    bench.client.call("CONFIG", "RESETSTAT")
    first, begin, cpu = bench.given(), time.monotonic(), bench.cpu()
    bench.drain(120)
    seconds = time.monotonic() - begin
    used = [b - a for a, b in zip(cpu, bench.cpu())]
    done = bench.given() - first
    say("%d articles in %.2f s: %.0f a second" % (count, seconds, done / seconds))
    return {"articles": done, "rate": done / seconds, "client": 1e6 * used[0] / done,
            "redis": 1e6 * used[1] / done, "loop": 1e6 * used[2] / done,
            "commands": commands(bench, done), "cores": sum(used[:2]) / seconds, "load": os.getloadavg()[0]}


def measure_latency(bench, rate, rewrite=False):
    """One connection, one article at a time; one whose reply is late takes those along that are due
    meanwhile, so that the pusher itself takes less of the two cores."""
    count = int(rate * bench.args.latency_seconds)
    say("%d articles at %.0f a second" % (count, rate))
    pushes = [["XADD", "dupd:articles", "*", *[w for k, v in article.items() for w in (k, v)]]
              for article in synthetic(bench.args, count, 10**7 + bench.pushed)]
    start, cpu = bench.newest("dupd:verdicts"), bench.cpu()
    if rewrite:
        bench.client.call("BGREWRITEAOF")
    begin, late, i = time.monotonic(), 0.0, 0
    while i < count:
        ahead = begin + i / rate - time.monotonic()
        if ahead > 0.0005:
            time.sleep(ahead)
        late = max(late, -ahead)
        due = min(count, max(i, int((time.monotonic() - begin) * rate)) + 1)
        for reply in bench.client.pipe(pushes[i:due]):
            if isinstance(reply, Refused):
                raise reply
        i = due
    bench.pushed += count
    pushed_in = time.monotonic() - begin
    bench.drain(60)
    used = [b - a for a, b in zip(cpu, bench.cpu())]
    took, after = [], start
    while True:
        found = bench.client.call("XRANGE", "dupd:verdicts", "(" + after, "+", "COUNT", 2000)
        for entry, fields in found:
            entry_in = json.loads(fields[fields.index(b"verdict") + 1])["entry"]
            took.append(int(entry.split(b"-")[0]) - int(entry_in.split("-")[0]))
        if len(found) < 2000:
            break
        after = found[-1][0].decode()
    took.sort()
    quiet_aof(bench)
    seconds = int(bench.info("persistence")["aof_last_rewrite_time_sec"])
    return {"articles": len(took), "asked": rate, "rate": count / pushed_in, "late": late,
            "rewrite": seconds if rewrite else None,
            "p50": percentile(took, 0.5), "p90": percentile(took, 0.9),
            "p99": percentile(took, 0.99), "p999": percentile(took, 0.999), "max": took[-1],
            "client": 1e6 * used[0] / count, "redis": 1e6 * used[1] / count,
            "loop": 1e6 * used[2] / count}


def measure_memory(bench):
    """(kind, keys, bytes), sampled evenly, and what Redis uses in all."""
    seen, sizes = {}, {}
    for page in keys(bench.client, "dupd:*"):
        for key in page:
            parts = key.decode("utf-8", "replace").split(":")
            kind = next((name for name, heads in KINDS if parts[1] in heads), "other")
            seen.setdefault(kind, []).append(key)
    for kind, names in seen.items():
        step = max(1, len(names) // SAMPLE)
        part = names[::step]
        found = [n for n in bench.client.pipe([("MEMORY", "USAGE", k, "SAMPLES", 0) for k in part])
                 if isinstance(n, int)]
        sizes[kind] = (len(names), sum(found) / max(1, len(found)) * len(names))
    strlen = sum(n for n in bench.client.pipe([("STRLEN", k) for k in seen.get("postings", [])])
                 if isinstance(n, int))
    return sizes, strlen // ENTRY, bench.memory() - bench.empty, measure_texts(bench, seen)


def measure_texts(bench, seen):
    """Bytes of texts as stored, and what Redis takes for them: for a sample, what the record takes
    less what it takes without its text."""
    records, stored, taken = seen.get("records, with text", []), 0, 0
    part = records[:: max(1, len(records) // SAMPLE)]
    for key in part:
        record = bench.client.call("GET", key)
        # A record ends with its text; how long that is stands at 60 (docs/formats.md).
        text = int.from_bytes(record[60:64], "big")
        bare = key[:-1] + b"#"  # as long, and no record's name
        bench.client.call("SET", bare, record[:len(record) - text])
        taken += (bench.client.call("MEMORY", "USAGE", key, "SAMPLES", 0) -
                  bench.client.call("MEMORY", "USAGE", bare, "SAMPLES", 0))
        bench.client.call("DEL", bare)
        stored += text
    whole = len(records) / max(1, len(part))
    return stored * whole, taken * whole


def measure_flat(bench, count):
    vocabulary, out = Vocabulary(), []

    def articles(first, many):
        for i in range(first, first + many):
            w = Writer(vocabulary, i)
            yield {"id": "short-%d" % i, "source": "outlet-%d.example" % (i % 400),
                   "title": w.title(), "body": w.text(40)}

    tenth = count // 10
    for part in range(10):
        begin = time.monotonic()
        bench.push(articles(part * tenth, tenth), pace=20000)
        bench.drain(120)
        rss = status_of(bench.worker.pid)[0]
        out.append(((part + 1) * tenth, rss))
        say("%d short articles: %.1f MiB, %.0f a second" % (
            (part + 1) * tenth, rss / 2**20, tenth / (time.monotonic() - begin)))
    return out


def print_processor(r, more=""):
    print("| processor time an article%s | dupd %.0f us (%.0f on the loop, %.0f on threads), "
          "Redis %.0f us |" % (more, r["client"], r["loop"], r["client"] - r["loop"], r["redis"]))


def print_rate(r):
    print("| queue to verdict | %d articles: **%.0f/s**; %.2f of %d cores at work, load %.1f |"
          % (r["articles"], r["rate"], r["cores"], os.cpu_count(), r["load"]))
    print_processor(r)
    used = {name: usec for usec, _, name in r["commands"]}
    stages = [(stage, sum(used.get(n, 0) for n in names)) for stage, names in STAGES]
    stages.append(("sockets, AOF and the rest", r["redis"] - sum(us for _, us in stages)))
    print("| of Redis's time | %s us |" % ", ".join("%s %.0f" % one for one in stages))


def print_latency(r):
    with_rewrite = ""
    if r["rewrite"] is not None:
        with_rewrite = " while Redis rewrote its AOF, %d s" % r["rewrite"]
    print("| at half that load%s, %.0f/s (asked %.0f; the pusher was %.0f ms late at most) | "
          "%d articles: p50 %d ms, p90 %d ms, **p99 %d ms**, p99.9 %d ms, most %d ms |"
          % (with_rewrite, r["rate"], r["asked"], 1000 * r["late"], r["articles"], r["p50"],
             r["p90"], r["p99"], r["p999"], r["max"]))
    print_processor(r, " at that load")


def print_memory(sizes, postings, used, texts, articles):
    print("\n| Redis memory after %d articles | keys | bytes an article |\n|---|---|---|" % articles)
    for kind, (count, size) in sorted(sizes.items(), key=lambda item: -item[1][1]):
        note = ""
        if kind == "postings":
            note = " (%.1f postings an article, %.1f a key)" % (postings / articles,
                                                               postings / count)
        print("| %s%s | %d | %.0f |" % (kind, note, count, size / articles))
    known = sum(size for _, size in sizes.values())
    stored, taken = texts
    streams = sizes.get("output streams", (0, 0))[1]
    print("| the key table, expiry and the rest | | %.0f |" % ((used - known) / articles))
    print("| **all (used_memory)** | | **%.0f** |" % (used / articles))
    print("| texts as stored; what Redis takes for them | | %.0f; %.0f |"
          % (stored / articles, taken / articles))
    print("| all but texts; the same without output streams, which are capped | | %.0f; **%.0f** |"
          % ((used - taken) / articles, (used - taken - streams) / articles))


def print_commands(rows, most=14):
    print("\n| Redis command | calls an article | us an article |\n|---|---|---|")
    for usec, calls, name in rows[:most]:
        print("| %s | %.2f | %.1f |" % (name, calls, usec))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0],
                                     epilog="Details at the head of the file.")
    parser.add_argument("corpus")
    parser.add_argument("--fill", type=int, default=90000)
    parser.add_argument("--rate", type=float, default=0, help="for latency; 0: half of that found")
    parser.add_argument("--latency-seconds", type=float, default=20)
    parser.add_argument("--flat", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2, help="of dupd serve")
    parser.add_argument("--no-aof", dest="aof", action="store_false")
    parser.add_argument("--dupd", default=os.path.join(ROOT, "build/release/src/cli/dupd"))
    parser.add_argument("--synth", default=os.path.join(ROOT, "build/release/bench/synth_jsonl"))
    parser.add_argument("--option", action="append", default=[], help="one more for dupd serve")
    parser.add_argument("--tmp", default=None, help="folder for the temporary directory")
    return parser.parse_args()


def main():
    args = arguments()
    if not shutil.which(SERVER):
        sys.exit("serve_bench: no %s here" % SERVER)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # cleans up as well
    bench = Bench(args)
    try:
        bench.start()
        if args.flat:
            rows = measure_flat(bench, args.flat)
            print("| short articles | resident, MiB |\n|---|---|")
            for count, rss in rows:
                print("| %d | %.1f |" % (count, rss / 2**20))
        else:
            fill(bench, args.fill)
            rate = measure_rate(bench)
            half = args.rate or rate["rate"] / 2
            latencies = [measure_latency(bench, half)]
            if args.aof:
                latencies.append(measure_latency(bench, half, rewrite=True))
            sizes, postings, used, text = measure_memory(bench)
            print("| | |\n|---|---|")
            print_rate(rate)
            for latency in latencies:
                print_latency(latency)
            print("| the worker's resident memory | %.0f MiB |"
                  % (status_of(bench.worker.pid)[0] / 2**20))
            print_memory(sizes, postings, used, text, bench.pushed)
            print_commands(rate["commands"])
    finally:
        if bench.worker.child and not bench.worker.running():
            with open(bench.worker.log, encoding="utf-8", errors="replace") as f:
                say("dupd ended: " + re.sub(r"\s+", " ", f.read()[-2000:]))
        bench.close()
    return 1 if bench.missing else 0


if __name__ == "__main__":
    sys.exit(main())
