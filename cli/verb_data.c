/* latest and history: what was measured. */
#include "cli.h"

#include "answer.h"
#include "pages.h"
#include "values.h"

static void
put_latest(struct value_printer *p, const json_t *root)
{
	const json_t *values = json_object_get(root, "values");
	size_t i;

	for (i = 0; i < json_array_size(values); i++) {
		const json_t *v = json_array_get(values, i);

		value_printer_put(
		    p, &(struct value_row){ .series = v,
			   .time = answer_text(v, "time"),
			   .type = answer_text(v, "type"),
			   .value = json_object_get(v, "value") });
	}
}

/* A point is [time, value], and its type where it is not its series', or what
   else there is to an average. */
static void
put_point(struct value_printer *p, const json_t *series, const json_t *point)
{
	const char *time = json_string_value(json_array_get(point, 0));
	const json_t *third = json_array_get(point, 2);
	const char *type = json_string_value(third);

	if (json_is_object(third))
		type = "double";
	value_printer_put(
	    p, &(struct value_row){ .series = series,
		   .time = time == NULL ? "" : time,
		   .type = type == NULL ? answer_text(series, "type") : type,
		   .value = json_array_get(point, 1),
		   .average = json_is_object(third) ? third : NULL });
}

static void
put_history(struct value_printer *p, const json_t *root)
{
	const json_t *list = json_object_get(root, "series");
	const json_t *series;
	const json_t *points;
	size_t i;
	size_t k;

	for (i = 0; i < json_array_size(list); i++) {
		series = json_array_get(list, i);
		points = json_object_get(series, "points");
		for (k = 0; k < json_array_size(points); k++)
			put_point(p, series, json_array_get(points, k));
	}
}

/* What the answer lacks is said beside it, and by the exit code. */
static int
check_whole(const struct cli *cli, const json_t *root)
{
	const char *store = answer_text(root, "store_error");
	const char *awaited = json_string_value(
	    json_array_get(json_object_get(root, "awaited"), 0));
	int code = CLI_FINE;

	if (store[0] != '\0')
		code = cli_fail(cli, CLI_FAILED,
		    "only from memory, the store does not answer: %s", store);
	if (json_is_true(json_object_get(root, "truncated")))
		code = cli_fail(cli, CLI_FAILED,
		    "the answer was cut at the limit; --limit N asks for more");
	if (json_is_true(json_object_get(root, "gap")))
		code = cli_fail(cli, CLI_FAILED,
		    "the store is behind and memory does not reach back to "
		    "it: there is a gap");
	if (awaited != NULL)
		code = cli_fail(cli, CLI_FAILED,
		    "%s was started for this and has given nothing yet; ask "
		    "again",
		    awaited);
	return code;
}

static int
ask(const struct cli *cli, const char *path, const char *key,
    const char *predicate, void (*put)(struct value_printer *, const json_t *))
{
	const struct client_argument arguments[] = {
		{ "predicate", predicate },
		{ "from", cli->from },
		{ "to", cli->to },
		{ "limit", cli->limit },
		{ "step", cli->step },
		{ "points", cli->points },
		{ "level", cli->level },
		{ NULL, NULL },
	};
	struct buffer out = BUFFER_INIT;
	struct value_printer *printer;
	struct error err;
	json_t *root;
	int code;
	int whole;

	if (pages_get(cli->socket, path, arguments, key, &root, &err) < 0)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	if (cli->format == FORMAT_JSON) {
		code = cli_print_json(root);
	} else {
		printer = value_printer_new(cli, &out);
		put(printer, root);
		value_printer_free(printer);
		code = cli_print(&out);
	}
	whole = check_whole(cli, root);
	json_decref(root);
	return code != CLI_FINE ? code : whole;
}

static int
run_latest(const struct cli *cli, int argc, char **argv)
{
	return ask(
	    cli, "/v1/latest", "values", argc > 0 ? argv[0] : "*", put_latest);
}

static int
run_history(const struct cli *cli, int argc, char **argv)
{
	(void)argc;
	if (cli->format == FORMAT_PROMETHEUS)
		return cli_fail(cli, CLI_USAGE,
		    "Prometheus' format has one value of a series, no history; "
		    "influx, csv and json have");
	return ask(cli, "/v1/history", "series", argv[0], put_history);
}

static const char predicate_help[] =
    "A predicate is Farm/Cluster/Node/Parameters: \"*\" for any run of\n"
    "characters, several parameters by \"|\", several predicates by \",\".\n"
    "Missing parts mean \"*\".  Example: '*/hosts/*/Load*|MEM_free'\n";

const struct verb verb_latest = {
	.name = "latest",
	.arguments = "[PREDICATE]",
	.summary = "last values",
	.help = predicate_help,
	.options = "fl",
	.max = 1,
	.run = run_latest,
};

const struct verb verb_history = {
	.name = "history",
	.arguments = "PREDICATE",
	.summary = "stored and recent values",
	.help = predicate_help,
	.options = "fFTlsnL",
	.min = 1,
	.max = 1,
	.run = run_history,
};
