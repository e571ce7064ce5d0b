#include "faults.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define ADDRESS_TEXT 64 /* the longest "A-B" has 31 characters */

const struct fault_name fault_names[FAULTS] = {
	[FAULT_DEAD] = { "dead", NULL, "do not answer" },
	[FAULT_SLOW] = { "slow", "DURATION", "answer that much later" },
	[FAULT_TOO_BIG] = { "too-big", "N",
	    "say tooBig if asked for more than N varbinds" },
	[FAULT_WRAP] = { "wrap", "DURATION",
	    "all counters wrap that long after the start" },
	[FAULT_RESTART] = { "restart", "DURATION",
	    "restart, again and again after that long" },
	[FAULT_TRUNCATED] = { "truncated", NULL, "send half of each answer" },
	[FAULT_GARBAGE] = { "garbage", NULL, "send random bytes" },
	[FAULT_WRONG_SOURCE] = { "wrong-source", NULL,
	    "answer from a neighbour's address" },
	[FAULT_DUPLICATE] = { "duplicate", NULL, "answer twice" },
	[FAULT_V1] = { "v1-only", NULL, "are silent to v2c and v3" },
	[FAULT_LOOP] = { "loop", NULL, "go round in circles in GetNext" },
	[FAULT_LOSS] = { "loss", NULL, "of all requests are lost" },
	[FAULT_LATE] = { "late", "DURATION",
	    "of all answers come that much later" },
};

/* -------------------------------------------------------------- parsing -- */

static int
parse_address(const char *text, uint32_t *ret, struct error *err)
{
	struct in_addr in;

	if (inet_pton(AF_INET, text, &in) != 1)
		return error_set(err, "\"%s\" is no IPv4 address", text);
	*ret = ntohl(in.s_addr);
	return 0;
}

static int
parse_prefix(const char *text, struct fault_range *r, struct error *err)
{
	char *end;
	unsigned long bits;
	uint32_t below;

	bits = strtoul(text, &end, 10);
	if (end == text || *end != '\0' || bits > 32)
		return error_set(err, "\"%s\" is no length of a prefix", text);
	below = bits == 0 ? UINT32_MAX : (UINT32_C(1) << (32 - bits)) - 1;
	r->from &= ~below;
	r->to = r->from | below;
	return 0;
}

static int
parse_range(char *text, struct fault_range *ret, struct error *err)
{
	char *dash = strchr(text, '-'), *slash = strchr(text, '/');
	char *cut = dash != NULL ? dash : slash;

	if (cut != NULL)
		*cut++ = '\0';
	if (parse_address(text, &ret->from, err) != 0)
		return -1;
	ret->to = ret->from;
	if (cut == NULL)
		return 0;
	return dash != NULL ? parse_address(cut, &ret->to, err)
			    : parse_prefix(cut, ret, err);
}

static int
add_range(
    struct fault_case *c, const char *text, size_t length, struct error *err)
{
	char one[ADDRESS_TEXT];
	struct fault_range *more;

	if (length >= sizeof(one))
		return error_set(err, "\"%s\" is no address", text);
	memcpy(one, text, length);
	one[length] = '\0';
	more = realloc(c->ranges, (c->n_ranges + 1) * sizeof(*more));
	if (more == NULL)
		return error_set(err, "out of memory");
	c->ranges = more;
	if (parse_range(one, &more[c->n_ranges], err) != 0)
		return -1;
	c->n_ranges++;
	return 0;
}

static int
parse_share(
    struct fault_case *c, const char *text, size_t length, struct error *err)
{
	char *end;
	double percent = strtod(text, &end);

	if (end != text + length - 1 || !(percent >= 0 && percent <= 100))
		return error_set(
		    err, "\"%s\" is no share from 0%% to 100%%", text);
	c->all = percent >= 100;
	c->share = c->all ? 0 : (uint32_t)(percent / 100 * 4294967296.0);
	return 0;
}

static int
parse_who(struct fault_case *c, enum fault fault, const char *text,
    size_t length, struct error *err)
{
	size_t n;

	if (length > 0 && text[length - 1] == '%')
		return parse_share(c, text, length, err);
	if (fault >= FAULT_LOSS)
		return error_set(err, "\"%s\" is no share such as 5%%", text);
	while (length > 0) {
		n = strcspn(text, ",:");
		if (add_range(c, text, n, err) != 0)
			return -1;
		n += n < length;
		text += n;
		length -= n;
	}
	return 0;
}

static int
parse_argument(struct fault_case *c, const struct fault_name *name,
    const char *text, struct error *err)
{
	char *end;

	if (strcmp(name->argument, "DURATION") == 0) {
		if (duration_parse(text, &c->argument, err) != 0)
			return -1;
		if (c->argument < 0)
			return error_set(err, "\"%s\" is negative", text);
		return 0;
	}
	errno = 0;
	c->argument = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || c->argument < 0)
		return error_set(err, "\"%s\" is no number", text);
	return 0;
}

int
faults_parse(
    struct faults *f, enum fault fault, const char *text, struct error *err)
{
	const struct fault_name *name = &fault_names[fault];
	struct fault_case *c = &f->cases[fault];
	size_t length = strcspn(text, ":");

	if ((text[length] == ':') != (name->argument != NULL)) {
		error_set(err,
		    name->argument == NULL ? "takes no argument"
					   : "WHO:%s is needed",
		    name->argument);
		return error_prefix(err, "--%s %s", name->name, text);
	}
	if (parse_who(c, fault, text, length, err) != 0 ||
	    (name->argument != NULL &&
		parse_argument(c, name, text + length + 1, err) != 0))
		return error_prefix(err, "--%s", name->name);
	return 0;
}

void
faults_free(struct faults *f)
{
	size_t i;

	for (i = 0; i < FAULTS; i++)
		free(f->cases[i].ranges);
	memset(f->cases, 0, sizeof(f->cases));
}

/* -------------------------------------------------------------- judging -- */

/*
 * Multiples of the golden ratio fill the circle evenly: of any n neighbours a
 * share is struck that differs from n times the share by two or so.
 */
static bool
in_share(const struct fault_case *c, enum fault fault, uint32_t address)
{
	uint32_t place = address * 2654435769u + (uint32_t)fault * 805306457u;

	return c->all || place < c->share;
}

bool
faults_strike(const struct faults *f, enum fault fault, uint32_t address)
{
	const struct fault_case *c = &f->cases[fault];
	size_t i;

	if (in_share(c, fault, address))
		return true;
	for (i = 0; i < c->n_ranges; i++)
		if (address >= c->ranges[i].from && address <= c->ranges[i].to)
			return true;
	return false;
}

/* splitmix64 */
uint64_t
faults_random(struct faults *f)
{
	uint64_t z = f->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

bool
faults_happen(struct faults *f, enum fault fault)
{
	const struct fault_case *c = &f->cases[fault];

	if (c->share == 0)
		return c->all;
	return (uint32_t)faults_random(f) < c->share;
}
