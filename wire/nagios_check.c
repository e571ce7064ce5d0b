#include "nagios_check.h"

#include <string.h>

#include "check_output.h"
#include "clock.h"

const char *
check_state_word(int state)
{
	static const char *const words[] = {
		[CHECK_OK] = "ok",
		[CHECK_WARNING] = "warning",
		[CHECK_CRITICAL] = "critical",
		[CHECK_UNKNOWN] = "unknown",
	};

	return words[state];
}

bool
check_is_hard(const struct check_memory *m, int64_t attempts)
{
	return m->state == CHECK_OK || m->attempt >= attempts;
}

bool
check_turn(struct check_memory *m, int state, int64_t attempts)
{
	int hard = m->known ? m->hard : CHECK_OK;
	bool again = m->known && m->state != CHECK_OK && state != CHECK_OK;

	if (!again)
		m->attempt = 1;
	else if (m->attempt < attempts)
		m->attempt++;
	m->known = true;
	m->state = state;
	m->hard = check_is_hard(m, attempts) ? state : hard;
	return m->hard != hard;
}

/* -------------------------------------------------------------- values -- */

static void
put_state(struct sink *s, const char *name, int64_t state)
{
	sink_put(s,
	    (struct farm_spec){
		.parameter = name, .kind = FARM_STATE, .unit = "" },
	    farm_int64(state));
}

/* An event that the hard state is another one. */
static void
tell(struct sink *s, const struct check_memory *m, struct slice output)
{
	struct slice line = slice_cut(&output, '\n');
	const char *cluster = s->cluster, *node = s->node;
	struct buffer b = BUFFER_INIT;

	if (s->target != NULL) {
		cluster = s->target->cluster;
		node = s->target->node;
	}
	buffer_printf(&b,
	    "{\"event\":\"check\",\"state\":\"%s\",\"status\":"
	    "\"%s\",\"text\":",
	    m->hard == CHECK_OK ? "over" : "raised", check_state_word(m->hard));
	buffer_json_string(&b, line.text, line.length);
	buffer_puts(&b, ",\"farm\":");
	buffer_json_text(&b, farm_self(s->host));
	/* One that is the instance's own is not known here. */
	if (cluster != NULL) {
		buffer_puts(&b, ",\"cluster\":");
		buffer_json_text(&b, cluster);
	}
	buffer_puts(&b, ",\"node\":");
	buffer_json_text(&b, node);
	buffer_puts(&b, ",\"parameter\":");
	buffer_json_text(&b, sink_name(s, "state"));
	buffer_putc(&b, '}');
	if (buffer_failed(&b) ||
	    farm_emit_record(s->host, s->target, FARM_EVENT, 0, buffer_text(&b),
		b.size) != 0)
		s->rc = -1;
	buffer_free(&b);
}

static void
put_turn(struct sink *s, const struct check_rules *rules,
    struct check_memory *m, int state, struct slice output)
{
	bool told = check_turn(m, state, rules->attempts);

	put_state(s, "state", m->state);
	put_state(s, "hard_state", m->hard);
	put_state(s, "attempt", m->attempt);
	if (told)
		tell(s, m, output);
}

/* ------------------------------------------------------------- results -- */

static int
state_of(const struct check_rules *rules, const struct command_result *r)
{
	if (r->end == COMMAND_LATE)
		return rules->timeout_state;
	if (r->end != COMMAND_EXITED || r->code > CHECK_UNKNOWN)
		return CHECK_UNKNOWN;
	return r->code;
}

/* Words for what says nothing itself, or may have been broken off. */
static void
put_words(struct buffer *b, const struct command_result *r)
{
	switch (r->end) {
	case COMMAND_LATE:
		buffer_puts(b, "(not over after ");
		duration_print(b, r->wall_ns / NS_PER_MS * NS_PER_MS);
		buffer_putc(b, ')');
		break;
	case COMMAND_FLOODED:
		buffer_puts(b, "(said too much)");
		break;
	case COMMAND_EXITED:
		if (r->output.size == 0 && r->code <= CHECK_UNKNOWN)
			buffer_puts(b, "(no output)");
		else if (r->output.size == 0)
			buffer_printf(b, "(ended with status %d)", r->code);
		break;
	default:
		buffer_printf(b, "(ended by signal %d)", r->code);
		break;
	}
	if (b->size > 0)
		command_said(b, r);
}

static void
put_output(struct sink *s, struct slice output)
{
	sink_put(s,
	    (struct farm_spec){
		.parameter = "output", .kind = FARM_STATE, .unit = "" },
	    farm_text(output.text, output.length));
}

int
check_said(struct sink *s, const struct check_rules *rules,
    struct check_memory *m, int state, struct slice output)
{
	if (state < CHECK_OK || state > CHECK_UNKNOWN)
		state = CHECK_UNKNOWN;
	put_turn(s, rules, m, state, output);
	check_output_read(s, output);
	return s->rc;
}

int
check_take(struct sink *s, const struct check_rules *rules,
    struct check_memory *m, const struct command_result *r)
{
	struct buffer words = BUFFER_INIT;
	struct slice said;

	sink_put(s,
	    (struct farm_spec){
		.parameter = "run_time", .kind = FARM_GAUGE, .unit = "s" },
	    farm_double((double)r->wall_ns / NS_PER_S));
	put_words(&words, r);
	if (words.size == 0)
		return check_said(s, rules, m, state_of(rules, r),
		    (struct slice){ buffer_text(&r->output), r->output.size });
	said = (struct slice){ buffer_text(&words), words.size };
	put_turn(s, rules, m, state_of(rules, r), said);
	put_output(s, said);
	buffer_free(&words);
	return s->rc;
}

int
check_miss(struct sink *s, const struct check_rules *rules,
    struct check_memory *m, const char *why)
{
	struct slice said = { why, strlen(why) };

	put_turn(s, rules, m, CHECK_UNKNOWN, said);
	put_output(s, said);
	return s->rc;
}
