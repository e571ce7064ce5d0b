"""Checks of Debian's monitoring-plugins, run as Nagios would."""

import os
import pathlib
import re
import subprocess

import pytest
import yaml

import nagios
from farm import eventually

PLUGINS = pathlib.Path("/usr/lib/nagios/plugins")
NAGIOS = pathlib.Path("/etc/nagios4/nagios.cfg")
# The services of localhost that Debian's nagios4 comes with.
DEBIAN = {"PING", "Root Partition", "Current Users", "Total Processes",
          "Current Load", "Swap Usage", "SSH", "HTTP", "host"}

# A line for each check: what needs no server, and what finds none.
CHECKS = """
check_by_ssh -H 127.0.0.1 -p 9 -C true -t 5
check_clamd -H 127.0.0.1 -p 9
check_cluster -s -l farm -d 0,2,2,0 -w 1 -c 3
check_disk -w 1% -c 0% -p /
check_dummy 0 "all well"
check_dummy 3
check_file_age -w 99999999999 -c 99999999999 -f /etc/passwd
check_ftp -H 127.0.0.1 -p 9
check_http -I 127.0.0.1 -p 9 -t 5
check_icmp -H 127.0.0.1 -n 2 -w 500,80% -c 900,100%
check_imap -H 127.0.0.1 -p 9
check_jabber -H 127.0.0.1 -p 9
check_load -w 900,900,900 -c 999,999,999
check_log -F /no/such -O /tmp/none -q x
check_mrtg -F /no/such -a AVG -v 1 -w 1 -c 2
check_nagios -F /no/such -e 5 -C nagios
check_nntp -H 127.0.0.1 -p 9
check_nt -H 127.0.0.1 -p 9 -v UPTIME
check_ntp_time -H 127.0.0.1 -t 1
check_overcr -H 127.0.0.1 -p 9 -v LOAD
check_ping -H 127.0.0.1 -w 500,80% -c 900,100% -p 1
check_pop -H 127.0.0.1 -p 9
check_procs -w 0:99999 -c 0:99999
check_real -H 127.0.0.1 -p 9
check_simap -H 127.0.0.1 -p 9
check_smtp -H 127.0.0.1 -p 9
check_ssh -p 9 127.0.0.1
check_swap -w 0% -c 0%
check_tcp -H 127.0.0.1 -p 9
check_udp -H 127.0.0.1 -p 9 -s x -e y -t 1
check_users -w 999 -c 999
check_wave -H 127.0.0.1
check_tcp --help
""".strip().split("\n")


def items_of(output):
    """Labels of performance data, read in another way than farmd's."""
    behind = " ".join(re.findall(r"\|([^\n]*)", output))
    return {quoted.replace("''", "'") or plain for quoted, plain in
            re.findall(r"(?:'((?:[^']|'')*)'|([^\s=']+))=[-+]?[.\d]", behind)}


@pytest.fixture(name="plugins", scope="module")
def _plugins():
    if not (PLUGINS / "check_ssh").exists():
        pytest.skip("monitoring-plugins are not installed")


def as_nagios(line):
    """Status and output, as a shell and the plugin have it."""
    done = subprocess.run(
        f"{PLUGINS}/{line}", shell=True, capture_output=True, text=True,
        check=False, timeout=60, stdin=subprocess.DEVNULL,
        env={**os.environ, "LC_ALL": "C"})
    return done.returncode, done.stdout


def test_debians_checks(farm, plugins):
    """Each as it is: its state, and each of its labels."""
    names = [f"s{i}" for i in range(len(CHECKS))]
    f = farm({"clusters": {"c": {"nodes": ["n1"], "collect": [
        {"nagios": {"every": "60s", "name": name, "service": name,
                    "command": line}}
        for name, line in zip(names, CHECKS)]}}})
    eventually(lambda: {("c", "n1", f"{n}_output") for n in names}
               <= f.latest().keys(), "all checks", 120)
    latest = f.latest()
    wrong = []
    for name, line in zip(names, CHECKS):
        status, output = as_nagios(line)
        own = {"state", "hard_state", "attempt", "run_time", "output",
               "long_output"}
        labels = {p[len(name) + 1:] for _, _, p in latest
                  if p.startswith(f"{name}_")} - own
        seen = latest[("c", "n1", f"{name}_state")]
        if seen != min(status, 3) or labels != items_of(output):
            wrong.append((line, status, seen, labels, output))
    assert not wrong


def test_text(farm, plugins):
    f = farm({"clusters": {"c": {"nodes": ["n1"], "collect": [
        {"nagios": {"every": "1s", "attempts": 2, "command":
                    "check_dummy $ARG1$ \"$HOSTNAME$ is $SERVICEDESC$\"",
                    "args": ["2"], "service": "sick"}}]}}})
    eventually(lambda: f.latest().get(("c", "n1", "sick_hard_state")) == 2,
               "a hard state")
    latest = f.latest()
    assert latest[("c", "n1", "sick_output")] == "CRITICAL: n1 is sick"
    assert latest[("c", "n1", "sick_attempt")] == 2


def test_resource(farm, tmp_path):
    """USER macros are secrets: they come into no message."""
    (tmp_path / "resource.cfg").write_text(
        "# here\n$USER1$=/bin\n$USER2$=hidden\n")
    f = farm({"clusters": {"c": {"nodes": ["n1"], "collect": [
        {"nagios": {"every": "1s", "resource": str(tmp_path / "resource.cfg"),
                    "command": "$USER1$/echo $USER2$"}}]}}})
    eventually(lambda: f.latest().get(("c", "n1", "output")) == "hidden",
               "its output")


def test_many_at_once(farm):
    """Slow checks wait side by side."""
    f = farm({"pool": {"threads": 128}, "clusters": {"c": {
        "nodes": ["n[001-100]"], "collect": [
            {"nagios": {"every": "10s", "command": "sleep 5"}}]}}})
    eventually(lambda: len(f.latest("*/c/*/state")) == 100, "all of them", 90)


@pytest.fixture(name="nagios_cfg")
def _nagios_cfg(plugins):
    if not NAGIOS.exists():
        pytest.skip("nagios4 is not installed")
    return NAGIOS


def test_import(farm, tree, nagios_cfg):
    """Debian's own configuration, as it comes, runs."""
    done = tree.run(tree.farmctl, "import", nagios_cfg)
    assert (done.returncode, done.stderr) == (0, "")
    f = farm(yaml.safe_load(done.stdout.replace("$$", "$")))
    eventually(lambda: {("linux-servers", "localhost", f"{s}_state")
                        for s in DEBIAN} <= f.latest().keys(),
               "all services", 90)
    latest = f.latest("*/linux-servers/localhost/*")
    assert latest[("linux-servers", "localhost", "PING_state")] == 0
    assert latest[("linux-servers", "localhost", "PING_rta")] >= 0
    assert latest[("linux-servers", "localhost", "Current Load_load1")] >= 0
    assert latest[("linux-servers", "localhost", "SSH_state")] == 2


def test_live(farm, nagios_cfg, tmp_path):
    """The same, without a configuration of ours; minutes are seconds."""
    main = tmp_path / "nagios.cfg"
    main.write_text(nagios_cfg.read_text() + "\ninterval_length=1\n")
    f = farm({"clusters": {"nagios": {"nodes": ["localhost"], "collect": [
        {"nagios": {"every": "10s", "config": str(main)}}]}}})
    eventually(lambda: {("linux-servers", "localhost", f"{s}_state")
                        for s in DEBIAN} <= f.latest().keys(),
               "all services", 120)
    latest = f.latest()
    assert latest[("linux-servers", "localhost", "Current Load_load1")] >= 0
    eventually(lambda: f.latest().get(("nagios", "localhost", "checks"))
               == len(DEBIAN), "how many there are")


# Behind a program that says each of its arguments; the service is S N of it, on
# the host "web 1".
LINES = """
$SERVICEDESC$
'$SERVICEDESC$'
"$HOSTNAME$ $SERVICEDESC$" -x
--name=$SERVICEDESC$
"$SERVICEDESC$" | cat
$SERVICEDESC$ '$HOSTNAME$' | cat
$SERVICEDISPLAYNAME$ '$HOSTALIAS$'
$HOSTALIAS$; echo
'$HOSTDISPLAYNAME$' | cat
$HOSTNAME$\\ x "\\"" 'it''s'
$ARG1$ $ARG2$
$ARG1$ '$ARG2$' $ARG3$ | cat
$_HOSTRACK$ $HOSTADDRESS$
a$_SERVICENONE$b
$NOSUCH$ x
x #y ~root
'a?b&c=d' a,b:c=%20
a$$((1+2)) ${NONE:-x}
$SERVICESTATE$ $SERVICEATTEMPT$ $MAXSERVICEATTEMPTS$
""".strip().split("\n")

ARGUMENTS = """#!/bin/sh
printf '<%s>' "$@"
"""


def argument_services(program):
    """A command and a service for each of the lines."""
    command = "define command{{\n command_name c{0}\n command_line {1} {2}\n}}\n"
    return "".join(
        command.format(i, program, line.replace(";", "\\;"))
        + nagios.service("web 1", f"S {i} of it",
                         f"c{i}!'$SERVICEDESC$' $HOSTALIAS$!two 2")
        .replace(" check_command", f" display_name Talk {i}\n check_command")
        for i, line in enumerate(LINES))


def test_arguments(farm, tree, tmp_path):
    """What programs are given, by Nagios and by both of our ways."""
    program = tmp_path / "arguments"
    program.write_text(ARGUMENTS)
    program.chmod(0o755)
    core = nagios.Nagios(tmp_path / "nagios", ["web 1"],
                         argument_services(program))
    objects = core.folder / "objects.cfg"
    objects.write_text(objects.read_text().replace(
        " address", " alias The web\n _RACK 7\n address"))
    names = [f"S {i} of it" for i in range(len(LINES))]
    core.start()
    try:
        want = {name: core.wait("web 1", name, 0)["plugin_output"]
                for name in names}
    finally:
        core.stop()
    config = core.folder / "nagios.cfg"
    live = farm({"clusters": {"nagios": {"nodes": ["localhost"], "collect": [
        {"nagios": {"every": "10s", "config": str(config)}}]}}})
    imported = farm({})
    folder = imported.folder / "conf.d"
    folder.mkdir()
    done = tree.run(tree.farmctl, "import", config, "-o", folder / "n.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    assert imported.ctl("reload").returncode == 0
    said = {name: ("hosts", "web 1", f"{name}_output") for name in names}
    for f in live, imported:
        eventually(lambda: set(said.values()) <= f.latest().keys(),
                   "all services", 60)
        latest = f.latest()
        assert {name: latest[said[name]] for name in names} == want


SITE = """
define command{
 command_name say
 command_line /bin/echo $ARG1$
}
define host{
 host_name h1
}
define service{
 service_description Talk
 host_name h1
 check_command say!%s
 check_interval 1
}
"""


def test_live_changes(farm, tmp_path):
    """Files are read again; wrong ones change nothing."""
    main, objects = tmp_path / "nagios.cfg", tmp_path / "objects.cfg"
    main.write_text("cfg_file=objects.cfg\ninterval_length=1\n")
    objects.write_text(SITE % "one")
    f = farm({"clusters": {"nagios": {"nodes": ["localhost"], "collect": [
        {"nagios": {"every": "1s", "config": str(main)}}]}}})
    said = ("hosts", "h1", "Talk_output")
    eventually(lambda: f.latest().get(said) == "one", "what it says")
    objects.write_text("define nothing\n")
    f.wait_line("has changed and is wrong")
    objects.write_text(SITE % "two")
    eventually(lambda: f.latest().get(said) == "two", "what it says now")


LARGE = """
define command{
 command_name quick
 command_line /bin/true
}
define command{
 command_name slow
 command_line /bin/sleep 10
}
define hostgroup{
 hostgroup_name all
 members *
}
"""

LARGE_SERVICE = """
define service{{
 service_description {0}
 hostgroup_name all
 check_command {1}
 check_interval 10
}}
"""

# As many descriptors as there may be.
AMPLE = ("sh", "-c", 'ulimit -Sn "$(ulimit -Hn)" && exec "$@"', "sh")


def test_live_large(farm, tmp_path):
    """2,000 services of 200 hosts, 200 of which wait side by side."""
    main = tmp_path / "nagios.cfg"
    main.write_text("cfg_file=objects.cfg\ninterval_length=1\n")
    (tmp_path / "objects.cfg").write_text(
        LARGE
        + "".join(f"define host{{\n host_name h{i}\n}}\n" for i in range(200))
        + "".join(LARGE_SERVICE.format(f"s{i}", "quick" if i else "slow")
                  for i in range(10)))
    f = farm({"clusters": {"nagios": {"nodes": ["localhost"], "collect": [
        {"nagios": {"every": "1s", "config": str(main)}}]}}}, under=AMPLE)
    own = ("nagios", "localhost", "checks_running")
    eventually(lambda: f.latest("*/nagios").get(own, 0) > 150,
               "slow ones at once", 120)
    eventually(lambda: len(f.latest("*/all/*/*_state")) >= 4000,
               "state and hard state of all", 120)
    latest = f.latest("*/all/*/s*_state")
    assert set(latest.values()) == {0}
    assert f.latest("*/nagios")["nagios", "localhost", "checks"] == 2000


def test_import_names(tree, tmp_path):
    """What a check is called beside its name goes with the check."""
    main = tmp_path / "nagios.cfg"
    main.write_text("cfg_file=objects.cfg\n")
    (tmp_path / "objects.cfg").write_text(
        (SITE % "$SERVICEDISPLAYNAME$").replace(
            "check_interval", "display_name Small talk\n check_interval"))
    done = tree.run(tree.farmctl, "import", main)
    assert (done.returncode, done.stderr) == (0, "")
    [item] = yaml.safe_load(done.stdout)["clusters"]["hosts"]["collect"]
    assert item["nagios"]["macros"] == {"SERVICEDISPLAYNAME": "Small talk"}


def test_import_wrong(tree, tmp_path):
    main = tmp_path / "nagios.cfg"
    main.write_text("cfg_file=objects.cfg\n")
    (tmp_path / "objects.cfg").write_text(
        "define service{\n host_name nobody\n service_description x\n}\n")
    done = tree.run(tree.farmctl, "import", main)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (f"{tmp_path}/objects.cfg:1:1: error: "
                           "there is no host \"nobody\"\n")
