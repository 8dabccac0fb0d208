#!/usr/bin/env python3
"""monitoring.py ROOT PROGRAM TEST_METRICS: what deploy/ has for Prometheus and Grafana: the rules
pass promtool and their own tests; every metric that a rule or a panel names exists; a real
Prometheus scrapes a running daemon, with its token, and has an answer to every panel; Alertmanager
takes its configuration; compose.yaml hangs together, its callers get in, and Compose has nothing
against it. Parts whose tool is missing are left out with a word (Debian packages prometheus,
prometheus-alertmanager, docker-compose; PyYAML).
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from support.desk import Desk, until  # noqa: E402

ROOT, PROGRAM, TEST_METRICS = sys.argv[1:4]
TOKEN = "0123456789abcdef0123456789abcdef"


def read(path):
    with open(os.path.join(ROOT, "deploy", path), encoding="utf-8") as f:
        return f.read()


def board():
    return json.loads(read("grafana/dashboards/dupd.json"))


def targets():
    return [t for p in board()["panels"] for t in p["targets"]]


def metrics_exist():
    text = subprocess.run([TEST_METRICS, "metrics"], capture_output=True, check=True, text=True).stdout
    known = set(re.findall(r"^# TYPE (\S+)", text, re.M)) | {"up"}
    known |= {k + e for k in known for e in ("_bucket", "_sum", "_count")}
    rules = read("prometheus/dupd.rules.yml")
    in_rules = re.findall(r"^ {8}expr: (>\n(?: {10}.*\n)+|.*\n)", rules, re.M)
    assert len(in_rules) == rules.count("- alert:"), in_rules
    asked = [t["expr"] for t in targets()] + in_rules
    used = {name for e in asked for name in re.findall(r"\b(?:dupd|process)_\w+", re.sub(r'"[^"]*"', "", e))}
    assert len(used) >= 20 and used <= known, (len(used), used - known)
    ids = [p["id"] for p in board()["panels"]]
    assert len(ids) == len(set(ids)) and board()["uid"] == "dupd-overview"


def panels_ask_the_provisioned_source():
    provisioned = re.findall(r"^ +uid: (\S+)$", read("grafana/provisioning/datasources/prometheus.yaml"), re.M)
    named = [x["datasource"] for x in board()["panels"] + board()["templating"]["list"]] + [t["datasource"] for t in targets() if "datasource" in t]
    assert len(provisioned) == 1 and len(named) > 10 and all(d == {"type": "prometheus", "uid": provisioned[0]} for d in named), (provisioned, named)


def panels_have_answers(query):
    """query(expression): the labels of each series in Prometheus's answer; an error is raised."""
    instances = [v["query"]["query"] for v in board()["templating"]["list"] if v["name"] == "instance"]
    metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", instances[0]).groups()
    assert label in query(metric)[0], metric
    for target in targets():
        # what Grafana puts in, and without the threshold that hides what is 0
        expression = target["expr"].replace("$__rate_interval", "30s").replace("$instance", ".*")
        assert "$" not in expression, expression
        query(expression)
        labels = until(lambda: query(re.sub(r" > 0$", "", expression)), "an answer to " + expression)  # pylint: disable=cell-var-from-loop
        for name in re.findall(r"\{\{ *(\w+) *\}\}", target.get("legendFormat", "")):
            assert all(name in one for one in labels), (name, expression, labels)


def rules_hold():
    for arguments in [["check", "rules", "dupd.rules.yml"], ["test", "rules", "dupd.rules.test.yml"]]:
        got = subprocess.run(["promtool", *arguments], cwd=ROOT + "/deploy/prometheus", capture_output=True, text=True, check=False)
        assert got.returncode == 0, got.stdout + got.stderr
    named = set(re.findall(r"alert: (\w+)", read("prometheus/dupd.rules.yml")))
    tested = set(re.findall(r"alertname: (\w+)", read("prometheus/dupd.rules.test.yml")))
    assert named == tested, named ^ tested


def prometheus_scrapes():
    directory = tempfile.mkdtemp(prefix="dupd-prometheus-")
    try:
        with Desk(PROGRAM, token=TOKEN) as desk:
            config = read("prometheus/prometheus.yml").replace("dupd:8080", f"127.0.0.1:{desk.port}").replace("/run/secrets/dupd_http_token", desk.directory + "/token").replace("15s", "1s")
            for name in ["dupd.rules.yml"]:
                shutil.copy(f"{ROOT}/deploy/prometheus/{name}", directory)
            with open(directory + "/prometheus.yml", "w", encoding="utf-8") as f:
                f.write(config)
            got = subprocess.run(["promtool", "check", "config", directory + "/prometheus.yml"], capture_output=True, text=True, check=False)
            assert got.returncode == 0, got.stdout + got.stderr
            with open(ROOT + "/deploy/samples/articles.jsonl", encoding="utf-8") as f:
                desk.add([json.loads(line) for line in f])
            with open(directory + "/log", "wb") as log:
                server = subprocess.Popen(["prometheus", f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/data", "--web.listen-address=127.0.0.1:0"], stderr=log, stdout=log)
            try:
                def listening():
                    with open(directory + "/log", encoding="utf-8") as f:
                        return re.search(r"Listening on.*address=127\.0\.0\.1:(\d+)", f.read())

                port = until(listening, "Prometheus listens").group(1)

                def ask(expression):
                    try:
                        return [float(x["value"][1]) for x in series(expression)]
                    except urllib.error.HTTPError:
                        return []  # starting

                def series(expression):
                    query = urllib.parse.urlencode({"query": expression})
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/query?{query}", timeout=60) as r:
                        return json.load(r)["data"]["result"]

                until(lambda: ask('up{job="dupd"}') == [1], "the target is up")
                until(lambda: ask("sum(dupd_articles_total)") == [30], "the articles are counted")
                assert ask('sum(dupd_alerts_total{credited="false"})')[0] >= 1
                assert ask("dupd_end_to_end_seconds_count") == [30]
                panels_have_answers(lambda expression: [x["metric"] for x in series(expression)])
            finally:
                server.terminate()
                server.wait(60)
    finally:
        shutil.rmtree(directory)


def those_who_call_get_in():
    """The daemon as compose.yaml starts it answers the names by which its callers know it."""
    hosts = re.search(r'"--http-hosts", "([^"]+)"', read("compose.yaml")).group(1)
    health = re.search(r'HEALTHCHECK .*"http://([^/"]+)(/[^"]*)"', read("Dockerfile")).groups()
    target = re.search(r'targets: \["(dupd:\d+)"\]', read("prometheus/prometheus.yml")).group(1)
    page = re.search(r"Dashboard at http://([^/ ]+)", read("compose.yaml")).group(1)
    with Desk(PROGRAM, "--http-hosts", hosts, token=TOKEN) as desk:
        for host, path, token in [(*health, False), (target, "/metrics", True),
                                  (page, "/login", False)]:
            status = desk.ask("GET", path, headers={"Host": host}, token=token)[0]
            assert status == 200, (host, path, status)
        assert desk.ask("GET", "/metrics", headers={"Host": "evil.example"})[0] == 403


def redis_that_is_needed():
    """What the rule DupdRedisDown stands on: a Redis that never came, and none at all."""
    def figures(desk, name):
        text = desk.ask("GET", "/metrics")[2].decode()
        return dict(re.findall(rf'^{name}{{role="(\w+)"}} (\d)$', text, re.M))

    none = {"queue": "0", "store": "0", "view": "0"}
    away = ["--redis", "redis://127.0.0.1:1/0"]
    with Desk(PROGRAM, *away, store=False) as desk:
        assert figures(desk, "dupd_redis_used") == {k: "1" for k in none}
        assert figures(desk, "dupd_redis_up") == none
    with Desk(PROGRAM, *away) as desk:
        assert figures(desk, "dupd_redis_used") == {**none, "queue": "1"}
    with Desk(PROGRAM) as desk:
        assert figures(desk, "dupd_redis_used") == none


def alertmanager_takes_it():
    got = subprocess.run(["amtool", "check-config", ROOT + "/deploy/alertmanager/alertmanager.yml"], capture_output=True, text=True, check=False)
    assert got.returncode == 0, got.stdout + got.stderr


def compose_takes_it():
    """docker-compose 1 knows all of the file but the name of the project."""
    version = subprocess.run(["docker-compose", "--version"], capture_output=True, text=True, check=True).stdout
    text = read("compose.yaml")
    if re.search(r"version 1\.", version):
        text = re.sub(r"^name: .*$", "", text, flags=re.M)
    got = subprocess.run(["docker-compose", "--project-directory", ROOT + "/deploy", "-f", "-", "config", "-q"], input=text, capture_output=True, text=True, check=False)
    assert got.returncode == 0, got.stdout + got.stderr


def compose_hangs_together():
    import yaml
    compose = yaml.safe_load(read("compose.yaml"))
    command = compose["services"]["dupd"]["command"]
    for word in command:
        if word.startswith("--"):
            listed = subprocess.run([PROGRAM, "serve", "--help"], capture_output=True, text=True, check=True).stdout
            assert word in listed, word
    for name, service in compose["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in compose["volumes"] if not source.startswith(".") else os.path.exists(f"{ROOT}/deploy/{source}"), (name, volume)
        for secret in service.get("secrets", []):
            assert secret in compose["secrets"]
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        assert service.get("restart") == "unless-stopped", name
    for path in ["grafana/provisioning/datasources/prometheus.yaml", "grafana/provisioning/dashboards/dupd.yaml", "alertmanager/alertmanager.yml"]:
        assert yaml.safe_load(read(path))


def main():
    tests = [(metrics_exist, []), (panels_ask_the_provisioned_source, []), (those_who_call_get_in, []),
             (redis_that_is_needed, []), (rules_hold, ["promtool"]), (prometheus_scrapes, ["promtool", "prometheus"]),
             (alertmanager_takes_it, ["amtool"]), (compose_takes_it, ["docker-compose"])]
    for test, tools in tests:
        missing = [t for t in tools if not shutil.which(t)]
        if not missing:
            test()
        print("left out" if missing else "ok", test.__name__, *missing, flush=True)
    try:
        compose_hangs_together()
        print("ok compose_hangs_together")
    except ImportError:
        print("left out compose_hangs_together: no PyYAML")


main()
