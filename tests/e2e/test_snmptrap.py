"""Traps and informs from net-snmp's own tools."""

import socket
import subprocess

import pytest

from farm import eventually
from storing import payloads

PORT = 1162
AUTH, PRIV = "authpass123", "privpass123"
LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"
IF_INDEX = "1.3.6.1.2.1.2.2.1.1.7"
IF_OPER = "1.3.6.1.2.1.2.2.1.8.7"

CREDENTIALS = [
    {"community": "farm"},
    {"user": "ops", "auth": "sha256", "auth_password": AUTH,
     "priv": "aes128", "priv_password": PRIV},
    {"user": "old", "auth": "md5", "auth_password": AUTH,
     "priv": "des", "priv_password": PRIV},
    {"user": "one", "auth": "sha1", "auth_password": AUTH,
     "engine_id": "0x80000000aa01"},
]

OPS = ["-v3", "-u", "ops", "-l", "authPriv", "-a", "SHA-256", "-A", AUTH,
       "-x", "AES", "-X", PRIV]
OLD = ["-v3", "-u", "old", "-l", "authPriv", "-a", "MD5", "-A", AUTH,
       "-x", "DES", "-X", PRIV]
ONE = ["-v3", "-u", "one", "-l", "authNoPriv", "-a", "SHA", "-A", AUTH]


def listening(path, **options):
    return {"clusters": {"Traps": {"nodes": ["localhost"], "collect": [
        {"snmptrap": {"listen": f"udp://*:{PORT}",
                      "listen_tcp": f"tcp://*:{PORT}",
                      "own_node": "here",
                      "names": {"127.0.0.1": "sw1", "::1": "sw6"},
                      "credentials": CREDENTIALS, **options}}]}},
        "writers": {"store": {"sql": {"url": f"sqlite:{path}"}}}}


class Sender:
    """Runs the tools with a state of their own."""

    def __init__(self, folder):
        self.environment = {"PATH": "/usr/bin:/bin", "MIBS": "",
                            "SNMP_PERSISTENT_DIR": str(folder / "snmp"),
                            "SNMPCONFPATH": str(folder / "snmp")}

    def run(self, tool, *arguments, to=f"udp:127.0.0.1:{PORT}", wait=15):
        return subprocess.run(
            [tool, "-r", "1", "-t", str(wait), *arguments[:-1], to,
             *arguments[-1]], env=self.environment, capture_output=True,
            text=True, timeout=60, check=False)

    def link_down(self, *arguments, tool="snmptrap", **how):
        return self.run(tool, *arguments, [
            "", LINK_DOWN, IF_INDEX, "i", "7", IF_OPER, "i", "2"], **how)


@pytest.fixture
def sender(tmp_path):
    return Sender(tmp_path)


def counted(one, node, parameter, number):
    eventually(lambda: one.latest(f"*/Traps/{node}/{parameter}").get(
        ("Traps", node, parameter)) == number,
        f"{node} {parameter} {number}\n{one.latest()}")


def ready(one):
    """It listens once it counts."""
    counted(one, "here", "traps_taken", 0)
    return one


def events(path):
    return [e for e in payloads(path, "event") if e["event"] == "trap"]


def wait_events(path, n):
    return eventually(
        lambda: (seen := events(path) if path.exists() else [])
        and len(seen) >= n and seen, f"{n} events")


def test_versions_and_transports(farm, sender, tmp_path):
    path = tmp_path / "farm.db"
    one = ready(farm(listening(path, traps={"linkDown": {
        "values": {"oper_{index}": "ifOperStatus"}}})))

    assert sender.link_down("-v2c", "-c", "farm").returncode == 0
    assert sender.link_down("-v2c", "-c", "farm",
                            to=f"tcp:127.0.0.1:{PORT}").returncode == 0
    assert sender.link_down("-v2c", "-c", "farm",
                            to=f"udp6:[::1]:{PORT}").returncode == 0
    assert sender.run("snmptrap", "-v1", "-c", "farm", [
        "1.3.6.1.4.1.9999", "127.0.0.9", "6", "17", "4200",
        "1.3.6.1.4.1.9999.1", "s", "hot"]).returncode == 0
    assert sender.link_down(*OPS, "-e", "0x8000000001020304").returncode == 0
    assert sender.link_down(*OPS, "-e", "0x8000000001020305").returncode == 0
    assert sender.link_down(*OLD, "-e", "0x8000000001020304").returncode == 0
    assert sender.link_down(*ONE, "-e", "0x80000000aa01").returncode == 0

    counted(one, "sw1", "trap_linkDown", 6)
    counted(one, "sw6", "trap_linkDown", 1)
    counted(one, "sw1", "trap_1.3.6.1.4.1.9999.0.17", 1)
    counted(one, "here", "traps_taken", 8)
    assert one.latest()[("Traps", "sw1", "oper_7")] == "down"

    seen = wait_events(path, 8)
    # One by UDP and one by TCP; of several sockets, any may be read first.
    v2, _ = [e for e in seen if (e["node"], e["version"]) == ("sw1", "2c")]
    v1, = [e for e in seen if e["version"] == "1"]
    v3, = [e for e in seen if (e.get("user"), e.get("engine_id")) == (
        "ops", "8000000001020304")]
    assert v2["trap"] == "linkDown" and v2["oid"] == LINK_DOWN
    assert v2["source"] == "127.0.0.1" and v2["inform"] is False
    assert v2["uptime"] > 0
    assert v2["varbinds"] == [
        {"oid": IF_INDEX, "name": "ifIndex.7", "type": "integer", "value": 7},
        {"oid": IF_OPER, "name": "ifOperStatus.7", "type": "integer",
         "value": "down"}]
    assert v1["oid"] == "1.3.6.1.4.1.9999.0.17" and v1["uptime"] == 42
    assert v1["varbinds"][0]["value"] == "hot"
    assert (v3["version"], v3["trap"]) == ("3", "linkDown")


def test_informs_are_acknowledged(farm, sender, tmp_path):
    one = ready(farm(listening(tmp_path / "farm.db")))
    ways = [["-v2c", "-c", "farm"], OPS, OLD]
    for way in ways:
        for to in (f"udp:127.0.0.1:{PORT}", f"tcp:127.0.0.1:{PORT}",
                   f"udp6:[::1]:{PORT}"):
            done = sender.link_down(*way, tool="snmpinform", to=to)
            assert done.returncode == 0, (way, to, done.stderr)
    counted(one, "here", "informs_acknowledged", 9)
    counted(one, "here", "traps_taken", 9)


def test_the_example_of_an_agent(tree, farm, sender, tmp_path):
    one = ready(farm(listening(tmp_path / "farm.db")))
    agent = tree.source / "examples" / "trap-agent" / "trap-agent"
    for way in ({"FARM_COMMUNITY": "farm"},
                {"FARM_USER": "ops", "FARM_AUTH": AUTH, "FARM_PRIV": PRIV}):
        done = subprocess.run(
            [str(agent), f"127.0.0.1:{PORT}"], capture_output=True,
            text=True, timeout=60, check=False, env={
                **sender.environment, **way, "FARM_LOAD": "-1",
                "FARM_DISK": "101"})
        assert done.returncode == 0, done.stderr
    counted(one, "sw1", "trap_1.3.6.1.4.1.9999.0.1", 2)


def test_refusals(farm, sender, tmp_path):
    one = ready(farm(listening(tmp_path / "farm.db")))
    wrong = sender.link_down("-v2c", "-c", "guess", tool="snmpinform", wait=2)
    assert wrong.returncode == 1
    counted(one, "here", "traps_wrong_community", 2)
    said = sender.link_down(*OPS[:2], "nobody", *OPS[3:], tool="snmpinform")
    assert "Unknown user name" in said.stderr
    said = sender.link_down(*OPS[:8], "wrongpass123", *OPS[9:],
                            tool="snmpinform")
    assert "Authentication failure" in said.stderr
    said = sender.link_down(*OPS[:-1], "wrongpass123", tool="snmpinform")
    assert "Decryption error" in said.stderr, said.stderr
    said = sender.link_down("-v3", "-u", "ops", "-l", "noAuthNoPriv",
                            tool="snmpinform")
    assert "Unsupported security level" in said.stderr, said.stderr
    # Its credential is for another engine.
    sender.link_down(*ONE, "-e", "0x80000000aa02")
    counted(one, "here", "traps_unknown_user", 2)
    counted(one, "here", "traps_wrong_digest", 1)
    counted(one, "here", "traps_not_decrypted", 1)
    counted(one, "here", "traps_wrong_level", 1)
    assert one.latest()[("Traps", "here", "traps_last_refused")] == \
        '127.0.0.1: user "one" is unknown'


def test_a_storm_is_bounded(farm, tmp_path):
    one = ready(farm(listening(tmp_path / "farm.db", rate=1, burst=50)))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for i in range(300):
            out.sendto(trap(i), ("127.0.0.1", PORT))
        out.sendto(b"\x30\x03abc", ("127.0.0.1", PORT))
    counted(one, "here", "traps_malformed", 1)

    def settled():
        values = one.latest("*/Traps/*/*")
        taken = values[("Traps", "here", "traps_taken")]
        return 50 <= taken < 300 and taken + values.get(
            ("Traps", "sw1", "traps_dropped"), 0) == 300

    eventually(settled, "300 traps, taken or dropped")
    one.wait_line("sends more than 1 traps a second")


def trap(request):
    """A v2c coldStart with this request id."""
    def tlv(tag, content):
        return bytes([tag, len(content)]) + content

    def varbind(name, value):
        return tlv(0x30, tlv(6, name) + value)

    head = tlv(2, request.to_bytes(4, "big")) + tlv(2, b"\0") * 2
    binds = varbind(bytes.fromhex("2b06010201010300"), tlv(0x43, b"\x0a")) \
        + varbind(bytes.fromhex("2b060106030101040100"),
                  tlv(6, bytes.fromhex("2b06010603010105") + b"\x01"))
    return tlv(0x30, tlv(2, b"\1") + tlv(4, b"farm") +
               tlv(0xa7, head + tlv(0x30, binds)))
