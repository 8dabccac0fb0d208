"""Invented news prose: varied sentences with names, numbers and places, the same for the same seed.
Words come from the groups of bench/data/synonyms.txt (so that bench/perturbing can spin them), names
and places are made of syllables. Two seeds share a phrase of three words now and then, as two
reports do, and never a sentence."""

import os
import random
import sys

BENCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench")
sys.path.insert(0, BENCH)

from perturbing import kinds  # noqa: E402
from perturbing.words import Synonyms, inflect, load_spelling  # noqa: E402

DATA = os.path.join(BENCH, "data")
ONSETS = "b br c ch d dr f fl g gr h j k kl l m n p pr r s sh st t tr v w z".split()
VOWELS = "a e i o u ai ea ou ei".split()
ENDS = "n r l s th nd rk m ck st sk ld".split()
PLACES = "ton ville burg mouth ford bridge field stad haven by dale wick port minster".split()
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
UNITS = "tonnes euros dollars metres hectares people visitors tickets pages hours".split()
DETERMINERS = "the a its their every this another".split()
PREPOSITIONS = "in at near for with against under from over behind without before after".split()
LINKS = "while because although since after before where".split()

# N noun, V past, A adjective, R adverb, P person, L place, # number, U unit, W weekday,
# d determiner, p preposition, l link; other words stand for themselves.
PATTERNS = [
    "P V d A N p d N p L W",
    "d N p L V # U p d A N",
    "R d A N V d N l P V p L",
    "P of L V that d N V d A N R",
    "# U p d N V l d N p L V d N",
    "d A N and d N V p d N of d A N",
    "W P V d N p # A N l d N V",
    "p L d N V R l P V # N p d A N",
    "N and N V d N p P who R V d A N p L",
    "P and P V d N over # A N of d N",
    "no N p L V d A N until W l P V # U",
    "d N which V d N p L V # U R",
]


class Vocabulary:
    """The words, and the tools that bench/perturbing asks for."""

    def __init__(self):
        groups = {"v": [], "n": [], "a": [], "r": []}
        irregular = {}
        with open(os.path.join(DATA, "synonyms.txt"), encoding="utf-8") as f:
            for line in f:
                kind, *words = line.split("#")[0].split() or [""]
                if kind == "irregular":
                    irregular[words[0]] = words[1:]
                elif kind:
                    groups[kind] += words
        self.nouns = [inflect(w, "n", f, irregular) for w in groups["n"] for f in ("base", "s")]
        self.verbs = [inflect(w, "v", "past", irregular) for w in groups["v"]]
        self.adjectives, self.adverbs = groups["a"], groups["r"]
        self.tools = kinds.Tools(Synonyms(os.path.join(DATA, "synonyms.txt")),
                                 load_spelling(os.path.join(DATA, "spelling.txt")), None, [])


def invent(rng, syllables):
    return "".join(rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(syllables)).capitalize()


class Writer:
    """Writes one article: its people, places and figures are its own."""

    def __init__(self, vocabulary, seed):
        self.words, self.rng = vocabulary, random.Random("prose %s" % seed)
        rng = self.rng
        self.people = [invent(rng, 1) + rng.choice(ENDS) + " " + invent(rng, 2) + rng.choice(ENDS)
                       for _ in range(5)]
        self.places = [invent(rng, 1) + rng.choice(PLACES) for _ in range(4)]

    def word(self, sign):
        rng, words = self.rng, self.words
        if sign == "N":
            return rng.choice(words.nouns)
        if sign == "V":
            return rng.choice(words.verbs)
        if sign == "A":
            return rng.choice(words.adjectives)
        if sign == "R":
            return rng.choice(words.adverbs)
        if sign == "d":
            return rng.choice(DETERMINERS)
        if sign == "p":
            return rng.choice(PREPOSITIONS)
        if sign == "P":
            return rng.choice(self.people)
        if sign == "L":
            return rng.choice(self.places)
        if sign == "#":
            return str(rng.randrange(2, 90000))
        if sign == "U":
            return rng.choice(UNITS)
        if sign == "W":
            return rng.choice(WEEKDAYS)
        return rng.choice(LINKS) if sign == "l" else sign

    def sentence(self):
        text = " ".join(self.word(sign) for sign in self.rng.choice(PATTERNS).split())
        return text[0].upper() + text[1:] + "."

    def paragraph(self, words):
        out = []
        while words > 0:
            out.append(self.sentence())
            words -= out[-1].count(" ") + 1
        return " ".join(out)

    def text(self, words):
        out = []
        while words > 0:
            out.append(self.paragraph(min(words, self.rng.randrange(40, 80))))
            words -= out[-1].count(" ") + 1
        return "\n\n".join(out)

    def title(self):
        rng = self.rng
        return "%s %s %s %s in %s" % (
            rng.choice(self.people).split()[1], rng.choice(self.words.verbs),
            rng.choice(self.words.adjectives), rng.choice(self.words.nouns),
            rng.choice(self.places))
