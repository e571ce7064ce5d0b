/* Which instance is asked, and how. */
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "client.h"
#include "pages.h"
#include "snmp.h"

int
snmp_get_instances(const struct snmp_cli *snmp, json_t **ret)
{
	json_t *root, *list, *one;
	struct error err;
	size_t i;

	if (pages_get(snmp->cli.socket, "/v1/instances", NULL, "instances",
		&root, &err) < 0)
		return cli_fail(&snmp->cli, CLI_FAILED, "%s", err.text);
	list = json_array();
	json_array_foreach (json_object_get(root, "instances"), i, one)
		if (strcmp(answer_text(one, "module"), "snmp") == 0 &&
		    (snmp->instance == NULL ||
			strcmp(answer_text(one, "name"), snmp->instance) == 0))
			(void)json_array_append(list, one);
	json_decref(root);
	*ret = list;
	return 0;
}

int
snmp_get_instance(const struct snmp_cli *snmp, const char *name, json_t **ret)
{
	char *path = client_instance_path(name, "");
	struct error err;
	int result;

	if (path == NULL)
		return cli_fail(&snmp->cli, CLI_FAILED, "out of memory");
	result = client_get(snmp->cli.socket, path, NULL, ret, &err);
	free(path);
	if (result < 0)
		return cli_fail(&snmp->cli, CLI_FAILED, "%s", err.text);
	return 0;
}

/* The address by which the instance reads the node; NULL if it does not. */
static char *
address_of(const struct snmp_cli *snmp, const char *name, const char *node)
{
	char *address = NULL;
	json_t *root, *target;
	size_t i;

	if (snmp_get_instance(snmp, name, &root) != 0)
		return NULL;
	json_array_foreach (json_object_get(root, "targets"), i, target)
		if (strcmp(answer_text(target, "node"), node) == 0) {
			address = strdup(answer_text(target, "address"));
			break;
		}
	json_decref(root);
	return address;
}

/* "a, b": what may be said with --instance. */
static int
fail_choice(const struct snmp_cli *snmp, const char *what, const json_t *names)
{
	struct buffer list = BUFFER_INIT;
	const json_t *name;
	size_t i;
	int code;

	json_array_foreach (names, i, name)
		buffer_printf(
		    &list, "%s%s", i > 0 ? ", " : "", json_string_value(name));
	code = cli_fail(&snmp->cli, CLI_USAGE,
	    "%s: --instance says which is meant: %s", what, buffer_text(&list));
	buffer_free(&list);
	return code;
}

/* The names of those of `list' that read the node; *ret_address is of one. */
static json_t *
readers_of(const struct snmp_cli *snmp, const json_t *list, const char *node,
    char **ret_address)
{
	json_t *names = json_array();
	const json_t *one;
	char *address;
	size_t i;

	json_array_foreach (list, i, one) {
		address = node == NULL ? NULL
				       : address_of(snmp,
					     answer_text(one, "name"), node);
		if (address == NULL)
			continue;
		(void)json_array_append(names, json_object_get(one, "name"));
		free(*ret_address);
		*ret_address = address;
	}
	return names;
}

static json_t *
names_of(const json_t *list)
{
	json_t *names = json_array();
	const json_t *one;
	size_t i;

	json_array_foreach (list, i, one)
		(void)json_array_append(names, json_object_get(one, "name"));
	return names;
}

static int
fail_none(const struct snmp_cli *snmp)
{
	if (snmp->instance != NULL)
		return cli_fail(&snmp->cli, CLI_USAGE,
		    "there is no instance \"%s\" of the snmp collector; "
		    "farmctl instances lists all",
		    snmp->instance);
	return cli_fail(&snmp->cli, CLI_FAILED,
	    "the farm has no instance of the snmp collector");
}

static int
choose(const struct snmp_cli *snmp, const json_t *list, const char *node,
    char **ret_instance, char **ret_address)
{
	json_t *names = readers_of(snmp, list, node, ret_address);
	struct buffer what = BUFFER_INIT;
	int code = 0;

	if (json_array_size(names) == 0) {
		json_decref(names);
		names = names_of(list);
		buffer_printf(&what,
		    node == NULL ? "there are several" : "no instance reads %s",
		    node);
	} else {
		buffer_printf(&what, "several instances read %s", node);
	}
	if (json_array_size(names) > 1)
		code = fail_choice(snmp, buffer_text(&what), names);
	else
		*ret_instance = strdup(
		    json_string_value(json_array_get(names, 0)));
	buffer_free(&what);
	json_decref(names);
	return code;
}

int
snmp_find_instance(const struct snmp_cli *snmp, const char *node,
    char **ret_instance, char **ret_address)
{
	char *instance = NULL, *address = NULL;
	json_t *list;
	int code = snmp_get_instances(snmp, &list);

	if (code != 0)
		return code;
	if (json_array_size(list) == 0)
		code = fail_none(snmp);
	else
		code = choose(snmp, list, node, &instance, &address);
	json_decref(list);
	if (code == 0 && instance == NULL)
		code = cli_fail(&snmp->cli, CLI_FAILED, "out of memory");
	if (code != 0) {
		free(address);
		return code;
	}
	*ret_instance = instance;
	*ret_address = address;
	return 0;
}

int
snmp_act(const struct snmp_cli *snmp, const char *instance, const char *action,
    json_t *arguments, json_t **ret)
{
	struct error err;

	if (client_act(snmp->cli.socket, instance, action, arguments, ret,
		&err) < 0)
		return cli_fail(&snmp->cli, CLI_FAILED, "%s", err.text);
	return 0;
}
