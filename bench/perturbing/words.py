"""Which word may stand for which: synonyms in the right form, British and American spellings.

Own lists in bench/data; WordNet (Debian's wordnet-base) adds to them when it is installed. A text
that is "30 % synonyms" has 30 % of its content words exchanged, or as many as have a synonym.
"""

import os
import re

WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?")

STOP = frozenset(
    "a about above after again all am an and any are as at be been being both but by can "
    "could did do does doing down each few for from had has have having he her here hers him "
    "his how i if in into is it its just like may me might more most must my no nor not of "
    "off on once one or other our out over own said same she should so some such than that "
    "the their them then there these they this those through to two under up upon us was we "
    "were what when where which who whom why will with would you your".split()
)

FORMS = {"v": ("base", "s", "past", "participle", "ing"), "n": ("base", "s"), "a": ("base",),
         "r": ("base",)}
VOWELS = "aeiou"


def is_content(word):
    """A word that a spinner would touch: no name, no number, no function word."""
    return len(word) > 2 and word.isalpha() and word.islower() and word not in STOP


def plural(word):
    if re.search(r"(s|x|z|ch|sh)$", word):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in VOWELS:
        return word[:-1] + "ies"
    return word + "s"


def ending(word, suffix):
    """word + ed or ing, as regular English verbs spell it."""
    if word.endswith("e") and not (suffix == "ing" and word.endswith(("ee", "ye", "oe"))):
        return word[:-1] + suffix
    if word.endswith("y") and word[-2:-1] not in VOWELS and suffix == "ed":
        return word[:-1] + "ied"
    short = len(re.findall("[aeiouy]+", word)) == 1
    if short and re.search(r"[^aeiou][aeiou][bdgklmnprt]$", word):
        return word + word[-1] + suffix
    return word + suffix


def inflect(word, kind, form, irregular):
    if form == "base":
        return word
    if form == "s":
        forms = irregular.get(word, ())
        return forms[0] if kind == "n" and len(forms) == 1 else plural(word)
    if form == "ing":
        return ending(word, "ing")
    forms = irregular.get(word, ())
    if len(forms) == 2:
        return forms[0] if form == "past" else forms[1]
    return ending(word, "ed")


def base_forms(word, kind):
    """Guesses (base, form) of a regular inflected word; the reader knows which bases exist."""
    yield word, "base"
    if word.endswith("s") and kind in "vn":
        yield word[:-1], "s"
        yield word[:-2], "s"
        yield word[:-3] + "y", "s"
    if kind != "v":
        return
    for suffix, form in (("ed", "past"), ("ing", "ing")):
        if word.endswith(suffix):
            stem = word[: -len(suffix)]
            yield stem, form
            yield stem + "e", form
            if stem[-1:] == stem[-2:-1]:
                yield stem[:-1], form
            if stem.endswith("i"):
                yield stem[:-1] + "y", form


class WordNet:
    """Synonyms from the database files: words of the first two senses of a base form."""

    NAMES = {"v": "verb", "n": "noun", "a": "adj", "r": "adv"}

    def __init__(self, folder):
        self.data = {}
        self.offsets = {}
        for kind, name in self.NAMES.items():
            with open(os.path.join(folder, "data." + name), "rb") as f:
                self.data[kind] = f.read()
            self.offsets[kind] = {}
            with open(os.path.join(folder, "index." + name), encoding="latin-1") as f:
                for line in f:
                    fields = line.split()
                    if line[0] != " " and fields[0].isalpha():
                        senses = fields[-int(fields[2]):]
                        self.offsets[kind][fields[0]] = [int(s) for s in senses[:2]]

    def synonyms(self, base, kind):
        found = []
        for offset in self.offsets[kind].get(base, ()):
            line = self.data[kind][offset : offset + 2000].split(b"\n")[0].decode("latin-1")
            fields = line.split()
            for i in range(int(fields[3], 16)):
                word = fields[4 + 2 * i].split("(")[0]
                if word.isalpha() and word.islower() and word != base and word not in found:
                    found.append(word)
        return found


class Synonyms:
    """alternatives(word) gives what may stand for a lower-case word, each in its form; or []."""

    def __init__(self, path, wordnet=None):
        self.irregular = {}
        self.form_of = {}
        self.wordnet = wordnet
        self.cache = {}
        groups = []
        with open(path, encoding="utf-8") as f:
            for line in f:
                kind, *words = line.split("#")[0].split() or [""]
                if kind == "irregular":
                    self.irregular[words[0]] = words[1:]
                elif kind:
                    groups.append((kind, words))
        for kind, words in groups:
            self.add_group(kind, words)

    def add_group(self, kind, words):
        for form in FORMS[kind]:
            shaped = [inflect(w, kind, form, self.irregular) for w in words]
            for word in shaped:
                others = self.form_of.setdefault(word, [])
                others += [w for w in shaped if w != word and w not in others]

    def from_wordnet(self, word):
        for kind in "vnar":
            for base, form in base_forms(word, kind):
                found = self.wordnet.synonyms(base, kind)
                if found:
                    return [inflect(w, kind, form, self.irregular) for w in found]
        return []

    def alternatives(self, word):
        if word not in self.cache:
            found = self.form_of.get(word, [])
            if not found and self.wordnet:
                found = self.from_wordnet(word)
            self.cache[word] = found
        return self.cache[word]


def load_spelling(path):
    """A mapping from either spelling to the other."""
    other = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            fields = line.split("#")[0].split()
            if fields:
                british, american, *suffixes = fields
                for suffix in [""] + suffixes:
                    other.setdefault(british + suffix, american + suffix)
                    other.setdefault(american + suffix, british + suffix)
    return other
