"""Values that programs send in datagrams."""

import signal
import socket
import stat
import struct
import subprocess

import pytest

from farm import eventually
from receivers import Rsyslog
from storing import records

APMON, INFLUX, STATSD = 8884, 8089, 8125


def config():
    return {"clusters": {"senders": {"nodes": ["localhost"], "collect": [
        {"udp": {"name": "apmon", "format": "apmon", "own_node": "here",
                 "listen": f"udp://*:{APMON}", "password": "secret"}},
        {"udp": {"name": "influx", "format": "influx", "own_node": "here",
                 "listen": f"udp://*:{INFLUX}",
                 "hosts": {"::1": "six"}}},
        {"udp": {"name": "statsd", "format": "statsd", "own_node": "here",
                 "listen": f"udp://*:{STATSD}", "summary": "1s",
                 "hosts": {"::1": "six"}}}]}}}


def recorded(tree, name):
    return bytes.fromhex((tree.source / "tests" / "data" / "apmon" / name)
                         .read_text(encoding="ascii"))


def send(family, address, port, datagram):
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.sendto(datagram, (address, port))


def latest(one, cluster, node, parameter, value):
    eventually(lambda: one.latest(f"*/{cluster}/{node}/{parameter}").get(
        (cluster, node, parameter)) == value,
        f"{node} {parameter} {value}\n{one.latest()}")


def test_both_kinds_of_addresses(tree, farm):
    one = farm(config())
    latest(one, "UDP", "here", "apmon_taken", 0)
    latest(one, "UDP", "here", "influx_taken", 0)
    latest(one, "UDP", "here", "statsd_taken", 0)

    whole = recorded(tree, "c_003.hex")
    send(socket.AF_INET, "127.0.0.1", APMON, whole)
    send(socket.AF_INET, "127.0.0.1", APMON, whole)
    send(socket.AF_INET, "127.0.0.1", APMON, whole[:-3])
    send(socket.AF_INET6, "::1", INFLUX, b"load,core=0 value=2.5\nbad\n")
    send(socket.AF_INET6, "::1", STATSD, b"hits:3|c\nhits:4|c\n")

    latest(one, "TestCluster", "node1", "an_int", 42)
    latest(one, "TestCluster", "node1", "a_string", "hello")
    latest(one, "UDP", "six", "load.0", 2.5)
    latest(one, "UDP", "six", "hits", 7)
    latest(one, "UDP", "here", "apmon_taken", 1)
    latest(one, "UDP", "here", "apmon_duplicate", 1)
    latest(one, "UDP", "here", "apmon_malformed", 1)
    latest(one, "UDP", "here", "influx_malformed", 1)


def test_wrong_password(tree, farm):
    one = farm({"clusters": {"senders": {"nodes": ["localhost"], "collect": [
        {"udp": {"format": "apmon", "own_node": "here", "password": "other",
                 "listen": f"udp://127.0.0.1:{APMON}"}}]}}})
    latest(one, "UDP", "here", "apmon_taken", 0)
    send(socket.AF_INET, "127.0.0.1", APMON, recorded(tree, "c_003.hex"))
    latest(one, "UDP", "here", "apmon_wrong_password", 1)
    latest(one, "UDP", "here", "apmon_last_refused",
           "127.0.0.1: wrong password")
    assert ("TestCluster", "node1", "an_int") not in one.latest()


def test_ulm_over_connections(farm):
    one = farm({"clusters": {"senders": {"nodes": ["localhost"], "collect": [
        {"udp": {"format": "ulm", "own_node": "here",
                 "listen_tcp": "tcp://*:14830"}}]}}})
    latest(one, "UDP", "here", "ulm_taken", 0)
    for address in ("127.0.0.1", "::1"):
        with socket.create_connection((address, 14830)) as s:
            s.sendall(b"DATE=20260330112320.957943 HOST=h PROG=p LVL=Usage "
                      b"NL.EVNT=Write SIZE=7\n")
    latest(one, "p", "h", "Write.SIZE", 7)
    latest(one, "UDP", "here", "ulm_values", 2)
    latest(one, "UDP", "here", "ulm_connections", 0)


NEW = 'template="RSYSLOG_SyslogProtocol23Format"'
FORWARDS = {
    "datagrams": 'port="14830" protocol="udp"',
    "datagrams as of RFC 5424": f'port="14830" protocol="udp" {NEW}',
    "lines": 'port="14830" protocol="tcp" TCP_Framing="traditional"',
    "lines as of RFC 5424": f'port="14830" protocol="tcp" {NEW}',
    "counted": 'port="14830" protocol="tcp" TCP_Framing="octet-counted"',
    "counted as of RFC 5424":
        f'port="14830" protocol="tcp" TCP_Framing="octet-counted" {NEW}',
}


@pytest.mark.parametrize("forward", FORWARDS.values(), ids=FORWARDS)
def test_what_rsyslog_passes_on(farm, started, tmp_path, forward):
    """Each event as a program has said it, with its values; what is no event
    is none."""
    base = tmp_path / "farm.db"
    one = farm({
        "clusters": {"senders": {"nodes": ["localhost"], "collect": [
            {"udp": {"format": "ulm", "own_node": "here",
                     "listen": "udp://127.0.0.1:14830",
                     "listen_tcp": "tcp://127.0.0.1:14830"}}]}},
        "writers": {"store": {"sql": {"url": f"sqlite:{base}"}}}})
    latest(one, "UDP", "here", "ulm_taken", 0)
    syslog = started(Rsyslog(tmp_path / "rsyslog", forward))
    said = [f"DATE=20260330112320.{n:06} HOST=dps1.lbl.gov PROG=testProg "
            f'LVL=Usage NL.EVNT=WriteData SEND.SZ={n} FILE="a {n} b"'
            for n in range(100)]
    for line in said:
        syslog.log_of("testProg", line)
    syslog.log_of("other", "1 of 2 is done")
    seen = records(base, "event", len(said))
    assert [e["text"] for e in seen] == said
    assert {(e["event"], e["cluster"], e["node"], e["prog"], e["level"])
            for e in seen} == {("WriteData", "testProg", "dps1.lbl.gov",
                                "testProg", "Usage")}
    latest(one, "testProg", "dps1.lbl.gov", "WriteData.SEND.SZ", 99)
    latest(one, "UDP", "here", "ulm_values", len(said))
    latest(one, "UDP", "here", "ulm_malformed", 1)


def test_a_line_that_breaks_off(farm):
    """What came before it counts; of itself nobody knows the end."""
    one = farm({"clusters": {"senders": {"nodes": ["localhost"], "collect": [
        {"udp": {"format": "graphite", "own_node": "here",
                 "listen_tcp": "tcp://127.0.0.1:2003"}}]}}})
    latest(one, "UDP", "here", "graphite_taken", 0)
    with socket.create_connection(("127.0.0.1", 2003)) as s:
        s.sendall(b"node.whole 1 1795206240\nnode.cut 12 1795206240")
        latest(one, "UDP", "node", "whole", 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack("ii", 1, 0))
    latest(one, "UDP", "here", "graphite_malformed", 1)
    latest(one, "UDP", "here", "graphite_connections", 0)
    assert ("UDP", "node", "cut") not in one.latest()


def taken(one, node, name="apmon"):
    return one.latest().get(("UDP", node, f"{name}_taken"))


def test_several_instances_share_a_port(tree, farm):
    """Each sender stays with one of them; none is lost."""
    one = farm({"clusters": {"senders": {"nodes": ["localhost"], "collect": [
        {"udp": {"name": name, "format": "apmon", "own_node": name,
                 "listen": f"udp+share://*:{APMON}"}}
        for name in ("a", "b", "c")]}}})
    for name in ("a", "b", "c"):
        latest(one, "UDP", name, "apmon_taken", 0)
    whole = recorded(tree, "oldjp_001.hex")
    for _ in range(60):
        send(socket.AF_INET, "127.0.0.1", APMON, whole)
    eventually(lambda: sum(taken(one, n) for n in ("a", "b", "c")) == 60,
               "all are taken")
    assert sum(taken(one, n) > 0 for n in ("a", "b", "c")) > 1


def test_a_port_that_is_not_shared(farm):
    """One alone cannot take what is meant for another."""
    one = farm({"clusters": {"senders": {"nodes": ["localhost"], "collect": [
        {"udp": {"name": "a", "format": "apmon", "own_node": "a",
                 "listen": f"udp://127.0.0.1:{APMON}"}},
        {"udp": {"name": "b", "format": "apmon", "own_node": "b",
                 "listen": f"udp+share://127.0.0.1:{APMON}"}}]}}},
        wait=False)
    eventually(lambda: any("127.0.0.1:8884: Address already in use" in line
                           for line in one.lines), f"{one.lines}")


def test_reload_keeps_what_is_known(tree, farm):
    def config_of(allow, rate):
        return {"clusters": {"senders": {"nodes": ["localhost"], "collect": [
            {"udp": {"format": "apmon", "own_node": "here", "allow": allow,
                     "rate": rate, "listen": f"udp://*:{APMON}"}}]}}}

    one = farm(config_of(["127.0.0.0/8"], 10))
    latest(one, "UDP", "here", "apmon_taken", 0)
    send(socket.AF_INET, "127.0.0.1", APMON, recorded(tree, "c_001.hex"))
    latest(one, "UDP", "here", "apmon_taken", 1)
    one.write(config_of(["10.0.0.0/8"], 20))
    one.process.send_signal(signal.SIGHUP)
    eventually(lambda: (send(socket.AF_INET, "127.0.0.1", APMON,
                             recorded(tree, "c_002.hex")),
                        one.latest()[("UDP", "here", "apmon_not_allowed")])[1],
               "it is not allowed any more")
    # Had it been opened anew, it would have forgotten the first.
    one.write(config_of([], 20))
    one.process.send_signal(signal.SIGHUP)
    eventually(lambda: (send(socket.AF_INET, "127.0.0.1", APMON,
                             recorded(tree, "c_001.hex")),
                        one.latest()[("UDP", "here", "apmon_duplicate")])[1],
               "the first is a duplicate")


def test_a_socket_of_this_host(tree, farm, tmp_path):
    path = tmp_path / "statsd"
    one = farm({"clusters": {"senders": {"nodes": ["localhost"], "collect": [
        {"udp": {"format": "statsd", "own_node": "here", "summary": "1s",
                 "mode": "0622", "listen": f"unixgram:{path}"}}]}}})
    latest(one, "UDP", "here", "statsd_taken", 0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o622
    done = subprocess.run([tree.farmctl, "send", "--to", f"unixgram:{path}",
                           "--format", "statsd", "c/n/p=5"], check=False,
                          capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    latest(one, "UDP", "n", "c.p", 5)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.sendto(b"hits:3|c", str(path))
    latest(one, "UDP", "here", "hits", 3)


def test_frames_of_another_farm(farm):
    """With kind, unit and labels, by the writer of that name."""
    one = farm({"clusters": {"senders": {"nodes": ["localhost"], "collect": [
        {"udp": {"format": "frames", "own_node": "here",
                 "listen": f"udp://127.0.0.1:{APMON}"}}]}}})
    latest(one, "UDP", "here", "frames_taken", 0)
    farm({"farm": "far", "clusters": {"hosts": {
        "nodes": ["n7"], "collect": [{"proc": {"every": "1s"}}]}},
        "writers": {"near": {"udp": {
            "format": "frames", "to": [f"udp://127.0.0.1:{APMON}"]}}}})
    series = eventually(lambda: [
        s for s in one.get("/v1/latest")["values"]
        if (s["cluster"], s["node"]) == ("hosts", "n7") and s["unit"]])
    assert {s["farm"] for s in series} == {"far"}
