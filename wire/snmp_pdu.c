#include "snmp.h"

#include <string.h>

static bool
knows(int version, uint8_t type)
{
	switch (type) {
	case SNMP_GET:
	case SNMP_GET_NEXT:
	case SNMP_RESPONSE:
	case SNMP_SET:
		return true;
	case SNMP_TRAP1:
		return version == SNMP_V1;
	case SNMP_GET_BULK:
	case SNMP_INFORM:
	case SNMP_TRAP2:
		return version != SNMP_V1;
	case SNMP_REPORT:
		return version == SNMP_V3;
	default:
		return false;
	}
}

static int
get_bulk(struct ber *in, struct snmp_pdu *pdu, struct error *err)
{
	if (ber_get_int32(in, "non-repeaters", INT32_MIN, INT32_MAX,
		&pdu->non_repeaters, err) != 0 ||
	    ber_get_int32(in, "max-repetitions", INT32_MIN, INT32_MAX,
		&pdu->max_repetitions, err) != 0)
		return -1;
	if (pdu->non_repeaters < 0)
		pdu->non_repeaters = 0;
	if (pdu->max_repetitions < 0)
		pdu->max_repetitions = 0;
	return 0;
}

static int
get_head(struct ber *in, struct snmp_pdu *pdu, struct error *err)
{
	if (ber_get_int32(in, "request-id", INT32_MIN, INT32_MAX,
		&pdu->request_id, err) != 0)
		return -1;
	if (pdu->type == SNMP_GET_BULK)
		return get_bulk(in, pdu, err);
	if (ber_get_int32(
		in, "error-status", 0, INT32_MAX, &pdu->error_status, err) != 0)
		return -1;
	return ber_get_int32(
	    in, "error-index", 0, INT32_MAX, &pdu->error_index, err);
}

static int
get_agent(struct ber *in, struct snmp_pdu *pdu, struct error *err)
{
	const uint8_t *at = in->p;
	struct ber_bytes agent;

	if (ber_get_bytes(in, BER_IP_ADDRESS, "agent-addr", &agent, err) != 0)
		return -1;
	if (agent.size != sizeof(pdu->agent))
		return ber_fail(in, at, "agent-addr", "is not 4 bytes", err);
	memcpy(pdu->agent, agent.data, sizeof(pdu->agent));
	return 0;
}

static int
get_ticks(struct ber *in, struct snmp_pdu *pdu, struct error *err)
{
	const uint8_t *at = in->p;
	struct ber_value v;

	if (ber_peek(in) != BER_TIMETICKS)
		return ber_fail(in, at, "time-stamp", "is not TimeTicks", err);
	if (ber_get_value(in, &v, err) != 0)
		return -1;
	if (v.number > UINT32_MAX)
		return ber_fail(
		    in, at, "time-stamp", "does not fit 32 bits", err);
	pdu->ticks = (uint32_t)v.number;
	return 0;
}

static int
get_trap1(struct ber *in, struct snmp_pdu *pdu, struct error *err)
{
	if (ber_get_oid(in, "enterprise", &pdu->enterprise, err) != 0 ||
	    get_agent(in, pdu, err) != 0 ||
	    ber_get_int32(
		in, "generic-trap", 0, INT32_MAX, &pdu->generic, err) != 0 ||
	    ber_get_int32(in, "specific-trap", INT32_MIN, INT32_MAX,
		&pdu->specific, err) != 0)
		return -1;
	return get_ticks(in, pdu, err);
}

int
snmp_pdu_decode(
    struct ber *in, int version, struct snmp_pdu *ret, struct error *err)
{
	struct snmp_pdu pdu = { .type = ber_peek(in) };
	struct ber inside, whole = *in;
	int status;

	if (!ber_done(in) && !knows(version, pdu.type))
		return ber_fail(in, in->p, "the PDU",
		    "is of a type that the version does not have", err);
	if (ber_enter(&whole, pdu.type, "the PDU", &inside, err) != 0 ||
	    ber_finish(&whole, "the PDU", err) != 0)
		return -1;
	status = pdu.type == SNMP_TRAP1 ? get_trap1(&inside, &pdu, err)
					: get_head(&inside, &pdu, err);
	if (status != 0 ||
	    ber_enter(&inside, BER_SEQUENCE, "variable-bindings", &pdu.varbinds,
		err) != 0 ||
	    ber_finish(&inside, "variable-bindings", err) != 0)
		return -1;
	*in = whole;
	*ret = pdu;
	return 0;
}

int
snmp_varbind_next(
    struct ber *varbinds, struct snmp_varbind *ret, struct error *err)
{
	const uint8_t *at = varbinds->p;
	struct ber inside;

	if (ber_done(varbinds))
		return 0;
	if (ber_enter(varbinds, BER_SEQUENCE, "a varbind", &inside, err) != 0 ||
	    ber_get_oid(&inside, "a varbind's name", &ret->name, err) != 0 ||
	    ber_get_value(&inside, &ret->value, err) != 0 ||
	    ber_finish(&inside, "a varbind's value", err) != 0) {
		varbinds->p = at;
		return -1;
	}
	return 1;
}

static void
put_varbinds(
    struct ber_writer *out, const struct snmp_varbind *varbinds, size_t n)
{
	size_t mark;

	while (n-- > 0 && !out->failed) {
		mark = ber_written(out);
		ber_put_value(out, &varbinds[n].value);
		ber_put_bytes(out, BER_OID, varbinds[n].name);
		ber_put_header(out, BER_SEQUENCE, mark);
	}
}

static void
put_head(struct ber_writer *out, const struct snmp_pdu *pdu)
{
	if (pdu->type == SNMP_TRAP1) {
		ber_put_unsigned(out, BER_TIMETICKS, pdu->ticks);
		ber_put_integer(out, pdu->specific);
		ber_put_integer(out, pdu->generic);
		ber_put_bytes(out, BER_IP_ADDRESS,
		    (struct ber_bytes){ pdu->agent, sizeof(pdu->agent) });
		ber_put_bytes(out, BER_OID, pdu->enterprise);
		return;
	}
	ber_put_integer(out, pdu->error_index);
	ber_put_integer(out, pdu->error_status);
	ber_put_integer(out, pdu->request_id);
}

void
snmp_pdu_encode(struct ber_writer *out, const struct snmp_pdu *pdu,
    const struct snmp_varbind *varbinds, size_t n)
{
	size_t mark = ber_written(out);

	if (varbinds == NULL)
		ber_put_raw(out, pdu->varbinds.p,
		    (size_t)(pdu->varbinds.end - pdu->varbinds.p));
	else
		put_varbinds(out, varbinds, n);
	ber_put_header(out, BER_SEQUENCE, mark);
	put_head(out, pdu);
	ber_put_header(out, pdu->type, mark);
}

/* 30 SIZE 06 SIZE NAME 05 00: in one go where sizes are of one byte. */
static void
put_name(struct ber_writer *out, struct ber_bytes name)
{
	size_t mark = ber_written(out), size = name.size + 6;
	uint8_t *p;

	if (size - 2 >= 0x80 || (size_t)(out->p - out->begin) < size) {
		ber_put_header(out, BER_NULL, mark);
		ber_put_bytes(out, BER_OID, name);
		ber_put_header(out, BER_SEQUENCE, mark);
		return;
	}
	p = out->p - size;
	p[0] = BER_SEQUENCE;
	p[1] = (uint8_t)(size - 2);
	p[2] = BER_OID;
	p[3] = (uint8_t)name.size;
	memcpy(p + 4, name.data, name.size);
	p[size - 2] = BER_NULL;
	p[size - 1] = 0;
	out->p = p;
}

void
snmp_question_encode(struct ber_writer *out, const struct snmp_pdu *pdu,
    const struct ber_bytes *names, size_t n)
{
	size_t whole = ber_written(out);

	while (n-- > 0 && !out->failed)
		put_name(out, names[n]);
	ber_put_header(out, BER_SEQUENCE, whole);
	put_head(out, pdu);
	ber_put_header(out, pdu->type, whole);
}

const char *
snmp_type_name(int type)
{
	static const char *const names[] = { "Get", "GetNext", "Response",
		"Set", "Trap", "GetBulk", "Inform", "Trap", "Report" };

	if (type < SNMP_GET || type > SNMP_REPORT)
		return "unknown";
	return names[type - SNMP_GET];
}

const char *
snmp_error_name(int32_t error_status)
{
	static const char *const names[] = { "noError", "tooBig", "noSuchName",
		"badValue", "readOnly", "genErr", "noAccess", "wrongType",
		"wrongLength", "wrongEncoding", "wrongValue", "noCreation",
		"inconsistentValue", "resourceUnavailable", "commitFailed",
		"undoFailed", "authorizationError", "notWritable",
		"inconsistentName" };

	if (error_status < 0 ||
	    (size_t)error_status >= sizeof(names) / sizeof(names[0]))
		return "unknown";
	return names[error_status];
}
