"""docs/openapi.json is what the server does, and all of it."""

import json
import re

import pytest

from events import Events
from farm import eventually
from saying import saying

# What requests need besides their path: a query, a body.
PIECE = "?path=clusters.c.lifetime"
REQUESTS = {
    "/v1/config/set": (PIECE, "1h"),
    "/v1/config/remove": (PIECE, None),
    "/v1/filters": ("?name=x&to=me", "function tick(now) end"),
    "/v1/instances/{name}/replay": ("?from=-1h", None),
    "/v1/instances/{name}/actions/{action}": ("", "{}"),
}
CHECKS = {"string": str, "boolean": bool, "array": list, "object": dict,
          "null": type(None)}


@pytest.fixture
def one(farm, tree, tmp_path):
    running = farm({
        **saying(tree, every="50ms", nodes=["n1", "n2", "n3"]),
        "filters": ["rate"],
        "writers": {"store": {"sql": {"url": f"sqlite:{tmp_path}/f.db"}}}})
    running.wait_values("*", 3)
    return running


@pytest.fixture(scope="module")
def described(tree):
    return json.loads((tree.source / "docs" / "openapi.json").read_text())


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, CHECKS[name])


def resolve(whole, part):
    while "$ref" in part:
        target = whole
        for step in part["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        part = target
    return part


def check(whole, schema, value, where="answer"):
    """The little of JSON Schema that the description uses."""
    schema = resolve(whole, schema)
    if "type" in schema:
        types = schema["type"]
        types = types if isinstance(types, list) else [types]
        assert any(is_type(value, t) for t in types), f"{where}: {value!r}"
    if "enum" in schema:
        assert value in schema["enum"], f"{where}: {value!r}"
    if isinstance(value, dict):
        missing = set(schema.get("required", ())) - set(value)
        assert not missing, f"{where} lacks {missing}"
        more = schema.get("additionalProperties")
        for key, member in value.items():
            inner = schema.get("properties", {}).get(key, more)
            if inner is not None:
                check(whole, inner, member, f"{where}.{key}")
    if isinstance(value, list):
        assert len(value) >= schema.get("minItems", 0), where
        assert len(value) <= schema.get("maxItems", len(value)), where
        for i, item in enumerate(value):
            check(whole, schema.get("items", {}), item, f"{where}[{i}]")


def test_served(one, described):
    assert one.get("/v1/openapi.json") == described
    assert described["openapi"].startswith("3.1")


def test_references(described):
    """Each one leads somewhere, and each piece is used."""
    text = json.dumps(described)
    used = set(re.findall(r'"\$ref": "#/components/(\w+/\w+)"', text))
    there = {f"{kind}/{name}" for kind, parts in
             described["components"].items() for name in parts}
    assert used == there


def operations(described):
    """Those that answer with JSON."""
    return [(path, method, operation)
            for path, item in described["paths"].items()
            for method, operation in item.items()
            if "application/json" in resolve(
                described, operation["responses"]["200"])["content"]]


def fill(path):
    name = "says" if "modules" in path else "c/says"
    if "filters" in path:
        name = "x"
    if path.rpartition("/")[2] in ("replay", "drop", "dead-letters"):
        name = "store"
    return path.replace("{name}", name).replace("{action}", "echo").replace(
        "{id}", "1")


def good_answer(one, path):
    status, answer = one.request("POST", fill(path))
    return (status, answer) if status == 200 else None


def test_answers_are_as_described(one, described):
    subscriber = Events(one, predicate="*")
    subscriber.until("live")
    for path, method, operation in operations(described):
        query, body = REQUESTS.get(path, ("", None))
        status, answer = one.request(method.upper(), fill(path) + query, body)
        if path.endswith("/run") and status == 409:
            # All of its nodes were running just then.
            status, answer = eventually(lambda p=path: good_answer(one, p))
        assert status == 200, (method, path, answer)
        good = resolve(described, operation["responses"]["200"])
        good = good["content"]["application/json"]
        check(described, good["schema"], answer, f"{method} {path}")
    subscriber.close()


def test_arguments_are_as_described(one, described):
    """Each list takes what is said, and says what is wrong with it."""
    error = resolve(described, {"$ref": "#/components/responses/error"})
    schema = error["content"]["application/json"]["schema"]
    for path, method, operation in operations(described):
        names = {resolve(described, p)["name"]
                 for p in operation.get("parameters", ())}
        for name in names & {"limit", "after", "from", "to"}:
            status, answer = one.request(method.upper(), fill(path),
                                         **{name: "non/sense"})
            assert status == 400, (path, name, answer)
            check(described, schema, answer)
            assert answer["error"]["place"] == name
        if "after" in names:
            assert "limit" in names, path


def test_places(one):
    for path, query, place in (
            ("/v1/latest", {"predicate": "*/*/*/Load5>four"}, "predicate:13"),
            ("/v1/history", {"predicate": "*/*/*/avg(x,5m)>4,a"}, "predicate"),
            ("/v1/tree", {"cluster": "x"}, "cluster"),
            ("/v1/tree", {"node": "x"}, "node"),
            ("/v1/instances/x", {}, "path"),
            ("/v1/modules/x", {}, "path")):
        _, answer = one.request("GET", path, **query)
        assert answer["error"]["place"] == place, answer


def test_every_route_is_described(tree, described):
    """Of the server's own source: what it compares paths with."""
    host = tree.source / "host"
    routes = set(re.findall(r'"(/[^" ]+)"', (host / "api.c").read_text()))
    assert len(routes) >= 8
    assert routes <= set(described["paths"])
    verbs = set(re.findall(r'strcmp\(verb, "(\w+)"\)',
                           (host / "api_instances.c").read_text()))
    assert len(verbs) >= 3
    assert {f"/v1/instances/{{name}}/{v}" for v in verbs} <= set(
        described["paths"])
    parts = set(re.findall(r'strcmp\(rest, "(\w+)"\)',
                           (host / "api_config.c").read_text()))
    assert len(parts) >= 3
    routes |= {f"/v1/config/{p}" for p in parts}
    assert routes <= set(described["paths"])
    known = routes | {f"{r}/{{name}}" for r in routes} | {
        f"/v1/instances/{{name}}/{v}" for v in verbs} | {
        "/v1/filters/{name}/renew", "/v1/filters/{name}/results",
        "/v1/instances/{name}/dead-letters",
        "/v1/instances/{name}/actions/{action}",
        "/v1/subscriptions/{id}", "/v1/subscriptions/{id}/renew"}
    assert set(described["paths"]) <= known


def pages(one, path, key, limit, **query):
    """All entries, page by page, and how many pages there were."""
    entries, n = [], 0
    while True:
        answer = one.get(path, limit=limit, **query)
        entries += answer[key]
        n += 1
        assert answer["truncated"] == ("next" in answer)
        if "next" not in answer:
            return entries, n
        query["after"] = answer["next"]


@pytest.mark.parametrize("path, key, name", [
    ("/v1/instances", "instances", "name"),
    ("/v1/modules", "modules", "path"),
    ("/v1/latest", "values", "node")])
def test_pages(one, path, key, name):
    whole = [e[name] for e in one.get(path)[key]]
    assert len(whole) >= 3
    for limit in range(1, len(whole) + 2):
        entries, n = pages(one, path, key, limit)
        assert [e[name] for e in entries] == whole
        assert n == -(-len(whole) // limit)


def test_pages_of_the_tree(one):
    for limit in (1, 2, 3, 4):
        clusters, _ = pages(one, "/v1/tree", "clusters", limit)
        assert [n["node"] for c in clusters for n in c["nodes"]] == [
            "n1", "n2", "n3"]


def test_pages_under_change(farm, tree):
    """Who stays is seen once, whoever comes and goes."""
    config = saying(tree, every="50ms", nodes=["n[1-9]"], name="all")
    config["clusters"]["c"]["lifetime"] = "4s"  # longer than runs are late
    one = farm(config)
    one.wait_values("*", 9)
    first = one.get("/v1/latest", limit=4)
    assert [v["node"] for v in first["values"]] == ["n1", "n2", "n3", "n4"]
    config["clusters"]["c"]["nodes"] = ["n1", "n[5-9]", "a1", "n6b"]
    one.write(config)
    status, answer = one.request("POST", "/v1/reload")
    assert status == 200, answer
    eventually(lambda: {k[1] for k in one.latest()} >= {"a1", "n6b"}
               and not {k[1] for k in one.latest()} & {"n2", "n3", "n4"})
    second = one.get("/v1/latest", after=first["next"])
    assert [v["node"] for v in second["values"]] == [
        "n5", "n6", "n6b", "n7", "n8", "n9"]


def test_farmctl_follows_pages(farm, tree):
    """More series than a page has by default."""
    # All at once, and none may be dropped on a slow machine.
    one = farm({**saying(tree, nodes=["n[00001-10050]"], every="1h"),
                "limits": {"queue": "256MiB"}})
    eventually(lambda: one.instance("c/says")["status"] == "running")
    status, answer = one.request("POST", "/v1/instances/c/says/run")
    assert status == 200, answer
    one.wait_values("*", 10050)
    for arguments in (["latest"], ["history", "*"]):
        done = one.ctl(*arguments, "--format", "csv")
        assert (done.returncode, done.stderr) == (0, "")
        nodes = [l.split(",")[2] for l in done.stdout.split("\n")[1:-1]]
        assert len(set(nodes)) == 10050
    assert one.ctl("tree").stdout.count("parameters, last") == 10050
    assert one.ctl("latest", "--limit", "10").returncode == 2
