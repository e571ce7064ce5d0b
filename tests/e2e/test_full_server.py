"""A server whose disk is full: who says so, and what is stored once there is
room again."""

import errno
import pathlib
import shutil
import tempfile

import pytest

import database
from farm import eventually
from storing import accepted, counting

FULL = {"postgres": "No space left on device", "mariadb": "is full"}


@pytest.fixture(params=["postgres", "mariadb"])
def server(request, tree):
    # A socket's path is short.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="farm-"))
    one = database.Server(tree, request.param, folder / "s", size="64m")
    yield one
    one.end()
    shutil.rmtree(folder, ignore_errors=True)


def fill(path):
    """A file that leaves no room on its disk."""
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 20))
        except OSError as error:
            assert error.errno == errno.ENOSPC
    return path


def store_of(one, status):
    store = one.instance("store")
    return store if store["status"] == status else None


def test_full(farm, tree, tmp_path, server):
    one = farm({**counting(tree, tmp_path, "n1", burst=200),
                "journal": {},
                "writers": {"store": {"sql": {
                    "url": server.small_database()}}}})
    # InnoDB's server aborts if a table of less than an extent cannot grow.
    eventually(lambda: one.instance("store")["ledger"]["values"] > 50000)
    ballast = fill(server.small_disk() / "ballast")
    failed = eventually(lambda: store_of(one, "backoff"))
    assert FULL[server.kind] in failed["ledger"]["last_error"]
    # It opens again between its tries.
    eventually(lambda: one.request("GET", "/v1/health")[0] == 503)
    began = accepted(one)
    eventually(lambda: accepted(one) > began + 1000)
    eventually(
        lambda: one.instance("store")["retries"] > failed["retries"] + 1)
    ballast.unlink()
    eventually(lambda: store_of(one, "running"), timeout=90)
    one.request("POST", "/v1/instances/n1/pause")
    eventually(lambda: one.instance("store")["lag_values"] == 0, timeout=90)
    assert one.request("GET", "/v1/health")[0] == 200
    assert one.stop() == 0
    end = int((tmp_path / "said.n1").read_text(encoding="ascii"))
    numbers = server.answer(
        "small", "SELECT value FROM history WHERE parameter = 'count'"
        " ORDER BY position, time").split()
    assert [int(float(n)) for n in numbers] == list(range(1, end + 1))
