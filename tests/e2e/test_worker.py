"""Instances in processes of their own: what ends one of them ends it alone."""

import os
import pathlib
import shutil
import signal
import socket

from farm import Farm, Tree, eventually
from saying import say

EVERY = 1  # s; of those that must not notice anything
HANG = ("spin", "flood", "half", "silence")  # until they are killed


def workers_farm(tree, collect, nodes=("n1", "n2", "n3")):
    """Two bystanders, one inside the daemon and one in a worker, and what is
    to be collected besides."""
    tree.module("crashes")
    beside = [{"acts": {"name": "inside", "every": f"{EVERY}s",
                        "deadline": "30s", "parameter": "inside",
                        "stamp": True, "nodes": ["n1"]}},
              {"acts_many": {"name": "outside", "every": f"{EVERY}s",
                             "deadline": "30s", "isolate": "process",
                             "nodes": ["n2"]}}]
    return {"modules": [str(tree.test_modules)],
            "clusters": {"c": {"nodes": list(nodes),
                               "collect": beside + collect}}}


def crashes(name, act, **more):
    return {"crashes": {"name": name, "act": act, "every": "300ms",
                        "deadline": "300ms" if act in HANG else "30s",
                        **more}}


def worker(farm, name):
    return farm.instance(name)["worker"]


def ours(farm):
    """All processes that run farmd here: in this namespace, of this build."""
    here = os.readlink("/proc/self/ns/net")
    found = set()
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and \
                    os.readlink(entry / "ns/net") == here and \
                    os.readlink(entry / "exe") == str(farm.tree.farmd):
                found.add(int(entry.name))
        except OSError:
            continue
    return found


ENDS = {
    "segv": ["was killed by signal 11 (Segmentation fault)"],
    "abort": ["was killed by signal 6 (Aborted)"],
    "exit": ["ended with status 3"],
    "leak": ["near its limit of memory, 512 MiB"],
    # Too fast for a look at what it had reserved besides.
    "gulp": ["near its limit of memory, 512 MiB",
             "MiB resident of a limit of 512 MiB"],
    "spin": ["hung and was killed: spin: n1 is past its deadline of 300ms"],
    "flood": ["hung and was killed: flood: n1 is past its deadline of 300ms"],
    "close": ["ended with status 1", "closed its socket and was killed"],
    "garbage": ["broke the protocol: no message begins here"],
    "half": ["hung and was killed"],
    "bad_frame": ["broke the protocol: "],
    "silence": ["hung and was killed: silence: n"],
}


def sanitized(tree):
    config = (tree.build / "config.log").read_text(errors="replace")
    return "--enable-sanitizers" in config.split("##", 1)[0]


def test_each_way_to_end(tree, farm):
    """Each is named with instance, module and cause, and starts again; whoever
    is beside it misses nothing."""
    ends = dict(ENDS)
    scarce = {"limits": {"memory": "512MiB"}, "deadline": "120s"}
    limits = {"leak": scarce, "gulp": scarce}
    if sanitized(tree):
        # No limit of address space is enough for it, and it answers a bad
        # access itself.
        for act in ("leak", "gulp", "segv", "abort"):
            del ends[act]
    one = farm(workers_farm(tree, [
        crashes(act, act, only="n1", **limits.get(act, {}))
        for act in ends]))

    for act, causes in ends.items():
        line = one.wait_line(f"error {act}: the worker of module crashes",
                             timeout=120)
        assert any(c in line for c in causes), line
        seen = eventually(lambda: worker(one, act)["starts"] >= 2 and
                          worker(one, act), f"a second start of {act}")
        assert any(c in seen["last_cause"] for c in causes)
        ledger = one.instance(act)["ledger"]
        assert ledger["failures"] > 0
        assert any(c in ledger["last_error"] for c in causes)
    said = one.ctl("instances", "exit").stdout
    assert "worker exit: " in said and "ended with status 3" in said
    doctor = one.ctl("doctor").stdout
    assert "exit" in doctor and "ended with status 3" in doctor
    for name in ("inside", "outside"):
        assert one.instance(name)["ledger"]["failures"] == 0
        assert one.instance(name)["status"] == "running"
    assert worker(one, "inside") is None
    assert worker(one, "outside")["starts"] == 1
    one.stop()
    assert ours(one) == set()


def test_no_gap_beside_a_crash(tree, farm, tmp_path):
    hold = tmp_path / "hold"
    hold.touch()
    one = farm(workers_farm(tree, [crashes("bad", "exit", until=str(hold))]))
    eventually(lambda: worker(one, "bad")["starts"] >= 3, "three starts")
    one.wait_values("*/c/n1/inside>5")
    began = [int(v) / 1e9 for _, v in one.get(
        "/v1/history", predicate="*/c/n1/began",
        **{"from": "-1h"})["series"][0]["points"]]
    assert len(began) > 5
    assert max(b - a for a, b in zip(began, began[1:])) < 2 * EVERY
    ledger = one.instance("outside")["ledger"]
    assert (ledger["skipped"], ledger["failures"]) == (0, 0)

    hold.unlink()
    eventually(lambda: one.instance("bad")["status"] == "running" and
               one.latest("*/c/*/runs"), "values after the last crash")


def test_open_that_crashes(tree, farm, tmp_path):
    hold = tmp_path / "hold"
    hold.touch()
    one = farm(workers_farm(tree, [
        crashes("bad", "exit", in_open=True, until=str(hold))]))
    one.wait_line("error bad: the worker of module crashes ended with "
                  "status 3")
    assert one.instance("bad")["status"] in ("failed", "opening")
    hold.unlink()
    one.wait_line("bad: open now")


def test_what_it_leaves_behind_dies(tree, farm):
    """A module that forks, against its contract: its children end with the
    worker, in its group or not."""
    one = farm(workers_farm(tree, [crashes("forks", "fork", only="n1")]))
    eventually(lambda: len(ours(one)) > 8, "children of a worker")
    one.write(workers_farm(tree, []))
    one.process.send_signal(signal.SIGHUP)
    # The daemon, its helper and the worker beside stay.
    eventually(lambda: len(ours(one)) == 3, "the end of the children")


def test_nobody_survives_a_killed_daemon(tree, farm):
    one = farm(workers_farm(tree, [crashes("forks", "fork", only="n1"),
                                   crashes("spins", "spin", only="n1",
                                           deadline="30s")]))
    eventually(lambda: len(ours(one)) > 8, "children of a worker")
    one.kill()
    eventually(lambda: ours(one) == set(), "the end of all processes")


def test_shared_worker(tree, farm):
    one = farm(workers_farm(tree, [
        crashes("a", "well", worker="both"),
        crashes("b", "well", worker="both"),
        crashes("c", "well")]))
    for name in "abc":
        eventually(lambda: one.instance(name)["status"] == "running", name)
    pids = {name: worker(one, name)["pid"] for name in "abc"}
    assert pids["a"] == pids["b"] != pids["c"]
    assert worker(one, "a")["name"] == "both"

    os.kill(pids["a"], signal.SIGKILL)
    for name in "ab":
        line = one.wait_line(f"error {name}: the worker of module crashes")
        assert "was killed by signal 9 (Killed)" in line
    eventually(lambda: worker(one, "a")["pid"] not in (0, pids["a"]) and
               one.instance("a")["status"] == "running" and
               one.instance("b")["status"] == "running", "both again")
    assert worker(one, "a")["pid"] == worker(one, "b")["pid"]
    assert worker(one, "c")["pid"] == pids["c"]


def test_reload_touches_only_what_changed(tree, farm):
    def config(*collect):
        return workers_farm(tree, list(collect))

    one = farm(config(crashes("stays", "well"), crashes("goes", "well"),
                      crashes("changes", "well")))
    for name in ("stays", "goes", "changes", "outside"):
        eventually(lambda: one.instance(name)["ledger"]["runs"] > 0, name)
    before = {name: worker(one, name)["pid"]
              for name in ("stays", "goes", "changes", "outside")}

    one.write(config(crashes("stays", "well"),
                     crashes("changes", "well", only="n9"),
                     crashes("comes", "well")))
    assert one.ctl("reload").returncode == 0
    eventually(lambda: not pathlib.Path(f"/proc/{before['goes']}").exists(),
               "the end of a removed worker")
    eventually(lambda: one.instance("comes")["ledger"]["runs"] > 0, "comes")
    for name in ("stays", "outside"):
        assert worker(one, name)["pid"] == before[name]
        assert worker(one, name)["starts"] == 1
    eventually(lambda: one.instance("changes")["status"] == "running",
               "changes")

    # A node comes and goes without a new process.
    one.write(workers_farm(tree, [crashes("stays", "well")],
                           nodes=("n1", "n2", "n4")))
    one.process.send_signal(signal.SIGHUP)
    one.wait_values("*/c/n4/runs")
    assert worker(one, "stays")["pid"] == before["stays"]


def test_one_that_hangs_inside_is_moved(tree, tmp_path):
    """A module of farmd's own that stops its whole instance goes on in a
    worker; the values come again, and an event says so."""
    own = tmp_path / "tree"
    (own / "plugins").mkdir(parents=True)
    (own / "config.status").touch()
    tree.module("acts_many")
    shutil.copy(tree.farmd, own / "farmd")
    shutil.copy(tree.test_modules / "acts_many.so", own / "plugins")
    hold = tmp_path / "hold"
    one = Farm(Tree(own), tmp_path / "farm", {"clusters": {"c": {
        "nodes": ["n1"], "collect": [{"acts_many": {
            "every": "300ms", "deadline": "1s", "manner": "silent",
            "until": str(hold), "isolate": "auto"}}]}}}).start()

    def good_runs():
        ledger = one.instance("c/acts_many")["ledger"]
        return ledger["runs"] - ledger["failures"]

    try:
        assert one.instance("c/acts_many")["worker"] is None
        hold.touch()
        one.wait_line("c/acts_many: hangs in the daemon; goes on in a worker")
        eventually(lambda: worker(one, "c/acts_many"), "a worker")
        # There it hangs as well, but can be killed.
        one.wait_line("the worker of module acts_many hung and was killed")
        before = good_runs()
        hold.unlink()
        eventually(lambda: one.instance("c/acts_many")["status"] == "running"
                   and good_runs() > before, "good runs")
    finally:
        one.finish()


def test_listener_over_a_restart(tree, farm):
    """The daemon keeps the socket: what comes while there is no worker waits
    for the next one, which goes on where the last one stopped."""
    tree.module("listens")
    one = farm({"modules": [str(tree.test_modules)],
                "clusters": {"c": {"nodes": ["here"], "collect": [
                    {"listens": {"address": "udp://127.0.0.1:18650"}}]}}})

    def send(text):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(text, ("127.0.0.1", 18650))

    def count():
        return one.latest("*/c/here/count").get(("c", "here", "count"))

    eventually(lambda: one.instance("c/listens")["status"] == "running",
               "the listener")
    send(b"one")
    eventually(lambda: count() == 1, "the first")
    pid = worker(one, "c/listens")["pid"]
    send(b"die")
    send(b"two")
    send(b"three")
    one.wait_line("the worker of module listens was killed by signal 6")
    eventually(lambda: count() == 3, "those that waited")
    assert worker(one, "c/listens")["pid"] != pid
    send(b"fail")
    eventually(lambda: one.instance("c/listens")["ledger"]["last_error"] ==
               "told to fail", "the failure")


def test_secrets_are_not_to_be_seen(tree, farm, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("vErYsEcReT\n")
    one = farm({"modules": [tree.module("says")],
                "clusters": {"c": {"nodes": ["n1"], "collect": [
                    {"says": {"every": "1h", "isolate": "process",
                              "password": f"file:{secret}"}}]}}})
    eventually(lambda: one.instance("c/says")["ledger"]["runs"] > 0, "a run")
    proc = pathlib.Path(f"/proc/{worker(one, 'c/says')['pid']}")
    assert b"vErY" not in (proc / "cmdline").read_bytes()
    assert b"vErY" not in (proc / "environ").read_bytes()
    assert (proc / "cmdline").read_bytes() == b"farmd\0--worker\0"


def test_what_a_worker_may(tree, farm):
    """Descriptors, privileges and limits, as the kernel says."""
    one = farm(workers_farm(tree, [
        crashes("bounded", "well", limits={
            "memory": "64GiB" if not sanitized(tree) else "0",
            "files": 100, "nice": 3, "capabilities": ["CAP_NET_ADMIN"]})]))
    eventually(lambda: one.instance("bounded")["ledger"]["runs"] > 0, "runs")
    proc = pathlib.Path(f"/proc/{worker(one, 'bounded')['pid']}")
    status = dict(line.split(":\t", 1) for line in
                  (proc / "status").read_text().splitlines() if ":\t" in line)
    assert status["NoNewPrivs"] == "1"
    for kind in ("CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[kind], 16) == 1 << 12, kind
    limits = (proc / "limits").read_text()
    assert "Max open files            100 " in limits
    assert int((proc / "stat").read_text().rsplit(")", 1)[1].split()[16]) == \
        os.getpriority(os.PRIO_PROCESS, 0) + 3
    for fd in (0, 1):
        assert os.readlink(proc / "fd" / str(fd)) == "/dev/null"
    assert os.readlink(proc / "fd/2").startswith("pipe:")
    assert os.readlink(proc / "fd/3").startswith("socket:")
    assert len(list((proc / "fd").iterdir())) == 4
    assert os.getpgid(int(proc.name)) == int(proc.name)


def test_default_by_folder(tree, farm):
    """What came with farmd runs inside it, what did not outside."""
    tree.module("crashes")
    one = farm({"modules": [str(tree.test_modules)],
                "clusters": {"c": {"nodes": ["localhost"], "collect": [
                    "proc", "crashes"]}}})
    assert one.instance("c/proc")["worker"] is None
    assert one.instance("c/crashes")["worker"]["name"] == "c/crashes"
    wrong = one.folder / "wrong.yaml"
    wrong.write_text("clusters: {c: {nodes: [a], collect: [{proc: "
                     "{worker: x}}]}}\n")
    assert '"isolate: process" is missing' in tree.check(wrong).stderr
    wrong.write_text("clusters: {c: {nodes: [a], collect: [{proc: {isolate: "
                     "process, limits: {capabilities: CAP_NET_RAWX}}}]}}\n")
    assert 'there is no capability "CAP_NET_RAWX"; did you mean ' \
        '"CAP_NET_RAW"?' in tree.check(wrong).stderr


def test_own_module_outside(tree, farm):
    """The same module, the same values."""
    one = farm({"clusters": {"c": {"nodes": ["localhost"], "collect": [
        {"proc": {"every": "1s", "isolate": "process"}}]}}})
    assert one.wait_values("*/c/localhost/*", 3)
    assert one.instance("c/proc")["worker"]["pid"] > 0


def test_action_and_options(tree, farm, tmp_path):
    path = tmp_path / "said"
    say(path, [("int64", "x", "5", "", "gauge")])
    one = farm({"modules": [tree.module("says")],
                "clusters": {"c": {"nodes": ["n1"], "collect": [
                    {"says": {"every": "1h", "file": str(path),
                              "isolate": "process"}}]}}})
    one.wait_values("*/c/n1/x")
    status, answer = one.request("POST", "/v1/instances/c%2Fsays/actions/echo",
                                 '{"text": "hello"}')
    assert status == 200, answer
    assert answer == {"bytes": 5}
    status, answer = one.request("POST", "/v1/instances/c%2Fsays/actions/no",
                                 "{}")
    assert status == 409


def test_pause_and_run(tree, farm):
    one = farm(workers_farm(tree, [
        {"crashes": {"name": "slow", "every": "1h"}}]))
    eventually(lambda: one.instance("slow")["ledger"]["runs"] == 3, "3 runs")
    assert one.request("POST", "/v1/instances/slow/run")[0] == 200
    eventually(lambda: one.instance("slow")["ledger"]["runs"] == 6, "6 runs")
    one.request("POST", "/v1/instances/outside/pause")
    assert one.instance("outside")["status"] == "paused"
    one.request("POST", "/v1/instances/outside/resume")
    assert one.instance("outside")["status"] == "running"


def test_flood_is_held_up(tree, farm):
    """It fills its share of the queue at most, and others lose nothing."""
    one = farm({**workers_farm(tree, [crashes("flood", "flood", only="n1",
                                              deadline="3s")]),
                "limits": {"queue": "4MiB"}})
    eventually(lambda: worker(one, "flood")["starts"] >= 2, "its end")
    for name in ("inside", "outside"):
        dropped = one.instance(name)["ledger"]["dropped"]
        assert sum(dropped.values()) == 0, (name, dropped)


def test_chatter_is_bounded(tree, farm):
    one = farm(workers_farm(tree, [crashes("talks", "chatter", only="n1",
                                           every="10s")]))
    one.wait_line("talks: says more than 100 lines a second")
    eventually(lambda: one.instance("talks")["ledger"]["runs"] >= 3, "runs")
    assert len([l for l in one.lines if "of a module" in l]) <= 200


def test_cannot_be_started(tree, farm):
    """A program or a user that is not there: said, tried again, and nobody
    else is touched."""
    tree.module("nowhere")
    one = farm(workers_farm(tree, [
        "nowhere", crashes("who", "well", limits={"user": "no-such-user"})]))
    line = one.wait_line("error c/nowhere: the worker of module nowhere could "
                         "not be started: ")
    assert line.endswith("/farm-nowhere: No such file or directory")
    one.wait_line("error who: the worker of module crashes could not be "
                  'started: there is no user "no-such-user"')
    for name in ("c/nowhere", "who"):
        eventually(lambda: worker(one, name)["starts"] >= 2, f"{name} again")
        assert one.instance(name)["status"] in ("failed", "opening")
    for name in ("inside", "outside"):
        assert one.instance(name)["ledger"]["failures"] == 0


def test_stopped_while_idle(tree, farm):
    """One that has nothing to do is asked whether it still lives."""
    one = farm(workers_farm(tree, [
        {"crashes": {"name": "idle", "every": "1h"}}]))
    eventually(lambda: one.instance("idle")["ledger"]["runs"] == 3, "3 runs")
    os.kill(worker(one, "idle")["pid"], signal.SIGSTOP)
    one.wait_line("error idle: the worker of module crashes did not answer "
                  "and was killed", timeout=90)
    eventually(lambda: worker(one, "idle")["starts"] == 2, "a second start")


def test_full_table_of_series(tree, farm):
    """What finds no room is refused and counted; the worker lives, and what
    was there before goes on."""
    one = farm({"modules": [str(tree.test_modules)],
                "limits": {"series": 1000},
                "clusters": {"c": {"nodes": ["n1"], "collect": [
                    {"acts": {"name": "many", "act": "many", "count": 1500,
                              "every": "500ms", "deadline": "20s",
                              "isolate": "process"}}]}}})
    eventually(lambda: one.instance("many")["ledger"]["runs"] >= 2, "runs")
    seen = eventually(lambda: (i := one.instance("many")) and
                      i["ledger"]["dropped"]["series"] >= 500 and i,
                      "series refused")
    assert seen["ledger"]["failures"] == 0
    assert seen["worker"]["starts"] == 1
    assert seen["worker"]["last_cause"] is None
    one.wait_line("many: the table of series is full (1000)")
    one.wait_values("*/c/n1/many_*", 901)


def test_farmctl_test(tree, farm):
    """Isolated collectors run in workers, as they would in the daemon: one
    that crashes fails alone."""
    config = workers_farm(tree, [crashes("bad", "exit", only="n1")])
    one = farm(config)
    done = tree.run(tree.farmctl, "test", "--config", one.file)
    assert done.returncode == 2, done
    assert "bad: the worker of module crashes ended with status 3" in \
        done.stderr
    assert "inside" in done.stdout and "rtt" in done.stdout
    done = tree.run(tree.farmctl, "test", "--config", one.file, "outside",
                    "--format", "json")
    assert done.returncode == 0, done
    assert '"instance":"outside"' in done.stdout
    one.stop()
    assert ours(one) == set()
