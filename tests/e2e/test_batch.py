"""Batch systems: real ones, asked here and by ssh."""

import pathlib

import pytest

from database import Server
from farm import agree, eventually
from slurm import Slurm
from sshd import Sshd
from storing import payloads, records, storing
from waiting import waits_agree

DATA = pathlib.Path(__file__).parents[1] / "data" / "batch"


@pytest.fixture
def slurm(tmp_path):
    folder = tmp_path / "slurm"
    folder.mkdir()
    one = Slurm(folder)
    try:
        one.start()
        yield one
    finally:
        one.stop()


@pytest.fixture
def sshd(tmp_path):
    folder = tmp_path / "sshd"
    folder.mkdir()
    one = Sshd(folder)
    one.start()
    yield one
    one.stop()


def config(slurm, **options):
    return {"clusters": {"batch": {"nodes": ["head"], "collect": [
        {"slurm": {"every": "2s", "min_interval": "1s",
                   "environment": slurm.environment, **options}}]}}}


def submitted(slurm):
    """Four CPUs; what does not fit waits."""
    slurm.submit("--wrap", "sleep 600", "-p", "debug", "-n", "2")
    slurm.submit("--wrap", "sleep 600", "-w", "n2")
    slurm.submit("--wrap", "sleep 600", "-w", "n2", "-J", "we|ird \n name")
    slurm.submit("--array=1-5", "--wrap", "sleep 600", "-w", "n2")
    slurm.submit("-H", "--wrap", "sleep 1")


WANT = {
    ("batch", "head", "jobs_running"): 3,
    ("batch", "head", "slots_running"): 4,
    ("batch", "head", "jobs_pending"): 5,
    ("batch", "head", "jobs_held"): 1,
    ("batch", "head", "slots_used"): 4,
    ("batch", "head", "slots_total"): 8,
    ("batch", "head", "nodes_full"): 2,
    ("batch", "head", "nodes_down"): 1,
    ("batch_queues", "debug", "jobs_running"): 1,
    ("batch_queues", "batch", "jobs_pending"): 5,
    ("batch_users", "nobody", "jobs_running"): 3,
    ("batch_nodes", "n1", "slots_used"): 2,
    ("batch_nodes", "gone", "up"): False,
}


@pytest.mark.parametrize("form, command", [
    ("text", "squeue -a -r -o"), ("json", "squeue -a --json")])
def test_slurm(farm, slurm, form, command):
    submitted(slurm)
    f = farm(config(slurm, format=form))
    agree(f, WANT, "what was submitted")
    assert f.latest()[("batch", "head", "wait_oldest")] < 60
    waits_agree(f, ("batch", "head"), ("batch_queues", "batch"),
                ("batch_users", "nobody"))
    # A job goes, its slots are free, the next one starts.
    slurm.run("scancel", "-t", "PENDING")
    agree(f, {("batch", "head", "jobs_pending"): 0,
              ("batch", "head", "jobs_held"): 0,
              ("batch_queues", "batch", "wait_oldest"): 0,
              ("batch_users", "nobody", "wait_median"): 0,
              ("batch", "head", "jobs_running"): 3},
          "only those that run")
    # The controller goes: a status and an error, and no count is 0.
    slurm.processes["slurmctld"].kill()
    f.wait_line(command)
    # Whether squeue gives up before its time is over is its own affair.
    eventually(lambda: f.latest()[("batch", "head", "status")] in (6, 7),
               "a status")
    agree(f, {("batch", "head", "stale"): True,
              ("batch", "head", "jobs_running"): 3}, "what was before")


def test_slurm_by_ssh(farm, slurm, sshd):
    submitted(slurm)
    f = farm(config(slurm, via=sshd.via, ssh=sshd.options(),
                    timeout="20s", isolate="process"))
    agree(f, WANT, "what was submitted")
    eventually(lambda: sshd.said().count("Starting session") > 5,
               "three cycles")
    # All of it by one connection.
    assert sshd.said().count("Accepted publickey") == 1


def test_events_of_jobs(farm, slurm, tmp_path):
    """Submitted, started, ended: each told once, in this order."""
    base = tmp_path / "farm.db"
    f = farm(storing(config(slurm, job_events=True, job_values=True,
                            job_lifetime="5s"), base))
    f.wait_values("*/batch/head/jobs_running")
    before = slurm.submit("--wrap", "sleep 600", "-n", "2", "-w", "n2")
    job = slurm.submit("--wrap", "sleep 600", "-w", "n2")
    series = ("batch_jobs", job, "job_state")

    def told():
        return [e["event"] for e in payloads(base, "event")
                if e.get("job") == job]

    eventually(lambda: told() == ["JOB.SUBMIT"], "a job that waits")
    assert f.latest()[series] == "pending"
    slurm.run("scancel", before)
    eventually(lambda: told() == ["JOB.SUBMIT", "JOB.START"], "its start")
    slurm.run("scancel", job)
    eventually(lambda: told() == ["JOB.SUBMIT", "JOB.START", "JOB.END"],
               "its end")
    end = [e for e in payloads(base, "event") if e.get("job") == job][-1]
    assert (end["to"], end["user"], end["queue"]) == ("gone", "nobody",
                                                      "batch")
    eventually(lambda: series not in f.latest(), "its values go, too")


@pytest.fixture
def accounted(tree, tmp_path):
    """A Slurm with accounting: slurmdbd before a MariaDB."""
    database = Server(tree, "mariadb", tmp_path / "mariadb")
    folder = tmp_path / "slurm"
    folder.mkdir()
    one = Slurm(folder, database)
    try:
        one.start()
        yield one
    finally:
        one.stop()
        database.end()


def finished(base):
    """Job, task and how it ended, in the order of jobs."""
    return sorted((int(r["job"]), r.get("task", -1), r["outcome"],
                   r.get("exit"), r.get("signal"))
                  for r in payloads(base, "accounting"))


def test_slurm_accounting(farm, accounted, tmp_path):
    """Each run of each job once: over kills of the daemon, when the database
    was away, when a job is requeued by its number."""
    slurm = accounted
    base = tmp_path / "farm.db"
    f = farm(storing(config(slurm, accounting=True, job_events=True,
                            sdiag=True, sshare=True), base))
    f.wait_values("*/batch/head/accounting_status")
    slurm.submit("--wrap", "exit 3", "-J", "we|ird \n9|9|name")
    slurm.submit("--wrap", "kill -9 $$")
    slurm.submit("--array=1-2", "--wrap", "true")
    slurm.submit("-H", "--wrap", "true")
    slurm.submit("--wrap", "srun sleep 1; sleep 600", "-J", "again")
    want = [(1, -1, "FAILED", 3, None), (2, -1, "FAILED", None, 9),
            (3, 1, "COMPLETED", 0, None), (3, 2, "COMPLETED", 0, None)]
    eventually(lambda: finished(base) == want, "four that are over")
    agree(f, {("batch", "head", "sdiag_status"): 0,
              ("batch", "head", "controller_jobs_submitted"): 6,
              ("batch_calls", "REQUEST_SUBMIT_BATCH_JOB", "calls"): 5,
              ("batch", "head", "sshare_status"): 0,
              ("batch_shares", "physics/nobody", "shares"): 1},
          "what the controller says of itself")
    eventually(lambda: slurm.run("squeue", "-h", "-j", "5", "-o", "%T")
               .strip() == "RUNNING", "one that runs")
    f.kill()
    slurm.run("scancel", "4")
    slurm.run("scontrol", "requeue", "5")
    f.start()
    want += [(4, -1, "CANCELLED", 0, None), (5, -1, "REQUEUED", 0, None)]
    eventually(lambda: finished(base) == want, "what ended meanwhile")
    # The controller keeps what the database could not take, and tells later.
    slurm.stop("slurmdbd")
    slurm.run("scancel", "5")
    f.wait_line("accounting: sacct -a -D -P")
    eventually(lambda: f.latest()[("batch", "head", "accounting_status")] == 7,
               "a status of its own")
    assert f.latest()[("batch", "head", "status")] == 0
    f.kill()
    slurm.start_slurmdbd()
    f.start()
    want += [(5, -1, "CANCELLED", 0, None)]
    eventually(lambda: finished(base) == sorted(want), "what came late")
    # Nothing comes again.
    latency = f.wait_values("*/batch/head/accounting_latency")
    seen = latency[("batch", "head", "accounting_latency")]
    eventually(lambda: f.latest()[("batch", "head", "accounting_latency")]
               != seen, "another look")
    assert finished(base) == sorted(want)
    first = next(r for r in payloads(base, "accounting") if r["job"] == "1")
    assert first["name"] == "we|ird \n9|9|name"
    assert (first["user"], first["group"], first["queue"],
            first["slots"]) == ("nobody", "physics", "batch", 1)
    ends = [(e["job"], e.get("exit"), e.get("signal"))
            for e in payloads(base, "event") if e["event"] == "JOB.END"]
    # Of 5 only its last run was its end.
    assert len(ends) == len(want) - 1
    assert ("2", None, 9) in ends and ("1", 3, None) in ends


def recorded_lsf(folder):
    """Programs that say what was recorded."""
    folder.mkdir()
    for program, name in (("lsid", "lsid"), ("bjobs", "bjobs-wa"), ("bhosts", "bhosts-w"),
                          ("bqueues", "bqueues-w"),
                          ("lshosts", "lshosts-w"), ("lsload", "lsload-w")):
        path = folder / program
        path.write_text(f"#!/bin/sh\ncat {DATA}/lsf/{name}.txt\n")
        path.chmod(0o755)
    return str(folder)


def test_finished_jobs_are_stored_once(farm, tmp_path):
    """Over kills of the daemon, and a log that is rotated meanwhile."""
    finished = (DATA / "lsf" / "lsb.acct").read_text().splitlines(True)
    log = tmp_path / "lsb.acct"
    log.write_text(finished[0])
    base = tmp_path / "farm.db"
    f = farm(storing({"clusters": {"batch": {"nodes": ["head"], "collect": [
        {"lsf": {"every": "1s", "min_interval": "1s",
                 "path": [recorded_lsf(tmp_path / "bin")],
                 "accounting": str(log)}}]}}}, base))
    # What is there when the log is first seen is old.
    f.wait_run("batch/lsf")
    for n, line in enumerate(finished, 1):
        with log.open("a") as out:
            out.write(line)
        if n % 3 == 1:
            records(base, "accounting", n)
        f.kill()
        if n == 4:
            log.rename(tmp_path / "lsb.acct.1")
            log.write_text("")
        f.start()
    records(base, "accounting", len(finished))
    f.stop()
    jobs = [(r["job"], r.get("task"), r["state"])
            for r in payloads(base, "accounting")]
    assert jobs == [("107", 1, "done"), ("107", 2, "done"),
                    ("101", None, "done"), ("103", None, "done"),
                    ("107", 3, "done"), ("109", None, "failed")]
