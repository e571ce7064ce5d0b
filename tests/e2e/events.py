"""A subscriber: server-sent events over the Unix socket, one by one."""

import json
import socket
import urllib.parse


class Event:
    """`id' is None where the event has none; `data' is its JSON."""

    def __init__(self, lines):
        fields = dict(line.split(": ", 1) for line in lines)
        self.id = int(fields["id"]) if "id" in fields else None
        self.type = fields["event"]
        self.data = json.loads(fields["data"])


class Refused(Exception):
    pass


class Events:
    """Iterates over events until the server ends; close() at any time."""

    def __init__(self, farm, last=None, **query):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(60)
        self.sock.connect(str(farm.socket))
        header = "" if last is None else f"Last-Event-ID: {last}\r\n"
        # HTTP 1.0: what comes is not in chunks.
        self.sock.sendall((
            f"GET /v1/subscribe?{urllib.parse.urlencode(query)} HTTP/1.0\r\n"
            f"Host: localhost\r\n{header}\r\n").encode())
        self.file = self.sock.makefile("r", encoding="utf-8", newline="\n")
        status = self.file.readline().split()[1]
        while self.file.readline().strip():
            pass
        if status != "200":
            raise Refused(json.loads(self.file.read())["error"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __iter__(self):
        return self

    def __next__(self):
        lines = []
        for line in self.file:
            line = line.rstrip("\n")
            if line and not line.startswith(":") and \
                    not line.startswith("retry"):
                lines.append(line)
            elif lines and not line:
                return Event(lines)
        raise StopIteration

    def until(self, kind):
        """The events up to the first of this type, which is the last."""
        seen = []
        for event in self:
            seen.append(event)
            if event.type == kind:
                return seen
        raise AssertionError(f"no {kind} event, but {[e.type for e in seen]}")

    def close(self):
        self.file.close()
        self.sock.close()


def values(event):
    """What an event says: (node, parameter, value) of each."""
    d = event.data
    if event.type == "history":
        return [(d["node"], d["parameter"], p[1]) for p in d["points"]]
    if event.type == "values":
        return [(v["node"], v["parameter"], v["value"]) for v in d["values"]]
    return []
