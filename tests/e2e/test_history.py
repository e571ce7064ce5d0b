"""History: the store as far as it has got, then memory, each point once."""

import json
import sqlite3
import threading
import urllib.request

import pytest

from farm import eventually
from saying import run_again, say, saying
from storing import rows


@pytest.fixture
def base(tmp_path):
    return tmp_path / "f.db"


def storing(config, base, **sql):
    return {**config, "writers": {"store": {"sql": {
        "url": f"sqlite:{base}", "busy_timeout": "50ms", **sql}}}}


def by_series(answer):
    """{(node, parameter): [value]}, and that times go up."""
    assert not answer["truncated"]
    found = {}
    for series in answer["series"]:
        key = (series["node"], series["parameter"])
        assert key not in found, f"{key} twice"
        times = [p[0] for p in series["points"]]
        assert times == sorted(times)
        found[key] = [p[1] for p in series["points"]]
    return found


def points(farm, predicate="*", **more):
    answer = farm.get("/v1/history", predicate=predicate, limit=1000000,
                      **more)
    assert not answer["gap"]
    return by_series(answer)


def counted(farm, node="n1"):
    """Asks for the count; it is whole from 1 on."""
    values = points(farm, f"*/c/{node}/count").get((node, "count"), [])
    assert values == list(range(1, len(values) + 1))
    return len(values)


def whole(farm, n):
    """The counts, at least n, once the store is not behind memory."""
    def found():
        answer = farm.get("/v1/history", predicate="*/c/n1/count",
                          limit=1000000)
        counts = by_series(answer).get(("n1", "count"), [])
        return None if answer["gap"] or len(counts) < n else counts

    return eventually(found, f"{n} counts and no gap")


def stored(base):
    """Rows in the database, 0 if there is none yet."""
    return sum(n for n, in rows(base, "SELECT count(*) FROM samples"))


def locked(base):
    """A connection that keeps all others from writing until it is closed."""
    db = sqlite3.connect(base, isolation_level=None, timeout=30)
    db.execute("BEGIN EXCLUSIVE")
    return db


# -- the seam -------------------------------------------------------------

def test_no_gap_and_no_duplicate(farm, tree, base):
    """While the store writes, lags and catches up, asked all the time."""
    one = farm(storing(saying(tree, every="100ms"), base))
    eventually(lambda: stored(base) >= 4)
    done = threading.Event()
    failures = []

    def ask():
        try:
            while not done.is_set():
                counted(one)
                counted(one, "n2")
        except AssertionError as e:
            failures.append(e)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _ in range(3):
            lock = locked(base)
            rows = stored(base)
            began = counted(one)
            eventually(lambda: counted(one) >= began + 7)
            assert stored(base) == rows, "the lock did not hold"
            lock.close()
            eventually(lambda: stored(base) >= rows + 14)
    finally:
        done.set()
        asking.join()
    assert not failures


def test_memory_forgets_what_is_stored(farm, tree, base):
    config = storing(saying(tree, every="50ms"), base)
    one = farm({**config, "cache": {"recent": "500ms"}})
    counts = whole(one, 40)
    assert counts == list(range(1, len(counts) + 1))


def test_a_gap_is_said(farm, tree, base):
    """The store lags by more than memory holds: what is lost from sight is
    not passed over in silence."""
    config = storing(saying(tree, every="50ms"), base)
    one = farm({**config, "cache": {"recent": "300ms"}})
    eventually(lambda: stored(base) >= 4)
    lock = locked(base)
    eventually(lambda: one.get("/v1/history", predicate="*")["gap"])
    done = one.ctl("history", "*")
    assert done.returncode == 2 and "there is a gap" in done.stderr
    lock.close()
    counts = whole(one, 5)
    assert counts == list(range(1, len(counts) + 1))


def test_restart_continues(farm, tree, base):
    config = storing(saying(tree, every="50ms"), base)
    first = farm(config)
    eventually(lambda: counted(first) >= 5)
    first.request("POST", "/v1/instances/c/says/pause")
    before = counted(first)
    assert first.stop() == 0
    first.start()
    eventually(lambda: len(points(first, "*/c/n1/count")[("n1", "count")])
               >= before + 5)
    values = points(first, "*/c/n1/count")[("n1", "count")]
    again = values.index(1, 1)
    assert again in (before, before + 1)  # one run may have been on its way
    assert values == [*range(1, again + 1), *range(1, len(values) - again + 1)]


def test_killed(farm, tree, base):
    """What is in the database survives, and positions go on behind it."""
    one = farm(storing(saying(tree, every="50ms"), base))
    eventually(lambda: stored(base) >= 10)
    one.kill()
    rows = stored(base)
    one.start()
    eventually(lambda: stored(base) >= rows + 10)
    values = points(one, "*/c/n1/count")[("n1", "count")]
    again = values.index(1, 1)
    assert values == [*range(1, again + 1), *range(1, len(values) - again + 1)]


# -- values ---------------------------------------------------------------

EXACT = [
    ("double", "d_nan", "nan", "NaN"),
    ("double", "d_inf", "inf", "+Inf"),
    ("double", "d_less", "-inf", "-Inf"),
    ("double", "d_tenth", "0.1", 0.1),
    ("double", "d_tiny", "5e-324", 5e-324),
    ("double", "d_huge", "1.7976931348623157e308", 1.7976931348623157e308),
    ("double", "d_third", "0.33333333333333331", 1 / 3),
    ("int64", "i_max", str(2**63 - 1), str(2**63 - 1)),
    ("int64", "i_min", str(-2**63), str(-2**63)),
    ("int64", "i_exact", str(2**53), 2**53),
    ("int64", "i_beyond", str(2**53 + 1), str(2**53 + 1)),
    ("uint64", "u_max", str(2**64 - 1), str(2**64 - 1)),
    ("uint64", "u_half", str(2**63), str(2**63)),
    ("uint64", "u_zero", "0", 0),
    ("boolean", "b_true", "true", True),
    ("boolean", "b_false", "false", False),
    ("text", "t_empty", "", ""),
    ("text", "t_utf8", "žluťoučký 𝄞 kůň", "žluťoučký 𝄞 kůň"),
    ("text", "t_long", "x" * 65535, "x" * 65535),
    ("text", "/boot, 50 % | <a>=\\b", "x", "x"),
]


def test_values_are_exact(farm, tree, base, tmp_path):
    """From memory, and from the store after a restart."""
    said = tmp_path / "said"
    say(said, [(t, p, v, "", "") for t, p, v, _ in EXACT])
    one = farm(storing(saying(tree, said, nodes=["n1"]), base))
    want = {p: (t, v) for t, p, _, v in EXACT}
    one.wait_values("*", len(EXACT))

    def seen():
        return {s["parameter"]: (s["type"], s["points"][0][1])
                for s in one.get("/v1/history", predicate="*")["series"]}

    assert seen() == want
    one.stop()
    say(said, [])
    one.start()
    assert one.latest() == {}
    assert seen() == want


# -- predicates -----------------------------------------------------------

def feed(farm, said, rounds):
    """Say one round after the other; each is a run of n1."""
    for i, values in enumerate(rounds):
        say(said, [("double", p, str(v), "", "") for p, v in values.items()]
            + [("int64", "round", str(i), "", "")])
        run_again(farm)
        eventually(lambda: farm.latest("*/*/n1/round") ==
                   {("c", "n1", "round"): i}, f"round {i}")


@pytest.fixture(params=["store", "memory"])
def fed(request, farm, tree, base, tmp_path):
    """A farm that was told three rounds of loads."""
    said = tmp_path / "said"
    say(said, [])
    config = saying(tree, said, nodes=["n1"])
    if request.param == "store":
        config = storing(config, base)
    one = farm(config)
    eventually(lambda: one.instance("c/says")["ledger"]["runs"] >= 1)
    feed(one, said, [{"Load1": 1, "Load5": 3}, {"Load1": 2, "Load5": 5},
                     {"Load1": 3, "Load5": 4.5}])
    if request.param == "store":
        eventually(lambda: stored(base) == 9)
    return one


CONSTRAINTS = {
    "*/c/n1/Load5>4": {"Load5": [5, 4.5]},
    "*/c/n1/Load5>=5": {"Load5": [5]},
    "*/c/n1/Load5<4": {"Load5": [3]},
    "*/c/n1/Load5=4.5": {"Load5": [4.5]},
    "*/c/n1/Load5<>4.5": {"Load5": [3, 5]},
    "*/c/n1/Load5 between 4 and 5": {"Load5": [5, 4.5]},
    "*/c/n1/Load*": {"Load1": [1, 2, 3], "Load5": [3, 5, 4.5]},
    "*/c/n1/Load1": {"Load1": [1, 2, 3]},
    "*/c/n1/re:Load[15]": {"Load1": [1, 2, 3], "Load5": [3, 5, 4.5]},
    "*/c/n1/Load5>4.6,*/c/n1/Load5<4": {"Load5": [3, 5]},
    "*/c/n1/Load5>4,*/c/*/Load5,*/c/n1/Load1": {"Load1": [1, 2, 3],
                                                "Load5": [3, 5, 4.5]},
    "*/other/*/Load5": {},
    "*/c/n1/Load15": {},
}


def test_constraints(fed):
    """The same from the store and from memory, and for last values."""
    last = {"Load1": 3, "Load5": 4.5}
    for predicate, want in CONSTRAINTS.items():
        got = {p: v for (_, p), v in points(fed, predicate).items()}
        assert got == want, predicate
        latest = {k[2]: v for k, v in fed.latest(predicate).items()}
        assert latest == {p: last[p] for p, v in want.items()
                          if last[p] in v}, predicate


def test_pages(fed):
    """Put together, the pages of any size are the whole."""
    query = {"predicate": "*/*/*/Load*,*/*/*/round>0"}
    whole = points(fed, query["predicate"])
    assert whole[("n1", "round")] == [1, 2]
    for limit in range(1, 9):
        pages, after = {}, {}
        while True:
            page = fed.get("/v1/history", limit=limit, **query, **after)
            n = 0
            for s in page["series"]:
                n += len(s["points"])
                pages.setdefault((s["node"], s["parameter"]), []).extend(
                    p[1] for p in s["points"])
            assert page["truncated"] == ("next" in page)
            if "next" not in page:
                break
            assert n == limit
            after = {"after": page["next"]}
        assert pages == whole, limit


def test_spans(fed):
    times = [p[0] for p in fed.get(
        "/v1/history", predicate="*/*/*/Load1")["series"][0]["points"]]

    def between(begin, end):
        return points(fed, "*/*/*/Load1", **{"from": begin, "to": end}).get(
            ("n1", "Load1"), [])

    assert between(times[0], times[2]) == [1, 2]
    assert between(times[1], times[2]) == [2]
    assert between(times[1], times[1]) == []
    assert between("-1h", "now") == [1, 2, 3]
    assert points(fed, "*/*/*/-1h/0/Load1")[("n1", "Load1")] == [1, 2, 3]
    assert points(fed, "*/*/*/-2h/-1h/Load1") == {}
    assert points(fed, "*/*/*/-2h/-1h/Load1,*/*/*/-1h/0/Load5") == {
        ("n1", "Load5"): [3, 5, 4.5]}


# -- a store in trouble ---------------------------------------------------

def test_store_deleted(farm, tree, base):
    one = farm(storing(saying(tree, every="50ms"), base))
    eventually(lambda: stored(base) >= 4)
    for file in base.parent.glob("f.db*"):
        file.unlink()
    eventually(lambda: stored(base) >= 4, "a new database")
    eventually(lambda: one.instance("store")["status"] == "running")
    eventually(lambda: "store_error" not in one.get(
        "/v1/history", predicate="*"))


def test_store_broken(farm, tree, base):
    """Memory answers in its place, says so, and all is stored later."""
    base.write_text("this is no database, " * 100)
    one = farm({**storing(saying(tree, every="50ms"), base),
                "http": "127.0.0.1:9649"})
    eventually(lambda: counted(one) >= 3)
    answer = one.get("/v1/history", predicate="*/c/n1/count")
    assert "not a database" in answer["store_error"]
    # Over TCP without its path.
    with urllib.request.urlopen("http://127.0.0.1:9649/v1/history") as got:
        assert json.load(got)["store_error"] == (
            "the store has failed; the daemon's machine can ask why")
    done = one.ctl("history", "*")
    assert done.returncode == 2
    assert "farmctl: history: only from memory, the store does not answer: " \
        in done.stderr
    base.unlink()
    eventually(lambda: stored(base) >= 10)
    eventually(lambda: "store_error" not in one.get(
        "/v1/history", predicate="*"))
    assert counted(one) >= 3


def test_no_store(farm, tree):
    one = farm(saying(tree, every="50ms"))
    eventually(lambda: counted(one) >= 5)
