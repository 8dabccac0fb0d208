"""desk.py: a daemon with its HTTP port, owned by a test: `with Desk(program, ...) as desk`.

Runs `dupd serve --http 127.0.0.1:0` on a store in a temporary directory, reads the port from its
log, and ends it by SIGTERM; an exit status other than 0 (a sanitizer's, say) fails the test. Waits
by asking, never by sleeping for a fixed time.
"""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PATIENCE = 60  # seconds, for everything that must happen some time


def until(condition, what):
    """Asks until the answer is true, and returns it."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"did not happen within {PATIENCE} s: {what}")


class Desk:
    def __init__(self, program, *options, token=None, directory=None, port=0, store=True):
        self.program, self.options, self.token = program, list(options), token
        self.own = directory is None
        self.directory = directory or tempfile.mkdtemp(prefix="dupd-desk-")
        self.port, self.process, self.store = port, None, store

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def start(self):
        options = ["--http", f"127.0.0.1:{self.port}", "--log-format", "logfmt", *self.options]
        if self.store:
            options += ["--store", self.directory + "/store"]
        if self.token:
            path = self.directory + "/token"
            with open(path, "w", encoding="ascii") as f:
                f.write(self.token + "\n")
            options += ["--http-token-file", path]
        self.log = open(self.directory + "/log", "ab")  # pylint: disable=consider-using-with
        self.process = subprocess.Popen([self.program, "serve", *options], stderr=self.log)
        seen = os.path.getsize(self.directory + "/log")

        def port():
            if self.process.poll() is not None:
                raise AssertionError("the daemon has ended: " + self.log_text()[-2000:])
            return re.search(r"event=http_up .*port=(\d+)", self.log_text()[seen:])

        self.port = int(until(port, "a port in the log").group(1))

    def log_text(self):
        with open(self.directory + "/log", encoding="utf-8", errors="replace") as f:
            return f.read()

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        status = self.process.wait(PATIENCE)
        self.log.close()
        self.process = None
        if how == signal.SIGTERM and status != 0:
            raise AssertionError(f"the daemon ended with {status}: " + self.log_text()[-3000:])

    def __exit__(self, kind, error, trace):
        try:
            if self.process:
                self.stop()
        finally:
            if self.process and self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            if self.own:
                shutil.rmtree(self.directory, ignore_errors=True)

    # ---- asking ----

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        return s

    def ask(self, method, path, body=None, headers=None, token=True):
        """Status, headers in lower case, body as bytes."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = dict(headers or {})
        if token and self.token:
            headers.setdefault("Authorization", "Bearer " + self.token)
        c.request(method, path, body.encode() if isinstance(body, str) else body, headers)
        r = c.getresponse()
        data = r.read()
        c.close()
        return r.status, {k.lower(): v for k, v in r.getheaders()}, data

    def json(self, path, status=200):
        got, _, body = self.ask("GET", path)
        assert got == status, (path, got, body[:300])
        return json.loads(body)

    def post(self, path, body, kind="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        status, _, answer = self.ask("POST", path, data, {"Content-Type": kind})
        return status, answer

    def add(self, articles):
        """Adds articles, one a line; returns the answers."""
        lines = "".join(json.dumps(a) + "\n" for a in articles).encode()
        status, answer = self.post("/api/v1/articles", lines, "application/x-ndjson")
        assert status == 200, (status, answer[:300])
        return [json.loads(line) for line in answer.splitlines()]
