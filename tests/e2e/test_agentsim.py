"""The simulator of SNMP agents, read by net-snmp's tools."""

import json
import os
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.skipif(not shutil.which("snmpbulkwalk"),
                                reason="net-snmp's tools are not here")

PORT = 1161
ENVIRONMENT = {**os.environ, "MIBS": "", "SNMPCONFPATH": "/nonexistent"}
INTERFACES = "1.3.6.1.2.1.2"
NAME = "1.3.6.1.2.1.1.5.0"
# 22 columns of 20 interfaces, and how many there are.
ALL_INTERFACES = 22 * 20 + 1


@pytest.fixture
def agents(tree):
    """A function that starts the simulator; what it printed in the end."""
    running = []

    def start(*options):
        one = subprocess.Popen(
            [tree.build / "bench" / "agentsim", "--port", str(PORT), *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        running.append(one)
        assert "listening" in one.stderr.readline()
        return one

    yield start
    for one in running:
        if one.poll() is None:
            one.terminate()
            out, err = one.communicate(timeout=30)
            assert one.returncode == 0 and not err, err
            json.loads(out)


def snmp(tool, agent, *arguments, wait=10):
    done = subprocess.run(
        [tool, "-On", "-r1", f"-t{wait}", *arguments[:-1], f"{agent}:{PORT}",
         arguments[-1]], capture_output=True, text=True, check=False,
        timeout=60, env=ENVIRONMENT)
    return done.stdout.splitlines(), done.stderr


V2C = ("-v2c", "-c", "public")


def test_versions(agents):
    one = agents("--user", "full:sha1:password1:aes128:password2",
                 "--user", "new:sha256:password1:aes256:password2",
                 "--user", "old:md5:password1", "--user", "open")
    users = (
        ("-u", "full", "-l", "authPriv", "-a", "SHA", "-A", "password1",
         "-x", "AES", "-X", "password2"),
        ("-u", "new", "-l", "authPriv", "-a", "SHA-256", "-A", "password1",
         "-x", "AES-256", "-X", "password2"),
        ("-u", "old", "-l", "authNoPriv", "-a", "MD5", "-A", "password1"),
        ("-u", "open", "-l", "noAuthNoPriv"))
    reads = [snmp("snmpwalk", "127.0.1.2", "-v1", "-c", "public", INTERFACES),
             snmp("snmpbulkwalk", "127.0.1.2", *V2C, INTERFACES)]
    reads += [snmp("snmpbulkwalk", f"127.0.1.{i}", "-v3", *user, INTERFACES)
              for i, user in enumerate(users, 10)]
    for lines, errors in reads:
        assert not errors and len(lines) == ALL_INTERFACES
        assert lines[1] == ".1.3.6.1.2.1.2.2.1.1.1 = INTEGER: 1"
    for agent in ("127.0.1.2", "127.255.255.254"):
        assert snmp("snmpget", agent, *V2C, NAME)[0] == [
            f'.{NAME} = STRING: "agent-{agent.replace(".", "-")}"']
    one.terminate()
    counts = json.loads(one.communicate(timeout=30)[0])
    assert counts["varbinds"] >= 6 * ALL_INTERFACES + 2
    assert counts["malformed"] == counts["failed"] == 0
    assert counts["reports"] >= 4  # a discovery by each user


def test_security_is_checked(agents):
    agents("--user", "full:sha1:password1:aes128:password2")

    def said(*options):
        return snmp("snmpget", "127.0.1.2", "-v3", *options, NAME)[1]

    private = ("-l", "authPriv", "-a", "SHA", "-x", "AES", "-X", "password2")
    assert "Authentication failure" in said(
        "-u", "full", *private, "-A", "password0")
    assert "Unknown user name" in said(
        "-u", "nobody", *private, "-A", "password1")
    assert "Unsupported security level" in said(
        "-u", "full", "-l", "authNoPriv", "-a", "SHA", "-A", "password1")
    assert "Timeout" in snmp("snmpget", "127.0.1.2", "-v2c", "-c", "other",
                             NAME, wait=1)[1]


def test_faults(agents):
    agents("--dead", "127.0.9.1", "--too-big", "127.0.9.2:20",
           "--loop", "127.0.9.3", "--v1-only", "127.0.9.4",
           "--truncated", "127.0.9.5", "--garbage", "127.0.9.6",
           "--slow", "127.0.9.7:5s", "--duplicate", "127.0.9.8",
           "--wrong-source", "127.0.9.9")

    def get(agent, *version, **how):
        return snmp("snmpget", agent, *(version or V2C), NAME, **how)

    for silent in (1, 4, 5, 6, 7):
        assert "Timeout" in get(f"127.0.9.{silent}", wait=1)[1]
    assert get("127.0.9.4", "-v1", "-c", "public")[0]
    for well in (2, 3, 8):
        assert get(f"127.0.9.{well}")[0]
    lines, errors = snmp("snmpbulkwalk", "127.0.9.2", *V2C, "-Cr30",
                         INTERFACES)
    assert "tooBig" in "".join(lines) + errors
    assert "not increasing" in snmp("snmpbulkwalk", "127.0.9.3", *V2C,
                                    INTERFACES)[1]
