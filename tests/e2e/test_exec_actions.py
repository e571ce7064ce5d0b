"""An operator has a real application restarted, and the values show it."""

import json
import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from farm import eventually
from test_access import ask, make_token, refused, PORT

# Counters over a line protocol, as the application has them.
APPLICATION = """
import os, socket, sys
with socket.create_server(("127.0.0.1", 0)) as door:
    with open(sys.argv[1] + "/new", "w") as file:
        file.write(str(door.getsockname()[1]))
    os.rename(sys.argv[1] + "/new", sys.argv[1] + "/port")
    asked = 0
    while True:
        with door.accept()[0] as one:
            asked += 1
            one.sendall(b"pid %d\\nasked %d\\n" % (os.getpid(), asked))
"""
STATUS = """
import socket, sys
port = int(open(sys.argv[1] + "/port").read())
with socket.create_connection(("127.0.0.1", port)) as one:
    sys.stdout.write(one.makefile().read())
"""
# What it starts leaves the group of the action, and has its output elsewhere.
RESTART = """#!/bin/sh
read pid <"$1/pid" && kill "$pid"
rm -f "$1/port"
setsid "$2" "$1/application.py" "$1" >/dev/null 2>&1 </dev/null &
echo $! >"$1/pid"
until [ -e "$1/port" ]; do sleep 0.05; done
echo "$3 is up again"
"""


class Application:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        (folder / "application.py").write_text(APPLICATION)
        (folder / "status.py").write_text(STATUS)
        (folder / "restart").write_text(RESTART)
        (folder / "restart").chmod(0o755)
        (folder / "pid").write_text("")

    def status(self):
        return [sys.executable, str(self.folder / "status.py"),
                str(self.folder)]

    def restart(self):
        return [str(self.folder / "restart"), str(self.folder),
                sys.executable, "{node}"]

    def stop(self):
        pid = (self.folder / "pid").read_text().strip()
        if pid:
            os.kill(int(pid), signal.SIGKILL)


@pytest.fixture
def application(tmp_path):
    one = Application(tmp_path / "application")
    yield one
    one.stop()


def config(command, actions, **options):
    return {"clusters": {"c": {"nodes": ["reflector"], "collect": [
        {"exec": {"every": "1s", "command": command, "actions": actions,
                  **options}}]}}}


def act(farm, action, **arguments):
    return farm.request("POST", f"/v1/instances/c/exec/actions/{action}",
                        json.dumps(arguments))


def wait_read(farm):
    """An action knows the nodes that have been read once."""
    eventually(lambda: ("c", "reflector", "exit_code") in farm.latest(),
               "a run")


@pytest.mark.parametrize("isolate", ["none", "process"])
def test_restart(farm, application, isolate):
    more = {} if isolate == "none" else {
        "limits": {"write": [str(application.folder)]}}
    f = farm(config(application.status(), {"restart": application.restart()},
                    isolate=isolate, **more))
    # Nobody is there yet.
    f.wait_line("No such file or directory")
    pids = []
    for _ in range(2):
        done = f.ctl("act", "c/exec", "restart", "node=reflector")
        assert done.returncode == 0, done.stderr
        assert "exit_code: 0\n" in done.stdout
        assert "reflector is up again\n" in done.stdout
        pid = int((application.folder / "pid").read_text())
        eventually(lambda: f.latest().get(("c", "reflector", "pid")) == pid,
                   "values of the new one")
        eventually(lambda: f.latest()[("c", "reflector", "asked")] >= 2,
                   "it stays")
        pids.append(pid)
    assert pids[0] != pids[1]
    f.wait_line("c/exec: restart, asked by ")
    f.wait_line("restart reflector: went well, after ")
    status, answer = act(f, "list")
    assert [a["name"] for a in answer["actions"]] == ["restart"]


def test_who_may(farm, tree, application):
    """Readers are refused, and it is written down who did it."""
    token, digest = make_token(tree)
    f = farm({**config(application.status(),
                       {"restart": application.restart()}),
              "http": f"127.0.0.1:{PORT}",
              "access": {
                  "operators": {"tokens": [digest], "may": ["admin"]},
                  "readers": {"from": ["*"],
                              "may": ["latest", "live", "history"]}}})
    wait_read(f)
    path = "/v1/instances/c/exec/actions/restart"
    assert refused(ask("POST", path, "{}"))
    assert refused(ask("POST", "/v1/instances/c/exec/actions/list", "{}"))
    f.wait_line(f"audit: refused: POST {path} to readers")
    assert (application.folder / "pid").read_text() == ""
    # Another name in the body changes nothing of what is done, or logged.
    status, answer = ask("POST", path, '{"action":"other"}', token=token)
    assert (status, answer["action"]) == (200, "restart")
    f.wait_line(f"audit: POST {path} by operators (token, 127.0.0.1): 200")
    eventually(lambda: ("c", "reflector", "pid") in f.latest(), "values")


def test_not_by_tcp_without_classes(farm):
    f = farm({**config(["true"], {"stop": ["true"]}),
              "http": f"127.0.0.1:{PORT}"})
    wait_read(f)
    status, _ = ask("POST", "/v1/instances/c/exec/actions/stop", "{}")
    assert status == 403
    assert act(f, "stop")[0] == 200


def alive(pid):
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_deadline(farm, tmp_path):
    """What has not left the group ends with it."""
    pids = tmp_path / "pids"
    script = f"sleep 600 & echo $! $$$$ >{pids}; echo begun; wait"
    f = farm(config(["true"], {"stop": {"command": script, "shell": True,
                                        "timeout": "1s"}}))
    wait_read(f)
    done = f.ctl("act", "c/exec", "stop")
    assert done.returncode == 2
    assert "output:\nbegun\n" in done.stdout
    assert "not over after " in done.stdout
    assert "exit_code" not in done.stdout
    f.wait_line("stop reflector: ")
    for pid in pids.read_text().split():
        eventually(lambda: not alive(pid), "all of its group are gone")


def test_code_and_errors(farm):
    f = farm(config(["true"], {
        "fail": {"command": "echo why >&2; exit 7", "shell": True},
        "none": ["/nonexistent"]}))
    wait_read(f)
    status, answer = act(f, "fail")
    assert status == 200
    assert (answer["exit_code"], answer["errors"]) == (7, "why\n")
    assert "ended with status 7: why" in answer["failure"]
    for action, why in (("none", "none reflector: /nonexistent: No such"),
                        ("other", 'no action "other" in the option'),
                        ("*", 'no action "*" in the option')):
        status, answer = act(f, action)
        assert status == 409
        assert f"c/exec: {why}" in answer["error"]["message"]
    status, answer = act(f, "fail", node="nobody")
    assert "nobody: no such node has been read yet" in (
        answer["error"]["message"])


def test_one_at_a_time(farm, tmp_path):
    """Two who ask at once: one after the other, each with its answer."""
    lock = tmp_path / "lock"
    f = farm(config(["true"], {"restart": {
        "command": f"mkdir {lock} && sleep 0.5 && rmdir {lock}",
        "shell": True}}))
    wait_read(f)
    answers = []
    threads = [threading.Thread(
        target=lambda: answers.append(act(f, "restart")))
        for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert [(s, a["exit_code"]) for s, a in answers] == [(200, 0)] * 3


def test_check(tree, tmp_path):
    file = tmp_path / "farm.yaml"
    file.write_text("""
clusters:
  c:
    nodes: [n]
    collect:
      - exec:
          command: ["true"]
          actions:
            list: ["true"]
            "a b": ["true"]
            late: {command: ["true"], timeout: 1h}
            named: [echo, "{host}"]
""")
    done = tree.check(file)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    for line in (':9:19: error: "list" is the action that tells of the others',
                 ':10:20: error: "a b": the name of an action is of letters',
                 ':11:48: error: "timeout" is 1h; it must be 10ms to 25s',
                 ':12:20: error: named: command[1]: "{host}"'):
        assert line in said, said
