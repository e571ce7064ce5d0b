"""Options that change while an instance runs: the module goes on with them, or
is closed and opened, and nothing else notices."""

import json

import pytest

from farm import eventually
from storing import records

EVERY = 0.1  # s


def config(tree, marks, neighbour=True, **options):
    collect = [{"adapts": {"name": "one", "every": "100ms", "marks": str(marks),
                           **options}}]
    if neighbour:
        collect.append({"adapts": {"name": "two", "every": "100ms",
                                   "marks": f"{marks}.two"}})
    return {"modules": [tree.module("adapts")],
            "clusters": {"c": {"nodes": ["n1", "n2"],
                               "collect": collect[:1]},
                         "d": {"nodes": ["m1"], "collect": collect[1:]}}}


def calls(path):
    return path.read_text().split() if path.exists() else []


def value(farm, parameter, node="n1"):
    return farm.latest(f"*/c/{node}/{parameter}").get(("c", node, parameter))


def reload(farm):
    done = farm.ctl("reload")
    assert done.returncode == 0, done.stderr
    return done


def started(farm, name):
    return farm.instance(name)["started"]


def points(farm, node):
    found = farm.get("/v1/history", predicate=f"*/c/{node}/runs",
                     **{"from": "-1h", "limit": 100000})["series"]
    assert len(found) == 1
    return [p["value"] if isinstance(p, dict) else p[1]
            for p in found[0]["points"]]


@pytest.fixture
def marks(tmp_path):
    return tmp_path / "marks"


def test_accepted(farm, tree, marks):
    """The same state, targets and rhythm: every run has its point, the count
    of each target goes on."""
    # A busy machine neither skips a run nor gives one up.
    rhythm = {"every": "500ms", "deadline": "30s"}
    f = farm(config(tree, marks, **rhythm))
    eventually(lambda: value(f, "runs") and value(f, "runs") > 3, "runs")
    began = started(f, "one")
    for level in range(2, 12):
        f.write(config(tree, marks, level=level, label=f"label {level}",
                       words=["x"] * level + [f"word {level}"], **rhythm))
        reload(f)
        eventually(lambda: value(f, "level") == level, "the new level")
        eventually(lambda: value(f, "word", "n2") == f"word {level}", "words")
        assert value(f, "label") == f"label {level}"
    assert calls(marks) == ["open"] + 10 * ["accept"]
    assert started(f, "one") == began
    for target in f.instance("one")["targets"]:
        assert (target["skipped"], target["failures"]) == (0, 0)
        counts = points(f, target["node"])
        assert counts == list(range(1, len(counts) + 1))
    assert calls(marks.with_suffix(".two")) == ["open"]


def test_old_texts_stay_while_they_are_in_use(farm, tree, marks):
    """Neither another configuration nor an option taken over takes away what
    the state still points to."""
    f = farm(config(tree, marks, label="first", words=["a", "first"]))
    eventually(lambda: value(f, "word") == "first", "a value")
    for every in ("90ms", "80ms", "70ms"):
        f.write(config(tree, marks, label="first", words=["a", "first"],
                       every=every))
        reload(f)
        runs = value(f, "runs")
        eventually(lambda: value(f, "runs") > runs + 1, "more runs")
    f.write(config(tree, marks, label="second", words=["a", "first"]))
    reload(f)
    eventually(lambda: value(f, "label") == "second", "the new label")
    f.write(config(tree, marks, neighbour=False, label="second",
                   words=["a", "first"]))
    reload(f)
    runs = value(f, "runs")
    eventually(lambda: value(f, "runs") > runs + 1, "more runs")
    assert value(f, "word") == "first"
    assert calls(marks) == ["open", "accept"]


def test_refused(farm, tree, marks):
    """That one instance is closed and opened; its neighbour is not."""
    f = farm(config(tree, marks))
    eventually(lambda: value(f, "runs"), "a run")
    began, neighbour = started(f, "one"), started(f, "two")
    f.write(config(tree, marks, fixed=2, level=7))
    reload(f)
    eventually(lambda: value(f, "level") == 7, "the new level")
    assert calls(marks) == ["open", "refuse", "close", "open"]
    assert started(f, "one") > began and started(f, "two") == neighbour
    assert calls(marks.with_suffix(".two")) == ["open"]
    f.write(config(tree, marks, fixed=2, level=8))
    reload(f)
    eventually(lambda: value(f, "level") == 8, "the level after")
    assert calls(marks)[4:] == ["accept"]


def test_one_that_does_not_open_again(farm, tree, marks):
    """It says so, is tried again, and comes back with better options."""
    f = farm(config(tree, marks))
    eventually(lambda: value(f, "runs"), "a run")
    f.write(config(tree, marks, fails=True))
    reload(f)
    f.wait_line("one: told not to open")
    eventually(lambda: f.instance("one")["status"] == "failed", "its status")
    f.write(config(tree, marks, level=9))
    reload(f)
    eventually(lambda: value(f, "level") == 9, "the new level")


def test_one_that_hangs(farm, tree, marks, tmp_path):
    """It costs the reload its patience, and is replaced; when the call comes
    back, nothing is left of it."""
    stuck = tmp_path / "stuck"
    stuck.touch()
    f = farm(config(tree, marks, stuck=str(stuck)))
    eventually(lambda: value(f, "runs"), "a run")
    neighbour = started(f, "two")
    f.write(config(tree, marks, stuck=str(stuck), level=4))
    reload(f)
    f.wait_line("one: removed, but a call does not come back; left behind")
    eventually(lambda: value(f, "level") == 4, "a value of the other")
    assert started(f, "two") == neighbour
    assert calls(marks) == ["open", "open"]
    stuck.unlink()
    eventually(lambda: "accept" in calls(marks), "the call is back")

    def closed():
        reload(f)
        return "close" in calls(marks)

    eventually(closed, "the end of what was left behind")
    runs = value(f, "runs")
    eventually(lambda: value(f, "runs") > runs, "more runs")


def test_many(farm, tree):
    """collect_many() with targets in hand all the time."""
    def many(takes, manner="wakes"):
        return {"modules": [tree.module("acts_many")], "clusters": {"c": {
            "nodes": ["n[1-40]"], "collect": [{"acts_many": {
                "name": "many", "every": "50ms", "deadline": "30s",
                "takes": takes, "manner": manner}}]}}}

    f = farm(many("5ms"))
    eventually(lambda: f.instance("many")["ledger"]["values"] > 100, "values")
    began = started(f, "many")
    for i in range(10):
        f.write(many(f"{6 + i}ms"))
        reload(f)
    seen = f.instance("many")
    assert seen["started"] == began
    assert all(t["failures"] == 0 for t in seen["targets"])
    f.write(many("1ms", "simple"))
    reload(f)
    eventually(lambda: started(f, "many") > began, "another start")
    before = f.instance("many")["ledger"]["values"]
    eventually(lambda: f.instance("many")["ledger"]["values"] > before + 100,
               "values after it")


def test_a_lifetime_of_its_own(farm, tree, marks, tmp_path):
    """What a module gives a short life goes, with a record; the rest of the
    node, which lives for ever, stays."""
    store = tmp_path / "store.db"
    f = farm({**config(tree, marks, brief="4s"),
              "writers": {"store": {"sql": {"url": f"sqlite:{store}"}}}})
    brief = {("c", n, p) for n in ("n1", "n2")
             for p in ("by_name", "by_handle")}
    f.wait_values("*/c/*/by_name|by_handle", 4)

    rows = records(store, "removal", 4)
    assert {(r["cluster"], r["node"], r["parameter"]) for r in rows} == brief
    assert {r["reason"] for r in rows} == {"lifetime"}
    left = f.latest("*/c/*/*")
    assert not brief & set(left) and ("c", "n1", "level") in left
