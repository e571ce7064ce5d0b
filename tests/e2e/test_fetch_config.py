"""Additions to the configuration from a web server."""

import shutil
import socket

import pytest

from authority import Authority
from farm import eventually
from web import Web

GOOD = b"clusters: {more: {nodes: [m1], collect: [{exec: {every: 1s, " \
       b"command: [\"echo\", \"from 1\"]}}]}}\n"
OTHER = GOOD.replace(b"from 1", b"from 2")
BAD = b"clusters: {more: {nodes: [m1], collects: []}}\n"


class Site:
    """One page, with an ETag of what it is."""

    def __init__(self, web):
        self.web, self.body, self.statuses = web, GOOD, []
        self.url = web.url + "/site/farm.yaml"

        def page(handler):
            etag = f'"{hash(self.body) & 0xffff}"'
            same = handler.headers.get("If-None-Match") == etag
            self.statuses.append(304 if same else 200)
            handler.answer(b"" if same else self.body,
                           304 if same else 200, ETag=etag)

        web.handlers["/site/farm.yaml"] = page


@pytest.fixture
def web():
    one = Web()
    yield one
    one.stop()


@pytest.fixture
def site(web):
    return Site(web)


def config():
    return {"clusters": {"c": {"nodes": ["n1"], "collect": [
        {"exec": {"every": "1s", "command": ["echo", "a 1"]}}]}}}


def fetch(f, url, *more):
    return f.ctl("fetch-config", "--config", str(f.file), "--socket",
                 str(f.socket), "--timeout", "5s", *more, url)


def conf_d(f):
    """What is left there."""
    return sorted(p.name for p in (f.folder / "conf.d").iterdir())


def test_fetch(farm, site):
    """It is used at once, and asked for once."""
    f = farm(config())
    done = fetch(f, site.url)
    assert done.returncode == 0, done.stderr
    eventually(lambda: f.latest().get(("more", "m1", "from")) == 1,
               "its first value")
    done = fetch(f, site.url)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert site.statuses == [200, 304]
    site.body = OTHER
    assert "farm.yaml is new" in fetch(f, site.url).stdout
    eventually(lambda: f.latest().get(("more", "m1", "from")) == 2,
               "another value")
    assert conf_d(f) == [".farm.fetched", "farm.yaml"]


def test_bad(farm, site):
    """The set that runs is not touched, nor what is on the disk."""
    f = farm(config())
    assert fetch(f, site.url).returncode == 0
    site.body = BAD
    for _ in range(2):
        done = fetch(f, site.url)
        assert done.returncode == 2
        assert 'unknown key "collects"' in done.stderr
        assert "what was there stays" in done.stderr
    assert (f.folder / "conf.d" / "farm.yaml").read_bytes() == GOOD
    assert conf_d(f) == [".farm.fetched", "farm.yaml"]
    assert f.ctl("reload").returncode == 0
    eventually(lambda: f.latest().get(("more", "m1", "from")) == 1, "a value")


def test_start_without_the_server(farm, site, web):
    f = farm(config())
    assert fetch(f, site.url).returncode == 0
    web.stop()
    f.stop()
    f.start()
    eventually(lambda: f.latest().get(("more", "m1", "from")) == 1, "a value")
    done = fetch(f, site.url)
    assert done.returncode == 2 and "connect" in done.stderr


@pytest.mark.parametrize("path, why", [
    ("/reset", "reset by peer"), ("/half", "transfer closed with"),
    ("/hang", "timed out"), ("/endless", "more than 4194304 bytes"),
    ("/bomb", "more than 4194304 bytes"), ("/gone", "status 410"),
    ("/circle", "Maximum (5) redirects"), ("/garbage", "HTTP/0.9"),
    ("/to?url=file:///etc/passwd", "not supported"),
])
def test_faults(farm, web, path, why):
    f = farm(config())
    done = fetch(f, web.url + path, "--timeout", "2s")
    assert done.returncode == 2
    assert why in done.stderr
    assert conf_d(f) == []


def test_redirected(farm, site, web):
    f = farm(config())
    done = fetch(f, web.url + "/to?url=" + site.url, "--offline")
    assert done.returncode == 0, done.stderr
    assert conf_d(f) == [".to.fetched", "to.yaml"]


def listening(port):
    return ("clusters: {more: {nodes: [_], collect: [{udp: {format: influx, "
            f"listen: \"udp://127.0.0.1:{port}\"}}}}]}}}}\n").encode()


def test_daemon_refuses(farm, site):
    """What is good on paper and cannot be had: the port is taken."""
    f = farm(config())
    site.body = before = listening(28701)
    assert fetch(f, site.url).returncode == 0
    eventually(lambda: f.instance("more/udp")["status"] == "running", "it")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        site.body = listening(taken.getsockname()[1])
        done = fetch(f, site.url)
    assert done.returncode == 2 and "reload: " in done.stderr, done
    assert (f.folder / "conf.d" / "farm.yaml").read_bytes() == before
    assert conf_d(f) == [".farm.fetched", "farm.yaml"]
    assert f.ctl("reload").returncode == 0


def test_paths_are_those_of_its_place(farm, site):
    """A relative path in it is one from conf.d, also while it is tried."""
    f = farm(config())
    (f.folder / "conf.d").mkdir()
    (f.folder / "conf.d" / "nodes").write_text("m1\n")
    site.body = GOOD.replace(b"nodes: [m1]", b"nodes: [\"@nodes\"]")
    done = fetch(f, site.url)
    assert done.returncode == 0, done.stderr
    eventually(lambda: f.latest().get(("more", "m1", "from")) == 1, "a value")


@pytest.mark.skipif(shutil.which("openssl") is None,
                    reason="openssl is not installed")
def test_bad_certificate(farm, tmp_path):
    ours = Authority(tmp_path / "ours", "authority")
    web = Web(tls=ours.issue("server", server=True))
    try:
        site = Site(web)
        f = farm(config())
        done = fetch(f, site.url)
        assert done.returncode == 2 and "certificate" in done.stderr
        done = fetch(f, site.url, "--ca", str(ours.cert))
        assert done.returncode == 0, done.stderr
    finally:
        web.stop()
