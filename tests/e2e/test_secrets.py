"""What is secret is shown nowhere, however it came into the configuration."""

import json
import signal

from farm import eventually

SECRETS = ("plain-horse", "file-horse", "from-the-environment", "tree-horse",
           "inner-horse", "listed-horse", "set-horse", "set-tree-horse")


def config(tree, folder):
    (folder / "password").write_text("file-horse\n")
    every = {"every": "1h"}
    return {"modules": [tree.module("says")], "clusters": {"c": {
        "nodes": ["n1"],
        "collect": [
            {"says": {"name": "plain", "password": "plain-horse", **every}},
            {"says": {"name": "file", **every,
                      "password": f"file:{folder / 'password'}"}},
            {"says": {"name": "variable", "password": "${HORSE}", **every}},
            {"says": {"name": "off", "password": "plain-horse",
                      "enabled": False, **every}},
            {"says": {"name": "trees", **every, "credentials": {
                "public": "tree-horse", "deep": [
                    {"key": "inner-horse"}, ["listed-horse"]]}}},
            {"says": {"name": "scalar", "credentials": "tree-horse",
                      **every}},
        ]}}}


def told(farm):
    """All that the daemon and farmctl say of themselves."""
    farm.process.send_signal(signal.SIGUSR1)
    farm.wait_line("the state is in")
    texts = [farm.log(), *(p.read_text() for p in farm.state.iterdir()
                           if p.name.startswith(("dump-", "config-history")))]
    for path in ("/v1/config", "/v1/config/history", "/v1/instances",
                 "/v1/instances/plain", "/v1/instances/trees", "/v1/status",
                 "/v1/modules/says"):
        texts.append(json.dumps(farm.get(path)))
    for words in (("config", "show"), ("config", "show", "--at", "-0s"),
                  ("config", "history"), ("instances",), ("reload", "--plan")):
        done = farm.ctl(*words, env={"HORSE": "from-the-environment"})
        assert done.returncode == 0, done.stderr
        texts.append(done.stdout + done.stderr)
    return "\n".join(texts)


def test_shown_nowhere(farm, tree, tmp_path):
    f = farm(config(tree, tmp_path),
             environment={"HORSE": "from-the-environment"})
    eventually(lambda: len(f.get("/v1/instances")["instances"]) == 5, "all")
    path = "clusters.c.collect.plain"
    for words in ((f"{path}.password", "set-horse"),
                  (f"{path}.credentials", "{a: {b: [set-tree-horse]}}")):
        done = f.ctl("config", "set", *words)
        assert done.returncode == 0, done.stderr
    said = told(f)
    for secret in SECRETS:
        assert secret not in said, secret
    shown = f.ctl("config", "show").stdout
    assert shown.count("password: (secret) #") == 4
    assert shown.count("credentials: (secret) #") == 3
    assert "deep:" not in shown and "name: trees #" in shown
    changed = [l for l in shown.splitlines() if "(secret) # changed" in l]
    assert len(changed) == 2


def test_mistakes_do_not_tell(farm, tree, tmp_path):
    """What is wrong is named, what was written there is not."""
    f = farm(config(tree, tmp_path),
             environment={"HORSE": "from-the-environment"})
    path = "clusters.c.collect.plain"
    for words in ((f"{path}.password", "[set-horse]"),
                  (f"{path}.pasword", "set-horse"),
                  (path, "{says: {password: {a: set-horse}}}")):
        done = f.ctl("config", "set", *words)
        assert done.returncode != 0
        assert "password" in done.stderr
        assert "horse" not in done.stderr
    assert "horse" not in told(f)
