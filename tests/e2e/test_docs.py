"""The documentation is what the build says, and its examples are good.

- docs/modules/*.md and the reference in docs/configuration.md are as
  `make module-pages reference` writes them.
- Every fenced block marked yaml is a whole configuration that passes
  `farmd --check`, where the files of /etc that it names are there. One marked `yaml file=NAME` is a bad one: the block marked
  text that follows it holds all that is said about it.  (Those of
  module-authors.md belong to test_tutorial.py.)
- Every link to a file of the tree, with or without a heading, leads there.
- The diagram of the SQL writer's tables is that of a database it has made.
- Every test that docs/guarantees.md names is there, and runs.
"""

import os
import pathlib
import re
import sqlite3

import pytest

from farm import eventually
from saying import saying

COLLECTD = pathlib.Path("/usr/lib/collectd")
ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"),
                *(ROOT / "examples").rglob("*.md")])
BEGIN, END = "<!-- reference:", "<!-- end of the reference -->"
FENCE = re.compile(r"^```(\w*)[ ]*([^\n]*)\n(.*?)^```$", re.M | re.S)


def name(path):
    return str(path.relative_to(ROOT))


def modules(tree):
    """The modules of the build: {name of the page: file}"""
    found = {}
    for folder in ("plugins", "filters", "writers"):
        for file in (tree.build / folder).glob("*.so"):
            twin = folder == "writers" and file.stem in found
            found[file.stem + ("-writer" if twin else "")] = file
    return found


def printed(tree, *arguments):
    done = tree.run(tree.farmd, "--config", "/dev/null", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_module_pages(tree):
    built = modules(tree)
    assert built
    for module, file in built.items():
        page = ROOT / "docs" / "modules" / f"{module}.md"
        assert page.read_text() == printed(
            tree, "--describe", file, "--format", "markdown"
        ), f"{name(page)} is old: make module-pages"


def test_no_page_without_module():
    """Of the source tree, as a build may leave modules out."""
    for page in (ROOT / "docs" / "modules").glob("*.md"):
        assert any((ROOT / folder / page.stem.removesuffix("-writer")).is_dir()
                   for folder in ("plugins", "filters", "writers")), name(page)


def test_reference(tree):
    page = (ROOT / "docs" / "configuration.md").read_text()
    begin = page.index("\n", page.index(BEGIN)) + 1
    assert page[begin:page.index(END)] == printed(
        tree, "--reference"
    ), "docs/configuration.md is old: make reference"


def yaml_examples():
    """(page, how it is marked, YAML, the next block)"""
    for page in PAGES:
        blocks = FENCE.findall(page.read_text())
        following = [*blocks[1:], ("", "", "")]
        for (language, mark, text), after in zip(blocks, following):
            if language == "yaml" and page.name != "module-authors.md":
                yield page, mark, text, after


def with_files(text, folder):
    """The files of /etc lie below the folder, and hold a secret."""
    for path in re.findall(r"/etc/[\w./-]*\w", text):
        file = folder / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("long enough\n")
    return text.replace("/etc/", f"{folder}/etc/")


@pytest.mark.parametrize(
    "page, mark, text, after",
    [pytest.param(*e, id=f"{name(e[0])}-{i}")
     for i, e in enumerate(yaml_examples())])
def test_yaml(tree, tmp_path, page, mark, text, after):
    file = mark.removeprefix("file=") or "farm.yaml"
    if "collectd:" in text and not COLLECTD.is_dir():
        pytest.skip("no collectd-core here")
    if mark == "":
        text = with_files(text, tmp_path)
    (tmp_path / file).write_text(text)
    done = tree.run(tree.farmd, "--check", "--config", file, cwd=tmp_path)
    if mark == "":
        assert (done.returncode, done.stderr) == (0, "")
    else:
        assert after[0] == "text"
        assert (done.returncode, done.stderr) == (1, after[2])


def anchors(page):
    """Headings as their links are written."""
    for heading in re.findall(r"^#+ (.*)$", page.read_text(), re.M):
        yield re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links(page):
    text = FENCE.sub("", page.read_text())
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        file, _, heading = target.partition("#")
        where = page.parent / file if file else page
        assert where.exists(), f"{name(page)}: {target} is not there"
        if heading:
            assert heading in anchors(where), f"{name(page)}: no {target}"


def check(tree, folder, files, **environment):
    """The exit code and the errors of farm.yaml among these files."""
    for file, text in files.items():
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text(text)
    done = tree.run(tree.farmd, "--check", "--config", "farm.yaml",
                    cwd=folder, env={**os.environ, **environment})
    return done.returncode, done.stdout + done.stderr


MAIN = "farm: a\nclusters: {w: {nodes: [n1], collect: [icmp]}}\n"


def test_additions(tree, tmp_path):
    """Mappings are united, lists joined, anything else twice is an error."""
    more = "clusters: {w: {nodes: [n2], collect: [proc]}, x: {nodes: [n3]}}\n"
    files = {"farm.yaml": MAIN, "conf.d/10.yaml": more}
    assert check(tree, tmp_path, files) == (
        0, 'farm.yaml is good: farm "a", 2 collectors, 0 filters, 0 writers\n')
    files["conf.d/20.yaml"] = "farm: b\n"
    assert check(tree, tmp_path, files) == (
        1, './conf.d/20.yaml:1:7: error: "farm" is given already at '
           'farm.yaml:1\n')


@pytest.mark.parametrize("farm, environment, code, text", [
    ("${FARM_NAME}", {"FARM_NAME": "b"}, 0, 'farm "b"'),
    ("${FARM_NAME:-c}", {"FARM_NAME": ""}, 0, 'farm "c"'),
    ('"$$${FARM_NAME}"', {"FARM_NAME": "b"}, 0, 'farm "$b"'),
    ("'${FARM_NAME}'", {}, 0, 'farm "${FARM_NAME}"'),
    ("${FARM_NAME}", {}, 1, "farm.yaml:1:7: error: the variable FARM_NAME is "
                            "not set and has no default"),
])
def test_variables(tree, tmp_path, farm, environment, code, text):
    seen = check(tree, tmp_path, {"farm.yaml": f"farm: {farm}\n"},
                 **environment)
    assert seen[0] == code
    assert text in seen[1]


# -- the SQL writer's tables ---------------------------------------------

def drawn():
    """The diagram: ({table: columns}, {table: its key})"""
    page = (ROOT / "docs" / "modules" / "sql.md").read_text()
    diagram, = (text for language, _, text in FENCE.findall(page)
                if language == "mermaid")
    tables = {name: [line.split() for line in body.strip().split("\n")]
              for name, body in re.findall(r"^    (\w+) \{\n(.*?)^    \}",
                                           diagram, re.M | re.S)}
    for one, other in re.findall(r"^    (\w+) \S+--\S+ (\w+) :", diagram,
                                 re.M):
        assert one in tables and other in tables
    return ({name: [line[1] for line in lines]
             for name, lines in tables.items()},
            {name: [line[1] for line in lines if line[2:] == ["PK"]]
             for name, lines in tables.items()})


def made(base):
    """Of a database: the same, and its views."""
    with sqlite3.connect(f"file:{base}?mode=ro", uri=True) as db:
        tables = [name for name, in db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'")]
        views = [name for name, in db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'view'")]
        columns = {name: db.execute(f"PRAGMA table_info({name})").fetchall()
                   for name in tables}
    return ({name: [c[1] for c in of] for name, of in columns.items()},
            {name: [c[1] for c in sorted(of, key=lambda c: c[5]) if c[5]]
             for name, of in columns.items()}, views)


def test_diagram_of_tables(farm, tree, tmp_path):
    one = farm({**saying(tree), "writers": {"store": {"sql": {
        "url": f"sqlite:{tmp_path}/f.db"}}}})
    eventually(lambda: one.instance("store")["ledger"]["values"] > 0)
    tables, keys, views = made(tmp_path / "f.db")
    assert (tables, keys) == drawn()
    page = (ROOT / "docs" / "modules" / "sql.md").read_text()
    for name in views:
        assert f"`{name}`" in page


# -- promises ------------------------------------------------------------

def promised():
    """(promise, what shows it), each thing that is named."""
    page = (ROOT / "docs" / "guarantees.md").read_text()
    section = page[page.index("## Promise by promise"):]
    for line in section[:section.index("\n## ")].split("\n"):
        cells = line.strip("| ").split(" | ")
        if line.startswith("| ") and cells[0] not in ("promise", "---"):
            for proof in re.findall(r"`([^`]+)`", cells[-1]):
                yield cells[0], proof


def runs(source, test):
    """Is it defined in that file, and in a list of those that run?"""
    if source.suffix == ".py":
        return re.search(rf"^def {test}\(", source.read_text(), re.M)
    text = source.read_text()
    return (re.search(rf"^{test}\(void \*\*", text, re.M) and
            re.search(rf"\(\s*{test}\s*\)", text))


def test_promises_are_shown():
    """`FILE.py::TEST`, `TEST_PROGRAM: TEST`; a TEST alone is of what was named
    before it, or of any."""
    files = [*(ROOT / "tests" / "e2e").glob("test_*.py"),
             *(ROOT / "tests" / "unit").glob("*.c")]
    seen = 0
    for promise, proof in promised():
        where, _, test = proof.replace("::", ": ").rpartition(": ")
        if proof.startswith("bench/"):
            assert (ROOT / proof).exists(), promise
        elif not where and any(f.stem == test for f in files):
            pass  # the program of a test that follows
        else:
            assert any(runs(f, test) for f in files if not where or
                       where.removesuffix(".py") == f.stem or
                       where == "test_sql" and f.stem.startswith("sql_")
                       ), (promise, proof)
        seen += 1
    assert seen > 50
