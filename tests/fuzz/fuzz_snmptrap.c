/* A message from a stranger, all the way: refused, answered, or an event. */
#include <farm/module.h>

#include <stdlib.h>
#include <string.h>

#include "receiver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
fail(struct farm_host *host, const char *format, va_list args)
{
	(void)host, (void)format, (void)args;
	return -1;
}

static void
say(struct farm_host *host, int level, const char *format, va_list args)
{
	(void)host, (void)level, (void)format, (void)args;
}

static int64_t
now_ns(struct farm_host *host)
{
	(void)host;
	return 1;
}

static int
emit(struct farm_host *host, struct farm_target *target,
    const struct farm_spec *spec, struct farm_value value)
{
	(void)host, (void)target, (void)spec, (void)value;
	return 0;
}

static uint32_t
series(struct farm_host *host, struct farm_target *target,
    const struct farm_spec *spec)
{
	(void)host, (void)target, (void)spec;
	return 1;
}

static void
release(struct farm_host *host, uint32_t handle)
{
	(void)host, (void)handle;
}

static int
emit_rows(struct farm_host *host, struct farm_target *target, int64_t time_ns,
    uint32_t flags, const struct farm_value *rows, size_t n)
{
	(void)host, (void)target, (void)time_ns, (void)flags, (void)rows,
	    (void)n;
	return 0;
}

/* The host takes no more than a megabyte. */
static int
emit_record(struct farm_host *host, struct farm_target *target, int type,
    int64_t time_ns, const void *payload, size_t size)
{
	(void)host, (void)target, (void)type, (void)time_ns;
	if (size > 1 << 20 || ((const char *)payload)[size - 1] != '}')
		abort();
	return 0;
}

static const struct farm_host_ops ops = {
	.size = sizeof(ops),
	.fail = fail,
	.log = say,
	.now_ns = now_ns,
	.emit = emit,
	.series = series,
	.release = release,
	.emit_rows = emit_rows,
	.emit_record = emit_record,
};

/* Accepts all communities, and a user without keys. */
static struct receiver *
receiver_make(void)
{
	static struct credential user = { .version = SNMP_V3, .user = "u" };
	static const uint8_t id[] = { 0x80, 0, 0, 0, 1 };
	struct receiver *r = calloc(1, sizeof(*r));
	struct error err;

	if (r == NULL)
		abort();
	r->any_community = true;
	r->cluster = "c";
	r->objects = objects_new();
	r->credentials = (struct credentials){ &user, 1 };
	if (r->objects == NULL || receiver_init(r, 16) != 0)
		abort();
	r->sources.rate = r->sources.burst = 1e9;
	if (engine_new(&r->engine,
		&(struct engine_options){ .credentials = &r->credentials,
		    .id = { id, sizeof(id) },
		    .boots = 1,
		    .window = true },
		&err) != 0)
		abort();
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct receiver *r;
	struct farm_host host = { &ops };
	struct place from = { { 0 } };
	const uint8_t *answer;
	struct snmp_message m;
	size_t n;

	if (r == NULL)
		r = receiver_make();
	n = receiver_take(r, &host, &from, data, size, 1, &answer);
	/* What we say is well formed. */
	if (n > 0 && snmp_message_decode(answer, n, &m, NULL) != 0)
		abort();
	receiver_emit(r, &host, true);
	return 0;
}
