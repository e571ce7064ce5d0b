"""Filters that clients load while the farm runs."""

import json

import pytest

from farm import eventually
from saying import say, saying

DOUBLE = """
function apply(r)
  for name, value in pairs(r.values) do emit(r.node, name, 2 * value) end
end
"""


@pytest.fixture
def one(farm, tree, tmp_path):
    if not (tree.build / "filters" / "lua.so").exists():
        pytest.skip("built without Lua")
    file = tmp_path / "said"
    say(file, [("double", "a", "1", "", ""), ("double", "b", "2", "", "")])
    running = farm(saying(tree, file, nodes=["n1", "n2"], every="50ms"))
    running.wait_values("*/c", 4)
    return running


def load(one, script=DOUBLE, **how):
    status, answer = one.request("POST", "/v1/filters", script, **how)
    assert status == 200, answer
    return answer["name"]


def listed(one):
    return {f["name"]: f for f in one.get("/v1/filters")["filters"]}


def test_into_the_farm(one):
    """As series of their own, which the others see as they see any."""
    name = load(one, name="twice", match="*/c/*/a", lease="1h")
    assert name == "twice"
    eventually(lambda: one.latest("*/filters") == {
        ("filters", "n1", "a"): 2, ("filters", "n2", "a"): 2})
    f = listed(one)["twice"]
    assert f["to"] == "farm" and f["match"] == "*/c/*/a"
    assert f["owner"].startswith("uid ") and f["lease_ns"] == 3600e9
    assert one.instance("loaded/twice")["worker"]["state"] == "up"
    assert one.request("DELETE", "/v1/filters/twice") == (200, {})
    assert listed(one) == {}
    assert one.request("GET", "/v1/instances/loaded%2Ftwice")[0] == 404
    assert one.request("DELETE", "/v1/filters/twice")[0] == 404


def test_to_the_client_alone(one):
    name = load(one, to="me", match="*/c/n1/a")

    def fetched(after):
        answer = one.get(f"/v1/filters/{name}/results", after=after, limit=3)
        return answer if len(answer["results"]) == 3 else None

    first = eventually(lambda: fetched(0))
    assert first["next"] == 3 and first["lost"] == 0
    second = eventually(lambda: fetched(3))
    assert second["next"] == 6
    for r in first["results"] + second["results"]:
        assert (r["cluster"], r["node"], r["parameter"], r["value"]) == (
            "filters", "n1", "a", 2)
    times = [r["time"] for r in first["results"] + second["results"]]
    assert times == sorted(set(times))
    assert one.latest("*/filters") == {}


def test_its_lease(one):
    """It ends by itself, unless it is renewed; a reload does not end it."""
    load(one, name="brief", lease="1s")
    load(one, name="long", lease="20s")
    assert one.request("POST", "/v1/filters/long/renew",
                       lease="1h") == (200, {})
    one.wait_line("notice loaded/brief: its lease is over")
    eventually(lambda: set(listed(one)) == {"long"}, "the other gone")
    pid = one.instance("loaded/long")["worker"]["pid"]
    assert one.ctl("reload").returncode == 0
    config = one.file.read_text() + "\nfilters: [{rate: {match: '*/x'}}]\n"
    one.write(config)
    assert one.ctl("reload").returncode == 0
    ledger = one.instance("loaded/long")["ledger"]["values"]
    eventually(lambda: one.instance("loaded/long")["ledger"]["values"] > ledger)
    assert one.instance("loaded/long")["worker"]["pid"] == pid


def test_an_offender(one):
    """It is stopped and named, and nobody else notices."""
    load(one, "function apply(r)\n  while true do end\nend", name="bad")
    load(one, name="good", match="*/c/*/a")
    one.wait_line("error loaded/bad: script:2: takes more than 1000000 "
                  "instructions; tried again in")
    eventually(lambda: one.latest("*/filters/n1/a") ==
               {("filters", "n1", "a"): 2})
    load(one, "function apply(r) emit('x', 'y', 1, {cluster='c'}) end",
         name="stray")
    one.wait_line('error loaded/stray: script:1: it may not emit to cluster "c"')
    assert not one.latest("*/c/x")


@pytest.mark.parametrize("script, how, place, why", [
    ("function apply(r)\n if then\nend", {}, "body",
     "script:2: unexpected symbol near 'then'"),
    ("", {}, "body", "the script is not given, or no text"),
    (DOUBLE, {"match": "*/*/*/a>four"}, "match", "four"),
    (DOUBLE, {"lease": "1y"}, "lease", "a lease lasts 1 s to 7 d"),
    (DOUBLE, {"to": "you"}, "to", '"you" is neither farm nor me'),
    (DOUBLE, {"name": "a/b"}, "name", '"a/b": without a "/"'),
])
def test_what_is_wrong(one, script, how, place, why):
    status, answer = one.request("POST", "/v1/filters", script, **how)
    assert status == 400 and answer["error"]["place"] == place, answer
    assert why in answer["error"]["message"]


def test_so_many(one):
    for n in range(16):
        load(one, "function tick(now) end", name=f"f{n}", lease="1h")
    status, answer = one.request("POST", "/v1/filters", DOUBLE)
    assert status == 409
    assert answer["error"]["message"] == "there are 16 loaded filters already"
    status, answer = one.request("POST", "/v1/filters", DOUBLE, name="f3")
    assert status == 400 and answer["error"]["place"] == "name"


def test_names_made_up(one):
    """None that somebody has chosen."""
    for n in range(1, 3):
        load(one, "function tick(now) end", name=str(n))
    assert load(one, "function tick(now) end") == "3"
    assert set(listed(one)) == {"1", "2", "3"}


def test_farmctl(one, tmp_path):
    script = tmp_path / "double.lua"
    script.write_text(DOUBLE)
    done = one.ctl("filter", "load", str(script), "--name", "x", "--match",
                   "*/c/n1/b", "--lease", "5m", "--to", "me")
    assert (done.returncode, done.stdout) == (0, "x\n"), done.stderr
    eventually(lambda: json.loads(
        one.ctl("filter", "results", "x").stdout)["results"])
    table = one.ctl("filter", "list").stdout
    assert "x" in table and "*/c/n1/b" in table
    assert one.ctl("filter", "renew", "x", "--lease", "1h").returncode == 0
    assert listed(one)["x"]["lease_ns"] == 3600e9
    assert one.ctl("filter", "remove", "x").returncode == 0
    done = one.ctl("filter", "remove", "x")
    assert done.returncode == 2
    assert 'there is no loaded filter "x"' in done.stderr
    script.write_text("function apply(")
    done = one.ctl("filter", "load", str(script))
    assert f"{script}: script:1: " in done.stderr
