"""collectd's plugins that write as writers of farmd, with what they write to:
files, servers of these tests, and collectd itself."""

import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import socketserver
import subprocess
import threading
import urllib.request

import pytest

from farm import eventually
from saying import say, saying

PLUGINS = pathlib.Path("/usr/lib/collectd")
ROUNDS = 12
BEGIN = 1700000000
PROMETHEUS_PORT, COLLECTD_PORT, FARM_PORT = 29103, 29827, 29828

pytestmark = pytest.mark.skipif(not (PLUGINS / "csv.so").exists(),
                                reason="no collectd-core here")

# Values of every kind at times of their own, so that whoever reads them must
# write the same; the last thing said is that there is no more.
PYTHON = f"""
import collectd

state = [0]

def read():
    n = state[0]
    state[0] += 1
    if n >= {ROUNDS}:
        return
    when = {BEGIN} + 10 * n

    def give(type, values, **names):
        collectd.Values(type=type, time=when, interval=10, **names).dispatch(
            values=values)

    give("gauge", [n / 4], plugin="py", type_instance="g")
    give("if_octets", [2**53 + 1000 * n, 7 * n * n], plugin="py",
         plugin_instance="eth-0", type_instance="é")
    give("counter", [2**32 - 500 + 100 * n], plugin="py")
    give("absolute", [n], plugin="py", host="other")
    give("py", [-n], plugin="py")
    give("load", [n, n / 2, float("nan")], plugin="load")
    if n == {ROUNDS} - 1:
        collectd.Notification(plugin="py", type="gauge", severity=2,
                              message="no more").dispatch()

collectd.register_read(read)
"""
TYPES = "py value:DERIVE:U:U\n"
COLLECTOR = """
Hostname "labhost"
Interval 0.1
TypesDB "/usr/share/collectd/types.db" "{folder}/own.db"
<LoadPlugin python>
  Globals true
</LoadPlugin>
<Plugin python>
  ModulePath "{folder}"
  Import "values"
</Plugin>
"""


@pytest.fixture
def source(tmp_path):
    """A collectd.conf of what gives the values."""
    (tmp_path / "values.py").write_text(PYTHON)
    (tmp_path / "own.db").write_text(TYPES)
    path = tmp_path / "source.conf"
    path.write_text(COLLECTOR.format(folder=tmp_path))
    return path


def needs(plugin):
    """Skip where a library is missing that the plugin needs."""
    done = subprocess.run(["ldd", str(PLUGINS / f"{plugin}.so")],
                          capture_output=True, text=True, check=False)
    lost = re.findall(r"(\S+) => not found", done.stdout)
    if lost:
        pytest.skip(f"plugin {plugin} lacks {', '.join(lost)}")


def writing(source, plugin, options=None, **more):
    """A farm with the source and one writer."""
    own = {"plugin": plugin, "types_db": ["/usr/share/collectd/types.db",
                                          str(source.parent / "own.db")],
           **({"options": options} if options else {}), **more}
    return {"clusters": {"c": {"nodes": ["me"], "collect": [
        {"collectd": {"name": "all", "include": [str(source)]}}]}},
        "writers": {"old": {"collectd": own}}}


def ends(one):
    """Wait until the source has said everything, and the writer has it."""
    eventually(lambda: one.latest().get(("c", "me", "py/gauge-g")) ==
               (ROUNDS - 1) / 4, "the last value")
    eventually(lambda: one.instance("old")["ledger"]["values"] >= 8 * ROUNDS,
               "what it took")


# -- csv, beside collectd itself ----------------------------------------------


def rows(folder):
    """{file, without its date: lines}; after midnight there is another."""
    found = {}
    for p in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = re.sub(r"-\d{4}-\d\d-\d\d$", "", str(p.relative_to(folder)))
        lines = p.read_text().splitlines()
        found[name] = found.get(name, lines[:1]) + lines[1:]
    return found


def whole(folder):
    """All of them, once each has its last round."""
    seen = rows(folder) if folder.exists() else {}
    return seen if len(seen) == 6 and \
        all(len(lines) == ROUNDS + 1 for lines in seen.values()) else None


@pytest.mark.parametrize("rates", [False, True])
def test_csv(farm, source, tmp_path, rates):
    """The files are collectd's own, to the byte: identifiers, times, values,
    and rates, for which plugins ask the cache."""
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    real = tmp_path / "real.conf"
    real.write_text(f'BaseDir "{tmp_path}"\n' + source.read_text() +
                    f'LoadPlugin csv\n<Plugin csv>\nDataDir "{theirs}"\n'
                    f"StoreRates {str(rates).lower()}\n</Plugin>\n")
    with open(tmp_path / "real.log", "wb") as log:
        process = subprocess.Popen(
            ["/usr/sbin/collectd", "-f", "-C", str(real), "-P",
             str(tmp_path / "pid")], stdout=log, stderr=log)
    try:
        eventually(lambda: whole(theirs), "what collectd writes")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    farm(writing(source, "csv", {"DataDir": str(ours), "StoreRates": rates}))
    eventually(lambda: whole(ours), f"what it writes: {rows(ours)}")
    assert whole(ours) == whole(theirs)
    assert "labhost/py-eth-0/if_octets-é" in whole(ours)
    assert "other/py/absolute" in whole(ours)


# -- servers of these tests ----------------------------------------------------


class Graphite:
    """Takes lines over TCP; may refuse to, and may close all it has."""

    def __init__(self):
        self.lines = []
        self.server = None
        self.port = 0

    def open(self):
        lines = self.lines
        connections = self.connections = []

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                connections.append(self.connection)
                for line in self.rfile:
                    lines.append(line.decode().strip())

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self.server = Server(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()
        return self

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        for c in self.connections:
            c.close()


@pytest.fixture
def graphite():
    one = Graphite().open()
    yield one
    one.close()


def graphite_options(port):
    return {"Node example": {"Host": "127.0.0.1", "Port": str(port),
                             "Protocol": "tcp", "StoreRates": False}}


def wanted_lines():
    """What Graphite has to get of the rounds, apart from load."""
    for n in range(ROUNDS):
        yield f"labhost.py.gauge-g {n / 4:g} {BEGIN + 10 * n}"
        yield f"labhost.py.py {-n} {BEGIN + 10 * n}"
        yield f"other.py.absolute {n} {BEGIN + 10 * n}"


def test_graphite(farm, source, graphite):
    """What it gathers does not wait for more: all of it is sent."""
    one = farm(writing(source, "write_graphite",
                       graphite_options(graphite.port)))
    eventually(lambda: set(wanted_lines()) <= set(graphite.lines), "lines")
    assert len(graphite.lines) == len(set(graphite.lines))
    assert one.instance("old")["ledger"]["failures"] == 0


def test_graphite_away(farm, source, tmp_path):
    """Nothing listens: what is not sent is tried again until it is."""
    gone = Graphite().open()
    gone.close()
    one = farm(writing(source, "write_graphite", graphite_options(gone.port)))
    one.wait_line("Connection refused")
    eventually(lambda: one.instance("old")["status"] == "backoff", "a wait")
    eventually(lambda: one.instance("old")["ledger"]["failures"] >= 2, "more")
    assert not gone.lines
    gone.open()
    try:
        eventually(lambda: set(wanted_lines()) <= set(gone.lines), "lines")
        one.wait_line("old: works again")
    finally:
        gone.close()


class Web:
    """An HTTP server that answers as it is told and keeps what was good."""

    def __init__(self):
        self.status = 200
        self.bodies, self.refused = [], 0
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = web.status
                if status == 200:
                    web.bodies.append(body.decode())
                else:
                    web.refused += 1
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *what):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def web():
    one = Web()
    yield one
    one.close()


def json_values(web):
    return [v for body in web.bodies for v in json.loads(body)]


def test_http_json(farm, source, web):
    needs("write_http")
    web.status = 500
    one = farm(writing(source, "write_http", {
        "Node example": {"URL": web.url, "Format": "JSON"}}))
    one.wait_line("HTTP Error code: 500")
    eventually(lambda: web.refused >= 3, "tries")
    assert not web.bodies
    web.status = 200

    def gauges():
        return {v["time"]: v["values"] for v in json_values(web)
                if v["type_instance"] == "g"}

    eventually(lambda: len(gauges()) == ROUNDS, "all gauges")
    assert gauges() == {BEGIN + 10 * n: [n / 4] for n in range(ROUNDS)}
    octets = [v for v in json_values(web) if v["type"] == "if_octets"]
    # Letters beyond ASCII it replaces by itself.
    assert octets[0] == {
        "values": [2**53, 0], "dstypes": ["derive", "derive"],
        "dsnames": ["rx", "tx"], "time": BEGIN, "interval": 10,
        "host": "labhost", "plugin": "py", "plugin_instance": "eth-0",
        "type": "if_octets", "type_instance": "??"}


def test_http_command(farm, source, web):
    needs("write_http")
    farm(writing(source, "write_http", {
        "Node example": {"URL": web.url, "Format": "Command"}}))
    line = 'PUTVAL labhost/py/gauge-g interval=10.000 ' \
        f"{BEGIN + 10 * ROUNDS - 10}.000:{(ROUNDS - 1) / 4}"
    eventually(lambda: line in "".join(web.bodies), "the last value")


@pytest.fixture
def address():
    """One that is not loopback's, else a plugin that asks for those of this
    machine finds none."""
    what = ["192.0.2.1/32", "dev", "lo"]
    subprocess.run(["ip", "address", "add", *what], check=True)
    yield
    subprocess.run(["ip", "address", "delete", *what], check=True)


def test_prometheus(farm, source, address):
    """What it keeps for scrapers lives in its process."""
    needs("write_prometheus")
    farm(writing(source, "write_prometheus",
                 {"Host": "127.0.0.1", "Port": str(PROMETHEUS_PORT),
                  "StalenessDelta": 1000000000}))

    def scraped():
        try:
            with urllib.request.urlopen(
                    f"http://127.0.0.1:{PROMETHEUS_PORT}/metrics",
                    timeout=10) as answer:
                return answer.read().decode()
        except OSError:
            return ""

    last = ROUNDS - 1
    when = (BEGIN + 10 * last) * 1000
    for line in (f'collectd_load_midterm{{instance="labhost"}} {last / 2} {when}',
                 'collectd_py_if_octets_rx_total{py="eth-0",type="é",'
                 f'instance="labhost"}} {2**53 + 1000 * last} {when}',
                 f'collectd_py_total{{instance="labhost"}} {-last} {when}'):
        eventually(lambda: line in scraped().splitlines(), line)


# -- the network, towards collectd and farmd ------------------------------------


def listens(port):
    """Is a UDP socket bound to it?"""
    return any(line.split()[1].endswith(f":{port:04X}") for line in
               pathlib.Path("/proc/net/udp").read_text().splitlines()[1:])


def sender(source, port):
    return writing(source, "network", {f'Server 127.0.0.1 "{port}"': {}})


def test_network_to_collectd(farm, source, tmp_path):
    """A collectd that listens gets the same as one that reads by itself."""
    folder = tmp_path / "theirs"
    real = tmp_path / "real.conf"
    real.write_text(
        f'BaseDir "{tmp_path}"\nInterval 1\n'
        f'TypesDB "/usr/share/collectd/types.db" "{tmp_path}/own.db"\n'
        f'LoadPlugin csv\n<Plugin csv>\nDataDir "{folder}"\n</Plugin>\n'
        "LoadPlugin network\n<Plugin network>\n"
        f'Listen "127.0.0.1" "{COLLECTD_PORT}"\n</Plugin>\n')
    with open(tmp_path / "real.log", "wb") as log:
        process = subprocess.Popen(
            ["/usr/sbin/collectd", "-f", "-C", str(real), "-P",
             str(tmp_path / "pid")], stdout=log, stderr=log)
    try:
        eventually(lambda: listens(COLLECTD_PORT), "a socket")
        farm(sender(source, COLLECTD_PORT))
        seen = eventually(lambda: whole(folder), "what collectd has got")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    assert seen["labhost/py/gauge-g"][1:] == [
        f"{BEGIN + 10 * n}.000,{n / 4:.6f}" for n in range(ROUNDS)]
    assert seen["labhost/py-eth-0/if_octets-é"][-1] == \
        f"{BEGIN + 10 * ROUNDS - 10}.000,{2**53 + 1000 * ROUNDS - 1000}," \
        f"{7 * (ROUNDS - 1)**2}"


def test_network_to_farmd(farm, source):
    """From farmd to farmd, as collectd's own do."""
    other = farm({"clusters": {"n": {"nodes": ["hub"], "collect": [
        {"collectd": {"plugin": "network", "options": {
            f'Listen 127.0.0.1 "{FARM_PORT}"': {}}, "types_db": [
                "/usr/share/collectd/types.db",
                str(source.parent / "own.db")]}}]}}})
    eventually(lambda: listens(FARM_PORT), "a socket")
    farm(sender(source, FARM_PORT))
    last = ROUNDS - 1

    def arrived():
        seen = other.latest()
        return (seen.get(("n", "labhost", "py/gauge-g")) == last / 4 and
                seen.get(("n", "other", "py/absolute")) == last and
                int(seen.get(("n", "labhost", "py-eth-0/if_octets-é/rx"), 0))
                == 2**53 + 1000 * last)

    eventually(arrived, "the last values")


# -- round-robin files ----------------------------------------------------------


def test_rrdtool(farm, source, tmp_path):
    """Its queue is written by the end at the latest."""
    needs("rrdtool")
    if not shutil.which("rrdtool"):
        pytest.skip("no rrdtool here")
    folder = tmp_path / "rrd"
    one = farm(writing(source, "rrdtool", {"DataDir": str(folder)}))
    ends(one)
    assert one.stop() == 0
    done = subprocess.run(
        ["rrdtool", "fetch", str(folder / "labhost/py/gauge-g.rrd"), "AVERAGE",
         "-s", str(BEGIN), "-e", str(BEGIN + 10 * ROUNDS - 20), "-r", "10"],
        capture_output=True, text=True, check=True)
    seen = {int(when): float(value) for when, value in
            re.findall(r"^(\d+): (\S+)$", done.stdout, re.M)}
    assert {BEGIN + 10 * n: n / 4 for n in range(1, ROUNDS - 1)}.items() <= \
        seen.items()


# -- what did not come from collectd --------------------------------------------


def test_any_series(farm, tree, tmp_path):
    """Named by the rule, with a type by kind; what cannot be is said and
    counted, and what would be the same is refused to the second."""
    say(tmp_path / "said", [
        ("double", "temperature", "21.5", "C", "gauge"),
        ("uint64", "in/octets", "12", "By", "counter32"),
        ("uint64", "in_octets", "13", "By", "counter32"),
        ("int64", "calls", "14", "1", "counter64"),
        ("double", "seconds", "0.25", "s", "counter64"),
        ("boolean", "door", "true", "", "state"),
        ("text", "word", "open", "", "state"),
        ("uint64", "large", str(2**63), "1", "counter64"),
        ("double", "x" * 128, "1", "", "gauge"),
    ])
    folder = tmp_path / "csv"
    one = farm({**saying(tree, tmp_path / "said", nodes=["n1"], every="200ms"),
                "writers": {"old": {"collectd": {
                    "plugin": "csv", "options": {"DataDir": str(folder)}}}}})
    wanted = {"n1/c/gauge-temperature": "21.500000",
              "n1/c/counter-in_octets": "12", "n1/c/derive-calls": "14",
              "n1/c/gauge-seconds": "0.250000",
              "n1/c/gauge-door": "1.000000"}

    def seen():
        return {name: lines[1].split(",")[1]
                for name, lines in rows(folder).items()
                if len(lines) > 1} if folder.exists() else {}

    eventually(lambda: set(wanted) <= set(seen()), "files")
    got = seen()
    got.pop("n1/c/derive-count", None)
    assert got == wanted
    assert "127" in one.wait_line(f'"{"x" * 128}", of 128 bytes')
    one.wait_line("c/n1/in_octets would be the same as c/n1/in/octets")
    one.wait_line("n1/c/derive-large/value cannot be")
    eventually(lambda: (
        dropped := one.instance("old")["ledger"]["dropped"])["name"] >= 2 and
        dropped["refused"] >= 1, "what was dropped")


def test_own_rule(farm, tree, tmp_path):
    say(tmp_path / "said", [("double", "temperature", "21.5", "C", "gauge")])
    folder = tmp_path / "csv"
    farm({**saying(tree, tmp_path / "said", nodes=["n1"], every="200ms"),
          "writers": {"old": {"match": "*/*/*/temperature", "collectd": {
              "plugin": "csv", "options": {"DataDir": str(folder)},
              "identifier": {"host": "{farm}.{node}", "plugin": "farm",
                             "plugin_instance": "{cluster}", "type":
                             "{parameter}", "type_instance": "t{unit}"}}}}})
    eventually(lambda: folder.exists() and "test.n1/farm-c/temperature-tC" in
               rows(folder), "a file")


# -- events ---------------------------------------------------------------------


def test_notifications(farm, source, tmp_path):
    """Events are notifications again."""
    log = tmp_path / "notified.log"
    farm(writing(source, "logfile", {"File": str(log), "LogLevel": "info"}))
    line = "Notification: severity = WARNING, host = labhost, plugin = py, " \
        "type = gauge, message = no more"
    eventually(lambda: log.exists() and line in log.read_text(), "a line")


def test_nagios_and_logstash(farm, source, tmp_path):
    needs("log_logstash")
    pipe, log = tmp_path / "nagios.cmd", tmp_path / "stash.log"
    pipe.touch()
    config = writing(source, "notify_nagios", {"CommandFile": str(pipe)})
    config["writers"]["stash"] = {"collectd": {
        "plugin": "log_logstash",
        "options": {"File": str(log), "LogLevel": "info"}}}
    farm(config)
    eventually(lambda: "PROCESS_SERVICE_CHECK_RESULT;labhost;py/gauge;1;"
               "no more" in pipe.read_text(), "a check's result")
    eventually(lambda: log.exists() and
               '"message":"no more"' in log.read_text(), "a line")


# -- more that takes values --------------------------------------------------------


def test_tsdb(farm, source, graphite):
    farm(writing(source, "write_tsdb", {"Node a": {
        "Host": "127.0.0.1", "Port": str(graphite.port)}}))
    last = ROUNDS - 1
    line = f"put load.load.midterm {BEGIN + 10 * last} {last / 2:g} fqdn=labhost"
    eventually(lambda: line in graphite.lines, line)


def test_influxdb(farm, source):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.1)
        farm(writing(source, "write_influxdb_udp", {
            f'Server 127.0.0.1 "{server.getsockname()[1]}"': {}}))
        seen = []

        def last():
            try:
                seen.extend(server.recv(65536).decode().splitlines())
            except TimeoutError:
                pass
            return "py,host=labhost,type=gauge,type_instance=g " \
                f"value={(ROUNDS - 1) / 4:f} {BEGIN + 10 * ROUNDS - 10}000" \
                in seen

        eventually(last, "the last value")


def test_unixsock(farm, source, tmp_path):
    """It asks the cache, and writes nothing."""
    path = tmp_path / "sock"
    farm(writing(source, "unixsock", {"SocketFile": str(path),
                                      "SocketPerms": "0600"}, interval="1h"))

    def asked():
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            try:
                s.connect(str(path))
            except OSError:
                return ""
            s.sendall(b'GETVAL "labhost/py/gauge-g"\n')
            return s.recv(4096).decode()

    eventually(lambda: "value=2.75" in asked() or
               "value=2.750000e+00" in asked(), f"a value: {asked()}")


# -- writers that come with a file ------------------------------------------------


def with_csv(source, folder, more=""):
    """The source's file, with csv in it; and a farm that collects from it, and
    from something else."""
    source.write_text(source.read_text() + f'''
LoadPlugin csv
<Plugin csv>
  DataDir "{folder}"
</Plugin>
{more}''')
    return {"clusters": {"c": {"nodes": ["me"], "collect": [
        {"collectd": {"name": "all", "include": [str(source)]}},
        {"collectd": {"name": "beside", "plugin": "load", "every": "1s"}}]}}}


def test_comes_with_a_file(farm, source, tmp_path):
    """What only writes in an included file is a writer of farmd, of that name,
    with the journal before it; it gets what the file gives and nothing else."""
    folder = tmp_path / "csv"
    one = farm(with_csv(source, folder))
    assert "comes with collector all" in one.wait_line(" csv: ")
    eventually(lambda: whole(folder), "files")
    one.wait_values("*/c/me/load\\/*", 3)
    assert one.instance("csv")["role"] == "writer"
    assert set(rows(folder)) == set(whole(folder))
    shown = one.ctl("config", "show").stdout
    assert re.search(r"csv:.*# .*farm.yaml:\d+\n +collectd:", shown), shown
    # A reload of the same changes nothing.
    pid = one.instance("csv")["worker"]["pid"]
    assert one.ctl("reload").returncode == 0
    assert one.instance("csv")["worker"]["pid"] == pid
    # Without it in the file the writer goes.
    source.write_text(source.read_text().replace("LoadPlugin csv", ""))
    assert one.ctl("reload").returncode == 0
    eventually(lambda: one.request("GET", "/v1/instances/csv")[0] == 404,
               "the writer's end")


def test_configured_goes_before(farm, source, tmp_path):
    """A writer of that name in farm.yaml is the one that counts."""
    folder, own = tmp_path / "csv", tmp_path / "own"
    config = with_csv(source, folder)
    config["writers"] = {"csv": {"collectd": {
        "plugin": "csv", "options": {"DataDir": str(own)}, "from": "all",
        "types_db": ["/usr/share/collectd/types.db", f"{tmp_path}/own.db"]}}}
    one = farm(config)
    eventually(lambda: whole(own), "files")
    assert not folder.exists()
    assert "comes with" not in one.log()


def test_two_with_one_file(farm, source, tmp_path):
    """Each has a writer; of the second the name says whose it is."""
    config = with_csv(source, tmp_path / "csv")
    config["clusters"]["c"]["collect"][1] = {
        "collectd": {"name": "more", "include": [str(source)]}}
    one = farm(config)
    assert "comes with collector all" in one.wait_line(" csv: ")
    assert "comes with collector more" in one.wait_line(" more-csv: ")


@pytest.mark.parametrize("how", ["chain", "option"])
def test_writes_by_itself(farm, source, tmp_path, how):
    """Chains say what is written, and so may the operator."""
    folder = tmp_path / "csv"
    config = with_csv(source, folder, how == "chain" and '''
LoadPlugin match_regex
PostCacheChain "Post"
<Chain "Post">
  <Rule>
    <Match regex>
      Plugin "^load$"
    </Match>
    Target "stop"
  </Rule>
  Target "write"
</Chain>
''' or "")
    if how == "option":
        config["clusters"]["c"]["collect"][0]["collectd"]["writers"] = False
    one = farm(config)
    one.wait_line("all: csv writes by itself, past farmd's journal")
    eventually(lambda: "labhost/py/gauge-g" in rows(folder), "a file")
    assert "comes with" not in one.log()


# -- several destinations, ends ---------------------------------------------------


def test_who_has_it(farm, source, graphite, tmp_path):
    """While one plugin fails, another that has its values does not get them
    again."""
    gone = Graphite().open()
    gone.close()
    folder = tmp_path / "csv"
    one = farm(writing(source, ["csv", "write_graphite"], {
        "csv": {"DataDir": str(folder)},
        "write_graphite": graphite_options(gone.port)}))
    eventually(lambda: one.instance("old")["ledger"]["failures"] >= 3, "tries")
    gone.open()
    try:
        eventually(lambda: set(wanted_lines()) <= set(gone.lines), "lines")
        eventually(lambda: whole(folder), "files")
    finally:
        gone.close()


def test_killed(farm, source, graphite):
    """Its process is killed: the next one has what the journal has, so
    nothing is missing."""
    one = farm(writing(source, "write_graphite",
                       graphite_options(graphite.port)))
    for _ in range(3):
        pid = eventually(lambda: one.instance("old")["worker"]["pid"], "one")
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: one.instance("old")["worker"]["pid"] not in
                   (0, None, pid), "the next")
    eventually(lambda: set(wanted_lines()) <= set(graphite.lines), "lines")


REFUSED = {
    "none": ({}, 'neither "plugin" nor "include" is given'),
    "rule": ({"plugin": "csv", "identifier": {"type": "{sort}"}},
             "identifier: type: {sort} stands for nothing"),
    "field": ({"plugin": "csv", "identifier": {"name": "x"}},
              'identifier: an identifier has no "name"'),
    "absent": ({"plugin": "nosuch"}, 'there is no plugin "nosuch"'),
}


def test_refused(farm, tree):
    """At start by the process, and before that by `farmctl check'."""
    one = farm({"clusters": {}, "writers": {
        name: {"collectd": options} for name, (options, _) in
        REFUSED.items()}})
    done = tree.check(one.file)
    for name, (_, text) in REFUSED.items():
        assert f" {name}: " in one.wait_line(text)
        assert text in done.stdout + done.stderr
