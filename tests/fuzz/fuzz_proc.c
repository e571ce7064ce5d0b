/* The parsers of /proc: the first byte says which, the rest is the file. */
#include <string.h>

#include "plugins/proc/proc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
devices(
    int (*parse)(struct scan, struct table *, struct error *), struct scan text)
{
	struct table table = TABLE_INIT;
	struct error err;
	size_t i;

	parse(text, &table, &err);
	for (i = 0; i < table.n; i++)
		if (strlen(table.rows[i].name) > scan_size(text))
			__builtin_trap();
	table_free(&table);
}

static void
mounts(struct scan text)
{
	struct arena *arena = arena_new(0);
	struct mount *found;
	struct error err;
	size_t n;

	if (arena != NULL)
		mounts_parse(text, arena, &found, &n, &err);
	arena_free(arena);
}

static void
numbers(struct scan text)
{
	static const char *const names[] = { "a", "MemTotal:" };
	uint64_t states[SOCKET_STATES] = { 0 }, values[TCP_COUNTS];
	struct stat_file stat;
	struct pressure pressure;
	struct load load;
	struct error err;
	uint32_t found;

	load_parse(text, &load, &err);
	stat_parse(text, &stat, &err);
	pressure_parse(text, &pressure, &err);
	sockets_parse(text, states, &err);
	tcp_parse(text, values, &err);
	pairs_parse(text, names, 2, values, &found, &err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan text;

	if (size == 0)
		return 0;
	text = scan_of((const char *)data + 1, size - 1);
	switch (data[0] % 4) {
	case 0:
		devices(net_parse, text);
		break;
	case 1:
		devices(disk_parse, text);
		break;
	case 2:
		mounts(text);
		break;
	default:
		numbers(text);
	}
	return 0;
}
