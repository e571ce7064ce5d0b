"""Hours in small: many targets, reloads, a reader that will not read.

FARM_SOAK_S seconds (180; with --long an hour).  Memory, descriptors and threads
must be flat once everything has been seen.
"""

import os
import pathlib
import signal
import socket
import statistics
import threading
import time


SECONDS = float(os.environ.get("FARM_SOAK_S", 180))
WARM_UP = 0.5   # of the time: by then all there is has been seen
EVERY = 3.0     # s, between two reloads


def config(tree, turn):
    """5,000 targets; each turn changes something else about the rest."""
    collect = [{"acts": {"every": "10s", "act": "sleep", "name": "steady"}}]
    if turn % 2:
        collect.append({"acts": {"every": f"{1 + turn % 3}s", "name": "comes",
                                 "parameter": "comes"}})
    return {
        "modules": [str(tree.test_modules)],
        "self": {"every": "1s"},
        "cache": {"recent": "5s"},
        "pool": {"threads": 16, "idle": "2s"},
        # What turns over now and then is to do so many times in the run: with
        # long segments an hour sees one, and a step in memory with it.
        "limits": {"writers": "1MiB"},
        "journal": {"bytes": "2MiB"},
        "clusters": {
            "farm": {"nodes": ["n[0001-5000]"], "collect": collect[:1]},
            "some": {"nodes": [f"s[01-{10 + turn % 7}]"],
                     "lifetime": "5s", "collect": collect[1:]},
        },
        "filters": [{"rate": {"match": "*/farmd/*/values_in"}}],
    }


def use(farm):
    """RSS in KiB, descriptors and threads of the daemon."""
    proc = pathlib.Path(f"/proc/{farm.process.pid}")
    fields = dict(line.split(":", 1)
                  for line in (proc / "status").read_text().splitlines())
    return (int(fields["VmRSS"].split()[0]),
            len(os.listdir(proc / "fd")), int(fields["Threads"]))


class SlowReader(threading.Thread):
    """Asks for everything and reads a byte now and then, for ever."""

    def __init__(self, farm):
        super().__init__(daemon=True)
        self.farm = farm
        self.ending = threading.Event()

    def run(self):
        while not self.ending.is_set():
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
                s.connect(str(self.farm.socket))
                s.sendall(b"GET /v1/latest?limit=1000000 HTTP/1.1\r\n"
                          b"Host: localhost\r\n\r\n")
                for _ in range(100):
                    if self.ending.wait(0.2) or not s.recv(1):
                        break


def flat(name, samples, slack):
    """The last third is no higher than the first, but for `slack'."""
    third = len(samples) // 3
    first = statistics.median(samples[:third])
    last = statistics.median(samples[-third:])
    assert last <= first + slack, f"{name} grew from {first} to {last}: {samples}"


def test_soak(tree, farm, record_property):
    f = farm(config(tree, 0))
    reader = SlowReader(f)
    reader.start()
    seen = []
    turn = 0
    begin = time.monotonic()
    while time.monotonic() < begin + SECONDS:
        turn += 1
        f.write(config(tree, turn))
        before = len(f.lines)
        f.process.send_signal(signal.SIGHUP)
        f.wait_line_after(before, "reload")
        next_turn = begin + turn * EVERY
        while time.monotonic() < next_turn:
            f.latest("*/some/*/comes")
            time.sleep(min(0.2, max(0, next_turn - time.monotonic())))
        if time.monotonic() > begin + SECONDS * WARM_UP:
            seen.append(use(f))
    reader.ending.set()
    reader.join()

    status = f.get("/v1/status")
    record_property("reloads", turn)
    record_property("use", seen[-1])
    assert status["skipped"] == 0, status
    assert all(n == 0 for n in status["dropped"].values()), status
    assert status["pool"]["written_off"] == 0, status
    memory, descriptors, threads = zip(*seen)
    flat("memory in KiB", memory, max(2048, memory[0] * 0.03))
    flat("descriptors", descriptors, 2)
    flat("threads", threads, 4)
    values = f.latest("*/farm/*/runs")
    assert len(values) == 5000
    expected = (time.monotonic() - begin) / 10
    assert min(values.values()) >= expected - 2, (min(values.values()), expected)
