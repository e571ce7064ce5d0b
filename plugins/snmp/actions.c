#include "actions.h"

#include <string.h>

#include "arena.h"
#include "clock.h"
#include "roster.h"
#include "show.h"

/* An answer is begun to be told before the action's time is up. */
#define MARGIN_NS (5 * NS_PER_S)
/* Values of a reply are no more once they have this many bytes. */
#define REPLY_BYTES (4 << 20)
#define NAMES_MAX 1000   /* of a get */
#define PACK_MAX 20      /* names of a question */
#define REPETITIONS 20   /* of a question of a walk */
#define WALK_MAX 10000.0 /* values of one action */

const struct farm_option get_options[] = {
	FARM_OPTION_STRING("node", struct get_arguments, node, NULL,
	    "a node that the instance reads"),
	FARM_OPTION_STRING("address", struct get_arguments, address, NULL,
	    "HOST[:PORT] to ask instead of the node's"),
	{ .name = "oids",
	    .type = FARM_TYPE_LIST,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct get_arguments, oids, struct farm_list),
	    .help = "objects with their instances, by name or number" },
	FARM_OPTION_END
};

const struct farm_option walk_options[] = {
	FARM_OPTION_STRING("node", struct walk_arguments, node, NULL,
	    "a node that the instance reads"),
	FARM_OPTION_STRING("address", struct walk_arguments, address, NULL,
	    "HOST[:PORT] to ask instead of the node's"),
	FARM_OPTION_STRING("oid", struct walk_arguments, oid, "1.3.6.1.2.1",
	    "an object of which all that is below is read"),
	FARM_OPTION_STRING("after", struct walk_arguments, after, NULL,
	    "go on behind this one, the \"next\" of a reply"),
	FARM_OPTION_INTEGER("max", struct walk_arguments, max, "1000", 1,
	    WALK_MAX, "values of one reply"),
	FARM_OPTION_END
};

/* One agent asked, and the reply so far. */
struct act {
	struct farm_host *host;
	const struct acting *acting;
	struct inquiry inquiry;
	struct buffer who; /* for messages */
	struct buffer out;
	size_t n; /* values */
};

/* ------------------------------------------------------------- the agent -- */

/* Where to ask, and what to try first. */
static int
choose_address(const struct act *a, const char *node, const char *address,
    struct buffer *ret, uint8_t *ret_credential, struct error *err)
{
	struct buffer known = BUFFER_INIT;
	bool found = node != NULL && roster_find(a->acting->roster, node,
					 &known, ret_credential);

	if (address != NULL)
		buffer_puts(ret, address);
	else if (found)
		buffer_puts(ret, buffer_text(&known));
	buffer_free(&known);
	if (ret->size > 0)
		return 0;
	if (node == NULL)
		return error_set(err, "neither node nor address is given");
	return error_set(err,
	    "%s: no such node has been read yet; its address would do", node);
}

static int
open_agent(
    struct act *a, const char *address, uint8_t credential, struct error *err)
{
	int64_t limit_ns = farm_deadline_ns(a->host, NULL) - MARGIN_NS;

	if (inquiry_open(&a->inquiry, &a->acting->manner, address, credential,
		limit_ns, err) != 0)
		return -1;
	return inquiry_find(&a->inquiry, err);
}

static void
begin_reply(struct act *a, const char *node, const char *address)
{
	static const char *const versions[] = {
		[SNMP_V1] = "1", [SNMP_V2C] = "2c", [SNMP_V3] = "3"
	};
	const struct credentials *c = a->acting->manner.credentials;

	buffer_puts(&a->out, "{\"node\":");
	buffer_json_text(&a->out, node != NULL ? node : "");
	buffer_puts(&a->out, ",\"address\":");
	buffer_json_text(&a->out, address);
	buffer_printf(&a->out, ",\"version\":\"%s\",\"credential\":",
	    versions[a->inquiry.agent.version]);
	buffer_json_text(&a->out, c->items[a->inquiry.agent.credential].label);
	buffer_puts(&a->out, ",\"values\":[");
}

static int
act_begin(struct act *a, const char *node, const char *address)
{
	struct buffer where = BUFFER_INIT;
	uint8_t credential = 0;
	struct error err;
	int result = -1;

	if (choose_address(a, node, address, &where, &credential, &err) != 0) {
		farm_fail(a->host, "%s", err.text);
	} else {
		buffer_puts(&a->who, node != NULL ? node : buffer_text(&where));
		result = open_agent(a, buffer_text(&where), credential, &err);
		if (result != 0)
			farm_fail(
			    a->host, "%s: %s", buffer_text(&a->who), err.text);
		else
			begin_reply(a, node, buffer_text(&where));
	}
	buffer_free(&where);
	return result;
}

/* --------------------------------------------------------------- replies -- */

static void
next_value(struct act *a)
{
	buffer_puts(&a->out, a->n++ > 0 ? ",\n" : "\n");
}

static void
put_value(struct act *a, const struct snmp_varbind *v)
{
	next_value(a);
	show_varbind(&a->out, a->acting->objects, v);
}

static void
put_error(struct act *a, struct ber_bytes oid, const char *error)
{
	next_value(a);
	show_error(&a->out, a->acting->objects, oid, error);
}

/* `next' NULL: that was all; `failure' NULL: there was none. */
static int
act_reply(struct act *a, const struct oid *next, const char *failure)
{
	buffer_puts(&a->out, "],\"next\":");
	if (next != NULL) {
		buffer_putc(&a->out, '"');
		oid_print(&a->out, oid_bytes(next));
		buffer_putc(&a->out, '"');
	} else {
		buffer_puts(&a->out, "null");
	}
	buffer_puts(&a->out, ",\"failure\":");
	if (failure != NULL)
		buffer_json_text(&a->out, failure);
	else
		buffer_puts(&a->out, "null");
	buffer_printf(
	    &a->out, ",\"rtt_ns\":%lld}", (long long)a->inquiry.rtt_ns);
	if (buffer_failed(&a->out))
		return farm_fail(a->host, "out of memory");
	return farm_reply(a->host, buffer_text(&a->out), a->out.size);
}

/* What came before a failure is worth telling. */
static int
act_break(struct act *a, const struct oid *last, const struct error *err)
{
	if (a->n == 0)
		return farm_fail(
		    a->host, "%s: %s", buffer_text(&a->who), err->text);
	return act_reply(a, last, err->text);
}

static void
act_end(struct act *a)
{
	inquiry_close(&a->inquiry);
	buffer_free(&a->who);
	buffer_free(&a->out);
}

/* ------------------------------------------------------------------- get -- */

static int
resolve_all(struct act *a, const struct farm_list *list, struct oid *oids)
{
	struct error err;
	size_t i;

	if (list->n > NAMES_MAX)
		return farm_fail(
		    a->host, "%zu objects, at most %d", list->n, NAMES_MAX);
	for (i = 0; i < list->n; i++)
		if (objects_resolve(a->acting->objects, list->items[i],
			&oids[i], NULL, &err) != 0)
			return farm_fail(a->host, "%s", err.text);
	return 0;
}

/* Put what was answered; returns how many values that was. */
static size_t
take_values(struct act *a, const struct answer *answer, size_t asked)
{
	struct ber varbinds = answer->pdu.varbinds;
	struct snmp_varbind v;
	size_t n = 0;

	while (n < asked && snmp_varbind_next(&varbinds, &v, NULL) > 0) {
		put_value(a, &v);
		n++;
	}
	return n;
}

/*
 * Ask for the names from `at' on.  Whatever the agent does not like, a tooBig
 * or a name of v1, is found by asking for fewer.  Returns how many are done,
 * 0: ask for fewer, -1 with the reason.
 */
static int
get_some(struct act *a, const struct oid *oids, size_t n, struct error *err)
{
	struct ber_bytes names[PACK_MAX];
	struct question q = { .type = SNMP_GET, .names = names, .n = n };
	struct answer answer;
	size_t i;

	for (i = 0; i < n; i++)
		names[i] = oid_bytes(&oids[i]);
	if (inquiry_ask(&a->inquiry, &q, &answer, err) != 0)
		return -1;
	if (answer.pdu.error_status == SNMP_NO_ERROR) {
		i = take_values(a, &answer, n);
		return i > 0 ? (int)i
			     : error_set(err, "an answer without values");
	}
	if (n > 1)
		return 0;
	put_error(a, names[0], snmp_error_name(answer.pdu.error_status));
	return 1;
}

static int
get_all(struct act *a, const struct oid *oids, size_t n)
{
	size_t pack = PACK_MAX;
	size_t at = 0, asked;
	struct error err;
	int done;

	while (at < n && a->out.size < REPLY_BYTES) {
		asked = n - at < pack ? n - at : pack;
		done = get_some(a, oids + at, asked, &err);
		if (done < 0)
			return act_break(a, NULL, &err);
		if (done == 0)
			pack = (asked + 1) / 2;
		at += (size_t)done;
	}
	return act_reply(a, NULL,
	    at < n ? "the reply is too large; ask for fewer objects" : NULL);
}

int
act_get(struct farm_host *host, const struct acting *acting,
    const struct get_arguments *arguments)
{
	struct act a = { .host = host, .acting = acting };
	struct arena *arena = arena_new(0);
	struct oid *oids;
	int result = -1;

	oids = arena == NULL
		   ? NULL
		   : arena_array(arena, arguments->oids.n + 1, sizeof(*oids));
	if (oids == NULL)
		farm_fail(host, "out of memory");
	else if (resolve_all(&a, &arguments->oids, oids) == 0 &&
		 act_begin(&a, arguments->node, arguments->address) == 0)
		result = get_all(&a, oids, arguments->oids.n);
	act_end(&a);
	arena_free(arena);
	return result;
}

/* ------------------------------------------------------------------ walk -- */

struct stroll {
	struct act act;
	struct oid root;
	struct oid last; /* the last name seen; at first the one to begin at */
	int32_t repetitions; /* 0: by GetNext */
	size_t max;
	bool over;
};

static int
remember(struct stroll *s, struct ber_bytes name, struct error *err)
{
	if (ber_oid_compare(name, oid_bytes(&s->last)) <= 0)
		return error_set(err, "the agent goes round in circles");
	s->last.size = (uint16_t)name.size;
	memcpy(s->last.bytes, name.data, name.size);
	return 0;
}

static int
take_step(struct stroll *s, const struct answer *answer, struct error *err)
{
	struct ber varbinds = answer->pdu.varbinds;
	struct snmp_varbind v;
	size_t before = s->act.n;
	int more;

	while ((more = snmp_varbind_next(&varbinds, &v, err)) > 0 &&
	       s->act.n < s->max) {
		s->over = v.value.tag == BER_END_OF_MIB_VIEW ||
			  !ber_oid_below(v.name, oid_bytes(&s->root));
		if (s->over)
			return 0;
		if (remember(s, v.name, err) != 0)
			return -1;
		put_value(&s->act, &v);
	}
	if (more < 0)
		return -1;
	return s->act.n > before ? 0
				 : error_set(err, "an answer without values");
}

/* An error instead of values: the end, or too much at once. */
static int
take_error(struct stroll *s, int32_t status, struct error *err)
{
	if (s->repetitions > 1)
		s->repetitions /= 2;
	else if (s->repetitions == 1)
		s->repetitions = 0;
	else if (status == SNMP_NO_SUCH_NAME)
		s->over = true;
	else
		return error_set(
		    err, "the agent says %s", snmp_error_name(status));
	return 0;
}

static int
stroll_step(struct stroll *s, struct error *err)
{
	struct ber_bytes name = oid_bytes(&s->last);
	struct question q = { .type = s->repetitions > 0 ? SNMP_GET_BULK
							 : SNMP_GET_NEXT,
		.max_repetitions = s->repetitions,
		.names = &name,
		.n = 1 };
	struct answer answer;

	if (inquiry_ask(&s->act.inquiry, &q, &answer, err) != 0)
		return -1;
	if (answer.pdu.error_status != SNMP_NO_ERROR)
		return take_error(s, answer.pdu.error_status, err);
	return take_step(s, &answer, err);
}

/* Nothing is below: then it is a single value, perhaps. */
static int
get_root(struct stroll *s, struct error *err)
{
	if (get_some(&s->act, &s->root, 1, err) < 0)
		return -1;
	return act_reply(&s->act, NULL, NULL);
}

static int
stroll(struct stroll *s, bool anew)
{
	int64_t until_ns = s->act.inquiry.limit_ns - MARGIN_NS;
	struct error err;

	if (s->act.inquiry.agent.version != SNMP_V1)
		s->repetitions = REPETITIONS;
	while (!s->over && s->act.n < s->max && s->act.out.size < REPLY_BYTES &&
	       clock_mono_ns() < until_ns)
		if (stroll_step(s, &err) != 0)
			return act_break(&s->act, &s->last, &err);
	if (s->over && s->act.n == 0 && anew)
		return get_root(s, &err) == 0 ? 0
					      : act_break(&s->act, NULL, &err);
	return act_reply(&s->act, s->over ? NULL : &s->last, NULL);
}

int
act_walk(struct farm_host *host, const struct acting *acting,
    const struct walk_arguments *arguments)
{
	struct stroll s = { .act = { .host = host, .acting = acting },
		.max = (size_t)arguments->max };
	struct error err;
	int result = -1;

	if (objects_resolve(
		acting->objects, arguments->oid, &s.root, NULL, &err) != 0 ||
	    (arguments->after != NULL &&
		oid_parse(arguments->after, &s.last, &err) != 0))
		return farm_fail(host, "%s", err.text);
	if (arguments->after == NULL)
		s.last = s.root;
	if (act_begin(&s.act, arguments->node, arguments->address) == 0)
		result = stroll(&s, arguments->after == NULL);
	act_end(&s.act);
	return result;
}
