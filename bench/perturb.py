#!/usr/bin/env python3
"""perturb.py: labelled copies of articles, by kind and strength.

  perturb.py --out DIR [--sample N] [--kinds a,b] [--pairs PAIRS.jsonl] ARTICLES.jsonl...

Reads articles (one JSON object a line: id, body; title, source, published_at, lang if known), takes
a sample of them, and writes to DIR
  articles.jsonl   the originals, then the copies: other ids, other outlets, published later
  pairs.jsonl      a line for each copy and origin: a (copy), b (original), label "copy", kind,
                   strength, words (of the copy), lang, and what the copy measured of itself
With --pairs the first article of each labelled pair is changed instead, and stays with its outlet;
the changed one and the pair's other article keep the label. That gives negatives as well: for how
far the score can be read as a probability (accuracy.py --graded).
Deterministic: the same articles and seed give the same bytes, whichever kinds are asked for. Copies
that come out under 50 words are left out and counted: dupd promises nothing finer than near
identity there. Only English text is worth giving it: the word lists are English.

Python 3.8 or later and its standard library. Synonyms come from bench/data, and from WordNet where
Debian's wordnet-base is installed; back-translation needs apertium with the pair eng-spa, and is
left out with a word where it is not installed.
"""

import argparse
import concurrent.futures
import datetime
import json
import os
import random
import sys

from perturbing import kinds
from perturbing.words import Synonyms, WORD, WordNet, load_spelling

HERE = os.path.dirname(os.path.abspath(__file__))
WORDNET = "/usr/share/wordnet"
SHORT = 50
OUTLETS = 20
EPOCH = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)


def read_articles(paths, least, most):
    """Articles of usable length; of equal ids the first."""
    found = {}
    for path in paths:
        with sys.stdin if path == "-" else open(path, encoding="utf-8") as f:
            for line in f:
                article = json.loads(line)
                words = len((article.get("body") or "").split())
                if article.get("id") and least <= words <= most:
                    found.setdefault(str(article["id"]), article)
    return [found[k] for k in sorted(found)]


def take_sample(articles, count, seed):
    if count and count < len(articles):
        articles = random.Random("%d sample" % seed).sample(articles, count)
    return articles


def published(article):
    """The time of an article, or None: RFC 3339, a date, or Unix seconds."""
    value = article.get("published_at")
    try:
        if isinstance(value, (int, float)) or str(value).isdigit():
            return datetime.datetime.fromtimestamp(int(value), datetime.timezone.utc)
        when = datetime.datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except (ValueError, OverflowError, OSError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=datetime.timezone.utc)


def date_all(articles):
    """Gives every original a time that can be read: its own, or one an hour after the last."""
    for i, article in enumerate(articles):
        if not published(article):
            article["published_at"] = (EPOCH + datetime.timedelta(hours=i)).isoformat()


def read_pairs(paths):
    """{id of a: [(id of b, label)]}"""
    labelled = {}
    for path in paths:
        with open(path, encoding="utf-8") as f:
            for line in f:
                pair = json.loads(line)
                labelled.setdefault(pair["a"], []).append((pair["b"], pair["label"]))
    return labelled


def make_copy(article, kind, strength, seed, tools):
    """(copy, pairs), or (None, why not)."""
    name = "%s~%s~%s" % (article["id"], kind.name, strength)
    rng = random.Random("%d %s" % (seed, name))
    later = datetime.timedelta(days=1, minutes=1 + rng.randrange(36 * 60))
    outlet = "outlet-%02d.example" % rng.randrange(OUTLETS)
    changed = kind.make(article, strength, rng, tools)
    if changed is None:
        return None, "not applicable"
    words = len((changed.get("body") or article["body"]).split())
    if words < SHORT:
        return None, "under %d words" % SHORT
    origins = changed.pop("origins", [article["id"]])
    measured = changed.pop("measured", {})
    labels = [(b, "copy") for b in origins]
    if tools.labelled is not None:
        labels, outlet = tools.labelled[article["id"]], article.get("source")
    copy = {"id": name, "source": outlet, "title": article.get("title"), "body": article["body"],
            "lang": article.get("lang"),
            "published_at": (published(article) + later).isoformat(), **changed}
    pairs = [{"a": name, "b": b, "label": label, "kind": kind.name, "strength": strength,
              "words": words, "lang": article.get("lang"), **measured} for b, label in labels]
    return {k: v for k, v in copy.items() if v is not None}, pairs


def partner_of(articles):
    """For merges: the next article in the sample, which must not be later than the copy."""
    after = {a["id"]: articles[(i + 1) % len(articles)] for i, a in enumerate(articles)}

    def partner(article):
        other = after[article["id"]]
        fits = other is not article and published(other) <= published(article)
        return other if fits else None

    return partner


def make_tools(articles, data, wordnet, seed):
    found = wordnet and os.path.exists(os.path.join(wordnet, "index.verb"))
    if not found:
        print("perturb: no WordNet; synonyms from %s only" % data, file=sys.stderr)
    words = sorted({w.lower() for a in articles for w in WORD.findall(a["body"])})
    random.Random("%d filler" % seed).shuffle(words)
    in_time = sorted(articles, key=published, reverse=True)
    return kinds.Tools(Synonyms(os.path.join(data, "synonyms.txt"),
                                WordNet(wordnet) if found else None),
                       load_spelling(os.path.join(data, "spelling.txt")), partner_of(in_time),
                       words[:5000])


def choose_kinds(names, labelled):
    known = [k.name for k in kinds.KINDS]
    for name in names:
        if name not in known:
            sys.exit("perturb: no such kind: %s (%s)" % (name, ", ".join(known)))
    chosen = [k for k in kinds.KINDS if not names or k.name in names]
    if labelled is not None:  # what an article is merged with may be the other of its pair
        chosen = [k for k in chosen if k.name != "merge"]
    if not kinds.apertium_works() and any(k.name == "backtranslation" for k in chosen):
        print("perturb: no apertium with eng-spa: no back-translation", file=sys.stderr)
        chosen = [k for k in chosen if k.name != "backtranslation"]
    return chosen


def write_all(args, articles, tools):
    counts = {}
    os.makedirs(args.out, exist_ok=True)
    out = [open(os.path.join(args.out, name), "w", encoding="utf-8")
           for name in ("articles.jsonl", "pairs.jsonl")]
    with out[0], out[1], concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for article in articles:
            out[0].write(json.dumps(article, ensure_ascii=False) + "\n")
        for kind in choose_kinds(args.kinds, tools.labelled):
            for strength in kind.strengths:
                made = pool.map(
                    lambda a, k=kind, s=strength: make_copy(a, k, s, args.seed, tools),
                    [a for a in articles if tools.labelled is None or a["id"] in tools.labelled])
                for copy, pairs in made:
                    key = (kind.name, strength, "made" if copy else pairs)
                    counts[key] = counts.get(key, 0) + 1
                    if copy:
                        out[0].write(json.dumps(copy, ensure_ascii=False) + "\n")
                        out[1].writelines(json.dumps(p, ensure_ascii=False) + "\n" for p in pairs)
    for (name, strength, what), count in counts.items():
        print("%-16s %-9s %6d %s" % (name, strength, count, what), file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0].split(": ", 1)[1],
                                     epilog="Details at the head of the file.")
    parser.add_argument("articles", nargs="+", help="JSON Lines; - is standard input")
    parser.add_argument("--out", required=True, help="directory for articles.jsonl, pairs.jsonl")
    parser.add_argument("--sample", type=int, default=0, help="originals to take (default: all)")
    parser.add_argument("--pairs", action="append", default=[],
                        help="labelled pairs; their first articles are changed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", type=lambda s: s.split(","), default=[], help="a,b,... (all)")
    parser.add_argument("--min-words", type=int, default=60)
    parser.add_argument("--max-words", type=int, default=5000)
    parser.add_argument("--data", default=os.path.join(HERE, "data"), help="the word lists")
    parser.add_argument("--wordnet", default=WORDNET, help="folder of WordNet; empty: do not use")
    args = parser.parse_args()
    articles = read_articles(args.articles, args.min_words, args.max_words)
    labelled = read_pairs(args.pairs) if args.pairs else None
    if labelled is not None:
        wanted = set(labelled) | {b for pairs in labelled.values() for b, _ in pairs}
        articles = [a for a in articles if a["id"] in wanted]
    articles = take_sample(articles, args.sample, args.seed)
    if not articles:
        sys.exit("perturb: no article of %d to %d words" % (args.min_words, args.max_words))
    date_all(articles)
    tools = make_tools(articles, args.data, args.wordnet, args.seed)
    tools.labelled = labelled
    write_all(args, articles, tools)


if __name__ == "__main__":
    main()
