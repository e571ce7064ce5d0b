#include "position.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Write, sync and rename: the file holds the old number or the new one. */
static int
write_number(const char *path, uint64_t number, struct error *err)
{
	char *fresh = NULL;
	FILE *f = NULL;
	int result = -1;

	if (asprintf(&fresh, "%s.new", path) < 0)
		return error_set(err, "%s: out of memory", path);
	f = fopen(fresh, "we");
	if (f == NULL || fprintf(f, "%" PRIu64 "\n", number) < 0 ||
	    fflush(f) != 0 || fdatasync(fileno(f)) < 0 ||
	    rename(fresh, path) < 0)
		error_set(err, "%s: %m", path);
	else
		result = 0;
	if (f != NULL)
		(void)fclose(f);
	free(fresh);
	return result;
}

/* The number in the file; 1 if there is no file yet. */
static int
read_number(const char *path, uint64_t *ret, struct error *err)
{
	FILE *f = fopen(path, "re");
	uint64_t number = 0;
	int n;

	if (f == NULL && errno == ENOENT) {
		*ret = 1;
		return 0;
	}
	if (f == NULL)
		return error_set(err, "%s: %m", path);
	n = fscanf(f, "%" SCNu64, &number);
	(void)fclose(f);
	if (n != 1 || number == 0)
		return error_set(err,
		    "%s: not a position; if the writers' "
		    "stores are new too, remove it",
		    path);
	*ret = number;
	return 0;
}

static int
reserve(struct position *p, uint64_t next, struct error *err)
{
	uint64_t ahead = next + POSITION_AHEAD;

	if (write_number(p->path, ahead, err) < 0)
		return -1;
	p->reserved = ahead;
	return 0;
}

int
position_open(
    struct position *p, const char *state, uint64_t *first, struct error *err)
{
	uint64_t next = 1;

	*p = (struct position){ .path = NULL };
	if (asprintf(&p->path, "%s/position", state) < 0) {
		p->path = NULL;
		return error_set(err, "out of memory");
	}
	if (read_number(p->path, &next, err) < 0 || reserve(p, next, err) < 0) {
		position_close(p);
		return -1;
	}
	*first = next;
	return 0;
}

int
position_keep(struct position *p, uint64_t next, struct error *err)
{
	if (next + POSITION_AHEAD / 2 < p->reserved)
		return 0;
	return reserve(p, next, err);
}

void
position_close(struct position *p)
{
	free(p->path);
	p->path = NULL;
}
