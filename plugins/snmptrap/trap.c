#include "trap.h"

#include <string.h>

/* 1.3.6.1.2.1.1.3.0 */
static const uint8_t sys_up_time[] = { 0x2b, 6, 1, 2, 1, 1, 3, 0 };
/* 1.3.6.1.6.3.1.1.4.1.0 and .3.0 */
static const uint8_t snmp_trap_oid[] = { 0x2b, 6, 1, 6, 3, 1, 1, 4, 1, 0 };
static const uint8_t snmp_trap_enterprise[] = { 0x2b, 6, 1, 6, 3, 1, 1, 4, 3,
	0 };
/* 1.3.6.1.6.3.1.1.5: coldStart is its .1, as generic trap 0 */
static const uint32_t snmp_traps[] = { 1, 3, 6, 1, 6, 3, 1, 1, 5 };
#define SNMP_TRAPS_LENGTH (sizeof(snmp_traps) / sizeof(snmp_traps[0]))
/* 1.3.6.1.6.3.18.1.3.0 and .4.0 */
static const uint8_t snmp_trap_address[] = { 0x2b, 6, 1, 6, 3, 18, 1, 3, 0 };
static const uint8_t snmp_trap_community[] = { 0x2b, 6, 1, 6, 3, 18, 1, 4, 0 };

#define ENTERPRISE_SPECIFIC 6
/* The name of a v2 trap is one of its first two varbinds. */
#define HEAD_VARBINDS 2

#define IS(OID, WHAT)                                                          \
	((OID).size == sizeof(WHAT) &&                                         \
	    memcmp((OID).data, (WHAT), sizeof(WHAT)) == 0)

bool
trap_next(struct ber *varbinds, struct snmp_varbind *ret)
{
	while (snmp_varbind_next(varbinds, ret, NULL) > 0)
		if (!IS(ret->name, sys_up_time) &&
		    !IS(ret->name, snmp_trap_oid) &&
		    !IS(ret->name, snmp_trap_community))
			return true;
	return false;
}

static int
set_id(struct trap *t, struct ber_bytes oid, struct error *err)
{
	if (oid.size > sizeof(t->id.bytes))
		return error_set(err, "the name of the trap is too long");
	memcpy(t->id.bytes, oid.data, oid.size);
	t->id.size = (uint16_t)oid.size;
	return 0;
}

static void
note_agent(struct trap *t, const uint8_t bytes[4])
{
	static const uint8_t none[4];

	t->has_agent = memcmp(bytes, none, sizeof(none)) != 0;
	memcpy(t->agent, bytes, sizeof(t->agent));
}

/* What the trap says of itself. */
static int
note_varbind(
    struct trap *t, const struct snmp_varbind *v, size_t at, struct error *err)
{
	const struct ber_value *value = &v->value;

	if (IS(v->name, sys_up_time) && value->tag == BER_TIMETICKS &&
	    !t->has_ticks) {
		t->has_ticks = true;
		t->ticks = value->number;
	} else if (IS(v->name, snmp_trap_oid) && value->tag == BER_OID &&
		   at < HEAD_VARBINDS && t->id.size == 0) {
		return set_id(t, value->bytes, err);
	} else if (IS(v->name, snmp_trap_enterprise) && value->tag == BER_OID &&
		   t->enterprise.size == 0) {
		t->enterprise = value->bytes;
	} else if (IS(v->name, snmp_trap_address) &&
		   value->tag == BER_IP_ADDRESS && !t->has_agent) {
		note_agent(t, value->bytes.data);
	}
	return 0;
}

static int
scan(struct trap *t, struct error *err)
{
	struct ber in = t->varbinds;
	struct snmp_varbind v;
	size_t n;
	int rc;

	for (n = 0; (rc = snmp_varbind_next(&in, &v, err)) > 0; n++) {
		if (n == TRAP_VARBINDS_MAX)
			return error_set(
			    err, "more than %d varbinds", TRAP_VARBINDS_MAX);
		if (note_varbind(t, &v, n, err) != 0)
			return -1;
	}
	return rc;
}

/* RFC 3584 3.1. */
static int
translate(struct trap *t, const struct snmp_pdu *pdu, struct error *err)
{
	uint32_t numbers[BER_OID_MAX + 2];
	size_t n;

	t->has_ticks = true;
	t->ticks = pdu->ticks;
	t->enterprise = pdu->enterprise;
	note_agent(t, pdu->agent);
	if (pdu->generic < 0 || pdu->generic > ENTERPRISE_SPECIFIC)
		return error_set(err, "generic-trap %d is none of 0 to 6",
		    (int)pdu->generic);
	if (pdu->generic == ENTERPRISE_SPECIFIC) {
		n = ber_oid_numbers(pdu->enterprise, numbers);
		numbers[n++] = 0;
		numbers[n++] = (uint32_t)pdu->specific;
	} else {
		n = SNMP_TRAPS_LENGTH;
		memcpy(numbers, snmp_traps, sizeof(snmp_traps));
		numbers[n++] = (uint32_t)pdu->generic + 1;
	}
	t->id.size = (uint16_t)ber_oid_encode(numbers, n, t->id.bytes);
	if (t->id.size == 0)
		return error_set(err, "the enterprise is too long");
	return 0;
}

int
trap_decode(const struct snmp_pdu *pdu, int version, struct trap *ret,
    struct error *err)
{
	struct trap t;

	memset(&t, 0, offsetof(struct trap, id));
	t.id.size = 0;
	t.version = version;
	t.inform = pdu->type == SNMP_INFORM;
	t.varbinds = pdu->varbinds;
	if (pdu->type == SNMP_TRAP1 && translate(&t, pdu, err) != 0)
		return -1;
	if (scan(&t, err) != 0)
		return -1;
	if (t.id.size == 0)
		return error_set(err, "none of the first two varbinds is "
				      "snmpTrapOID.0");
	memcpy(ret, &t, offsetof(struct trap, id));
	ret->id.size = t.id.size;
	memcpy(ret->id.bytes, t.id.bytes, t.id.size);
	return 0;
}
