#include "show.h"

#include <stdlib.h>

static const char *
type_name(uint8_t tag)
{
	switch (tag) {
	case BER_INTEGER:
		return "integer";
	case BER_OCTETS:
		return "octets";
	case BER_OID:
		return "oid";
	case BER_IP_ADDRESS:
		return "ip";
	case BER_COUNTER32:
		return "counter32";
	case BER_GAUGE32:
		return "gauge32";
	case BER_TIMETICKS:
		return "ticks";
	case BER_OPAQUE:
		return "opaque";
	case BER_COUNTER64:
		return "counter64";
	case BER_UINTEGER32:
		return "unsigned";
	case BER_FLOAT:
		return "float";
	case BER_DOUBLE:
		return "double";
	case BER_NO_SUCH_OBJECT:
		return "noSuchObject";
	case BER_NO_SUCH_INSTANCE:
		return "noSuchInstance";
	case BER_END_OF_MIB_VIEW:
		return "endOfMibView";
	default:
		return "null";
	}
}

/* "IF-MIB::ifDescr.1" */
static void
put_name(
    struct buffer *out, const struct objects *objects, struct ber_bytes oid)
{
	const struct object *object = objects != NULL
					  ? objects_by_oid(objects, oid)
					  : NULL;

	if (object == NULL) {
		oid_print(out, oid);
		return;
	}
	buffer_printf(out, "%s::%s", object->module, object->name);
	if (oid.size > object->oid.size) {
		buffer_putc(out, '.');
		oid_print_below(out, oid, object->oid);
	}
}

/* "(8765432) 1 day, 0:20:54.32" */
static void
put_ticks(struct buffer *out, uint64_t ticks)
{
	unsigned long long days = ticks / 8640000;

	buffer_printf(out, "(%llu) ", (unsigned long long)ticks);
	if (days > 0)
		buffer_printf(out, "%llu day%s, ", days, days == 1 ? "" : "s");
	buffer_printf(out, "%d:%02d:%02d.%02d", (int)(ticks / 360000 % 24),
	    (int)(ticks / 6000 % 60), (int)(ticks / 100 % 60),
	    (int)(ticks % 100));
}

/* "up(1)", for octets with BITS their names alone. */
static void
put_text(struct buffer *out, const struct objects *objects,
    const struct object *object, const struct ber_value *v)
{
	struct buffer text = BUFFER_INIT;
	struct farm_value value = object_value(object, v, true, &text);

	if (v->tag == BER_TIMETICKS)
		put_ticks(out, v->number);
	else if (v->tag == BER_OID)
		put_name(out, objects, v->bytes);
	else {
		buffer_value(out, &value);
		if (value.type == FARM_TEXT && v->tag == BER_INTEGER)
			buffer_printf(out, "(%lld)", (long long)v->integer);
	}
	buffer_free(&text);
}

static void
put_raw(struct buffer *out, const struct ber_value *v)
{
	struct buffer text = BUFFER_INIT;
	struct farm_value value = object_value(NULL, v, false, &text);

	buffer_json_value(out, &value);
	buffer_free(&text);
}

static void
put_names(
    struct buffer *out, const struct objects *objects, struct ber_bytes oid)
{
	struct buffer text = BUFFER_INIT;

	buffer_puts(out, "{\"oid\":\"");
	oid_print(out, oid);
	buffer_puts(out, "\",\"name\":");
	put_name(&text, objects, oid);
	buffer_json_text(out, buffer_text(&text));
	buffer_free(&text);
}

static bool
is_exception(uint8_t tag)
{
	return tag == BER_NULL || tag == BER_NO_SUCH_OBJECT ||
	       tag == BER_NO_SUCH_INSTANCE || tag == BER_END_OF_MIB_VIEW;
}

void
show_varbind(struct buffer *out, const struct objects *objects,
    const struct snmp_varbind *v)
{
	const struct object *object = objects != NULL
					  ? objects_by_oid(objects, v->name)
					  : NULL;
	struct buffer text = BUFFER_INIT;

	put_names(out, objects, v->name);
	buffer_printf(
	    out, ",\"type\":\"%s\",\"value\":", type_name(v->value.tag));
	if (is_exception(v->value.tag)) {
		buffer_puts(out, "null}");
		return;
	}
	put_text(&text, objects, object, &v->value);
	buffer_json_string(out, buffer_text(&text), text.size);
	buffer_puts(out, ",\"raw\":");
	put_raw(out, &v->value);
	buffer_putc(out, '}');
	buffer_free(&text);
}

void
show_error(struct buffer *out, const struct objects *objects,
    struct ber_bytes oid, const char *error)
{
	put_names(out, objects, oid);
	buffer_printf(out, ",\"type\":\"%s\",\"value\":null}", error);
}
