"""The writer `ldap', before real directories."""

import subprocess

import pytest

from farm import eventually
from kdc import REALM, Kdc
from saying import say, saying
from slapd import ADMIN, BASE, DDS, PASSWORD, SUFFIX, Slapd

N1 = f"farmNodeName=n1,farmClusterName=c,farmName=test,{BASE}"


@pytest.fixture
def slapd(tree, tmp_path):
    """A function that starts a directory."""
    running = []

    def start(**how):
        one = Slapd(tree, tmp_path / f"slapd{len(running)}", **how)
        running.append(one)
        return one

    yield start
    for one in running:
        one.close()


def writing(tree, path, server, match="*/*/*/a|b|t", nodes=("n1",), **options):
    config = saying(tree, path, nodes=nodes, every="200ms")
    config["writers"] = {"directory": {"match": match, "ldap": {
        "url": server if isinstance(server, (str, list)) else server.url,
        "base": BASE, "bind_dn": ADMIN, "password": PASSWORD, "every": "0s",
        **options}}}
    return config


def value_of(server, parameter, node="n1"):
    found = list(server.search(
        f"(&(farmNodeName={node})(farmParameterName={parameter}))").values())
    assert len(found) <= 1, found
    return found[0].get("farmValue", [None])[0] if found else None


def wait_value(server, parameter, value, **more):
    eventually(lambda: value_of(server, parameter, **more) == value,
               f"{parameter} = {value}")


def test_tree(tree, farm, slapd, tmp_path):
    """Found by who only knows LDAP; what does not change is not written."""
    server, path = slapd(), tmp_path / "said"
    say(path, [("double", "a", "0.5", "s", "gauge"),
               ("text", "b", "two words, =\"é\"", "", "state")])
    one = farm(writing(tree, path, server, endpoint="https://farm.test/"))
    wait_value(server, "a", "0.5")
    entry = server.search("(farmParameterName=a)")[
        f"farmParameterName=a,{N1}"]
    time = entry.pop("farmTime")[0]
    assert time.endswith("Z")
    assert entry == {
        "objectClass": ["farmParameter"], "farmName": ["test"],
        "farmClusterName": ["c"], "farmNodeName": ["n1"],
        "farmParameterName": ["a"], "farmValue": ["0.5"], "farmUnit": ["s"],
        "farmInstance": ["c/says"]}
    assert server.search("(objectClass=farmFarm)")[
        f"farmName=test,{BASE}"]["labeledURI"] == ["https://farm.test/"]
    say(path, [("double", "a", "0.75", "s", "gauge"),
               ("text", "b", "two words, =\"é\"", "", "state")])
    wait_value(server, "a", "0.75")
    before = server.operations("MOD")
    runs = one.instance("c/says")["ledger"]["runs"]
    eventually(lambda: one.instance("c/says")["ledger"]["runs"] > runs + 5,
               "more runs")
    assert server.operations("MOD") == before


def test_names(tree, farm, slapd, tmp_path):
    """Whatever a name is, it is found by it."""
    server, path = slapd(), tmp_path / "said"
    names = ["a/b", "A/B", "x=1,y=2", "#first", " edge ", "Gi1/0/1", "ü+\"\\<>"]
    say(path, [("int64", name, str(i), "", "gauge")
               for i, name in enumerate(names)])
    farm(writing(tree, path, server, match="*"))
    eventually(lambda: len(server.search("(objectClass=farmParameter)"))
               == len(names), "an entry of each name")
    found = {e["farmValue"][0] for e in
             server.search("(objectClass=farmParameter)").values()}
    assert found == {str(i) for i in range(len(names))}


def test_nodes(tree, farm, slapd, tmp_path):
    server, path = slapd(), tmp_path / "said"
    say(path, [("double", "a", "0.5", "s", "gauge"),
               ("int64", "b", "-7", "", "gauge")])
    farm(writing(tree, path, server, layout="nodes",
                 attributes={"b": "description"}, nodes=("n1", "n2")))
    eventually(lambda: len(server.search("(farmReading=a=0.5 s)")) == 2,
               "both nodes")
    assert server.search("(farmNodeName=n2)")[
        N1.replace("n1", "n2", 1)]["description"] == ["-7"]


def test_glue(tree, farm, slapd, tmp_path):
    server, path = slapd(schemas=("farm", "glue-like")), tmp_path / "said"
    say(path, [("double", "Load5", "0.5", "", "gauge"),
               ("double", "a", "1", "", "gauge")])
    farm(writing(tree, path, server, match="*", layout="glue"))
    dn = f"GlueHostUniqueID=n1,GlueClusterUniqueID=c,Mds-Vo-name=test,{BASE}"
    eventually(lambda: server.search("(objectClass=GlueHost)").get(dn, {}).get(
        "GlueHostProcessorLoadLast5Min") == ["0.5"], "the load")


def test_other_names(tree, farm, slapd, tmp_path):
    server, path = slapd(), tmp_path / "said"
    say(path, [("double", "a", "1", "", "gauge")])
    farm(writing(tree, path, server, dn="cn={parameter} of {node},ou={cluster},"
                 "o=all", classes={"above": "organization",
                                   "cluster": "organizationalUnit"}))
    eventually(lambda: f"cn=a of n1,ou=c,o=all,{BASE}" in server.search(),
               "the entry")


def test_dynamic(tree, farm, slapd, tmp_path):
    """Refreshed as long as the farm lives, gone when it does not."""
    server, path = slapd(), tmp_path / "said"
    say(path, [("double", "a", "1", "", "gauge")])
    one = farm(writing(tree, path, server, ttl="8s"))
    wait_value(server, "a", "1")
    refreshed = server.operations("EXT")
    eventually(lambda: server.operations("EXT") > refreshed + 8, "refreshes")
    assert value_of(server, "a") == "1"
    one.stop()
    eventually(lambda: list(server.search()) == [BASE], "an empty directory")


def test_static_server(tree, farm, slapd, tmp_path):
    server, path = slapd(below=""), tmp_path / "said"
    say(path, [("double", "a", "1", "", "gauge")])
    one = farm(writing(tree, path, server, ttl="30s"), wait=False)
    assert "(slapd: overlay dds)" in one.wait_line("time to live")


def test_removed(tree, farm, slapd, tmp_path):
    """What ends its lifetime goes, with what stood above it for it alone."""
    server, path = slapd(), tmp_path / "said"
    say(path, [("double", "a", "1", "", "gauge")])
    config = writing(tree, path, server)
    config["clusters"]["c"]["lifetime"] = "2s"
    farm(config)
    wait_value(server, "a", "1")
    say(path, [("double", "b", "1", "", "gauge")])
    wait_value(server, "b", "1")
    eventually(lambda: value_of(server, "a") is None, "a gone")
    path.unlink()
    eventually(lambda: value_of(server, "b") is None, "b gone")


def test_deleted_by_others(tree, farm, slapd, tmp_path):
    """Even with all above it."""
    server, path = slapd(), tmp_path / "said"
    say(path, [("double", "a", "1", "", "gauge")])
    farm(writing(tree, path, server))
    wait_value(server, "a", "1")
    for name in (f"farmParameterName=a,{N1}", N1, N1.partition(",")[2]):
        server.delete(name)
    say(path, [("double", "a", "2", "", "gauge")])
    wait_value(server, "a", "2")


def test_restarts(tree, farm, slapd, tmp_path):
    """Of the directory and of the farm."""
    server, path = slapd(), tmp_path / "said"
    say(path, [("double", "a", "1", "", "gauge")])
    one = farm(writing(tree, path, server))
    wait_value(server, "a", "1")
    server.stop()
    say(path, [("double", "a", "2", "", "gauge")])
    one.wait_values("*/c/n1/a")
    assert "Can't contact LDAP server" in one.wait_line(server.url)
    server.start()
    wait_value(server, "a", "2")
    one.stop()
    say(path, [("double", "a", "3", "", "gauge")])
    one.start()
    wait_value(server, "a", "3")


def test_failover(tree, farm, slapd, tmp_path):
    """The second takes all that stood in the first."""
    first, second, path = slapd(), slapd(), tmp_path / "said"
    say(path, [("double", "a", "1", "", "gauge"),
               ("double", "b", "1", "", "gauge")])
    farm(writing(tree, path, [first.url, second.url]))
    wait_value(first, "b", "1")
    assert value_of(second, "a") is None
    first.stop()
    say(path, [("double", "a", "2", "", "gauge"),
               ("double", "b", "1", "", "gauge")])
    wait_value(second, "a", "2")
    wait_value(second, "b", "1")


def test_referral(tree, farm, slapd, tmp_path):
    """A replica that may not be written to says who may."""
    master, path = slapd(), tmp_path / "said"
    replica = slapd(content="", below=f"""\
syncrepl rid=1 provider={master.url} type=refreshAndPersist retry="1 +"
  searchbase="{SUFFIX}" bindmethod=simple binddn="{ADMIN}"
  credentials={PASSWORD} exattrs=entryTtl,entryExpireTimestamp
updateref {master.url}
""")
    eventually(lambda: BASE in replica.search(), "the replica's copy")
    say(path, [("double", "a", "1", "", "gauge")])
    one = farm(writing(tree, path, replica))
    wait_value(master, "a", "1")
    wait_value(replica, "a", "1")
    assert f"refers to {master.url}" in one.wait_line("refers to")


def test_wrong_password(tree, farm, slapd, tmp_path):
    server, path = slapd(), tmp_path / "said"
    say(path, [("double", "a", "1", "", "gauge")])
    one = farm(writing(tree, path, server, password="mistaken"), wait=False)
    assert "Invalid credentials" in one.wait_line(server.url)
    assert "mistaken" not in one.log()


def test_schema_missing(tree, farm, slapd, tmp_path):
    server, path = slapd(schemas=()), tmp_path / "said"
    say(path, [("double", "a", "1", "", "gauge")])
    one = farm(writing(tree, path, server), wait=False)
    assert "does not know the class farmFarm" in one.wait_line(server.url)


def test_no_base(tree, farm, slapd, tmp_path):
    server, path = slapd(), tmp_path / "said"
    say(path, [("double", "a", "1", "", "gauge")])
    one = farm(writing(tree, path, server, base=f"ou=none,{SUFFIX}"))
    assert f"farmName=test,ou=none,{SUFFIX} could stand below" in \
        one.wait_line("there is nothing that")
    server.modify(f"dn: ou=none,{SUFFIX}\nchangetype: add\n"
                  "objectClass: organizationalUnit\nou: none\n")
    eventually(lambda: len(server.search("(farmValue=1)",
                                         base=f"ou=none,{SUFFIX}")) == 1,
               "the entry, once there is a base")


def test_refused(tree, farm, slapd, tmp_path):
    """One against the schema keeps nobody else from the directory."""
    server, path = slapd(), tmp_path / "said"
    say(path, [("text", "t", "no number", "", "state"),
               ("double", "a", "1", "", "gauge")])
    one = farm(writing(
        tree, path, server, layout="nodes", nodes=("n1", "n2"),
        classes={"node": "farmNode dcObject"},
        attributes={"t": "dc", "a": "description"}, match="*"))
    say(path, [("text", "t", "good", "", "state"),
               ("double", "a", "2", "", "gauge")])
    eventually(lambda: len(server.search("(description=2)")) == 2,
               "both nodes")
    assert one.instance("directory")["status"] == "running"


def test_rate(tree, farm, slapd, tmp_path):
    """Counts that never stop are written as often as may be."""
    server = slapd()
    config = saying(tree, nodes=["n1"], every="100ms")
    config["writers"] = {"directory": {"ldap": {
        "url": server.url, "base": BASE, "bind_dn": ADMIN,
        "password": PASSWORD, "every": "1h"}}}
    one = farm(config)
    eventually(lambda: value_of(server, "count") is not None, "a count")
    runs = one.instance("c/says")["ledger"]["runs"]
    eventually(lambda: one.instance("c/says")["ledger"]["runs"] > runs + 20,
               "more runs")
    assert server.operations("MOD") <= 1


def test_watched(tree, farm, slapd, tmp_path):
    """A persistent search sees what is not there yet."""
    server, path = slapd(), tmp_path / "said"
    say(path, [("double", "b", "1", "", "gauge")])
    watch = subprocess.Popen(
        ["ldapsearch", "-x", "-LLL", "-D", ADMIN, "-w", PASSWORD, "-H",
         server.url, "-b", BASE, "-E", "!sync=rp", "(farmParameterName=a)"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        farm(writing(tree, path, server))
        wait_value(server, "b", "1")
        say(path, [("double", "a", "5", "", "gauge")])
        line = next(l for l in watch.stdout if l.startswith("farmValue"))
        assert line == "farmValue: 5\n"
    finally:
        watch.kill()
        watch.wait(timeout=30)
        watch.stdout.close()


def certificates(folder):
    """An authority, and what it says of the server 127.0.0.1 and of a farm."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True,
                       capture_output=True, timeout=60)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
            "ca.key", "-out", "ca.pem", "-subj", "/CN=authority", "-days", "9")
    for name, subject in (("server", "/CN=127.0.0.1"), ("farm", "/CN=farmd")):
        (folder / f"{name}.ext").write_text(
            "subjectAltName=IP:127.0.0.1\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout",
                f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey",
                "ca.key", "-CAcreateserial", "-out", f"{name}.pem", "-days",
                "9", "-extfile", f"{name}.ext")


def test_tls(tree, farm, slapd, tmp_path):
    """StartTLS, and a login by certificate; no other authority's server."""
    certificates(tmp_path)
    # libldap does not free the certificate and key that it gives to GnuTLS.
    known = tmp_path / "known"
    known.write_text("leak:libgnutls\nleak:libtasn1\nleak:libgmp\n")
    how = {"environment": {
        "LSAN_OPTIONS": f"suppressions={known}:print_suppressions=0"}}
    server, path = slapd(above=f"""\
TLSCACertificateFile {tmp_path}/ca.pem
TLSCertificateFile {tmp_path}/server.pem
TLSCertificateKeyFile {tmp_path}/server.key
TLSVerifyClient try
authz-regexp "^cn=farmd$" "{ADMIN}"
"""), tmp_path / "said"
    say(path, [("double", "a", "1", "", "gauge")])
    by_certificate = {"starttls": True, "login": "external", "bind_dn": "",
                      "password": "", "certificate": str(tmp_path / "farm.pem"),
                      "key": str(tmp_path / "farm.key")}
    farm(writing(tree, path, server, ca=str(tmp_path / "ca.pem"),
                 **by_certificate), **how)
    wait_value(server, "a", "1")
    one = farm(writing(tree, path, server, ca=str(tmp_path / "farm.pem"),
                       **by_certificate), wait=False, **how)
    assert "the server's certificate" in one.wait_line(server.url)


def test_local_socket(tree, farm, slapd, tmp_path):
    """Who it is on a local socket needs no password."""
    server, path = slapd(above=f"""\
authz-regexp "^gidNumber=0[+]uidNumber=0,cn=peercred,cn=external,cn=auth$"
  "{ADMIN}"
"""), tmp_path / "said"
    say(path, [("double", "a", "1", "", "gauge")])
    url = "ldapi://" + str(server.folder / "ldapi").replace("/", "%2F")
    farm(writing(tree, path, url, login="external", bind_dn="", password=""))
    wait_value(server, "a", "1")


@pytest.fixture
def kdc(tmp_path):
    one = Kdc(tmp_path / "kdc")
    yield one
    one.stop()


def test_kerberos(tree, farm, slapd, kdc, tmp_path):
    """By a keytab, and again when the server was restarted; without one the
    log says so."""
    service = {**kdc.environment, "KRB5_KTNAME": kdc.keytab("ldap/localhost")}
    server = slapd(above=f"""\
sasl-host localhost
sasl-realm {REALM}
authz-regexp "^uid=farmd,.*cn=gssapi,cn=auth$" "{ADMIN}"
""", environment=service)
    path = tmp_path / "said"
    say(path, [("double", "a", "1", "", "gauge")])
    url = server.url.replace("127.0.0.1", "localhost")
    # Whatever this machine calls itself.
    ours = {**kdc.environment, "LDAPSASL_NOCANON": "on",
            "KRB5_CLIENT_KTNAME": kdc.keytab("farmd"),
            "KRB5CCNAME": f"FILE:{tmp_path}/tickets"}
    by_ticket = {"login": "gssapi", "bind_dn": "", "password": ""}
    farm(writing(tree, path, url, **by_ticket), environment=ours)
    wait_value(server, "a", "1")
    server.stop()
    say(path, [("double", "a", "2", "", "gauge")])
    server.start()
    wait_value(server, "a", "2")
    one = farm(writing(tree, path, url, **by_ticket), environment={
        **ours, "KRB5_CLIENT_KTNAME": "/nowhere",
        "KRB5CCNAME": "FILE:/nowhere"}, wait=False)
    one.wait_line("GSSAPI")


def test_schema_of_config(tree, tmp_path, slapd):
    """Both forms of the schema say the same."""
    slapd()  # skips
    folder = tree.source / "writers" / "ldap" / "schema"
    for name in ("farm", "glue-like"):
        plain = (folder / f"{name}.schema").read_text()
        words = [w for line in plain.split("\n") if not line.startswith("#")
                 for w in line.split()]
        other = (folder / f"{name}.ldif").read_text().partition("\ncn: ")[2]
        got = [w for w in other.split()[1:]]
        names = {"olcObjectIdentifier:": "objectidentifier",
                 "olcAttributeTypes:": "attributetype",
                 "olcObjectClasses:": "objectclass"}
        assert [names.get(w, w) for w in got] == words


def test_login_of_nobody_is_refused(tree, tmp_path):
    """An empty password would be taken for an anonymous login."""
    file = tmp_path / "farm.yaml"
    file.write_text(
        "farm: t\nwriters:\n  d:\n    ldap: {url: 'ldap://127.0.0.1:9', "
        f"base: '{BASE}', bind_dn: cn=x, dn: 'cn={{nodes}}', "
        "classes: {farn: top}}\n")
    done = tree.run(tree.farmd, "--check", "--config", str(file))
    assert done.returncode == 1
    assert "bind_dn: needs password" in done.stderr
