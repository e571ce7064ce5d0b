"""Ganglia, the way in: real gmond, gmetric and gmetad."""

import errno
import socket
import struct
import subprocess

import pytest

import ganglia
from conftest import SOAK
from farm import eventually
from ganglia import Flood, Gmetad, Gmond, uint_message, xdr

GMOND, META, QUERY, UDP = 8649, 8651, 8652, 8650
GROUP, GROUP6 = "239.2.11.71", "ff15::71"

# By gmetric: type, value, and what it is here.
METRICS = {
    "an_int8": ("int8", "-7", -7),
    "a_uint8": ("uint8", "255", 255),
    "an_int16": ("int16", "-32768", -32768),
    "a_uint16": ("uint16", "65535", 65535),
    "an_int32": ("int32", "-2147483648", -2147483648),
    "a_uint32": ("uint32", "4294967295", 4294967295),
    "a_float": ("float", "3.25", 3.25),
    "a_double": ("double", "2.718281828459045", 2.718281828459045),
    "a_text": ("string", "it's <b>&amp; 5 > 3</b>", "it's <b>&amp; 5 > 3</b>"),
    "wörld": ("string", "naïve € 😀", "naïve € 😀"),
    "name with space": ("string", "x", "x"),
}


def polling(address, **options):
    return {"clusters": {"ganglia": {
        "nodes": [{"name": "head", "address": address}],
        "collect": [{"ganglia": {"every": "500ms", **options}}]}}}


def listening(**options):
    return {"clusters": {"ganglia": {"nodes": ["localhost"], "collect": [
        {"ganglia": {"listen": f"udp://*:{UDP}", "own_node": "here",
                     "cluster": "Loop", **options}}]}}}


def wait_value(one, node, parameter, value, cluster="Loop"):
    def seen():
        return {k[2]: v for k, v in one.latest(
            f"*/{cluster}/{node}/*").items()}.get(parameter) == value

    eventually(seen, f"{parameter} = {value}, {one.latest()}")


def wait_metrics(one, node, cluster="Loop"):
    for name, (_, _, value) in METRICS.items():
        wait_value(one, node, name, value, cluster)


def send_metrics(gmond, *more, metrics=METRICS):
    for name, (kind, value, _) in metrics.items():
        gmond.metric(name, value, kind, "-x", "600", *more)


def self_reporting(tmp_path, **how):
    """A gmond that hears itself."""
    channels = how.pop("channels", "") + ganglia.send_channel(GMOND) + \
        ganglia.receive_channel(GMOND)
    return Gmond(tmp_path, port=GMOND, channels=channels,
                 settings='override_hostname = "n1"\n'
                          'override_ip = 127.0.0.1', **how)


def test_gmetric_through_gmond(farm, started, tmp_path):
    gmond = started(self_reporting(tmp_path))
    send_metrics(gmond, "-u", "KB", "-s", "both")
    gmond.metric("counter", "100", "uint32", "-s", "positive")
    gmond.metric("spoofed", "5", "uint32", "-S", "10.9.8.7:rack17")
    one = farm(polling(f"127.0.0.1:{GMOND}"))

    wait_metrics(one, "n1")
    wait_value(one, "rack17", "spoofed", 5)
    wait_value(one, "head", "ganglia_hosts", 2, cluster="ganglia")
    wait_value(one, "head", "ganglia_refused", 0, cluster="ganglia")
    seen = {s["parameter"]: s for s in one.get(
        "/v1/latest", predicate="*/Loop/n1/*", limit=1000)["values"]}
    assert seen["a_float"]["unit"] == "KiBy"
    assert seen["counter"]["kind"] == "counter32"


def test_gmond_killed_and_started_again(farm, started, tmp_path):
    gmond = started(self_reporting(tmp_path))
    gmond.metric("a", "1", "uint32")
    one = farm(polling(f"127.0.0.1:{GMOND}"))
    wait_value(one, "n1", "a", 1)

    gmond.kill()
    one.wait_line(f"127.0.0.1:{GMOND}: Connection refused, after 0 hosts")
    gmond.start()
    gmond.metric("a", "2", "uint32")
    wait_value(one, "n1", "a", 2)


def test_gmetad(farm, started, tmp_path):
    gmond = started(self_reporting(tmp_path))
    # gmetad stops at what is no XML: gmond writes none beyond ASCII.
    # And it passes on an "&amp;" that was one as "&".
    plain = {n: m for n, m in METRICS.items()
             if f"{n}{m[1]}".isascii() and "&" not in m[1]}
    assert len(plain) >= 9
    send_metrics(gmond, metrics=plain)
    started(Gmetad(tmp_path, {"Loop": GMOND}, META, QUERY))
    one = farm(polling(f"127.0.0.1:{META}"))
    for name, (_, _, value) in plain.items():
        wait_value(one, "n1", name, value)

    two = farm(polling(f"127.0.0.1:{QUERY}", path="/Loop/n1"))
    wait_value(two, "n1", "a_uint32", 4294967295)
    wait_value(two, "head", "ganglia_hosts", 1, cluster="ganglia")

    three = farm(polling(f"127.0.0.1:{QUERY}", path="/nonexist"))
    three.wait_line(f'127.0.0.1:{QUERY}: an answer about "Loop", which was '
                    "not asked for")
    assert three.latest("*/Loop") == {}


def test_names_of_monalisa(farm, started, tmp_path):
    started(self_reporting(
        tmp_path, channels=ganglia.send_channel(UDP), **ganglia.LOAD))
    one = farm(polling(f"127.0.0.1:{GMOND}", names="monalisa"))
    two = farm(listening(names="monalisa"))
    for each in one, two:
        values = each.wait_values("*/Loop/n1/Load1|Load5", 2)
        # A whole number is an integer in JSON.
        assert all(isinstance(v, (float, int)) for v in values.values())
        assert ("Loop", "n1", "load_one") not in each.latest()


def test_datagrams_to_us(farm, started, tmp_path):
    one = farm(listening(hosts={"127.0.0.1": "n1"}))
    one.wait_values("*/Loop/here/udp_values", 1)
    gmond = started(Gmond(tmp_path, channels=ganglia.send_channel(UDP),
                          deaf="yes", **ganglia.LOAD))
    send_metrics(gmond, "-u", "KB")
    gmond.metric("spoofed", "5", "uint32", "-S", "10.9.8.7:rack17")

    wait_metrics(one, "n1")
    wait_value(one, "rack17", "spoofed", 5)
    one.wait_values("*/Loop/n1/load_one|load_five|heartbeat", 3)
    seen = {s["parameter"]: s for s in one.get(
        "/v1/latest", predicate="*/Loop/n1/*", limit=1000)["values"]}
    assert seen["a_float"]["unit"] == "KiBy"
    assert one.latest()[("Loop", "here", "udp_malformed")] == 0


def test_metadata_asked_for(farm, started, tmp_path):
    """A gmond of a group that describes its metrics only once is asked."""
    started(Gmond(tmp_path, port=GMOND, metadata=0,
                  channels=ganglia.group_send_channel(UDP, GROUP) +
                  ganglia.group_receive_channel(UDP, GROUP), **ganglia.LOAD))
    eventually(lambda: b"load_five" in ganglia.dump(GMOND),
               "a gmond that has described all")
    one = farm(listening(listen=f"udp://{GROUP}:{UDP}", join=[f"{GROUP}%lo"]))

    eventually(lambda: one.latest().get(
        ("Loop", "here", "udp_metadata"), 0) > 0,
        f"metadata, {one.latest()} {one.log()}")
    assert one.latest()[("Loop", "here", "udp_requests")] > 0
    assert one.wait_values("*/Loop/*/load_five", 1)


@pytest.fixture
def link():
    """An interface with multicast in both families, which loopback has not."""
    subprocess.run("""set -e
        ip link add farm0 type veth peer name farm1
        ip link set farm0 up; ip link set farm1 up
        ip addr add 10.99.0.1/24 dev farm0
        ip -6 addr add fd99::1/64 dev farm0 nodad""", shell=True, check=True)
    yield "farm0"
    subprocess.run(["ip", "link", "del", "farm0"], check=True)


def test_channels(farm, link):
    """Hosts and groups of both families, at one port."""
    one = farm(listening(join=[f"{GROUP}%{link}", f"{GROUP6}%{link}"]))
    one.wait_values("*/Loop/here/udp_values", 1)
    to6 = (GROUP6, UDP, 0, socket.if_nametoindex(link))
    for number, (family, to) in enumerate([
            (socket.AF_INET, ("127.0.0.1", UDP)),
            (socket.AF_INET, (GROUP, UDP)),
            (socket.AF_INET6, ("::1", UDP)),
            (socket.AF_INET6, to6)]):
        with socket.socket(family, socket.SOCK_DGRAM) as s:
            if to[0] == GROUP:
                s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                             socket.inet_aton("10.99.0.1"))

            def arrived():
                try:
                    s.sendto(uint_message(f"n{number}", "a", number), to)
                except OSError as e:  # the new link's first moments
                    assert e.errno == errno.EADDRNOTAVAIL, e
                return one.latest(f"*/Loop/n{number}/a")

            eventually(arrived, f"a of {to}")


def test_gmetric_by_ipv6(farm, link, tmp_path):
    """To a group and to a host; gmond itself joins none of these groups."""
    one = farm(listening(join=[f"{GROUP6}%{link}"]))
    one.wait_values("*/Loop/here/udp_values", 1)
    for node, channel in (
            ("group", ganglia.group_send_channel(UDP, GROUP6, link)),
            ("host", ganglia.send_channel(UDP, "::1"))):
        sender = Gmond(tmp_path, node, channels=channel)

        def arrived():
            # The new link's first moments may lose it.
            sender.metric("a", "7", "uint32", "-S", f"10.9.8.7:{node}",
                          check=False)
            return one.latest(f"*/Loop/{node}/a") == {("Loop", node, "a"): 7}

        eventually(arrived, f"a by a {node}")


def test_older_messages(farm):
    one = farm(listening(hosts={"127.0.0.1": "n1"}))
    one.wait_values("*/Loop/here/udp_values", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        to = ("127.0.0.1", UDP)
        s.sendto(struct.pack(">II", 1, 8), to)
        s.sendto(struct.pack(">If", 15, 0.25), to)
        s.sendto(struct.pack(">I", 8) + xdr("Linux"), to)
        s.sendto(struct.pack(">I", 0) + xdr("uint16") + xdr("fans") +
                 xdr("3") + xdr("rpm") + struct.pack(">III", 3, 60, 0), to)
        s.sendto(b"\0\0\0\x7fx", to)
    wait_value(one, "n1", "cpu_num", 8)
    wait_value(one, "n1", "load_one", 0.25)
    wait_value(one, "n1", "os_name", "Linux")
    wait_value(one, "n1", "fans", 3)
    wait_value(one, "n1", "udp_source_malformed", 1)
    wait_value(one, "here", "udp_last_refused",
               "127.0.0.1: an unknown kind of message")


def flooded(farm, seconds):
    one = farm(listening(hosts={"127.0.0.1": "n1"}, rate=100, burst=1000,
                         metrics=500))
    one.wait_values("*/Loop/here/udp_values", 1)
    flood = Flood(seconds, UDP)
    flood.start()
    number = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        while flood.lasts(number > 1):
            number += 1

            def arrived():
                # The kernel may have dropped it: it is sent again.
                s.sendto(uint_message("x", "beat", number),
                         ("127.0.0.1", UDP))
                return one.latest("*/Loop/n1/beat").get(
                    ("Loop", "n1", "beat")) == number

            eventually(arrived, f"beat {number}")
    assert number > 1 and flood.sent > 10000
    values = one.wait_values("*/Loop/here/*", 11)
    assert values[("Loop", "here", "udp_metrics")] <= 500
    eventually(lambda: one.latest("*/Loop/127.0.0.2/*").get(
        ("Loop", "127.0.0.2", "udp_source_limited"), 0) > 0,
        "datagrams beyond the limit")
    assert one.latest()[("Loop", "127.0.0.2", "udp_source_malformed")] > 0


def test_a_flooding_source(farm):
    flooded(farm, 5)


@pytest.mark.long
def test_a_flooding_source_for_long(farm):
    flooded(farm, max(SOAK, 60))
