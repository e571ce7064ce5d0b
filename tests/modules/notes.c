/*
 * A writer that notes what it was given, a line a number: position, cluster,
 * node, parameter, number.  A test can keep it away or hold it in its call.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <farm/module.h>

struct notes {
	const char *file;
	const char *away;
	const char *holds;
	int fd_plus_1;
};

static const struct farm_option notes_options[] = {
	{ .name = "file",
	    .type = FARM_TYPE_PATH,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct notes, file, const char *),
	    .help = "where the notes go" },
	FARM_OPTION_PATH("away", struct notes, away, NULL,
	    "try again as long as this file is there"),
	FARM_OPTION_PATH("holds", struct notes, holds, NULL,
	    "stay in the call as long as this file is there"),
	FARM_OPTION_END
};

/* A line that a kill has cut was never answered for: it comes again. */
static int
notes_cut(struct farm_host *host, const char *path, int fd)
{
	struct stat st;
	off_t size;
	char c;

	if (fstat(fd, &st) != 0)
		return farm_fail(host, "%s: %m", path);
	for (size = st.st_size; size > 0; size--)
		if (pread(fd, &c, 1, size - 1) != 1 || c == '\n')
			break;
	if (size < st.st_size && ftruncate(fd, size) != 0)
		return farm_fail(host, "%s: %m", path);
	return 0;
}

static int
notes_open(struct farm_host *host, void *state)
{
	struct notes *n = state;
	int fd = open(n->file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);

	if (fd < 0)
		return farm_fail(host, "%s: %m", n->file);
	n->fd_plus_1 = fd + 1;
	return notes_cut(host, n->file, fd);
}

static void
notes_put(struct farm_host *host, FILE *to, const struct farm_record *r)
{
	const struct farm_series *s;

	for (uint32_t i = 0; i < r->n_values; i++) {
		s = farm_series_info(host, r->values[i].series);
		if (s != NULL && r->values[i].type == FARM_UINT64)
			fprintf(to, "%" PRIu64 "\t%s\t%s\t%s\t%" PRIu64 "\n",
			    r->position, s->cluster, s->node, s->parameter,
			    r->values[i].uint64);
	}
}

static int
notes_append(
    struct farm_host *host, const struct notes *n, const char *p, size_t size)
{
	ssize_t done;

	while (size > 0) {
		done = write(n->fd_plus_1 - 1, p, size);
		if (done < 0 && errno != EINTR)
			return farm_again(host, "%s: %m", n->file);
		if (done > 0) {
			p += done;
			size -= (size_t)done;
		}
	}
	return FARM_DONE;
}

static int
notes_write(struct farm_host *host, void *state, const struct farm_batch *batch)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	const struct notes *n = state;
	char *text = NULL;
	size_t size = 0;
	FILE *to;
	int rc;

	while (n->holds != NULL && access(n->holds, F_OK) == 0)
		(void)nanosleep(&pause, NULL);
	if (n->away != NULL && access(n->away, F_OK) == 0)
		return farm_again(host, "%s: away", n->file);
	to = open_memstream(&text, &size);
	if (to == NULL)
		return farm_again(host, "out of memory");
	for (size_t i = 0; i < batch->n_records; i++)
		notes_put(host, to, &batch->records[i]);
	if (fclose(to) != 0)
		rc = farm_again(host, "out of memory");
	else
		rc = notes_append(host, n, text, size);
	free(text);
	return rc;
}

static void
notes_close(struct farm_host *host, void *state)
{
	struct notes *n = state;

	(void)host;
	if (n->fd_plus_1 > 0)
		close(n->fd_plus_1 - 1);
}

FARM_MODULE(notes, FARM_WRITER) = {
	.summary = "notes each number with its position",
	.needs = FARM_NEEDS_FILES,
	.options = notes_options,
	.state_size = sizeof(struct notes),
	.open = notes_open,
	.close = notes_close,
	.writer.write = notes_write,
};
