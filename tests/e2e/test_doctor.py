"""farmctl doctor: what is red, and what to do."""

import json
import os

from farm import eventually


def acts(tree, nodes=("n",), **options):
    return {"modules": [str(tree.test_modules)],
            "clusters": {"c": {"nodes": list(nodes), "collect": [
                {"acts": {"every": "100ms", "deadline": "30s",
                          **options}}]}}}


def doctor(one, *arguments):
    """Exit code and findings {check: [finding]} but for the machine's clock."""
    done = one.ctl("doctor", "--format", "json", *arguments)
    found = {}
    for finding in json.loads(done.stdout):
        found.setdefault(finding["check"], []).append(finding)
    found.pop("clock")
    return done.returncode, found


def states(found):
    return {check: [f["state"] for f in list_] for check, list_ in found.items()}


def test_healthy(farm, tree):
    one = farm({"clusters": {"c": {"nodes": ["localhost"], "collect": [
        {"proc": {"every": "100ms", "deadline": "30s"}}]}}})
    one.wait_values("*/c/*/Load1")
    code, found = doctor(one)
    assert code == 0
    assert {"daemon", "config", "instances", "writers", "journal", "drops",
            "threads", "modules", "files", "disk", "ping"} == set(found)
    good = {k: v for k, v in states(found).items() if k != "disk"}
    assert set(sum(good.values(), [])) == {"ok"}, found
    text = one.ctl("doctor").stdout.splitlines()
    assert text[0].startswith("ok    daemon     farm test, farmd ")
    assert "ok    instances  all run and none fails" in text


def test_no_daemon(farm, tree):
    one = farm({})
    one.stop()
    code, found = doctor(one, "--config", one.file)
    assert code == 2
    assert states(found) == {"daemon": ["red"], "config": ["ok"]}
    assert "no farmd answers at" in found["daemon"][0]["what"]
    assert "journalctl -u farmd" in found["daemon"][0]["do"]


def test_a_store_that_cannot_open(farm, tree):
    config = acts(tree)
    config["writers"] = {
        "store": {"sql": {"url": "sqlite:/nonexistent/farm.db"}}}
    one = farm(config)
    eventually(lambda: one.instance("store")["status"] == "failed", "failure")
    code, found = doctor(one)
    assert code == 2
    red, = [f for f in found["instances"] if f["state"] == "red"]
    assert red["what"].startswith("store is in state failed and never worked: "
                                  "/nonexistent/farm.db: ")
    assert red["do"] == ("make its folder and let the daemon's user write "
                         "there")
    lines = one.ctl("doctor").stdout.splitlines()
    at = [i for i, l in enumerate(lines) if l.startswith("red ")][0]
    assert lines[at + 1].strip() == "do: " + red["do"]


def test_some_nodes_fail(farm, tree):
    one = farm(acts(tree, ["good", "bad"], act="fail", only="bad"))
    eventually(lambda: one.instance("c/acts")["ledger"]["failures"] > 0,
               "a failure")
    code, found = doctor(one)
    assert code == 0  # only a warning: one node is not the collector
    warn, = found["instances"]
    assert warn["state"] == "warn"
    assert warn["what"] == "c/acts: 1 of 2 nodes fail; bad: told to fail"


def test_threads_lost(farm, tree, tmp_path):
    hang = tmp_path / "hang"
    hang.touch()
    one = farm(acts(tree, act="hang", until=str(hang), deadline="200ms"))
    eventually(lambda: one.get("/v1/status")["pool"]["written_off"] == 1,
               "a thread written off")
    code, found = doctor(one)
    assert states(found)["threads"] == ["warn"]
    assert found["threads"][0]["what"].startswith("1 threads lost")
    hung = found["instances"][0]
    assert "past its deadline" in hung["what"]
    assert "a longer deadline" in hung["do"]
    hang.unlink()


def test_configuration(farm, tree):
    one = farm(acts(tree))
    os.utime(one.file)
    _, found = doctor(one)
    assert states(found)["config"] == ["warn"]
    assert "has changed since it was read" in found["config"][0]["what"]
    one.file.write_text("clusters: [\n")
    code, found = doctor(one)
    assert (code, states(found)["config"]) == (2, ["red"])
    assert "farmctl check" in found["config"][0]["do"]


def test_refused_module(farm, tree, tmp_path):
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "broken.so").write_bytes(b"\x7fELF, but no more")
    one = farm({"modules": [str(folder)]})
    _, found = doctor(one)
    assert states(found)["modules"] == ["warn"]
    assert "broken.so" in found["modules"][0]["what"]
