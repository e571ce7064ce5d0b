/*
 * MonALISA's listener for ApMon, which belongs to no cluster there, gets one of
 * its own.
 */
#include "import_listener.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "slice.h"

/* Of MonALISA; so many datagrams a second of one source. */
#define RATE 50
#define PORT 8884

struct listener {
	const struct farmfile_module *module;
	struct problems *problems;
	uint32_t port;
	uint32_t rate;
};

__attribute__((format(printf, 2, 3))) static void
warn(const struct listener *l, const char *format, ...)
{
	const struct farmfile_place *at = &l->module->place;
	struct error said;
	va_list args;

	va_start(args, format);
	(void)error_vset(&said, format, args);
	va_end(args);
	warning_in(
	    l->problems, at->file, at->line, at->column, "%s", said.text);
}

/* Digits of a number from 1 to `max'. */
static bool
read_number(struct slice value, uint32_t max, uint32_t *ret)
{
	uint64_t number = 0;

	for (size_t i = 0; i < value.length; i++) {
		if (value.text[i] < '0' || value.text[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(value.text[i] - '0');
		if (number > max)
			return false;
	}
	if (number == 0)
		return false;
	*ret = (uint32_t)number;
	return true;
}

static void
read_argument(struct listener *l, struct slice argument)
{
	struct slice value = argument;
	struct slice key = slice_cut(&value, '=');

	if (slice_is(key, "ListenPort") &&
	    read_number(value, UINT16_MAX, &l->port))
		return;
	if (slice_is(key, "MaxMsgRate") &&
	    read_number(value, 1000000000, &l->rate))
		return;
	if (slice_is(value, "false"))
		return;
	warn(l, "\"%.*s\" of \"^%s\" is not taken over", (int)argument.length,
	    argument.text, l->module->name);
}

static void
read_arguments(struct listener *l)
{
	const char *text = l->module->arguments;
	struct slice rest = { text, text == NULL ? 0 : strlen(text) };
	struct slice argument;

	while (rest.length > 0) {
		argument = slice_cut(&rest, ',');
		while (argument.length > 0 && argument.text[0] == ' ') {
			argument.text++;
			argument.length--;
		}
		if (argument.length > 0)
			read_argument(l, argument);
	}
}

bool
import_is_listener(const struct farmfile_module *m)
{
	return strcmp(m->name, "monXDRUDP") == 0;
}

/* NULL if memory is out. */
static struct import_item *
make_item(struct arena *arena, const struct listener *l, const char *lifetime)
{
	struct import_item *item = arena_alloc(arena, sizeof(*item));

	if (item == NULL)
		return NULL;
	item->module = "udp";
	item->number = 1;
	item->n_nodes = 1;
	item->options = arena_printf(arena,
	    "format: apmon\nlisten: \"udp://*:%u\"\nrate: %u\n%s", l->port,
	    l->rate, lifetime);
	return item->options == NULL ? NULL : item;
}

struct import_cluster *
import_listener(struct arena *arena, const struct farmfile_module *m,
    const char *lifetime, struct problems *problems)
{
	struct listener l = { m, problems, PORT, RATE };
	struct import_cluster *c = arena_alloc(arena, sizeof(*c));
	struct fold_name *node = arena_alloc(arena, sizeof(*node));

	if (c == NULL || node == NULL)
		return NULL;
	read_arguments(&l);
	node->name = "localhost";
	c->name = arena_printf(arena, "ApMon-%u", l.port);
	c->nodes = node;
	c->n_nodes = 1;
	c->items = make_item(arena, &l, lifetime);
	return c->name == NULL || c->items == NULL ? NULL : c;
}
