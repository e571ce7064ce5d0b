"""HTCondor by programs that say what is documented: finished jobs, each once,
from a history that is rotated, and by condor_history."""

import json
import pathlib
import time

from storing import payloads, records, storing

DATA = pathlib.Path(__file__).parents[1] / "data" / "batch" / "condor"
WANT = [json.loads(line)
        for line in (DATA / "history.json").read_text().splitlines()]


def ads():
    """The records of the history, each with the line below it."""
    found = []
    for line in (DATA / "history.txt").read_text().splitlines(True):
        if not found or found[-1].splitlines()[-1].startswith("***"):
            found.append("")
        found[-1] += line
    return found


def programs(folder, **scripts):
    folder.mkdir()
    scripts = {"condor_q": f"cat {DATA}/q.json",
               "condor_status": f"cat {DATA}/status.json", **scripts}
    for name, script in scripts.items():
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    return str(folder)


def config(base, **options):
    return storing({"clusters": {"batch": {"nodes": ["head"], "collect": [
        {"condor": {"every": "1s", "min_interval": "1s", **options}}]}}},
        base)


def test_history_file(farm, tmp_path):
    """Over kills, with two rotations while the daemon is down."""
    base, log = tmp_path / "farm.db", tmp_path / "history"
    log.write_text(ads()[0])
    f = farm(config(base, accounting=str(log),
                    path=[programs(tmp_path / "bin")]))
    # What is there when the file is first seen is old.
    f.wait_run("batch/condor")
    with log.open("a") as out:
        out.write(ads()[0])
    records(base, "accounting", 1)
    f.kill()
    for n, name in ((1, "history.20261122T010000"),
                    (2, "history.20261122T020000")):
        with log.open("a") as out:
            out.write(ads()[n])
        log.rename(tmp_path / name)
    log.write_text(ads()[3])
    f.start()
    records(base, "accounting", len(WANT))
    f.kill()
    f.start()
    f.wait_run("batch/condor")
    f.stop()
    assert payloads(base, "accounting") == WANT


def test_condor_history(farm, tmp_path):
    """It gives the same again and again; jobs come to it meanwhile."""
    base, said = tmp_path / "farm.db", tmp_path / "said"
    said.write_text("")
    f = farm(config(base, history=True, path=[programs(
        tmp_path / "bin", condor_history=f"cat {said}")]))
    f.wait_values("*/batch/head/accounting_status")
    now = int(time.time())
    told = []
    for n in range(4):
        told.append("\n".join((
            f"ClusterId = {n}", "ProcId = 0", 'Owner = "ann"',
            "JobStatus = 4", f"CompletionDate = {now + 60 - n}",
            f"EnteredCurrentStatus = {now + 60 - n}", "ExitCode = 0\n")))
        # As one that is read must be whole.
        new = tmp_path / "new"
        new.write_text("\n".join(reversed(told)))
        new.rename(said)
        records(base, "accounting", n + 1)
        f.kill()
        f.start()
    # Asked once more.
    f.wait_values("*/batch/head/accounting_status")
    f.stop()
    assert [r["job"] for r in payloads(base, "accounting")] == \
        ["0", "1", "2", "3"]
