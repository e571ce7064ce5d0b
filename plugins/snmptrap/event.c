#include "event.h"

#include <string.h>

static const char *const versions[] = {
	[SNMP_V1] = "1", [SNMP_V2C] = "2c", [SNMP_V3] = "3"
};

static const char *
type_name(uint8_t tag)
{
	static const struct {
		uint8_t tag;
		const char *name;
	} types[] = {
		{ BER_INTEGER, "integer" },
		{ BER_OCTETS, "octets" },
		{ BER_NULL, "null" },
		{ BER_OID, "oid" },
		{ BER_IP_ADDRESS, "ip" },
		{ BER_COUNTER32, "counter32" },
		{ BER_GAUGE32, "gauge32" },
		{ BER_TIMETICKS, "ticks" },
		{ BER_OPAQUE, "opaque" },
		{ BER_COUNTER64, "counter64" },
		{ BER_UINTEGER32, "unsigned" },
		{ BER_FLOAT, "float" },
		{ BER_DOUBLE, "double" },
		{ BER_NO_SUCH_OBJECT, "noSuchObject" },
		{ BER_NO_SUCH_INSTANCE, "noSuchInstance" },
		{ BER_END_OF_MIB_VIEW, "endOfMibView" },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].tag == tag)
			return types[i].name;
	return "unknown";
}

static void
put_member(struct buffer *json, const char *key, const char *value)
{
	if (value == NULL)
		return;
	buffer_puts(json, ",\"");
	buffer_puts(json, key);
	buffer_puts(json, "\":");
	buffer_json_text(json, value);
}

static void
put_oid(struct buffer *json, const char *key, struct ber_bytes oid)
{
	/* Digits and points only. */
	buffer_puts(json, key);
	buffer_puts(json, "\":\"");
	oid_print(json, oid);
	buffer_putc(json, '"');
}

static void
put_varbind(struct buffer *json, const struct snmp_varbind *v,
    const struct objects *objects, struct buffer *text)
{
	struct farm_value value;

	put_oid(json, "{\"oid", v->name);
	buffer_clear(text);
	objects_print_oid(text, objects, v->name);
	put_member(json, "name", buffer_text(text));
	put_member(json, "type", type_name(v->value.tag));
	value = object_value(
	    objects_by_oid(objects, v->name), &v->value, true, text);
	buffer_puts(json, ",\"value\":");
	if (value.type == FARM_NONE)
		buffer_puts(json, "null");
	else
		buffer_json_value(json, &value);
	buffer_putc(json, '}');
}

static void
put_varbinds(struct buffer *json, const struct trap *t,
    const struct objects *objects, struct buffer *text)
{
	struct ber in = t->varbinds;
	struct snmp_varbind v;
	const char *between = "";

	buffer_puts(json, ",\"varbinds\":[");
	while (trap_next(&in, &v)) {
		buffer_puts(json, between);
		put_varbind(json, &v, objects, text);
		between = ",";
	}
	buffer_puts(json, "]");
}

static void
put_engine_id(struct buffer *json, struct ber_bytes id)
{
	static const char digits[] = "0123456789abcdef";

	buffer_puts(json, ",\"engine_id\":\"");
	for (size_t i = 0; i < id.size; i++) {
		buffer_putc(json, digits[id.data[i] >> 4]);
		buffer_putc(json, digits[id.data[i] & 15]);
	}
	buffer_putc(json, '"');
}

void
event_json(struct buffer *json, const struct event *e,
    const struct objects *objects, struct buffer *text)
{
	const struct trap *t = e->trap;

	buffer_clear(text);
	buffer_printf(text, "%s from %s", tally_name(e->tally), e->node);
	buffer_puts(json, "{\"event\":\"trap\"");
	put_member(json, "text", buffer_text(text));
	put_member(json, "cluster", e->cluster);
	put_member(json, "node", e->node);
	put_member(json, "parameter", e->tally->parameter);
	put_member(json, "trap", tally_name(e->tally));
	put_oid(json, ",\"oid", oid_bytes(&t->id));
	put_member(json, "source", e->source);
	put_member(json, "agent", e->agent);
	put_member(json, "version", versions[t->version]);
	put_member(json, "user", e->user);
	if (e->user != NULL)
		put_engine_id(json, e->engine_id);
	buffer_printf(json, ",\"inform\":%s", t->inform ? "true" : "false");
	if (t->has_ticks)
		buffer_printf(json, ",\"uptime\":%llu.%02llu",
		    (unsigned long long)t->ticks / 100,
		    (unsigned long long)t->ticks % 100);
	if (t->enterprise.size > 0)
		put_oid(json, ",\"enterprise", t->enterprise);
	put_varbinds(json, t, objects, text);
	buffer_putc(json, '}');
}

/* ---------------------------------------------------------------- values -- */

/* "fan_{index}" for a varbind. */
static void
put_parameter(struct buffer *b, const char *template,
    const struct rule_value *rule, const struct snmp_varbind *v)
{
	static const char mark[] = "{index}";
	const char *at;

	while ((at = strstr(template, mark)) != NULL) {
		buffer_put(b, template, (size_t)(at - template));
		oid_print_below(b, v->name, oid_bytes(&rule->object));
		template = at + sizeof(mark) - 1;
	}
	buffer_puts(b, template);
}

static int
emit_fixed(struct farm_host *host, const struct event *e,
    const struct rule_value *rule)
{
	return farm_emit(host, NULL, rule->fixed, .cluster = e->cluster,
	    .node = e->node, .parameter = rule->parameter, .unit = "",
	    .kind = FARM_STATE, .time_ns = e->time_ns);
}

static int
emit_varbind(struct farm_host *host, const struct event *e,
    const struct rule_value *rule, const struct snmp_varbind *v,
    const struct objects *objects, struct buffer *text)
{
	const struct object *object = objects_by_oid(objects, v->name);
	struct buffer parameter = BUFFER_INIT;
	struct farm_value value;
	int rc = -1;

	value = object_value(object, &v->value, true, text);
	if (value.type == FARM_NONE)
		return 0;
	put_parameter(&parameter, rule->parameter, rule, v);
	if (buffer_failed(&parameter))
		farm_fail(host, "out of memory");
	else
		rc = farm_emit(host, NULL, value, .cluster = e->cluster,
		    .node = e->node, .parameter = buffer_text(&parameter),
		    .unit = object != NULL ? object->unit : "",
		    .kind = object_kind(object, v->value.tag),
		    .time_ns = e->time_ns);
	buffer_free(&parameter);
	return rc;
}

int
event_values(struct farm_host *host, const struct event *e,
    const struct objects *objects, struct buffer *text)
{
	const struct rule *rule = e->tally->rule;
	struct snmp_varbind v;
	struct ber in;
	int rc = 0;

	for (size_t i = 0; rule != NULL && i < rule->n_values; i++) {
		const struct rule_value *one = &rule->values[i];

		if (one->object.size == 0) {
			rc |= emit_fixed(host, e, one);
			continue;
		}
		in = e->trap->varbinds;
		while (trap_next(&in, &v))
			if (ber_oid_below(v.name, oid_bytes(&one->object)))
				rc |= emit_varbind(
				    host, e, one, &v, objects, text);
	}
	return rc;
}
