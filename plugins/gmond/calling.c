#include "calling.h"

#include <stdatomic.h>

#include "clock.h"

static _Atomic(const char *) who = "", what = "";
static _Atomic int64_t since_mono_ns; /* 0: nothing is called */

void
calling_begin(const char *module, const char *doing)
{
	who = module;
	what = doing;
	since_mono_ns = clock_mono_ns();
}

void
calling_end(void)
{
	since_mono_ns = 0;
	who = "";
	what = "";
}

const char *
calling_who(void)
{
	return who;
}

const char *
calling_what(void)
{
	return what;
}

int
calling_hangs(int64_t limit_ns, struct error *err)
{
	int64_t since = since_mono_ns;

	if (since == 0 || clock_mono_ns() - since <= limit_ns)
		return 0;
	error_set(err, "module %s hangs in its %s", who, what);
	return 1;
}
