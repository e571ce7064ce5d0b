/* The writer `nagios': values and checks as passive results. */
#include <farm/module.h>

#include <string.h>

#include "clock.h"
#include "nsca.h"
#include "results.h"

/* What takes a batch within what a call may take. */
#define BATCH_VALUES 5000
/* Names that fit anywhere but into NSCA's packets. */
#define NAME_MAX_BYTES 1000

enum of { OF_VALUES, OF_CHECKS };

struct nagios {
	struct outlet_options outlet;
	int of;
	const char *host;
	const char *service;
	const char *warning;
	const char *critical;
	int64_t every_ns;
	int64_t max_age_ns;

	struct results_rules rules;
};

/* The state of a series. */
struct known {
	int64_t sent_mono_ns;
	int state;
	uint64_t position; /* of the record that was told last */
	bool sent;
	bool warned;
};

/* A result on its way. */
struct telling {
	struct known *known;
	int state;
	uint64_t position;
};

/* A batch on its way. */
struct sending {
	struct farm_host *host;
	struct nagios *n;
	struct arena *arena;
	struct passive *first;
	struct passive **last;
	struct telling *tellings; /* of each of them */
	size_t n_results;
	size_t capacity;
};

static const struct farm_option options[] = {
	FARM_OPTION_PATH("command_file", struct nagios, outlet.command_file,
	    NULL, "the pipe that Nagios reads commands from"),
	FARM_OPTION_PATH("spool", struct nagios, outlet.spool, NULL,
	    "or the folder of its check_result_path"),
	FARM_OPTION_ADDRESS("nsca", struct nagios, outlet.nsca, NULL, 0,
	    "or a server of NSCA, HOST[:5667]"),
	FARM_OPTION_SECRET(
	    "password", struct nagios, outlet.password, "of NSCA"),
	FARM_OPTION_ENUM("method", struct nagios, outlet.method, "xor",
	    NSCA_METHODS, "of NSCA: its encryption_method 0, 1, 3 or 14"),
	FARM_OPTION_STRING("nrdp", struct nagios, outlet.nrdp, NULL,
	    "or a server of NRDP, http://HOST/nrdp/"),
	FARM_OPTION_SECRET(
	    "token", struct nagios, outlet.token, "who we are to NRDP"),
	FARM_OPTION_PATH("ca", struct nagios, outlet.ca, NULL,
	    "authorities of NRDP's certificate; the system's if not given"),
	FARM_OPTION_ENUM("of", struct nagios, of, "values", "values|checks",
	    "each value by itself, or the checks of the collector nagios as "
	    "they were"),
	FARM_OPTION_STRING("host", struct nagios, host, "{node}",
	    "the host's name, made of {farm}, {cluster}, {node}, {parameter}"),
	FARM_OPTION_STRING("service", struct nagios, service, "{parameter}",
	    "likewise, of values; \"\" is the host itself"),
	FARM_OPTION_STRING("warning", struct nagios, warning, "",
	    "values outside of this range are WARNING: 10, 10:, ~:10, 10:20; "
	    "@10:20 inside"),
	FARM_OPTION_STRING("critical", struct nagios, critical, "",
	    "and outside of this CRITICAL"),
	FARM_OPTION_DURATION("every", struct nagios, every_ns, "1m", 0, 86400e9,
	    "a state that is the same is told again so often at most; another "
	    "one is told at once"),
	FARM_OPTION_DURATION("max_age", struct nagios, max_age_ns, "10m", 1e9,
	    365 * 86400e9,
	    "older values, as after an outage, say nothing of now and are not "
	    "told"),
	FARM_OPTION_DURATION("timeout", struct nagios, outlet.timeout_ns, "30s",
	    1e8, 50e9,
	    "for handing over a batch, whoever is slow; what is left of it is "
	    "tried again"),
	FARM_OPTION_END
};

static int
read_bound(const char *name, const char *text, struct results_bound *ret,
    struct error *err)
{
	ret->text = text;
	if (text[0] == '\0' ||
	    perfdata_range_parse(
		(struct slice){ text, strlen(text) }, &ret->range))
		return 0;
	return error_set(err,
	    "%s: \"%s\" is no range such as 10, 10:, ~:10, 10:20, @10:20", name,
	    text);
}

static int
read_rules(struct nagios *n, struct error *err)
{
	struct results_rules *r = &n->rules;
	bool nsca = n->outlet.nsca.text[0] != '\0';

	r->host_max = nsca ? NSCA_HOST_SIZE - 1 : NAME_MAX_BYTES;
	r->service_max = nsca ? NSCA_SERVICE_SIZE - 1 : NAME_MAX_BYTES;
	if (outlet_check(&n->outlet, err) != 0)
		return -1;
	if (template_new(&r->host, n->host, 0, err) != 0)
		return error_prefix(err, "host");
	if (n->service[0] != '\0' &&
	    template_new(&r->service, n->service, 0, err) != 0)
		return error_prefix(err, "service");
	if (read_bound("warning", n->warning, &r->warning, err) != 0)
		return -1;
	return read_bound("critical", n->critical, &r->critical, err);
}

static void
free_rules(struct nagios *n)
{
	template_free(n->rules.host);
	template_free(n->rules.service);
}

static int
nagios_check(struct farm_host *host, const void *state)
{
	struct nagios n = *(const struct nagios *)state;
	struct error err;
	int rc = 0;

	if (read_rules(&n, &err) != 0)
		rc = farm_fail(host, "%s", err.text);
	free_rules(&n);
	return rc;
}

static int
nagios_open(struct farm_host *host, void *state)
{
	struct error err;

	if (read_rules(state, &err) != 0)
		return farm_fail(host, "%s", err.text);
	return 0;
}

static void
nagios_close(struct farm_host *host, void *state)
{
	(void)host;
	free_rules(state);
}

/* -------------------------------------------------------------- writing -- */

static int
grow(struct sending *s)
{
	size_t capacity = s->capacity == 0 ? 64 : 2 * s->capacity;
	struct telling *grown;

	if (s->n_results < s->capacity)
		return 0;
	grown = arena_grow(s->arena, s->tellings, s->capacity * sizeof(*grown),
	    capacity * sizeof(*grown));
	if (grown == NULL)
		return -1;
	s->tellings = grown;
	s->capacity = capacity;
	return 0;
}

/* One is due if the state is another, or was told long ago; but not what was
   told already, of a batch that comes again, nor what is older. */
static bool
is_due(const struct nagios *n, const struct telling *t)
{
	const struct known *k = t->known;

	if (!k->sent)
		return true;
	return t->position > k->position &&
	       (k->state != t->state ||
		   clock_mono_ns() - k->sent_mono_ns >= n->every_ns);
}

static int
add(struct sending *s, const struct telling *t, struct passive *p)
{
	if (!is_due(s->n, t))
		return 0;
	if (grow(s) != 0)
		return -1;
	s->tellings[s->n_results++] = *t;
	*s->last = p;
	s->last = &p->next;
	return 0;
}

/* Once a series: what cannot be said now cannot be later. */
static void
leave_out(struct sending *s, struct known *k, const struct error *why)
{
	if (!k->warned)
		farm_log(s->host, FARM_WARNING, "%s: left out", why->text);
	k->warned = true;
}

static int
take_value(
    struct sending *s, const struct farm_record *r, const struct farm_value *v)
{
	const struct farm_series *names = farm_series_info(s->host, v->series);
	struct known *k = farm_series_state(s->host, v->series);
	struct passive *p;
	struct error err;
	int got;

	if (names == NULL || k == NULL)
		return -1;
	if (s->n->of == OF_VALUES)
		got = results_value(
		    &s->n->rules, s->arena, names, v, r->time_ns, &p, &err);
	else
		got = results_check(
		    s->host, &s->n->rules, s->arena, r, v, &p, &err);
	if (got < 0)
		leave_out(s, k, &err);
	return got > 0
		   ? add(s, &(struct telling){ k, p->state, r->position }, p)
		   : 0;
}

static bool
is_of_now(const struct sending *s, const struct farm_record *r)
{
	return r->type == FARM_RESULT && (r->flags & FARM_IMPORTED) == 0 &&
	       farm_now_ns(s->host) - r->time_ns <= s->n->max_age_ns;
}

static int
take_batch(struct sending *s, const struct farm_batch *batch)
{
	for (size_t i = 0; i < batch->n_records; i++) {
		const struct farm_record *r = &batch->records[i];

		if (!is_of_now(s, r))
			continue;
		for (uint32_t j = 0; j < r->n_values; j++)
			if (take_value(s, r, &r->values[j]) != 0)
				return -1;
	}
	return 0;
}

static void
remember(const struct sending *s, size_t n_told)
{
	int64_t now_ns = clock_mono_ns();

	for (size_t i = 0; i < n_told; i++) {
		const struct telling *t = &s->tellings[i];

		t->known->sent = true;
		t->known->state = t->state;
		t->known->position = t->position;
		t->known->sent_mono_ns = now_ns;
	}
}

static int
nagios_write(
    struct farm_host *host, void *state, const struct farm_batch *batch)
{
	struct sending s = { .host = host, .n = state, .arena = arena_new(0) };
	struct error err;
	int verdict = FARM_DONE;
	size_t n_told;

	s.last = &s.first;
	if (s.arena == NULL || take_batch(&s, batch) != 0)
		verdict = farm_again(host, "out of memory");
	else if (s.first != NULL &&
		 outlet_send(&s.n->outlet, s.first, &n_told, &err) != 0) {
		verdict = farm_again(host, "%s", err.text);
		remember(&s, n_told);
	} else {
		remember(&s, s.n_results);
	}
	arena_free(s.arena);
	return verdict;
}

FARM_MODULE(nagios, FARM_WRITER) = {
	.summary = "values and checks to Nagios, as passive results",
	.description =
	    "Tells Nagios (or Icinga, Naemon) what farmd has, for services "
	    "that Nagios does not check itself: through the command file or "
	    "the spool folder on the same machine, by NSCA or NRDP from "
	    "another.\n\n"
	    "```yaml\n"
	    "writers:\n"
	    "  load:\n"
	    "    match: \"*/workers/*/Load5\"\n"
	    "    nagios:\n"
	    "      command_file: /var/lib/nagios4/rw/nagios.cmd\n"
	    "      service: \"Load of 5 minutes\"\n"
	    "      warning: \"8\"\n"
	    "      critical: \"16\"\n"
	    "  checks:\n"
	    "    match: \"*/web\"\n"
	    "    nagios: {of: checks, nsca: nagios.example.org, password: "
	    "file:/etc/farm/nsca}\n"
	    "```\n\n"
	    "The host is the node, the service the parameter, unless `host` "
	    "and `service` say it otherwise; Nagios must have both, with "
	    "`passive_checks_enabled`. Several services with ranges of their "
	    "own are several writers. With `freshness_threshold` Nagios "
	    "notices that nothing comes any more: make it some times as long "
	    "as `every`.\n\n"
	    "`of: checks` is for what the [collector nagios](nagios.md) has "
	    "run: `HTTP_state` becomes the service HTTP with that state, with "
	    "its output and performance data; `host_state` is the host's own "
	    "check. `match` must let all of their parameters through. What is "
	    "soft or hard is left to Nagios.\n\n"
	    "A result that could not be handed over comes again, and may come "
	    "twice; of the command file only those that were left. NSCA "
	    "answers nothing: what was lost on the way is told again after "
	    "`every`. Of its methods `plain` (0), `xor` (1), `3des` (3) and "
	    "`aes256` (14, that is Rijndael-128) are spoken; the first two "
	    "hide nothing from who listens. NSCA takes names of 63 and 127 "
	    "bytes; "
	    "a longer one is left out, with a warning, and never cut. An "
	    "output loses its end at 4 KiB (the command file, NSCA); all "
	    "lines but the first are left out above 8,000 bytes.",
	.options = options,
	.state_size = sizeof(struct nagios),
	.needs = FARM_NEEDS_NETWORK | FARM_NEEDS_FILES,
	.check = nagios_check,
	.open = nagios_open,
	.close = nagios_close,
	.writer = {
		.write = nagios_write,
		.series_state_size = sizeof(struct known),
		.batch_values = BATCH_VALUES,
	},
};
