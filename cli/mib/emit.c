#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#undef PACKAGE_NAME
#undef PACKAGE_VERSION

#include "emit.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What MIBs write and what UCUM calls it; all else is an annotation. */
static const char *const units[][2] = {
	{ "seconds", "s" },
	{ "second", "s" },
	{ "milliseconds", "ms" },
	{ "milli-seconds", "ms" },
	{ "microseconds", "us" },
	{ "centi-seconds", "cs" },
	{ "hundredths of a second", "cs" },
	{ "0.01 seconds", "cs" },
	{ "minutes", "min" },
	{ "hours", "h" },
	{ "days", "d" },
	{ "octets", "By" },
	{ "bytes", "By" },
	{ "kilobytes", "kBy" },
	{ "kB", "kBy" },
	{ "KBytes", "KiBy" },
	{ "kibibytes", "KiBy" },
	{ "megabytes", "MBy" },
	{ "bits per second", "bit/s" },
	{ "bits/s", "bit/s" },
	{ "packets", "{packet}" },
	{ "percent", "%" },
	{ "percentage", "%" },
	{ "%", "%" },
	{ "degrees Celsius", "Cel" },
	{ "degrees Centigrade", "Cel" },
	{ "celsius", "Cel" },
	{ "volts", "V" },
	{ "RMS Volts", "V" },
	{ "millivolts", "mV" },
	{ "amperes", "A" },
	{ "milliamperes", "mA" },
	{ "watts", "W" },
	{ "hertz", "Hz" },
	{ "dBm", "dB[mW]" },
};

bool
emit_wants(const struct emit *e, const char *path)
{
	char real[PATH_MAX];
	size_t i, n;

	if (path == NULL || realpath(path, real) == NULL)
		return false;
	for (i = 0; i < e->n_inputs; i++) {
		n = strlen(e->inputs[i]);
		if (strncmp(real, e->inputs[i], n) == 0 &&
		    (real[n] == '\0' || real[n] == '/'))
			return true;
	}
	return false;
}

/* ----------------------------------------------------------- syntax ------ */

static bool
is_row(const struct tree *t)
{
	return t->indexes != NULL || t->augments != NULL;
}

static bool
is_table(const struct tree *t)
{
	const struct tree *child;

	for (child = t->child_list; child != NULL; child = child->next_peer)
		if (is_row(child))
			return true;
	return false;
}

/* A gauge of 64 bits, which a counter's syntax must carry (RFC 2856). */
static bool
is_gauge64(const struct tree *t)
{
	const char *name = t->tc_index < 0 ? NULL
					   : get_tc_descriptor(t->tc_index);

	return name != NULL && strcmp(name, "CounterBasedGauge64") == 0;
}

/* 0: no object. */
static int
syntax_of(const struct tree *t)
{
	switch (t->type) {
	case TYPE_OBJID:
		return OBJECT_OID;
	case TYPE_OCTETSTR:
	case TYPE_BITSTRING:
	case TYPE_NSAPADDRESS:
		return OBJECT_OCTETS;
	case TYPE_INTEGER:
	case TYPE_INTEGER32:
		return OBJECT_INTEGER;
	case TYPE_NETADDR:
	case TYPE_IPADDR:
		return OBJECT_IP;
	case TYPE_COUNTER:
		return OBJECT_COUNTER32;
	case TYPE_COUNTER64:
		return is_gauge64(t) ? OBJECT_GAUGE32 : OBJECT_COUNTER64;
	case TYPE_GAUGE:
		return OBJECT_GAUGE32;
	case TYPE_UINTEGER:
	case TYPE_UNSIGNED32:
		return OBJECT_UNSIGNED;
	case TYPE_TIMETICKS:
		return OBJECT_TICKS;
	case TYPE_OPAQUE:
		return OBJECT_OPAQUE;
	case TYPE_TRAPTYPE:
	case TYPE_NOTIFTYPE:
		return OBJECT_NOTIFICATION;
	case TYPE_OBJGROUP:
	case TYPE_NOTIFGROUP:
	case TYPE_AGENTCAP:
	case TYPE_MODCOMP:
		return 0;
	default:
		if (is_row(t))
			return OBJECT_ROW;
		return is_table(t) ? OBJECT_TABLE : OBJECT_NODE;
	}
}

/* ------------------------------------------------------------ fields ----- */

/* "{flits per fortnight}": UCUM's braces hold printable ASCII alone. */
static void
put_annotation(struct buffer *b, const char *text)
{
	buffer_putc(b, '{');
	for (; *text != '\0'; text++)
		buffer_putc(b,
		    *text < ' ' || *text > '~' || *text == '{' || *text == '}'
			? ' '
			: *text);
	buffer_putc(b, '}');
}

static void
put_unit(struct buffer *b, const struct tree *t, int syntax)
{
	size_t i;

	if (t->units == NULL || *t->units == '\0') {
		buffer_puts(b, syntax == OBJECT_TICKS ? "cs" : "-");
		return;
	}
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcasecmp(units[i][0], t->units) == 0) {
			buffer_puts(b, units[i][1]);
			return;
		}
	put_annotation(b, t->units);
}

static void
put_indices(struct buffer *b, const struct tree *t)
{
	const struct index_list *index = t->indexes;
	const struct tree *other;

	if (index == NULL && t->augments != NULL) {
		other = find_tree_node(t->augments, -1);
		index = other == NULL ? NULL : other->indexes;
	}
	if (index != NULL)
		buffer_puts(b, " index=");
	for (; index != NULL; index = index->next)
		buffer_printf(
		    b, "%s%s", index->ilabel, index->next == NULL ? "" : ",");
}

static void
put_details(struct buffer *b, const struct tree *t, int syntax)
{
	const struct enum_list *e;

	if (t->hint != NULL && *t->hint != '\0') {
		buffer_puts(b, " hint=");
		mib_put_escaped(b, t->hint);
	}
	for (e = t->enums; e != NULL; e = e->next) {
		buffer_printf(
		    b, "%s%d:", e == t->enums ? " enum=" : ",", e->value);
		mib_put_escaped(b, e->label);
	}
	if (syntax == OBJECT_ROW)
		put_indices(b, t);
	else if (t->access == MIB_ACCESS_NOACCESS && syntax < OBJECT_NODE)
		buffer_puts(b, " access=none");
}

/* net-snmp puts nodes of its own between those of MIBs: "cisco#". */
static bool
is_word(const char *text)
{
	if (text == NULL || *text == '\0')
		return false;
	for (; *text != '\0'; text++)
		if (!((*text | 0x20) >= 'a' && (*text | 0x20) <= 'z') &&
		    !(*text >= '0' && *text <= '9') && *text != '-' &&
		    *text != '_')
			return false;
	return true;
}

/* ------------------------------------------------------------- nodes ----- */

static void
put_line(struct emit *e, const struct tree *t, const char *module, size_t n)
{
	struct buffer details = BUFFER_INIT;
	int syntax = syntax_of(t);
	size_t i;

	if (syntax == 0 || !is_word(t->label) || !is_word(module))
		return;
	buffer_printf(e->out, "%s::%s\t", module, t->label);
	for (i = 0; i < n; i++)
		buffer_printf(e->out, i == 0 ? "%u" : ".%u", e->numbers[i]);
	buffer_printf(
	    e->out, "\t%s", object_syntax_name((enum object_syntax)syntax));
	put_details(&details, t, syntax);
	buffer_putc(e->out, '\t');
	put_unit(e->out, t, syntax);
	/* Each detail begins with a blank. */
	if (details.size > 0)
		buffer_printf(e->out, "\t%s", buffer_text(&details) + 1);
	buffer_putc(e->out, '\n');
	buffer_free(&details);
}

static void
put_node(struct emit *e, const struct tree *t, size_t n)
{
	const struct module *m;
	int i;

	if (n < 2)
		return;
	for (i = 0; i < t->number_modules; i++) {
		m = find_module(
		    t->module_list == NULL ? t->modid : t->module_list[i]);
		if (m != NULL && emit_wants(e, m->file))
			put_line(e, t, m->name, n);
	}
}

static int
compare_nodes(const void *a, const void *b)
{
	const struct tree *x = *(struct tree *const *)a;
	const struct tree *y = *(struct tree *const *)b;

	return (x->subid > y->subid) - (x->subid < y->subid);
}

/* A node and its peers, in the order of their numbers; NULL behind them. */
static struct tree **
in_order(struct tree *first)
{
	struct tree **nodes, *t;
	size_t n = 0;

	for (t = first; t != NULL; t = t->next_peer)
		n++;
	nodes = calloc(n + 1, sizeof(struct tree *));
	if (nodes == NULL)
		return NULL;
	for (n = 0, t = first; t != NULL; t = t->next_peer)
		nodes[n++] = t;
	qsort(nodes, n, sizeof(struct tree *), compare_nodes);
	return nodes;
}

static void
emit_level(struct emit *e, struct tree *first, size_t depth)
{
	struct tree **nodes;
	size_t i;

	if (first == NULL || depth == BER_OID_MAX)
		return;
	nodes = in_order(first);
	if (nodes == NULL) {
		e->out->failed = true;
		return;
	}
	for (i = 0; nodes[i] != NULL; i++) {
		e->numbers[depth] = (uint32_t)nodes[i]->subid;
		put_node(e, nodes[i], depth + 1);
		emit_level(e, nodes[i]->child_list, depth + 1);
	}
	free(nodes);
}

void
emit_tree(struct emit *e, struct tree *root)
{
	emit_level(e, root, 0);
}
