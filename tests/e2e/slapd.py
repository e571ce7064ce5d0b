"""Directories to write to: Debian's slapd, as far as it can be had."""

import base64
import os
import pathlib
import shutil
import socket
import subprocess

import pytest

from farm import eventually

PATH = os.environ["PATH"] + ":/usr/sbin"
SLAPD = shutil.which("slapd", path=PATH)
MODULES = pathlib.Path("/usr/lib/ldap")
SYSTEM = pathlib.Path("/etc/ldap/schema")
SUFFIX = "dc=test"
BASE = f"ou=farms,{SUFFIX}"
ADMIN = f"cn=admin,{SUFFIX}"
PASSWORD = "s3cret"

CONF = """\
include {system}/core.schema
include {system}/cosine.schema
{schemas}
modulepath {modules}
moduleload back_mdb
moduleload dds
moduleload syncprov
pidfile {folder}/slapd.pid
{above}
database mdb
suffix "{suffix}"
rootdn "{admin}"
rootpw {password}
directory {folder}/db
maxsize 67108864
dbnosync
{below}
overlay syncprov
"""
DDS = """\
overlay dds
dds-interval 1
dds-default-ttl 20
dds-tolerance 1
"""
TREE = f"""\
dn: {SUFFIX}
objectClass: dcObject
objectClass: organization
dc: test
o: test

dn: {BASE}
objectClass: organizationalUnit
ou: farms
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Slapd:
    """One server; `above' and `below' are lines of its configuration."""

    def __init__(self, tree, folder, schemas=("farm",), above="", below=DDS,
                 content=TREE, environment=None):
        if SLAPD is None or shutil.which("ldapsearch") is None:
            pytest.skip("slapd or ldap-utils is not installed")
        self.folder = folder
        (folder / "db").mkdir(parents=True)
        own = tree.source / "writers" / "ldap" / "schema"
        self.conf = folder / "slapd.conf"
        self.conf.write_text(CONF.format(
            system=SYSTEM, modules=MODULES, folder=folder, suffix=SUFFIX,
            admin=ADMIN, password=PASSWORD, above=above, below=below,
            schemas="\n".join(f"include {own}/{s}.schema" for s in schemas)))
        self.fill(content)
        self.port = free_port()
        self.url = f"ldap://127.0.0.1:{self.port}"
        self.log = (folder / "slapd.log").open("a")
        self.process = None
        self.environment = {**os.environ, **(environment or {})}
        self.start()

    def fill(self, content):
        subprocess.run([SLAPD, "-T", "add", "-f", self.conf], input=content,
                       text=True, check=True, timeout=60, capture_output=True)

    def start(self):
        socket_path = str(self.folder / "ldapi").replace("/", "%2F")
        self.process = subprocess.Popen(
            [SLAPD, "-f", self.conf, "-d", "stats",
             "-h", f"{self.url} ldapi://{socket_path}"],
            stdout=self.log, stderr=self.log, env=self.environment)
        eventually(lambda: self.run("ldapsearch", "-s", "base", "-b", SUFFIX)
                   .returncode == 0, "an answer of slapd")

    def run(self, program, *arguments, text=None):
        return subprocess.run(
            [program, "-x", "-D", ADMIN, "-w", PASSWORD, "-H", self.url,
             *arguments], input=text, capture_output=True, text=True,
            check=False, timeout=60)

    def search(self, what="(objectClass=*)", *attributes, base=BASE):
        """{dn: {attribute: [values]}} of what is below the base."""
        done = self.run("ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-b", base,
                        what, *attributes)
        entries, entry = {}, {}
        for line in done.stdout.split("\n"):
            name, _, value = line.partition(": ")
            if name.endswith(":"):
                name, value = name[:-1], base64.b64decode(value).decode()
            if name == "dn":
                entry = entries.setdefault(value, {})
            elif line:
                entry.setdefault(name, []).append(value)
        return entries

    def modify(self, ldif):
        done = self.run("ldapmodify", text=ldif)
        assert done.returncode == 0, done.stderr

    def delete(self, dn):
        done = self.run("ldapdelete", dn)
        assert done.returncode == 0, done.stderr

    def operations(self, word):
        """How often the log tells of one: ADD, MOD, DEL, EXT."""
        self.log.flush()
        return (self.folder / "slapd.log").read_text().count(f" {word} ")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=60)

    def close(self):
        self.stop()
        self.log.close()
