"""The kinds of copying. KINDS is the table: name, strengths, what it does. A function takes
(article, strength, rng, tools) and returns the fields of the copy that differ, or None when the
article does not lend itself to it. What a copy measures itself (share of words replaced) it adds as
the field "measured"."""

import re
import shutil
import subprocess
from collections import namedtuple

from . import site
from .words import WORD, is_content

Kind = namedtuple("Kind", "name strengths unit make")
PARAGRAPH = re.compile(r"\n\s*\n|\n {2,}")
SENTENCE = re.compile(r"(?<=[.!?])[\"'”’]?\s+(?=[\"'“‘A-Z])")


class Tools:
    """What kinds need besides the article."""

    def __init__(self, synonyms, spelling, partner, vocabulary):
        self.synonyms = synonyms
        self.spelling = spelling
        self.partner = partner  # article -> another original
        self.vocabulary = vocabulary  # words for filler
        self.labelled = None  # {id: [(id of the other, label)]} where labelled pairs are changed


def paragraphs_of(body):
    return [p.strip() for p in PARAGRAPH.split(body) if p.strip()]


def split(body):
    """[(paragraph number, sentence)]"""
    out = []
    for number, text in enumerate(paragraphs_of(body)):
        at = 0
        for m in SENTENCE.finditer(text):
            out.append((number, text[at : m.end()].strip()))
            at = m.end()
        out.append((number, text[at:].strip()))
    return [s for s in out if s[1]]


def join(sentences):
    """The text of such a list; empty sentences were left out."""
    out, last = [], None
    for number, text in sentences:
        if text:
            out += ["" if last is None else " " if number == last else "\n\n", text]
            last = number
    return "".join(out)


def size(text):
    return len(text.split())


def furniture(article, _strength, rng, _tools):
    return {"body": site.wrap_text(article["body"], rng)}


def headline(article, _strength, rng, _tools):
    title = rng.choice(site.HEADLINES)
    return {"title": title, "body": title + "\n\n" + article["body"]}


def lead(article, strength, rng, _tools):
    """The first sentence, or the first paragraph (of 30 words at least, a third at most), is
    written anew."""
    sentences = split(article["body"])
    first, dropped = sentences[0][0], size(sentences.pop(0)[1])
    while strength == "paragraph" and sentences and dropped < size(article["body"]) / 3:
        if dropped >= 30 and sentences[0][0] != first:
            break
        dropped += size(sentences.pop(0)[1])
    new = rng.choice(site.LEADS)
    if strength == "sentence":
        new = new.split(". ")[0].rstrip(".") + "."
    return {"body": new + "\n\n" + join(sentences)} if sentences else None


def tail(article, strength, _rng, _tools):
    """The last strength percent are cut off, at the end of a sentence."""
    sentences = split(article["body"])
    left, kept = size(article["body"]) * (100 - strength) / 100, 0
    while kept < len(sentences) and left > 0:
        left -= size(sentences[kept][1])
        kept += 1
    return {"body": join(sentences[:kept])} if kept < len(sentences) else None


def abridge(article, strength, rng, _tools):
    """Sentences are left out at random, never the first, until strength percent are left."""
    sentences = split(article["body"])
    order = list(range(1, len(sentences)))
    rng.shuffle(order)
    target, left = size(article["body"]) * strength / 100, size(article["body"])
    for i in order:
        if left <= target:
            break
        left -= size(sentences[i][1])
        sentences[i] = (sentences[i][0], "")
    return {"body": join(sentences)}


def merge(article, strength, rng, tools):
    """Two articles' sentences by turns: the first strength percent of each."""
    other = tools.partner(article)
    if not other:
        return None
    sides = [[text for _, text in split(a["body"])] for a in (article, other)]
    sides = [s[: max(1, len(s) * strength // 100)] for s in sides]
    out = []
    while sides[0] or sides[1]:
        for side in sides:
            if side:
                count = 1 + rng.randrange(4)
                out.append(" ".join(side[:count]))
                del side[:count]
    return {"body": "\n\n".join(out), "origins": [article["id"], other["id"]]}


def reorder(article, strength, rng, _tools):
    """Strength percent of the sentences change places."""
    sentences = split(article["body"])
    moved = rng.sample(range(len(sentences)), len(sentences) * strength // 100)
    if len(moved) < 2:
        return None
    shuffled = list(moved)
    rng.shuffle(shuffled)
    out = list(sentences)
    for here, there in zip(moved, shuffled):
        out[here] = (sentences[here][0], sentences[there][1])
    return {"body": join(out)}


def replace_words(text, mapping):
    """mapping: word number -> its replacement."""
    out, at = [], 0
    for i, m in enumerate(WORD.finditer(text)):
        if i in mapping:
            out += [text[at : m.start()], mapping[i]]
            at = m.end()
    return "".join(out) + text[at:]


def synonyms(article, strength, rng, tools):
    """Strength percent of the content words give way to synonyms, in quotations too."""
    words = WORD.findall(article["body"])
    content = [i for i, w in enumerate(words) if is_content(w)]
    can = [i for i in content if tools.synonyms.alternatives(words[i])]
    want = round(len(content) * strength / 100)
    chosen = rng.sample(can, min(want, len(can)))
    if not chosen:
        return None
    mapping = {i: rng.choice(tools.synonyms.alternatives(words[i])) for i in sorted(chosen)}
    return {"body": replace_words(article["body"], mapping),
            "measured": {"of_content": round(len(chosen) / len(content), 3),
                         "of_words": round(len(chosen) / len(words), 3)}}


def spelling(article, _strength, _rng, tools):
    words = WORD.findall(article["body"])
    mapping = {}
    for i, word in enumerate(words):
        other = tools.spelling.get(word.lower())
        if other:
            mapping[i] = other.capitalize() if word[0].isupper() else other
    if not mapping:
        return None
    return {"body": replace_words(article["body"], mapping),
            "measured": {"of_words": round(len(mapping) / len(words), 3)}}


APERTIUM = ("eng-spa", "spa-eng")


def apertium_works():
    if not shutil.which("apertium"):
        return False
    modes = subprocess.run(["apertium", "-l"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                           check=False).stdout.decode().split()
    return all(mode in modes for mode in APERTIUM)


def backtranslation(article, _strength, _rng, _tools):
    """English to Spanish and back, by rules (apertium); words it does not know stay. None when it
    gave up somewhere and much of the text is gone."""
    text = article["body"]
    for mode in APERTIUM:
        done = subprocess.run(["apertium", "-u", mode], input=text.encode(), check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        text = done.stdout.decode("utf-8", "replace")
    return {"body": text} if size(text) >= 0.7 * size(article["body"]) else None


CONFUSED = {"o": "0", "l": "1", "I": "l", "m": "rn", "e": "c", "h": "b", "s": "5", "B": "8",
            "t": "f", "a": "o", "u": "ii", "d": "cl", "c": "e", "g": "q", "n": "ri", " ": "",
            "i": "l", "r": "n", "w": "vv", ".": ",", ",": "."}


def ocr(article, strength, rng, _tools):
    """Strength percent of the characters are read wrongly, dropped or torn apart."""
    out = []
    for c in article["body"]:
        if rng.random() * 100 >= strength or c == "\n":
            out.append(c)
        elif rng.random() < 0.7 and c in CONFUSED:
            out.append(CONFUSED[c])
        else:
            out.append(rng.choice(["", c + " ", c + c, "-"]))
    return {"body": "".join(out)}


CURLED = [(re.compile(r'(^|[\s(\[])"'), r"\1“"), (re.compile('"'), "”"),
          (re.compile(r"(^|[\s(\[])'"), r"\1‘"), (re.compile("'"), "’"),
          (re.compile(r" -- ?| - "), " — "), (re.compile(r"\.\.\."), "…")]
STRAIGHT = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'",
                          "—": "--", "–": "-", "…": "...", "\u00a0": " "})


def curl(text):
    for pattern, to in CURLED:
        text = pattern.sub(to, text)
    return text


def typography(article, strength, _rng, _tools):
    """Quotation marks, dashes and spaces as another system sets them."""
    text = article["body"].translate(STRAIGHT)
    if strength == "curly":
        text = curl(text)
    elif strength == "german":
        text = re.sub(r"“([^”]*)”", "„\\1“", curl(text)).replace(" — ", " – ")
    elif strength == "spaces":
        text = re.sub(r" (?=\d|[A-Z])", "\u00a0", text).replace("  ", "\u2003")
    return {"body": text} if text != article["body"] else None


def watermark(article, strength, rng, _tools):
    """A tag of the site after strength percent of the words."""
    out = []
    for word in re.split(r"(?<=\S)(?=\s)", article["body"]):
        out.append(word)
        if rng.random() * 100 < strength:
            out.append(" [%s]" % rng.choice(site.TAGS))
    return {"body": "".join(out)}


def encoding(article, strength, rng, _tools):
    """mojibake: UTF-8 read as Windows-1252; marks: "?" for what is not ASCII; lost: so much
    percent of the letters are gone."""
    text = curl(article["body"])
    if strength == "mojibake":
        text = text.encode("utf-8").decode("cp1252", "replace")
    elif strength == "marks":
        text = text.encode("ascii", "replace").decode()
    else:
        text = "".join("" if c.isalpha() and rng.random() < 0.005 else c for c in text)
    return {"body": text}


def html_page(article, _strength, rng, _tools):
    page = site.wrap_html(article.get("title") or "News", paragraphs_of(article["body"]), rng)
    return {"body": None, "html": page}


def quoted(article, _strength, _rng, _tools):
    """Evasion: every paragraph in quotation marks."""
    plain = re.sub('[“”"]', "", article["body"])
    return {"body": "\n\n".join("“%s”" % p for p in paragraphs_of(plain))}


LOOKALIKE = str.maketrans("aeopcxyiABEKMHOPCTX", "аеорсхуіАВЕКМНОРСТХ")


def hidden(article, strength, rng, _tools):
    """Evasion: letters of another alphabet, or invisible characters, inside strength percent of the
    words, by turns."""
    def change(m):
        word = m.group()
        if rng.random() * 100 >= strength:
            return word
        if rng.random() < 0.5:
            return word.translate(LOOKALIKE)
        return word[:1] + "\u200b" + word[1:]

    return {"body": WORD.sub(change, article["body"])}


def buried(article, strength, rng, tools):
    """Evasion: somewhere in a page of so many words."""
    filler = []
    while len(filler) < strength:
        sentence = [rng.choice(tools.vocabulary) for _ in range(8 + rng.randrange(12))]
        sentence[-1] += "." if rng.randrange(5) else ".\n\n"
        filler += sentence
    at = rng.randrange(len(filler))
    return {"body": " ".join(filler[:at]) + "\n\n" + article["body"] + "\n\n" +
            " ".join(filler[at:])}


KINDS = [
    Kind("furniture", [1], "", furniture),
    Kind("headline", [1], "", headline),
    Kind("lead", ["sentence", "paragraph"], "", lead),
    Kind("tail", [10, 25, 50], "% cut off", tail),
    Kind("abridge", [75, 50, 25], "% left", abridge),
    Kind("merge", [100, 50], "% of each of two", merge),
    Kind("reorder", [25, 50, 100], "% of sentences", reorder),
    Kind("synonyms", [10, 20, 30, 40], "% of content words", synonyms),
    Kind("backtranslation", [1], "", backtranslation),
    Kind("ocr", [1, 2, 3, 5], "% of characters", ocr),
    Kind("spelling", [1], "", spelling),
    Kind("typography", ["straight", "curly", "german", "spaces"], "", typography),
    Kind("watermark", [2, 5, 10], "% of words", watermark),
    Kind("encoding", ["mojibake", "marks", "lost"], "", encoding),
    Kind("html", [1], "", html_page),
    Kind("quoted", [1], "", quoted),
    Kind("hidden", [20, 100], "% of words", hidden),
    Kind("buried", [5000, 20000], "words around it", buried),
]
