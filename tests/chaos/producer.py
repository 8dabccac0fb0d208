"""Pushes a plan's entries, through whatever happens to Redis, and knows exactly what was taken.

Some entries at a time go in by one script, which also notes under a key of its own that it was done,
and what the entries are called. So it may be sent again when no answer came: what was done is not
done twice, and its entries are known all the same.
"""

import random
import threading
import time
from collections import Counter

from resp import Lost, Refused

AT_ONCE = 32
LARGE = 1 << 20  # bytes of a batch

# KEYS: stream, list, mark. ARGV: for each entry "list" and its text, or the number of its words and
# these. Nothing is written before something that Redis may refuse: so all of it happens or nothing.
PUSH = """
local done = redis.call('GET', KEYS[3])
if done then return done end
local at, names = 1, {}
while at <= #ARGV do
  if ARGV[at] == 'list' then
    redis.call('LPUSH', KEYS[2], ARGV[at + 1])
    names[#names + 1] = 'list'
    at = at + 2
  else
    local words = tonumber(ARGV[at])
    names[#names + 1] = redis.call('XADD', KEYS[1], '*', unpack(ARGV, at + 1, at + words))
    at = at + words + 1
  end
end
done = table.concat(names, ' ')
redis.call('SET', KEYS[3], done)
return done
"""


class Producer(threading.Thread):
    def __init__(self, redis, plan, seconds, prefix="dupd"):
        super().__init__(daemon=True)
        self.redis, self.plan, self.prefix = redis, plan, prefix
        self.rng = random.Random("producer %s" % plan.seed)
        self.pause = seconds / max(1, plan.entries)  # for each entry
        self.entries, self.listed = {}, Counter()
        self.client = None
        self.trouble = None
        self.repeats = self.sent = self.batches = 0

    def until_done(self, *command):
        while True:
            try:
                if not self.client:
                    self.client = self.redis.admin(20)
                return self.client.call(*command)
            except Lost:
                self.client = None
            except Refused as e:
                if str(e).split()[0] not in ("OOM", "READONLY", "LOADING", "MASTERDOWN", "BUSY"):
                    raise
            self.repeats += 1
            time.sleep(0.05)

    def push(self, pushes):
        words = []
        for p in pushes:
            if p.via == "list":
                words += ["list", p.fields[0][1]]
            else:
                words += [2 * len(p.fields), *[word for pair in p.fields for word in pair]]
        self.batches += 1
        names = self.until_done("EVAL", PUSH, 3, self.prefix + ":articles", self.prefix + ":queue",
                                "chaos:push:%d" % self.batches, *words)
        for p, name in zip(pushes, names.decode().split()):
            if name == "list":
                self.listed[p.id or p.mark] += 1
            else:
                self.entries[name] = p.id or p.mark

    def push_all(self):
        begin, batch, size, volume = time.monotonic(), [], 1, 0
        for p in self.plan.pushes():
            batch.append(p)
            volume += sum(len(value) for _, value in p.fields)
            if len(batch) < size and volume < LARGE:
                continue
            self.push(batch)
            self.sent += len(batch)
            batch, volume, size = [], 0, self.rng.choice([1, 1, 2, 3, 5, 8, 13, AT_ONCE])
            ahead = begin + self.sent * self.pause - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
        if batch:
            self.push(batch)
            self.sent += len(batch)

    def run(self):
        try:
            self.push_all()
        except Exception as e:  # the storm must be told, whatever it is
            self.trouble = "%s: %s" % (type(e).__name__, e)
        finally:
            if self.client:
                self.client.close()
