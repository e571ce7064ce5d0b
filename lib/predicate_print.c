#include <string.h>

#include "clock.h"
#include "predicate.h"
#include "predicate_text.h"

/* Would a space here end a name? */
static bool
ends_name(const char *start, const char *p)
{
	return p == start || p[1] == '\0' ||
	       strncasecmp(p, " between ", 9) == 0;
}

/* A pattern so that it is read as one. */
static void
print_pattern(struct buffer *b, const char *pattern, uint32_t flags)
{
	bool raw = predicate_is_raw(pattern, flags);
	size_t function = 0; /* bytes that would be read as one */
	const char *p;

	if (predicate_function(pattern, &function) == FARM_LATEST)
		function = 0;
	if (*pattern == '\0')
		buffer_putc(b, '*');
	for (p = pattern; *p != '\0'; p++) {
		if (*p == '\\' && !raw && p[1] != '\0') {
			buffer_put(b, p++, 2);
			continue;
		}
		if (strchr(PREDICATE_SPECIAL "\\", *p) != NULL ||
		    (*p == ' ' && ends_name(pattern, p)) ||
		    (!raw && p + 1 == pattern + function))
			buffer_putc(b, '\\');
		buffer_putc(b, *p);
	}
}

static void
print_number(struct buffer *b, double number)
{
	const struct farm_value v = farm_double(number);

	buffer_value(b, &v);
}

static void
print_constraint(
    struct buffer *b, const struct farm_constraint *c, uint32_t flags)
{
	static const char *const comparisons[] = { "", "<", "<=", "=", "<>",
		">=", ">", " between " };

	if (c->function != FARM_LATEST)
		buffer_printf(b, "%s(", predicate_function_name(c->function));
	print_pattern(b, c->parameter, flags);
	if (c->function != FARM_LATEST) {
		buffer_putc(b, ',');
		duration_print(b, c->window_ns);
		buffer_putc(b, ')');
	}
	buffer_puts(b, comparisons[c->comparison]);
	print_number(b, c->low);
	if (c->comparison == FARM_BETWEEN) {
		buffer_puts(b, " and ");
		print_number(b, c->high);
	}
}

static size_t
parameter_index(const struct farm_predicate *p, const char *pattern)
{
	size_t i;

	for (i = 0; i < p->n_parameters; i++)
		if (strcmp(p->parameters[i], pattern) == 0)
			break;
	return i;
}

/* Parameters in their order, constraints in theirs: reading a constraint adds
   its parameter, so only those before it are needed. */
static void
print_items(struct buffer *b, const struct farm_predicate *p)
{
	const char *bar = "";
	size_t next = 0, i, index;

	for (i = 0; i <= p->n_constraints; i++) {
		index = i == p->n_constraints
			    ? p->n_parameters
			    : parameter_index(p, p->constraints[i].parameter);
		for (; next < index && next < p->n_parameters; next++) {
			buffer_puts(b, bar);
			print_pattern(b, p->parameters[next], p->flags);
			bar = "|";
		}
		if (i == p->n_constraints)
			break;
		buffer_puts(b, bar);
		print_constraint(b, &p->constraints[i], p->flags);
		bar = "|";
		if (index == next)
			next++;
	}
	/* No name is empty: this takes nothing. */
	if (bar[0] == '\0')
		buffer_puts(b, "re:^$");
}

static void
print_ms(struct buffer *b, int64_t ns)
{
	uint64_t absolute = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	uint64_t fraction = absolute % (uint64_t)NS_PER_MS;

	buffer_printf(b, "%s%llu", ns < 0 ? "-" : "",
	    (unsigned long long)(absolute / (uint64_t)NS_PER_MS));
	if (fraction != 0)
		buffer_printf(b, ".%06llu", (unsigned long long)fraction);
}

static bool
times_needed(const struct farm_predicate *p)
{
	int64_t ns;
	bool unit;

	return p->from_ns != PREDICATE_FROM_DEFAULT_NS ||
	       (p->flags & FARM_FOLLOW) == 0 ||
	       (p->n_parameters > 0 &&
		   predicate_time(p->parameters[0], &ns, &unit) != 0);
}

static void
print_times(struct buffer *b, const struct farm_predicate *p)
{
	print_ms(b, p->from_ns);
	buffer_putc(b, '/');
	if ((p->flags & FARM_FOLLOW) != 0)
		buffer_puts(b, "-1");
	else if (p->to_ns < 0)
		duration_print(b, p->to_ns);
	else
		print_ms(b, p->to_ns);
	buffer_putc(b, '/');
}

void
predicate_print(struct buffer *b, const struct farm_predicate *p)
{
	print_pattern(b, p->farm, p->flags);
	buffer_putc(b, '/');
	print_pattern(b, p->cluster, p->flags);
	buffer_putc(b, '/');
	print_pattern(b, p->node, p->flags);
	buffer_putc(b, '/');
	if (times_needed(p))
		print_times(b, p);
	print_items(b, p);
}
