"""The faults, and when they happen: three threads, for workers, for Redis and for the network, each
with a seed of its own, so that faults of different kinds meet. Everything is healed in the end."""

import random
import signal
import threading
import time

from proxy import Faults
from resp import Lost, Refused

# Sizes, in seconds, of what lasts.
SHORT, LONG = 0.3, 3.0
# Microseconds of loading that are added, of the shortest sleep; bytes of a command in the AOF.
LOADING, NAP, COMMAND_BYTES = 2.5e6, 60, 400


class Storm:
    def __init__(self, redis, workers, proxy, seed, seconds, kills, redis_kills, claim_idle):
        self.redis, self.workers, self.proxy = redis, workers, proxy
        self.seed, self.seconds, self.claim_idle = seed, seconds, claim_idle
        self.kills, self.redis_kills = kills, redis_kills
        self.done = {}  # fault -> how often
        self.loading = 0.0  # the longest that Redis took to be back
        self.trouble = []
        self.end = threading.Event()
        self.threads = [
            threading.Thread(target=self.run, args=("workers", self.worker_faults()), daemon=True),
            threading.Thread(target=self.run, args=("redis", self.redis_faults()), daemon=True),
            threading.Thread(target=self.run, args=("network", self.network_faults()), daemon=True)]

    def start(self):
        self.begin = time.monotonic()
        for t in self.threads:
            t.start()

    def join(self):
        for t in self.threads:
            if t.ident:
                t.join()

    def run(self, name, faults):
        """The faults of one thread, spread over the time; late ones follow at once, and what the
        time does not suffice for, kills excepted, is left out."""
        rng = random.Random("%s %s" % (name, self.seed))
        rng.shuffle(faults)
        gap = self.seconds / max(1, len(faults))
        for i, fault in enumerate(faults):
            due = self.begin + (i + rng.uniform(0.1, 0.9)) * gap
            self.end.wait(max(0, due - time.monotonic()))
            late = time.monotonic() > self.begin + self.seconds * 1.5
            if self.end.is_set() or (late and "kill" not in fault.__name__):
                continue
            try:
                fault(rng)
                label = fault.__name__.replace("_", " ")
                self.done[label] = self.done.get(label, 0) + 1
            except (Lost, Refused) as e:  # a fault met a fault; its end is below all the same
                self.done["(met another)"] = self.done.get("(met another)", 0) + 1
                del e
            except Exception as e:
                self.trouble.append("storm, %s: %s: %s" % (fault.__name__, type(e).__name__, e))

    # ---- workers ----

    def worker_faults(self):
        return [self.kill_worker] * self.kills + [self.stop_worker] * max(1, self.kills // 4)

    def kill_worker(self, rng):
        worker = rng.choice(self.workers)
        worker.kill()
        time.sleep(rng.choice([0, 0.05, rng.uniform(0, 1)]))
        worker.start()

    def stop_worker(self, rng):
        """Longer than others wait before they take over its work, or shorter; others go on being
        killed meanwhile."""
        worker = rng.choice(self.workers)
        span = rng.choice([rng.uniform(0.1, 1), self.claim_idle * rng.uniform(1.1, 2)])
        worker.signal(signal.SIGSTOP)

        def go_on(child=worker.child):
            if child.poll() is None:
                child.send_signal(signal.SIGCONT)

        threading.Timer(span, go_on).start()

    # ---- Redis ----

    def redis_faults(self):
        others = [self.stop_redis, self.kill_clients, self.pause_clients, self.pause_writes,
                  self.out_of_memory, self.read_only, self.wrong_password, self.flush_scripts]
        slow = -(-self.redis_kills // 5)
        rounds = max(1, self.redis_kills // 5)
        return ([self.kill_redis] * (self.redis_kills - slow) + [self.kill_redis_slow_load] * slow +
                others * rounds)

    def back(self, *options):
        begin = time.monotonic()
        self.redis.start(*options)
        self.redis.ready(300)
        self.loading = max(self.loading, time.monotonic() - begin)

    def kill_redis(self, rng):
        self.redis.kill()
        time.sleep(rng.choice([0, rng.uniform(0, 1.5)]))
        self.back()

    def kill_redis_slow_load(self, _rng):
        """So that LOADING is answered for some seconds."""
        with self.redis.admin() as r:
            info = r.call("INFO", "persistence").decode()
        size = int(next(line for line in info.splitlines()
                        if line.startswith("aof_current_size:")).split(":")[1])
        self.redis.kill()
        # A positive delay is for each command, a negative one for every so many; the shortest sleep
        # is some 60 microseconds long.
        each = LOADING / max(1, size / COMMAND_BYTES)
        delay = int(each - NAP) if each >= 2 * NAP else -max(1, int(NAP / each))
        self.back("--key-load-delay", str(delay), "--loading-process-events-interval-bytes", "4096")

    def stop_redis(self, rng):
        self.redis.signal(signal.SIGSTOP)
        time.sleep(rng.choice([rng.uniform(SHORT, LONG), 6]))  # 6: over the deadline
        self.redis.signal(signal.SIGCONT)

    def kill_clients(self, _rng):
        with self.redis.admin() as r:
            r.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

    def pause_clients(self, rng):
        with self.redis.admin() as r:
            r.call("CLIENT", "PAUSE", int(1000 * rng.uniform(SHORT, LONG)), "ALL")

    def pause_writes(self, rng):
        with self.redis.admin() as r:
            r.call("CLIENT", "PAUSE", int(1000 * rng.uniform(SHORT, LONG)), "WRITE")

    def during(self, rng, begin, end):
        with self.redis.admin() as r:
            try:
                for command in begin:
                    r.call(*command)
                time.sleep(rng.uniform(SHORT, LONG))
            finally:
                for command in end:
                    r.call(*command)

    def out_of_memory(self, rng):
        self.during(rng, [("CONFIG", "SET", "maxmemory", "2mb")],
                    [("CONFIG", "SET", "maxmemory", "0")])

    def read_only(self, rng):
        """A replica of nobody: it keeps its data, and takes no writes."""
        self.during(rng, [("REPLICAOF", "127.0.0.1", "1")], [("REPLICAOF", "NO", "ONE")])

    def wrong_password(self, rng):
        self.during(rng, [("CONFIG", "SET", "requirepass", "another"),
                          ("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")],
                    [("CONFIG", "SET", "requirepass", self.redis.password)])

    def flush_scripts(self, _rng):
        with self.redis.admin() as r:
            r.call("SCRIPT", "FLUSH")

    # ---- network ----

    def network_faults(self):
        lasting = [self.net_delay, self.net_split, self.net_slow, self.net_black_hole]
        return (lasting + [self.net_cut, self.net_cut_in_reply, self.net_half_close] * 2) * max(
            1, self.kills // 10)

    def with_faults(self, rng, faults):
        self.proxy.faults = faults
        self.end.wait(rng.uniform(SHORT, LONG))
        self.proxy.faults = Faults()

    def net_delay(self, rng):
        self.with_faults(rng, Faults(delay=rng.uniform(0.005, 0.2)))

    def net_split(self, rng):
        self.with_faults(rng, Faults(split=True))

    def net_slow(self, rng):
        self.with_faults(rng, Faults(rate=rng.randrange(20_000, 400_000)))

    def net_black_hole(self, rng):
        self.with_faults(rng, Faults(black_hole=True))

    def net_cut(self, _rng):
        self.proxy.cut()

    def net_cut_in_reply(self, _rng):
        self.proxy.cut_in_reply()

    def net_half_close(self, _rng):
        self.proxy.half_close()

    # ---- the end ----

    def heal(self):
        self.end.set()
        self.join()
        self.proxy.faults = Faults()
        self.redis.signal(signal.SIGCONT)
        for worker in self.workers:
            worker.signal(signal.SIGCONT)
        if not self.redis.running():
            self.redis.start()
        self.redis.ready(300)
        with self.redis.admin() as r:
            for command in (("CLIENT", "UNPAUSE"), ("REPLICAOF", "NO", "ONE"),
                            ("CONFIG", "SET", "maxmemory", "0"),
                            ("CONFIG", "SET", "requirepass", self.redis.password)):
                r.call(*command)
