#include "result.h"

#include <string.h>

#include "name.h"
#include "utf8.h"

static void
drop(void *value, void *cookie)
{
	const uint32_t *series = value;

	if (*series != 0)
		farm_release(cookie, *series);
}

int
result_init(struct result *r, size_t max_series)
{
	r->known = lru_new(max_series, sizeof(uint32_t), drop);
	return r->known == NULL ? -1 : 0;
}

void
result_free(struct result *r, struct farm_host *host)
{
	lru_free(r->known, host);
	buffer_free(&r->key);
	buffer_free(&r->names);
}

static void
put(struct buffer *key, struct slice name)
{
	buffer_put(key, name.text, name.length);
	buffer_putc(key, '\0');
}

int
result_begin(struct result *r, struct slice cluster, struct slice node,
    int64_t time_ns, struct error *err)
{
	if (name_check("cluster", cluster.text, cluster.length, err) != 0 ||
	    name_check("node", node.text, node.length, err) != 0)
		return -1;
	buffer_clear(&r->key);
	put(&r->key, cluster);
	put(&r->key, node);
	if (buffer_failed(&r->key))
		return error_set(err, "out of memory");
	r->node_at = cluster.length + 1;
	r->parameter_at = r->key.size;
	r->time_ns = time_ns;
	r->n = 0;
	return 0;
}

const char *
result_cluster(const struct result *r)
{
	return r->key.data;
}

const char *
result_node(const struct result *r)
{
	return r->key.data + r->node_at;
}

static uint32_t
no_memory(struct result *r)
{
	farm_fail(r->host, "out of memory");
	return 0;
}

/* The place of the key's handle, 0 if it is new; NULL if memory is out. */
static uint32_t *
known_series(struct result *r)
{
	uint32_t *series = lru_find(r->known, r->key.data, r->key.size);

	if (series == NULL)
		series = lru_add(r->known, r->key.data, r->key.size, r->host);
	if (series == NULL)
		(void)no_memory(r);
	return series;
}

/* 0 if memory is out or the host has none left. */
static uint32_t
series_of(struct result *r, struct slice parameter, enum farm_kind kind)
{
	uint32_t *series;

	r->key.size = r->parameter_at;
	put(&r->key, parameter);
	if (buffer_failed(&r->key))
		return no_memory(r);
	series = known_series(r);
	if (series == NULL)
		return 0;
	if (*series == 0)
		*series = farm_series(r->host, NULL,
		    .cluster = result_cluster(r), .node = result_node(r),
		    .parameter = r->key.data + r->parameter_at, .unit = "",
		    .kind = kind);
	return *series;
}

static int
check(struct slice parameter, const struct farm_value *v, struct error *err)
{
	if (name_check("parameter", parameter.text, parameter.length, err) != 0)
		return -1;
	if (v->type == FARM_NONE ||
	    (v->type == FARM_TEXT && !utf8_valid(v->text, v->length)))
		return error_set(err,
		    "parameter \"%.*s\": a text that is too long or not UTF-8",
		    (int)parameter.length, parameter.text);
	return 0;
}

enum added
result_add(struct result *r, struct slice parameter, struct farm_value value,
    enum farm_kind kind, struct error *err)
{
	if (check(parameter, &value, err) != 0)
		return ADDED_BAD;
	if (r->n == RESULT_ROWS && result_end(r) != 0)
		return ADDED_LOST;
	value.series = series_of(r, parameter, kind);
	if (value.series == 0)
		return ADDED_LOST;
	r->rows[r->n++] = value;
	return ADDED;
}

void
result_anew(struct result *r, int64_t time_ns)
{
	buffer_clear(&r->key);
	r->node_at = 0;
	r->parameter_at = 0;
	r->time_ns = time_ns;
	r->n = 0;
}

static void
put_text(struct buffer *key, const char *text)
{
	put(key, (struct slice){ text, strlen(text) });
}

/* Farm, cluster and node stand first: are they those of the key already? */
static bool
put_node(struct result *r, const struct farm_series *s)
{
	struct buffer *names = &r->names;

	buffer_clear(names);
	put_text(names, s->farm);
	put_text(names, s->cluster);
	put_text(names, s->node);
	if (r->parameter_at == names->size && r->key.size >= names->size &&
	    memcmp(names->data, r->key.data, names->size) == 0)
		return true;
	buffer_clear(&r->key);
	buffer_put(&r->key, names->data, names->size);
	r->parameter_at = names->size;
	return false;
}

static void
put_series(struct result *r, const struct farm_series *s)
{
	r->key.size = r->parameter_at;
	put_text(&r->key, s->parameter);
	put_text(&r->key, s->unit);
	buffer_putc(&r->key, (char)s->kind);
	for (uint32_t i = 0; i < s->n_labels; i++) {
		put_text(&r->key, s->labels[i].name);
		put_text(&r->key, s->labels[i].value);
	}
}

enum added
result_add_series(struct result *r, const struct farm_series *s,
    struct farm_value value, struct error *err)
{
	uint32_t *series;
	bool same;

	if (check((struct slice){ s->parameter, strlen(s->parameter) }, &value,
		err) != 0)
		return ADDED_BAD;
	same = put_node(r, s);
	put_series(r, s);
	if (buffer_failed(&r->names) || buffer_failed(&r->key)) {
		r->parameter_at = 0;
		(void)no_memory(r);
		return ADDED_LOST;
	}
	if ((!same || r->n == RESULT_ROWS) && result_end(r) != 0)
		return ADDED_LOST;
	series = known_series(r);
	if (series == NULL)
		return ADDED_LOST;
	if (*series == 0)
		*series = farm_series(r->host, NULL, .farm = s->farm,
		    .cluster = s->cluster, .node = s->node,
		    .parameter = s->parameter, .unit = s->unit, .kind = s->kind,
		    .labels = s->labels, .n_labels = s->n_labels);
	if (*series == 0)
		return ADDED_LOST;
	value.series = *series;
	r->rows[r->n++] = value;
	return ADDED;
}

int
result_end(struct result *r)
{
	size_t n = r->n;

	r->n = 0;
	if (n == 0)
		return 0;
	if (farm_emit_rows(r->host, NULL, r->time_ns, 0, r->rows, n) != 0)
		return -1;
	r->emitted += n;
	return 0;
}
