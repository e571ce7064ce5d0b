"""Those who receive what is sent: carbon, InfluxDB, VictoriaMetrics and collectd,
and rsyslog, which passes it on, as Debian has them."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import urllib.parse
import urllib.request

import pytest

from farm import eventually

PATH = os.environ["PATH"] + ":/usr/sbin"
GRAPHITE, INFLUX, HTTP, COLLECTD = 2003, 8089, 8428, 25826

CARBON = """\
[cache]
STORAGE_DIR = {folder}
LOCAL_DATA_DIR = {folder}/whisper
CONF_DIR = {folder}
PID_DIR = {folder}
LOG_DIR = {folder}
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = {port}
ENABLE_UDP_LISTENER = True
UDP_RECEIVER_INTERFACE = 127.0.0.1
UDP_RECEIVER_PORT = {port}
PICKLE_RECEIVER_PORT = 0
CACHE_QUERY_PORT = 0
MAX_CREATES_PER_MINUTE = inf
MAX_UPDATES_PER_SECOND = 100000
MAX_CACHE_SIZE = inf
LOG_UPDATES = False
ENABLE_TAGS = False
"""
SCHEMAS = "[all]\npattern = .*\nretentions = 1s:2h\n"

INFLUXD = """\
reporting-disabled = true
[meta]
 dir = "{folder}/meta"
[data]
 dir = "{folder}/data"
 wal-dir = "{folder}/wal"
[http]
 bind-address = "127.0.0.1:{http}"
[[udp]]
 enabled = true
 bind-address = "127.0.0.1:{port}"
 database = "udp"
 batch-timeout = "100ms"
"""


COLLECTD_CONF = """\
Hostname "other"
FQDNLookup false
BaseDir "{folder}"
Interval 1
LoadPlugin csv
LoadPlugin load
LoadPlugin network
<Plugin csv>
  DataDir "{folder}/csv"
</Plugin>
<Plugin network>
{network}
</Plugin>
"""

RSYSLOG = """\
global(workDirectory="{folder}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{folder}/socket")
action(type="omfwd" target="127.0.0.1" {forward}
       action.resumeRetryCount="-1" action.resumeInterval="1")
"""


class Receiver:
    """A server in the foreground."""

    program = "false"

    def __init__(self, folder):
        if shutil.which(self.program, path=PATH) is None:
            pytest.skip(f"{self.program} is not installed")
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.log = (self.folder / "log").open("a")
        self.process = None

    def command(self):
        raise NotImplementedError

    def port(self):
        """One that it has once it is there."""
        raise NotImplementedError

    def start(self):
        self.process = subprocess.Popen(
            self.command(), stdout=self.log, stderr=self.log)
        eventually(lambda: listens(self.port()), f"{self.program} listens",
                   120)
        return self

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=60)

    def close(self):
        self.stop()
        self.log.close()


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def answer(port, path, **query):
    url = f"http://127.0.0.1:{port}{path}?" + urllib.parse.urlencode(query)
    with urllib.request.urlopen(url, timeout=60) as reply:
        return reply.read().decode()


class Carbon(Receiver):
    program = "carbon-cache"

    def __init__(self, folder):
        super().__init__(folder)
        (self.folder / "carbon.conf").write_text(
            CARBON.format(folder=self.folder, port=GRAPHITE))
        (self.folder / "storage-schemas.conf").write_text(SCHEMAS)

    def command(self):
        return ["/usr/bin/python3", shutil.which(self.program), "--nodaemon",
                f"--config={self.folder}/carbon.conf",
                f"--logdir={self.folder}", "start"]

    def port(self):
        return GRAPHITE

    def values(self, path, since):
        """{second: value} of a series that it has stored."""
        whisper = pytest.importorskip("whisper")
        file = self.folder / "whisper" / (path.replace(".", "/") + ".wsp")
        try:
            (begin, _, step), values = whisper.fetch(str(file), since - 1)
        except (OSError, whisper.WhisperException):  # there is none yet
            return {}
        return {begin + i * step: v for i, v in enumerate(values)
                if v is not None}


class Influxd(Receiver):
    program = "influxd"

    def __init__(self, folder):
        super().__init__(folder)
        (self.folder / "influx.conf").write_text(INFLUXD.format(
            folder=self.folder, port=INFLUX, http=HTTP))

    def command(self):
        return [self.program, "-config", str(self.folder / "influx.conf")]

    def port(self):
        return HTTP

    def rows(self, measurement):
        """Its points, each a mapping of columns."""
        got = json.loads(answer(HTTP, "/query", db="udp", epoch="ns",
                                q=f'select * from "{measurement}"'))
        return [dict(zip(s["columns"], v))
                for s in got["results"][0].get("series", [])
                for v in s["values"]]


class Victoria(Receiver):
    program = "victoria-metrics"

    def command(self):
        return [self.program, f"-storageDataPath={self.folder}/data",
                f"-graphiteListenAddr=127.0.0.1:{GRAPHITE}",
                f"-influxListenAddr=127.0.0.1:{INFLUX}",
                f"-httpListenAddr=127.0.0.1:{HTTP}", "-loggerLevel=WARN"]

    def port(self):
        return HTTP

    def values(self):
        """{(name, labels): [values]}"""
        lines = answer(HTTP, "/api/v1/export",
                       **{"match[]": '{__name__!=""}'}).splitlines()
        out = {}
        for line in map(json.loads, lines):
            labels = dict(line["metric"])
            name = labels.pop("__name__")
            out[name, tuple(sorted(labels.items()))] = line["values"]
        return out


class Collectd(Receiver):
    """With its network plugin, as a server or as a client, and files of what
    it was given and read."""

    program = "collectd"

    def __init__(self, folder, network):
        super().__init__(folder)
        (self.folder / "conf").write_text(COLLECTD_CONF.format(
            folder=self.folder, network=network))

    def start(self):
        """What is sent before it listens is sent again by the tests."""
        self.process = subprocess.Popen(
            self.command(), stdout=self.log, stderr=self.log)
        return self

    def command(self):
        return [shutil.which(self.program, path=PATH), "-f", "-C",
                str(self.folder / "conf")]

    def rows(self, identifier):
        """The values it was given of HOST/PLUGIN/TYPE, as texts."""
        return [line.split(",")[1:] for file in sorted(
            (self.folder / "csv").glob(identifier + "-[0-9]*"))
                for line in file.read_text().splitlines()[1:]]


class Rsyslog(Receiver):
    """What programs of its machine say goes on as `forward' has it."""

    program = "rsyslogd"

    def __init__(self, folder, forward):
        super().__init__(folder)
        self.socket = self.folder / "socket"
        (self.folder / "conf").write_text(RSYSLOG.format(
            folder=self.folder, forward=forward))

    def start(self):
        self.process = subprocess.Popen(
            self.command(), stdout=self.log, stderr=self.log)
        eventually(self.socket.exists, "rsyslogd listens")
        return self

    def command(self):
        return [shutil.which(self.program, path=PATH), "-n", "-i", "NONE",
                "-f", str(self.folder / "conf")]

    def log_of(self, program, message):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.sendto(f"<14>Mar 30 11:23:20 {program}: {message}".encode(),
                     str(self.socket))
