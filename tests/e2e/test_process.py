"""The daemon as a process: its lock, its end, its state, its log."""

import signal
import socket
import sqlite3
import time

import pytest

from farm import Farm, eventually


def acts(tree, collect, **more):
    return {"modules": [str(tree.test_modules)],
            "clusters": {"c": {"nodes": ["n1"], "collect": collect}}, **more}


def running(farm):
    """The node is in a run: before it, it is opening that makes busy."""
    return [t for t in farm.instance("c/acts")["targets"]
            if t["state"] == "running"]


def failed_start(tree, folder, config):
    """What a daemon says that cannot start, and its exit code."""
    one = Farm(tree, folder, config)
    one.start(wait=False)
    code = one.process.wait(30)
    one.finish()
    return code, one.log()


def test_one_at_a_time(tree, farm, tmp_path):
    """A second daemon with the same state is refused and disturbs nothing."""
    f = farm(acts(tree, [{"acts": {"every": "100ms"}}]))
    code, said = failed_start(tree, tmp_path / "second", {
        "state": str(f.state), "socket": str(f.socket)})
    assert (code, said) == (
        2, f"farmd: another farmd (pid {f.process.pid}) uses {f.state}")
    f.wait_values("*/*/*/runs>=3")
    assert f.stop() == 0

    # The lock goes with the process, however it ends.
    f.start()
    f.kill()
    f.start()


def test_socket_in_use(tree, farm, tmp_path):
    f = farm({})
    code, said = failed_start(tree, tmp_path / "second",
                              {"socket": str(f.socket)})
    assert code == 2
    assert said.endswith(f"farmd: {f.socket}: another daemon answers there")
    assert f.get("/v1/status")["farm"] == "test"


def test_socket_is_no_socket(tree, tmp_path):
    """A path that is somebody's file stays what it is."""
    file = tmp_path / "precious"
    file.write_text("keep me")
    code, said = failed_start(tree, tmp_path / "farm", {"socket": str(file)})
    assert code == 2
    assert said.endswith(f"farmd: {file}: is there and no socket")
    assert file.read_text() == "keep me"


def test_state_folder_is_made(farm, tmp_path):
    state = tmp_path / "a" / "b" / "state"
    f = farm({"state": str(state)})
    assert sorted(p.name for p in state.iterdir()) == [
        "config-history.jsonl", "farmd.lock", "journal", "position"]
    assert f.stop() == 0


@pytest.mark.parametrize("state, why", [
    ("file/state", "Not a directory"),
    ("file", "Not a directory"),
    ("/proc/nowhere/state", "No such file or directory")])
def test_state_cannot_be(tree, tmp_path, state, why):
    (tmp_path / "file").write_text("")
    code, said = failed_start(tree, tmp_path / "farm",
                              {"state": str(tmp_path / state)})
    assert code == 2
    assert said.startswith(f"farmd: {tmp_path / state}")
    assert said.endswith(f": {why}")
    assert len(said.splitlines()) == 1


def test_position_is_spoilt(tree, tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    (state / "position").write_text("rubbish\n")
    code, said = failed_start(tree, tmp_path / "farm", {"state": str(state)})
    assert (code, said) == (
        2, f"farmd: {state}/position: not a position; if the writers' stores "
        "are new too, remove it")


def test_killed_and_started_again(tree, farm):
    """Positions only grow, and the socket left behind is replaced."""
    f = farm(acts(tree, [{"acts": {"every": "20ms"}}]))
    last = 0
    for _ in range(3):
        f.wait_values("*/*/*/runs>=5")
        position = f.get("/v1/status")["position"]
        assert position > last
        last = position
        f.kill()
        assert f.socket.is_socket()
        f.start()
    assert f.get("/v1/status")["position"] >= last


def test_clean_end(tree, farm):
    """What was collected is written, the socket is gone."""
    f = farm(acts(tree, [{"acts": {"every": "100ms"}}],
                  limits={"shutdown": "10m"}))
    f.wait_values("*/*/*/runs>=3")
    # It needs nothing of all that time.
    assert f.stop() == 0
    assert not f.socket.exists()
    f.wait_line("main: Terminated from pid ")


def test_a_run_may_end(tree, farm, tmp_path):
    """A run that is under way, within its deadline, is waited for, and what
    it gives is stored."""
    db = tmp_path / "farm.db"
    f = farm(acts(tree, [{"acts": {"every": "1h", "least": "1500ms",
                                   "most": "1500ms"}}],
                  writers={"store": {"sql": {"url": f"sqlite:{db}"}}}))
    eventually(lambda: running(f))
    assert f.stop() == 0
    f.write(acts(tree, [{"acts": {"every": "1h", "least": "1h"}}],
                 writers={"store": {"sql": {"url": f"sqlite:{db}"}}},
                 limits={"shutdown": "200ms"}))
    f.start()
    eventually(lambda: [p[1] for s in f.get(
        "/v1/history", predicate="*/*/*/runs",
        **{"from": "-1h"})["series"] for p in s["points"]] == [1])


@pytest.mark.parametrize("deadline, shutdown", [
    pytest.param("200ms", "10m", id="given up"),
    pytest.param("1h", "6s", id="not yet")])
def test_end_with_a_hung_module(tree, farm, tmp_path, deadline, shutdown):
    """One that hangs costs neither the deadline of the end nor what others
    gave: all that they said is stored."""
    hold = tmp_path / "hold"
    hold.touch()
    db = tmp_path / "farm.db"
    f = farm(acts(tree, [
        {"acts": {"name": "hung", "every": "1h", "deadline": deadline,
                  "act": "hang", "until": str(hold)}},
        {"acts": {"name": "good", "every": "50ms"}}],
        writers={"store": {"sql": {"url": f"sqlite:{db}"}}},
        limits={"shutdown": shutdown}))
    f.wait_values("*/*/*/runs>=5")
    if deadline == "200ms":
        f.wait_line("hung: n1: past its deadline")
    last = f.latest()[("c", "n1", "runs")]
    begun = time.monotonic()
    assert f.stop() == 2
    # All of it has that time once.
    if deadline == "1h":
        assert time.monotonic() - begun < 12
    f.wait_line("hung: did not come back; left behind")
    assert "good: did not come back" not in f.log()
    assert "not everything" not in f.log()

    with sqlite3.connect(db) as stored:
        runs = [n for n, in stored.execute(
            "SELECT value FROM samples ORDER BY position, item")]
    assert runs == list(range(1, len(runs) + 1))
    assert len(runs) >= last


def test_second_signal(tree, farm, tmp_path):
    """Who does not want to wait says it twice."""
    hold = tmp_path / "hold"
    hold.touch()
    f = farm(acts(tree, [{"acts": {"every": "1h", "act": "hang",
                                   "until": str(hold)}}],
                  limits={"shutdown": "10m"}))
    eventually(lambda: running(f))
    f.process.send_signal(signal.SIGTERM)
    f.wait_line("Terminated from pid")
    eventually(lambda: f.process.send_signal(signal.SIGINT) or
               f.process.poll() is not None)
    assert f.process.returncode == 2


def test_a_failure_is_one_line(tree, farm):
    """... and its repetitions one more."""
    f = farm(acts(tree, [
        {"acts": {"name": "fails", "every": "50ms", "deadline": "30s",
                  "act": "fail"}},
        {"acts": {"name": "flaps", "every": "50ms", "deadline": "30s",
                  "act": "alternate"}}]))
    eventually(lambda: f.instance("flaps")["ledger"]["failures"] >= 10)
    eventually(lambda: f.instance("fails")["ledger"]["failures"] >= 4)

    def lines(of):
        return [line.split(" ", 2)[2] for line in f.lines if f" {of}: n1: " in
                line]

    f.wait_line("fails: n1: told to fail")
    f.wait_line("flaps: n1: works again")
    assert lines("fails") == ["fails: n1: told to fail"]
    assert lines("flaps") == ["flaps: n1: every second",
                              "flaps: n1: works again after 1 failures"]
    failures = f.instance("flaps")["ledger"]["failures"]
    assert f.stop() == 0
    summed = [line for line in lines("flaps") if "times more in" in line]
    assert len(summed) == 2 and len(lines("flaps")) == 4
    for line in summed:
        assert int(line.split("(")[1].split()[0]) >= failures - 2
    assert lines("fails") == ["fails: n1: told to fail"]


def test_client_that_stops_talking(tree, farm):
    """... in the middle of a word, delays nobody."""
    f = farm(acts(tree, [{"acts": {"every": "10ms"}}]))
    f.wait_values("*/*/*/runs>=1")
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(f.socket))
        peer.sendall(b"GET /v1/st")
        before = f.latest()[("c", "n1", "runs")]
        eventually(lambda: f.latest()[("c", "n1", "runs")] > before + 20)
