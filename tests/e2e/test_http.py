"""Probes of URLs, against a server with faults."""

import socket

from authority import Authority
from farm import eventually


def probes(targets, **options):
    """Instances by prefix, each a URL or options; all of one node."""
    return {"clusters": {"web": {"nodes": ["localhost"], "collect": [
        {"http": {"every": "1s", "name": name, "prefix": name + ".",
                  **options,
                  **({"url": o} if isinstance(o, str) else o)}}
        for name, o in targets.items()]}}}


def status(farm, name, wanted, node="localhost"):
    key = ("web", node, f"{name}.status")
    ok = ("web", node, f"{name}.ok")

    def told():
        latest = farm.latest()
        return wanted in latest.get(key, "") and \
            latest.get(ok) is (wanted == "ok")

    eventually(told, f"{wanted!r}, but {farm.latest().get(key)!r}")


def test_statuses(farm, serving):
    web = serving()
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()[1]
    f = farm(probes({
        "good": web.url + "/good",
        "none": web.url + "/none",
        "gone": {"url": web.url + "/gone", "status": ["404", "410-411"]},
        "match": {"url": web.url + "/good", "match": ["^all is (well|fine)$"],
                  "match_not": ["error"]},
        "missed": {"url": web.url + "/good", "match": ["^is"]},
        "excluded": {"url": web.url + "/good", "match_not": ["w.ll"]},
        "hang": {"url": web.url + "/hang", "timeout": "200ms"},
        "half": web.url + "/half",
        "reset": web.url + "/reset",
        "endless": web.url + "/endless",
        "bomb": web.url + "/bomb",
        "garbage": web.url + "/garbage",
        "zipped": {"url": web.url + "/zipped", "match": "packed"},
        "to": web.url + "/to?url=/good",
        "first": {"url": web.url + "/to?url=/good", "redirects": 0,
                  "status": "302"},
        "away": web.url + "/to?url=file:///etc/passwd",
        "circle": {"url": web.url + "/circle", "redirects": 3},
        "closed": f"http://127.0.0.1:{closed}/",
        "nobody": "http://host.invalid/",
    }))
    for name in ("good", "gone", "match", "zipped", "to", "first"):
        status(f, name, "ok")
    status(f, "none", "HTTP status 404")
    status(f, "missed", 'the answer does not match "^is"')
    status(f, "excluded", 'the answer matches "w.ll"')
    status(f, "hang", "timed out after")
    status(f, "half", "90 bytes remaining")
    status(f, "reset", "reset by peer")
    status(f, "endless", "answers with more than 1048576 bytes")
    status(f, "bomb", "answers with more than 1048576 bytes")
    status(f, "garbage", "HTTP/0.9")
    status(f, "away", 'Protocol "file" ')
    status(f, "circle", "Maximum (3) redirects followed")
    status(f, "closed", f"connect to 127.0.0.1 port {closed}")
    status(f, "nobody", "Could not resolve host: host.invalid")
    latest = f.latest()
    got = {name: latest.get(("web", "localhost", name)) for name in (
        "good.http_status", "good.size", "good.address", "to.redirects",
        "none.http_status", "first.http_status")}
    assert got == {"good.http_status": 200, "good.size": 12,
                   "good.address": "127.0.0.1", "to.redirects": 1,
                   "none.http_status": 404, "first.http_status": 302}
    for part in ("connect", "first_byte", "total"):
        assert latest[("web", "localhost", f"good.{part}_time")] > 0
    # What it did not come to is not 0.
    for missing in ("good.tls_time", "good.certificate_days",
                    "closed.first_byte_time", "closed.http_status"):
        assert ("web", "localhost", missing) not in latest


def test_times(farm, serving):
    """Each part for itself: what the server waits with is the first byte."""
    web = serving()
    web.pages["/slow"] = lambda: web.over.wait(0.5) or b"late\n"
    f = farm(probes({"slow": web.url + "/slow"}))
    status(f, "slow", "ok")
    values = f.latest()
    latest = {name: values[("web", "localhost", f"slow.{name}_time")]
              for name in ("connect", "first_byte", "total")}
    assert latest["first_byte"] >= 0.5
    assert latest["connect"] + latest["first_byte"] <= latest["total"] + 0.001


def test_questions(farm, serving, tmp_path):
    web = serving("127.0.0.1")
    six = serving("::1")
    secret = tmp_path / "token"
    secret.write_text("s3cret\n")
    secret.chmod(0o600)
    f = farm(probes({
        "post": {"url": web.url + "/echo", "method": "POST", "body": "a b",
                 "match": "^POST a b$"},
        "head": {"url": web.url + "/good", "method": "HEAD"},
        "token": {"url": web.url + "/good", "token": f"file:{secret}",
                  "headers": {"X-Test": "1"}},
        "user": {"url": web.url + "/good", "user": "u", "password": "p"},
        "six": six.url + "/good",
        "named": {"url": "http://www.example.org/good",
                  "connect_to": f"127.0.0.1:{web.port}"},
    }))
    for name in ("post", "head", "token", "user", "six", "named"):
        status(f, name, "ok")
    seen = [h for _, _, h in web.asked]
    assert any(h.get("Authorization") == "Bearer s3cret" and
               h.get("X-Test") == "1" for h in seen)
    assert any(h.get("Authorization") == "Basic dTpw" for h in seen)
    assert any(h.get("Host") == "www.example.org" for h in seen)
    assert f.latest()[("web", "localhost", "six.address")] == "::1"


def test_tls(farm, serving, tmp_path):
    ours = Authority(tmp_path / "ours", "authority")
    web = serving(tls=ours.issue("server", server=True))
    f = farm(probes({
        "good": {"url": web.url + "/good", "ca": str(ours.cert)},
        "unknown": web.url + "/good",
        "name": {"url": "https://www.example.org/good", "ca": str(ours.cert),
                 "connect_to": f"127.0.0.1:{web.port}"},
        "trusting": {"url": "https://www.example.org/good", "verify": False,
                     "connect_to": f"127.0.0.1:{web.port}"},
        "plain": web.url.replace("https", "http") + "/good",
    }))
    status(f, "good", "ok")
    status(f, "trusting", "ok")
    status(f, "unknown", "SSL certificate problem")
    status(f, "name", "no alternative certificate subject name matches")
    status(f, "plain", "")
    latest = f.latest()
    assert 0.9 < latest[("web", "localhost", "good.certificate_days")] <= 1
    assert latest[("web", "localhost", "good.tls_time")] > 0
    assert latest[("web", "localhost", "plain.ok")] is False


def test_authorities_are_read_once(farm, serving, tmp_path):
    """To read as many as a system has costs more than all the rest."""
    ours = Authority(tmp_path / "ours", "authority")
    web = serving(tls=ours.issue("server", server=True))
    f = farm(probes({"good": {"url": web.url + "/good",
                              "ca": str(ours.cert)}}))
    status(f, "good", "ok")
    ours.cert.unlink()
    before = len(web.asked)
    eventually(lambda: len(web.asked) >= before + 3, "further questions")
    status(f, "good", "ok")


def test_many(farm, serving):
    """Those that hang cost the others nothing."""
    web = serving()
    nodes = [f"n{i}" for i in range(200)]
    f = farm({"clusters": {
        "web": {"nodes": nodes, "collect": [
            {"http": {"every": "2s", "url": web.url + "/good?{node}",
                      "deadline": "30s"}}]},
        "bad": {"nodes": nodes, "collect": [
            {"http": {"every": "2s", "url": web.url + "/hang?{node}",
                      "timeout": "1s"}}]}}})

    def all_said():
        latest = f.latest()
        return all(latest.get(("web", n, "ok")) is True and
                   latest.get(("bad", n, "ok")) is False for n in nodes)

    eventually(all_said, "all 400 targets")


def test_check(tree, tmp_path):
    config = tmp_path / "farm.yaml"
    config.write_text("""
clusters:
  web:
    nodes: [localhost]
    collect:
      - http: {url: "ftp://{address}/"}
      - http: {name: b, url: "http://{host}/", status: [20x]}
      - http: {name: c, match: ["ok", "(a"]}
      - http: {name: d, connect_to: "{x}"}
""")
    done = tree.check(config)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    for line in (
            ':6:21: error: url: "ftp://{address}/": begins with neither '
            "http:// nor https://",
            ':7:30: error: url: "http://{host}/": byte 8 begins none of ',
            ':7:57: error: status[0]: "20x" is none of 404, 2xx, 200-299',
            ':8:39: error: match[1]: "(a": Unmatched ( or ',
            ':9:37: error: connect_to: "{x}": byte 1 begins none of '):
        assert line in said, said


def test_tcp(farm, serving, tmp_path):
    """Whether somebody listens, without a word."""
    ours = Authority(tmp_path / "ours", "authority")
    plain, secret = serving(), serving(tls=ours.issue("server", server=True))
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()[1]
    f = farm({"clusters": {"web": {"nodes": ["localhost"], "collect": [
        {"tcp": {"every": "1s", "name": name, "prefix": name + ".", **more}}
        for name, more in {
            "plain": {"port": plain.port},
            "closed": {"port": closed},
            "tls": {"port": secret.port, "tls": True, "ca": str(ours.cert)},
            "unknown": {"port": secret.port, "tls": True},
            "none": {"port": plain.port, "tls": True}}.items()]}}})
    for name in ("plain", "tls"):
        status(f, name, "ok")
    status(f, "closed", f"port {closed}")
    status(f, "unknown", "SSL certificate problem")
    status(f, "none", "SSL")
    latest = f.latest()
    assert latest[("web", "localhost", "plain.connect_time")] > 0
    assert latest[("web", "localhost", "tls.tls_time")] > 0
    assert 0.9 < latest[("web", "localhost", "tls.certificate_days")] <= 1
    assert ("web", "localhost", "plain.tls_time") not in latest
    assert plain.asked == []
