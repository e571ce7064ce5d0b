"""Real agents, read in each version of the protocol."""

import os

import pytest

from farm import eventually
from snmpd import Snmpd

USER = 'createUser monitor SHA-256 "authpass12" AES "privpass12"'
V3 = {"user": "monitor", "auth": "sha256", "auth_password": "authpass12",
      "priv": "aes128", "priv_password": "privpass12"}


@pytest.fixture
def agent(tmp_path):
    """A function that starts an agent with further lines of snmpd.conf."""
    running = []

    def start(*lines):
        folder = tmp_path / f"agent{len(running)}"
        folder.mkdir()
        running.append(Snmpd(folder, lines))
        return running[-1]

    yield start
    for one in running:
        one.close()


def cluster(address, *collect, name="n"):
    return {"nodes": [{"name": name, "address": address}],
            "collect": [{"snmp": {"every": "1s", **options}}
                        for options in collect]}


def proc_octets():
    """Bytes that lo has received, by the kernel's own account."""
    with open("/proc/net/dev", encoding="ascii") as file:
        for line in file:
            name, _, numbers = line.partition(":")
            if name.strip() == "lo":
                return int(numbers.split()[0])
    raise AssertionError("no lo in /proc/net/dev")


def proc_memory():
    """In bytes."""
    with open("/proc/meminfo", encoding="ascii") as file:
        return 1024 * int(file.readline().split()[1])


def test_each_version(agent, farm):
    a = agent(USER, "rouser monitor authpriv", "sysName tester")
    asked = {"get": {"who": "sysName"},
             "table": {"columns": {"index": "ifIndex"}, "row": "ifDescr"}}
    f = farm({"clusters": {
        "v1": cluster(a.address, {**asked, "version": "1"}),
        "v2c": cluster(a.address, asked),
        "v3": cluster(a.address, {**asked, "credentials": [V3]})}})
    for version in ("v1", "v2c", "v3"):
        assert f.wait_values(f"*/{version}/n/who") \
            == {(version, "n", "who"): "tester"}
        assert f.wait_values(f"*/{version}/n/lo_index") \
            == {(version, "n", "lo_index"): 1}
        eventually(lambda v=version: f.latest(f"*/{v}/n/snmp_status") == {
            (v, "n", "snmp_status"): "ok"}, f"ok of {version}")


def test_what_the_kernel_says(agent, farm):
    a = agent("disk /")
    f = farm({"clusters": {"c": cluster(
        a.address, {"profile": ["interfaces", "ucd"]})}})
    before = proc_octets()
    assert before > 0

    def octets():
        # The agent looks at its interfaces every few seconds.
        seen = f.latest("*/c/n/lo_in_octets").get(("c", "n", "lo_in_octets"))
        return seen is not None and seen >= before and seen

    value = eventually(octets, "counters of now")
    assert before <= value <= proc_octets()
    f.wait_values("*/c/n/memory_total|load1|lo_oper_status", 3)
    values = f.latest("*/c/n/*")
    assert values["c", "n", "memory_total"] == proc_memory()
    assert 0 <= values["c", "n", "load1"] < 1000
    assert values["c", "n", "lo_oper_status"] == 1


def test_storage_in_bytes(agent, farm):
    """The agent counts in units of its own; we say bytes, as the kernel."""
    a = agent()
    f = farm({"clusters": {"c": cluster(a.address, {"profile": "host"})}})
    f.wait_values("*/c/n/Physical memory_size|memory_size", 2)
    values = {v["parameter"]: v for v in f.get(
        "/v1/latest", predicate="*/c/n/*", limit=10000)["values"]}
    for name in ("Physical memory_size", "memory_size"):
        assert (values[name]["value"], values[name]["unit"]) == (
            proc_memory(), "By")
    # Which file systems it counts is the agent's choice.
    if "/_size" not in values:
        return
    root = os.statvfs("/")
    size = root.f_blocks * root.f_frsize
    assert abs(values["/_size"]["value"] - size) <= size / 1000

    def near():
        now = os.statvfs("/")
        seen = f.latest("*/c/n/\\/_used")["c", "n", "/_used"]
        used = (now.f_blocks - now.f_bfree) * now.f_frsize
        return abs(seen - used) <= size / 50

    eventually(near, "used bytes of / as statvfs() says")
    assert values["/_used"]["unit"] == "By"


def test_by_what_it_is(agent, farm):
    a = agent("extend answer /bin/echo 42.5")
    f = farm({"clusters": {"c": cluster(
        a.address, {}, {"name": "more", "profile": "netsnmp-extend"})}})
    f.wait_values("*/c/n/load1|memory_total|lo_in_octets|system_name", 4)
    assert f.wait_values("*/c/n/answer_value") \
        == {("c", "n", "answer_value"): 42.5}


def test_why_there_is_no_answer(agent, farm):
    a = agent(USER, "rouser monitor authpriv")
    asked = {"get": ["sysName"], "timeout": "200ms", "retries": 0}

    def wrong(**change):
        return {**asked, "credentials": [{**V3, **change}]}

    f = farm({"clusters": {
        "community": cluster(a.address, {**asked, "community": "wrong"}),
        "user": cluster(a.address, wrong(user="nobody")),
        "digest": cluster(a.address, wrong(auth_password="wrongpass")),
        "port": cluster("127.0.0.1:9", asked),
        "name": cluster("no.such.name.invalid", asked),
        "good": cluster(a.address, asked)}})
    for name, status in (("community", "timeout"), ("user", "unknown user"),
                         ("digest", "wrong digest"), ("good", "ok"),
                         ("port", "port closed"), ("name", "no address")):
        eventually(lambda n=name, s=status:
                   f.latest(f"*/{n}/n/snmp_status").get(
                       (n, "n", "snmp_status")) == s,
                   f"status {status} of {name}")
    assert "n: " in f.wait_line("unknown user")


def test_an_agent_that_goes_and_comes(agent, farm):
    a = agent()
    f = farm({"clusters": {"c": cluster(a.address, {
        "get": ["sysName"], "timeout": "200ms", "retries": 1})}})

    def status():
        return f.latest("*/c/n/snmp_status").get(("c", "n", "snmp_status"))

    eventually(lambda: status() == "ok", "an answer")
    a.stop()
    eventually(lambda: status() in ("timeout", "port closed"), "no answer")
    a.start()
    eventually(lambda: status() == "ok", "an answer again")


def test_what_cannot_be_read(farm):
    f = farm({"clusters": {"c": cluster("127.0.0.1", {
        "get": ["sysNme"]}, {"name": "p", "profile": "hots"})}}, wait=False)
    assert 'did you mean "sysName"' in f.wait_line("sysNme")
    assert 'did you mean "host"' in f.wait_line("hots")
