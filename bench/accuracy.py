#!/usr/bin/env python3
"""accuracy.py: how many copies dupd finds, by kind and strength, beside plain MinHash.

  accuracy.py --dupd build/release/src/cli/dupd --set NAME=DIR[,CROWD.jsonl] [--set ...] \\
              [--hand NAME=ARTICLES.jsonl,PAIRS.jsonl ...] [--graded DIR]
              [--results FILE] [--markdown FILE] [--plot FILE.svg]

A DIR is what perturb.py wrote. For each kind and strength the originals and those copies go through
`dupd eval` (a fresh store, in order of time), and its recall is noted; the baseline (minhash.py)
indexes the same originals and is asked for each copy. The articles of CROWD go through as well, so
that the originals have to be found among many; the baseline is spared that, since its recall would
be the same. A hand set has labelled pairs, negatives among them: precision, recall and F1 of both.

With --graded the score is read as a probability: DIR is what `perturb.py --pairs` wrote of labelled
pairs, and the table says how many of the pairs of each score are copies. Pairs of one outlet are
left out, since nobody is accused there.

With --results each figure is kept as it is measured, and not measured again.
With --markdown the tables replace what stands between the lines "<!-- tables -->" and
"<!-- end -->" of that file; without, they are printed. The plot needs matplotlib, the baseline
NumPy (without it there is no baseline). No text of any article is written anywhere but to a
temporary directory.
"""

import argparse
import datetime
import html
import json
import os
import re
import subprocess
import sys
import tempfile

from perturbing.kinds import KINDS

try:
    import minhash
except ImportError:
    minhash = None

BASELINES = [("MinHash 0.7, 3-grams", 3, 0.7), ("MinHash 0.7, 5-grams", 5, 0.7),
             ("MinHash 0.5, 3-grams", 3, 0.5)]
UNIT = {k.name: k.unit for k in KINDS}
FEW = 20  # pairs of which no share is told
POSITIVE = {"copy", "derived", "version"}
NEGATIVE = {"quotes", "boilerplate", "template", "same_event_independent"}


def read_lines(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def write_lines(path, items):
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(item, ensure_ascii=False) + "\n" for item in items)


def evaluate(dupd, articles, pairs, *options):
    """The object with which `dupd eval --json` ends. articles: paths."""
    command = [dupd, "eval", "--pairs", pairs, "--json", *options]
    for path in articles:
        command += ["--articles", path]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    lines = done.stdout.decode().strip().split("\n")
    if done.returncode or not lines[-1]:
        sys.exit("accuracy: %s failed (%d)" % (" ".join(command), done.returncode))
    return json.loads(lines[-1])


def text_of(article):
    """What a MinHash tool would be given: the body, or the page without its tags."""
    page = re.sub(r"(?s)<(script|style).*?</\1>", " ", article.get("html") or "")
    return article.get("body") or html.unescape(re.sub(r"<[^>]*>", " ", page))


class Baseline:
    """One MinHash index over some articles; signatures are made once."""

    def __init__(self, articles, n, threshold):
        self.n = n
        self.minhash = minhash.MinHash()
        self.index = minhash.Index(*minhash.bands_for(threshold))
        for article in articles:
            self.index.add(article["id"], self.minhash.signature(text_of(article), n))

    def finds(self, article):
        return self.index.query(self.minhash.signature(text_of(article), self.n))


class Set:
    """What perturb.py wrote: originals, and for each (kind, strength) copies and pairs."""

    def __init__(self, name, folder):
        self.name = name
        articles = {a["id"]: a for a in read_lines(os.path.join(folder, "articles.jsonl"))}
        pairs = read_lines(os.path.join(folder, "pairs.jsonl"))
        copies = {p["a"] for p in pairs}
        self.originals = [a for i, a in articles.items() if i not in copies]
        self.groups = {}
        for p in pairs:
            group = self.groups.setdefault((p["kind"], p["strength"]), ([], {}))
            group[0].append(p)
            group[1][p["a"]] = articles[p["a"]]
        self.baselines = []
        if minhash:
            self.baselines = [Baseline(self.originals, n, t) for _, n, t in BASELINES]

    def measure(self, dupd, key, folder, among):
        """[recall of dupd, of each baseline] for the copies of one kind and strength."""
        pairs, copies = self.groups[key]
        files = [os.path.join(folder, n) for n in ("articles.jsonl", "pairs.jsonl")]
        write_lines(files[0], self.originals + list(copies.values()))
        write_lines(files[1], pairs)
        out = [evaluate(dupd, [files[0]] + among, files[1])["recall"]]
        for baseline in self.baselines:
            found = {i: baseline.finds(a) for i, a in copies.items()}
            out.append(sum(p["b"] in found[p["a"]] for p in pairs) / len(pairs))
        return out


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---|---" + "|---:" * (len(head) - 2) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def crowd(path, originals, folder):
    """[a file with the articles of path that are no originals]. Undated ones are dated a minute
    apart before 2020, where perturb.py begins to date originals: they are to be there first."""
    if not path:
        return []
    known = {a["id"] for a in originals}
    when = datetime.datetime(2020, 1, 1)
    others = []
    for article in read_lines(path):
        when -= datetime.timedelta(minutes=1)
        if article.get("id") not in known:
            article["published_at"] = article.get("published_at") or when.isoformat() + "Z"
            others.append(article)
    out = os.path.join(folder, "crowd.jsonl")
    write_lines(out, others)
    return [out]


def recall(results):
    """What an earlier run left in the file: {set name: {(kind, strength): (pairs, recalls)}}"""
    if not results or not os.path.exists(results):
        return {}
    return {name: {(kind, strength): (count, recalls) for kind, strength, count, recalls in rows}
            for name, rows in read_lines(results)}


def keep(results, path):
    if path:
        write_lines(path, [[name, [[*key, *value] for key, value in groups.items()]]
                           for name, groups in results.items()])


def perturbed(args):
    """{set name: {(kind, strength): (pairs, [recall, ...])}}"""
    results = recall(args.results)
    with tempfile.TemporaryDirectory() as folder:
        for name, spec in args.set:
            path, _, others = spec.partition(",")
            groups = results.setdefault(name, {})
            one = Set(name, path)
            among = crowd(others, one.originals, folder)
            for key in one.groups:
                if key not in groups:
                    recalls = one.measure(args.dupd, key, folder, among)
                    groups[key] = (len(one.groups[key][0]), recalls)
                    keep(results, args.results)
                print("%-10s %-16s %-9s %s" %
                      (name, *key, " ".join("%.3f" % r for r in groups[key][1])), file=sys.stderr)
    return results


def keys_of(results):
    """[(kind, strength)] in the order of the table of kinds."""
    known = {key for groups in results.values() for key in groups}
    return [(k.name, s) for k in KINDS for s in k.strengths if (k.name, s) in known]


def perturbed_table(results):
    """A column for each set under dupd and two of the baselines; "-" for under FEW pairs."""
    tools = [(0, "dupd")] + [(i + 1, BASELINES[i][0]) for i in (0, 2) if minhash]
    rows = []
    for key in keys_of(results):
        found = [groups.get(key, (0, [])) for groups in results.values()]
        row = [key[0], "" if key[1] == 1 and not UNIT[key[0]] else str(key[1])]
        row.append(" / ".join(str(count) for count, _ in found))
        for i, _ in tools:
            row += ["%.3f" % recalls[i] if count >= FEW else "-" for count, recalls in found]
        rows.append(row)
    head = ["kind", "strength", "pairs"]
    for _, tool in tools:
        head += ["%s: %s" % (tool, name) for name in results]
    return "### Recall of perturbed copies\n\n" + table(head, rows)


def figures(found, pairs):
    """[precision, recall, F1] of the pairs found, among those labelled one way or the other."""
    true = sum(p["label"] in POSITIVE for p in found)
    false = sum(p["label"] in NEGATIVE for p in found)
    precision = true / (true + false) if found else 0
    recall = true / max(1, sum(p["label"] in POSITIVE for p in pairs))
    return [precision, recall, 2 * precision * recall / max(1e-9, precision + recall)]


def hand_rows(args):
    rows = []
    for name, spec in args.hand:
        articles, *pair_files = spec.split(",")
        pairs = [p for f in pair_files for p in read_lines(f)]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "pairs.jsonl")
            write_lines(path, pairs)
            done = evaluate(args.dupd, [articles], path)
        rows.append([name, "dupd"] + ["%.3f" % done[k] for k in ("precision", "recall", "f1")])
        wanted = {i for p in pairs for i in (p["a"], p["b"])}
        texts = [a for a in read_lines(articles) if a.get("id") in wanted]
        for label, n, threshold in BASELINES if minhash else ():
            base = Baseline(texts, n, threshold)
            found = {a["id"]: base.finds(a) for a in texts}
            hits = [p for p in pairs if p["b"] in found.get(p["a"], ())]
            rows.append([name, label] + ["%.3f" % x for x in figures(hits, pairs)])
    return rows


def graded_table(dupd, path):
    """How many of the pairs of each score are copies."""
    articles = os.path.join(path, "articles.jsonl")
    outlet = {a["id"]: a.get("source") for a in read_lines(articles)}
    pairs = [p for p in read_lines(os.path.join(path, "pairs.jsonl"))
             if not outlet[p["a"]] or outlet[p["a"]] != outlet[p["b"]]]
    with tempfile.TemporaryDirectory() as folder:
        chosen = os.path.join(folder, "pairs.jsonl")
        write_lines(chosen, pairs)
        bins = evaluate(dupd, [articles], chosen, "--pairwise")["reliability"]
    rows = [["%.1f to %.1f" % (b["from"], b["from"] + 0.1), str(b["pairs"]),
             "%.3f" % b["mean_score"], "%.3f" % (b["positive"] / b["pairs"])] for b in bins]
    return ("### The score as a probability\n\n" +
            table(["score", "pairs", "mean score", "are copies"], rows))


COLOURS = ("#0b6", "#c33")


def lines_panel(axis, kind, sets):
    """Recall against strength, weak to strong; a line each for dupd and MinHash in each set."""
    strengths = [s for k in KINDS if k.name == kind for s in k.strengths]
    for style, (name, points) in zip(("-", "--", ":"), sets.items()):
        for i, colour in enumerate(COLOURS):
            if i < len(points[0][1]):
                label = "%s, %s" % (("dupd", BASELINES[0][0])[i], name)
                axis.plot([strengths.index(p[0]) for p in points], [p[1][i] for p in points],
                          style, color=colour, marker="o", markersize=3, label=label)
    axis.set_xticks(range(len(strengths)), [str(s) for s in strengths])
    axis.set_title("%s, %s" % (kind, UNIT[kind]), fontsize=9)


def bars_panel(axis, bars):
    """The kinds without strength: dupd and MinHash side by side, over all sets."""
    for i, colour in enumerate(COLOURS):
        heights = [sum(r[i] for r in found) / len(found) for found in bars.values()
                   if i < len(found[0])]
        axis.bar([x + 0.4 * i for x in range(len(heights))], heights, 0.38, color=colour)
    axis.set_xticks([x + 0.2 for x in range(len(bars))], list(bars), rotation=25, ha="right",
                    fontsize=8)


def draw(results, path):
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "dupd"
    from matplotlib import pyplot

    kinds, bars = {}, {}
    for kind, strength in keys_of(results):
        for name, groups in results.items():
            count, recalls = groups.get((kind, strength), (0, []))
            if count < FEW:
                continue
            if UNIT[kind]:
                kinds.setdefault(kind, {}).setdefault(name, []).append((strength, recalls))
            else:
                label = kind if strength == 1 else "%s: %s" % (kind, strength)
                bars.setdefault(label, []).append(recalls)
    rows = (len(kinds) + 2) // 3 + 1
    figure = pyplot.figure(figsize=(11, 2.7 * rows))
    axes = []
    for at, (kind, sets) in enumerate(kinds.items()):
        axes.append(figure.add_subplot(rows, 3, at + 1))
        lines_panel(axes[-1], kind, sets)
    axes.append(figure.add_subplot(rows, 1, rows))
    bars_panel(axes[-1], bars)
    for axis in axes:
        axis.set_ylim(-0.03, 1.03)
        axis.grid(alpha=0.3)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncol=4, fontsize=8, frameon=False)
    figure.tight_layout(rect=(0, 0.03, 1, 1))
    figure.savefig(path, metadata={"Date": None})


def put(path, text):
    """Between the marks of the file."""
    with open(path, encoding="utf-8") as f:
        old = f.read()
    new = re.sub(r"(?s)(<!-- tables -->\n).*?(<!-- end -->)",
                 lambda m: m.group(1) + text + "\n" + m.group(2), old)
    if new == old and text not in old:
        sys.exit("accuracy: %s has no <!-- tables --> ... <!-- end -->" % path)
    with open(path, "w", encoding="utf-8") as f:
        f.write(new)


def named(value):
    name, _, rest = value.partition("=")
    if not rest:
        raise argparse.ArgumentTypeError("NAME=... wanted: " + value)
    return name, rest


def main():
    parser = argparse.ArgumentParser(description="Recall of dupd by kind and strength of copying.",
                                     epilog="Details at the head of the file.")
    parser.add_argument("--dupd", required=True, help="the program")
    parser.add_argument("--set", action="append", default=[], type=named,
                        metavar="NAME=DIR[,CROWD]")
    parser.add_argument("--results", help="file that keeps what was measured, to go on from there")
    parser.add_argument("--hand", action="append", default=[], type=named,
                        metavar="NAME=ARTICLES,PAIRS...")
    parser.add_argument("--graded", metavar="DIR", help="what perturb.py --pairs wrote")
    parser.add_argument("--markdown", help="file whose tables are to be replaced")
    parser.add_argument("--plot", help="SVG to draw")
    args = parser.parse_args()
    if not minhash:
        print("accuracy: no NumPy, so no baseline", file=sys.stderr)
    parts = []
    rows = hand_rows(args)
    if rows:
        head = ["pairs", "", "precision", "recall", "F1"]
        parts.append("### Pairs labelled by hand\n\n" + table(head, rows))
    if args.graded:
        parts.append(graded_table(args.dupd, args.graded))
    results = perturbed(args)
    if results:
        parts.append(perturbed_table(results))
    if args.plot:
        draw(results, args.plot)
    if args.markdown:
        put(args.markdown, "\n\n".join(parts))
    else:
        print("\n\n".join(parts))


if __name__ == "__main__":
    main()
