#include "change.h"

#include <stdio.h>

#include "answer.h"

void
change_put_items(struct buffer *out, const json_t *plan, const char *step)
{
	const json_t *item, *word;
	size_t i, k;

	json_array_foreach (json_object_get(plan, step), i, item) {
		buffer_printf(
		    out, "%-8s %s", step, answer_text(item, "instance"));
		json_array_foreach (json_object_get(item, "what"), k, word)
			buffer_printf(out, "%s%s", k == 0 ? ": " : ", ",
			    json_string_value(word));
		if (answer_number(item, "nodes_added") > 0 ||
		    answer_number(item, "nodes_removed") > 0)
			buffer_printf(out, " (+%.0f -%.0f)",
			    answer_number(item, "nodes_added"),
			    answer_number(item, "nodes_removed"));
		buffer_putc(out, '\n');
	}
}

static void
put_names(
    struct buffer *out, const json_t *plan, const char *key, const char *what)
{
	const json_t *name;
	size_t i;

	json_array_foreach (json_object_get(plan, key), i, name)
		buffer_printf(
		    out, "%s%s", i == 0 ? what : ", ", json_string_value(name));
	if (json_array_size(json_object_get(plan, key)) > 0)
		buffer_putc(out, '\n');
}

static void
put_plan(struct buffer *out, const json_t *plan)
{
	change_put_items(out, plan, "changed");
	change_put_items(out, plan, "added");
	change_put_items(out, plan, "removed");
	buffer_printf(out, "%-8s %.0f\n", "kept", answer_number(plan, "kept"));
	put_names(out, plan, "restart", "needs a restart: ");
	put_names(
	    out, plan, "modules_changed", "changed, used after a restart: ");
}

static void
put_problems(const json_t *problems)
{
	const json_t *p;
	size_t i;

	json_array_foreach (problems, i, p) {
		/* One without a place is in the message. */
		if (answer_text(p, "file")[0] == '\0')
			continue;
		fprintf(stderr, "%s:%.0f:%.0f: ", answer_text(p, "file"),
		    answer_number(p, "line"), answer_number(p, "column"));
		fprintf(stderr, "%s: %s\n",
		    json_is_true(json_object_get(p, "warning")) ? "warning"
								: "error",
		    answer_text(p, "text"));
	}
}

int
change_show(const struct cli *cli, json_t *root)
{
	struct buffer out = BUFFER_INIT;
	const json_t *error = json_object_get(root, "error");
	int code;

	put_problems(json_object_get(root, "problems"));
	if (error != NULL)
		code = cli_fail(
		    cli, CLI_CONFIG, "%s", answer_text(error, "message"));
	else if (cli->format == FORMAT_JSON)
		code = cli_print_json(root);
	else {
		put_plan(&out, json_object_get(root, "plan"));
		code = cli_print(&out);
	}
	json_decref(root);
	return code;
}
