"""farmctl snmp: devices asked by people, and found, with a farm's credentials."""

import json
import os
import pty
import re
import socket
import subprocess
import time

import pytest

from farm import eventually
from snmpd import Snmpd

USER = 'createUser monitor SHA-256 "authpass12" AES "privpass12"'
V3 = {"user": "monitor", "auth": "sha256", "auth_password": "authpass12",
      "priv": "aes128", "priv_password": "privpass12"}
PORT = 1161
# Of agents that answer, on a busy machine.
PATIENT = {"timeout": "3s"}


@pytest.fixture
def agent(tmp_path):
    one = Snmpd(tmp_path, [USER, "rouser monitor authpriv", "sysName tester",
                           "disk /"])
    yield one
    one.close()


@pytest.fixture
def agents(tree):
    """A function that starts the simulator."""
    running = []

    def start(*options, port=PORT):
        one = subprocess.Popen(
            [tree.build / "bench" / "agentsim", "--port", str(port), *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        running.append(one)
        assert "listening" in one.stderr.readline()
        return one

    yield start
    for one in running:
        if one.poll() is None:
            one.terminate()
            one.communicate(timeout=30)


def cluster(address, *collect, node="n"):
    return {"nodes": [{"name": node, "address": address}],
            "collect": [{"snmp": {"every": "1h", "get": ["sysName"],
                                  "timeout": "300ms", "retries": 1, **options}}
                        for options in collect]}


def good(done):
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def snmp(f, *arguments):
    return f.ctl("snmp", *arguments)


def test_get_and_walk(agent, farm):
    f = farm({"clusters": {
        "v1": cluster(agent.address, {**PATIENT, "version": "1"}, node="old"),
        "v2c": cluster(agent.address, PATIENT, node="new"),
        "v3": cluster(agent.address, {**PATIENT, "credentials": [V3]},
                      node="safe")}})
    want = agent.walk("1.3.6.1.4.1.2021.9")
    assert len(want) > 5
    for node, version in (("old", "1"), ("new", "2c"), ("safe", "3")):
        assert good(snmp(f, "get", node, "sysName.0")) \
            == 'SNMPv2-MIB::sysName.0 = "tester"\n'
        got = json.loads(good(snmp(f, "get", node, "1.3.6.1.2.1.1.5.0",
                                   "--format", "json")))
        assert got["version"] == version
        assert got["node"] == node and got["address"] == agent.address
        assert got["rtt_ns"] > 0
        lines = good(snmp(f, "walk", node, "dskTable", "--numeric"))
        assert [line.partition(" = ")[0] for line in lines.splitlines()] \
            == [oid for oid, _ in want]
    assert good(snmp(f, "walk", "new", "sysName.0")) \
        == 'SNMPv2-MIB::sysName.0 = "tester"\n'
    # Of v1 the whole question fails; the other names are asked again.
    for node, missing in (("old", "noSuchName"), ("new", "noSuchInstance")):
        done = snmp(f, "get", node, "sysName.0", "ifDescr.99999", "ifIndex.1")
        assert done.returncode == 2 and done.stderr == ""
        assert done.stdout.splitlines() == [
            'SNMPv2-MIB::sysName.0 = "tester"',
            f"IF-MIB::ifDescr.99999 = {missing}", "IF-MIB::ifIndex.1 = 1"]


def test_long_walk(agents, farm):
    agents("--interfaces", "300", "--too-big", "127.0.0.3:10",
           "--loop", "127.0.0.4")
    f = farm({"clusters": {"c": cluster("127.0.0.2", {**PATIENT,
                                                      "port": PORT})}})
    for address in ("n", "127.0.0.3"):
        lines = good(snmp(f, "walk", address, "ifTable")).splitlines()
        assert len(lines) == 22 * 300
        assert len({line.partition(" = ")[0] for line in lines}) == len(lines)
    whole = json.loads(good(snmp(f, "walk", "n", "ifTable", "--format",
                                 "json")))
    assert len(whole["values"]) == 22 * 300 and whole["next"] is None
    done = snmp(f, "walk", "127.0.0.4", "ifTable")
    assert done.returncode == 2
    assert "127.0.0.4: the agent goes round in circles" in done.stderr


def test_why_not(agent, farm):
    def wrong(**change):
        return {"credentials": [{**V3, **change}]}

    level = {k: v for k, v in V3.items() if not k.startswith("priv")}
    f = farm({"clusters": {
        "community": cluster(agent.address, {"community": "wrong"}),
        "user": cluster(agent.address, {**PATIENT, **wrong(user="nobody")}),
        "digest": cluster(agent.address, {
            **PATIENT, **wrong(auth_password="wrongpass")}),
        "cipher": cluster(agent.address, wrong(priv_password="wrongpass")),
        "level": cluster(agent.address, {**PATIENT, "credentials": [level]}),
        "port": cluster("127.0.0.1:9", {}),
        "name": cluster("no.such.name.invalid", {})}})
    for name, why in (
            ("community", "timeout: no answer (nor is there one to a wrong "
             "community), with 1 credential"),
            ("user", "user nobody: unknown user"),
            ("digest", "user monitor: wrong digest"),
            ("cipher", "timeout: no answer, with 1 credential"),
            ("port", "port closed: nobody listens on port 9")):
        done = snmp(f, "get", "n", "sysName.0", "--instance", f"{name}/snmp")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"farmctl: snmp: {name}/snmp: n: {why}\n"
    done = snmp(f, "get", "n", "sysName.0", "--instance", "level/snmp")
    assert done.returncode == 2
    assert "authorizationError" in done.stdout + done.stderr
    done = snmp(f, "get", "n", "sysName.0", "--instance", "name/snmp")
    assert done.stderr.startswith(
        "farmctl: snmp: name/snmp: n: no.such.name.invalid: ")
    for arguments, why in (
            (("get", "n", "sysNme.0", "--instance", "port/snmp"),
             'did you mean "sysName"'),
            (("get", "n", "sysName.0"), "several instances read n: --instance "
             "says which is meant: "),
            (("get", "m", "sysName.0"), "no instance reads m: --instance "),
            (("get", "n", "sysName.0", "--instance", "x"),
             'there is no instance "x" of the snmp collector'),
            (("discover", "127.0.0.0/8", "--instance", "port/snmp"),
             "127.0.0.0/8: more than 65536 addresses"),
            (("walk",), "walk: too few arguments"),
            (("talk",), 'there is no "talk"')):
        done = snmp(f, *arguments)
        assert done.returncode in (2, 64) and why in done.stderr


def test_no_farm(tree, tmp_path):
    done = tree.run(tree.farmctl, "snmp", "get", "n", "sysName.0", "--socket",
                    tmp_path / "none.sock")
    assert done.returncode == 2
    assert "no farmd answers at" in done.stderr


def test_discover(agents, farm):
    agents("--dead", "127.1.0.0/26,127.1.1.9", "--v1-only", "127.1.0.70")
    f = farm({"clusters": {
        "c": {**cluster("127.1.0.64", {
            "port": PORT, "profile": "auto", "timeout": "1s", "credentials": [
                {"community": "other"}, {"community": "public"},
                {"community": "public", "version": 1}]})},
        "d": cluster("127.0.0.1:9", {}, node="else")}})
    arguments = ("discover", "127.1.0.0/24", "127.1.1.[8-9]", "--rate",
                 "2000", "--instance", "c/snmp")
    found = json.loads(good(snmp(f, *arguments, "--format", "json")))["found"]
    assert [row["address"] for row in found] \
        == [f"127.1.0.{i}" for i in range(64, 255)] + ["127.1.1.8"]
    for row in found:
        old = row["address"] == "127.1.0.70"
        assert row["failure"] is None
        assert row["version"] == ("1" if old else "2c")
        assert row["credential"] == ("v1 #3" if old else "v2c #2")
        assert row["name"] == "agent-" + row["address"].replace(".", "-")
        assert row["profiles"] == ["host", "interfaces", "ucd"]
        assert row["object_id"] == "1.3.6.1.4.1.8072.3.2.10"
    done = good(snmp(f, "discover", "127.1.0.[60-70]", "--instance", "c/snmp",
                     "--add", "c"))
    assert done.splitlines()[0].split()[:3] == ["ADDRESS", "SNMP",
                                                "CREDENTIAL"]
    nodes = [t["node"] for t in f.instance("c/snmp")["targets"]]
    # 127.1.0.64 was there by another name.
    assert sorted(nodes) == sorted(["n"] + [f"127.1.0.{i}"
                                            for i in range(65, 71)])
    f.wait_values("*/c/127.1.0.66/load1")
    again = good(snmp(f, "discover", "127.1.0.[60-70]", "--instance",
                      "c/snmp", "--add", "c"))
    assert "changed" not in again
    done = snmp(f, "discover", "127.1.0.1", "--instance", "c/snmp", "--add",
                "no")
    assert done.returncode == 64 and 'reads cluster "no"' in done.stderr


def test_discover_closed_doors(agents, farm):
    """Who refuses all credentials is there all the same; and a range that
    takes longer than one action."""
    agents("--dead", "127.1.0.2", "--user", "monitor:sha256:password12")
    wrong = {"auth": "sha256", "auth_password": "wrongpass1"}
    f = farm({"clusters": {
        "c": cluster("127.1.0.1", {
            "port": PORT, "timeout": "1s", "credentials": [
                {"user": "nobody", **wrong},
                {"user": "monitor", **wrong}]})}})
    done = good(snmp(f, "discover", "127.1.0.[1-3]", "--add", "c"))
    rows = [line.split(maxsplit=1) for line in done.splitlines()[1:]]
    assert rows == [["127.1.0.1", "user nobody: unknown user"],
                    ["127.1.0.3", "user nobody: unknown user"]]
    # At least two datagrams each: not in the 10 s of one action.
    found = json.loads(good(snmp(f, "discover", "127.1.1.0/26", "--rate", "11",
                                 "--format", "json")))["found"]
    assert [row["number"] for row in found] == list(range(62))


def test_discover_paces_itself(agents, farm):
    """The rate is one of datagrams: each credential and each try counts.  And
    somebody at a terminal sees how far it is."""
    sim = agents("--dead", "127.1.0.0/24")
    f = farm({"clusters": {"c": cluster("127.0.0.1:9", {
        "port": PORT, "timeout": "100ms", "credentials": [
            {"community": "one"}, {"community": "two"}]})}})
    begun = time.monotonic()
    master, slave = pty.openpty()
    done = subprocess.run(
        [f.tree.farmctl, "snmp", "discover", "127.1.0.[1-60]", "--rate", "20"],
        stdout=subprocess.PIPE, stderr=slave, check=False, text=True,
        env={**os.environ, "FARM_SOCKET": str(f.socket)}, timeout=120)
    took = time.monotonic() - begun
    os.close(slave)
    seen = os.read(master, 10000).decode().splitlines()
    os.close(master)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    assert len(seen) == 1
    assert re.fullmatch(r"\d+ of 60 addresses asked, 0 there", seen[0])
    sim.terminate()
    sent = json.loads(sim.communicate(timeout=30)[0])["received"]
    assert sent == 60 * 2 * 2
    assert took >= sent / 20 * 0.9


def test_discover_ipv6(tmp_path, farm):
    """A real agent in a prefix of IPv6: found, added, read."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
            s.bind(("::1", PORT))
    except OSError:
        pytest.skip("no IPv6 here")
    one = Snmpd(tmp_path, [f"agentaddress udp6:[::1]:{PORT}",
                           "rocommunity6 public", "sysName six"])
    f = farm({"clusters": {"c": cluster("127.0.0.1:9", {"port": PORT})}})
    arguments = ("discover", "::/120", "--rate", "2000")
    found = json.loads(good(snmp(f, *arguments, "--format", "json")))["found"]
    assert [(row["address"], row["name"]) for row in found] == [("::1", "six")]
    good(snmp(f, *arguments, "--add", "c"))
    assert "::1" in [t["address"] for t in f.instance("c/snmp")["targets"]]
    answered = snmp(f, "get", "::1", "sysName.0")
    one.close()
    assert "six" in good(answered)


def test_polling_goes_on(agents, farm):
    """An action waits for no poll, nor a poll for an action."""
    agents("--dead", "127.1.0.9", "--slow", "127.1.0.8:2s")
    f = farm({"clusters": {"c": {
        "nodes": ["127.1.0.7", "127.1.0.8", "127.1.0.9"],
        "collect": [{"snmp": {"every": "100ms", "deadline": "5s", "port": PORT,
                              "get": ["sysUpTime"], "timeout": "3s"}}]}}})

    def runs():
        return next(t["runs"] for t in f.instance("c/snmp")["targets"]
                    if t["node"] == "127.1.0.7")

    eventually(lambda: runs() > 0, "a poll")
    assert good(snmp(f, "get", "127.1.0.7", "sysName.0")) \
        == 'SNMPv2-MIB::sysName.0 = "agent-127-1-0-7"\n'
    before = runs()
    walk = subprocess.Popen(
        [f.tree.farmctl, "snmp", "get", "127.1.0.9", "sysName.0", "--socket",
         str(f.socket)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    eventually(lambda: runs() >= before + 10, "polls beside an action")
    assert walk.poll() is None
    walk.communicate(timeout=60)


def test_credentials_are_remembered(agents, farm):
    one = agents()
    f = farm({"clusters": {"c": cluster("127.0.0.1", {
        "every": "1s", "deadline": "20s", "port": PORT, "timeout": "3s",
        "timeout_min": "3s", "retries": 0, "credentials": [
            {"community": "wrong"}, {"community": "public"}]})}})
    status = "*/c/n/snmp_status"
    assert f.wait_values(status) == {("c", "n", "snmp_status"): "ok"}
    f.stop()
    one.terminate()
    assert json.loads(one.communicate(timeout=30)[0])["refused"] > 0
    one = agents()
    f.start()
    assert f.wait_values(status) == {("c", "n", "snmp_status"): "ok"}
    f.stop()
    one.terminate()
    counts = json.loads(one.communicate(timeout=30)[0])
    assert counts["refused"] == 0
