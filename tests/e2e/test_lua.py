"""Scripts as filters, in a real farm."""

import pytest

from farm import eventually
from saying import say, saying


@pytest.fixture(autouse=True)
def built(tree):
    if not (tree.build / "filters" / "lua.so").exists():
        pytest.skip("built without Lua")


def told(path, **values):
    say(path, [("double", name, str(value), "By", "")
               for name, value in values.items()])


def scripted(tree, path, script, **more):
    config = saying(tree, path, nodes=["n1", "n2"], every="50ms")
    config["filters"] = [{"lua": {"match": "*/c", "script": script.lstrip("\n"),
                                  **more}}]
    return config


@pytest.mark.parametrize("isolate", ["none", "process"])
def test_what_it_gives(farm, tree, tmp_path, isolate):
    """Beside what it sees, with unit and time; to the filters behind it."""
    file = tmp_path / "said"
    told(file, used=1, total=4)
    config = scripted(tree, file, """
        n = 0
        function apply(r)
          emit(r.node, "usage", 100 * r.values.used / r.values.total,
               {unit = "%", cluster = r.cluster})
          n = n + 1
        end
        function tick(now) emit("all", "seen", n) end""", isolate=isolate)
    config["filters"].append({"rename": {"match": "*/c/n1/usage",
                                         "parameter": "share"}})
    one = farm(config)
    eventually(lambda: {("c", "n1", "share"): 25, ("c", "n2", "usage"): 25,
                        ("c", "n1", "used"): 1}.items()
               <= one.latest("*/c").items())
    eventually(lambda: one.latest("*/filters/all/seen"))
    value = one.get("/v1/latest", predicate="*/c/n2/usage|used")["values"]
    assert value[0]["unit"] == "%"
    worker = one.instance("filters/lua")["worker"]
    assert (worker is not None) == (isolate == "process")


def test_an_offender(farm, tree, tmp_path):
    """It is stopped, named with the line, and tried again; nobody waits."""
    file = tmp_path / "said"
    told(file, a=1)
    one = farm(scripted(tree, file, """
        function apply(r)
          if r.values.a == 2 then
            while true do end
          end
          emit(r.node, "b", r.values.a)
        end""", budget=10000))
    eventually(lambda: one.latest("*/filters/n1/b"))
    told(file, a=2)
    one.wait_line("error filters/lua: script:3: takes more than 10000 "
                  "instructions; tried again in 1s")
    told(file, a=3)
    eventually(lambda: one.latest("*/filters/n1/b") ==
               {("filters", "n1", "b"): 3})
    assert one.latest("*/c/n1/a") == {("c", "n1", "a"): 3}


def test_a_script_that_is_none(farm, tree, tmp_path):
    """It is a bad configuration, and a reload refuses it."""
    file = tmp_path / "said"
    told(file, a=1)
    config = scripted(tree, file, "function apply(r) end")
    one = farm(config)
    script = tmp_path / "script.lua"
    script.write_text("function apply(r)\n  if then\nend\n")
    config["filters"] = [{"lua": {"file": str(script)}}]
    one.write(config)
    done = one.ctl("reload")
    assert done.returncode == 1
    assert f"{script}:2: unexpected symbol near 'then'" in done.stderr
    script.write_text("x = 1")
    assert one.ctl("reload").returncode == 0
    one.wait_line(f"error filters/lua: {script}: it has neither apply(result) "
                  "nor tick(now); tried again in 1s")
