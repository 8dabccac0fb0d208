"""Holds what came out of a storm against what went in. Pure: it asks nobody, so that it can be fed
doctored outcomes, and must catch each of them (test_referee.py).

  violations = judge(Expected, Outcome)     [] means that every promise was kept

A violation is a rule's name, a sentence, and the ids and entries concerned.
"""

from collections import Counter, defaultdict, namedtuple
from dataclasses import dataclass, field

Violation = namedtuple("Violation", "rule text ids")

# rule -> what is promised
RULES = {
    "verdict lost": "one verdict for each queue entry: there is none",
    "verdict twice": "one verdict for each queue entry: there are several",
    "verdict of nothing": "no verdict but for an entry that was pushed",
    "decided twice": "an article of unchanged content is decided once; then it is replayed",
    "dead lost": "a broken message goes to the dead stream",
    "dead twice": "once",
    "dead without reason": "with a reason",
    "dead by mistake": "nothing else goes there",
    "story split": "a family is one story",
    "stories mixed": "unrelated articles are in stories of their own",
    "non-copies": "a family has exactly one member that is no copy",
    "wrong origin": "and that is the earliest",
    "alert missing": "an alert for each story and outlet of a copy",
    "alert twice": "one",
    "alert for nothing": "and none for others: the origin, its outlet, singletons",
    "alert of another": "an alert names its article's outlet",
    "self-match": "no article matches itself",
    "foreign match": "no article is called a copy of an unrelated one",
    "left over": "at the end queue, list and pending list are empty",
    "undying key": "no key without expiry but the known ones",
    "worker": "no worker ends by itself, none says that it is broken, each ends when told",
    "show": "dupd show says what the store holds",
}


@dataclass
class Expected:
    families: dict  # name -> families.Family
    family_of: dict  # article id -> name
    entries: dict  # entry of the stream -> article id, or mark of a broken message
    listed: Counter  # article id or mark -> elements pushed to the list
    broken: dict  # mark -> why
    revised: set  # ids pushed with different content


@dataclass
class Outcome:
    verdicts: list = field(default_factory=list)  # dicts: entry id copy story replay matches origin
    dead: list = field(default_factory=list)  # dicts: entry what (id or mark) reason
    alerts: list = field(default_factory=list)  # dicts: story source id
    places: dict = field(default_factory=dict)  # id -> (story, copy) in the end
    shown: dict = field(default_factory=dict)  # id -> (story, copy) as dupd show has it
    left: dict = field(default_factory=dict)  # what -> how many
    undying: list = field(default_factory=list)  # keys
    troubles: list = field(default_factory=list)  # sentences about workers


class Referee:
    def __init__(self, expected, outcome):
        self.want, self.got = expected, outcome
        self.found = []

    def say(self, rule, text, *ids):
        assert rule in RULES, rule
        self.found.append(Violation(rule, text, ids))

    def count_verdicts(self):
        want, got = self.want, self.got
        of_entry = Counter(v["entry"] for v in got.verdicts)
        of_dead = Counter(d["entry"] for d in got.dead if d["entry"])
        for entry, what in want.entries.items():
            if what in want.broken:
                continue
            if of_entry[entry] == 0 and of_dead[entry] == 0:
                self.say("verdict lost", "no verdict for entry", what, entry)
        for entry, count in of_entry.items():
            if count > 1:
                ids = sorted({v["id"] for v in got.verdicts if v["entry"] == entry})
                self.say("verdict twice", "%d verdicts for one entry" % count, *ids, entry)
        by_list, of_id = Counter(), Counter()
        for v in got.verdicts:
            known = want.entries.get(v["entry"])
            of_id[v["id"]] += 1
            if known is None:
                by_list[v["id"]] += 1
            elif known != v["id"]:
                self.say("verdict of nothing", "the entry was of %s" % known, v["id"], v["entry"])
        dead = Counter(d["what"] for d in got.dead)
        for key, count in want.listed.items():
            if key not in want.broken and by_list[key] + dead[key] < count:
                self.say("verdict lost", "%d verdicts for %d list elements" % (by_list[key], count),
                         key)
        for key, count in by_list.items():
            if count > want.listed[key]:
                self.say("verdict of nothing", "%d verdicts for %d list elements"
                         % (count, want.listed[key]), key)

    def count_decisions(self):
        decided = Counter(v["id"] for v in self.got.verdicts if not v["replay"])
        for key, count in decided.items():
            if count > 1 and key not in self.want.revised:
                self.say("decided twice", "%d verdicts that are not replays" % count, key)

    def count_dead(self):
        dead = Counter(d["what"] for d in self.got.dead)
        for mark, why in self.want.broken.items():
            if dead[mark] == 0:
                self.say("dead lost", "%s: nowhere" % why, mark)
            if dead[mark] > 1:
                self.say("dead twice", "%s: %d times" % (why, dead[mark]), mark)
        for d in self.got.dead:
            if not d["reason"]:
                self.say("dead without reason", "no reason", d["what"])
            if d["what"] not in self.want.broken:
                self.say("dead by mistake", d["reason"] or "?", d["what"], d["entry"] or "?")

    def look_at_matches(self):
        for v in self.got.verdicts:
            family = self.want.family_of.get(v["id"])
            for other, is_copy in v["matches"]:
                if other == v["id"]:
                    self.say("self-match", "among its matches", v["id"], v["entry"])
                elif is_copy and self.want.family_of.get(other) != family:
                    self.say("foreign match", "copied from another family", v["id"], other)
            if v["origin"] == v["id"]:
                self.say("self-match", "its own origin", v["id"], v["entry"])

    def look_at_stories(self):
        places, owner = self.got.places, {}
        for family in self.want.families.values():
            known = [m for m in family.members if m in places]
            for m in family.members:
                if m not in places:
                    self.say("story split", "%s is not in the store" % m, m)
            stories = {places[m][0] for m in known}
            if len(stories) > 1:
                self.say("story split", "%s: stories %s" % (family.name, ", ".join(
                    "%s: %s" % (s, " ".join(m for m in known if places[m][0] == s))
                    for s in sorted(stories))), *known)
            for s in stories:
                if owner.setdefault(s, family) is not family:
                    self.say("stories mixed", "story %s has %s and %s"
                             % (s, owner[s].name, family.name), *(owner[s].members + known))
            firsts = [m for m in known if not places[m][1]]
            if known and len(firsts) != 1:
                self.say("non-copies", "%s: %d of %d are no copies: %s" % (
                    family.name, len(firsts), len(known), " ".join(firsts)), *known)
            elif firsts and family.origin and firsts[0] != family.origin:
                self.say("wrong origin", "%s: %s instead of %s"
                         % (family.name, firsts[0], family.origin), *known)

    def look_at_alerts(self):
        alerts = defaultdict(list)  # family, outlet -> alerts
        for a in self.got.alerts:
            name = self.want.family_of.get(a["id"])
            family = self.want.families.get(name)
            if not family:
                self.say("alert for nothing", "an article that was never pushed", a["id"])
                continue
            if a["source"] != family.outlet[a["id"]]:
                self.say("alert of another", "%s instead of %s"
                         % (a["source"], family.outlet[a["id"]]), a["id"])
            alerts[name, family.outlet[a["id"]]].append(a)
        for family in self.want.families.values():
            places = self.got.places
            copies = [m for m in family.members if m in places and places[m][1]]
            own = {family.outlet[m] for m in family.members if m in places and not places[m][1]}
            due = {family.outlet[m] for m in copies} - own
            for outlet in sorted({*family.outlet.values()}):
                got = alerts[family.name, outlet]
                ids = [m for m in family.members if family.outlet[m] == outlet]
                told = "; ".join("story %s, %s" % (a["story"], a["id"]) for a in got)
                if outlet in due and not got:
                    self.say("alert missing", "%s at %s" % (family.name, outlet), *ids)
                elif outlet in due and len(got) > 1:
                    self.say("alert twice", "%s at %s: %s" % (family.name, outlet, told), *ids)
                elif outlet not in due and got and not self.was_copy(family, got):
                    self.say("alert for nothing", "%s at %s: %s" % (family.name, outlet, told),
                             *ids)

    def was_copy(self, family, alerts):
        """Where arrival decides, one version of an article may have been a copy, and another, which
        arrived in the same moment, the original."""
        return not family.origin and any(a["id"] in self.want.revised for a in alerts)

    def look_at_rest(self):
        for what, count in self.got.left.items():
            if count:
                self.say("left over", "%s: %s" % (what, count))
        for key in self.got.undying:
            self.say("undying key", "no expiry", key)
        for text in self.got.troubles:
            self.say("worker", text)
        for key, is_shown in self.got.shown.items():
            if is_shown != self.got.places.get(key):
                self.say("show", "shown %s, stored %s" % (is_shown, self.got.places.get(key)), key)


def judge(expected, outcome):
    r = Referee(expected, outcome)
    r.count_verdicts()
    r.count_decisions()
    r.count_dead()
    r.look_at_matches()
    r.look_at_stories()
    r.look_at_alerts()
    r.look_at_rest()
    return r.found


def report(violations, most=20):
    """Lines for people: a count for each rule that was broken, then the cases."""
    lines = []
    by_rule = Counter(v.rule for v in violations)
    for rule, count in by_rule.most_common():
        lines.append("%6d  %-20s %s" % (count, rule, RULES[rule]))
        for v in [v for v in violations if v.rule == rule][:most]:
            lines.append("          %s [%s]" % (v.text, ", ".join(str(i) for i in v.ids[:12])))
        if count > most:
            lines.append("          ... and %d more" % (count - most))
    return lines
