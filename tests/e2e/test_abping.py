"""MonALISA's ping by UDP: farms that ask and answer each other."""

import socket

from farm import eventually


def peer(port, node, node_port, **options):
    return {"clusters": {"Peers": {
        "nodes": [{"name": node, "address": f"127.0.0.1:{node_port}"}],
        "collect": [{"abping": {"every": "1s", "timeout": "500ms",
                                "listen": f"127.0.0.1:{port}",
                                **options}}]}}}


def test_two_farms_ping_each_other(farm):
    a = farm(peer(9001, "b", 9002))
    b = farm(peer(9002, "a", 9001, compat=True))

    def agree():
        here = a.latest("*/Peers/b/*")
        there = b.latest("*/Peers/a/*")
        return len(here) == 4 and len(there) == 4 \
            and there[("Peers", "a", "RTT")] > 0 \
            and there[("Peers", "a", "PacketLoss")] == 0 \
            and here[("Peers", "b", "PacketLoss")] < 1

    eventually(agree, "answers in both directions")
    here = a.latest("*/Peers/b/*")
    assert 0 < here[("Peers", "b", "RTT")] < 500
    # The other end goes away: nothing is made up, the loss grows.
    before = here[("Peers", "b", "PacketLoss")]
    b.stop()
    eventually(lambda: a.latest("*/Peers/b/*")[("Peers", "b", "PacketLoss")]
               > before, "loss after the end of the peer")


def test_a_stranger_is_answered(farm):
    f = farm(peer(9001, "b", 9002))
    f.wait_values("*/Peers/b/PacketLoss")  # it is open
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(30)
        one.sendto(b"\x7b\x39\x01" + bytes(447), ("127.0.0.1", 9001))
        assert one.recv(2000) == b"\x2d\x39\x01" + bytes(447)
