#include "kept.h"

#include <poll.h>
#include <string.h>

#include "clock.h"
#include "hash.h"

int
kept_start(struct kept *k, struct command_order *o, struct error *err)
{
	int64_t now_ns = clock_mono_ns();

	if (k->run != NULL)
		return 1;
	if (now_ns < k->next_ns)
		return 0;
	o->kept = true;
	o->deadline_ns = INT64_MAX;
	k->output_max = o->output_max;
	k->started_ns = k->heard_ns = now_ns;
	if (command_start(&k->run, o, err) == 0)
		return 1;
	kept_end(k);
	return -1;
}

int
kept_step(struct kept *k, struct error *err)
{
	const struct command_result *r = command_result(k->run);
	size_t before = r->output.size;

	if (command_step(k->run)) {
		if (command_check(k->run, err) == 0)
			error_set(err, "%s: ended with status 0",
			    command_shown(k->run));
		return -1;
	}
	if (r->output.size != before)
		k->heard_ns = clock_mono_ns();
	if (buffer_failed(&r->output))
		return error_set(
		    err, "%s: out of memory", command_shown(k->run));
	if (r->output.size >= k->output_max &&
	    memchr(r->output.data, '\n', r->output.size) == NULL)
		return error_set(
		    err, "said a line of more than %zu bytes", k->output_max);
	return 0;
}

struct slice
kept_lines(const struct kept *k)
{
	const struct buffer *b = &command_result(k->run)->output;
	struct slice lines = { buffer_text(b), b->size };
	const char *end = NULL;

	if (b->size > 0)
		end = memrchr(b->data, '\n', b->size);
	if (!command_is_over(k->run))
		lines.length = end != NULL ? (size_t)(end + 1 - b->data) : 0;
	return lines;
}

void
kept_took(struct kept *k, size_t n)
{
	command_taken(k->run, n, 0);
}

bool
kept_complains(struct kept *k, bool last, struct buffer *text)
{
	static const struct hash_key key = { { 1, 2 } };
	const struct command_result *r = command_result(k->run);
	uint64_t said;

	if (r->errors.size == 0)
		return false;
	if (!last && r->errors.size != k->errors) {
		k->errors = r->errors.size;
		return false;
	}
	k->errors = 0;
	said = hash_bytes(&key, 0, r->errors.data, r->errors.size);
	if (said != k->said)
		command_said(text, r);
	command_taken(k->run, 0, r->errors.size);
	if (said == k->said)
		return false;
	k->said = said;
	return true;
}

void
kept_end(struct kept *k)
{
	int64_t now_ns = clock_mono_ns();

	command_free(k->run);
	k->run = NULL;
	k->errors = 0;
	if (k->pause_ns == 0 || now_ns - k->started_ns >= KEPT_WELL_NS)
		k->pause_ns = KEPT_PAUSE_NS;
	else if (k->pause_ns < KEPT_PAUSE_MAX_NS / 2)
		k->pause_ns *= 2;
	else
		k->pause_ns = KEPT_PAUSE_MAX_NS;
	k->next_ns = now_ns + k->pause_ns;
}

void
kept_dismiss(struct kept *k, int64_t ns)
{
	struct pollfd fd = { .events = POLLIN };
	int64_t until_ns = clock_mono_ns() + ns, left_ns;

	if (k->run == NULL)
		return;
	command_hang_up(k->run);
	fd.fd = command_fd(k->run);
	while (!command_step(k->run)) {
		command_taken(k->run, command_result(k->run)->output.size, 0);
		left_ns = until_ns - clock_mono_ns();
		if (left_ns <= 0)
			break;
		(void)poll(&fd, 1, (int)(left_ns / NS_PER_MS) + 1);
	}
	kept_end(k);
}
