#!/usr/bin/env python3
"""test_harness.py [DUPD]: the parts of the storms, against a real redis-server: the client, the
proxy's faults, a Redis that is killed and comes back with its data, a producer that loses nothing and
repeats nothing; and, with dupd, that a plan is a fair one. Exit 77 without redis-server."""

import datetime
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from families import Plan, check  # noqa: E402
from procs import SERVER, Redis, until  # noqa: E402
from producer import Producer  # noqa: E402
from proxy import Faults, Proxy  # noqa: E402
from resp import Client, Lost, Refused, keys, stream  # noqa: E402
from storm import Storm  # noqa: E402

DUPD = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else None


class WithRedis(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="dupd-test-")
        self.redis = Redis(self.folder, "right")
        self.redis.start()
        self.redis.ready()
        self.proxy = Proxy(self.redis.socket)

    def tearDown(self):
        self.proxy.close()
        self.redis.kill()
        shutil.rmtree(self.folder)

    def through(self, timeout=20):
        return Client(("127.0.0.1", self.proxy.port), password="right", timeout=timeout)


class Resp(WithRedis):
    def test_replies(self):
        with self.redis.admin() as r:
            self.assertEqual(r.call("SET", "a", b"\r\n\x00"), "OK")
            self.assertEqual(r.call("GET", "a"), b"\r\n\x00")
            self.assertIsNone(r.call("GET", "nothing"))
            self.assertEqual(r.call("LRANGE", "nothing", 0, -1), [])
            self.assertEqual(r.call("INCR", "n"), 1)
            replies = r.pipe([("LPUSH", "a", "x"), ("GET", "a")])
            self.assertIn("WRONGTYPE", str(replies[0]))
            self.assertEqual(replies[1], b"\r\n\x00")
            with self.assertRaises(Refused):
                r.call("NO SUCH COMMAND")

    def test_password(self):
        with self.assertRaises(Refused):
            Client(self.redis.socket, password="wrong")
        with self.assertRaises(Lost):
            Client(self.redis.socket + "x")

    def test_pages(self):
        with self.redis.admin() as r:
            r.pipe([("XADD", "s", "%d-0" % i, "f", i) for i in range(1, 25)])
            r.pipe([("SET", "k%d" % i, 1) for i in range(100)])
            self.assertEqual([e for e, _ in stream(r, "s", 7)], ["%d-0" % i for i in range(1, 25)])
            found = {k for page in keys(r, "k*", 10) for k in page}
            self.assertEqual(len(found), 100)


class Bad(WithRedis):
    """Each fault of the proxy is felt, and ends."""

    def test_passes(self):
        with self.through() as r:
            big = b"x" * 3_000_000
            self.assertEqual(r.call("ECHO", big), big)

    def test_split_and_slow(self):
        self.proxy.faults = Faults(split=True)
        with self.through() as r:
            self.assertEqual(r.call("ECHO", b"y" * 500), b"y" * 500)
            self.proxy.faults = Faults(rate=4000)
            begin = time.monotonic()
            self.assertEqual(r.call("ECHO", b"y" * 1000), b"y" * 1000)
            self.assertGreater(time.monotonic() - begin, 0.3)  # never quicker than the rate

    def test_delay(self):
        with self.through() as r:
            self.proxy.faults = Faults(delay=0.1)
            begin = time.monotonic()
            r.call("PING")
            self.assertGreater(time.monotonic() - begin, 0.19)

    def test_black_hole_ends(self):
        with self.through() as r:
            self.proxy.faults = Faults(black_hole=True)
            threading.Timer(0.3, lambda: setattr(self.proxy, "faults", Faults())).start()
            self.assertEqual(r.call("ECHO", "still here"), b"still here")

    def test_cuts(self):
        for cut in (self.proxy.cut, self.proxy.half_close):
            r = self.through()
            r.call("PING")
            cut()
            with self.assertRaises(Lost):
                r.call("PING")
                r.call("PING")
        r = self.through()
        self.proxy.cut_in_reply()
        with self.assertRaises(Lost):
            r.call("ECHO", "z" * 100)
        until(lambda: not self.proxy.all(), 10, "connections forgotten")

    def test_no_server(self):
        self.redis.kill()
        with self.assertRaises(Lost):
            self.through().call("PING")


class Killed(WithRedis):
    def test_redis_keeps_its_data(self):
        with self.redis.admin() as r:
            r.pipe([("SET", "k%d" % i, i) for i in range(2000)])
        self.redis.kill()
        self.redis.start("--key-load-delay", "200", "--loading-process-events-interval-bytes",
                         "1024")
        until(lambda: self.saw_loading(), 30, "it answers that it loads", 0)
        self.redis.ready()
        with self.redis.admin() as r:
            self.assertEqual(r.call("DBSIZE"), 2000)
            self.assertEqual(r.call("GET", "k1999"), b"1999")

    def saw_loading(self):
        try:
            with self.redis.admin(5) as r:
                r.call("GET", "k1")
            self.skipTest("too late to see it load: the machine is busy")
        except Lost:
            return False
        except Refused as e:
            return "LOADING" in str(e)

    def test_every_fault_of_redis_heals(self):
        storm = Storm(self.redis, [], self.proxy, 1, 0.1, 1, 1, 1)
        rng = random.Random(1)
        with self.redis.admin() as r:
            r.call("SET", "k", "v")
        for fault in (storm.kill_redis, storm.kill_redis_slow_load, storm.stop_redis,
                      storm.kill_clients, storm.pause_clients, storm.pause_writes,
                      storm.out_of_memory, storm.read_only, storm.wrong_password,
                      storm.flush_scripts):
            fault(rng)
        storm.heal()
        with self.through() as r:
            self.assertEqual(r.call("SET", "k2", "v"), "OK")
            self.assertEqual(r.call("GET", "k"), b"v")

    def test_the_storm_does_what_it_is_told(self):
        sleepers = []

        class Sleeper:
            name, meant, child = "s", False, None

            def start(self):
                self.child = subprocess.Popen(["sleep", "600"])
                sleepers.append(self.child)

            def kill(self):
                self.child.kill()
                self.child.wait()

            def signal(self, number):
                self.child.send_signal(number)

        workers = [Sleeper(), Sleeper()]
        for w in workers:
            w.start()
        storm = Storm(self.redis, workers, self.proxy, 3, 6, 9, 2, 1)
        storm.start()
        storm.join()
        storm.heal()
        for w in workers:
            w.kill()
        self.assertEqual(storm.trouble, [])
        self.assertEqual(storm.done["kill worker"], 9)
        self.assertEqual(len(sleepers), 11)
        self.assertEqual(storm.done["kill redis"] + storm.done["kill redis slow load"], 2)


class Producing(WithRedis):
    def test_nothing_lost_nothing_twice(self):
        plan = Plan(4, 1500)
        producer = Producer(self.redis, plan, 4)
        producer.start()
        for _ in range(3):
            until(lambda: not producer.is_alive() or producer.sent % 50 > 25, 30, "some were sent")
            self.redis.kill()
            self.redis.start()
            self.redis.ready()
            with self.redis.admin() as r:
                r.call("CONFIG", "SET", "maxmemory", "1mb")
                time.sleep(0.1)
                r.call("CONFIG", "SET", "maxmemory", "0")
                r.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        producer.join(120)
        self.assertIsNone(producer.trouble)
        self.assertEqual(producer.sent, 1500)
        with self.redis.admin() as r:
            got = [e for e, _ in stream(r, "dupd:articles")]
            self.assertEqual(got, list(producer.entries))
            self.assertEqual(r.call("LLEN", "dupd:queue"), sum(producer.listed.values()))
            self.assertEqual(len(got) + sum(producer.listed.values()), 1500)


class Plans(unittest.TestCase):
    def test_the_same_again(self):
        now = datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)
        one, two = (list(Plan(9, 800, now).pushes()) for _ in "12")
        self.assertEqual(one, two)

    def test_what_is_expected_was_pushed(self):
        plan = Plan(11, 3000)
        pushed = list(plan.pushes())
        self.assertEqual({p.id for p in pushed if p.id}, set(plan.family_of))
        self.assertEqual({p.mark for p in pushed if p.mark}, set(plan.broken))
        for family in plan.families.values():
            self.assertTrue(not family.origin or family.origin in family.members)
        self.assertGreater(sum(len(f.members) > 1 for f in plan.families.values()), 400)

    @unittest.skipUnless(DUPD, "no dupd given")
    def test_dupd_sees_the_families_when_undisturbed(self):
        self.assertEqual(check(DUPD, 3000, 6), 0)


if __name__ == "__main__":
    if not shutil.which(SERVER):
        sys.exit(77)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    unittest.main()
