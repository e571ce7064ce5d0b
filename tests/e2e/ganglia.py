"""Debian's Ganglia: gmond, gmetric, gmetad, as far as they can be had."""

import os
import shutil
import socket
import struct
import subprocess
import threading
import time
import xml.etree.ElementTree as xml

import pytest

from farm import WAIT, eventually

PATH = os.environ["PATH"] + ":/usr/sbin"
TOOLS = {name: shutil.which(name, path=PATH)
         for name in ("gmond", "gmetric", "gmetad", "gstat")}

GMOND = """
globals {{ daemonize = no setuid = no debug_level = 0 mute = {mute}
  deaf = {deaf} host_dmax = 0 cleanup_threshold = 300 gexec = no
  send_metadata_interval = {metadata} {globals} }}
cluster {{ name = "{cluster}" }}
{channels}
modules {{ module {{ name = "core_metrics" }} {modules} }}
collection_group {{ collect_once = yes time_threshold = 20
  metric {{ name = "heartbeat" }} }}
{groups}
"""

# What Debian's modules measure, in the least that shows it.
MODULES = "/usr/lib/{}-linux-gnu/ganglia".format(os.uname().machine)
LOAD = {"modules": f'module {{ name = "load_module" path = "{MODULES}/modload.so" }}',
        "groups": """collection_group { collect_every = 1 time_threshold = 1
  metric { name = "load_one" } metric { name = "load_five" } }"""}

# What module says is to say, by name: type, value, unit, kind; and what
# Ganglia has of it: VAL, TYPE, UNITS, SLOPE.
NUMBERS = {
    "an_int": (("int64", "-2147483648", "s", "gauge"),
               ("-2147483648", "int32", "s", "both")),
    "a_long": (("int64", "-9223372036854775808", "", "gauge"),
               ("-9223372036854775808", "double", "", "both")),
    "a_counter": (("uint64", "18446744073709551615", "By", "counter64"),
                  ("18446744073709551615", "double", "By", "positive")),
}


def lines_of(metrics):
    """Of such, for say()."""
    return [(kind, name, value, unit, what)
            for name, ((kind, value, unit, what), _) in metrics.items()]


def send_channel(port, to="127.0.0.1"):
    return f"udp_send_channel {{ host = {to} port = {port} }}\n"


def group_send_channel(port, group, interface="lo"):
    return (f"udp_send_channel {{ mcast_join = {group} "
            f"mcast_if = {interface} port = {port} ttl = 1 }}\n")


def group_receive_channel(port, group):
    family = "inet6" if ":" in group else "inet4"
    return (f"udp_recv_channel {{ mcast_join = {group} mcast_if = lo "
            f"bind = {group} port = {port} family = {family} }}\n")


def receive_channel(port):
    return f"udp_recv_channel {{ port = {port} bind = 127.0.0.1 }}\n"


def accept_channel(port):
    return f"tcp_accept_channel {{ port = {port} bind = 127.0.0.1 }}\n"


def need(*names):
    for name in names:
        if TOOLS[name] is None:
            pytest.skip(f"{name} is not installed")


def dump(port, line=None):
    """What is served there; None if nothing listens."""
    try:
        with socket.create_connection(("127.0.0.1", port), 60) as s:
            if line is not None:
                s.sendall(line.encode() + b"\n")
            pieces = []
            while piece := s.recv(65536):
                pieces.append(piece)
            return b"".join(pieces)
    except ConnectionError:
        return None


class Running:
    """A program of Ganglia's, until close()."""

    def __init__(self, folder, name, command):
        self.log = (folder / f"{name}.log").open("w")
        self.command = command
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [str(c) for c in self.command], stdout=self.log,
            stderr=subprocess.STDOUT)

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=30)

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
        self.log.close()


class Gmond(Running):
    def __init__(self, folder, name="gmond", port=None, channels="",
                 cluster="Loop", mute="no", deaf="no", metadata=1,
                 settings="", modules="", groups=""):
        need("gmond", "gmetric")
        self.port = port
        self.config = folder / f"{name}.conf"
        if port is not None:
            channels += accept_channel(port)
        self.config.write_text(GMOND.format(
            cluster=cluster, channels=channels, mute=mute, deaf=deaf,
            metadata=metadata, globals=settings, modules=modules,
            groups=groups))
        super().__init__(folder, name,
                         [TOOLS["gmond"], "-f", "-c", self.config])

    def start(self):
        super().start()
        if self.port is not None:
            eventually(lambda: b"</GANGLIA_XML>" in (dump(self.port) or b""),
                       "a dump of gmond")
        return self

    def metric(self, name, value, type_, *more, check=True):
        """By gmetric, over the channels of this gmond's configuration."""
        done = subprocess.run(
            [TOOLS["gmetric"], "-c", self.config, "-n", name, "-v", value,
             "-t", type_, *more], capture_output=True, check=False, timeout=60)
        assert not check or done.returncode == 0, done
        return done


class Gmetad(Running):
    awaited = b"<HOST "

    def __init__(self, folder, sources, xml=8651, query=8652):
        need("gmetad")
        config = folder / "gmetad.conf"
        rrds = folder / "rrds"
        rrds.mkdir()
        config.write_text("".join(
            f'data_source "{name}" 1 127.0.0.1:{port}\n'
            for name, port in sources.items()) + f"""
gridname "TestGrid"
trusted_hosts 127.0.0.1
setuid off
xml_port {xml}
interactive_port {query}
case_sensitive_hostnames 1
rrd_rootdir "{rrds}"
write_rrds off
""")
        self.xml, self.query = xml, query
        super().__init__(folder, "gmetad",
                         [TOOLS["gmetad"], "-d", "1", "-c", config])

    def start(self):
        super().start()
        eventually(lambda: self.awaited in (dump(self.xml) or b""),
                   f"{self.awaited} in the dump of gmetad")
        return self


def host_metrics(port, node, line=None,
                 what=("VAL", "TYPE", "UNITS", "SLOPE")):
    """What is told of a host there, read by a strict parser."""
    root = xml.fromstring(dump(port, line) or b"<NONE/>")
    return {m.get("NAME"): tuple(m.get(k) for k in what)
            for h in root.iter("HOST") if h.get("NAME") == node
            for m in h.iter("METRIC")}


def hosts_up_and_down(port, path="/"):
    """By gmetad's summary of the whole, or of a part."""
    root = xml.fromstring(dump(port, f"{path}?filter=summary") or b"<NONE/>")
    hosts = root.find(".//HOSTS")
    return hosts is not None and (int(hosts.get("UP")), int(hosts.get("DOWN")))


def sums(port, path):
    """Of a cluster, by name: sum and how many."""
    root = xml.fromstring(dump(port, f"{path}?filter=summary") or b"<NONE/>")
    return {m.get("NAME"): (float(m.get("SUM")), int(m.get("NUM")))
            for m in root.iter("METRICS")}


def xdr(text):
    bytes_ = text.encode()
    return struct.pack(">I", len(bytes_)) + bytes_ + bytes(-len(bytes_) % 4)


def uint_message(host, name, number):
    return (struct.pack(">I", 132) + xdr(host) + xdr(name) +
            struct.pack(">I", 0) + xdr("%u") + struct.pack(">I", number))


class Flood(threading.Thread):
    """Another source, which sends what it can for a while: good messages,
    those of hosts and metrics without end, and garbage."""

    def __init__(self, seconds, port):
        super().__init__(daemon=True)
        self.seconds = seconds
        self.port = port
        self.sent = 0
        self.end = 0.0
        self.over = threading.Event()

    def start(self):
        self.end = time.monotonic() + self.seconds
        super().start()

    def lasts(self, *enough):
        """Whether it goes on: for its time, and on a slow machine until it
        was many and all of that has been seen."""
        if self.is_alive() and (time.monotonic() < self.end or
                                self.sent <= 10000 or not all(enough)):
            return True
        self.over.set()
        self.join()
        return False

    def run(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.2", 0))
            s.connect(("127.0.0.1", self.port))
            while not self.over.is_set() and \
                    time.monotonic() < self.end + WAIT:
                for message in (uint_message("flood", "a", self.sent),
                                uint_message(f"h{self.sent}", "a", 1),
                                uint_message("flood", f"m{self.sent}", 1),
                                b"\0\0\0\x85\xff\xff\xff\xff"):
                    s.send(message)
                    self.sent += 1
