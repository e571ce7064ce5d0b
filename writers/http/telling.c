#include "telling.h"

#include <inttypes.h>

#include "clock.h"

/* What comes is compared by the hour: collectors may be slow. */
#define LOOK_NS (3600 * NS_PER_S)

static const char *const reasons[LEFT_OUTS] = {
	[LEFT_TEXT] = "a text, and only numbers are stored",
	[LEFT_NUMBER] = "no number that can be said",
	[LEFT_DOUBLE] =
	    "more than one in a millisecond, of which the last is stored",
};

static void
begin(struct farm_host *host, struct telling *t, uint64_t n, const char *reason,
    int64_t mono_ns)
{
	if (n == t->before)
		return;
	farm_log(host, FARM_WARNING, "values are left out: %s", reason);
	*t = (struct telling){ .told = true,
		.first = t->before,
		.before = n,
		.looked_mono_ns = mono_ns };
}

static void
go_on(struct farm_host *host, struct telling *t, uint64_t n, const char *reason,
    int64_t mono_ns)
{
	uint64_t more = n - t->before;

	if (mono_ns - t->looked_mono_ns < LOOK_NS)
		return;
	t->looked_mono_ns = mono_ns;
	t->before = n;
	if (more == 0) {
		farm_log(host, FARM_NOTICE,
		    "no more values are left out, %" PRIu64 " were: %s",
		    n - t->first, reason);
		t->told = false;
	} else if (t->most == 0) {
		t->most = more;
	} else if (more > 2 * t->most) {
		farm_log(host, FARM_WARNING,
		    "%" PRIu64
		    " values an hour are left out, instead of %" PRIu64 ": %s",
		    more, t->most, reason);
		t->most = more;
	}
}

void
telling_of(struct farm_host *host, struct telling tellings[LEFT_OUTS],
    const struct composer *c, int64_t mono_ns)
{
	for (size_t i = 0; i < LEFT_OUTS; i++) {
		struct telling *t = &tellings[i];

		if (reasons[i] == NULL)
			continue;
		if (t->told)
			go_on(host, t, c->left_out[i], reasons[i], mono_ns);
		else
			begin(host, t, c->left_out[i], reasons[i], mono_ns);
	}
}
