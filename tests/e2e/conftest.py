"""End-to-end tests: a real farmd in a private network namespace.

Run by `./dev test`, which sets FARM_BUILD (the build folder) and puts pytest
into a namespace of its own: nothing here can reach another machine.
"""

import contextlib
import faulthandler
import os
import pathlib
import subprocess

import pytest

from farm import Farm, Tree
from web import Web

BOUND = 600  # s; the soak, by far the slowest, takes a third of it
LOG_LINES = 100  # of a daemon, where a test fails
SOAK = int(os.environ.get("FARM_SOAK_S", "0"))


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes minutes; only with --long")
    # While a test runs, pytest has the ordinary one.
    config.stderr_of_people = os.dup(2)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    """One that hangs shows where, and ends the run."""
    bound = 4 * 3600 if "long" in item.keywords else BOUND + SOAK
    faulthandler.dump_traceback_later(
        bound, exit=True, file=item.config.stderr_of_people)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failure shows what each daemon has said last."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for one in getattr(item, "farms", []):
            report.sections.append((f"log of {one.folder.name}",
                                    "\n".join(one.lines[-LOG_LINES:])))


def pytest_sessionstart(session):
    names = subprocess.run(
        ["ip", "-o", "link"], capture_output=True, text=True, check=True
    ).stdout.split("\n")
    strangers = [n for n in names if n and ": lo:" not in n]
    if strangers:
        pytest.exit("not in a network namespace of its own: use ./dev test", 3)


def pytest_collection_modifyitems(config, items):
    if os.environ.get("FARM_LONG"):
        return
    skip = pytest.mark.skip(reason="long: ./dev test --long")
    for item in items:
        if "long" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def tree():
    """Where the build under test is."""
    return Tree(pathlib.Path(os.environ["FARM_BUILD"]))


@pytest.fixture
def farm(request, tree, tmp_path):
    """A function that starts a farmd with a configuration; all end with the
    test, cleanly, without a word from a sanitizer."""
    running = request.node.farms = []

    def start(config, **how):
        one = Farm(tree, tmp_path / f"farm{len(running)}", config)
        running.append(one)
        return one.start(**how)

    with contextlib.ExitStack() as all_of_them:
        yield start
        # Each of them, whatever one has to say.
        for one in running:
            all_of_them.callback(one.finish)


@pytest.fixture
def serving():
    """A function that starts web servers with faults; all end with the
    test."""
    with contextlib.ExitStack() as stack:
        def start(*arguments, **named):
            web = Web(*arguments, **named)
            stack.callback(web.stop)
            return web
        yield start


@pytest.fixture
def started():
    """A function that starts a program, something with start() and close();
    all end with the test."""
    with contextlib.ExitStack() as stack:
        def start(one):
            stack.callback(one.close)
            return one.start()
        yield start
