"""Values for people's own programs and files."""

import json
import os

import pytest

import pytest

from farm import eventually
from saying import run_again, say, saying

# Keeps what it is given before it answers, and ends as often as it is told.
STORE = """\
import json, os, sys
rows = []
for line in sys.stdin:
    row = json.loads(line)
    if "batch" not in row:
        rows.append(row)
        continue
    if os.path.exists("end"):
        os.unlink("end")
        sys.exit("told to end")
    with open("stored", "a") as f:
        for one in rows:
            f.write(json.dumps(one) + "\\n")
    rows.clear()
    print("ok", row["batch"], flush=True)
"""


def stored(folder):
    path = folder / "stored"
    if not path.exists():
        return []
    return [json.loads(line)["value"] for line in
            path.read_text().splitlines()]


@pytest.mark.parametrize("isolate", ["none", "process"])
def test_exec(farm, tree, tmp_path, isolate):
    """Nothing is missing that a program was given which then ended."""
    script = tmp_path / "store.py"
    script.write_text(STORE)
    spoken = tmp_path / "say"
    say(spoken, [("double", "p", "1", "", "gauge")])
    f = farm({**saying(tree, spoken, nodes=["n1"]), "writers": {
        "mine": {"match": "*/c/n1/p", "isolate": isolate, "exec": {
            "shell": True,
            "command": ["cd $1 && exec /usr/bin/python3 store.py",
                        str(tmp_path)]}}}})

    def tell(value):
        say(spoken, [("double", "p", str(value), "", "gauge")])
        run_again(f)

    eventually(lambda: stored(tmp_path) == [1], "the first value")
    (tmp_path / "end").touch()
    tell(2)
    f.wait_line("told to end")
    f.wait_line("works again")
    eventually(lambda: stored(tmp_path)[-1:] == [2], "the second value")
    tell(3)
    eventually(lambda: stored(tmp_path) == [1, 2, 3], "each of them")


def test_file_and_fifo(farm, tree, tmp_path):
    """What a killed farmd had in its journal comes to the file, and who reads
    the FIFO sees what comes now."""
    out, fifo = tmp_path / "out.jsonl", tmp_path / "live"
    spoken = tmp_path / "say"
    say(spoken, [("double", "p", "1", "", "gauge")])
    f = farm({**saying(tree, spoken, nodes=["n1"]), "writers": {
        "text": {"match": "*/c/n1/p", "file": {
            "path": str(out), "sync": "batch"}},
        "live": {"match": "*/c/n1/p", "fifo": {"path": str(fifo)}}}})

    def values():
        return [json.loads(line)["value"] for line in
                out.read_text().splitlines()] if out.exists() else []

    eventually(lambda: values() == [1], "the first value")
    eventually(fifo.is_fifo, "the FIFO")
    f.kill()
    f.start()
    say(spoken, [("double", "p", "2", "", "gauge")])
    with open(os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)) as reader:
        run_again(f)
        line = eventually(reader.readline, "a line")
        assert json.loads(line)["parameter"] == "p"
    status, counts = f.request("POST", "/v1/instances/live/actions/counts",
                               b"{}")
    assert status == 200 and counts["lines"] >= 1, counts
    eventually(lambda: values()[-1:] == [2], "the last value")
    out.rename(tmp_path / "away")
    run_again(f)
    eventually(lambda: values()[-1:] == [2], "a new file")


@pytest.mark.parametrize("isolate", ["none", "process"])
def test_file_after_a_stop(farm, tree, tmp_path, isolate):
    """What was not synced yet is, and does not come again."""
    out, spoken = tmp_path / "out.jsonl", tmp_path / "say"
    say(spoken, [("double", "p", "1", "", "gauge")])
    f = farm({**saying(tree, spoken, nodes=["n1"]), "writers": {
        "text": {"match": "*/c/n1/p", "isolate": isolate, "file": {
            "path": str(out), "sync_every": "1h"}}}})

    def values():
        return [json.loads(line)["value"] for line in
                out.read_text().splitlines()] if out.exists() else []

    eventually(lambda: values() == [1], "the first value")
    f.stop()
    say(spoken, [("double", "p", "2", "", "gauge")])
    f.start()
    run_again(f)
    eventually(lambda: values()[-1:] == [2], "the second value")
    assert values().count(1) == 1, values()


def test_example(farm, tree, tmp_path):
    """The writer's script as it stands."""
    script = tree.source / "examples" / "writers" / "store.py"
    assert len(script.read_text().splitlines()) < 20
    spoken = tmp_path / "say"
    say(spoken, [("double", "p", "7", "", "gauge")])
    farm({**saying(tree, spoken, nodes=["n1"]), "writers": {
        "days": {"match": "*/c/n1/p", "exec": {
            "command": [str(script), str(tmp_path)]}}}})
    days = eventually(lambda: list(tmp_path.glob("20??-??-??")), "a file")
    eventually(lambda: '"value":7' in days[0].read_text(), "the value")
