"""Averages for longer than values: an answer has each time once, as fine as it
is kept or as it is asked for."""

import csv
import datetime
import sqlite3

import pytest

from farm import eventually

EVERY = 10
HEAD = ["farm", "cluster", "node", "parameter", "kind", "unit", "labels",
        "time", "type", "value"]


def instant(text):
    return datetime.datetime.fromisoformat(
        text.replace("Z", "+00:00")).timestamp()


def stamp(seconds):
    return datetime.datetime.fromtimestamp(
        seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000000000Z")


def bring(one, path, times):
    with open(path, "w", encoding="utf-8", newline="") as f:
        csv.writer(f).writerows([HEAD, *(
            ("test", "c", "n1", "load", "gauge", "1", "", stamp(t), "double",
             str(t % 600)) for t in times)])
    done = one.ctl("import-data", path)
    assert (done.returncode, done.stderr) == (0, "")


def cut(base):
    """Values before this may be gone, and all averages before it are made."""
    try:
        with sqlite3.connect(f"file:{base}?mode=ro", uri=True,
                             timeout=10) as db:
            return db.execute(
                "SELECT cut FROM rolled WHERE step = 0").fetchone()[0] / 1e9
    except (sqlite3.OperationalError, TypeError):
        return -1e9


@pytest.fixture(params=["none", "process"])
def levelled(farm, tree, tmp_path, request):
    """Six hours of a value each ten seconds, of which ten minutes are kept."""
    base = tmp_path / "f.db"
    config = {"modules": [tree.module("says")], "writers": {"store": {
        "isolate": request.param,
        "sql": {"url": f"sqlite:{base}",
                "keep": {"raw": "10m", "1m": "2h", "10m": "30d"}}}}}
    one = farm(config)
    end = int(datetime.datetime.now().timestamp()) // EVERY * EVERY
    times = range(end - 6 * 3600, end, EVERY)
    bring(one, tmp_path / "in.csv", times)
    eventually(lambda: averages(base), "an average of the last hour")
    # A round of removals begins with the first look at the clock.
    one.stop()
    one.start()
    eventually(lambda: cut(base) > end - 700, "old values go")
    # They may have gone before the stop: the process need not be up yet.
    eventually(lambda: one.instance("store")["status"] == "running",
               "the store runs")
    one.end = end
    return one


def averages(base):
    try:
        with sqlite3.connect(f"file:{base}?mode=ro", uri=True,
                             timeout=10) as db:
            return db.execute(
                "SELECT count(*) FROM averages WHERE step = 60"
                " AND time > (strftime('%s', 'now') - 300) * 1000000000"
            ).fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def ask(one, start=-6 * 3600, **how):
    answer = one.get("/v1/history", predicate="*/c/n1/load", limit=100000,
                     **{"from": stamp(one.end + start),
                        "to": stamp(one.end)}, **how)
    assert not answer["truncated"] and "store_error" not in answer
    series, = answer["series"]
    return series["points"]


def spans(points):
    """What each point stands for: its time, its length, its values."""
    return [(instant(p[0]), p[2]["step_ns"] // 10**9, p[2]["count"])
            if len(p) > 2 else (instant(p[0]), EVERY, 1) for p in points]


def check_whole(points, steps):
    found = spans(points)
    assert {step for _, step, _ in found} == steps
    for (at, step, _), (next_at, _, _) in zip(found, found[1:]):
        assert at + step == next_at, (at, step, next_at)
    for at, step, count in found[1:-1]:
        assert count == step // EVERY, (at, step, count)


def together(one, other, **how):
    """What is asked and what the other gives, with nothing removed between."""
    def both():
        whole, found = ask(one, **how), other()
        return (whole, found) if ask(one, **how) == whole else None

    return eventually(both, "the same before and behind")


def test_levels(levelled, tmp_path):
    one = levelled
    points = ask(one)
    check_whole(points, {600, 60, EVERY})
    assert spans(points)[-1][0] == one.end - EVERY
    assert len(points) < 36 + 120 + 120
    # The values are the seconds of ten minutes.
    for at, mean, more in (p for p in points if len(p) > 2):
        if more["step_ns"] == 600 * 10**9 and more["count"] == 60:
            assert mean == pytest.approx(295)
            assert (more["min"], more["max"], more["last"]) == (0, 590, 590)
            assert more["held_ns"] == 600 * 10**9

    check_whole(ask(one, step="5m"), {600, 300})
    check_whole(ask(one, start=-3600, step="5m"), {300})
    check_whole(ask(one, step="1h"), {3600})
    for n in (3, 40, 200):
        assert 1 < len(ask(one, points=n)) <= n
    check_whole(ask(one, level="1m"), {60})
    check_whole(ask(one, level="10m"), {600})
    check_whole(ask(one, level="raw"), {EVERY})

    done = one.ctl("history", "*/c/n1/load", "--from", stamp(one.end - 3600),
                   "--to", stamp(one.end), "--step", "10m", "--format", "csv")
    head, *rows = csv.reader(done.stdout.splitlines())
    assert head[6:] == ["value", "step", "count", "min", "max", "last"]
    assert [r[7:9] for r in rows[1:-1]] == [["600", "60"]] * (len(rows) - 2)
    assert float(rows[1][6]) == pytest.approx(295)


def test_pages(levelled):
    """Pages of slots that are made for the answer are those of one answer."""
    def pages():
        found, after = [], {}
        while True:
            page = levelled.get(
                "/v1/history", predicate="*/c/n1/load", limit=7, step="5m",
                **{"from": stamp(levelled.end - 6 * 3600),
                   "to": stamp(levelled.end)}, **after)
            found += [p for s in page["series"] for p in s["points"]]
            if not page["truncated"]:
                return found
            after = {"after": page["next"]}

    whole, found = together(levelled, pages, step="5m")
    assert found == whole


def exported(one, *more):
    done = one.ctl("export", "--predicate", "*/c/n1/load", "--from",
                   stamp(one.end - 6 * 3600), "--to", stamp(one.end), *more)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_export(levelled, tmp_path):
    """Each time once, as fine as it is kept, and each average says so."""
    whole, text = together(levelled, lambda: exported(levelled))
    rows = list(csv.DictReader(text.splitlines()))
    assert [r["time"] for r in rows] == [
        stamp(instant(p[0])) for p in whole]
    assert [float(r["value"]) for r in rows] == [p[1] for p in whole]
    assert [r["step"] for r in rows] == [
        str(p[2]["step_ns"] // 10**9) if len(p) > 2 else "" for p in whole]
    for row, point in zip(rows, whole):
        if len(point) > 2:
            more = point[2]
            assert int(row["count"]) == more["count"]
            assert [float(row[k]) for k in ("min", "max", "last")] == [
                more[k] for k in ("min", "max", "last")]
            assert float(row["held"]) == more["held_ns"] / 1e9
    for level, steps in ("raw", {""}), ("10m", {"600"}):
        rows = csv.DictReader(
            exported(levelled, "--level", level).splitlines())
        assert {r["step"] for r in rows} == steps
    out = tmp_path / "out.db"
    whole, _ = together(levelled, lambda: exported(
        levelled, "--output", out, "--force"))
    with sqlite3.connect(out) as db:
        assert db.execute(
            "SELECT * FROM (SELECT time, value, NULL, NULL FROM history UNION"
            " ALL SELECT time, mean, step, count FROM levels)"
            " ORDER BY time").fetchall() == [
            (round(instant(p[0])) * 10**9, p[1],
             *((p[2]["step_ns"] // 10**9, p[2]["count"])
               if len(p) > 2 else (None, None))) for p in whole]


@pytest.mark.parametrize("query, place, text", [
    ({"step": "soon"}, "step", 'step: "soon" is not a duration'),
    ({"step": "10ms"}, "step", 'step: "10ms": 1s to 366d'),
    ({"points": "0"}, "points", 'points: "0": 1 to 1000000'),
    ({"points": "1x"}, "points", 'points: "1x": 1 to 1000000'),
    ({"level": "all"}, "level", 'level: "all" is not a duration'),
    ({"step": "1m", "level": "raw"}, "level",
     "one of step, points and level"),
])
def test_bad_arguments(farm, tree, query, place, text):
    one = farm({"modules": [tree.module("says")]})
    status, answer = one.request("GET", "/v1/history", **query)
    assert status == 400
    assert answer["error"]["place"] == place
    assert answer["error"]["message"].startswith(text)


def test_bad_keep(tree, tmp_path):
    path = tmp_path / "farm.yaml"
    path.write_text("farm: test\nwriters:\n  s:\n    sql:\n"
                    "      url: sqlite:/x.db\n"
                    "      keep: {raw: 1h, 1m: 1d, 90s: 2d}\n",
                    encoding="utf-8")
    done = tree.run(tree.farmctl, "check", "-c", path)
    assert done.returncode == 1
    assert (f'{path}:6:36: error: keep: level "90s": not a multiple of the one '
            "before") in done.stderr


def test_step_without_a_store(farm, tree):
    """What memory has is averaged just so."""
    one = farm({"modules": [tree.module("says")], "clusters": {"c": {
        "nodes": ["n1"], "collect": [{"says": {"every": "100ms"}}]}}})
    one.wait_values("*/c/n1/count")
    found = eventually(lambda: [
        p for s in one.get("/v1/history", predicate="*/c/n1/count",
                           step="1s")["series"]
        for p in s["points"] if p[2]["count"] >= 5])
    assert found[0][2]["step_ns"] == 10**9
    assert found[0][2]["min"] < found[0][1] < found[0][2]["max"]
