"""Ports that nobody takes between being chosen and being used: below those that the kernel gives to outgoing
connections, and held, by a lock that ends with this process, against other test processes of this machine."""
import fcntl
import pathlib
import random
import socket
import tempfile

FIRST, LAST = 10_000, 32_000

_locks = pathlib.Path(tempfile.gettempdir()) / "troupe-test-ports"
_held = {}  # port: its lock


def free_port(address="127.0.0.1"):
    """Free for TCP and for UDP."""
    while True:
        port = random.randrange(FIRST, LAST)
        if port not in _held and _is_free(address, port) and _lock(port):
            return port


def _is_free(address, port):
    with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as packets:
        try:
            stream.bind((address, port))
            packets.bind((address, port))
            return True
        except OSError:
            return False


def _lock(port):
    _locks.mkdir(exist_ok=True)
    lock = open(_locks / str(port), "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return False
    _held[port] = lock
    return True
