/* Instances and their nodes: who fails, since when, why. */
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "client.h"
#include "clock.h"
#include "doctor.h"

/* A writer that is behind for longer than this is worth a look, or a call. */
#define BEHIND_WARN_NS (60 * NS_PER_S)
#define BEHIND_RED_NS (600 * NS_PER_S)

static bool
is_red(const char *status)
{
	return strcmp(status, "failed") == 0 ||
	       strcmp(status, "backoff") == 0 || strcmp(status, "hung") == 0;
}

/* --- nodes of one collector --- */

struct nodes {
	size_t n;
	size_t failing;
	const json_t *first; /* of those that fail */
	double last_good_ns; /* the oldest of theirs */
};

static void
count_nodes(const json_t *instance, struct nodes *ret)
{
	const json_t *targets = json_object_get(instance, "targets");
	double good;
	size_t i;

	*ret = (struct nodes){ .n = json_array_size(targets) };
	for (i = 0; i < ret->n; i++) {
		const json_t *t = json_array_get(targets, i);

		if (answer_number(t, "failures_in_a_row") <= 0 &&
		    strcmp(answer_text(t, "state"), "hung") != 0)
			continue;
		good = answer_number(t, "last_good_ns");
		if (ret->failing++ == 0 || good < ret->last_good_ns) {
			ret->first = t;
			ret->last_good_ns = good;
		}
	}
}

static json_t *
ask_for_nodes(struct doctor *d, const char *name)
{
	char *escaped = client_escape(name);
	struct buffer path = BUFFER_INIT;
	json_t *root = NULL;
	struct error err;

	if (escaped != NULL) {
		buffer_printf(&path, "/v1/instances/%s", escaped);
		if (client_get(d->cli->socket, buffer_text(&path), NULL, &root,
			&err) < 0)
			root = NULL;
	}
	buffer_free(&path);
	free(escaped);
	return root;
}

/* It runs, but not every node gives values. */
static void
look_at_nodes(struct doctor *d, const char *name)
{
	json_t *root = ask_for_nodes(d, name);
	struct buffer since = BUFFER_INIT;
	struct nodes nodes;
	const char *error;

	count_nodes(root, &nodes);
	if (nodes.failing > 0) {
		error = answer_text(nodes.first, "last_error");
		if (nodes.last_good_ns > 0)
			time_print(&since, (int64_t)nodes.last_good_ns, 3);
		doctor_say(d, HEALTH_WARN, buffer_text(&since),
		    doctor_hint(error), "%s: %zu of %zu nodes fail; %s: %s",
		    name, nodes.failing, nodes.n,
		    answer_text(nodes.first, "node"), error);
	}
	buffer_free(&since);
	json_decref(root);
}

/* --- instances --- */

/* It runs now, but its worker did not always. */
static void
look_at_worker(struct doctor *d, const json_t *in)
{
	const json_t *w = json_object_get(in, "worker");
	const char *cause = answer_text(w, "last_cause");

	if (cause[0] != '\0')
		doctor_say(d, HEALTH_WARN, answer_text(w, "last_end"),
		    doctor_hint("the worker of module"),
		    "%s: its worker was started %.0f times; the last one %s",
		    answer_text(in, "name"), answer_number(w, "starts"), cause);
}

static void
look_at_instance(struct doctor *d, const json_t *in)
{
	const json_t *ledger = json_object_get(in, "ledger");
	const char *name = answer_text(in, "name");
	const char *status = answer_text(in, "status");
	const char *error = answer_text(ledger, "last_error");
	const char *since = answer_text(ledger, "last_good");

	if (is_red(status))
		doctor_say(d, HEALTH_RED, since, doctor_hint(error),
		    "%s is in state %s%s: %s", name, status,
		    since[0] != '\0' ? "" : " and never worked",
		    error[0] != '\0' ? error : "no reason is known");
	else if (strcmp(status, "paused") == 0)
		doctor_say(d, HEALTH_WARN, NULL,
		    "farmctl resume INSTANCE, if it should run", "%s is paused",
		    name);
	else if (strcmp(answer_text(in, "role"), "collector") == 0 &&
		 error[0] != '\0')
		look_at_nodes(d, name);
	if (!is_red(status))
		look_at_worker(d, in);
}

void
check_instances(struct doctor *d)
{
	const json_t *list = json_object_get(d->instances, "instances");
	size_t i;

	for (i = 0; i < json_array_size(list); i++)
		look_at_instance(d, json_array_get(list, i));
}

/* --- writers --- */

static void
look_at_writer(struct doctor *d, const json_t *in)
{
	const char *error = answer_text(
	    json_object_get(in, "ledger"), "last_error");
	double oldest = answer_number(in, "lag_oldest_ns");
	double behind = (double)clock_wall_ns() - oldest;
	struct buffer since = BUFFER_INIT;

	if (answer_number(in, "lag_values") <= 0 || oldest <= 0 ||
	    behind < BEHIND_WARN_NS)
		return;
	time_print(&since, (int64_t)oldest, 3);
	doctor_say(d, behind < BEHIND_RED_NS ? HEALTH_WARN : HEALTH_RED,
	    buffer_text(&since),
	    error[0] != '\0'
		? doctor_hint(error)
		: "it is only slow: see farmctl top, and narrow its match:",
	    "%s is %.0f s behind, %.0f values wait%s%s",
	    answer_text(in, "name"), behind / 1e9,
	    answer_number(in, "lag_values"), error[0] != '\0' ? ": " : "",
	    error);
	buffer_free(&since);
}

void
check_writers(struct doctor *d)
{
	const json_t *list = json_object_get(d->instances, "instances");
	size_t i;

	for (i = 0; i < json_array_size(list); i++)
		if (strcmp(answer_text(json_array_get(list, i), "role"),
			"writer") == 0)
			look_at_writer(d, json_array_get(list, i));
}
