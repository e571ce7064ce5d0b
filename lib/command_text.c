/* How commands and their ends are written. */
#include "command_private.h"

#include <signal.h>
#include <string.h>

#include "clock.h"

/* Of stderr in a message. */
#define SAID_MAX 400

size_t
command_plain(const char *text)
{
	return strspn(text, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789_@%+=:,./-");
}

void
command_quote(struct buffer *b, const char *word)
{
	if (word[0] != '\0' && word[command_plain(word)] == '\0') {
		buffer_puts(b, word);
		return;
	}
	buffer_putc(b, '\'');
	for (; *word != '\0'; word++)
		if (*word == '\'')
			buffer_puts(b, "'\\''");
		else
			buffer_putc(b, *word);
	buffer_putc(b, '\'');
}

void
command_line(struct buffer *b, const char *const *argv)
{
	size_t i;

	for (i = 0; argv[i] != NULL; i++) {
		if (i > 0)
			buffer_putc(b, ' ');
		command_quote(b, argv[i]);
	}
}

/* Lines become one, and nothing in it moves a terminal's cursor. */
void
command_said(struct buffer *b, const struct command_result *r)
{
	const struct buffer *said = &r->errors;
	const char *text = buffer_text(said);
	bool gap = false;
	size_t i, n = 0;

	for (i = 0; i < said->size && n < SAID_MAX; i++) {
		if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f) {
			gap = n > 0;
			continue;
		}
		if (n == 0)
			buffer_puts(b, ": ");
		if (gap)
			buffer_putc(b, ' ');
		n += 1 + gap;
		gap = false;
		buffer_putc(b, text[i]);
	}
	if (i < said->size && n >= SAID_MAX)
		buffer_puts(b, "...");
}

static void
put_end(struct buffer *b, const struct command *c)
{
	const char *name;

	switch (c->result.end) {
	case COMMAND_EXITED:
		buffer_printf(b, "ended with status %d", c->result.code);
		break;
	case COMMAND_SIGNALLED:
		name = sigabbrev_np(c->result.code);
		buffer_printf(b, "ended by SIG%s", name != NULL ? name : "?");
		break;
	case COMMAND_LATE:
		buffer_puts(b, "not over after ");
		duration_print(b, c->allowed_ns / NS_PER_MS * NS_PER_MS);
		break;
	case COMMAND_FLOODED:
		buffer_puts(b, "said more than ");
		size_print(b, (int64_t)c->output_max);
		break;
	case COMMAND_CANCELLED:
		buffer_puts(b, "cancelled");
	}
}

int
command_check(const struct command *c, struct error *err)
{
	struct buffer b = BUFFER_INIT;

	if (c->result.end == COMMAND_EXITED && c->result.code == 0)
		return 0;
	put_end(&b, c);
	command_said(&b, &c->result);
	error_set(err, "%s: %s", buffer_text(&c->shown), buffer_text(&b));
	buffer_free(&b);
	return -1;
}
