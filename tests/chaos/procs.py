"""The processes of a storm: one Redis with its append-only file in a directory of its own, and
workers of dupd, each with its log. Only processes that were started here are ever signalled.

$REDIS_SERVER names another server (valkey-server, another version).
"""

import os
import signal
import subprocess
import threading
import time

from resp import Client, Lost, Refused

SERVER = os.environ.get("REDIS_SERVER") or "redis-server"
ADMIN, ADMIN_PASSWORD = "admin", "chaos-admin"


def until(what, seconds, text, every=0.02):
    """Polls what() until it is true; raises after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > end:
            raise TimeoutError("%s: not within %g s" % (text, seconds))
        time.sleep(every)


def status_of(pid):
    """Resident bytes and processor seconds of a process, or of a thread ("PID/task/TID"); None when
    it is gone."""
    try:
        with open("/proc/%s/statm" % pid, encoding="ascii") as f:
            resident = int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        with open("/proc/%s/stat" % pid, encoding="ascii", errors="replace") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return resident, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return None


class Process:
    """A child that can be killed and started again; its output is appended to one log."""

    def __init__(self, log, env=None):
        self.log, self.env = log, env
        self.child = None
        self.stopped = False
        self.starts = 0

    def spawn(self, command):
        with open(self.log, "ab") as out:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                          env=self.env, start_new_session=True)
        self.stopped = False
        self.starts += 1

    @property
    def pid(self):
        return self.child.pid

    def running(self):
        return self.child is not None and self.child.poll() is None

    def signal(self, number):
        if self.running():
            self.child.send_signal(number)
            self.stopped = number == signal.SIGSTOP or self.stopped and number != signal.SIGCONT

    def kill(self):
        """kill -9; returns when it is gone."""
        self.signal(signal.SIGKILL)
        if self.child:
            self.child.wait()

    def end(self, seconds):
        """SIGTERM; returns the exit status, or None if it had to be killed."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None


class Redis(Process):
    def __init__(self, folder, password=None, options=()):
        super().__init__(os.path.join(folder, "redis.log"))
        self.folder, self.password, self.options = folder, password, list(options)
        self.socket = os.path.join(folder, "r.sock")
        self.lock = threading.Lock()

    def start(self, *more):
        """Does not wait: see ready(). With `everysec` Redis puts off a *write* while a slow disk
        syncs, and a kill -9 loses what was acknowledged (docs/redis.md); with `no` every write has
        reached the kernel before its reply, which is all that a killed process needs. A kill in the
        middle of a write leaves half a transaction, which Redis 7.0 takes up again at the start after
        the next: redis-check-aof cuts it off."""
        manifest = os.path.join(self.folder, "appendonlydir", "appendonly.aof.manifest")
        if os.path.exists(manifest):
            subprocess.run(["redis-check-aof", "--fix", manifest], input=b"y\n", check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        command = [SERVER, "--port", "0", "--unixsocket", self.socket, "--dir", self.folder,
                   "--save", "", "--appendonly", "yes", "--appendfsync", "no",
                   "--maxmemory-policy", "noeviction", "--daemonize", "no",
                   "--user", ADMIN, "on", ">" + ADMIN_PASSWORD, "~*", "&*", "+@all"]
        if self.password:
            command += ["--requirepass", self.password]
        self.spawn(command + self.options + list(more))

    def admin(self, timeout=60):
        return Client(self.socket, ADMIN, ADMIN_PASSWORD, timeout)

    def answers(self):
        """None while it is not there or loads its data."""
        if not self.running():
            raise RuntimeError("Redis ended by itself: %s" % self.log)
        try:
            with self.admin(5) as r:
                return r.call("PING")
        except (Lost, Refused):
            return None

    def ready(self, seconds=120):
        until(self.answers, seconds, "Redis answers", 0.05)


class Worker(Process):
    def __init__(self, name, command, log, env=None):
        super().__init__(log, env)
        self.name, self.command = name, command
        self.lock = threading.Lock()  # between those who kill it and those who look at it
        self.meant = False  # its end was ours
        self.peak = 0  # resident bytes, the most that was seen
        self.peaks = []  # of each life

    def start(self):
        with self.lock:
            if not self.running():
                self.spawn(self.command)
                self.meant = False

    def kill(self):
        with self.lock:
            self.meant = True
            super().kill()
            self.peaks.append(self.peak)
            self.peak = 0

    def look(self):
        """Notes its memory; returns its exit status if it ended by itself."""
        with self.lock:
            if self.meant or not self.child:
                return None
            if self.child.poll() is not None:
                self.meant = True  # said once
                return self.child.returncode
            found = status_of(self.pid)
            self.peak = max(self.peak, found[0] if found else 0)
            return None
