"""Farms with a journal and a store, and what has come to the store."""

import collections
import json
import sqlite3

from farm import eventually


def storing(config, base, **journal):
    return {**config, "journal": journal, "writers": {"store": {"sql": {
        "url": f"sqlite:{base}", "busy_timeout": "50ms"}}}}


NOT_YET = ("no such table", "unable to open database file", "is locked")


def rows(base, query, *values):
    """What a database answers that a writer may not have made yet, nor its
    tables: nothing then."""
    try:
        with sqlite3.connect(f"file:{base}?mode=ro", uri=True,
                             timeout=10) as db:
            return db.execute(query, values).fetchall()
    except sqlite3.OperationalError as error:
        if not any(text in str(error) for text in NOT_YET):
            raise
        return []


def stored(base, node="n1"):
    """The counts in the database, in the order of positions."""
    return [v for (v,) in rows(
        base, "SELECT value FROM history WHERE node = ? AND "
        "parameter = 'count' ORDER BY position", node)]


def payloads(base, kind):
    """What records of that type say, in the order of positions."""
    return [json.loads(r) for (r,) in rows(
        base, "SELECT payload FROM records WHERE type = ? ORDER BY position",
        kind)]


def records(base, kind, n):
    """Of that type at least n; waits for them."""
    def found():
        seen = payloads(base, kind)
        return seen if len(seen) >= n else None

    return eventually(found, f"{n} records of type {kind}")


def lives(counts):
    """Each start counts from 1: the counts of each life, checked whole."""
    found = []
    for count in counts:
        if count == 1:
            found.append(0)
        assert count == found[-1] + 1, counts
        found[-1] = count
    return found


def locked(base):
    db = sqlite3.connect(base, isolation_level=None, timeout=30)
    db.execute("BEGIN EXCLUSIVE")
    return db


def journal(farm):
    return farm.get("/v1/status")["journal"]


def accepted(farm):
    """Values counted by n1 that are surely written by now."""
    values = farm.latest("*/c/n1/count")
    position = farm.get("/v1/status")["position"]
    eventually(lambda: journal(farm)["written"] >= position - 1)
    return values.get(("c", "n1", "count"), 0)


def stored_all(farm, instance, *writers):
    """Pauses the only one that says anything; all it said is in the stores
    then."""
    farm.request("POST", f"/v1/instances/{instance}/pause")
    eventually(lambda: {t["state"] for t in
                        farm.instance(instance)["targets"]} == {"idle"},
               "the end of the last run")
    said = farm.instance(instance)["ledger"]["values"]
    status = eventually(lambda: (s := farm.get("/v1/status")) and
                        s["values_in"] == said and s, f"{said} values")
    for writer in writers:
        eventually(lambda: farm.instance(writer)["stored_through"] >=
                   status["position"] - 1, f"all in {writer}")


def counting(tree, folder, *nodes, every="20ms", burst=1, **more):
    """Module counts on each node, an instance each: numbers that are never
    said twice. What was said stands in FOLDER/said.NODE."""
    return {
        "modules": [tree.module("counts"), tree.module("notes")],
        "clusters": {"c": {"nodes": list(nodes), "collect": [
            # One that is late would be left out by its own farmd.
            {"counts": {"name": node, "nodes": [node], "every": every,
                        "deadline": "30s", "burst": burst,
                        "said": str(folder / f"said.{node}"), **more}}
            for node in nodes]}}}


def noted(path):
    """What module notes was given: {node: numbers in the order of positions},
    and how many lines came again. A position never means two things."""
    at = {}
    lines = 0
    with open(path, encoding="utf-8") as notes:
        for line in notes:
            position, what = line.rstrip("\n").split("\t", 1)
            assert at.setdefault(int(position), what) == what, (
                f"two records at position {position}: {at[int(position)]!r} "
                f"and {what!r}")
            lines += 1
    found = collections.defaultdict(list)
    for position in sorted(at):
        _, node, _, number = at[position].split("\t")
        found[node].append(int(number))
    return found, lines - len(at)
