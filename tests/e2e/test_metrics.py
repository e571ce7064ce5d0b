"""Others read us: /metrics for Prometheus, /healthz, /readyz."""

import datetime
import json
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest

import formats
from farm import WAIT, eventually
from saying import say, saying

PORT = 9649
PROMETHEUS = 9090
OPEN = "application/openmetrics-text; version=1.0.0"
SAID = [
    ("double", "load", "1.5", "1", "gauge"),
    ("double", "uptime", "12", "s", "gauge"),
    ("uint64", "in", "18446744073709551615", "By", "counter64"),
    ("boolean", "alive", "true", "", "state"),
    ("double", "nothing", "NaN", "", "gauge"),
    ("double", "endless", "-inf", "", "gauge"),
    ("text", "name", "a \"b\"", "", "state"),
]
ODD = [
    ("double", "Gi1/0/1", "1", "Mbit/s", "gauge"),
    ("double", "Gi1_0_1", "2", "Mbit/s", "gauge"),
    ("double", "été \\ \"x\"", "3", "{}", "gauge"),
    ("double", "x_total", "4", "", "gauge"),
    ("uint64", "x", "5", "", "counter32"),
]

needs_prometheus = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="prometheus is not installed")


@pytest.fixture
def told(farm, tree, tmp_path):
    """A farm that says what it is told, by the second."""
    def begin(lines, nodes=("n1", "n2"), **more):
        path = tmp_path / "said"
        say(path, lines)
        one = farm({**saying(tree, path, nodes, every="1s"),
                    "http": f"127.0.0.1:{PORT}", **more})
        one.wait_values("*", len(lines) * len(nodes))
        return one
    return begin


def fetch(path, accept="*/*", port=PORT):
    """Status, type and text."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Accept": accept})
    try:
        with urllib.request.urlopen(request, timeout=WAIT) as answer:
            return (answer.status, answer.headers["Content-Type"],
                    answer.read().decode())
    except urllib.error.HTTPError as error:
        return error.code, error.headers["Content-Type"], error.read().decode()


def metrics(query="", **how):
    status, _, text = fetch(
        "/metrics?" + urllib.parse.urlencode(query), **how)
    assert status == 200, text
    return text


def samples(text):
    """Of node n1, by metric."""
    plain = "".join(l + "\n" for l in text.split("\n")
                    if l.startswith("farm_"))
    return {name: value for (name, labels), value in
            formats.prometheus(plain).items()
            if dict(labels)["node"] == "n1"}


def promtool(text):
    done = subprocess.run(["promtool", "check", "metrics"], input=text,
                          capture_output=True, text=True, check=False,
                          timeout=WAIT)
    return done.returncode, done.stdout + done.stderr


@needs_prometheus
def test_promtool_finds_nothing(told):
    told(SAID)
    text = metrics()
    assert promtool(text) == (0, "")
    assert samples(text) == {
        "farm_load": "1.5", "farm_uptime_seconds": "12",
        "farm_in_bytes_total": "18446744073709551615", "farm_alive": "1",
        "farm_nothing": "NaN", "farm_endless": "-Inf"}
    for line in ("# TYPE farm_in_bytes_total counter",
                 "# UNIT farm_uptime_seconds seconds",
                 'farm_load{farm="test",cluster="c",node="n2"} 1.5',
                 'farmd_left_out_series{reason="text"} 2'):
        assert line + "\n" in text


@needs_prometheus
def test_odd_names_are_kept_apart(told):
    told(ODD, nodes=["n1"])
    text = metrics()
    # What it dislikes are names; it reads all of it.
    code, words = promtool(text)
    assert code == 3 and "error while" not in words, words
    assert sum(l.startswith("farm_") for l in text.split("\n")) == len(ODD)
    for line in ('farm_Gi1_0_1_megabits_per_second{farm="test",cluster="c",'
                 'node="n1",parameter="Gi1/0/1"} 1',
                 'farm_Gi1_0_1_megabits_per_second{farm="test",cluster="c",'
                 'node="n1"} 2',
                 'parameter="été \\\\ \\"x\\""} 3',
                 "farmd_shared_metrics 2", "farmd_folded_parameters 2"):
        assert line + "\n" in text, text


def test_matches(told):
    told(SAID)
    all_of = {"farm_load", "farm_uptime_seconds", "farm_in_bytes_total",
              "farm_alive", "farm_nothing", "farm_endless"}
    for query, want in (
            ([], all_of),
            ([("match[]", "*/*/*/load")], {"farm_load"}),
            ([("match[]", "*/*/*/load"), ("match[]", "*/c/n1/up*")],
             {"farm_load", "farm_uptime_seconds"}),
            ([("match[]", "*/*/*/load,*/*/*/alive")],
             {"farm_load", "farm_alive"}),
            ([("match[]", "*/*/*/uptime>20")], set()),
            ([("match[]", "*/*/n3")], set())):
        assert set(samples(metrics(query))) == want, query
    for bad, words in (("*/*/*/x>y", "byte"), ("*/*/*/avg(x,5m)>1", "window")):
        status, _, text = fetch(
            "/metrics?" + urllib.parse.urlencode({"match[]": bad}))
        error = json.loads(text)["error"]
        assert (status, error["place"]) == (400, "match[]")
        assert words in error["message"]
    many = urllib.parse.urlencode([("match[]", "*")] * 65)
    assert fetch("/metrics?" + many)[0] == 400


def test_timestamps(told):
    one = told([("double", "load", "1", "", "gauge")], nodes=["n1"])
    assert 'node="n1"} 1\n' in metrics()
    one.request("POST", "/v1/instances/c/says/pause")
    # One that had begun may still come.
    before = after = None
    while before is None or before != after:
        before = one.get("/v1/latest")["values"][0]["time"]
        text = metrics({"timestamps": "true"})
        after = one.get("/v1/latest")["values"][0]["time"]
    ms = datetime.datetime.fromisoformat(
        before[:23] + "+00:00").timestamp() * 1000
    assert f'node="n1"}} 1 {ms:.0f}\n' in text


def test_openmetrics(told):
    told(SAID)
    status, kind, text = fetch("/metrics", accept=OPEN + ",*/*;q=0.1")
    assert status == 200 and kind.startswith(OPEN)
    assert text.endswith("# EOF\n")
    assert "# TYPE farm_in_bytes counter\n" in text
    assert "\nfarm_in_bytes_total{" in text
    assert "# UNIT farm_in_bytes bytes\n" in text
    assert fetch("/metrics")[1].startswith("text/plain; version=0.0.4")


def test_what_is_no_more_goes(farm, tree, tmp_path):
    path = tmp_path / "said"
    say(path, [("double", "a", "1", "", "gauge"),
               ("double", "b", "1", "", "gauge")])
    config = saying(tree, path, ["n1"], every="100ms")
    config["clusters"]["c"]["lifetime"] = "3s"
    one = farm({**config, "http": f"127.0.0.1:{PORT}"})
    one.wait_values("*", 2)
    assert "\nfarm_a{" in metrics()
    say(path, [("double", "b", "1", "", "gauge")])
    eventually(lambda: "\nfarm_a{" not in metrics())
    assert "\nfarm_b{" in metrics()


@needs_prometheus
def test_many_series(farm, tree):
    """More than a piece of the answer, and by no means all in memory."""
    one = farm({**saying(tree, nodes=["n[00001-10050]"], every="1h"),
                "limits": {"queue": "256MiB"}, "http": f"127.0.0.1:{PORT}"})
    eventually(lambda: one.instance("c/says")["status"] == "running")
    assert one.request("POST", "/v1/instances/c/says/run")[0] == 200
    one.wait_values("*", 10050)
    text = metrics()
    assert text.count("\nfarm_count_total{") == 10050
    assert text.count("# TYPE farm_count_total counter\n") == 1
    assert "# HELP farm_count_total runs so far\n" in text
    assert promtool(text) == (0, "")


@needs_prometheus
def test_prometheus_scrapes(told, tmp_path):
    """The real one, in both formats' dialects that it asks for."""
    told(SAID + ODD)
    config = tmp_path / "prometheus.yml"
    config.write_text(f"""\
global: {{scrape_interval: 1s}}
scrape_configs:
- job_name: farm
  params: {{"match[]": ["test/c/*"]}}
  static_configs: [{{targets: ["127.0.0.1:{PORT}"]}}]
""")
    log = open(tmp_path / "prometheus.log", "w+", encoding="utf-8")
    server = subprocess.Popen(
        ["prometheus", f"--config.file={config}",
         f"--storage.tsdb.path={tmp_path}/tsdb",
         f"--web.listen-address=127.0.0.1:{PROMETHEUS}"],
        stdout=log, stderr=log)

    def ask(query):
        try:
            text = fetch("/api/v1/query?" + urllib.parse.urlencode(
                {"query": query}), port=PROMETHEUS)[2]
        except OSError:
            return None
        if not text.startswith("{"):
            return None
        return {(r["metric"].get("node"), r["metric"].get("parameter")):
                r["value"][1] for r in json.loads(text)["data"]["result"]}

    try:
        eventually(lambda: ask('up{job="farm"} == 1'),
                   "a scrape by prometheus", 60)
        assert ask("farm_load") == {("n1", None): "1.5", ("n2", None): "1.5"}
        assert ask("farm_in_bytes_total")[("n2", None)].startswith("18446744")
        odd = ask("farm_Gi1_0_1_megabits_per_second")
        assert odd == {(n, p): v for n in ("n1", "n2")
                       for p, v in (("Gi1/0/1", "1"), (None, "2"))}
        assert ask("farm_nothing")[("n1", None)] == "NaN"
        assert ask("scrape_samples_scraped")
    finally:
        server.terminate()
        server.wait(WAIT)
        log.close()


def test_health(told):
    one = told([("double", "a", "1", "", "gauge")])
    assert fetch("/healthz") == (200, "text/plain; charset=utf-8", "ok\n")
    eventually(lambda: fetch("/readyz")[2] == "ready\n")
    one.stop()
    with pytest.raises(OSError):
        fetch("/readyz")
