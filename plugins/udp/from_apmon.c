/* Datagrams of ApMon: values of a node, or what a job has used. */
#include "apmon.h"

#include "receiver.h"

static enum outcome
admit(struct intake *in, const struct apmon_datagram *d)
{
	struct receiver *r = in->receiver;

	if (!apmon_password_is(d, r->password)) {
		error_set(&in->err, "wrong password");
		return WRONG_PASSWORD;
	}
	if (d->sequenced &&
	    sequences_add(&r->sequences, in->from, d->instance, d->sequence,
		in->mono_ns) == APMON_ARRIVAL_DUPLICATE)
		return DUPLICATE;
	return TAKEN;
}

static void
put_name(struct buffer *json, const char *key, struct slice name)
{
	buffer_printf(json, "\"%s\":", key);
	buffer_json_string(json, name.text, name.length);
	buffer_putc(json, ',');
}

/* MonALISA's accounting: the cluster is the group. */
static enum outcome
account(struct intake *in, struct apmon_datagram *d)
{
	struct buffer *json = &in->receiver->text;
	struct apmon_parameter p;
	const char *separator = "";

	buffer_clear(json);
	buffer_puts(json, "{\"system\":\"apmon\",");
	put_name(json, "group", d->cluster);
	put_name(json, "user", d->user);
	put_name(json, "source", intake_node(in));
	buffer_puts(json, "\"values\":[");
	while (apmon_next(d, &p)) {
		buffer_puts(json, separator);
		buffer_puts(json, "{\"name\":");
		buffer_json_string(json, p.name.text, p.name.length);
		buffer_puts(json, ",\"value\":");
		buffer_json_value(json, &p.value);
		buffer_putc(json, '}');
		separator = ",";
	}
	buffer_puts(json, "]}");
	if (buffer_failed(json)) {
		farm_fail(in->receiver->host, "out of memory");
		return LOST;
	}
	return farm_emit_record(in->receiver->host, NULL, FARM_ACCOUNTING,
		   d->time_ns, json->data, json->size) == 0
		   ? TAKEN
		   : LOST;
}

/* Clients send an empty name or text by mistake; MonALISA passes over both. */
static enum outcome
emit(struct intake *in, struct apmon_datagram *d)
{
	struct result *result = &in->receiver->result;
	struct slice cluster = d->cluster.length > 0 ? d->cluster
						     : intake_cluster(in);
	struct slice node = d->node.length > 0 ? d->node : intake_node(in);
	struct apmon_parameter p;

	if (result_begin(result, cluster, node, d->time_ns, &in->err) != 0)
		return MALFORMED;
	while (apmon_next(d, &p)) {
		if (p.name.length == 0 ||
		    (p.type == APMON_STRING && p.value.length == 0))
			continue;
		if (intake_add(in, p.name, p.value) != 0)
			return LOST;
	}
	return result_end(result) == 0 ? TAKEN : LOST;
}

enum outcome
apmon_take(struct intake *in)
{
	struct apmon_datagram d;
	enum apmon_reason reason = apmon_decode(
	    in->bytes.text, in->bytes.length, &d);
	enum outcome why;

	if (reason != APMON_OK) {
		error_set(&in->err, "%s", apmon_reason_text(reason));
		return MALFORMED;
	}
	why = admit(in, &d);
	if (why != TAKEN)
		return why;
	return d.accounting ? account(in, &d) : emit(in, &d);
}
