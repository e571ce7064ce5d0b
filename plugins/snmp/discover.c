/*
 * discover.c - who answers in a range of addresses: each is asked with one
 * credential after the other, so many a second, and those that answer are
 * asked what they are.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "actions.h"
#include "clock.h"
#include "place.h"
#include "profile.h"
#include "range.h"
#include "show.h"

#define MARGIN_NS (5 * NS_PER_S)
/* Addresses are begun with for so long; then their answers are waited for. */
#define BEGIN_NS (10 * NS_PER_S)
/* Of a credential: a datagram may be lost. */
#define TRIES 2
#define RATE_MAX 10000.0

const struct farm_option discover_options[] = {
	{ .name = "range",
	    .type = FARM_TYPE_LIST,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(
		struct discover_arguments, range, struct farm_list),
	    .help = "addresses to ask: 127.1.0.0/24, 127.1.0.[1-254] or "
		    "2001:db8::/112, at most 65,536" },
	FARM_OPTION_INTEGER("rate", struct discover_arguments, rate, "200", 1,
	    RATE_MAX,
	    "datagrams sent in a second, whatever for: an address is asked up "
	    "to twice with each credential"),
	FARM_OPTION_INTEGER("from", struct discover_arguments, from, "0", 0,
	    RANGE_MAX, "go on with this one, the \"next\" of a reply"),
	FARM_OPTION_END
};

/* Of what answers: this is asked. */
enum { OF_DESCRIPTION, OF_OBJECT, OF_NAME, IDENTITIES };
static const uint8_t identity_oids[IDENTITIES][8] = {
	{ 0x2b, 6, 1, 2, 1, 1, 1, 0 },
	{ 0x2b, 6, 1, 2, 1, 1, 2, 0 },
	{ 0x2b, 6, 1, 2, 1, 1, 5, 0 },
};

/* One address. */
struct finding {
	struct agent agent; /* first */
	int64_t asked_ns;   /* what it is; 0: not yet */
};

struct sweep {
	struct farm_host *host;
	const struct acting *acting;
	struct range range;
	struct profiles profiles;
	struct exchange *exchange;
	struct finding *findings; /* those of this action */
	struct ber_bytes names[IDENTITIES];
	struct question question;
	struct buffer out;
	size_t first; /* number of the first of them in the range */
	size_t n;     /* of them */
	size_t begun;
	size_t over;
	size_t told;
	int64_t rate;
	int64_t begin_ns; /* as long as others are begun with */
	int64_t limit_ns;
};

/* --------------------------------------------------------------- telling -- */

static void
put_member(struct buffer *out, const char *key, const char *text)
{
	buffer_printf(out, ",\"%s\":", key);
	buffer_json_text(out, text);
}

static void
put_address(struct buffer *out, const struct agent *a)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (a->family == AF_INET)
		(void)inet_ntop(
		    AF_INET, &a->address.ipv4.sin_addr, text, sizeof(text));
	else
		(void)inet_ntop(
		    AF_INET6, &a->address.ipv6.sin6_addr, text, sizeof(text));
	put_member(out, "address", text);
}

static void
tell_begin(struct sweep *s, const struct finding *f)
{
	buffer_puts(&s->out, s->told++ > 0 ? ",\n{" : "\n{");
	buffer_printf(
	    &s->out, "\"number\":%zu", s->first + (size_t)(f - s->findings));
	put_address(&s->out, &f->agent);
}

static void
put_profiles(struct sweep *s, struct ber_bytes id)
{
	uint64_t set = profiles_fitting(&s->profiles, id);
	const char *comma = "";
	size_t i;

	buffer_puts(&s->out, ",\"profiles\":[");
	for (i = 0; i < s->profiles.n; i++) {
		if ((set >> i & 1) == 0)
			continue;
		buffer_puts(&s->out, comma);
		buffer_json_text(&s->out, s->profiles.items[i].name);
		comma = ",";
	}
	buffer_putc(&s->out, ']');
}

static void
put_identity(struct sweep *s, const struct answer *a)
{
	static const char *const keys[IDENTITIES] = { "description",
		"object_id", "name" };
	struct ber varbinds = a->pdu.varbinds;
	struct buffer text = BUFFER_INIT;
	struct snmp_varbind v;
	struct farm_value value;
	size_t i;

	for (i = 0; i < IDENTITIES; i++) {
		if (snmp_varbind_next(&varbinds, &v, NULL) <= 0)
			break;
		value = object_value(objects_by_oid(s->acting->objects, v.name),
		    &v.value, false, &text);
		if (value.type != FARM_TEXT)
			continue;
		buffer_printf(&s->out, ",\"%s\":", keys[i]);
		buffer_json_string(&s->out, value.text, value.length);
		if (i == OF_OBJECT && v.value.tag == BER_OID)
			put_profiles(s, v.value.bytes);
	}
	buffer_free(&text);
}

static void
tell_found(struct sweep *s, const struct finding *f, const struct answer *a)
{
	static const char *const versions[] = {
		[SNMP_V1] = "1", [SNMP_V2C] = "2c", [SNMP_V3] = "3"
	};
	const struct credentials *c = s->acting->manner.credentials;

	tell_begin(s, f);
	put_member(&s->out, "version", versions[f->agent.version]);
	put_member(&s->out, "credential", c->items[f->agent.credential].label);
	buffer_printf(&s->out, ",\"rtt_ns\":%lld",
	    (long long)(clock_mono_ns() - f->asked_ns));
	if (a->outcome == ANSWERED && a->pdu.error_status == SNMP_NO_ERROR)
		put_identity(s, a);
	buffer_puts(&s->out, ",\"failure\":null}");
}

/* Somebody is there, but none of our credentials will do. */
static void
tell_closed(struct sweep *s, const struct finding *f, const struct answer *a)
{
	struct error why;

	answer_fail(a, &why);
	tell_begin(s, f);
	put_member(&s->out, "failure", why.text);
	buffer_putc(&s->out, '}');
}

static bool
is_silence(enum outcome outcome)
{
	return outcome == TIMED_OUT || outcome == REFUSED ||
	       outcome == UNREACHABLE || outcome == NOT_SENT;
}

/* -------------------------------------------------------------- sweeping -- */

static int
begin(struct sweep *s)
{
	struct finding *f = &s->findings[s->begun];
	union address *a = &s->range.addresses[s->first + s->begun];

	f->agent.address = *a;
	f->agent.family = (uint8_t)a->any.sa_family;
	place_set_port(
	    &f->agent.address, f->agent.family, s->acting->manner.port);
	if (exchange_join(s->exchange, &f->agent) != 0)
		return -1;
	exchange_find(s->exchange, &f->agent, TRIES, s->limit_ns);
	s->begun++;
	return 0;
}

static void
take(struct sweep *s, const struct answer *a)
{
	struct finding *f = (struct finding *)a->agent;

	if (a->outcome == ANSWERED && f->asked_ns == 0) {
		f->asked_ns = clock_mono_ns();
		exchange_ask(s->exchange, &f->agent, &s->question, s->limit_ns);
		return;
	}
	if (f->asked_ns != 0)
		tell_found(s, f, a);
	else if (!is_silence(a->outcome))
		tell_closed(s, f, a);
	s->over++;
}

/* Those under way go first: another one only begins when none of their
   datagrams waits for its turn. */
static int
sweep(struct sweep *s)
{
	int64_t now_ns, gap_ns = NS_PER_S / s->rate;
	struct answer a;

	for (;;) {
		now_ns = clock_mono_ns();
		exchange_step(s->exchange, now_ns);
		while (exchange_answer(s->exchange, &a))
			take(s, &a);
		if (s->begun > 0 && now_ns > s->begin_ns)
			s->n = s->begun;
		while (s->begun < s->n && exchange_has_room(s->exchange))
			if (begin(s) != 0)
				return farm_fail(s->host, "out of memory");
		if (s->over == s->n)
			return 0;
		exchange_wait(s->exchange,
		    s->begun < s->n ? now_ns + gap_ns : s->limit_ns);
	}
}

/* -------------------------------------------------------------- the whole --
 */

/* So that the last one begun with is over by the limit: each credential may
   take all its tries. */
static int64_t
last_begin(const struct sweep *s, int64_t now_ns)
{
	const struct manner *m = &s->acting->manner;
	int64_t each_ns = (int64_t)m->credentials->n * TRIES * m->timeout_ns;
	int64_t begin_ns = s->limit_ns - each_ns;

	if (begin_ns > now_ns + BEGIN_NS)
		begin_ns = now_ns + BEGIN_NS;
	return begin_ns > now_ns ? begin_ns : now_ns;
}

static int
open_sweep(struct sweep *s, const struct discover_arguments *arguments)
{
	const struct manner *m = &s->acting->manner;
	struct exchange_options o = {
		.credentials = m->credentials,
		.timeout_ns = m->timeout_ns,
		.timeout_min_ns = m->timeout_min_ns,
		.window = RANGE_MAX,
		.rate = arguments->rate,
		.large_receive_buffer = true,
	};
	struct problems problems = PROBLEMS_INIT;
	struct error err;
	size_t i, most = (size_t)(arguments->rate * (BEGIN_NS / NS_PER_S));

	if (range_parse(&s->range, &arguments->range, &err) != 0)
		return farm_fail(s->host, "%s", err.text);
	s->first = (size_t)arguments->from;
	if (s->first >= s->range.n)
		return farm_fail(
		    s->host, "from: the range has %zu addresses", s->range.n);
	s->n = s->range.n - s->first < most ? s->range.n - s->first : most;
	s->findings = calloc(s->n, sizeof(*s->findings));
	if (s->findings == NULL)
		return farm_fail(s->host, "out of memory");
	for (i = 0; i < IDENTITIES; i++)
		s->names[i] = (struct ber_bytes){ identity_oids[i],
			sizeof(identity_oids[i]) };
	s->question = (struct question){
		.type = SNMP_GET, .names = s->names, .n = IDENTITIES
	};
	s->rate = arguments->rate;
	s->limit_ns = farm_deadline_ns(s->host, NULL) - MARGIN_NS;
	s->begin_ns = last_begin(s, clock_mono_ns());
	/* What is wrong with a profile is no reason not to look for devices. */
	(void)profiles_find(
	    &s->profiles, s->acting->folders, s->acting->n_folders, &problems);
	(void)profiles_read(&s->profiles, &problems);
	problems_free(&problems);
	if (exchange_open(&s->exchange, &o, &err) != 0)
		return farm_fail(s->host, "%s", err.text);
	return 0;
}

static void
close_sweep(struct sweep *s)
{
	size_t i;

	for (i = 0; i < s->begun; i++)
		exchange_leave(s->exchange, &s->findings[i].agent);
	exchange_close(s->exchange);
	profiles_free(&s->profiles);
	range_free(&s->range);
	free(s->findings);
	buffer_free(&s->out);
}

static int
reply(struct sweep *s)
{
	size_t next = s->first + s->n;

	buffer_printf(&s->out,
	    "],\"addresses\":%zu,\"asked\":%zu,\"next\":", s->range.n, s->n);
	if (next < s->range.n)
		buffer_printf(&s->out, "%zu}", next);
	else
		buffer_puts(&s->out, "null}");
	if (buffer_failed(&s->out))
		return farm_fail(s->host, "out of memory");
	return farm_reply(s->host, buffer_text(&s->out), s->out.size);
}

int
act_discover(struct farm_host *host, const struct acting *acting,
    const struct discover_arguments *arguments)
{
	struct sweep s = { .host = host, .acting = acting };
	int result = -1;

	buffer_puts(&s.out, "{\"found\":[");
	if (open_sweep(&s, arguments) == 0 && sweep(&s) == 0)
		result = reply(&s);
	close_sweep(&s);
	return result;
}
