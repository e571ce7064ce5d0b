"""The writer `http', into InfluxDB, VictoriaMetrics and Prometheus, and into
servers that refuse, are slow, or are not there."""

import collections
import gzip
import http.server
import json
import os
import shutil
import ssl
import subprocess
import threading
import time
import urllib.parse
import urllib.request

import pytest

from authority import Authority
from farm import eventually
from saying import say, saying

PATH = os.environ["PATH"] + ":/usr/sbin"

INFLUX = """
bind-address = "127.0.0.1:8088"
reporting-disabled = true
[meta]
dir = "{0}/meta"
[data]
dir = "{0}/data"
wal-dir = "{0}/wal"
[http]
bind-address = "127.0.0.1:8086"
auth-enabled = {1}
"""


def ask(url, data=None, user=None):
    """What is answered; None if nobody does."""
    request = urllib.request.Request(url, data=data)
    if user is not None:
        request.add_header("Authorization", user)
    try:
        with urllib.request.build_opener(
                urllib.request.ProxyHandler({})).open(request, timeout=20) as r:
            return r.read()
    except OSError:
        return None


class Server:
    """A database, until close()."""

    def __init__(self, folder, name, command, ready):
        program = shutil.which(command[0], path=PATH)
        if program is None:
            pytest.skip(f"{command[0]} is not installed")
        self.command = [program, *command[1:]]
        self.log = (folder / f"{name}.log").open("a")
        self.ready = ready
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            self.command, stdout=self.log, stderr=subprocess.STDOUT)
        eventually(lambda: ask(self.ready) is not None, self.ready)
        return self

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=30)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=120)

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
        self.log.close()


class Influx(Server):
    url = "http://127.0.0.1:8086"
    into = {"format": "influx", "url": url + "/write?db=farm"}

    def __init__(self, folder, auth=False):
        conf = folder / "influx.conf"
        conf.write_text(INFLUX.format(folder / "influx", str(auth).lower()))
        super().__init__(folder, "influx", ["influxd", "-config", str(conf)],
                         self.url + "/metrics")

    def query(self, text, user=None):
        data = urllib.parse.urlencode({"q": text}).encode()
        return json.loads(ask(self.url + "/query?db=farm", data, user))

    def series(self, what):
        """Of each series the rows of a select, without its time."""
        found = self.query(f"select {what}")["results"][0].get("series", [])
        return [[tuple(row[1:]) for row in s["values"]] for s in found]

    def values(self, what):
        """All rows, likewise."""
        return [row for rows in self.series(what) for row in rows]

    def counts(self):
        return [[value for (value,) in rows]
                for rows in self.series('value from "count" group by *')]


class Victoria(Server):
    url = "http://127.0.0.1:8428"
    into = {"format": "remote_write", "url": url + "/api/v1/write"}

    def __init__(self, folder):
        super().__init__(folder, "victoria", [
            "victoria-metrics", f"-storageDataPath={folder}/victoria",
            "-httpListenAddr=127.0.0.1:8428", "-search.latencyOffset=0s"],
            self.url + "/health")

    def values(self, selector):
        found = ask(self.url + "/api/v1/export?" + urllib.parse.urlencode(
            {"match[]": selector}))
        lines = [json.loads(line) for line in (found or b"").splitlines()]
        return [(x["metric"], x["values"]) for x in lines]

    def counts(self):
        return [values for _, values in self.values("farm_count_total")]


class Prometheus(Server):
    url = "http://127.0.0.1:9090"
    into = {"format": "remote_write", "url": url + "/api/v1/write"}

    def __init__(self, folder):
        conf = folder / "prometheus.yml"
        conf.write_text("storage: {tsdb: {out_of_order_time_window: 1h}}\n")
        super().__init__(folder, "prometheus", [
            "prometheus", f"--config.file={conf}",
            f"--storage.tsdb.path={folder}/prometheus",
            "--web.listen-address=127.0.0.1:9090",
            "--web.enable-remote-write-receiver"], self.url + "/-/ready")

    def values(self, selector):
        """Of each series all values, of the last hour."""
        found = json.loads(ask(self.url + "/api/v1/query?" + urllib.parse
                               .urlencode({"query": f"{selector}[1h]"})))
        return [(r["metric"], [float(v) for _, v in r["values"]])
                for r in found["data"]["result"]]

    def counts(self):
        return [values for _, values in self.values("farm_count_total")]


def writing(tree, path=None, **options):
    """A farm of which one http writer writes what module says says."""
    config = saying(tree, path, nodes=["n1"], every="200ms")
    config["writers"] = {"out": {"http": options}}
    return config


# -- databases ---------------------------------------------------------------

LINES = [("double", "load", "0.25", "", "gauge"),
         ("int64", "big", str(2**53 + 1), "By", "gauge"),
         ("uint64", "count", "7", "", "counter64"),
         ("boolean", "up", "true", "", "gauge"),
         ("text", "name", 'a "b" ü', "", "state")]


def test_influx(farm, tree, tmp_path, started):
    """Every type, compressed; with a user; while the server is away for a
    while."""
    path = tmp_path / "said"
    say(path, LINES)
    server = started(Influx(tmp_path))
    server.query("create database farm")
    one = farm(writing(tree, path, format="influx", gzip=True,
                       url=server.url + "/write?db=farm"))
    for name, value in [("load", 0.25), ("big", 2**53 + 1), ("count", 7),
                        ("up", True), ("name", 'a "b" ü')]:
        eventually(lambda: (value, "c", "n1") in server.values(
            f'value, cluster, host from "{name}"'), name)
    assert one.instance("out")["status"] == "running"


def test_influx_user(farm, tree, tmp_path, started):
    """A wrong password is no reason to lose anything."""
    server = started(Influx(tmp_path, auth=True))
    admin = "Basic YWRtaW46c2VjcmV0"  # admin:secret
    server.query("create user admin with password 'secret' with all "
                 "privileges")
    server.query("create database farm", admin)
    config = writing(tree, format="influx", measurement="{cluster}",
                     url=server.url + "/write?db=farm", user="admin",
                     password="wrong")
    one = farm(config)
    line = one.wait_line("http://127.0.0.1:8086/write: 401 ")
    assert "authorization failed" in line and "wrong" not in line
    config["writers"]["out"]["http"]["password"] = "secret"
    one.write(config)
    assert one.ctl("reload").returncode == 0

    def all_there():
        rows = server.query("select \"count\" from c", admin)["results"][0]
        counts = [r[1] for s in rows.get("series", []) for r in s["values"]]
        return counts[:3] == [1, 2, 3]

    eventually(all_there, "what was said from the beginning")


@pytest.mark.parametrize("kind, end", [
    (Victoria, Server.stop), (Prometheus, Server.stop),
    (Influx, Server.stop), (Influx, Server.kill)],
    ids=["victoria", "prometheus", "influx", "influx-killed"])
def test_restart_loses_nothing(farm, tree, tmp_path, started, kind, end):
    """The server ends and is started; every count is there, once."""
    server = started(kind(tmp_path))
    if kind is Influx:
        server.query("create database farm")
    one = farm(writing(tree, **kind.into))
    eventually(server.counts, "the first values")
    end(server)
    # Some still answer while they end.
    one.wait_line("tried again until it works")
    before = int(one.latest("*/c/n1/count")[("c", "n1", "count")])
    eventually(lambda: one.latest("*/c/n1/count")[("c", "n1", "count")] >
               before + 5, "some more")
    server.start()

    def whole():
        found = server.counts()
        counts = sorted(set(found[0])) if found else []
        return len(counts) > before + 5 and counts == [
            float(i) for i in range(1, len(counts) + 1)]

    eventually(whole, "all counts")
    assert len(server.counts()) == 1


def test_victoria_lines(farm, tree, tmp_path, started):
    path = tmp_path / "said"
    say(path, LINES)
    server = started(Victoria(tmp_path))
    farm(writing(tree, path, format="influx", gzip=True,
                 measurement="{cluster}", url=server.url + "/write"))
    metric, values = eventually(lambda: server.values("c_load"), "a value")[0]
    assert metric == {"__name__": "c_load", "cluster": "c",
                            "farm": "test", "host": "n1"}
    assert values[0] == 0.25
    eventually(lambda: server.values("c_big"), "another")


# -- answers -----------------------------------------------------------------


Request = collections.namedtuple("Request", "status headers body mono")


class Fake:
    """A server that answers what it is told, and keeps what it has taken."""

    def __init__(self, certificate=None, authority=None):
        fake = self
        self.requests = []
        self.answers = lambda body: (204, {}, b"")

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers["Content-Encoding"] == "gzip":
                    body = gzip.decompress(body)
                status, headers, text = fake.answers(body)
                fake.requests.append(Request(
                    status, dict(self.headers), body, time.monotonic()))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *what):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.server.daemon_threads = True
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            context.load_verify_locations(authority)
            context.verify_mode = ssl.CERT_REQUIRED
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True)
        scheme = "http" if certificate is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_port}/w?secret=x"
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def stored(self):
        return b"".join(r.body for r in list(self.requests)
                        if r.status == 204)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def fake():
    one = Fake()
    yield one
    one.close()


def test_poison(farm, tree, tmp_path, fake):
    """What the server calls bad is found, by the value; it is a dead letter
    with its record, of which the others are stored."""
    path = tmp_path / "said"
    say(path, LINES)
    fake.answers = lambda body: (
        (400, {}, b'{"error":"field type conflict"}') if b"big," in body
        else (204, {}, b""))
    one = farm(writing(tree, path, format="influx", url=fake.url,
                       token="sesame"))
    line = one.wait_line("refused and dropped")
    assert ': big: 400 {"error":"field type conflict"}' in line
    assert "secret" not in one.log()
    for value in (b'load,farm=test,cluster=c,host=n1 value=0.25 ',
                  b"count,farm=test,cluster=c,host=n1 value=7i ",
                  b"up,farm=test,cluster=c,host=n1 value=true "):
        eventually(lambda: value in fake.stored(), value)
    assert b"big," not in fake.stored()
    assert fake.requests[0].headers["Authorization"] == "Token sesame"
    assert fake.requests[0].headers["User-Agent"] == "farmd"


def test_wrong_url(farm, tree, tmp_path, started):
    """What VictoriaMetrics calls a bad request is a bad path, and loses
    nothing."""
    server = started(Victoria(tmp_path))
    config = writing(tree, format="remote_write", url=server.url + "/wrong")
    one = farm(config)
    one.wait_line("/wrong: 400 ")
    assert "refused and dropped" not in one.log()
    config["writers"]["out"]["http"]["url"] = server.url + "/api/v1/write"
    one.write(config)
    assert one.ctl("reload").returncode == 0

    def whole():
        found = server.values("farm_count_total")
        return found and found[0][1][:2] == [1, 2]

    eventually(whole, "all counts")
    assert "refused and dropped" not in one.log()


def test_retry_after(farm, tree, fake):
    """Not before the server wants it, and then all of it."""
    fake.answers = lambda body: (
        (429, {"Retry-After": "5"}, b"slow down") if not fake.requests
        else (204, {}, b""))
    one = farm(writing(tree, format="influx", url=fake.url))
    assert "secret" not in one.wait_line("429 slow down")
    eventually(lambda: b"count," in fake.stored(), "what waited")
    assert fake.stored().startswith(b"count,farm=test,cluster=c,host=n1 "
                                    b"value=1i ")
    assert fake.requests[1].mono - fake.requests[0].mono >= 5


def test_server_error(farm, tree, fake):
    """A fault of the server's loses nothing."""
    fake.answers = lambda body: (
        (503, {}, b"") if len(fake.requests) < 3 else (204, {}, b""))
    farm(writing(tree, format="influx", url=fake.url))
    eventually(lambda: b"value=1i " in fake.stored(), "the first value")
    assert [r.status for r in fake.requests[:4]] == [503] * 3 + [204]


def test_tls(farm, tree, tmp_path):
    """Authorities, a certificate of ours, and a token in a file."""
    authority = Authority(tmp_path / "authority", "Lab")
    stranger = Authority(tmp_path / "stranger", "Nobody")
    certificate, key = authority.issue("farm")
    (tmp_path / "token").write_text("sesame\n")
    server = Fake(authority.issue("db", server=True), authority.cert)
    try:
        config = writing(tree, format="remote_write", url=server.url,
                         ca=str(stranger.cert), certificate=certificate,
                         key=key, token=f"file:{tmp_path}/token")
        one = farm(config)
        assert "certificate" in one.wait_line("error out: https://127.0.0.1")
        assert server.requests == []
        config["writers"]["out"]["http"]["ca"] = str(authority.cert)
        one.write(config)
        assert one.ctl("reload").returncode == 0
        eventually(lambda: server.requests, "a request")
    finally:
        server.close()
    headers = server.requests[0].headers
    assert headers["Authorization"] == "Bearer sesame"
    assert headers["Content-Encoding"] == "snappy"
    assert headers["X-Prometheus-Remote-Write-Version"] == "0.1.0"
    assert "sesame" not in one.log()
