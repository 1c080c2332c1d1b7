#!/usr/bin/env python3
"""Runs the tests that come with Consul's official Go client against a troupe binary.

    run.py BINARY              the tests of must_pass.txt; exit 1 if one fails
    run.py BINARY --all        all of the client's tests; says how many pass
    run.py BINARY --only RE    tests whose name matches, with their output if they fail

The test programs are compiled once and kept below the cache directory. Each test is a process of its
own and starts the binary itself, under the name `consul`.
"""
import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = {
    "api": "github.com/hashicorp/consul/api",
    "watch": "github.com/hashicorp/consul/api/watch",
}
TEST_SECONDS_MAX = 90
# An agent that starts on a busy machine may miss one of the client's fixed times: tried again, alone.
TRIES = 3


def go(*args):
    return subprocess.run(["go", *args], cwd=HERE, check=True, stdout=subprocess.PIPE, text=True).stdout


def compiled():
    """The folder with one test program a package."""
    key = hashlib.sha256((HERE / "go.sum").read_bytes() + go("version").encode()).hexdigest()[:16]
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    folder = cache / "troupe" / f"official-go-client-{key}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, package in PACKAGES.items():
        program = folder / f"{name}.test"
        if not program.exists():
            print(f"compiling the tests of {package}", flush=True)
            fresh = folder / f"{name}.fresh"
            go("test", "-c", "-o", str(fresh), package)
            fresh.rename(program)
    return folder


def all_tests(programs):
    names = []
    for package in PACKAGES:
        listed = subprocess.run([programs / f"{package}.test", "-test.list", "^Test"], check=True,
                                stdout=subprocess.PIPE, text=True).stdout
        names += [f"{package}.{line}" for line in listed.split() if line.startswith("Test")]
    return names


class runner:
    def __init__(self, programs, binary, scratch):
        self.programs = programs
        self.scratch = pathlib.Path(scratch)
        (self.scratch / "bin").mkdir()
        (self.scratch / "bin" / "consul").symlink_to(binary)
        (self.scratch / "tmp").mkdir()
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("CONSUL_")}
        self.environment["PATH"] = f"{self.scratch / 'bin'}:{self.environment['PATH']}"
        self.environment["TMPDIR"] = str(self.scratch / "tmp")

    def run(self, test):
        """(passed, output) of one test in a process group of its own."""
        package, name = test.split(".", 1)
        command = [self.programs / f"{package}.test", "-test.run", f"^{name}$", "-test.v"]
        child = subprocess.Popen(command, cwd=self.scratch, env=self.environment, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            output, _ = child.communicate(timeout=TEST_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            output, _ = child.communicate()
            output += b"\n(took longer than %d s)" % TEST_SECONDS_MAX
        try:
            os.killpg(child.pid, signal.SIGKILL)  # agents that the test left behind
        except ProcessLookupError:
            pass
        text = output.decode(errors="replace")
        passed = child.returncode == 0 and re.search(rf"^--- PASS: {name} ", text, re.M) is not None
        return passed, text

    def run_all(self, tests, jobs):
        failed = {}
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            for test, (passed, output) in zip(tests, pool.map(self.run, tests)):
                if not passed:
                    failed[test] = output
        if len(failed) <= 25:
            for _ in range(TRIES - 1):
                for test in list(failed):
                    passed, output = self.run(test)
                    if passed:
                        print(f"passed when tried again: {test}")
                        del failed[test]
        return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if not shutil.which("go"):
        sys.exit("no go on this machine: tests/run installs one")
    programs = compiled()
    must_pass = [line for line in (HERE / "must_pass.txt").read_text().split("\n") if line and line[0] != "#"]
    tests = all_tests(programs) if options.all or options.only else must_pass
    if options.only:
        tests = [test for test in tests if re.search(options.only, test)]
    with tempfile.TemporaryDirectory(prefix="official") as scratch:
        failed = runner(programs, options.binary.resolve(), scratch).run_all(tests, options.jobs)
    for test, output in failed.items():
        print(f"failed: {test}")
        if options.only or not options.all:
            print("    " + "\n    ".join(output.strip().split("\n")[-30:]))
    print(f"official Go client: {len(tests) - len(failed)} passed, {len(failed)} failed")
    broken = [test for test in failed if test in must_pass]
    return 1 if broken or (options.only and failed) else 0


if __name__ == "__main__":
    sys.exit(main())
