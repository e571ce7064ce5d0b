"""The API at its two doors: who may do what, and what bad callers get."""

import grp
import http.client
import json
import os
import socket
import stat
import threading

import pytest

from farm import WAIT, eventually
from saying import saying

PORT = 9649
SECRET = "correct-horse-battery-staple"


@pytest.fixture
def served(farm, tree, tmp_path):
    """A farm with both doors open and a secret."""
    one = farm({
        **saying(tree, every="100ms", password=SECRET),
        "http": f"127.0.0.1:{PORT}",
        "writers": {"store": {"sql": {"url": f"sqlite:{tmp_path}/f.db"}}}})
    # An instance that is not open yet has no actions.
    one.wait_run("c/says")
    return one


def tcp(method, path, body=None, headers=None, host="127.0.0.1"):
    """Status, headers and body of one request over TCP."""
    connection = http.client.HTTPConnection(host, PORT, timeout=WAIT)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def tcp_error(*request, **how):
    status, _, body = tcp(*request, **how)
    return status, json.loads(body)["error"]["code"]


def raw(sock, text):
    sock.sendall(text.encode())


def read_answer(sock):
    """Status of one answer on an open socket."""
    answer = http.client.HTTPResponse(sock)
    answer.begin()
    answer.read()
    return answer.status


# -- TCP: reading only ----------------------------------------------------

def test_tcp_reads(served):
    served.wait_values("*", 2)
    for path in ("/v1/status", "/v1/health", "/v1/tree", "/v1/latest",
                 "/v1/history", "/v1/instances", "/v1/instances/c/says",
                 "/v1/modules", "/v1/modules/says"):
        status, headers, body = tcp("GET", path)
        assert status == 200, (path, body)
        assert headers["Content-Type"] == "application/json"
        assert headers["Cache-Control"] == "no-store"
        assert isinstance(json.loads(body), dict)
        status, head, body = tcp("HEAD", path)
        assert (status, body) == (200, b"")
        assert int(head["Content-Length"]) > 2


def test_tcp_changes_nothing(served):
    served.wait_values("*", 2)
    for verb in ("run", "pause", "resume", "actions/echo"):
        assert tcp_error("POST", f"/v1/instances/c/says/{verb}", "{}") == (
            403, "read_only")
    assert served.instance("c/says")["status"] == "running"
    assert tcp_error("DELETE", "/v1/instances/c/says")[0] == 405
    assert tcp_error("PUT", "/v1/status", "x")[0] == 405


@pytest.mark.parametrize("host, status", [
    ("127.0.0.1:9649", 200), ("localhost", 200), ("LOCALHOST:9649", 200),
    ("[::1]:9649", 200), (socket.gethostname(), 200), ("192.0.2.1", 200),
    ("evil.example", 421), ("localhost.evil.example", 421), ("", 421),
    ("[", 421), ("127.0.0.1.evil.example:9649", 421), ("a" * 3000, 421)])
def test_host_header(served, host, status):
    assert tcp("GET", "/v1/status", headers={"Host": host})[0] == status


def test_a_token_of_no_policy_proves_nothing(served):
    """A web page could send it."""
    assert tcp("GET", "/v1/status", headers={
        "Host": "evil.example", "Authorization": "Bearer any"})[0] == 421


def test_no_host_header(served):
    with socket.create_connection(("127.0.0.1", PORT), WAIT) as sock:
        raw(sock, "GET /v1/status HTTP/1.0\r\n\r\n")
        assert read_answer(sock) == 421


def test_ipv6(farm):
    farm({"http": f"[::1]:{PORT}"})
    status, _, body = tcp("GET", "/v1/status", host="::1")
    assert status == 200 and json.loads(body)["farm"] == "test"


def test_nothing_of_the_configuration(served, tmp_path):
    """No secret anywhere, over TCP no path either."""
    served.wait_values("*", 2)
    paths = ["/v1/status", "/v1/health", "/v1/tree", "/v1/latest",
             "/v1/history", "/v1/instances", "/v1/instances/c/says",
             "/v1/instances/store", "/v1/modules", "/v1/modules/says"]
    for path in paths:
        text = tcp("GET", path)[2].decode()
        assert SECRET not in text
        assert str(tmp_path) not in text and ".yaml" not in text, path
        assert ".so" not in text, path
        assert SECRET not in json.dumps(served.get(path))
    for verb in ("status", "instances", "modules", "top"):
        assert SECRET not in served.ctl(verb).stdout
    assert SECRET not in served.log()
    assert served.instance("c/says")["file"] == str(served.file)


def test_secret_of_a_bad_configuration(tree, tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text(f"""\
modules: [{tree.module("says")}]
clusters:
  c: {{nodes: [n], collect: [{{says: {{password: [{SECRET}]}}}},
    {{says: {{password: "file:/nonexistent/{SECRET}", name: two}}}}]}}
""")
    done = tree.check(file)
    assert done.returncode == 1
    assert SECRET not in done.stderr.replace(f"/nonexistent/{SECRET}", "")


# -- the Unix socket ------------------------------------------------------

def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_socket_rights(farm):
    one = farm({})
    assert mode(one.socket) == 0o600
    one.stop()
    assert not one.socket.exists()


def test_socket_group(farm):
    group = grp.getgrgid(os.getgid()).gr_name
    one = farm({"socket_group": group})
    assert mode(one.socket) == 0o660
    assert os.stat(one.socket).st_gid == os.getgid()


def test_socket_group_unknown(farm):
    one = farm({"socket_group": "nobodies"}, wait=False)
    assert one.process.wait(WAIT) == 2
    one.wait_line('socket_group: there is no group "nobodies"')


def test_changes_are_logged(served):
    def ask(verb):
        """Nothing as long as the nodes run anyway."""
        answer = served.request("POST", f"/v1/instances/c/says/{verb}")
        return None if "every node runs already" in str(answer) else answer

    for verb, line in (("pause", "paused"), ("resume", "resumed"),
                       ("run", "run at once"), ("actions/echo", "echo")):
        status, answer = eventually(lambda v=verb: ask(v), verb)
        assert status == 200, answer
        assert served.wait_line(f"{line}, asked by").endswith(
            f"c/says: {line}, asked by uid {os.getuid()} (pid {os.getpid()})")


# -- errors ---------------------------------------------------------------

@pytest.mark.parametrize("path, status, code, message", [
    ("/", 404, "path", "there is nothing at /"),
    ("/v2/status", 404, "path", "there is nothing at /v2/status"),
    ("/v1/instances/x", 404, "name", 'there is no instance "x"'),
    ("/v1/instances/c/says/pause", 404, "name",
     'there is no instance "c/says/pause"'),
    ("/v1/modules/x", 404, "name", 'no instance uses a module "x"'),
    ("/v1/tree?cluster=x", 404, "name", 'there is no cluster "x"'),
    ("/v1/tree?node=x", 400, "argument",
     "a node is asked for with its cluster"),
    ("/v1/latest?limit=0", 400, "argument",
     'limit is "0"; it must be 1 to 1000000'),
    ("/v1/latest?limit=-1", 400, "argument",
     'limit is "-1"; it must be 1 to 1000000'),
    ("/v1/latest?predicate=*/*/*/Load5%3Efour", 400, "argument",
     "predicate: byte 13: a number is missing"),
    ("/v1/history?predicate=*/*/*/avg(x,5m)%3E4,a", 400, "argument",
     "predicate: one with a window is asked alone"),
    ("/v1/subscribe?predicate=*/*/*/avg(x,5m)%3E4", 400, "argument",
     "predicate: a window (avg() and the like) cannot be subscribed to"),
    ("/v1/history?from=soon", 400, "argument", None),
])
def test_errors(served, path, status, code, message):
    got, answer = served.request("GET", path)
    error = answer["error"]
    assert (got, error["code"]) == (status, code)
    if message is not None:
        assert error["message"] == message
    else:
        assert error["message"].startswith('from: "soon" ')


@pytest.mark.parametrize("path, body, status, message", [
    ("c/says/dance", "", 409, 'c/says: "dance" is not one of run, pause, '
     "resume, actions/NAME"),
    ("c/says/actions/dance", "", 409, None),
    ("store/pause", "", 409, "store: only collectors can be told to pause"),
    ("nobody/run", "", 404, 'there is no instance "nobody/run"'),
    ("c/says/run?node=n9", "", 409, None),
    ("c/says/actions/echo", "{", 409, None),
    ("c/says/actions/echo", "\xff\xfe\x00", 409, None),
    ("c/says/actions/echo", "[1]", 409, "c/says: the body must be an object"),
    ("c/says/actions/echo", '"x"', 409, "c/says: the body must be an object"),
    ("c/says/actions/echo", '{"txet":"x"}', 409, None),
    ("c/says/actions/echo", "[" * 100000, 409, None),
])
def test_bad_changes(served, path, body, status, message):
    got, answer = served.request("POST", f"/v1/instances/{path}",
                                 body.encode("latin-1"))
    error = answer["error"]
    assert got == status, error
    assert error["message"]
    if message is not None:
        assert error["message"] == message


def test_action(served):
    status, answer = served.request("POST", "/v1/instances/c/says/actions/echo",
                                    json.dumps({"text": "x" * 1000}))
    assert (status, answer) == (200, {"bytes": 1000})


def test_large_body(served):
    path = "/v1/instances/c/says/actions/echo"
    status, answer = served.request(
        "POST", path, json.dumps({"text": "x" * 2**21}))
    assert (status, answer["error"]["code"]) == (413, "size")
    fits = json.dumps({"text": "x" * (2**20 - 100)})
    assert served.request("POST", path, fits) == (200, {"bytes": 2**20 - 100})


def test_truncated(served):
    served.wait_values("*", 2)
    assert served.get("/v1/latest", limit=2)["truncated"] is False
    answer = served.get("/v1/latest", limit=1)
    assert answer["truncated"] is True and len(answer["values"]) == 1
    eventually(lambda: served.get("/v1/history", limit=3)["truncated"])
    answer = served.get("/v1/history", limit=3)
    assert sum(len(s["points"]) for s in answer["series"]) == 3


# -- bad neighbours -------------------------------------------------------

def test_slow_and_half_requests(served):
    """Clients that stop in the middle hold up nobody."""
    idle = []
    for text in ("", "GET", "GET /v1/status HTTP/1.1\r\n",
                 "GET /v1/status HTTP/1.1\r\nHost: localhost\r\n",
                 "POST /v1/x HTTP/1.1\r\nHost: localhost\r\n"
                 "Content-Length: 100\r\n\r\nhalf"):
        sock = socket.create_connection(("127.0.0.1", PORT), WAIT)
        raw(sock, text)
        idle.append(sock)
    assert tcp("GET", "/v1/status")[0] == 200
    raw(idle[3], "\r\n")
    assert read_answer(idle[3]) == 200
    for sock in idle:
        sock.close()


def test_nonsense(served):
    for text in ("\0\0\0\0", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                 "GET " + "a" * 100000 + " HTTP/1.1\r\n\r\n",
                 "POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", PORT), WAIT) as sock:
            try:
                raw(sock, text)
                sock.shutdown(socket.SHUT_WR)
                sock.recv(65536)
            except OSError:  # reset, or gone already
                pass
    assert tcp("GET", "/v1/status")[0] == 200


def test_reader_that_does_not_read(served):
    served.wait_values("*", 2)
    with socket.create_connection(("127.0.0.1", PORT), WAIT) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        for _ in range(50):
            raw(sock, "GET /v1/modules/says HTTP/1.1\r\nHost: localhost"
                "\r\n\r\n")
        assert tcp("GET", "/v1/status")[0] == 200


def test_too_many_connections(served):
    """Those beyond the bound are turned away; the other door stays open."""
    many = [socket.create_connection(("127.0.0.1", PORT), WAIT)
            for _ in range(65)]
    assert served.get("/v1/status")["farm"] == "test"
    many.pop(0).close()
    many.pop(0).close()

    def answered():
        try:
            return tcp("GET", "/v1/status")[0] == 200
        except (ConnectionError, http.client.HTTPException):
            return False

    eventually(answered, "an answer once two have gone")
    for sock in many:
        sock.close()


def test_many_at_once(served):
    served.wait_values("*", 2)
    failures = []

    def ask():
        for _ in range(10):
            if tcp("GET", "/v1/latest")[0] != 200:
                failures.append(1)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures
