"""Values that programs send in datagrams."""

import socket
import struct

from farm import eventually

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
