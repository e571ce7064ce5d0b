"""SNMP's objects: the catalogue that farmd ships, and farmctl mib."""

import pytest

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
    for root in ("1.3.6.1.2.1.1", "1.3.6.1.2.1.2", "1.3.6.1.2.1.4",
                 "1.3.6.1.2.1.5", "1.3.6.1.2.1.6", "1.3.6.1.2.1.7",
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
