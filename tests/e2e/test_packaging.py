"""What is installed beside the programs: manuals, completion, the unit."""

import os
import re
import shutil
import subprocess

import pytest

from test_docs import ROOT, printed

MAN = ROOT / "docs" / "man"
COMPLETION = ROOT / "packaging" / "completion" / "farmctl"
# What `systemd-analyze security` may say of the unit at most (0 is best).
EXPOSURE_MAX = 2.5


def page(name):
    return (MAN / name).read_text()


def items(text):
    """What the items of a manual's lists are about: options and verbs."""
    flags, words = set(), set()
    for line in re.findall(r"^\.It (.*)$", text, re.M):
        if line.startswith("Fl"):
            flags |= {"-" + f.replace("\\", "")
                      for f in re.findall(r"Fl (\S+)|, Fl (\S+)", line)
                      for f in f if f}
            flags |= {"-" + f.replace("\\", "")
                      for f in re.findall(r", (\\-\S+)", line)}
        elif line.startswith("Cm"):
            words.add(line.split()[1])
    return flags, words


def options(text):
    """Short and long options that a --help mentions."""
    return set(re.findall(r"(?<![\w-])(--[a-z]+|-[a-zA-Z])\b", text))


@pytest.mark.parametrize("name", sorted(p.name for p in MAN.iterdir()))
def test_manual_is_well_formed(tree, name):
    if shutil.which("mandoc"):
        done = tree.run("mandoc", "-T", "lint", "-W", "warning", MAN / name)
    elif shutil.which("groff"):
        done = tree.run("groff", "-mandoc", "-ww", "-z", "-Tascii", MAN / name)
    else:
        pytest.skip("neither mandoc nor groff is here")
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_farmd_manual(tree):
    flags, _ = items(page("farmd.8"))
    assert flags == options(tree.run(tree.farmd, "--help").stdout)


def test_farmctl_manual(tree):
    usage = tree.run(tree.farmctl, "--help").stdout
    verbs = re.findall(r"^  ([a-z-]+) ", usage, re.M)
    flags, words = items(page("farmctl.1"))
    # Programs of their own may be left out of a build.
    if not {"mib", "collectd"} <= set(verbs):
        pytest.skip("left out: a program that needs net-snmp or collectd-dev")
    assert words == set(verbs)
    offered = {"--socket", "-V", "--version", "-h", "--help"}
    for verb in verbs:
        text = tree.run(tree.farmctl, verb, "--help").stdout
        listed = text.partition("\nOptions:\n")[2]
        mine = {o for line in listed.splitlines()
                for o in options(line[:20])}
        offered |= mine
        part = re.search(rf"^\.It Cm {verb}\b.*?(?=^\.It Cm (?!{verb}\b)|^\.El)",
                         page("farmctl.1"), re.M | re.S)[0]
        said = {"-" + f.replace("\\", "")
                for f in re.findall(r"^\.Fl (\S+)", part, re.M)}
        assert said == {o for o in mine if o.startswith("--")}, verb
    assert flags == offered


def test_configuration_manual(tree):
    keys = re.findall(r"^\| `(\w+)` \|", printed(tree, "--reference"), re.M)
    said = re.findall(r"^\.It Cm (\w+)", page("farm.yaml.5"), re.M)
    assert said == keys


def test_default_configuration(tree):
    done = tree.check(ROOT / "packaging" / "farm.yaml")
    assert (done.returncode, done.stderr) == (0, "")


def test_unit(tree):
    """Less exposed than the limit, where systemd-analyze is here."""
    unit = tree.build / "packaging" / "systemd" / "farmd.service"
    text = unit.read_text()
    assert "@" not in re.sub(r"@(system-service|privileged|resources|chown)",
                             "", text)
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here")
    done = tree.run("systemd-analyze", "security", "--offline=true",
                    "--no-pager", unit)
    score = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    assert score, done.stdout + done.stderr
    assert float(score[1]) <= EXPOSURE_MAX


class Shell:
    """Bash, asked what it would offer."""

    def __init__(self, tree, farm_socket):
        self.environment = {**os.environ, "FARM_SOCKET": str(farm_socket),
                            "PATH": f"{tree.build}:{os.environ['PATH']}"}

    def offers(self, *words):
        script = (f'source "{COMPLETION}"; program=$1; COMP_WORDS=("$@"); '
                  'COMP_CWORD=$(($# - 1)); "_$program" || exit; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", script, "bash", *words],
                              env=self.environment, capture_output=True,
                              text=True, timeout=30, check=True)
        assert done.stderr == ""
        return done.stdout.split("\n")[:-1]


@pytest.fixture
def shell(farm, tree):
    one = farm({"clusters": {"hosts": {"nodes": ["localhost", "spare room"],
                                       "collect": [
        {"proc": {"every": "100ms"}}]}}})
    one.wait_values("*/hosts/localhost/Load*", 3)
    one.wait_values("*/hosts/*/Load1", 2)
    return Shell(tree, one.socket)


@pytest.mark.parametrize("words, want", [
    (("farmctl", "ins"), ["instances"]),
    (("farmctl", "pa"), ["pause"]),
    (("farmctl", "history", "--f"), ["--format", "--from"]),
    (("farmctl", "history", "--format", "c"), ["csv"]),
    (("farmctl", "status", "--format", ""), ["table", "json"]),
    (("farmctl", "module", "new", "x", "--role", "w"), ["writer"]),
    (("farmctl", "module", "d"), ["describe"]),
    (("farmctl", "module", "describe", "pr"), ["proc"]),
    (("farmctl", "run", "ho"), ["hosts/proc"]),
    (("farmctl", "run", "hosts/proc", ""), ["localhost", "spare\\ room"]),
    (("farmctl", "pause", "--socket", "/x", "nothing"), []),
    (("farmctl", "tree", "h"), ["hosts"]),
    (("farmctl", "tree", "hosts", "l"), ["localhost"]),
    (("farmctl", "latest", "t"), ["test/"]),
    (("farmctl", "latest", "test/h"), ["test/hosts/"]),
    (("farmctl", "latest", "*/hosts/l"), ["*/hosts/localhost/"]),
    (("farmctl", "latest", "*/hosts/localhost/Load1"),
     ["*/hosts/localhost/Load1", "*/hosts/localhost/Load15"]),
    (("farmd", "--desc"), ["--describe"]),
    (("farmd", "--describe", "pr"), ["proc"]),
], ids=" ".join)
def test_completion(shell, words, want):
    assert [o for o in shell.offers(*words) if o] == want


def test_completion_without_a_daemon(tree, tmp_path):
    shell = Shell(tree, tmp_path / "nobody")
    assert shell.offers("farmctl", "run", "") == [""]
    assert shell.offers("farmctl", "stat") == ["status"]
