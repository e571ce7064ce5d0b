#include "cli.h"

#include "pages.h"
#include "answer.h"

static void
put_values(struct buffer *out, const json_t *values)
{
	const char *unit;
	size_t i;

	for (i = 0; i < json_array_size(values); i++) {
		const json_t *v = json_array_get(values, i);

		buffer_printf(out, "    %-32s ", answer_text(v, "parameter"));
		answer_scalar(out, json_object_get(v, "value"));
		unit = answer_text(v, "unit");
		buffer_printf(out, "%s%s\n", unit[0] != '\0' ? " " : "", unit);
	}
}

static void
put_tree(struct buffer *out, const json_t *root)
{
	const json_t *clusters = json_object_get(root, "clusters");
	const json_t *nodes;
	const json_t *node;
	size_t i;
	size_t k;

	for (i = 0; i < json_array_size(clusters); i++) {
		buffer_printf(out, "%s/%s\n",
		    answer_text(json_array_get(clusters, i), "farm"),
		    answer_text(json_array_get(clusters, i), "cluster"));
		nodes = json_object_get(json_array_get(clusters, i), "nodes");
		for (k = 0; k < json_array_size(nodes); k++) {
			node = json_array_get(nodes, k);
			buffer_printf(out,
			    "  %-34s %4.0f parameters, last %s\n",
			    answer_text(node, "node"),
			    answer_number(node, "parameters"),
			    answer_text(node, "last"));
			put_values(out, json_object_get(node, "values"));
		}
	}
}

static int
run(const struct cli *cli, int argc, char **argv)
{
	const struct client_argument arguments[] = {
		{ "cluster", argc > 0 ? argv[0] : NULL },
		{ "node", argc > 1 ? argv[1] : NULL },
		{ NULL, NULL },
	};
	struct buffer out = BUFFER_INIT;
	struct error err;
	json_t *root;
	int code;

	if (pages_get(cli->socket, "/v1/tree", arguments, "clusters", &root,
		&err) < 0)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	if (cli->format == FORMAT_JSON) {
		code = cli_print_json(root);
	} else {
		put_tree(&out, root);
		code = cli_print(&out);
	}
	json_decref(root);
	return code;
}

const struct verb verb_tree = {
	.name = "tree",
	.arguments = "[CLUSTER [NODE]]",
	.summary = "clusters and nodes, or all values of one node",
	.options = "j",
	.max = 2,
	.run = run,
};
