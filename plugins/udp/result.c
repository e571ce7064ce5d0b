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

/* 0 if memory is out or the host has none left. */
static uint32_t
series_of(struct result *r, struct slice parameter, enum farm_kind kind)
{
	uint32_t *series;

	r->key.size = r->parameter_at;
	put(&r->key, parameter);
	if (buffer_failed(&r->key))
		return no_memory(r);
	series = lru_find(r->known, r->key.data, r->key.size);
	if (series == NULL)
		series = lru_add(r->known, r->key.data, r->key.size, r->host);
	if (series == NULL)
		return no_memory(r);
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
