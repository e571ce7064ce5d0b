"""What plugins that listen are sent: a function each, of the folder and the
port of the process that runs the plugin.  They are called again and again,
and before the plugin listens, too."""

import json
import os
import socket
import struct
import subprocess
import time


def _datagram(port, data):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(data, ("127.0.0.1", port))


def _talk(path, data):
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.settimeout(5)
            s.connect(str(path))
            s.sendall(data)
            s.recv(1000)
    except OSError:
        pass  # not yet there; or it does not answer


def _append(path, text):
    with open(path, "a", encoding="ascii") as f:
        f.write(text)


def tail(folder, _, __):
    _append(folder / "follow", "n=7\n")


def tail_csv(folder, _, __):
    _append(folder / "rows", "x,2\n")


def statsd(_, port, __):
    _datagram(port, b"speed:2.5|g\ncalls:1|c\nt:5|ms\nobjects:a|s\n")


def unixsock(folder, _, __):
    _talk(folder / "socket", b"PUTVAL remote/up-1/gauge-z interval=1 N:5\n")


def email(folder, _, __):
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.connect(str(folder / "email"))
            s.sendall(b"e:ham:100\ns:4.5\nc:AWL\n")
    except OSError:
        pass


def dns(_, __, ___):
    query = struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + \
        b"\x07example\x03com\x00" + struct.pack(">2H", 1, 1)
    _datagram(53, query)


def _text(kind, text):
    text = text.encode() + b"\0"
    return struct.pack(">2H", kind, 4 + len(text)) + text


def network(_, port, __):
    """collectd's binary protocol: a gauge of 8.5, and a derive of 9."""
    now = int(time.time() * 2**30)
    _datagram(port, b"".join([
        _text(0, "far"), struct.pack(">2HQ", 8, 12, now),
        struct.pack(">2HQ", 9, 12, 2**30), _text(2, "net"), _text(4, "gauge"),
        struct.pack(">3HB", 6, 15, 1, 1), struct.pack("<d", 8.5),
        _text(4, "derive"),
        struct.pack(">3HB", 6, 15, 1, 2), struct.pack(">q", 9)]))


def pinba(_, port, __):
    def number(field, value):
        return bytes([field << 3, value])

    def text(field, value):
        return bytes([field << 3 | 2, len(value)]) + value

    def real(field, value):
        return bytes([field << 3 | 5]) + struct.pack("<f", value)

    _datagram(port, b"".join([
        text(1, b"h"), text(2, b"server"), text(3, b"/x.php"), number(4, 1),
        number(5, 100), number(6, 120), real(7, 0.5), real(8, 0.25),
        real(9, 0.125)]))


def mqtt(_, __, services):
    """Published at QoS 0 on a connection of its own."""
    def field(data):
        return struct.pack(">H", len(data)) + data

    connect = field(b"MQTT") + b"\x04\x02\x00\x3c" + \
        field(b"feed%d" % os.getpid())
    publish = field(b"collectd/far/mq/gauge-q") + b"N:7"
    with socket.create_connection(("127.0.0.1", services["mosquitto"]),
                                  5) as s:
        s.sendall(bytes([0x10, len(connect)]) + connect)
        s.recv(4)
        s.sendall(bytes([0x30, len(publish)]) + publish + b"\xe0\x00")
        s.recv(1)  # until it has closed


# -- for tests/collectd/table --------------------------------------------------


def link(_, __, ___):
    for state in ("down", "up"):
        subprocess.run(["ip", "link", "set", "v1", state], check=True)


def ovs(_, __, services):
    state = "up" if time.monotonic() % 1 < 0.5 else "down"
    subprocess.run(["ovs-vsctl", f"--db=unix:{services['ovsdb']}",
                    "--no-wait", "set", "Interface", "p0",
                    f"link_state={state}"], check=True, timeout=30)


def process(_, __, ___):
    subprocess.run(["sleep", "0.01"], check=True)


def sysevent(_, port, __):
    _datagram(port, json.dumps({
        "@timestamp": "2026-01-01T00:00:00.000000+00:00",
        "source_host": "h", "severity": "info", "facility": "user",
        "program": "p", "processid": "1", "message": "hello"}).encode())


def _note(folder, port, ask, text):
    """Leave a file if the answer has the text in it."""
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as s:
            s.sendall(ask)
            s.shutdown(socket.SHUT_WR)
            with s.makefile("rb") as f:
                if text in f.read():
                    (folder / "answered").write_text("yes")
    except OSError:
        pass


def prometheus(folder, port, _):
    _note(folder, port, b"GET /metrics HTTP/1.0\r\n\r\n", b"collectd_load")


def capabilities(folder, port, _):
    _note(folder, port, b"GET / HTTP/1.0\r\n\r\n", b"{")


def redis_has(folder, _, services):
    _note(folder, services["redis"], b"SELECT 0\r\nKEYS collectd/*\r\n",
          b"load")
