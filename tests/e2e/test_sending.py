"""Programs that send, in C, shell, Python and Perl, to a real farm."""

import os
import platform
import re
import shutil

import pytest

from farm import eventually


@pytest.fixture(name="one")
def listening(farm):
    one = farm({"clusters": {"senders": {"nodes": ["localhost"], "collect": [
        {"udp": {"name": "apmon", "format": "apmon", "own_node": "here",
                 "listen": "udp://*:8884", "password": "secret"}},
        {"udp": {"name": "ulm", "format": "ulm", "own_node": "here",
                 "listen_tcp": "tcp://*:14830"}}]}}})
    for name in ("apmon", "ulm"):
        eventually(lambda name=name: ("UDP", "here", f"{name}_taken")
                   in one.latest(), f"{name} listens")
    return one


def arrives(one, place, value=None):
    eventually(lambda: place in one.latest() and
               value in (None, one.latest()[place]),
               f"{place}: {one.latest()}")


def example(tree, name):
    return tree.source / "examples" / "send" / name


def test_c(tree, one, tmp_path):
    makefile = (tree.build / "Makefile").read_text()
    if re.search("^FARM_CFLAGS = .*fsanitize", makefile, re.M):
        pytest.skip("an archive with sanitizers wants to be linked with them")
    done = tree.run("cc", "-o", tmp_path / "transfer",
                    example(tree, "transfer.c"),
                    f"-I{tree.source}/include", tree.build / "libfarm-send.a")
    assert done.returncode == 0, done.stderr
    done = tree.run(tmp_path / "transfer", "tcp://localhost",
                    "127.0.0.1 secret")
    assert (done.returncode, done.stderr) == (0, "")
    arrives(one, ("Transfers", "example", "blocks"), 3)
    arrives(one, ("Transfers", "example", "megabytes"), 0.147996)
    arrives(one, ("Transfers", "example", "state"), "done")
    arrives(one, ("transfer", platform.node(), "WriteData.SEND.SZ"), 49332)
    arrives(one, ("transfer", platform.node(), "WriteData.BLOCK"), 3)


def test_shell(tree, farm, tmp_path):
    """With a vmstat of our own, as not every machine has it."""
    one = farm({"clusters": {"senders": {"nodes": ["localhost"], "collect": [
        {"udp": {"format": "apmon", "own_node": "here",
                 "listen": "udp://*:8884"}}]}}})
    eventually(lambda: ("UDP", "here", "apmon_taken") in one.latest(),
               "it listens")
    vmstat = tmp_path / "vmstat"
    vmstat.write_text("#!/bin/sh\necho procs ---memory---\n"
                      "echo ' r  b   free'\necho ' 1  0  12345'\n")
    vmstat.chmod(0o755)
    done = tree.run(example(tree, "vmstat.sh"), "127.0.0.1", env={
        **os.environ,
        "PATH": f"{tmp_path}:{tree.build}:{os.environ['PATH']}"})
    assert (done.returncode, done.stderr) == (0, "")
    arrives(one, ("Hosts", platform.node(), "vmstat_free"), 12345)
    arrives(one, ("Hosts", platform.node(), "vmstat_b"), 0)


def test_python(tree, one):
    done = tree.run("/usr/bin/python3", example(tree, "sockets.py"),
                    "127.0.0.1", "8884", "secret")
    assert (done.returncode, done.stderr) == (0, "")
    # The listener for ULM, if nothing else.
    arrives(one, ("Hosts", platform.node(), "sockets_tcp_LISTEN"), 1)


def test_perl(tree, one):
    if shutil.which("perl") is None:
        pytest.skip("no perl here")
    done = tree.run("perl", example(tree, "logins.pl"), "127.0.0.1")
    assert (done.returncode, done.stderr) == (0, "")
    arrives(one, ("logins", platform.node(), "Users.COUNT"))


def test_libraries_show_no_more_than_the_header_says(tree):
    header = (tree.source / "include" / "farm" / "send.h").read_text()
    said = set(re.findall(r"[ *\n](farm_(?:logger|sender)_\w+)\(\n?\s*"
                          r"(?:const )?(?:struct|void)", header)) | {
        "farm_logger_open"}
    for library, options in (("libfarm-send.a", "-g"),
                             ("libfarm-send.so.1", "-D")):
        done = tree.run("nm", options, "--defined-only", "--format=posix",
                        tree.build / library)
        assert done.returncode == 0, done.stderr
        shown = {line.split("@")[0].split()[0]
                 for line in done.stdout.splitlines()
                 if len(line.split()) > 1 and line.split()[1] in "TDBR"}
        assert shown == said, library
