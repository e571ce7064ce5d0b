/*
 * exec.c - the writer `exec': values as lines for a program that is kept
 * running.  A batch is stored when the program says so, so it is given again
 * to the next one where it ended without a word.
 */
#include <farm/module.h>

#include <inttypes.h>
#include <poll.h>

#include "answer.h"
#include "arena.h"
#include "buffer.h"
#include "clock.h"
#include "csv.h"
#include "kept.h"
#include "order.h"
#include "record_lines.h"

/* A batch of lines is some MB then. */
#define BATCH_VALUES 5000
/* Answers are short. */
#define ANSWERS_MAX 65536
/* For the program to end when it reads no more. */
#define DISMISS_NS (2 * NS_PER_S)

struct exec {
	struct order_words words;
	int format;
	bool acknowledge;
	bool records;
	int64_t timeout_ns;

	struct kept program;
	struct buffer text; /* of the batch at hand */
	size_t sent;        /* of it */
	uint64_t batch;     /* its number */
	bool babbled;       /* a word about lines that are no answers is said */
};

static const struct farm_option options[] = {
	{ .name = "command",
	    .type = FARM_TYPE_LIST,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct exec, words.command, struct farm_list),
	    .help = "the program and its arguments" },
	FARM_OPTION_BOOLEAN("shell", struct exec, words.shell, "no",
	    "the first word is a text for /bin/sh; the others are its $1 and "
	    "so on"),
	FARM_OPTION_ENUM("format", struct exec, format, "json", LINES_CHOICES,
	    "what it reads"),
	FARM_OPTION_BOOLEAN("acknowledge", struct exec, acknowledge, "yes",
	    "a batch is stored when the program has said `ok N'; else when its "
	    "pipe has it"),
	FARM_OPTION_BOOLEAN("records", struct exec, records, "no",
	    "events, alarms, removals, accounting too"),
	FARM_OPTION_DURATION("timeout", struct exec, timeout_ns, "30s", 1e7,
	    50e9,
	    "a program that has not answered for a batch by then is killed"),
	FARM_OPTION_MAP("environment", struct exec, words.environment,
	    "variables beside PATH and LC_ALL=C"),
	ORDER_RIGHTS(struct exec, words), FARM_OPTION_END
};

static int
exec_check(struct farm_host *host, const void *options_)
{
	const struct exec *e = options_;
	int rc = order_check(host, &e->words, false);

	if (e->records && e->format != LINES_JSON)
		rc = farm_fail(host, "records: only JSON has words for them");
	return rc;
}

static void
exec_close(struct farm_host *host, void *state)
{
	struct exec *e = state;

	(void)host;
	kept_dismiss(&e->program, DISMISS_NS);
	buffer_free(&e->text);
}

/* ---------------------------------------------------------- the program -- */

/* For messages: a shell's text may be long. */
static const char *
name_of(const struct exec *e)
{
	return e->words.shell ? "sh" : e->words.command.items[0];
}

/* 1: it runs, 0: its pause is not over. */
static int
start(struct exec *e, struct error *err)
{
	struct command_order order = { .output_max = ANSWERS_MAX,
		.shown = name_of(e) };
	struct arena *arena;
	int rc = -1;

	if (e->program.run != NULL)
		return 1;
	arena = arena_new(0);
	if (arena == NULL)
		error_set(err, "out of memory");
	else if (order_make(&e->words, NULL, arena, &order, err) == 0)
		rc = kept_start(&e->program, &order, err);
	arena_free(arena);
	return rc;
}

/* What it says beside its answers. */
static void
log_said(struct farm_host *host, struct exec *e, bool last)
{
	struct buffer b = BUFFER_INIT;

	if (kept_complains(&e->program, last, &b))
		farm_log(
		    host, FARM_WARNING, "%s%s", name_of(e), buffer_text(&b));
	buffer_free(&b);
}

static void
note_babble(struct farm_host *host, struct exec *e, struct slice line)
{
	struct buffer b = BUFFER_INIT;

	if (!e->babbled) {
		buffer_json_string(&b, line.text,
		    line.length < ANSWER_SHOWN ? line.length : ANSWER_SHOWN);
		farm_log(host, FARM_WARNING,
		    "%s: said %s, which is no answer; more of that is not told",
		    name_of(e), buffer_text(&b));
	}
	e->babbled = true;
	buffer_free(&b);
}

/* One that comes before all of the batch has gone there is none: what is left
   of it would stand before the next. */
static bool
is_awaited(const struct exec *e, const struct answer *a)
{
	return e->acknowledge && a->batch == e->batch &&
	       e->sent == e->text.size;
}

/* All that it has answered: the one for this batch, if it is there. */
static bool
hear(struct farm_host *host, struct exec *e, struct answer *ret)
{
	struct slice lines = kept_lines(&e->program), rest = lines, line;
	struct answer a;
	bool got = false;

	while (rest.length > 0) {
		line = slice_cut(&rest, '\n');
		if (!answer_parse(line, &a))
			note_babble(host, e, line);
		else if (is_awaited(e, &a)) {
			*ret = a;
			got = true;
		}
	}
	/* The answer's text is in there. */
	if (!got)
		kept_took(&e->program, lines.length);
	return got;
}

/* The program is of no use any more. */
static void
give_up(struct farm_host *host, struct exec *e)
{
	log_said(host, e, true);
	kept_end(&e->program);
}

/* ----------------------------------------------------------------- write -- */

static int
take_answer(struct farm_host *host, struct exec *e, const struct answer *a)
{
	int length = (int)a->why.length, rc = FARM_DONE;

	if (a->word == ANSWER_AGAIN)
		rc = farm_again(
		    host, "%s: again: %.*s", name_of(e), length, a->why.text);
	else if (a->word == ANSWER_BAD)
		rc = farm_bad(host, SIZE_MAX, "%s: bad: %.*s", name_of(e),
		    length, a->why.text);
	kept_took(&e->program, kept_lines(&e->program).length);
	return rc;
}

static bool
is_sent(struct exec *e)
{
	ssize_t n = 1;

	while (e->sent < e->text.size && n > 0) {
		n = command_put(e->program.run, e->text.data + e->sent,
		    e->text.size - e->sent);
		e->sent += n > 0 ? (size_t)n : 0;
	}
	return e->sent == e->text.size;
}

static void
wait_for(struct exec *e, int64_t ns)
{
	struct pollfd fds[2] = {
		{ .fd = command_fd(e->program.run), .events = POLLIN },
		{ .fd = -1, .events = POLLOUT },
	};

	if (e->sent < e->text.size)
		fds[1].fd = command_input_fd(e->program.run);
	(void)poll(fds, 2, (int)(ns / NS_PER_MS) + 1);
}

/* The batch is on its way: until it has its answer, or there is none. */
static int
deliver(struct farm_host *host, struct exec *e)
{
	int64_t until_ns = clock_mono_ns() + e->timeout_ns, left_ns;
	struct answer answer;
	struct error err;
	bool ended;

	for (;;) {
		ended = kept_step(&e->program, &err) != 0;
		if (hear(host, e, &answer))
			return take_answer(host, e, &answer);
		if (ended) {
			give_up(host, e);
			return farm_again(host, "%s", err.text);
		}
		log_said(host, e, false);
		if (is_sent(e) && !e->acknowledge)
			return FARM_DONE;
		left_ns = until_ns - clock_mono_ns();
		if (left_ns <= 0) {
			give_up(host, e);
			return farm_again(host, "%s: does not %s", name_of(e),
			    e->sent < e->text.size ? "read" : "answer");
		}
		wait_for(e, left_ns);
	}
}

/* What is to be said, with a line that ends it where it is to be answered. */
static int
make_text(
    struct farm_host *host, struct exec *e, const struct farm_batch *batch)
{
	size_t i, n = 0;

	buffer_clear(&e->text);
	e->sent = 0;
	for (i = 0; i < batch->n_records; i++)
		n += lines_put(&e->text, (enum lines)e->format, e->records,
		    host, &batch->records[i]);
	if (n > 0 && e->acknowledge)
		buffer_printf(&e->text,
		    e->format == LINES_JSON ? "{\"batch\":%" PRIu64
					      ",\"lines\":%zu}\n"
					    : "#batch,%" PRIu64 ",%zu\r\n",
		    ++e->batch, n);
	return buffer_failed(&e->text) ? -1 : 0;
}

static int
exec_write(struct farm_host *host, void *state, const struct farm_batch *batch)
{
	struct exec *e = state;
	struct error err;
	int rc;

	if (make_text(host, e, batch) != 0)
		return farm_again(host, "out of memory");
	if (e->text.size == 0)
		return FARM_DONE;
	rc = start(e, &err);
	if (rc < 0)
		return farm_again(host, "%s", err.text);
	if (rc == 0)
		return farm_again(
		    host, "%s: ended too soon, and rests", name_of(e));
	return deliver(host, e);
}

/* So that it is known early whether it runs, and what it says in between. */
static int
exec_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct exec *e = state;
	struct answer late;
	struct error err;
	int rc = start(e, &err);

	(void)now_ns;
	if (rc < 0)
		return farm_fail(host, "%s", err.text);
	if (rc == 0)
		return 0;
	rc = kept_step(&e->program, &err);
	if (hear(host, e, &late))
		kept_took(&e->program, kept_lines(&e->program).length);
	log_said(host, e, rc != 0);
	if (rc == 0)
		return 0;
	kept_end(&e->program);
	return farm_fail(host, "%s", err.text);
}

FARM_MODULE(exec, FARM_WRITER) = {
	.summary = "values for a program of yours",
	.description =
	    "Keeps a program running and gives it each value as a line on its "
	    "stdin, as `farmctl export` writes them:\n\n"
	    "```\n"
	    "{\"farm\":\"caltech\",\"cluster\":\"workers\",\"node\":\"n1\","
	    "\"parameter\":\"Load5\",\"unit\":\"\",\"kind\":\"gauge\","
	    "\"time\":\"2026-01-31T10:00:00.000000000Z\",\"type\":\"double\","
	    "\"value\":0.25}\n"
	    "{\"batch\":7,\"lines\":1}\n"
	    "```\n\n"
	    "The last line ends a batch, and the program answers with one on "
	    "its stdout:\n\n"
	    "| it says | |\n| --- | --- |\n"
	    "| `ok 7` | all of it is stored |\n"
	    "| `again 7 WHY` | nothing of it; it comes again, later |\n"
	    "| `bad 7 WHY` | there is something in it that can never be; it "
	    "comes again in halves, until the record is found |\n\n"
	    "```python\n"
	    "for line in sys.stdin:\n"
	    "    row = json.loads(line)\n"
	    "    if \"batch\" not in row:\n"
	    "        rows.append(row)\n"
	    "        continue\n"
	    "    store(rows)\n"
	    "    rows.clear()\n"
	    "    print(\"ok\", row[\"batch\"], flush=True)\n"
	    "```\n\n"
	    "`examples/writers/store.py` is such a program. "
	    "One that ends without an answer, or has none after "
	    "`timeout`, is started again, after 1 s, then 2 s and up to 60 s, "
	    "and the batch comes again: so each value comes at least once, and "
	    "what came twice has the same names and the same time. Numbers of "
	    "batches go on from 1 with each start of farmd. With `acknowledge: "
	    "no` there are no such lines; what the pipe has taken is stored "
	    "then, and lost with the program.\n\n"
	    "CSV has the columns `" CSV_VALUE_COLUMNS
	    "` without a head, and `#batch,7,1` ends "
	    "a batch. With `records` there are also lines "
	    "`{\"record\":\"event\",\"time\":...,\"instance\":...,"
	    "\"payload\":{...}}`.\n\n"
	    "What it says on stderr is a line of the log when it changes. When "
	    "farmd ends it reads the end of its stdin and has 2 s; it is "
	    "killed when farmd is.",
	.options = options,
	.state_size = sizeof(struct exec),
	.needs = FARM_NEEDS_EXEC | FARM_NEEDS_FILES | FARM_NEEDS_NETWORK,
	.check = exec_check,
	.close = exec_close,
	.tick = exec_tick,
	.writer = { .write = exec_write, .batch_values = BATCH_VALUES },
};
