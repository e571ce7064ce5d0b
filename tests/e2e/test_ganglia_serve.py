"""farmd as a gmond and a gmetad: Ganglia's own tools read it."""

import contextlib
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse
import xml.etree.ElementTree as xml

import pytest

import ganglia
from conftest import SOAK
from farm import eventually
from ganglia import (NUMBERS, Flood, Gmetad, Gmond, dump, host_metrics,
                     hosts_up_and_down, lines_of, sums, uint_message)
from saying import say, saying

GMOND, GMETAD, QUERY = 8649, 8651, 8652
UDP, BELOW = 8650, 8660
META, META_QUERY = 18651, 18652
WEB = os.environ.get("GANGLIA_WEB", "/usr/share/ganglia-webfrontend")

METRICS = {
    **NUMBERS,
    "load_one": (("double", "0.25", "", "gauge"),
                 ("0.25", "double", "", "both")),
    "cpu_num": (("uint64", "8", "1", "gauge"), ("8", "uint32", "", "both")),
    "bytes_in": (("double", "1e+20", "By/s", "gauge"),
                 ("1e+20", "double", "bytes/sec", "both")),
    "quoted": (("text", 'a "b" <c> & \'d\'', "", "state"),
               ('a "b" <c> & \'d\'', "string", "", "both")),
    "wörld": (("text", "naïve € 😀", "°", "state"),
              ("naïve € 😀", "string", "°", "both")),
    "name with space": (("text", "x" * 300, "K", "state"),
                        ("x" * 300, "string", "K", "both")),
}
EXPECTED = {name: seen for name, (_, seen) in METRICS.items()}
# gmetad passes on what it read, and so writes no XML of these.
PLAIN = {k: v for k, v in METRICS.items() if k not in ("quoted", "wörld")}

# By gmetric: type, value, more; and what gmetad has of it then.  What is whole
# and fits is an integer here whatever its width.
SENT = {
    "an_int8": (("int8", "-7"), ("-7", "int32", "", "both")),
    "a_uint8": (("uint8", "255"), ("255", "uint32", "", "both")),
    "an_int16": (("int16", "-32768"), ("-32768", "int32", "", "both")),
    "a_uint16": (("uint16", "65535"), ("65535", "uint32", "", "both")),
    "an_int32": (("int32", "-2147483648"),
                 ("-2147483648", "int32", "", "both")),
    "a_uint32": (("uint32", "4294967295", "-s", "positive"),
                 ("4294967295", "uint32", "", "positive")),
    "a_float": (("float", "3.25", "-u", "bytes/sec"),
                ("3.25", "double", "bytes/sec", "both")),
    "a_double": (("double", "2.718281828459045", "-u", "KB"),
                 ("2.718281828459045", "double", "KB", "both")),
    "a_ulong": (("double", "18446744073709551615", "-u", "°C"),
                ("18446744073709551615", "double", "°C", "both")),
    "a_long": (("double", "-9223372036854775808"),
               ("-9223372036854775808", "double", "", "both")),
    "quoted": (("string", "it's <b>&amp; 5 > 3</b>"),
               ("it's <b>&amp; 5 > 3</b>", "string", "", "both")),
    "wörld": (("string", "naïve € 😀"),
              ("naïve € 😀", "string", "", "both")),
}


def serving(tree, path, metrics=METRICS, isolate="none", nodes=("n1", "n2"),
            **options):
    say(path, lines_of(metrics))
    config = saying(tree, path, every="200ms", nodes=nodes)
    config["writers"] = {"serve": {"match": "*/c/*/*", "isolate": isolate,
                                   "ganglia_serve": options}}
    return config


def wait_served(port, node, line=None, expected=None):
    expected = EXPECTED if expected is None else expected
    eventually(lambda: host_metrics(port, node, line) == expected,
               f"{expected}, {host_metrics(port, node, line)}")


def wait_both(expected=None):
    """The nodes run each for itself."""
    for node in ("n1", "n2"):
        wait_served(GMOND, node, expected=expected)


def meta(tmp_path, sources):
    return Gmetad(tmp_path, sources, META, META_QUERY)


@pytest.mark.parametrize("isolate", ["none", "process"])
def test_all_ports(tree, farm, tmp_path, isolate):
    farm(serving(tree, tmp_path / "said", isolate=isolate))
    for node in ("n1", "n2"):
        wait_served(GMOND, node)
        wait_served(GMETAD, node)
        wait_served(QUERY, node, "/")
    wait_served(QUERY, "n1", "/c/n1")
    assert host_metrics(QUERY, "n2", "/c/n1") == {}
    assert sums(QUERY, "/c")["cpu_num"] == (16, 2)
    assert hosts_up_and_down(QUERY) == (2, 0)
    root = xml.fromstring(dump(GMETAD))
    assert root.find("GRID").get("NAME") == "test"
    assert root.find("GRID/CLUSTER").get("NAME") == "c"


def test_gstat(tree, farm, tmp_path):
    ganglia.need("gstat")
    farm(serving(tree, tmp_path / "said"))
    wait_both()
    done = subprocess.run(
        [ganglia.TOOLS["gstat"], "--all", "--single_line"],
        capture_output=True, text=True, check=True, timeout=60)
    assert "Name: c\n" in done.stdout
    assert "Hosts: 2\n" in done.stdout
    assert "Dead Hosts: 0\n" in done.stdout
    for node in ("n1", "n2"):
        assert re.search(rf"^{node}\s+8 \( +0/ +0\) \[ +0.25,", done.stdout,
                         re.MULTILINE), done.stdout


def test_gmetad_polls(tree, farm, started, tmp_path):
    """As one gmond of the cluster; what it sums is what is summed here, and
    what it passes on is XML, though not all that it has is ASCII."""
    farm(serving(tree, tmp_path / "said", strict=True))
    wait_served(GMOND, "n2", expected={
        k: v for k, v in EXPECTED.items() if k != "quoted"})
    one = started(meta(tmp_path, {"c": GMOND}))
    expected = {k: seen for k, (_, seen) in PLAIN.items()}
    for node in ("n1", "n2"):
        eventually(lambda: expected.items() <= host_metrics(
            one.xml, node).items(), f"{expected} of {node}")
    eventually(lambda: sums(one.query, "/c") == sums(QUERY, "/c"),
               f"{sums(QUERY, '/c')}, {sums(one.query, '/c')}")
    assert sums(QUERY, "/c")["load_one"] == (0.5, 2)
    assert sums(QUERY, "/c")["a_counter"] == (2.0 ** 65, 2)
    eventually(lambda: hosts_up_and_down(one.query) == (2, 0), "two hosts up")


def test_gmetad_polls_a_grid(tree, farm, started, tmp_path):
    """It keeps the sums of a gmetad below it."""
    expected = {k: seen for k, (_, seen) in PLAIN.items()}
    farm(serving(tree, tmp_path / "said", PLAIN))
    wait_served(GMETAD, "n2", expected=expected)
    one = meta(tmp_path, {"us": GMETAD})
    one.awaited = b'<GRID NAME="test"'
    started(one)
    eventually(lambda: sums(one.query, "/test") == sums(QUERY, "/c"),
               f"{sums(QUERY, '/c')}, {sums(one.query, '/test')}")


def test_gmetric_in_gmetad_out(farm, started, tmp_path):
    """All that gmetric says is with a gmetad that polls farmd."""
    sender = Gmond(tmp_path, "sender", deaf="yes",
                   channels=ganglia.send_channel(UDP),
                   settings='override_hostname = "n1"\n'
                            'override_ip = 127.0.0.1')
    f = farm({"clusters": {"ganglia": {"nodes": ["localhost"], "collect": [
        {"ganglia": {"listen": f"udp://*:{UDP}", "own_node": "here",
                     "cluster": "Loop"}}]}},
        "writers": {"serve": {"match": "*/Loop/n1/*", "ganglia_serve": {}}}})
    f.wait_values("*/Loop/here/*")  # it listens
    for name, ((kind, value, *more), _) in SENT.items():
        sender.metric(name, value, kind, *more)
    expected = {name: seen for name, (_, seen) in SENT.items()}
    wait_served(GMOND, "n1", expected=expected)
    one = started(meta(tmp_path, {"Loop": GMOND}))
    # It serves a host whose metrics it is still reading.
    said = eventually(lambda: dump_of(one.xml, expected),
                      f"all of {expected} with gmetad").decode()
    for name, (val, type_, units, slope) in expected.items():
        # Written as it stands, XML or not.
        assert (f'<METRIC NAME="{name}" VAL="{val}" TYPE="{type_}" '
                f'UNITS="{units}" TN="') in said, said
        assert re.search(f'NAME="{name}"[^\n]*SLOPE="{slope}" SOURCE="gmond"',
                         said)


def dump_of(port, names):
    """What is served there once it has all of these."""
    said = dump(port) or b""
    there = {f'<METRIC NAME="{name}" '.encode() in said for name in names}
    return said if there == {True} else None


def polled(port, path=None, **options):
    how = {"every": "500ms", **({"path": path} if path else {}), **options}
    return {"ganglia": {"nodes": [{"name": "head", "address":
                                   f"127.0.0.1:{port}"}],
                        "collect": [{"ganglia": how}]}}


def written(port):
    """Every line about a metric, without its times."""
    return {(host, re.sub(' (TN|TMAX|DMAX)="[0-9]*"', "", metric))
            for host, lines in re.findall(
                '<HOST NAME="([^"]*)".*?>\n(.*?)</HOST>',
                (dump(port) or b"").decode("ascii"), re.DOTALL)
            for metric in re.split("\n(?=<METRIC )", lines)}


def test_round_trip(tree, farm, tmp_path):
    """One farmd reads another, and writes the same."""
    config = serving(tree, tmp_path / "said")
    config["filters"] = [{"label": {
        "match": "*/c/*/load_one", "set": {"GROUP": "l & <d>", "TITLE": "é"}}}]
    farm(config)
    wait_served(GMOND, "n2")
    assert 'VAL="l &amp; &lt;d&gt;"' in dump(GMOND).decode()
    farm({
        "clusters": polled(GMOND, labels=["GROUP", "TITLE"]),
        "writers": {"serve": {"match": "*/c/*/*", "ganglia_serve": {
            "gmond": f"127.0.0.1:{BELOW}", "gmetad": "", "query": ""}}}})
    eventually(lambda: len(written(BELOW)) == 2 * len(METRICS) and
               written(BELOW) == written(GMOND),
               f"{written(GMOND)}, {written(BELOW)}")


def test_farmd_asks(tree, farm, tmp_path):
    """What the collector asks of a gmetad it may ask of the writer."""
    farm(serving(tree, tmp_path / "said"))
    wait_both()
    above = farm({"clusters": {
        **polled(QUERY, "/c/n1"),
        "sums": polled(QUERY, "/?filter=summary")["ganglia"],
        "unknown": polled(QUERY, "/nope")["ganglia"]}})
    above.wait_values("*/c/n1/*", len(METRICS))
    assert above.latest("*/c/n1/a_counter") == {
        ("c", "n1", "a_counter"): "18446744073709551615"}
    above.wait_values("*/c/summary/hosts_up")
    assert above.latest("*/c/summary/cpu_num") == {
        ("c", "summary", "cpu_num"): 16}
    above.wait_line('an answer about "c", which was not asked for')
    assert not above.latest("*/c/n2/*")


def test_hosts_go_down_and_come_back(farm, started, tmp_path):
    """A gmond that farmd reads ends and begins: readers see it down and up."""
    gmond = started(Gmond(
        tmp_path, port=BELOW, cluster="Loop",
        channels=ganglia.send_channel(UDP) + ganglia.receive_channel(UDP),
        settings='override_hostname = "n1"\noverride_ip = 127.0.0.1',
        **ganglia.LOAD))
    farm({"clusters": polled(BELOW),
          "writers": {"serve": {"match": "*/Loop/*/*", "ganglia_serve": {
              "tmax": "1s"}}}})
    eventually(lambda: hosts_up_and_down(QUERY, "/Loop") == (1, 0), "up")
    one = started(meta(tmp_path, {"Loop": GMOND}))
    eventually(lambda: hosts_up_and_down(one.query, "/Loop") == (1, 0), "up")
    gmond.kill()
    eventually(lambda: hosts_up_and_down(QUERY, "/Loop") == (0, 1), "down", 90)
    eventually(lambda: hosts_up_and_down(one.query, "/Loop") == (0, 1),
               "down", 90)
    gmond.start()
    eventually(lambda: hosts_up_and_down(QUERY, "/Loop") == (1, 0), "up")
    eventually(lambda: hosts_up_and_down(one.query, "/Loop") == (1, 0), "up")


def test_removed(tree, farm, tmp_path):
    """What farmd no longer has is not told."""
    path = tmp_path / "said"
    config = serving(tree, path)
    config["clusters"]["c"]["lifetime"] = {"parameter": "2s"}
    farm(config)
    wait_served(GMOND, "n2")
    say(path, [("double", "load_one", "0.25", "", "gauge")])
    wait_served(GMOND, "n2", expected={"load_one": EXPECTED["load_one"]})


def test_begins_anew(tree, farm, tmp_path):
    """After an end, and after a change, the table fills with what comes."""
    path = tmp_path / "said"
    one = farm(serving(tree, path))
    wait_served(GMOND, "n2")
    one.write(serving(tree, path, grid="G"))
    assert one.ctl("reload").returncode == 0
    eventually(lambda: b'GRID NAME="G"' in (dump(GMETAD) or b""), "the grid")
    wait_served(GMOND, "n2")
    one.stop()
    assert dump(GMOND) is None
    one.start()
    wait_served(GMOND, "n2")


def test_idle_connections(tree, farm, tmp_path):
    """A thousand that neither ask nor read hold up nobody."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2000:
        pytest.skip("may not open as many files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2000), hard))
    one = farm(serving(tree, tmp_path / "said",
                       {"long": (("text", "x" * 60000, "", "state"), ())},
                       nodes=[f"n{i:03}" for i in range(30)]))
    eventually(lambda: len(dump(GMOND) or b"") > 30 * 60000, "all of it")
    idle = []
    try:
        for i in range(1000):
            idle.append(socket.socket())
            idle[-1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            idle[-1].connect(("127.0.0.1", (GMOND, QUERY)[i % 2]))
        assert len(dump(GMOND)) > 30 * 60000
        assert b'NAME="n029"' in dump(QUERY, "/c/n029")
        assert one.latest("*/c/n029/long")
    finally:
        for s in idle:
            s.close()
    one.wait_line("connections cut for others: more than `connections'")


class SlowReaders(threading.Thread):
    """They come again as often as they are cut off, and read a little now and
    then, or nothing."""

    def __init__(self, n):
        super().__init__(daemon=True)
        self.open = {}
        self.n = n
        self.cut = 0
        self.over = threading.Event()

    def come(self, i):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.connect(("127.0.0.1", (GMOND, GMETAD, QUERY)[i % 3]))
        self.open[i] = s

    def read(self, i):
        with contextlib.suppress(BlockingIOError):
            try:
                if i % 2 == 0 and not self.open[i].recv(
                        1000, socket.MSG_DONTWAIT):
                    raise ConnectionError
            except ConnectionError:
                self.open.pop(i).close()
                self.cut += 1

    def run(self):
        with contextlib.suppress(ConnectionError):  # farmd has ended
            self.besiege()

    def besiege(self):
        while not self.over.wait(0.2):
            for i in range(self.n):
                if i not in self.open:
                    self.come(i)
                self.read(i)
        for s in self.open.values():
            s.close()


def besieged(farm, seconds, memory):
    one = farm({"clusters": {"ganglia": {"nodes": ["localhost"], "collect": [
        {"ganglia": {"listen": f"udp://*:{UDP}", "own_node": "here",
                     "cluster": "Loop", "hosts": {"127.0.0.1": "n1"},
                     "rate": 20000, "burst": 20000, "metrics": 50000}}]}},
        "writers": {"serve": {"match": "*/Loop/*/*", "ganglia_serve": {
            "memory": memory, "timeout": "10s"}}}})
    one.wait_values("*/Loop/here/udp_values", 1)
    slow = SlowReaders(100)
    flood = Flood(seconds, UDP)
    number, slowest, most = 0, 0.0, 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        def told():
            s.sendto(uint_message("x", "beat", number), ("127.0.0.1", UDP))
            return host_metrics(QUERY, "n1", "/Loop/n1/beat").get(
                "beat", [None])[0] == str(number)

        eventually(told, "the first beat")
        slow.start()
        flood.start()
        while flood.lasts(number > 1, slow.cut > 0):
            number += 1
            begin = time.monotonic()
            eventually(told, f"beat {number}")
            dumped = dump(GMOND)
            assert dumped.endswith(b"</GANGLIA_XML>\n")
            xml.fromstring(dumped)
            slowest = max(slowest, time.monotonic() - begin)
            most = max(most, len(dumped))
    slow.over.set()
    slow.join()
    print(f"{flood.sent} datagrams, {number} dumps of up to {most} bytes, the "
          f"slowest after {slowest:.2f} s, {slow.cut} slow readers cut, "
          f"{resident(one)} kB resident")
    assert number > 1 and flood.sent > 10000 and slow.cut > 0
    assert most < 64 << 20 and resident(one) < 512 << 10
    one.wait_line("values left out: `memory' is full")


def resident(one):
    with open(f"/proc/{one.process.pid}/status", encoding="ascii") as f:
        return int(next(l for l in f if l.startswith("VmRSS")).split()[1])


def test_besieged(farm):
    besieged(farm, 5, "2MiB")


@pytest.mark.long
def test_besieged_for_long(farm):
    besieged(farm, max(SOAK, 60), "8MiB")


# The reader of Ganglia's web pages.  Under PHP 8 it does not run as Debian 12
# ships it: a function looks at a variable that it does not name as global.
READER = r'''
chdir($argv[1]);
$conf = ["ganglia_ip" => "127.0.0.1", "ganglia_port" => $argv[2],
         "rrdtool" => "echo rrdtool 1", "strip_extra" => true];
[$context, $clustername, $hostname] = [$argv[3], $argv[4], $argv[5]];
$debug = false;
function uptime($s) { return $s; }
include "global.php";
$source = str_replace("global \$conf, \$error",
    "global \$SKIP_GMETAD_CONTEXTS, \$conf, \$error",
    file_get_contents("ganglia.php"));
eval("?>" . str_replace("dirname(__FILE__)", '"."', $source));
$good = Gmetad();
echo json_encode(["good" => $good, "error" => $error, "grid" => $grid,
    "cluster" => $cluster, "up" => $hosts_up, "metrics" => $metrics]);
'''


def pages(context, port=QUERY, cluster="", host=""):
    """What the web pages know of it."""
    done = subprocess.run(
        ["php", "-d", "display_errors=stderr", "-r", READER, "--", WEB,
         str(port), context, cluster, host],
        capture_output=True, text=True, check=True, timeout=60)
    seen = json.loads(done.stdout)
    assert seen["good"] and seen["error"] == "", (seen, done.stderr)
    return seen


def test_web_pages(tree, farm, tmp_path):
    if not shutil.which("php") or not os.path.exists(f"{WEB}/ganglia.php"):
        pytest.skip("ganglia-webfrontend and php-xml are not installed")
    farm(serving(tree, tmp_path / "said"))
    wait_both()
    seen = pages("meta")
    assert seen["grid"]["c"]["HOSTS_UP"] == "2"
    assert seen["metrics"]["test"]["cpu_num"]["SUM"] == "16"
    for port in (QUERY, GMOND):
        seen = pages("cluster", port, "c")
        assert set(seen["up"]) == {"n1", "n2"}
        for name, (val, type_, units, slope) in EXPECTED.items():
            metric = seen["metrics"]["n2"][urllib.parse.quote(name)]
            assert (metric["VAL"], metric["TYPE"], metric["UNITS"],
                    metric["SLOPE"]) == (val, type_, units, slope)
    seen = pages("host", QUERY, "c", "n1")
    assert seen["up"]["NAME"] == "n1"
    assert seen["metrics"]["load_one"]["VAL"] == "0.25"
