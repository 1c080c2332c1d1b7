#!/usr/bin/env python3
"""Holds the tree to its own rules: who may include whom, which names stand where, what lies at the root."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
AT_ROOT = {"CMakeLists.txt", "README.md", "actors", "messages", "storage", "gateway", "bench", "tests", "deploy"}

# A folder includes itself and what stands left of it; tests and bench include all and nobody them.
ORDER = ["messages", "storage", "actors", "gateway", "deploy"]
# Concerns of actors/ that every other may include.
SHARED_ACTORS = {"runtime"}
FILE_LINES_MAX = 900

BANNED = [
    # (what, where it may stand, why)
    (r"steady_clock::now|system_clock::now", ("actors/runtime/", "bench/", "tests/", "gateway/cli/", "actors/raft/raft_peer"),
     "time enters through actors/runtime"),
    (r"random_device|\brand\(", ("actors/runtime/", "bench/", "tests/"), "randomness enters through actors/runtime"),
    (r"sleep_for|sleep_until", (), "nothing sleeps: wait for a condition"),
    # A sink of spdlog takes its lock as a type.
    (r"std::thread\b(?!::hardware_concurrency)|std::mutex\b",
     ("actors/runtime/", "bench/", "tests/", "deploy/agent/log_lines"),
     "threads belong to actors/runtime"),
    (r"caf/all\.hpp", (), "it makes every file slow to compile"),
]
FOREIGN = [
    # (folder, what it never includes)
    ("messages/", r"<(caf|boost|lmdb)"),
    ("storage/", r"<(caf|boost)"),
    ("gateway/", r'"storage/'),
]


def files():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True,
                            stdout=subprocess.PIPE, text=True).stdout.split("\n")
    return [name for name in listed if name and (ROOT / name).is_file()]


def include_faults(name, text):
    top = name.split("/")[0]
    if top not in ORDER:
        return
    for line, path in re.findall(r'^(#include "([^"]+)")', text, re.M):
        into = path.split("/")[0]
        if into in ("tests", "bench"):
            yield f"{name}: {line}: nobody includes {into}/"
        elif into in ORDER and ORDER.index(into) > ORDER.index(top):
            yield f"{name}: {line}: {top}/ stands left of {into}/"
        elif top == into == "actors" and path.count("/") > 1:
            own, theirs = name.split("/")[1], path.split("/")[1]
            if theirs != own and theirs not in SHARED_ACTORS and (own, theirs) not in AGREED:
                yield f"{name}: {line}: an actor talks to another concern by messages"
        elif top == "gateway" and into == "actors" and path.count("/") > 1 and path.split("/")[1] not in SHARED_ACTORS:
            yield f"{name}: {line}: the gateway knows actors by interfaces.hpp alone"
    if "<caf/" in text and "<boost/beast" in text:
        yield f"{name}: CAF and Beast in one file take half a minute to compile"
    if re.search(r"_core\.(hpp|cpp)$", name) and re.search(r"<(caf|boost|spdlog|thread|mutex)", text):
        yield f"{name}: a core is pure"
    for folder, pattern in FOREIGN:
        if name.startswith(folder) and (found := re.search(r"#include " + pattern + ".*", text)):
            yield f"{name}: {found.group(0)}: not in {folder}"


# Pure functions of one concern that another uses, each for a reason its README gives.
AGREED = {("registry", "health"), ("events", "gossip")}


def faults():
    for path in ROOT.iterdir():
        visible = not path.name.startswith(".") and not path.name.startswith("build")
        if visible and path.name not in AT_ROOT:
            yield f"{path.name}: not at the root"
    for name in files():
        if not name.endswith((".hpp", ".cpp")):
            continue
        text = (ROOT / name).read_text()
        yield from include_faults(name, text)
        for pattern, where, why in BANNED:
            if not name.startswith(tuple(where) or ("\0",)) and (found := re.search(pattern, text)):
                yield f"{name}: {found.group(0)}: {why}"
        if text.count("\n") > FILE_LINES_MAX:
            yield f"{name}: {text.count(chr(10))} lines: a concern that has become two"


def main():
    found = list(faults())
    print("\n".join(found) or "the tree is tidy")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
