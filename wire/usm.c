#include "usm.h"

#include "clock.h"

/* An OCTET STRING of at most `max' bytes. */
static int
get_octets(struct ber *in, const char *what, size_t max, struct ber_bytes *ret,
    struct error *err)
{
	const uint8_t *at = in->p;

	if (ber_get_bytes(in, BER_OCTETS, what, ret, err) != 0)
		return -1;
	if (ret->size > max)
		return ber_fail(in, at, what, "is too long", err);
	return 0;
}

/* What the flags ask for is there. */
static int
check_level(const struct snmp_message *m, const struct usm_parameters *p,
    struct error *err)
{
	const uint8_t *at = m->security.p;

	if (m->flags & SNMP_AUTH && p->mac.size == 0)
		return ber_fail(&m->security, at, "msgAuthenticationParameters",
		    "is empty", err);
	if (m->flags & SNMP_PRIV && p->salt.size != USM_SALT)
		return ber_fail(&m->security, at, "msgPrivacyParameters",
		    "is not 8 bytes", err);
	return 0;
}

int
usm_decode(
    const struct snmp_message *m, struct usm_parameters *ret, struct error *err)
{
	struct ber whole = m->security, in;
	struct usm_parameters p;

	if (m->security_model != SNMP_USM)
		return error_set(err, "security model %ld is not 3 (USM)",
		    (long)m->security_model);
	if (ber_enter(
		&whole, BER_SEQUENCE, "UsmSecurityParameters", &in, err) != 0 ||
	    ber_finish(&whole, "UsmSecurityParameters", err) != 0 ||
	    get_octets(&in, "msgAuthoritativeEngineID", USM_ENGINE_MAX,
		&p.engine_id, err) != 0 ||
	    ber_get_int32(&in, "msgAuthoritativeEngineBoots", 0, INT32_MAX,
		&p.boots, err) != 0 ||
	    ber_get_int32(&in, "msgAuthoritativeEngineTime", 0, INT32_MAX,
		&p.time, err) != 0 ||
	    get_octets(&in, "msgUserName", USM_NAME_MAX, &p.user, err) != 0 ||
	    get_octets(&in, "msgAuthenticationParameters", USM_MAC_MAX, &p.mac,
		err) != 0 ||
	    get_octets(&in, "msgPrivacyParameters", USM_SALT, &p.salt, err) !=
		0 ||
	    ber_finish(&in, "msgPrivacyParameters", err) != 0 ||
	    check_level(m, &p, err) != 0)
		return -1;
	*ret = p;
	return 0;
}

void
usm_encode(struct ber_writer *out, const struct usm_parameters *p)
{
	size_t mark = ber_written(out);

	ber_put_bytes(out, BER_OCTETS, p->salt);
	ber_put_bytes(out, BER_OCTETS, p->mac);
	ber_put_bytes(out, BER_OCTETS, p->user);
	ber_put_integer(out, p->time);
	ber_put_integer(out, p->boots);
	ber_put_bytes(out, BER_OCTETS, p->engine_id);
	ber_put_header(out, BER_SEQUENCE, mark);
}

/* ---------------------------------------------------------------- time -- */

int32_t
usm_clock_now(const struct usm_clock *c, int64_t mono_ns)
{
	int64_t now = c->time + (mono_ns - c->mono_ns) / NS_PER_S;

	return now > INT32_MAX ? INT32_MAX : (int32_t)now;
}

bool
usm_clock_receive(
    struct usm_clock *c, int32_t boots, int32_t time, int64_t mono_ns)
{
	if (boots > c->boots || (boots == c->boots && time > c->latest)) {
		c->boots = boots;
		c->latest = time;
		c->time = time;
		c->mono_ns = mono_ns;
	}
	return c->boots != INT32_MAX && boots == c->boots &&
	       time >= (int64_t)usm_clock_now(c, mono_ns) - USM_WINDOW_S;
}

bool
usm_in_window(int32_t our_boots, int32_t our_time, int32_t boots, int32_t time)
{
	int64_t late = (int64_t)our_time - time;

	return our_boots != INT32_MAX && boots == our_boots &&
	       late <= USM_WINDOW_S && late >= -USM_WINDOW_S;
}

bool
usm_engine_id_valid(struct ber_bytes id)
{
	size_t i;

	if (id.size < USM_ENGINE_MIN || id.size > USM_ENGINE_MAX)
		return false;
	if (id.data[0] != 0 && id.data[0] != 0xff)
		return true;
	for (i = 1; i < id.size; i++)
		if (id.data[i] != id.data[0])
			return true;
	return false;
}
