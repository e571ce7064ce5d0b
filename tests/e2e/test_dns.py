"""Name servers asked: a real dnsmasq, and servers with faults."""

import contextlib
import shutil
import socket
import subprocess
import threading

import pytest

from farm import eventually

PORT = 5353


@pytest.fixture
def names():
    program = shutil.which("dnsmasq", path="/usr/sbin:/usr/bin")
    assert program, "dnsmasq is not installed"
    long = [f"--txt-record=long.example.org,{n:03}{'x' * 100}"
            for n in range(20)]
    server = subprocess.Popen([
        program, "--no-daemon", "--no-resolv", "--no-hosts",
        f"--port={PORT}", "--listen-address=127.0.0.1", "--bind-interfaces",
        "--conf-file=/dev/null", "--pid-file=", "--local=/example.org/",
        "--host-record=www.example.org,192.0.2.80,300",
        "--mx-host=example.org,mx.example.org,10", *long],
        stderr=subprocess.DEVNULL)
    yield server
    server.terminate()
    server.wait(30)


@pytest.fixture
def odd():
    """A server of datagrams whose answers are what `how' makes of them."""
    with contextlib.ExitStack() as stack:
        def start(how):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind(("127.0.0.1", 0))
            port = sock.getsockname()[1]

            def serve():
                with contextlib.suppress(OSError):
                    while True:
                        question, peer = sock.recvfrom(512)
                        if not question:
                            return
                        for answer in how(question):
                            sock.sendto(answer, peer)

            def stop():
                with socket.socket(socket.AF_INET,
                                   socket.SOCK_DGRAM) as end:
                    end.sendto(b"", ("127.0.0.1", port))
                thread.join()
                sock.close()

            thread = threading.Thread(target=serve)
            thread.start()
            stack.callback(stop)
            return port
        yield start


def probes(**questions):
    return {"clusters": {"n": {"nodes": ["127.0.0.1"], "collect": [
        {"dns": {"every": "1s", "name": name, "prefix": name + ".",
                 "port": PORT, **options}}
        for name, options in questions.items()]}}}


def status(farm, name, wanted):
    def agrees():
        latest = {p: v for (_, _, p), v in farm.latest().items()}
        return wanted in latest.get(f"{name}.status", "") and \
            latest[f"{name}.ok"] is (wanted == "ok")

    eventually(agrees, f"{name}: {wanted!r}")


def test_real_server(farm, names):
    f = farm(probes(
        www={"ask": "www.example.org", "answers": "192.0.2.80"},
        tcp={"ask": "www.example.org", "tcp": True},
        other={"ask": "www.example.org", "answers": ["192.0.2.81"]},
        mx={"ask": "example.org", "type": "mx",
            "answers": ["10 MX.example.org"]},
        none={"ask": "www.example.org", "type": "txt"},
        gone={"ask": "gone.example.org"},
        away={"ask": "www.example.com"},
        long={"ask": "long.example.org", "type": "txt",
              "answers": ["019" + "x" * 100]}))
    for name in ("www", "tcp", "mx", "long"):
        status(f, name, "ok")
    status(f, "other", '"192.0.2.81" is not among the answers')
    status(f, "none", "no such records")
    status(f, "gone", "NXDOMAIN")
    status(f, "away", "REFUSED")
    latest = {p: v for (_, _, p), v in f.latest().items()}
    assert latest["www.ttl"] == 300
    assert latest["www.answers"] == 1
    assert latest["long.answers"] == 20
    assert latest["www.response_time"] > 0
    assert "gone.ttl" not in latest


def test_faults(farm, odd):
    asked = []

    def late(question):
        """Only the second question has an answer."""
        asked.append(question)
        return [refusal(question)] if len(asked) % 2 == 0 else []

    def refusal(question):
        return question[:2] + b"\x81\x05" + question[4:]

    def text(question):
        """A TXT with a NUL in it."""
        return [question[:2] + b"\x81\0\0\1\0\1\0\0\0\0" + question[12:] +
                b"\xc0\x0c\0\x10\0\1\0\0\0\0\0\4\3a\0b"]

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    f = farm(probes(
        silent={"ask": "a.b", "port": odd(lambda q: []), "try": "100ms",
                "timeout": "350ms"},
        garbage={"ask": "a.b", "port": odd(lambda q: [q[:2] + b"?"])},
        echo={"ask": "a.b", "port": odd(lambda q: [q])},
        stranger={"ask": "a.b",
                  "port": odd(lambda q: [b"\0\0x", refusal(q)])},
        late={"ask": "a.b", "port": odd(late), "try": "200ms"},
        text={"ask": "a.b", "port": odd(text), "type": "txt",
              "answers": "ab"},
        closed={"ask": "a.b", "port": closed},
        closed_tcp={"ask": "a.b", "port": closed, "tcp": True}))
    status(f, "silent", "127.0.0.1: no answer to ")
    status(f, "garbage", "it is no message of DNS")
    status(f, "echo", "it is a question")
    status(f, "stranger", "REFUSED")
    status(f, "late", "REFUSED")
    status(f, "text", '"ab" is not among the answers')
    status(f, "closed", "127.0.0.1: Connection refused")
    status(f, "closed_tcp", "127.0.0.1: Connection refused")
    eventually(lambda: f.latest()[("n", "127.0.0.1", "late.tries")] >= 2,
               "a second question")
