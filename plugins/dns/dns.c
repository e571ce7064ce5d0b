/* dns: whether name servers answer as they should, and how fast. */
#include <farm/module.h>

#include <arpa/nameser.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "clock.h"
#include "exchange.h"
#include "family.h"
#include "message.h"
#include "report.h"
#include "slice.h"
#include "target_text.h"

/* RFC 1035 2.3.4: a question of one name is never longer. */
#define QUESTION_MAX 512
/* Between the last answer and the target's deadline: to report it. */
#define MARGIN_NS (50 * NS_PER_MS)

static const int types[] = { ns_t_a, ns_t_aaaa, ns_t_cname, ns_t_mx, ns_t_ns,
	ns_t_ptr, ns_t_soa, ns_t_srv, ns_t_txt };
#define TYPES "a|aaaa|cname|mx|ns|ptr|soa|srv|txt"

struct dns {
	const char *name;
	int type;
	struct farm_list answers;
	int64_t port;
	bool tcp;
	bool recursion;
	int family;
	int64_t try_ns;
	int64_t timeout_ns;
	const char *prefix;
};

static const struct farm_option options[] = {
	{ .name = "ask",
	    .type = FARM_TYPE_STRING,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct dns, name, const char *),
	    .help = "the name that is asked for, in which {cluster}, {node} "
		    "and {address} are the target's" },
	FARM_OPTION_ENUM("type", struct dns, type, "a", TYPES,
	    "of the records that are asked for"),
	FARM_OPTION_LIST("answers", struct dns, answers, NULL,
	    "that have to be there: addresses, names, \"10 mx.example.org\" "
	    "of mx, texts; any if not given"),
	FARM_OPTION_INTEGER(
	    "port", struct dns, port, "53", 1, 65535, "of the name server"),
	FARM_OPTION_BOOLEAN("tcp", struct dns, tcp, "no",
	    "ask over TCP; over UDP what is cut short is asked for again "
	    "over TCP"),
	FARM_OPTION_BOOLEAN("recursion", struct dns, recursion, "yes",
	    "the server shall ask others"),
	FAMILY_OPTION(struct dns, family, "the server"),
	FARM_OPTION_DURATION("try", struct dns, try_ns, "1s", 1e7, 60e9,
	    "over UDP, it is asked again after so long"),
	FARM_OPTION_DURATION("timeout", struct dns, timeout_ns, "3s", 1e7, 60e9,
	    "for all of it; shortened if the deadline leaves less"),
	FARM_OPTION_STRING("prefix", struct dns, prefix, "",
	    "stands before the name of each parameter"),
	FARM_OPTION_END
};

static const struct farm_parameter parameters[] = {
	REPORT_PARAMETERS,
	{ "response_time", FARM_GAUGE, "s",
	    "from the last question to its answer" },
	{ "tries", FARM_GAUGE, "1", "questions until there was an answer" },
	{ "answers", FARM_GAUGE, "1", "records of the type" },
	{ "ttl", FARM_GAUGE, "s", "the least of theirs" },
	{ "authoritative", FARM_STATE, NULL, "the server speaks for the zone" },
	{ "serial", FARM_STATE, NULL, "of the zone, if soa is asked for" },
	{ 0 },
};

static int
dns_check(struct farm_host *host, const void *state)
{
	const struct dns *d = state;
	struct error err;

	if (target_text_check(d->name, &err) != 0)
		return farm_fail(host, "ask: %s", err.text);
	return 0;
}

/* ----------------------------------------------------------- a question -- */

static int
make_question(unsigned char ret[QUESTION_MAX], const struct dns *d,
    const struct farm_target *t, struct error *err)
{
	struct __res_state r = { .options = RES_INIT };
	struct buffer name = BUFFER_INIT;
	int n = -1;

	if (d->recursion)
		r.options |= RES_RECURSE;
	if (target_text_put(&name, d->name, t, err) != 0)
		goto out;
	if (buffer_failed(&name)) {
		error_set(err, "out of memory");
		goto out;
	}
	n = res_nmkquery(&r, ns_o_query, buffer_text(&name), ns_c_in,
	    types[d->type], NULL, 0, NULL, ret, QUESTION_MAX);
	if (n < 0)
		error_set(err, "\"%s\" is no name of DNS", buffer_text(&name));
	else if (getrandom(ret, 2, 0) != 2)
		n = error_set(err, "random numbers: %m");
out:
	buffer_free(&name);
	return n;
}

/* The answer; one that was cut short, over TCP. */
static int
ask(struct exchange *x, struct message *m, struct buffer *data, int type,
    struct error *err)
{
	unsigned char *answer = malloc(EXCHANGE_MAX);
	int n = -1, rc = -1;

	if (answer == NULL)
		return error_set(err, "out of memory");
	n = exchange_run(x, answer, err);
	if (n >= 0)
		rc = message_read(m, data, answer, (size_t)n, type, err);
	if (rc == 0 && m->truncated && !x->tcp) {
		x->tcp = true;
		buffer_clear(data);
		n = exchange_run(x, answer, err);
		rc = n < 0
			 ? -1
			 : message_read(m, data, answer, (size_t)n, type, err);
	}
	free(answer);
	return rc;
}

/* ----------------------------------------------------------- an answer -- */

/* A text may hold any bytes, a NUL among them. */
static bool
has_line(struct slice lines, const char *wanted)
{
	size_t length = strlen(wanted);
	struct slice line;

	while (lines.length > 0) {
		line = slice_cut(&lines, '\n');
		if (line.length == length &&
		    strncasecmp(line.text, wanted, length) == 0)
			return true;
	}
	return false;
}

static int
judge(const struct dns *d, const struct message *m, struct slice lines,
    struct error *err)
{
	if (m->code != ns_r_noerror)
		return error_set(err, "%s", message_code(m->code));
	if (m->answers == 0)
		return error_set(err, "no such records");
	for (size_t i = 0; i < d->answers.n; i++)
		if (!has_line(lines, d->answers.items[i]))
			return error_set(err, "\"%s\" is not among the answers",
			    d->answers.items[i]);
	return 0;
}

static void
put_message(struct report *r, const struct exchange *x, const struct message *m)
{
	report_time(r, "response_time", x->wait_ns);
	report_put(r, "tries", FARM_GAUGE, "1", farm_int64(x->asked));
	report_put(r, "answers", FARM_GAUGE, "1", farm_int64(m->answers));
	report_put(
	    r, "authoritative", FARM_STATE, "", farm_boolean(m->authoritative));
	if (m->answers > 0)
		report_put(r, "ttl", FARM_GAUGE, "s", farm_int64(m->ttl));
	if (m->has_serial)
		report_put(r, "serial", FARM_STATE, "", farm_int64(m->serial));
}

/* That it does not answer is what was to be found out, and no failure. */
static int
probe(const struct dns *d, struct report *r, struct exchange *x,
    struct buffer *data)
{
	struct error why = { .text = "" };
	struct message m;
	int rc = ask(x, &m, data, types[d->type], &why);

	if (rc == 0 && buffer_failed(data))
		return farm_fail(r->host, "out of memory");
	if (rc == 0) {
		put_message(r, x, &m);
		(void)judge(d, &m,
		    (struct slice){ buffer_text(data), data->size }, &why);
	}
	report_status(r, why.text);
	return r->rc;
}

static int
dns_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	const struct dns *d = state;
	unsigned char question[QUESTION_MAX];
	struct report r = { host, target, d->prefix, 0 };
	struct buffer data = BUFFER_INIT;
	struct exchange x = { .server = target->address,
		.port = (uint16_t)d->port,
		.family = family_of(d->family),
		.tcp = d->tcp,
		.try_ns = d->try_ns,
		.deadline_ns = clock_mono_ns() + d->timeout_ns,
		.question = question };
	int64_t limit_ns = farm_deadline_ns(host, target) - MARGIN_NS;
	struct error err;
	int n = make_question(question, d, target, &err);
	int rc;

	if (n < 0)
		return farm_fail(host, "%s", err.text);
	x.question_size = (size_t)n;
	if (limit_ns < x.deadline_ns)
		x.deadline_ns = limit_ns;
	rc = probe(d, &r, &x, &data);
	buffer_free(&data);
	return rc;
}

FARM_MODULE(dns, FARM_COLLECTOR) = {
	.summary = "whether name servers answer, and how fast",
	.description =
	    "Asks the name server that each target is for a name. `ok` says "
	    "whether it has answered as it should; else `status` says why: "
	    "NXDOMAIN, SERVFAIL and the others' names, or that there was no "
	    "answer, which is no failure of the collector.\n\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  names:\n"
	    "    nodes: [ns1.example.org, ns2.example.org]\n"
	    "    collect:\n"
	    "      - dns: {name: www, ask: www.example.org, answers: "
	    "192.0.2.80, every: 30s}\n"
	    "      - dns: {name: zone, ask: example.org, type: soa, "
	    "recursion: no, prefix: zone., every: 1m}\n"
	    "```\n\n"
	    "The serial of a zone, asked of all its servers, shows one that "
	    "is behind. What it did not come to has no value.",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct dns),
	.needs = FARM_NEEDS_NETWORK,
	.check = dns_check,
	.collector = { .collect = dns_collect },
};
