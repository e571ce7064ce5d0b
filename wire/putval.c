#include "putval.h"

#include "clock.h"
#include "number.h"
#include "value.h"

/* Seconds that int64 ns can say. */
#define SECONDS_MAX 9.2e9
/* Of a line, in a message. */
#define SHOWN 60

static int
shown(struct slice s)
{
	return (int)(s.length < SHOWN ? s.length : SHOWN);
}

/* A word, or what stands in quotes, in which a backslash protects; false if
   there is none, or the quotes do not end. */
static bool
take_word(struct slice *rest, struct slice *ret, bool *ret_escaped)
{
	size_t i = 0;
	bool quoted;

	slice_skip_blanks(rest);
	quoted = rest->length > 0 && rest->text[0] == '"';
	*ret_escaped = false;
	if (!quoted) {
		*ret = slice_cut(rest, ' ');
		return ret->length > 0;
	}
	for (i = 1; i < rest->length && rest->text[i] != '"'; i++)
		if (rest->text[i] == '\\' && i + 1 < rest->length) {
			*ret_escaped = true;
			i++;
		}
	if (i >= rest->length)
		return false;
	*ret = (struct slice){ rest->text + 1, i - 1 };
	slice_skip(rest, i + 1);
	return true;
}

size_t
putval_unescape(char *to, struct slice s)
{
	size_t i, n = 0;

	for (i = 0; i < s.length; i++) {
		if (s.text[i] == '\\' && i + 1 < s.length)
			i++;
		to[n++] = s.text[i];
	}
	return n;
}

static bool
split(struct slice whole, struct putval *p)
{
	p->host = slice_cut(&whole, '/');
	p->plugin = slice_cut(&whole, '/');
	p->type = whole;
	return p->host.length > 0 && p->plugin.length > 0 &&
	       p->type.length > 0 &&
	       memchr(p->type.text, '/', p->type.length) == NULL;
}

/* NAME=VALUE: what they say, farmd has from elsewhere. */
static void
skip_options(struct slice *rest)
{
	struct slice before, word;
	bool escaped;

	for (;;) {
		slice_skip_blanks(rest);
		before = *rest;
		if (rest->length > 0 && rest->text[0] == '"')
			return;
		if (!take_word(rest, &word, &escaped) ||
		    memchr(word.text, '=', word.length) == NULL) {
			*rest = before;
			return;
		}
	}
}

static int
parse_line(struct slice line, struct putval *p, struct error *err)
{
	struct slice word, whole = line;
	bool escaped;

	if (!take_word(&line, &word, &escaped) || !slice_is(word, "PUTVAL"))
		return error_set(
		    err, "\"%.*s\": no PUTVAL", shown(whole), whole.text);
	if (!take_word(&line, &word, &p->escaped) || !split(word, p))
		return error_set(err,
		    "\"%.*s\": no HOST/PLUGIN/TYPE behind PUTVAL", shown(whole),
		    whole.text);
	skip_options(&line);
	if (line.length == 0)
		return error_set(
		    err, "\"%.*s\": no values", shown(whole), whole.text);
	p->lists = line;
	return 1;
}

int
putval_parse(struct slice *rest, struct putval *ret, struct error *err)
{
	struct putval p = { .escaped = false };
	struct slice line;

	while (slice_take_line(rest, &line)) {
		if (line.text[0] == '#')
			continue;
		if (parse_line(line, &p, err) < 0)
			return -1;
		*ret = p;
		return 1;
	}
	return 0;
}

int
putval_next(struct putval *p, struct putval_list *ret, struct error *err)
{
	struct slice word, time;
	double seconds;
	bool escaped;

	slice_skip_blanks(&p->lists);
	if (p->lists.length == 0)
		return 0;
	if (!take_word(&p->lists, &word, &escaped)) {
		p->lists.length = 0;
		return error_set(err, "quotes that do not end");
	}
	ret->values = word;
	time = slice_cut(&ret->values, ':');
	if (ret->values.length == 0)
		return error_set(
		    err, "\"%.*s\": no TIME:VALUE", shown(word), word.text);
	ret->time_ns = 0;
	if (slice_is(time, "N"))
		return 1;
	if (!number_parse(time, &seconds) || seconds < 0 ||
	    seconds > SECONDS_MAX)
		return error_set(
		    err, "\"%.*s\": no time", shown(word), word.text);
	ret->time_ns = (int64_t)(seconds * NS_PER_S);
	return 1;
}

int
putval_value(struct putval_list *l, bool counter, struct farm_value *ret,
    struct error *err)
{
	struct slice word;
	double number;

	if (l->values.length == 0)
		return 0;
	word = slice_cut(&l->values, ':');
	*ret = (struct farm_value){ .type = FARM_NONE };
	if (slice_is(word, "U") || slice_is(word, "nan"))
		return 1;
	if (!number_parse(word, &number))
		return error_set(
		    err, "\"%.*s\": no number", shown(word), word.text);
	*ret = counter ? value_counted(number) : farm_double(number);
	return 1;
}

/* ---------------------------------------------------------------- types -- */

/* Only what is not one gauge; sorted by nothing, as it is short. */
static const struct putval_type types[] = {
	{ "compression", true, { "uncompressed", "compressed" } },
	{ "connections", true, { "" } },
	{ "contextswitch", true, { "" } },
	{ "counter", true, { "" } },
	{ "cpu", true, { "" } },
	{ "derive", true, { "" } },
	{ "df", false, { "used", "free" } },
	{ "disk_io_time", true, { "io_time", "weighted_io_time" } },
	{ "disk_latency", false, { "read", "write" } },
	{ "disk_merged", true, { "read", "write" } },
	{ "disk_octets", true, { "read", "write" } },
	{ "disk_ops", true, { "read", "write" } },
	{ "disk_time", true, { "read", "write" } },
	{ "dns_octets", true, { "queries", "responses" } },
	{ "dns_qtype", true, { "" } },
	{ "fork_rate", true, { "" } },
	{ "http_requests", true, { "" } },
	{ "ib_octets", true, { "rx", "tx" } },
	{ "ib_packets", true, { "rx", "tx" } },
	{ "if_dropped", true, { "rx", "tx" } },
	{ "if_errors", true, { "rx", "tx" } },
	{ "if_octets", true, { "rx", "tx" } },
	{ "if_packets", true, { "rx", "tx" } },
	{ "io_octets", true, { "rx", "tx" } },
	{ "io_ops", true, { "read", "write" } },
	{ "io_packets", true, { "rx", "tx" } },
	{ "irq", true, { "" } },
	{ "load", false, { "shortterm", "midterm", "longterm" } },
	{ "memcached_octets", true, { "rx", "tx" } },
	{ "mysql_octets", true, { "rx", "tx" } },
	{ "nfs_procedure", true, { "" } },
	{ "node_octets", true, { "rx", "tx" } },
	{ "operations", true, { "" } },
	{ "ps_count", false, { "processes", "threads" } },
	{ "ps_cputime", true, { "user", "syst" } },
	{ "ps_disk_octets", true, { "read", "write" } },
	{ "ps_disk_ops", true, { "read", "write" } },
	{ "ps_pagefaults", true, { "minflt", "majflt" } },
	{ "serial_octets", true, { "rx", "tx" } },
	{ "smart_attribute", false,
	    { "current", "worst", "threshold", "pretty" } },
	{ "swap_io", true, { "" } },
	{ "vmpage_faults", true, { "minflt", "majflt" } },
	{ "vmpage_io", true, { "in", "out" } },
};

/* A TYPE has no dash, so its instance begins at the first. */
const struct putval_type *
putval_type(struct slice type)
{
	static const struct putval_type gauge = { "gauge", false, { "" } };
	static const struct putval_type total = { "total", true, { "" } };
	struct slice name = slice_cut(&type, '-');
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (slice_is(name, types[i].name))
			return &types[i];
	if (name.length > 6 && memcmp(name.text, "total_", 6) == 0)
		return &total;
	return &gauge;
}
