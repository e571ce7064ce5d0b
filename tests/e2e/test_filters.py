"""Filters one behind the other, in a real farm: what goes on, and as what.

What each does in detail is the units' to test; here it is that they work on
what the router hands them, series that come and go included.
"""

import pathlib

import yaml

from farm import WAIT, eventually
from saying import run_again, say, saying


ROOT = pathlib.Path(__file__).resolve().parents[2]


def told(farm, file, turn, *values):
    """Say these, run once, and wait until that has come through."""
    say(file, [("double", name, str(number), unit, "")
               for name, number, unit in (*values, ("turn", turn, ""))])
    run_again(farm)
    eventually(lambda: farm.latest("*/*/*/turn") ==
               {("c", "n1", "turn"): turn})


def points(farm, predicate):
    series = farm.get("/v1/history", predicate=predicate)["series"]
    return [p[1] for p in series[0]["points"]] if series else []


def test_one_behind_the_other(farm, tree, tmp_path):
    file = tmp_path / "said"
    say(file, [])
    config = saying(tree, file, nodes=["n1"])
    config["filters"] = [
        {"drop": {"match": "*/*/*/debug*", "except": "*/*/*/debug_kept"}},
        {"rename": {"match": "*/c", "pattern": "(eth[0-9])_(.*)",
                    "node": "{node}:{1}", "parameter": "{2}"}},
        {"label": {"match": "*/*/*:eth*", "of": "node",
                   "pattern": "(.*):(.*)", "set": {"device": "{2}"}}},
        {"unit": {"match": "*/*/*/load", "to": "%", "from": "1"}},
        {"change": {"match": "*/*/*/load", "deadband": 10}},
        {"threshold": {"match": "*/*/*/temperature", "above": 50}},
        {"sample": {"match": "*/*/*/often", "one_of": 2}},
        {"match": {"match": "*/*/n1", "only": [
            "*/*/*/turn|load|temperature|often|debug_kept"]}},
    ]
    one = farm(config)
    eventually(lambda: one.instance("c/says")["ledger"]["runs"] == 1)
    readings = ((0.5, 40), (0.55, 51), (0.7, 60), (0.7, 70))
    for turn, (load, temperature) in enumerate(readings):
        told(one, file, turn, ("debug_x", 1, ""), ("debug_kept", 2, ""),
             ("eth0_in", 3, "By"), ("load", load, "1"), ("other", 1, ""),
             ("temperature", temperature, "Cel"), ("often", load, ""))
    assert points(one, "*/*/*/load") == [50, 70]
    assert points(one, "*/*/*/temperature") == [51]
    assert points(one, "*/*/*/often") == [0.5, 0.7]
    assert points(one, "*/c/n1:eth0/in") == [3, 3, 3, 3]
    assert set(one.latest("*/c/*/*")) == {
        ("c", "n1", "turn"), ("c", "n1", "load"), ("c", "n1", "temperature"),
        ("c", "n1", "often"), ("c", "n1", "debug_kept"),
        ("c", "n1:eth0", "in")}
    seen = one.get("/v1/latest", predicate="*/c/n1:eth0/in|load")["values"]
    assert seen[0]["labels"] == {"device": "eth0"} and seen[0]["unit"] == "By"
    seen = one.get("/v1/latest", predicate="*/c/n1/load")["values"]
    assert seen[0]["unit"] == "%"


def test_worker_nodes_as_one(farm, tree, tmp_path):
    """Ten of them in two clusters, by the configuration that is shipped."""
    config = yaml.safe_load((ROOT / "config/farm-global.yaml").read_text())
    for filter in config["filters"]:
        filter["aggregate"]["every"] = "1s"
    config |= {"modules": [tree.module("says")], "clusters": {}}
    for cluster, number, nodes in ("PN1", 0.5, 4), ("PN2", 3, 6), ("x", 9, 2):
        say(tmp_path / cluster, [("double", "Load5", str(number), "", ""),
                                 ("double", "NoCPUs", str(number), "", ""),
                                 ("double", "other", str(number), "", "")])
        config["clusters"] |= {cluster: saying(
            tree, tmp_path / cluster, [f"n{n}" for n in range(nodes)],
            every="200ms")["clusters"]["c"]}
    one = farm(config)
    common = {"count": 10, "of": 10, "sum": 20, "min": 0.5, "max": 3, "mean": 2}
    load = common | {f"bin{n}": {3: 4, 5: 6}.get(n, 0) for n in range(1, 6)}
    cpus = common | {f"bin{n}": {1: 4, 8: 6}.get(n, 0) for n in range(1, 9)}
    expected = {("all", "all", f"{name}_{what}"): number
                for name, said in (("Load5", load), ("NoCPUs", cpus))
                for what, number in said.items()}
    eventually(lambda: one.latest("*/all/all/*") == expected)


def test_merged_by_a_later_filter(farm, tree, tmp_path):
    """What one aggregate says in part, the next one says in all."""
    say(tmp_path / "a", [("double", "Load5", "0.1", "", "")])
    say(tmp_path / "b", [("double", "Load5", "0.7", "", "")])
    config = {"modules": [tree.module("says")], "clusters": {
        name: saying(tree, tmp_path / name, [f"n{n}" for n in range(3)],
                     every="200ms")["clusters"]["c"] for name in ("a", "b")}}
    config["filters"] = [
        {"aggregate": {"name": "part", "match": "*/*/*/Load5", "every": "1s",
                       "partials": True, "give": [], "replace": True}},
        {"aggregate": {"name": "all", "match": "*/*/*/Load5", "every": "1s",
                       "by": ["parameter"], "merge": "*/*/all/Load5",
                       "give": ["count", "sum"], "cluster": "farm"}},
    ]
    one = farm(config)
    eventually(lambda: one.latest("*/*/*/*") == {
        ("farm", "all", "Load5_count"): 6, ("farm", "all", "Load5_sum"): 2.4})


def test_what_is_wrong_is_said(farm, tree):
    """A filter that cannot open keeps the farm from starting, in words."""
    config = saying(tree, nodes=["n1"], every="50ms")
    config["filters"] = [{"rename": {"node": "{host}"}}]
    one = farm(config, wait=False)
    assert one.process.wait(WAIT) != 0
    one.wait_line('filters/rename: node: "{host}": byte 1: {host} is none of '
                  "{farm}, {cluster}")
