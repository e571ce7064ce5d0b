/*
 * mariadb_write.c - a batch on its way in, in few round trips.
 */
#include "mariadb.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

/* -- series -- */

static int
send_strangers(struct store *s, const struct stranger *strangers, size_t n,
    struct arena *arena, struct error *err)
{
	struct bulk *b = s->bulk;
	int status;

	status = bulk_begin(s,
	    "INSERT INTO strangers VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
	    "ittttttt", err);
	for (size_t i = 0; status == STORE_OK && i < n; i++) {
		const struct farm_series *names = strangers[i].names;
		struct buffer json = BUFFER_INIT;
		const char *texts[7] = { names->farm, names->cluster,
			names->node, names->parameter,
			store_kind_name(names->kind), names->unit };

		store_put_labels(&json, names);
		texts[6] = buffer_failed(&json)
			       ? NULL
			       : arena_strdup(arena, buffer_text(&json));
		buffer_free(&json);
		if (texts[6] == NULL) {
			error_set(err, "%s: out of memory", s->name);
			return STORE_AGAIN;
		}
		bulk_integer(b, 0, (int64_t)i);
		for (size_t k = 0; k < 7; k++)
			bulk_bytes(b, k + 1, texts[k], strlen(texts[k]));
		status = bulk_row(s, err);
	}
	return status == STORE_OK ? bulk_end(s, NULL, err) : status;
}

static const char *const make_series[] = {
	"UPDATE strangers SET digest = unhex(sha2(concat(farm, char(0),"
	" cluster, char(0), node, char(0), parameter), 256))",
	"UPDATE series AS s JOIN strangers AS x ON s.digest = x.digest"
	" SET s.kind = x.kind, s.unit = x.unit, s.labels = x.labels",
	"INSERT INTO series (farm, cluster, node, parameter, kind, unit,"
	" labels, digest) SELECT x.farm, x.cluster, x.node, x.parameter,"
	" x.kind, x.unit, x.labels, x.digest FROM strangers AS x"
	" LEFT JOIN series AS s ON s.digest = x.digest WHERE s.id IS NULL"
	" ON DUPLICATE KEY UPDATE kind = x.kind, unit = x.unit,"
	" labels = x.labels",
};

static int
find_ids(
    struct store *s, struct stranger *strangers, size_t n, struct error *err)
{
	MYSQL_RES *found;
	MYSQL_ROW row;
	size_t i = 0;
	int status;

	status = my_ask(s,
	    "SELECT s.id FROM strangers AS x JOIN series AS s"
	    " ON s.digest = x.digest ORDER BY x.n",
	    &found, err);
	if (status != STORE_OK)
		return status;
	while (i < n && (row = mysql_fetch_row(found)) != NULL)
		strangers[i++].id = strtoll(row[0], NULL, 10);
	mysql_free_result(found);
	if (i == n)
		return STORE_OK;
	error_set(err, "%s: series are missing", s->name);
	return STORE_AGAIN;
}

int
my_series(
    struct store *s, struct stranger *strangers, size_t n, struct error *err)
{
	struct arena *arena = arena_new(0);
	int status;

	if (arena == NULL) {
		error_set(err, "%s: out of memory", s->name);
		return STORE_AGAIN;
	}
	status = my_do(s, "DELETE FROM strangers", err);
	if (status == STORE_OK)
		status = send_strangers(s, strangers, n, arena, err);
	for (size_t i = 0; status == STORE_OK && i < 3; i++)
		status = my_do(s, make_series[i], err);
	if (status == STORE_OK)
		status = find_ids(s, strangers, n, err);
	arena_free(arena);
	return status;
}

/* -- rows -- */

/* What a column of doubles gives back as it was: not -0, NaN, infinities. */
static bool
is_plain(double number)
{
	return isfinite(number) && (number != 0 || !signbit(number));
}

/* Number, bits and bytes: one of them is not NULL. */
static void
put_value(struct bulk *b, const struct farm_value *v)
{
	const bool text = v->type == FARM_TEXT;
	const bool number = v->type == FARM_DOUBLE && is_plain(v->number);

	if (number)
		bulk_number(b, 5, v->number);
	else
		bulk_null(b, 5);
	if (text || number)
		bulk_null(b, 6);
	else
		bulk_integer(
		    b, 6, v->type == FARM_BOOLEAN ? v->boolean : v->int64);
	if (text)
		bulk_bytes(b, 7, v->text, v->length);
	else
		bulk_null(b, 7);
}

int
my_put_sample(struct store *s, const struct sample *sample, int64_t item,
    struct error *err)
{
	struct bulk *b = s->bulk;

	bulk_integer(b, 0, sample->series);
	bulk_integer(b, 1, sample->record->time_ns);
	bulk_integer(b, 2, (int64_t)sample->record->position);
	bulk_integer(b, 3, item);
	bulk_integer(b, 4, sample->value->type);
	put_value(b, sample->value);
	return bulk_row(s, err);
}

static int
put_sample(struct store *s, const struct sample *sample, struct error *err)
{
	return my_put_sample(s, sample, (int64_t)sample_item(sample), err);
}

/* Rows that are there already count for nothing when they change nothing. */
static const char add_sample[] =
    "INSERT INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE series = series";

/* The time goes last: the others ask whether it is newer. */
#define NEWER                                                                  \
	"VALUES(time) > time OR"                                               \
	" (VALUES(time) = time AND VALUES(position) >= position)"
#define IF_NEWER(COLUMN)                                                       \
	COLUMN " = IF(" NEWER ", VALUES(" COLUMN "), " COLUMN ")"
static const char add_newest[] =
    "INSERT INTO newest VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE " IF_NEWER("item") "," IF_NEWER("type") "," IF_NEWER(
	"number") "," IF_NEWER("bits") "," IF_NEWER("bytes") "," IF_NEWER("posi"
									  "tio"
									  "n") "," IF_NEWER("time");

static int
add_samples(struct store *s, struct load *l, struct error *err)
{
	const struct sample *sample = l->samples, *end = sample + l->n_samples;
	size_t added = 0;
	int status;

	store_sort(l);
	status = bulk_begin(s, add_sample, "iiiiidib", err);
	for (; status == STORE_OK && sample < end; sample++)
		status = put_sample(s, sample, err);
	if (status == STORE_OK)
		status = bulk_end(s, &added, err);
	if (status == STORE_OK)
		status = bulk_begin(s, add_newest, "iiiiidib", err);
	for (sample = l->samples; status == STORE_OK && sample < end; sample++)
		if (sample + 1 == end || sample[1].series != sample->series)
			status = put_sample(s, sample, err);
	if (status == STORE_OK)
		status = bulk_end(s, NULL, err);
	l->n_rows += l->n_samples;
	l->n_added += added;
	return status;
}

/* `type' is borrowed until the rows are sent. */
static int
put_record(struct store *s, const struct farm_record *r, const char *type,
    struct error *err)
{
	struct bulk *b = s->bulk;

	bulk_integer(b, 0, r->time_ns);
	bulk_integer(b, 1, (int64_t)r->position);
	bulk_bytes(b, 2, type, strlen(type));
	bulk_bytes(b, 3, r->instance, strlen(r->instance));
	bulk_bytes(b, 4, r->payload, r->payload_size);
	return bulk_row(s, err);
}

static int
add_records(struct store *s, struct load *l, struct error *err)
{
	char(*numbers)[8] = calloc(l->n_records, sizeof(*numbers));
	size_t added = 0;
	int status;

	if (numbers == NULL) {
		error_set(err, "%s: out of memory", s->name);
		return STORE_AGAIN;
	}
	status = bulk_begin(s,
	    "INSERT INTO records VALUES (?, ?, ?, ?, ?)"
	    " ON DUPLICATE KEY UPDATE time = time",
	    "iittb", err);
	for (size_t i = 0; status == STORE_OK && i < l->n_records; i++)
		status = put_record(s, l->records[i],
		    store_record_type(l->records[i], numbers[i]), err);
	if (status == STORE_OK)
		status = bulk_end(s, &added, err);
	free(numbers);
	l->n_rows += l->n_records;
	l->n_added += added;
	return status;
}

int
my_add(struct store *s, struct load *l, struct error *err)
{
	int status = STORE_OK;

	if (l->n_samples > 0)
		status = add_samples(s, l, err);
	if (status == STORE_OK && l->n_records > 0)
		status = add_records(s, l, err);
	return status;
}
