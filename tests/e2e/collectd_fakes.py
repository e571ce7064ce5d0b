"""Servers that only collectd's plugins need to take for real: as much of each
protocol as its plugin speaks.  Each is a thread with a socket on loopback, or
of the file system."""

import http.server
import json
import socket
import struct
import threading


def _close(listening):
    """Wake who waits there; not all sockets can be shut down."""
    try:
        listening.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    listening.close()


class Fake:
    """A listening socket; each connection is answered by `talk', which gets
    a file of bytes in both ways."""

    def __init__(self, talk, path=None, kind=socket.SOCK_STREAM):
        if path is None:
            self.socket = socket.create_server(("127.0.0.1", 0))
            self.port = self.socket.getsockname()[1]
        else:
            self.socket = socket.socket(socket.AF_UNIX, kind)
            self.socket.bind(str(path))
            self.socket.listen()
        self.talk = talk
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                one, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(one,),
                             daemon=True).start()

    def _serve(self, one):
        with one:
            try:
                self.talk(one)
            except OSError:
                pass  # it has gone

    def close(self):
        _close(self.socket)


def lines(one):
    """What the other end sends, line by line."""
    with one.makefile("rb") as f:
        for line in f:
            yield line.strip().decode("latin-1")


def exactly(one, n):
    data = b""
    while len(data) < n:
        more = one.recv(n - len(data))
        if not more:
            raise OSError("the other end has gone")
        data += more
    return data


def apcups(one):
    """apcupsd's: texts behind their lengths, an empty one is the last."""
    while True:
        exactly(one, struct.unpack(">H", exactly(one, 2))[0])
        for line in ("LINEV    : 230.0 Volts", "LOADPCT  : 12.5 Percent",
                     "BCHARGE  : 100.0 Percent", "TIMELEFT : 30.0 Minutes",
                     "OUTPUTV  : 229.5 Volts", "ITEMP    : 31.5 C",
                     "BATTV    : 13.5 Volts", "LINEFREQ : 50.0 Hz"):
            text = line.encode() + b"\n"
            one.sendall(struct.pack(">H", len(text)) + text)
        one.sendall(b"\0\0")


def mbmon(one):
    one.sendall(b"TEMP0 : 27.0\nTEMP1 : 41.5\nFAN0  : 4411\nVC0   : 1.52\n")


def olsrd(one):
    next(lines(one), None)
    one.sendall(
        b"HTTP/1.0 200 OK\n\n"
        b"Table: Links\nLocal IP\tRemote IP\tHyst.\tLQ\tNLQ\tCost\n"
        b"127.0.0.1\t127.0.0.2\t0.000\t1.000\t0.902\t1.108\n\n"
        b"Table: Routes\nDestination\tGateway IP\tMetric\tETX\tInterface\n"
        b"127.0.0.2/32\t127.0.0.2\t1\t1.108\tlo\n\n"
        b"Table: Topology\nDest. IP\tLast hop IP\tLQ\tNLQ\tCost\n"
        b"127.0.0.1\t127.0.0.2\t0.902\t1.000\t1.108\n\n")


def teamspeak2(one):
    """Servers, their packets and octets, and who is there."""
    one.sendall(b"[TS]\r\n")
    for line in lines(one):
        if line in ("si", "gi"):
            one.sendall(b"total_users_online=3\r\ntotal_servers=1\r\n"
                        b"total_bytesreceived=100\r\ntotal_bytessend=200\r\n"
                        b"total_packetsreceived=10\r\ntotal_packetssend=20\r\n"
                        b"server_currentusers=2\r\nserver_packetssend=1\r\n"
                        b"server_packetsreceived=2\r\nserver_bytessend=3\r\n"
                        b"server_bytesreceived=4\r\naverage_packet_loss=0\r\n")
        one.sendall(b"OK\r\n")


def zookeeper(one):
    next(lines(one), None)
    one.sendall(
        b"zk_version\t3.8\nzk_avg_latency\t1\nzk_max_latency\t9\n"
        b"zk_min_latency\t0\nzk_packets_received\t7\nzk_packets_sent\t8\n"
        b"zk_num_alive_connections\t2\nzk_outstanding_requests\t0\n"
        b"zk_server_state\tleader\nzk_znode_count\t4\nzk_watch_count\t5\n"
        b"zk_ephemerals_count\t6\nzk_approximate_data_size\t27\n"
        b"zk_followers\t2\nzk_synced_followers\t2\nzk_pending_syncs\t0\n")


def gps(one):
    """gpsd's greeting, and a fix whenever somebody watches."""
    def say(**what):
        one.sendall(json.dumps(what).encode() + b"\r\n")

    say(**{"class": "VERSION", "release": "3.22", "rev": "3.22",
           "proto_major": 3, "proto_minor": 14})
    sky = {"class": "SKY", "device": "/dev/gps", "hdop": 1.5, "vdop": 2.5,
           "satellites": [{"PRN": n, "el": 45, "az": 90, "ss": 30,
                           "used": n < 5} for n in range(1, 8)]}
    fix = {"class": "TPV", "device": "/dev/gps", "mode": 3, "lat": 1.0,
           "lon": 2.0, "alt": 3.0, "time": "2026-01-01T00:00:00.000Z"}
    if next(lines(one), None) is None:
        return
    while True:
        say(**sky)
        say(**fix)
        threading.Event().wait(0.2)


def modbus(one):
    """Holding registers: each has 128."""
    while True:
        head = exactly(one, 7)
        body = exactly(one, struct.unpack(">H", head[4:6])[0] - 1)
        n = struct.unpack(">H", body[3:5])[0]
        answer = bytes([body[0], 2 * n]) + struct.pack(">H", 128) * n
        one.sendall(head[:4] + struct.pack(">H", 1 + len(answer)) +
                    head[6:] + answer)


def ceph(one):
    """An admin socket: a version without a length, JSON behind its own."""
    what = json.loads(next(lines(one), "{}") or "{}").get("prefix")
    if what == "0":
        one.sendall(struct.pack(">I", 1))
        return
    kinds = {"op": 10, "op_w": 10, "numpg": 2}
    values = {"op": 1001, "op_w": 500, "numpg": 12}
    text = json.dumps({"osd": {n: {"type": kinds[n]} if what == "2" else
                               values[n] for n in kinds}}).encode()
    one.sendall(struct.pack(">I", len(text)) + text)


def dpdk(one):
    """A client tells its own socket, and is asked there."""
    hello = json.loads(one.recv(4096))
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as back:
        back.connect(hello["data"]["client_path"])
        while True:
            asked = back.recv(4096)
            if not asked:
                return
            ports = b"ports" in asked
            stats = {"name": "rx_good_packets" if ports else "busy",
                     "value": 5}
            where = {"port": 0} if ports else {}
            back.sendall(json.dumps({
                "status_code": "Status OK: 200",
                "data": [{**where, "stats": [stats]}]}).encode())


class Sink:
    """Takes what comes to its port, by TCP, HTTP or UDP, and counts it."""

    def __init__(self):
        self.taken = 0
        self.stream = Fake(self._take)
        self.port = self.stream.port
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.bind(("127.0.0.1", self.port))
        threading.Thread(target=self._receive, daemon=True).start()

    def _take(self, one):
        while True:
            data = one.recv(65536)
            if not data:
                return
            self.taken += len(data)
            if data.startswith(b"POST"):
                one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def _receive(self):
        while True:
            try:
                self.taken += len(self.datagrams.recv(65536))
            except OSError:
                return

    def close(self):
        self.stream.close()
        _close(self.datagrams)


class Smtp:
    """Takes mail, and counts what is in it."""

    def __init__(self):
        self.taken = 0
        self.fake = Fake(self._talk)
        self.port = self.fake.port
        self.close = self.fake.close

    def _talk(self, one):
        one.sendall(b"220 here\r\n")
        inside = False
        for line in lines(one):
            if inside:
                self.taken += len(line)
                inside = line != "."
                if inside:
                    continue
            if line == "DATA":
                inside = True
            one.sendall(b"354 go on\r\n" if inside else b"250 fine\r\n")
            if line == "QUIT":
                return


class Ntpd:
    """ntpd's mode 7: the kernel's clock, and the list of one peer."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        kernel = struct.pack(">4i2H3i7i", 5, 7, 9, 11, 0, 0, 1, 1, 1,
                             0, 0, 0, 0, 0, 0, 0)
        peer = struct.pack(">IIHBbbBBB iiiI II", 0x7f000001, 0x7f000002, 123,
                           2, 6, 6, 255, 0, 3, 65536, 0, 1 << 30, 6553, 0,
                           0) + bytes(32)
        while True:
            try:
                data, who = self.socket.recvfrom(2000)
            except OSError:
                return
            if len(data) < 4:
                continue
            item = kernel if data[3] == 38 else peer
            self.socket.sendto(
                bytes([data[0] | 0x80, 0, data[2], data[3]]) +
                struct.pack(">2H", 1, len(item)) + item, who)

    def close(self):
        _close(self.socket)


PAGES = {
    "/text": "n=42\n",
    "/json": json.dumps({"list": [{"n": 1}, {"n": 2}]}),
    "/xml": '<r><v n="x">7</v></r>',
    "/ascent": "<serverpage><status><uptime>0 days, 0 hours, 5 minutes, 10 "
               "seconds.</uptime><oplayers>1</oplayers><cpu>1.5</cpu>"
               "<qplayers>0</qplayers><ram>100.5</ram><avglat>2.0</avglat>"
               "<threads>5</threads><gmcount>0</gmcount><alliance>1</alliance>"
               "<horde>2</horde><acceptedconns>7</acceptedconns>"
               "<peakcount>3</peakcount></status><sessions><plr><name>n"
               "</name><race>1</race><class>1</class><gender>0</gender>"
               "<level>5</level><latency>10</latency></plr></sessions>"
               "</serverpage>",
}


class Httpd:
    """Pages to read; what is posted is taken, and counted."""

    def __init__(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                page = PAGES.get(self.path.split("?")[0])
                self.send_response(200 if page else 404)
                self.end_headers()
                self.wfile.write((page or "").encode())

            def do_POST(self):
                body = self.rfile.read(
                    int(self.headers.get("Content-Length", 0)))
                outer.taken += len(body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.taken = 0
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

