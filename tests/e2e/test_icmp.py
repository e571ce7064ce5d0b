"""Ping for thousands of nodes by one farmd."""

import subprocess

from farm import eventually

ALIVE = 9900
SILENT = 100


def nodes(prefix, n):
    return [{"name": address, "address": address}
            for address in (f"{prefix}.{i // 250}.{1 + i % 250}"
                            for i in range(n))]


def route_silence():
    """Addresses that nobody has, behind a route that loses everything."""
    subprocess.run(["ip", "route", "replace", "198.18.0.0/15", "dev", "lo"],
                   check=True)


def test_ten_thousand_each_ten_seconds(farm):
    route_silence()
    f = farm({"pool": {"threads": 2}, "clusters": {"c": {
        "nodes": nodes("127.1", ALIVE) + nodes("198.18", SILENT),
        "collect": [{"icmp": {"every": "10s", "count": 3}}]}}})
    whole = ALIVE + SILENT
    f.wait_values("*/c/*/loss", whole, timeout=90)

    def ledger():
        return f.instance("c/icmp")["ledger"]

    runs = ledger()["runs"]
    # Two rounds more, none of them skipped.
    eventually(lambda: ledger()["runs"] >= runs + 2 * whole,
               "two more rounds", timeout=60)
    seen = f.get("/v1/status")["pool"]
    assert seen["threads"] <= 2 and seen["peak_busy"] <= 2, seen
    instance = ledger()
    assert instance["skipped"] == 0, instance
    assert instance["failures"] == 0, instance
    for (_, node, _), loss in f.latest("*/c/*/loss").items():
        assert loss == (100 if node.startswith("198.18.") else 0), node
    assert not any(instance["dropped"].values()), instance
    values = f.latest("*/c/*/rtt|rtt_median|jitter")
    assert len(values) == 3 * ALIVE


def test_filtered_is_no_outage(farm):
    route_silence()
    sysctl = "/proc/sys/net/ipv4/icmp_echo_ignore_all"
    with open(sysctl, "w", encoding="ascii") as knob:
        knob.write("1")
    try:
        f = farm({"clusters": {"c": {
            "nodes": nodes("127.1", 3) + nodes("198.18", 3),
            "collect": [{"icmp": {"every": "5s", "count": 2,
                                  "spacing": "50ms", "timeout": "2s",
                                  "via": ["icmp", "tcp"]}}]}}})
        status = f.wait_values("*/c/*/status", 6)
        assert {v for (_, n, _), v in status.items()
                if n.startswith("127.")} == {"filtered"}
        assert {n for _, n, _ in f.latest("*/c/*/loss")} \
            == {n["name"] for n in nodes("198.18", 3)}
        assert set(f.latest("*/c/127*/via").values()) == {"tcp"}
    finally:
        with open(sysctl, "w", encoding="ascii") as knob:
            knob.write("0")


def test_every_second_with_defaults(farm):
    """Five probes in a second leave less than the timeout: it is shortened."""
    f = farm({"clusters": {"c": {
        "nodes": ["127.0.0.2", "127.0.0.3"],
        "collect": [{"icmp": {"every": "1s"}}]}}})

    def rounds_in_time():
        before = f.instance("c/icmp")["ledger"]
        eventually(lambda: f.instance("c/icmp")["ledger"]["runs"] >=
                   before["runs"] + 4)
        return f.instance("c/icmp")["ledger"]["failures"] == \
            before["failures"]

    # A machine that stands still for longer than that may cost a round.
    eventually(rounds_in_time, "rounds that end in time")
    eventually(lambda: list(f.latest("*/c/*/loss").values()) == [0, 0],
               "no loss")
