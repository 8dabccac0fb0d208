"""The race of twins: all workers wait for work, and are handed one article each, which are copies of
each other, at the same moment; thousands of times. Each round must end in one story with exactly one
article that is no copy. In some rounds one of them is pushed twice, with the same id: unchanged, or as
a new version.

The entries of a round go out in one write: Redis serves the worker that has waited longest with the
first, the next with the second. Then both verdicts are waited for, so that all are idle again.
"""

import datetime
import random
import time
from collections import Counter

from families import COPIES, Family, Plan, iso
from procs import until
from prose import Writer

ROUND_S = 60  # a round that takes longer is a fault of its own


class Twins:
    def __init__(self, args, room):
        self.args, self.room = args, room
        self.plan = Plan(args.seed, 0)
        self.rng = random.Random("twins %s" % args.seed)
        self.entries = {}

    def articles(self, number):
        """One family, shuffled: undated, or dated in another order than they are pushed."""
        rng, plan = self.rng, self.plan
        writer = Writer(plan.vocabulary, "%s twins %d" % (self.args.seed, number))
        original = {"title": writer.title(), "body": writer.text(rng.randrange(150, 300))}
        family = plan.families["t%d" % number] = Family("t%d" % number, "default")
        dated, out = rng.random() < 0.5, []
        kinds = [rng.choice(["identical", "identical", *COPIES])
                 for _ in range(max(2, self.args.workers) - 1)]
        for i, version in enumerate([original] + [
                {**original, **plan.copy_of(original, kind, writer)} for kind in kinds]):
            if "html" in version:
                version.pop("body", None)
            key, outlet = "t%d-%d" % (number, i), "outlet-%d.example" % (number * 7 + i)
            when = plan.now - datetime.timedelta(hours=5) + datetime.timedelta(minutes=i)
            family.members.append(key)
            family.outlet[key] = outlet
            plan.family_of[key] = family.name
            if dated:
                version = {**version, "published_at": iso(when)}
                family.origin = family.members[0]
            out.append({"id": key, "source": outlet, **version})
        if rng.random() < self.args.again:
            self.push_again(number, out)
        rng.shuffle(out)
        return out

    def push_again(self, number, out):
        """One of them goes in twice at the same time: as it is, or with a sentence more."""
        article = dict(self.rng.choice(out))
        if "body" in article and self.rng.random() < 0.6:
            more = Writer(self.plan.vocabulary, "%s again %d" % (self.args.seed, number))
            article["body"] += "\n\n" + more.paragraph(15)
            self.plan.revised.add(article["id"])
        out.append(article)

    def run(self):
        room = self.room
        room.start()
        with room.redis.admin() as push, room.redis.admin(ROUND_S) as read:
            until(lambda: self.blocked(push) >= self.args.workers, 60, "all workers wait", 0.1)
            last, begin = "0", time.monotonic()
            for number in range(self.args.twins):
                articles = self.articles(number)
                for article, entry in zip(articles, push.pipe(
                        [("XADD", "dupd:articles", "*", *[w for p in a.items() for w in p])
                         for a in articles])):
                    self.entries[entry.decode()] = article["id"]
                missing = len(articles)
                while missing > 0:
                    found = read.call("XREAD", "BLOCK", ROUND_S * 900, "STREAMS", "dupd:verdicts",
                                      last)
                    if not found:
                        room.troubles.append("round %d: no verdict in %d s" % (number, ROUND_S))
                        return self.plan, self.entries, Counter()
                    missing -= len(found[0][1])
                    last = found[0][1][-1][0].decode()
        room.drain(self.args.patience)
        print("%d rounds of %d in %.0f s" % (self.args.twins, max(2, self.args.workers),
                                             time.monotonic() - begin))
        return self.plan, self.entries, Counter()

    @staticmethod
    def blocked(client):
        """Clients that wait in a blocking command."""
        info = client.call("INFO", "clients").decode()
        return int(next(line for line in info.splitlines()
                        if line.startswith("blocked_clients:")).split(":")[1])
