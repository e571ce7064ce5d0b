#include "targets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "dial.h"
#include "number.h"

/* Far more than any client sends to. */
#define TARGETS_MAX 100
/* A longer file is none of ApMon's. */
#define FILE_BYTES_MAX (1 << 20)

static void
drop(struct target *t)
{
	if (t->fd >= 0)
		close(t->fd);
	if (t->password != NULL)
		explicit_bzero(t->password, strlen(t->password));
	free(t->password);
	free(t->name);
}

static int
add_entry(struct targets *all, const struct config_entry *e, uint32_t instance,
    struct error *err)
{
	struct target *more = realloc(all->items, (all->n + 1) * sizeof(*more));
	struct target t = { .fd = -1, .apmon = { .instance = instance } };
	char *host = NULL;

	if (more != NULL)
		all->items = more;
	if (more == NULL ||
	    asprintf(&host, "%.*s", (int)e->host.length, e->host.text) < 0)
		return error_set(err, "out of memory");
	t.fd = dial(host, e->port, SOCK_DGRAM, err);
	if (t.fd >= 0 && asprintf(&t.name, "%s:%u", host, e->port) < 0)
		t.name = NULL;
	free(host);
	if (t.fd < 0)
		return -1;
	t.password = strndup(e->password.text, e->password.length);
	t.apmon.password = t.password;
	if (t.name == NULL || t.password == NULL) {
		drop(&t);
		return error_set(err, "out of memory");
	}
	all->items[all->n++] = t;
	return 0;
}

int
targets_add(struct targets *all, struct slice line, uint32_t instance,
    struct error *err)
{
	struct config_entry e;

	switch (config_parse(line, &e, err)) {
	case CONFIG_DESTINATION:
		break;
	case CONFIG_BAD:
		return -1;
	default:
		return error_set(err, "\"%.*s\" is no destination",
		    (int)line.length, line.text);
	}
	if (all->n == TARGETS_MAX)
		return error_set(err, "more than %d destinations", TARGETS_MAX);
	if (e.password.length > APMON_PASSWORD_MAX)
		return error_set(err, "a password of more than %d bytes",
		    APMON_PASSWORD_MAX);
	return add_entry(all, &e, instance, err);
}

static int
take_setting(
    struct targets *all, const struct config_entry *e, struct error *err)
{
	double number = 0;
	bool good = number_parse(e->value, &number) && number >= 0;

	if (slice_is(e->name, "conf_recheck")) {
		all->recheck = slice_is(e->value, "on");
		if (all->recheck || slice_is(e->value, "off"))
			return 0;
		good = false;
	} else if (slice_is(e->name, "maxMsgRate")) {
		all->rate = number;
	} else if (slice_is(e->name, "recheck_interval")) {
		good = good && number >= 1 && number <= 1e9;
		all->recheck_ns = (int64_t)(number * NS_PER_S);
	} else {
		return 0;
	}
	return good ? 0
		    : error_set(err, "xApMon_%.*s cannot be \"%.*s\"",
			  (int)e->name.length, e->name.text,
			  (int)e->value.length, e->value.text);
}

static int
take_line(struct targets *all, struct slice line, uint32_t instance,
    struct error *err)
{
	struct config_entry e;

	switch (config_parse(line, &e, err)) {
	case CONFIG_NOTHING:
		return 0;
	case CONFIG_SETTING:
		return take_setting(all, &e, err);
	default:
		return targets_add(all, line, instance, err);
	}
}

static struct file_mark
mark_of(const struct stat *st)
{
	return (struct file_mark){ st->st_dev, st->st_ino, st->st_size,
		st->st_mtim };
}

static int
take_lines(struct targets *all, FILE *file, const char *path, uint32_t instance,
    struct error *err)
{
	char *line = NULL;
	size_t room = 0, n = 0;
	ssize_t length;
	int status = 0;

	while (status == 0 && (length = getline(&line, &room, file)) >= 0) {
		n++;
		length -= line[length - 1] == '\n';
		status = take_line(
		    all, (struct slice){ line, (size_t)length }, instance, err);
		if (status != 0)
			error_prefix(err, "%s:%zu", path, n);
	}
	if (status == 0 && ferror(file))
		status = error_set(err, "%s: %m", path);
	free(line);
	return status;
}

int
targets_read(struct targets *ret, const char *path, uint32_t instance,
    struct file_mark *ret_mark, struct error *err)
{
	struct targets all = { .rate = -1, .recheck_ns = 600 * NS_PER_S };
	FILE *file = fopen(path, "re");
	struct stat st;
	int status;

	if (file == NULL)
		return error_set(err, "%s: %m", path);
	if (fstat(fileno(file), &st) != 0)
		status = error_set(err, "%s: %m", path);
	else if (st.st_size > FILE_BYTES_MAX)
		status = error_set(
		    err, "%s: larger than %d bytes", path, FILE_BYTES_MAX);
	else
		status = take_lines(&all, file, path, instance, err);
	fclose(file);
	if (status == 0 && all.n == 0)
		status = error_set(err, "%s: no destination", path);
	if (status != 0) {
		targets_free(&all);
		return -1;
	}
	*ret_mark = mark_of(&st);
	*ret = all;
	return 0;
}

bool
targets_changed(const char *path, const struct file_mark *mark)
{
	struct file_mark now;
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	now = mark_of(&st);
	return now.device != mark->device || now.inode != mark->inode ||
	       now.size != mark->size ||
	       now.changed.tv_sec != mark->changed.tv_sec ||
	       now.changed.tv_nsec != mark->changed.tv_nsec;
}

void
targets_free(struct targets *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		drop(&all->items[i]);
	free(all->items);
	*all = (struct targets){ .rate = -1 };
}
