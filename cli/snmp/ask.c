/* get and walk: one device asked, its values a line each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "print.h"
#include "snmp.h"

/* Values of one reply; a walk takes as many replies as it needs. */
#define WALK_VALUES 2000

/* Who is asked. */
struct asked {
	char *instance;
	char *address;
	const char *node; /* NULL: it is an address */
};

static int
find(const struct snmp_cli *snmp, const char *node, struct asked *ret)
{
	struct asked a = { .instance = NULL };
	int code = snmp_find_instance(snmp, node, &a.instance, &a.address);

	if (code != 0)
		return code;
	a.node = a.address != NULL ? node : NULL;
	if (a.address == NULL)
		a.address = strdup(node);
	*ret = a;
	return 0;
}

static void
asked_free(struct asked *a)
{
	free(a->instance);
	free(a->address);
}

static json_t *
new_arguments(const struct asked *a)
{
	json_t *arguments = json_object();

	if (a->node != NULL)
		(void)json_object_set_new(
		    arguments, "node", json_string(a->node));
	(void)json_object_set_new(
	    arguments, "address", json_string(a->address));
	return arguments;
}

/* Lines of all values; an exit code: something may have no value. */
static int
print_values(const struct snmp_cli *snmp, const json_t *root)
{
	struct buffer out = BUFFER_INIT;
	const json_t *value;
	int code = CLI_FINE, printed;
	size_t i;

	json_array_foreach (json_object_get(root, "values"), i, value) {
		print_value(&out, value, snmp->numeric);
		if (json_is_null(json_object_get(value, "value")))
			code = CLI_FAILED;
	}
	printed = cli_print(&out);
	return printed != CLI_FINE ? printed : code;
}

/* What cut the reply short. */
static int
say_failure(const struct snmp_cli *snmp, const char *node, const json_t *root)
{
	const char *failure = answer_text(root, "failure");

	if (failure[0] == '\0')
		return CLI_FINE;
	return cli_fail(&snmp->cli, CLI_FAILED, "%s: %s", node, failure);
}

static int
show(const struct snmp_cli *snmp, const char *node, const json_t *root)
{
	int code = snmp->cli.format == FORMAT_JSON ? cli_print_json(root)
						   : print_values(snmp, root);
	int failure = say_failure(snmp, node, root);

	return failure != CLI_FINE ? failure : code;
}

int
snmp_get(const struct snmp_cli *snmp, int argc, char **argv)
{
	struct asked asked;
	json_t *arguments, *oids, *root;
	int i, code = find(snmp, argv[0], &asked);

	if (code != 0)
		return code;
	arguments = new_arguments(&asked);
	oids = json_array();
	for (i = 1; i < argc; i++)
		(void)json_array_append_new(oids, json_string(argv[i]));
	(void)json_object_set_new(arguments, "oids", oids);
	code = snmp_act(snmp, asked.instance, "get", arguments, &root);
	if (code == 0) {
		code = show(snmp, argv[0], root);
		json_decref(root);
	}
	asked_free(&asked);
	return code;
}

/* ------------------------------------------------------------------ walk -- */

static int
walk_page(const struct snmp_cli *snmp, const struct asked *asked,
    const char *oid, const char *after, json_t **ret)
{
	json_t *arguments = new_arguments(asked);

	(void)json_object_set_new(arguments, "max", json_integer(WALK_VALUES));
	if (oid != NULL)
		(void)json_object_set_new(arguments, "oid", json_string(oid));
	if (after != NULL)
		(void)json_object_set_new(
		    arguments, "after", json_string(after));
	return snmp_act(snmp, asked->instance, "walk", arguments, ret);
}

/* Text is printed as it comes; of JSON, one document is made. */
static int
take_page(const struct snmp_cli *snmp, const char *node, json_t *whole,
    const json_t *page)
{
	if (snmp->cli.format != FORMAT_JSON)
		return show(snmp, node, page);
	(void)json_array_extend(
	    json_object_get(whole, "values"), json_object_get(page, "values"));
	(void)json_object_set(
	    whole, "failure", json_object_get(page, "failure"));
	(void)json_object_set(whole, "next", json_object_get(page, "next"));
	return say_failure(snmp, node, page);
}

/* All pages; the first is *ret_whole, which holds the values of all if that is
   what the format needs. */
static int
walk(const struct snmp_cli *snmp, const struct asked *asked, const char *node,
    const char *oid, json_t **ret_whole)
{
	json_t *whole, *page;
	char *after;
	int code = walk_page(snmp, asked, oid, NULL, &whole);

	if (code != 0)
		return code;
	*ret_whole = whole;
	code = snmp->cli.format == FORMAT_JSON ? say_failure(snmp, node, whole)
					       : show(snmp, node, whole);
	after = strdup(answer_text(whole, "next"));
	while (code == CLI_FINE && after != NULL && after[0] != '\0') {
		code = walk_page(snmp, asked, oid, after, &page);
		free(after);
		after = NULL;
		if (code != 0)
			break;
		code = take_page(snmp, node, whole, page);
		after = strdup(answer_text(page, "next"));
		json_decref(page);
	}
	free(after);
	return code;
}

int
snmp_walk(const struct snmp_cli *snmp, int argc, char **argv)
{
	struct asked asked;
	json_t *whole = NULL;
	int code = find(snmp, argv[0], &asked);

	if (code != 0)
		return code;
	code = walk(snmp, &asked, argv[0], argc > 1 ? argv[1] : NULL, &whole);
	if (whole != NULL && snmp->cli.format == FORMAT_JSON &&
	    cli_print_json(whole) != CLI_FINE)
		code = CLI_FAILED;
	json_decref(whole);
	asked_free(&asked);
	return code;
}
