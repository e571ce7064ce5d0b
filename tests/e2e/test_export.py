"""Data out and data in: what one farm exports another one has, as it was."""

import csv
import shutil
import sqlite3
import tempfile
import pathlib

import pytest

import database
from farm import eventually
from saying import say, saying

FORMATS = ["csv", "json", "influx", "sqlite"]
HEAD = ["farm", "cluster", "node", "parameter", "kind", "unit", "labels",
        "time", "type", "value"]
DAY = "2026-02-03T04:05:0"

# What is special somewhere: types, extremes, names, times.
ROWS = [
    ("f", "c", "n1", "load", "gauge", "1", "", DAY + "6.000000000Z",
     "double", "0.1"),
    ("f", "c", "n1", "load", "gauge", "1", "", DAY + "6.000000001Z",
     "double", "NaN"),
    ("f", "c", "n1", "load", "gauge", "1", "", DAY + "7.000000000Z",
     "double", "-Inf"),
    ("f", "c", "n1", "load", "gauge", "1", "", DAY + "8.000000000Z",
     "double", "1.7976931348623157e+308"),
    ("f", "c", "n1", "in", "counter64", "By", '{"if":"Gi1/0/1"}',
     DAY + "6.000000000Z", "uint64", "18446744073709551615"),
    ("f", "c", "n1", "in", "counter64", "By", '{"if":"Gi1/0/1"}',
     DAY + "7.000000000Z", "uint64", "9007199254740993"),
    ("f", "c", "n1", "out", "counter32", "By", "", DAY + "6.000000000Z",
     "int64", "-9223372036854775808"),
    ("other", "it's", "n \"1\", 🐄", "a,b=c", "state", "", "",
     DAY + "6.000000000Z", "text", 'two\nlines, "quoted"'),
    ("other", "it's", "n \"1\", 🐄", "a,b=c", "state", "", "",
     DAY + "7.000000000Z", "text", ""),
    ("other", "it's", "n \"1\", 🐄", "up", "state", "", "",
     DAY + "6.000000000Z", "boolean", "true"),
]


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def base(request, tree):
    # A socket's path is short.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="farm-"))
    one = database.start(tree, request.param, folder / "s")
    yield one
    one.end()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def stored(farm, tree, tmp_path):
    """A farm that only stores, in a database of a base."""
    def start(base, name):
        return farm({"modules": [tree.module("says")],
                     "writers": {"store": {"sql": {
                         "url": base.database(name)}}}})
    return start


def write_csv(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as f:
        csv.writer(f).writerows([HEAD, *rows])


def read_csv(path):
    with open(path, encoding="utf-8", newline="") as f:
        head, *rows = csv.reader(f)
    assert head == [*HEAD, "step", "count", "min", "max", "last", "held"]
    assert {tuple(r[len(HEAD):]) for r in rows} <= {("",) * 6}
    return sorted(tuple(r[:len(HEAD)]) for r in rows)


def export(one, path, *more):
    done = one.ctl("export", "--output", path, "--force", *more)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")


def bring(one, path, values, *more):
    done = one.ctl("import-data", path, *more)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{path}: {values} value{'s'[:values != 1]}\n"


def test_round_trip(stored, base, tmp_path):
    first = stored(base, "first")
    write_csv(tmp_path / "in.csv", ROWS)
    bring(first, tmp_path / "in.csv", len(ROWS))
    export(first, tmp_path / "first.csv")
    assert read_csv(tmp_path / "first.csv") == sorted(ROWS)
    for name in FORMATS:
        path = tmp_path / f"first.{name}"
        export(first, path)
        second = stored(base, f"by_{name}")
        bring(second, path, len(ROWS))
        export(second, tmp_path / "second.csv")
        assert read_csv(tmp_path / "second.csv") == sorted(ROWS), name
        # Twice does no harm, nor does bringing it where it is from.
        bring(second, path, len(ROWS))
        bring(first, path, len(ROWS))
        for one in (first, second):
            export(one, tmp_path / "again.csv")
            assert read_csv(tmp_path / "again.csv") == sorted(ROWS)
        second.stop()


def storing(tree, tmp_path, **more):
    return {**saying(tree, **more), "writers": {"store": {"sql": {
        "url": f"sqlite:{tmp_path}/f.db"}}}}


def test_history_is_no_news(farm, tree, tmp_path):
    """Filters and last values do not see what is imported."""
    said = tmp_path / "said"
    say(said, [("int64", "count", "5", "1", "gauge")])
    one = farm({**storing(tree, tmp_path, path=said, nodes=["n1"]),
                "filters": ["rate"]})
    eventually(lambda: one.latest().get(("c", "n1", "count")) == 5)
    before = one.latest()
    rows = [("test", "c", "n1", "count", "counter64", "1", "",
             f"2030-01-01T00:00:{i:02}.000000000Z", "int64", str(100 * i))
            for i in range(10)]
    write_csv(tmp_path / "later.csv", rows)
    bring(one, tmp_path / "later.csv", 10)
    assert one.latest() == before
    answer = one.get("/v1/history", predicate="*/*/*/count",
                     **{"from": "2029-12-31T00:00:00Z",
                        "to": "2031-01-01T00:00:00Z"})
    assert [p[1] for s in answer["series"] for p in s["points"]] == [
        100 * i for i in range(10)]


def test_live_values_and_pages(farm, tree, tmp_path):
    """More than a page of points, some from memory: each once, in spans."""
    one = farm(storing(tree, tmp_path, every="20ms", nodes=["n1"]))
    rows = [("test", "c", f"n{i % 100}", "p", "gauge", "", "",
             f"2026-01-0{1 + i // 20000}T{i // 3600 % 24:02}:"
             f"{i // 60 % 60:02}:{i % 60:02}.000000000Z", "int64", str(i))
            for i in range(100000)]
    write_csv(tmp_path / "many.csv", rows)
    bring(one, tmp_path / "many.csv", len(rows))
    export(one, tmp_path / "out.csv", "--predicate", "*/c/*/p")
    assert read_csv(tmp_path / "out.csv") == sorted(rows)
    export(one, tmp_path / "out.csv", "--predicate", "*/c/n7/p",
           "--from", "2026-01-02T00:00:00Z", "--to", "2026-01-03T00:00:00Z")
    assert read_csv(tmp_path / "out.csv") == sorted(
        r for r in rows if r[2] == "n7" and r[7].startswith("2026-01-02"))
    one.wait_values("*/c/n1/count")
    done = one.ctl("export", "--from", "-1h", "--predicate", "*/c/n1/count")
    assert done.returncode == 0, done.stderr
    counts = [int(r[9]) for r in csv.reader(done.stdout.splitlines()[1:])]
    assert counts == list(range(1, len(counts) + 1))
    assert len(counts) > 0


def test_bad_rows(farm, tree, tmp_path):
    one = farm(storing(tree, tmp_path))
    path = tmp_path / "bad.csv"
    rows = [list(r) for r in ROWS]
    rows[1][8] = "float"
    rows[3][7] = "noon"
    write_csv(path, rows)
    done = one.ctl("import-data", path)
    assert done.returncode == 2
    assert done.stderr == (
        f'{path}:3: the type is "float"; it must be double, int64, uint64, '
        f"boolean or text\n"
        f'{path}:5: the time is "noon"; it must be as in '
        f"2026-01-31T10:00:00.5Z\n")
    assert done.stdout == f"{path}: 8 values, 2 bad rows left out\n"
    with sqlite3.connect(tmp_path / "f.db") as db:
        assert db.execute("SELECT count(*) FROM samples WHERE time < "
                          "1780000000000000000").fetchone() == (8,)


@pytest.mark.parametrize("arguments, code, why", [
    (["export", "--format", "xml"], 64,
     'no format "xml" here; there are csv, json, influx and sqlite'),
    (["export", "--format", "sqlite"], 64, "sqlite needs --output FILE"),
    (["export", "--from", "soon"], 64, "--from: "),
    (["export", "--predicate", "*/*/*/Load5>four"], 2, "predicate: "),
    (["import-data", "x"], 64, "x: its name says no format; --format does"),
    (["import-data", "none.csv"], 2, "none.csv: No such file or directory"),
    (["import-data", "/dev/null", "--format", "sqlite"], 2, "/dev/null: "),
])
def test_wrong(farm, tree, tmp_path, arguments, code, why):
    done = farm(storing(tree, tmp_path)).ctl(*arguments)
    assert done.returncode == code
    assert done.stderr.startswith(f"farmctl: {arguments[0]}: {why}"), \
        done.stderr


def test_nobody_to_store(farm, tree, tmp_path):
    """No writer, and one that cannot write: both are said."""
    write_csv(tmp_path / "in.csv", ROWS)
    done = farm(saying(tree)).ctl("import-data", tmp_path / "in.csv")
    assert done.returncode == 2
    assert "there is no writer that could keep them" in done.stderr


def test_a_file_is_whole_or_not_there(farm, tree, tmp_path):
    one = farm(storing(tree, tmp_path))
    there = tmp_path / "there.csv"
    there.write_text("mine")
    done = one.ctl("export", "--output", there)
    assert done.returncode == 2
    assert "is there already; --force overwrites it" in done.stderr
    assert there.read_text() == "mine"
    one.stop()
    done = one.ctl("export", "--output", tmp_path / "new.csv")
    assert done.returncode == 2
    assert not list(tmp_path.glob("new*"))


def test_backpressure(farm, tree, tmp_path):
    """While the store takes nothing the import waits, and goes on with it."""
    one = farm(storing(tree, tmp_path))
    one.wait_values("*", 2)
    eventually(lambda: (tmp_path / "f.db").exists())
    status, _ = one.request("POST", "/v1/import", b"")
    assert status == 200
    with sqlite3.connect(tmp_path / "f.db", isolation_level=None,
                         timeout=30) as db:
        db.execute("BEGIN EXCLUSIVE")
        rows = [("test", "c", "n1", "p", "gauge", "", "",
                 f"2026-01-01T00:00:00.{i:09}Z", "text", f"{i} " * 200)
                for i in range(5000)]
        write_csv(tmp_path / "in.csv", rows)
        status, answer = one.request("POST", "/v1/import", b"no frame")
        assert (status, answer["error"]["place"]) == (400, "body")
        db.execute("ROLLBACK")
    bring(one, tmp_path / "in.csv", len(rows))
    export(one, tmp_path / "out.csv", "--predicate", "*/c/n1/p")
    assert read_csv(tmp_path / "out.csv") == sorted(rows)
