"""collectd's plugins, a row each: what it is configured with, the services it
asks, and how far its values may lie apart in two processes that read the same
thing side by side.

In configurations `$folder' and `$port' are a process's own, every other
`$name' is what the service of that name says (collectd_services.py).
"""

import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Near:
    """How far values may lie apart: where `pattern' is found in the
    identifier, so much of the larger one, or so much."""
    pattern: str
    part: float = 0.0
    much: float = 0.0


@dataclasses.dataclass(frozen=True)
class Row:
    plugin: str
    conf: str = ""          # the whole text if it has LoadPlugin in it
    gives: str = ""         # its values are of another plugin's name
    services: tuple = ()
    near: tuple = ()
    files: dict = dataclasses.field(default_factory=dict)  # in $folder
    feed: str = ""          # a function of collectd_feeds.py
    quick: bool = False     # CI runs it
    scarce: bool = False    # there are machines that have none
    globals: bool = False   # its symbols are for its own libraries
    system: dict = dataclasses.field(default_factory=dict)  # see below /sys
    user: bool = False      # not as root
    capabilities: tuple = ()
    passing: str = ""       # identifiers that one may see and the other not
    # What shows that it does its work where it gives no values, for
    # tests/collectd/table: a file in $folder, "sink", an identifier that is
    # there ("+TEXT") or is not ("-TEXT"), "event", or a line it says.
    effect: str = ""

    def text(self):
        """For collectd.conf, with its $names."""
        if "LoadPlugin " + self.plugin + "\n" in self.conf:
            return self.conf
        load = f"LoadPlugin {self.plugin}\n"
        if self.globals:
            load = (f"<LoadPlugin {self.plugin}>\n  Globals true\n"
                    "</LoadPlugin>\n")
        if not self.conf:
            return load
        return f"{load}<Plugin {self.plugin}>\n{self.conf.strip()}\n</Plugin>\n"

    def tolerance(self, name):
        """(part, much) of an identifier's values."""
        for near in self.near:
            if re.search(near.pattern, name):
                return near.part, near.much
        return 0.0, 0.0


ANY = ""
PYTHON = """
import collectd

def read():
    collectd.Values(plugin="py", type="if_octets", type_instance="é").dispatch(
        values=[2**53 + 1, 5])

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
LUA = """
collectd.register_read(function()
    collectd.dispatch_values{ plugin = "lu", type = "gauge",
        type_instance = "l", values = { 6.5 } }
    return 0
end)
"""
MATCH = """
<Match>
  Regex "n=([0-9]+)"
  DSType "GaugeLast"
  Type "gauge"
  Instance "n"
</Match>
"""

# What this machine alone gives.
PLAIN = [
    Row("buddyinfo", near=[Near(ANY, 1.0, 2000)]),
    Row("cgroups", services=("cgroup",)),
    Row("conntrack", near=[Near(ANY, much=20)]),
    Row("contextswitch", quick=True),
    Row("cpu", "ReportByCpu true\nValuesPercentage true", quick=True,
        near=[Near(ANY, much=100)]),
    Row("cpufreq", system={
        "devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "2400000\n"}),
    Row("cpusleep"),
    Row("df", "ValuesPercentage true", quick=True,
        near=[Near("percent", much=1), Near(ANY, 0.05)]),
    # It counts operations under way from when it has seen one on.
    Row("disk", quick=True, scarce=True, passing="pending_operations",
        near=[Near("io_time|pending|in_prog", 1, 1000), Near(ANY, 0.01, 100)]),
    Row("entropy", quick=True, scarce=True, near=[Near(ANY, much=256)]),
    Row("ethstat", 'Interface "v0"', services=("veth",)),
    Row("fhcount", "ValuesPercentage true", near=[Near(ANY, 0.2, 100)]),
    Row("hugepages"),
    Row("infiniband", system={
        "class/infiniband/mlx5_0/ports/1/" + name: text for name, text in {
            "state": "4: ACTIVE\n", "phys_state": "5: LinkUp\n",
            "rate": "100 Gb/sec (4X EDR)\n", "cap_mask": "0x2651e848\n",
            "lid": "0x1\n", "lid_mask_count": "0\n", "sm_lid": "0x1\n",
            "sm_sl": "0\n", "counters/port_rcv_data": "77\n",
            "counters/port_xmit_data": "78\n",
            "counters/symbol_error": "0\n"}.items()}),
    Row("interface", quick=True),
    Row("ipc", near=[Near(ANY, 1.0, 100000)]),
    Row("iptables", "Chain filter INPUT", services=("iptables",),
        capabilities=("CAP_NET_ADMIN", "CAP_NET_RAW")),
    Row("irq", quick=True, scarce=True),
    Row("load", quick=True, near=[Near(ANY, 0.2, 0.5)]),
    Row("memory", quick=True, near=[Near("free|used", 0.2),
                                    Near(ANY, 0.2, 1e8)]),
    Row("netlink", "VerboseInterface All\nQDisc All", services=("veth",)),
    Row("numa"),
    Row("processes", 'Process "pytest"', quick=True,
        near=[Near("ps_state|fork|ps_pagefaults|ps_cputime|ps_disk|ps_rss|ps_"
                   "vm|ps_data|ps_stack|ps_code|ps_count", 1.0, 100)]),
    Row("protocols", quick=True),
    Row("serial", services=("serial_port",)),
    Row("swap", quick=True, scarce=True, near=[Near("swap_io", 0.5, 100)]),
    Row("synproxy"),
    Row("tcpconns", 'LocalPort "$httpd"', services=("httpd",), quick=True,
        near=[Near(ANY, much=10)]),
    Row("thermal", system={"class/thermal/thermal_zone0/temp": "41000\n"}),
    Row("ubi", system={"class/ubi/ubi0/max_ec": "9\n",
                       "class/ubi/ubi0/bad_peb_count": "1\n"}),
    Row("battery", system={
        "class/power_supply/BAT0/" + name: text for name, text in {
            "type": "Battery\n", "present": "1\n", "energy_now": "40000000\n",
            "energy_full": "50000000\n", "power_now": "7000000\n",
            "energy_full_design": "60000000\n", "status": "Discharging\n",
            "voltage_now": "11500000\n"}.items()}),
    Row("uptime", quick=True, near=[Near(ANY, much=5)]),
    Row("users", quick=True),
    Row("vmem", "Verbose true", quick=True,
        near=[Near("vmpage_number", 0.5, 100000)]),
]

# What is made here: files, scripts, datagrams, other plugins' values.
MADE = [
    Row("aggregation", """
LoadPlugin aggregation
LoadPlugin users
<Plugin aggregation>
  <Aggregation>
    Plugin "users"
    Type "users"
    GroupBy "Host"
    CalculateSum true
    CalculateAverage true
    CalculateNum true
  </Aggregation>
</Plugin>
"""),
    Row("email", 'SocketFile "$folder/email"\nSocketGroup "root"',
        feed="email"),
    Row("exec", 'Exec "nobody" "$folder/says"', gives="ec", user=True,
        files={"says": "#!/bin/sh\nwhile :; do echo 'PUTVAL "
                       "\"ex/ec-1/gauge-x\" interval=1 N:4.5'; sleep 1; "
                       "done\n"}),
    Row("java", """
JVMArg "-Djava.class.path=$jars/collectd-api.jar:$jars/generic-jmx.jar"
JVMArg "-Dcom.sun.management.jmxremote.port=$port"
JVMArg "-Dcom.sun.management.jmxremote.host=127.0.0.1"
JVMArg "-Djava.rmi.server.hostname=127.0.0.1"
JVMArg "-Dcom.sun.management.jmxremote.authenticate=false"
JVMArg "-Dcom.sun.management.jmxremote.ssl=false"
LoadPlugin "org.collectd.java.GenericJMX"
<Plugin "GenericJMX">
  <MBean "threads">
    ObjectName "java.lang:type=Runtime"
    <Value>
      Type "gauge"
      InstancePrefix "started"
      Table false
      Attribute "StartTime"
    </Value>
  </MBean>
  <Connection>
    ServiceURL "service:jmx:rmi:///jndi/rmi://127.0.0.1:$port/jmxrmi"
    Host "jvm"
    Collect "threads"
  </Connection>
</Plugin>
""", gives="GenericJMX", services=("jars",), near=[Near(ANY, 0.01)]),
    Row("filecount", '<Directory "$folder/some">\nInstance "d"\n'
        "</Directory>", files={"some/a": "12345", "some/b": "123"}),
    Row("lua", 'BasePath "$folder"\nScript "constant.lua"',
        gives="lu", files={"constant.lua": LUA}),
    Row("network", 'Listen "127.0.0.1" "$port"\nReportStats true',
        gives="net", feed="network", near=[Near("network", 1, 1000)]),
    Row("openvpn", 'StatusFile "$folder/status"\nCollectUserCount true',
        files={"status": "OpenVPN CLIENT LIST\nUpdated,2026-01-01 00:00:00\n"
               "Common Name,Real Address,Bytes Received,Bytes Sent,Connected "
               "Since\nbob,127.0.0.1:1,1500,2500,2026-01-01 00:00:00\n"
               "ROUTING TABLE\nVirtual Address,Common Name,Real Address,Last "
               "Ref\nGLOBAL STATS\nMax bcast/mcast queue length,0\nEND\n"}),
    Row("perl", 'IncludeDir "$folder"\nBaseName "Collectd::Plugins"\n'
        "LoadPlugin Constant", gives="pl", quick=True, globals=True,
        files={"Collectd/Plugins/Constant.pm": PERL}),
    Row("pinba", 'Address "127.0.0.1"\nPort "$port"\n<View "all">\n</View>',
        feed="pinba", near=[Near(ANY, 1.0, 1e6)]),
    Row("ping", 'AddressFamily "ipv4"\nHost "127.0.0.1"\nInterval 0.2\n'
        "Timeout 0.15", capabilities=("CAP_NET_RAW",),
        near=[Near(ANY, much=100)]),
    Row("dns", 'Interface "lo"\nSelectNumericQueryTypes true', feed="dns",
        capabilities=("CAP_NET_RAW",),
        near=[Near(ANY, 1.0, 1000)]),
    Row("python", 'ModulePath "$folder"\nImport "constant"', gives="py",
        quick=True, globals=True, files={"constant.py": PYTHON}),
    Row("statsd", 'Host "127.0.0.1"\nPort "$port"\nTimerSum true\n'
        "TimerPercentile 50", feed="statsd", quick=True,
        near=[Near("calls|latency-t-sum|objects", 1.0, 1000)]),
    Row("table", """
<Table "$folder/table">
  Instance "ti"
  Separator " "
  <Result>
    Type gauge
    InstancePrefix "p"
    InstancesFrom 0
    ValuesFrom 1
  </Result>
</Table>
""", quick=True, files={"table": "alpha 2\nbeta 3\n"}),
    Row("tail", f'<File "$folder/follow">\nInstance "i"\n{MATCH}</File>',
        feed="tail", quick=True, files={"follow": "n=1\n"}),
    Row("tail_csv", """
<Metric "m">
  Type "gauge"
  Instance "v"
  ValueFrom 1
</Metric>
<File "$folder/rows">
  Instance "c"
  Collect "m"
</File>
""", feed="tail_csv", files={"rows": "x,1\n"}),
    Row("unixsock", 'SocketFile "$folder/socket"\nSocketGroup "root"',
        gives="up", feed="unixsock"),
    Row("curl", f'<Page "p">\nURL "http://127.0.0.1:$httpd/text"\n{MATCH}'
        "</Page>", services=("httpd",), quick=True),
    Row("curl_json", """
<URL "http://127.0.0.1:$httpd/json">
  Instance "j"
  <Key "list/*/n">
    Type "gauge"
  </Key>
</URL>
""", services=("httpd",)),
    Row("curl_xml", """
<URL "http://127.0.0.1:$httpd/xml">
  Instance "x"
  <XPath "/r/v">
    Type "gauge"
    InstanceFrom "@n"
    ValuesFrom "."
  </XPath>
</URL>
""", services=("httpd",), quick=True),
]

# Debian's servers.
SERVERS = [
    Row("apache", '<Instance "a">\nURL '
        '"http://127.0.0.1:$apache/status?auto"\n</Instance>',
        services=("apache",), near=[Near(ANY, 1.0, 1000)]),
    Row("bind", 'URL "http://127.0.0.1:$bind/"\nParseTime false\n'
        "OpCodes true\nQTypes true\nServerStats true\nZoneMaintStats true\n"
        "ResolverStats false\nMemoryStats true", services=("bind",),
        near=[Near("memory", 0.2)]),
    Row("chrony", 'Host "127.0.0.1"\nPort "$chrony"', services=("chrony",),
        near=[Near(ANY, 1.0, 1000)]),
    Row("dbi", """
<Query "abc">
  Statement "SELECT 'abc' AS i, 5 AS v"
  <Result>
    Type gauge
    InstancesFrom i
    ValuesFrom v
  </Result>
</Query>
<Database "db">
  Driver "sqlite3"
  DriverOption "sqlite3_dbdir" "$folder"
  DriverOption "dbname" "base"
  Query "abc"
</Database>
""", files={"base": ""}),
    Row("memcachec", '<Page "k">\nServer "127.0.0.1:$memcached"\nKey "key"\n'
        f'Plugin "pp"\n{MATCH}</Page>', gives="pp", services=("memcached",)),
    Row("memcached", '<Instance "m">\nHost "127.0.0.1"\nPort "$memcached"\n'
        "</Instance>", services=("memcached",), near=[Near(ANY, 0.5, 1000)]),
    Row("mqtt", '<Subscribe "s">\nHost "127.0.0.1"\nPort "$mosquitto"\n'
        'Topic "collectd/#"\n</Subscribe>', gives="mq",
        services=("mosquitto",), feed="mqtt"),
    Row("mysql", '<Database "d">\nHost "localhost"\nUser "farm"\n'
        'Password "s3cret"\nSocket "$mariadb"\nInnodbStats true\n</Database>',
        services=("mariadb",), near=[Near(ANY, 0.5, 1000)]),
    Row("nginx", 'URL "http://127.0.0.1:$nginx/status"', services=("nginx",),
        near=[Near(ANY, 0.5, 20)]),
    Row("nut", 'UPS "dummy@127.0.0.1:$nut"', services=("nut",)),
    Row("openldap", '<Instance "l">\nURL "ldap://127.0.0.1:$slapd/"\n'
        "</Instance>", services=("slapd",), near=[Near(ANY, 0.5, 1000)]),
    Row("ovs_stats", 'Socket "$ovsdb"\nBridges "br0"', services=("ovsdb",)),
    Row("postgresql", '<Database farm>\nHost "$postgres"\nPort "5432"\n'
        'User "farm"\nPassword "s3cret"\nSSLMode disable\nQuery backends\n'
        "Query transactions\nQuery disk_usage\nQuery disk_io\n</Database>",
        services=("postgres",), near=[Near(ANY, 0.5, 1e4)]),
    Row("powerdns", '<Server "s">\nCollect "latency" "udp-queries" '
        '"udp-answers"\nSocket "$pdns"\n</Server>\n'
        'LocalSocket "$folder/local"', services=("pdns",)),
    Row("redis", '<Node "n">\nHost "127.0.0.1"\nPort "$redis"\n'
        '<Query "DBSIZE">\nType "count"\nInstance "size"\n</Query>\n</Node>',
        services=("redis",), near=[Near(ANY, 0.5, 1e6)],
        passing="commands|memory-fragmentation"),
    Row("rrdcached", 'DaemonAddress "unix:$rrdcached"\nDataDir "$folder"\n'
        "CollectStatistics true", services=("rrdcached",),
        near=[Near(ANY, 1.0, 1000)]),
    Row("snmp", """
<Data "octets">
  Table true
  Type "if_octets"
  TypeInstanceOID ".1.3.6.1.2.1.2.2.1.2"
  Values ".1.3.6.1.2.1.2.2.1.10" ".1.3.6.1.2.1.2.2.1.16"
</Data>
<Host "agent">
  Address "127.0.0.1:$snmpd"
  Version 2
  Community "public"
  Collect "octets"
  Interval 1
</Host>
""", services=("snmpd",), quick=True),
    Row("varnish", '<Instance "$varnish">\nCollectBackend true\n'
        "CollectCache true\nCollectConnections true\nCollectSHM true\n"
        "</Instance>", services=("varnish",), near=[Near(ANY, 0.5, 1000)]),
    Row("virt", 'Connection "test:///default"\nRefreshInterval 60\n'
        "HostnameFormat name", near=[Near(ANY, 1.0, 1e18)]),
]

# Servers that Debian does not have, or that need devices; the tests speak
# their protocols (collectd_fakes.py).
FAKES = [
    Row("apcups", 'Host "127.0.0.1"\nPort "$apcups"\nReportSeconds true',
        services=("apcups",)),
    Row("ascent", 'URL "http://127.0.0.1:$httpd/ascent"',
        services=("httpd",)),
    Row("ceph", '<Daemon "osd.0">\nSocketPath "$ceph"\n</Daemon>',
        services=("ceph",)),
    Row("dpdk_telemetry", 'ClientSocketPath "$folder/client"\n'
        'DpdkSocketPath "$dpdk"', services=("dpdk",)),
    Row("gps", 'Host "127.0.0.1"\nPort "$gps"\nTimeout 0.5\nPauseConnect 1',
        services=("gps",)),
    Row("mbmon", 'Host "127.0.0.1"\nPort "$mbmon"', services=("mbmon",)),
    Row("modbus", """
<Data "v">
  RegisterBase 0
  RegisterType Uint16
  RegisterCmd ReadHolding
  Type voltage
  Instance "in"
</Data>
<Host "mb">
  Address "127.0.0.1"
  Port "$modbus"
  Interval 1
  <Slave 1>
    Instance "ps"
    Collect "v"
  </Slave>
</Host>
""", services=("modbus",)),
    Row("ntpd", 'Host "127.0.0.1"\nPort $ntpd\nReverseLookups false',
        services=("ntpd",)),
    Row("olsrd", 'Host "127.0.0.1"\nPort "$olsrd"', services=("olsrd",)),
    Row("teamspeak2", 'Host "127.0.0.1"\nPort "$teamspeak2"\nServer "1"',
        services=("teamspeak2",)),
    Row("zookeeper", 'Host "127.0.0.1"\nPort "$zookeeper"',
        services=("zookeeper",)),
]

ROWS = PLAIN + MADE + SERVERS + FAKES


# -- those that cannot be compared by values ---------------------------------


def beside(plugin, conf="", source="load", **more):
    """One that works on what another plugin gives."""
    return Row(plugin, f"LoadPlugin {plugin}\nLoadPlugin {source}\n"
               f"<Plugin {plugin}>\n{conf}\n</Plugin>\n", **more)


def chain(plugin, rule, more="", sources=("load", "uptime"), **how):
    """One that works in a filter chain."""
    load = "".join(f"LoadPlugin {s}\n" for s in (plugin, *sources))
    return Row(plugin, f"""{load}{more}
PostCacheChain "Post"
<Chain "Post">
  <Rule "one">
{rule}
  </Rule>
  Target "write"
</Chain>
""", **how)


def node(port="$sink", more=""):
    return f'<Node "n">\nHost "127.0.0.1"\nPort "{port}"\n{more}\n</Node>'


SINK = {"services": ("sink",), "effect": "sink"}
STOP = 'Target "stop"'
LIMIT = '<Type "load">\nFailureMax 0.000001\nPersist true\n</Type>'
NOTIFYING = "LoadPlugin threshold\n<Plugin threshold>\n" + LIMIT + \
    "\n</Plugin>\n"


def notified(plugin, conf="", **more):
    """One that takes notifications, and a source of them."""
    return Row(plugin, f"LoadPlugin {plugin}\nLoadPlugin load\n{NOTIFYING}"
               f"<Plugin {plugin}>\n{conf}\n</Plugin>\n", **more)


EVENTS = [
    Row("check_uptime", "LoadPlugin check_uptime\nLoadPlugin uptime\n",
        effect="event"),
    Row("connectivity", "Interface v0", services=("veth",), feed="link",
        capabilities=("CAP_NET_ADMIN",), effect="event"),
    Row("logparser", """
<Logfile "$folder/log">
  FirstFullRead true
  <Message "m">
    DefaultType "gauge"
    DefaultSeverity "warning"
    <Match "a">
      Regex "disk (.*) failed"
      SubmatchIdx 1
    </Match>
    <Match "b">
      Regex "code=([0-9]+)"
      SubmatchIdx 1
    </Match>
  </Message>
</Logfile>
""", files={"log": "disk sda failed code=5\n"}, effect="event"),
    Row("ovs_events", 'Socket "$ovsdb"\nInterfaces "p0"\n'
        "SendNotification true", services=("ovsdb",), feed="ovs",
        effect="event"),
    Row("procevent", 'Process "sleep"', feed="process", effect="event"),
    Row("sysevent", 'Listen "127.0.0.1" "$port"', feed="sysevent",
        effect="event"),
    Row("threshold", f"LoadPlugin threshold\nLoadPlugin load\n{NOTIFYING}",
        effect="event"),
]

WRITES = [
    beside("csv", 'DataDir "$folder/csv"', effect="csv/*/*/*"),
    notified("logfile", 'LogLevel info\nFile "$folder/out"', effect="out"),
    notified("log_logstash", 'LogLevel info\nFile "$folder/out"',
             effect="out"),
    notified("notify_desktop"),
    notified("notify_email", 'SMTPServer "127.0.0.1"\nSMTPPort $smtp\n'
             'From "a@localhost"\nRecipient "b@localhost"',
             services=("smtp",), effect="sink"),
    notified("notify_nagios", 'CommandFile "$folder/nagios"',
             files={"nagios": ""}, effect="nagios"),
    beside("rrdtool", 'DataDir "$folder/rrd"\nCacheTimeout 1\n'
           "CacheFlush 1", effect="rrd/*/*/*.rrd"),
    beside("write_graphite", node(), **SINK),
    beside("write_http", '<Node "n">\nURL "http://127.0.0.1:$sink/"\n'
           "Format JSON\nBufferSize 1024\n</Node>", **SINK),
    beside("write_influxdb_udp", 'Server "127.0.0.1" "$sink"', **SINK),
    beside("write_kafka", 'Property "metadata.broker.list" "127.0.0.1:$port"'
           '\n<Topic "t">\nFormat JSON\n</Topic>'),
    beside("write_log", "Format Graphite", effect="write_log values"),
    beside("write_mongodb", node("$port")),
    beside("write_prometheus", 'Host "127.0.0.1"\nPort "$port"',
           feed="prometheus", effect="answered"),
    beside("write_redis", node("$redis"), services=("redis",),
           feed="redis_has", effect="answered"),
    beside("write_riemann", node(more="Protocol UDP"), **SINK),
    beside("write_sensu", node(more='Metrics true\nMetricHandler "h"'),
           **SINK),
    beside("write_stackdriver", 'Project "p"'),
    beside("write_syslog", node(), **SINK),
    beside("write_tsdb", node(), **SINK),
]

CHAINS = [
    chain("match_empty_counter", f'Match "empty_counter"\n{STOP}',
          sources=("swap", "load"), effect="-swap/swap_io"),
    chain("match_hashed", f'<Match "hashed">\nMatch 0 1\n</Match>\n{STOP}',
          effect="-load/load"),
    chain("match_regex", '<Match "regex">\nPlugin "^load$$"\n</Match>\n'
          f"{STOP}", effect="-load/load"),
    chain("match_timediff", '<Match "timediff">\nFuture 1000\nPast 1000\n'
          f"</Match>\n{STOP}", effect="+load/load"),
    chain("match_value", f'<Match "value">\nMin 5\n</Match>\n{STOP}',
          effect="-uptime/uptime"),
    chain("target_notification", '<Target "notification">\nMessage "v"\n'
          'Severity "WARNING"\n</Target>', effect="event"),
    chain("target_replace", '<Target "replace">\nHost "lab" "LAB"\n'
          "</Target>", effect="+LABhost/"),
    chain("target_scale", '<Target "scale">\nFactor 100\n</Target>',
          effect="+load/load"),
    chain("target_set", '<Target "set">\nPluginInstance "SET"\n</Target>',
          effect="+load-SET/"),
    chain("target_v5upgrade", 'Target "v5upgrade"', effect="+load/load"),
    Row("uuid", 'LoadPlugin uuid\nLoadPlugin load\n<Plugin uuid>\n'
        'UUIDFile "$folder/uuid"\n</Plugin>\n',
        files={"uuid": "0f0e0d0c-0b0a-0908-0706-050403020100\n"},
        effect="+0f0e0d0c"),
]

# Nothing here for them to work on; what they say is the reason.
LACKING = [
    beside("amqp", '<Publish "p">\nHost "127.0.0.1"\nPort "$port"\n'
           "</Publish>"),
    beside("amqp1", '<Transport "t">\nHost "127.0.0.1"\nPort "$port"\n'
           'Address "a"\n<Instance "i">\n</Instance>\n</Transport>'),
    Row("barometer", 'Device "/dev/i2c-0"'),
    Row("capabilities", 'Host "127.0.0.1"\nPort "$port"',
        feed="capabilities", effect="answered"),
    Row("grpc", '<Listen "127.0.0.1" "$port">\n</Listen>'),
    Row("multimeter"),
    Row("smart"),
    Row("snmp_agent", '<Data "m">\nPlugin "memory"\nType "memory"\n'
        'TypeInstance "free"\nOIDs ".1.3.6.1.4.1.2021.4.6.0"\n</Data>'),
    beside("syslog", "LogLevel info"),
    Row("ted", 'Device "/dev/ttyUSB0"'),
]

OTHERS = EVENTS + WRITES + CHAINS + LACKING
