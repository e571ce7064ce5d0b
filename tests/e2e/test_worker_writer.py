"""Writers in processes of their own: what ends one loses nothing."""

import os
import pathlib
import signal

from farm import eventually


def writer_farm(tree, path, nodes=("n1",), every="50ms", module="keeps",
                deadline="30s", **options):
    tree.module("keeps")
    tree.module("crashes")
    return {"modules": [str(tree.test_modules)],
            "clusters": {"c": {"nodes": list(nodes), "collect": [
                # One that is late would be left out by its own farmd.
                {"crashes": {"every": every, "deadline": "30s",
                             "isolate": "none"}}]}},
            "writers": {"store": {"match": "*/c/*/runs", "begin": "oldest",
                                  "deadline": deadline,
                                  module: {"file": str(path), **options}}}}


def kept(path, node="n1"):
    """The values of `runs' of a node that are in the file, in its order."""
    if not path.exists():
        return []
    return [int(line.split()[5]) for line in path.read_text().splitlines()
            if line.split()[3] == node]


def through(path, more):
    """Wait until so many further values were kept; then all have to be."""
    seen = kept(path)
    last = (seen or [0])[-1]
    eventually(lambda: (kept(path) or [0])[-1] >= last + more,
               f"{more} values after {last}")
    return kept(path)


def counted(n):
    return list(range(1, n + 1))


def worker(farm):
    return farm.instance("store")["worker"]


def test_stores(tree, farm, tmp_path):
    """From outside, so in a worker; states of series last as long as it."""
    path = tmp_path / "kept"
    one = farm(writer_farm(tree, path))
    values = through(path, 20)
    assert values == counted(len(values))
    lines = path.read_text().splitlines()
    assert [int(line.split()[6]) for line in lines] == counted(len(lines))
    assert worker(one)["pid"] > 0
    assert worker(one)["starts"] == 1
    assert one.instance("store")["ledger"]["failures"] == 0
    pid = worker(one)["pid"]
    assert one.stop() == 0
    assert not pathlib.Path(f"/proc/{pid}").exists()


def test_crash_in_write(tree, farm, tmp_path):
    """The batch is given again to the next process, until it is stored."""
    path = tmp_path / "kept"
    hold = tmp_path / "hold"
    hold.touch()
    # A sanitizer would take the signal for itself.
    one = farm(writer_farm(tree, path, act="segv", until=str(hold)),
               environment={"ASAN_OPTIONS": "handle_segv=0",
                            "TSAN_OPTIONS": "handle_segv=0"})
    one.wait_line("error store: the worker of module keeps was killed by "
                  "signal 11 (Segmentation fault); tried again until it "
                  "works")
    eventually(lambda: worker(one)["starts"] >= 2, "a second start")
    values = through(path, 40)
    assert values == counted(len(values))
    one.wait_line("store: works again")
    ledger = one.instance("store")["ledger"]
    assert ledger["failures"] >= 1
    assert ledger["dropped"]["refused"] == 0


def test_record_that_always_crashes(tree, farm, tmp_path):
    """It is sought and put aside, with how it ended the process; the records
    around it are kept, once."""
    path = tmp_path / "kept"
    config = writer_farm(tree, path, act="segv_bad")
    config["clusters"]["d"] = {"nodes": ["bad"], "collect": [
        {"crashes": {"every": "1h", "isolate": "none"}}]}
    config["writers"]["store"]["match"] = "*/*/*/runs"
    # A sanitizer would take the signal for itself.
    one = farm(config, environment={"ASAN_OPTIONS": "handle_segv=0",
                                    "TSAN_OPTIONS": "handle_segv=0"})
    one.wait_line("refused and dropped: crashed (SIGSEGV) in write()",
                  timeout=120)
    values = through(path, 20)
    assert values == counted(len(values))
    assert kept(path, "bad") == []
    letters = one.get("/v1/instances/store/dead-letters")["dead_letters"]
    assert [l["reason"] for l in letters] == ["crashed (SIGSEGV) in write()"]
    assert letters[0]["values"][0]["node"] == "bad"
    assert one.instance("store")["ledger"]["dropped"]["refused"] == 1


def test_history_without_levels(tree, farm, tmp_path):
    """A writer that knows of no averages has none of any length."""
    path = tmp_path / "kept"
    one = farm(writer_farm(tree, path))
    through(path, 5)

    def series(**how):
        answer = one.get("/v1/history", predicate="*/c/n1/runs", **how)
        assert "store_error" not in answer
        return answer["series"]

    assert len(series(level="raw")) == 1
    assert series(level="1m") == []


def test_history_that_hangs(tree, farm, tmp_path):
    """It ends the process between two calls of write(), so nothing is stored
    twice."""
    path = tmp_path / "kept"
    hold = tmp_path / "hold"
    hold.touch()
    one = farm(writer_farm(tree, path, act="slow_history", until=str(hold)))
    through(path, 5)
    answer = one.get("/v1/history", predicate="*/c/n1/runs")
    assert answer["store_error"] == "store: no answer in time"
    one.wait_line("error store: the worker of module keeps hung and was "
                  "killed: store: history() is past its deadline")
    hold.unlink()
    values = through(path, 40)
    assert values == counted(len(values))
    assert worker(one)["starts"] == 2
    assert len(one.get("/v1/history", predicate="*/c/n1/runs")["series"]) == 1


def test_killed_while_idle(tree, farm, tmp_path):
    path = tmp_path / "kept"
    one = farm(writer_farm(tree, path))
    through(path, 5)
    os.kill(worker(one)["pid"], signal.SIGKILL)
    one.wait_line("the worker of module keeps was killed by signal 9")
    eventually(lambda: worker(one)["starts"] == 2 and
               one.instance("store")["status"] == "running", "a second start")
    # What was stored when it died may be stored again.
    through(path, 20)
    values = kept(path)
    assert sorted(set(values)) == counted(values[-1])


def test_hang_in_write(tree, farm, tmp_path):
    path = tmp_path / "kept"
    hold = tmp_path / "hold"
    hold.touch()
    one = farm(writer_farm(tree, path, act="hang", until=str(hold),
                           deadline="500ms"))
    one.wait_line("error store: the worker of module keeps hung and was "
                  "killed: store: write() is past its deadline of 500ms")
    hold.unlink()
    values = through(path, 20)
    assert values == counted(len(values))


def test_end_while_it_hangs(tree, farm, tmp_path):
    """A clean end does not wait for it, and the next one stores the rest."""
    path = tmp_path / "kept"
    hold = tmp_path / "hold"
    hold.touch()
    config = writer_farm(tree, path, act="hang", until=str(hold),
                         deadline="60s")
    config["limits"] = {"shutdown": "3s"}
    one = farm(config)
    one.wait_values("*/c/n1/runs>=10")
    eventually(lambda: worker(one)["pid"] and
               one.instance("store")["status"] == "running", "the writer")
    assert one.stop() == 0
    hold.unlink()
    one.start()
    eventually(lambda: len(kept(path)) >= 10, "the rest")
    assert kept(path)[:10] == counted(10)


def test_again(tree, farm, tmp_path):
    path = tmp_path / "kept"
    hold = tmp_path / "hold"
    hold.touch()
    one = farm(writer_farm(tree, path, act="again", until=str(hold)))
    one.wait_line("error store: told to wait; tried again until it works")
    hold.unlink()
    values = through(path, 20)
    assert values == counted(len(values))
    assert worker(one)["starts"] == 1


def test_bad_records(tree, farm, tmp_path):
    """One that is named, and one that has to be found: the others are kept."""
    for act in ("bad", "unknown"):
        path = tmp_path / act
        one = farm(writer_farm(tree, path, act=act, nodes=("n1", "bad")))
        values = through(path, 20)
        assert values == counted(len(values))
        assert kept(path, "bad") == []
        one.wait_line("refused and dropped: nobody keeps this")
        assert one.instance("store")["ledger"]["dropped"]["refused"] > 0
        assert worker(one)["starts"] == 1
        one.stop()


def test_accepted(tree, farm, tmp_path):
    """What was accepted and not acknowledged is given again to the next
    process; what was acknowledged is not."""
    path = tmp_path / "kept"
    hold = tmp_path / "hold"
    hold.touch()
    one = farm(writer_farm(tree, path, act="accept", until=str(hold)))
    through(path, 10)
    assert one.instance("store")["stored_through"] == 0
    os.kill(worker(one)["pid"], signal.SIGKILL)
    eventually(lambda: kept(path).count(1) == 2, "the first value again")
    hold.unlink()
    eventually(lambda: one.instance("store")["stored_through"] > 10,
               "the acknowledgement")
    assert sorted(set(kept(path)))[:10] == counted(10)


def test_history(tree, farm, tmp_path):
    """Asked in its own state, in more pieces than one."""
    path = tmp_path / "kept"
    points = 10000
    path.write_text("".join(f"{i} {i * 10**9} c n9 runs {i} 1\n"
                            for i in range(1, points + 1)))
    one = farm(writer_farm(tree, path))
    through(path, 3)
    answer = one.get("/v1/history", predicate="*/c/n9/runs", limit=100000,
                     **{"from": "1970-01-01T00:00:00Z"})["series"]
    assert len(answer) == 1
    assert len(answer[0]["points"]) == points
    assert answer[0]["points"][0][1] in (1, "1")
    answer = one.get("/v1/history", predicate="*/c/n9/runs", limit=5,
                     **{"from": "1970-01-01T00:00:00Z"})["series"]
    assert len(answer[0]["points"]) == 5
    assert worker(one)["starts"] == 1


def test_options_change(tree, farm, tmp_path):
    """The same process goes on; another place makes another."""
    config = writer_farm(tree, tmp_path / "one")
    one = farm(config)
    through(tmp_path / "one", 5)
    pid = worker(one)["pid"]
    config["writers"]["store"]["keeps"]["file"] = str(tmp_path / "two")
    one.write(config)
    one.process.send_signal(signal.SIGHUP)
    through(tmp_path / "two", 5)
    assert worker(one)["pid"] == pid
    config["writers"]["store"]["isolate"] = "none"
    one.write(config)
    one.process.send_signal(signal.SIGHUP)
    eventually(lambda: worker(one) is None, "the writer in the daemon")
    through(tmp_path / "two", 5)
    values = kept(tmp_path / "one") + kept(tmp_path / "two")
    assert sorted(set(values)) == counted(max(values))
