"""collectd's plugins in farm-collectd, and plugins that misbehave."""

import json
import pathlib
import shutil
import subprocess

import pytest

from farm import eventually
from storing import payloads

PLUGINS = pathlib.Path("/usr/lib/collectd")

pytestmark = pytest.mark.skipif(not (PLUGINS / "cpu.so").exists(),
                                reason="no collectd-core here")

CONF = """
Hostname "labhost"
Interval 1
LoadPlugin cpu
LoadPlugin df
LoadPlugin load
LoadPlugin memory
<LoadPlugin python>
  Globals true
</LoadPlugin>
<LoadPlugin perl>
  Globals true
</LoadPlugin>
<Plugin cpu>
  ReportByCpu true
</Plugin>
<Plugin python>
  ModulePath "{folder}"
  Import "constant"
</Plugin>
<Plugin perl>
  IncludeDir "{folder}"
  BaseName "Collectd::Plugins"
  LoadPlugin Constant
</Plugin>
"""

PYTHON = """
import collectd

def read():
    collectd.Values(plugin="py", type="if_octets", type_instance="é").dispatch(
        values=[2**53 + 1, 5])
    collectd.Notification(plugin="py", type="gauge", severity=2,
                          message="from python").dispatch()

collectd.register_read(read)
"""

PERL = """
package Collectd::Plugins::Constant;
use Collectd qw(:all);
plugin_register(TYPE_READ, "constant", "constant_read");
sub constant_read {
    plugin_dispatch_values({ plugin => "pl", type => "gauge",
        type_instance => "pi", values => [3.25] });
    return 1;
}
1;
"""


@pytest.fixture
def conf(tmp_path):
    """A collectd.conf, and what its plugins read."""
    (tmp_path / "constant.py").write_text(PYTHON)
    perl = tmp_path / "Collectd" / "Plugins"
    perl.mkdir(parents=True)
    (perl / "Constant.pm").write_text(PERL)
    path = tmp_path / "collectd.conf"
    path.write_text(CONF.format(folder=tmp_path))
    return path


def collectd(*what, **more):
    """One instance, and one that must not notice it."""
    beside = {"collectd": {"name": "beside", "plugin": "load", "every": "1s"}}
    return {"clusters": {"c": {"nodes": ["me"], "collect": [
        beside, *({"collectd": w} for w in what)]}}, **more}


# -- names, events, options -------------------------------------------------


def test_names_and_events(farm, conf, tmp_path):
    """Names are short, hosts are nodes, notifications are events; of a file,
    one plugin alone."""
    path = tmp_path / "farm.db"
    one = farm(collectd(
        {"name": "py", "include": [str(conf)], "plugin": "python",
         "every": "1s"},
        {"name": "cpu", "plugin": "cpu", "every": "1s",
         "options": {"ReportByCpu": False}},
        writers={"store": {"sql": {"url": f"sqlite:{path}"}}}))
    eventually(lambda: one.latest("*/c/me/load\\/shortterm"), "load")
    eventually(lambda: ("c", "me", "py/if_octets-é/tx") in one.latest(),
               "what python gives")
    eventually(lambda: ("c", "me", "cpu/percent-idle") in one.latest(),
               "the CPU as one")
    names = {p for _, _, p in one.latest("*/c/*/*")}
    assert not any(n.startswith(("memory", "df")) for n in names)

    def events():
        return [e for e in payloads(path, "event")
                if e["event"] == "notification"]

    seen = eventually(events, "an event")[0]
    assert seen == {"event": "notification", "text": "from python",
                    "cluster": "c", "node": "me", "host": "labhost",
                    "parameter": "py/gauge",
                    "severity": "warning", "plugin": "py", "type": "gauge"}


def test_reload(farm, tmp_path):
    """Other options, or another interval, begin a process anew; the other one
    stays."""
    config = collectd({"name": "df", "plugin": "df", "every": "1s",
                       "options": {"ValuesAbsolute": True}})
    one = farm(config)
    one.wait_values("*/c/me/df*", 3)
    df = config["clusters"]["c"]["collect"][1]["collectd"]
    beside = one.instance("beside")["worker"]["pid"]

    df["options"] = {"ValuesAbsolute": False, "ValuesPercentage": True}
    one.write(config)
    assert one.ctl("reload").returncode == 0
    eventually(lambda: any("percent" in p for _, _, p in
                           one.latest("*/c/me/df*")), "percentages")

    df["every"] = "2s"
    one.write(config)
    before = one.instance("df")["worker"]["pid"]
    assert one.ctl("reload").returncode == 0
    eventually(lambda: one.instance("df")["status"] == "running" and
               one.instance("df")["worker"]["pid"] != before, "another one")
    assert one.instance("beside")["worker"]["pid"] == beside


# -- what cannot be ---------------------------------------------------------

REFUSED = {
    "none": ({}, 'neither "plugin" nor "include" is given'),
    "absent": ({"plugin": "nosuch"}, 'there is no plugin "nosuch" in '
                                     "/usr/lib/collectd"),
    "option": ({"plugin": "df", "options": {"NoSuch": 1}},
               "plugin df refused its options"),
    "file": ({"include": ["/nonexistent.conf"]},
             "/nonexistent.conf: No such file or directory"),
    "long": ({"plugin": "x" * 128}, "have at most 127 bytes"),
    "init": ({"plugin": "fault", "options": {"Act": "init"}},
             "plugin fault could not be initialized (-1)"),
    "other": ({"plugin": "other"}, "it needs plugin_dispatch_metric_family, "
                                   "which collectd 5.12 does not have"),
}


@pytest.fixture(scope="module")
def faults(tree, tmp_path_factory):
    """A folder with plugins that misbehave, and all of collectd's."""
    folder = tmp_path_factory.mktemp("plugins")
    done = tree.run("make", "-s", "-C", tree.build, "tests/collectd/fault.so")
    assert done.returncode == 0, done.stderr
    shutil.copy(tree.build / "tests/collectd/fault.so", folder)
    source = folder / "other.c"
    source.write_text("int plugin_dispatch_metric_family(void *);\n"
                      "void module_register(void);\n"
                      "void module_register(void)"
                      "{ plugin_dispatch_metric_family((void *)0); }\n")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(folder / "other.so"),
                    str(source)], check=True)
    return folder


def test_refused(farm, faults):
    what = []
    for name, (options, _) in REFUSED.items():
        if options.get("plugin") in ("fault", "other"):
            options = {**options, "plugin_dir": str(faults)}
        what.append({"name": name, **options})
    one = farm(collectd(*what))
    for name, (_, text) in REFUSED.items():
        line = one.wait_line(text)
        assert f" {name}: " in line, line
    one.wait_values("*/c/me/load*", 3)
    assert one.instance("beside")["worker"]["starts"] == 1


# -- faults -----------------------------------------------------------------

ENDS = {
    "segv": ("plugin fault got SIGSEGV in its read",
             "was killed by signal 11 (Segmentation fault)"),
    "abort": ("plugin fault called abort() in its read",
              "was killed by signal 6 (Aborted)"),
    "exit": ("plugin fault called exit() in its read",
             "ended with status 7"),
    "hang": ("plugin fault hangs: its read callback fault has not returned "
             "for 1.", "ended with status 1"),
}


def fault(folder, act, **more):
    return {"name": act, "plugin": "fault", "plugin_dir": str(folder),
            "every": "200ms", "options": {"Act": act}, **more}


def test_each_way_to_end(farm, faults):
    """Plugin and cause are named, it starts again; who is beside it misses
    nothing."""
    one = farm(collectd(*(fault(faults, act, read_limit="1s")
                          for act in ENDS)))
    for act, (words, cause) in ENDS.items():
        assert f" {act}: " in one.wait_line(words)
        line = one.wait_line(f"error {act}: the worker of module collectd")
        assert cause in line
        eventually(lambda: one.instance(act)["worker"]["starts"] >= 2,
                   f"a second start of {act}")
    beside = one.instance("beside")
    assert beside["status"] == "running"
    assert (beside["worker"]["starts"], beside["ledger"]["failures"]) == (1, 0)


def test_what_does_not_end(farm, faults):
    """A flood is bounded, failures are counted and get seldom, names that
    were cut are refused, a shutdown that hangs is left."""
    one = farm(collectd(
        fault(faults, "flood"), fault(faults, "long"), fault(faults, "fail"),
        fault(faults, "reap"), fault(faults, "stay", shutdown_limit="500ms")))
    one.wait_line("50000 value lists wait already")
    one.wait_line("a value is dropped: its type instance fills all of")
    one.wait_line("the read callback fault failed; next time in 0.800 s")
    eventually(lambda: one.instance("fail")["ledger"]["failures"] >= 2,
               "two failures")
    eventually(lambda: one.latest("*/c/me/fault\\/gauge-well"), "values")
    for name in ("flood", "long", "fail", "reap", "stay", "beside"):
        assert one.instance(name)["worker"]["starts"] == 1
    assert one.stop() == 0
    one.wait_line("plugin fault does not return from its shutdown")


# -- by hand ------------------------------------------------------------------


def test_list(tree):
    """Every plugin of the package is in the table, and lacks no import."""
    done = tree.run(tree.farmctl, "collectd", "list", "--json", timeout=120)
    assert done.returncode == 0, done.stderr
    rows = {r["plugin"]: r for r in map(json.loads, done.stdout.splitlines())}
    assert set(rows) == {p.stem for p in PLUGINS.glob("*.so")}
    assert all(r["imports"] for r in rows.values())
    assert rows["cpu"]["loads"]
    assert rows["cpu"]["registers"] == "config, init, read"
    for row in rows.values():
        assert row["loads"] or "cannot open shared object" in row["why"] or \
            "no Java" in row["why"], row


def test_standalone(tree, conf):
    done = tree.run(tree.build / "farm-collectd", "--conf", conf, "--run",
                    "1500ms", "--plugin", "load", "--plugin", "perl")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {r["identifier"] for r in rows} == {"labhost/load/load",
                                               "labhost/pl/gauge-pi"}
    assert rows[0]["interval"] == 1
