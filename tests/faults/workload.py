"""Clients that read and write a few keys through all nodes at once and note when they asked what, when they
were answered, and with what. A client has one connection to the agent of its node, one request under way and
no second attempt. Every value that is written is written once."""
import base64
import http.client
import itertools
import json
import os
import random
import subprocess
import threading
import time

from support.agent import wait_for

from faults.cluster import BUILD

KEYS = [f"register/{n}" for n in range(8)]
TIMEOUT_S = 2.5
CHECK_HISTORY = BUILD / "tests" / "faults" / "check_history"


class client(threading.Thread):
    def __init__(self, load, node, seed):
        super().__init__(daemon=True)
        self.load, self.node, self.random = load, node, random.Random(seed)
        self.name = f"{node.name}/{seed}"
        self.connection = None
        self.known = dict.fromkeys(KEYS, (0, 0))  # what was last read: value, modify index
        self.operations = []  # (key, kind, value, expected, invoked, answered or None)
        self.indexes = []  # of reads that found something: (key, value, modify index, invoked, answered)
        self.acknowledged = {}  # keys that are written once
        self.perhaps = {}
        self.counts = {"answered": 0, "unknown": 0, "refused connection": 0}
        self.surprises = []

    def run(self):
        actions = [(self.read, 25), (self.read_consistent, 15), (self.write, 20), (self.swap, 20), (self.delete, 5),
                   (self.append, 15)]
        actions, weights = zip(*actions)
        while not self.load.ended.wait(self.random.uniform(0, self.load.pause_s)):
            try:
                self.random.choices(actions, weights)[0](self.random.choice(KEYS))
            except Exception as error:  # a thread's own would be lost
                self.surprises.append(f"{self.name}: {error!r}")
                return
        if self.connection:
            self.connection.close()

    def ask(self, method, path, body=None):
        """(invoked, answered, answer): None for no answer, False if it cannot even have been asked."""
        if self.connection is None:
            self.connection = self.node.connection(TIMEOUT_S)
        invoked = time.monotonic_ns()
        try:
            if self.connection.sock is None:
                try:
                    self.connection.connect()
                except OSError:
                    self.counts["refused connection"] += 1
                    self.load.ended.wait(0.05)
                    return invoked, None, False
                invoked = time.monotonic_ns()
            self.connection.request(method, path, body=body)
            response = self.connection.getresponse()
            text = response.read()
            answered = time.monotonic_ns()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.counts["unknown"] += 1
            return invoked, None, None
        if response.status >= 500:
            self.counts["unknown"] += 1
            self.load.errors[text.decode(errors="replace")[:90]] = response.status
            return invoked, None, None
        self.counts["answered"] += 1
        self.load.progress += 1
        return invoked, answered, (response.status, text)

    def write_with(self, key, value, expected=0, **how):
        """A request whose answer is true or false. How it went is noted; True if it was done."""
        invoked, answered, said = self.ask(**how)
        if said is False:
            return False
        if said and (said[0] != 200 or said[1].strip() not in (b"true", b"false")):
            self.surprises.append(f"{self.name}: {how}: {said}")
        done = bool(said) and said[1].strip() == b"true"
        kind = "swap" if "cas=" in how["path"] else "write"
        if said and not done:
            if kind == "write":
                self.surprises.append(f"{self.name}: {how}: {said}")
            kind = "refused"
        self.operations.append((key, kind, value, expected, invoked, answered))
        return done

    def write(self, key):
        value = next(self.load.values)
        self.write_with(key, value, method="PUT", path=f"/v1/kv/{key}", body=str(value))

    def delete(self, key):
        self.write_with(key, 0, method="DELETE", path=f"/v1/kv/{key}")

    def swap(self, key):
        value, (expected, modify_index) = next(self.load.values), self.known[key]
        self.write_with(key, value, expected, method="PUT", path=f"/v1/kv/{key}?cas={modify_index}", body=str(value))

    def append(self, _):
        value = next(self.load.values)
        key = f"log/{value}"
        _, _, said = self.ask("PUT", f"/v1/kv/{key}", str(value))
        if said is not False:
            (self.acknowledged if said else self.perhaps)[key] = value
            if said and said != (200, b"true"):
                self.surprises.append(f"{self.name}: put {key}: {said}")

    def read(self, key, how=None):
        how = self.load.read_how if how is None else how
        invoked, answered, said = self.ask("GET", f"/v1/kv/{key}{how}")
        if not said:
            return
        if said[0] == 404:
            self.known[key] = (0, 0)
        elif said[0] == 200:
            (entry,) = json.loads(said[1])
            self.known[key] = (int(base64.b64decode(entry["Value"])), entry["ModifyIndex"])
            self.indexes.append((key, *self.known[key], invoked, answered))
        else:
            self.surprises.append(f"{self.name}: get {key}: {said}")
            return
        self.operations.append((key, "read", self.known[key][0], 0, invoked, answered))

    def read_consistent(self, key):
        self.read(key, "?consistent")


class workload:
    """Two clients a node, from start() to stop(). After it, check() judges what they saw."""

    def __init__(self, nodes, seed, clients_a_node=2, pause_s=0.02, read_how=""):
        self.nodes, self.pause_s, self.read_how = nodes, pause_s, read_how
        self.ended = threading.Event()
        self.values = itertools.count(1)  # next() of it is one step of the interpreter
        self.progress = 0  # answers so far, about: clients count without a lock
        self.errors = {}  # texts of 5xx answers
        self.clients = [client(self, node, seed * 100 + n) for n, node in enumerate(list(nodes) * clients_a_node)]

    def start(self):
        for each in self.clients:
            each.start()

    def go_on(self, seconds):
        """Lets them work for so long."""
        assert not self.ended.wait(seconds)
        surprises = [line for each in self.clients for line in each.surprises]
        assert not surprises, surprises[:5]

    def wait_until_all_are_answered(self, seconds=20):
        """Every client, whatever node it asks, gets answers again."""
        before = {each: each.counts["answered"] for each in self.clients}
        wait_for(lambda: all(each.counts["answered"] > count + 5 for each, count in before.items()), seconds=seconds,
                 what="an answer for every client")

    def wait_until_written(self, seconds=20):
        """Somebody's write that was asked from now on is acknowledged: seconds until then."""
        began = time.monotonic()

        def is_written():
            return any(kind == "write" and answered and invoked > began * 1e9
                       for each in self.clients for _, kind, _, _, invoked, answered in each.operations[-3:])

        wait_for(is_written, seconds=seconds, every=0.005, what="an accepted write")
        return time.monotonic() - began

    def count(self, what):
        return sum(each.counts[what] for each in self.clients)

    def stop(self):
        self.ended.set()
        for each in self.clients:
            each.join(TIMEOUT_S + 5)
        assert not any(each.is_alive() for each in self.clients)
        surprises = [line for each in self.clients for line in each.surprises]
        assert not surprises, surprises[:5]

    # -- what must be true of it

    def read_through(self, nodes):
        """The last word on every key, through each of the nodes: part of the history."""
        self.ended.clear()
        for each in nodes:
            last = client(self, each, 0)
            for key in KEYS:
                last.read_consistent(key)
            assert len(last.operations) == len(KEYS), f"{each.name} does not answer: {self.errors}"
            assert not last.surprises, last.surprises
            last.connection.close()
            self.clients.append(last)

    def check_acknowledged(self, nodes):
        """Keys that were written once: what was acknowledged is there, and nothing that nobody wrote."""
        acknowledged = {key: value for each in self.clients for key, value in each.acknowledged.items()}
        possible = dict(acknowledged)
        for each in self.clients:
            possible.update(each.perhaps)
        assert acknowledged
        for each in nodes:
            found = {entry["Key"]: int(base64.b64decode(entry["Value"]))
                     for entry in each.get("/v1/kv/log/?recurse&consistent", timeout=10).json()}
            lost = {key for key, value in acknowledged.items() if found.get(key) != value}
            assert not lost, f"{each.name} lacks {len(lost)} acknowledged writes, such as {sorted(lost)[:5]}"
            invented = {key for key, value in found.items() if possible.get(key) != value}
            assert not invented, f"{each.name} has {sorted(invented)[:5]}, which nobody wrote"

    def check_indexes(self):
        """A key's modify index stands for one value and never falls from one answer to a later question."""
        values = {}
        reads = sorted((read for each in self.clients for read in each.indexes), key=lambda read: read[3])
        for key in KEYS:
            own = [read for read in reads if read[0] == key]
            by_answer = sorted(own, key=lambda read: read[4])
            highest, n = 0, 0
            for _, value, modify_index, invoked, _ in own:
                assert values.setdefault((key, modify_index), value) == value, f"{key}: two values at {modify_index}"
                while by_answer[n][4] < invoked:
                    highest, n = max(highest, by_answer[n][2]), n + 1
                assert modify_index >= highest, f"{key}: index {modify_index} was read after {highest}"

    def check_linearizable(self, directory):
        history = os.path.join(directory, "history")
        with open(history, "w") as file:
            for each in self.clients:
                for *words, answered in each.operations:
                    print(*words, "-" if answered is None else answered, file=file)
        verdict = subprocess.run([CHECK_HISTORY, history], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert verdict.returncode == 0, verdict.stdout
        return verdict.stdout
