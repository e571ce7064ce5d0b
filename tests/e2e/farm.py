"""Driving one farmd: configuration in, API and farmctl out.

Nothing here sleeps and hopes: every wait is for an event or a condition, and
ends with a failure that says what was there instead.
"""

import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time
import urllib.parse

import yaml

TEST_MODULES = ("acts", "acts_many", "adapts", "counts", "says")
WAIT = 60.0  # s; for conditions, generous: sanitizers and busy machines
SANITIZER = ("ERROR: AddressSanitizer", "runtime error:", "LeakSanitizer",
             "WARNING: ThreadSanitizer")


class Tree:
    """The build under test."""

    def __init__(self, build):
        self.build = build
        self.source = pathlib.Path(__file__).resolve().parents[2]
        self.farmd = build / "farmd"
        self.farmctl = build / "farmctl"
        self.test_modules = build / "tests" / "modules"

    def run(self, *command, **how):
        """Run to the end; returns what it printed and its exit code."""
        how.setdefault("timeout", 180)
        return subprocess.run([str(c) for c in command], capture_output=True,
                              text=True, check=False, **how)

    def module(self, name):
        """Build tests/modules/NAME.c; returns the folder to look in."""
        done = self.run("make", "-s", "-C", self.build,
                        f"tests/modules/{name}.so", timeout=300)
        assert done.returncode == 0, done.stderr
        return str(self.test_modules)

    def check(self, config):
        return self.run(self.farmd, "--check", "--config", config)


def eventually(condition, what="the condition", timeout=WAIT):
    """Wait until condition() is true, and return what it returned."""
    end = time.monotonic() + timeout
    while True:
        seen = condition()
        if seen:
            return seen
        assert time.monotonic() < end, f"{what} did not come true in {timeout} s"
        time.sleep(0.02)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


def in_process(clusters):
    """The modules of the tests come from outside, so they would run in
    workers; most tests are about what runs in the daemon."""
    def inside(item):
        name, options = (item, {}) if isinstance(item, str) else \
            next(iter(item.items()))
        if name not in TEST_MODULES:
            return item
        return {name: {"isolate": "none", **(options or {})}}

    return {name: {**cluster, "collect": [inside(item) for item in
                                          cluster.get("collect", [])]}
            for name, cluster in clusters.items()}


class Farm:
    """One daemon with a folder of its own."""

    def __init__(self, tree, folder, config):
        self.tree = tree
        self.folder = folder
        folder.mkdir(parents=True)
        self.state = folder / "state"
        self.socket = folder / "farmd.sock"
        self.file = folder / "farm.yaml"
        self.lines = []
        self.over = False
        self.process = None
        self._changed = threading.Condition()
        self.write(config)

    def write(self, config):
        """The configuration: a mapping, or YAML text taken as it is."""
        if isinstance(config, str):
            self.file.write_text(config)
            return
        whole = {"farm": "test", "state": str(self.state),
                 "socket": str(self.socket), "http": "",
                 "self": {"every": "0s"}}
        whole.update(config)
        if "clusters" in whole:
            whole["clusters"] = in_process(whole["clusters"])
        self.file.write_text(yaml.safe_dump(whole, sort_keys=False))

    def start(self, wait=True, arguments=(), environment=None, under=()):
        """`under' is a command that runs farmd as another would."""
        self.lines.clear()
        self.over = False  # all has been read that it had to say
        self.process = subprocess.Popen(
            [*under, str(self.tree.farmd), "--config", str(self.file), *arguments],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
            cwd=self.folder, env={**os.environ, **(environment or {})})
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if wait:
            self.wait_line("is up")
        return self

    def _read(self):
        for line in self.process.stderr:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self.over = True
            self._changed.notify_all()

    def log(self):
        return "\n".join(self.lines)

    def wait_line(self, text, timeout=WAIT):
        """Wait for a line of the log that holds the text; returns it."""
        def found():
            return [l for l in self.lines if text in l]

        with self._changed:
            self._changed.wait_for(
                lambda: found() or self.over, timeout)
            hits = found()
        assert hits, f'no line with "{text}" in:\n{self.log()}'
        return hits[0]

    def wait_line_after(self, n, text, timeout=WAIT):
        """The same among the lines after the first n of the log."""
        def found():
            return [l for l in self.lines[n:] if text in l]

        with self._changed:
            self._changed.wait_for(
                lambda: found() or self.over, timeout)
            hits = found()
        assert hits, f'no line with "{text}" in:\n{self.log()}'
        return hits[0]

    # -- asking -----------------------------------------------------------

    def request(self, method, path, body=None, **query):
        """Status and JSON of one request over the Unix socket."""
        connection = _UnixConnection(str(self.socket))
        if query:
            path += "?" + urllib.parse.urlencode(query)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def get(self, path, **query):
        status, answer = self.request("GET", path, **query)
        assert status == 200, (status, answer)
        return answer

    def ctl(self, *arguments, **how):
        environment = {**os.environ, "FARM_SOCKET": str(self.socket),
                       **how.pop("env", {})}
        return self.tree.run(self.tree.farmctl, *arguments, env=environment,
                             **how)

    def latest(self, predicate="*"):
        """{(cluster, node, parameter): value}"""
        return {(v["cluster"], v["node"], v["parameter"]): v["value"]
                for v in self.get("/v1/latest", predicate=predicate,
                                  limit=1000000)["values"]}

    def instance(self, name):
        return self.get("/v1/instances/" + urllib.parse.quote(name, safe=""))

    def wait_values(self, predicate, n=1, timeout=WAIT):
        """Wait until at least n last values match; returns them."""
        def enough():
            values = self.latest(predicate)
            return values if len(values) >= n else None

        return eventually(enough, f"{n} values of {predicate}", timeout)

    def wait_run(self, instance):
        """Until a run is over: all of it, not only its first values."""
        eventually(lambda: self.instance(instance)["ledger"]["runs"] > 0,
                   f"a run of {instance}")

    # -- ending -----------------------------------------------------------

    def stop(self, timeout=WAIT):
        """A clean end; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout)
        self._reader.join(timeout)
        return code

    def kill(self):
        self.process.kill()
        self.process.wait(WAIT)
        self._reader.join(WAIT)

    def finish(self):
        if self.process is None:
            return
        killed = self.process.poll() == -signal.SIGKILL
        try:
            self.stop()
        finally:
            if self.process.poll() is None:
                self.kill()
        for word in SANITIZER:
            assert word not in self.log(), self.log()
        assert killed or self.process.returncode in (0, 2), self.log()


def agree(farm, want, what):
    """Wait until all last values in `want' are those."""
    have = {}

    def check():
        have.update(farm.latest())
        return all(have.get(name) == value for name, value in want.items())

    try:
        eventually(check, what)
    except AssertionError:
        # What differs, and not only that something does.
        assert {name: have.get(name) for name in want} == want
        raise
