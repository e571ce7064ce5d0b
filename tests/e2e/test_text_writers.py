"""Values for people's own programs and files."""

import json

from farm import eventually
from saying import say, saying

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


def test_exec(farm, tree, tmp_path):
    """Nothing is missing that a program was given which then ended."""
    script = tmp_path / "store.py"
    script.write_text(STORE)
    spoken = tmp_path / "say"
    say(spoken, [("double", "p", "1", "", "gauge")])
    f = farm({**saying(tree, spoken, nodes=["n1"]), "writers": {
        "mine": {"match": "*/c/n1/p", "exec": {
            "shell": True,
            "command": ["cd $1 && exec /usr/bin/python3 store.py",
                        str(tmp_path)]}}}})

    def run(value):
        say(spoken, [("double", "p", str(value), "", "gauge")])
        assert f.ctl("run", "c/says").returncode == 0

    eventually(lambda: stored(tmp_path) == [1], "the first value")
    (tmp_path / "end").touch()
    run(2)
    f.wait_line("told to end")
    f.wait_line("works again")
    eventually(lambda: stored(tmp_path)[-1:] == [2], "the second value")
    run(3)
    eventually(lambda: stored(tmp_path) == [1, 2, 3], "each of them")
