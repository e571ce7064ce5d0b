#include "dump.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api.h"
#include "clock.h"
#include "log.h"

/* --- its text --- */

static const char *
no_argument(const struct api_request *request, const char *name)
{
	(void)request;
	(void)name;
	return NULL;
}

static void
put_status(struct farm *f, struct buffer *out)
{
	const struct api_request request = {
		.method = "GET",
		.path = "/v1/status",
		.argument = no_argument,
		.body = "",
		.trusted = true,
	};
	struct api_reply reply = { .status = 0 };

	api_handle(f, &request, &reply);
	buffer_puts(out, buffer_text(&reply.body));
	buffer_free(&reply.body);
}

static void
put_instance(struct farm *f, struct instance *in, struct buffer *out)
{
	buffer_putc(out, '{');
	instance_json(out, in, true);
	buffer_printf(out, ",\"queued_bytes\":%zu",
	    (size_t)atomic_load(&in->queued_bytes));
	if (in->module->role == FARM_WRITER)
		deliver_writer_json(f->deliver, in, out);
	if (in->module->role == FARM_COLLECTOR) {
		buffer_puts(out, ",\n\"targets_not_fine\":");
		schedule_troubles_json(f->schedule, in, out);
	}
	buffer_putc(out, '}');
}

void
dump_json(struct farm *f, struct buffer *out)
{
	struct instance **list;
	size_t n, i;

	buffer_puts(out, "{\"time\":");
	time_json(out, clock_wall_ns());
	buffer_puts(out, ",\n\"status\":");
	put_status(f, out);
	buffer_puts(out, ",\n\"instances\":[\n");
	list = farm_instances(f, &n);
	for (i = 0; i < n; i++) {
		if (i > 0)
			buffer_puts(out, ",\n");
		put_instance(f, list[i], out);
	}
	farm_instances_release(list, n);
	buffer_puts(out, "]}\n");
}

/* --- its file --- */

static int
is_dump(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > 10 && strncmp(entry->d_name, "dump-", 5) == 0 &&
	       strcmp(entry->d_name + n - 5, ".json") == 0;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

void
dump_prune(const char *folder, size_t keep)
{
	struct dirent **found;
	int n = scandir(folder, &found, is_dump, by_name);
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int i;

	for (i = 0; i < n; i++) {
		if (dir >= 0 && (size_t)(n - i) > keep)
			(void)unlinkat(dir, found[i]->d_name, 0);
		free(found[i]);
	}
	if (n >= 0)
		free(found);
	if (dir >= 0)
		close(dir);
}

/* The whole text or no file. */
static int
write_file(const char *path, const struct buffer *text, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	bool good;

	if (f == NULL) {
		error_set(err, "%s: %m", path);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	good = fwrite(buffer_text(text), 1, text->size, f) == text->size;
	good = fflush(f) == 0 && good;
	if (!good) {
		error_set(err, "%s: %m", path);
		(void)unlink(path);
	}
	(void)fclose(f);
	return good ? 0 : -1;
}

static int
write_dump(struct farm *f, const char *path, struct error *err)
{
	struct buffer text = BUFFER_INIT;
	int result;

	dump_json(f, &text);
	if (buffer_failed(&text))
		result = error_set(err, "%s: out of memory", path);
	else
		result = write_file(path, &text, err);
	buffer_free(&text);
	return result;
}

void
dump_state(struct farm *f)
{
	struct buffer path = BUFFER_INIT;
	struct error err;

	/* One more is about to come. */
	dump_prune(f->config->state, DUMPS_KEPT - 1);
	buffer_printf(&path, "%s/dump-", f->config->state);
	time_print(&path, clock_wall_ns(), 3);
	buffer_puts(&path, ".json");
	if (buffer_failed(&path))
		log_line(LOG_LEVEL_ERROR, "dump", "out of memory");
	else if (write_dump(f, buffer_text(&path), &err) < 0)
		log_line(LOG_LEVEL_ERROR, "dump", "%s", err.text);
	else
		log_line(LOG_LEVEL_NOTICE, "dump", "the state is in %s",
		    buffer_text(&path));
	buffer_free(&path);
}
