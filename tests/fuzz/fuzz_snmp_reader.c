/* A device that answers whatever it likes: polls end, and nothing leaks. */
#include "reader.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char yaml[] =
    "get: {a: 1.3.6.1.4.0, b: 1.3.6.2.7}\n"
    "table:\n"
    "- {columns: {x: 1.3.1, y: 1.3.2}, row: [1.3.3, {via: 1.3.4, to: 1.3.3}],"
    "   where: {1.3.5: \"!no\"}, counters: both}\n"
    "- {columns: {z: 1.3.6}, fallback: {z: 1.3.7}}\n"
    "walk: [1.3.8]\n"
    "fallback: {a: 1.3.9.0}\n";

const char *
outcome_text(enum outcome outcome)
{
	return outcome == TIMED_OUT ? "timeout" : "another";
}

/* --------------------------------------------- a host that takes it all -- */

static uint32_t pins; /* given and not given back */

static int
fail(struct farm_host *host, const char *format, va_list args)
{
	(void)host;
	(void)format;
	(void)args;
	return -1;
}

static void
say(struct farm_host *host, int level, const char *format, va_list args)
{
	(void)host;
	(void)level;
	(void)format;
	(void)args;
}

static uint32_t
series(struct farm_host *host, struct farm_target *target,
    const struct farm_spec *spec)
{
	(void)host;
	(void)target;
	if (strlen(spec->parameter) > FARM_NAME_MAX)
		abort();
	return ++pins;
}

static void
release(struct farm_host *host, uint32_t number)
{
	(void)host;
	if (number == 0)
		abort();
}

static int
emit_rows(struct farm_host *host, struct farm_target *target, int64_t time_ns,
    uint32_t flags, const struct farm_value *rows, size_t n)
{
	(void)host;
	(void)target;
	(void)time_ns;
	(void)flags;
	for (; n > 0; n--, rows++)
		if (rows->series == 0 || rows->type == FARM_NONE ||
		    (rows->type == FARM_TEXT && rows->length > 0 &&
			rows->text == NULL))
			abort();
	return 0;
}

/* ------------------------------------------------------------- the device --
 */

struct input {
	const uint8_t *p, *end;
};

static unsigned
byte(struct input *in)
{
	return in->p < in->end ? *in->p++ : 0;
}

/* A varbind near what was asked for: its name with other last numbers. */
static void
varbind(struct ber_writer *out, struct input *in, const struct question *q,
    size_t i)
{
	struct ber_bytes asked = q->names[i % q->n];
	unsigned how = byte(in);
	uint8_t name[BER_OID_BYTES + 4];
	struct ber_value v = { .tag = BER_COUNTER32, .number = byte(in) };
	size_t mark = ber_written(out), n = asked.size;

	memcpy(name, asked.data, n);
	if (how & 1)
		name[n++] = (uint8_t)(byte(in) & 0x7f);
	else
		name[n - 1] = (uint8_t)((name[n - 1] + byte(in)) & 0x7f);
	if (how & 2)
		v = (struct ber_value){ .tag = BER_INTEGER, .integer = how };
	if (how & 4)
		v = (struct ber_value){ .tag = BER_OCTETS,
			.bytes = { in->p, (size_t)(in->end - in->p) & 15 } };
	if ((how & 56) == 56)
		v.tag = BER_END_OF_MIB_VIEW;
	ber_put_value(out, &v);
	ber_put_bytes(out, BER_OID, (struct ber_bytes){ name, n });
	ber_put_header(out, BER_SEQUENCE, mark);
}

static void
answer(struct input *in, const struct question *q, struct answer *ret)
{
	static uint8_t memory[1 << 16];
	struct ber_writer out = ber_writer(memory, sizeof(memory));
	unsigned how = byte(in), n = byte(in) & 31;

	ret->outcome = (how & 7) == 7 ? TIMED_OUT : ANSWERED;
	ret->large = how == 15;
	if (ret->large)
		ret->outcome = NOT_SENT;
	ret->pdu.error_status = (how & 24) == 24 ? (int32_t)(how >> 5) : 0;
	ret->pdu.error_index = (int32_t)n;
	while (n-- > 0)
		varbind(&out, in, q, n);
	ret->pdu.varbinds = ber_reader(out.p, ber_written(&out));
	/* A broken end. */
	if (how & 32 && ber_written(&out) > 0)
		ret->pdu.varbinds.end--;
}

static void
poll_once(struct reader *r, struct reading *shared, struct farm_target *target,
    struct input *in, int64_t now_ns)
{
	struct answer a = { .time_ns = now_ns };
	struct agent agent = { .slot = 0 };
	int version = byte(in) & 1 ? SNMP_V2C : SNMP_V1;
	struct question q;

	if (reader_begin(r, shared, target, version, byte(in) & 1, now_ns) != 0)
		return;
	/* Where the input ends, so does the time. */
	while (in->p < in->end && reader_next(r, &q)) {
		if (version == SNMP_V1 && q.type == SNMP_GET_BULK)
			abort();
		answer(in, &q, &a);
		reader_take(r, &a);
	}
	(void)reader_end(r, &agent);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct farm_host_ops ops = { .size = sizeof(ops),
		.fail = fail,
		.log = say,
		.series = series,
		.release = release,
		.emit_rows = emit_rows };
	struct farm_host host = { &ops };
	struct farm_target target = { .cluster = "c", .node = "n" };
	struct plan_defaults defaults = { .rate = "{name}_rate",
		.refresh_ns = 5 };
	struct problems problems = PROBLEMS_INIT;
	struct plan *plan = plan_new(NULL);
	struct reading shared = { .plan = plan, .host = &host };
	struct input in = { data, data + size };
	struct reader r = { .poll = NULL };
	const struct farm_tree *tree;
	int64_t now_ns = 1;

	if (yaml_parse(plan->arena, "plan", yaml, sizeof(yaml) - 1, &tree,
		&problems) != 0 ||
	    plan_add(plan, tree, NULL, &defaults, &problems) != 0)
		abort();
	while (in.p < in.end)
		poll_once(&r, &shared, &target, &in, now_ns += 2);
	reader_free(&r, &shared);
	reading_free(&shared);
	plan_free(plan);
	return 0;
}
