"""An authority for certificates, as an operator makes it by openssl."""

import subprocess

from farm import WAIT


class Authority:
    """Certificates as an operator makes them, with the openssl command."""

    def __init__(self, folder, name):
        self.folder = folder
        folder.mkdir()
        self.cert = folder / "ca.pem"
        self._run("req", "-x509", "-newkey", "ec", "-pkeyopt",
                  "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key",
                  "-out", "ca.pem", "-days", "2", "-subj", f"/CN={name}")

    def _run(self, *arguments):
        done = subprocess.run(["openssl", *arguments], cwd=self.folder,
                              capture_output=True, text=True, check=False,
                              timeout=WAIT)
        assert done.returncode == 0, done.stderr

    def issue(self, name, *, server=False, serial=1):
        """Certificate and key of one; the same files each time."""
        cert, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        extra = "extendedKeyUsage=clientAuth"
        if server:
            extra = ("extendedKeyUsage=serverAuth\n"
                     "subjectAltName=IP:127.0.0.1,DNS:localhost")
        (self.folder / "extra").write_text(extra + "\n")
        self._run("req", "-newkey", "ec", "-pkeyopt",
                  "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key),
                  "-out", "request", "-subj", f"/O=Example/CN={name}")
        self._run("x509", "-req", "-in", "request", "-CA", "ca.pem", "-CAkey",
                  "ca.key", "-set_serial", str(serial), "-days", "1",
                  "-extfile", "extra", "-out", str(cert))
        return str(cert), str(key)
