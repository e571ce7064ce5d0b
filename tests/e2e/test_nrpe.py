"""NRPE: a real server, in the clear and by TLS, in each version, and faults."""

import contextlib
import shutil
import socket
import struct
import subprocess
import threading
import zlib

import pytest

from authority import Authority
from farm import eventually
from namespaces import NOBODY

SERVER = shutil.which("nrpe", path="/usr/sbin:/usr/bin")


@pytest.fixture
def nrpe(tmp_path):
    """A function that starts a server and gives its port."""
    assert SERVER, "nrpe is not installed"
    with contextlib.ExitStack() as stack:
        def start(*arguments, **more):
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            settings = {
                "server_port": port, "server_address": "127.0.0.1",
                "nrpe_user": "nobody", "nrpe_group": "nogroup",
                "allowed_hosts": "127.0.0.1", "command_timeout": 20,
                "pid_file": tmp_path / f"nrpe{port}.pid",
                "command[users]": "/bin/echo 'USERS OK|users=3;5;10;0'",
                "command[bad]": "/bin/sh -c 'echo out of it; exit 2'",
                "command[odd]": "/bin/sh -c 'exit 7'",
                "command[long]": "/usr/bin/seq -f 'line %05g' -s ' ' 400",
                "command[slow]": "/bin/sleep 60", **more}
            config = tmp_path / f"nrpe{port}.cfg"
            config.write_text("".join(f"{k}={v}\n"
                                      for k, v in settings.items()))
            process = subprocess.Popen(
                [*NOBODY, SERVER, "-c", str(config), "-f", *arguments])
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)

            def listens():
                assert process.poll() is None, "it has ended"
                with socket.socket() as s:
                    return s.connect_ex(("127.0.0.1", port)) == 0

            eventually(listens, "the server")
            return port
        yield start


def checks(**instances):
    return {"clusters": {"c": {"nodes": ["127.0.0.1"], "collect": [
        {"nrpe": {"every": "1s", "name": name, "service": name, **options}}
        for name, options in instances.items()]}}}


def value(farm, parameter, wanted):
    key = ("c", "127.0.0.1", parameter)
    eventually(lambda: farm.latest().get(key) == wanted,
               f"{parameter} = {wanted!r}, but {farm.latest().get(key)!r}")


def said(farm, name, wanted):
    key = ("c", "127.0.0.1", f"{name}_output")
    eventually(lambda: wanted in farm.latest().get(key, ""),
               f"{wanted!r}, but {farm.latest().get(key)!r}")


@pytest.mark.parametrize("tls", (True, False))
def test_versions(farm, nrpe, tls):
    port = nrpe(*([] if tls else ["-n"]))
    known = {"port": port, "tls": tls, "command": "users"}
    f = farm(checks(
        auto=known, four={**known, "version": "4"},
        two={**known, "version": "2"}, three={**known, "version": "3"}))
    for name in ("auto", "four", "two"):
        value(f, f"{name}_users", 3)
        value(f, f"{name}_state", 0)
        value(f, f"{name}_output", "USERS OK")
    # NRPE 4.1 ends the connection, of check_nrpe -3, too.
    said(f, "three", "without an answer")


def test_states(farm, nrpe):
    port = nrpe()
    f = farm(checks(
        bad={"port": port, "command": "bad", "attempts": 2},
        odd={"port": port, "command": "odd"},
        long={"port": port, "command": "long"},
        none={"port": port, "command": "nosuch"},
        slow={"port": port, "command": "slow", "timeout": "500ms"},
        clear={"port": port, "command": "users", "tls": False,
               "timeout": "2s"},
        arguments={"port": port, "command": ["users", "a"]}))
    value(f, "bad_hard_state", 2)
    said(f, "bad", "out of it")
    value(f, "odd_state", 3)
    said(f, "long", "line 00400")
    said(f, "none", "NRPE: Command 'nosuch' not defined")
    value(f, "none_state", 3)
    value(f, "slow_state", 2)
    said(f, "slow", "(not over after ")
    value(f, "clear_state", 3)
    # Debian's server was built without arguments.
    said(f, "arguments", "without an answer: does it allow us, and arguments?")
    value(f, "arguments_state", 3)


def test_certificates(farm, nrpe, tmp_path):
    ours = Authority(tmp_path / "ours", "authority")
    other = Authority(tmp_path / "other", "other")
    cert, key = ours.issue("server", server=True)
    mine, my_key = ours.issue("client", serial=2)
    port = nrpe(ssl_cert_file=cert, ssl_privatekey_file=key,
                ssl_cacert_file=ours.cert, ssl_client_certs=2)
    own = {"port": port, "command": "users", "certificate": mine,
           "key": my_key}
    f = farm(checks(
        good={**own, "ca": str(ours.cert)},
        stranger={**own, "ca": str(other.cert)},
        nobody={"port": port, "command": "users", "ca": str(ours.cert)}))
    value(f, "good_users", 3)
    said(f, "stranger", "certificate verify failed")
    value(f, "nobody_state", 3)


def make_answer(version):
    """WARNING, from a server of versions before 4."""
    text = b"old one\0"
    head = (b"" if version == 2 else
            struct.pack(">hi", 0, len(text)))
    tail = bytes(1018 if version == 2 else 3)
    packet = bytearray(struct.pack(">hhIh", version, 2, 0, 1) + head + text +
                       tail)
    packet[4:8] = struct.pack(">I", zlib.crc32(packet))
    return bytes(packet)


OLD = make_answer(2)


@contextlib.contextmanager
def answering(how):
    """A server that takes a question and answers with bytes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        def serve():
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                with peer, contextlib.suppress(OSError):
                    question = b""
                    while len(question) < 1036:
                        piece = peer.recv(4096)
                        if not piece:
                            break
                        question += piece
                    if len(question) == 1036:
                        peer.sendall(how(question))

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_faults(farm):
    def old(question):
        """A server of version 2 that ends what it does not know."""
        return OLD if question[1] == 2 else b""

    def third(question):
        return make_answer(3) if question[1] == 3 else b""

    with answering(old) as older, answering(third) as three, answering(lambda q: OLD[:500]) as half, \
            answering(lambda q: OLD[:-1] + b"x") as wrong, \
            answering(lambda q: b"HTTP/1.1 400 Bad Request\r\n") as other:
        with socket.create_server(("127.0.0.1", 0)) as free:
            closed = free.getsockname()[1]
        plain = {"tls": False, "command": "a"}
        f = farm(checks(
            older={**plain, "port": older}, third={**plain, "port": three}, half={**plain, "port": half},
            wrong={**plain, "port": wrong}, other={**plain, "port": other},
            closed={**plain, "port": closed}))
        for name in ("older", "third"):
            said(f, name, "old one")
            value(f, f"{name}_state", 1)
        said(f, "half", "its answer breaks off")
        said(f, "wrong", "its answer does not have its CRC")
        said(f, "other", "answers something that is no NRPE")
        said(f, "closed", "Connection refused")
        value(f, "closed_state", 3)


@pytest.mark.parametrize("options,wanted", [
    ("{command: []}", "command: names none"),
    ('{command: [a, "{b}"]}', 'command[1]: "{b}": byte 1 begins none of'),
    ("{command: a, ca: /nowhere}", "/nowhere: "),
])
def test_check(tree, tmp_path, options, wanted):
    config = tmp_path / "farm.yaml"
    config.write_text("clusters:\n  c:\n    nodes: [n]\n    collect:\n"
                      f"      - nrpe: {options}\n")
    done = tree.check(config)
    assert done.returncode != 0
    assert wanted in done.stdout + done.stderr
