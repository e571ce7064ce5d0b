"""Each plugin in collectd itself and in farmd, at the same time and with the
same configuration: the same identifiers, and values that agree."""

import pathlib
import time

import pytest

from collectd_beside import Ours, Real, differences
from collectd_rows import ROWS
from collectd_services import Missing, Services

pytestmark = pytest.mark.skipif(
    not pathlib.Path("/usr/sbin/collectd").exists(),
    reason="no collectd-core here")
QUICK = [row for row in ROWS if row.quick]


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    some = Services(tmp_path_factory.mktemp("services"))
    yield some
    some.close()


def beside(rows, services, farm, folder, limit):
    """Run both until they agree."""
    try:
        names = services.need([s for row in rows for s in row.services])
    except Missing as missing:
        pytest.skip(str(missing))
    real = Real(rows, folder / "real", names)
    ours = Ours(rows, folder / "ours", names)
    real.start()
    try:
        ours.start(farm)
        end = time.monotonic() + limit
        lacks = differences(rows, real, ours)
        while lacks:
            for side in (real, ours):
                side.feed()
                side.look()
            lacks = differences(rows, real, ours)
            if lacks and time.monotonic() > end:
                pytest.fail("\n".join(
                    [*lacks[:20], "-- collectd said:", real.said(),
                     "-- farmd said:", ours.said()]), pytrace=False)
            time.sleep(0.2)
    finally:
        real.stop()
    return real, ours


def test_quick_ones(farm, tmp_path, services):
    """Two dozen plugins in one process each."""
    real, _ = beside(QUICK, services, farm, tmp_path, 180)
    assert len(real.seen) > 100


@pytest.mark.long
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.plugin)
def test_each(row, farm, tmp_path, services):
    beside([row], services, farm, tmp_path, 120)
