"""Modules from elsewhere are loaded by processes that are thrown away: what
they do there costs the daemon nothing."""

import json
import os
import pathlib
import signal

import pytest

from farm import eventually


def farm_of(tree, *collect):
    tree.module("explodes")
    return {"modules": [str(tree.test_modules)],
            "clusters": {"c": {"nodes": ["n1"], "collect": [
                {"acts": {"every": "200ms", "isolate": "process"}},
                *collect]}}}


def maps(pid):
    return pathlib.Path(f"/proc/{pid}/maps").read_text()


@pytest.mark.parametrize("how, why", [
    ("segv", "crashed (SIGSEGV) while it was loaded"),
    ("exit", "ended with status 7 while it was loaded"),
    ("hang", "was not loaded within 10s")])
def test_check(tree, farm, how, why):
    """`farmctl check' lives to say which module it is, and where."""
    one = farm(farm_of(tree))
    one.write(farm_of(tree, "explodes"))
    done = tree.run(tree.farmctl, "check", "--config", one.file,
                    env={**os.environ, "EXPLODES": how})
    path = tree.test_modules / "explodes.so"
    assert done.returncode != 0
    assert f"error: {path}: {why}" in done.stdout + done.stderr
    assert f"{one.file}:" in done.stdout + done.stderr


def test_reload(tree, farm):
    """The daemon refuses it, and goes on as it was."""
    one = farm(farm_of(tree), environment={"EXPLODES": "segv"})
    one.wait_values("*/c/n1/runs")
    one.write(farm_of(tree, "explodes"))
    one.process.send_signal(signal.SIGHUP)
    one.wait_line("explodes.so: crashed (SIGSEGV) while it was loaded")
    before = one.instance("c/acts")["ledger"]["runs"]
    eventually(lambda: one.instance("c/acts")["ledger"]["runs"] > before,
               "more runs")
    assert one.process.poll() is None


def test_daemon_loads_only_what_runs_in_it(tree, farm):
    one = farm(farm_of(tree, "explodes", {"says": {
        "isolate": "none", "every": "1h", "file": "/dev/null"}}),
        environment={"EXPLODES": "not"})
    assert one.wait_values("*/c/n1/whole")[("c", "n1", "whole")] == 1
    one.wait_values("*/c/n1/runs")
    here = maps(one.process.pid)
    assert "says.so" in here
    assert "explodes.so" not in here and "acts.so" not in here
    there = maps(one.instance("c/explodes")["worker"]["pid"])
    assert "explodes.so" in there
    # What was learnt is known as if it had been loaded.
    status, known = one.request("GET", "/v1/modules/explodes")
    assert status == 200
    assert known["parameters"][0]["name"] == "whole"


def test_describe(tree, farm):
    """The same, by a process of its own, as by the one that asks."""
    one = farm(farm_of(tree))
    path = tree.test_modules / "says.so"
    told = tree.run(tree.farmctl, "module", "describe", path, "--format",
                    "json")
    assert told.returncode == 0, told
    known = json.loads(told.stdout)
    assert known["summary"] == "says what it is told"
    assert [o["name"] for o in known["options"]][:1] == ["file"]
    assert known["actions"][0]["name"] == "echo"
    broken = tree.run(tree.farmctl, "module", "describe",
                      tree.test_modules / "explodes.so",
                      env={**os.environ, "EXPLODES": "segv"})
    assert "crashed (SIGSEGV) while it was loaded" in broken.stderr
    assert one.process.poll() is None
