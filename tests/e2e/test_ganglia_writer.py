"""Ganglia, the way out: real gmonds and gmetads take what farmd has."""

import subprocess
import xml.etree.ElementTree as xml

import ganglia
from farm import eventually
from ganglia import NUMBERS, Gmetad, Gmond, host_metrics, lines_of
from saying import say, saying

GMOND, UDP = 8649, 8650
GROUP = "239.2.11.71"

METRICS = {
    **NUMBERS,
    "a_double": (("double", "0.1", "By/s", "gauge"),
                 ("0.1", "double", "bytes/sec", "both")),
    "a_text": (("text", "it's 5 > 3", "", "state"),
               ("it's 5 > 3", "string", "", "both")),
    "a_long_text": (("text", "x" * 300, "", "state"),
                    ("x" * 300, "string", "", "both")),
    "many_quotes": (("text", "'" * 50, "", "state"),
                    ("'" * 50, "string", "", "both")),
    "name with space": (("uint64", "7", "K", "gauge"),
                        ("7", "uint32", "K", "both")),
}
LEFT_OUT = {"wörld": (("uint64", "1", "", "gauge"), None),
            "beyond": (("text", "naïve", "", "state"), None)}
# Of these gmond alone makes XML.
LOOSE = {"marked": (("text", "<b> & \"c\"", "", "state"),
                    ("<b> & \"c\"", "string", "", "both"))}


def sending(tree, path, *to, more=LEFT_OUT, **options):
    say(path, lines_of({**METRICS, **more}))
    config = saying(tree, path, every="200ms")
    config["writers"] = {"gmond": {"match": "*/c/*/*", "ganglia": {
        "to": list(to), **options}}}
    return config


def wait_metrics(port, node, more=()):
    expected = {name: seen for name, (_, seen) in {
        **METRICS, **dict(more)}.items()}
    eventually(lambda: {k: v for k, v in host_metrics(port, node).items()
                        if k != "heartbeat"} == expected,
               f"{expected}, {host_metrics(port, node)}")


def collecting(tmp_path, channels, **how):
    return Gmond(tmp_path, port=GMOND, channels=channels, mute="yes", **how)


def test_to_gmond_and_gmetad(tree, farm, started, tmp_path):
    """All that is sent arrives, and again in a gmond that begins anew."""
    gmond = started(collecting(tmp_path, ganglia.receive_channel(UDP)))
    one = farm(sending(tree, tmp_path / "said", f"127.0.0.1:{UDP}",
                       metadata="2s"))
    wait_metrics(GMOND, "n1")
    wait_metrics(GMOND, "n2")
    gmetad = started(Gmetad(tmp_path, {"Loop": GMOND}))
    wait_metrics(gmetad.xml, "n2")
    group = xml.fromstring(ganglia.dump(GMOND)).find(
        ".//EXTRA_ELEMENT[@NAME='GROUP']")
    assert group.get("VAL") == "c"
    gmond.kill()
    eventually(lambda: ganglia.dump(GMOND) is None, "no gmond")
    gmond.start()
    wait_metrics(GMOND, "n1")
    one.wait_line("n1/beyond: Ganglia would not write this text as XML: "
                  "left out")


def test_to_a_group(tree, farm, started, tmp_path):
    """A gmond that comes late asks for what it does not know."""
    farm(sending(tree, tmp_path / "said", f"{GROUP}%lo:{UDP}", metadata="1h"))
    started(collecting(
        tmp_path, ganglia.group_receive_channel(UDP, GROUP) +
        ganglia.group_send_channel(UDP, GROUP)))
    wait_metrics(GMOND, "n1")


def test_gstat(tree, farm, started, tmp_path):
    """gstat shows the nodes as hosts, with their load."""
    ganglia.need("gstat")
    started(collecting(tmp_path, ganglia.receive_channel(UDP)))
    farm(sending(tree, tmp_path / "said", f"127.0.0.1:{UDP}", more={
        "cpu_num": (("uint64", "4", "", "gauge"), None),
        "load_one": (("double", "0.5", "", "gauge"), None)}))

    def shown():
        done = subprocess.run(
            [ganglia.TOOLS["gstat"], "--all", "--list", "--single_line"],
            capture_output=True, check=True, timeout=60)
        return {line.split()[0]: " ".join(line.split()[1:])
                for line in done.stdout.decode().splitlines()}

    wanted = "4 ( 0/ 0) [ 0.50, 0.00, 0.00]"
    eventually(lambda: all(shown().get(node, "").startswith(wanted)
                           for node in ("n1", "n2")), f"{wanted}")


def test_not_strict(tree, farm, started, tmp_path):
    started(collecting(tmp_path, ganglia.receive_channel(UDP)))
    farm(sending(tree, tmp_path / "said", f"127.0.0.1:{UDP}", strict=False,
                 more=LOOSE))
    wait_metrics(GMOND, "n1", LOOSE)
