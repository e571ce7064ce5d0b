#include "places.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

/* The folder of the running program, if it is a build tree; else NULL. */
static const char *
build_tree(char *room, size_t size)
{
	char marker[PATH_MAX + 16];
	ssize_t n = readlink("/proc/self/exe", room, size - 1);
	const char *folder;

	if (n <= 0)
		return NULL;
	room[n] = '\0';
	folder = dirname(room);
	(void)snprintf(marker, sizeof(marker), "%s/config.status", folder);
	return access(marker, F_OK) == 0 ? folder : NULL;
}

void
place_of_data(struct buffer *b, const char *name)
{
	char room[PATH_MAX];
	const char *tree = build_tree(room, sizeof(room));

	if (tree != NULL)
		buffer_printf(b, "%s/plugins/%s", tree, name);
	else
		buffer_printf(b, "%s/%s", FARM_DATA_DIR, name);
}
