/* nrpe: checks that other machines run for us, by NRPE. */
#include <farm/module.h>

#include <sys/socket.h>

#include "nagios_check.h"
#include "clock.h"
#include "ask.h"
#include "family.h"
#include "target_text.h"

/* Between the answer and the target's deadline: to report it. */
#define MARGIN_NS (50 * NS_PER_MS)

struct nrpe {
	struct farm_list command;
	const char *service;
	int64_t port;
	struct nrpe_tls tls;
	int version; /* 0: what the server speaks, else so much below newest */
	int family;
	struct check_rules rules;
	int64_t timeout_ns;

	/* Made by open(). */
	SSL_CTX *context;
	struct arena *arena;
	const char *prefix;
};

/* Of a target. */
struct memory {
	struct check_memory check;
	int version; /* that the server has answered; 0: not known */
};

static const struct farm_option options[] = {
	{ .name = "command",
	    .type = FARM_TYPE_LIST,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct nrpe, command, struct farm_list),
	    .help = "of the server's commands, then its arguments, in which "
		    "{cluster}, {node} and {address} are the target's" },
	FARM_OPTION_STRING("service", struct nrpe, service, "",
	    "with a _ it stands before the name of each parameter"),
	FARM_OPTION_INTEGER(
	    "port", struct nrpe, port, "5666", 1, 65535, "of the server"),
	FARM_OPTION_BOOLEAN("tls", struct nrpe, tls.used, "yes",
	    "encrypted; a server that was started without wants \"no\""),
	FARM_OPTION_PATH("ca", struct nrpe, tls.ca, NULL,
	    "certificates that the server's is signed by one of; without it "
	    "nothing says who answers, as it is with check_nrpe"),
	FARM_OPTION_PATH(
	    "certificate", struct nrpe, tls.certificate, NULL, "of ours"),
	FARM_OPTION_PATH("key", struct nrpe, tls.key, NULL, "of it"),
	FARM_OPTION_ENUM("version", struct nrpe, version, "auto", "auto|4|3|2",
	    "of the protocol; auto: the newest that the server answers"),
	FAMILY_OPTION(struct nrpe, family, "a name"),
	FARM_OPTION_DURATION("timeout", struct nrpe, timeout_ns, "10s", 1e7,
	    3600e9, "for all of it; shortened if the deadline leaves less"),
	CHECK_OPTIONS(struct nrpe, rules), FARM_OPTION_END
};

static const struct farm_parameter parameters[] = {
	CHECK_PARAMETERS(""),
	{ "run_time", FARM_GAUGE, "s", "how long the answer took" },
	{ 0 },
};

/* ----------------------------------------------------------- a question -- */

/* "check_disk!10%!/" */
static int
put_command(struct buffer *b, const struct nrpe *n, const struct farm_target *t,
    struct error *err)
{
	size_t i;

	for (i = 0; i < n->command.n; i++) {
		if (i > 0)
			buffer_putc(b, '!');
		if (target_text_put(b, n->command.items[i], t, err) != 0)
			return error_prefix(err, "command[%zu]", i);
	}
	if (buffer_failed(b))
		return error_set(err, "out of memory");
	return 0;
}

/* By the version that it has answered before; else by each, the newest
   first. */
static int
ask(const struct nrpe *n, struct memory *m, struct nrpe_ask *a,
    struct buffer *packet, struct nrpe_answer *answer, struct error *err)
{
	int first = n->version != 0   ? NRPE_NEWEST + 1 - n->version
		    : m->version != 0 ? m->version
				      : NRPE_NEWEST;
	int last = n->version != 0 ? first : NRPE_OLDEST;

	for (a->version = first; a->version >= last; a->version--) {
		if (nrpe_ask(a, packet, answer, err) == 0) {
			m->version = a->version;
			return 0;
		}
		if (!a->closed)
			return -1;
	}
	m->version = 0;
	return -1;
}

/* ------------------------------------------------------------- an answer -- */

/* The answer is what the check has said and how it ended. */
static int
take(const struct nrpe *n, struct sink *s, struct memory *m,
    const struct nrpe_answer *answer, int64_t wall_ns)
{
	struct command_result r = {
		.end = COMMAND_EXITED, .code = answer->state, .wall_ns = wall_ns
	};

	buffer_put(&r.output, answer->text.text, answer->text.length);
	(void)check_take(s, &n->rules, &m->check, &r);
	buffer_free(&r.output);
	return sink_end(s, "its answer");
}

static int
miss(const struct nrpe *n, struct sink *s, struct memory *m, bool late,
    int64_t wall_ns, const struct error *why)
{
	const struct command_result r = { .end = COMMAND_LATE,
		.wall_ns = wall_ns };

	if (late)
		(void)check_take(s, &n->rules, &m->check, &r);
	else
		(void)check_miss(s, &n->rules, &m->check, why->text);
	return farm_fail(s->host, "%s", why->text);
}

static int
run(const struct nrpe *n, struct sink *s, struct memory *m, const char *text)
{
	int64_t begun_ns = clock_mono_ns(), wall_ns;
	int64_t limit_ns = farm_deadline_ns(s->host, s->target) - MARGIN_NS;
	struct nrpe_ask a = { .server = { s->target->address, (uint16_t)n->port,
				  family_of(n->family), SOCK_STREAM },
		.tls = n->context,
		.deadline_ns = begun_ns + n->timeout_ns,
		.text = text };
	struct buffer packet = BUFFER_INIT;
	struct nrpe_answer answer;
	struct error err;
	int rc;

	if (limit_ns < a.deadline_ns)
		a.deadline_ns = limit_ns;
	rc = ask(n, m, &a, &packet, &answer, &err);
	wall_ns = clock_mono_ns() - begun_ns;
	if (rc != 0)
		rc = miss(
		    n, s, m, clock_mono_ns() >= a.deadline_ns, wall_ns, &err);
	else
		rc = take(n, s, m, &answer, wall_ns);
	buffer_free(&packet);
	return rc;
}

static int
nrpe_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	const struct nrpe *n = state;
	struct sink s = { .host = host,
		.target = target,
		.arena = arena_new(0),
		.prefix = n->prefix };
	struct buffer text = BUFFER_INIT;
	struct error err;
	int rc;

	if (s.arena == NULL)
		return farm_fail(host, "out of memory");
	if (put_command(&text, n, target, &err) != 0)
		rc = farm_fail(host, "%s", err.text);
	else
		rc = run(n, &s, target->state, buffer_text(&text));
	buffer_free(&text);
	arena_free(s.arena);
	return rc;
}

/* ------------------------------------------------------------ life cycle -- */

static int
nrpe_check(struct farm_host *host, const void *state)
{
	static const struct farm_target none = { "", "", "", NULL };
	const struct nrpe *n = state;
	struct buffer text = BUFFER_INIT;
	SSL_CTX *context = NULL;
	struct error err;
	int rc = 0;

	if (n->command.n == 0 || n->command.items[0][0] == '\0')
		rc = farm_fail(host, "command: names none");
	else if (put_command(&text, n, &none, &err) != 0)
		rc = farm_fail(host, "%s", err.text);
	if (nrpe_tls_new(&context, &n->tls, &err) != 0)
		rc = farm_fail(host, "%s", err.text);
	nrpe_tls_free(context);
	buffer_free(&text);
	return rc;
}

static int
nrpe_open(struct farm_host *host, void *state)
{
	struct nrpe *n = state;
	struct error err;

	n->arena = arena_new(0);
	if (n->arena == NULL)
		return farm_fail(host, "out of memory");
	n->prefix = n->service[0] == '\0'
			? ""
			: arena_printf(n->arena, "%s_", n->service);
	if (n->prefix == NULL)
		return farm_fail(host, "out of memory");
	if (nrpe_tls_new(&n->context, &n->tls, &err) != 0)
		return farm_fail(host, "%s", err.text);
	return 0;
}

static void
nrpe_close(struct farm_host *host, void *state)
{
	struct nrpe *n = state;

	(void)host;
	nrpe_tls_free(n->context);
	arena_free(n->arena);
}

FARM_MODULE(nrpe, FARM_COLLECTOR) = {
	.summary = "checks that other machines run for us, by NRPE",
	.description =
	    "Asks the NRPE server of each target for one of its commands, and "
	    "takes the check's state, text and performance data, as the "
	    "collector `nagios` does with checks that run here.\n\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  workers:\n"
	    "    nodes: [\"w[01-40].example.org\"]\n"
	    "    collect:\n"
	    "      - nrpe: {name: load, service: Load, command: check_load, "
	    "every: 1m}\n"
	    "      - nrpe: {name: disk, service: Disk, command: [check_disk, "
	    "10%, /], every: 5m}\n"
	    "```\n\n"
	    "Versions 2, 3 and 4 of its protocol are spoken, the newest that "
	    "the server answers. As check_nrpe does it, what goes over the "
	    "wire is encrypted, but nothing says who is at its other end, "
	    "unless there is a `ca`; then its certificate has to be signed by "
	    "one of those, whatever name it is for. A server that was "
	    "configured so wants a certificate of ours, too. Many servers, "
	    "Debian's among them, take no arguments: they end the connection, "
	    "or say so.\n\n"
	    "A server that does not answer is UNKNOWN, one that is late has "
	    "the state `timeout_state`, and both are failures of the target.",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct nrpe),
	.target_state_size = sizeof(struct memory),
	.needs = FARM_NEEDS_NETWORK,
	.check = nrpe_check,
	.open = nrpe_open,
	.close = nrpe_close,
	.collector = { .collect = nrpe_collect },
};
