"""Module says (tests/modules/says.c): what it is to say, and configured."""

from farm import eventually


def say(path, lines):
    """Lines of type, parameter, value, unit, kind and, if not now, time; in
    one step, as the module reads all the time."""
    fresh = path.with_suffix(".fresh")
    fresh.write_text("".join("\t".join(line) + "\n" for line in lines))
    fresh.rename(path)


def saying(tree, path=None, nodes=("n1", "n2"), **more):
    """A farm of which module says reads the nodes; without a path it counts
    its runs."""
    # A run that is late on a busy machine is no lost one.
    options = {"every": "1h", "deadline": "30s", **more}
    if path is not None:
        options["file"] = str(path)
    return {"modules": [tree.module("says")],
            "clusters": {"c": {"nodes": list(nodes),
                               "collect": [{"says": options}]}}}


def run_again(farm, name="c/says"):
    """One more run of each node, to its end: what still runs would not begin
    again."""
    def idle():
        found = farm.instance(name)["targets"]
        return found if all(t["runs"] > 0 and t["state"] == "idle"
                            for t in found) else None

    targets = eventually(idle, f"the first run of {name}")
    wanted = sum(t["runs"] for t in targets) + len(targets)
    status, answer = farm.request("POST", f"/v1/instances/{name}/run")
    assert status == 200, answer
    eventually(lambda: sum(t["runs"] for t in idle() or ()) >= wanted,
               f"another run of {name}")
