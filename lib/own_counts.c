#include "own_counts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "utf8.h"

const char *
own_node(
    struct farm_host *host, const char *configured, char *room, size_t size)
{
	if (configured != NULL && *configured != '\0')
		return configured;
	room[size - 1] = '\0';
	if (gethostname(room, size - 1) == 0)
		return room;
	farm_fail(host, "the host's name: %m");
	return NULL;
}

struct own_counts {
	size_t n;
	uint32_t *series; /* the refusal's behind the others */
	uint64_t *emitted;
	struct farm_value *rows;
	struct buffer refusal; /* as it was emitted last */
	struct buffer fresh;   /* as it is now */
};

void
own_counts_close(struct own_counts *c)
{
	if (c == NULL)
		return;
	free(c->series);
	free(c->emitted);
	free(c->rows);
	buffer_free(&c->refusal);
	buffer_free(&c->fresh);
	free(c);
}

static struct own_counts *
make(size_t n)
{
	struct own_counts *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->n = n;
	c->series = calloc(n + 1, sizeof(*c->series));
	c->emitted = calloc(n + 1, sizeof(*c->emitted));
	c->rows = calloc(n + 1, sizeof(*c->rows));
	if (c->series != NULL && c->emitted != NULL && c->rows != NULL)
		return c;
	own_counts_close(c);
	return NULL;
}

/* What all of them have in common. */
struct naming {
	const char *cluster;
	const char *node;
	const char *prefix;
};

/* 0, explained. */
static uint32_t
define(struct farm_host *host, const struct naming *of,
    const struct own_count *count)
{
	struct buffer name = BUFFER_INIT;
	uint32_t series = 0;

	buffer_puts(&name, of->prefix);
	buffer_puts(&name, count->name);
	if (buffer_failed(&name))
		farm_fail(host, "out of memory");
	else
		series = farm_series(host, NULL, .cluster = of->cluster,
		    .node = of->node, .parameter = buffer_text(&name),
		    .unit = count->kind == FARM_STATE ? "" : "1",
		    .kind = count->kind);
	buffer_free(&name);
	return series;
}

int
own_counts_open(struct own_counts **ret, struct farm_host *host,
    const char *cluster, const char *node, const char *prefix,
    const struct own_count *table, size_t n, const char *refusal)
{
	const struct own_count last = { refusal, FARM_STATE };
	const struct naming of = { cluster, node, prefix };
	struct own_counts *c = make(n);

	if (c == NULL)
		return farm_fail(host, "out of memory");
	for (size_t i = 0; i <= n; i++) {
		c->series[i] = define(host, &of, i < n ? &table[i] : &last);
		if (c->series[i] == 0) {
			own_counts_close(c);
			return -1;
		}
	}
	*ret = c;
	return 0;
}

/* It quotes strangers, whose bytes need not be UTF-8, as a text has to be. */
static void
put_refusal(struct buffer *to, const char *refusal)
{
	size_t length = strlen(refusal), i, n;

	buffer_clear(to);
	for (i = 0; i < length; i += n == 0 ? 1 : n) {
		n = utf8_character(refusal + i, length - i);
		if (n > 0)
			buffer_put(to, refusal + i, n);
		else
			buffer_puts(to, "\xef\xbf\xbd");
	}
}

/* How many rows there are to be said. */
static size_t
gather(struct own_counts *c, const uint64_t *now, bool all)
{
	const char *refusal = buffer_text(&c->fresh);
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (!all && now[i] == c->emitted[i])
			continue;
		c->rows[n] = farm_uint64(now[i]);
		c->rows[n++].series = c->series[i];
	}
	if (c->fresh.size > 0 &&
	    (all || strcmp(refusal, buffer_text(&c->refusal)) != 0)) {
		c->rows[n] = farm_text(refusal, c->fresh.size);
		c->rows[n++].series = c->series[c->n];
	}
	return n;
}

int
own_counts_emit(struct own_counts *c, struct farm_host *host,
    const uint64_t *now, const char *refusal, bool all)
{
	struct buffer last = c->refusal;
	size_t n;

	put_refusal(&c->fresh, refusal);
	n = gather(c, now, all);
	if (n == 0)
		return 0;
	if (farm_emit_rows(host, NULL, 0, 0, c->rows, n) != 0)
		return -1;
	memcpy(c->emitted, now, c->n * sizeof(*now));
	c->refusal = c->fresh;
	c->fresh = last;
	return 0;
}
