"""The journal: what was accepted arrives, whatever ends the daemon."""

import json
import os
import random
import resource
import signal
import time

import pytest

from farm import eventually
from saying import saying
from storing import (accepted, counting, journal, lives, locked, noted,
                     stored, stored_all, storing)


@pytest.fixture
def base(tmp_path):
    return tmp_path / "f.db"


def test_killed_at_random(farm, tree, base):
    """A dozen times, the store locked half of the time: each life's counts
    are in the store once, without a hole, up to what was accepted."""
    one = farm(storing(saying(tree, every="20ms"), base))
    dice = random.Random(7)
    want = []
    for life in range(12):
        lock = locked(base) if life % 2 and base.exists() else None
        time.sleep(dice.uniform(0.05, 0.4))
        eventually(lambda: accepted(one) > 0)
        want.append(accepted(one))
        one.kill()
        if lock is not None:
            lock.close()
        one.start()
    eventually(lambda: accepted(one) > 0)
    stored_all(one, "c/says", "store")
    have = lives(stored(base))
    assert len(have) == 13
    for expected, found in zip(want, have):
        assert found >= expected, (want, have)
    assert one.instance("store")["missed_values"] == 0


def test_killed_and_nothing_twice(farm, tree, base, tmp_path):
    """A collector that goes on behind its checkpoint: whatever the moment,
    each number comes once to each store. bench/faults does so for longer."""
    notes = tmp_path / "notes"
    config = storing(counting(tree, tmp_path, "n1", burst=20), base)
    config["writers"]["notes"] = {"notes": {"file": str(notes)}}
    one = farm(config)
    dice = random.Random(11)
    for _ in range(12):
        time.sleep(dice.uniform(0.02, 0.4))
        one.kill()
        one.start()
    eventually(lambda: one.latest("*/c/n1/count"))
    stored_all(one, "n1", "store", "notes")
    end = one.latest("*/c/n1/count")[("c", "n1", "count")]
    assert one.stop() == 0
    assert sorted(stored(base)) == list(range(1, end + 1))
    assert sorted(noted(notes)[0]["n1"]) == list(range(1, end + 1))


def test_stopped_often(farm, tree, base, tmp_path):
    """Nor does a clean end repeat or lose anything, whatever it meets."""
    one = farm(storing(counting(tree, tmp_path, "n1", every="10ms", burst=3),
                       base, sync="never"))
    for _ in range(40):
        before = len(stored(base))
        eventually(lambda: len(stored(base)) > before)
        assert one.stop() == 0
        one.start()
    assert one.stop() == 0
    counts = stored(base)
    assert counts == list(range(1, len(counts) + 1))


def test_down_for_a_while(farm, tree, base):
    """While the store is away nothing is lost; then the new comes first, and
    all comes."""
    one = farm(storing(saying(tree, every="20ms"), base))
    eventually(lambda: len(stored(base)) >= 3)
    lock = locked(base)
    eventually(lambda: one.instance("store")["retries"] >= 1)
    before = accepted(one)
    eventually(lambda: accepted(one) >= before + 50)
    assert one.instance("store")["circuit"] != "closed"
    lock.close()
    stored_all(one, "c/says", "store")
    counts = stored(base)
    assert len(counts) >= before + 50
    assert sorted(counts) == list(range(1, len(counts) + 1))
    assert one.stop() == 0


def test_restart_catches_up(farm, tree, base):
    """Ended while the store is away: quickly, and the next start stores it."""
    one = farm({**storing(saying(tree, every="20ms"), base),
                "limits": {"shutdown": "10m"}})
    eventually(lambda: len(stored(base)) >= 3)
    lock = locked(base)
    eventually(lambda: one.instance("store")["retries"] >= 1)
    stored_all(one, "c/says")
    before = accepted(one)
    # It has far longer than is waited for here.
    assert one.stop() == 0
    lock.close()
    one.start()
    eventually(lambda: accepted(one) > 0)
    stored_all(one, "c/says", "store")
    found = lives(stored(base))
    assert (found[0], len(found)) == (before, 2)


def test_none(farm, tree, base):
    config = {**storing(saying(tree, every="20ms"), base), "journal": "none"}
    one = farm(config)
    eventually(lambda: len(stored(base)) >= 3)
    assert journal(one) is None
    assert not (one.state / "journal").exists()


def test_corrupt_segment(farm, tree, base):
    """A flipped bit costs what it hits, is said and counted, and nobody else."""
    one = farm(storing(saying(tree, every="20ms"), base))
    lock = None
    eventually(lambda: len(stored(base)) >= 3)
    lock = locked(base)
    eventually(lambda: one.instance("store")["retries"] >= 1)
    # Most of the segment is what the store has not.
    before = accepted(one)
    eventually(lambda: accepted(one) >= 4 * before + 30)
    one.kill()
    segment = sorted((one.state / "journal").glob("*.seg"))[-1]
    bytes_ = bytearray(segment.read_bytes())
    bytes_[len(bytes_) * 3 // 4] ^= 1
    segment.write_bytes(bytes_)
    lock.close()
    one.start()
    assert "set aside as *.bad" in one.wait_line("set aside")
    assert segment.with_suffix(".seg.bad").exists()
    eventually(lambda: one.instance("store")["missed_positions"] > 0)
    eventually(lambda: stored(base).count(1) == 2)
    assert journal(one)["bad_frames"] >= 1


def test_one_that_hangs(farm, tree, base, tmp_path):
    """A store held by a stopped process for as long as the test lasts costs
    its own writer, and nobody else: not the other, no collector, no memory."""
    other = tmp_path / "g.db"
    config = storing(saying(tree, every="20ms"), base)
    config["writers"]["store"]["sql"]["busy_timeout"] = "30s"
    config["writers"]["other"] = {"sql": {"url": f"sqlite:{other}"}}
    one = farm(config)
    eventually(lambda: len(stored(base)) >= 3)
    child = os.fork()
    if child == 0:
        lock = locked(base)
        os.kill(os.getpid(), signal.SIGSTOP)
        lock.close()
        os._exit(0)
    os.waitpid(child, os.WUNTRACED)
    try:
        hung = len(stored(other))
        before = one.latest("*/c/n1/count")[("c", "n1", "count")]
        eventually(lambda: len(stored(other)) >= hung + 100)
        eventually(lambda: accepted(one) >= before + 100)
        eventually(lambda: one.instance("store")["lag_values"] >= 150)
        eventually(lambda: one.instance("other")["lag_values"] < 50)
        drops = one.get("/v1/status")["dropped"]
        assert not any(drops.values()), drops
    finally:
        os.kill(child, signal.SIGCONT)
        os.waitpid(child, 0)
    stored_all(one, "c/says", "store")
    counts = stored(base)
    assert len(counts) >= hung + 100
    assert sorted(counts) == list(range(1, len(counts) + 1))


def test_full_disk(farm, tree, base):
    """No file may grow beyond a bound: said loudly, and all goes on."""
    one = farm(storing(saying(tree, every="20ms"), base))
    eventually(lambda: len(stored(base)) >= 3)
    pid = one.process.pid
    size = max(f.stat().st_size
               for f in (one.state / "journal").glob("*.seg"))
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    # The store has the same disk, and may be the first to say so.
    eventually(lambda: [p for p in one.request("GET", "/v1/health")[1]
                        ["problems"] if p["instance"] == "journal" and
                        "File too large" in p["error"]])
    assert one.request("GET", "/v1/health")[0] == 503
    red = one.ctl("doctor")
    assert red.returncode == 2 and "journal" in red.stdout
    count = one.latest("*/c/n1/count")[("c", "n1", "count")]
    eventually(lambda: one.latest("*/c/n1/count")[("c", "n1", "count")]
               >= count + 20)
    resource.prlimit(pid, resource.RLIMIT_FSIZE,
                     (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    eventually(lambda: one.request("GET", "/v1/health")[0] == 200)
    accepted(one)
    assert journal(one)["unwritten_values"] == 0


def test_farmctl(farm, tree, base):
    one = farm(storing(saying(tree, every="20ms"), base))
    eventually(lambda: len(stored(base)) >= 5)
    done = one.ctl("journal")
    assert done.returncode == 0 and done.stdout.startswith("ok: ")
    assert "store" in one.ctl("writers").stdout
    listed = json.loads(one.ctl("journal", "ls", "--format", "json").stdout)
    assert [s["state"] for s in listed] == ["open"]
    folder = str(one.state / "journal")
    assert one.ctl("journal", "verify", folder).returncode == 0
    stored_all(one, "c/says", "store")
    rows = len(stored(base))
    done = one.ctl("journal", "replay", "store", "--from", "-1h")
    assert done.returncode == 0, done.stderr
    one.wait_line("were stored before")
    assert len(stored(base)) == rows
    done = one.ctl("journal", "drop", "store")
    assert done.returncode == 0 and "values given up" in done.stdout
    assert one.ctl("journal", "dead-letters", "store").stdout == ""
    assert one.ctl("journal", "replay", "c/says", "--from", "-1h").stderr == (
        "farmctl: journal: c/says: \"replay\" is not one of run, pause, "
        "resume, actions/NAME\n")
    one.stop()
    listed = json.loads(tree.run(tree.farmctl, "journal", "ls", folder,
                                 "--format", "json").stdout)
    assert listed[0]["state"] == "complete" and listed[0]["values"] > 0
    segment = sorted((one.state / "journal").glob("*.seg"))[0]
    bytes_ = bytearray(segment.read_bytes())
    # Within a frame: half way it may be where one begins.
    bytes_[bytes_.index(b"count")] ^= 1
    segment.write_bytes(bytes_)
    done = tree.run(tree.farmctl, "journal", "verify", folder)
    assert done.returncode == 2 and "checksum of the frame" in done.stdout
