"""More than the journal may hold, and writers that hang or are gone: who loses
what, and who does not notice."""

import json

import pytest

from farm import eventually
from storing import counting, journal, noted, stored_all

TAIL = 1 << 20  # bytes, of memory for writers
# A run that waited for a writer would do so for longer than its deadline.
LOAD = {"every": "20ms", "deadline": "2s", "burst": 500, "resume": False}


def last(one):
    return one.latest("*/c/n1/count").get(("c", "n1", "count"), 0)


def resident(one):
    """KiB of memory."""
    with open(f"/proc/{one.process.pid}/status", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines
                    if line.startswith("VmRSS:"))


@pytest.fixture
def noting(farm, tree, tmp_path):
    """Writers of these names, each with files NAME, NAME.away and
    NAME.holds."""
    def begin(*names, **journal_):
        config = {**counting(tree, tmp_path, "n1", **LOAD),
                  "journal": {"bytes": "1MiB", **journal_},
                  "limits": {"writers": TAIL},
                  "cache": {"bytes": "1MiB"},
                  "writers": {name: {"notes": {
                      "file": str(tmp_path / name),
                      "away": str(tmp_path / f"{name}.away"),
                      "holds": str(tmp_path / f"{name}.holds")}}
                      for name in names}}
        return farm(config), config

    return begin


def end_of(one, *writers):
    """All is collected and stored; returns the last number."""
    stored_all(one, "n1", *writers)
    return last(one)


def beyond_the_tail(one):
    """More was not written than the tail in memory can have kept, by the room
    that took what was written."""
    state = journal(one)
    written = last(one) - state["unwritten_values"]
    return state["unwritten_values"] * state["bytes"] > 1.2 * TAIL * written


@pytest.mark.parametrize("full", ["drop_oldest", "thin", "drop_new"])
def test_full(noting, tmp_path, full):
    """What is given up, by each policy, is counted to the value; what is not
    is there once. The other writer gets all."""
    (tmp_path / "slow.away").touch()
    one, _ = noting("slow", "good", full=full)
    eventually(lambda: one.instance("slow")["retries"] >= 1)
    if full == "drop_new":
        eventually(lambda: one.request("GET", "/v1/health")[0] == 503)
        eventually(lambda: beyond_the_tail(one), timeout=120)
    else:
        eventually(lambda: journal(one)["given_up_values"] > 1000)
    (tmp_path / "slow.away").unlink()
    eventually(lambda: one.instance("slow")["backlog_values"] == 0)
    end = end_of(one, "slow", "good")
    eventually(lambda: one.request("GET", "/v1/health")[0] == 200)
    slow = one.instance("slow")
    assert slow["ledger"]["dropped"]["behind"] == slow["missed_values"]
    assert one.instance("good")["missed_values"] == 0
    assert one.stop() == 0
    have = noted(tmp_path / "slow")[0]["n1"]
    assert len(have) == len(set(have))
    assert len(have) + slow["missed_values"] == end
    assert noted(tmp_path / "good")[0]["n1"] == list(range(1, end + 1))
    assert slow["missed_values"] > 0
    if full == "drop_new":
        assert 1 in have


def test_removed_while_down(noting, tmp_path):
    """A writer that the next start does not have holds nothing any more."""
    (tmp_path / "gone.away").touch()
    one, config = noting("gone", "good", full="drop_new")
    eventually(lambda: journal(one)["segments"] >= 3)
    assert one.stop() == 0
    del config["writers"]["gone"]
    one.write(config)
    one.start()
    before = journal(one)["first_position"]
    eventually(lambda: journal(one)["first_position"] > before)
    began = last(one)
    eventually(lambda: last(one) > began + 60000)
    assert one.request("GET", "/v1/health")[0] == 200
    assert journal(one)["unwritten_values"] == 0


@pytest.mark.parametrize("seconds", [
    3, pytest.param(60, marks=pytest.mark.long)])
def test_held(noting, tmp_path, seconds):
    """A writer that hangs in its call: no other writer, no collector, nobody
    who asks notices, and memory stays flat; then it gets all."""
    one, _ = noting("held", "good", bytes="1GiB")
    eventually(lambda: one.instance("held")["records"] > 0)
    (tmp_path / "held.holds").touch()
    eventually(lambda: one.instance("held")["lag_bytes"] > 3 << 20, timeout=60)
    began = last(one)
    memory = resident(one)
    lags = []

    def over():
        lags.append(one.instance("good")["lag_values"])
        return last(one) >= began + seconds * 20000

    eventually(over, timeout=30 + 2 * seconds)
    grown = resident(one) - memory
    figures = {"values": last(one) - began, "lag_of_held_bytes":
               one.instance("held")["lag_bytes"], "memory_grown_kib": grown,
               "lag_of_other_max": max(lags)}
    print(json.dumps(figures))
    # A sanitizer's memory is never flat.
    if "san" not in one.tree.build.name:
        assert grown < 4096, figures
    # A disk that was busy for a moment is no writer that is held up.
    eventually(lambda: one.instance("good")["lag_values"] < 20000)
    assert not any(one.get("/v1/status")["dropped"].values())
    assert one.instance("n1")["ledger"]["overruns"] == 0
    (tmp_path / "held.holds").unlink()
    end = end_of(one, "held", "good")
    assert one.stop() == 0
    for writer in ("held", "good"):
        assert sorted(noted(tmp_path / writer)[0]["n1"]) == list(
            range(1, end + 1))
