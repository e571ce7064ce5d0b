"""The TCP door with TLS: an authority of the test's own, three identities."""

import http.client
import json
import shutil
import socket
import ssl

import pytest

from authority import Authority
from farm import WAIT, eventually
from saying import saying

PORT = 9649

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl is not installed")


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "ours", "farm authority")


@pytest.fixture
def secured(farm, tree, tmp_path, authority):
    certificate, key = authority.issue("server", server=True)
    one = farm({
        **saying(tree, every="200ms"),
        "http": {"address": f"127.0.0.1:{PORT}",
                 "tls": {"certificate": certificate, "key": key,
                         "client_ca": str(authority.cert)}},
        "access": {
            "operators": {"certificates": ["CN=alice,O=Example"],
                          "may": ["latest", "admin"]},
            "offsite": {"certificates": ["CN=*,O=Example"],
                        "may": ["summary"]}}})
    one.wait_values("*", 2)
    return one


def context(authority, identity=None):
    trust = ssl.create_default_context(cafile=str(authority.cert))
    if identity is not None:
        trust.load_cert_chain(*identity)
    return trust


def ask(trust, path, method="GET", host="127.0.0.1"):
    connection = http.client.HTTPSConnection(host, PORT, timeout=WAIT,
                                             context=trust)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def serial(trust):
    with socket.create_connection(("127.0.0.1", PORT), WAIT) as plain:
        with trust.wrap_socket(plain, server_hostname="127.0.0.1") as sock:
            return int(sock.getpeercert()["serialNumber"], 16)


def test_three_identities(secured, authority, tmp_path):
    alice = context(authority, authority.issue("alice"))
    bob = context(authority, authority.issue("bob"))
    other = Authority(tmp_path / "theirs", "farm authority")
    mallory = context(authority, other.issue("alice"))
    nobody = context(authority)

    assert ask(alice, "/v1/latest")[0] == 200
    assert ask(alice, "/v1/instances/c%2Fsays/pause", "POST")[0] == 200
    secured.wait_line("audit: POST /v1/instances/c/says/pause by operators "
                      "(CN=alice,O=Example, 127.0.0.1): 200")
    assert ask(bob, "/v1/latest")[0] == 403
    assert ask(bob, "/v1/history?step=1m")[0] == 200
    assert ask(bob, "/v1/allowed")[1]["class"] == "offsite"
    status, answer = ask(mallory, "/v1/latest")
    assert (status, answer["error"]["code"]) == (401, "who")
    secured.wait_line("audit: refused: the client certificate is not one of "
                      "this farm's")
    assert ask(nobody, "/v1/latest")[0] == 403
    assert ask(nobody, "/v1/allowed")[1]["allowed"] == []


def test_a_server_certificate_does_not_pass_for_a_client(secured, authority):
    server = context(authority, authority.issue("alice", server=True))
    assert ask(server, "/v1/latest")[0] == 401


def test_plain_http_gets_nothing(secured):
    with socket.create_connection(("127.0.0.1", PORT), WAIT) as sock:
        try:
            sock.sendall(
                b"GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n")
            got = sock.recv(65536)
        except OSError:
            got = b""
    assert b"HTTP/1" not in got
    assert secured.get("/v1/status")["farm"] == "test"


def test_old_versions_are_refused(secured, authority):
    trust = context(authority)
    trust.minimum_version = ssl.TLSVersion.TLSv1
    trust.maximum_version = ssl.TLSVersion.TLSv1_1
    trust.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(OSError):
        serial(trust)


def test_certificate_is_renewed(secured, authority):
    trust = context(authority)
    assert serial(trust) == 1
    authority.issue("server", server=True, serial=2)
    assert serial(trust) == 1
    assert secured.request("POST", "/v1/reload")[0] == 200
    assert serial(trust) == 2
    # Half a renewal: key and certificate do not belong together.
    key = (authority.folder / "server.key").read_bytes()
    authority.issue("server", server=True, serial=3)
    (authority.folder / "server.key").write_bytes(key)
    status, answer = secured.request("POST", "/v1/reload")
    assert status == 422
    assert str(authority.folder / "server.key") in answer["problems"][0]["text"]
    assert serial(trust) == 2


def test_another_authority_from_now_on(secured, authority, tmp_path):
    alice = context(authority, authority.issue("alice"))
    assert ask(alice, "/v1/latest")[0] == 200
    other = Authority(tmp_path / "theirs", "another authority")
    trusted = context(authority, other.issue("alice"))
    assert ask(trusted, "/v1/latest")[0] == 401
    authority.cert.write_bytes(other.cert.read_bytes())
    assert secured.request("POST", "/v1/reload")[0] == 200
    assert ask(trusted, "/v1/latest")[0] == 200
    assert ask(alice, "/v1/latest")[0] == 401


def test_bad_files_end_the_start(farm, authority):
    certificate, key = authority.issue("server", server=True)
    for tls, words in (
            ({"certificate": certificate, "key": "/nonexistent"},
             "/nonexistent: No such file or directory"),
            ({"certificate": key, "key": key}, key)):
        one = farm({"http": {"address": f"127.0.0.1:{PORT}", "tls": tls}},
                   wait=False)
        assert one.process.wait(WAIT) == 2
        one.wait_line(words)


def check(tree, tmp_path, text):
    file = tmp_path / "farm.yaml"
    file.write_text(text)
    done = tree.check(file)
    return done.returncode, done.stderr.replace(f"{file}:", "")


def test_off_loopback(tree, tmp_path, authority):
    """Nobody listens to the world without TLS and a policy, or saying so."""
    certificate, key = authority.issue("server", server=True)
    tls = f"tls: {{certificate: {certificate}, key: {key}}}"
    policy = "access: {all: {from: '*', may: latest}}\n"
    good = [
        "http: 127.0.0.9:1\n", "http: '[::1]:1'\n", "http: localhost\n",
        "http: ''\n", "http: {address: '*:9649', insecure: true}\n",
        f"http: {{address: 0.0.0.0, {tls}}}\n" + policy]
    bad = [
        ("http: 0.0.0.0:9649\n", "0.0.0.0:9649"),
        ("http: '*:9649'\n" + policy, "*:9649"),
        ("http: farm.example\n", "farm.example"),
        (f"http: {{address: '[::]:9649', {tls}}}\n", "[::]:9649")]
    for text in good:
        assert check(tree, tmp_path, text) == (0, ""), text
    for text, address in bad:
        assert check(tree, tmp_path, text) == (
            1, f'1:7: error: "http": {address} can be reached from elsewhere: '
            'that takes "tls" and "access", or "insecure: true"\n'), text
    for text, words in (
            ("http: {tls: {key: k}}\n", '"certificate" is required'),
            ("http: {tls: yes}\n", '"tls" is a mapping of files'),
            ("http: {adress: x}\n", 'did you mean "address"?')):
        code, said = check(tree, tmp_path, text)
        assert code == 1 and words in said, said


def test_many_handshakes(secured, authority):
    """While certificates are read again and again."""
    trust = context(authority, authority.issue("alice"))
    for n in range(20):
        if n % 4 == 0:
            assert secured.request("POST", "/v1/reload")[0] == 200
        assert ask(trust, "/v1/latest")[0] == 200
    eventually(lambda: ask(trust, "/v1/status")[0] == 200)
