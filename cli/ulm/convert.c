/* Events as JSON lines, as XML, or in InfluxDB's line protocol. */
#include <stdlib.h>

#include "events.h"
#include "influx.h"
#include "number.h"

/* Numbers of more digits are texts in JSON: few readers keep them. */
#define DIGITS_MAX 15

struct converter {
	const struct conversion *to;
	struct buffer out;
	struct buffer text; /* of a field */
	struct ulm_field *fields;
	size_t capacity;
};

struct conversion {
	const char *name;
	const char *head;
	const char *foot;
	/* The event goes to `out'; -1 with the reason if it cannot be said. */
	int (*put)(
	    struct converter *, const struct ulm_event *, struct error *);
};

static struct slice
plain(struct converter *c, const struct ulm_field *f)
{
	return f->escaped ? ulm_plain(&c->text, f->value) : f->value;
}

/* --- JSON --- */

/* By their names, equal ones in the order in which they stand. */
static int
compare(const void *left, const void *right)
{
	const struct ulm_field *a = left, *b = right;
	size_t shorter = a->name.length < b->name.length ? a->name.length
							 : b->name.length;
	int order = memcmp(a->name.text, b->name.text, shorter);

	if (order != 0)
		return order;
	if (a->name.length != b->name.length)
		return a->name.length < b->name.length ? -1 : 1;
	return a->name.text < b->name.text ? -1 : 1;
}

static bool
same_name(const struct ulm_field *a, const struct ulm_field *b)
{
	return a->name.length == b->name.length &&
	       memcmp(a->name.text, b->name.text, a->name.length) == 0;
}

/* One that JSON can say digit by digit, so that it is what was written. */
static bool
is_json_number(struct slice s)
{
	size_t i = s.length > 0 && s.text[0] == '-', first = i, points = 0;

	if (s.length - first > DIGITS_MAX || s.length == first)
		return false;
	for (; i < s.length; i++) {
		if (s.text[i] == '.' && i > first && i + 1 < s.length)
			points++;
		else if (s.text[i] < '0' || s.text[i] > '9')
			return false;
	}
	return points <= 1 && (s.text[first] != '0' || s.length == first + 1 ||
				  s.text[first + 1] == '.');
}

static void
put_json_value(struct converter *c, const struct ulm_field *f)
{
	struct slice value = plain(c, f);

	if (!f->quoted && !ulm_is_required(f->name) && is_json_number(value))
		buffer_put(&c->out, value.text, value.length);
	else
		buffer_json_string(&c->out, value.text, value.length);
}

static int
read_fields(struct converter *c, struct ulm_event walk, struct error *err)
{
	struct ulm_field *more;
	size_t n;

	if (walk.n_fields > c->capacity) {
		more = realloc(c->fields, walk.n_fields * sizeof(*more));
		if (more == NULL)
			return error_set(err, "out of memory");
		c->fields = more;
		c->capacity = walk.n_fields;
	}
	for (n = 0; ulm_next(&walk, &c->fields[n]); n++)
		;
	qsort(c->fields, n, sizeof(*c->fields), compare);
	return 0;
}

/* An object; what is there several times is a list. */
static int
put_json(struct converter *c, const struct ulm_event *e, struct error *err)
{
	size_t i, k;

	if (read_fields(c, *e, err) != 0)
		return -1;
	for (i = 0; i < e->n_fields; i = k) {
		for (k = i + 1;
		     k < e->n_fields && same_name(&c->fields[i], &c->fields[k]);
		     k++)
			;
		buffer_puts(&c->out, i == 0 ? "{" : ",");
		buffer_json_string(
		    &c->out, c->fields[i].name.text, c->fields[i].name.length);
		buffer_puts(&c->out, k > i + 1 ? ":[" : ":");
		for (size_t j = i; j < k; j++) {
			if (j > i)
				buffer_putc(&c->out, ',');
			put_json_value(c, &c->fields[j]);
		}
		if (k > i + 1)
			buffer_putc(&c->out, ']');
	}
	buffer_putc(&c->out, '}');
	return 0;
}

/* --- XML --- */

static int
put_xml(struct converter *c, const struct ulm_event *e, struct error *err)
{
	(void)err;
	ulm_put_xml(&c->out, *e);
	return 0;
}

/* --- InfluxDB --- */

static int
put_tag(struct converter *c, struct influx_line *line, const char *name,
    struct slice value, struct error *err)
{
	const struct ulm_field f = { .value = value, .escaped = true };

	return influx_put_tag(
	    line, (struct slice){ name, strlen(name) }, plain(c, &f), err);
}

static int
put_influx_field(struct converter *c, struct influx_line *line,
    const struct ulm_field *f, struct error *err)
{
	struct slice text = plain(c, f);
	struct farm_value value = farm_text(text.text, text.length);
	double number;

	if (!f->quoted && number_parse(text, &number))
		value = farm_double(number);
	return influx_put_field(line, f->name, &value, err);
}

/* PROG is the measurement; HOST, LVL and NL.EVNT are tags. */
static int
put_influx(struct converter *c, const struct ulm_event *e, struct error *err)
{
	const struct ulm_field prog = { .value = e->prog, .escaped = true };
	struct ulm_event walk = *e;
	struct ulm_field f;
	struct influx_line line;

	if (influx_begin(&line, &c->out, plain(c, &prog), err) != 0 ||
	    put_tag(c, &line, "host", e->host, err) != 0 ||
	    put_tag(c, &line, "level", e->level, err) != 0)
		return -1;
	if (ulm_find(walk, "NL.EVNT", &f) &&
	    put_tag(c, &line, "event", f.value, err) != 0)
		return -1;
	while (ulm_next(&walk, &f))
		if (!ulm_is_required(f.name) && !slice_is(f.name, "NL.EVNT") &&
		    put_influx_field(c, &line, &f, err) != 0)
			return -1;
	/* A line needs one: that it happened is all there is to say. */
	if (line.n_fields == 0 &&
	    influx_put_field(&line, (struct slice){ "count", 5 },
		&(struct farm_value){ .type = FARM_INT64, .int64 = 1 },
		err) != 0)
		return -1;
	(void)influx_end(&line, e->time_ns);
	/* The newline is the writer's. */
	c->out.size--;
	return 0;
}

/* --- all --- */

static const struct conversion conversions[] = {
	{ "json", NULL, NULL, put_json },
	{ "xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<events>",
	    "</events>", put_xml },
	{ "influx", NULL, NULL, put_influx },
};

static const struct conversion *
conversion_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(conversions) / sizeof(conversions[0]); i++)
		if (name != NULL && strcmp(conversions[i].name, name) == 0)
			return &conversions[i];
	return NULL;
}

static int
take(void *cookie, const struct events *e, struct error *err)
{
	struct converter *c = cookie;
	struct error why;

	buffer_clear(&c->out);
	if (c->to->put(c, &e->event, &why) != 0) {
		e->ulm->bad++;
		cli_fail(&e->ulm->cli, 0, "%s:%llu: %s", e->reader.name,
		    (unsigned long long)e->reader.line, why.text);
		return 0;
	}
	if (buffer_failed(&c->out) || buffer_failed(&c->text))
		return error_set(err, "out of memory");
	return ulm_write((struct slice){ c->out.data, c->out.size }, err);
}

static int
put_text(const char *text, struct error *err)
{
	return text == NULL
		   ? 0
		   : ulm_write((struct slice){ text, strlen(text) }, err);
}

int
ulm_convert(struct ulm_cli *ulm, int argc, char **argv, struct error *err)
{
	struct converter c = { .to = conversion_of(ulm->format) };
	int status;

	if (c.to == NULL)
		return error_set(err,
		    "--format says what events become: json, xml or influx");
	status = put_text(c.to->head, err);
	if (status == 0)
		status = events_each(ulm, argc, argv, take, &c, err);
	if (status == 0)
		status = put_text(c.to->foot, err);
	buffer_free(&c.out);
	buffer_free(&c.text);
	free(c.fields);
	return status;
}
