#include "cli.h"
#include "client.h"
#include "answer.h"

static void
put_line(struct buffer *out, const char *label, const char *text)
{
	buffer_printf(out, "%-12s%s\n", label, text);
}

static void
put_load(struct buffer *out, const json_t *root)
{
	const json_t *pool = json_object_get(root, "pool");

	buffer_printf(out, "%-12s%.0f clusters, %.0f nodes, %.0f series; ",
	    "knows", answer_number(root, "clusters"),
	    answer_number(root, "nodes"), answer_number(root, "series"));
	put_size(out, answer_number(root, "cache_bytes"));
	buffer_printf(out,
	    " in memory\n%-12s%.0f threads, %.0f busy (peak "
	    "%.0f), %.0f written off\n",
	    "pool", answer_number(pool, "threads"), answer_number(pool, "busy"),
	    answer_number(pool, "peak_busy"),
	    answer_number(pool, "written_off"));
	buffer_printf(out,
	    "%-12s%.0f done, %.0f skipped, %.0f overdue; 99 %% "
	    "began less than %.1f ms late\n",
	    "runs", answer_number(root, "runs"), answer_number(root, "skipped"),
	    answer_number(root, "overruns"),
	    answer_number(root, "lateness_p99_ms"));
	buffer_printf(out,
	    "%-12s%.0f in, %.0f after filters; 99 %% routed "
	    "within %.1f ms\n",
	    "values", answer_number(root, "values_in"),
	    answer_number(root, "values_out"),
	    answer_number(root, "latency_p99_ms"));
}

static void
put_drops(struct buffer *out, json_t *dropped)
{
	const char *reason;
	json_t *count;
	int n = 0;

	buffer_printf(out, "%-12s", "dropped");
	json_object_foreach (dropped, reason, count)
		if (json_number_value(count) > 0)
			buffer_printf(out, "%s%.0f %s", n++ > 0 ? ", " : "",
			    json_number_value(count), reason);
	buffer_puts(out, n == 0 ? "nothing\n" : "\n");
}

/* Returns how many there are. */
static size_t
put_problems(struct buffer *out, const json_t *problems)
{
	const json_t *p;
	size_t i;

	for (i = 0; i < json_array_size(problems); i++) {
		p = json_array_get(problems, i);
		buffer_printf(out,
		    "%-12s%s is in state %s: %s (last good: "
		    "%s)\n",
		    i == 0 ? "problems" : "", answer_text(p, "instance"),
		    answer_text(p, "status"), answer_text(p, "error"),
		    answer_text(p, "since")[0] != '\0' ? answer_text(p, "since")
						       : "never");
	}
	if (i == 0)
		put_line(out, "problems", "none");
	return i;
}

static int
run(const struct cli *cli, int argc, char **argv)
{
	struct buffer out = BUFFER_INIT;
	struct error err;
	json_t *root;
	size_t problems;
	int code;

	(void)argc;
	(void)argv;
	if (client_get(cli->socket, "/v1/status", NULL, &root, &err) < 0)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	if (cli->format == FORMAT_JSON) {
		code = cli_print_json(root);
		json_decref(root);
		return code;
	}
	buffer_printf(&out, "%-12s%s, farmd %s, pid %.0f, up since %s\n",
	    "farm", answer_text(root, "farm"), answer_text(root, "version"),
	    answer_number(root, "pid"), answer_text(root, "started"));
	put_load(&out, root);
	put_drops(&out, json_object_get(root, "dropped"));
	problems = put_problems(&out, json_object_get(root, "problems"));
	json_decref(root);
	code = cli_print(&out);
	return code == CLI_FINE && problems > 0 ? CLI_FAILED : code;
}

const struct verb verb_status = {
	.name = "status",
	.arguments = "",
	.summary = "the daemon at a glance; exit code 2 if something is wrong",
	.options = "j",
	.run = run,
};
