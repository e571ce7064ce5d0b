"""From collectors to whoever asks: bounds, names, lifetimes, self-metrics."""

import datetime
import json
import shutil
import socket
import time

from farm import eventually
from storing import rows


def farm_of(tree, clusters, **more):
    return {"modules": [str(tree.test_modules)], "clusters": clusters, **more}


def cluster(*collect, nodes=("n1",), **more):
    return {"nodes": list(nodes), "collect": list(collect), **more}


# None of it is to be late only because the machine has much to do.
CALM = {"acts": {"every": "500ms", "deadline": "30s"}}


def dropped(farm, instance):
    """By reason, what is not zero."""
    counts = farm.instance(instance)["ledger"]["dropped"]
    return {reason: n for reason, n in counts.items() if n}


def recent(farm, predicate):
    return farm.get("/v1/history", predicate=predicate, limit=1000000,
                    **{"from": "-1h"})["series"]


def own_metrics(farm):
    return {p: value for (_, _, p), value in farm.latest("*/farmd").items()}


# ------------------------------------------------------------------- bounds

def test_flood(tree, farm):
    """A flood costs the one who makes it: it is bounded, and counted by
    reason and owner wherever one may look; others do not notice."""
    f = farm(farm_of(tree, {
        "loud": cluster({"acts": {"every": "2s", "deadline": "1s",
                                  "act": "flood"}}, nodes=["n[1-4]"]),
        "calm": cluster(CALM)},
        limits={"queue": "4MiB"}, cache={"bytes": "1MiB"},
        self={"every": "1s"}))
    eventually(lambda: dropped(f, "loud/acts").get("queue_full"))
    eventually(lambda: dropped(f, "loud/acts").get("late"))
    seen = f.instance("calm/acts")["ledger"]["values"]
    eventually(lambda: f.instance("calm/acts")["ledger"]["values"] > seen + 6)
    assert dropped(f, "calm/acts") == {}
    assert f.instance("calm/acts")["ledger"]["skipped"] == 0
    assert set(dropped(f, "loud/acts")) == {"queue_full", "late"}
    f.request("POST", "/v1/instances/loud/acts/pause")
    eventually(lambda: {t["state"] for t in f.instance(
        "loud/acts")["targets"]} <= {"idle", "backoff"})

    lost = f.instance("loud/acts")["ledger"]["dropped"]
    assert f.get("/v1/status")["dropped"] == lost
    eventually(lambda: {reason: own_metrics(f)[f"dropped_{reason}"]
                        for reason in lost} == lost)
    seen = own_metrics(f)
    assert seen["late_values"] == lost["late"]
    assert seen["queue_peak"] <= 4 << 20
    assert seen["recent"] <= 1 << 20
    assert seen["recent_given_up"] > 0
    # What was taken came out: nothing is lost without being counted.
    taken = (f.instance("loud/acts")["ledger"]["values"] -
             lost["queue_full"] + f.instance("calm/acts")["ledger"]["values"])
    eventually(lambda: f.get("/v1/status")["values_in"] >= taken,
               f"{taken} values")


def test_bad_names(tree, farm):
    """They cost themselves, are counted and quoted; the others arrive."""
    f = farm(farm_of(tree, {"c": cluster(
        {"acts": {"every": "100ms", "deadline": "30s",
                  "act": "bad_names"}})}))
    f.wait_values("*/c/n1/runs>=5")
    f.wait_line("bad\\x0aname")
    assert {p for _, _, p in f.latest()} == {"good", "fine", "runs"}
    ledger = f.instance("c/acts")["ledger"]
    assert ledger["failures"] == 0
    assert ledger["dropped"]["name"] >= 2 * ledger["runs"] > 0
    assert dropped(f, "c/acts").keys() == {"name"}
    warned = [line for line in f.lines if "warning" in line]
    assert len(warned) == 1 and "bad\\x0aname" in warned[0]


def test_series_limit(tree, farm):
    """Series beyond the limit are refused, counted and said; the others go
    on."""
    calm = {"calm": cluster(CALM)}
    f = farm(farm_of(tree, calm, limits={"series": 1000}))
    f.wait_values("*/calm/*/*")
    f.write(farm_of(tree, {"many": cluster({"acts": {
        "every": "200ms", "least": "200ms", "deadline": "30s", "act": "many",
        "count": 3000}}), **calm}, limits={"series": 1000}))
    assert f.ctl("reload").returncode == 0
    f.wait_values("*/many/*/*", 900)
    f.wait_line("many/acts: n1: the table of series is full (1000)")
    eventually(lambda: f.instance("many/acts")["ledger"]["runs"] >= 3)
    assert f.get("/v1/status")["series"] == 1000
    lost = dropped(f, "many/acts")
    assert lost.keys() == {"series"}
    assert lost["series"] >= 3 * 2000
    assert dropped(f, "calm/acts") == {}
    assert f.get("/v1/status")["dropped"]["series"] >= lost["series"]


# ---------------------------------------------------------------- lifetimes

def seconds(text):
    """Of an RFC 3339 time with nanoseconds."""
    whole, fraction = text.removesuffix("Z").split(".")
    return datetime.datetime.fromisoformat(whole + "+00:00").timestamp() + (
        float("0." + fraction))


def removals(db):
    """What writers heard: {names: (when, reason)}"""
    heard = {}
    for when, payload in rows(
            db, "SELECT time, payload FROM records WHERE type = 'removal'"):
        names = json.loads(payload)
        reason = names.pop("reason")
        heard[tuple(names.values())] = (when / 1e9, reason)
    return heard


def test_lifetimes(tree, farm, tmp_path):
    """Parameter, node and cluster go within a second of their time, and that
    is a record; a new value brings them back."""
    db = tmp_path / "farm.db"
    hold = tmp_path / "hold"

    def quiet(**more):
        return {"acts": {"every": "50ms", "act": "quiet", "until": str(hold),
                         **more}}

    f = farm(farm_of(tree, {
        "p": cluster(quiet(parameter="goes", name="goes"),
                     {"acts": {"every": "50ms", "parameter": "stays",
                               "name": "stays"}},
                     lifetime={"parameter": "3s"}),
        "n": cluster(quiet(only="n2"), nodes=["n1", "n2"],
                     lifetime={"node": "3500ms"}),
        "k": cluster(quiet(), lifetime={"cluster": "4s"})},
        writers={"store": {"sql": {"url": f"sqlite:{db}"}}}))
    everything = {("p", "n1", "goes"), ("p", "n1", "stays"),
                  ("n", "n1", "runs"), ("n", "n2", "runs"),
                  ("k", "n1", "runs")}
    eventually(lambda: set(f.latest()) == everything, "all of them")

    hold.touch()
    eventually(lambda: set(f.latest()) == {("p", "n1", "stays"),
                                           ("n", "n1", "runs")})
    tree_seen = {c["cluster"]: [n["node"] for n in c["nodes"]]
                 for c in f.get("/v1/tree")["clusters"]}
    assert tree_seen == {"p": ["n1"], "n": ["n1"]}
    heard = eventually(lambda: len(removals(db)) >= 3 and removals(db))
    assert {names: reason for names, (_, reason) in heard.items()} == {
        ("test", "p", "n1", "goes"): "lifetime",
        ("test", "n", "n2"): "lifetime",
        ("test", "k"): "lifetime"}
    last = {(s["cluster"], s["node"], s["parameter"]):
            seconds(s["points"][-1][0]) for s in recent(f, "*")}
    for names, series, lifetime in (
            (("test", "p", "n1", "goes"), ("p", "n1", "goes"), 3),
            (("test", "n", "n2"), ("n", "n2", "runs"), 3.5),
            (("test", "k"), ("k", "n1", "runs"), 4)):
        late = heard[names][0] - last[series] - lifetime
        print(f"{'/'.join(names)}: removed {late:.3f} s after its time")
        assert -0.05 < late < 1

    hold.unlink()
    eventually(lambda: set(f.latest()) == everything, "all to come back")
    assert len(removals(db)) == 3


# ------------------------------------------------------------- self-metrics

def test_self_metrics(tree, farm):
    f = farm(farm_of(tree, {"c": cluster(
        {"acts": {"every": "100ms", "deadline": "30s", "least": "20ms",
                  "most": "20ms"}},
        nodes=["n1", "n2"])}, self={"every": "500ms"}))
    f.wait_values("*/c/*/runs>=10", 2)
    # The two are counted one after the other.
    seen = eventually(lambda: (m := own_metrics(f)).get("runs", 0) >= 20 and
                      m["values_in"] == m["values_out"] and m)
    assert {node for _, node, _ in f.latest("*/farmd")} == {
        socket.gethostname()}
    described = {p["name"] for p in f.get("/v1/modules/self")["parameters"]}
    drops = {f"dropped_{reason}" for reason in f.get("/v1/status")["dropped"]}
    assert set(seen) == (described - {"dropped_*"}) | drops
    assert 0 < seen["uptime"] < 60
    assert 1 << 20 < seen["rss"] < 1 << 30
    assert 0 < seen["cpu_time"] < 60e9
    # This metric is read by a run of its own.
    assert 1 <= seen["pool_busy"] <= seen["pool_peak_busy"] <= 3
    # Two to open the instances, and three for the first runs.
    assert seen["pool_busy"] <= seen["pool_threads"] <= 5
    assert (seen["clusters"], seen["nodes"]) == (2, 3)
    assert seen["series"] == 2 + len(seen)
    assert 0 < seen["lateness_p99"] < 1
    assert 0 < seen["pool_delay_p99"] < 1
    assert 0 < seen["route_latency_p99"] < 1
    assert seen["values_in"] > 20
    assert 0 < seen["records"] <= seen["values_in"]
    assert 0 < seen["recent_points"] <= seen["values_in"]
    assert 0 < seen["recent"] <= seen["cache"]
    for name in drops | {"pool_written_off", "runs_overdue", "late_values",
                         "series_expired", "recent_given_up",
                         "writers_behind"}:
        assert seen[name] == 0, name


# ------------------------------------------------- without store and network

def test_latest_without_the_store(tree, farm, tmp_path):
    """Last values do not need the database: neither one that has gone, nor
    one that never could be."""
    folder = tmp_path / "db"
    folder.mkdir()
    (tmp_path / "file").write_text("")
    f = farm(farm_of(
        tree, {"c": cluster({"acts": {"every": "50ms"}}, nodes=["n[1-20]"])},
        writers={
            "store": {"sql": {"url": f"sqlite:{folder}/farm.db"}},
            "never": {"sql": {"url": f"sqlite:{tmp_path}/file/farm.db"}}},
        limits={"shutdown": "500ms"}))
    f.wait_values("*/c/*/runs", 20)
    eventually(lambda: [
        p for p in f.request("GET", "/v1/health")[1]["problems"]
        if p["instance"] == "never" and
        f"{tmp_path}/file/farm.db" in p["error"]])
    assert f.request("GET", "/v1/health")[0] == 503

    # In one step: it is being written to.
    shutil.rmtree(folder.rename(tmp_path / "gone"))
    before = f.latest()
    assert len(before) == 20
    eventually(lambda: all(value > before[key] + 3
                           for key, value in f.latest().items()))
    assert len(recent(f, "*/c/*/runs")) == 20


def loopback_packets():
    with open("/proc/net/dev", encoding="ascii") as lines:
        fields = dict(line.split(":") for line in lines if ":" in line)
    assert set(name.strip() for name in fields) == {"lo"}
    counts, = (value.split() for value in fields.values())
    return int(counts[1]), int(counts[9])


def test_no_packet_without_a_destination(tree, farm, tmp_path):
    """The namespace has no interface but loopback, and not even there does
    anything move, in start, work and end."""
    before = loopback_packets()
    f = farm(farm_of(
        tree, {"c": cluster({"acts": {"every": "50ms"}}, "proc",
                            nodes=["localhost", "elsewhere.example"])},
        writers={"store": {"sql": {"url": f"sqlite:{tmp_path}/farm.db"}}},
        self={"every": "200ms"}))
    f.wait_values("*/c/*/runs>=20", 2)
    f.wait_values("*/c/*/Load1")
    assert f.stop() == 0
    assert loopback_packets() == before

    # It would have been seen.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"x", ("127.0.0.1", 9))
    assert loopback_packets() != before
