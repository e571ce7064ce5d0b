"""Collector `farm': parents and children."""

import http.server
import threading

import pytest

from farm import eventually
from saying import say, saying
from storing import rows


def child(tree, name, **more):
    """Counts by a module that goes on behind its last checkpoint."""
    return {"farm": name, "modules": [tree.module("counts")],
            "journal": {"sync": "never"},
            "clusters": {"c": {"nodes": ["n1"], "collect": [
                # One that is late would be left out by its own farmd.
                {"counts": {"every": "50ms", "burst": 3,
                            "deadline": "30s"}}]}}, **more}


def taking(*children, database=None, **options):
    collect = [{"farm": {"name": f"child{i}", "url": f"unix:{one.socket}",
                         **options}} for i, one in enumerate(children)]
    config = {"farm": "parent",
              "clusters": {"farms": {"nodes": ["localhost"],
                                     "collect": collect}}}
    if database is not None:
        config["writers"] = {"store": {
            "match": "*/c/*/*", "sql": {"url": f"sqlite:{database}"}}}
    return config


def values(database, farm):
    return [int(v) for (v,) in rows(
        database, "SELECT value FROM history WHERE parameter = 'count' AND "
        f"farm = '{farm}' ORDER BY position, value")]


def is_whole(numbers):
    """None is missing, none came twice."""
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def last_of(database, farm):
    got = values(database, farm)
    return got[-1] if got else 0


def test_two_children(tree, farm, tmp_path):
    """Both farms are seen, under their names, and an aggregate over them."""
    files = [tmp_path / "a", tmp_path / "b"]
    for i, path in enumerate(files):
        say(path, [("double", "load", str(1.5 + i), "", "gauge"),
                   ("uint64", "big", str(2**64 - 1 - i), "By", "counter64"),
                   ("text", "word", f"é{i}", "", "state")])
    children = [farm({**saying(tree, path, every="300ms"), "farm": name})
                for name, path in zip(("east", "west"), files)]
    config = taking(*children)
    config["filters"] = [{"aggregate": {
        "match": "*/c/*/load", "by": ["parameter"], "every": "1s",
        "give": ["sum", "count"], "cluster": "all", "node": "all"}}]
    parent = farm(config)
    eventually(lambda: len(parent.get(
        "/v1/latest", predicate="*/c/*/*")["values"]) == 12, "both farms")
    got = {(v["farm"], v["node"], v["parameter"]): v for v in parent.get(
        "/v1/latest", predicate="*/c/*/*")["values"]}
    assert got["west", "n2", "load"]["value"] == 2.5
    assert got["east", "n1", "big"]["value"] == str(2**64 - 1)
    assert got["east", "n1", "big"]["unit"] == "By"
    assert got["west", "n1", "word"]["value"] == "é1"
    eventually(lambda: parent.latest("*/all/*/*").get(
        ("all", "all", "load_sum")) == 8, "the sum over both farms")


def test_children_come_and_go(tree, farm, tmp_path):
    """Killed children, a restarted parent: no number is missing or twice."""
    database = tmp_path / "all.db"
    one = farm(child(tree, "one"))
    config = taking(one, database=database)
    parent = farm(config)
    eventually(lambda: last_of(database, "one") > 0, "the first numbers")
    for _ in range(2):
        before = last_of(database, "one")
        parent.kill()
        eventually(lambda: one.latest("*/c/*/count")["c", "n1", "count"] >
                   before + 30, "numbers without a parent")
        parent.start()
        eventually(lambda: last_of(database, "one") > before + 60,
                   "numbers after it came back")
    assert is_whole(eventually(lambda: values(database, "one")))
    before = last_of(database, "one")
    one.stop()
    one.start()
    eventually(lambda: last_of(database, "one") > before + 60,
               "numbers after the child came back")
    assert is_whole(eventually(lambda: values(database, "one")))
    gaps = parent.latest("*/farms/localhost/subscription_gaps")
    assert set(gaps.values()) == {"0"} or set(gaps.values()) == {0}


def test_round_a_circle(tree, farm, tmp_path):
    """What comes back is left out."""
    path = tmp_path / "said"
    say(path, [("double", "a", "1", "", "gauge")])
    first = farm({**saying(tree, path, every="200ms"), "farm": "first"})
    second = farm({**taking(first), "farm": "second"})
    second.wait_values("first/c/*/a", 2)
    config = {**saying(tree, path, every="200ms"), "farm": "first"}
    config["clusters"].update(taking(second)["clusters"])
    first.write(config)
    assert first.ctl("reload").returncode == 0

    def loops():
        counts = first.latest("*/farms/localhost/subscription_loops")
        return [n for n in counts.values() if int(n) > 0]

    eventually(loops, "values that came back")


def test_not_a_farm(farm):
    """Another server, a token that is none, nobody."""
    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello, this is a web site" * 10)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Other)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        port = server.server_address[1]
        one = farm({"clusters": {"farms": {"nodes": ["localhost"], "collect": [
            {"farm": {"name": "other", "url": f"http://127.0.0.1:{port}"}},
            {"farm": {"name": "nobody", "url": "http://127.0.0.1:1"}}]}}})
        assert "these are no frames" in one.wait_line("warning other")
        assert "127.0.0.1:1: " in one.wait_line("warning nobody")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("url", ["ftp://x", "here", "http://"])
def test_bad_url(tree, tmp_path, url):
    file = tmp_path / "farm.yaml"
    file.write_text(
        "farm: t\nclusters:\n  f:\n    nodes: [n]\n    collect:\n"
        f"      - farm: {{url: '{url}'}}\n")
    done = tree.run(tree.farmd, "--check", "--config", str(file))
    assert done.returncode == 1
    assert f'"{url}"' in done.stderr
