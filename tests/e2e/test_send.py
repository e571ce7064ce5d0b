"""farmctl send: values from scripts, in every format that farmd reads."""

import socket
import subprocess

import pytest

from farm import eventually

PORTS = {"apmon": 8884, "ulm": 14830, "influx": 8089, "graphite": 2003,
         "statsd": 8125}
# Where the value of CLUSTER c, node n1, parameter p is found.
PLACES = {"apmon": ("c", "n1", "p"), "ulm": ("c", "n1", "p"),
          "influx": ("c", "n1", "p"), "graphite": ("UDP", "n1", "c.p"),
          "statsd": ("UDP", "n1", "c.p")}


def listener(name, more=None):
    options = {"name": name, "format": name, "own_node": "here",
               "listen": f"udp://*:{PORTS[name]}"}
    if name == "graphite":
        options["node_part"] = 2
    if name == "statsd":
        options["summary"] = "1s"
    if name == "ulm":
        options["listen_tcp"] = f"tcp://*:{PORTS[name]}"
    options.update(more or {})
    return {"udp": options}


def farm_of(farm, *listeners):
    one = farm({"clusters": {"senders": {"nodes": ["localhost"],
                                         "collect": list(listeners)}}})
    for item in listeners:
        name = item["udp"]["name"]
        eventually(lambda name=name: ("UDP", "here", f"{name}_taken")
                   in one.latest(), f"{name} listens")
    return one


def send(tree, *arguments, lines=None):
    return subprocess.run([tree.farmctl, "send", *arguments], input=lines,
                          capture_output=True, text=True, check=False,
                          timeout=60)


def arrives(one, place, value):
    eventually(lambda: one.latest().get(place) == value,
               f"{place} is {value}: {one.latest()}")


def test_every_format(tree, farm):
    one = farm_of(farm, *(listener(name) for name in PORTS))
    for name, place in PLACES.items():
        done = send(tree, "--to", "127.0.0.1", "--format", name, "c/n1/p=-2.5",
                    "c/n1/q=7", "c/n2/p=1")
        assert (done.returncode, done.stderr) == (0, ""), name
        arrives(one, place, -2.5)
        arrives(one, (place[0], "n2", place[2]), 1)


def test_types_and_lines(tree, farm, tmp_path):
    password = tmp_path / "password"
    password.write_text("secret\nnot this\n")
    one = farm_of(farm, listener("apmon", {"password": "secret"}))
    wrong = send(tree, "--to", "[::1]", "c/n/wrong=1")
    assert wrong.returncode == 0, wrong.stderr
    done = send(tree, "--to", "[::1]:8884", "--password", password,
                lines="c/n/whole=9007199254740993\nc/n/true=true\n"
                "c/n/text=a b=c \u00e9\n\nnonsense\nc/n/1\\/2=0.5\n"
                "c/n/no=int64:x\nc/n/long=text:" + 1000 * "x")
    assert done.returncode == 2
    assert done.stderr.split("\n") == [
        "farmctl: send: stdin:5: nonsense: not CLUSTER/NODE/PARAMETER=VALUE",
        'farmctl: send: stdin:7: c/n/no=int64:x: "x" is no int64', ""]
    arrives(one, ("c", "n", "whole"), "9007199254740993")
    arrives(one, ("c", "n", "text"), "a b=c \u00e9")
    arrives(one, ("c", "n", "1/2"), 0.5)
    arrives(one, ("c", "n", "true"), 1)
    arrives(one, ("c", "n", "long"), 1000 * "x")
    assert ("c", "n", "wrong") not in one.latest()
    arrives(one, ("UDP", "here", "apmon_wrong_password"), 1)


def test_lines_go_as_they_come(tree, farm):
    one = farm_of(farm, listener("ulm"))
    with subprocess.Popen(
            [tree.farmctl, "send", "--format", "ulm", "--to",
             "tcp://127.0.0.1"], stdin=subprocess.PIPE, text=True) as sender:
        for n in range(3):
            sender.stdin.write(f"c/n/p={n}\n")
            sender.stdin.flush()
            arrives(one, ("c", "n", "p"), n)
        sender.stdin.close()
        assert sender.wait(30) == 0


def test_datagrams_are_small(tree):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        s.settimeout(30)
        lines = [f"c/n/parameter{i}={i}\n" for i in range(1000)]
        for name in ("apmon", "ulm", "influx", "graphite", "statsd"):
            with subprocess.Popen(
                    [tree.farmctl, "send", "--format", name, "--to",
                     f"127.0.0.1:{s.getsockname()[1]}"],
                    stdin=subprocess.PIPE, text=True) as sender:
                found = 0
                # No more at a time than a socket holds unread.
                for end in range(200, 1001, 200):
                    sender.stdin.write("".join(lines[end - 200:end]))
                    sender.stdin.flush()
                    while found < end:
                        datagram = s.recv(65536)
                        assert len(datagram) <= 1400, name
                        found += datagram.count(b"parameter")
                sender.stdin.close()
            assert sender.returncode == 0


def test_unix_socket(tree, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(str(tmp_path / "s"))
        s.settimeout(30)
        done = send(tree, "--to", f"unix:{tmp_path}/s", "--format", "statsd",
                    "c/n/p=1", "c/n/on=false")
        assert done.returncode == 0, done.stderr
        assert s.recv(65536) == b"c.p:1|g|#host:n\nc.on:0|g|#host:n\n"


@pytest.mark.parametrize("arguments,code,said", [
    (["--format", "x", "c/n/p=1"], 2,
     'no format "x" here; there are apmon, ulm, influx, graphite and statsd'),
    (["--to", "tcp://localhost", "c/n/p=1"], 2,
     "apmon is sent in datagrams alone"),
    (["--to", "http://localhost", "c/n/p=1"], 2,
     '"http://localhost": there is udp, tcp and unix'),
    (["--to", "tcp://127.0.0.1:1", "--format", "ulm", "c/n/p=1"], 2,
     "port 1: 127.0.0.1: Connection refused"),
    (["--to", "unix:/nonexistent", "c/n/p=1"], 2,
     "/nonexistent: No such file or directory"),
    (["--password", "/dev/null", "c/n/p=1"], 2, "/dev/null is empty"),
    (["--time", "soon", "c/n/p=1"], 2, '"soon" is not a time'),
    (["--format", "graphite", "c/n/p=x"], 2,
     "c/n/p=x: Graphite has no such value"),
    (["--format", "ulm", "c/n/p q=x"], 2,
     'c/n/p q=x: "p q" cannot be the name of a field'),
    (["--format", "ulm", "c/n/LVL=x"], 2,
     'c/n/LVL=x: "LVL" means something else in ULM'),
    (["--wrong"], 64, "--wrong is not an option here"),
])
def test_refused(tree, arguments, code, said):
    done = send(tree, *arguments)
    assert done.returncode == code
    assert done.stderr.startswith(f"farmctl: send: {said}"), done.stderr
