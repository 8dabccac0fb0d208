#!/usr/bin/env python3
"""schema.py ROOT PROGRAM: what PROGRAM prints is what docs/*.schema.json say, key by key, in order.

Every optional value is seen both as null and as something else. With a planted fault the schema
must refuse. Exit 77 (skipped) without the module jsonschema."""
import copy
import json
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(77)

root, program = sys.argv[1:3]
schemas = {}
for kind in ("verdict", "alert"):
    with open(f"{root}/docs/{kind}.schema.json", encoding="utf-8") as f:
        schemas[kind] = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schemas[kind])
validators = {kind: jsonschema.Draft202012Validator(s) for kind, s in schemas.items()}


def in_order(value, schema, root_schema, where):
    """The keys of each object stand in the order of the schema."""
    while "$ref" in schema:
        schema = root_schema["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    for choice in schema.get("oneOf", []):
        if value is not None and choice.get("type") != "null":
            in_order(value, choice, root_schema, where)
    if isinstance(value, dict) and "properties" in schema:
        assert list(value) == list(schema["properties"]), f"{where}: {list(value)}"
        for key, inner in value.items():
            in_order(inner, schema["properties"][key], root_schema, f"{where}.{key}")
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for inner in value:
            in_order(inner, schema["items"], root_schema, f"{where}[]")


def note(value, where, seen):
    """Which fields were null and which were not."""
    seen.setdefault(where, set()).add(value is None)
    if isinstance(value, dict):
        for key, inner in value.items():
            note(inner, f"{where}.{key}", seen)
    if isinstance(value, list):
        for inner in value:
            note(inner, f"{where}[]", seen)


def refuses(kind, value):
    return not validators[kind].is_valid(value)


count, seen, verdicts = 0, {}, set()
for line in subprocess.run([program], check=True, capture_output=True).stdout.decode("utf-8").splitlines():
    kind, text = line.split(" ", 1)
    value = json.loads(text)
    validators[kind].validate(value)
    in_order(value, schemas[kind], schemas[kind], kind)
    note(value, kind, seen)
    verdicts.add(value["verdict"])
    for match in value.get("matches", []):
        starts = [p["this"][0] for p in match["passages"]]
        assert starts == sorted(starts), "passages are not in order"
    for key in value:
        planted = copy.deepcopy(value)
        del planted[key]
        assert refuses(kind, planted), f"{kind} without {key} is accepted"
        planted = copy.deepcopy(value)
        planted[key] = {"planted": 1}
        assert refuses(kind, planted), f"{kind} with a wrong {key} is accepted"
    assert refuses(kind, {**value, "planted": 1}), f"{kind} with a planted key is accepted"
    count += 1
for field in ("verdict.story", "verdict.origin", "verdict.agency", "verdict.credited", "verdict.received_at",
              "verdict.took_us", "verdict.origin.url", "verdict.matches[].published_at", "alert.credited", "alert.at"):
    assert seen[field] == {True, False}, f"{field} was seen only {seen[field]} as null"
assert {"unique", "identical", "rewritten"} <= verdicts, verdicts
print(f"schema: {count} objects")
