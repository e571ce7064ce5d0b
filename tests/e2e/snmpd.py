"""An agent to ask: Debian's snmpd, as far as it can be had."""

import os
import shutil
import socket
import subprocess

import pytest

from farm import eventually

SNMPD = shutil.which("snmpd", path=os.environ["PATH"] + ":/usr/sbin")
# No MIB files, none of the machine's configuration, nothing kept.
PLAIN = {**os.environ, "MIBS": "", "MIBDIRS": "/nonexistent",
         "SNMPCONFPATH": "/nonexistent"}


class Snmpd:
    """An agent of v2c with the community `public', on a port of its own."""

    def __init__(self, folder, lines=()):
        if SNMPD is None or shutil.which("snmpbulkwalk") is None:
            pytest.skip("snmpd or snmp is not installed")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.config = folder / "snmpd.conf"
        self.config.write_text("\n".join([
            f"agentaddress udp:{self.address}", "rocommunity public", *lines,
            ""]))
        self.folder = folder
        self.process = None
        self.log = (folder / "snmpd.log").open("w")
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [SNMPD, "-f", "-Lo", "-C", "-c", self.config, "-I", "-smux",
             "-p", self.folder / "snmpd.pid"],
            env={**PLAIN, "SNMP_PERSISTENT_DIR": str(self.folder / "kept")},
            stdout=self.log, stderr=subprocess.STDOUT)
        eventually(lambda: self.walk("1.3.6.1.2.1.1.3"), "an answer of snmpd")

    def walk(self, oid):
        """What stands below: pairs of OID and TYPE: VALUE, as snmpwalk says."""
        done = subprocess.run(
            ["snmpbulkwalk", "-v2c", "-cpublic", "-On", "-Oe", "-t2",
             self.address, f".{oid}"],
            env=PLAIN, capture_output=True, text=True, check=False,
            errors="replace", timeout=60)
        if done.returncode != 0:
            return []
        return [(name[1:], value) for name, _, value in
                (line.partition(" = ") for line in done.stdout.split("\n")
                 if line.startswith(".1"))]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)

    def close(self):
        self.stop()
        self.log.close()
