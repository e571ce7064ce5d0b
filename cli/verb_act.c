/* Whatever an instance can be told to do. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "client.h"

/* Of INSTANCE ACTION NAME=VALUE... */
#define FIRST_ARGUMENT 2
#define ARGUMENTS_MAX 32

/* A text, which the action's table of arguments reads. */
static int
add_argument(const struct cli *cli, json_t *body, const char *text)
{
	const char *at = strchr(text, '=');
	char *name;
	int rc;

	if (at == NULL || at == text)
		return cli_fail(
		    cli, CLI_USAGE, "\"%s\" is not NAME=VALUE", text);
	name = strndup(text, (size_t)(at - text));
	rc = name == NULL
		 ? -1
		 : json_object_set_new(body, name, json_string(at + 1));
	free(name);
	if (rc != 0)
		return cli_fail(cli, CLI_FAILED,
		    "\"%s\" is no UTF-8, or memory is out", text);
	return CLI_FINE;
}

static void
put_member(struct buffer *out, const char *name, const json_t *value)
{
	struct buffer text = BUFFER_INIT;
	char *whole = NULL;

	if (json_is_object(value) || json_is_array(value))
		whole = json_dumps(value, JSON_COMPACT);
	if (whole != NULL)
		buffer_puts(&text, whole);
	else
		answer_scalar(&text, value);
	buffer_printf(out, "%s:%c%s\n", name,
	    strchr(buffer_text(&text), '\n') != NULL ? '\n' : ' ',
	    buffer_text(&text));
	free(whole);
	buffer_free(&text);
}

static int
print_answer(const struct cli *cli, json_t *answer)
{
	struct buffer out = BUFFER_INIT;
	const char *name;
	json_t *value;

	if (cli->format == FORMAT_JSON || !json_is_object(answer))
		return cli_print_json(answer);
	json_object_foreach (answer, name, value)
		if (!json_is_null(value))
			put_member(&out, name, value);
	return cli_print(&out);
}

/* An answer may tell of a failure. */
static int
show(const struct cli *cli, json_t *answer)
{
	int code = print_answer(cli, answer);

	if (code == CLI_FINE && answer_text(answer, "failure")[0] != '\0')
		code = CLI_FAILED;
	json_decref(answer);
	return code;
}

static int
run_act(const struct cli *cli, int argc, char **argv)
{
	json_t *body = json_object();
	struct error err;
	json_t *answer;
	int code = CLI_FINE;
	int i;

	for (i = FIRST_ARGUMENT; i < argc && code == CLI_FINE; i++)
		code = add_argument(cli, body, argv[i]);
	if (code != CLI_FINE) {
		json_decref(body);
		return code;
	}
	if (client_act(cli->socket, argv[0], argv[1], body, &answer, &err) < 0)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	return show(cli, answer);
}

const struct verb verb_act = {
	.name = "act",
	.arguments = "INSTANCE ACTION [NAME=VALUE...]",
	.summary = "have an instance run one of its actions",
	.help = "What actions there are says `farmctl module describe "
		"MODULE'.",
	.options = "j",
	.min = FIRST_ARGUMENT,
	.max = FIRST_ARGUMENT + ARGUMENTS_MAX,
	.run = run_act,
};
