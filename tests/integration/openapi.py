#!/usr/bin/env python3
"""openapi.py ROOT PROGRAM: docs/openapi.yaml against a running daemon. Every route of api.c is
described and every description is a route; every answer that is asked for here has the status, the
media type and the shape that the document says; verdicts are held against verdict.schema.json.
Skipped without PyYAML or jsonschema.
"""
import json
import os
import re
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from support.desk import Desk, until  # noqa: E402

try:
    import jsonschema
    import yaml
except ImportError:
    sys.exit(77)

ROOT, PROGRAM = sys.argv[1:3]
with open(ROOT + "/docs/openapi.yaml", encoding="utf-8") as f:
    API = yaml.safe_load(f)
with open(ROOT + "/docs/verdict.schema.json", encoding="utf-8") as f:
    VERDICT = jsonschema.Draft202012Validator(json.load(f))
asked = set()


def resolved(node):
    if "$ref" in node:
        where = API
        for part in node["$ref"][2:].split("/"):
            where = where[part]
        return where
    return node


def check_shape(schema, value, what):
    validator = jsonschema.Draft202012Validator({**schema, "components": API["components"]})
    errors = [f"{what}: {'/'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in validator.iter_errors(value)]
    assert not errors, errors[:3]


def ask(desk, method, template, path=None, body=None, kind=None, status=200):
    path = path or template
    got, fields, data = desk.ask(method, path, body, {"Content-Type": kind} if kind else {})
    assert got == status, (path, got, data[:300])
    described = resolved(API["paths"][template][method.lower()]["responses"][str(status)])
    asked.add((method, template))
    content = described.get("content", {})
    media = fields.get("content-type", "").split(";")[0]
    assert (media in content) if content else not data, (path, media, list(content))
    schema = content.get(media, {}).get("schema") if content else None
    if media == "application/x-ndjson":
        lines = [json.loads(line) for line in data.splitlines()]
        for line in lines:
            check_shape(schema, line, path)
        return lines
    if not schema:
        return data
    value = json.loads(data)
    check_shape(schema, value, path)
    return value


def check_routes():
    with open(ROOT + "/src/daemon/api.c", encoding="utf-8") as f:
        rows = re.findall(r"\{HTTP_(GET|POST), \"([^\"]+)\"", f.read())
    described = {(m.upper(), re.sub(r"\{\w+\}", "", p)) for p, methods in API["paths"].items() for m in methods}
    assert set(rows) == described, set(rows) ^ described


def check_parameters(desk):
    """Every parameter that is described is one, and no other is."""
    every = {p["name"] for p in API["components"]["parameters"].values()}
    for path in ["/api/v1/verdicts", "/api/v1/stories", "/api/v1/alerts", "/api/v1/agencies",
                 "/api/v1/outlets"]:
        described = {resolved(p)["name"] for p in API["paths"][path]["get"]["parameters"]}
        for name in every:
            status, _, data = desk.ask("GET", f"{path}?{name}=")
            assert status == (200 if name in described else 400), (path, name, status, data)


def main():
    check_routes()
    with open(ROOT + "/deploy/samples/articles.jsonl", encoding="utf-8") as f:
        lines = f.read()
    articles = [json.loads(line) for line in lines.splitlines()]
    with Desk(PROGRAM) as desk:
        for path in ["/livez", "/healthz", "/readyz", "/metrics", "/", "/app.js", "/style.css", "/icon.svg", "/api/v1", "/api/v1/stats"]:
            ask(desk, "GET", path)
        ask(desk, "GET", "/login", status=303)
        ask(desk, "POST", "/logout", body="", kind="application/x-www-form-urlencoded", status=303)
        ask(desk, "POST", "/login", body="token=x", kind="application/x-www-form-urlencoded", status=403)
        ask(desk, "POST", "/api/v1/check", body='{"body":"a b c"}', kind="application/json", status=409)
        answers = ask(desk, "POST", "/api/v1/articles", body=lines + "broken\n{}\n", kind="application/x-ndjson")
        assert len(answers) == len(articles) + 2
        VERDICT.validate(ask(desk, "POST", "/api/v1/articles", body=json.dumps(articles[1]), kind="application/json"))
        ask(desk, "POST", "/api/v1/articles", body='{"body":3}', kind="application/json", status=422)
        got = ask(desk, "POST", "/api/v1/check", body=json.dumps({"html": "<p>" + articles[0]["body"]}), kind="application/json")
        VERDICT.validate(got["verdict"])
        until(lambda: sum(s["copies"] for s in desk.json("/api/v1/stories")["stories"]) == 5, "all are counted")
        for path, queries in {
            "/api/v1/verdicts": ["", "?verdict=copies&credited=no&limit=3", "?q=bridge&from=1h&to=2100-01-01&source=wire.example", "?before=5", "?collection=none"],
            "/api/v1/stories": ["", "?agency=AP&credited=no", "?q=bridge&limit=1"],
            "/api/v1/alerts": ["", "?verdict=republished&agency=AP", "?limit=2", "?q=bridge&collection=default"],
            "/api/v1/agencies": ["", "?from=24h"], "/api/v1/outlets": ["", "?from=30d"], "/api/v1/stats": [""],
        }.items():
            for query in queries:
                ask(desk, "GET", path, path + query)
        for path in ["/api/v1/verdicts", "/api/v1/stories", "/api/v1/alerts", "/api/v1/agencies", "/api/v1/outlets"]:
            ask(desk, "GET", path, path + "?from=never", status=400)
            ask(desk, "GET", path, path + "?nonsense=1", status=400)
        check_parameters(desk)
        story = desk.json("/api/v1/stories?q=bridge")["stories"][0]["story"]
        ask(desk, "GET", "/api/v1/stories/{story}", "/api/v1/stories/" + story)
        ask(desk, "GET", "/api/v1/stories/{story}", "/api/v1/stories/" + story + "?member=lantern-880")
        ask(desk, "GET", "/api/v1/stories/{story}", "/api/v1/stories/" + story + "?id=lantern-880", status=400)
        ask(desk, "GET", "/api/v1/stories/{story}", "/api/v1/stories/404", status=404)
        one = ask(desk, "GET", "/api/v1/articles/{id}", "/api/v1/articles/" + urllib.parse.quote(articles[2]["id"], safe=""))
        VERDICT.validate(one["verdict"])
        ask(desk, "GET", "/api/v1/articles/{id}", "/api/v1/articles/none", status=404)
        both = ask(desk, "GET", "/api/v1/compare", "/api/v1/compare?a=lantern-880&b=wire-4101")
        for passage in both["overlap"]["passages"]:
            text = both["a"]["text"].encode()[slice(*passage["this"])].decode()
            assert text, "offsets are whole characters"
        ask(desk, "GET", "/api/v1/compare", "/api/v1/compare?a=1&b=2", status=404)
        asked.add(("GET", "/api/v1/events"))
        check_events(desk, articles)
    missing = {(m.upper(), p) for p, methods in API["paths"].items() for m in methods} - asked
    assert not missing, missing
    print(f"openapi: {len(asked)} routes are as described")


def read_events(stream, wanted):
    """(event, id, data) until all of `wanted` have been seen."""
    seen, event = [], {}
    for line in stream:
        line = line.decode().rstrip("\r\n")
        if line:
            key, _, value = line.partition(": ")
            event[key] = value
        elif event:
            seen.append((event.get("event"), event.get("id"), json.loads(event.get("data", "{}"))))
            event = {}
            if wanted <= {e for e, _, _ in seen}:
                return seen
    raise AssertionError(f"the feed ended: {seen}")


def subscribe(desk, last=""):
    s = desk.connect()
    s.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n{last and 'Last-Event-ID: ' + last}\r\n{last and chr(13) + chr(10)}".encode())
    stream = s.makefile("rb")
    while stream.readline().strip():
        pass
    return stream


def check_events(desk, articles):
    schemas = {"verdict": "Row", "alert": "Alert"}
    stream = subscribe(desk)
    read_events(stream, {"hello"})
    desk.add([dict(articles[0], id="live-1", source="live.example", url=None)])
    seen = read_events(stream, {"verdict", "alert"})
    for event, _, data in seen:
        if event in schemas:
            check_shape(API["components"]["schemas"][schemas[event]], data, event)
    last = seen[-1][1]
    stream.close()
    desk.add([dict(articles[0], id="live-2", source="live-2.example", url=None)])
    until(lambda: any(a["id"] == "live-2" for a in desk.json("/api/v1/alerts?limit=1")["alerts"]), "the second copy is known")
    again = read_events(subscribe(desk, last), {"verdict", "alert"})  # what was missed
    assert [d["id"] for e, _, d in again if e == "verdict"] == ["live-2"], again
    for foreign in ["another-3", "0123456789abcdef-1", last.split("-")[0] + "-999999"]:
        assert read_events(subscribe(desk, foreign), {"reset"})


main()
