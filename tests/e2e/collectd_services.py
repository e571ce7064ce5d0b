"""What collectd's plugins ask: Debian's servers, each in a folder of its own,
on loopback or a socket there, stopped by its own pid; and fakes.

A service is a function that takes a Place and returns what configurations
call by its name.
"""

import atexit
import os
import pathlib
import shutil
import signal
import socket
import subprocess

import collectd_fakes as fakes
from farm import eventually
from snmpd import Snmpd

TREE = pathlib.Path(__file__).resolve().parents[2]
# Servers that refuse to be root.
ANYBODY = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--") \
    if os.getuid() == 0 else ()
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin:/lib/nut"


class Missing(Exception):
    """A program that is not installed."""


def program(name):
    """Where it is."""
    found = shutil.which(str(name), path=PATH)
    if found is None:
        raise Missing(f"{name} is not installed")
    return found


class Place:
    """A folder, and the processes that live there."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = []
        self.ends = []
        folder.mkdir(parents=True)

    def run(self, *command, env=None):
        """A command that prepares or clears up."""
        done = subprocess.run(
            [program(command[0]), *map(str, command[1:])], capture_output=True, text=True,
            check=False, timeout=120,
            env={**os.environ, "PATH": PATH, **(env or {})})
        assert done.returncode == 0, (command, done.stderr)

    def start(self, *command, ready, env=None):
        """A server in the foreground, until ready() says that it is up."""
        with open(self.folder / "log", "ab") as log:
            process = subprocess.Popen(
                [program(command[0]), *map(str, command[1:])], stdout=log,
                stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder,
                env={**os.environ, "PATH": PATH, **(env or {})})
        self.processes.append(process)

        def up():
            assert process.poll() is None, \
                (self.folder / "log").read_text(errors="replace")[-2000:]
            return ready()

        eventually(up, f"{command[0]} in {self.folder}", 60)
        return process

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def close(self):
        for end in reversed(self.ends):
            end()
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(15)


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers(port, ask=b""):
    """A condition: somebody listens there, and answers if asked."""
    def condition():
        try:
            with socket.create_connection(("127.0.0.1", port), 2) as s:
                s.sendall(ask)
                return not ask or len(s.recv(1)) == 1
        except OSError:
            return False
    return condition


# -- of the system ------------------------------------------------------------


def veth(place):
    place.run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1")
    place.ends.append(lambda: place.run("ip", "link", "del", "v0"))
    for end in ("v0", "v1"):
        place.run("ip", "link", "set", end, "up")
    return "v0"


def iptables(place):
    rule = ("INPUT", "-m", "comment", "--comment", "named", "-j", "ACCEPT")
    place.run("iptables-legacy", "-A", *rule)
    place.ends.append(lambda: place.run("iptables-legacy", "-D", *rule))
    return "named"


def cgroup(place):
    top = pathlib.Path("/sys/fs/cgroup/cpuacct")
    if not top.exists():
        raise Missing("cgroups of version 1 with cpuacct are not mounted")
    for group in (top / "farm-test", top / "farm-test" / "inner"):
        group.mkdir(exist_ok=True)
        place.ends.append(group.rmdir)
    return "inner"


def serial_port(_):
    """What it counts is only for root in the first user namespace."""
    text = pathlib.Path("/proc/tty/driver/serial").read_text()
    if "rx:" not in text:
        raise Missing("no serial port here tells what it counts")
    return "serial"


def jars(_):
    folder = pathlib.Path("/usr/share/collectd/java")
    if not (folder / "generic-jmx.jar").exists():
        raise Missing("collectd's jars are not installed")
    return folder


# -- servers ------------------------------------------------------------------


def apache(place):
    port = free_port()
    modules = "/usr/lib/apache2/modules"
    conf = place.write("conf", f"""
ServerRoot {place.folder}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {place.folder}/pid
ErrorLog {place.folder}/errors
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule status_module {modules}/mod_status.so
DefaultRuntimeDir {place.folder}
ExtendedStatus On
<Location /status>
  SetHandler server-status
</Location>
""")
    place.start(*ANYBODY, program("apache2"), "-f", conf, "-DFOREGROUND",
                ready=answers(port))
    return port


def bind(place):
    port, dns = free_port(), free_port()
    conf = place.write("named.conf", f"""
options {{
  directory "{place.folder}"; pid-file "{place.folder}/pid";
  session-keyfile "{place.folder}/key"; recursion no;
  listen-on port {dns} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  dnssec-validation no;
}};
controls {{ }};
statistics-channels {{
  inet 127.0.0.1 port {port} allow {{ 127.0.0.1; }};
}};
""")
    place.start("named", "-g", "-c", conf, "-n", "1", ready=answers(port))
    return port


def chrony(place):
    port = free_port(socket.SOCK_DGRAM)
    conf = place.write("conf", f"""
server 127.0.0.9 port {free_port(socket.SOCK_DGRAM)}
cmdport {port}
bindcmdaddress 127.0.0.1
bindcmdaddress /
port 0
driftfile {place.folder}/drift
pidfile {place.folder}/pid
user root
""")
    place.start("chronyd", "-x", "-d", "-f", conf,
                ready=(place.folder / "pid").exists)
    return port


def mariadb(place):
    path = place.folder / "socket"
    place.start(TREE / "tests/server", "mariadb", place.folder,
                ready=path.exists)
    return path


def memcached(place):
    port = free_port()
    place.start("memcached", "-u", "root", "-l", "127.0.0.1", "-p", port,
                ready=answers(port, b"set key 0 0 5\r\nn=123\r\n"))
    return port


def mosquitto(place):
    port = free_port()
    conf = place.write("conf", f"listener {port} 127.0.0.1\n"
                       "allow_anonymous true\nuser root\n")
    place.start("mosquitto", "-c", conf, ready=answers(port))
    return port


def nginx(place):
    port = free_port()
    conf = place.write("conf", f"""
daemon off; master_process off; user root; pid {place.folder}/pid;
error_log {place.folder}/errors;
events {{ }}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; scgi_temp_path scgi;
  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
  server {{
    listen 127.0.0.1:{port};
    location /status {{ stub_status; }}
  }}
}}
""")
    place.start("nginx", "-p", place.folder, "-c", conf, ready=answers(port))
    return port


def nut(place):
    port = free_port()
    place.write("ups.conf", "[dummy]\n  driver = dummy-ups\n  port = "
                f"{place.folder}/dummy.dev\n  mode = dummy-once\n")
    place.write("dummy.dev", "ups.load: 23.5\nbattery.charge: 90\n"
                "battery.voltage: 13.5\ninput.voltage: 230\n"
                "ups.status: OL\n")
    place.write("upsd.conf", f"LISTEN 127.0.0.1 {port}\n")
    place.write("upsd.users", "")
    env = {"NUT_CONFPATH": str(place.folder),
           "NUT_STATEPATH": str(place.folder)}
    place.start(*ANYBODY, program("dummy-ups"), "-a", "dummy", "-F", env=env,
                ready=(place.folder / "dummy-ups-dummy").exists)
    place.start(*ANYBODY, "/lib/nut/upsd", "-F", env=env,
                ready=answers(port, b"GET VAR dummy ups.load\n"))
    return port


def ovsdb(place):
    base, path = place.folder / "base", place.folder / "socket"
    place.run("ovsdb-tool", "create", base,
              "/usr/share/openvswitch/vswitch.ovsschema")
    place.start("ovsdb-server", base, f"--remote=punix:{path}",
                f"--unixctl={place.folder}/ctl", ready=path.exists)
    vsctl = ("ovs-vsctl", f"--db=unix:{path}", "--no-wait")
    place.run(*vsctl, "init")
    place.run(*vsctl, "add-br", "br0", "--", "add-port", "br0", "p0")
    place.run("ovs-vsctl", f"--db=unix:{path}", "--no-wait", "set",
              "Interface", "p0", "statistics:rx_bytes=1000",
              "statistics:tx_bytes=2000", "statistics:rx_packets=10",
              "statistics:tx_packets=20")
    return path


def pdns(place):
    port = free_port()
    place.write("pdns.conf", f"launch=bind\nbind-config={place.folder}/none\n"
                f"socket-dir={place.folder}\nlocal-address=127.0.0.1\n"
                f"local-port={port}\nguardian=no\ndaemon=no\n")
    place.write("none", "")
    path = place.folder / "pdns.controlsocket"
    place.start("pdns_server", f"--config-dir={place.folder}",
                ready=path.exists)
    return path


def postgres(place):
    place.start(TREE / "tests/server", "postgres", place.folder,
                ready=(place.folder / ".s.PGSQL.5432").exists)
    place.run("createdb", "-h", place.folder, "-U", "farm", "farm",
              env={"PGPASSWORD": "s3cret"})
    return place.folder


def redis(place):
    port = free_port()
    place.start("redis-server", "--port", port, "--bind", "127.0.0.1",
                "--save", "", ready=answers(port, b"PING\r\n"))
    return port


def rrdcached(place):
    path = place.folder / "socket"
    place.start("rrdcached", "-g", "-l", f"unix:{path}", "-p",
                place.folder / "pid", ready=path.exists)
    return path


def slapd(place):
    port = free_port()
    conf = place.write("conf", f"pidfile {place.folder}/pid\n"
                       "database monitor\naccess to * by * read\n")
    place.start("slapd", "-d", "0", "-f", conf, "-h",
                f"ldap://127.0.0.1:{port}/", ready=answers(port))
    return port


def snmpd(place):
    agent = Snmpd(place.folder)
    place.ends.append(agent.close)
    return agent.port


def varnish(place):
    port = free_port()
    place.start(*ANYBODY, program("varnishd"), "-F", "-a", f"127.0.0.1:{port}", "-n",
                place.folder / "work", "-b", "none", "-j", "none",
                "-T", "none", ready=answers(port, b"GET / HTTP/1.0\r\n\r\n"))
    return place.folder / "work"


# -- fakes --------------------------------------------------------------------


def _port_of(place, one):
    place.ends.append(one.close)
    return one.port


def _fake(talk):
    return lambda place: _port_of(place, fakes.Fake(talk))


def _fake_socket(talk, kind=socket.SOCK_STREAM):
    def start(place):
        path = place.folder / "socket"
        place.ends.append(fakes.Fake(talk, path, kind).close)
        return path
    return start


SERVICES = {
    f.__name__: f for f in (
        apache, bind, cgroup, chrony, iptables, jars, mariadb, memcached, mosquitto,
        nginx, nut, ovsdb, pdns, postgres, redis, rrdcached, serial_port,
        slapd, snmpd, varnish, veth)
} | {
    f.__name__: _fake(f) for f in (
        fakes.apcups, fakes.gps, fakes.mbmon, fakes.modbus,
        fakes.olsrd, fakes.teamspeak2, fakes.zookeeper)
} | {
    "ceph": _fake_socket(fakes.ceph),
    "dpdk": _fake_socket(fakes.dpdk, socket.SOCK_SEQPACKET),
    "httpd": lambda place: _port_of(place, fakes.Httpd()),
    "ntpd": lambda place: _port_of(place, fakes.Ntpd()),
}


class Services:
    """Those that were asked for, until close()."""

    def __init__(self, folder):
        self.folder = folder
        self.places = []
        self.names = {}  # what each says
        atexit.register(self.close)
        self._loopback("add")

    def _loopback(self, verb):
        """To resolvers that look for addresses in use, 127.0.0.1 is none."""
        subprocess.run(["ip", "address", verb, "127.0.0.2/8", "dev", "lo"],
                       check=False, stderr=subprocess.DEVNULL)

    def need(self, names):
        for name in names:
            if name in self.names:
                continue
            place = Place(self.folder / name)
            self.places.append(place)
            self.names[name] = SERVICES[name](place)
        return self.names

    def close(self):
        while self.places:
            self.places.pop().close()
        self.names.clear()
        self._loopback("del")
