"""check_farm, as Nagios runs it, against real daemons."""

import re
import socket
import threading

import pytest

from test_docs import ROOT
from test_packaging import items, options, page
from saying import say, saying
from test_tls import PORT, Authority


@pytest.fixture(name="check")
def _check(tree):
    """Status and output of a run."""
    def run(*arguments, **how):
        done = tree.run(tree.build / "check_farm", *arguments, **how)
        assert done.stderr == ""
        return done.returncode, done.stdout

    return run


@pytest.fixture(name="said")
def _said(farm, tree, tmp_path):
    """Two nodes with values of now and of long ago."""
    path = tmp_path / "says"
    say(path, [("double", "load", "2.5", "", "gauge"),
               ("double", "temp", "41", "%", "gauge"),
               ("text", "word", "hello", "", "state")])
    f = farm(saying(tree, path, every="200ms"))
    f.wait_values("*", 6)
    return f


def wrong(check, url, cases):
    """What is not as it should be of (arguments, status, pattern)."""
    seen = [(case, *check("-u", url, "-p", *case[0])) for case in cases]
    return [((arguments, want, pattern), status, text)
            for (arguments, want, pattern), status, text in seen
            if status != want or not re.fullmatch(pattern, text)]


def exactly(state, text):
    return re.escape(f"FARM {state} - {text}\n")


VALUES = [
    (("*/c/*/load", "-w", "2", "-c", "3"), 1, exactly(
        "WARNING", "2 of 2 values: c/n1/load = 2.5, c/n2/load = 2.5 | "
        "c/n1/load=2.5;2;3 c/n2/load=2.5;2;3")),
    (("*/c/*/temp", "-a", "sum"), 0, exactly(
        "OK", "sum is 82% of 2 series | sum=82%;;")),
    # Constraints are the predicate's own.
    (("*/c/*/load>9", "-a", "count", "-c", "0", "-l", "hot"), 0, exactly(
        "OK", "count is 0 of 0 series | hot=0;;0")),
    (("*/c/*/word",), 3, exactly("UNKNOWN", "only texts match */c/*/word")),
    (("*/x",), 3, exactly("UNKNOWN", "nothing matches */x")),
    (("*/x", "-n", "critical"), 2, exactly(
        "CRITICAL", "nothing matches */x")),
    (("*/*/*/load>",), 3, "FARM UNKNOWN - .*a number is missing.*\n"),
    (("*/c/*/load", "-a", "avg", "-o", "1h", "-w", "1", "-f", "1h,2h"), 1,
     r"FARM WARNING - avg is 2\.5 of 2 series \| avg=2\.5;1; "
     r"age=[0-9.e-]+s;3600;7200\n"),
]


def test_values(said, check):
    """Of now, and of a while."""
    assert not wrong(check, f"unix:{said.socket}", VALUES)


def test_no_number(farm, tree, check, tmp_path):
    """NaN is no 0, of now and of a while."""
    path = tmp_path / "says"
    say(path, [("double", "load", "nan", "", "gauge")])
    f = farm(saying(tree, path, every="200ms"))
    f.wait_values("*", 2)
    assert not wrong(check, f"unix:{f.socket}", [
        (("*/c/*/load", *over), 3,
         exactly("UNKNOWN", "only texts match */c/*/load"))
        for over in ((), ("-o", "1h"), ("-o", "1h", "-a", "avg"))])


def test_age(farm, tree, check, tmp_path):
    path = tmp_path / "says"
    old = "1000000000"
    say(path, [("double", "load", "1", "", "gauge", old)])
    f = farm(saying(tree, path))
    f.wait_values("*", 2)
    assert not wrong(check, f"unix:{f.socket}", [
        (("*", "-f", "5m"), 1, r"FARM WARNING - .* old\).*\n"),
        (("*", "-f", "5m,10m"), 2, r"FARM CRITICAL - .* old\).*\n")])


def test_token_and_tls(farm, tree, check, tmp_path):
    authority = Authority(tmp_path / "ours", "farm authority")
    certificate, key = authority.issue("server", server=True)
    token = tree.run(tree.farmctl, "token").stdout
    secret, digest = re.search(
        r"^(?:token:?\s+)?(\S+)$.*?(sha256:[0-9a-f]+)", token,
        re.M | re.S).groups()
    f = farm({**saying(tree, every="200ms"),
              "http": {"address": f"127.0.0.1:{PORT}",
                       "tls": {"certificate": certificate, "key": key}},
              "access": {"nagios": {"tokens": [digest], "may": ["latest"]}}})
    f.wait_values("*", 2)
    (tmp_path / "token").write_text(secret + "\n")
    url = f"https://127.0.0.1:{PORT}"
    count, ours = ("*", "-a", "count"), ("--ca", str(authority.cert))
    token = ("-T", str(tmp_path / "token"))
    assert not wrong(check, url, [
        ((*count, *ours, *token), 0, "FARM OK - .*\n"),
        ((*count, *ours), 3, "FARM UNKNOWN - .*\n"),
        # Somebody else's certificate.
        ((*count, *token), 3, "FARM UNKNOWN - .*certificate.*\n")])


def test_no_answer(check):
    """Nobody there, and somebody who says nothing."""
    status, text = check("-p", "*", "-u", "http://127.0.0.1:9")
    assert (status, text[:33]) == (3, "FARM UNKNOWN - http://127.0.0.1:9"), text
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept = []
        threading.Thread(target=lambda: kept.append(server.accept()),
                         daemon=True).start()
        status, text = check("-p", "*", "-t", "1", "-u",
                             f"http://127.0.0.1:{server.getsockname()[1]}")
    assert status == 3
    assert "timed out" in text


@pytest.mark.parametrize("arguments, why", [
    ((), "-p PREDICATE is missing"),
    (("-p", "*", "-w", "x"), '"x" is no range'),
    (("-p", "*", "-a", "x"), '--aggregate: "x" is none of'),
    (("-p", "*", "-f", "x"), "--fresh: "),
    (("-p", "*", "-n", "x"), '--none: "x" is none of'),
    (("-p", "*", "-t", "0"), '--timeout: "0" is not'),
    (("-p", "*", "-u", "ftp://x"), '--url: "ftp://x" is none of'),
    (("-p", "*", "-T", "/no/such"), "/no/such: No such file"),
    (("-p",), "-p needs a value"),
    (("-x",), "-x is no option"),
    (("-p", "*", "y"), '"y" is no option'),
])
def test_usage(check, arguments, why):
    status, text = check(*arguments)
    assert status == 3
    assert text.startswith("FARM UNKNOWN - ")
    assert why in text


def test_manual(check):
    status, text = check("--help")
    assert status == 3
    flags, _ = items(page("check_farm.1"))
    assert flags == options(text)
    assert (ROOT / "docs" / "man" / "check_farm.1").exists()
