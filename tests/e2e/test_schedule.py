"""When targets run: rhythm, threads, hangs, backoff, an operator's word."""

import time

import pytest

from farm import WAIT, eventually


def acts(tree, nodes, collect, **more):
    """A farm of one cluster, collected by the modules made for tests."""
    return {"modules": [str(tree.test_modules)],
            "clusters": {"c": {"nodes": nodes, "collect": collect}}, **more}


def targets(farm, instance="c/acts"):
    return {t["node"]: t for t in farm.instance(instance)["targets"]}


def history(farm, predicate):
    return farm.get("/v1/history", predicate=predicate, limit=1000000,
                    **{"from": "-1h"})["series"]


def period_errors(farm, node, every, since):
    """How far apart runs were, less the interval, as shares of it."""
    errors = []
    for one in history(farm, f"*/c/{node}/began"):
        began = [int(value) / 1e9 for _, value in one["points"]]
        began = [at for at in began if at >= since]
        errors += [abs(b - a - every) / every
                   for a, b in zip(began, began[1:])]
    return sorted(errors)


def busy_during(farm, seconds):
    """The mean of how many threads were busy."""
    end = time.monotonic() + seconds
    seen = []
    while time.monotonic() < end:
        seen.append(farm.get("/v1/status")["pool"]["busy"])
        time.sleep(0.05)
    return sum(seen) / len(seen)


def p99(sorted_values):
    return sorted_values[int(len(sorted_values) * 0.99)]


def rhythm(farm, node, every, rounds, at_least):
    """The period errors of the last rounds; waits for rounds in which nothing
    held up the whole machine."""
    seen = []

    def steady():
        seen[:] = period_errors(farm, node, every,
                                time.monotonic() - (rounds + 1.5) * every)
        return len(seen) >= at_least * rounds and p99(seen) < 0.05

    eventually(steady, f"a steady rhythm of {node}",
               (2 * rounds + 2) * every + WAIT)
    return seen


def threads_needed(farm, every):
    """By how long the runs take: threads that sleep wake up later where there
    is much to do."""
    took = [t["last_wall_ns"] / 1e9 for t in targets(farm).values()]
    return sum(took) / every


def at_rest(farm, **runs):
    """Wait until each node has had so many runs, and none is in one."""
    eventually(lambda: {node: (t["runs"], t["state"]) for node, t in
                        targets(farm).items()} ==
               {node: (n, "idle") for node, n in runs.items()},
               f"runs {runs}")


@pytest.mark.parametrize("every, least, most, rounds", [
    pytest.param(3, 0.1, 0.15, 2, id="scaled"),
    pytest.param(30, 1.0, 1.5, 2, id="whole", marks=pytest.mark.long)])
def test_300_targets(tree, farm, tmp_path, record_property, every, least, most,
                     rounds):
    """300 targets need 10 to 15 threads; 20 that hang leave the rest alone;
    the pool shrinks when there is less to do."""
    hold = tmp_path / "hold"
    f = farm(acts(tree, ["n[001-280]", "h[01-20]"], [{"acts": {
        "every": f"{every}s", "least": f"{least}s", "most": f"{most}s",
        "act": "hang", "only": "h", "until": str(hold), "stamp": True}}],
        pool={"idle": "1s"}))

    # The first runs are spread over an interval.
    f.wait_values("*/c/*/began", 300, timeout=2 * every + WAIT)
    busy = busy_during(f, rounds * every)
    needed = threads_needed(f, every)
    errors = rhythm(f, "*", every, rounds, 300)
    record_property("busy", busy)
    record_property("p99", p99(errors))
    print(f"{busy:.1f} threads busy, {needed:.1f} needed, p99 of the period "
          f"error {100 * p99(errors):.2f} % of {len(errors)}")
    # 10 to 15 on a machine that has nothing else to do.
    assert needed >= 10
    assert 0.8 * needed <= busy <= 1.2 * needed

    hold.touch()
    eventually(lambda: f.get("/v1/status")["overruns"] >= 20,
               "20 targets past their deadline", 3 * every + WAIT)
    hung = [f"h{i:02}" for i in range(1, 21)]
    # Due again and again while they hang.
    eventually(lambda: all(targets(f)[h]["skipped"] >= rounds for h in hung),
               "runs skipped", (rounds + 1) * every + WAIT)
    errors = rhythm(f, "n*", every, rounds, 280)
    status = f.get("/v1/status")
    print(f"with 20 that hang: p99 {100 * p99(errors):.2f} % of {len(errors)}, "
          f"{status['pool']}")
    record_property("p99 with hung", p99(errors))
    assert status["pool"]["written_off"] == 16
    assert [n for n, t in targets(f).items() if t["state"] == "hung"] == hung
    assert f.instance("c/acts")["ledger"]["skipped"] >= 20 * rounds
    f.wait_line(f"c/acts: h01: past its deadline of {every}s, "
                "hangs in poll (libc.so.6)")

    # What they say now is too late; each takes up its rhythm again.
    before = f.latest("*/c/h*/runs")
    hold.unlink()
    f.wait_line("c/acts: h20: came back after")
    eventually(lambda: f.get("/v1/status")["pool"]["written_off"] == 0)
    # Four were not written off: there may be no more than 16.
    eventually(lambda: "hung" not in {t["state"] for t in
                                      targets(f).values()})
    assert f.instance("c/acts")["ledger"]["dropped"]["late"] == 20
    eventually(lambda: all(
        value >= before[key] + 2
        for key, value in f.latest("*/c/h*/runs").items()),
        "all to run again", 2 * every + WAIT)

    f.request("POST", "/v1/instances/c/acts/pause")
    eventually(lambda: f.get("/v1/status")["pool"]["threads"] == 0,
               "no thread left")
    assert f.get("/v1/status")["pool"]["peak_busy"] >= 20


def test_never_overlaps_itself(tree, farm):
    """Each run takes two and a half intervals. The module aborts if called
    for a target it is in."""
    f = farm(acts(tree, ["n[1-4]"], [{"acts": {
        "every": "100ms", "deadline": "5s", "least": "250ms", "most": "250ms",
        "stamp": True}}]))
    f.wait_values("*/*/*/runs>=6", 4)
    series = history(f, "*/*/*/began")
    seen = targets(f)
    assert len(series) == 4
    for one in series:
        began = [int(value) for _, value in one["points"]]
        assert all(b - a >= 250e6 for a, b in zip(began, began[1:]))
        # Whatever was due has run or was skipped.
        t = seen[one["node"]]
        due = (began[-1] - began[0]) // 10**8
        assert t["skipped"] + t["runs"] >= due - 1, (due, t)
        assert t["overruns"] == 0
    assert f.get("/v1/status")["skipped"] >= sum(
        t["skipped"] for t in seen.values()) > 0


def test_spinning(tree, farm, tmp_path):
    hold = tmp_path / "hold"
    hold.touch()
    f = farm(acts(tree, ["n1"], [{"acts": {
        "every": "300ms", "act": "spin", "until": str(hold)}}]))
    f.wait_line("c/acts: n1: past its deadline of 300ms, "
                "runs on the CPU in acts.so")
    assert targets(f)["n1"]["last_error"] == (
        "past its deadline of 300ms, runs on the CPU in acts.so")
    hold.unlink()
    f.wait_values("*/*/n1/runs>=3")


def test_set_that_is_silent(tree, farm, tmp_path):
    """A collect_many() that hangs stops its instance, no other, and goes on
    by itself when the call returns."""
    hold = tmp_path / "hold"
    hold.touch()
    f = farm(acts(tree, ["n[01-50]"], [
        {"acts_many": {"every": "500ms", "manner": "silent",
                       "until": str(hold), "name": "silent"}},
        {"acts_many": {"every": "500ms", "takes": "100ms", "name": "wakes",
                       "deadline": "30s"}}]))
    f.wait_line("silent: ")
    eventually(lambda: f.instance("silent")["status"] == "hung")
    status, health = f.request("GET", "/v1/health")
    assert (status, health["status"]) == (503, "degraded")
    assert [p["instance"] for p in health["problems"]] == ["silent"]
    assert "past its deadline of 500ms, hangs in poll" in (
        health["problems"][0]["error"])

    done = f.instance("wakes")["ledger"]["runs"]
    eventually(lambda: f.instance("wakes")["ledger"]["runs"] >= done + 100)
    assert f.instance("wakes")["ledger"]["failures"] == 0
    hold.unlink()
    eventually(lambda: f.request("GET", "/v1/health")[0] == 200)
    assert f.instance("silent")["status"] == "running"


def test_sets_need_one_thread(tree, farm):
    f = farm(acts(tree, ["n[0001-1000]"], [{"acts_many": {
        "every": "2s", "takes": "50ms"}}]))
    f.wait_values("*/*/*/rtt", 1000)
    assert f.get("/v1/status")["pool"]["peak_busy"] == 1


def test_backoff(tree, farm, tmp_path):
    """What fails again and again is left alone for longer and longer, which
    can be seen, and comes back by itself."""
    hold = tmp_path / "hold"
    hold.touch()
    f = farm(acts(tree, ["n1"], [{"acts": {
        "every": "100ms", "act": "fail", "until": str(hold)}}]))
    eventually(lambda: targets(f)["n1"]["state"] == "backoff")
    seen = eventually(lambda: (one := f.instance("c/acts")) and
                      one["targets"][0]["failures_in_a_row"] >= 6 and one)
    # Every 100 ms would have been many more by now.
    assert seen["status"] == "backoff"
    assert seen["ledger"]["runs"] == seen["ledger"]["failures"] <= 7
    assert seen["targets"][0]["last_error"] == "told to fail"
    assert f.get("/v1/status")["problems"][0]["error"] == "told to fail"

    hold.unlink()
    f.wait_values("*/*/n1/runs>=12")
    n1 = targets(f)["n1"]
    assert (n1["state"], n1["failures_in_a_row"]) != ("backoff", 0)
    assert n1["failures_in_a_row"] == 0
    f.wait_line("c/acts: n1: works again after")
    assert f.request("GET", "/v1/health")[0] == 200


def test_one_of_many_backs_off(tree, farm, tmp_path):
    hold = tmp_path / "hold"
    hold.touch()
    f = farm(acts(tree, ["bad", "n1", "n2"], [{"acts": {
        "every": "100ms", "act": "fail", "only": "bad",
        "until": str(hold)}}]))
    eventually(lambda: targets(f)["bad"]["state"] == "backoff")
    assert f.instance("c/acts")["status"] == "running"
    before = targets(f)["n1"]["runs"]
    eventually(lambda: targets(f)["n1"]["runs"] >= before + 10)
    assert targets(f)["bad"]["runs"] < 10
    assert targets(f)["n1"]["failures"] == 0


def test_operator(tree, farm):
    """Run now, pause and resume, each answered, done and logged."""
    f = farm(acts(tree, ["n[1-3]"], [{"acts": {"every": "1h"}}]))
    at_rest(f, n1=1, n2=1, n3=1)

    def post(verb, **query):
        status, answer = f.request("POST", f"/v1/instances/c/acts/{verb}",
                                   **query)
        return status, answer.get("error", {}).get("message")

    assert post("run", node="n2") == (200, None)
    at_rest(f, n1=1, n2=2, n3=1)
    assert post("run") == (200, None)
    at_rest(f, n1=2, n2=3, n3=2)
    eventually(lambda: {node: runs for (_, node, _), runs in
                        f.latest().items()} == {"n1": 2, "n2": 3, "n3": 2})
    assert post("run", node="n9") == (409, 'c/acts: no node "n9"')

    assert post("pause") == (200, None)
    assert f.instance("c/acts")["status"] == "paused"
    assert post("run") == (409, "c/acts: is paused")
    assert f.request("GET", "/v1/health")[0] == 200
    assert post("resume") == (200, None)
    assert f.instance("c/acts")["status"] == "running"
    assert post("run") == (200, None)
    f.wait_values("*/*/n2/runs=4")
    for what in ("run at once", "paused", "resumed"):
        f.wait_line(f"c/acts: {what}, asked by uid ")


def test_pause_holds(tree, farm):
    f = farm(acts(tree, ["n1"], [{"acts": {"every": "50ms"}}]))
    f.wait_values("*/*/n1/runs>=3")
    f.request("POST", "/v1/instances/c/acts/pause")
    eventually(lambda: targets(f)["n1"]["state"] == "idle")
    runs = targets(f)["n1"]["runs"]
    time.sleep(0.5)  # ten intervals in which nothing must happen
    assert targets(f)["n1"]["runs"] == runs
    f.request("POST", "/v1/instances/c/acts/resume")
    eventually(lambda: targets(f)["n1"]["runs"] > runs)


def test_aligned(tree, farm):
    """All nodes at multiples of the interval of the clock, never before."""
    f = farm(acts(tree, ["n[01-20]"], [{"acts": {
        "every": "2s", "align": True}}]))
    f.wait_values("*/*/*/runs>=4", 20)
    series = history(f, "*/*/*/runs")
    assert len(series) == 20
    late = sorted(float(at[17:-1]) % 2 for one in series
                  for at, _ in one["points"])
    assert late[len(late) // 2] < 0.2 and late[-1] < 0.8, late
