#!/usr/bin/env python3
"""view_redis.py PROGRAM SAMPLES: three workers on one Redis, each with a dashboard of its own: all
of them come to show the same verdicts, stories and alerts, whoever decided; one that was killed, or
whose view was thrown away, catches up; Redis going away and coming back is seen and survived.
Skipped without redis-server.
"""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from support.desk import Desk, until  # noqa: E402

PROGRAM, SAMPLES = sys.argv[1:3]
if not shutil.which("redis-server") or not shutil.which("redis-cli"):
    sys.exit(77)


class Redis:
    def __init__(self, directory):
        self.directory, self.socket, self.process = directory, directory + "/r.sock", None
        self.start()

    def start(self):
        with open(self.directory + "/redis.log", "ab") as log:
            self.process = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", self.directory, "--save", "", "--appendonly", "yes"], stdout=log, stderr=log)
        until(lambda: self.call("PING") == "PONG", "Redis answers")

    def call(self, *words, given=None):
        got = subprocess.run(["redis-cli", "-s", self.socket, *words], capture_output=True, text=True, input=given, check=False, timeout=60)
        return got.stdout.strip()

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(60)


def seen(desk):
    """What a desk shows, without what depends on who came first."""
    rows = desk.json("/api/v1/verdicts?limit=500")["verdicts"]
    stories = desk.json("/api/v1/stories?limit=500")["stories"]
    alerts = desk.json("/api/v1/alerts?limit=500")["alerts"]
    return (sorted((r["id"], r["verdict"], r["story"], r["title"], r["source"]) for r in rows),
            sorted((s["story"], s["members"], s["copies"], s["credited"], s["uncredited"], s["origin"] and s["origin"]["id"]) for s in stories),
            sorted((a["story"], a["id"]) for a in alerts))


def all_show(desks, articles):
    def same():
        first, *others = [seen(d) for d in desks]
        return len(first[0]) == articles and all(r[3] for r in first[0]) and all(o == first for o in others) and first

    return until(same, f"all desks show the same {articles} articles")


def main():
    with open(SAMPLES, encoding="utf-8") as f:
        articles = [json.loads(line) for line in f]
    directory = tempfile.mkdtemp(prefix="dupd-view-redis-")
    redis = Redis(directory)
    url = "redis+unix://" + redis.socket
    try:
        with contextlib.ExitStack() as stack:
            desks = []
            for n in range(3):
                os.mkdir(f"{directory}/{n}")
                desks.append(stack.enter_context(Desk(PROGRAM, "--redis", url, "--state", f"{directory}/{n}", directory=f"{directory}/{n}", store=False)))
            for d in desks:
                until(lambda d=d: d.ask("GET", "/readyz")[0] == 200, "ready")
            for a in articles[:20]:
                redis.call("-x", "LPUSH", "dupd:queue", given=json.dumps(a))
            until(lambda: [sum(s[2] for s in stories) == 5 and len(alerts) == 5 for _, stories, alerts in [all_show(desks, 20)]][0], "five copies, five alerts")
            print("ok three workers show the same", flush=True)

            desks[2].stop(signal.SIGKILL)
            shutil.rmtree(f"{directory}/1/view", ignore_errors=True)
            desks[1].stop()
            for name in os.listdir(f"{directory}/1"):
                if name.startswith("view.db"):
                    os.unlink(f"{directory}/1/{name}")
            for a in articles[20:25]:
                redis.call("-x", "LPUSH", "dupd:queue", given=json.dumps(a))
            all_show(desks[:1], 25)
            for d in desks[1:]:
                d.port = 0
                d.start()
            all_show(desks, 25)
            print("ok one that was killed, and one without a view, catch up", flush=True)

            redis.stop(signal.SIGKILL)
            until(lambda: desks[0].ask("GET", "/readyz")[0] == 503, "not ready without Redis")
            assert desks[0].ask("GET", "/livez")[0] == 200 and len(desks[0].json("/api/v1/verdicts?limit=500")["verdicts"]) == 25
            until(lambda: desks[0].json("/api/v1/stats")["ready"] is False, "the page is told")
            redis.start()
            until(lambda: all(d.ask("GET", "/readyz")[0] == 200 for d in desks), "ready again")
            for a in articles[25:]:
                redis.call("-x", "LPUSH", "dupd:queue", given=json.dumps(a))
            all_show(desks, 30)
            print("ok Redis goes away and comes back", flush=True)

            # What one desk took by HTTP is everybody's, though it has no queue entry.
            mine = dict(articles[0], id="by-http", source="by-http.example", url=None)
            assert desks[0].add([mine])[0]["copy"]
            all_show(desks, 31)
            assert all(any(r["id"] == "by-http" for r in d.json("/api/v1/verdicts?limit=500")["verdicts"]) for d in desks)
            until(lambda: all(any(a["id"] == "by-http" for a in d.json("/api/v1/alerts")["alerts"]) for d in desks), "its alert is everybody's")
            got = desks[1].json("/api/v1/articles/by-http")
            assert got["article"]["text"] and got["verdict"]["id"] == "by-http"
            print("ok an article by HTTP", flush=True)
    finally:
        redis.stop()
        shutil.rmtree(directory, ignore_errors=True)


main()
