#include "own.h"

#include "clock.h"

static const char *
number_text(struct arena *arena, int64_t n)
{
	return arena_printf(arena, "%lld", (long long)n);
}

static const char *
state_text(int state)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL",
		"UNKNOWN" };

	return words[state];
}

int
own_macros(const struct own_names *n, const struct check_memory *m,
    struct arena *arena, struct farm_map *ret)
{
	const struct farm_pair pairs[] = {
		{ "HOSTNAME", n->host },
		{ "HOSTALIAS", n->alias },
		{ "HOSTDISPLAYNAME", n->display },
		{ "HOSTADDRESS", n->address },
		{ "HOSTGROUPNAME", n->group },
		{ "SERVICEDESC", n->service },
		{ "SERVICEDISPLAYNAME", n->service_display },
		{ "SERVICESTATE", state_text(m->state) },
		{ "SERVICESTATEID", number_text(arena, m->state) },
		{ "SERVICEATTEMPT",
		    number_text(arena, m->known ? m->attempt : 1) },
		{ "MAXSERVICEATTEMPTS", number_text(arena, n->attempts) },
		{ "TIMET", number_text(arena, clock_wall_ns() / NS_PER_S) },
	};
	size_t n_pairs = sizeof(pairs) / sizeof(pairs[0]), i;

	for (i = 0; i < n_pairs; i++)
		if (pairs[i].value == NULL)
			return -1;
	*ret = (struct farm_map){
		arena_copy(arena, pairs, n_pairs, sizeof(pairs[0])), n_pairs
	};
	return ret->pairs == NULL ? -1 : 0;
}
