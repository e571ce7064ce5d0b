/* What the process itself has left: descriptors, room for its state. */
#include "api.h"

#include <dirent.h>
#include <inttypes.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

/* Entries of /proc/self/fd, less the three that are none of ours to count. */
static int
count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	if (dir == NULL)
		return -1;
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n - 3; /* ".", ".." and the folder itself */
}

static void
put_descriptors(struct buffer *out)
{
	struct rlimit limit;
	int n = count_descriptors();

	if (n >= 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0)
		buffer_printf(out,
		    "\"descriptors\":%d,\"descriptors_max\":%" PRIu64, n,
		    (uint64_t)limit.rlim_cur);
	else
		buffer_puts(out, "\"descriptors\":null");
}

static void
put_room(struct buffer *out, const char *state)
{
	struct statvfs fs;

	if (statvfs(state, &fs) < 0)
		return;
	buffer_printf(out,
	    ",\"state_bytes\":%" PRIu64 ",\"state_free_bytes\":%" PRIu64,
	    (uint64_t)fs.f_blocks * fs.f_frsize,
	    (uint64_t)fs.f_bavail * fs.f_frsize);
}

void
api_process(struct farm *farm, bool trusted, struct buffer *out)
{
	buffer_puts(out, ",\"process\":{");
	put_descriptors(out);
	put_room(out, farm->config->state);
	if (trusted) {
		buffer_puts(out, ",\"config\":");
		buffer_json_text(out, farm->config->file);
		buffer_puts(out, ",\"state\":");
		buffer_json_text(out, farm->config->state);
	}
	buffer_putc(out, '}');
}
