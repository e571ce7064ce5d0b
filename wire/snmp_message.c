#include "snmp.h"

static int
get_flags(struct ber *in, uint8_t *ret, struct error *err)
{
	const uint8_t *at = in->p;
	struct ber_bytes flags;

	if (ber_get_bytes(in, BER_OCTETS, "msgFlags", &flags, err) != 0)
		return -1;
	if (flags.size != 1)
		return ber_fail(in, at, "msgFlags", "is not one byte", err);
	/* RFC 3412 7.2 5 d). */
	if ((*flags.data & (SNMP_AUTH | SNMP_PRIV)) == SNMP_PRIV)
		return ber_fail(in, at, "msgFlags",
		    "has privacy without authentication", err);
	*ret = *flags.data & (SNMP_AUTH | SNMP_PRIV | SNMP_REPORTABLE);
	return 0;
}

static int
get_header(struct ber *in, struct snmp_message *m, struct error *err)
{
	struct ber header;

	if (ber_enter(in, BER_SEQUENCE, "msgGlobalData", &header, err) != 0 ||
	    ber_get_int32(&header, "msgID", 0, INT32_MAX, &m->id, err) != 0 ||
	    ber_get_int32(&header, "msgMaxSize", SNMP_MIN_MAX_SIZE, INT32_MAX,
		&m->max_size, err) != 0 ||
	    get_flags(&header, &m->flags, err) != 0 ||
	    ber_get_int32(&header, "msgSecurityModel", 1, INT32_MAX,
		&m->security_model, err) != 0)
		return -1;
	return ber_finish(&header, "msgGlobalData", err);
}

static int
decode_v3(struct ber *in, struct snmp_message *m, struct error *err)
{
	if (get_header(in, m, err) != 0 ||
	    ber_enter(in, BER_OCTETS, "msgSecurityParameters", &m->security,
		err) != 0)
		return -1;
	if (m->flags & SNMP_PRIV) {
		if (ber_enter(in, BER_OCTETS, "encryptedPDU", &m->data, err) !=
		    0)
			return -1;
		return ber_finish(in, "encryptedPDU", err);
	}
	m->data = *in;
	return 0;
}

static int
decode_community(struct ber *in, struct snmp_message *m, struct error *err)
{
	if (ber_get_bytes(in, BER_OCTETS, "community", &m->community, err) != 0)
		return -1;
	m->data = *in;
	return 0;
}

int
snmp_message_decode(
    const void *bytes, size_t size, struct snmp_message *ret, struct error *err)
{
	struct ber whole = ber_reader(bytes, size), in;
	struct snmp_message m = { 0 };
	int32_t version;

	if (ber_enter(&whole, BER_SEQUENCE, "the message", &in, err) != 0 ||
	    ber_finish(&whole, "the message", err) != 0 ||
	    ber_get_int32(&in, "version", 0, INT32_MAX, &version, err) != 0)
		return -1;
	m.version = (uint8_t)version;
	switch (version) {
	case SNMP_V1:
	case SNMP_V2C:
		if (decode_community(&in, &m, err) != 0)
			return -1;
		break;
	case SNMP_V3:
		if (decode_v3(&in, &m, err) != 0)
			return -1;
		break;
	default:
		return error_set(err,
		    "version %ld is none of 0 (v1), 1 (v2c) and 3 (v3)",
		    (long)version);
	}
	*ret = m;
	return 0;
}

static void
encode_header(struct ber_writer *out, const struct snmp_message *m)
{
	size_t mark = ber_written(out);

	ber_put_integer(out, m->security_model);
	ber_put_bytes(out, BER_OCTETS, (struct ber_bytes){ &m->flags, 1 });
	ber_put_integer(out, m->max_size);
	ber_put_integer(out, m->id);
	ber_put_header(out, BER_SEQUENCE, mark);
}

void
snmp_message_encode(struct ber_writer *out, const struct snmp_message *m)
{
	if (m->version == SNMP_V3) {
		if (m->flags & SNMP_PRIV)
			ber_put_header(out, BER_OCTETS, 0);
		ber_put_bytes(out, BER_OCTETS,
		    (struct ber_bytes){ m->security.p,
			(size_t)(m->security.end - m->security.p) });
		encode_header(out, m);
	} else {
		ber_put_bytes(out, BER_OCTETS, m->community);
	}
	ber_put_integer(out, m->version);
	ber_put_header(out, BER_SEQUENCE, 0);
}

int
snmp_scope_decode(struct ber *in, struct snmp_scope *ret, struct error *err)
{
	struct snmp_scope scope;

	if (ber_enter(in, BER_SEQUENCE, "scopedPDU", &scope.pdu, err) != 0 ||
	    ber_get_bytes(&scope.pdu, BER_OCTETS, "contextEngineID",
		&scope.engine_id, err) != 0 ||
	    ber_get_bytes(&scope.pdu, BER_OCTETS, "contextName", &scope.context,
		err) != 0)
		return -1;
	*ret = scope;
	return 0;
}

void
snmp_scope_encode(struct ber_writer *out, struct ber_bytes engine_id,
    struct ber_bytes context)
{
	ber_put_bytes(out, BER_OCTETS, context);
	ber_put_bytes(out, BER_OCTETS, engine_id);
	ber_put_header(out, BER_SEQUENCE, 0);
}
