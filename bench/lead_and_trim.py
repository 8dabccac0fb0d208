#!/usr/bin/env python3
"""lead_and_trim.py CORPUS.jsonl [--dupd PROGRAM] [--sample N] [--seed N]: copies with another lead and
a trimmed end, checked against their originals.

A copy is the first 90 words of another article and then the first part (nine tenths, three quarters,
half of the paragraphs) of one of 350 to 900 words. What a columnist or a speaker writes in the first
person looks like a statement that two outlets print, once something else stands before it and its end
is gone: perturb.py changes leads and ends, but not both. Prints the verdicts of a sample, and of the
60 articles that say "U.S." or "US" most. One store in a temporary directory a row; a minute in all.
"""

import argparse
import collections
import json
import os
import random
import re
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
LEAD = 90  # words


def article(name, source, body, hour):
    return json.dumps({"id": name, "source": source, "title": name, "body": body,
                       "published_at": "2026-01-05T%02d:00:00Z" % hour}) + "\n"


def verdicts(dupd, originals, leads, kept):
    with tempfile.TemporaryDirectory() as place:
        store = os.path.join(place, "store")
        wire, copies = (os.path.join(place, name) for name in ("wire.jsonl", "copies.jsonl"))
        with open(wire, "w", encoding="utf-8") as w, open(copies, "w", encoding="utf-8") as c:
            for i, a in enumerate(originals):
                lead = " ".join(leads[(i * 37 + 11) % len(leads)]["body"].split()[:LEAD])
                part = [p for p in a["body"].split("\n") if p.strip()]
                part = part[:max(1, int(len(part) * kept))]
                w.write(article(a["id"], "wire.example", a["body"], 9))
                c.write(article("c" + a["id"], "copy.example", "\n\n".join([lead] + part), 12))
        subprocess.run([dupd, "add", "--quiet", "--store", store, wire], check=True)
        found = subprocess.run([dupd, "check", "--json", "--window", "0", "--store", store, copies],
                               stdout=subprocess.PIPE, text=True, check=False).stdout
    return collections.Counter(json.loads(line)["verdict"] for line in found.splitlines())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("corpus")
    parser.add_argument("--dupd", default=os.path.join(HERE, "../build/release/src/cli/dupd"))
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--seed", type=int, default=9)
    args = parser.parse_args()
    with open(args.corpus, encoding="utf-8") as f:
        fit = [a for a in map(json.loads, f) if 350 <= len(a["body"].split()) <= 900]
    about_us = [a for a in fit if len(re.findall(r"\bU\.S\.|\bUS\b", a["body"])) >=
                0.016 * len(a["body"].split())][:60]
    sample = random.Random(args.seed).sample(fit, min(args.sample, len(fit)))
    print("| | kept | verdicts |\n|---|---|---|")
    for name, originals, kept in (('says "U.S." often', about_us, 0.75), ("sample", sample, 0.9),
                                  ("sample", sample, 0.75), ("sample", sample, 0.5)):
        if originals:
            found = verdicts(args.dupd, originals, fit, kept).most_common()
            print("| %s, %d | %g | %s |" % (name, len(originals), kept,
                                            ", ".join("%d %s" % (n, v) for v, n in found)))


if __name__ == "__main__":
    main()
