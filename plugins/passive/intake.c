#include "intake.h"

#include <string.h>

int
intake_open(struct intake *in, size_t most, int64_t attempts)
{
	in->rules = (struct check_rules){ .attempts = attempts };
	in->known = lru_new(most, sizeof(struct check_memory), NULL);
	return in->known == NULL ? -1 : 0;
}

void
intake_close(struct intake *in)
{
	lru_free(in->known, NULL);
	networks_free(&in->allowed);
}

void
intake_refuse(struct intake *in, enum outcome outcome, const struct place *from,
    const struct error *why)
{
	char text[INET6_ADDRSTRLEN];

	place_print(from, text);
	in->counts[outcome]++;
	error_set(&in->refusal, "%s: %s", text, why->text);
}

bool
intake_admits(struct intake *in, const struct place *from)
{
	struct error why;

	if (in->allowed.n == 0 || networks_find(&in->allowed, from) != NULL)
		return true;
	error_set(&why, "not allowed");
	intake_refuse(in, NOT_ALLOWED, from, &why);
	return false;
}

/* "HOST\nSERVICE" */
static struct check_memory *
remembered(
    struct intake *in, struct arena *arena, const struct passive_result *r)
{
	const char *key = arena_printf(arena, "%s\n%s", r->host, r->service);
	void *found;

	if (key == NULL)
		return NULL;
	found = lru_find(in->known, key, strlen(key));
	return found != NULL ? found
			     : lru_add(in->known, key, strlen(key), NULL);
}

/* A line that Nagios would split; NULL if memory is out. */
static char *
unescape(struct arena *arena, const char *text)
{
	char *copy = arena_strdup(arena, text), *to = copy;

	if (copy == NULL)
		return NULL;
	for (const char *from = copy; *from != '\0'; from++) {
		if (from[0] == '\\' && (from[1] == 'n' || from[1] == '\\')) {
			from++;
			*to++ = *from == 'n' ? '\n' : '\\';
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return copy;
}

static int
take(struct intake *in, struct sink *s, const struct place *from,
    const struct passive_result *r)
{
	const char *service = r->service[0] == '\0' ? "host" : r->service;
	struct check_memory *m = remembered(in, s->arena, r);
	char *output = unescape(s->arena, r->output);
	struct error why;

	s->prefix = arena_printf(s->arena, "%s_", service);
	if (m == NULL || output == NULL || s->prefix == NULL)
		return farm_fail(s->host, "out of memory");
	(void)check_said(s, &in->rules, m, r->state,
	    (struct slice){ output, strlen(output) });
	in->counts[TAKEN]++;
	if (sink_why(s, r->host, &why))
		intake_refuse(in, MALFORMED, from, &why);
	return s->rc;
}

int
intake_take(struct intake *in, struct farm_host *host, const struct place *from,
    const struct passive_result *r)
{
	struct sink s = {
		.host = host, .node = r->host, .arena = arena_new(0)
	};
	int rc;

	if (s.arena == NULL)
		return farm_fail(host, "out of memory");
	rc = take(in, &s, from, r);
	arena_free(s.arena);
	return rc;
}
