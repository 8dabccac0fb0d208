#!/usr/bin/env python3
"""docker_context.py ROOT: what "docker build -f deploy/Dockerfile ." is sent, by .dockerignore: no
build directory, no history, no secret of compose.yaml, and all that the image is built from: CMake
configures a copy that has nothing else, knows how to make every target there, and finds what it is
to install. Needs no Docker; the last part is left out with a word where there is no ninja.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = sys.argv[1]
# what a working tree may have besides the sources, and the image must not
PLANTED = ["build/release/CMakeCache.txt", "build/quickstart/store/articles.db", ".git/config",
           ".env", "redis-password", "deploy/redis-password", "deploy/http-token.old",
           "node_modules/playwright-core/index.js", "src/cli/main.c.o", "src/__pycache__/x.pyc"]


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def matcher(pattern):
    """A pattern of .dockerignore as a regular expression for a path, or for what lies above it."""
    text, wild = "", {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    for part in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", pattern.strip("/")):
        text += wild.get(part) or re.escape(part)
    return re.compile(f"(?:{text})(?:/.*)?")


def rules():
    """(is it sent, matcher) of each line; the last that matches counts."""
    if not os.path.exists(ROOT + "/.dockerignore"):
        return []
    lines = [line.strip() for line in read(".dockerignore").splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    return [(line.startswith("!"), matcher(line.lstrip("!"))) for line in lines]


def sent(paths):
    known = rules()

    def is_sent(path):
        return next((verdict for verdict, m in reversed(known) if m.fullmatch(path)), True)

    return [p for p in paths if is_sent(p)]


def tree():
    for folder, _, names in os.walk(ROOT):
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), ROOT)


def secrets():
    found = re.findall(r"file: \./([\w./-]+)", read("deploy/compose.yaml"))
    assert found, "compose.yaml has no secret in a file"
    return ["deploy/" + name for name in found]


def nothing_else_is_sent():
    leaked = sent(PLANTED + secrets())
    assert not leaked, leaked
    places = {p.split("/")[0] for p in sent(tree())}
    assert "src" in places and not places & {"build", ".git", "tests", "bench"}, places


def secrets_are_not_committed():
    ignored = read(".gitignore").splitlines()
    assert all("/" + s in ignored for s in secrets()), ignored
    assert "/build/" in ignored and "node_modules/" in ignored


def the_image_can_be_built():
    docker = read("deploy/Dockerfile")
    options = re.search(r"cmake --preset release (.*?)\s*\\?$", docker, re.M).group(1).split()
    with tempfile.TemporaryDirectory(prefix="dupd-context-") as copy:
        copy = os.path.realpath(copy)
        for path in sent(tree()):
            os.makedirs(os.path.dirname(os.path.join(copy, path)), exist_ok=True)
            shutil.copy(os.path.join(ROOT, path), os.path.join(copy, path))
        for line in re.findall(r"^COPY (?!--)(\S+) \S+$", docker, re.M):
            assert os.path.exists(os.path.join(copy, line)), line
        for arguments in [["--preset", "release", *options],
                          ["--build", "--preset", "release", "--", "-n"]]:
            got = subprocess.run(["cmake", *arguments], cwd=copy, capture_output=True, text=True,
                                 check=False)
            assert got.returncode == 0, (arguments, got.stdout[-2000:] + got.stderr[-2000:])
        installed = set()
        for folder, _, names in os.walk(copy + "/build/release"):
            for name in names:
                if name == "cmake_install.cmake":
                    with open(os.path.join(folder, name), encoding="utf-8") as f:
                        installed |= set(re.findall(rf'"({re.escape(copy)}/[^"$;]+)"', f.read()))
        installed = {p for p in installed if not p.startswith(copy + "/build/")}
        missing = [p for p in installed if not os.path.exists(p)]
        assert len(installed) >= 6 and not missing, (installed, missing)


def main():
    nothing_else_is_sent()
    secrets_are_not_committed()
    if shutil.which("ninja"):
        the_image_can_be_built()
    else:
        print("left out the_image_can_be_built: no ninja")
    print("ok")


main()
