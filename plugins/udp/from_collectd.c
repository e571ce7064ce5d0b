/* Packets of collectd's network plugin: series are named, and labelled, as
   those of collectd's plugins under farm-collectd. */
#include <stdlib.h>

#include "collectd_network.h"
#include "collectd_seal.h"
#include "collectd_types.h"
#include "name.h"
#include "receiver.h"
#include "whole.h"

/* Where Debian and most others have it. */
#define TYPES "/usr/share/collectd/types.db"
#define USERS_MAX (1 << 20)

struct collectd {
	struct collectd_types *types; /* NULL: none known */
	enum collectd_security least; /* that is asked for */
	struct buffer users;          /* lines USER: PASSWORD */
	struct buffer password;       /* of the packet at hand */
	struct buffer plain;
};

/* ------------------------------------------------------------- opening -- */

static int
read_files(
    struct collectd *c, const struct collectd_options *o, struct error *err)
{
	struct error ignored;

	if (o->types == NULL || *o->types == '\0')
		(void)collectd_types_load(&c->types, TYPES, &ignored);
	else if (collectd_types_load(&c->types, o->types, err) != 0)
		return error_prefix(err, "types");
	if (o->users == NULL || *o->users == '\0')
		return c->least == COLLECTD_PLAIN
			   ? 0
			   : error_set(err, "security: needs users");
	if (collectd_can_seal(err) != 0)
		return error_prefix(err, "users");
	return whole_read(&c->users, o->users, USERS_MAX, err) == 0
		   ? 0
		   : error_prefix(err, "users: %s", o->users);
}

int
collectd_open_intake(
    struct collectd **ret, const struct collectd_options *o, struct error *err)
{
	struct collectd *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return error_set(err, "out of memory");
	c->least = (enum collectd_security)o->security;
	if (read_files(c, o, err) != 0) {
		collectd_close_intake(c);
		return -1;
	}
	*ret = c;
	return 0;
}

void
collectd_close_intake(struct collectd *c)
{
	if (c == NULL)
		return;
	collectd_types_free(c->types);
	buffer_free(&c->users);
	buffer_free(&c->password);
	buffer_free(&c->plain);
	free(c);
}

/* ------------------------------------------------------------ who sends -- */

static struct slice
trim(struct slice s)
{
	while (s.length > 0 && (*s.text == ' ' || *s.text == '\t')) {
		s.text++;
		s.length--;
	}
	while (s.length > 0 && (unsigned char)s.text[s.length - 1] <= ' ')
		s.length--;
	return s;
}

/* The user's, ending in NUL; NULL if there is no such user. */
static const char *
password_of(struct collectd *c, struct slice user)
{
	struct slice rest = { buffer_text(&c->users), c->users.size };
	struct slice line, name;

	while (rest.length > 0) {
		line = slice_cut(&rest, '\n');
		name = trim(slice_cut(&line, ':'));
		line = trim(line);
		if (name.length == 0 || name.length != user.length ||
		    memcmp(name.text, user.text, name.length) != 0)
			continue;
		buffer_clear(&c->password);
		buffer_put(&c->password, line.text, line.length);
		return buffer_failed(&c->password) ? NULL
						   : buffer_text(&c->password);
	}
	return NULL;
}

/* Where nobody has to sign, and there are no users, what is signed is taken as
   if it were not. */
static enum outcome
open_sealed(struct intake *in, struct slice *ret)
{
	struct collectd *c = in->receiver->collectd;
	struct collectd_sealed s;
	const char *password;
	char *room;

	if (collectd_sealed(in->bytes, &s, &in->err) != 0)
		return MALFORMED;
	if (s.security < c->least) {
		error_set(&in->err, "not %s",
		    c->least == COLLECTD_SIGNED ? "signed" : "encrypted");
		return WRONG_PASSWORD;
	}
	*ret = s.body;
	if (s.security == COLLECTD_PLAIN ||
	    (s.security == COLLECTD_SIGNED && c->least == COLLECTD_PLAIN &&
		c->users.size == 0))
		return TAKEN;
	password = password_of(c, s.user);
	if (password == NULL) {
		error_set(&in->err, "no user \"%.*s\"", (int)s.user.length,
		    s.user.text);
		return WRONG_PASSWORD;
	}
	buffer_clear(&c->plain);
	room = buffer_room(&c->plain, s.body.length);
	if (room == NULL) {
		farm_fail(in->receiver->host, "out of memory");
		return LOST;
	}
	return collectd_open(&s, password, (uint8_t *)room, ret, &in->err) == 0
		   ? TAKEN
		   : WRONG_PASSWORD;
}

/* --------------------------------------------------------------- values -- */

static void
put_pair(struct buffer *b, struct slice name, struct slice instance)
{
	buffer_put(b, name.text, name.length);
	if (name.length > 0 && instance.length > 0)
		buffer_putc(b, '-');
	buffer_put(b, instance.text, instance.length);
}

/* PLUGIN-INSTANCE/TYPE-INSTANCE, in which a type that only repeats the plugin
   is left out. */
static void
put_parameter(struct buffer *b, const struct collectd_identifier *of)
{
	struct slice type = of->type;

	buffer_clear(b);
	put_pair(b, of->plugin, of->plugin_instance);
	if (type.length == of->plugin.length &&
	    memcmp(type.text, of->plugin.text, type.length) == 0)
		type.length = 0;
	if (type.length > 0 || of->type_instance.length > 0)
		buffer_putc(b, '/');
	put_pair(b, type, of->type_instance);
}

/* Texts in a packet end in NUL. */
static uint32_t
put_labels(const struct collectd_identifier *of, struct farm_label *to)
{
	const struct {
		const char *name;
		struct slice value;
	} all[] = {
		{ "plugin", of->plugin },
		{ "plugin_instance", of->plugin_instance },
		{ "type", of->type },
		{ "type_instance", of->type_instance },
	};
	uint32_t n = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].value.length > 0)
			to[n++] = (struct farm_label){ all[i].name,
				all[i].value.text };
	return n;
}

static struct farm_value
value_of(struct collectd_value v)
{
	switch (v.kind) {
	case COLLECTD_GAUGE:
		return farm_double(v.gauge);
	case COLLECTD_DERIVE:
		return farm_int64(v.derive);
	default:
		return farm_uint64(v.counter);
	}
}

/* The name of the source, if there are several; by its number if the type is
   not known. */
static void
put_source(struct buffer *b, const struct collectd_type *t, size_t i, size_t n)
{
	if (n == 1)
		return;
	buffer_putc(b, '/');
	if (t != NULL)
		buffer_put(b, t->sources[i].text, t->sources[i].length);
	else
		buffer_printf(b, "%zu", i);
}

static enum outcome
take_value(struct intake *in, struct farm_series *s, struct collectd_value v)
{
	struct receiver *r = in->receiver;

	/* Its way to say that there is none. */
	if (v.kind == COLLECTD_GAUGE && v.gauge != v.gauge)
		return TAKEN;
	s->kind = v.kind == COLLECTD_COUNTER || v.kind == COLLECTD_DERIVE
		      ? FARM_COUNTER64
		      : FARM_GAUGE;
	switch (result_add_series(&r->result, s, value_of(v), &in->err)) {
	case ADDED:
		break;
	case ADDED_BAD:
		intake_refuse(in);
		break;
	default:
		return LOST;
	}
	return TAKEN;
}

static enum outcome
take_values(struct intake *in, const struct collectd_list *l)
{
	struct receiver *r = in->receiver;
	const struct collectd_type *t = collectd_types_find(
	    r->collectd->types, l->of.type);
	struct farm_label labels[4];
	struct farm_series s = {
		.farm = farm_self(r->host),
		.cluster = r->cluster,
		.node = l->of.host.text,
		.unit = "",
		.labels = labels,
		.n_labels = put_labels(&l->of, labels),
	};
	size_t base;

	if (name_check("node", l->of.host.text, l->of.host.length, &in->err) !=
	    0)
		return MALFORMED;
	if (t != NULL && t->n != l->n) {
		error_set(&in->err, "%s of %zu values: it has %zu",
		    l->of.type.text, l->n, t->n);
		return MALFORMED;
	}
	put_parameter(&r->name, &l->of);
	base = r->name.size;
	result_anew(&r->result, l->time_ns);
	for (size_t i = 0; i < l->n; i++) {
		r->name.size = base;
		put_source(&r->name, t, i, l->n);
		if (buffer_failed(&r->name)) {
			farm_fail(r->host, "out of memory");
			return LOST;
		}
		s.parameter = r->name.data;
		if (take_value(in, &s, collectd_value_at(l, i)) == LOST)
			return LOST;
	}
	return result_end(&r->result) == 0 ? TAKEN : LOST;
}

/* -------------------------------------------------------- notifications -- */

static void
put_member(struct buffer *json, const char *key, struct slice text)
{
	if (text.length == 0)
		return;
	buffer_printf(json, ",\"%s\":", key);
	buffer_json_string(json, text.text, text.length);
}

static enum outcome
take_notification(struct intake *in, const struct collectd_list *l)
{
	const char *severity = l->severity == 1   ? "failure"
			       : l->severity == 2 ? "warning"
						  : "okay";
	struct buffer *json = &in->receiver->text;
	struct buffer *name = &in->receiver->name;

	buffer_clear(json);
	buffer_clear(name);
	buffer_puts(json, "{\"event\":\"notification\"");
	put_member(json, "text", l->message);
	put_member(json, "cluster", intake_cluster(in));
	put_member(json, "node", l->of.host);
	if (l->of.plugin.length > 0 && l->of.type.length > 0)
		put_parameter(name, &l->of);
	put_member(
	    json, "parameter", (struct slice){ buffer_text(name), name->size });
	put_member(
	    json, "severity", (struct slice){ severity, strlen(severity) });
	put_member(json, "plugin", l->of.plugin);
	put_member(json, "plugin_instance", l->of.plugin_instance);
	put_member(json, "type", l->of.type);
	put_member(json, "type_instance", l->of.type_instance);
	buffer_putc(json, '}');
	if (buffer_failed(json) || buffer_failed(name)) {
		farm_fail(in->receiver->host, "out of memory");
		return LOST;
	}
	return farm_emit_record(in->receiver->host, NULL, FARM_EVENT,
		   l->time_ns, json->data, json->size) == 0
		   ? TAKEN
		   : LOST;
}

enum outcome
collectd_take(struct intake *in)
{
	struct collectd_packet packet = { .rest = { "", 0 } };
	struct collectd_list l;
	enum outcome why = open_sealed(in, &packet.rest);
	int rc;

	if (why != TAKEN)
		return why;
	while ((rc = collectd_next(&packet, &l, &in->err)) != 0) {
		why = rc < 0           ? MALFORMED
		      : l.notification ? take_notification(in, &l)
				       : take_values(in, &l);
		if (why == LOST)
			return LOST;
		if (why == MALFORMED)
			intake_refuse(in);
	}
	return TAKEN;
}
