"""A real Grid Engine: what was submitted, and what has finished."""

import time

import pytest

from farm import agree, eventually
from gridengine import HOST, GridEngine
from storing import payloads, records, rows, storing
from waiting import waits_agree


@pytest.fixture
def grid(tmp_path):
    folder = tmp_path / "grid"
    folder.mkdir()
    one = GridEngine(folder)
    try:
        one.start()
        yield one
    finally:
        one.stop()


def config(grid, **options):
    return {"clusters": {"batch": {"nodes": ["head"], "collect": [
        {"gridengine": {"every": "1s", "min_interval": "1s",
                        "path": [str(grid.programs)],
                        "environment": grid.environment, **options}}]}}}


def running(grid, *words):
    job = grid.submit(*words, "sleep", "600")
    eventually(lambda: grid.state(job) == "r", f"job {job} to run")
    return job


def test_what_was_submitted(farm, grid):
    """Three slots and one: what does not fit waits."""
    running(grid, "-q", "all.q", "-pe", "smp", "2")
    # The two that are left, one of each queue.
    running(grid, "-P", "cms", "-pe", "smp", "2")
    before = time.time()
    grid.submit("-P", "cms", "-t", "1-6:2", "sleep", "600")
    grid.submit("-h", "-N", "we<ird&name", "sleep", "600")
    f = farm(config(grid, shares=True))
    agree(f, {
        ("batch", "head", "status"): 0,
        ("batch", "head", "jobs_running"): 2,
        ("batch", "head", "slots_running"): 4,
        ("batch", "head", "jobs_pending"): 3,
        ("batch", "head", "jobs_held"): 1,
        ("batch", "head", "slots_total"): 4,
        ("batch", "head", "slots_used"): 4,
        ("batch", "head", "nodes_full"): 1,
        ("batch_queues", "all.q", "slots_used"): 3,
        ("batch_queues", "long.q", "slots_used"): 1,
        ("batch_users", "nobody", "jobs_running"): 2,
        ("batch_groups", "cms", "jobs_running"): 1,
        ("batch_groups", "cms", "jobs_pending"): 3,
        ("batch_nodes", HOST, "up"): True,
        # There is no share tree, which is not the snapshot's failure.
        ("batch", "head", "shares_status"): 7,
    }, "what was submitted")
    # Submitted at a whole second.
    assert 0 <= f.latest()[("batch", "head", "wait_oldest")] <= \
        time.time() - before + 1
    waits_agree(f, ("batch", "head"), ("batch_groups", "cms"),
                ("batch_users", "nobody"))
    grid.share()
    agree(f, {
        ("batch", "head", "shares_status"): 0,
        ("batch_shares", "cms", "shares"): 300,
        ("batch_shares", "cms", "shares_part"): 0.75,
        ("batch_shares", "default", "shares_part"): 0.25,
    }, "the share tree")
    # One job stops, a queue is shut, jobs go.
    grid.run("qmod", "-sj", "1")
    grid.run("qmod", "-d", "all.q")
    grid.run("qdel", "3", "4")
    agree(f, {
        ("batch", "head", "jobs_running"): 1,
        ("batch", "head", "jobs_suspended"): 1,
        ("batch", "head", "jobs_pending"): 0,
        ("batch", "head", "jobs_held"): 0,
        ("batch_users", "nobody", "wait_oldest"): 0,
        ("batch_groups", "cms", "wait_median"): 0,
        ("batch_queues", "all.q", "open"): False,
        ("batch_queues", "long.q", "open"): True,
    }, "what is left")
    # The master goes: a status and an error, and no count is 0.
    grid.processes[0].kill()
    f.wait_line("unable to send message to qmaster")
    agree(f, {("batch", "head", "status"): 7,
              ("batch", "head", "stale"): True,
              ("batch", "head", "jobs_running"): 1}, "what was before")


def test_finished_jobs_once(farm, grid, tmp_path):
    """By the cell's own accounting file, over kills of the daemon."""
    base = tmp_path / "farm.db"
    first = grid.submit("true")
    eventually(lambda: grid.accounted() == [first], "its record")
    f = farm(storing(config(grid, accounting=str(grid.accounting)), base))
    # What is there when the file is first seen is old.
    f.wait_run("batch/gridengine")
    want = {}
    for n in range(3):
        ended = {grid.submit("-P", "cms", "true"): ("done", 0, None),
                 grid.submit("sh", "-c", "'exit 3'"): ("failed", 3, None),
                 grid.submit("sh", "-c", "'kill -9 $$'"):
                     ("failed", None, 9)}
        if n != 1:
            records(base, "accounting", len(want))
        f.kill()
        want.update(ended)
        eventually(lambda: len(grid.accounted()) == len(want) + 1,
                   "records of all")
        f.start()
    array = grid.submit("-t", "1-2", "true")
    records(base, "accounting", len(want) + 2)
    f.stop()
    found = payloads(base, "accounting")
    assert sorted(r["job"] for r in found) == \
        sorted([*want, array, array])
    assert {r["task"] for r in found if r["job"] == array} == {1, 2}
    for r in found:
        assert r["user"] == "nobody" and r["node"] == HOST
        if r["job"] != array:
            assert (r["state"], r.get("exit"), r.get("signal")) == \
                want[r["job"]], r
    assert sum(r.get("group") == "cms" for r in found) == 3


def total(base, node, parameter):
    """Of all intervals."""
    return rows(base, "SELECT coalesce(sum(value), 0) FROM history WHERE "
                "cluster = 'batch' AND node = ? AND parameter = ?", node,
                parameter) == [(1,)]


def test_virtual_organisations(farm, grid, tmp_path):
    """By the names of monOsgVoJobs, with a map of groups."""
    base = tmp_path / "farm.db"
    groups = tmp_path / "groups"
    groups.write_text("cms USCMS\n")
    first = grid.submit("true")
    eventually(lambda: grid.accounted() == [first], "its record")
    f = farm(storing(config(grid, accounting=str(grid.accounting),
                            names="monalisa", groups=str(groups)), base))
    # Two snapshots, so that what comes is new.
    f.wait_values("*/batch_Totals/Totals/SubmittedJobs")
    job = running(grid, "-P", "cms")
    agree(f, {("batch", "USCMS", "RunningJobs"): 1,
              ("batch", "USCMS", "TotalJobs"): 1,
              ("batch", "USCMS", "VO_Status"): 0,
              ("batch_Totals", "Totals", "RunningJobs"): 1,
              ("batch_Totals", "Status", "VO_JOBS_Status"): 0},
          "a job of theirs")
    eventually(lambda: total(base, "USCMS", "SubmittedJobs"), "its beginning")
    grid.run("qdel", job)
    for parameter in ("FinishedJobs", "FinishedJobs_Error"):
        eventually(lambda: total(base, "USCMS", parameter), parameter)
    agree(f, {("batch_Totals", "Totals", "RunningJobs"): 0}, "no job")
    f.stop()
    assert total(base, "USCMS", "FinishedJobs_Error")
    assert not total(base, "USCMS", "FinishedJobs_Success")
