/* import-data: what export wrote, or others in its formats, into the farm. */
#include "cli.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "format.h"
#include "send.h"

struct import_data {
	const struct cli *cli;
	struct source *source;
	struct sender *sender;
	uint64_t bad; /* rows */
};

/* Bad rows are named and counted, and the rest goes in. */
static int
take_all(struct import_data *d, struct error *err)
{
	struct row row;
	int rc;

	for (;;) {
		rc = d->source->ops->next(d->source, &row, err);
		if (rc == 0)
			return sender_end(d->sender, err);
		if (rc == -2 ||
		    (rc == 1 && sender_put(d->sender, &row, err) < 0))
			return -1;
		if (rc == -1) {
			fprintf(stderr, "%s\n", err->text);
			d->bad++;
		}
	}
}

static int
open_source(struct source **ret, const struct text_format *format,
    const char *path, int *fd, struct error *err)
{
	if (format == NULL)
		return sqlite_source_open(ret, path, err);
	if (strcmp(path, "-") == 0)
		return text_source_open(
		    ret, format, STDIN_FILENO, "stdin", err);
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0)
		return error_set(err, "%s: %m", path);
	return text_source_open(ret, format, *fd, path, err);
}

static int
report(const struct import_data *d, const char *path, int failed,
    const struct error *err)
{
	uint64_t taken = d->sender == NULL ? 0 : sender_taken(d->sender);

	if (failed < 0)
		return cli_fail(d->cli, CLI_FAILED,
		    "%s; %" PRIu64 " values were taken before that", err->text,
		    taken);
	printf("%s: %" PRIu64 " value%s", path, taken, taken == 1 ? "" : "s");
	if (d->bad > 0)
		printf(", %" PRIu64 " bad row%s left out", d->bad,
		    d->bad == 1 ? "" : "s");
	putchar('\n');
	return d->bad > 0 ? CLI_FAILED : CLI_FINE;
}

static int
run_import_data(const struct cli *cli, int argc, char **argv)
{
	struct import_data d = { .cli = cli };
	const struct text_format *format;
	struct error err;
	int fd = -1;
	int rc;

	(void)argc;
	if (format_find(&format, cli->format_text, argv[0], &err) < 0)
		return cli_fail(cli, CLI_USAGE, "%s", err.text);
	d.sender = sender_new(cli);
	rc = d.sender == NULL
		 ? error_set(&err, "out of memory")
		 : open_source(&d.source, format, argv[0], &fd, &err);
	if (rc == 0) {
		rc = take_all(&d, &err);
		d.source->ops->free(d.source);
	}
	if (fd >= 0)
		(void)close(fd);
	rc = report(&d, argv[0], rc, &err);
	sender_free(d.sender);
	return rc;
}

const struct verb verb_import_data = {
	.name = "import-data",
	.arguments = "FILE",
	.summary = "bring values of a file into the farm's stores",
	.help =
	    "Takes what `farmctl export' writes, or the sql writer's own "
	    "SQLite\n"
	    "files; \"-\" is stdin. The values go to the writers with their "
	    "own\n"
	    "times: past filters, and no last value changes. What a store has\n"
	    "already at that time is not stored again, so a file may be "
	    "imported\n"
	    "twice. A row that is bad is named with file and line, and the "
	    "rest\n"
	    "goes in; the exit code is 2 then. It ends when all is stored.\n",
	.options = "x",
	.min = 1,
	.max = 1,
	.run = run_import_data,
};
