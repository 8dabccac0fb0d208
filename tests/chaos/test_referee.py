#!/usr/bin/env python3
"""test_referee.py: the referee of the storms is right: a faultless outcome passes, and each planted
fault is caught, by its rule and with the article's name. Python's unittest."""

import copy
import os
import sys
import unittest
from collections import Counter

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from families import Plan  # noqa: E402
from referee import RULES, Expected, Outcome, judge  # noqa: E402


def faultless(plan):
    """What a storm with a perfect dupd would leave."""
    entries, listed, out = {}, Counter(), Outcome()
    decided, number, story = set(), 0, {}
    for push in plan.pushes():
        what = push.id or push.mark
        number += 1
        entry = "%d-0" % number
        if push.via == "list":
            listed[what] += 1
        else:
            entries[entry] = what
        if push.mark:
            out.dead.append({"entry": entry, "what": push.mark, "reason": "bad"})
            continue
        out.verdicts.append({"entry": entry, "id": push.id, "replay": push.id in decided,
                             "matches": [], "origin": None})
        decided.add(push.id)
    for i, family in enumerate(plan.families.values()):
        story[family.name] = str(i + 1)
        origin = family.origin or family.members[0]
        alerted = {family.outlet[origin]}
        for m in family.members:
            out.places[m] = (str(i + 1), m != origin)
            if family.outlet[m] not in alerted:
                alerted.add(family.outlet[m])
                out.alerts.append({"story": str(i + 1), "source": family.outlet[m], "id": m})
    out.left = {"dupd:articles": 0, "pending": 0, "dupd:queue": 0}
    out.shown = dict(list(out.places.items())[:50])
    return Expected(plan.families, plan.family_of, entries, listed, plan.broken, plan.revised), out


class Referee(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.expected, cls.outcome = faultless(Plan(5, 3000))
        cls.tried = set()

    def setUp(self):
        self.out = copy.deepcopy(self.outcome)

    def caught(self, rule, *ids):
        """Exactly that rule is broken, and the ids are named."""
        found = judge(self.expected, self.out)
        self.assertEqual({v.rule for v in found}, {rule})
        named = {i for v in found for i in v.ids}
        for i in ids:
            self.assertIn(i, named)
        self.tried.add(rule)
        return found

    def family(self, fits):
        return next(f for f in self.expected.families.values() if fits(f))

    def verdict(self, fits):
        return next(v for v in self.out.verdicts if fits(v))

    def test_faultless(self):
        self.assertEqual(judge(self.expected, self.out), [])

    def test_lost_verdict(self):
        gone = self.verdict(lambda v: v["entry"] in self.expected.entries)
        self.out.verdicts.remove(gone)
        self.caught("verdict lost", gone["id"], gone["entry"])

    def test_lost_verdict_of_a_repeat(self):
        gone = self.verdict(lambda v: v["replay"] and v["entry"] in self.expected.entries)
        self.out.verdicts.remove(gone)
        self.caught("verdict lost", gone["id"], gone["entry"])

    def test_lost_list_element(self):
        gone = self.verdict(lambda v: v["entry"] not in self.expected.entries)
        self.out.verdicts.remove(gone)
        self.caught("verdict lost", gone["id"])

    def test_verdict_twice(self):
        again = self.verdict(lambda v: v["entry"] in self.expected.entries)
        self.out.verdicts.append({**again, "replay": True})
        self.caught("verdict twice", again["id"], again["entry"])

    def test_list_element_twice(self):
        again = self.verdict(lambda v: v["entry"] not in self.expected.entries)
        self.out.verdicts.append({**again, "entry": "99999999-0", "replay": True})
        self.caught("verdict of nothing", again["id"])

    def test_verdict_of_another(self):
        one, two = [v for v in self.out.verdicts if v["entry"] in self.expected.entries
                    and not v["replay"]][10:12]
        one["entry"], two["entry"] = two["entry"], one["entry"]
        self.caught("verdict of nothing", one["id"], two["id"])

    def test_decided_twice(self):
        again = self.verdict(lambda v: v["replay"] and v["id"] not in self.expected.revised)
        again["replay"] = False
        self.caught("decided twice", again["id"])

    def test_dead(self):
        d = self.out.dead[0]
        self.out.dead.remove(d)
        self.caught("dead lost", d["what"])
        self.out.dead += [d, d]
        self.caught("dead twice", d["what"])
        self.out.dead[-2:] = [{**d, "reason": ""}]
        self.caught("dead without reason", d["what"])

    def test_dead_by_mistake(self):
        v = self.verdict(lambda v: v["entry"] in self.expected.entries)
        self.out.verdicts.remove(v)
        self.out.dead.append({"entry": v["entry"], "what": v["id"], "reason": "deliveries"})
        self.caught("dead by mistake", v["id"])

    def test_story_split(self):
        f = self.family(lambda f: len(f.members) > 2)
        self.out.places[f.members[2]] = ("77777", True)
        self.out.shown = {}
        self.caught("story split", f.members[2])

    def test_member_not_stored(self):
        f = self.family(lambda f: len(f.members) == 1 and f.members[0] not in self.out.shown)
        del self.out.places[f.members[0]]
        self.caught("story split", f.members[0])

    def test_stories_mixed(self):
        one, two = [f for f in self.expected.families.values() if len(f.members) == 1][-2:]
        self.out.places[two.members[0]] = self.out.places[one.members[0]]
        self.caught("stories mixed", one.members[0], two.members[0])

    def test_two_non_copies(self):
        f = self.family(lambda f: len(f.members) > 1 and f.origin)
        self.out.shown = {}
        self.out.places[f.members[1]] = (self.out.places[f.members[1]][0], False)
        self.out.alerts = [a for a in self.out.alerts if a["id"] != f.members[1]]
        self.caught("non-copies", f.members[1])

    def test_no_non_copy(self):
        f = self.family(lambda f: len(f.members) > 1)
        self.out.shown = {}
        self.out.places[f.members[0]] = (self.out.places[f.members[0]][0], True)
        self.out.alerts.append({"story": self.out.places[f.members[0]][0], "id": f.members[0],
                                "source": f.outlet[f.members[0]]})
        self.caught("non-copies", f.members[0])

    def test_wrong_origin(self):
        f = self.family(lambda f: len(f.members) == 2 and f.origin)
        a, b = f.members
        story = self.out.places[a][0]
        self.out.places.update({a: (story, True), b: (story, False)})
        self.out.shown = {}
        alert = next(x for x in self.out.alerts if x["id"] == b)
        alert.update(id=a, source=f.outlet[a])
        self.caught("wrong origin", a, b)

    def test_alert_missing(self):
        gone = self.out.alerts.pop()
        self.caught("alert missing", gone["id"])

    def test_alert_twice(self):
        again = self.out.alerts[3]
        self.out.alerts.append({**again, "story": "88888"})  # of a story that was merged
        self.caught("alert twice", again["id"])

    def test_alert_for_the_origin(self):
        f = self.family(lambda f: len(f.members) > 1 and f.origin)
        self.out.alerts.append({"story": "1", "source": f.outlet[f.origin], "id": f.origin})
        self.caught("alert for nothing", f.origin)

    def test_alert_for_a_singleton(self):
        f = self.family(lambda f: len(f.members) == 1)
        m = f.members[0]
        self.out.alerts.append({"story": "1", "source": f.outlet[m], "id": m})
        self.caught("alert for nothing", m)

    def test_alert_for_an_undated_origin(self):
        """Excused only where there were several versions of it."""
        f = self.family(lambda f: len(f.members) > 1 and not f.origin)
        first = next(m for m in f.members if not self.out.places[m][1])
        self.out.alerts.append({"story": "1", "source": f.outlet[first], "id": first})
        self.expected = copy.deepcopy(self.expected)
        self.expected.revised.discard(first)
        self.caught("alert for nothing", first)
        self.expected.revised.add(first)
        self.assertEqual(judge(self.expected, self.out), [])

    def test_alert_of_another_outlet(self):
        self.out.alerts[0]["source"] = "elsewhere.example"
        self.caught("alert of another", self.out.alerts[0]["id"])

    def test_self_match(self):
        v = self.out.verdicts[7]
        v["matches"] = [(v["id"], True)]
        self.caught("self-match", v["id"])
        v.update(matches=[], origin=v["id"])
        self.caught("self-match", v["id"])

    def test_foreign_match(self):
        one, two = self.out.verdicts[0], next(
            v for v in self.out.verdicts
            if self.expected.family_of[v["id"]] !=
            self.expected.family_of[self.out.verdicts[0]["id"]])
        one["matches"] = [(two["id"], False)]
        self.assertEqual(judge(self.expected, self.out), [])  # worth naming is no copy
        one["matches"] = [(two["id"], True)]
        self.caught("foreign match", one["id"], two["id"])

    def test_the_rest(self):
        for what in self.out.left:
            self.out.left[what] = 1
            self.caught("left over")
            self.out.left[what] = 0
        self.out.undying = ["dupd:a:7"]
        self.caught("undying key", "dupd:a:7")
        self.out.undying = []
        self.out.troubles = ["worker 1 ended by itself, status -11"]
        self.caught("worker")
        self.out.troubles = []
        key = next(iter(self.out.shown))
        self.out.shown[key] = ("66666", False)
        self.caught("show", key)

    def test_z_every_rule_was_tried(self):
        self.assertEqual(self.tried, set(RULES))


if __name__ == "__main__":
    unittest.main()
