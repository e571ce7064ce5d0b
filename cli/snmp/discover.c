/* discover: who answers in a range, and nodes of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "change.h"
#include "client.h"
#include "fold.h"
#include "print.h"
#include "snmp.h"
#include "table.h"

/* ------------------------------------------------------------- searching -- */

static json_t *
new_arguments(const struct snmp_cli *snmp, json_t *range, const json_t *from)
{
	json_t *arguments = json_object();

	(void)json_object_set(arguments, "range", range);
	if (snmp->rate != NULL)
		(void)json_object_set_new(
		    arguments, "rate", json_string(snmp->rate));
	if (from != NULL)
		(void)json_object_set_new(
		    arguments, "from", json_copy((json_t *)from));
	return arguments;
}

/* For somebody who waits at a terminal. */
static void
show_progress(const json_t *page, const json_t *found)
{
	if (isatty(STDERR_FILENO) &&
	    json_is_integer(json_object_get(page, "next")))
		fprintf(stderr, "%.0f of %.0f addresses asked, %zu there\n",
		    answer_number(page, "next"),
		    answer_number(page, "addresses"), json_array_size(found));
}

/* All of the range, in as many actions as that takes. */
static int
search(const struct snmp_cli *snmp, const char *instance, json_t *range,
    json_t *found)
{
	json_t *page = NULL, *next;
	const json_t *from = NULL;
	int code;

	do {
		json_t *arguments = new_arguments(snmp, range, from);

		json_decref(page);
		code = snmp_act(snmp, instance, "discover", arguments, &page);
		if (code != 0)
			return code;
		(void)json_array_extend(found, json_object_get(page, "found"));
		show_progress(page, found);
		next = json_object_get(page, "next");
		from = next;
	} while (json_is_integer(next));
	json_decref(page);
	return 0;
}

static int
by_number(const void *a, const void *b)
{
	double x = answer_number(*(json_t *const *)a, "number");
	double y = answer_number(*(json_t *const *)b, "number");

	return (x > y) - (x < y);
}

/* In the order of the range, not of their answers; borrowed.  NULL if memory
   is out. */
static json_t **
sorted(const json_t *found, size_t n)
{
	json_t **rows = calloc(n + 1, sizeof(*rows));
	size_t i;

	for (i = 0; rows != NULL && i < n; i++)
		rows[i] = json_array_get(found, i);
	if (rows != NULL)
		qsort(rows, n, sizeof(*rows), by_number);
	return rows;
}

/* --------------------------------------------------------------- showing -- */

static bool
is_open(const json_t *row)
{
	return json_is_null(json_object_get(row, "failure"));
}

static void
cell(struct table *t, const char *text)
{
	struct buffer shown = BUFFER_INIT;

	print_cell(&shown, text);
	table_cell(t, COLOR_NONE, buffer_text(&shown));
	buffer_free(&shown);
}

static void
profiles_cell(struct table *t, const json_t *row)
{
	struct buffer list = BUFFER_INIT;
	const json_t *name;
	size_t i;

	json_array_foreach (json_object_get(row, "profiles"), i, name)
		buffer_printf(
		    &list, "%s%s", i > 0 ? "," : "", json_string_value(name));
	cell(t, buffer_text(&list));
	buffer_free(&list);
}

static void
put_row(struct table *t, const json_t *row)
{
	struct buffer rtt = BUFFER_INIT;

	cell(t, answer_text(row, "address"));
	cell(t, answer_text(row, "version"));
	cell(t, answer_text(row, "credential"));
	if (is_open(row))
		put_duration(&rtt, answer_number(row, "rtt_ns"));
	table_cell(t, COLOR_NONE, buffer_text(&rtt));
	cell(t, answer_text(row, "name"));
	cell(t, answer_text(row, "object_id"));
	profiles_cell(t, row);
	cell(t, answer_text(row, is_open(row) ? "description" : "failure"));
	buffer_free(&rtt);
}

static int
show(const struct snmp_cli *snmp, json_t *const *rows, size_t n)
{
	static const char *const titles[] = { "ADDRESS", "SNMP", "CREDENTIAL",
		">RTT", "NAME", "OBJECT ID", "PROFILES", "DESCRIPTION", NULL };
	struct buffer out = BUFFER_INIT;
	struct table *t = table_new(titles);
	size_t i;

	if (t == NULL)
		return cli_fail(&snmp->cli, CLI_FAILED, "out of memory");
	for (i = 0; i < n; i++)
		put_row(t, rows[i]);
	table_print(t, &out, snmp->cli.color, 0);
	table_free(t);
	return cli_print(&out);
}

static int
show_json(json_t *const *rows, size_t n)
{
	json_t *root = json_object();
	json_t *list = json_array();
	int code;
	size_t i;

	for (i = 0; i < n; i++)
		(void)json_array_append(list, rows[i]);
	(void)json_object_set_new(root, "found", list);
	code = cli_print_json(root);
	json_decref(root);
	return code;
}

/* ---------------------------------------------------------------- adding -- */

/* The addresses that some instance of the cluster reads: keys of *ret. */
static int
known_addresses(const struct snmp_cli *snmp, json_t **ret)
{
	struct snmp_cli any = *snmp;
	json_t *list, *one, *root, *target;
	json_t *known = json_object();
	int code, readers = 0;
	size_t i, k;

	any.instance = NULL;
	code = snmp_get_instances(&any, &list);
	if (code != 0) {
		json_decref(known);
		return code;
	}
	json_array_foreach (list, i, one) {
		if (strcmp(answer_text(one, "cluster"), snmp->cluster) != 0)
			continue;
		readers++;
		code = snmp_get_instance(snmp, answer_text(one, "name"), &root);
		if (code != 0)
			break;
		json_array_foreach (
		    json_object_get(root, "targets"), k, target) {
			(void)json_object_set_new(
			    known, answer_text(target, "address"), json_true());
			(void)json_object_set_new(
			    known, answer_text(target, "node"), json_true());
		}
		json_decref(root);
	}
	json_decref(list);
	if (code == 0 && readers == 0)
		code = cli_fail(&snmp->cli, CLI_USAGE,
		    "--add: no instance of the snmp collector reads cluster "
		    "\"%s\"",
		    snmp->cluster);
	if (code != 0)
		json_decref(known);
	else
		*ret = known;
	return code;
}

/* Nodes of one hostlist, as a change of the configuration. */
static int
add_hostlist(const struct snmp_cli *snmp, const char *names)
{
	struct buffer path = BUFFER_INIT;
	const struct client_argument arguments[] = { { "path", NULL },
		{ NULL, NULL } };
	struct client_argument with[2];
	struct error err;
	json_t *root;
	int code;

	memcpy(with, arguments, sizeof(with));
	buffer_printf(
	    &path, "clusters.\"%s\".nodes.\"%s\"", snmp->cluster, names);
	with[0].value = buffer_text(&path);
	if (client_post(
		snmp->cli.socket, "/v1/config/set", with, "~", &root, &err) < 0)
		code = cli_fail(&snmp->cli, CLI_FAILED, "%s", err.text);
	else
		code = change_show(&snmp->cli, root);
	buffer_free(&path);
	return code;
}

static int
add_folded(const struct snmp_cli *snmp, const struct fold_name *names, size_t n)
{
	struct buffer name = BUFFER_INIT, address = BUFFER_INIT;
	int code = CLI_FINE;
	size_t i = 0;

	while (code == CLI_FINE && i < n) {
		buffer_clear(&name);
		buffer_clear(&address);
		i += fold(names + i, n - i, &name, &address);
		code = add_hostlist(snmp, buffer_text(&name));
	}
	buffer_free(&name);
	buffer_free(&address);
	return code;
}

/* Those that answered and are no nodes yet. */
static int
add(const struct snmp_cli *snmp, json_t *const *rows, size_t n)
{
	struct fold_name *names = calloc(n + 1, sizeof(*names));
	json_t *known = NULL;
	size_t i, n_names = 0;
	int code = known_addresses(snmp, &known);

	for (i = 0; code == 0 && names != NULL && i < n; i++) {
		const char *address = answer_text(rows[i], "address");

		if (is_open(rows[i]) && json_object_get(known, address) == NULL)
			names[n_names++] = (struct fold_name){ address, NULL };
	}
	if (code == 0)
		code = names != NULL
			   ? add_folded(snmp, names, n_names)
			   : cli_fail(&snmp->cli, CLI_FAILED, "out of memory");
	json_decref(known);
	free(names);
	return code;
}

static int
tell(const struct snmp_cli *snmp, const json_t *found)
{
	size_t n = json_array_size(found);
	json_t **rows = sorted(found, n);
	int code;

	if (rows == NULL)
		return cli_fail(&snmp->cli, CLI_FAILED, "out of memory");
	if (snmp->cli.format == FORMAT_JSON)
		code = show_json(rows, n);
	else
		code = show(snmp, rows, n);
	if (code == CLI_FINE && snmp->cluster != NULL)
		code = add(snmp, rows, n);
	free(rows);
	return code;
}

int
snmp_discover(const struct snmp_cli *snmp, int argc, char **argv)
{
	json_t *range = json_array(), *found = json_array();
	char *instance = NULL, *address = NULL;
	int i, code = snmp_find_instance(snmp, NULL, &instance, &address);

	for (i = 0; i < argc; i++)
		(void)json_array_append_new(range, json_string(argv[i]));
	if (code == 0)
		code = search(snmp, instance, range, found);
	if (code == 0)
		code = tell(snmp, found);
	json_decref(range);
	json_decref(found);
	free(instance);
	free(address);
	return code;
}
