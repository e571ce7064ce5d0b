"""What the collectors and filters of the tree give, held against the system."""

import os
import pathlib
import socket
import subprocess
import time

import pytest

from farm import eventually
from saying import run_again, say, saying
from test_reload import series_points, stamp

PROC = pathlib.Path("/proc")


# -- proc -----------------------------------------------------------------

def meminfo():
    """{key: MiB} of /proc/meminfo"""
    lines = (PROC / "meminfo").read_text().splitlines()
    return {l.split(":")[0]: int(l.split()[1]) / 1024 for l in lines}


def loads():
    return [float(w) for w in (PROC / "loadavg").read_text().split()[:3]]


def values_of(farm, cluster="hosts"):
    return {p: v for (c, _, p), v in farm.latest(f"*/{cluster}").items()}


def between(before, value, after, slack):
    low, high = min(before, after), max(before, after)
    return low - slack <= value <= high + slack


MEMORY = {"MEM_total": "MemTotal", "MEM_free": "MemFree",
          "MEM_available": "MemAvailable", "MEM_cached": "Cached",
          "MEM_buffers": "Buffers", "SWAP_total": "SwapTotal",
          "SWAP_free": "SwapFree"}


def compared(farm):
    """The values of a run, and what is not between what /proc said before it
    and after it."""
    loads_before, memory_before = loads(), meminfo()
    runs = farm.instance("hosts/proc")["ledger"]["runs"]
    # One may have begun before.
    eventually(lambda: farm.instance("hosts/proc")["ledger"]["runs"] > runs + 1)
    v = values_of(farm)
    loads_after, memory_after = loads(), meminfo()
    wrong = [name for name, b, a in zip(("Load1", "Load5", "Load15"),
                                        loads_before, loads_after)
             if not between(b, v[name], a, 0.01)]
    for name, key in MEMORY.items():
        # Others use this machine too, so what is not a total moves.
        slack = memory_before["MemTotal"] / 20 if "total" not in name else 0.01
        if not between(memory_before[key], v[name], memory_after[key], slack):
            wrong.append(name)
    return v, wrong


def test_proc_agrees_with_proc(farm):
    one = farm({"clusters": {"hosts": {"nodes": ["localhost"], "collect": [
        {"proc": {"every": "500ms", "deadline": "30s"}}]}}})
    eventually(lambda: "CPU_usr" in values_of(one))

    def agreed():
        # What moves can go up and down meanwhile.
        v, wrong = compared(one)
        return None if wrong else v

    v = eventually(agreed, "between what /proc says before and after")
    assert v["NoCPUs"] == os.sysconf("SC_NPROCESSORS_ONLN")
    shares = [v[f"CPU_{n}"] for n in ("usr", "nice", "sys", "idle", "iowait",
                                      "int", "softint", "steal")]
    assert all(-0.01 <= s <= 100.01 for s in shares)
    assert sum(shares) + v["CPU_guest"] == pytest.approx(100, abs=1)
    assert abs(v["cpu_usage"] + v["CPU_idle"] + v["CPU_iowait"] - 100) < 1


def test_first_run_gives_no_rates(farm):
    one = farm({"clusters": {"hosts": {"nodes": ["localhost"], "collect": [
        {"proc": {"every": "1h"}}]}}})
    one.wait_values("*/hosts/*/Load*", 3)
    v = values_of(one)
    assert not [p for p in v if p.startswith("CPU_") or p.endswith("_R")
                or p.endswith(("_IN", "_OUT"))]


def received():
    """Bytes that came in through lo."""
    for line in (PROC / "net/dev").read_text().splitlines():
        if line.strip().startswith("lo:"):
            return int(line.split(":")[1].split()[0])
    return 0


def test_proc_counts_traffic(farm):
    """Bytes sent through lo come back as megabits per second."""
    one = farm({"clusters": {"hosts": {"nodes": ["localhost"], "collect": [
        {"proc": {"every": "1h", "groups": ["net"],
                  "interfaces_except": []}}]}}})
    one.wait_values("*/hosts/*/lo_ERRS")
    before = received()
    end = time.monotonic() + 3
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        while time.monotonic() < end:
            sender.sendto(b"x" * 10000, ("127.0.0.1", 9))
    one.request("POST", "/v1/instances/hosts/proc/run")
    one.wait_values("*/hosts/*/lo_IN")
    megabits = (received() - before) * 8 / 1e6
    first, second = (p[0] for p in one.get(
        "/v1/history", predicate="*/*/*/lo_ERRS")["series"][0]["points"])
    seconds = (stamp(second) - stamp(first)) / 1e9
    seen = one.latest("*/*/*/lo_IN")[("hosts", "localhost", "lo_IN")]
    assert seen * seconds == pytest.approx(megabits, rel=0.1)


# -- icmp -----------------------------------------------------------------

def run(*command):
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def roads():
    """Addresses that lead nowhere: one says so, one is silent."""
    run("ip", "route", "add", "unreachable", "192.0.2.1/32")
    run("ip", "route", "add", "blackhole", "192.0.2.2/32")
    # What comes back in through lo and is not ours is dropped in silence.
    run("ip", "route", "add", "198.51.100.0/24", "dev", "lo")
    yield
    for where in ("unreachable 192.0.2.1/32", "blackhole 192.0.2.2/32",
                  "198.51.100.0/24"):
        run("ip", "route", "del", *where.split())


def test_icmp(farm, roads):
    answering = ["127.0.0.1", "127.1.2.3", "127.255.255.254", "::1"]
    silent = ["192.0.2.1", "192.0.2.2", "198.51.100.9"]
    one = farm({"clusters": {"net": {
        "nodes": [*({"name": f"node {a}", "address": a}
                    for a in answering + silent), "no.such.name.invalid"],
        "collect": [{"icmp": {"every": "3s", "count": 3, "spacing": "20ms",
                              "timeout": "2s", "align": True}}]}}})
    one.wait_values("*/net/*/loss", len(answering + silent))
    v = one.latest("*/net")
    for address in answering:
        node = f"node {address}"
        assert v["net", node, "loss"] == 0, address
        assert v["net", node, "received"] == v["net", node, "sent"] == 3
        assert v["net", node, "status"] == "ok"
        assert 0 < v["net", node, "rtt_min"] <= v["net", node, "rtt"] \
            <= v["net", node, "rtt_max"] < 2000
    for node in (f"node {a}" for a in silent):
        assert v["net", node, "loss"] == 100, node
        assert v["net", node, "status"] != "ok"
        assert ("net", node, "rtt") not in v
    instance = one.instance("net/icmp")
    assert instance["status"] == "running"
    errors = {t["node"]: t["last_error"] for t in instance["targets"]}
    assert "name resolution" in errors.pop("no.such.name.invalid")
    assert not any(errors.values())


def test_icmp_keeps_its_rhythm(farm, roads):
    """Those that do not answer hold up none of those that do."""
    nodes = [{"name": "alive", "address": "127.0.0.1"},
             *({"name": f"dead{i}", "address": f"198.51.100.{i}"}
               for i in range(10, 60))]
    one = farm({"clusters": {"net": {"nodes": nodes, "collect": [
        {"icmp": {"every": "2s", "count": 1, "timeout": "1600ms"}}]}}})
    eventually(lambda: len(one.latest("*/net/dead*/loss")) == 50)

    def times():
        series = one.get("/v1/history", predicate="*/net/alive/rtt")["series"]
        return [p[0] for p in series[0]["points"]] if series else []

    eventually(lambda: len(times()) >= 6)
    stamps = [stamp(t) / 1e9 for t in times()]
    steps = [b - a for a, b in zip(stamps, stamps[1:])]
    # The busiest machine is not late by a second.
    assert all(1 < s < 3 for s in steps[1:]), steps


# -- rate -----------------------------------------------------------------

def rates(farm, parameter):
    series = farm.get("/v1/history",
                      predicate=f"*/c/n1/{parameter}")["series"]
    return [p[1] for p in series[0]["points"]] if series else []


def test_rate(farm, tree):
    """Of a count of each run: per second of what lies between two runs."""
    config = saying(tree, nodes=["n1"], every="50ms")
    config["filters"] = [{"rate": {"match": "*/*/*/count",
                                   "suffix": "_rate",
                                   "keep_counters": True}}]
    one = farm(config)
    eventually(lambda: len(rates(one, "count_rate")) >= 30)
    counts = series_points(one, "*/c/n1/count")
    seen = series_points(one, "*/c/n1/count_rate")
    times = list(counts)
    assert counts[times[0]] == 1 and times[0] not in seen
    for before, after in zip(times, times[1:]):
        seconds = (stamp(after) - stamp(before)) / 1e9
        assert seen[after] == pytest.approx(
            (counts[after] - counts[before]) / seconds)
    unit = one.get("/v1/latest", predicate="*/c/n1/count_rate")["values"][0]
    assert (unit["unit"], unit["kind"], unit["type"]) == (
        "1/s", "gauge", "double")


def test_rate_over_wraps_and_restarts(farm, tree, tmp_path):
    """One reading after the other; a restart gives none, a wrap the right."""
    said = tmp_path / "said"
    say(said, [])
    config = saying(tree, said, nodes=["n1"])
    config["filters"] = [{"rate": {"match": "*/*/*/small|large"}}]
    one = farm(config)
    eventually(lambda: one.instance("c/says")["ledger"]["runs"] == 1)
    # (32 bits, 64 bits, how many rates there are then of each)
    readings = [(2**32 - 10, 2**64 - 10, 0, 0), (10, 10, 1, 1),
                (1010, 2**60, 2, 2), (3, 5, 2, 2), (103, 105, 3, 3)]
    for i, (small, large, n_small, n_large) in enumerate(readings):
        say(said, [("uint64", "small", str(small), "By", "counter32"),
                   ("uint64", "large", str(large), "By", "counter64"),
                   ("int64", "round", str(i), "", "")])
        run_again(one)
        eventually(lambda: one.latest("*/*/*/round") ==
                   {("c", "n1", "round"): i})
        assert len(rates(one, "small")) == n_small, readings[i]
        assert len(rates(one, "large")) == n_large, readings[i]
    assert all(r > 0 for r in rates(one, "small") + rates(one, "large"))
    last = one.get("/v1/latest", predicate="*/c/n1/small")["values"][0]
    assert (last["unit"], last["kind"]) == ("By/s", "gauge")
