"""Network and mount namespaces without names: they are held by a descriptor or by the processes in them, so
that nothing of them is left when those end, however they end."""
import contextlib
import ctypes
import os
import pathlib
import signal
import subprocess

CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
MS_REC, MS_PRIVATE = 0x4000, 1 << 18

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(done, what):
    if done != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def die_with_parent():
    pr_set_pdeathsig = 1
    _checked(_libc.prctl(pr_set_pdeathsig, signal.SIGKILL), "a signal when the parent ends")


def private_mounts():
    """What this thread and its children mount from now on nobody else sees, and it goes with them."""
    _checked(_libc.unshare(CLONE_NEWNS), "a mount namespace")
    _checked(_libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None), "private mounts")


def mount_memory(where, megabytes):
    """A file system in memory that holds so much."""
    where = pathlib.Path(where)
    where.mkdir(parents=True, exist_ok=True)
    _checked(_libc.mount(b"tmpfs", os.fsencode(where), b"tmpfs", 0, f"size={megabytes}m".encode()), f"tmpfs at {where}")


def unmount(where):
    mnt_detach = 2
    _checked(_libc.umount2(os.fsencode(where), mnt_detach), f"unmount {where}")


class network:
    """A network namespace."""

    def __init__(self):
        with open("/proc/thread-self/ns/net") as own:
            _checked(_libc.unshare(CLONE_NEWNET), "a network namespace")
            try:
                self.descriptor = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            finally:
                _checked(_libc.setns(own.fileno(), CLONE_NEWNET), "the way back")
        self.path = f"/proc/{os.getpid()}/fd/{self.descriptor}"
        self.run("ip", "link", "set", "lo", "up")

    @contextlib.contextmanager
    def entered(self):
        """This thread is in the namespace; a socket that is made here stays in it."""
        with open("/proc/thread-self/ns/net") as own:
            _checked(_libc.setns(self.descriptor, CLONE_NEWNET), "entering a network namespace")
            try:
                yield
            finally:
                _checked(_libc.setns(own.fileno(), CLONE_NEWNET), "the way back")

    def command(self, *words):
        """The words of a command that runs in it."""
        return ["nsenter", f"--net={self.path}", *map(str, words)]

    def run(self, *words, **more):
        done = subprocess.run(self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
        if done.returncode != 0:
            raise OSError(f"{' '.join(map(str, words))}: {done.stdout}")
        return done.stdout

    def close(self):
        os.close(self.descriptor)


class switch:
    """A bridge in a namespace of its own. A port is named after its node; what passes between ports can be cut."""

    def __init__(self):
        self.network = network()
        self.network.run("ip", "link", "add", "bridge", "type", "bridge", "forward_delay", "0")
        self.network.run("ip", "link", "set", "bridge", "up")
        self.heal()

    def connect(self, name, other, address):
        """Joins a network namespace: its eth0 gets the address."""
        self.network.run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", other.path)
        self.network.run("ip", "link", "set", name, "master", "bridge", "up")
        other.run("ip", "address", "add", f"{address}/24", "dev", "eth0")
        other.run("ip", "link", "set", "eth0", "up")

    def _rules(self, *rules):
        lines = "".join(f"    {rule}\n" for rule in rules)
        self.network.run("nft", "-f", "-", input="table bridge faults\ndelete table bridge faults\n"
                         "table bridge faults {\n  chain forward {\n    type filter hook forward priority 0;\n"
                         f"{lines}  }}\n}}\n")

    def heal(self):
        self._rules()

    def part(self, *names):
        """These nodes reach each other and nobody else reaches them."""
        group = ", ".join(f'"{name}"' for name in names)
        self._rules(f"iifname {{ {group} }} oifname != {{ {group} }} drop",
                    f"iifname != {{ {group} }} oifname {{ {group} }} drop")

    def mute(self, name):
        """Hears all and is heard by nobody."""
        self._rules(f'iifname "{name}" drop')

    def deafen(self, name):
        """Is heard by all and hears nobody."""
        self._rules(f'oifname "{name}" drop')

    def lose(self, percent):
        """So much of all packets, in both directions."""
        self._rules(f"numgen random mod 100 < {percent} drop")

    def close(self):
        self.network.close()


def why_not():
    """Why namespaces cannot be had here; empty if they can."""
    try:
        trial = switch()
        trial.lose(1)
        trial.close()
        return ""
    except OSError as error:
        return f"no network of namespaces here ({str(error).strip()})"
