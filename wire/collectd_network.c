#include "collectd_network.h"

#include "clock.h"
#include "xdr.h"

#define HOST 0x0000
#define TIME 0x0001
#define PLUGIN 0x0002
#define PLUGIN_INSTANCE 0x0003
#define TYPE 0x0004
#define TYPE_INSTANCE 0x0005
#define VALUES 0x0006
#define INTERVAL 0x0007
#define TIME_HR 0x0008
#define INTERVAL_HR 0x0009
#define MESSAGE 0x0100
#define SEVERITY 0x0101

#define HEAD 4
/* Of a message, as collectd has room for. */
#define MESSAGE_MAX 255
/* Seconds that int64 ns can say. */
#define SECONDS_MAX UINT64_C(9200000000)

/* ------------------------------------------------------------- reading -- */

static uint16_t
half(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint64_t
big(const uint8_t *p)
{
	return (uint64_t)xdr_word(p) << 32 | xdr_word(p + 4);
}

static int
read_text(
    struct slice payload, size_t most, struct slice *ret, struct error *err)
{
	if (payload.length == 0 || payload.text[payload.length - 1] != '\0')
		return error_set(err, "a text that does not end in NUL");
	payload.length = strlen(payload.text);
	if (payload.length > most)
		return error_set(err, "a text of %zu bytes", payload.length);
	*ret = payload;
	return 0;
}

static int
read_number(struct slice payload, uint64_t *ret, struct error *err)
{
	if (payload.length != 8)
		return error_set(err, "a number of %zu bytes", payload.length);
	*ret = big((const uint8_t *)payload.text);
	return 0;
}

static int
read_time(struct slice payload, bool fine, int64_t *ret, struct error *err)
{
	const uint64_t second = UINT64_C(1) << 30;
	uint64_t n = 0, left;

	if (read_number(payload, &n, err) != 0)
		return -1;
	if (n / (fine ? second : 1) > SECONDS_MAX)
		return error_set(err, "a time beyond the year 2261");
	left = fine ? n % second : 0;
	n = fine ? n / second : n;
	*ret = (int64_t)n * NS_PER_S +
	       (int64_t)((left * (uint64_t)NS_PER_S + second / 2) / second);
	return 0;
}

static int
read_values(struct slice payload, struct collectd_list *l, struct error *err)
{
	const uint8_t *p = (const uint8_t *)payload.text;
	size_t n = payload.length >= 2 ? half(p) : 0;

	if (n == 0 || payload.length != 2 + 9 * n)
		return error_set(
		    err, "%zu values in %zu bytes", n, payload.length);
	for (size_t i = 0; i < n; i++)
		if (p[2 + i] > COLLECTD_ABSOLUTE)
			return error_set(
			    err, "a value of unknown kind %u", p[2 + i]);
	l->n = n;
	l->kinds = p + 2;
	l->values = p + 2 + n;
	return 0;
}

/* 1 if it completes a list, 0 if it is said of those to come. */
static int
read_part(struct collectd_list *l, unsigned type, struct slice payload,
    struct error *err)
{
	switch (type) {
	case HOST:
		return read_text(payload, COLLECTD_NAME_MAX, &l->of.host, err);
	case PLUGIN:
		return read_text(
		    payload, COLLECTD_NAME_MAX, &l->of.plugin, err);
	case PLUGIN_INSTANCE:
		return read_text(
		    payload, COLLECTD_NAME_MAX, &l->of.plugin_instance, err);
	case TYPE:
		return read_text(payload, COLLECTD_NAME_MAX, &l->of.type, err);
	case TYPE_INSTANCE:
		return read_text(
		    payload, COLLECTD_NAME_MAX, &l->of.type_instance, err);
	case TIME:
	case TIME_HR:
		return read_time(payload, type == TIME_HR, &l->time_ns, err);
	case INTERVAL:
	case INTERVAL_HR:
		return read_time(
		    payload, type == INTERVAL_HR, &l->interval_ns, err);
	case SEVERITY:
		return read_number(payload, &l->severity, err);
	case MESSAGE:
		l->notification = true;
		l->n = 0;
		return read_text(payload, MESSAGE_MAX, &l->message, err) == 0
			   ? 1
			   : -1;
	case VALUES:
		l->notification = false;
		return read_values(payload, l, err) == 0 ? 1 : -1;
	}
	return 0;
}

/* A notification may be about anything, or nothing that is measured. */
static int
check_list(const struct collectd_list *l, struct error *err)
{
	if (l->of.host.length == 0)
		return error_set(err, "values without a host");
	if (l->time_ns == 0)
		return error_set(err, "values without a time");
	if (l->notification)
		return 0;
	if (l->of.plugin.length == 0 || l->of.type.length == 0)
		return error_set(err, "values without a %s",
		    l->of.plugin.length == 0 ? "plugin" : "type");
	return 0;
}

int
collectd_next(struct collectd_packet *packet, struct collectd_list *ret,
    struct error *err)
{
	struct slice *rest = &packet->rest;
	int rc = 0;

	while (rc == 0 && rest->length > 0) {
		const uint8_t *p = (const uint8_t *)rest->text;
		size_t size = rest->length >= HEAD ? half(p + 2) : 0;

		if (size < HEAD || size > rest->length) {
			rc = error_set(err, "a part of %zu bytes of %zu", size,
			    rest->length);
			break;
		}
		rc = read_part(&packet->now, half(p),
		    (struct slice){ rest->text + HEAD, size - HEAD }, err);
		if (rc < 0)
			break;
		slice_skip(rest, size);
	}
	/* What stands behind a bad part may be about what it failed to say. */
	if (rc < 0)
		rest->length = 0;
	if (rc <= 0)
		return rc;
	if (check_list(&packet->now, err) != 0)
		return -1;
	*ret = packet->now;
	return 1;
}

struct collectd_value
collectd_value_at(const struct collectd_list *l, size_t i)
{
	struct collectd_value v = { .kind = (enum collectd_kind)l->kinds[i] };
	uint64_t bits = big(l->values + 8 * i);

	if (v.kind == COLLECTD_GAUGE)
		bits = __builtin_bswap64(bits);
	memcpy(&v.counter, &bits, sizeof(bits));
	return v;
}

/* ------------------------------------------------------------- writing -- */

static uint8_t *
put_half(uint8_t *p, size_t n)
{
	p[0] = (uint8_t)(n >> 8);
	p[1] = (uint8_t)n;
	return p + 2;
}

static uint8_t *
put_big(uint8_t *p, uint64_t n)
{
	for (int i = 7; i >= 0; i--, n >>= 8)
		p[i] = (uint8_t)n;
	return p + 8;
}

/* Room for a part; NULL if there is none. */
static uint8_t *
begin_part(struct collectd_writing *w, unsigned type, size_t size)
{
	uint8_t *p = w->at;

	if ((size_t)(w->end - p) < HEAD + size)
		return NULL;
	w->at += HEAD + size;
	return put_half(put_half(p, type), HEAD + size);
}

static bool
is_same(struct slice one, struct slice other)
{
	return one.length == other.length &&
	       (one.length == 0 ||
		   memcmp(one.text, other.text, one.length) == 0);
}

/* Unless it is as before. */
static bool
put_text(struct collectd_writing *w, unsigned type, struct slice text,
    struct slice *last)
{
	uint8_t *p;

	if (is_same(text, *last))
		return true;
	p = begin_part(w, type, text.length + 1);
	if (p == NULL)
		return false;
	if (text.length > 0)
		memcpy(p, text.text, text.length);
	p[text.length] = '\0';
	*last = (struct slice){ (const char *)p, text.length };
	return true;
}

static bool
put_time(struct collectd_writing *w, unsigned type, int64_t ns, int64_t *last)
{
	uint64_t seconds = ns > 0 ? (uint64_t)(ns / NS_PER_S) : 0;
	uint64_t left = ns > 0 ? (uint64_t)(ns % NS_PER_S) : 0;
	uint8_t *p;

	if (ns == *last)
		return true;
	p = begin_part(w, type, 8);
	if (p == NULL)
		return false;
	/* Rounded, so that a reader that rounds gets the same ns. */
	put_big(p, (seconds << 30) + ((left << 30) + (uint64_t)NS_PER_S / 2) /
					 (uint64_t)NS_PER_S);
	*last = ns;
	return true;
}

static bool
put_values(
    struct collectd_writing *w, const struct collectd_value *values, size_t n)
{
	uint8_t *p = begin_part(w, VALUES, 2 + 9 * n);
	uint64_t bits;
	size_t i;

	if (p == NULL)
		return false;
	p = put_half(p, n);
	for (i = 0; i < n; i++)
		*p++ = (uint8_t)values[i].kind;
	for (i = 0; i < n; i++) {
		memcpy(&bits, &values[i].counter, sizeof(bits));
		if (values[i].kind == COLLECTD_GAUGE)
			bits = __builtin_bswap64(bits);
		p = put_big(p, bits);
	}
	return true;
}

static int
check_name(const char *what, struct slice name, bool needed, struct error *err)
{
	if (needed && name.length == 0)
		return error_set(err, "no %s", what);
	if (name.length > COLLECTD_NAME_MAX)
		return error_set(err, "%s \"%.*s\" is longer than %d bytes",
		    what, (int)name.length, name.text, COLLECTD_NAME_MAX);
	if (name.length > 0 && memchr(name.text, '\0', name.length) != NULL)
		return error_set(err, "%s with a NUL in it", what);
	return 0;
}

static int
check_identifier(const struct collectd_identifier *of, struct error *err)
{
	if (check_name("host", of->host, true, err) != 0 ||
	    check_name("plugin", of->plugin, true, err) != 0 ||
	    check_name("plugin instance", of->plugin_instance, false, err) !=
		0 ||
	    check_name("type", of->type, true, err) != 0)
		return -1;
	return check_name("type instance", of->type_instance, false, err);
}

int
collectd_put(struct collectd_writing *w, const struct collectd_identifier *of,
    int64_t time_ns, int64_t interval_ns, const struct collectd_value *values,
    size_t n, struct error *err)
{
	struct collectd_writing before = *w;
	struct collectd_identifier *last = &w->last.of;

	if (check_identifier(of, err) != 0)
		return -1;
	if (n == 0 || n > COLLECTD_VALUES_MAX)
		return error_set(err, "%zu values", n);
	if (put_text(w, HOST, of->host, &last->host) &&
	    put_time(w, TIME_HR, time_ns, &w->last.time_ns) &&
	    put_time(w, INTERVAL_HR, interval_ns, &w->last.interval_ns) &&
	    put_text(w, PLUGIN, of->plugin, &last->plugin) &&
	    put_text(w, PLUGIN_INSTANCE, of->plugin_instance,
		&last->plugin_instance) &&
	    put_text(w, TYPE, of->type, &last->type) &&
	    put_text(
		w, TYPE_INSTANCE, of->type_instance, &last->type_instance) &&
	    put_values(w, values, n))
		return 1;
	*w = before;
	return 0;
}
