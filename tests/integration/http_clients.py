#!/usr/bin/env python3
"""http_clients.py PROGRAM SAMPLES: the HTTP port of a running daemon against real sockets: honest
clients, and slow, half-open, pipelining, oversized, lying and babbling ones; logins; and after all
of them the daemon still answers.
"""
import http.client
import json
import os
import random
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from support.desk import Desk, until  # noqa: E402

TOKEN = "0123456789abcdef0123456789abcdef"
PROGRAM, SAMPLES = sys.argv[1], sys.argv[2]


def read_all(s):
    data = b""
    try:
        while piece := s.recv(65536):
            data += piece
    except ConnectionResetError:
        pass
    s.close()
    return data


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None


def say(desk, data, shut=True):
    """Sends bytes, and says that there are no more; the status of the answer, if any."""
    s = desk.connect()
    try:
        s.sendall(data)
        if shut:
            s.shutdown(socket.SHUT_WR)
    except (BrokenPipeError, ConnectionResetError):
        pass
    return read_all(s)


def head(path="/livez", method="GET", **fields):
    fields = {"Host": "localhost", **{k.replace("_", "-"): v for k, v in fields.items()}}
    return (f"{method} {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items()) + "\r\n").encode()


def alive(desk):
    status, _, _ = desk.ask("GET", "/livez")
    assert status == 200, status


# ---- the tests ----


def refuses_by_the_book(desk):
    for data, wanted in [
        (head("/nowhere"), 404), (head("/livez", "POST", Content_Length=0), 405), (head("/livez", "DELETE"), 405),
        (head("/", Host="evil.example"), 403), (head("/metrics", Host="localhost.evil.example"), 403), (b"GET / HTTP/1.0\r\n\r\n", 403),
        (b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 403), (head("/livez/", Host="evil.example"), 403),
        (b"GET /livez HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\r\n\r\n", 400), (b"GET /livez HTTP/3.0\r\nHost: localhost\r\n\r\n", 505),
        (head("/" + "x" * 20000), 431), (head(**{f"F{i}": "x" for i in range(100)}), 431),
        (head("/api/v1/check", "POST", Content_Type="application/json"), 411),
        (head("/api/v1/check", "POST", Content_Type="application/json", Content_Length=10**9), 413),
        (head("/api/v1/check", "POST", Content_Type="text/plain", Content_Length=2) + b"{}", 415),
        (head("/api/v1/check", "POST", Content_Type="application/json", Content_Length=2, Origin="http://evil.example") + b"{}", 403),
        (head("/api/v1/check", "POST", Content_Type="application/json", Content_Length=2, Origin="null") + b"{}", 403),
        (head("/logout", "POST", Content_Type="application/x-www-form-urlencoded", Content_Length=0, Origin="http://evil.example"), 403),
        (head("/api/v1/check", "POST", Content_Type="application/json", Transfer_Encoding="gzip"), 501),
        (head(Expect="the-unexpected"), 417), (head("/api/v1/verdicts?limit=x"), 400), (head("/api/v1/verdicts?verdict=nonsense"), 400),
        (head("/api/v1/verdicts?from=yesterday"), 400), (head("/api/v1/stories/999999"), 404), (head("/api/v1/stories/x'--"), 404),
        (head("/api/v1/articles/none"), 404), (head("/api/v1/articles/" + "x" * 600), 404), (head("/api/v1/compare?a=1"), 400),
        (head("/api/v1/compare?a=1&b=2"), 404),
    ]:
        answer = say(desk, data)
        got = status_of(answer)
        assert got == wanted, (data[:80], got, wanted)
        body = json.loads(answer.split(b"\r\n\r\n", 1)[1])
        assert body["error"] and body["what_to_do"], body


def answers_in_order(desk):
    """Pipelined requests: each gets its answer, in order; HEAD has no body."""
    data = head("/livez") + head("/livez", "HEAD") + head("/nowhere") + head("/readyz", Connection="close") + head("/livez")
    answers = say(desk, data).split(b"HTTP/1.1 ")[1:]
    assert [int(a[:3]) for a in answers] == [200, 200, 404, 200], answers
    assert b'"alive"' in answers[0] and b'"alive"' not in answers[1]
    assert b"connection: close" in answers[3].lower()


def takes_bodies_in_pieces(desk):
    body = b'{"body": "' + b"word " * 400 + b'"}'
    s = desk.connect()
    s.sendall(head("/api/v1/check", "POST", Content_Type="application/json; charset=utf-8", Transfer_Encoding="chunked", Connection="close", Expect="100-continue"))
    assert s.recv(100).startswith(b"HTTP/1.1 100 "), "asked for 100-continue"
    for at in range(0, len(body), 97):
        piece = body[at:at + 97]
        s.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
    s.sendall(b"0\r\n\r\n")
    assert status_of(read_all(s)) in (200, 409)


def a_slow_head_is_cut(desk):
    """Slowloris: a byte now and then does not keep a connection."""
    slow = [desk.connect() for _ in range(20)]
    for s in slow:
        s.sendall(b"GET /livez HTTP/1.1\r\nHost: local")
        s.settimeout(0.05)
    done = []

    def all_cut():
        for s in list(slow):
            try:
                s.sendall(b"x")
                answer = s.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                answer = b""
            done.append(answer)
            slow.remove(s)
            s.close()
        alive(desk)
        return not slow

    until(all_cut, "slow clients are cut")
    assert any(status_of(a) == 408 for a in done), done[:3]


def a_stalled_body_is_cut(desk):
    s = desk.connect()
    s.sendall(head("/api/v1/check", "POST", Content_Type="application/json", Content_Length=1000) + b'{"body": ')
    assert status_of(read_all(s)) == 408


def an_idle_connection_is_cut(desk):
    s = desk.connect()
    assert read_all(s) == b""


def half_open_clients_are_harmless(desk):
    for data in [b"", b"G", head()[:-2], head("/api/v1/articles", "POST", Content_Type="application/json", Content_Length=100) + b"{"]:
        say(desk, data)
    for _ in range(50):  # and those that vanish while they are answered
        s = desk.connect()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        s.sendall(head("/metrics", Authorization="Bearer " + TOKEN) + head("/api/v1/stats", Authorization="Bearer " + TOKEN))
        s.close()
    s = desk.connect()  # shut for writing, still reading
    s.sendall(head("/livez"))
    s.shutdown(socket.SHUT_WR)
    assert b"alive" in read_all(s)


def babble_is_refused(desk):
    chance = random.Random(5)
    for n in range(60):
        data = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 4000)))
        if n % 2:
            data = head() + data
        say(desk, data)
    s = desk.connect()  # one that never stops
    try:
        for _ in range(200):
            s.sendall(b"x" * 65536)
        raise AssertionError("babble without end was taken")
    except OSError:
        s.close()


def one_that_does_not_read_is_cut(desk):
    """Asks for much and reads nothing: its answers do not pile up."""
    s = desk.connect()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.settimeout(0.2)
    sent = 0
    try:
        for _ in range(4000):
            s.sendall(head("/metrics", Pad="x" * 8000))  # 32 MB in all: more than sockets hold
            sent += 1
    except OSError:
        pass
    assert sent < 4000, "requests are not read ahead without bound"
    s.close()


def too_many_make_room(program):
    with Desk(program, "--http-connections", "8", "--http-timeout", "60s") as desk:
        crowd = [desk.connect() for _ in range(30)]
        for _ in range(5):
            alive(desk)  # the idle ones made room
        for s in crowd:
            s.close()
        busy = []

        def refused():  # these are not idle: they have begun a request
            busy.append(desk.connect())
            try:
                busy[-1].sendall(b"GET /livez HTTP/1.1\r\n")
            except OSError:
                pass
            return status_of(say(desk, head())) == 503

        until(refused, "503 when all are busy")
        for s in busy:
            s.close()
        until(lambda: status_of(say(desk, head())) == 200, "room again")


def needs_the_token(desk):
    for path in ["/metrics", "/api/v1/verdicts", "/api/v1/events", "/api/v1/articles/x"]:
        assert desk.ask("GET", path, token=False)[0] == 401, path
        assert desk.ask("GET", path, headers={"Authorization": "Bearer " + TOKEN[:-1]}, token=False)[0] == 401
    assert status_of(say(desk, head("/api/v1/check", "POST", Content_Type="application/json", Content_Length=10**7), shut=False)) == 401
    for path in ["/livez", "/readyz", "/login", "/style.css"]:
        assert desk.ask("GET", path, token=False)[0] == 200, path
    status, fields, _ = desk.ask("GET", "/", token=False)
    assert (status, fields["location"]) == (303, "/login")


def logs_people_in(desk):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _, body = desk.ask("POST", "/login", "token=wrong%22%3E%3Cscript%3E", form, token=False)
    assert status == 403 and b"not the token" in body and b"<script>" not in body, body
    status, fields, _ = desk.ask("POST", "/login", "token=" + TOKEN, form, token=False)
    cookie = fields["set-cookie"]
    assert status == 303 and "HttpOnly" in cookie and "SameSite=Strict" in cookie, cookie
    cookie = {"Cookie": "a=b; " + cookie.split(";")[0]}
    assert desk.ask("GET", "/api/v1/stats", headers=cookie, token=False)[0] == 200
    status, fields, page = desk.ask("GET", "/", headers=cookie, token=False)
    assert status == 200 and b"app.js" in page
    policy = fields["content-security-policy"]
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy, policy
    assert desk.ask("POST", "/logout", "", {**form, **cookie}, token=False)[0] == 303
    assert desk.ask("GET", "/api/v1/stats", headers=cookie, token=False)[0] == 401
    tries = [desk.ask("POST", "/login", "token=x", form, token=False)[0] for _ in range(12)]
    assert 429 in tries, tries
    # who guesses keeps nobody else out
    other = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=30, source_address=("127.0.0.2", 0))
    other.request("POST", "/login", "token=" + TOKEN, {**form, "Host": "127.0.0.1"})
    assert other.getresponse().status == 303
    other.close()


def takes_articles(desk):
    with open(SAMPLES, encoding="utf-8") as f:
        articles = [json.loads(line) for line in f]
    answers = desk.add(articles)
    assert [a["line"] for a in answers] == list(range(1, len(articles) + 1))
    assert sum(a["copy"] for a in answers) >= 5, answers
    broken = b'{"id":"x","body":"' + b"some words " * 30 + b'"}\n\nnot json\n{"id":"y"}\n{"body":7}\r\n{"id":"z","body":"' + b"other words " * 30 + b'"}'
    status, answer = desk.post("/api/v1/articles", broken, "application/x-ndjson")
    lines = [json.loads(line) for line in answer.splitlines()]
    assert status == 200 and [a["line"] for a in lines] == [1, 3, 4, 5, 6], lines
    assert ["error" in a for a in lines] == [False, True, True, True, False], lines
    assert [a.get("again") for a in lines] == [None, False, False, False, None], lines
    status, answer = desk.post("/api/v1/articles", articles[0])
    assert status == 200 and json.loads(answer)["replay"] is True, answer
    status, answer = desk.post("/api/v1/articles", {"body": ""})
    assert status == 422, (status, answer)
    copy = dict(articles[0], id="elsewhere", source="elsewhere.example", url=None)
    status, answer = desk.post("/api/v1/check", copy)
    got = json.loads(answer)
    assert status == 200 and got["verdict"]["copy"] and got["compared_with"] >= len(articles), answer[:300]
    assert "closed without warning" in got["article"]["text"]
    assert desk.ask("GET", "/api/v1/articles/elsewhere")[0] == 404, "check keeps nothing"


def forgets_nothing_over_a_restart(program):
    with Desk(program) as desk:
        with open(SAMPLES, encoding="utf-8") as f:
            articles = [json.loads(line) for line in f]
        desk.add(articles[:20])
        until(lambda: len(desk.json("/api/v1/verdicts?limit=100")["verdicts"]) == 20, "all are shown")
        until(lambda: sum(s["copies"] for s in desk.json("/api/v1/stories")["stories"]) == 5, "all are counted")
        before = desk.json("/api/v1/stories")
        desk.stop()
        desk.port = 0
        desk.start()
        assert desk.json("/api/v1/stories") == before
        desk.stop()
        os.system(f"rm -r '{desk.directory}/store/view'")  # it is derived: made anew from the store
        desk.start()
        until(lambda: len(desk.json("/api/v1/verdicts?limit=100")["verdicts"]) == 20, "the view is made anew")
        until(lambda: all(v["title"] for v in desk.json("/api/v1/verdicts?limit=100&from=1h")["verdicts"]), "titles too")


def refuses_to_be_reached_without_a_token(program):
    import subprocess
    for address, hosts in [("0.0.0.0:0", ""), ("[::]:0", ""), ("127.0.0.1:0", "*"), ("nonsense", "")]:
        got = subprocess.run([program, "serve", "--store", f"/tmp/dupd-never-{os.getpid()}", "--http", address, "--http-hosts", hosts],
                             capture_output=True, timeout=60, check=False)
        assert got.returncode == 78, (address, got)
    os.system(f"rm -rf /tmp/dupd-never-{os.getpid()}")


def main():
    with Desk(PROGRAM, "--http-timeout", "1s", token=TOKEN) as desk:
        for test in [needs_the_token, logs_people_in, takes_articles]:
            test(desk)
            print("ok", test.__name__, flush=True)
    with Desk(PROGRAM, "--http-timeout", "1s") as desk:
        for test in [refuses_by_the_book, answers_in_order, takes_bodies_in_pieces, a_slow_head_is_cut, a_stalled_body_is_cut,
                     an_idle_connection_is_cut, half_open_clients_are_harmless, babble_is_refused, one_that_does_not_read_is_cut]:
            test(desk)
            alive(desk)
            print("ok", test.__name__, flush=True)
    for test in [too_many_make_room, forgets_nothing_over_a_restart, refuses_to_be_reached_without_a_token]:
        test(PROGRAM)
        print("ok", test.__name__, flush=True)


main()
