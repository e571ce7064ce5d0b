"""docs/module-authors.md, done as it says, from top to bottom.

Blocks of the page that count, in one empty folder:

    ```c file=NAME      a whole module: written, compiled with all warnings as
    ```yaml file=NAME   errors, and linted; a configuration: written
    ```console          lines that begin with "$ " are run by a shell; what
                        stands below each is all it prints, on both streams;
                        blanks count as one, "..." is anything
"""

import os
import pathlib
import re
import socket

import pytest

from farm import eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "module-authors.md").read_text()
BLOCKS = re.findall(r"^```(\w*)[ ]*([^\n]*)\n(.*?)^```$", PAGE, re.M | re.S)
MODULES = {mark.removeprefix("file="): text
           for language, mark, text in BLOCKS if language == "c"}
STRICT = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC",
          "-fvisibility=hidden", "-shared"]


@pytest.fixture(name="environment")
def environment_(tree, tmp_path):
    """As if farmd was installed: its programs and its header are found."""
    package = tmp_path / "pkgconfig"
    package.mkdir()
    (package / "farm.pc").write_text(
        "Name: farm\nDescription: headers\nVersion: 0\n"
        f"Cflags: -I{ROOT / 'include'}\n")
    return {**os.environ, "PATH": f"{tree.build}:{os.environ['PATH']}",
            "PKG_CONFIG_PATH": str(package), "LC_ALL": "C"}


def commands(block):
    """(command, what it prints) of a console block."""
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def plain(text):
    return [re.sub(r"\s+", " ", line).strip() for line in text.splitlines()]


def looks_like(seen, wanted):
    pattern = re.escape("\n".join(plain(wanted))).replace(r"\.\.\.", ".*")
    return re.fullmatch(pattern, "\n".join(plain(seen)), re.S)


def test_page(tree, tmp_path, environment):
    folder = tmp_path / "work"
    folder.mkdir()
    ran = 0
    for language, mark, text in BLOCKS:
        if mark.startswith("file="):
            (folder / mark.removeprefix("file=")).write_text(text)
        if language != "console":
            continue
        for command, wanted in commands(text):
            done = tree.run("sh", "-c", f"({command}) 2>&1", cwd=folder,
                            env=environment)
            assert looks_like(done.stdout, wanted), (
                f"$ {command}\n{done.stdout}--- the page says:\n{wanted}")
            ran += 1
    assert ran >= 10


@pytest.mark.parametrize("name", MODULES)
def test_module(tree, tmp_path, name):
    source = tmp_path / name
    file = source.with_suffix(".so")
    source.write_text(MODULES[name])
    done = tree.run("cc", *STRICT, "-I", ROOT / "include", "-o", file, source)
    assert done.returncode == 0, done.stderr
    done = tree.run(tree.farmctl, "module", "lint", file)
    assert done.returncode == 0, done.stdout


def test_modules_are_short():
    assert len(MODULES["load1.c"].splitlines()) <= 30
    uptime = (ROOT / "examples" / "uptime" / "uptime.c").read_text()
    assert len(uptime.splitlines()) <= 45


def stored(path):
    """(position, parameter, number) of each whole line of the writer's."""
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    fields = [line.split("\t") for line in lines]
    return [(int(f[1]), f[5], float(f[6])) for f in fields]


def test_modules_live(tree, tmp_path, farm):
    """What `once` cannot show: state, filter and history of a running farm."""
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text)
        tree.run("cc", *STRICT, "-I", ROOT / "include", "-o",
                 (tmp_path / name).with_suffix(".so"), tmp_path / name)
    path = tmp_path / "lines.txt"
    server = socket.create_server(("127.0.0.1", 0))  # and not 127.0.0.2
    port = server.getsockname()[1]
    f = farm({
        "modules": [str(tmp_path)],
        "clusters": {
            "here": {"nodes": ["n"], "collect": [
                {"steps": {"every": "100ms"}}, {"loads": {"every": "100ms"}}]},
            "ports": {"nodes": ["127.0.0.[1-50]"], "collect": [
                {"connect": {"every": "100ms", "port": port}}]}},
        "filters": [{"moved": {"match": "*/*/*/Load*", "by": 1000000,
                                   "tap": "false"}}],
        "writers": {"file": {"lines": {"path": str(path)}}},
    })

    def steps():
        return [row for row in stored(path) if row[1] == "step"]

    eventually(lambda: len(steps()) >= 5, "five steps in the file")
    f.wait_values("*/ports/127.0.0.1/connect")
    assert len(f.latest("*/ports/*/connect")) == 1
    assert f.stop() == 0
    server.close()
    before = stored(path)
    assert [row[1] for row in before].count("Load1") == 1  # it did not move

    # A line cut short by a crash is not kept, and what the cache no longer
    # knows comes from the file.
    with path.open("a") as torn:
        torn.write("17\t9999999\tte")
    f.start()
    eventually(lambda: len(stored(path)) > len(before), "new lines")
    answer = f.get("/v1/history", predicate="*/here/n/step", **{"from": "-1h"})
    points = [p for s in answer["series"] for p in s["points"]]
    assert len(points) >= 5
    assert stored(path)[:len(before)] == before
    positions = [row[0] for row in stored(path)]
    assert positions == sorted(positions)
