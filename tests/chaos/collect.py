"""Reads from Redis, with one client and dupd show, what a storm has left: an Outcome."""

import json
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor

from families import MARK
from referee import Outcome
from resp import Refused, keys, stream

# Keys that stay for good, and are bounded. "chaos:" ones are the producer's own.
PERMANENT = {"articles", "verdicts", "alerts", "stories", "dead", "queue", "seq", "meta", "count",
             "fo"}

# Where articles stand in the end (docs/redis.md has the keys). ARGV: prefix, then collection and id of
# each. Returns story and copy of each, merges followed; an empty story when it is not there or not
# decided.
PLACES = """
local P, out = ARGV[1], {}
for i = 2, #ARGV, 2 do
  local known = redis.call('GET', P .. ':n:' .. ARGV[i] .. ':' .. ARGV[i + 1])
  local story, copy = '', 0
  if known then
    local n = tonumber(string.match(known, '^%d+'))
    local at = n % 64 * 40
    local v = redis.call('GETRANGE', P .. ':p:' .. math.floor(n / 64), at, at + 39)
    if #v == 40 then
      local number, _, state
      number, _, state, copy = struct.unpack('>I4fBB', v)
      story = state == 1 and string.format('%.0f', number) or ''
    end
  end
  for _ = 1, 64 do
    local into = story ~= '' and redis.call('HGET', P .. ':s:' .. story, 'into')
    if not into then break end
    story = into
  end
  out[#out + 1] = story
  out[#out + 1] = copy
end
return out
"""


def object_of(fields):
    """The one JSON object of a stream entry, whatever its field is called."""
    for value in fields.values():
        if value[:1] == b"{":
            return json.loads(value)
    raise ValueError("no object: %r" % fields)


def verdicts(client, prefix):
    out = []
    for _, fields in stream(client, prefix + ":verdicts"):
        v = object_of(fields)
        out.append({
            "entry": v["entry"], "id": v["id"], "story": v["story"], "copy": v["copy"],
            "verdict": v["verdict"], "replay": v["replay"],
            "origin": v["origin"]["id"] if v["origin"] else None,
            "matches": [(m["id"], m["verdict"] in ("identical", "republished", "rewritten",
                                                   "excerpt")) for m in v["matches"]]})
    return out


def dead(client, prefix):
    out = []
    for _, fields in stream(client, prefix + ":dead"):
        mark = MARK.search(b" ".join(v[:1000] for v in fields.values()))
        what = mark.group() if mark else fields.get(b"id")
        if what is None:
            try:
                what = json.loads(fields.get(b"json", b"")).get("id", "?").encode()
            except (ValueError, AttributeError):
                what = b"?"
        reason = fields.get(b"reason", b"") and fields.get(b"error", b"")
        entry = fields.get(b"entry")
        out.append({"entry": entry.decode() if entry else None,
                    "what": what.decode("utf-8", "replace"),
                    "reason": (fields.get(b"reason", b"") + b": " + reason).decode()
                    if reason else ""})
    return out


def alerts(client, prefix):
    out = []
    for _, fields in stream(client, prefix + ":alerts"):
        a = object_of(fields)
        out.append({"story": a["story"], "id": a["id"], "source": a["source"],
                    "reason": a["reason"]})
    return out


def places(client, prefix, families):
    wanted = [(f.collection, m) for f in families.values() for m in f.members]
    out = {}
    for at in range(0, len(wanted), 500):
        part = wanted[at : at + 500]
        reply = client.call("EVAL", PLACES, 0, prefix, *[word for pair in part for word in pair])
        for (_, key), story, is_copy in zip(part, reply[::2], reply[1::2]):
            if story:
                out[key] = (story.decode(), is_copy == 1)
    return out


def undying(client, prefix):
    known = {("%s:%s" % (prefix, name)).encode() for name in PERMANENT}
    shards = ("%s:i:" % prefix).encode()  # go with their generation
    out = set()
    for page in keys(client):
        ask = [k for k in page if k not in known and not k.startswith((b"chaos:", shards))]
        for key, ttl in zip(ask, client.pipe([("TTL", k) for k in ask])):
            if ttl == -1:
                out.add(key.decode("utf-8", "replace"))
    return sorted(out)


def left(client, prefix, group):
    try:
        pending = client.call("XPENDING", prefix + ":articles", group)[0]
    except Refused:
        pending = 0
    return {"stream": client.call("XLEN", prefix + ":articles"), "pending list": pending,
            "list": client.call("LLEN", prefix + ":queue")}


def show(dupd, url, family, key, env):
    """(story, copy) of one article as the program says it; or what it said instead."""
    done = subprocess.run([dupd, "show", "--json", "--store", url, "--collection",
                           family.collection, "--", key], check=False, env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        found = json.loads(done.stdout)
        return found["story"], found["copy"]
    except (ValueError, KeyError):
        return done.returncode, done.stderr.decode("utf-8", "replace").strip()[:200]


def shown(dupd, url, families, count, seed, env=None):
    wanted = [(f, m) for f in families.values() for m in f.members]
    if count < len(wanted):
        wanted = random.Random("show %s" % seed).sample(wanted, count)
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda pair: show(dupd, url, *pair, env), wanted)
        return {key: is_shown for (_, key), is_shown in zip(wanted, found)}


def outcome(client, plan, prefix="dupd", group="dupd"):
    return Outcome(verdicts=verdicts(client, prefix), dead=dead(client, prefix),
                   alerts=alerts(client, prefix), places=places(client, prefix, plan.families),
                   left=left(client, prefix, group), undying=undying(client, prefix))
