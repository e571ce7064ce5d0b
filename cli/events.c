#include "events.h"

#include <string.h>

/* The value of a line that begins with this field, NULL if it does not. */
static const char *
field(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	return line + n + 1 + (line[n + 1] == ' ');
}

static void
take_line(struct events *e, const char *line)
{
	const char *value;

	if ((value = field(line, "data")) != NULL) {
		if (e->data.size > 0)
			buffer_putc(&e->data, '\n');
		buffer_puts(&e->data, value);
	} else if ((value = field(line, "event")) != NULL) {
		buffer_clear(&e->type);
		buffer_puts(&e->type, value);
	} else if ((value = field(line, "id")) != NULL) {
		buffer_clear(&e->id);
		buffer_puts(&e->id, value);
	}
}

/* An empty line ends an event; one without data is none. */
static bool
complete(struct events *e, event_fn *each, void *context)
{
	const struct event event = { buffer_text(&e->id), buffer_text(&e->type),
		buffer_text(&e->data) };
	bool go_on = !buffer_failed(&e->data) &&
		     (e->data.size == 0 || each(context, &event));

	buffer_clear(&e->type);
	buffer_clear(&e->data);
	return go_on;
}

bool
events_take(struct events *e, const char *bytes, size_t size, event_fn *each,
    void *context)
{
	bool go_on = true;

	e->line.limit = EVENT_MAX;
	e->data.limit = EVENT_MAX;
	while (size > 0 && go_on) {
		const char *end = memchr(bytes, '\n', size);
		size_t n = end != NULL ? (size_t)(end - bytes) : size;

		buffer_put(&e->line, bytes, n);
		go_on = !buffer_failed(&e->line);
		if (end != NULL && go_on) {
			if (e->line.size == 0)
				go_on = complete(e, each, context);
			else
				take_line(e, buffer_text(&e->line));
			buffer_clear(&e->line);
			n++;
		}
		bytes += n;
		size -= n;
	}
	return go_on;
}

void
events_restart(struct events *e)
{
	buffer_clear(&e->line);
	buffer_clear(&e->type);
	buffer_clear(&e->data);
}

void
events_free(struct events *e)
{
	buffer_free(&e->line);
	buffer_free(&e->id);
	buffer_free(&e->type);
	buffer_free(&e->data);
}
