"""Mistakes that only a module can find are found before anything runs."""

import pathlib

import pytest

from farm import eventually

COLLECTD = pathlib.Path("/usr/lib/collectd")
PROFILES = ("There are host, interfaces, monalisa, netsnmp-extend, printer, "
            "ucd, ups")

SNMP = """\
farm: test
clusters:
  net:
    nodes: [n1]
    collect:
      - snmp:
          name: profile
          profile:
            - host
            - hots
      - snmp:
          name: objects
          get: {up: sysUpTim, in: IF-MB::ifInOctets, no: interfaces}
          table:
            columns: {in: ifInOctet, out: ifOutOctets}
            row: ifNam
            where: {ifTpye: 6}
      - snmp:
          name: credentials
          get: [sysName]
          credentials:
            - {user: me, auth: sha256, auth_password: file:nowhere}
            - {community: x, priv: des}
      - snmp: {name: folder, profiles: [none/here], profile: host}
      - snmp: {name: rate, rate: x, get: [sysName]}
"""
SNMP_SAYS = f"""\
farm.yaml:10:15: error: profile[1]: no profile "hots"; did you mean "host"? {PROFILES}
farm.yaml:13:21: error: "sysUpTim": unknown object "sysUpTim"; did you mean "sysUpTime"?
farm.yaml:13:35: error: "IF-MB::ifInOctets": unknown MIB module "IF-MB"; did you mean "IF-MIB"?
farm.yaml:13:58: error: interfaces has no value of its own: use `walk'
farm.yaml:15:27: error: "ifInOctet": unknown object "ifInOctet"; did you mean "ifInOctets"?
farm.yaml:16:18: error: "ifNam": unknown object "ifNam"; did you mean "ifName"?
farm.yaml:17:29: error: "ifTpye": unknown object "ifTpye"; did you mean "ifType"?
farm.yaml:22:55: error: "auth_password": {{folder}}/nowhere: No such file or directory
farm.yaml:23:36: error: "priv" is of v3 and needs "user"
farm.yaml:24:15: error: none/here: No such file or directory
farm.yaml:25:34: error: rate: "x" has no {{name}}
"""

PROFILE = """\
farm: test
clusters:
  net:
    nodes: [n1]
    collect:
      - snmp: {profiles: [own]}
"""
PROFILE_SAYS = """\
own/mine.yaml:3:17: error: "ifInOctet": unknown object "ifInOctet"; did you mean "ifInOctets"?
"""

TRAPS = """\
farm: test
clusters:
  net:
    nodes: [n1]
    collect:
      - snmptrap:
          listen: udp://127.0.0.1:1162
          any_community: yes
          allow: [10.0.0.0/8, 10.0.0.1/40]
          names: {10.0.0.1: a, x: b}
          engine_id: 80
          traps:
            linkDwn: {ignore: yes}
          credentials: {user: me, auth: sha256, auth_password: file:nowhere}
"""
NETWORK = ("is no address or network such as 10.1.2.3, 10.1.0.0/16 or "
           "2001:db8::/32")
TRAPS_SAYS = f"""\
farm.yaml:9:31: error: allow[1]: "10.0.0.1/40" {NETWORK}
farm.yaml:10:35: error: names[1]: "x" {NETWORK}
farm.yaml:11:22: error: engine_id: "80" is not 5 to 32 bytes in hexadecimal digits
farm.yaml:13:22: error: "linkDwn": unknown object "linkDwn"; did you mean "linkDown"?
farm.yaml:14:64: error: "auth_password": {{folder}}/nowhere: No such file or directory
"""

PLUGINS = """\
farm: test
clusters:
  here:
    nodes: [localhost]
    collect:
      - collectd: {name: a, plugin: [CPU, memroy, there-is-none]}
      - collectd: {name: b, include: [nowhere.conf], types_db: nowhere.db}
      - collectd: {name: c}
"""
PLUGINS_SAYS = """\
farm.yaml:6:43: error: plugin[1]: there is no plugin "memroy" in /usr/lib/collectd; did you mean "memory"?
farm.yaml:6:51: error: plugin[2]: there is no plugin "there-is-none" in /usr/lib/collectd
farm.yaml:7:39: error: include[0]: nowhere.conf: No such file or directory
farm.yaml:7:64: error: types_db[0]: nowhere.db: No such file or directory
farm.yaml:8:19: error: neither "plugin" nor "include" is given
"""

FILTERS = """\
farm: test
filters:
  - rename: {parameter: "{host}"}
  - unit: {from: "%", to: apples}
  - threshold: {}
  - threshold:
      name: both
      above: 1
      below: 2
"""
FILTERS_SAYS = """\
farm.yaml:3:25: error: parameter: "{host}": byte 1: {host} is none of {farm}, {cluster}, {node}, {parameter}, {0} to {9}
farm.yaml:4:27: error: to: nothing is known of the unit "apples": give a factor
farm.yaml:5:16: error: needs one of above, below, delta and percent: what is looked for
farm.yaml:9:14: error: below: 2 is not less than above: 1
"""


@pytest.mark.parametrize("text, says", [
    pytest.param(SNMP, SNMP_SAYS, id="snmp"),
    pytest.param(PROFILE, PROFILE_SAYS, id="profile"),
    pytest.param(TRAPS, TRAPS_SAYS, id="snmptrap"),
    pytest.param(FILTERS, FILTERS_SAYS, id="filters"),
    pytest.param(PLUGINS, PLUGINS_SAYS, id="collectd",
                 marks=pytest.mark.skipif(not COLLECTD.is_dir(),
                                          reason="no collectd-core here"))])
def test_says_all(tree, tmp_path, text, says):
    (tmp_path / "farm.yaml").write_text(text)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mine.yaml").write_text(
        "summary: mine\ntable:\n  columns: {in: ifInOctet}\n")
    for mode in ("--check", "--test"):
        done = tree.run(tree.farmd, mode, "--config", "farm.yaml",
                        cwd=tmp_path)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.replace(str(tmp_path), "{folder}") == says


def one(**options):
    return {"clusters": {"net": {"nodes": [
        {"name": "n1", "address": "127.0.0.1:9"}], "collect": [
            {"proc": {"every": "1s"}},
            {"snmp": {"every": "1h", "retries": 0, **options}}]}}}


def test_reload_is_refused(farm):
    """... and nothing has changed; a change of a piece likewise."""
    f = farm(one(get=["sysName"]))
    runs = f.instance("net/proc")["ledger"]["runs"]
    f.write(one(get=["sysNam"]))
    done = f.ctl("reload")
    assert done.returncode == 1
    assert 'unknown object "sysNam"; did you mean "sysName"?' in done.stderr
    assert f"{f.file}:" in done.stderr
    assert "the configuration has 1 error" in f.wait_line("refusal 1")
    f.write(one(get=["sysName"]))
    done = f.ctl("config", "set", "clusters.net.collect.snmp.profile", "hots")
    assert done.returncode == 1
    assert 'no profile "hots"; did you mean "host"?' in done.stderr
    done = f.ctl("reload")
    assert done.returncode == 0, done.stderr
    eventually(lambda: f.instance("net/proc")["ledger"]["runs"] > runs,
               "another run")
    assert f.instance("net/snmp")["status"] == "running"


def test_a_start_is_not(farm):
    """What is wrong with one module's options keeps no other from its work,
    once the machine is up again without its operator."""
    f = farm(one(get=["sysNam"]))
    assert "did you mean \"sysName\"?" in f.wait_line("unknown object")
    f.wait_values("*/net/n1/Load1", 1)
    assert f.instance("net/snmp")["status"] in ("failed", "opening")
