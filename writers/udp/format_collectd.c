/* Packets of collectd's network plugin.  What came from collectd goes as what
   it was, for its labels say so; all else is named after its cluster and its
   parameter. */
#include "collectd.h"

#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "value.h"

struct collectd {
	struct collectd_types *types; /* NULL: none known */
	size_t head;                  /* what sealing takes */
	uint8_t *packet;              /* NULL: none begun */
	struct collectd_writing writing;
	uint64_t n_values; /* in it */
};

/* One list, as it will be written. */
struct list {
	struct collectd_identifier of;
	struct collectd_value values[COLLECTD_SOURCES_MAX];
	size_t n;
	size_t n_said; /* series that are in it */
};

int
collectd_new(struct collectd **ret, const struct composer_options *o,
    size_t limit, struct error *err)
{
	struct collectd *c = calloc(1, sizeof(*c));
	struct error ignored;
	int rc = 0;

	if (c == NULL)
		return error_set(err, "out of memory");
	c->head = collectd_seal_size(
	    (enum collectd_security)o->security, o->user);
	c->packet = malloc(limit);
	if (c->packet == NULL)
		rc = error_set(err, "out of memory");
	else if (o->security != 0 && collectd_can_seal(err) != 0)
		rc = error_prefix(err, "security");
	else if (limit <= c->head)
		rc = error_set(
		    err, "datagram: no room for a seal of %zu bytes", c->head);
	else if (o->types != NULL && *o->types != '\0')
		rc = collectd_types_load(&c->types, o->types, err);
	else
		(void)collectd_types_load(&c->types, COLLECTD_TYPES, &ignored);
	if (rc != 0)
		collectd_free(c);
	else
		*ret = c;
	return rc;
}

void
collectd_free(struct collectd *c)
{
	if (c == NULL)
		return;
	collectd_types_free(c->types);
	free(c->packet);
	free(c);
}

/* ---------------------------------------------------------- identifiers -- */

static struct slice
label_of(const struct farm_series *s, const char *name)
{
	for (uint32_t i = 0; i < s->n_labels; i++)
		if (strcmp(s->labels[i].name, name) == 0)
			return slice_of(s->labels[i].value);
	return (struct slice){ "", 0 };
}

/* False if it did not come from collectd. */
static bool
was_identifier(const struct farm_series *s, struct collectd_identifier *ret)
{
	struct slice host = label_of(s, "host");

	*ret = (struct collectd_identifier){
		.host = host.length > 0 ? host : slice_of(s->node),
		.plugin = label_of(s, "plugin"),
		.plugin_instance = label_of(s, "plugin_instance"),
		.type = label_of(s, "type"),
		.type_instance = label_of(s, "type_instance"),
	};
	return ret->plugin.length > 0 && ret->type.length > 0;
}

/* collectd's types of a single source; one of 64 bits that is not integer, or
   more than a derive can be, has none of its own. */
static const char *
type_of(const struct farm_series *s, const struct farm_value *v)
{
	if (v->type != FARM_INT64 &&
	    (v->type != FARM_UINT64 || v->uint64 > INT64_MAX))
		return "gauge";
	return s->kind == FARM_COUNTER32   ? "counter"
	       : s->kind == FARM_COUNTER64 ? "derive"
					   : "gauge";
}

static enum collectd_kind
kind_of(struct slice type)
{
	return slice_is(type, "counter")  ? COLLECTD_COUNTER
	       : slice_is(type, "derive") ? COLLECTD_DERIVE
					  : COLLECTD_GAUGE;
}

/* ---------------------------------------------------------------- values -- */

/* False if no such source can have it. */
static bool
convert(enum collectd_kind kind, const struct farm_value *v,
    struct collectd_value *ret)
{
	struct collectd_value c = { .kind = kind };
	double number;

	if (!value_number(v, &number))
		return false;
	if (kind == COLLECTD_GAUGE) {
		c.gauge = number;
	} else if (v->type == FARM_INT64 &&
		   (v->int64 >= 0 || kind == COLLECTD_DERIVE)) {
		c.derive = v->int64;
	} else if (v->type == FARM_UINT64 &&
		   (v->uint64 <= INT64_MAX || kind != COLLECTD_DERIVE)) {
		c.counter = v->uint64;
	} else {
		return false;
	}
	*ret = c;
	return true;
}

/* The parameter of a value of several ends in its source's name. */
static size_t
source_of(const struct collectd_type *t, const struct farm_series *s)
{
	const char *at = strrchr(s->parameter, '/');
	size_t i;

	for (i = 0; at != NULL && i < t->n; i++)
		if (slice_is(t->sources[i], at + 1))
			return i;
	return t->n;
}

static bool
is_same(struct slice one, struct slice other)
{
	return one.length == other.length &&
	       memcmp(one.text, other.text, one.length) == 0;
}

static bool
is_of(const struct farm_series *s, const struct collectd_identifier *of)
{
	struct collectd_identifier its;

	return was_identifier(s, &its) && is_same(its.host, of->host) &&
	       is_same(its.plugin, of->plugin) &&
	       is_same(its.plugin_instance, of->plugin_instance) &&
	       is_same(its.type, of->type) &&
	       is_same(its.type_instance, of->type_instance);
}

/* -------------------------------------------------------------- packets -- */

static int
finish_packet(struct composer *c)
{
	struct collectd *p = c->collectd;
	size_t size = (size_t)(p->writing.at - p->writing.begin);
	struct error err;

	if (size == 0)
		return 0;
	if (collectd_seal((enum collectd_security)c->options->security,
		c->options->user, c->options->password, p->packet, size,
		&err) != 0)
		return -1;
	buffer_put(&c->outgoing.bytes, p->packet, p->head + size);
	(void)outgoing_end(&c->outgoing);
	c->counts.values += p->n_values;
	p->writing = (struct collectd_writing){ .begin = NULL };
	p->n_values = 0;
	return buffer_failed(&c->outgoing.bytes) ? -1 : 0;
}

static void
begin_packet(struct composer *c)
{
	struct collectd *p = c->collectd;

	p->writing = (struct collectd_writing){
		.begin = p->packet + p->head,
		.at = p->packet + p->head,
		.end = p->packet + c->outgoing.limit,
	};
}

/* What does not fit begins the next packet.  1, or 0 if it fits in none, or -1
   if a name cannot be said. */
static int
put_in(struct composer *c, const struct group *g, const struct list *l,
    struct error *err)
{
	struct collectd_writing *w = &c->collectd->writing;
	int rc;

	if (w->begin == NULL)
		begin_packet(c);
	rc = collectd_put(w, &l->of, g->record->time_ns,
	    c->options->interval_ns, l->values, l->n, err);
	if (rc == 0 && w->at > w->begin) {
		if (finish_packet(c) != 0)
			return 0;
		begin_packet(c);
		rc = collectd_put(w, &l->of, g->record->time_ns,
		    c->options->interval_ns, l->values, l->n, err);
	}
	return rc;
}

static void
put_list(struct composer *c, const struct group *g, const struct farm_value *v,
    const struct list *l)
{
	struct error err;
	int rc = put_in(c, g, l, &err);

	if (rc > 0)
		c->collectd->n_values += l->n_said;
	for (size_t i = 0; rc <= 0 && i < l->n_said; i++)
		composer_unsaid(
		    c, g, &v[i], rc < 0 ? UNSAID_NAME : UNSAID_LARGE, &err);
}

/* ---------------------------------------------------------------- lists -- */

/* The values of several sources, which come one behind the other.  A gauge that
   is not there is NaN, as collectd says it; without another the list is none.
 */
static bool
fill_sources(const struct collectd_type *t, const struct group *g, size_t first,
    struct list *l)
{
	bool there[COLLECTD_SOURCES_MAX] = { false };
	size_t i, k;

	for (i = first; i < g->n; i++, l->n_said++) {
		const struct farm_series *s = farm_series_info(
		    g->host, g->values[i].series);

		k = source_of(t, s);
		if (!is_of(s, &l->of) || k == t->n || there[k] ||
		    !convert(t->kinds[k], &g->values[i], &l->values[k]))
			break;
		there[k] = true;
	}
	l->n = t->n;
	for (k = 0; k < t->n; k++) {
		if (!there[k] && t->kinds[k] != COLLECTD_GAUGE)
			return false;
		if (!there[k])
			l->values[k] = (struct collectd_value){
				.kind = COLLECTD_GAUGE, .gauge = NAN
			};
	}
	return l->n_said > 0;
}

/* False if such a value cannot be said. */
static bool
fill(struct composer *c, const struct group *g, size_t first, struct list *l)
{
	const struct farm_value *v = &g->values[first];
	const struct farm_series *s = farm_series_info(g->host, v->series);
	const struct collectd_type *t = NULL;

	if (was_identifier(s, &l->of)) {
		t = collectd_types_find(c->collectd->types, l->of.type);
		if (t != NULL && t->n > 1)
			return fill_sources(t, g, first, l);
	} else {
		l->of.plugin = slice_of(s->cluster);
		l->of.type = slice_of(type_of(s, v));
		l->of.type_instance = slice_of(s->parameter);
	}
	l->n = l->n_said = 1;
	return convert(
	    t != NULL ? t->kinds[0] : kind_of(l->of.type), v, &l->values[0]);
}

static int
collectd_put_group(struct composer *c, const struct group *g)
{
	struct list l;

	for (size_t i = 0; i < g->n; i += l.n_said) {
		l.n_said = 0;
		if (fill(c, g, i, &l)) {
			put_list(c, g, &g->values[i], &l);
			continue;
		}
		composer_unsaid(c, g, &g->values[i], UNSAID_VALUE, NULL);
		l.n_said = 1;
	}
	return buffer_failed(&c->outgoing.bytes) ? -1 : 0;
}

const struct format_ops format_collectd = {
	.name = "collectd",
	.port = COLLECTD_PORT,
	.timed = true,
	.alone = true,
	.put = collectd_put_group,
	.finish = finish_packet,
};
