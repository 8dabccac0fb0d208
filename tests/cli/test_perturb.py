#!/usr/bin/env python3
"""test_perturb.py: bench/perturb.py makes what it says, from articles written for the samples, and
dupd finds such copies.

  test_perturb.py BENCH [DUPD]    the folder bench, the program

Python's unittest."""

import html
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

KINDS = ("furniture,headline,lead,tail,abridge,merge,reorder,synonyms,ocr,spelling,typography,"
         "watermark,encoding,html,quoted,hidden")
BENCH = os.path.abspath(sys.argv.pop(1))
DUPD = sys.argv.pop(1) if len(sys.argv) > 1 else None
OPTIONS = ("--wordnet", "", "--min-words", "50", "--sample", "16")
SAMPLES = os.path.join(BENCH, "..", "deploy", "samples", "articles.jsonl")
sys.path.insert(0, BENCH)

from perturbing import words  # noqa: E402


def run(out, *options):
    command = [sys.executable, os.path.join(BENCH, "perturb.py"), "--out", out, *options, SAMPLES]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    found = []
    for name in ("articles.jsonl", "pairs.jsonl"):
        with open(os.path.join(out, name), encoding="utf-8") as f:
            found.append([json.loads(line) for line in f])
    return found


def word_list(text):
    return re.findall(r"\w+", text.lower())


def shingles(text):
    found = word_list(text)
    return set(zip(found, found[1:], found[2:]))


class Perturb(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.articles, cls.pairs = run(cls.dir.name, *OPTIONS, "--kinds", KINDS)
        cls.by_id = {a["id"]: a for a in cls.articles}

    @classmethod
    def tearDownClass(cls):
        cls.dir.cleanup()

    def containment(self, pair):
        copy, original = self.by_id[pair["a"]], self.by_id[pair["b"]]
        ours = shingles(original["body"])
        theirs = copy.get("body") or html.unescape(re.sub("<[^>]*>", " ", copy["html"]))
        return len(ours & shingles(theirs)) / len(ours)

    def of_kind(self, kind, strength):
        found = [p for p in self.pairs if p["kind"] == kind and p["strength"] == strength]
        self.assertTrue(found, "%s %s" % (kind, strength))
        return found

    def mean(self, kind, strength):
        found = [self.containment(p) for p in self.of_kind(kind, strength)]
        return sum(found) / len(found)

    def test_the_same_bytes_again(self):
        with tempfile.TemporaryDirectory() as again:
            run(again, *OPTIONS, "--kinds", KINDS)
            for name in ("articles.jsonl", "pairs.jsonl"):
                with open(os.path.join(again, name), "rb") as x:
                    with open(os.path.join(self.dir.name, name), "rb") as y:
                        self.assertEqual(x.read(), y.read())

    def test_a_kind_alone_is_the_same(self):
        with tempfile.TemporaryDirectory() as alone:
            articles, pairs = run(alone, *OPTIONS, "--kinds", "ocr,tail")
        self.assertEqual({p["kind"] for p in pairs}, {"ocr", "tail"})
        for article in articles:
            self.assertEqual(article, self.by_id[article["id"]])

    def test_every_pair_is_a_later_copy_elsewhere(self):
        for pair in self.pairs:
            copy, original = self.by_id[pair["a"]], self.by_id[pair["b"]]
            self.assertEqual(pair["label"], "copy")
            self.assertGreater(copy["published_at"], original["published_at"])
            self.assertNotEqual(copy["source"], original["source"])
            self.assertTrue(bool(copy.get("body")) != bool(copy.get("html")))
            self.assertGreaterEqual(pair["words"], 50)

    def test_what_leaves_the_text_whole(self):
        for kind, strength in (("furniture", 1), ("headline", 1), ("html", 1), ("quoted", 1)):
            self.assertGreater(self.mean(kind, strength), 0.97, kind)
        self.assertGreater(self.mean("merge", 100), 0.8)
        self.assertGreater(self.mean("reorder", 100), 0.75)

    def test_strength_tells(self):
        for kind, weak, strong in (("synonyms", 10, 40), ("ocr", 1, 5), ("tail", 10, 50),
                                   ("abridge", 75, 50), ("watermark", 2, 10)):
            self.assertGreater(self.mean(kind, weak), self.mean(kind, strong) + 0.1, kind)

    def test_amounts(self):
        for pair in self.of_kind("tail", 50) + self.of_kind("abridge", 50):
            original = len(self.by_id[pair["b"]]["body"].split())
            self.assertAlmostEqual(pair["words"] / original, 0.5, delta=0.2)
        for pair in self.of_kind("synonyms", 20):
            self.assertAlmostEqual(pair["of_content"], 0.2, delta=0.02)

    def test_labelled_pairs_keep_their_labels(self):
        a, b = [x["id"] for x in self.articles[:2]]
        with tempfile.TemporaryDirectory() as folder:
            given = os.path.join(folder, "given.jsonl")
            with open(given, "w", encoding="utf-8") as f:
                f.write(json.dumps({"a": a, "b": b, "label": "quotes"}) + "\n")
            articles, pairs = run(folder, "--wordnet", "", "--min-words", "50", "--kinds",
                                  "tail,merge", "--pairs", given)
        self.assertEqual({(p["b"], p["label"], p["kind"]) for p in pairs}, {(b, "quotes", "tail")})
        self.assertEqual({x["id"].split("~")[0] for x in articles}, {a, b})
        self.assertEqual(len({x["source"] for x in articles if x["id"].startswith(a)}), 1)

    def test_a_merge_names_both_origins(self):
        origins = {}
        for pair in self.of_kind("merge", 100):
            origins.setdefault(pair["a"], set()).add(pair["b"])
        self.assertEqual({len(o) for o in origins.values()}, {2})


@unittest.skipUnless(DUPD, "no dupd given")
class Found(unittest.TestCase):
    """What dupd must find whatever the articles: they are long enough for every rule."""

    def recall(self, kind):
        with tempfile.TemporaryDirectory() as folder:
            _, pairs = run(folder, "--wordnet", "", "--min-words", "180", "--kinds", kind)
            self.assertGreater(len(pairs), 8)
            command = [DUPD, "eval", "--json", "--articles", os.path.join(folder, "articles.jsonl"),
                       "--pairs", os.path.join(folder, "pairs.jsonl")]
            out = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
            return json.loads(out.decode().strip().split("\n")[-1])["recall"]

    def test_recall(self):
        for kind in ("furniture", "headline", "lead", "tail", "reorder", "synonyms", "ocr",
                     "typography", "watermark", "encoding", "html", "quoted", "hidden"):
            self.assertEqual(self.recall(kind), 1, kind)


class Words(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.synonyms = words.Synonyms(os.path.join(BENCH, "data", "synonyms.txt"))
        cls.spelling = words.load_spelling(os.path.join(BENCH, "data", "spelling.txt"))

    def test_forms(self):
        for word, other in (("announced", "declared"), ("rises", "climbs"), ("cities", "towns"),
                            ("men", "gentlemen"), ("stopping", "halting"), ("huge", "enormous"),
                            ("chose", "selected"), ("denied", "rejected")):
            self.assertIn(other, self.synonyms.alternatives(word), word)
            self.assertIn(word, self.synonyms.alternatives(other), other)
        self.assertEqual(self.synonyms.alternatives("xylophone"), [])

    def test_names_and_small_words_stay(self):
        for word in ("Paris", "the", "US", "of", "don't"):
            self.assertFalse(words.is_content(word), word)
        self.assertTrue(words.is_content("harbour"))

    def test_spelling_goes_both_ways(self):
        for british, american in (("colours", "colors"), ("centre", "center"),
                                  ("organisation", "organization"), ("travelled", "traveled")):
            self.assertEqual(self.spelling[british], american)
            self.assertEqual(self.spelling[american], british)

    def test_lists_are_large_and_clean(self):
        self.assertGreater(len(self.synonyms.form_of), 2000)
        for name in ("synonyms.txt", "spelling.txt"):
            with open(os.path.join(BENCH, "data", name), encoding="utf-8") as f:
                for line in f:
                    self.assertRegex(line, r"^(#.*|[a-z ]+)\n$")


if __name__ == "__main__":
    unittest.main()
