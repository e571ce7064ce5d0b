"""How long the jobs of a batch system have waited."""

from farm import eventually


def waits_agree(farm, *places):
    """Each place has jobs that wait for longer and longer, half of them no
    longer than the oldest, which in all of them came within half a minute."""
    def check():
        have = farm.latest()
        medians = [have[(*place, "wait_median")] for place in places]
        oldest = [have[(*place, "wait_oldest")] for place in places]
        return (min(medians) > 2 and max(oldest) - min(oldest) < 30 and
                all(m <= o * 1.01 for m, o in zip(medians, oldest)))

    eventually(check, "jobs that wait")
