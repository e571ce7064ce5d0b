"""SNMP's objects: the catalogue that farmd ships, and farmctl mib."""

import os
import pathlib
import re
import subprocess

import pytest
import yaml

from snmpd import Snmpd

# What snmpwalk calls a value, and what the catalogue may call it.
SYNTAXES = {
    "INTEGER": {"integer"}, "Counter32": {"counter32"},
    "Counter64": {"counter64", "gauge32"}, "Gauge32": {"gauge32", "unsigned"},
    "Timeticks": {"ticks"}, "STRING": {"octets"}, "Hex-STRING": {"octets"},
    "OID": {"oid"}, "IpAddress": {"ip"}, "Opaque": {"opaque"},
}
NO_VALUE = {"node", "table", "row", "notification"}
# Column or scalar: this much of each is known to be there.
THERE = """
    sysDescr sysObjectID sysUpTime sysContact sysName sysLocation
    ifNumber ifIndex ifDescr ifType ifMtu ifSpeed ifPhysAddress ifAdminStatus
    ifOperStatus ifInOctets ifInErrors ifOutOctets ifOutErrors ifOutDiscards
    ifName ifHCInOctets ifHCOutOctets ifHighSpeed ifAlias
    ipForwarding ipInReceives icmpInMsgs tcpCurrEstab udpInDatagrams
    hrSystemUptime hrSystemProcesses hrMemorySize hrStorageIndex hrStorageType
    hrStorageDescr hrStorageAllocationUnits hrStorageSize hrStorageUsed
    memTotalReal memAvailReal memTotalSwap memAvailSwap memBuffer memCached
    laNames laLoad laLoadInt laLoadFloat dskPath dskTotal dskAvail dskUsed
    dskPercent ssCpuRawUser ssCpuRawNice ssCpuRawSystem ssCpuRawIdle
    ssCpuRawWait ssIORawSent ssIORawReceived ssRawInterrupts ssRawContexts
    nsExtendCommand nsExtendResult nsExtendOutput1Line usmStatsWrongDigests
    snmpInPkts snmpEngineBoots
""".split()


def catalogue(tree):
    """OID: (name, syntax)."""
    path = tree.source / "plugins" / "snmp" / "objects.tsv"
    rows = [line.split("\t") for line in path.read_text().split("\n")
            if line and not line.startswith("#")]
    return {row[1]: (row[0].partition("::")[2], row[2]) for row in rows}


def nearest(known, oid):
    numbers = oid.split(".")
    for n in range(len(numbers), 0, -1):
        found = known.get(".".join(numbers[:n]))
        if found:
            return found
    return None, None


@pytest.fixture
def agent(tmp_path):
    one = Snmpd(tmp_path, ["disk /", "load 12 10 5", "extend hello /bin/echo hi"])
    yield one
    one.close()


def test_catalogue_is_what_snmpd_says(tree, agent):
    known = catalogue(tree)
    seen = set()
    # Of TCP no tables: connections that other tests have left behind take the
    # agent minutes.
    tcp = [f"1.3.6.1.2.1.6.{i}" for i in (*range(1, 13), 14, 15)]
    for root in (*tcp, "1.3.6.1.2.1.1", "1.3.6.1.2.1.2", "1.3.6.1.2.1.4",
                 "1.3.6.1.2.1.5", "1.3.6.1.2.1.7",
                 "1.3.6.1.2.1.11", "1.3.6.1.2.1.25.1", "1.3.6.1.2.1.25.2",
                 "1.3.6.1.2.1.25.3", "1.3.6.1.2.1.31", "1.3.6.1.4.1.2021",
                 "1.3.6.1.4.1.8072.1.3", "1.3.6.1.6.3"):
        for oid, value in agent.walk(root):
            name, syntax = nearest(known, oid)
            if name is None or syntax in NO_VALUE:
                continue
            kind = value.partition(": ")[0] if ": " in value else "STRING"
            assert syntax in SYNTAXES[kind], f"{name} {oid} = {value}"
            seen.add(name)
    assert set(THERE) - seen == set()


# ------------------------------------------------------------ farmctl mib ----

ACME = """ACME-MIB DEFINITIONS ::= BEGIN
IMPORTS enterprises, MODULE-IDENTITY, OBJECT-TYPE, NOTIFICATION-TYPE,
        Counter64, Integer32 FROM SNMPv2-SMI
        DisplayString, MacAddress FROM SNMPv2-TC
        CounterBasedGauge64 FROM HCNUM-TC;
acme MODULE-IDENTITY LAST-UPDATED "202601010000Z" ORGANIZATION ""
    CONTACT-INFO "" DESCRIPTION "" ::= { enterprises 99999 }
acmeTemp OBJECT-TYPE SYNTAX Integer32 UNITS "degrees Celsius"
    MAX-ACCESS read-only STATUS current DESCRIPTION "" ::= { acme 1 }
acmeTable OBJECT-TYPE SYNTAX SEQUENCE OF AcmeEntry
    MAX-ACCESS not-accessible STATUS current DESCRIPTION "" ::= { acme 3 }
acmeEntry OBJECT-TYPE SYNTAX AcmeEntry MAX-ACCESS not-accessible
    STATUS current DESCRIPTION "" INDEX { acmeIndex } ::= { acmeTable 1 }
AcmeEntry ::= SEQUENCE { acmeIndex Integer32, acmeName DisplayString,
    acmeMac MacAddress, acmeBytes Counter64, acmeFill CounterBasedGauge64,
    acmeState INTEGER }
acmeIndex OBJECT-TYPE SYNTAX Integer32 MAX-ACCESS not-accessible
    STATUS current DESCRIPTION "" ::= { acmeEntry 1 }
acmeName OBJECT-TYPE SYNTAX DisplayString MAX-ACCESS read-only
    STATUS current DESCRIPTION "" ::= { acmeEntry 2 }
acmeMac OBJECT-TYPE SYNTAX MacAddress MAX-ACCESS read-only
    STATUS current DESCRIPTION "" ::= { acmeEntry 3 }
acmeBytes OBJECT-TYPE SYNTAX Counter64 UNITS "flits per fortnight"
    MAX-ACCESS read-only STATUS current DESCRIPTION "" ::= { acmeEntry 4 }
acmeFill OBJECT-TYPE SYNTAX CounterBasedGauge64 UNITS "bytes"
    MAX-ACCESS read-only STATUS current DESCRIPTION "" ::= { acmeEntry 5 }
acmeState OBJECT-TYPE SYNTAX INTEGER { up(1), down(2) }
    MAX-ACCESS read-only STATUS current DESCRIPTION "" ::= { acmeEntry 200 }
acmeTrap NOTIFICATION-TYPE OBJECTS { acmeTemp } STATUS current
    DESCRIPTION "" ::= { acme 0 1 }
END
"""
A = "1.3.6.1.4.1.99999"
ACME_LINES = [
    f"ACME-MIB::acme\t{A}\tnode\t-",
    f"ACME-MIB::acmeTrap\t{A}.0.1\tnotification\t-",
    f"ACME-MIB::acmeTemp\t{A}.1\tinteger\tCel",
    f"ACME-MIB::acmeTable\t{A}.3\ttable\t-",
    f"ACME-MIB::acmeEntry\t{A}.3.1\trow\t-\tindex=acmeIndex",
    f"ACME-MIB::acmeIndex\t{A}.3.1.1\tinteger\t-\taccess=none",
    f"ACME-MIB::acmeName\t{A}.3.1.2\toctets\t-\thint=255a",
    f"ACME-MIB::acmeMac\t{A}.3.1.3\toctets\t-\thint=1x%3a",
    f"ACME-MIB::acmeBytes\t{A}.3.1.4\tcounter64\t{{flits per fortnight}}",
    f"ACME-MIB::acmeFill\t{A}.3.1.5\tgauge32\tBy",
    f"ACME-MIB::acmeState\t{A}.3.1.200\tinteger\t-\tenum=1:up,2:down",
]


@pytest.fixture
def mib(tree, tmp_path_factory):
    """farmctl mib ...; what it printed, as lines, and all that it answered."""
    if not (tree.build / "farmctl-mib").exists():
        pytest.skip("farmctl-mib is not built: no net-snmp")

    # net-snmp's parser forgets memory where a MIB is broken.
    known = tmp_path_factory.mktemp("lsan") / "known"
    known.write_text("leak:libnetsnmp\n")
    env = {**os.environ,
           "LSAN_OPTIONS": f"suppressions={known}:print_suppressions=0"}

    def run(*arguments):
        done = tree.run(tree.farmctl, "mib", *arguments, env=env)
        return done.stdout.split("\n")[:-1], done

    return run


def test_help_lists_it(tree, mib):
    _, done = mib("--help")
    assert done.returncode == 0 and done.stdout.startswith("usage: farmctl mib")
    listed = tree.run(tree.farmctl, "help").stdout
    assert re.search(rf"^  mib +by {tree.build}/farmctl-mib$", listed, re.M)


def test_resolve(mib):
    lines, done = mib("resolve", "ifInOctets.5", ".1.3.6.1.2.1.1.3.0",
                      "UCD-SNMP-MIB::laLoad")
    assert (done.returncode, done.stderr) == (0, "")
    assert lines == [
        "IF-MIB::ifInOctets.5\t1.3.6.1.2.1.2.2.1.10.5\tcounter32\tBy",
        "SNMPv2-MIB::sysUpTime.0\t1.3.6.1.2.1.1.3.0\tticks\tcs",
        "UCD-SNMP-MIB::laLoad\t1.3.6.1.4.1.2021.10.1.3\toctets\t1\thint=255a"]


@pytest.mark.parametrize("arguments, code, said", [
    (["resolve", "ifInOctet"], 2,
     '"ifInOctet": unknown object "ifInOctet"; did you mean "ifInOctets"?'),
    (["resolve", "2.999.1"], 2, '"2.999.1": nothing is known of it'),
    (["search", "rumpelstilz"], 2,
     'no name holds "rumpelstilz"; --mibs adds MIB files'),
    (["profile", "1.3.6.1.4.1.99998.1"], 2,
     '"1.3.6.1.4.1.99998.1": no objects are known of it; --mibs adds MIB '
     'files'),
    (["explain"], 64, 'there is no "explain"; farmctl mib --help says what is'),
    (["resolve"], 64, "resolve: too few arguments; see farmctl mib --help"),
    (["resolve", "--mibs"], 64, "--mibs needs a value"),
    (["resolve", "--color"], 64, "--color is not an option here"),
])
def test_errors(mib, arguments, code, said):
    _, done = mib(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (
        code, "", f"farmctl: mib: {said}\n")


def test_search(mib):
    lines, _ = mib("search", "HCINOCT")
    assert lines == ["IF-MIB::ifHCInOctets\t1.3.6.1.2.1.31.1.1.1.6\t"
                     "counter64\tBy"]


def test_mib_files(mib, tmp_path):
    folder = tmp_path / "mibs"
    folder.mkdir()
    (folder / "acme.my").write_text(ACME)
    lines, done = mib("compile", folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert lines == [f"# SNMP's objects of {folder}", *ACME_LINES]
    # A file alone, and what is made of it as a catalogue
    made = tmp_path / "acme.tsv"
    _, done = mib("compile", folder / "acme.my", "-o", made)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for mibs in (folder, folder / "acme.my", made):
        lines, done = mib("resolve", "-M", mibs, f"{A}.3.1.200.7")
        assert (done.returncode, done.stderr) == (0, "")
        assert lines == [f"ACME-MIB::acmeState.7\t{A}.3.1.200.7\tinteger\t-\t"
                         "enum=1:up,2:down"]
    # Ours are still known.
    lines, _ = mib("resolve", "-M", folder, "sysUpTime")
    assert lines == ["SNMPv2-MIB::sysUpTime\t1.3.6.1.2.1.1.3\tticks\tcs"]


def test_broken_definitions_cost_only_themselves(mib, tmp_path):
    lines = ACME.split("\n")
    lines[9:9] = ["acmeBad OBJECT-TYPE", "    SYNTAX !!! MAX-ACCESS read-only",
                  '    STATUS current DESCRIPTION "" ::= { acme 2 }']
    lines[-2:-2] = ["acmeWorse OBJECT-TYPE SYNTAX Integer32 ACCESS-MAX",
                    '    STATUS current DESCRIPTION "" ::= { acme 4 }']
    broken = tmp_path / "acme.my"
    broken.write_text("\n".join(lines))
    (tmp_path / "junk.my").write_text("JUNK-MIB DEFINITIONS ::= BEGIN\n!!\n")
    catalogue_lines, done = mib("compile", tmp_path)
    assert done.returncode == 0
    assert catalogue_lines[1:] == ACME_LINES
    said = done.stderr.split("\n")
    assert f"{broken}:11: warning: Bad parse of OBJECT-TYPE" in said
    assert all(": warning: " in line or line.startswith("warning: ")
               for line in said[:-1])
    assert len(said) == len(set(said))


def test_compile_keeps_what_is_newer(mib, tmp_path):
    source, made = tmp_path / "acme.my", tmp_path / "acme.tsv"
    source.write_text(ACME)

    def compiled(*more):
        _, done = mib("compile", source, "-o", made, *more)
        assert (done.returncode, done.stderr) == (0, "")
        return made.stat().st_ino

    def older(path, than):
        at = than.stat().st_mtime_ns - 10**9
        os.utime(path, ns=(at, at))

    first = compiled()
    older(source, made)
    assert compiled() == first
    forced = compiled("--force")
    assert forced != first
    older(made, source)
    again = compiled()
    assert again != forced
    # Of other files it is another catalogue.
    older(source, made)
    other = tmp_path / "other.my"
    other.write_text(ACME.replace("ACME-MIB", "OTHER-MIB"))
    older(other, source)
    mib("compile", other, "-o", made)
    assert made.read_text().startswith(f"# SNMP's objects of {other}\n")


def test_missing_file(mib, tmp_path):
    _, done = mib("compile", tmp_path / "none", "-o", tmp_path / "x.tsv")
    assert done.returncode == 2
    assert done.stderr.startswith(
        f"{tmp_path}/none: No such file or directory\n")
    assert not (tmp_path / "x.tsv").exists()


def test_profile(mib, tmp_path):
    (tmp_path / "acme.my").write_text(ACME)
    table = [{"columns": {
        "acmeBytes": "ACME-MIB::acmeBytes", "acmeFill": "ACME-MIB::acmeFill",
        "acmeState": "ACME-MIB::acmeState"}, "row": ["ACME-MIB::acmeName"]}]
    get = {"acmeTemp": "ACME-MIB::acmeTemp"}
    for what, wanted in (
            ("acmeTable", {"summary": "acmeTable", "table": table}),
            ("ACME-MIB", {"summary": "ACME-MIB", "get": get, "table": table}),
            (f"{A}.7.1", {"summary": f"{A}.7.1", "for": [f"{A}.7.1"],
                          "get": get, "table": table})):
        _, done = mib("profile", "-M", tmp_path / "acme.my", what)
        assert done.stderr == ""
        assert yaml.safe_load(done.stdout) == wanted
    assert "      # acmeMac: ACME-MIB::acmeMac  # octets\n" in done.stdout


def test_writes_nothing_else(mib, tmp_path):
    """net-snmp keeps folders of its own if it is let."""
    (tmp_path / "acme.my").write_text(ACME)
    home = tmp_path / "home"
    home.mkdir()
    env = {**os.environ, "HOME": str(home),
           "SNMP_PERSISTENT_DIR": str(home / "kept")}
    done = subprocess.run(
        [pathlib.Path(os.environ["FARM_BUILD"]) / "farmctl", "mib", "resolve",
         "-M", tmp_path / "acme.my", "acmeTemp"],
        env=env, capture_output=True, text=True, check=True)
    assert done.stdout == f"ACME-MIB::acmeTemp\t{A}.1\tinteger\tCel\n"
    assert list(home.iterdir()) == []
