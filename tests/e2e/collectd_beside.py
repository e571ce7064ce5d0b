"""collectd's daemon and ours, side by side with the same configuration: what
each gives, and where that differs."""

import csv
import math
import os
import pathlib
import re
import signal
import string
import subprocess

import collectd_feeds as feeds
from collectd_services import free_port

HOST = "labhost"
HEAD = f"""
Hostname "{HOST}"
Interval 1
"""
ROUNDS = 3
# collectd itself does not find Java's library.
JVM = ":".join(map(str, pathlib.Path("/usr/lib/jvm").glob("*/lib/server")))
SYSTEM_TOPS = ("class", "devices/system/cpu")
# A tree of its own below /sys; what was there otherwise is seen no more.
SYSTEM = """
for f in "$@"; do
    [ "$f" = -- ] && break
    mount -t tmpfs none "/sys/$f"
    cp -r "$tree/$f/." "/sys/$f"
    shift
done
shift
exec "$@"
"""


def under(rows, folder):
    """The command that a daemon runs under, for rows that need one."""
    files = {name: text for row in rows for name, text in row.system.items()}
    command = []
    if files:
        for name, text in files.items():
            path = folder / "sys" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        tops = [top for top in SYSTEM_TOPS
                if any(name.startswith(top) for name in files)]
        command = ["unshare", "-m", "env", f"tree={folder / 'sys'}", "sh",
                   "-c", SYSTEM, "sh", *tops, "--"]
    if any(row.user for row in rows):
        command += ["unshare", "--map-user=65534", "--map-group=65534", "--"]
    return command


class Side:
    """One of the two: its folder, its port, what it was seen to give."""

    def __init__(self, rows, folder, services):
        self.rows = rows
        self.folder = folder
        self.services = services
        self.port = free_port()
        self.seen = {}  # (node, parameter): (least, most)
        self.rounds = 0  # of the one that was read most often
        folder.mkdir()
        for row in rows:
            for name, text in row.files.items():
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
                path.chmod(0o755)
        folder.chmod(0o777)

    def conf(self, more=""):
        """Of all the rows; returns its path."""
        names = {**self.services, "folder": self.folder, "port": self.port}
        text = "".join(row.text() for row in self.rows)
        path = self.folder / "collectd.conf"
        path.write_text(more + HEAD + _fill(text, names))
        return path

    def feed(self):
        for row in self.rows:
            if row.feed:
                getattr(feeds, row.feed)(self.folder, self.port,
                                         self.services)

    def saw(self, name, value):
        if math.isnan(value):
            return
        least, most = self.seen.get(name, (value, value))
        self.seen[name] = (min(least, value), max(most, value))


def _fill(text, names):
    return string.Template(text).safe_substitute(
        {name: str(value) for name, value in names.items()})


class Real(Side):
    """collectd's own daemon; its plugin csv tells what it has."""

    def start(self):
        self.data = self.folder / "csv"
        conf = self.conf(
            f'BaseDir "{self.folder}"\nLoadPlugin csv\n'
            f'<Plugin csv>\nDataDir "{self.data}"\n</Plugin>\n')
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [*under(self.rows, self.folder), "/usr/sbin/collectd", "-f",
                 "-C", conf, "-P", self.folder / "pid"], stdout=log,
                stderr=log, env={**os.environ, "LD_LIBRARY_PATH": JVM})

    def look(self):
        for path in self.data.rglob("*-20??-??-??"):
            host, plugin, name = path.relative_to(self.data).parts
            node = "me" if host == HOST else host
            parameter = f"{plugin}/{name[:-len('-2026-01-01')]}"
            with open(path, encoding="utf-8") as f:
                lines = [row[1:] for row in csv.reader(f) if row]
            for line in lines[1:]:
                self._take(node, parameter, lines[0], line)
            self.rounds = max(self.rounds, len(lines) - 1)

    def _take(self, node, parameter, sources, values):
        if len(values) < len(sources):
            return  # is just being written
        for source, value in zip(sources, values):
            name = parameter if len(sources) == 1 else f"{parameter}/{source}"
            try:
                self.saw((node, name), float(value))
            except ValueError:
                pass  # the same

    def said(self):
        return (self.folder / "log").read_text(errors="replace")[-3000:]

    def stop(self):
        """Some plugins never come back from their shutdown."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(15)


class Ours(Side):
    """An instance of farmd's."""

    def start(self, farm):
        self.times = {}
        conf = self.conf(f'BaseDir "{self.folder}"\n')
        may = [c for row in self.rows for c in row.capabilities]
        self.farm = farm(
            {"clusters": {"c": {"nodes": ["me"], "collect": [{"collectd": {
                "name": "it", "include": [str(conf)], "names": "full",
                "every": "1s", "shutdown_limit": "1s",
                "limits": {"capabilities": may}}}]}}},
            under=under(self.rows, self.folder))

    def look(self):
        values = self.farm.get("/v1/latest", predicate="*/c/*/*",
                               limit=1000000)["values"]
        for one in values:
            name = (one["node"], one["parameter"])
            self.saw(name, float(one["value"]))
            self.times.setdefault(name, set()).add(one["time"])
            self.rounds = max(self.rounds, len(self.times[name]))

    def said(self):
        return self.farm.log()[-3000:]


def is_of(row, name):
    plugin = row.gives or row.plugin
    return name[1].startswith((plugin + "-", plugin + "/"))


def room_for(rows, name):
    """(part, much) that its values may lie apart."""
    if len(rows) == 1:
        return rows[0].tolerance(name[1])
    for row in rows:
        if is_of(row, name):
            return row.tolerance(name[1])
    return 0.0, 0.0


def differences(rows, real, ours):
    """Texts; empty if both have given the same, something for each row, and
    more than once."""
    passing = "|".join(row.passing for row in rows if row.passing)
    out = [f"nothing of {row.plugin}" for row in rows
           if not row.scarce and
           not any(is_of(row, name) for name in real.seen)]
    for one, its, other in (("here", real, ours), ("in collectd", ours, real)):
        out += [f"{name}: not {one}" for name in
                its.seen.keys() - other.seen.keys()
                if not (passing and re.search(passing, name[1]))]
    for name in real.seen.keys() & ours.seen.keys():
        part, much = room_for(rows, name)
        (a, b), (c, d) = real.seen[name], ours.seen[name]
        room = max(part * max(map(abs, (a, b, c, d))), much,
                   1e-6)  # csv prints six digits
        if a > d + room or c > b + room:
            out.append(f"{name}: {a}..{b} in collectd, {c}..{d} here")
    if min(real.rounds, ours.rounds) < ROUNDS:
        out.append(f"{real.rounds} rounds in collectd, {ours.rounds} here")
    return out
