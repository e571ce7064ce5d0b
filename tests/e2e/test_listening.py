"""Sockets of a listening instance over reloads: whoever sends does not
notice."""

import contextlib
import os
import socket
import threading

import pytest

from farm import eventually

UDP, TCP, OTHER = 9100, 9101, 9102


def config(tree, marks, **options):
    return {"modules": [tree.module("adapts")], "clusters": {"c": {
        "nodes": ["n1"], "collect": [{"adapts": {
            "name": "ears", "every": "100ms", "marks": str(marks),
            "datagrams": f"udp://127.0.0.1:{UDP}",
            "streams": f"tcp://127.0.0.1:{TCP}", **options}}]}}}


@pytest.fixture
def marks(tmp_path):
    return tmp_path / "marks"


def calls(path):
    return path.read_text().split() if path.exists() else []


def inodes(farm, port, kind):
    """Of the sockets bound to the port that the daemon holds."""
    held = set()
    folder = f"/proc/{farm.process.pid}/fd"
    for fd in os.listdir(folder):
        with contextlib.suppress(OSError):
            held.add(os.readlink(f"{folder}/{fd}"))
    found = []
    for family in ("", "6"):
        with open(f"/proc/{farm.process.pid}/net/{kind}{family}",
                  encoding="ascii") as table:
            for line in list(table)[1:]:
                words = line.split()
                bound = int(words[1].rsplit(":", 1)[1], 16) == port
                listens = kind == "udp" or words[3] == "0A"
                if bound and listens and f"socket:[{words[9]}]" in held:
                    found.append(words[9])
    return found


def wait_running(farm):
    eventually(lambda: {i["status"] for i in farm.get("/v1/instances")[
        "instances"]} == {"running"}, "all running")
    return farm


def reload(farm, code=0):
    done = farm.ctl("reload")
    assert done.returncode == code, done.stderr
    return done.stderr


class Sender(threading.Thread):
    """Sends numbered datagrams, each when the one before is back."""

    def __init__(self, port):
        super().__init__()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))
        self.socket.settimeout(60)
        self.sent = 0
        self.error = None
        self.over = threading.Event()
        self.start()

    def run(self):
        try:
            while not self.over.is_set():
                text = str(self.sent).encode()
                self.socket.send(text)
                if self.socket.recv(100) != text:
                    raise AssertionError("another datagram came back")
                self.sent += 1
        except (OSError, AssertionError) as error:
            self.error = error

    def wait_more(self, n=20):
        before = self.sent
        eventually(lambda: self.error or self.sent >= before + n,
                   "datagrams coming back")
        assert self.error is None, self.error

    def end(self):
        self.over.set()
        self.join()
        self.socket.close()
        assert self.error is None, self.error


class Caller(threading.Thread):
    """Connects, reads to the end, and again."""

    def __init__(self, port):
        super().__init__()
        self.port = port
        self.answers = []
        self.error = None
        self.over = threading.Event()
        self.start()

    def run(self):
        try:
            while not self.over.is_set():
                with socket.create_connection(("127.0.0.1", self.port),
                                              60) as one:
                    self.answers.append(one.recv(100).decode())
        except OSError as error:
            self.error = error

    def wait_answer(self, text):
        eventually(lambda: self.error or text in self.answers[-20:],
                   "an answer")
        assert self.error is None, self.error

    def end(self):
        self.over.set()
        self.join()
        assert self.error is None, self.error
        assert "" not in self.answers


def test_reloads(farm, tree, marks):
    """Reloads that touch nothing of it, that it takes over, and over which it
    is closed and opened."""
    f = wait_running(farm(config(tree, marks, label="first")))
    before = inodes(f, UDP, "udp"), inodes(f, TCP, "tcp")
    assert [len(i) for i in before] == [1, 1]
    sender, caller = Sender(UDP), Caller(TCP)
    sender.wait_more()
    for i in range(6):
        label = f"label {i}"
        f.write({**config(tree, marks, label=label, fixed=1 + i // 2),
                 "filters": [{"rate": {"match": f"*/*/*/x{i}"}}]})
        reload(f)
        caller.wait_answer(label)
        f.write({**config(tree, marks, label=label, fixed=1 + i // 2),
                 "writers": {}})
        reload(f)
        sender.wait_more()
    sender.end()
    caller.end()
    assert (inodes(f, UDP, "udp"), inodes(f, TCP, "tcp")) == before
    assert calls(marks) == ["open", "accept", "accept"] + 2 * [
        "refuse", "close", "open", "accept"]


def test_what_waits_is_served(farm, tree, marks):
    """While the instance is closed, the system takes in what it will serve."""
    f = wait_running(farm(config(tree, marks)))
    before = inodes(f, UDP, "udp"), inodes(f, TCP, "tcp")
    path = "clusters.c.collect.ears"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect(("127.0.0.1", UDP))
        one.settimeout(60)
        for fixed in range(2, 6):
            sending = threading.Thread(
                target=lambda: [one.send(b"x") for _ in range(50)])
            sending.start()
            done = f.ctl("config", "set", f"{path}.fixed", str(fixed))
            assert done.returncode == 0, done.stderr
            sending.join()
            for _ in range(50):
                assert one.recv(10) == b"x"
    assert (inodes(f, UDP, "udp"), inodes(f, TCP, "tcp")) == before
    assert calls(marks).count("open") == 5


def test_another_address(farm, tree, marks):
    f = wait_running(farm(config(tree, marks)))
    stays = inodes(f, TCP, "tcp")
    f.write(config(tree, marks, datagrams=f"udp://127.0.0.1:{OTHER}"))
    reload(f)
    sender = Sender(OTHER)  # bound before the reload was answered
    sender.wait_more()
    sender.end()
    assert inodes(f, UDP, "udp") == []
    assert inodes(f, TCP, "tcp") == stays
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect(("127.0.0.1", UDP))
        one.settimeout(60)
        one.send(b"x")
        with pytest.raises(ConnectionRefusedError):
            one.recv(10)


def test_an_address_of_somebody_else(farm, tree, marks):
    """The change is refused, and what listens goes on as it was."""
    f = wait_running(farm(config(tree, marks)))
    before = inodes(f, UDP, "udp"), inodes(f, TCP, "tcp")
    sender = Sender(UDP)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", OTHER))
        f.write(config(tree, marks, level=5,
                       streams=f"tcp://127.0.0.1:{OTHER}",
                       datagrams=f"udp://127.0.0.1:{OTHER}"))
        assert (f"ears: datagrams: udp://127.0.0.1:{OTHER}: "
                "Address already in use") in reload(f, code=1)
    sender.wait_more()
    sender.end()
    assert (inodes(f, UDP, "udp"), inodes(f, TCP, "tcp")) == before
    assert inodes(f, OTHER, "tcp") == []
    assert calls(marks) == ["open"]
    assert f.latest("*/c/n1/level") == {("c", "n1", "level"): 1}
    # Nobody has it any more.
    reload(f)
    eventually(lambda: inodes(f, OTHER, "udp") and inodes(f, OTHER, "tcp"),
               "the other address")


def test_its_own_address_written_otherwise(farm, tree, marks):
    """A new socket cannot stand beside the old one, which goes first."""
    f = wait_running(farm(config(tree, marks)))
    f.write(config(tree, marks, datagrams=f"udp://*:{UDP}"))
    reload(f)
    wait_running(f)
    sender = Sender(UDP)
    sender.wait_more()
    sender.end()
    assert len(inodes(f, UDP, "udp")) == 1


def test_two_swap_their_addresses(farm, tree, marks):
    def both(first, second):
        one, other = ({"adapts": {"name": name, "every": "100ms",
                                  "datagrams": f"udp://127.0.0.1:{port}"}}
                      for name, port in (("a", first), ("b", second)))
        return {"modules": [tree.module("adapts")], "clusters": {"c": {
            "nodes": ["n1"], "collect": [one, other]}}}

    f = wait_running(farm(both(UDP, OTHER)))
    f.write(both(OTHER, UDP))
    reload(f)
    wait_running(f)
    for port in (UDP, OTHER):
        assert len(inodes(f, port, "udp")) == 1


# ---- writers

def writing(tree, path, isolate, door=TCP, **options):
    tree.module("keeps")
    return {"modules": [tree.module("counts")], "clusters": {"c": {
        "nodes": ["n1"], "collect": [{"counts": {"every": "50ms"}}]}},
        "writers": {"store": {"match": "*/c/*/*", "isolate": isolate, "keeps": {
            "file": str(path), "door": f"tcp://127.0.0.1:{door}", **options}}}}


def ask(port=TCP):
    """How many values it has kept."""
    with socket.create_connection(("127.0.0.1", port), 60) as s:
        s.sendall(b"?\n")
        return int(s.makefile().readline())


@pytest.mark.parametrize("isolate", ["none", "process"])
def test_a_writer_listens(farm, tree, tmp_path, isolate):
    """Beside write(), and over reloads; who comes while it is closed waits."""
    path = tmp_path / "kept"
    f = farm(writing(tree, path, isolate))
    eventually(lambda: inodes(f, TCP, "tcp"), "its address")
    eventually(lambda: ask() > 5, "values kept")
    stays = inodes(f, TCP, "tcp")
    f.write(writing(tree, path, isolate, act="accept"))
    reload(f)
    assert ask() >= 0
    assert inodes(f, TCP, "tcp") == stays
    f.write(writing(tree, path, isolate, door=OTHER))
    reload(f)
    eventually(lambda: inodes(f, OTHER, "tcp") and not inodes(f, TCP, "tcp"),
               "the other address")
    assert ask(OTHER) >= 0


def test_a_writer_without_its_address(farm, tree, tmp_path):
    """It waits for it, and opens then."""
    with socket.create_server(("127.0.0.1", OTHER)) as stranger:
        f = farm(writing(tree, tmp_path / "kept", "none", door=OTHER))
        f.wait_line(f"store: door: tcp://127.0.0.1:{OTHER}: "
                    "Address already in use; tried again until it works")
        stranger.close()
    eventually(lambda: inodes(f, OTHER, "tcp"), "its address")
    assert ask(OTHER) >= 0
