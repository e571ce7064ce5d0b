"""A Kerberos realm of a test's own: Debian's krb5kdc on loopback."""

import shutil
import socket
import subprocess

from farm import eventually

SBIN = "/usr/sbin:/usr/bin:/sbin:/bin"
REALM = "FARM.TEST"

CLIENT = """\
[libdefaults]
default_realm = {realm}
rdns = false
dns_canonicalize_hostname = false
dns_lookup_kdc = false
[realms]
{realm} = {{
  kdc = 127.0.0.1:{port}
}}
[domain_realm]
localhost = {realm}
"""
SERVER = """\
[kdcdefaults]
kdc_listen = 127.0.0.1:{port}
kdc_tcp_listen = 127.0.0.1:{port}
[realms]
{realm} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
}}
"""


class Kdc:
    def __init__(self, folder):
        folder.mkdir()
        self.folder = folder
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        names = {"realm": REALM, "port": self.port, "folder": folder}
        (folder / "krb5.conf").write_text(CLIENT.format(**names))
        (folder / "kdc.conf").write_text(SERVER.format(**names))
        self.environment = {"KRB5_CONFIG": str(folder / "krb5.conf"),
                            "KRB5_KDC_PROFILE": str(folder / "kdc.conf"),
                            "KRB5RCACHETYPE": "none", "PATH": SBIN}
        self.run("kdb5_util", "create", "-s", "-P", "master")
        self.process = subprocess.Popen(
            [shutil.which("krb5kdc", path=SBIN), "-n"], env=self.environment)
        eventually(self.listens, "the KDC")

    def run(self, program, *arguments):
        found = shutil.which(program, path=SBIN)
        assert found, f"{program} is not installed"
        done = subprocess.run(
            [found, "-r", REALM, *arguments], env=self.environment,
            capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr

    def listens(self):
        assert self.process.poll() is None, "krb5kdc has ended"
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def keytab(self, principal):
        """The file of a new principal's keys."""
        path = self.folder / (principal.replace("/", "_") + ".keytab")
        self.run("kadmin.local", "addprinc", "-randkey", principal)
        self.run("kadmin.local", "ktadd", "-k", str(path), principal)
        return str(path)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
