"""Members of a gossip pool as processes: Debian's unmodified `serf agent`, and gossip_node, which is
troupe's gossip_member with a prompt. Both are driven alike, so that a test need not say which it is.
"""
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import threading

from support.agent import wait_for
from support.ports import free_port

GOSSIP_NODE = pathlib.Path(os.environ.get("BUILD_DIR") or pathlib.Path(__file__).resolve().parents[2] / "build"
                           ) / "tests" / "gossip" / "gossip_node"


def own_network():
    """A function that gives addresses 127.a.b.1, 127.a.b.2, ... of a loopback network of this test's own."""
    first = f"127.{random.randint(1, 250)}.{random.randint(1, 250)}"
    count = 0

    def next_address():
        nonlocal count
        count += 1
        return f"{first}.{count}"

    return next_address


class member:
    """What both kinds have."""

    def __init__(self, name, address, port=None, tags=None, key=None, snapshot=False):
        self.name, self.address, self.port = name, address, port or free_port(address)
        self.tags, self.key = tags or {}, key
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="troupe-pool-"))
        self.snapshot = self.home / "snapshot" if snapshot else None
        self.process = None
        self.start()

    @property
    def at(self):
        return f"{self.address}:{self.port}"

    def statuses(self):
        return {name: each["status"] for name, each in self.members().items()}

    def sees(self, **expected):
        """Whether each of these members has this status here."""
        seen = self.statuses()
        return all(seen.get(name) == status for name, status in expected.items())

    def kill(self):
        self.process.kill()
        self.process.wait()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def wait_for_end(self, seconds=20):
        return self.process.wait(seconds)

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def log_text(self):
        return (self.home / "log").read_text(errors="replace")


class serf_member(member):
    """An unmodified `serf agent`, driven through its command line."""

    def start(self, rejoin=False):
        self.rpc = f"{self.address}:{free_port(self.address)}"
        events, answer = self.home / "events", self.home / "answer"
        # serf ends what it hands a script with a newline; $() takes it off again.
        answer.write_text(f'#!/bin/sh\nprintf "%s:%s" {self.name} "$(cat)"\n')
        noted = self.home / "note"
        noted.write_text(f'#!/bin/sh\nprintf "%s\\t%s\\n" "$SERF_USER_EVENT" "$(cat)" >>{events}\n')
        for script in (answer, noted):
            script.chmod(0o755)
        command = ["serf", "agent", f"-node={self.name}", f"-bind={self.at}", f"-rpc-addr={self.rpc}",
                   f"-event-handler=user={noted}", f"-event-handler=query:echo={answer}", "-log-level=debug"]
        command += [f"-tag={name}={value}" for name, value in self.tags.items()]
        if self.key:
            keyring = self.home / "keyring"
            if not keyring.exists():
                keyring.write_text(json.dumps([self.key]))
            command.append(f"-keyring-file={keyring}")
        if self.snapshot:
            command.append(f"-snapshot={self.snapshot}")
        if rejoin:
            command.append("-rejoin")
        self.process = subprocess.Popen(command, stdout=open(self.home / "log", "ab"), stderr=subprocess.STDOUT)
        wait_for(lambda: self.statuses().get(self.name) == "alive", what=f"{self.name} to answer")

    def run(self, *arguments, ok=True):
        done = subprocess.run(["serf", arguments[0], f"-rpc-addr={self.rpc}", *arguments[1:]],
                              capture_output=True, text=True, timeout=60)
        if ok and done.returncode != 0:
            raise OSError(f"serf {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def members(self):
        found = json.loads(self.run("members", "-format=json"))["members"] or []
        return {each["name"]: each for each in found}

    def join(self, *others):
        self.run("join", *[each.at for each in others])

    def leave(self):
        self.run("leave")

    def force_leave(self, name):
        self.run("force-leave", name)

    def set_tags(self, **tags):
        self.run("tags", *[f"-set={name}={value}" for name, value in tags.items()])

    def fire(self, name, payload=""):
        self.run("event", "-coalesce=false", name, payload)

    def events(self):
        noted = self.home / "events"
        return [tuple(line.split("\t")) for line in noted.read_text().splitlines()] if noted.exists() else []

    def query(self, name, payload="", nodes=(), tags=None, relay=0):
        """Who acknowledged, and what each answered."""
        filters = [f"-node={each}" for each in nodes] + [f"-tag={k}={v}" for k, v in (tags or {}).items()]
        told = json.loads(self.run("query", "-format=json", f"-relay-factor={relay}", "-timeout=3s", *filters, name,
                                   payload))
        return set(told["Acks"] or []), dict(told["Responses"] or {})

    def keys(self, operation, key=None):
        """The keys of the pool with the number of members that have each."""
        arguments = "keys", f"-{operation}" if key is None else f"-{operation}={key}"
        # serf tells a query once, and gossip misses one of five in one of 200: ask again, as an operator would.
        for tries_left in (2, 1, 0):
            try:
                printed = self.run(*arguments)
                break
            except OSError:
                if tries_left == 0:
                    raise
        lines = [line.split() for line in printed.splitlines() if line.strip().endswith("]")]
        return {words[0]: int(words[-1].strip("[]").split("/")[0]) for words in lines}


class our_member(member):
    """gossip_node: a line of JSON in, a line of JSON out; what happens comes as lines by itself."""

    def start(self, rejoin=False):
        command = [str(GOSSIP_NODE), f"--node={self.name}", f"--bind={self.address}", f"--port={self.port}"]
        command += [f"--tag={name}={value}" for name, value in self.tags.items()]
        if self.key:
            command.append(f"--keyring={self.home / 'keyring'}")
            if not (self.home / "keyring").exists():
                (self.home / "keyring").write_text(json.dumps([self.key]))
        if self.snapshot:
            command.append(f"--snapshot={self.snapshot}")
        if rejoin:
            command.append("--rejoin")
        self.noted, self.replies, self.asked = [], {}, 0
        self.news = threading.Condition()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=open(self.home / "log", "ab"), text=True)
        threading.Thread(target=self.listen, args=(self.process,), daemon=True).start()
        wait_for(lambda: self.statuses().get(self.name) == "alive", what=f"{self.name} to answer")

    def listen(self, process):
        for line in process.stdout:
            said = json.loads(line)
            with self.news:
                if "reply" in said:
                    self.replies[said["reply"]] = said
                else:
                    self.noted.append(said)
                self.news.notify_all()
        with self.news:
            self.news.notify_all()

    def ask(self, what, seconds=30, **more):
        with self.news:
            self.asked += 1
            number = self.asked
            try:
                self.process.stdin.write(json.dumps({"do": what, "number": number, **more}) + "\n")
                self.process.stdin.flush()
            except BrokenPipeError as gone:
                raise OSError(f"{self.name} ended: {self.log_text()}") from gone
            assert self.news.wait_for(lambda: number in self.replies or self.process.poll() is not None, seconds), \
                f"{self.name} does not answer {what}"
            if number not in self.replies:
                raise OSError(f"{self.name} ended: {self.log_text()}")
            told = self.replies.pop(number)
        if "error" in told:
            raise OSError(told["error"])
        return told

    def members(self):
        return {each["name"]: each for each in self.ask("members")["members"]}

    def join(self, *others):
        told = self.ask("join", addresses=[each.at for each in others])
        if told["joined"] == 0:
            raise OSError(f"nobody joined: {told['errors']}")

    def leave(self):
        self.ask("leave")

    def force_leave(self, name):
        self.ask("force-leave", node=name)

    def set_tags(self, **tags):
        self.tags = {**self.tags, **tags}
        self.ask("tags", tags=self.tags)

    def fire(self, name, payload=""):
        self.ask("event", name=name, payload=payload)

    def events(self):
        with self.news:
            return [(each["event"], each["payload"]) for each in self.noted if "event" in each]

    def query(self, name, payload="", nodes=(), tags=None, relay=0):
        told = self.ask("query", name=name, payload=payload, nodes=list(nodes), tags=tags or {}, relay=relay,
                        seconds_to_answer=3)
        return set(told["acks"]), told["responses"]

    def keys(self, operation, key=None):
        return self.ask("keys", operation=operation, key=key or "")["keys"]


KINDS = {"serf": serf_member, "ours": our_member}


class pool:
    """Makes members on addresses of its own and ends them all."""

    def __init__(self):
        self.next_address = own_network()
        self.made = []

    def start(self, kind, name, **more):
        self.made.append(KINDS[kind](name, more.pop("address", None) or self.next_address(), **more))
        return self.made[-1]

    def five(self, joined_from, key=None):
        """s1 and s2 of serf's, o1 to o3 of ours; `joined_from` is the kind that does the joining."""
        members = [self.start("serf" if name[0] == "s" else "ours", name, tags={"is": name}, key=key)
                   for name in ("s1", "o1", "s2", "o2", "o3")]
        by_kind = {"serf": [each for each in members if isinstance(each, serf_member)],
                   "ours": [each for each in members if isinstance(each, our_member)]}
        joiners = by_kind[joined_from]
        for each in members:
            if each is joiners[0]:
                continue
            if each in joiners:
                each.join(joiners[0])
            else:
                joiners[0].join(each)
        for each in members:
            wait_for(lambda each=each: each.sees(**{other.name: "alive" for other in members}), 20,
                     what=f"{each.name} to see all five")
        return {each.name: each for each in members}

    def close(self):
        for each in self.made:
            each.close()
