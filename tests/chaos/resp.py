"""A Redis client as small as the tests need: RESP2 over a Unix socket or TCP, pipelines, no magic.

  r = Client("/tmp/x/r.sock", user="admin", password="p")
  r.call("XLEN", "dupd:articles")          an error reply is raised as Refused
  r.pipe([("GET", "a"), ("GET", "b")])     error replies stand in the list as Refused objects

Replies: int, bytes, None, list, and str for simple strings ("OK"). A connection that is lost, or does
not answer within its timeout, raises Lost; what was done then is unknown, and the client is closed.
Nothing is sent twice.
"""

import socket


class Lost(Exception):
    """The connection is gone."""


class Refused(Exception):
    """An error reply of Redis."""


def encode(command):
    parts = [b"*%d\r\n" % len(command)]
    for word in command:
        if isinstance(word, str):
            word = word.encode("utf-8", "surrogateescape")
        elif not isinstance(word, bytes):
            word = str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
    return b"".join(parts)


class Client:
    def __init__(self, where, user=None, password=None, timeout=60):
        self.socket = self.file = None
        try:
            if isinstance(where, str):
                self.socket = socket.socket(socket.AF_UNIX)
                self.socket.settimeout(timeout)
                self.socket.connect(where)
            else:
                self.socket = socket.create_connection(where, timeout)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.file = self.socket.makefile("rb", 1 << 18)
        except OSError as e:
            self.close()
            raise Lost(str(e)) from e
        try:
            if password is not None:
                self.call("AUTH", *([user] if user else []), password)
        except Exception:
            self.close()
            raise

    def close(self):
        for thing in (self.file, self.socket):
            if thing:
                try:
                    thing.close()
                except OSError:
                    pass
        self.file = self.socket = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def call(self, *command):
        reply = self.pipe([command])[0]
        if isinstance(reply, Refused):
            raise reply
        return reply

    def pipe(self, commands):
        if not self.socket:
            raise Lost("closed")
        try:
            self.socket.sendall(b"".join(encode(c) for c in commands))
            return [self.read() for _ in commands]
        except (OSError, ValueError, EOFError) as e:
            self.close()
            raise Lost(str(e) or type(e).__name__) from e

    def read(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise EOFError("connection closed")
        kind, rest = line[:1], line[1:-2]
        if kind == b"$":
            size = int(rest)
            if size < 0:
                return None
            data = self.file.read(size + 2)
            if len(data) != size + 2:
                raise EOFError("connection closed")
            return data[:-2]
        if kind == b":":
            return int(rest)
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            return Refused(rest.decode("utf-8", "replace"))
        if kind == b"*":
            size = int(rest)
            return None if size < 0 else [self.read() for _ in range(size)]
        raise ValueError("not RESP: %r" % line[:40])


def stream(client, key, page=1000):
    """Every entry of a stream as (id, {field: value}), all of them bytes but the id."""
    after = "-"
    while True:
        found = client.call("XRANGE", key, after, "+", "COUNT", page)
        for entry, fields in found:
            yield entry.decode(), dict(zip(fields[::2], fields[1::2]))
        if len(found) < page:
            return
        after = "(" + found[-1][0].decode()


def keys(client, pattern="*", count=2000):
    """Every key that matches, in pages; each key once or more, as SCAN gives them."""
    cursor = b"0"
    while True:
        cursor, found = client.call("SCAN", cursor, "MATCH", pattern, "COUNT", count)
        yield found
        if cursor == b"0":
            return
