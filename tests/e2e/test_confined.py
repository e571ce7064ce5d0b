"""What a worker may not do: each limit is seen to bite, and said."""

import errno
import os
import signal

from farm import eventually
from test_worker import sanitized

ALWAYS = ["privileges", "capabilities"]
# What the filter of system calls refuses whoever asks; with CAP_SYS_ADMIN in
# the bounding set all of these could work.
REFUSED = ("ptrace", "mount", "bpf", "perf", "userfaultfd", "keyctl",
           "unshare", "namespace", "io_uring")


def one_farm(tree, *collect, **more):
    for name in ("tries", "tries_all", "crashes"):
        tree.module(name)
    return {"modules": [str(tree.test_modules)], "clusters": {"c": {
        "nodes": ["n1"], "collect": list(collect)}}, **more}


def tried(farm, name="tries"):
    """{what: errno} of the last run."""
    eventually(lambda: farm.instance(name)["ledger"]["runs"] > 0, "a run")
    found = eventually(lambda: farm.latest("*/c/n1/*"), "values")
    return {parameter: value for (_, _, parameter), value in found.items()}


def worker(farm, name):
    return farm.instance(name)["worker"]


def tries(module="tries", **more):
    return {module: {"name": "tries", "every": "300ms", "deadline": "30s",
                     **more}}


def test_nothing_declared(tree, farm, tmp_path):
    """A module that says no needs gets none of what it tries."""
    one = farm(one_farm(tree, tries(folder=str(tmp_path))))
    seen = tried(one)
    for what in REFUSED:
        assert seen[what] == errno.EPERM, (what, seen)
    assert seen["exec"] == errno.EPERM
    assert seen["raw_socket"] == errno.EPERM
    assert seen["create"] == errno.EACCES
    assert seen["null"] == 0
    assert not (tmp_path / "made").exists()
    said = worker(one, "tries")
    assert said["confined"] == ALWAYS + ["write", "system_calls", "exec"]
    assert said["unconfined"] is None
    assert "confined: privileges, capabilities, write, system_calls, exec" in \
        one.ctl("instances", "tries").stdout


def test_all_declared(tree, farm, tmp_path):
    """One that says what it needs gets that, and no more."""
    one = farm(one_farm(tree, tries("tries_all", folder=str(tmp_path))))
    seen = tried(one)
    for what in ("exec", "raw_socket", "create"):
        assert seen[what] == 0, (what, seen)
    assert (tmp_path / "made").exists()
    for what in REFUSED:
        assert seen[what] == errno.EPERM, (what, seen)
    assert worker(one, "tries")["confined"] == ALWAYS + ["system_calls"]


def test_write_only_there(tree, farm, tmp_path):
    """`write' opens a folder to one module, and shuts the rest to another."""
    yes, no = tmp_path / "yes", tmp_path / "no"
    yes.mkdir()
    no.mkdir()
    one = farm(one_farm(
        tree, tries(folder=str(yes), limits={"write": [str(yes)]})))
    assert tried(one)["create"] == 0 and (yes / "made").exists()
    one.stop()
    two = farm(one_farm(tree, tries(
        "tries_all", folder=str(no), limits={"write": str(yes)})))
    assert tried(two)["create"] == errno.EACCES
    assert list(no.iterdir()) == []
    three = tmp_path / "three.yaml"
    three.write_text(
        "clusters: {c: {nodes: [a], collect: [{proc: {isolate: process, "
        "limits: {write: here}}}]}}\n")
    assert '"write": "here" is no absolute path' in tree.check(three).stderr


def test_all_system_calls(tree, farm):
    """The filter can be left out: then only capabilities count."""
    one = farm(one_farm(tree, tries(limits={"system_calls": "all"})))
    seen = tried(one)
    assert seen["namespace"] == 0 and seen["bpf"] != errno.EPERM, seen
    assert "system_calls" not in worker(one, "tries")["confined"]


def test_path_that_is_not_there(tree, farm):
    one = farm(one_farm(tree, tries(limits={"write": ["/nowhere"]})))
    one.wait_line("could not be started: limit of write: /nowhere: No such "
                  "file or directory")


def test_cpu_time(tree, farm):
    """It is spent by spinning, long before the deadline of the run."""
    one = farm(one_farm(tree, {"crashes": {
        "name": "spin", "act": "spin", "every": "10m", "deadline": "10m",
        "limits": {"cpu_time": "1s"}}}))
    one.wait_line("error spin: the worker of module crashes was killed by "
                  f"signal {int(signal.SIGXCPU)} (CPU time limit exceeded)")
    assert "cpu_time" in worker(one, "spin")["confined"]


def test_address_space(tree, farm):
    if sanitized(tree):
        return  # which need more of it than any limit
    one = farm(one_farm(tree, {"crashes": {
        "name": "leak", "act": "leak", "every": "10m", "deadline": "10m",
        "limits": {"memory": "512MiB"}}}))
    one.wait_line("error leak: the worker of module crashes was killed by "
                  "signal 6 (Aborted)", timeout=120)


def group_of(root):
    found = [p for p in root.iterdir() if p.name.startswith("worker-")]
    return found[0] if found else None


def test_cgroup(tree, farm, tmp_path):
    """In a tree that looks like one: what is written, and by whom."""
    root = tmp_path / "cgroup"
    root.mkdir()
    (root / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    limits = {"resident": "64MiB", "cpus": 0.5, "processes": 20}
    one = farm(one_farm(tree, tries(limits=limits), cgroup=str(root)))
    tried(one)
    group = group_of(root)
    assert (root / "cgroup.subtree_control").read_text() == \
        "+memory +cpu +pids"
    assert (group / "memory.max").read_text() == str(64 << 20)
    assert (group / "cpu.max").read_text() == "50000 100000"
    assert (group / "pids.max").read_text() == "20"
    said = worker(one, "tries")
    assert (group / "cgroup.procs").read_text() == str(said["pid"])
    assert said["confined"][-3:] == ["cpus", "resident", "processes"]
    os.kill(said["pid"], signal.SIGKILL)
    eventually(lambda: (group / "cgroup.kill").exists(), "the group's end")


def test_no_cgroup(tree, farm, tmp_path):
    """It runs all the same; what does not hold is said."""
    (tmp_path / "cgroup.controllers").write_text("cpu io\n")
    one = farm(one_farm(tree, tries(limits={"cpus": 1, "files": 100}),
                        cgroup=str(tmp_path)))
    tried(one)
    why = (f"cgroup: {tmp_path}: has not all of the controllers memory, cpu, "
           "pids")
    one.wait_line(f"tries: its worker is not confined as it should be: {why}")
    said = worker(one, "tries")
    assert said["unconfined"] == why
    assert "files" in said["confined"] and "cpus" not in said["confined"]
    assert f"not confined: {why}" in one.ctl("instances", "tries").stdout
