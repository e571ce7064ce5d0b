"""Disks that misbehave below the journal: what goes on, what is said, what
heals, and what it costs. See tests/shim/disk.c."""

import os

import pytest

from farm import eventually
from storing import (counting, journal, locked, stored, stored_all,
                     storing)


class Disk:
    """The rules of the shim, and farms that have it."""

    def __init__(self, tree, folder):
        self.tree = tree
        self.folder = folder
        self.rules = folder / "faults"
        self.heal()

    def heal(self):
        self.is_to()

    def is_to(self, *rules):
        """Each of CALL, ACTION, ARGUMENT and SUFFIX, the last two if need
        be."""
        fresh = self.rules.with_suffix(".fresh")
        fresh.write_text("".join(
            " ".join([*rule, "-", "-"][:4]) + "\n"
            for rule in map(str.split, rules)))
        fresh.rename(self.rules)

    def environment(self, state):
        asan = os.environ.get("ASAN_OPTIONS", "")
        return {"LD_PRELOAD": str(self.tree.build / "tests/shim/disk.so"),
                "DISK_FOLDER": str(state / "journal"),
                "DISK_FAULTS": str(self.rules),
                "ASAN_OPTIONS": f"{asan}:verify_asan_link_order=0"}


@pytest.fixture
def disk(tree, tmp_path):
    done = tree.run("make", "-s", "-C", tree.build, "tests/shim/disk.so",
                    timeout=300)
    assert done.returncode == 0, done.stderr
    return Disk(tree, tmp_path)


@pytest.fixture
def base(tmp_path):
    return tmp_path / "f.db"


@pytest.fixture
def counted(tree, tmp_path, base, farm, disk):
    """A farm that counts into a store, on that disk, and has stored some."""
    def begin(limits=None, **how):
        config = storing(counting(tree, tmp_path, "n1"), base, **how)
        if limits is not None:
            config["limits"] = limits
        state = tmp_path / "farm0" / "state"
        one = farm(config, environment=disk.environment(state))
        eventually(lambda: len(stored(base)) >= 3)
        return one

    return begin


def last(one):
    return one.latest("*/c/n1/count").get(("c", "n1", "count"), 0)


def health(one):
    return one.request("GET", "/v1/health")


def goes_on(one, base):
    """Collecting, answering and storing, whatever the journal does."""
    at = max(stored(base))
    eventually(lambda: last(one) >= at + 20, "collecting")
    eventually(lambda: max(stored(base)) >= at + 20, "storing")
    eventually(lambda: len(one.get(
        "/v1/history", predicate="*/c/n1/count",
        **{"from": "-1h"})["series"][0]["points"]) >= 20, "answering")


def red(one, text):
    """Wait until the journal's state says so."""
    eventually(lambda: [p for p in health(one)[1]["problems"]
                        if p["instance"] == "journal" and text in p["error"]],
               f"a journal with {text}")
    assert health(one)[0] == 503


def all_once(one, base):
    """After a clean end the store has each number once."""
    stored_all(one, "n1", "store")
    end = last(one)
    assert one.stop() == 0
    assert sorted(stored(base)) == list(range(1, end + 1))


@pytest.mark.parametrize("rule, text", [
    ("write error ENOSPC .seg", "No space left on device"),
    ("write error EIO .seg", "Input/output error"),
    ("write error EDQUOT .seg", "Disk quota exceeded"),
    ("change error EROFS", "Read-only file system"),
    ("sync error EIO .seg", "Input/output error"),
])
def test_fails_and_heals(counted, disk, base, rule, text):
    """Red and said while it fails, everything else goes on; then all is
    written that waited, and nothing is stored twice or missing."""
    one = counted(sync="always")
    disk.is_to(rule)
    red(one, text)
    said = one.ctl("doctor")
    assert said.returncode == 2 and text in said.stdout
    goes_on(one, base)
    disk.heal()
    eventually(lambda: health(one)[0] == 200, "healing")
    assert journal(one)["unwritten_values"] == 0
    assert one.instance("store")["missed_values"] == 0
    all_once(one, base)
    assert one.tree.run(one.tree.farmctl, "journal", "verify",
                        one.state / "journal").returncode == 0


def test_cursors_cannot_be_saved(counted, disk, base):
    """Each kind of file on its own: what stands in the cursor is old."""
    one = counted()
    disk.is_to("rename error EIO .cursor")
    one.wait_line("Input/output error")
    goes_on(one, base)
    one.kill()
    disk.heal()
    one.start(environment=disk.environment(one.state))
    goes_on(one, base)
    all_once(one, base)


def test_short_writes(counted, disk, base):
    one = counted()
    disk.is_to("write short")
    goes_on(one, base)
    assert health(one)[0] == 200
    one.kill()
    disk.heal()
    one.start(environment=disk.environment(one.state))
    goes_on(one, base)
    all_once(one, base)


def test_torn_writes(counted, disk, base):
    """Killed with half of a frame on disk, again and again."""
    one = counted()
    for _ in range(4):
        lock = locked(base)
        disk.is_to("write torn - .seg")
        one.process.wait(30)
        lock.close()
        disk.heal()
        one.start(environment=disk.environment(one.state))
        goes_on(one, base)
    all_once(one, base)


def waiting_in_files(one, disk, base):
    """What a life before this one has left, for a store that is locked."""
    lock = locked(base)
    eventually(lambda: one.instance("store")["retries"] >= 1)
    one.kill()
    one.start(environment=disk.environment(one.state))
    eventually(lambda: one.instance("store")["retries"] >= 1)
    return lock


def counted_or_there(one, base):
    """Each number is in the store once, or one of the counted losses."""
    # The segment that is written to is mended once there is another.
    eventually(lambda: one.instance("store")["backlog_values"] == 0)
    stored_all(one, "n1", "store")
    have = stored(base)
    assert len(have) == len(set(have))
    eventually(lambda: one.instance("store")["missed_positions"] >=
               last(one) - len(have), "the losses, counted")


def test_flipped_when_read(counted, disk, base):
    """A bit that is wrong in each read costs what it hits, counted."""
    one = counted()
    lock = waiting_in_files(one, disk, base)
    disk.is_to("read flip - .seg")
    lock.close()
    one.wait_line("to be mended")
    goes_on(one, base)
    disk.heal()
    goes_on(one, base)
    counted_or_there(one, base)


def test_cannot_be_read(counted, disk, base):
    """A bad sector ends nothing, and is counted."""
    one = counted()
    lock = waiting_in_files(one, disk, base)
    disk.is_to("read error EIO .seg")
    lock.close()
    one.wait_line("Input/output error; to be mended")
    one.wait_line("set aside")
    goes_on(one, base)
    disk.heal()
    goes_on(one, base)
    counted_or_there(one, base)
    assert journal(one)["bad_frames"] > 0


def test_damaged_checkpoints(counted, disk, base):
    """The segments have them all the same."""
    one = counted()
    assert one.stop() == 0
    path = one.state / "checkpoints"
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    one.start()
    one.wait_line("checkpoints of modules may be lost")
    goes_on(one, base)
    all_once(one, base)


def test_damaged_cursor(counted, disk, base):
    """Its writer is given all again: the store has each once."""
    one = counted()
    assert one.stop() == 0
    path, = (one.state / "journal").glob("*.cursor")
    path.write_bytes(path.read_bytes()[:-3])
    one.start()
    one.wait_line("begins with the oldest of the journal")
    one.wait_line("were stored before")
    goes_on(one, base)
    all_once(one, base)


def test_hangs(counted, disk, base):
    """A sync that does not come back holds up the journal alone."""
    one = counted()
    disk.is_to("sync hang")
    red(one, "the disk keeps a call")
    goes_on(one, base)
    disk.heal()
    eventually(lambda: health(one)[0] == 200)
    all_once(one, base)


def test_slow(counted, disk, base):
    one = counted(sync="always")
    disk.is_to("sync slow 300")
    goes_on(one, base)
    disk.heal()
    all_once(one, base)
