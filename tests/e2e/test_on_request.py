"""Collectors that run on request: asleep until somebody asks for what they
give, and again when nobody does."""

import signal
import time

from farm import eventually


def request_farm(tree, *collect, nodes=("n1", "n2")):
    return {"modules": [str(tree.test_modules)],
            "clusters": {"c": {"nodes": list(nodes),
                               "collect": list(collect)}}}


def on_request(name, module="acts", **more):
    return {module: {"name": name, "run": "on_request", "every": "100ms",
                     "deadline": "30s", "idle_stop": "4s", **more}}


def status(one, name):
    return one.instance(name)["status"]


def runs(one, name):
    return one.instance(name)["ledger"]["runs"]


def test_runs_while_asked(tree, farm):
    """The first query has values already; later ones see it run; then it
    stops, and the last values stay with their age."""
    one = farm(request_farm(tree, on_request("lazy")))
    seen = one.instance("lazy")
    assert (seen["status"], seen["run"], seen["asked"]) == (
        "waiting", "on_request", None)
    assert one.ctl("instances").stdout.count("waiting") == 1

    first = one.get("/v1/latest", predicate="*/c/*/runs")
    assert [v["node"] for v in first["values"]] == ["n1", "n2"]
    assert "awaited" not in first
    assert status(one, "lazy") == "running"
    assert one.instance("lazy")["asked"] is not None
    eventually(lambda: one.latest("*/c/n1/runs")[("c", "n1", "runs")] > 3,
               "runs by its interval")

    eventually(lambda: status(one, "lazy") == "waiting", "the stop")
    stopped = runs(one, "lazy")
    values = one.get("/v1/latest", predicate="*/c/n1/began")["values"]
    assert values == []  # no such parameter came, and this asked again
    eventually(lambda: runs(one, "lazy") > stopped, "another start")
    assert one.instance("lazy")["ledger"]["failures"] == 0
    assert "asked for" in one.ctl("instances", "lazy").stdout


def test_only_what_it_declares(tree, farm):
    """Another node, cluster or parameter starts nothing, and neither does
    looking at instances."""
    one = farm(request_farm(tree, on_request("lazy", nodes=["n1"])))
    for predicate in ("*/c/n2/runs", "*/d/n1/runs", "other/c/n1/runs",
                      "*/c/n1/none", "*/c/n1/floo", "*/c/n1/x*"):
        assert one.latest(predicate) == {}
        assert status(one, "lazy") == "waiting", predicate
    one.get("/v1/instances")
    one.get("/v1/tree")
    assert runs(one, "lazy") == 0
    one.latest("*/c/n1/flood_x")
    eventually(lambda: runs(one, "lazy") > 0, "a run")


def test_history_starts_it(tree, farm):
    one = farm(request_farm(tree, on_request("lazy")))
    answer = one.get("/v1/history", predicate="*/c/n1/runs")
    assert [p[1] for p in answer["series"][0]["points"]][0] == 1


def test_says_what_is_late(tree, farm):
    """A run that takes longer than who asks can wait."""
    one = farm(request_farm(
        tree,
        on_request("slow", least="20s", most="20s", deadline="60s",
                   idle_stop="60s"),
        nodes=["n1"]))
    begun = time.monotonic()
    answer = one.get("/v1/latest", predicate="*/c/n1/runs")
    assert answer["values"] == [] and answer["awaited"] == ["slow"]
    assert time.monotonic() - begun >= 2
    said = one.ctl("latest", "*/c/n1/runs")
    assert said.returncode == 2
    assert "slow was started for this and has given nothing yet" in said.stderr
    assert status(one, "slow") == "running"


def test_worker_ends_with_the_last_one(tree, farm):
    """A process for two: gone when both are asleep, there again for one."""
    shared = {"isolate": "process", "worker": "both"}
    one = farm(request_farm(
        tree,
        on_request("a", nodes=["n1"], **shared),
        on_request("b", "acts_many", nodes=["n2"], **shared)))

    def worker(name):
        return one.instance(name)["worker"]

    assert worker("a")["pid"] == 0 and worker("a")["starts"] == 0
    # A query waits two seconds, which a process may take to start.
    one.wait_values("*/c/n1/runs")
    assert (status(one, "a"), status(one, "b")) == ("running", "waiting")
    pid = worker("a")["pid"]
    assert pid > 0
    one.wait_values("*/c/n2/rtt")
    assert worker("b")["pid"] == pid
    eventually(lambda: worker("a")["state"] == "idle", "the worker's end")
    seen = worker("a")
    assert (seen["pid"], seen["starts"], seen["last_cause"]) == (0, 1, None)
    assert (status(one, "a"), status(one, "b")) == ("waiting", "waiting")
    # Asked again at any moment, it comes back without a failure.
    for _ in range(3):
        one.latest("*/c/n1/runs")
        eventually(lambda: status(one, "a") == "waiting", "the stop")
        assert ("c", "n1", "runs") in one.latest("*/c/n1/runs")
    assert one.instance("a")["ledger"]["failures"] == 0
    assert worker("a")["last_cause"] is None
    assert not [l for l in one.lines if " error " in l], one.log()


def test_run_action_pause(tree, farm):
    """`run' and actions start it; one that is paused stays so."""
    one = farm(request_farm(tree, on_request("lazy")))

    def post(verb, **query):
        return one.request("POST", "/v1/instances/lazy/" + verb, "", **query)

    assert post("run", node="nobody")[0] == 409
    assert status(one, "lazy") == "waiting"
    assert post("run") == (200, {})
    eventually(lambda: runs(one, "lazy") > 0, "a run")
    assert post("pause")[0] == 200
    eventually(lambda: status(one, "lazy") == "paused", "the pause")
    one.latest("*/c/*/runs")
    assert post("resume")[0] == 200
    eventually(lambda: status(one, "lazy") == "waiting", "the stop")
    assert one.latest("*/c/*/runs") != {}


def test_changes(tree, farm):
    """A reload leaves it asleep; its interval, options and nodes change."""
    one = farm(request_farm(tree, on_request("lazy", nodes=["n1"])))
    one.write(request_farm(tree, on_request("lazy", stamp=True, every="150ms",
                                            idle_stop="60s")))
    n = len(one.lines)
    one.process.send_signal(signal.SIGHUP)
    one.wait_line_after(n, "change 1: reload")
    assert status(one, "lazy") == "waiting" and runs(one, "lazy") == 0
    one.wait_values("*/c/*/began", 2)
    one.write(request_farm(tree, on_request("lazy", stamp=True, every="150ms",
                                            idle_stop="300ms")))
    one.process.send_signal(signal.SIGHUP)
    eventually(lambda: status(one, "lazy") == "waiting", "a shorter wait")
    # No longer on request: another instance, which runs.
    one.write(request_farm(tree, on_request("lazy", run="always")))
    one.process.send_signal(signal.SIGHUP)
    eventually(lambda: status(one, "lazy") == "running" and
               runs(one, "lazy") > 2, "runs without anybody asking")


def test_farmctl_test_runs_it(tree, farm):
    one = farm(request_farm(tree, on_request("lazy")))
    done = tree.run(tree.farmctl, "test", "--config", one.file)
    assert done.returncode == 0 and "runs" in done.stdout, done
