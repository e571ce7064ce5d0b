"""Database servers of a test's own, by tests/server."""

import os
import pathlib
import signal
import socket
import subprocess

import pytest

from farm import eventually

SOCKETS = {"postgres": ".s.PGSQL.5432", "mariadb": "socket"}


class Server:
    """One server with its data below a folder; its socket is there, too. With
    `size` it has a disk of that size for small_database()."""

    def __init__(self, tree, kind, folder, size=None):
        self.kind = kind
        self.folder = folder
        folder.mkdir()
        self.process = subprocess.Popen(
            ["/bin/sh", str(tree.source / "tests" / "server"), kind,
             str(folder), *([size] if size else [])],
            stderr=subprocess.DEVNULL)
        eventually(self._is_up, f"a server {kind}", timeout=120)

    def _is_up(self):
        code = self.process.poll()
        if code == 77:
            pytest.skip(f"{self.kind} is not installed")
        assert code is None, f"{self.kind} ended with status {code}"
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(str(self.folder / SOCKETS[self.kind]))
        except OSError:
            return False
        return self.run("", "SELECT 1").returncode == 0

    def run(self, database, sql):
        if self.kind == "postgres":
            command = ["psql", "-h", str(self.folder), "-U", "farm", "-tAc",
                       sql, database or "postgres"]
        else:
            command = ["mariadb", "--no-defaults", "-u", "farm", "-S",
                       str(self.folder / "socket"), "-BNe", sql, database]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=60,
            env={**os.environ, "PGPASSWORD": "s3cret",
                 "MYSQL_PWD": "s3cret"})

    def answer(self, database, sql):
        """What it prints; a failure fails the test."""
        done = self.run(database, sql)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def url(self, name):
        if self.kind == "postgres":
            return f"postgresql://farm:s3cret@/{name}?host={self.folder}"
        return f"mariadb://farm:s3cret@/{name}?socket={self.folder}/socket"

    def database(self, name):
        """An empty one; returns its URL."""
        self.answer("", f"CREATE DATABASE {name}")
        return self.url(name)

    def small_database(self):
        """An empty one, `small`, on the small disk; returns its URL."""
        if self.kind == "postgres":
            self.answer("", "CREATE TABLESPACE little "
                        f"LOCATION '{self.folder}/small'")
            self.answer("", "CREATE DATABASE small TABLESPACE little")
        return self.url("small")

    def small_disk(self):
        """Where that disk is, seen from here."""
        below = "small" if self.kind == "postgres" else "data/small"
        return pathlib.Path(
            f"/proc/{self.process.pid}/root{self.folder}/{below}")

    def end(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Files:
    """SQLite needs no server."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()

    def database(self, name):
        return f"sqlite:{self.folder}/{name}.db"

    def end(self):
        pass


def start(tree, kind, folder):
    return Files(folder) if kind == "sqlite" else Server(tree, kind, folder)
