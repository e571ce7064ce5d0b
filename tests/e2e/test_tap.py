"""Filters beside the router: what they give comes back, and what they do wrong
is theirs alone."""

import os

from farm import eventually
from saying import say, saying


def tapped(tree, path, *filters, **more):
    """A farm that says what is in the file, with these filters."""
    config = saying(tree, path, nodes=["n1"], every="50ms", deadline="30s",
                    **more)
    tree.module("taps")
    config["filters"] = list(filters)
    return config


def told(path, **values):
    say(path, [("double", name, str(value), "", "")
               for name, value in values.items()])


def seen(farm, **values):
    expected = {("c", "n1", name): value for name, value in values.items()}

    def as_expected():
        latest = farm.latest("*/c/n1/*")
        return latest if expected.items() <= latest.items() else None

    return eventually(as_expected, str(expected))


def worker_of(farm, name="filters/taps"):
    return farm.instance(name)["worker"]


def test_in_a_worker(farm, tree, tmp_path):
    """By default, as it is no module of farmd's own: the daemon does not load
    it, and what it gives is seen by those behind it only."""
    file = tmp_path / "said"
    told(file, a=1)
    one = farm(tapped(tree, file,
                      {"rename": {"match": "*/c/*/*_seen", "name": "before",
                                  "parameter": "never"}},
                      "taps",
                      {"rename": {"match": "*/c/*/a_seen",
                                  "parameter": "renamed"}}))
    latest = seen(one, a=1, renamed=1)
    assert ("c", "n1", "never") not in latest
    assert ("c", "n1", "a_seen_seen") not in latest
    assert eventually(lambda: one.latest("*/taps/n/ticks"))
    tap = one.instance("filters/taps")
    assert tap["status"] == "running" and tap["worker"]["state"] == "up"
    assert tap["tap"]["queue_max_bytes"] == 4 << 20
    assert tap["ledger"]["values"] > 0 and tap["ledger"]["runs"] > 0
    maps = open(f"/proc/{one.process.pid}/maps", encoding="utf-8").read()
    assert "taps.so" not in maps


def test_two_of_them(farm, tree, tmp_path):
    """The second sees what the first gives, the first nothing of the second."""
    file = tmp_path / "said"
    told(file, a=1)
    one = farm(tapped(tree, file, {"taps": {"name": "first"}},
                      {"taps": {"name": "second", "isolate": "none"}}))
    latest = seen(one, a=1, a_seen=1, a_seen_seen=1)
    eventually(lambda: one.instance("second")["ledger"]["runs"] > 20)
    latest = one.latest("*/c/n1/*")
    assert set(name for _, _, name in latest) == {
        "a", "a_seen", "a_seen_seen"}


def test_a_crash(farm, tree, tmp_path):
    file = tmp_path / "said"
    told(file, a=1)
    one = farm(tapped(tree, file, {"taps": {"match": "*/c/*/crash|a"}}))
    seen(one, a=1, a_seen=1)
    told(file, crash=1, b=2)
    one.wait_line("error filters/taps: the worker of module taps was killed by "
                  "signal 6 (Aborted); tried again in 1s")
    seen(one, b=2)
    told(file, a=3)
    seen(one, a=3, a_seen=3)
    assert worker_of(one)["starts"] >= 2
    assert one.instance("c/says")["ledger"]["failures"] == 0


def test_a_hang(farm, tree, tmp_path):
    """It is killed past its deadline; values of others go on meanwhile."""
    file, stop = tmp_path / "said", tmp_path / "stop"
    stop.touch()
    told(file, a=1)
    one = farm(tapped(tree, file, {"taps": {
        "while": str(stop), "deadline": "200ms", "queue": "64KiB"}}))
    seen(one, a=1, a_seen=1)
    told(file, hang=1)
    one.wait_line("error filters/taps: the worker of module taps hung and was "
                  "killed: filters/taps: apply() is past its deadline of 200ms")
    told(file, b=4)
    seen(one, b=4, b_seen=4)


def test_a_hang_inside(farm, tree, tmp_path):
    """Nobody can end a thread: it is said, what it would get is lost, and when
    it comes back it goes on."""
    file, stop = tmp_path / "said", tmp_path / "stop"
    stop.touch()
    told(file, a=1)
    one = farm(tapped(tree, file, {"taps": {
        "while": str(stop), "isolate": "none", "deadline": "200ms",
        "queue": "64KiB"}}))
    seen(one, a=1, a_seen=1)
    told(file, hang=1)
    one.wait_line("error filters/taps: hangs; what is given to it is lost")
    eventually(lambda: one.instance("filters/taps")["status"] == "hung")
    told(file, b=4)
    seen(one, b=4)
    eventually(lambda: one.instance("filters/taps")["ledger"]["dropped"]
               .get("behind", 0) > 0)
    stop.unlink()
    one.wait_line("notice filters/taps: has come back")
    seen(one, b=4, b_seen=4)


def test_left_behind(farm, tree, tmp_path):
    """One that does not come back keeps the daemon from nothing but a clean
    end."""
    file, stop = tmp_path / "said", tmp_path / "stop"
    stop.touch()
    told(file, hang=1)
    config = tapped(tree, file, {"taps": {
        "while": str(stop), "isolate": "none", "deadline": "100ms"}})
    config["limits"] = {"shutdown": "2s"}
    one = farm(config)
    one.wait_line("error filters/taps: hangs")
    assert one.stop() == 2
    one.wait_line("filters/taps: did not come back; left behind")


def test_a_flood(farm, tree, tmp_path):
    """What does not fit is the tap's loss; the collector loses nothing."""
    file = tmp_path / "said"
    told(file, flood=1, a=1)
    config = tapped(tree, file, {"taps": {"isolate": "none"}})
    config["limits"] = {"queue": "4MiB"}
    one = farm(config)
    seen(one, a=1, flood=1)
    eventually(lambda: one.instance("filters/taps")["ledger"]["dropped"]
               .get("queue_full", 0) > 0)
    told(file, a=2)
    seen(one, a=2)
    assert not any(one.instance("c/says")["ledger"]["dropped"].values())


def test_failures_in_a_row(farm, tree, tmp_path):
    file = tmp_path / "said"
    told(file, fail=1)
    one = farm(tapped(tree, file, {"taps": {"match": "*/c/*/fail|a"}}))
    one.wait_line("filters/taps: told to fail; gives nothing while it fails")
    one.wait_line("error filters/taps: told to fail; tried again in 1s")
    told(file, a=1)
    seen(one, a=1, a_seen=1)


def test_inline_after_all(farm, tree, tmp_path):
    file = tmp_path / "said"
    told(file, a=1)
    one = farm(tapped(tree, file, {"taps": {"tap": "false"}}))
    latest = seen(one, a_seen=1)
    assert ("c", "n1", "a") not in latest
    assert "tap" not in one.instance("filters/taps")


def test_one_of_farmds_own(farm, tree, tmp_path):
    file = tmp_path / "said"
    told(file, a=1)
    one = farm(tapped(tree, file, {"rename": {
        "match": "*/c/*/a", "parameter": "b", "tap": "true"}}))
    seen(one, a=1, b=1)
    assert worker_of(one, "filters/rename") is None


def test_changed_while_running(farm, tree, tmp_path):
    file = tmp_path / "said"
    told(file, a=1, b=1)
    config = tapped(tree, file, {"taps": {"match": "*/c/*/a"}})
    one = farm(config)
    seen(one, a=1, a_seen=1)
    starts = worker_of(one)["pid"]
    config["filters"] = [{"taps": {"match": "*/c/*/b"}}]
    one.write(config)
    assert one.ctl("reload").returncode == 0
    seen(one, b_seen=1)
    assert worker_of(one)["pid"] == starts
    config["filters"] = [{"taps": {"match": "*/c/*/b",
                                   "while": str(tmp_path / "none")}}]
    one.write(config)
    assert one.ctl("reload").returncode == 0
    # Between the two it has none.
    eventually(lambda: (worker_of(one) or {"pid": 0})["pid"] not in
               (0, starts))
    eventually(lambda: not os.path.exists(f"/proc/{starts}"))
    config["filters"] = []
    one.write(config)
    assert one.ctl("reload").returncode == 0
    assert one.request("GET", "/v1/instances/filters%2Ftaps")[0] == 404


def test_what_is_for_taps_alone(tree, tmp_path):
    file = tmp_path / "farm.yaml"
    file.write_text("filters:\n  - rename: {parameter: b, worker: x}\n")
    done = tree.check(file)
    assert done.returncode != 0
    assert (':2:13: error: "isolate", "worker" and "limits" are for taps; '
            '"tap: true" is missing') in done.stderr
