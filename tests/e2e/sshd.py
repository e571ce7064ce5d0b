"""A real sshd on loopback, for one user who has a shell."""

import subprocess

from farm import eventually

PORT = 2222
USER = "nobody"

CONF = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/key.pub
PidFile none
LogLevel VERBOSE
StrictModes no
UsePAM no
"""


class Sshd:
    def __init__(self, folder):
        self.folder = folder
        for name in ("host", "key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "",
                            "-f", str(folder / name)], check=True)
        (folder / "conf").write_text(CONF.format(port=PORT, folder=folder))
        (folder / "passwd").write_text("".join(
            line.rsplit(":", 1)[0] + ":/bin/sh\n"
            if line.startswith(USER + ":") else line
            for line in open("/etc/passwd")))
        (folder / "options").write_text(
            f"IdentityFile {folder}/key\n"
            f"UserKnownHostsFile {folder}/known\n"
            "StrictHostKeyChecking accept-new\n")
        self.log = folder / "log"
        self.process = None

    via = f"ssh://{USER}@127.0.0.1:{PORT}"

    def options(self):
        return ["-F", str(self.folder / "options")]

    def start(self):
        """As that user, for a root of a namespace may not become others."""
        self.process = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c",
             f"mount --bind {self.folder}/passwd /etc/passwd && exec "
             "unshare --user --map-user=65534 --map-group=65534 "
             f"/usr/sbin/sshd -D -e -f {self.folder}/conf"],
            stderr=open(self.log, "wb"), stdin=subprocess.DEVNULL)
        eventually(lambda: "listening on" in self.said(), "sshd listens")

    def said(self):
        return self.log.read_text()

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
