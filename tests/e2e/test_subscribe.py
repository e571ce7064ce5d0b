"""Subscriptions: history, then what comes, and nothing twice or left out."""

import random
import re
import resource
import socket
import time
import urllib.parse

import pytest

from events import Events, Refused, values
from farm import eventually
from saying import run_again, say, saying


def counting(tree, every="100ms", nodes=("n1",), **more):
    """Numbers that grow by one, each said once."""
    tree.module("counts")
    return {"modules": [str(tree.test_modules)],
            "clusters": {"c": {"nodes": list(nodes), "collect": [
                # One that is late would be left out by its own farmd.
                {"counts": {"every": every, "deadline": "30s"}}]}},
            **more}


def stored(tmp_path):
    return {"writers": {"store": {"sql": {
        "url": f"sqlite:{tmp_path}/seam.db"}}}}


def counts(events):
    return [value for e in events for _, _, value in values(e)]


def check_numbers(events):
    """A gap in the numbers of events would be one in what they say."""
    numbers = [e.data["sequence"] for e in events]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_history_then_live(tree, farm):
    f = farm(counting(tree, "20ms"))
    f.wait_values("*/c/n1/count>=20")
    with Events(f, predicate="*", **{"from": "-1h"}) as stream:
        seen = stream.until("live")
        while len(seen) < 60:
            seen.append(next(stream))
    check_numbers(seen)
    kinds = [e.type for e in seen]
    assert kinds[0] == "begin" and "history" in kinds
    assert set(kinds[kinds.index("live") + 1:]) == {"values"}
    assert [e.data["gap"] for e in seen if e.type == "live"] == [False]
    said = counts(seen)
    assert said == list(range(1, len(said) + 1))
    ids = [e.id for e in seen if e.id is not None]
    assert ids == sorted(set(ids))


def round_of(f, rng, last):
    """One subscriber: from the beginning, or where another one stopped.
    Returns what it was told and the id to go on from."""
    how = {"from": "-1h"} if last is None else {}
    with Events(f, last=last, predicate="*/c/n1/count", **how) as stream:
        seen = stream.until("live")
        for _ in range(rng.randrange(0, 4)):
            seen.append(next(stream))
    assert [e.data["gap"] for e in seen if e.type == "live"] == [False]
    ids = [e.id for e in seen if e.id is not None]
    return counts(seen), ids[-1]


def seams(f, rounds, seed):
    """Each chain of subscribers is told each number once, wherever the seams
    between them fall."""
    rng = random.Random(seed)
    told, last, n = [], None, 0
    for _ in range(rounds):
        if rng.random() < 0.3:
            told, last = [], None
        fresh, last = round_of(f, rng, last)
        told += fresh
        n += len(fresh)
        assert told == list(range(1, len(told) + 1))
        if rng.random() < 0.2:
            # Somewhere in between of two numbers.
            time.sleep(rng.random() * 0.02)
    assert n > rounds


@pytest.mark.parametrize("store", [True, False])
def test_seams(tree, farm, tmp_path, store):
    more = stored(tmp_path) if store else {}
    f = farm(counting(tree, "10ms", **more))
    f.wait_values("*/c/n1/count>=5")
    seams(f, 150, seed=store)
    assert f.get("/v1/subscriptions")["ended"]["slow"] == 0


def test_resume_over_a_restart(tree, farm):
    """What came while nobody listened is in the journal, also that of the
    daemon before."""
    f = farm(counting(tree, "10ms"))
    f.wait_values("*/c/n1/count>=5")
    told, last = round_of(f, random.Random(1), None)
    for _ in range(3):
        seen = f.latest("*/c/n1/count")["c", "n1", "count"]
        f.wait_values(f"*/c/n1/count>={seen + 50}")
        f.kill()
        f.start()
        f.wait_values(f"*/c/n1/count>={seen + 50}")
        fresh, last = round_of(f, random.Random(1), last)
        assert len(fresh) >= 50
        told += fresh
    assert told == list(range(1, len(told) + 1))


def test_gone_from_the_journal(tree, farm):
    """Nothing is passed over unsaid."""
    f = farm(counting(tree, "10ms", journal="none"))
    f.wait_values("*/c/n1/count>=5")
    with Events(f, resume=1, predicate="*/c/n1/count") as stream:
        live = stream.until("live")[-1]
    assert live.data["gap"] is True


def test_a_history_too_long(tree, farm):
    """It is cut off, which is said; those that come later have theirs."""
    configured = counting(tree, "10ms")
    configured["clusters"]["d"] = {"nodes": ["n2"], "collect": [
        {"counts": {"every": "100ms", "deadline": "30s"}}]}
    configured["clusters"]["c"]["collect"][0]["counts"]["burst"] = 1000
    f = farm(configured)
    # As fast as it can be: a busy machine takes its time.
    f.wait_values("*/c/n1/count>=800000", timeout=240)
    assert f.request("POST", "/v1/instances/c/counts/pause")[0] == 200
    with Events(f, predicate="*/c/n1/count", **{"from": "-1h"}) as stream:
        live = stream.until("live")[-1]
    assert live.data["gap"] is True
    assert live.data["why"] == "the history is longer than one answer may be"
    with Events(f, predicate="*/d/n2/count", **{"from": "-1h"}) as stream:
        seen = stream.until("live")
    assert seen[-1].data["gap"] is False
    assert counts(seen) == list(range(1, len(counts(seen)) + 1))


@pytest.mark.long
def test_a_thousand_seams(tree, farm, tmp_path):
    f = farm(counting(tree, "100ms", **stored(tmp_path)))
    f.wait_values("*/c/n1/count>=5")
    seams(f, 1000, seed=7)


def test_no_history_without_a_time(tree, farm):
    f = farm(counting(tree, "20ms"))
    f.wait_values("*/c/n1/count>=20")
    with Events(f, predicate="*/c/*/count") as stream:
        seen = stream.until("live")
        seen += stream.until("values")
    # What comes while it begins is told before it is live.
    assert [e.type for e in seen if e.type != "values"] == ["begin", "live"]
    said = counts(seen)
    assert said == list(range(said[0], said[0] + len(said)))
    assert said[0] > 10


def test_answered_once(tree, farm):
    """A span that ends now: what was, and that was all."""
    f = farm(counting(tree, "20ms"))
    f.wait_values("*/c/n1/count>=10")
    with Events(f, predicate="*/c/*/-3600000/0/count") as stream:
        seen = list(stream)
    assert seen[-1].type == "end" and seen[-1].data["reason"] == "complete"
    assert counts(seen) == list(range(1, len(counts(seen)) + 1))


def test_several_predicates(tree, farm):
    """Each value once, though both want it."""
    f = farm(counting(tree, "20ms", nodes=["n1"]))
    f.wait_values("*/c/n1/count>=10")
    predicate = "*/c/n1/-3600000/-1/count,*/*/*/-3600000/-1/co*|x"
    with Events(f, predicate=predicate) as stream:
        seen = stream.until("live")
        while len(seen) < 30:
            seen.append(next(stream))
    said = counts(seen)
    assert said == list(range(1, len(said) + 1))


def test_refused(tree, farm):
    f = farm({**saying(tree), "limits": {"subscribers": 1}})
    for query, place in (
            ({"predicate": "*/*/*/a>x"}, "predicate:9"),
            ({"predicate": "*,*/*/*/-5/0/x"}, "predicate"),
            ({"predicate": "*/*/*/avg(x,5m)>4"}, "predicate"),
            ({"from": "yesterday"}, "from"),
            ({"resume": "x"}, "resume"),
            ({"lease": "1ms"}, "lease")):
        with pytest.raises(Refused) as why:
            Events(f, **query)
        assert why.value.args[0]["place"] == place
    with Events(f, predicate="*"):
        with pytest.raises(Refused) as why:
            Events(f, predicate="*")
    assert why.value.args[0]["code"] == "busy"
    assert "there are 1 subscriptions" in why.value.args[0]["message"]


def subscriptions(f):
    return f.get("/v1/subscriptions")["subscriptions"]


def test_stalled(tree, farm):
    """Who takes nothing is cut off with a last word; the other gets all."""
    config = counting(tree, "10ms", limits={"subscriber": "256KiB"})
    config["clusters"]["c"]["collect"][0]["counts"]["burst"] = 10
    f = farm(config)
    f.wait_values("*/c/n1/count>=1")
    with Events(f, predicate="*/c/n1/count") as good:
        assert good.until("live")
        stalled = Events(f, predicate="*/c/n1/count,*/none/*/x")
        seen = []
        while not f.get("/v1/subscriptions")["ended"]["slow"]:
            seen += [next(good) for _ in range(50)]
        last = list(stalled)[-1]
        stalled.close()
    said = counts(seen)
    assert said == list(range(said[0], said[0] + len(said)))
    assert last.type == "end" and last.data["reason"] == "slow"
    f.wait_line("was cut off")
    eventually(lambda: not subscriptions(f), "no subscription is left")


def test_leases(tree, farm):
    f = farm(counting(tree, "50ms"))
    with Events(f, predicate="*", lease="10s") as stream:
        one = stream.until("live")[0].data["subscription"]
        [there] = subscriptions(f)
        assert there["id"] == one and there["predicate"] == "*"
        assert there["who"].startswith("uid ")
        assert there["lease_ns"] == 10000000000
        for _ in range(11):
            assert f.request("POST", f"/v1/subscriptions/{one}/renew") == (
                200, {"subscription": one})
            time.sleep(1)  # the lease is a time
        last = list(stream)[-1]
    assert last.type == "end" and last.data["reason"] == "lease"
    status, answer = f.request("POST", "/v1/subscriptions/77/renew")
    assert (status, answer["error"]["place"]) == (404, "path")


def test_cancelled(tree, farm):
    f = farm(counting(tree, "50ms"))
    with Events(f, predicate="*") as stream:
        one = stream.until("live")[0].data["subscription"]
        assert f.request("DELETE", f"/v1/subscriptions/{one}")[0] == 200
        last = list(stream)[-1]
    assert last.type == "end" and last.data["reason"] == "cancelled"
    eventually(lambda: not subscriptions(f))
    assert f.request("DELETE", f"/v1/subscriptions/{one}")[0] == 404


def test_shutdown_is_said(tree, farm):
    f = farm(counting(tree, "50ms"))
    with Events(f, predicate="*") as stream:
        stream.until("values")
        f.process.terminate()
        last = list(stream)[-1]
    assert last.type == "end" and last.data["reason"] == "shutdown"
    assert f.process.wait(30) == 0


def test_removals_come_too(tree, farm):
    config = saying(tree, every="50ms", nodes=["n1", "n2"])
    config["clusters"]["c"]["lifetime"] = "1s"
    f = farm(config)
    f.wait_values("*", 2)
    with Events(f, predicate="*/c/n2/*") as stream:
        stream.until("live")
        config["clusters"]["c"]["nodes"] = ["n1"]
        f.write(config)
        assert f.request("POST", "/v1/reload")[0] == 200
        seen = stream.until("removed")
    record = seen[-1].data["record"]
    assert record["node"] == "n2" and record["reason"]
    check_numbers(seen)


def test_series_come_and_change(tree, farm, tmp_path):
    """Added, changed, removed, in order and with numbers."""
    path = tmp_path / "say"
    config = saying(tree, path, nodes=["n1"], every="50ms")
    config["clusters"]["c"]["lifetime"] = "4s"  # longer than runs are late
    say(path, [["double", "old", "1", "By", "0"]])
    f = farm(config)
    f.wait_values("*/c/n1/old")
    with Events(f, predicate="*/c/*/*") as stream:
        seen = stream.until("values")
        say(path, [["double", "old", "1", "By", "0"],
                   ["double", "x", "1", "By", "0"]])
        seen += stream.until("added")
        added = seen[-1].data["record"]
        assert (added["node"], added["parameter"], added["unit"]) == (
            "n1", "x", "By")
        say(path, [["double", "x", "1", "s", "0"]])
        seen += stream.until("changed")
        changed = seen[-1].data["record"]
        assert (changed["parameter"], changed["unit"]) == ("x", "s")
        seen += stream.until("removed")
        assert seen[-1].data["record"]["parameter"] == "old"
        say(path, [["double", "x", "1", "s", "0"],
                   ["double", "old", "1", "By", "0"]])
        seen += stream.until("added")
        assert seen[-1].data["record"]["parameter"] == "old"
    check_numbers(seen)
    news = [e.type for e in seen if e.type not in (
        "begin", "live", "values")]
    assert news == ["added", "changed", "removed", "added"]


def test_on_request(tree, farm):
    """A collector that waits to be asked runs for who listens."""
    config = counting(tree, "50ms")
    config["clusters"]["c"]["collect"][0]["counts"].update(
        run="on_request", idle_stop="3s")
    f = farm(config)
    assert f.instance("c/counts")["status"] == "waiting"
    with Events(f, predicate="*/c/*/count") as stream:
        seen = stream.until("live")
        while len(seen) < 100:  # five seconds and more
            seen.append(next(stream))
        said = counts(seen)
        assert said == list(range(1, len(said) + 1))
    eventually(lambda: f.instance("c/counts")["status"] == "waiting")


@pytest.fixture
def many_files():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] != resource.RLIM_INFINITY and before[1] < 4096:
        pytest.skip("no more than 4096 descriptors here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_thousand(tree, farm, many_files):
    """All are told the same, and the collector runs no more for them."""
    f = farm(counting(tree, "100ms"))
    f.wait_values("*/c/n1/count>=1")
    began = time.monotonic()
    before = f.instance("c/counts")["ledger"]["runs"]
    streams = []
    try:
        for _ in range(1000):
            streams.append(Events(f, predicate="*/c/n1/count"))
        for stream in streams:
            stream.until("live")
        first = [s.until("values")[-1] for s in streams]
        last = counts(first)[-1]
        assert [s["state"] for s in subscriptions(f)] == ["live"] * 1000
        assert f.get("/v1/subscriptions")["groups"] == 1
        runs = f.instance("c/counts")["ledger"]["runs"] - before
        assert runs <= (time.monotonic() - began) * 10 + 2
        for stream, event in zip(streams[::50], first[::50]):
            [said] = counts([event])
            while said < last + 5:
                [now] = counts([next(stream)])
                assert now == said + 1
                said = now
    finally:
        for stream in streams:
            stream.close()
    assert f.get("/v1/subscriptions")["ended"]["slow"] == 0


# -------------------------------------------------------------------- modes

class Said:
    """A parameter that says what it is told, and a subscriber to it."""

    def __init__(self, tree, farm, path, **query):
        self.path = path
        say(path, [["double", "none", "0", "1", "0"]])
        self.farm = farm(saying(tree, path, nodes=["n1"], every="1h"))
        self.farm.wait_values("*/c/n1/none")
        self.stream = Events(self.farm, predicate="*/c/n1/x", **query)
        self.stream.until("live")

    def say(self, *numbers):
        for n in numbers:
            say(self.path, [["double", "x", str(n), "1", "0"]])
            run_again(self.farm)
            eventually(lambda: self.farm.latest("*/c/n1/x") == {
                ("c", "n1", "x"): n})

    def told(self):
        """All of it: a change of the configuration comes behind."""
        status, answer = self.farm.request(
            "POST", "/v1/config/set?path=clusters.c.lifetime", "1h")
        assert status == 200, answer
        return counts(self.stream.until("config"))


@pytest.mark.parametrize("query, said, told", [
    ({"mode": "all"}, [1, 1, 2, 2], [1, 1, 2, 2]),
    ({"mode": "on_change"}, [5, 5, 6, 6, 7, 7, 7, 5], [5, 6, 7, 5]),
    ({"mode": "crossing", "above": 50}, [10, 49, 51, 60, 40, 55], [51, 55]),
    ({"mode": "crossing", "above": 50, "back": "true"},
     [10, 49, 51, 60, 40, 55], [51, 40, 55]),
    ({"mode": "crossing", "above": 50, "hysteresis": 5},
     [51, 48, 52, 44, 51], [51, 51]),
    ({"mode": "delta", "percent": 20}, [100, 110, 121, 130, 146],
     [100, 121, 146]),
    ({"mode": "delta", "delta": 3}, [1, 3, 4.5, 2, 1], [1, 4.5, 1]),
    ({"mode": "all", "max_rate": 0.001}, [1, 2, 3], [1]),
])
def test_modes(tree, farm, tmp_path, query, said, told):
    one = Said(tree, farm, tmp_path / "say", **query)
    one.say(*said)
    assert one.told() == told


def test_latest(tree, farm):
    """The last value, now and then; the first at once, of the history."""
    f = farm(counting(tree, "10ms"))
    f.wait_values("*/c/n1/count>=20")
    with Events(f, predicate="*", mode="latest", every="500ms",
                **{"from": "-1h"}) as stream:
        seen = [stream.until("latest")[-1]]
        seen += [stream.until("latest")[-1] for _ in range(3)]
    said = [e.data["points"] for e in seen]
    assert all(len(points) == 1 for points in said)
    numbers = [points[0][1] for points in said]
    assert numbers[0] >= 20
    assert all(b > a for a, b in zip(numbers, numbers[1:]))


def test_summary(tree, farm):
    """Whole slots of a ramp, and no value is missing in them."""
    f = farm(counting(tree, "100ms"))
    f.wait_values("*/c/n1/count>=15")
    with Events(f, predicate="*/c/*/count", mode="summary", every="1s",
                **{"from": "-1h"}) as stream:
        slots = []
        while len(slots) < 5:
            slots += stream.until("summary")[-1].data["points"]
    times = [time for time, _, _ in slots]
    assert times == sorted(set(times))
    for _, mean, slot in slots:
        assert slot["step_ns"] == 1000000000
        # The value before holds into the slot, unless this one was late.
        assert slot["min"] - (slot["last"] - slot["count"]) in (0, 1)
        assert slot["max"] == slot["last"]
        assert slot["min"] <= mean <= slot["max"]
        assert slot["count"] == 1 or slot["min"] < mean < slot["max"]
    lasts = [slot["last"] for _, _, slot in slots]
    seen = [slot["count"] for _, _, slot in slots]
    assert lasts == [sum(seen[:i + 1]) for i in range(len(seen))]


@pytest.mark.parametrize("query, place, text", [
    ({"mode": "some"}, "mode", "mode: \"some\": all, on_change, crossing, "
     "delta, latest or summary"),
    ({"mode": "crossing"}, "mode", "needs one of above, below, delta and "
     "percent: what is looked for"),
    ({"mode": "crossing", "above": "x"}, "above",
     'above: "x": a number from -1e+308 to 1e+308'),
    ({"above": "5"}, "above", "above: not with mode=all"),
    ({"mode": "latest"}, "every", "every: needed with mode=latest"),
    ({"mode": "summary", "every": "1ms"}, "every",
     'every: "1ms": 100ms to 366d'),
    ({"mode": "crossing", "above": "5", "back": "so"}, "back",
     'back: "so": true or false'),
])
def test_wrong_modes(tree, farm, query, place, text):
    f = farm(saying(tree))
    with pytest.raises(Refused) as why:
        Events(f, **query)
    assert why.value.args[0]["place"] == place
    assert why.value.args[0]["message"] == text


# ------------------------------------------------------------------ formats

def raw(f, enough, **query):
    """The type of an answer, and its bytes until they are enough."""
    query = urllib.parse.urlencode({"predicate": "*", "from": "-1h", **query})
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.settimeout(60)
        s.connect(str(f.socket))
        s.sendall(f"GET /v1/subscribe?{query} HTTP/1.0\r\n\r\n".encode())
        head, answer = b"", b""
        while b"\r\n\r\n" not in head:
            head += s.recv(4096)
        head, answer = head.split(b"\r\n\r\n", 1)
        while not enough(answer):
            answer += s.recv(4096)
    return re.search(rb"Content-Type: (\S+)", head)[1].decode(), answer


def test_formats(tree, farm):
    f = farm(counting(tree, "20ms"))
    f.wait_values("*/c/n1/count>=10")
    for form, line in (
            ("ulm", rb"data: DATE=\d+\.\d{9} HOST=n1 PROG=farmd LVL=Usage "
                    rb"NL.EVNT=count FARM=test CLUSTER=c UNIT=1 TYPE=uint64 "
                    rb"VAL=(\d+)\n"),
            ("xml", rb'data: <event><field name="DATE">.*'
                    rb'<field name="VAL">(\d+)</field></event>\n'),
            ("influx", rb"data: count,farm=test,cluster=c,node=n1 "
                       rb"value=(\d+)u \d+\n")):
        kind, text = raw(f, lambda text: len(text) >= 10000, format=form)
        assert kind == "text/event-stream"
        said = [int(n) for n in re.findall(line, text)]
        assert len(said) > 10 and said == list(range(1, len(said) + 1))


def records_of(stream):
    """How many records each whole frame says it has."""
    records = []
    while len(stream) >= 32:
        assert stream[:5] == b"FRM1\x01"
        size = 32 + int.from_bytes(stream[8:12], "little")
        if len(stream) >= size:
            records.append(int.from_bytes(stream[24:28], "little"))
        stream = stream[size:]
    return records


def test_frames(tree, farm):
    """Whole frames, one after the other, each of a size that it says."""
    def enough(stream):
        records = records_of(stream)
        return len(records) > 10 and sum(records) > 20

    f = farm(counting(tree, "20ms"))
    f.wait_values("*/c/n1/count>=10")
    kind, stream = raw(f, enough, format="frames")
    assert kind == "application/octet-stream"
    assert enough(stream)
