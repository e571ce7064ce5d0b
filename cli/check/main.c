/* check_farm: a plugin of Nagios that asks farmd. */
#include <curl/curl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "clock.h"
#include "whole.h"

#define URL "http://127.0.0.1:9649"
#define TIMEOUT_S 10
#define TIMEOUT_MAX_S 3600
#define TOKEN_MAX 4096
static const char unix_prefix[] = "unix:";

static const char help[] =
    "usage: check_farm -p PREDICATE [-w RANGE] [-c RANGE] [OPTIONS]\n"
    "\n"
    "Values that farmd has, held against ranges: each last value of its own,\n"
    "or one number that is made of all.\n"
    "\n"
    "  -u, --url URL            " URL ", https://HOST:9649 or\n"
    "                           unix:/run/farm/farmd.sock\n"
    "  -p, --predicate TEXT     FARM/CLUSTER/NODE/PARAMETER|..., several by\n"
    "                           comma; constraints such as Load5>4 are fine\n"
    "  -w, --warning RANGE      10, 10:, ~:10, 10:20, @10:20\n"
    "  -c, --critical RANGE\n"
    "  -a, --aggregate WHICH    each, min, max, avg, sum or count\n"
    "  -o, --over DURATION      of all values of so long; else the last ones\n"
    "  -f, --fresh WARN[,CRIT]  how old a value may be: 5m,1h\n"
    "  -n, --none STATE         if nothing matches: ok, warning, critical or\n"
    "                           unknown (that is the default)\n"
    "  -l, --label NAME         of an aggregate, in the performance data\n"
    "  -T, --token FILE         who we are to farmd; also FARM_TOKEN_FILE\n"
    "      --ca FILE            authorities of its certificate\n"
    "      --certificate FILE   of ours, and\n"
    "      --key FILE           its key\n"
    "  -t, --timeout SECONDS    10; then it is UNKNOWN\n"
    "  -V, --version\n"
    "  -h, --help\n"
    "\n"
    "A range alerts outside of it, with @ inside; ~ is no bound. The status\n"
    "is 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.\n";

static const struct option long_options[] = {
	{ "url", required_argument, NULL, 'u' },
	{ "predicate", required_argument, NULL, 'p' },
	{ "warning", required_argument, NULL, 'w' },
	{ "critical", required_argument, NULL, 'c' },
	{ "aggregate", required_argument, NULL, 'a' },
	{ "over", required_argument, NULL, 'o' },
	{ "fresh", required_argument, NULL, 'f' },
	{ "none", required_argument, NULL, 'n' },
	{ "label", required_argument, NULL, 'l' },
	{ "token", required_argument, NULL, 'T' },
	{ "ca", required_argument, NULL, 'A' },
	{ "certificate", required_argument, NULL, 'C' },
	{ "key", required_argument, NULL, 'K' },
	{ "timeout", required_argument, NULL, 't' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ .name = NULL },
};

/* What options were, and what is made of them. */
struct asked {
	struct question q;
	const char *url;
	const char *token_file;
	char *fresh; /* cut in two */
	struct buffer ages[2];
	struct buffer token;
};

/* -- options -- */

static int
read_bound(struct bound *ret, const char *text, struct error *err)
{
	if (!perfdata_range_parse(
		(struct slice){ text, strlen(text) }, &ret->range))
		return error_set(err,
		    "\"%s\" is no range such as 10, 10:, ~:10, 10:20, @10:20",
		    text);
	ret->text = text;
	return 0;
}

/* "5m": older than that; in seconds. */
static int
read_age(struct bound *ret, struct buffer *seconds, const char *text,
    struct error *err)
{
	struct farm_value value;
	int64_t ns;

	if (duration_parse(text, &ns, err) != 0)
		return error_prefix(err, "--fresh");
	value = farm_double((double)ns / (double)NS_PER_S);
	buffer_clear(seconds);
	buffer_value(seconds, &value);
	ret->range = (struct perfdata_range){ .set = true,
		.high = value.number };
	ret->text = buffer_text(seconds);
	return 0;
}

static int
read_fresh(struct asked *a, const char *text, struct error *err)
{
	char *comma;

	free(a->fresh);
	a->fresh = strdup(text);
	if (a->fresh == NULL)
		return error_set(err, "out of memory");
	comma = strchr(a->fresh, ',');
	if (comma != NULL) {
		*comma = '\0';
		if (read_age(&a->q.age_critical, &a->ages[1], comma + 1, err) !=
		    0)
			return -1;
	}
	return read_age(&a->q.age_warning, &a->ages[0], a->fresh, err);
}

/* The word's place among those of the list; -1. */
static int
word_place(const char *const *words, const char *text)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcasecmp(words[i], text) == 0)
			return i;
	return -1;
}

static int
read_aggregate(struct asked *a, const char *text, struct error *err)
{
	static const char *const words[] = { "each", "min", "max", "avg", "sum",
		"count", NULL };
	int place = word_place(words, text);

	if (place < 0)
		return error_set(
		    err, "--aggregate: \"%s\" is none of " AGGREGATES, text);
	a->q.aggregate = (enum aggregate)place;
	return 0;
}

static int
read_none(struct asked *a, const char *text, struct error *err)
{
	static const char *const words[] = { "ok", "warning", "critical",
		"unknown", NULL };
	int place = word_place(words, text);

	if (place < 0)
		return error_set(err,
		    "--none: \"%s\" is none of ok, warning, critical, unknown",
		    text);
	a->q.none = (enum state)place;
	return 0;
}

static int
read_timeout(struct asked *a, const char *text, struct error *err)
{
	char *end;
	long seconds = strtol(text, &end, 10);

	if (*end != '\0' || seconds < 1 || seconds > TIMEOUT_MAX_S)
		return error_set(err, "--timeout: \"%s\" is not 1 to %d", text,
		    TIMEOUT_MAX_S);
	a->q.door.wait_s = seconds;
	return 0;
}

static int
take_option(struct asked *a, int letter, const char *text, struct error *err)
{
	switch (letter) {
	case 'w':
		return read_bound(&a->q.warning, text, err);
	case 'c':
		return read_bound(&a->q.critical, text, err);
	case 'a':
		return read_aggregate(a, text, err);
	case 'f':
		return read_fresh(a, text, err);
	case 'n':
		return read_none(a, text, err);
	case 't':
		return read_timeout(a, text, err);
	default:
		break;
	}
	const char **const fields[128] = {
		['u'] = &a->url,
		['p'] = &a->q.predicate,
		['o'] = &a->q.over,
		['l'] = &a->q.label,
		['T'] = &a->token_file,
		['A'] = &a->q.door.ca,
		['C'] = &a->q.door.certificate,
		['K'] = &a->q.door.key,
	};

	*fields[letter] = text;
	return 0;
}

/* -- what they mean together -- */

static int
read_token(struct asked *a, struct error *err)
{
	struct buffer *t = &a->token;

	if (a->token_file == NULL || a->token_file[0] == '\0')
		return 0;
	if (whole_read(t, a->token_file, TOKEN_MAX, err) != 0)
		return error_prefix(err, "%s", a->token_file);
	while (t->size > 0 && strchr("\r\n \t", t->data[t->size - 1]) != NULL)
		t->data[--t->size] = '\0';
	if (t->size == 0 || t->data[strcspn(t->data, "\r\n")] != '\0' ||
	    strlen(t->data) != t->size)
		return error_set(err, "%s: is no line of text", a->token_file);
	a->q.door.token = t->data;
	return 0;
}

static int
finish(struct asked *a, struct error *err)
{
	int64_t ns;

	if (a->q.predicate == NULL)
		return error_set(
		    err, "-p PREDICATE is missing; see check_farm --help");
	if (a->q.over != NULL && duration_parse(a->q.over, &ns, err) != 0)
		return error_prefix(err, "--over");
	if (strncmp(a->url, unix_prefix, strlen(unix_prefix)) == 0)
		a->q.door.socket = a->url + strlen(unix_prefix);
	else if (strncmp(a->url, "http://", 7) == 0 ||
		 strncmp(a->url, "https://", 8) == 0)
		a->q.door.url = a->url;
	else
		return error_set(err,
		    "--url: \"%s\" is none of http://HOST:PORT, "
		    "https://HOST:PORT, unix:/PATH",
		    a->url);
	return read_token(a, err);
}

/* -1: go on; else what to end with. */
static int
read_options(struct asked *a, int argc, char **argv, struct error *err)
{
	int letter;

	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":u:p:w:c:a:o:f:n:l:T:t:Vh",
		    long_options, NULL)) != -1) {
		if (letter == 'h' || letter == 'V') {
			fputs(letter == 'h' ? help
					    : "check_farm " PACKAGE_VERSION
					      "\n",
			    stdout);
			return 1;
		}
		if (letter == '?' || letter == ':')
			return error_set(err, "%s %s; see check_farm --help",
			    argv[optind - 1],
			    letter == ':' ? "needs a value" : "is no option");
		if (take_option(a, letter, optarg, err) != 0)
			return -1;
	}
	if (optind < argc)
		return error_set(err,
		    "\"%s\" is no option; see check_farm "
		    "--help",
		    argv[optind]);
	return finish(a, err);
}

static enum state
answer(struct asked *a, struct buffer *out, struct error *err)
{
	struct readings r = { .items = NULL };
	enum state state = STATE_UNKNOWN;

	if (readings_ask(&r, &a->q, err) != 0) {
		buffer_puts(out, "FARM UNKNOWN - ");
		put_plain(out, err->text);
		buffer_putc(out, '\n');
	} else {
		state = verdict(out, &a->q, &r);
	}
	readings_free(&r);
	return state;
}

int
main(int argc, char **argv)
{
	struct asked a = { .url = URL,
		.token_file = getenv("FARM_TOKEN_FILE"),
		.q = { .none = STATE_UNKNOWN,
		    .warning.text = "",
		    .critical.text = "",
		    .age_warning.text = "",
		    .age_critical.text = "",
		    .door.wait_s = TIMEOUT_S } };
	struct buffer out = BUFFER_INIT;
	enum state state = STATE_UNKNOWN;
	struct error err;
	int rc = read_options(&a, argc, argv, &err);

	curl_global_init(CURL_GLOBAL_DEFAULT);
	if (rc < 0) {
		buffer_puts(&out, "FARM UNKNOWN - ");
		put_plain(&out, err.text);
		buffer_putc(&out, '\n');
	} else if (rc == 0) {
		state = answer(&a, &out, &err);
	}
	if (buffer_failed(&out))
		state = STATE_UNKNOWN;
	fputs(buffer_text(&out), stdout);
	curl_global_cleanup();
	buffer_free(&out);
	buffer_free(&a.token);
	buffer_free(&a.ages[0]);
	buffer_free(&a.ages[1]);
	free(a.fresh);
	return state;
}
