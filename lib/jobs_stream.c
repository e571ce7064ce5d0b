/* A command that says a list of any length, read as it comes. */
#include "jobs_private.h"

#include <poll.h>

#include "jobs_text.h"
#include "json_pieces.h"
#include "json_pull.h"

/* Of its output, that waits to be read. */
#define WAITING_MAX (256 << 10)
/* Of what it says is wrong, quoted. */
#define QUOTED_MAX 200

struct stream {
	struct census *census;
	const struct jobs_command *command;
	struct json_pieces pieces;
};

/* What is in its list of errors is one. */
static int
quote(struct slice element, struct error *err)
{
	struct json_pull p = { .rest = element };
	struct slice said = element;

	while (json_pull(&p) > JSON_PULL_BAD)
		if (slice_is(p.key, "error") || slice_is(p.key, "description"))
			said = p.value;
	return error_set(err, "reports an error: %.*s",
	    (int)(said.length < QUOTED_MAX ? said.length : QUOTED_MAX),
	    said.text);
}

static int
take(void *cookie, struct slice list, struct slice element, struct error *err)
{
	struct stream *s = cookie;

	if (slice_is(list, s->command->list))
		return s->command->parse(s->census, element, err);
	return slice_is(list, "errors") ? quote(element, err) : 0;
}

/* Until it is over, or says what cannot be: -1 then. */
static int
listen_to(struct stream *s, struct command *run, struct error *err)
{
	struct pollfd fd = { .fd = command_fd(run), .events = POLLIN };
	bool over;
	int rc;

	for (;;) {
		over = command_step(run);
		rc = json_pieces_feed(
		    &s->pieces, command_said_all(run), take, s, err);
		if (rc != 0 || over)
			return rc;
		command_taken(run, command_result(run)->output.size, 0);
		(void)poll(&fd, 1, -1);
	}
}

enum jobs_status
jobs_stream(const struct jobs *j, struct arena *arena,
    const struct jobs_command *c, int64_t deadline_ns, struct census *census,
    struct error *err)
{
	struct stream s = { .census = census, .command = c };
	struct command *run = NULL;
	struct command_order order;
	enum jobs_status status = JOBS_NO_COMMAND;

	if (jobs_order(j, c, deadline_ns, arena, &order) != 0) {
		error_set(err, "%s: out of memory", c->argv[0]);
		return JOBS_FAILED;
	}
	order.kept = true;
	order.output_max = WAITING_MAX;
	if (command_start(&run, &order, err) != 0)
		return JOBS_NO_COMMAND;
	command_hang_up(run);
	status = JOBS_NOT_UNDERSTOOD;
	if (listen_to(&s, run, err) == 0) {
		status = jobs_judge(run, c, err);
		if (status == JOBS_OK && json_pieces_end(&s.pieces, err) != 0)
			status = JOBS_NOT_UNDERSTOOD;
	}
	if (status == JOBS_NOT_UNDERSTOOD)
		error_prefix(err, "%s", order.shown);
	json_pieces_free(&s.pieces);
	command_free(run);
	return status;
}
