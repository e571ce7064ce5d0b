/* What the farm knows, as numbers: last ones, or those of a while. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "check.h"
#include "clock.h"
#include "perfdata_print.h"
#include "words.h"

#define PAGE "100000"
/* More than this is no question for a check. */
#define READINGS_MAX 1000000

void
readings_free(struct readings *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->items[i].name);
		free(r->items[i].unit);
	}
	free(r->items);
	*r = (struct readings){ .items = NULL };
}

/* Integers beyond 2^53, NaN and the infinities come as strings. */
static bool
number_of(const json_t *value, double *ret)
{
	const char *text = json_string_value(value);
	char *end;

	if (json_is_number(value)) {
		*ret = json_number_value(value);
		return true;
	}
	if (json_is_boolean(value)) {
		*ret = json_is_true(value);
		return true;
	}
	if (text == NULL || text[0] == '\0')
		return false;
	*ret = strtod(text, &end);
	return *end == '\0' && !isnan(*ret);
}

/* Units as plugins write them. */
static char *
unit_of(const json_t *object)
{
	return strdup(perfdata_unit(answer_text(object, "unit"),
	    (uint32_t)kind_of_word(answer_text(object, "kind"))));
}

static char *
name_of(const json_t *object, size_t *ret_farm)
{
	struct buffer b = BUFFER_INIT;

	buffer_printf(&b, "%s/", answer_text(object, "farm"));
	*ret_farm = b.size;
	buffer_printf(&b, "%s/%s/%s", answer_text(object, "cluster"),
	    answer_text(object, "node"), answer_text(object, "parameter"));
	return buffer_take(&b, NULL);
}

/* A place for the next series; NULL with an error. */
static struct reading *
reading_new(struct readings *r, const json_t *object, struct error *err)
{
	struct reading *grown = r->items, *one;

	if (r->n == READINGS_MAX) {
		error_set(err, "more than %d series match", READINGS_MAX);
		return NULL;
	}
	if ((r->n & (r->n - 1)) == 0)
		grown = reallocarray(
		    r->items, r->n == 0 ? 1 : 2 * r->n, sizeof(*grown));
	if (grown == NULL)
		goto out_of_memory;
	r->items = grown;
	one = &r->items[r->n];
	*one = (struct reading){ .min = INFINITY, .max = -INFINITY };
	r->n++;
	one->name = name_of(object, &one->farm);
	one->unit = unit_of(object);
	if (one->name != NULL && one->unit != NULL)
		return one;
out_of_memory:
	error_set(err, "out of memory");
	return NULL;
}

static double
age_of(const char *time, int64_t now_ns)
{
	int64_t then_ns;

	if (time_parse(time, now_ns, &then_ns, NULL) != 0)
		return INFINITY;
	return then_ns > now_ns ? 0
				: (double)(now_ns - then_ns) / (double)NS_PER_S;
}

static void
add_number(struct reading *one, double number)
{
	one->min = fmin(one->min, number);
	one->max = fmax(one->max, number);
	one->sum += number;
	one->count++;
	one->last = number;
}

/* An average of a history stands for all that it is made of. */
static void
add_average(struct reading *one, double mean, const json_t *more)
{
	double count = fmax(answer_number(more, "count"), 1);

	one->min = fmin(one->min, answer_number(more, "min"));
	one->max = fmax(one->max, answer_number(more, "max"));
	one->sum += mean * count;
	one->count += count;
	one->last = answer_number(more, "last");
}

/* -- answers -- */

static int
take_value(
    struct readings *r, const json_t *value, int64_t now_ns, struct error *err)
{
	struct reading *one;
	double number;

	if (strcmp(answer_text(value, "type"), "text") == 0 ||
	    !number_of(json_object_get(value, "value"), &number)) {
		r->n_texts++;
		return 0;
	}
	one = reading_new(r, value, err);
	if (one == NULL)
		return -1;
	add_number(one, number);
	one->age_s = age_of(answer_text(value, "time"), now_ns);
	return 0;
}

static void
add_point(
    struct reading *one, const json_t *point, double number, int64_t now_ns)
{
	const char *time = json_string_value(json_array_get(point, 0));
	const json_t *more = json_array_get(point, 2);

	if (json_is_object(more))
		add_average(one, number, more);
	else
		add_number(one, number);
	one->age_s = age_of(time == NULL ? "" : time, now_ns);
}

/* Is it the same series as the last of the page before? */
static bool
goes_on(const struct readings *r, const json_t *series)
{
	size_t farm;
	char *name;
	bool same;

	if (r->n == 0)
		return false;
	name = name_of(series, &farm);
	same = name != NULL && strcmp(name, r->items[r->n - 1].name) == 0;
	free(name);
	return same;
}

/* A series without any number, as one of NaN, makes no reading. */
static int
take_series(
    struct readings *r, const json_t *series, int64_t now_ns, struct error *err)
{
	const json_t *points = json_object_get(series, "points");
	struct reading *one = NULL;
	double number;
	size_t i;

	if (strcmp(answer_text(series, "type"), "text") == 0) {
		r->n_texts += json_array_size(points);
		return 0;
	}
	if (goes_on(r, series))
		one = &r->items[r->n - 1];
	for (i = 0; i < json_array_size(points); i++) {
		const json_t *point = json_array_get(points, i);

		if (!number_of(json_array_get(point, 1), &number)) {
			r->n_texts++;
			continue;
		}
		if (one == NULL)
			one = reading_new(r, series, err);
		if (one == NULL)
			return -1;
		add_point(one, point, number, now_ns);
	}
	return 0;
}

static int
take_page(
    struct readings *r, const json_t *page, const char *key, struct error *err)
{
	const json_t *list = json_object_get(page, key);
	int64_t now_ns = clock_wall_ns();
	int rc = 0;

	if (!json_is_array(list))
		return error_set(err, "the answer has no \"%s\"", key);
	for (size_t i = 0; rc == 0 && i < json_array_size(list); i++)
		rc = list == json_object_get(page, "series")
			 ? take_series(r, json_array_get(list, i), now_ns, err)
			 : take_value(r, json_array_get(list, i), now_ns, err);
	return rc;
}

int
readings_ask(struct readings *r, const struct question *q, struct error *err)
{
	struct buffer from = BUFFER_INIT;
	json_t *page = NULL, *before = NULL; /* `after' is in it */
	const char *after = NULL;
	int rc = 0;

	if (q->over != NULL)
		buffer_printf(&from, "-%s", q->over);
	do {
		const struct client_argument arguments[] = {
			{ "predicate", q->predicate },
			{ "limit", PAGE },
			{ "after", after },
			{ "from", q->over == NULL ? NULL : buffer_text(&from) },
			{ NULL, NULL },
		};

		json_decref(before);
		before = page;
		page = NULL;
		rc = client_get_from(&q->door,
		    q->over == NULL ? "/v1/latest" : "/v1/history", arguments,
		    &page, err);
		if (rc != 0)
			break;
		rc = take_page(
		    r, page, q->over == NULL ? "values" : "series", err);
		after = json_string_value(json_object_get(page, "next"));
	} while (rc == 0 && after != NULL);
	json_decref(before);
	json_decref(page);
	buffer_free(&from);
	return rc;
}
