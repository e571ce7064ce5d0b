"""A web server with faults: what it does is what its path says."""

import gzip
import http.server
import socket
import ssl
import struct
import threading
import urllib.parse

ENDLESS = b"x" * 65536


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, body, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        web = self.server.web
        url = urllib.parse.urlsplit(self.path)
        web.asked.append((self.command, self.path, dict(self.headers)))
        fault = getattr(self, url.path.strip("/").replace("/", "_"), None)
        if url.path in web.handlers:
            web.handlers[url.path](self)
        elif url.path in web.pages:
            page = web.pages[url.path]
            self.answer(page() if callable(page) else page,
                        Content_Type=web.types.get(url.path, "text/plain"))
        elif fault is not None:
            fault(urllib.parse.parse_qs(url.query))
        else:
            self.answer(b"no such page\n", 404)

    do_HEAD = do_GET

    def do_POST(self):
        self.body = self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def echo(self, _):
        self.answer(self.command.encode() + b" " + self.body)

    def gone(self, _):
        self.answer(b"gone\n", 410)

    def hang(self, _):
        """Not a byte, until the server ends."""
        self.server.web.over.wait(60)

    def half(self, _):
        """Less than it says."""
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"half of it")
        self.close_connection = True

    def reset(self, _):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def endless(self, _):
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        try:
            while not self.server.web.over.is_set():
                self.wfile.write(ENDLESS)
        except OSError:
            pass

    def bomb(self, _):
        """Small on its way, large when it is there."""
        self.answer(gzip.compress(bytes(8 << 20)), Content_Encoding="gzip")

    def zipped(self, _):
        self.answer(gzip.compress(b"packed\n"), Content_Encoding="gzip")

    def to(self, query):
        self.answer(b"", 302, Location=query["url"][0])

    def circle(self, _):
        self.answer(b"", 302, Location="/circle")

    def garbage(self, _):
        self.wfile.write(b"\x00\x01 this is no HTTP\r\n\r\n")
        self.close_connection = True


class Web:
    """`pages' by path, beside the faults; `asked' is all that was."""

    def __init__(self, host="127.0.0.1", port=0, tls=None):
        self.pages, self.types, self.asked = {"/good": b"all is well\n"}, {}, []
        self.handlers = {}  # by path: what answers in its own way
        self.over = threading.Event()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET

        class Server(http.server.ThreadingHTTPServer):
            address_family = family
            request_queue_size = 1024
            daemon_threads = True

            def handle_error(self, *_):
                """Clients that go away are what is tested."""

        self.server = Server((host, port), Handler)
        self.server.web = self
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True,
                do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        named = f"[{host}]" if ":" in host else host
        self.url = f"http{'s' if tls else ''}://{named}:{self.port}"
        threading.Thread(target=self.server.serve_forever,
                         kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
