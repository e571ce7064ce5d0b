#include "confine.h"

#include <stddef.h>

static const struct {
	uint32_t bit;
	const char *name;
} names[] = {
	{ CONFINED_PRIVILEGES, "privileges" },
	{ CONFINED_CAPABILITIES, "capabilities" },
	{ CONFINED_USER, "user" },
	{ CONFINED_MEMORY, "memory" },
	{ CONFINED_FILES, "files" },
	{ CONFINED_NICE, "nice" },
	{ CONFINED_CPU_TIME, "cpu_time" },
	{ CONFINED_WRITE, "write" },
	{ CONFINED_SYSTEM_CALLS, "system_calls" },
	{ CONFINED_EXEC, "exec" },
	{ CONFINED_CPUS, "cpus" },
	{ CONFINED_RESIDENT, "resident" },
	{ CONFINED_PROCESSES, "processes" },
};

void
confinement_json(struct buffer *b, uint32_t set)
{
	const char *comma = "";
	size_t i;

	buffer_putc(b, '[');
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((set & names[i].bit) != 0) {
			buffer_printf(b, "%s\"%s\"", comma, names[i].name);
			comma = ",";
		}
	buffer_putc(b, ']');
}
