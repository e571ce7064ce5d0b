"""Programs as collectors: run here, and by a real ssh."""

import socket
import threading
from pathlib import Path

import pytest

from farm import eventually
from sshd import Sshd

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "collectors"


@pytest.fixture
def sshd(tmp_path):
    folder = tmp_path / "sshd"
    folder.mkdir()
    one = Sshd(folder)
    one.start()
    yield one
    one.stop()


def config(**options):
    return {"clusters": {"c": {"nodes": ["n[1-2]"], "collect": [
        {"exec": {"every": "1s", **options}}]}}}


def test_each(farm):
    f = farm(config(command=["printf", "OK|'free slots'=%s;10:\\n", "7"],
                    format="perfdata"))
    eventually(lambda: f.latest().get(("c", "n2", "free slots")) == 7,
               "a value of each node")
    # All of one run come together.
    assert f.latest()[("c", "n2", "output")] == "OK"
    assert f.latest()[("c", "n2", "exit_code")] == 0


def test_examples(farm, tmp_path):
    """The scripts as they stand, in three languages and three formats."""
    load = tmp_path / "loadavg"
    load.write_text("0.25 0.5 0.75 2/345 6789\n")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        f = farm({"clusters": {"c": {"nodes": ["n1"], "collect": [
            {"exec": {"every": "1s", "name": "load",
                      "command": [f"{EXAMPLES}/load.sh", str(load)]}},
            {"exec": {"every": "1s", "name": "space", "format": "json",
                      "command": [f"{EXAMPLES}/space.py", "/"]}},
            {"exec": {"every": "1s", "name": "services",
                      "format": "monalisa",
                      "command": [f"{EXAMPLES}/services.pl",
                                  f"here={port}"]}}]}}})
        eventually(lambda: {("c", "n1", "tasks"), ("c", "_", "space_free"),
                            ("c", "here", "port")} <= f.latest().keys(),
                   "values of each script")
        latest = f.latest()
    assert latest[("c", "n1", "load_one")] == 0.25
    assert latest[("c", "n1", "tasks_running")] == 2
    assert latest[("c", "n1", "tasks")] == 345
    assert latest[("c", "_", "space_free")] > 0
    assert latest[("c", "here", "port")] == port


def test_example_of_a_stream(farm):
    f = farm(config(command=[f"{EXAMPLES}/vmstat.sh", "1"], mode="stream",
                    format="csv"))
    eventually(lambda: {("c", "n1", "cs"), ("c", "n2", "free")} <=
               f.latest().keys(), "vmstat's columns")


@pytest.mark.parametrize("script", sorted(EXAMPLES.iterdir()),
                         ids=lambda path: path.name)
def test_examples_are_short(script):
    assert len(script.read_text().splitlines()) < 20


def test_failure(farm):
    f = farm(config(command=["echo a 1; echo why >&2; exit 3"], shell=True))
    f.wait_line("ended with status 3: why")
    # The log does not wait for the values.
    eventually(lambda: f.latest().get(("c", "n1", "exit_code")) == 3,
               "the code")
    assert f.latest()[("c", "n1", "a")] == 1


@pytest.mark.parametrize("isolate", ["none", "process"])
def test_stream(farm, tmp_path, isolate):
    """Lines are values as they come, whatever the interval is."""
    lines = tmp_path / "lines"
    lines.touch()
    f = farm(config(command=["tail", "-n", "+1", "-F", str(lines)],
                    mode="stream", format="csv", isolate=isolate))
    with lines.open("a") as file:
        for text in ("a,time\n", "1,1700000000\n", "2,\n"):
            file.write(text)
            file.flush()
    eventually(lambda: {f.latest().get(("c", n, "a")) for n in ("n1", "n2")}
               == {2}, "values of each node")
    eventually(lambda: f.latest().get(("c", "n1", "run_time"), 0) > 0,
               "how long it runs")


def test_prompted_by_many(farm):
    f = farm(config(command=["while read x; do i=$((i+1)); echo n $i; done"],
                    shell=True, mode="prompted", every="1s"))
    eventually(lambda: f.latest().get(("c", "n2", "n"), 0) >= 3,
               "three answers")


@pytest.mark.parametrize("mode", ["each", "stream"])
def test_ends_with_farmd(farm, mode):
    """However it ends: nothing that it started runs on."""
    mark = "86399.5" + str(len(mode))
    f = farm(config(command=["sleep", mark], mode=mode, timeout="1h",
                    every="1h"))
    for n in ("n1", "n2"):
        threading.Thread(target=f.ctl, args=("run", "c/exec", n)).start()
    eventually(lambda: sleeping(mark), "a program")
    f.kill()
    eventually(lambda: not sleeping(mark), "no program is left")


def test_as_nobody(farm):
    f = farm(config(command=["echo \"who \\\"$(id -un) $(ulimit -n)\\\"\""],
                    shell=True, user="nobody", open_files=17))
    eventually(lambda: f.latest().get(("c", "n1", "who")) == "nobody 17"
               or "Operation not permitted" in f.log()
               or "Invalid argument" in f.log(), "somebody else")


def test_by_ssh(farm, sshd):
    f = farm(config(command=["printf", "who \"%s\"\\nx 1\\n", "{node} is $HOME"],
                    via=sshd.via, ssh=sshd.options()))
    eventually(lambda: f.latest().get(("c", "n2", "who")) == "n2 is $HOME",
               "words that no shell has touched")
    eventually(lambda: sshd.said().count("Starting session") > 5,
               "some cycles")
    # All of it by one connection, or one for each that began at once.
    assert sshd.said().count("Accepted publickey") <= 2


def test_by_ssh_hangs(farm, sshd):
    """The program is ended there, too."""
    mark = "86399.25"
    f = farm(config(command=["sleep", mark], via=sshd.via,
                    ssh=sshd.options(), timeout="1s"))
    f.wait_line("not over after")
    f.stop()
    eventually(lambda: not sleeping(mark), "no sleep is left")


def sleeping(mark):
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[:2] == [b"sleep", mark.encode()]:
            return True
    return False
