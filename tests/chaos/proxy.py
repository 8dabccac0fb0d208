"""A TCP proxy that is as bad as networks are. It listens on a port of the kernel's choice and passes
on to the Unix socket of a Redis.

  p = Proxy("/tmp/x/r.sock"); p.port
  p.faults = Faults(delay=0.05)            holds from now on, for old and new connections
  p.cut()                                  every connection is reset at once
  p.cut_in_reply()                         each is reset in the middle of the next reply
  p.half_close()                           the server's side is shut for writing: replies still come
  p.close()

Two threads a connection, one each way; a connection is a dozen at most. What a fault holds back is
given on, in order, when it ends: nothing is lost but by a cut, as with TCP.
"""

import socket
import struct
import threading
import time
from dataclasses import dataclass

CHUNK = 1 << 16


@dataclass(frozen=True)
class Faults:
    delay: float = 0.0  # seconds that each piece waits
    split: bool = False  # every byte on its own
    rate: int = 0  # bytes a second each way; 0: as they come
    black_hole: bool = False  # nothing passes, nothing is closed

    def quiet(self):
        return self == Faults()


class Pair:
    """One connection: the worker's side and the server's."""

    def __init__(self, proxy, near, far):
        self.proxy, self.near, self.far = proxy, near, far
        self.cut_in_reply = False
        self.dead = False
        for ends in ((near, far), (far, near)):
            threading.Thread(target=self.pump, args=ends, daemon=True).start()

    def wait_black_hole(self):
        while self.proxy.faults.black_hole and not self.dead and not self.proxy.closed:
            time.sleep(0.02)

    def pass_on(self, to, data):
        faults = self.proxy.faults
        if faults.delay:
            time.sleep(faults.delay)
        self.wait_black_hole()
        if self.cut_in_reply and to is self.near and len(data) > 1:
            to.sendall(data[: len(data) // 2])
            self.reset()
            return
        if not faults.split and not faults.rate:
            to.sendall(data)
            return
        step = 1 if faults.split else max(1, faults.rate // 50)
        at = 0
        while at < len(data):
            if self.proxy.faults != faults:  # it is over: the rest goes at once
                to.sendall(data[at:])
                return
            to.sendall(data[at : at + step])
            at += step
            if faults.rate:
                time.sleep(step / faults.rate)

    def pump(self, source, to):
        try:
            while not self.dead:
                data = source.recv(CHUNK)
                if not data:
                    break
                self.pass_on(to, data)
            to.shutdown(socket.SHUT_WR)
        except OSError:
            self.reset()
        if source is self.far:
            self.reset()

    def half_close(self):
        try:
            self.far.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def reset(self):
        """Both sides see a reset, not an orderly end."""
        if self.dead:
            return
        self.dead = True
        for end in (self.near, self.far):
            try:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()
        self.proxy.forget(self)


class Proxy:
    def __init__(self, target):
        self.target = target
        self.faults = Faults()
        self.closed = False
        self.accepted = 0
        self.lock = threading.Lock()
        self.pairs = set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while not self.closed:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(self.target)
                near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError:  # no server: the worker is refused, if a moment late
                near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                near.close()
                far.close()
                continue
            with self.lock:
                self.accepted += 1
                self.pairs.add(Pair(self, near, far))

    def forget(self, pair):
        with self.lock:
            self.pairs.discard(pair)

    def all(self):
        with self.lock:
            return list(self.pairs)

    def cut(self):
        for pair in self.all():
            pair.reset()

    def cut_in_reply(self):
        for pair in self.all():
            pair.cut_in_reply = True

    def half_close(self):
        for pair in self.all():
            pair.half_close()

    def close(self):
        self.closed = True
        self.listener.close()
        self.cut()
