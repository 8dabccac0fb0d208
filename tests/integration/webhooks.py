#!/usr/bin/env python3
"""webhooks.py PROGRAM SAMPLES: alerts of a running daemon arrive at real receivers: signed, again
after failures, over TLS, for Slack and Alertmanager, in digests; redirects are not followed, and a
receiver that never answers keeps nobody waiting; what cannot work is refused at the start. A real
Alertmanager takes them and shows them too; left out with a word where there is none (Debian package
prometheus-alertmanager).
"""
import hashlib
import hmac
import http.server
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from support.desk import Desk, until  # noqa: E402

PROGRAM, SAMPLES = sys.argv[1], sys.argv[2]
SECRET = "the secret of this test"


class Receiver:
    """Answers with the statuses given, one after the other, then with 204; keeps what came."""

    def __init__(self, *statuses, certificate=None, location=None):
        self.got, self.statuses = [], list(statuses)
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, dict(self.headers), body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate + "/cert.pem", certificate + "/key.pem")
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def bodies(self):
        return [json.loads(body) for _, _, body in self.got]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def articles():
    with open(SAMPLES, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def results(desk):
    text = desk.ask("GET", "/metrics")[2].decode()
    return {line.split('"')[1]: int(line.split()[1]) for line in text.splitlines() if line.startswith("dupd_webhook_deliveries_total{")}


def signed_and_again(directory):
    """Two failures, then it is taken; all of them are the same alert, rightly signed."""
    receiver = Receiver(500, 429)
    with open(directory + "/secret", "w", encoding="ascii") as f:
        f.write(SECRET + "\n")
    with Desk(PROGRAM, "--webhook", f"http://127.0.0.1:{receiver.port}/hook", "--webhook-secret-file", directory + "/secret") as desk:
        answers = desk.add(articles())
        copies = sorted(a["id"] for a in answers if a["copy"])
        until(lambda: results(desk)["delivered"] == len(copies), "all alerts are delivered")
        assert results(desk)["retried"] == 2, results(desk)
        desk.add(articles())  # replays: no new alert
        assert sorted({b["alerts"][0]["id"] for b in receiver.bodies()}) == copies
        assert len(receiver.got) == len(copies) + 2
    for path, fields, body in receiver.got:
        wanted = hmac.new(SECRET.encode(), (fields["X-Dupd-Timestamp"] + ".").encode() + body, hashlib.sha256).hexdigest()
        assert path == "/hook" and fields["X-Dupd-Signature"] == "sha256=" + wanted, fields
        assert SECRET.encode() not in body
    receiver.close()


def for_slack_and_only_uncredited(_):
    receiver, moved = Receiver(), Receiver()
    redirecting = Receiver(307, 307, 307, 307, location=f"http://127.0.0.1:{moved.port}/elsewhere")
    hostile = articles()
    hostile[3]["title"] = "<!channel> & <https://evil.example|click>"
    urls = [f"http://127.0.0.1:{receiver.port}/",
            f"http://me:pass-word@127.0.0.1:{redirecting.port}/hook-path"]
    with Desk(PROGRAM, "--webhook", *urls, "--webhook-format", "slack",
              "--webhook-uncredited") as desk:
        desk.add(hostile)
        until(lambda: results(desk)["delivered"] == 2 and results(desk)["failed"] == 2, "two to each")
        log = desk.log_text()
    wanted = (f"webhook 2 (http://127.0.0.1:{redirecting.port}): an alert was not delivered, "
              "in 1 attempt: the answer was HTTP 307")
    assert wanted in log and "hook-path" not in log and "pass-word" not in log, log
    texts = [b["text"] for b in receiver.bodies()]
    assert len(texts) == 2 and all("no credit to AP" in t for t in texts), texts
    assert any("&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;" in t for t in texts), texts
    assert not moved.got, "a redirect was followed"
    for r in (receiver, moved, redirecting):
        r.close()


def for_alertmanager_in_a_digest(_):
    receiver = Receiver()
    with Desk(PROGRAM, "--webhook", f"http://127.0.0.1:{receiver.port}/api/v2/alerts", "--webhook-format", "alertmanager", "--webhook-digest", "1s") as desk:
        copies = sum(a["copy"] for a in desk.add(articles()))
        until(lambda: sum(len(b) for b in receiver.bodies()) == copies, "all alerts, in fewer messages")
        assert len(receiver.got) < copies
    for alert in receiver.bodies()[0]:
        assert alert["labels"]["alertname"] == "DupdCopy" and alert["annotations"]["summary"], alert
        assert all(isinstance(v, str) for v in alert["labels"].values())
    receiver.close()


def alertmanager():
    return shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")


def taken_by_a_real_alertmanager(directory):
    """With deploy's configuration: each alert stands there once, with its labels, hostile ones too."""
    config = os.path.join(os.path.dirname(SAMPLES), "..", "alertmanager", "alertmanager.yml")
    command = [alertmanager(), "--config.file=" + config, f"--storage.path={directory}/alertmanager", "--web.listen-address=127.0.0.1:0", "--cluster.listen-address="]
    with open(directory + "/alertmanager.log", "wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        def log_text():
            with open(directory + "/alertmanager.log", encoding="utf-8", errors="replace") as f:
                text = f.read()
            assert server.poll() is None, text
            return text

        port = until(lambda: re.search(r"[Ll]istening.*address=127\.0\.0\.1:(\d+)", log_text()), "Alertmanager listens").group(1)
        url = f"http://127.0.0.1:{port}/api/v2/alerts"

        def shown():
            with urllib.request.urlopen(url, timeout=60) as r:
                return json.load(r)

        def ready():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=60) as r:
                    return r.status == 200
            except urllib.error.URLError:
                return False

        hostile = articles()
        names = {hostile[3]["source"]: 'a "b"\n{c="d"}\\ \u00e9\u2028\U0001f600 ' + "x" * 300, hostile[1]["source"]: "=~"}
        for a in hostile:
            a["source"] = names.get(a["source"], a["source"])
        until(ready, "it is ready")
        with Desk(PROGRAM, "--webhook", url, "--webhook-format", "alertmanager") as desk:
            copies = sum(a["copy"] for a in desk.add(hostile))
            until(lambda: results(desk)["delivered"] == copies, "it takes all of them")
            until(lambda: len(desk.json("/api/v1/alerts")["alerts"]) == copies, "the view has them too")
            wanted = desk.json("/api/v1/alerts")["alerts"]
            got = results(desk)
            assert got["retried"] == 0 and got["failed"] == 0, got
        credited = {True: "true", False: "false", None: "none"}
        labels = [{"alertname": "DupdCopy", "severity": "warning" if w["credited"] is False else "info", "story": str(w["story"]), "outlet": w["source"],
                   "verdict": w["verdict"], "agency": w["agency"] or "none", "credited": credited[w["credited"]]} for w in wanted]
        until(lambda: len(shown()) == len(labels), "it shows all of them")
        there = shown()

        def order(some):
            return sorted(some, key=lambda x: (x["story"], x["outlet"]))

        assert order(a["labels"] for a in there) == order(labels), (there, labels)
        assert any(a["labels"]["severity"] == "warning" for a in there) and any(name in [x["outlet"] for x in labels] for name in names.values()), labels
        assert {a["annotations"]["summary"] for a in there} == {w["title"] for w in wanted}, there
        assert all(a["status"]["state"] in ("active", "unprocessed") and a["receivers"] == [{"name": "nobody"}] for a in there), there
    finally:
        server.terminate()
        server.wait(60)


def over_tls(directory):
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                           "-keyout", directory + "/key.pem", "-out", directory + "/cert.pem"], capture_output=True, check=False)
    assert made.returncode == 0, made.stderr
    receiver = Receiver(certificate=directory)
    url = f"https://127.0.0.1:{receiver.port}/"
    with Desk(PROGRAM, "--webhook", url, "--webhook-ca", directory + "/cert.pem") as desk:
        copies = sum(a["copy"] for a in desk.add(articles()))
        until(lambda: results(desk)["delivered"] == copies, "delivered over TLS")
    count = len(receiver.got)
    with Desk(PROGRAM, "--webhook", url) as desk:  # an authority that is not known
        desk.add(articles())
        until(lambda: results(desk)["retried"] > 0, "the certificate is refused")
    assert len(receiver.got) == count
    receiver.close()


def nobody_waits_for_a_dead_one(_):
    """A receiver that takes connections and says nothing: articles flow, and the end is quick."""
    silent = socket.create_server(("127.0.0.1", 0))
    with Desk(PROGRAM, "--webhook", f"http://127.0.0.1:{silent.getsockname()[1]}/") as desk:
        answers = desk.add(articles())
        assert sum("verdict" in a for a in answers) == len(answers)
    silent.close()


def refused_at_the_start(directory):
    """Settings that could never work: exit 78, with the option and the reason, and no secret."""
    with open(directory + "/empty", "wb"):
        pass
    empty, fine = directory + "/empty", ["--webhook", "http://a.example/"]
    for options, wanted in [
            (["--webhook", "file:///hook-path"], "--webhook: address 1 does not begin with"),
            (fine + ["http://"], "--webhook: address 2 cannot be called: No host"),
            (["--webhook", "https://me:pass-word@/"], "--webhook: address 1 cannot be called: No"),
            (fine + ["--webhook-ca", "/nonexistent"], "--webhook-ca: /nonexistent cannot be read"),
            (fine + ["--webhook-ca", empty], f"--webhook-ca: {empty} has no certificate"),
            (fine + ["--webhook-secret-file", empty], "check --webhook-secret-file")]:
        got = subprocess.run([PROGRAM, "serve", "--store", directory + "/store", *options],
                             capture_output=True, text=True, timeout=60, check=False)
        assert got.returncode == 78 and wanted in got.stderr, (options, got)
        assert "pass-word" not in got.stderr and "hook-path" not in got.stderr, got


def main():
    directory = tempfile.mkdtemp(prefix="dupd-webhook-")
    try:
        for test in [signed_and_again, for_slack_and_only_uncredited, for_alertmanager_in_a_digest,
                     taken_by_a_real_alertmanager, over_tls, nobody_waits_for_a_dead_one,
                     refused_at_the_start]:
            if test is taken_by_a_real_alertmanager and not alertmanager():
                print("left out", test.__name__, flush=True)
                continue
            test(directory)
            print("ok", test.__name__, flush=True)
    finally:
        shutil.rmtree(directory)


main()
