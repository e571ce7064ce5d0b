"""farmctl watch: what was, then what comes, also over an end of the daemon."""

import json
import os
import subprocess

from farm import eventually
from saying import say, saying
from test_subscribe import counting


class Watch:
    """A running farmctl watch, line by line."""

    def __init__(self, f, *arguments):
        self.process = subprocess.Popen(
            [str(f.tree.farmctl), "watch", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "FARM_SOCKET": str(f.socket)})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate(timeout=30)

    def lines(self, n):
        return [self.process.stdout.readline().rstrip("\n") for _ in range(n)]


def test_people(tree, farm, tmp_path):
    path = tmp_path / "say"
    say(path, [["double", "Load5", "0.5", "1", "0"],
               ["text", "state", "all fine", "", "3"]])
    f = farm(saying(tree, path, nodes=["n1"], every="100ms"))
    f.wait_values("*", 2)
    with Watch(f, "*/c/n1/Load5|state") as w:
        seen = {line.split("  ", 1)[1] for line in w.lines(4)}
    assert seen == {"c/n1/Load5  0.5 1", "c/n1/state  all fine"}


def test_csv_from_a_time(tree, farm):
    f = farm(counting(tree, "20ms"))
    f.wait_values("*/c/n1/count>=10")
    with Watch(f, "*", "--from", "-1h", "--format", "csv") as w:
        title, *rows = w.lines(40)
    assert title == "farm,cluster,node,parameter,unit,time,value"
    assert [int(r.split(",")[6]) for r in rows] == list(range(1, 40))


def test_influx(tree, farm):
    f = farm(counting(tree, "20ms"))
    with Watch(f, "--format", "influx") as w:
        [line] = w.lines(1)
    assert line.startswith("count,farm=test,cluster=c,node=n1 value=")


def test_comes_back(tree, farm):
    """Nothing is missing while the daemon is away, and nothing comes twice."""
    f = farm(counting(tree, "10ms"))
    f.wait_values("*/c/n1/count>=5")
    with Watch(f, "*/c/n1/count", "--from", "-1h", "--format", "json") as w:
        events = []
        for _ in range(2):
            while len(events) == 0 or events[-1]["event"] != "values":
                events += map(json.loads, w.lines(1))
            f.kill()
            f.start()
            events += map(json.loads, w.lines(30))
    said = [v["value"] for e in events for v in e.get("values", ())]
    said = [p[1] for e in events for p in e.get("points", ())] + said
    assert said == list(range(1, len(said) + 1))
    assert not any(e.get("gap") for e in events)


def test_an_end(tree, farm):
    f = farm(counting(tree, "20ms"))
    f.wait_values("*/c/n1/count>=10")
    done = f.ctl("watch", "*/c/n1/-3600000/0/count", "--format", "csv")
    assert (done.returncode, done.stderr) == (0, "")
    rows = done.stdout.split("\n")[1:-1]
    assert [int(r.split(",")[6]) for r in rows] == list(
        range(1, len(rows) + 1))
    with Watch(f, "*") as w:
        one = eventually(lambda: f.get("/v1/subscriptions")["subscriptions"])
        f.request("DELETE", f"/v1/subscriptions/{one[0]['id']}")
        assert w.process.wait(30) == 2
        assert "ended: somebody ended it" in w.process.stderr.read()


def test_modes(tree, farm):
    f = farm(counting(tree, "20ms"))
    f.wait_values("*/c/n1/count>=10")
    how = ("*/c/*/count", "--from", "-1h", "--format", "csv", "--mode")
    for mode, wanted in (
            (("delta", "--delta", "2"), [1, 4, 7, 10]),
            (("crossing", "--above", "4.5", "--hysteresis", "1"), [5])):
        with Watch(f, *how, *mode) as w:
            rows = w.lines(len(wanted) + 1)[1:]
        assert [int(r.split(",")[6]) for r in rows] == wanted
    with Watch(f, *how, "summary", "--every", "500ms") as w:
        rows = w.lines(3)[1:]
    means = [float(r.split(",")[6]) for r in rows]
    # The first interval may end right behind the first count.
    assert 1 <= means[0] < means[1]


def test_refused(tree, farm):
    f = farm(saying(tree))
    done = f.ctl("watch", "*/*/*/a>x")
    assert done.returncode == 2 and "predicate: byte 9" in done.stderr
    assert f.ctl("watch", "--format", "prometheus").returncode == 64
    f.stop()
    assert "no farmd answers at" in f.ctl("watch").stderr
