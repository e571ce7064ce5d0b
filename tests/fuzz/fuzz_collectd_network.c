/* Packets, plain or sealed, and files of types.  What is read of a list can be
   written again. */
#include "collectd_network.h"
#include "collectd_seal.h"
#include "collectd_types.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
write_again(const struct collectd_list *l)
{
	static uint8_t room[65536];
	struct collectd_writing w = {
		.begin = room, .at = room, .end = room + sizeof(room)
	};
	struct collectd_value *values = calloc(l->n, sizeof(*values));
	struct error err;

	if (values == NULL)
		abort();
	for (size_t i = 0; i < l->n; i++)
		values[i] = collectd_value_at(l, i);
	if (l->n <= COLLECTD_VALUES_MAX &&
	    collectd_put(&w, &l->of, l->time_ns, l->interval_ns, values, l->n,
		&err) != 1)
		abort();
	free(values);
}

static void
read_packet(struct slice bytes)
{
	struct collectd_packet p = { .rest = bytes };
	struct collectd_list l;
	struct error err;
	int got;

	while ((got = collectd_next(&p, &l, &err)) != 0)
		if (got > 0 && !l.notification)
			write_again(&l);
}

static void
read_sealed(struct slice bytes)
{
	struct collectd_sealed s;
	struct slice parts;
	struct error err;
	uint8_t *room;

	if (collectd_sealed(bytes, &s, &err) != 0)
		return;
	room = malloc(s.body.length + 1);
	if (room == NULL)
		abort();
	if (collectd_open(&s, "secret", room, &parts, &err) == 0)
		read_packet(parts);
	free(room);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size };
	struct collectd_type type;
	struct error err;

	read_packet(rest);
	read_sealed(rest);
	while (collectd_type_parse(&rest, &type, &err) != 0)
		;
	return 0;
}
