"""Reload and change while running: what did not change does not notice."""

import csv
import datetime
import json
import os
import shutil
import signal
import sqlite3
import threading
import time

import pytest

from farm import eventually
from storing import records


def cluster(nodes, *collect):
    return {"nodes": list(nodes), "collect": list(collect)}


EVERY = 0.25  # s
STEADY = cluster(["s1"], {"proc": {"every": f"{EVERY}s", "name": "steady"}})


def base(**sections):
    return {"clusters": {"steady": STEADY}, **sections}


def hup(farm, text="asked by uid"):
    """SIGHUP, and wait for the line that says what came of it."""
    before = len([l for l in farm.lines if text in l])
    farm.process.send_signal(signal.SIGHUP)
    eventually(lambda: len([l for l in farm.lines if text in l]) > before,
               "a line of the reload")
    return [l for l in farm.lines if text in l][-1]


def ids(farm):
    return {i["name"]: i for i in farm.get("/v1/instances")["instances"]}


def runs(farm, name):
    return ids(farm)[name]["ledger"]["runs"]


def wait_runs(farm, name, more=3):
    start = runs(farm, name)
    eventually(lambda: runs(farm, name) >= start + more, f"runs of {name}")


def history(farm, predicate):
    """Times of the points, in seconds."""
    done = farm.ctl("history", predicate, "--from", "-1h", "--format", "csv")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(done.stdout.splitlines()))
    return [datetime.datetime.fromisoformat(
        r["time"][:26].rstrip("Z")).timestamp() for r in rows]


def test_plan_changes_nothing(farm):
    f = farm(base())
    f.write({"clusters": {"steady": STEADY,
                          "more": cluster(["n[1-3]"], "proc")}})
    done = f.ctl("reload", "--plan")
    assert done.returncode == 0, done.stderr
    assert "added" in done.stdout and "more/proc" in done.stdout
    assert set(ids(f)) == {"steady"}
    done = f.ctl("reload")
    assert done.returncode == 0, done.stderr
    assert set(ids(f)) == {"steady", "more/proc"}
    assert "asked by uid" in f.wait_line("1 added (more/proc)")


def test_bad_file_keeps_the_old_one(farm):
    f = farm(base())
    good = f.file.read_text()
    f.file.write_text(good + "wrong: 1\nwriters: {x: {nosuch: {}}}\n")
    done = f.ctl("reload")
    assert done.returncode == 1
    assert 'unknown key "wrong"' in done.stderr
    assert 'no writer "nosuch"' in done.stderr
    assert f"{f.file}:" in done.stderr
    wait_runs(f, "steady")
    f.file.write_text(good)
    assert "1 kept" in hup(f)


def began(farm):
    """When each run began that has its value in memory, monotonic ns."""
    series, = farm.get("/v1/history", predicate="*/steady/s1/began",
                       **{"from": "-1h"})["series"]
    return [int(value) for _, value in series["points"]]


def stamped(tree, **sections):
    """The steady series says when its runs began."""
    return {"modules": [tree.module("acts")], **sections, "clusters": {
        "steady": cluster(["s1"], {"acts": {
            "every": f"{EVERY}s", "deadline": "30s", "stamp": True,
            "name": "steady"}}), **sections.get("clusters", {})}}


def in_the_book(farm, times, skipped):
    """Whether each due time since the run that began most exactly is that of a
    run or counted as skipped.  A due time that a reload lost, or began anew,
    would be missing for ever."""
    every = int(EVERY * 1e9)
    first = min(range(len(times)), key=lambda i: times[i] - i * every)
    due = (times[-1] - times[first]) / every
    return abs(due - (len(times) - 1 - first + skipped)) < 0.5


def test_others_do_not_notice(tree, farm):
    """Clusters, nodes, instances and intervals change; a series keeps its
    rhythm, of which every due time is a run or counted as skipped."""
    f = farm(stamped(tree))
    eventually(lambda: runs(f, "steady") > 5, "a start")
    started = ids(f)["steady"]["started"]
    for round_ in range(10):
        nodes = [f"n{i}" for i in range(1 + round_ % 4)]
        other = {"other": cluster(nodes, {"proc": {
            "every": f"{50 + 10 * round_}ms"}})}
        if round_ % 3 == 2:
            other = {}
        f.write(stamped(tree, clusters=other))
        hup(f)
    wait_runs(f, "steady", 5)
    assert ids(f)["steady"]["started"] == started

    def balanced():
        skipped = f.instance("steady")["targets"][0]["skipped"]
        times = began(f)
        return skipped == f.instance("steady")["targets"][0]["skipped"] and (
            len(times) >= 10 and in_the_book(f, times, skipped))

    # The last run may be late.
    eventually(balanced, "as many runs as were due")
    target = f.instance("steady")["targets"][0]
    assert (target["failures"], target["overruns"]) == (0, 0)


def test_a_long_reload_delays_nobody(tree, farm, tmp_path):
    """A change waits five seconds for a call that does not come back; twenty
    runs of the others are due in them."""
    hold = tmp_path / "hold"
    hold.touch()
    slow = cluster(["n1"], {"acts": {"every": "1h", "deadline": "10m",
                                     "act": "hang", "until": str(hold),
                                     "name": "slow"}})
    f = farm(stamped(tree, clusters={"slow": slow}))
    eventually(lambda: f.instance("slow")["targets"][0]["state"] == "running",
               "a call")
    f.write(stamped(tree))
    before = runs(f, "steady")
    hup(f)
    assert runs(f, "steady") >= before + 10
    f.wait_line("slow: removed, but a call does not come back; left behind")
    hold.unlink()


def test_targets_keep_their_state(farm):
    """A rate needs two readings of the same target: none is missing for the
    nodes that stay."""
    def config(nodes):
        return {"clusters": {"hosts": cluster(
            nodes, {"proc": {"every": "100ms"}})}}

    f = farm(config(["a", "b"]))
    eventually(lambda: runs(f, "hosts/proc") > 4, "a start")
    before = {t["node"]: t["runs"] for t in f.instance("hosts/proc")["targets"]}
    f.write(config(["b", "c"]))
    line = hup(f)
    assert "nodes +1 -1" in line
    after = {t["node"]: t["runs"] for t in f.instance("hosts/proc")["targets"]}
    assert set(after) == {"b", "c"}
    assert after["b"] >= before["b"]
    eventually(lambda: ("hosts", "c", "Load1") in f.latest(), "a value of c")


def test_dropped_module_is_found(farm, tmp_path):
    folder = tmp_path / "modules"
    folder.mkdir()
    f = farm(base(modules=[str(folder)]))
    hello = f.tree.build / "tests" / "good" / "hello.so"
    if not hello.exists():
        pytest.skip("the modules of the tests were not built")
    config = {"clusters": {"steady": STEADY,
                           "new": cluster(["x"], {"hello": {"every": "1s"}})},
              "modules": [str(folder)]}
    f.write(config)
    assert "1 error" in hup(f)
    shutil.copy(hello, folder / "hello.so")
    assert "1 added (new/hello)" in hup(f)
    os.utime(folder / "hello.so", (1, 1))
    done = f.request("POST", "/v1/reload", plan="true")[1]
    assert done["plan"]["modules_changed"] == [str(folder / "hello.so")]


def test_removed_writer_drains(farm, tmp_path):
    store = tmp_path / "store.db"

    def config(writers):
        return base(writers=writers)

    f = farm(config({"store": {"sql": {"url": f"sqlite:{store}"}}}))
    eventually(lambda: runs(f, "steady") > 5, "a start")
    f.write(config({}))
    hup(f)
    seen = f.latest("*/steady/*/Load1")
    assert seen and "store" not in ids(f)
    assert "not stored" not in f.log()
    with sqlite3.connect(store) as db:
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)


def test_changed_writer_goes_on(farm, tmp_path):
    """A store that cannot be opened, then can: nothing is lost meanwhile."""
    bad = tmp_path / "no" / "store.db"
    good = tmp_path / "store.db"

    def config(url):
        return base(writers={"store": {"sql": {"url": f"sqlite:{url}"}}})

    f = farm(config(bad))
    eventually(lambda: ids(f)["store"]["status"] == "failed", "a failure")
    eventually(lambda: runs(f, "steady") > 5, "some values")
    f.write(config(good))
    hup(f)
    eventually(lambda: ids(f)["store"]["status"] == "running", "the store")
    first = f.instance("steady")
    eventually(lambda: ids(f)["store"]["ledger"]["values"] > 0, "values")
    assert ids(f)["store"]["missed_values"] == 0, first


def descriptors(farm):
    return len(os.listdir(f"/proc/{farm.process.pid}/fd"))


def threads(farm):
    return len(os.listdir(f"/proc/{farm.process.pid}/task"))


def resident_kib(farm):
    with open(f"/proc/{farm.process.pid}/status") as f:
        return int(next(l for l in f if l.startswith("VmRSS")).split()[1])


def test_many_reloads_leak_nothing(farm, tmp_path):
    def config(i):
        clusters = {"steady": STEADY, "other": cluster(
            [f"n[1-{5 + i % 2}]"],
            {"proc": {"every": f"{1 + i % 3}s"}},
            {"icmp": {"count": 1 + i % 2, "every": "1s"}})}
        return {"clusters": clusters, "pool": {"idle": "100ms"},
                "filters": [{"rate": {"match": f"*/*/*/a{i % 2}"}}],
                "writers": {} if i % 2 else {"store": {"sql": {
                    "url": f"sqlite:{tmp_path / 'store.db'}"}}}}

    f = farm(config(0))

    def rounds(n):
        for i in range(n):
            f.write(config(i))
            done = f.ctl("reload")
            assert done.returncode == 0, done.stderr

    looking = threading.Event()

    def look():
        while not looking.is_set():
            for name in ids(f):
                f.request("GET", "/v1/instances/" + name)
            f.get("/v1/status")

    looker = threading.Thread(target=look)
    looker.start()
    rounds(20)
    looking.set()
    looker.join()
    before = descriptors(f), threads(f)

    def flat():
        before = resident_kib(f)
        rounds(50)
        return resident_kib(f) <= before + 2048

    # Allocators and what is kept in memory need a while until they are warm;
    # a leak of each configuration would be more than this each time.
    if "san" not in f.tree.build.name:
        assert any(flat() for _ in range(6))
    else:
        rounds(50)
    # Threads of the pool come with the work and go without.
    eventually(lambda: threads(f) <= before[1] + 3, "few threads")
    eventually(lambda: descriptors(f) <= before[0] + 3, "few descriptors")


# -- changes of single pieces -------------------------------------------------


def config(farm, *arguments, code=0):
    done = farm.ctl("config", *arguments)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def test_changes_survive_a_restart(farm):
    f = farm(base())
    operators = f.file.read_text()
    config(f, "set", "clusters.steady.collect.steady.every", "200ms")
    config(f, "set", "clusters.more", "{nodes: ['n[1-3]'], collect: [proc]}")
    config(f, "set", "clusters.more.nodes.n9", "127.0.0.9")
    config(f, "remove", "clusters.more.nodes.n2")
    config(f, "set", "clusters.more.collect.second", "{proc: {every: 9s}}")
    config(f, "set", "filters.rate", "{rate: {match: '*/*/*/none'}}")

    def state():
        seen = ids(f)
        return {n: (i["every_ns"], i["nodes"]) for n, i in seen.items()}

    before = state()
    assert before["steady"] == (200_000_000, 1)
    assert before["more/proc"] == (30_000_000_000, 3)
    assert before["second"] == (9_000_000_000, 3)
    assert "filters/rate" in before
    assert f.file.read_text() == operators
    assert f.stop() == 0
    f.lines.clear()
    f.start()
    assert state() == before
    config(f, "remove", "clusters.mo*")
    config(f, "remove", "filters.rate")
    assert set(ids(f)) == {"steady"}


def test_show_history_and_audit(farm):
    f = farm(base())
    config(f, "set", "clusters.steady.collect.steady.every", "200ms")
    shown = config(f, "show")
    every = next(l for l in shown.split("\n") if "every: 200ms" in l)
    assert "# changed 20" in every and " by " in every
    name = next(l for l in shown.split("\n") if "name: steady" in l)
    assert f"# {f.file}:" in name
    assert "set clusters.steady.collect.steady.every (api)" in \
        config(f, "history")
    line = f.wait_line("set clusters.steady.collect.steady.every")
    assert f"asked by uid {os.getuid()} (pid" in line


@pytest.mark.parametrize("arguments, why", [
    (("set", "clusters.steady.collect.nope.every", "1s"),
     'there is no "nope" in collect; there is: steady'),
    (("remove", "clusters.stead"),
     'there is no "stead" in clusters; there is: steady'),
    (("set", "pool.threads", "3"), "cannot be changed while running"),
    (("set", "clusters..x", "3"), "is no path such as"),
    (("set", "clusters.steady.collect.steady.evry", "1s"),
     'did you mean "every"?'),
    (("set", "filters.x", "[a, b]"), "an instance is a module's name"),
    (("set", "clusters.x.collect", "{a"), "not good YAML"),
])
def test_bad_changes(farm, arguments, why):
    f = farm(base())
    assert why in config(f, *arguments, code=1)
    assert not (f.state / "changes.yaml").exists()
    wait_runs(f, "steady")


def test_configuration_of_then(farm):
    """What ran at any past time: the start, a change, a restart."""
    one = farm({"clusters": {"hosts": cluster(["s1"],
                                              {"proc": {"every": "10s"}})}})
    began = time.time()
    eventually(lambda: time.time() > began + 0.05)
    path = "clusters.hosts.lifetime"
    assert one.ctl("config", "set", path, "7m").returncode == 0
    now = one.ctl("config", "show").stdout
    then = one.ctl("config", "show", "--at", f"{began:.3f}").stdout
    assert "lifetime: 7m" in now and "lifetime" not in then
    assert "every: 10s" in then
    early = one.ctl("config", "show", "--at", "2001-01-01")
    assert (early.returncode, early.stderr) == (
        2, "farmctl: config: at: the history does not reach back to then\n")
    assert one.stop() == 0
    one.start()
    changes = one.get("/v1/config/history")["changes"]
    assert [c["origin"] for c in changes] == ["start", "api"]
    assert one.ctl("config", "show").stdout == now


# -- what goes through it unbroken --------------------------------------------


def test_change_reaches_the_store(farm, tmp_path):
    """A change is a record like any other, with who, what and when."""
    store = tmp_path / "store.db"
    f = farm(base(writers={"store": {"sql": {"url": f"sqlite:{store}"}}}))
    config(f, "set", "clusters.steady.collect.steady.every", "150ms")
    config(f, "remove", "clusters.steady.collect.steady.every")
    hup(f)

    entries = records(store, "config", 4)
    assert [(e["origin"], e["what"]) for e in entries] == [
        ("start", "start"),
        ("api", "set clusters.steady.collect.steady.every"),
        ("api", "remove clusters.steady.collect.steady.every"),
        ("signal", "reload")]
    assert all(e["uid"] == os.getuid() for e in entries)
    assert entries[1]["plan"]["changed"][0]["what"] == ["interval"]
    assert "every: 150ms" in entries[1]["yaml"]
    assert "every: 150ms" not in entries[2]["yaml"]
    assert entries == f.get("/v1/config/history")["changes"]


def series_points(farm, predicate):
    """{time: value} of one series, in order."""
    found = farm.get("/v1/history", predicate=predicate,
                     **{"from": "-1h", "limit": 100000})["series"]
    assert len(found) == 1, found
    return dict(found[0]["points"])


def test_rates_go_on(farm, tree):
    """Each reading but the first has its rate, exactly that since the one
    before, whatever else is reloaded."""
    def counting(match="*/c/*/runs", before=(), **options):
        return {"modules": [tree.module("adapts")],
                "clusters": {"c": cluster(["n1"], {"adapts": {
                    "every": "50ms", **options}})},
                "filters": [*before, {"rate": {
                    "match": match, "suffix": "_rate",
                    "keep_counters": True}}]}

    other = {"rate": {"name": "other", "match": "*/*/*/none"}}
    f = farm(counting())
    eventually(lambda: ("c", "n1", "runs_rate") in f.latest(), "a rate")
    for changed in (counting(before=[other]), counting(match="*/*/*/runs"),
                    counting(before=[other], level=7), counting(level=8),
                    counting(level=8, every="80ms")):
        f.write(changed)
        hup(f)
        seen = f.latest()[("c", "n1", "runs")]
        eventually(lambda: f.latest()[("c", "n1", "runs")] > seen + 2, "runs")
    counts = series_points(f, "*/c/n1/runs")
    rates = series_points(f, "*/c/n1/runs_rate")
    times = list(counts)
    shared = [t for t in times[1:] if t <= max(rates)]
    assert len(shared) > 10 and set(rates) >= set(shared)
    for a, b in zip(times, shared):
        seconds = (stamp(b) - stamp(a)) / 1e9
        assert rates[b] == pytest.approx((counts[b] - counts[a]) / seconds)


def stamp(text):
    """Nanoseconds of a time as the API writes it."""
    whole, _, rest = text.rstrip("Z").partition(".")
    begin = datetime.datetime.fromisoformat(whole + "+00:00")
    return int(begin.timestamp()) * 10**9 + int(rest.ljust(9, "0") or 0)


def test_one_name_for_counter_and_rate_is_refused(farm):
    f = farm(base())
    f.write(base(filters=[{"rate": {"match": "*/*/*/x", "keep": True}}]))
    done = f.ctl("reload")
    assert done.returncode == 1
    assert f"{f.file}:" in done.stderr
    assert ("error: keep: needs a suffix, or counter and rate would have one "
            "name") in done.stderr
    wait_runs(f, "steady")
    f.write(base(filters=[{"rate": {"match": "*/*/*/x", "keep": True,
                                    "suffix": "_rate"}}]))
    assert "1 added (filters/rate)" in hup(f)


def test_nodes_of_a_file(farm):
    more = {"f": cluster(["n1", "@nodes"], {"proc": {"name": "filed"}})}
    f = farm(base())
    f.write({"clusters": {"steady": STEADY, **more}})
    done = f.ctl("reload")
    assert done.returncode == 1
    assert "nodes: No such file or directory" in done.stderr
    path = f.file.parent / "nodes"
    path.write_text("# of the other program\na[1-2]\nb 127.0.0.9\n")
    done = f.ctl("reload")
    assert done.returncode == 0, done.stderr

    def nodes():
        return [(t["node"], t["address"])
                for t in f.instance("filed")["targets"]]

    assert nodes() == [("n1", "n1"), ("a1", "a1"), ("a2", "a2"),
                       ("b", "127.0.0.9")]
    path.write_text("a2\nc\n")
    done = f.ctl("reload")
    assert "filed: nodes (+1 -2)" in done.stdout, done.stdout + done.stderr
    assert sorted(n for n, _ in nodes()) == ["a2", "c", "n1"]
    path.write_text("a2\na2\n")
    done = f.ctl("reload")
    assert done.returncode == 1
    assert f'{path}:2:1: error: node "a2" is in cluster "f" twice' \
        in done.stderr
    done = f.ctl("config", "remove", "clusters.f.nodes.a2")
    assert done.returncode != 0 and "@nodes" in done.stderr
