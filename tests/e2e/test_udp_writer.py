"""Values sent: to another farm, and to real receivers."""

import signal
import socket
import threading
import time

import pytest

from farm import eventually
from receivers import (COLLECTD, GRAPHITE, INFLUX, Carbon, Collectd, Influxd,
                       Victoria)
from saying import say, saying

PORT = 8884

# Type, value, and what another farm has of it, by format; None: not sent.
VALUES = {
    "a_double": ("double", "0.1", {"*": 0.1}),
    "an_int": ("int64", "-2147483648", {"*": -2147483648}),
    "a_long": ("int64", "-9007199254740993",
               {"apmon": -9007199254740992.0, "graphite": -9007199254740992.0,
                "statsd": -9007199254740992.0, "ulm": -9007199254740992.0, "*": "-9007199254740993"}),
    "a_counter": ("uint64", "18446744073709551615",
                  {"apmon": 18446744073709551616.0,
                   "graphite": 18446744073709551616.0,
                   "statsd": 18446744073709551616.0,
                   "ulm": 18446744073709551616.0,
                   "*": "18446744073709551615"}),
    "a_truth": ("boolean", "true",
                {"apmon": 1, "graphite": 1, "statsd": 1, "ulm": None, "*": True}),
    "a_text": ("text", "it's 5 > \"3\", wörld",
               {"graphite": None, "statsd": None, "ulm": None,
                "*": "it's 5 > \"3\", wörld"}),
}


def sending(tree, file, lines=None, **options):
    say(file, lines or [(kind, name, value, "", "gauge")
                        for name, (kind, value, _) in VALUES.items()])
    config = saying(tree, file, every="200ms")
    config["writers"] = {"out": {"match": "*/c/*/*", "udp": options}}
    return config


def listening(form, listen="listen", address=f"udp://*:{PORT}", **more):
    return {"clusters": {"in": {"nodes": ["localhost"], "collect": [
        {"udp": {"format": form, "own_node": "here", listen: address,
                 **more}}]}}}


def wait_values(one, form, cluster):
    """All of both nodes, and nothing else."""
    said = {name: seen.get(form, seen["*"])
            for name, (_, _, seen) in VALUES.items()}
    want = {(cluster, node, name): value for name, value in said.items()
            if value is not None for node in ("n1", "n2")}

    def seen():
        return {k: v for k, v in one.latest().items() if k[1] in ("n1", "n2")}

    eventually(lambda: seen() == want, f"{want}\n{seen()}")


def counts(one):
    status, reply = one.request("POST", "/v1/instances/out/actions/counts",
                                "{}")
    assert status == 200, reply
    return reply


def test_to_another_farm_apmon(tree, farm, tmp_path):
    secret = tmp_path / "password"
    secret.write_text("s3cret\n")
    to = farm(listening("apmon", password="s3cret"))
    to.wait_values("*/UDP/here/*")  # it listens: nothing is refused
    one = farm(sending(tree, tmp_path / "said", to=f"127.0.0.1:{PORT}",
                       format="apmon", password=f"file:{secret}"))
    wait_values(to, "apmon", "c")
    eventually(lambda: to.latest("*/UDP/here/apmon_missing") ==
               {("UDP", "here", "apmon_missing"): 0}, "none are missing")
    assert counts(one)["to"][0]["lost"] == {
        "no_address": 0, "refused": 0, "limited": 0, "unsent": 0}


def test_to_another_farm_over_ipv6(tree, farm, tmp_path):
    to = farm(listening("influx", address=f"udp://[::1]:{PORT}"))
    farm(sending(tree, tmp_path / "said", to=f"[::1]:{PORT}",
                 format="influx"))
    wait_values(to, "influx", "c")


@pytest.mark.parametrize("form", ["influx", "graphite", "ulm"])
@pytest.mark.parametrize("listen, scheme", [
    ("listen", "udp"), ("listen_tcp", "tcp")])
def test_lines_to_another_farm(tree, farm, tmp_path, form, listen, scheme):
    to = farm(listening(form, listen, f"{scheme}://*:{PORT}"))
    how = {"path": "{node}.{parameter}"} if form == "graphite" else {}
    farm(sending(tree, tmp_path / "said", to=f"{scheme}://127.0.0.1:{PORT}",
                 format=form, **how))
    wait_values(to, form, "UDP" if form == "graphite" else "c")


def test_statsd_to_another_farm(tree, farm, tmp_path):
    """Negative gauges too, and the node by its tag."""
    to = farm(listening("statsd", summary="1s"))
    farm(sending(tree, tmp_path / "said", to=f"127.0.0.1:{PORT}",
                 format="statsd", path="{parameter}",
                 tags={"host": "{node}"}))
    wait_values(to, "statsd", "UDP")


def test_frames_to_another_farm(tree, farm, tmp_path):
    """Exactly as it is here: no number is rounded, and whose it is is kept;
    a datagram holds few of them."""
    to = farm(listening("frames"))
    farm({**sending(tree, tmp_path / "said", to=f"127.0.0.1:{PORT}",
                    format="frames", datagram=256), "farm": "elsewhere"})
    wait_values(to, "frames", "c")
    assert {v["farm"] for v in to.get(
        "/v1/latest", predicate="*/c/*/*")["values"]} == {"elsewhere"}


def test_unknown_name(tree, farm, tmp_path):
    """It is waited for; where another is known, that one is not kept waiting."""
    one = farm(sending(tree, tmp_path / "said", to="nowhere.invalid",
                       format="graphite"))
    one.wait_line("out: nowhere.invalid: ")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", GRAPHITE))
        s.settimeout(60)
        other = farm(sending(
            tree, tmp_path / "said", format="graphite", path="{parameter}",
            to=["nowhere.invalid", "127.0.0.1"]))
        assert s.recv(2000).startswith(b"a_double 0.1 ")
        eventually(lambda: counts(other)["to"][0]["lost"]["no_address"] > 0,
                   "lost")
        other.wait_line("nowhere.invalid: datagrams are lost: its name is "
                        "not known")


class Reader:
    """Reads lines as NetLogger's tools do: fields of one line, whoever
    sends them."""

    def __init__(self, port):
        self.socket = socket.create_server(("127.0.0.1", port))
        self.events = []
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        connection, _ = self.socket.accept()
        with connection, connection.makefile(encoding="utf-8") as lines:
            for line in lines:
                fields = dict(f.split("=", 1) for f in line.split())
                if {"DATE", "HOST", "PROG", "LVL", "NL.EVNT"} <= set(fields):
                    self.events.append(fields)

    def close(self):
        self.socket.close()


def test_netlogger(tree, farm, tmp_path):
    """Values, and an event that comes in as it goes out."""
    line = ("DATE=20260330112320.957943 HOST=dps1.lbl.gov PROG=testProg "
            "LVL=Usage NL.EVNT=WriteData SEND.SZ=49332")
    reader = Reader(14830)
    config = sending(
        tree, tmp_path / "said", [("int64", "count", "7", "", "gauge")],
        to="tcp://127.0.0.1", format="ulm", path="values")
    config["clusters"].update(listening("ulm", address=f"udp://*:{PORT}")
                              ["clusters"])
    one = farm(config)
    eventually(lambda: one.latest("*/UDP/here/ulm_taken"), "it listens")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(line.encode(), ("127.0.0.1", PORT))
    event = dict(f.split("=", 1) for f in line.split())
    eventually(lambda: event in reader.events, "the event")
    eventually(lambda: any(
        e["HOST"] == "n1" and e["PROG"] == "c" and e["NL.EVNT"] == "values"
        and e["count"] == "7" for e in reader.events), reader.events)
    reader.close()


def test_influxdb(tree, farm, started, tmp_path):
    influx = started(Influxd(tmp_path / "influx"))
    lines = [(kind, name, value, "", "gauge")
             for name, (kind, value, _) in VALUES.items()
             if kind != "uint64"]  # this release takes none
    farm(sending(tree, tmp_path / "said", lines, to="127.0.0.1",
                 format="influx", path="{cluster}", datagram=200))

    def seen():
        rows = [r for r in influx.rows("c") if r["host"] == "n1"]
        return {k: v for r in rows for k, v in r.items() if v is not None}

    want = {"a_double": 0.1, "an_int": -2147483648,
            "a_long": -9007199254740993, "a_truth": True,
            "a_text": "it's 5 > \"3\", wörld"}
    eventually(lambda: {k: v for k, v in seen().items() if k in want} == want,
               f"{want}\n{seen()}")


def test_victoria(tree, farm, started, tmp_path):
    """Both of its listeners, over TCP and in datagrams, with tags."""
    victoria = started(Victoria(tmp_path / "victoria"))
    lines = [("double", "one", "0.1", "", "gauge"),
             ("int64", "two", "-7", "", "gauge")]
    config = sending(tree, tmp_path / "said", lines,
                     to=[f"tcp://127.0.0.1:{GRAPHITE}"], format="graphite",
                     path="tcp.{node}.{parameter}", tags={"farm": "{farm}"})
    for name, to, form in (("gu", f"127.0.0.1:{GRAPHITE}", "graphite"),
                           ("it", f"tcp://127.0.0.1:{INFLUX}", "influx"),
                           ("iu", f"127.0.0.1:{INFLUX}", "influx")):
        more = {"path": "udp.{node}.{parameter}"} if form == "graphite" else {
            "path": "{parameter}", "tags": {"way": name, "host": "{node}"}}
        config["writers"][name] = {"match": "*/c/*/*", "udp": {
            "to": [to], "format": form, **more}}
    farm(config)
    want = {("tcp.n1.one", (("farm", "test"),)): 0.1,
            ("tcp.n2.two", (("farm", "test"),)): -7,
            ("udp.n1.one", ()): 0.1,
            ("one_value", (("host", "n1"), ("way", "it"))): 0.1,
            ("two_value", (("host", "n2"), ("way", "iu"))): -7}
    eventually(lambda: all((victoria.values().get(k) or [None])[0] == v
                           for k, v in want.items()),
               f"{want}\n{victoria.values()}")


SERIES, STEPS = 50, 30


def test_carbon_restarted_under_load(tree, farm, started, tmp_path):
    """Nothing is missing of what farmd said, whatever carbon's system holds
    unread when it ends.  What it had read and not stored is its own: so it is
    ended when it has stored what it read."""
    carbon = started(Carbon(tmp_path / "carbon"))
    begin = int(time.time()) - 3600
    said = tmp_path / "said"

    def step(k):
        """A value of each series, of its own second."""
        say(said, [("int64", f"p{i}", str(k), "", "gauge",
                    str((begin + k) * 10**9)) for i in range(SERIES)])

    def missing(n):
        return {(node, i): n - len(seen) for node in ("n1", "n2")
                for i in range(SERIES)
                if len(seen := carbon.values(f"test.c.{node}.p{i}",
                                             begin)) < n}

    step(0)
    config = saying(tree, said, every="50ms")
    config["writers"] = {"out": {"match": "*/c/*/*", "udp": {
        "to": "tcp://127.0.0.1", "format": "graphite", "timeout": "20s"}}}
    one = farm(config)
    for k in range(STEPS):
        step(k)
        eventually(lambda: one.latest(f"*/c/n*/p{SERIES - 1}") ==
                   {("c", n, f"p{SERIES - 1}"): k for n in ("n1", "n2")},
                   f"step {k}")
        if k % 10 == 5:
            eventually(lambda: not missing(k + 1), "all is stored")
            carbon.process.send_signal(signal.SIGSTOP)
        if k % 10 == 8:
            carbon.process.kill()
            carbon.stop()
            carbon.start()
    eventually(lambda: not missing(STEPS), f"{STEPS} values of each")
    sent = counts(one)["to"][0]
    assert sent["connections"] > 3
    assert sent["resent"] > 0


def test_carbon_down_beside_others(tree, farm, started, tmp_path):
    """Who listens, over a connection or not, has each value while carbon is
    down; carbon has all of them in the end, also those of before farmd was
    killed, and what nobody lacks any more is acknowledged."""
    carbon = started(Carbon(tmp_path / "carbon"))
    begin = int(time.time()) - 3600
    said = tmp_path / "said"

    def step(k):
        say(said, [("int64", "p", str(k), "", "gauge",
                    str((begin + k) * 10**9))])

    def has(n):
        return all(len(carbon.values(f"test.c.{node}.p", begin)) == n
                   for node in ("n1", "n2"))

    step(0)
    config = saying(tree, said, every="50ms")
    config["writers"] = {"out": {"match": "*/c/*/*", "udp": {
        "to": ["tcp://127.0.0.1", "tcp://127.0.0.1:2103", "127.0.0.1:2103"],
        "format": "graphite"}}}
    with socket.create_server(("127.0.0.1", 2103)) as server, socket.socket(
            socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("127.0.0.1", 2103))
        datagrams.settimeout(60)
        server.settimeout(60)
        one = farm(config)

        def comes(k, lines):
            want = {f"test.c.{node}.p {k} {begin + k}" for node in ("n1", "n2")}
            missing = set(want)
            while missing:
                missing -= set(datagrams.recv(2000).decode().splitlines())
            while want:
                want.discard(lines.readline().rstrip("\n"))

        def connection():
            accepted = server.accept()[0]
            accepted.settimeout(60)
            return accepted

        with connection() as other, other.makefile() as lines:
            comes(0, lines)
            eventually(lambda: has(1), "carbon has the first")
            carbon.stop()
            for k in range(1, 10):
                step(k)
                comes(k, lines)
            one.wait_line("tcp://127.0.0.1: Connection refused; lines wait "
                          "for it")
            assert counts(one)["to"][0]["waiting"] > 0
            assert counts(one)["to"][1]["waiting"] == 0
            one.kill()
        one.start()
        with connection() as other, other.makefile() as lines:
            step(10)
            comes(10, lines)
            carbon.start()
            eventually(lambda: has(11), "carbon has all")
            step(11)
            comes(11, lines)
            eventually(lambda: has(12), "carbon goes on")
            eventually(lambda: counts(one)["to"][0]["waiting"] == 0,
                       "nothing waits")


LEVELS = {"none": "None", "sign": "Sign", "encrypt": "Encrypt"}
USERS = "farm: s3cret\nother: x\n"


@pytest.mark.parametrize("level", LEVELS)
def test_to_collectd(tree, farm, started, tmp_path, level):
    """A real one that takes nothing less."""
    (tmp_path / "users").write_text(USERS)
    collectd = started(Collectd(tmp_path / "collectd", f"""
        <Listen "127.0.0.1" "{COLLECTD}">
          SecurityLevel "{LEVELS[level]}"
          AuthFile "{tmp_path}/users"
        </Listen>"""))
    lines = [("double", "one", "0.5", "", "gauge"),
             ("int64", "two", "-7", "", "gauge"),
             ("int64", "three", "12345678901", "", "counter64"),
             ("text", "four", "x", "", "state")]
    farm(sending(tree, tmp_path / "said", lines, to="127.0.0.1",
                 format="collectd", security=level, user="farm",
                 password="s3cret"))
    for identifier, value in (("n1/c/gauge-one", "0.5"),
                              ("n2/c/gauge-two", "-7"),
                              ("n1/c/derive-three", "12345678901")):
        eventually(lambda: [value] in [
            [f"{float(v):.15g}" for v in row]
            for row in collectd.rows(identifier)],
            f"{identifier} {collectd.rows(identifier)}")
    assert not collectd.rows("n1/c/*four")


@pytest.mark.parametrize("level", LEVELS)
def test_from_collectd_and_on(tree, farm, started, tmp_path, level):
    """A real one sends; what goes on from here to another farm is what it
    was, lists of several values included."""
    (tmp_path / "users").write_text(USERS)
    heard = listening("collectd", address=f"udp://127.0.0.1:{COLLECTD}",
                      security=level, users=str(tmp_path / "users"))
    on = listening("collectd", address=f"udp://127.0.0.1:{PORT}")
    to = farm(on)
    heard["writers"] = {"on": {"match": "*/*/other/*", "udp": {
        "to": f"127.0.0.1:{PORT}", "format": "collectd"}}}
    one = farm(heard)
    started(Collectd(tmp_path / "collectd", f"""
        <Server "127.0.0.1" "{COLLECTD}">
          SecurityLevel "{LEVELS[level]}"
          Username "farm"
          Password "s3cret"
        </Server>"""))
    want = {("UDP", "other", f"load/{name}")
            for name in ("shortterm", "midterm", "longterm")}
    eventually(lambda: set(one.latest("*/*/other/*")) == want,
               f"{one.latest()}\n{one.log()}")
    eventually(lambda: set(to.latest("*/*/other/*")) == want,
               f"{to.latest()}")
    assert to.latest("*/*/here/collectd_malformed") == {
        ("UDP", "here", "collectd_malformed"): 0}


def test_wrong_secrets_of_collectd(tree, farm, tmp_path):
    """Another password, less security than asked for."""
    (tmp_path / "users").write_text(USERS)
    to = farm(listening("collectd", address=f"udp://127.0.0.1:{COLLECTD}",
                        security="sign", users=str(tmp_path / "users")))
    config = sending(tree, tmp_path / "said", to="127.0.0.1",
                     format="collectd", security="encrypt", user="farm",
                     password="another")
    config["writers"]["plain"] = {"match": "*/c/*/*", "udp": {
        "to": "127.0.0.1", "format": "collectd"}}
    farm(config)
    eventually(lambda: to.latest("*/*/here/collectd_wrong_password").get(
        ("UDP", "here", "collectd_wrong_password"), 0) >= 2, "refused")
    assert not to.latest("*/*/n1/*")


def test_to_a_local_socket(tree, farm, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        path = tmp_path / "local"
        s.bind(str(path))
        s.settimeout(60)
        farm(sending(tree, tmp_path / "said", to=f"unix:{path}",
                     format="ulm", syslog=True))
        line = s.recv(2000).decode()
        assert line.startswith("<14>1 20")
        assert " n1 farmd - - - DATE=" in line
