#include "composer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "clock.h"
#include "collectd.h"
#include "frames.h"

#define OF_NOW_NS (60 * NS_PER_S)

const struct format_ops *const format_table[FORMATS] = {
	[FORMAT_APMON] = &format_apmon,
	[FORMAT_ULM] = &format_ulm,
	[FORMAT_INFLUX] = &format_influx,
	[FORMAT_GRAPHITE] = &format_graphite,
	[FORMAT_STATSD] = &format_statsd,
	[FORMAT_COLLECTD] = &format_collectd,
	[FORMAT_FRAMES] = &format_frames,
};

/* NULL: not given. */
static const char *
given(const char *text)
{
	return text != NULL && *text != '\0' ? text : NULL;
}

static const struct format_ops *
ops_of(const struct composer *c)
{
	return format_table[c->options->format];
}

/* ------------------------------------------------------------- opening -- */

static int
check_security(const struct composer_options *o, struct error *err)
{
	if (o->format != FORMAT_COLLECTD)
		return o->security != 0
			   ? error_set(err, "security: of collectd alone")
			   : 0;
	if (o->security != 0 &&
	    (given(o->user) == NULL || given(o->password) == NULL))
		return error_set(err, "security: needs user and password");
	if (given(o->user) != NULL && strlen(o->user) > COLLECTD_USER_MAX)
		return error_set(
		    err, "user: more than %d bytes", COLLECTD_USER_MAX);
	return 0;
}

int
composer_check(const struct composer_options *o, struct error *err)
{
	const struct format_ops *f = format_table[o->format];
	struct path path = { .n = 0 };
	struct tags tags = { .n = 0 };
	int rc = 0;

	if (f->path == NULL && given(o->path) != NULL)
		return error_set(err, "path: %s has names of its own", f->name);
	if (f->path == NULL && (o->tags.n > 0 || o->labels))
		return error_set(err, "%s: %s has none",
		    o->labels ? "labels" : "tags", f->name);
	if (o->syslog && o->format != FORMAT_ULM)
		return error_set(err, "syslog: of ulm alone");
	if (given(o->password) != NULL && o->format != FORMAT_APMON &&
	    o->format != FORMAT_COLLECTD)
		return error_set(err, "password: %s has none", f->name);
	if (given(o->password) != NULL &&
	    strlen(o->password) > APMON_PASSWORD_MAX)
		return error_set(
		    err, "password: more than %d bytes", APMON_PASSWORD_MAX);
	if (check_security(o, err) != 0)
		return -1;
	if (given(o->path) != NULL &&
	    path_open(&path, o->path, f->whole, err) != 0)
		rc = error_prefix(err, "path");
	else if (tags_open(&tags, &o->tags, err) != 0)
		rc = error_prefix(err, "tags");
	path_free(&path);
	tags_free(&tags);
	return rc;
}

static int
open_names(struct composer *c, struct error *err)
{
	const struct composer_options *o = c->options;
	const struct format_ops *f = ops_of(c);
	const struct farm_map *tags = &o->tags;

	if (f->path == NULL)
		return 0;
	if (tags->n == 0 && f->tags != NULL)
		tags = f->tags;
	if (path_open(&c->path, given(o->path) != NULL ? o->path : f->path,
		f->whole, err) != 0)
		return error_prefix(err, "path");
	if (tags_open(&c->tags, tags, err) != 0)
		return error_prefix(err, "tags");
	return 0;
}

int
composer_open(struct composer *c, const struct composer_options *o,
    size_t limit, struct error *err)
{
	c->options = o;
	c->outgoing.limit = limit;
	c->outgoing.alone = ops_of(c)->alone;
	c->sender.password = o->password;
	/* As the clients have it: of this run alone, not negative. */
	if (getrandom(&c->sender.instance, sizeof(c->sender.instance), 0) < 0)
		return error_set(err, "random numbers: %m");
	c->sender.instance &= INT32_MAX;
	if (o->format == FORMAT_FRAMES && frames_new(&c->frames) != 0)
		return error_set(err, "out of memory");
	if (o->format == FORMAT_COLLECTD &&
	    collectd_new(&c->collectd, o, limit, err) != 0)
		return -1;
	return open_names(c, err);
}

void
composer_close(struct composer *c)
{
	path_free(&c->path);
	tags_free(&c->tags);
	outgoing_free(&c->outgoing);
	collectd_free(c->collectd);
	frames_free(c->frames);
	buffer_free(&c->room);
	buffer_free(&c->name);
	free(c->parameters);
	c->collectd = NULL;
	c->frames = NULL;
	c->parameters = NULL;
}

void
composer_forget(struct composer *c, struct known *k)
{
	if (c->frames != NULL)
		frames_forget(c->frames, k);
}

/* --------------------------------------------------------- for formats -- */

/* What cannot be said now cannot be later: one warning is enough. */
void
composer_unsaid(struct composer *c, const struct group *g,
    const struct farm_value *v, enum unsaid why, const struct error *err)
{
	const struct farm_series *s = farm_series_info(g->host, v->series);
	struct known *k = farm_series_state(g->host, v->series);

	c->counts.unsaid[why]++;
	if (why == UNSAID_VALUE || why == UNSAID_OLD || s == NULL ||
	    k == NULL || k->warned)
		return;
	k->warned = true;
	farm_log(g->host, FARM_WARNING, "%s/%s/%s: left out: %s", s->cluster,
	    s->node, s->parameter,
	    why == UNSAID_LARGE ? "does not fit a datagram" : err->text);
}

int
composer_end(struct composer *c, const struct group *g,
    const struct farm_value *v, size_t n)
{
	if (!outgoing_end(&c->outgoing))
		for (size_t i = 0; i < n; i++)
			composer_unsaid(c, g, &v[i], UNSAID_LARGE, NULL);
	else
		c->counts.values += n;
	return buffer_failed(&c->outgoing.bytes) ? -1 : 0;
}

int
composer_tags(struct composer *c, const struct farm_series *s, tags_fn *each,
    void *cookie, struct error *err)
{
	return tags_each(
	    &c->tags, s, c->options->labels, &c->room, each, cookie, err);
}

/* ------------------------------------------------------------- batches -- */

static bool
is_of(const struct farm_series *one, const struct farm_series *other)
{
	return other != NULL && strcmp(one->node, other->node) == 0 &&
	       strcmp(one->cluster, other->cluster) == 0 &&
	       strcmp(one->farm, other->farm) == 0;
}

/* From value `first' on; NULL for `of' if the host does not know it. */
static struct group
group_at(struct farm_host *host, const struct farm_record *r, size_t first)
{
	struct group g = { .host = host, .record = r };
	const struct farm_value *end = r->values + r->n_values;
	const struct farm_value *v = r->values + first;

	g.values = v;
	g.of = farm_series_info(host, v->series);
	do
		v++;
	while (g.of != NULL && v < end &&
	       is_of(g.of, farm_series_info(host, v->series)));
	g.n = (size_t)(v - g.values);
	return g;
}

static int
take_result(
    struct composer *c, struct farm_host *host, const struct farm_record *r)
{
	struct group g;

	for (size_t i = 0; i < r->n_values; i += g.n) {
		g = group_at(host, r, i);
		if (g.of != NULL && ops_of(c)->put(c, &g) != 0)
			return -1;
	}
	return 0;
}

/* Where no time is said, a value is taken for one of now. */
static bool
is_old(const struct composer *c, struct farm_host *host,
    const struct farm_record *r)
{
	bool timed = ops_of(c)->timed && c->options->times;
	int64_t most = c->options->max_age_ns;

	if (!timed && (r->flags & FARM_IMPORTED) != 0)
		return true;
	if (most == 0 && !timed)
		most = OF_NOW_NS;
	return most > 0 && farm_now_ns(host) - r->time_ns > most;
}

int
composer_take(
    struct composer *c, struct farm_host *host, const struct farm_batch *batch)
{
	const struct farm_record *r = batch->records;
	const struct farm_record *end = r + batch->n_records;
	int rc = 0;

	outgoing_clear(&c->outgoing);
	for (; r < end && rc == 0; r++)
		if (is_old(c, host, r))
			c->counts.unsaid[UNSAID_OLD] += r->n_values;
		else if (r->type == FARM_RESULT)
			rc = take_result(c, host, r);
		else if (ops_of(c)->put_other != NULL)
			rc = ops_of(c)->put_other(c, host, r);
	if (rc == 0 && ops_of(c)->finish != NULL)
		rc = ops_of(c)->finish(c);
	return rc;
}
