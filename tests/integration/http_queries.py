#!/usr/bin/env python3
"""http_queries.py PROGRAM SAMPLES: what is asked of the HTTP port is answered, or refused with a
word about what is wrong: parameters, filters, hints, health checks by any name; and a view that is
made anew shows the same copies.
"""
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from support.desk import Desk, until  # noqa: E402

PROGRAM, SAMPLES = sys.argv[1], sys.argv[2]
TOKEN = "0123456789abcdef0123456789abcdef"
with open(SAMPLES, encoding="utf-8") as samples:
    ARTICLES = [json.loads(line) for line in samples]
MARK = b"\xef\xbb\xbf"


def refused(desk, path, word, method="GET", body=None, kind=None, status=400):
    """Refused with a sentence in which the word stands, and without advice about HTTP's syntax."""
    fields = {"Content-Type": kind} if kind else {}
    got, _, data = desk.ask(method, path, body, fields)
    assert got == status, (path, got, data[:300])
    answer = json.loads(data)
    assert word in answer["error"], (path, word, answer)
    assert "RFC" not in answer["what_to_do"], answer
    assert "body-max" not in answer["what_to_do"], answer


def say(desk, data):
    with desk.connect() as s:
        s.sendall(data)
        answer = b""
        while piece := s.recv(65536):
            answer += piece
    return int(answer.split(b" ", 2)[1]), answer


def count(desk, what, query):
    return len(desk.json(f"/api/v1/{what}?limit=500&{query}")[what])


# ---- the tests ----


def filters_say_what_is_wrong(desk):
    title = "/api/v1/verdicts?q="
    for path, word in [
        (title + "%00", "UTF-8"), (title + "%ff", "UTF-8"),
        (title + "%C3%A4" * 257, "256 characters"),
        ("/api/v1/verdicts?outlet=x", "parameter outlet"),
        ("/api/v1/stories?verdict=copies", "verdict"),
        ("/api/v1/alerts?Collection=x", "Collection"), ("/api/v1/agencies?to=24h", "to"),
        ("/api/v1/outlets?source=x", "source"), ("/api/v1/stories/1?id=x", "id"),
        ("/api/v1/verdicts?verdict=copies&verdict=unique", "twice"),
        ("/api/v1/articles/x?q=y", "q"), ("/api/v1/compare?a=1&b=2&c=3", "c"),
        ("/api/v1/verdicts?verdict=nonsense", "verdict"),
    ]:
        refused(desk, path, word)
    assert count(desk, "verdicts", "q=" + "%C3%A4" * 256) == 0  # characters, not bytes


def filters_have_their_meaning(desk):
    everything = count(desk, "verdicts", "")
    copies = count(desk, "verdicts", "verdict=copies")
    unique = count(desk, "verdicts", "verdict=unique")
    assert copies and unique
    assert count(desk, "verdicts", "verdict=copies,unique") == copies + unique
    assert count(desk, "verdicts", "verdict=all,unique") == everything
    for what in ["verdicts", "alerts", "stories"]:
        for key, value in [("agency", "AP"), ("source", "harbour-post.example")]:
            some = count(desk, what, f"{key}={value}")
            other = count(desk, what, f"{key}={value.swapcase()}")
            assert some and some == other, (what, key, some, other)
    alerts = count(desk, "alerts", "")
    assert count(desk, "alerts", "collection=default") == alerts
    assert count(desk, "alerts", "collection=none") == 0
    assert 0 < count(desk, "alerts", "q=BRIDGE") < alerts


def a_member_is_among_the_members(desk):
    story = desk.json("/api/v1/stories?q=bridge")["stories"][0]
    for member in ["", "lantern-880", "nobody"]:
        got = desk.json(f"/api/v1/stories/{story['story']}?member={member}")
        assert len(got["members"]) == got["story"]["members"] == story["members"], got


def a_byte_order_mark_is_skipped(desk):
    one = dict(ARTICLES[0], id="marked-1", source="marked.example", url=None)
    two = dict(one, id="marked-2")
    status, answer = desk.post("/api/v1/articles", MARK + json.dumps(one).encode())
    assert status == 200 and json.loads(answer)["id"] == "marked-1", answer
    lines = MARK + json.dumps(two).encode() + b"\n" + json.dumps(one).encode()
    status, answer = desk.post("/api/v1/articles", lines, "application/x-ndjson")
    assert [json.loads(a)["id"] for a in answer.splitlines()] == ["marked-2", "marked-1"], answer
    assert desk.post("/api/v1/check", MARK + json.dumps(one).encode())[0] == 200


def an_import_is_one_or_is_not(desk):
    kind = "application/json"
    for value in ["yes", "true", "1", "no", "false", "0"]:
        path = "/api/v1/articles?import=" + value
        article = dict(ARTICLES[0], id="import-" + value, source="import.example", url=None)
        body = json.dumps(article)
        assert desk.ask("POST", path, body, {"Content-Type": kind})[0] == 200, value
    refused(desk, "/api/v1/articles?import=Yes", "import", "POST", "{}", kind)
    refused(desk, "/api/v1/articles?imports=yes", "imports", "POST", "{}", kind)
    refused(desk, "/api/v1/articles?import=maybe", "import", "POST", "{}", "application/x-ndjson")


def what_is_too_large_is_named(desk):
    kind = "application/json"
    for fields, word in [
        ({"id": "x" * 513}, "id"), ({"title": "x" * 65536}, "title"),
        ({"byline": "x" * 65536}, "byline"), ({"collection": "x" * 129}, "collection"),
        ({"body": "x " * 5_000_000}, "--max-article"),
    ]:
        body = json.dumps({"body": "some words", **fields})
        refused(desk, "/api/v1/articles", word, "POST", body, kind, 413)
    status, data = say(desk, b"POST /api/v1/articles HTTP/1.1\r\nHost: localhost\r\n"
                             b"Content-Type: application/json\r\nContent-Length: 18000000\r\n"
                             b"Connection: close\r\n\r\n{")
    assert status == 413 and b"--max-message" in data, data


def whole_addresses_are_taken(desk):
    for target, status in [("http://localhost/livez", 200), ("http://127.0.0.1:80/api/v1?", 200),
                           ("HTTP://localhost", 200), ("http://evil.example/api/v1", 403),
                           ("http://u@localhost/", 400), ("ftp://localhost/", 400)]:
        data = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        got, answer = say(desk, data.encode())
        assert got == status, (target, answer[:300])


def a_view_that_is_made_anew_shows_the_same(desk):
    """Articles that became copies when their origin came, too."""
    for name, day in [("early-5", 5), ("early-7", 7), ("late", 1)]:
        body = json.dumps({
            "id": name, "source": name + ".example", "title": name, "collection": "late",
            "published_at": f"2026-03-0{day}T00:00:00Z", "body": ARTICLES[0]["body"]})
        status, _, answer = desk.ask("POST", "/api/v1/articles?import=yes", body,
                                     {"Content-Type": "application/json"})
        assert status == 200, answer

    def rows():
        got = desk.json("/api/v1/verdicts?limit=500")["verdicts"]
        keep = ["id", "collection", "verdict", "copy", "score", "story", "source", "title",
                "agency", "credited", "origin"]
        return sorted((json.dumps([r[k] for k in keep]) for r in got))

    def late_copies():
        got = desk.json("/api/v1/verdicts?verdict=copies&collection=late")["verdicts"]
        origin = {r["id"]: r["origin"]["id"] for r in got}
        return origin == {"early-5": "late", "early-7": "early-5"}

    until(late_copies, "both are copies")
    before = rows()
    desk.stop()
    shutil.rmtree(desk.directory + "/store/view")
    desk.start()
    until(lambda: rows() == before, "the view shows the same")
    assert late_copies()


def becomes_a_copy_while_nobody_looks(desk):
    """The view has it as unique; its origin comes by `dupd add`, without a daemon."""
    until(lambda: count(desk, "verdicts", "verdict=unique&q=harvest") == 1, "it is shown")
    desk.stop()
    path = desk.directory + "/origin.jsonl"
    with open(path, "w", encoding="utf-8") as f:
        f.write(json.dumps({"id": "origin", "source": "first.example", "title": "The origin",
                            "published_at": "2026-01-01T00:00:00Z", "body": HARVEST}) + "\n")
    store = desk.directory + "/store"
    subprocess.run([desk.program, "add", "--store", store, path], check=True, timeout=60,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    desk.start()
    until(lambda: count(desk, "verdicts", "verdict=copies&q=harvest") == 1, "it is shown as a copy")


HARVEST = " ".join(f"{a} {b} the {c} that nobody in {d} had counted." for a, b, c, d in zip(
    "Farmers Millers Carters Bakers Brewers Drovers Priests Weavers Masons Coopers".split() * 3,
    "brought carried weighed sold hid burned shared kept stacked lost".split() * 3,
    "barley rye oats wheat hops beans straw chaff flour bran spelt corn hay peas malt".split() * 2,
    "Arden Bexley Corby Dunmow Epping Frome Goole Hythe Ilford Jarrow Kendal".split() * 3))


def health_is_told_under_any_name():
    nowhere = ["--redis", "redis://127.0.0.1:1"]
    with Desk(PROGRAM, *nowhere, token=TOKEN, store=False) as desk:
        for path, status in [(b"/livez", 200), (b"/healthz", 200), (b"/readyz", 503),
                             (b"/metrics", 403), (b"/", 403)]:
            assert say(desk, b"GET " + path + b" HTTP/1.0\r\n\r\n")[0] == status, path
            fields = b"Host: 10.1.2.3:8080\r\nConnection: close\r\n\r\n"
            assert say(desk, b"GET " + path + b" HTTP/1.1\r\n" + fields)[0] == status, path

        def why(token):
            return json.loads(desk.ask("GET", "/readyz", token=token)[2])["why"]

        until(lambda: "refused" in why(True), "the reason is known")
        assert why(True).count("127.0.0.1") == 1, why(True)
        assert "127.0.0.1" not in why(False) and "cannot be reached" in why(False), why(False)


def main():
    with Desk(PROGRAM) as desk:
        desk.add(ARTICLES)
        desk.add([{"id": "harvest", "source": "harvest.example", "title": "The harvest",
                   "body": HARVEST}])
        until(lambda: sum(s["copies"] for s in desk.json("/api/v1/stories")["stories"]) == 5,
              "all are counted")
        for test in [filters_say_what_is_wrong, filters_have_their_meaning,
                     a_member_is_among_the_members, a_byte_order_mark_is_skipped,
                     an_import_is_one_or_is_not, what_is_too_large_is_named,
                     whole_addresses_are_taken, a_view_that_is_made_anew_shows_the_same,
                     becomes_a_copy_while_nobody_looks]:
            test(desk)
            print("ok", test.__name__, flush=True)
    health_is_told_under_any_name()
    print("ok health_is_told_under_any_name", flush=True)


main()
