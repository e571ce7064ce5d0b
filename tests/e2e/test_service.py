"""farmd as a service: what the service manager hears, signals, dumps."""

import json
import os
import signal
import socket
import threading
import time

import pytest

from farm import eventually


class Manager:
    """The end of NOTIFY_SOCKET that systemd would hold."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address.replace("@", "\0", 1))
        self.heard = []  # (when, {key: value})
        self.environment = {"NOTIFY_SOCKET": address}
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            text = self.socket.recv(65536).decode()
            self.heard.append((time.monotonic(), dict(
                line.split("=", 1) for line in text.splitlines())))

    def times(self, key):
        return [when for when, what in list(self.heard) if key in what]

    def said(self, key):
        return [what[key] for _, what in list(self.heard) if key in what]


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path):
    if request.param == "path":
        return Manager(str(tmp_path / "notify"))
    return Manager(f"@farm-test-{os.getpid()}-{tmp_path.name}")


def acting(tree, **options):
    """A farm of one collector that does as it is told."""
    return {"modules": [str(tree.test_modules)],
            "clusters": {"c": {"nodes": ["n"], "collect": [
                {"acts": {"every": "100ms", "deadline": "30s",
                          **options}}]}}}


def test_life(farm, tree, manager):
    one = farm(acting(tree), environment=manager.environment)
    eventually(lambda: manager.said("READY") == ["1"], "READY=1")
    eventually(lambda: manager.said("STATUS"), "STATUS=")
    assert manager.said("STATUS")[0].startswith("farm test: 1 instance, ")
    assert not manager.said("WATCHDOG")  # nobody asked
    assert one.stop() == 0
    eventually(lambda: manager.said("STOPPING") == ["1"], "STOPPING=1")


def test_nobody_listens(farm, tree, tmp_path):
    one = farm(acting(tree),
               environment={"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    one.wait_line("cannot tell the service manager: No such file")
    one.wait_values("*/c/n/runs")
    assert one.stop() == 0


def test_watchdog_of_another(farm, tree, tmp_path):
    manager = Manager(str(tmp_path / "notify"))
    one = farm(acting(tree), environment={
        **manager.environment, "WATCHDOG_USEC": "200000", "WATCHDOG_PID": "1"})
    eventually(lambda: manager.said("READY"), "READY=1")
    one.wait_values("*/c/n/runs")
    assert one.stop() == 0
    eventually(lambda: manager.said("STOPPING"), "STOPPING=1")
    assert not manager.said("WATCHDOG")


def test_watchdog_needs_the_router(farm, tree, tmp_path):
    """Fed four times per period; no more once the router stands still,
    though the main loop turns; again when it gets on."""
    manager = Manager(str(tmp_path / "notify"))
    stop = tmp_path / "stop"
    config = acting(tree)
    config["filters"] = [{"stall": {"while": str(stop), "tap": "false"}}]
    one = farm(config, environment={
        **manager.environment, "WATCHDOG_USEC": "6000000"})
    eventually(lambda: len(manager.times("WATCHDOG")) >= 6, "six feedings")
    times = manager.times("WATCHDOG")
    assert max(b - a for a, b in zip(times, times[1:])) < 6.0
    assert one.instance("c/acts")["status"] == "running"

    stop.touch()
    line = one.wait_line("the router stands still")
    assert "the service manager will end this process" in line
    fed = len(manager.times("WATCHDOG"))
    # The API and the main loop are as lively as before.
    runs = one.get("/v1/status")["runs"]
    eventually(lambda: one.get("/v1/status")["runs"] > runs + 5, "more runs")
    assert len(manager.times("WATCHDOG")) == fed

    stop.unlink()
    one.wait_line("all gets on again")
    eventually(lambda: len(manager.times("WATCHDOG")) > fed, "a feeding")
    assert one.stop() == 0


def test_watchdog_of_an_idle_farm(farm, tmp_path):
    """Nothing to do is not standing still."""
    manager = Manager(str(tmp_path / "notify"))
    one = farm({}, environment={
        **manager.environment, "WATCHDOG_USEC": "6000000"})
    # Ten feedings are 15 s: longer than any patience with that watchdog.
    eventually(lambda: len(manager.times("WATCHDOG")) >= 12, "12 feedings")
    assert "stands still" not in one.log()


def test_dump(farm, tree, tmp_path):
    hang = tmp_path / "hang"
    hang.touch()
    config = acting(tree, act="hang", until=str(hang), deadline="1s",
                    only="bad")
    config["clusters"]["c"]["nodes"] = ["bad", "good"]
    one = farm(config)
    eventually(lambda: one.get("/v1/status")["pool"]["written_off"] == 1,
               "a thread written off")
    one.process.send_signal(signal.SIGUSR1)
    name = one.wait_line("the state is in ").split("the state is in ")[1]
    dump = json.loads(open(name, encoding="utf-8").read())
    assert os.path.dirname(name) == str(one.state)
    assert dump["status"]["pool"]["written_off"] == 1
    assert "queue_bytes" in dump["status"]
    instance, = dump["instances"]
    assert instance["name"] == "c/acts" and instance["queued_bytes"] == 0
    target, = instance["targets_not_fine"]
    assert (target["node"], target["state"]) == ("bad", "hung")
    assert target["where"].startswith("hangs in poll")
    assert target["running_for_ns"] > 1_000_000_000
    hang.unlink()
    one.wait_line("c/acts: bad: came back after")
    assert one.stop() == 0


def test_dumps_are_bounded(farm):
    one = farm({})
    for i in range(13):
        one.process.send_signal(signal.SIGUSR1)
        eventually(lambda n=i: one.log().count("the state is in") == n + 1
                   or "more in" in one.log(), f"dump {i}")
    kept = sorted(one.state.glob("dump-*.json"))
    assert len(kept) == 10
    last = [l for l in one.lines if "the state is in" in l][-1]
    assert last.endswith(str(kept[-1]))


def test_second_sigterm_is_immediate(farm, tree, tmp_path):
    hang = tmp_path / "hang"
    hang.touch()
    config = acting(tree, act="hang", until=str(hang), deadline="1m")
    config["limits"] = {"shutdown": "1m"}
    one = farm(config)
    eventually(lambda: one.get("/v1/status")["pool"]["busy"] == 1, "a run")
    one.process.send_signal(signal.SIGTERM)
    one.wait_line("ending")
    before = time.monotonic()

    def ended():
        one.process.send_signal(signal.SIGTERM)
        return one.process.poll() is not None

    eventually(ended, "the end")
    assert one.process.returncode == 2
    assert time.monotonic() - before < 30
