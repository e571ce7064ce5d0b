/* Programs that run for targets. */
#include "program.h"

#include "clock.h"

/* This part of the host's time is left for reading and emitting. */
#define MARGIN 10

int64_t
program_deadline_ns(
    struct farm_host *host, struct farm_target *target, int64_t timeout_ns)
{
	int64_t now_ns = clock_mono_ns();
	int64_t deadline_ns = farm_deadline_ns(host, target);
	int64_t own_ns = now_ns + timeout_ns;

	if (deadline_ns != INT64_MAX)
		deadline_ns -= (deadline_ns - now_ns) / MARGIN;
	return deadline_ns < own_ns ? deadline_ns : own_ns;
}

void
program_log(struct farm_host *host, const struct hash_key *key, uint64_t *said,
    const char *shown, const struct command_result *r)
{
	struct buffer b = BUFFER_INIT;
	uint64_t hash = 0;

	if (r->errors.size > 0)
		hash = hash_bytes(
		    key, 0, buffer_text(&r->errors), r->errors.size);
	if (hash != 0 && hash != *said) {
		command_said(&b, r);
		farm_log(host, FARM_WARNING, "%s%s", shown, buffer_text(&b));
	}
	*said = hash;
	buffer_free(&b);
}
