#!/usr/bin/env python3
"""http_again.py PROGRAM SAMPLES: an article whose reply was lost is sent again: the client was gone,
or the daemon was killed. One story, one verdict, the stored one, as a replay; no second alert. Over
the embedded store, and over Redis where there is a redis-server. And many addresses that guess the
token: the table of them is bounded, and nobody else is kept out.
"""
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from support.desk import Desk, until  # noqa: E402

LOGINS_AT_ONCE = 5
TOKEN = "0123456789abcdef0123456789abcdef"
PROGRAM, SAMPLES = sys.argv[1:3]
with open(SAMPLES, encoding="utf-8") as lines:
    ARTICLES = [json.loads(line) for line in lines]
FROM_THE_STORE = ("verdict", "copy", "score", "story", "origin", "content_hash", "received_at", "decided_at")


# ---- articles whose reply was lost ----


def send_and_go(desk, article):
    """Sends it, and closes without reading a byte."""
    body = json.dumps(article).encode()
    s = desk.connect()
    s.sendall(f"POST /api/v1/articles HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x00" * 8)
    s.close()


def is_decided(desk, name):
    """It is there from the moment it is put; its verdict comes later."""
    status, _, answer = desk.ask("GET", "/api/v1/articles/" + name)
    return status == 200 and json.loads(answer)["verdict"] is not None


def send_again(desk, article, first):
    """Twice: each time the verdict that was given first."""
    for _ in range(2):
        status, answer = desk.post("/api/v1/articles", article)
        got = json.loads(answer)
        assert status == 200 and got["replay"] is True, (status, answer[:300])
        assert [got[k] for k in FROM_THE_STORE] == [first[k] for k in FROM_THE_STORE], (got, first)


def once(desk, names, certain):
    """Each has one row, all in one story, and none but copies an alert; those that are certain have theirs."""
    origin, *copies = names

    def shown(what):
        return desk.json(f"/api/v1/{what}?limit=500")[what]

    until(lambda: set(certain) <= {a["id"] for a in shown("alerts")} and len(shown("verdicts")) >= len(names), "rows and alerts")
    until(lambda: sum(s["copies"] for s in shown("stories")) >= len(copies), "the story counts them")
    alerts, rows, stories = shown("alerts"), shown("verdicts"), shown("stories")
    assert sorted(r["id"] for r in rows) == sorted(names), rows
    ids = [a["id"] for a in alerts]
    assert len(ids) == len(set(ids)) and set(certain) <= set(ids) <= set(copies), alerts
    assert len({r["story"] for r in rows}) == 1, rows
    if copies:  # a story of one is not listed
        assert [(s["members"], s["copies"], s["origin"]["id"]) for s in stories] == [(len(names), len(copies), origin)], stories


def articles_are_sent_again(desk, recalled):
    """recalled: whether the alert of the moment of the kill is shown after it, as it is from Redis's
    stream; a directory has none. Those that were shown before stay in any case."""
    original = dict(ARTICLES[0], id="first", source="first.example", url=None)
    until(lambda: desk.ask("GET", "/readyz")[0] == 200, "ready")
    names = []
    for name in ["first", "client-gone", "killed"]:
        article = dict(original, id=name, source=name + ".example")
        if name == "killed":
            send_and_go(desk, article)
            until(lambda: is_decided(desk, "killed"), "it is decided")
            before = desk.json("/api/v1/articles/killed")["verdict"]
            desk.stop(signal.SIGKILL)
            desk.port = 0
            desk.start()
            until(lambda: desk.ask("GET", "/readyz")[0] == 200, "ready again")
        else:
            send_and_go(desk, article)
            until(lambda name=name: is_decided(desk, name), "it is decided though nobody waits")
            before = desk.json("/api/v1/articles/" + name)["verdict"]
        assert before["copy"] is (name != "first") and before["replay"] is False, before
        send_again(desk, article, before)
        names.append(name)
        once(desk, names, [n for n in names[1:] if recalled or n != "killed"])
    # what comes behind all replays: had one of them made an alert, it would stand before this one
    last = dict(original, id="last", source="last.example")
    assert desk.add([last])[0]["copy"]
    until(lambda: any(a["id"] == "last" for a in desk.json("/api/v1/alerts?limit=500")["alerts"]), "the last alert")
    once(desk, names + ["last"], [n for n in names[1:] if recalled or n != "killed"] + ["last"])


def over_a_directory():
    with Desk(PROGRAM) as desk:
        articles_are_sent_again(desk, False)


def over_redis():
    directory = tempfile.mkdtemp(prefix="dupd-again-")
    path = directory + "/r.sock"
    with subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", path, "--dir", directory, "--save", "", "--appendonly", "yes"],
                          stdout=subprocess.DEVNULL) as redis:
        try:
            with Desk(PROGRAM, "--redis", "redis+unix://" + path, "--state", directory, directory=directory, store=False) as desk:
                articles_are_sent_again(desk, True)
            got = subprocess.run(["redis-cli", "-s", path, "XLEN", "dupd:alerts"], capture_output=True, text=True, check=True, timeout=60)
            assert int(got.stdout) == 3, got.stdout
        finally:
            redis.terminate()
    shutil.rmtree(directory, ignore_errors=True)


# ---- many addresses that guess ----


def log_in(desk, address, token):
    c = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=60, source_address=(address, 0))
    c.request("POST", "/login", "token=" + token, {"Host": "127.0.0.1", "Content-Type": "application/x-www-form-urlencoded"})
    status = c.getresponse().status
    c.close()
    return status


def guess_until_braked(desk, address):
    """At most so many at once and one a second, however fast they come."""
    start, refused = time.monotonic(), 0
    while (status := log_in(desk, address, "wrong")) != 429:
        assert status == 403, status
        refused += 1
        assert refused <= LOGINS_AT_ONCE + time.monotonic() - start, refused
    assert refused >= LOGINS_AT_ONCE, refused


def a_crowd_that_guesses_keeps_nobody_out():
    with Desk(PROGRAM, token=TOKEN) as desk:
        crowd = [f"127.1.{n // 200}.{n % 200 + 1}" for n in range(700)]
        guesser, start = "127.2.0.1", time.monotonic()
        guess_until_braked(desk, guesser)
        tries = LOGINS_AT_ONCE
        for n, address in enumerate(crowd):
            assert log_in(desk, address, "wrong") == 403, address
            if n % 200 == 199:  # it goes on, so its place is not taken by those that came since
                tries += [log_in(desk, guesser, "wrong") for _ in range(8)].count(403)
                assert tries <= LOGINS_AT_ONCE + time.monotonic() - start, tries
        assert log_in(desk, "127.3.0.1", TOKEN) == 303, "one who has the token"
        assert log_in(desk, crowd[-1], TOKEN) == 303, "one who mistyped it once"
        assert desk.ask("GET", "/api/v1/stats")[0] == 200


def main():
    tests = [over_a_directory, a_crowd_that_guesses_keeps_nobody_out]
    if shutil.which("redis-server") and shutil.which("redis-cli"):
        tests.append(over_redis)
    for test in tests:
        test()
        print("ok", test.__name__, flush=True)


main()
