"""farmctl import: MonALISA's farm files become a farm that runs."""

import re

import pytest
import yaml

from farm import eventually

FARM = """\
# this site
*Master
>localhost
monProcLoad%1
monProcStat%1
DiskDF%2
monLMSensors%120
*WAN
>127.0.0.1 here
monPing{ParamTimeout=900}%1
>127.0.0.2 there
monPing{ParamTimeout=900}%1
monTraceroute%120
*PN_farm{monIGangliaTCP, popcrn01, 8649}%30
^monXDRUDP{ListenPort=8884, ParamTimeout=900}%30
"""
WARNINGS = """\
{file}:7:1: warning: farmd has nothing for "monLMSensors" yet; kept as a comment
{file}:10:1: warning: "monPing" becomes icmp: RTT is called rtt, and LostPackages loss, in percent
{file}:13:1: warning: farmd has nothing for "monTraceroute" yet; kept as a comment
{file}:14:2: warning: farmd has nothing for a cluster fed by "monIGangliaTCP" yet; kept as a comment
"""


@pytest.fixture
def source(tmp_path):
    file = tmp_path / "myFarm.conf"
    file.write_text(FARM)
    return file


def needs(tree, *modules):
    missing = [m for m in modules
               if not (tree.build / "plugins" / f"{m}.so").exists()]
    if missing:
        pytest.skip(f"without {', '.join(missing)}")


def test_prints_yaml_and_warnings(tree, source):
    done = tree.run(tree.farmctl, "import", source)
    assert done.returncode == 0
    assert done.stderr == WARNINGS.format(file=source)
    clusters = yaml.safe_load(done.stdout)["clusters"]
    assert list(clusters) == ["Master", "WAN", "ApMon-8884"]
    assert clusters["WAN"]["nodes"] == [
        {"name": "here", "address": "127.0.0.1"},
        {"name": "there", "address": "127.0.0.2"}]
    for kept in ("monLMSensors every 2m",
                 "monTraceroute every 2m on there",
                 "*PN_farm{monIGangliaTCP, popcrn01, 8649} every 30s"):
        assert f": {kept}\n" in done.stdout


def test_passes_the_check(tree, source, tmp_path):
    needs(tree, "proc", "icmp")
    out = tmp_path / "farm.yaml"
    done = tree.run(tree.farmctl, "import", source, "-o", out)
    assert (done.returncode, done.stdout) == (0, "")
    done = tree.check(out)
    assert (done.returncode, done.stderr) == (0, "")


def test_runs(tree, source, farm, tmp_path):
    needs(tree, "proc", "icmp")
    done = tree.run(tree.farmctl, "import", source)
    running = farm(
        f"farm: old\nstate: {tmp_path}/state\n"
        f"socket: {tmp_path}/farm0/farmd.sock\nhttp: ''\n" + done.stdout)
    running.wait_values("old/Master/localhost/Load5|CPU_idle", 2)
    running.wait_values("old/WAN/*/loss|rtt", 4)
    eventually(lambda: running.latest("old/WAN/there/loss") ==
               {("WAN", "there", "loss"): 0}, "no loss")
    # The partitions are asked for in an instance with a rhythm of its own.
    running.wait_values("old/Master/localhost/TOTAL_partitions")
    assert {i["name"] for i in running.get("/v1/instances")["instances"]} >= {
        "ApMon-8884/udp", "Master/proc", "Master/proc-2", "WAN/icmp"}


BAD = """\
monProcLoad%30
*A
>n1
monProcLoad%often
monProcIO{eth%d}%60
DiskDF%3%4
*E{mod,node}%9
>ignored
*F{mod}%9
"""
SAID = """\
{file}:1:1: error: module "monProcLoad" has no node; write a line such as ">localhost" before it
{file}:4:12: error: "%often" is not an interval of 1 to 31622400 seconds; write one such as "%30"
{file}:5:14: warning: MonALISA cannot read a "%" inside of "{{}}"; taken as part of the arguments
{file}:6:7: error: "%3%4" is two intervals; write one, such as "%30"
{file}:7:2: warning: farmd has nothing for a cluster fed by "mod" yet; kept as a comment
{file}:7:3: warning: without arguments MonALISA hands mod the word "null"; taken as no arguments; write "{{mod, node, ARGUMENTS}}"
{file}:8:2: warning: "ignored" is ignored, as cluster "E" is fed by a module; write a line "*E" before it to give it nodes
{file}:9:3: error: a cluster fed by a module needs its module and node; write "*F{{MODULE, NODE, ARGUMENTS}}"
"""


def test_errors_write_nothing(tree, source, tmp_path):
    bad, out = tmp_path / "bad.conf", tmp_path / "farm.yaml"
    bad.write_text(BAD)
    done = tree.run(tree.farmctl, "import", bad)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == SAID.format(file=bad)
    out.write_text("old")
    done = tree.run(tree.farmctl, "import", source, bad, "-o", out, "--force")
    assert done.returncode == 1
    assert out.read_text() == "old"
    missing = tmp_path / "missing.conf"
    done = tree.run(tree.farmctl, "import", missing)
    assert (done.returncode, done.stdout, done.stderr) == (
        1, "", f"{missing}: error: No such file or directory\n")


def test_overwrites_only_by_force(tree, source, tmp_path):
    out = tmp_path / "farm.yaml"
    out.write_text("old")
    done = tree.run(tree.farmctl, "import", source, "-o", out)
    assert done.returncode == 2
    assert f"{out}: File exists; --force overwrites it\n" in done.stderr
    assert out.read_text() == "old"
    done = tree.run(tree.farmctl, "import", source, "-o", out, "--force")
    assert done.returncode == 0
    assert out.read_text() == tree.run(tree.farmctl, "import", source).stdout
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "farm.yaml", "myFarm.conf"]


def test_page(tree, tmp_path):
    """The example of docs/import.md is what the program prints."""
    page = (tree.source / "docs" / "import.md").read_text()
    before, after = re.findall(r"^```(?:yaml)?\n(.*?)^```$", page,
                               re.M | re.S)[:2]
    (tmp_path / "page.conf").write_text(before)
    done = tree.run(tree.farmctl, "import", tmp_path / "page.conf")
    assert done.stdout == after


def test_help(tree):
    done = tree.run(tree.farmctl, "import", "--help")
    assert done.returncode == 0
    for word in ("usage: farmctl import FILE...", "--output", "--force"):
        assert word in done.stdout
    done = tree.run(tree.farmctl, "import")
    assert done.returncode == 64
