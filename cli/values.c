#include "values.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "clock.h"
#include "data/row.h"
#include "prometheus.h"
#include "table.h"
#include "words.h"

struct value_printer {
	enum cli_format format;
	bool color;
	bool averages; /* are asked for */
	struct buffer *out;
	struct table *table; /* of FORMAT_TABLE */
	/* Of FORMAT_PROMETHEUS, where the lines of one metric stand together.
	 */
	struct line *lines;
	size_t n_lines;
	size_t capacity;
};

struct line {
	char *text;
	size_t name; /* bytes of the metric's name in it */
	size_t order;
};

static const char *const titles[] = { "CLUSTER", "NODE", "PARAMETER", ">VALUE",
	"UNIT", "TIME", NULL };

struct value_printer *
value_printer_new(const struct cli *cli, struct buffer *out)
{
	struct value_printer *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		out->failed = true;
		return NULL;
	}
	p->format = cli->format;
	p->color = cli->color;
	p->averages = cli->step != NULL || cli->points != NULL ||
		      cli->level != NULL;
	p->out = out;
	if (p->format == FORMAT_TABLE)
		p->table = table_new(titles);
	else if (p->format == FORMAT_CSV)
		buffer_printf(out,
		    "farm,cluster,node,parameter,unit,time,value%s\n",
		    p->averages ? ",step,count,min,max,last" : "");
	return p;
}

/* --- for people --- */

/* Six digits are enough to look at; programs get all of them. */
static void
put_readable(struct buffer *out, const json_t *value)
{
	if (json_is_real(value))
		buffer_printf(out, "%.6g", json_real_value(value));
	else
		answer_scalar(out, value);
}

/* To the second; every value of a table is of about now. */
static void
put_second(struct buffer *out, const char *time)
{
	size_t n = strcspn(time, ".");

	buffer_put(out, time, n);
	if (time[n] != '\0')
		buffer_putc(out, 'Z');
}

static void
put_table(struct value_printer *p, const struct value_row *r)
{
	struct buffer value = BUFFER_INIT;
	struct buffer time = BUFFER_INIT;

	put_readable(&value, r->value);
	put_second(&time, r->time);
	table_cell(p->table, COLOR_NONE, answer_text(r->series, "cluster"));
	table_cell(p->table, COLOR_NONE, answer_text(r->series, "node"));
	table_cell(p->table, COLOR_NONE, answer_text(r->series, "parameter"));
	table_cell(p->table, COLOR_NONE, buffer_text(&value));
	table_cell(p->table, COLOR_NONE, answer_text(r->series, "unit"));
	table_cell(p->table, COLOR_NONE, buffer_text(&time));
	buffer_free(&value);
	buffer_free(&time);
}

/* --- CSV, RFC 4180 --- */

static void
put_csv_text(struct buffer *out, const char *text)
{
	if (strpbrk(text, "\",\r\n") == NULL) {
		buffer_puts(out, text);
		return;
	}
	buffer_putc(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buffer_putc(out, '"');
		buffer_putc(out, *text);
	}
	buffer_putc(out, '"');
}

/* Empty for what is a value; the step in seconds. */
static void
put_csv_average(struct buffer *out, const json_t *average)
{
	static const char *const keys[] = { "count", "min", "max", "last" };
	const json_t *step = json_object_get(average, "step_ns");
	size_t i;

	buffer_putc(out, ',');
	if (step != NULL)
		buffer_printf(out, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(step) / NS_PER_S);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		buffer_putc(out, ',');
		if (average != NULL)
			answer_scalar(out, json_object_get(average, keys[i]));
	}
}

static void
put_csv(struct value_printer *p, const struct value_row *r)
{
	struct buffer *out = p->out;
	static const char *const keys[] = { "farm", "cluster", "node",
		"parameter", "unit" };
	struct buffer value = BUFFER_INIT;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		put_csv_text(out, answer_text(r->series, keys[i]));
		buffer_putc(out, ',');
	}
	buffer_printf(out, "%s,", r->time);
	answer_scalar(&value, r->value);
	put_csv_text(out, buffer_text(&value));
	if (p->averages)
		put_csv_average(out, r->average);
	buffer_putc(out, '\n');
	buffer_free(&value);
}

/* --- InfluxDB line protocol --- */

static void
put_escaped(struct buffer *out, const char *text, const char *special)
{
	for (; *text != '\0'; text++) {
		if (strchr(special, *text) != NULL)
			buffer_putc(out, '\\');
		buffer_putc(out, *text);
	}
}

/* Strings stand for numbers that JSON cannot say. */
static void
put_influx_value(struct buffer *out, const struct value_row *r)
{
	if (strcmp(r->type, "text") == 0) {
		buffer_putc(out, '"');
		put_escaped(out, json_string_value(r->value), "\"\\");
		buffer_putc(out, '"');
		return;
	}
	answer_scalar(out, r->value);
	if (strcmp(r->type, "int64") == 0)
		buffer_putc(out, 'i');
	else if (strcmp(r->type, "uint64") == 0)
		buffer_putc(out, 'u');
}

static bool
influx_has(const struct value_row *r)
{
	return strcmp(r->type, "double") != 0 || !json_is_string(r->value);
}

static void
put_influx(struct buffer *out, const struct value_row *r)
{
	static const char *const tags[] = { "farm", "cluster", "node" };
	int64_t ns = 0;
	size_t i;

	if (!influx_has(r))
		return;
	put_escaped(out, answer_text(r->series, "parameter"), ", ");
	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		buffer_printf(out, ",%s=", tags[i]);
		put_escaped(out, answer_text(r->series, tags[i]), ",= ");
	}
	buffer_puts(out, " value=");
	put_influx_value(out, r);
	if (time_parse(r->time, 0, &ns, NULL) == 0)
		buffer_printf(out, " %" PRId64, ns);
	buffer_putc(out, '\n');
}

/* --- Prometheus text format 0.0.4 --- */

/* The series of an answer and its value, as numbers. */
static int
read_row(const struct value_row *r, struct row *ret)
{
	struct buffer text = BUFFER_INIT;
	int kind = kind_of_word(answer_text(r->series, "kind"));
	int rc;

	*ret = (struct row){
		.series = {
			.farm = answer_text(r->series, "farm"),
			.cluster = answer_text(r->series, "cluster"),
			.node = answer_text(r->series, "node"),
			.parameter = answer_text(r->series, "parameter"),
			.unit = answer_text(r->series, "unit"),
			.kind = kind < 0 ? FARM_GAUGE : (uint32_t)kind,
		},
	};
	answer_scalar(&text, r->value);
	rc = row_get_value(ret, r->type, buffer_text(&text), text.size, NULL);
	buffer_free(&text);
	return rc;
}

static bool
grow_lines(struct value_printer *p)
{
	size_t wanted = p->capacity * 2 + 256;
	struct line *grown;

	if (p->n_lines < p->capacity)
		return true;
	grown = reallocarray(p->lines, wanted, sizeof(*grown));
	if (grown == NULL)
		return false;
	p->lines = grown;
	p->capacity = wanted;
	return true;
}

static void
put_prometheus(struct value_printer *p, const struct value_row *r)
{
	struct buffer name = BUFFER_INIT;
	struct buffer text = BUFFER_INIT;
	struct line line = { .order = p->n_lines };
	struct row row;

	if (strcmp(r->type, "text") == 0 || read_row(r, &row) < 0)
		return;
	(void)prometheus_name(&name, &row.series);
	line.name = name.size;
	prometheus_put_sample(
	    &text, buffer_text(&name), &row.series, true, &row.value, 0, false);
	line.text = buffer_failed(&name) ? NULL : buffer_take(&text, NULL);
	buffer_free(&name);
	buffer_free(&text);
	if (line.text == NULL || !grow_lines(p)) {
		free(line.text);
		p->out->failed = true;
		return;
	}
	p->lines[p->n_lines++] = line;
}

static int
by_metric(const void *a, const void *b)
{
	const struct line *x = a;
	const struct line *y = b;
	size_t shorter = x->name < y->name ? x->name : y->name;
	int order = memcmp(x->text, y->text, shorter);

	if (order == 0 && x->name != y->name)
		order = x->name < y->name ? -1 : 1;
	if (order == 0)
		order = x->order < y->order ? -1 : 1;
	return order;
}

static void
put_lines(struct value_printer *p)
{
	size_t i;

	if (p->n_lines > 0)
		qsort(p->lines, p->n_lines, sizeof(*p->lines), by_metric);
	for (i = 0; i < p->n_lines; i++) {
		buffer_puts(p->out, p->lines[i].text);
		free(p->lines[i].text);
	}
}

/* --- all of them --- */

void
value_printer_put(struct value_printer *p, const struct value_row *r)
{
	if (p == NULL)
		return;
	switch (p->format) {
	case FORMAT_CSV:
		put_csv(p, r);
		break;
	case FORMAT_INFLUX:
		put_influx(p->out, r);
		break;
	case FORMAT_PROMETHEUS:
		put_prometheus(p, r);
		break;
	default:
		put_table(p, r);
	}
}

void
value_printer_free(struct value_printer *p)
{
	if (p == NULL)
		return;
	if (p->format == FORMAT_TABLE)
		table_print(p->table, p->out, p->color, 0);
	put_lines(p);
	table_free(p->table);
	free(p->lines);
	free(p);
}
