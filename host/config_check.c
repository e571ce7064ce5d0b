#include "config_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "clock.h"
#include "tls.h"
#include "yaml.h"

/* What the contract grants check(). */
#define CHECK_NS (10 * NS_PER_S)

/* One instance's module is asked. */
struct asking {
	struct call call; /* first */
	const struct instance_config *instance;
	struct problems *problems;
};

/* ":12" of ":12:7: text"; the number, 0 if there is none. */
static uint32_t
take_number(const char **at)
{
	unsigned long number;
	char *end;

	if ((*at)[0] != ':' || (*at)[1] < '1' || (*at)[1] > '9')
		return 0;
	number = strtoul(*at + 1, &end, 10);
	if (*end != ':' || number > UINT32_MAX)
		return 0;
	*at = end;
	return (uint32_t)number;
}

/* "FILE:LINE:COLUMN: "; the text behind it, NULL if it does not begin so. */
static const char *
take_file(const char *text, struct farm_tree *ret, char **ret_file)
{
	const char *colon, *at;

	for (colon = strchr(text, ':'); colon != NULL;
	     colon = strchr(colon + 1, ':')) {
		at = colon;
		ret->line = take_number(&at);
		ret->column = ret->line != 0 ? take_number(&at) : 0;
		if (ret->column != 0 && at[1] == ' ')
			break;
	}
	if (colon == NULL || colon == text)
		return NULL;
	*ret_file = strndup(text, (size_t)(colon - text));
	ret->file = *ret_file;
	return *ret_file != NULL ? at + 2 : NULL;
}

/* "[2]" of "profile[2]: text": that one of a list's or map's members. */
static const struct farm_tree *
member_of(const struct farm_tree *list, const char *brackets)
{
	unsigned long i;
	char *end;

	i = strtoul(brackets + 1, &end, 10);
	if (strncmp(end, "]:", 2) != 0)
		return NULL;
	return i < list->n_children ? list->children[i] : list;
}

/* "OPTION: " or "OPTION[N]: "; what is not configured has no place. */
static const struct farm_tree *
find_option(const struct farm_tree *options, const char *text)
{
	size_t i, length = strcspn(text, ":[ ");
	const struct farm_tree *child;

	for (i = 0; options != NULL && i < options->n_children; i++) {
		child = options->children[i];
		if (strncmp(child->key, text, length) != 0 ||
		    child->key[length] != '\0')
			continue;
		if (text[length] == '[')
			return member_of(child, text + length);
		return text[length] == ':' ? child : NULL;
	}
	return NULL;
}

static void
add(struct asking *a, bool warning, const char *text)
{
	struct farm_tree place = { .kind = FARM_SCALAR };
	const struct farm_tree *option;
	char *file = NULL;
	const char *rest = take_file(text, &place, &file);

	if (rest == NULL) {
		option = find_option(a->instance->tree, text);
		place = option != NULL ? *option : *a->instance->place;
		rest = text;
	}
	if (warning)
		warning_at(a->problems, &place, "%s", rest);
	else
		problem_at(a->problems, &place, "%s", rest);
	free(file);
}

static void
add_formatted(struct asking *a, bool warning, const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0) {
		problem_at(a->problems, a->instance->place, "out of memory");
		return;
	}
	add(a, warning, text);
	free(text);
}

static int
check_fail(struct farm_host *host, const char *format, va_list args)
{
	struct asking *a = (struct asking *)host;

	a->call.failed = true;
	add_formatted(a, false, format, args);
	return -1;
}

static void
check_log(struct farm_host *host, int level, const char *format, va_list args)
{
	if (level == FARM_WARNING)
		add_formatted((struct asking *)host, true, format, args);
}

/* A filter of ours without check(): what its open() says, of a state that is
   thrown away. */
static int
try_filter(struct farm_host *host, const struct instance_config *c)
{
	const struct farm_descriptor *d = &c->module->descriptor;
	void *state = calloc(1, d->state_size + 1);
	int rc;

	if (state == NULL)
		return farm_fail(host, "out of memory");
	if (d->state_size > 0)
		memcpy(state, c->options, d->state_size);
	rc = d->open(host, state);
	if (d->close != NULL)
		d->close(host, state);
	free(state);
	return rc;
}

static bool
can_be_asked(const struct instance_config *c, enum check_whom whom)
{
	const struct module *m = c->module;

	if (!c->enabled)
		return false;
	if (m->descriptor.check != NULL)
		return whom == CHECK_ALL || m->ours;
	return m->role == FARM_FILTER && m->ours && m->descriptor.open != NULL;
}

static void
ask(const struct instance_config *c, struct problems *problems)
{
	struct farm_host_ops ops = call_ops;
	struct asking a = { .instance = c, .problems = problems };
	int rc;

	ops.fail = check_fail;
	ops.log = check_log;
	call_init(&a.call, &ops, NULL);
	a.call.deadline_mono_ns = clock_mono_ns() + CHECK_NS;
	if (c->module->descriptor.check != NULL)
		rc = c->module->descriptor.check(&a.call.host, c->options);
	else
		rc = try_filter(&a.call.host, c);
	if (rc != 0 && !a.call.failed)
		add(&a, false, "it failed without saying why");
}

static void
ask_all(const struct instance_config *all, size_t n, enum check_whom whom,
    struct problems *problems)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (can_be_asked(&all[i], whom))
			ask(&all[i], problems);
}

int
config_check(
    const struct config *c, enum check_whom whom, struct problems *problems)
{
	size_t before = problems->n_errors;
	struct error err;

	if (c->http.tls_tree != NULL && tls_check(&c->http.tls, &err) < 0)
		problem_at(problems, c->http.tls_tree, "%s", err.text);
	ask_all(c->collectors, c->n_collectors, whom, problems);
	ask_all(c->filters, c->n_filters, whom, problems);
	ask_all(c->writers, c->n_writers, whom, problems);
	problems_sort(problems);
	return problems->n_errors == before ? 0 : -1;
}
