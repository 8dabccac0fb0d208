#!/usr/bin/env python3
"""What a storm pushes: families of known copies among singletons, repeats, new versions and broken
messages, and beside it what must come out.

  plan = Plan(seed, entries, now)
  for push in plan.pushes(): ...      entries pushes, in order, made as they are asked for
  plan.families, plan.pushed, ...     complete when the last push was made

A family has 2 to 6 members at different outlets: the original, and copies that are identical,
trimmed, extended, spun, reordered or set by another system, each so near that any two of them are
recognised as copies, whichever comes first. Most are dated, the original before its copies, whatever
the order of arrival; some have no dates, so that arrival decides. Two copies of a family of three
may stand at one outlet. One family in twenty has its texts in a second collection as well, as a family of its
own.

  families.py --check DUPD [ENTRIES [SEED]]
asks the embedded store (dupd scan) about a plan's articles in their order: the plan is a fair one
only if every family comes out as one story there, with no chaos at all.
"""

import datetime
import heapq
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

from prose import Vocabulary, Writer, kinds

OUTLETS = 400
COPIES = ["identical", "tail", "extended", "synonyms", "reorder", "typography", "abridge", "html"]
# Weak enough that any two copies, and not only a copy and its original, are copies of each other.
STRENGTH = {"tail": 15, "synonyms": 12, "reorder": 20, "typography": "curly", "abridge": 88}
MARK = re.compile(rb"chaos-[0-9]+")


@dataclass
class Push:
    """One queue entry to be made."""
    fields: list  # [(name, value), ...]; for a list element the one JSON text
    via: str = "stream"  # or list
    id: str = ""  # of an article; "" for a broken message
    mark: str = ""  # of a broken message: it stands somewhere in it
    why: str = ""


@dataclass
class Family:
    name: str
    collection: str
    members: list = field(default_factory=list)  # ids
    outlet: dict = field(default_factory=dict)  # id -> outlet
    origin: str = ""  # the id of the one non-copy; "" when arrival decides


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Plan:
    def __init__(self, seed, entries, now=None, broken=True, large=1, versions=0.02):
        self.seed, self.entries = seed, entries
        self.rng = random.Random("plan %s" % seed)
        self.now = now or datetime.datetime.now(datetime.timezone.utc)
        self.vocabulary = Vocabulary()
        self.with_broken, self.large = broken, large
        self.versions = versions  # share of articles that get a new version
        self.families = {}  # name -> Family; a singleton is a family of one
        self.family_of = {}  # id -> name
        self.pushed = {}  # id -> number of queue entries
        self.revised = set()  # ids that were pushed with other content as well
        self.broken = {}  # mark -> why it is broken
        self.waiting = []  # heap of (position, tie, Push)
        self.tie = 0
        self.position = 0
        self.units = 0

    # ---- articles ----

    def copy_of(self, original, kind, writer):
        if kind == "identical":
            return {"body": original["body"]}
        if kind == "extended":
            return {"body": original["body"] + "\n\n" + writer.paragraph(40)}
        table = {k.name: k for k in kinds.KINDS}
        made = table[kind].make(original, STRENGTH.get(kind, 1), self.rng, self.vocabulary.tools)
        if not made:
            return {"body": original["body"]}
        return {k: v for k, v in made.items() if k in ("body", "html", "title") and v}

    def dress(self, article):
        """The fields in the ways that articles come in: outlet by name or by address, dates as
        text or seconds."""
        rng, outlet = self.rng, article["source"]
        if rng.random() < 0.3:
            article["url"] = "https://www.%s/%d/%s.html" % (outlet, rng.randrange(10**6),
                                                           re.sub(r"\W", "", article["id"]))
            if rng.random() < 0.5:
                del article["source"]
        when = article.pop("when", None)
        if when:
            article["published_at"] = str(int(when.timestamp())) if rng.random() < 0.3 else iso(when)
        if rng.random() < 0.3:
            article["lang"] = "en"
        return article

    def push_of(self, article):
        way = self.rng.random()
        if way < 0.8:
            return Push(list(article.items()), id=article["id"])
        text = json.dumps(article, ensure_ascii=way < 0.9)
        if way < 0.95:
            return Push([("json", text)], id=article["id"])
        return Push([("json", text)], via="list", id=article["id"])

    def name(self, text):
        """Most ids are plain; some have what breaks a careless reader of keys."""
        if self.rng.random() < 0.02:
            return text + self.rng.choice([" {q}", "}{", ":a:7", " é", "\"'", "\n*\\r", "{", "%s"])
        return text

    def at(self, position, push):
        self.tie += 1
        heapq.heappush(self.waiting, (position, self.tie, push))

    def place(self, article, family, position):
        """Plans the article's entry, and now and then another entry with the same id."""
        rng, key = self.rng, article["id"]
        outlet = article["source"]
        if key not in self.family_of:
            family.members.append(key)
            family.outlet[key] = outlet
            self.family_of[key] = family.name
        dressed = self.dress(dict(article))
        self.at(position, self.push_of(dressed))
        if rng.random() < 0.03:
            self.at(position + rng.choice([0, 1, 40, 2000]), self.push_of(dressed))
        if rng.random() < self.versions and "body" in dressed:
            more = Writer(self.vocabulary, "%s revised %s" % (self.seed, key)).paragraph(15)
            self.revised.add(key)
            self.at(position + rng.choice([1, 3, 60, 3000]),
                    self.push_of({**dressed, "body": dressed["body"] + "\n\n" + more}))

    def spread(self):
        way = self.rng.random()
        if way < 0.5:
            return 0
        return self.rng.randrange(60 if way < 0.8 else 6000)

    def family(self, number):
        rng = self.rng
        writer = Writer(self.vocabulary, "%s family %d" % (self.seed, number))
        original = {"title": writer.title(), "body": writer.text(rng.randrange(150, 380))}
        size = rng.choice([2, 2, 2, 3, 3, 4, 5, 6])
        outlets = ["outlet-%d.example" % n for n in rng.sample(range(OUTLETS), size)]
        dated = rng.random() < 0.85
        if size == 3 and dated and rng.random() < 0.3:
            outlets[2] = outlets[1]
        begin = self.now - datetime.timedelta(hours=20, minutes=rng.randrange(600))
        twins = rng.random() < 0.05
        versions = [original] + [
            {"title": original["title"], **self.copy_of(original, rng.choice(COPIES), writer)}
            for _ in range(size - 1)]
        for collection in ("default", "second") if twins else ("default",):
            name = "f%d%s" % (number, "" if collection == "default" else "-" + collection)
            family = self.families[name] = Family(name, collection)
            for i, version in enumerate(versions):
                article = {"id": self.name("%s-%d" % (name, i)), "source": outlets[i], **version}
                if collection != "default":
                    article["collection"] = collection
                if dated:
                    article["when"] = begin + datetime.timedelta(minutes=7 * i)
                if i == 0 and dated:
                    family.origin = article["id"]
                self.place(article, family, self.position + self.spread())
        self.position += size

    def single(self, number):
        rng = self.rng
        writer = Writer(self.vocabulary, "%s single %d" % (self.seed, number))
        words = rng.randrange(60, 350) if rng.random() < 0.95 else rng.randrange(1200, 2500)
        article = {"id": self.name("s%d" % number), "title": writer.title(),
                   "source": "outlet-%d.example" % rng.randrange(OUTLETS),
                   "body": writer.text(words)}
        if rng.random() < 0.7:
            article["when"] = self.now - datetime.timedelta(minutes=rng.randrange(1, 2000))
        family = self.families["s%d" % number] = Family("s%d" % number, "default")
        self.place(article, family, self.position)
        self.position += 1

    # ---- what is no article ----

    def bad(self, number):
        rng, mark = self.rng, "chaos-%d" % number
        kind = rng.choice(["no body", "bad json", "no object", "wrong type", "no id", "list"])
        if self.large and rng.random() < 0.1:
            self.large, kind = self.large - 1, "too large"
        text = "A sentence of the message %s." % mark
        push = {
            "no body": [("id", mark), ("title", text)],
            "bad json": [("json", '{"id": "%s", "body": "%s", broken' % (mark, text))],
            "no object": [("json", '["%s"]' % mark)],
            "wrong type": [("json", '{"id": "%s", "body": ["%s"]}' % (mark, text))],
            "no id": [("body", text)],
            "too large": [("id", mark), ("body", text + " word" * 2_000_000)],
            "list": [("json", '{"id": "%s", "body": 17}' % mark)],
        }[kind]
        self.broken[mark] = kind
        self.at(self.position, Push(push, via="list" if kind == "list" else "stream", mark=mark,
                                    why=kind))
        self.position += 1

    def pushes(self):
        made = 0
        while made < self.entries:
            while not self.waiting or self.waiting[0][0] > self.position:
                if made + len(self.waiting) >= self.entries:
                    break
                self.units += 1
                way = self.rng.random()
                if self.with_broken and way < 0.01:
                    self.bad(self.units)
                elif way < 0.35:
                    self.family(self.units)
                else:
                    self.single(self.units)
            if not self.waiting:
                break
            push = heapq.heappop(self.waiting)[2]
            made += 1
            if push.id:
                self.pushed[push.id] = self.pushed.get(push.id, 0) + 1
            yield push
        self.settle()

    def settle(self):
        """What was planned and never pushed is not expected."""
        unpushed = {push.mark for _, _, push in self.waiting if push.mark}
        self.broken = {m: why for m, why in self.broken.items() if m not in unpushed}
        for name, family in list(self.families.items()):
            for key in family.members:
                if key not in self.pushed:
                    del self.family_of[key]
            family.members = [m for m in family.members if m in self.pushed]
            if family.origin not in family.members and family.origin:
                family.origin = family.members[0] if family.members else ""
            if not family.members:
                del self.families[name]


def firsts(dupd, store, plan):
    """The members that are no copies, of the larger families; some of these."""
    out = {}
    for family in [f for f in plan.families.values() if len(f.members) > 2][:150]:
        for m in family.members:
            done = subprocess.run([dupd, "show", "--json", "--store", store, "--collection",
                                   family.collection, "--", m], check=True, stdout=subprocess.PIPE)
            if not json.loads(done.stdout)["copy"]:
                out.setdefault(family.name, []).append(m)
        out.setdefault(family.name, [])
    return out


def check(dupd, entries, seed):
    """Exit status 0 if dupd, undisturbed, sees the plan's families as they are meant."""
    plan = Plan(seed, entries, broken=False)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "articles.jsonl")
        with open(path, "w", encoding="utf-8") as f:
            for push in plan.pushes():
                fields = dict(push.fields)
                f.write((fields.get("json") or json.dumps(fields)) + "\n")
        store = os.path.join(folder, "store")
        out = subprocess.run([dupd, "scan", "--json", "--quiet", "--store", store, path],
                             check=True, stdout=subprocess.PIPE).stdout.decode()
        first = firsts(dupd, store, plan)
    story = {}
    for line in out.splitlines():
        found = json.loads(line)
        if "verdict" in found:
            story[found["id"]] = found["story"]
    for line in out.splitlines():
        found = json.loads(line)
        if "members" in found:
            story.update((key, found["story"]) for key in found["articles"])
    wrong = 0
    owner = {}
    for family in plan.families.values():
        stories = {story[m] for m in family.members}
        others = {owner.setdefault(s, family.name) for s in stories} - {family.name}
        if family.name in first and len(first[family.name]) != 1:
            wrong += 1
            print("%s: no copies are %s" % (family.name, first[family.name]))
        if len(stories) != 1 or others:
            wrong += 1
            print("%s: stories %s%s" % (family.name, sorted(stories),
                                        ", shared with %s" % sorted(others) if others else ""))
    many = sum(len(f.members) > 1 for f in plan.families.values())
    print("%d entries, %d articles, %d families of copies, %d singletons: %d not as meant" % (
        entries, len(plan.family_of), many, len(plan.families) - many, wrong))
    return wrong != 0


if __name__ == "__main__":
    if sys.argv[1:2] != ["--check"] or len(sys.argv) < 3:
        sys.exit(__doc__)
    numbers = [int(a) for a in sys.argv[3:]]
    sys.exit(check(sys.argv[2], *(numbers + [2000, 1][len(numbers):])))
