"""Module says (tests/modules/says.c): what it is to say, and configured."""


def say(path, lines):
    """Lines of type, parameter, value, unit, kind and, if not now, time; in
    one step, as the module reads all the time."""
    fresh = path.with_suffix(".fresh")
    fresh.write_text("".join("\t".join(line) + "\n" for line in lines))
    fresh.rename(path)


def saying(tree, path=None, nodes=("n1", "n2"), **more):
    """A farm of which module says reads the nodes; without a path it counts
    its runs."""
    options = {"every": "1h", **more}
    if path is not None:
        options["file"] = str(path)
    return {"modules": [tree.module("says")],
            "clusters": {"c": {"nodes": list(nodes),
                               "collect": [{"says": options}]}}}
