#include "allowed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each of a datagram's source is compared with all of them. */
#define FILE_BYTES_MAX 65536

/* Without blanks and a comment; NULL if nothing is left. */
static char *
network_of(char *line)
{
	line[strcspn(line, "#\r\n")] = '\0';
	line += strspn(line, " \t");
	line[strcspn(line, " \t")] = '\0';
	return *line == '\0' ? NULL : line;
}

static int
read_lines(FILE *file, const char *path, struct networks *to, struct error *err)
{
	char *line = NULL, *network;
	size_t room = 0, n = 0;
	int status = 0;

	while (status == 0 && getline(&line, &room, file) >= 0) {
		n++;
		network = network_of(line);
		if (network == NULL)
			continue;
		status = networks_add(to, network, "", err);
		if (status != 0)
			error_prefix(err, "%s:%zu", path, n);
	}
	if (status == 0 && ferror(file))
		status = error_set(err, "%s: %m", path);
	free(line);
	return status;
}

static int
read_file(const char *path, struct networks *ret, struct stat *ret_seen,
    struct error *err)
{
	struct networks fresh = { 0 };
	FILE *file = fopen(path, "re");
	struct stat st = { .st_ino = 0 };
	int status;

	if (file == NULL)
		return error_set(err, "%s: %m", path);
	if (fstat(fileno(file), &st) != 0)
		status = error_set(err, "%s: %m", path);
	else if (st.st_size > FILE_BYTES_MAX)
		status = error_set(
		    err, "%s: larger than %d bytes", path, FILE_BYTES_MAX);
	else
		status = read_lines(file, path, &fresh, err);
	fclose(file);
	*ret_seen = st;
	if (status != 0) {
		networks_free(&fresh);
		return -1;
	}
	networks_free(ret);
	*ret = fresh;
	return 0;
}

int
allowed_open(struct allowed *a, struct farm_host *host,
    const struct farm_list *configured, const char *path)
{
	struct error err;
	int status = networks_read(&a->configured, host, "allow", configured);

	if (path == NULL || *path == '\0')
		return status;
	a->path = path;
	if (read_file(path, &a->listed, &a->seen, &err) != 0)
		status = farm_fail(host, "allow_file: %s", err.text);
	return status;
}

bool
allowed_has(const struct allowed *a, const struct place *from)
{
	if (a->configured.n == 0 && a->path == NULL)
		return true;
	return networks_find(&a->configured, from) != NULL ||
	       networks_find(&a->listed, from) != NULL;
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

void
allowed_look(struct allowed *a, struct farm_host *host)
{
	struct stat now = { .st_ino = 0 };
	struct error err;

	if (a->path == NULL)
		return;
	if (stat(a->path, &now) == 0 && is_same(&now, &a->seen))
		return;
	/* One that is gone is told once: it stays as it is. */
	if (now.st_ino == 0 && a->seen.st_ino == 0)
		return;
	if (read_file(a->path, &a->listed, &now, &err) == 0)
		farm_log(host, FARM_NOTICE, "%s: %zu networks now", a->path,
		    a->listed.n);
	else
		farm_log(host, FARM_WARNING, "%s; who could send still may",
		    err.text);
	a->seen = now;
}

void
allowed_free(struct allowed *a)
{
	networks_free(&a->configured);
	networks_free(&a->listed);
}
