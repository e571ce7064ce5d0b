"""farmctl: every verb, its formats, its exit codes."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import sqlite3
import subprocess
import termios
import time

import pytest

import formats
from farm import WAIT, eventually
from saying import say, saying

FINE, CONFIG, FAILED, USAGE = 0, 1, 2, 64

# type, parameter, value, unit, kind
SAID = [
    ("boolean", "alive", "true", "", "state"),
    ("text", "digits", "123", "", "state"),
    ("double", "five", "5", "", "gauge"),
    ("uint64", "max", "18446744073709551615", "By", "counter64"),
    ("int64", "min", "-9223372036854775808", "", "gauge"),
    ("text", 'name, with "x" = y', 'a "b", \\ c', "", "state"),
    ("double", "nan", "nan", "", "gauge"),
    ("double", "pi", "3.5", "m", "gauge"),
    ("int64", "small", "-7", "", "gauge"),
]
ANSI = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@pytest.fixture
def said(farm, tree, tmp_path):
    """A farm that has said everything once and stored it."""
    say(tmp_path / "said", SAID)
    config = saying(tree, tmp_path / "said")
    config["writers"] = {"store": {"sql": {"url": f"sqlite:{tmp_path}/f.db"}}}
    one = farm(config)
    one.wait_values("test/c/*", 2 * len(SAID))
    # Values are there before the run that gave them is over.
    eventually(lambda: [(t["runs"], t["state"]) for t in one.instance(
        "c/says")["targets"]] == [(1, "idle")] * 2, "the ends of the runs")
    return one


def good(done):
    assert (done.returncode, done.stderr) == (FINE, "")
    return done.stdout


# -- values ---------------------------------------------------------------

def test_latest_table(said):
    rows = formats.table(good(said.ctl("latest", "*/c/n1")))
    assert [r["PARAMETER"] for r in rows] == [s[1] for s in SAID]
    assert {r["CLUSTER"] for r in rows} == {"c"}
    assert rows[3]["VALUE"] == "18446744073709551615"
    assert rows[3]["UNIT"] == "By"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", rows[3]["TIME"])


def test_latest_json(said):
    values = json.loads(good(said.ctl("latest", "--format", "json")))
    assert values["truncated"] is False
    n1 = [v for v in values["values"] if v["node"] == "n1"]
    assert [(v["type"], v["parameter"], v["unit"], v["kind"]) for v in n1] == [
        (t, p, u, k) for t, p, _, u, k in SAID]
    assert [v["value"] for v in n1] == [
        True, "123", 5, "18446744073709551615", "-9223372036854775808",
        'a "b", \\ c', "NaN", 3.5, -7]


def test_latest_csv(said):
    rows = formats.rows(good(said.ctl("latest", "*/c/n1", "--format", "csv")))
    assert list(rows[0]) == ["farm", "cluster", "node", "parameter", "unit",
                             "time", "value"]
    assert [(r["parameter"], r["value"].lower(), r["unit"]) for r in rows] == [
        (p, v, u) for _, p, v, u, _ in SAID]


def test_latest_influx(said):
    lines = formats.influx(good(said.ctl("latest", "--format", "influx")))
    n1 = {m: v for m, tags, v, _ in lines
          if tags == {"farm": "test", "cluster": "c", "node": "n1"}}
    assert n1 == {  # no NaN: the format has none
        "alive": True, "digits": "123", "five": 5.0, "max": 2**64 - 1,
        "min": -2**63, 'name, with "x" = y': 'a "b", \\ c', "pi": 3.5,
        "small": -7}
    assert isinstance(n1["five"], float) and isinstance(n1["small"], int)
    assert all(abs(ns / 1e9 - time.time()) < 600 for _, _, _, ns in lines)


def test_latest_prometheus(said):
    samples = formats.prometheus(
        good(said.ctl("latest", "--format", "prometheus")))
    n1 = {name: value for (name, labels), value in samples.items()
          if dict(labels)["node"] == "n1"}
    assert n1 == {  # no texts: the format has none
        "farm_alive": "1", "farm_five": "5",
        "farm_max_bytes_total": "18446744073709551615",
        "farm_min": "-9223372036854775808", "farm_nan": "NaN",
        "farm_pi_m": "3.5", "farm_small": "-7"}
    assert [k for k, _ in next(iter(samples))[1]] == [
        "farm", "cluster", "node", "parameter"]


def test_limit(said):
    done = said.ctl("latest", "--limit", "3", "--format", "csv")
    assert done.returncode == FAILED
    assert "was cut at the limit" in done.stderr
    assert len(formats.rows(done.stdout)) == 3


def test_history_formats(said):
    pattern = "*/c/n1/max|digits|pi|nan"
    csv = formats.rows(good(said.ctl("history", pattern, "--format", "csv")))
    assert sorted((r["parameter"], r["value"]) for r in csv) == [
        ("digits", "123"), ("max", "18446744073709551615"), ("nan", "NaN"),
        ("pi", "3.5")]
    lines = formats.influx(
        good(said.ctl("history", pattern, "--format", "influx")))
    assert {m: v for m, _, v, _ in lines} == {
        "digits": "123", "max": 2**64 - 1, "pi": 3.5}
    rows = formats.table(good(said.ctl("history", pattern, "--from", "-1h")))
    assert len(rows) == 4
    answer = json.loads(
        good(said.ctl("history", pattern, "--format", "json")))
    assert {s["parameter"]: (s["type"], len(s["points"]))
            for s in answer["series"]} == {
        "digits": ("text", 1), "max": ("uint64", 1), "nan": ("double", 1),
        "pi": ("double", 1)}
    assert good(said.ctl("history", pattern, "--to", "-1h", "--format",
                         "influx")) == ""
    done = said.ctl("history", pattern, "--format", "prometheus")
    assert done.returncode == USAGE and "no history" in done.stderr


def test_history_of_changing_type(said, tmp_path):
    """A series may change its type; each point keeps its own."""
    say(tmp_path / "said", [("text", "max", "full", "", "")])
    said.request("POST", "/v1/instances/c/says/run", node="n1")
    eventually(lambda: said.latest("*/c/n1/max") == {("c", "n1", "max"): "full"})
    lines = formats.influx(
        good(said.ctl("history", "*/c/n1/max", "--format", "influx")))
    assert [v for _, _, v, _ in lines] == [2**64 - 1, "full"]


# -- the others -----------------------------------------------------------

def test_status(said):
    text = good(said.ctl("status"))
    assert re.match(r"farm +test, farmd \S+, pid \d+, up since \S+Z\n", text)
    assert "1 clusters, 2 nodes, 18 series" in text
    assert text.endswith("problems    none\n")
    assert json.loads(good(said.ctl("status", "--format", "json")))[
        "farm"] == "test"


def test_status_of_trouble(farm, tree, tmp_path):
    config = saying(tree, tmp_path, every="50ms")  # a folder: cannot be read
    one = farm(config)
    done = eventually(
        lambda: (d := one.ctl("status")).returncode == FAILED and d)
    assert "c/says is in state " in done.stdout
    assert str(tmp_path) in done.stdout
    assert "(last good: never)" in done.stdout


def test_tree(said):
    lines = good(said.ctl("tree")).split("\n")
    assert lines[0] == "test/c"
    assert re.match(r"  n1 +9 parameters, last \S+Z$", lines[1])
    lines = good(said.ctl("tree", "c", "n2")).split("\n")
    assert "    max                              18446744073709551615 By" \
        in lines
    assert all(l == l.rstrip() for l in lines)
    done = said.ctl("tree", "c", "n3")
    assert (done.returncode, done.stderr) == (
        FAILED, 'farmctl: tree: there is no node "n3"\n')


def test_instances(said):
    rows = {r["INSTANCE"]: r for r in
            formats.table(good(said.ctl("instances")))}
    assert set(rows) == {"c/says", "store"}
    assert (rows["c/says"]["STATUS"], rows["c/says"]["NODES"]) == (
        "running", "2")
    nodes = formats.table(good(said.ctl("instances", "c/says")))
    assert [n["NODE"] for n in nodes] == ["n1", "n2"]
    assert all(n["FAILED"] == "0" and n["LAST GOOD"] for n in nodes)
    assert said.ctl("instances", "nobody").returncode == FAILED


def test_run_pause_resume(said, tmp_path):
    say(tmp_path / "said", [("int64", "fresh", "1", "", "")])
    assert good(said.ctl("run", "c/says", "n2")) == ""
    said.wait_values("*/c/n2/fresh")
    assert said.latest("*/c/n1/fresh") == {}
    good(said.ctl("pause", "c/says"))
    assert said.instance("c/says")["status"] == "paused"
    good(said.ctl("resume", "c/says"))
    assert said.instance("c/says")["status"] == "running"
    done = said.ctl("run", "store")
    assert done.returncode == FAILED
    assert "only collectors can be told to run" in done.stderr


def test_modules(said):
    rows = formats.table(good(said.ctl("modules")))
    assert {(r["ROLE"], r["NAME"]) for r in rows} >= {
        ("collector", "proc"), ("collector", "icmp"), ("filter", "rate"),
        ("collector", "says")}
    assert json.loads(good(said.ctl("modules", "--format", "json")))


def test_json_only_formats(said):
    for verb in ("status", "tree", "instances", "modules"):
        done = said.ctl(verb, "--format", "csv")
        assert (done.returncode, done.stderr) == (
            USAGE, f'farmctl: {verb}: no format "csv" here\n')


# -- the command line -----------------------------------------------------

def test_usage(tree):
    done = tree.run(tree.farmctl)
    assert done.returncode == USAGE and done.stderr.startswith("usage:")
    assert tree.run(tree.farmctl, "--help").returncode == FINE
    assert tree.run(tree.farmctl, "--version").stdout.startswith("farmctl ")
    verbs = re.findall(r"^  (\w+) ", tree.run(tree.farmctl, "--help").stdout,
                       re.M)
    assert len(verbs) >= 14
    for verb in verbs:
        done = tree.run(tree.farmctl, verb, "--help")
        assert done.returncode == FINE, verb
        assert done.stdout.startswith(f"usage: farmctl {verb}"), verb


@pytest.mark.parametrize("arguments", [
    ["history"], ["latest", "a", "b"], ["latest", "--format", "xml"],
    ["latest", "--from", "-1h"], ["status", "--nonsense"], ["latest", "--limit"],
    ["top", "--every", "1ms"], ["module", "destroy", "x"], ["no/verb"]])
def test_wrong_usage(tree, arguments):
    done = tree.run(tree.farmctl, *arguments)
    assert done.returncode == USAGE, done.stderr
    assert done.stdout == "" and done.stderr.startswith("farmctl: ")


def test_where_the_socket_is(said, tree):
    elsewhere = {**os.environ, "FARM_SOCKET": "/nonexistent/socket"}
    for arguments in (["--socket", said.socket, "latest"],
                      ["latest", "--socket", said.socket],
                      [f"--socket={said.socket}", "latest", "*/c/n1"],
                      ["latest", f"--socket={said.socket}"]):
        done = tree.run(tree.farmctl, *arguments, env=elsewhere)
        assert done.returncode == FINE, (arguments, done.stderr)


def test_no_daemon(tree):
    for verb in ("status", "top", "latest", "tree", "instances", "modules"):
        done = tree.run(tree.farmctl, verb, "--socket", "/nonexistent/socket")
        assert (done.returncode, done.stdout, done.stderr) == (
            FAILED, "", f"farmctl: {verb}: no farmd answers at "
            "/nonexistent/socket (is it running? --socket PATH or "
            "FARM_SOCKET says where)\n")


def test_bad_predicate(said):
    done = said.ctl("latest", "*/*/*/Load5>four")
    assert (done.returncode, done.stderr) == (
        FAILED, "farmctl: latest: predicate: byte 13: a number is missing\n")


def test_verb_of_others(tree, tmp_path):
    other = tmp_path / "farmctl-hello"
    other.write_text('#!/bin/sh\necho "$0 got $*"\nexit 7\n')
    other.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = tree.run(tree.farmctl, "hello", "a b", "--socket", "x",
                    env={**os.environ, "PATH": path})
    assert (done.returncode, done.stdout) == (
        7, f"{other} got a b --socket x\n")
    done = tree.run(tree.farmctl, "goodbye")
    assert (done.returncode, done.stderr) == (
        USAGE, 'farmctl: there is no verb "goodbye"; farmctl --help lists '
        "them\n")


# -- on a terminal --------------------------------------------------------

class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, command, env=None):
        master, slave = pty.openpty()
        self.master = master
        self.text = ""
        environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
        self.process = subprocess.Popen(
            [str(c) for c in command], stdin=slave, stdout=slave, stderr=slave,
            env={**environment, "TERM": "xterm", **(env or {})},
            start_new_session=True, preexec_fn=lambda: _adopt(slave))
        os.close(slave)

    def read(self, timeout):
        """What is there within the time; False at the end."""
        if not select.select([self.master], [], [], timeout)[0]:
            return True
        try:
            got = os.read(self.master, 65536)
        except OSError:
            got = b""
        self.text += got.decode(errors="replace")
        return bool(got)

    def wait(self, condition):
        end = time.monotonic() + WAIT
        while not condition(self.text):
            assert time.monotonic() < end, self.text
            if not self.read(1) and not condition(self.text):
                raise AssertionError(f"ended with: {self.text}")

    def type(self, keys):
        os.write(self.master, keys)

    def end(self):
        while self.read(WAIT):
            pass
        os.close(self.master)
        return self.process.wait(WAIT)


def _adopt(fd):
    # What runs the tests in the background may have shut its own ears to ^C.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(fd, termios.TIOCSCTTY, 0)


def test_color(said, tree):
    socket = ["--socket", said.socket]
    for verb in (["latest"], ["instances"], ["modules"]):
        assert not ANSI.search(good(said.ctl(*verb)))
        terminal = Terminal([tree.farmctl, *verb, *socket])
        assert terminal.end() == FINE
        assert ANSI.search(terminal.text)
        terminal = Terminal([tree.farmctl, *verb, *socket], {"NO_COLOR": "1"})
        assert terminal.end() == FINE
        assert not ANSI.search(terminal.text)


def test_top(said, tree):
    once = good(said.ctl("top"))
    assert once.startswith("farm test: 2 nodes, 18 series, ")
    assert "c/says" in once and not ANSI.search(once)

    top = Terminal([tree.farmctl, "top", "--every", "100ms", "--socket",
                    said.socket])
    top.wait(lambda text: text.count("\x1b[2J") >= 3 and "VALUES/s" in text)
    top.type(b"\x03")
    code = top.end()
    assert code in (-signal.SIGINT, FINE), code


def test_top_when_the_daemon_ends(said, tree):
    top = Terminal([tree.farmctl, "top", "--every", "100ms", "--socket",
                    said.socket])
    top.wait(lambda text: "c/says" in text)
    said.stop()
    assert top.end() == FAILED
    assert "no farmd answers" in top.text


# -- without a daemon -----------------------------------------------------

@pytest.fixture
def config(tree, tmp_path):
    """A configuration that no daemon runs: (file, what it says, database)"""
    say(tmp_path / "said", SAID)
    text = f"""\
farm: test
state: {tmp_path}/state
socket: ""
http: ""
self: {{every: 0s}}
modules: [{tree.module("says")}]
clusters:
  c:
    nodes: [n1, n2]
    collect:
      - says: {{file: said, every: 1h}}
      - says: {{every: 1h, name: counting}}
writers:
  store: {{sql: {{url: "sqlite:{tmp_path}/f.db"}}}}
"""
    file = tmp_path / "farm.yaml"
    file.write_text(text)
    return file


def test_check(tree, config):
    done = tree.run(tree.farmctl, "check", "--config", config)
    assert (done.returncode, done.stderr, done.stdout) == (
        FINE, "", f'{config} is good: farm "test", 2 collectors, 0 filters, '
        "1 writers\n")
    config.write_text(config.read_text().replace("every: 1h}", "evry: 1h}")
                      .replace("[n1, n2]", "[n1, n1]").replace("store:", "s t:")
                      .replace("name: counting", "name: 5, count: 1"))
    done = tree.run(tree.farmctl, "check", "-c", config)
    assert done.returncode == CONFIG
    errors = done.stderr.split("\n")[:-1]
    assert len(errors) >= 3
    for error in errors:
        assert re.match(rf"{config}:\d+:\d+: (error|warning): ", error), error
    assert any("did you mean \"every\"?" in e for e in errors)


def test_check_of_nothing(tree, tmp_path):
    done = tree.run(tree.farmctl, "check", "-c", tmp_path / "none.yaml")
    assert done.returncode == CONFIG
    assert done.stderr == f"{tmp_path}/none.yaml: error: " \
        "No such file or directory\n"


def test_test_writes_nothing(tree, config):
    before = sorted(config.parent.iterdir())
    done = tree.run(tree.farmctl, "test", "-c", config)
    assert done.returncode == FINE
    lines = done.stdout.split("\n")[:-1]
    assert len(lines) == 2 * (len(SAID) + 1)
    assert all(l == l.rstrip() for l in lines)
    assert any(re.match(r"n1 +max +18446744073709551615 By$", l)
               for l in lines)
    assert sorted(config.parent.iterdir()) == before

    done = tree.run(tree.farmctl, "test", "counting", "--format", "json",
                    "-c", config)
    values = [json.loads(l) for l in done.stdout.split("\n")[:-1]]
    assert {(v["instance"], v["node"], v["parameter"], v["value"])
            for v in values} == {("counting", "n1", "count", 1),
                                 ("counting", "n2", "count", 1)}
    done = tree.run(tree.farmctl, "test", "nobody", "-c", config)
    assert (done.returncode, done.stdout) == (FAILED, "")
    assert 'there is no collector "nobody"' in done.stderr


def test_test_of_failure(tree, config):
    (config.parent / "said").unlink()
    (config.parent / "said").mkdir()
    done = tree.run(tree.farmctl, "test", "-c", config)
    assert done.returncode == FAILED
    assert "Is a directory" in done.stderr and "n1" in done.stdout


def test_once(tree, config, tmp_path):
    done = tree.run(tree.farmctl, "once", "-c", config)
    assert done.returncode == FINE, done.stderr
    base = sqlite3.connect(tmp_path / "f.db")
    stored = base.execute("SELECT node, parameter, count(*) FROM history"
                          " GROUP BY 1, 2").fetchall()
    base.close()
    assert sorted(stored) == sorted(
        (n, p, 1) for n in ("n1", "n2")
        for p in ["count", *(s[1] for s in SAID)])


def test_module_describe(tree, config):
    done = tree.run(tree.farmctl, "module", "describe", "says", "-c", config)
    assert done.returncode == FINE and "password" in done.stdout
    done = tree.run(tree.farmctl, "module", "describe", "proc", "-c", config,
                    "--format", "json")
    described = json.loads(done.stdout)
    assert described["name"] == "proc" and described["options"]
    schema = json.loads(tree.run(
        tree.farmctl, "module", "describe", "icmp", "-c", config, "--format",
        "schema").stdout)
    assert schema["properties"]["count"]["maximum"] == 64
    done = tree.run(tree.farmctl, "module", "describe", "none", "-c", config)
    assert done.returncode == FAILED and "none" in done.stderr


def test_module_lint(tree, tmp_path):
    file = tmp_path / "says.so"  # a sanitizer's symbols would be faults
    done = tree.run("cc", "-shared", "-fPIC", "-fvisibility=hidden",
                    "-D_GNU_SOURCE", f"-I{tree.source}/include", "-o", file,
                    tree.source / "tests" / "modules" / "says.c")
    assert done.returncode == 0, done.stderr
    done = tree.run(tree.farmctl, "module", "lint", file)
    assert done.returncode == FINE
    assert done.stdout.endswith('ok: ABI 1.1, collector "says", version 0\n')
    done = tree.run(tree.farmctl, "module", "lint", "/etc/passwd")
    assert done.returncode == FAILED and "/etc/passwd" in done.stdout


@pytest.fixture(scope="session")
def installed(tree, tmp_path_factory):
    """A staging folder with everything installed; the prefix in it."""
    stage = tmp_path_factory.mktemp("stage")
    done = tree.run("make", "-s", "-C", tree.build, "install",
                    f"DESTDIR={stage}", timeout=300)
    assert done.returncode == 0, done.stderr
    return next(stage.rglob("bin/farmctl")).parents[1]


@pytest.mark.parametrize("role", ["collector", "filter", "writer"])
def test_module_new(tree, installed, tmp_path, role):
    environment = {
        **os.environ,
        "PATH": f"{installed}/bin:{installed}/sbin:{os.environ['PATH']}",
        "PKG_CONFIG_PATH": f"{installed}/lib/pkgconfig",
        "PKG_CONFIG_SYSROOT_DIR": str(installed)[:-len("/usr/local")],
        "ASAN_OPTIONS": "detect_leaks=0",
    }
    ctl = installed / "bin" / "farmctl"
    done = tree.run(ctl, "module", "new", "mine", "--role", role,
                    cwd=tmp_path, env=environment)
    assert done.returncode == FINE, done.stderr
    assert sorted(f.name for f in (tmp_path / "mine").iterdir()) == [
        "Makefile", "mine.c", "test.yaml"]
    # The daemon was built to look in its real folder, not in the staging one.
    file = tmp_path / "mine" / "test.yaml"
    file.write_text(file.read_text().replace(
        "modules: [.]", f"modules: [., {installed}/lib/farm/collectors]"))
    for target in ("mine.so", "test"):
        done = tree.run("make", "-s", target, cwd=tmp_path / "mine",
                        env=environment)
        assert done.returncode == FINE, done.stdout + done.stderr
        assert "warning: implicit" not in done.stderr
    again = tree.run(ctl, "module", "new", "mine", cwd=tmp_path)
    assert (again.returncode, again.stderr) == (
        FAILED, "farmctl: module: mine: File exists\n")


@pytest.mark.parametrize("name, role, why", [
    ("1st", "collector", '"1st" is not a C identifier of at most 63 characters'),
    ("../x", "collector",
     '"../x" is not a C identifier of at most 63 characters'),
    ("x", "plumber", '"plumber" is not collector, filter or writer')])
def test_module_new_refused(tree, tmp_path, name, role, why):
    done = tree.run(tree.farmctl, "module", "new", name, "--role", role,
                    cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        FAILED, f"farmctl: module: {why}\n")
    assert not list(tmp_path.iterdir())
