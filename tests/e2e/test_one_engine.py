"""A predicate means the same wherever values are held against it: as they come
(a writer's `match`, a filter's), among last values, and of the past, with the
newest in memory and with all of it in the store.

Data and predicates are at random, by a fixed seed; what is right is worked out
here once more, in the plain way.
"""

import calendar
import random
import struct
import time

import pytest

from farm import eventually
from saying import say, saying

NODES = ("n1", "n2", "n3")
PARAMETERS = ("load", "rtt", "used")
STEP = 5
FUNCTIONS = ("avg", "min", "max", "sum", "count", "last", "rate")
COMPARISONS = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b, "<>": lambda a, b: a != b,
}


def data(dice, begin, n):
    """{(node, parameter): [(time in ns, number)]}, oldest first."""
    series = {}
    for node in NODES:
        for parameter in PARAMETERS:
            s, points = 0, []
            for _ in range(n):
                s += dice.randint(1, 2 * STEP)
                points.append(((begin + s) * 10**9,
                               dice.choice((dice.randint(0, 9), 4.25))))
            series[node, parameter] = points
    return series


def constraint(dice, parameter):
    """As text, and as a function of a series up to the value at hand."""
    comparison = dice.choice(sorted(COMPARISONS))
    number = dice.randint(0, 9)
    function = dice.choice((None, *FUNCTIONS))
    window = dice.randint(1, 12 * STEP)
    if function is None:
        text = parameter
    else:
        text = f"{function}({parameter},{window}s)"
        if function in ("sum", "rate"):
            number = number * 4 if function == "sum" else number / 8

    def passes(points):
        compared = look_back(function, window, points)
        return COMPARISONS[comparison](compared, number)
    return f"{text}{comparison}{number}", passes


def look_back(function, window, points):
    if function is None:
        return points[-1][1]
    end = points[-1][0]
    seen = [p for p in points if p[0] > end - window * 10**9]
    numbers = [p[1] for p in seen]
    if function == "rate":
        if seen[0][0] == end:
            return float("nan")
        return (numbers[-1] - numbers[0]) / ((end - seen[0][0]) / 1e9)
    return {"avg": lambda: sum(numbers) / len(numbers),
            "min": lambda: min(numbers), "max": lambda: max(numbers),
            "sum": lambda: sum(numbers), "count": lambda: len(numbers),
            "last": lambda: numbers[-1]}[function]()


def predicate(dice):
    """As text, and the function that says which values pass."""
    node = dice.choice((*NODES, "*", "n*"))
    asked = {}
    for parameter in dice.sample(PARAMETERS, dice.randint(1, 3)):
        asked[parameter] = [constraint(dice, parameter)
                            for _ in range(dice.randint(0, 2))]
    items = []
    for parameter, constraints in asked.items():
        items += [text for text, _ in constraints] or [parameter]

    def passes(at, points):
        names = node in ("*", "n*") or node == at[0]
        return (names and at[1] in asked and
                all(f(points) for _, f in asked[at[1]]))
    return f"*/*/{node}/{'|'.join(items)}", passes


def right(series, passes):
    return {(*at, *points[i]) for at, points in series.items()
            for i in range(len(points)) if passes(at, points[:i + 1])}


def past(farm, text, begin):
    answer = farm.get("/v1/history", predicate=text,
                      **{"from": str(begin), "limit": 1000000})
    assert not answer["truncated"] and not answer["gap"]
    return {(s["node"], s["parameter"], ns(t), v)
            for s in answer["series"] for t, v in s["points"]}


def ns(text):
    """Times are whole seconds here."""
    return calendar.timegm(
        time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) * 10**9


def live(path):
    """What module keeps has written: numbers as their bits."""
    if not path.exists():
        return set()
    lines = [line.split() for line in path.read_text().splitlines()]
    return {(node, parameter, int(t),
             struct.unpack("d", struct.pack("Q", int(bits)))[0])
            for _, t, _, node, parameter, bits, _ in lines}


def lines_of(series, node):
    """In the order of time, as a collector would say them."""
    return [("double", parameter, str(number), "", "gauge", str(t))
            for t, parameter, number in sorted(
                (t, parameter, number)
                for (n, parameter), points in series.items() if n == node
                for t, number in points)]


def configure(tree, folder, predicates):
    config = saying(tree, folder / "n1", nodes=["n1"])
    collect = config["clusters"].pop("c")["collect"]
    for node in NODES:
        config["clusters"][node] = {"nodes": [node], "collect": [
            {"says": {**collect[0]["says"], "file": str(folder / node)}}]}
    config["modules"].append(tree.module("keeps"))
    config["filters"] = [
        {"rename": {"name": f"r{i}", "match": text, "keep": True,
                    "parameter": "{parameter}." + str(i)}}
        for i, (text, _) in enumerate(predicates)]
    config["writers"] = {
        "store": {"sql": {"url": f"sqlite:{folder}/store.db"}},
        **{f"w{i}": {"match": text,
                     "keeps": {"file": str(folder / f"live{i}")}}
           for i, (text, _) in enumerate(predicates)}}
    return config


@pytest.mark.parametrize("seed", (1, 2))
def test_same_everywhere(farm, tree, tmp_path, seed):
    dice = random.Random(seed)
    begin = int(time.time()) - 1000
    series = data(dice, begin, 60)
    predicates = [predicate(dice) for _ in range(8)]
    for node in NODES:
        say(tmp_path / node, lines_of(series, node))
    one = farm(configure(tree, tmp_path, predicates))
    everything = right(series, lambda at, points: True)
    eventually(lambda: past(one, "*/*/*/load|rtt|used", begin) == everything)
    for i, (text, passes) in enumerate(predicates):
        expected = right(series, passes)
        assert past(one, text, begin) == expected, text
        latest = {(node, parameter, value) for (_, node, parameter), value
                  in one.latest(text).items()}
        assert latest == {(*at, points[-1][1]) for at, points
                          in series.items() if passes(at, points)}, text
        eventually(lambda: {
            (node, parameter.rsplit(".", 1)[0], t, v)
            for node, parameter, t, v
            in past(one, f"*/*/*/*.{i}", begin)} == expected, text)
        eventually(lambda: live(tmp_path / f"live{i}") == expected, text)
    # A span that begins in the middle is looked back from all the same.
    middle = begin + 30 * STEP
    for text, passes in predicates:
        assert past(one, text, middle) == {
            p for p in right(series, passes) if p[2] >= middle * 10**9}, text
    # From the store alone.
    for node in NODES:
        say(tmp_path / node, [])
    assert one.stop() == 0
    one.start()
    assert one.latest("*/*/*/load|rtt|used") == {}
    for text, passes in predicates:
        assert past(one, text, begin) == right(series, passes), text
