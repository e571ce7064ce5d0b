"""Exporters by HTTP: a real one, and answers with faults."""

import json
import shutil
import socket
import subprocess

import pytest

from farm import eventually

EXPORTER = shutil.which("prometheus-node-exporter")


def scrapes(**instances):
    """Instances by name, each with its options; all of one node."""
    return {"clusters": {"c": {"nodes": ["localhost"], "collect": [
        {"scrape": {"every": "1s", "deadline": "30s", "name": name, **options}}
        for name, options in instances.items()]}}}


def value(farm, parameter, wanted, node="localhost"):
    key = ("c", node, parameter)
    eventually(lambda: farm.latest().get(key) == wanted,
               f"{parameter} = {wanted!r}, but {farm.latest().get(key)!r}")


def why(farm, name):
    """Why its target failed the last time that it did; None: never."""
    return farm.instance(name)["targets"][0].get("last_error")


def told(farm):
    """What is known of each parameter."""
    return {v["parameter"]: v for v in
            farm.get("/v1/latest", predicate="*", limit=10000)["values"]}


def failing(farm, name, wanted):
    eventually(lambda: wanted in (why(farm, name) or ""),
               f"{wanted!r}, but {why(farm, name)!r}")


def listens():
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", 9100)) == 0


def test_real_exporter(farm):
    assert EXPORTER, "prometheus-node-exporter is not installed"
    exporter = subprocess.Popen(
        [EXPORTER, "--web.listen-address=127.0.0.1:9100",
         "--collector.disable-defaults", "--collector.loadavg",
         "--collector.meminfo", "--collector.cpu"],
        stderr=subprocess.DEVNULL)
    try:
        eventually(listens, "the exporter")
        f = farm(scrapes(node={"every": "500ms"}))
        names = ("node_load1", "node_memory_MemTotal_bytes",
                 "node_cpu_seconds_total_0_idle", "scrape_time")
        eventually(lambda: {("c", "localhost", n) for n in names} <=
                   f.latest().keys(), "its values")
        with open("/proc/meminfo", encoding="ascii") as meminfo:
            total = int(meminfo.readline().split()[1]) * 1024
        assert f.latest()[("c", "localhost", names[1])] == total
        idle = told(f)[names[2]]
        assert told(f)[names[1]]["unit"] == "By"
        assert (idle["kind"], idle["unit"]) == ("counter64", "s")
        assert idle["labels"] == {"cpu": "0", "mode": "idle"}
        assert why(f, "node") is None
    finally:
        exporter.terminate()
        exporter.wait(30)


def test_answers(farm, serving):
    web = serving()
    web.pages |= {
        "/open": b"# TYPE t_seconds counter\n# UNIT t_seconds seconds\n"
                 b't_seconds_total{node="n2",x="1"} 3 # {id="9"} 1\n# EOF\n',
        "/broken": b"o_a 1\no_b 2\n",
        "/wrong": b"w_a 1\nw_b = 2\nw_c 3\n",
        "/page": b"<html>\n<p>hello</p>\n",
    }
    web.types |= {path: "application/openmetrics-text; version=1.0.0"
                  for path in ("/open", "/broken")}
    f = farm(scrapes(
        open={"url": web.url + "/open", "node_label": "node"},
        broken={"url": web.url + "/broken"},
        wrong={"url": web.url + "/wrong"},
        page={"url": web.url + "/page"},
        none={"url": web.url + "/none"},
        half={"url": web.url + "/half"},
        hang={"url": web.url + "/hang", "timeout": "200ms"},
        bomb={"url": web.url + "/bomb", "body_max": "1MiB"}))
    value(f, "t_seconds_total_1", 3, node="n2")
    for name, number in (("o_a", 1), ("o_b", 2), ("w_a", 1), ("w_c", 3)):
        value(f, name, number)
    failing(f, "broken", 'its answer: it breaks off: there is no "# EOF"')
    failing(f, "wrong", 'its answer: "w_b": the value is no number')
    failing(f, "page", 'its answer: "<html>": the value is no number')
    failing(f, "none", "/none: HTTP status 404")
    failing(f, "half", "90 bytes remaining")
    failing(f, "hang", "timed out")
    failing(f, "bomb", "answers with more than 1048576 bytes")
    assert why(f, "open") is None
    accept = [h["Accept"] for _, path, h in web.asked if path == "/open"][0]
    assert accept.startswith("application/openmetrics-text;version=1.0.0,")


def test_what_came(farm, serving):
    """Of an answer that breaks off, the lines that were whole."""
    web = serving()
    web.pages["/long"] = b"".join(b"l_%d 1\n" % i for i in range(200))
    f = farm(scrapes(long={"url": web.url + "/long", "body_max": "1000"}))
    value(f, "l_0", 1)
    failing(f, "long", "answers with more than 1000 bytes")


def test_json(farm, serving):
    web = serving()
    web.pages["/varz"] = json.dumps({
        "mem": 4096, "in_bytes": 7, "routes": {"a": {"count": 1},
                                               "b": {"count": 2}}}).encode()
    f = farm(scrapes(
        some={"url": web.url + "/varz", "format": "json", "prefix": "some.",
              "values": {"memory": "/mem", "received": "/in_bytes",
                         "route_*": "/routes/*/count", "gone": "/gone"},
              "units": {"memory": "By"}, "counters": ["received"]},
        all={"url": web.url + "/varz", "format": "json"}))
    value(f, "some.route_b", 2)
    value(f, "routes_a_count", 1)
    failing(f, "some", "its answer: /gone: leads nowhere")
    assert told(f)["some.memory"]["unit"] == "By"
    assert told(f)["some.received"]["kind"] == "counter64"


@pytest.mark.parametrize("options,wanted", [
    ('url: "//x"', 'url: "//x": begins with neither http:// nor https://'),
    ("values: {a: /b}", "values: need format json"),
    ("{format: json, values: {a: b}}",
     'values[0]: "b" does not begin with a "/"')])
def test_check(tree, tmp_path, options, wanted):
    config = tmp_path / "farm.yaml"
    body = options if options.startswith("{") else "{" + options + "}"
    config.write_text("clusters:\n  c:\n    nodes: [n]\n    collect:\n"
                      f"      - scrape: {body}\n")
    done = tree.check(config)
    assert done.returncode != 0
    assert wanted in done.stdout + done.stderr
