#include "results.h"

#include <string.h>

#include "perfdata_print.h"
#include "value.h"

#define STATE "state"
#define HARD_STATE "hard_state"
#define HOST_CHECK "host_"
/* Of a check that has no name of its own. */
#define NO_NAME "check"

static const char *
label_of(const struct farm_series *s, const char *name)
{
	for (size_t i = 0; i < s->n_labels; i++)
		if (strcmp(s->labels[i].name, name) == 0)
			return s->labels[i].value;
	return "";
}

static struct perfdata_bounds
bounds_of(const struct farm_series *s)
{
	return (struct perfdata_bounds){ label_of(s, "warn"),
		label_of(s, "crit"), label_of(s, "min"), label_of(s, "max") };
}

/* ---------------------------------------------------------------- names -- */

static const char *
name_of(
    const struct template *t, struct arena *arena, const struct farm_series *s)
{
	struct buffer b = BUFFER_INIT;
	const char *name = NULL;

	if (t == NULL)
		return "";
	template_print(t, &b, s, NULL, NULL);
	if (!buffer_failed(&b))
		name = arena_strdup(arena, buffer_text(&b));
	buffer_free(&b);
	return name;
}

/* Names are never cut, and mean nothing else. */
static int
check_name(const char *what, const char *name, size_t most, struct error *err)
{
	if (name == NULL)
		return error_set(err, "out of memory");
	if (strlen(name) > most)
		return error_set(err,
		    "\"%s\": the %s is longer than the %zu bytes that go "
		    "this way",
		    name, what, most);
	if (strpbrk(name, ";|\n\r\t") != NULL)
		return error_set(err,
		    "\"%s\": a %s with ; or | or a tab is nothing for Nagios",
		    name, what);
	return 0;
}

static int
make(struct arena *arena, const struct results_rules *r, const char *host,
    const char *service, int state, int64_t time_ns, struct buffer *output,
    struct passive **ret, struct error *err)
{
	struct passive *p = arena_alloc(arena, sizeof(*p));

	if (check_name("host", host, r->host_max, err) != 0 ||
	    check_name("service", service, r->service_max, err) != 0)
		return -1;
	if (host[0] == '\0')
		return error_set(err, "a host without a name");
	if (p == NULL || buffer_failed(output))
		return error_set(err, "out of memory");
	*p = (struct passive){ .host = host,
		.service = service,
		.output = arena_strdup(arena, buffer_text(output)),
		/* A host is up or down. */
		.state = service[0] == '\0' && state > 0 ? 1 : state,
		.time_ns = time_ns };
	if (p->output == NULL)
		return error_set(err, "out of memory");
	*ret = p;
	return 1;
}

/* ---------------------------------------------------------------- values -- */

static int
judge(const struct results_rules *r, double number)
{
	if (perfdata_alerts(&r->critical.range, number))
		return 2;
	return perfdata_alerts(&r->warning.range, number) ? 1 : 0;
}

int
results_value(const struct results_rules *r, struct arena *arena,
    const struct farm_series *s, const struct farm_value *v, int64_t time_ns,
    struct passive **ret, struct error *err)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL" };
	const struct perfdata_bounds bounds = { r->warning.text,
		r->critical.text, label_of(s, "min"), label_of(s, "max") };
	const char *unit = perfdata_unit(s->unit, s->kind);
	struct buffer b = BUFFER_INIT;
	double number;
	int state, rc;

	if (!value_number(v, &number))
		return 0;
	state = judge(r, number);
	buffer_printf(&b, "%s - ", words[state]);
	perfdata_put_text(&b, s->parameter, strlen(s->parameter));
	buffer_puts(&b, " is ");
	buffer_value(&b, v);
	if (s->unit[0] != '\0' && strcmp(s->unit, "1") != 0)
		buffer_printf(&b, " %s", s->unit);
	buffer_puts(&b, " | ");
	perfdata_put(&b, s->parameter, number, unit, &bounds);
	rc = make(arena, r, name_of(r->host, arena, s),
	    name_of(r->service, arena, s), state, time_ns, &b, ret, err);
	buffer_free(&b);
	return rc;
}

/* ---------------------------------------------------------------- checks -- */

static bool
ends_in(const char *text, size_t length, const char *end)
{
	size_t n = strlen(end);

	return length >= n && memcmp(text + length - n, end, n) == 0 &&
	       (length == n || text[length - n - 1] == '_');
}

/* Bytes of "HTTP_" in "HTTP_state"; -1 if it is no state. */
static ssize_t
prefix_length(const char *parameter)
{
	size_t length = strlen(parameter);

	if (!ends_in(parameter, length, STATE) ||
	    ends_in(parameter, length, HARD_STATE))
		return -1;
	return (ssize_t)(length - strlen(STATE));
}

/* A check as it stands in a record. */
struct found {
	struct farm_host *host;
	const struct farm_record *record;
	const char *prefix;
	size_t length;
	struct buffer text; /* the first line */
	struct buffer more;
	struct buffer data;
};

/* Does the parameter belong to another check, whose prefix is longer? */
static bool
is_of_another(const struct found *f, const char *parameter)
{
	for (uint32_t i = 0; i < f->record->n_values; i++) {
		const struct farm_series *s = farm_series_info(
		    f->host, f->record->values[i].series);
		ssize_t length = s == NULL ? -1 : prefix_length(s->parameter);

		if (length > (ssize_t)f->length &&
		    strncmp(s->parameter, parameter, (size_t)length) == 0)
			return true;
	}
	return false;
}

static bool
is_own(const char *rest)
{
	static const char *const names[] = { STATE, HARD_STATE, "attempt",
		"run_time" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(rest, names[i]) == 0)
			return true;
	return false;
}

static void
take(struct found *f, const struct farm_series *s, const struct farm_value *v)
{
	const char *rest = s->parameter + f->length;
	const struct perfdata_bounds bounds = bounds_of(s);
	double number;

	if (is_own(rest) || is_of_another(f, s->parameter))
		return;
	if (strcmp(rest, "output") == 0 && v->type == FARM_TEXT) {
		perfdata_put_text(&f->text, v->text, v->length);
	} else if (strcmp(rest, "long_output") == 0 && v->type == FARM_TEXT) {
		buffer_putc(&f->more, '\n');
		buffer_put(&f->more, v->text, v->length);
	} else if (value_number(v, &number)) {
		buffer_puts(&f->data, f->data.size > 0 ? " " : "");
		perfdata_put(&f->data, rest, number,
		    perfdata_unit(s->unit, s->kind), &bounds);
	}
}

/* All three, as far as Nagios reads them. */
static void
join(struct found *f)
{
	if (f->data.size > 0)
		buffer_printf(&f->text, " | %s", buffer_text(&f->data));
	if (f->text.size + f->more.size <= RESULTS_OUTPUT_MAX)
		buffer_puts(&f->text, buffer_text(&f->more));
}

static const char *
service_of(const struct found *f, struct arena *arena)
{
	if (strncmp(f->prefix, HOST_CHECK, f->length) == 0 &&
	    f->length == strlen(HOST_CHECK))
		return "";
	if (f->length == 0)
		return NO_NAME;
	return arena_strndup(arena, f->prefix, f->length - 1);
}

int
results_check(struct farm_host *host, const struct results_rules *r,
    struct arena *arena, const struct farm_record *record,
    const struct farm_value *v, struct passive **ret, struct error *err)
{
	const struct farm_series *s = farm_series_info(host, v->series), *other;
	ssize_t length = s == NULL ? -1 : prefix_length(s->parameter);
	struct found f = { .host = host, .record = record };
	double state;
	int rc;

	if (length < 0 || !value_number(v, &state) || state < 0 || state > 3)
		return 0;
	f.prefix = s->parameter;
	f.length = (size_t)length;
	for (uint32_t i = 0; i < record->n_values; i++) {
		other = farm_series_info(host, record->values[i].series);
		if (other != NULL &&
		    strncmp(other->parameter, f.prefix, f.length) == 0)
			take(&f, other, &record->values[i]);
	}
	join(&f);
	rc = make(arena, r, name_of(r->host, arena, s), service_of(&f, arena),
	    (int)state, record->time_ns, &f.text, ret, err);
	buffer_free(&f.text);
	buffer_free(&f.more);
	buffer_free(&f.data);
	return rc;
}
