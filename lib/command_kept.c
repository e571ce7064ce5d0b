/* A command that is talked with while it runs. */
#include "command_private.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

ssize_t
command_put(struct command *c, const void *bytes, size_t size)
{
	ssize_t n;

	if (c->in < 0)
		return -1;
	n = write(c->in, bytes, size);
	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	command_hang_up(c);
	return -1;
}

int
command_input_fd(const struct command *c)
{
	return c->in;
}

void
command_hang_up(struct command *c)
{
	if (c->in >= 0)
		close(c->in);
	c->in = -1;
}

static void
cut(struct buffer *b, size_t n)
{
	if (n == 0)
		return;
	b->size -= n;
	memmove(b->data, b->data + n, b->size);
	b->data[b->size] = '\0';
}

void
command_taken(struct command *c, size_t output, size_t errors)
{
	cut(&c->result.output, output);
	cut(&c->result.errors, errors);
}

void
command_signal(struct command *c, int signal)
{
	if (!c->over)
		(void)kill(c->pid, signal);
}
