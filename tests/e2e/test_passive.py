"""Passive results: by a real send_nsca, by NRDP, and from another farmd."""

import http.client
import json
import socket
import subprocess
import urllib.parse

import pytest

import nagios
from farm import eventually
from saying import say, saying

XML = """<?xml version='1.0'?>
<checkresults>
 <checkresult type='service' checktype='1'>
  <hostname>h1</hostname><servicename>Web &amp; more</servicename>
  <state>2</state><output>bad &lt;x&gt;|t=3s;1;2</output>
 </checkresult>
 <checkresult type='host'><hostname>h1</hostname><state>0</state>
  <output>up</output></checkresult>
</checkresults>"""

JSON = json.dumps({"checkresults": [
    {"checkresult": {"type": "service"}, "hostname": "h2",
     "servicename": "Disk", "state": "1", "output": "full\nvery|a=1"},
    {"checkresult": {"type": "service"}, "hostname": "h2",
     "servicename": "Num", "state": 0, "output": "ok"}]})


@pytest.fixture(name="listening")
def _listening(farm):
    """A farm that listens, and both ports."""
    def start(**options):
        ports = nagios.free_port(), nagios.free_port()
        f = farm({"clusters": {"c": {"nodes": ["localhost"], "collect": [
            {"passive": {"nsca": f"tcp://127.0.0.1:{ports[0]}",
                         "password": "sekrit",
                         "nrdp": f"tcp://127.0.0.1:{ports[1]}",
                         "token": "secret", "own_node": "own",
                         **options}}]}}})
        # The daemon is up before each of its instances is.
        for port in ports:
            eventually(lambda p=port: answers(p), "a listener")
        return f, *ports

    return start


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
        return True
    except OSError:
        return False


def send_nsca(folder, port, text, method=1, password="sekrit"):
    config = folder / "send_nsca.cfg"
    config.write_text(f"password={password}\nencryption_method={method}\n")
    return subprocess.run(
        [nagios.program("send_nsca"), "-H", "127.0.0.1", "-p", str(port),
         "-c", config], input=text, capture_output=True, text=True,
        check=False, timeout=60)


def value(f, node, name):
    return f.latest().get(("c", node, name))


@pytest.mark.parametrize("method, word", nagios.METHODS)
def test_send_nsca(listening, tmp_path, method, word):
    f, port, _ = listening(method=word)
    sent = send_nsca(
        tmp_path, port,
        "h1\tHTTP\t1\tslow|'a b'=1.5s;1;2\x17h2\t0\tup\x17"
        "h1\tDisk\t9\tone\\ntwo\n", method)
    assert sent.returncode == 0, sent
    eventually(lambda: value(f, "h1", "Disk_state") == 3, "all of them")
    latest = f.latest()
    assert latest[("c", "h1", "HTTP_state")] == 1
    assert latest[("c", "h1", "HTTP_output")] == "slow"
    assert latest[("c", "h1", "HTTP_a b")] == 1.5
    assert latest[("c", "h1", "Disk_long_output")] == "two"
    assert latest[("c", "h2", "host_output")] == "up"
    eventually(lambda: value(f, "own", "passive_taken") == 3, "the count")


def test_another_password(listening, tmp_path):
    f, port, _ = listening()
    send_nsca(tmp_path, port, "h1\tHTTP\t1\tx\n", password="other")
    eventually(lambda: value(f, "own", "passive_refused") == 1, "the count")
    assert "password" in value(f, "own", "passive_last_refused")
    assert value(f, "h1", "HTTP_state") is None


def submit(port, kind, data, token="secret", pieces=0):
    body = urllib.parse.urlencode(
        {"token": token, "cmd": "submitcheck", kind: data}).encode()
    if pieces:
        with socket.create_connection(("127.0.0.1", port), 30) as s:
            request = (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: "
                       + str(len(body)).encode() + b"\r\n\r\n" + body)
            for i in range(0, len(request), pieces):
                s.sendall(request[i:i + pieces])
            return s.makefile("rb").read().decode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/nrdp/", body, {
        "Content-Type": "application/x-www-form-urlencoded"})
    return connection.getresponse().read().decode()


def test_nrdp(listening):
    f, _, port = listening()
    assert "<status>0</status>" in submit(port, "XMLDATA", XML)
    assert "<status>0</status>" in submit(port, "JSONDATA", JSON, pieces=11)
    eventually(lambda: value(f, "h2", "Num_state") == 0, "all of them")
    latest = f.latest()
    assert latest[("c", "h1", "Web & more_output")] == "bad <x>"
    assert latest[("c", "h1", "Web & more_t")] == 3
    assert latest[("c", "h1", "host_state")] == 0
    assert latest[("c", "h2", "Disk_long_output")] == "very"


@pytest.mark.parametrize("kind, data, token, answer, outcome", [
    ("XMLDATA", XML, "wrong", "BAD TOKEN", "refused"),
    ("XMLDATA", "<x/>", "secret", "BAD DATA", "malformed"),
    ("JSONDATA", "{", "secret", "BAD DATA", "malformed")])
def test_nrdp_refused(listening, kind, data, token, answer, outcome):
    f, _, port = listening()
    assert answer in submit(port, kind, data, token)
    eventually(lambda: value(f, "own", f"passive_{outcome}") == 1, "the count")
    assert value(f, "h1", "host_state") is None


@pytest.mark.parametrize("request_", [
    b"GET / HTTP/1.1\r\n\r\n",
    b"POST / HTTP/1.1\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"])
def test_no_request(listening, request_):
    _, _, port = listening()
    with socket.create_connection(("127.0.0.1", port), 30) as s:
        s.sendall(request_)
        assert s.makefile("rb").read().startswith(b"HTTP/1.1 400 ")


def test_not_allowed(listening, tmp_path):
    f, port, _ = listening(allow=["192.0.2.0/24"])
    send_nsca(tmp_path, port, "h1\tHTTP\t1\tx\n")
    eventually(lambda: value(f, "own", "passive_not_allowed"), "the count")


@pytest.mark.parametrize("way", ["nsca", "nrdp"])
def test_from_farm_to_farm(farm, tree, listening, tmp_path, way):
    f, nsca, nrdp = listening()
    path = tmp_path / "says"
    say(path, [("double", "load", "7", "s", "gauge")])
    to = {"nsca": f"127.0.0.1:{nsca}", "password": "sekrit"} \
        if way == "nsca" else \
        {"nrdp": f"http://127.0.0.1:{nrdp}/", "token": "secret"}
    farm({**saying(tree, path, every="200ms"), "writers": {"w": {
        "match": "*/c/*/load", "nagios": {"warning": "5", **to}}}})
    eventually(lambda: value(f, "n2", "load_state") == 1, "its state")
    assert value(f, "n2", "load_output") == "WARNING - load is 7 s"
    assert value(f, "n2", "load_load") == 7
