"""Classes of users: who may have what, who is refused, what is written down."""

import http.client
import json
import os
import re
import urllib.parse

import pytest

from farm import WAIT, eventually
from saying import saying

PORT = 9649
INSIDE, OFFSITE, STRANGER = "127.0.0.1", "127.0.0.2", "127.0.0.3"


def ask(method, path, body=None, source=INSIDE, token=None, **query):
    """Status and JSON (or text) of one request over TCP."""
    if query:
        path += "?" + urllib.parse.urlencode(query)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    connection = http.client.HTTPConnection(
        "127.0.0.1", PORT, timeout=WAIT, source_address=(source, 0))
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.getheader("Content-Type") == "application/json":
            text = json.loads(text)
        return answer.status, text
    finally:
        connection.close()


def get(path, source=INSIDE, **how):
    return ask("GET", path, source=source, **how)


def refused(answer):
    return answer[0] == 403 and answer[1]["error"]["code"] == "access"


def make_token(tree):
    made = json.loads(tree.run(tree.farmctl, "token", "--format",
                               "json").stdout)
    return made["token"], made["digest"]


@pytest.fixture
def guarded(farm, tree, tmp_path):
    """Internal users have streams, others summaries; one has a token."""
    token, digest = make_token(tree)
    config = {
        **saying(tree, every="200ms"),
        "http": f"127.0.0.1:{PORT}",
        "writers": {"store": {"sql": {"url": f"sqlite:{tmp_path}/f.db"}}},
        "access": {
            "operators": {"tokens": [digest], "may": ["latest", "admin"]},
            "internal": {"from": [INSIDE],
                         "may": ["latest", "live", "history"]},
            "offsite": {"from": [OFFSITE], "finest": "1s", "may": [
                "summary", {"modes": ["latest"], "match": "*/*/n2"}]}}}
    one = farm(config)
    one.token, one.config = token, config
    one.wait_values("*", 2)
    return one


def nodes(answer, key):
    status, body = answer
    assert status == 200, body
    return {s["node"] for s in body[key]}


def test_internal_and_offsite(guarded):
    """Raw is refused, averages are not."""
    assert nodes(get("/v1/latest"), "values") == {"n1", "n2"}
    assert nodes(get("/v1/history"), "series") == {"n1", "n2"}
    for query in ({}, {"level": "raw"}, {"step": "1s", "level": "raw"}):
        status, answer = get("/v1/history", OFFSITE, **query)
        assert status in (400, 403), answer
    status, answer = get("/v1/history", OFFSITE)
    assert refused((status, answer))
    assert answer["error"]["message"] == (
        f"offsite ({OFFSITE}) may have averages only: ask with points, or "
        "with a step or level of 1s or more")

    def averages():
        series = get("/v1/history", OFFSITE, step="1s")[1]["series"]
        return series if len(series) == 2 else None

    for series in eventually(averages, "averages of both nodes"):
        for point in series["points"]:
            assert point[2]["step_ns"] >= 10**9
    assert get("/v1/history", OFFSITE, points=10**6)[0] == 200


def test_no_finer_than_the_class_says(guarded):
    guarded.config["access"]["offsite"]["finest"] = "1m"
    guarded.write(guarded.config)
    assert guarded.request("POST", "/v1/reload")[0] == 200
    for query in ({"step": "59s"}, {"level": "30s"}):
        assert refused(get("/v1/history", OFFSITE, **query)), query
    assert get("/v1/history", OFFSITE, step="1m")[0] == 200
    answer = get("/v1/history", OFFSITE, points=1000)[1]
    assert {p[2]["step_ns"] for s in answer["series"] for p in s["points"]
            } <= {60 * 10**9}


def test_some_series_only(guarded):
    assert nodes(get("/v1/latest", OFFSITE), "values") == {"n2"}
    text = get("/metrics", OFFSITE)[1]
    assert 'node="n2"' in text and 'node="n1"' not in text
    tree = get("/v1/tree", OFFSITE)[1]
    assert [n["node"] for c in tree["clusters"] for n in c["nodes"]] == ["n2"]
    tree = get("/v1/tree", OFFSITE, cluster="c", node="n1")[1]
    assert tree["clusters"] == []
    assert refused(get("/v1/instances", OFFSITE))
    assert refused(get("/v1/modules", OFFSITE))
    assert get("/v1/status", OFFSITE)[0] == 200


def events(path, source, n):
    """Names of the first n events of a subscription."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", PORT, timeout=WAIT, source_address=(source, 0))
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        names = []
        while len(names) < n:
            line = answer.readline().decode()
            assert line, names
            if line.startswith("event: "):
                names.append(line.split()[1])
        return names
    finally:
        connection.close()


def test_streams(guarded):
    """Internal users get values as they come, those offsite averages."""
    path = "/v1/subscribe"
    assert "values" in events(path, INSIDE, 3)
    names = events(path + "?mode=summary&every=1s", OFFSITE, 4)
    assert "summary" in names and "values" not in names
    for query in ("", "?mode=on_change", "?from=-1h",
                  "?mode=summary&every=500ms"):
        assert refused(get(path + query, OFFSITE))
    assert refused(get(path, STRANGER))
    assert refused(get("/v1/subscriptions", OFFSITE))


def test_nobody(guarded):
    for path in ("/v1/latest", "/v1/history", "/v1/tree", "/v1/status",
                 "/v1/instances", "/metrics", "/v1/config"):
        assert refused(get(path, STRANGER)), path
    assert get("/v1/allowed", STRANGER) == (200, {
        "class": "", "name": f"nobody ({STRANGER})", "finest_ns": 0,
        "allowed": []})
    assert get("/healthz", STRANGER) == (200, "ok\n")
    guarded.wait_line(f"audit: refused: GET /v1/latest to nobody ({STRANGER})")


def test_admin_by_token(guarded):
    """The same verbs over TCP as over the socket, with a line for each."""
    path = "/v1/instances/c%2Fsays/pause"
    assert refused(ask("POST", path))
    guarded.wait_line("audit: refused: POST /v1/instances/c/says/pause to "
                      f"internal ({INSIDE})")
    assert guarded.instance("c/says")["status"] == "running"
    status, answer = ask("POST", path, token=guarded.token)
    assert status == 200, answer
    who = f"operators (token, {INSIDE})"
    guarded.wait_line(f"audit: POST /v1/instances/c/says/pause by {who}: 200")
    guarded.wait_line(f"c/says: paused, asked by {who}")
    assert get("/v1/config", token=guarded.token)[0] == 200
    status, answer = ask("POST", "/v1/config/set?path=clusters.c.lifetime",
                         "1h", token=guarded.token)
    assert status == 200, answer
    guarded.wait_line(f"set clusters.c.lifetime, asked by {who}")
    entry = guarded.get("/v1/config/history")["changes"][-1]
    assert entry["user"] == who
    # A token is what it stands for, and no more: no history for this one.
    assert refused(get("/v1/history", token=guarded.token))


def test_who_shows_a_token_may_call_us_anything(guarded):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=WAIT)
    for token, status in ((guarded.token, 200), (None, 421)):
        headers = {"Host": "farm.example"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection.request("GET", "/v1/status", headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
    connection.close()


def test_wrong_token(guarded):
    status, answer = get("/v1/latest", token=guarded.token[:-1] + "x")
    assert (status, answer["error"]["code"]) == (401, "who")
    guarded.wait_line("audit: refused: nobody has this token")


def test_allowed(guarded):
    assert get("/v1/allowed", OFFSITE)[1] == {
        "class": "offsite", "name": f"offsite ({OFFSITE})",
        "finest_ns": 10**9, "allowed": [
            {"mode": "latest", "match": ["*/*/n2/*"]},
            {"mode": "summary", "match": ["*"]}]}
    mine = guarded.get("/v1/allowed")
    assert mine["name"].startswith(f"uid {os.getuid()} (pid ")
    assert len(mine["allowed"]) == 6


def test_policy_is_reloaded(guarded):
    """Those who ask next are looked at by the new one."""
    assert get("/v1/latest")[0] == 200
    guarded.config["access"]["internal"]["may"] = ["live"]
    guarded.write(guarded.config)
    assert guarded.request("POST", "/v1/reload")[0] == 200
    assert refused(get("/v1/latest"))
    guarded.config["access"]["internal"]["may"] = ["lve"]
    guarded.write(guarded.config)
    status, answer = guarded.request("POST", "/v1/reload")
    assert status == 422
    assert 'did you mean "live"?' in answer["problems"][0]["text"]
    assert refused(get("/v1/latest"))
    del guarded.config["access"]
    guarded.write(guarded.config)
    assert guarded.request("POST", "/v1/reload")[0] == 200
    assert get("/v1/latest", STRANGER)[0] == 200


def test_token_is_told_once(tree):
    """Each is another one; the digest is that of sha256sum."""
    one, two = make_token(tree), make_token(tree)
    assert one != two
    done = tree.run("sh", "-c", f"printf %s {one[0]} | sha256sum")
    assert one[1] == "sha256:" + done.stdout.split()[0]
    text = tree.run(tree.farmctl, "token").stdout
    assert text.startswith("token   farm-") and "\ndigest  sha256:" in text


def told(source, n, **query):
    """The first n events of a subscription that are about nodes: whose.
    There are no more than two."""
    query = urllib.parse.urlencode(query)
    connection = http.client.HTTPConnection(
        "127.0.0.1", PORT, timeout=WAIT, source_address=(source, 0))
    try:
        connection.request("GET", f"/v1/subscribe?{query}")
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        seen = set()
        while n > 0 and len(seen) < 2:
            line = answer.readline().decode()
            assert line, seen
            found = re.findall(r'"node":"(n\d)"', line)
            seen |= set(found)
            n -= bool(found)
        return seen
    finally:
        connection.close()


def test_subscriptions(guarded):
    """Live for those inside, averages and what is theirs for others."""
    assert told(INSIDE, 10) == {"n1", "n2"}
    assert told(INSIDE, 10, **{"from": "-1h"}) == {"n1", "n2"}
    assert told(INSIDE, 4, mode="summary", every="1s") == {"n1", "n2"}
    # The slots of one node come first.
    assert told(OFFSITE, 1000, mode="summary", every="1s",
                **{"from": "-1h"}) == {"n1", "n2"}
    assert told(OFFSITE, 4, mode="latest", every="200ms") == {"n2"}


def test_loaded_filters_are_their_own(guarded):
    """What one class has loaded is no other's, but for who may do all."""
    if not (guarded.tree.build / "filters" / "lua.so").exists():
        pytest.skip("built without Lua")
    access = guarded.config["access"]
    access["internal"]["may"] += ["filter"]
    access["offsite"]["may"] += ["filter"]
    guarded.write(guarded.config)
    assert guarded.ctl("reload").returncode == 0
    status, answer = ask("POST", "/v1/filters", "function apply(r) end",
                         name="mine", match="*/*/*/count", to="me")
    assert status == 200, answer
    for method, path in (("GET", "/results"), ("POST", "/renew"),
                         ("DELETE", "")):
        status, answer = ask(method, f"/v1/filters/mine{path}",
                             source=OFFSITE)
        assert (status, answer["error"]["code"]) == (403, "not_yours")
    assert ask("POST", "/v1/filters/mine/renew")[0] == 200
    assert guarded.request("DELETE", "/v1/filters/mine")[0] == 200
