"""gmond's metric modules in farm-gmond: Debian's, and one that misbehaves."""

import os
import pathlib
import shutil
import struct
import subprocess

import pytest

import ganglia
from farm import eventually
from ganglia import Gmond

FOLDER = pathlib.Path(ganglia.MODULES)
PORT = 8649
MAGIC = struct.pack("<L", 0x474d3332)
VERSION = struct.pack("<l", 20080913)

# What each of Debian's modules measures on any machine.
CORES = os.cpu_count()
MEASURED = {
    "cpu": ["cpu_num", "cpu_user", "cpu_system", "cpu_idle", "cpu_nice",
            "cpu_wio", "cpu_aidle", "cpu_intr", "cpu_sintr", "cpu_speed",
            "cpu_steal"],
    "disk": ["disk_total", "disk_free", "part_max_used"],
    "fs": [],
    "io": ["io_busymax", "io_max_svc_time", "io_max_wait_time"],
    "load": ["load_one", "load_five", "load_fifteen"],
    "mem": ["mem_total", "mem_free", "mem_shared", "mem_buffers",
            "mem_cached", "swap_free", "swap_total"],
    "multicpu": [f"multicpu_idle{i}" for i in range(CORES)],
    "net": ["bytes_in", "bytes_out", "pkts_in", "pkts_out"],
    "proc": ["proc_run", "proc_total"],
    "sys": ["boottime", "sys_clock", "machine_type", "os_name",
            "os_release"],
}
# What does not move, and so is the same whoever asks.
STEADY = ["cpu_num", "cpu_speed", "mem_total", "swap_total", "boottime",
          "machine_type", "os_name", "os_release", "disk_total"]

debians = pytest.mark.skipif(
    any(not (FOLDER / f"mod{m}.so").exists() for m in MEASURED),
    reason="no ganglia-monitor or no ganglia-modules-linux here")


def gmond(*what, nodes=("me",), **more):
    """Instances of gmond's modules."""
    return {"clusters": {"c": {"nodes": list(nodes), "collect": [
        {"gmond": {"every": "500ms", "deadline": "30s", **w}}
        for w in what]}}, **more}


@pytest.fixture
def odd(tree):
    done = tree.run("make", "-s", "-C", tree.build, "tests/gmond/odd.so")
    assert done.returncode == 0, done.stderr
    return str(tree.build / "tests" / "gmond" / "odd.so")


# -- Debian's ----------------------------------------------------------------


def proc_values():
    meminfo = dict(line.split(":") for line in
                   pathlib.Path("/proc/meminfo").read_text().splitlines())
    btime = next(line.split()[1] for line in
                 pathlib.Path("/proc/stat").read_text().splitlines()
                 if line.startswith("btime"))
    return {"mem_total": int(meminfo["MemTotal"].split()[0]),
            "swap_total": int(meminfo["SwapTotal"].split()[0]),
            "boottime": int(btime), "os_name": os.uname().sysname,
            "os_release": os.uname().release,
            "machine_type": os.uname().machine}


@debians
def test_all_of_debians(farm):
    """Ten modules by name in one process give what /proc says."""
    one = farm(gmond({"name": "all", "module": list(MEASURED)}))
    wanted = {m for metrics in MEASURED.values() for m in metrics}

    def all_there():
        return wanted <= {p for _, _, p in one.latest("*/c/me/*")}

    eventually(all_there, "all metrics")
    seen = {p: v for (_, _, p), v in one.latest("*/c/me/*").items()}
    assert {k: seen[k] for k in proc_values()} == proc_values()
    # Each metric looks at its own time: 94 to 102 % were seen.
    assert 80 < sum(seen[f"cpu_{m}"] for m in
                    ("user", "nice", "system", "idle", "wio", "intr", "sintr",
                     "steal")) < 120
    assert 0 < seen["proc_total"] < 100000
    assert any(p.startswith("fs_") for p in seen) or not any(
        line.startswith("/dev/") for line in
        pathlib.Path("/proc/mounts").read_text().splitlines())
    units = {v["parameter"]: v.get("unit") for v in
             one.get("/v1/latest", predicate="*/c/me/*")["values"]}
    assert units["mem_total"] == "KiBy" and units["bytes_in"] == "By/s"
    assert one.instance("all")["worker"]["starts"] == 1


@debians
def test_two_addresses(farm):
    """libganglia steps past what it has read of them, to look for mtu."""
    more = ["127.0.0.2/8", "dev", "lo"]
    subprocess.run(["ip", "address", "replace", *more], check=True)
    try:
        one = farm(gmond({"name": "all", "module": list(MEASURED)}))
        values = one.wait_values("*/c/me/mtu", 1)
        assert list(values.values()) == [65536]
        assert one.instance("all")["worker"]["starts"] == 1
    finally:
        subprocess.run(["ip", "address", "delete", *more], check=True)


def modules_of(*names):
    return " ".join(f'module {{ name = "{n}_module" '
                    f'path = "{FOLDER}/mod{n}.so" }}' for n in names)


@debians
def test_beside_gmond(farm, tmp_path):
    """The same file in a real gmond, which farmd polls: equal values."""
    groups = ("collection_group { collect_every = 1 time_threshold = 1 "
              + " ".join(f'metric {{ name = "{m}" }}' for m in STEADY) + " }")
    real = Gmond(tmp_path, port=PORT, modules=modules_of(
        "cpu", "disk", "load", "mem", "sys"), groups=groups,
        channels=ganglia.send_channel(8650) + ganglia.receive_channel(8650))
    try:
        real.start()
        config = gmond({"include": [str(real.config)]})
        config["clusters"]["ganglia"] = {
            "nodes": [{"name": "head", "address": f"127.0.0.1:{PORT}"}],
            "collect": [{"ganglia": {"every": "500ms"}}]}
        one = farm(config)

        def both():
            ours = one.latest("*/c/me/*")
            theirs = {p: v for (_, _, p), v in
                      one.latest("*/Loop/*/*").items()}
            ready = len(ours) >= len(STEADY) and set(STEADY) <= set(theirs)
            return ({p: v for (_, _, p), v in ours.items()}, theirs) \
                if ready else None

        ours, theirs = eventually(both, "both")
    finally:
        real.close()
    assert set(ours) == set(STEADY)
    for name in STEADY:
        if isinstance(ours[name], str):
            assert ours[name] == theirs[name], name
        else:
            assert ours[name] == pytest.approx(theirs[name], abs=1e-3), name


@debians
def test_conf_d(farm, tmp_path):
    """Files of conf.d as the package brings them, by a pattern."""
    for name in ("mod_io.conf", "mod_multicpu.conf-sample"):
        shutil.copy(f"/etc/ganglia/conf.d/{name}",
                    tmp_path / name.replace("-sample", ""))
    one = farm(gmond({"include": [f"{tmp_path}/*.conf"],
                      "labels": ["GROUP", "TITLE"]}))
    one.wait_values("*/c/me/multicpu_idle*", CORES)
    one.wait_values("*/c/me/io_busymax")
    labels = {v["parameter"]: v.get("labels") for v in
              one.get("/v1/latest", predicate="*/c/me/*")["values"]}
    assert labels["multicpu_idle0"]["TITLE"] == "CPU-0 idle"
    assert labels["io_busymax"] == {
        "TITLE": "max io busy time seen across disks", "GROUP": "disk"}


# -- of others ---------------------------------------------------------------


def test_types(farm, odd):
    """Every type to its last bit; names, units, hosts that it speaks for."""
    one = farm(gmond({"module": [odd], "names": "monalisa"}))
    one.wait_values("*/c/me/odd_double")
    seen = one.latest("*/c/*/*")
    del seen[("c", "me", "odd_act")]
    assert seen == {
        ("c", "me", "odd_text"): "é" + "x" * 63,
        ("c", "me", "odd_ushort"): 65535, ("c", "me", "odd_short"): -32768,
        ("c", "me", "odd_uint"): 4294967295,
        ("c", "me", "odd_int"): -2147483648, ("c", "me", "odd_float"): 5.4,
        ("c", "me", "odd_double"): 1e300, ("c", "other", "odd_spoof"): 9,
        ("c", "me", "Load1"): 0.25, ("c", "me", "MEM_free"): 2}


def test_reload(farm, odd):
    """Other options begin a process anew."""
    config = gmond({"name": "odd", "module": [odd]})
    one = farm(config)
    one.wait_values("*/c/me/mem_free")
    pid = one.instance("odd")["worker"]["pid"]
    config["clusters"]["c"]["collect"][0]["gmond"]["names"] = "monalisa"
    one.write(config)
    assert one.ctl("reload").returncode == 0
    one.wait_values("*/c/me/MEM_free")
    assert one.instance("odd")["worker"]["pid"] == pid


def conf_of(path, do, text=""):
    """A file that loads the odd one, as gmond would have it."""
    file = path.parent / f"{do}.conf"
    file.write_text(f"""modules {{ module {{
  name = "odd_module" path = "{path}"
  param do {{ value = "{do}" }}
}} }}
collection_group {{ collect_every = 1 time_threshold = 1
  metric {{ name = "odd_act" }}
  metric {{ name = "heartbeat" }} {text}
}}
""")
    return str(file)


ENDS = {
    "crash": ("module odd.so called abort() in its reading of odd_act",
              "was killed by signal 6 (Aborted)"),
    "exit": ("module odd.so called exit() in its reading of odd_act",
             "ended with status 7"),
    "hang": ("module odd.so hangs in its reading of odd_act",
             "ended with status 1"),
}


def test_each_way_to_end(farm, odd, tmp_path):
    """Module and metric are named, it starts again; who is beside it misses
    nothing."""
    path = pathlib.Path(shutil.copy(odd, tmp_path))
    what = [{"name": do, "include": [conf_of(path, do)], "read_limit": "1s"}
            for do in ENDS]
    one = farm(gmond({"name": "beside", "module": [odd]}, *what))
    for do, (words, cause) in ENDS.items():
        assert f" {do}: " in one.wait_line(words)
        assert cause in one.wait_line(
            f"error {do}: the worker of module gmond")
        eventually(lambda: one.instance(do)["worker"]["starts"] >= 2,
                   f"a second start of {do}")
    beside = one.instance("beside")
    assert beside["status"] == "running"
    assert (beside["worker"]["starts"], beside["ledger"]["failures"]) == (1, 0)


def changed(odd, folder, name, at, by):
    """A copy of the module with other bytes."""
    content = pathlib.Path(odd).read_bytes()
    assert content.count(at) >= 1
    path = folder / f"{name}.so"
    path.write_bytes(content.replace(at, by))
    return path


def test_refused(farm, odd, tmp_path):
    """What cannot be, with the file and the reason; nothing of a module that
    is none has run by then."""
    path = pathlib.Path(shutil.copy(odd, tmp_path))
    bad = {
        "magic": changed(odd, tmp_path, "magic", MAGIC,
                         struct.pack("<L", 0x474d3331)),
        "version": changed(odd, tmp_path, "version", VERSION,
                           struct.pack("<l", 20070918)),
    }
    broken = tmp_path / "broken.conf"
    broken.write_text('modules {\n  module {\n    pth = "x"\n  }\n}\n')
    number = tmp_path / "number.conf"
    number.write_text("collection_group {\n  collect_every = ten\n}\n")
    strange = tmp_path / "strange.conf"
    strange.write_text(f'modules {{ module {{ name = "odd_module" '
                       f'path = "{bad["magic"]}" }} }}\n')
    refused = {
        "none": ({}, 'neither "include" nor "module" is given'),
        "absent": ({"module": ["nosuch"]},
                   "/ganglia/modnosuch.so: No such file or directory"),
        "file": ({"include": ["/nonexistent.conf"]},
                 "/nonexistent.conf: No such file or directory"),
        "empty": ({"include": [f"{tmp_path}/none*.conf"]},
                  "there is nothing to measure: no collection group has a "
                  "metric of a module"),
        "broken": ({"include": [str(broken)]},
                   f"{broken}:3: no such option 'pth'"),
        "number": ({"include": [str(number)]},
                   f"{number}:2: invalid integer value for option "
                   "'collect_every'"),
        "magic": ({"module": [str(bad["magic"])]},
                  f"{bad['magic']}: no module of gmond's"),
        "strange": ({"include": [str(strange)]},
                    f"{bad['magic']}: no module of gmond's: the magic number "
                    "of odd_module is 0x474d3331, not 0x474d3332"),
        "version": ({"module": [str(bad["version"])]},
                    f"{bad['version']}: built for another Ganglia: odd_module "
                    "has version 20070918 of the interface, 20080913 can be "
                    "hosted"),
        "init": ({"include": [conf_of(path, "init_fail")]},
                 f"{path}: its init returned -1"),
        "hang": ({"include": [conf_of(path, "init_hang")]},
                 "module odd.so hangs in its init"),
    }
    one = farm(gmond({"name": "beside", "module": [odd]},
                     *({"name": name, **options}
                       for name, (options, _) in refused.items())))
    for name, (_, text) in refused.items():
        assert text in one.wait_line(f"error {name}: ")
    one.wait_values("*/c/me/odd_int")
    assert one.instance("beside")["worker"]["starts"] == 1


def test_check(tree, odd, tmp_path):
    """farmctl check says it at its place, before anything runs."""
    bad = changed(odd, tmp_path, "bad", MAGIC, struct.pack("<L", 1))
    config = tmp_path / "farm.yaml"
    config.write_text(f"""clusters:
  c:
    nodes: [me]
    collect:
      - gmond:
          include: [/nonexistent.conf, /etc]
          module: ["{odd}", "{bad}"]
""")
    done = tree.run(tree.farmctl, "check", "--config", config)
    assert done.returncode == 1
    assert f"{config}:6:21: " in done.stderr
    assert "/etc is a folder; its files are /etc/*.conf" in done.stderr
    assert f"{config}:7:" in done.stderr
    assert f"{bad}: no module of gmond's" in done.stderr


def test_named_twice(farm, odd, tmp_path):
    """One that a file has loaded is loaded once; what either wants is
    given."""
    path = pathlib.Path(shutil.copy(odd, tmp_path))
    one = farm(gmond({"name": "twice", "include": [conf_of(path, "well")],
                      "module": [str(path), str(path)]}))
    # It adds up how often it was initialized.
    assert one.wait_values("*/c/me/odd_int") == {
        ("c", "me", "odd_int"): -2147483648}
    one.wait_values("*/c/me/odd_act")


def test_unknown_metric(farm, odd, tmp_path):
    """It is said once, and the others come."""
    path = pathlib.Path(shutil.copy(odd, tmp_path))
    file = conf_of(path, "well", 'metric { name = "nosuch" }')
    one = farm(gmond({"include": [file]}))
    assert "heartbeat" not in one.wait_line(
        f'{file}: no module has a metric of the name "nosuch"')
    one.wait_values("*/c/me/odd_act")


# -- by hand -----------------------------------------------------------------


def test_list(tree, odd):
    done = tree.run(tree.farmctl, "gmond", "list", "--json", odd,
                    "/nonexistent.so")
    assert done.returncode == 1
    assert "/nonexistent.so: No such file or directory" in done.stderr
    assert '"metric":"odd_uint","value":4294967295,"units":"bytes/sec",' \
        '"slope":"positive","tmax":60' in done.stdout


def test_list_of_one_that_ends(tree, odd, tmp_path):
    """Its exit() says nothing again of what was listed before."""
    path = pathlib.Path(shutil.copy(odd, tmp_path))
    # What libconfuse has read is freed by the end alone: modules point to it.
    known = tmp_path / "known"
    known.write_text("leak:libconfuse\n")
    done = tree.run(
        tree.farmctl, "gmond", "list", odd, conf_of(path, "exit"), env={
            **os.environ,
            "LSAN_OPTIONS": f"suppressions={known}:print_suppressions=0"})
    assert done.returncode == 1
    assert f"{path}: it ends the process: exit(7)" in done.stderr
    assert done.stdout.count(f"{odd}\n") == 1
