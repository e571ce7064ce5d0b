"""Passive results to a real Nagios 4, which also runs check_farm."""

import http.server
import signal
import threading
import urllib.parse
import xml.etree.ElementTree as ElementTree

import pytest

import nagios
from farm import eventually
from saying import say, saying


@pytest.fixture(name="core")
def _core(tmp_path):
    """A Nagios that knows n1 and n2 with some services."""
    one = nagios.Nagios(
        tmp_path / "nagios", ["n1", "n2"],
        "".join(nagios.service(host, name) for host in ("n1", "n2")
                for name in ("load", "HTTP")))
    one.start()
    yield one
    one.stop()


def rising(tree, path, **writer):
    say(path, [("double", "load", "1", "s", "gauge")])
    return {**saying(tree, path, every="200ms"),
            "writers": {"w": {"match": "*/c/*/load", "nagios": {
                "warning": "5", "critical": "10", **writer}}}}


@pytest.mark.parametrize("way", ["command_file", "spool"])
def test_nagios_takes_results(farm, tree, core, tmp_path, way):
    path = tmp_path / "says"
    where = core.command_file if way == "command_file" else core.spool
    f = farm(rising(tree, path, **{way: str(where)}))
    ok = core.wait("n2", "load", 0)
    assert ok["plugin_output"] == "OK - load is 1 s"
    assert ok["performance_data"] == "load=1s;5;10"
    say(path, [("double", "load", "7.5", "s", "gauge")])
    core.wait("n1", "load", 1)
    say(path, [("double", "load", "70", "s", "gauge")])
    bad = core.wait("n2", "load", 2)
    assert bad["plugin_output"] == "CRITICAL - load is 70 s"
    assert f.stop() == 0


@pytest.mark.parametrize("method, word", nagios.METHODS)
def test_by_nsca(farm, tree, core, tmp_path, method, word):
    """A real nsca between."""
    server = nagios.nsca(tmp_path, core.command_file, method)
    try:
        farm(rising(tree, tmp_path / "says",
                    nsca=f"127.0.0.1:{server.port}", password="sekrit",
                    method=word))
        ok = core.wait("n1", "load", 0)
        assert ok["plugin_output"] == "OK - load is 1 s"
        assert ok["performance_data"] == "load=1s;5;10"
    finally:
        server.stop()


def test_nagios_is_away(farm, tree, core, tmp_path):
    """Nobody reads the pipe: said, and told when somebody does."""
    core.stop()
    f = farm(rising(tree, tmp_path / "says",
                    command_file=str(core.command_file)))
    f.wait_line("nagios.cmd: ")
    core.start()
    core.wait("n1", "load", 0)


def test_nagios_hangs(farm, tree, core, tmp_path):
    """A pipe that is open and full: a bound, and nothing is lost."""
    path = tmp_path / "says"
    # More than a pipe takes; Nagios knows but the last of them.
    say(path, [*(("double", f"{i}{'x' * 240}", "1", "", "gauge")
                 for i in range(60)), ("double", "load", "1", "s", "gauge")])
    core.signal(signal.SIGSTOP)
    try:
        f = farm({**saying(tree, path),
                  "writers": {"w": {"match": "*/c", "nagios": {
                      "command_file": str(core.command_file),
                      "timeout": "500ms"}}}})
        f.wait_line("nagios.cmd: no room in time: does Nagios read it?")
    finally:
        core.signal(signal.SIGCONT)
    core.wait("n1", "load", 0)
    core.wait("n2", "load", 0)
    f.wait_line("works again")


def test_checks_as_they_were(farm, tree, core):
    """What the collector has run, Nagios has as if it had run it."""
    command = ("printf \"HTTP slow|time=1.5s;1;2;0;10 'a b'=3%%\\nsecond "
               "line\\n\"; exit 1")
    farm({"clusters": {"c": {"nodes": ["n1", "n2"], "collect": [
        {"nagios": {"every": "500ms", "service": "HTTP", "shell": "always",
                    "command": command}},
        {"nagios": {"every": "500ms", "service": "host", "name": "up",
                    "shell": "always", "command": "echo gone; exit 2"}}]}},
        "writers": {"w": {"nagios": {
            "of": "checks", "command_file": str(core.command_file)}}}})
    seen = core.wait("n2", "HTTP", 1)
    assert seen["plugin_output"] == "HTTP slow"
    assert seen["long_plugin_output"] == "second line"
    assert sorted(seen["performance_data"].split(" ", 1)) == sorted(
        ["time=1.5s;1;2;0;10", "'a b'=3%;;"])
    down = core.wait("n1", None, 1)
    assert down["plugin_output"] == "gone"


class Nrdp(http.server.BaseHTTPRequestHandler):
    """As much of NRDP's server as a client sees."""

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(
            int(self.headers["Content-Length"])).decode())
        good = form["token"] == ["secret"] and form["cmd"] == ["submitcheck"]
        if good:
            for result in ElementTree.fromstring(form["XMLDATA"][0]):
                self.server.seen.append(
                    (result.get("type"),
                     {e.tag: e.text for e in result}))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(
            b"<result><status>0</status><message>OK</message></result>"
            if good else b"<result><status>-1</status><message>NO "
            b"TOKEN</message></result>")

    def log_message(self, *_):
        pass


@pytest.fixture(name="nrdp")
def _nrdp():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Nrdp)
    server.seen = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_by_nrdp(farm, tree, tmp_path, nrdp):
    url = f"http://127.0.0.1:{nrdp.server_port}/nrdp/"
    farm(rising(tree, tmp_path / "says", nrdp=url, token="secret",
                service="a <b> & c"))
    eventually(lambda: len(nrdp.seen) >= 2, "results")
    kind, fields = nrdp.seen[0]
    assert kind == "service"
    assert fields["servicename"] == "a <b> & c"
    assert (fields["state"], fields["output"]) == (
        "0", "OK - load is 1 s | load=1s;5;10")


def test_nrdp_refuses(farm, tree, tmp_path, nrdp):
    url = f"http://127.0.0.1:{nrdp.server_port}/nrdp/"
    f = farm(rising(tree, tmp_path / "says", nrdp=url, token="wrong"))
    f.wait_line("NO TOKEN")


def test_nagios_runs_check_farm(farm, tree, tmp_path):
    path = tmp_path / "says"
    say(path, [("double", "load", "1", "", "gauge")])
    f = farm(saying(tree, path, every="200ms"))
    f.wait_values("*", 2)
    core = nagios.Nagios(
        tmp_path / "nagios", ["n1"],
        nagios.service("n1", "farm", "check_farm!*/c/*/load!5!10")
        + "define command{\n command_name check_farm\n command_line "
        f"{tree.build}/check_farm -u unix:{f.socket} -p '$ARG1$' "
        "-w '$ARG2$' -c '$ARG3$'\n}\n")
    core.start()
    try:
        seen = core.wait("n1", "farm", 0)
        assert seen["plugin_output"] == "FARM OK - 2 values"
        say(path, [("double", "load", "20", "", "gauge")])
        # Nagios may ask between the two nodes.
        seen = core.wait("n1", "farm", 2, "2 of 2 values")
        assert "c/n1/load = 20" in seen["plugin_output"]
        assert seen["performance_data"] == \
            "c/n1/load=20;5;10 c/n2/load=20;5;10"
    finally:
        core.stop()
