/* import: the configuration of MonALISA, or of Nagios, as farmd's. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "farmfile.h"
#include "import.h"
#include "import_nagios.h"
#include "whole.h"

static void
parse_file(
    struct farmfile_parser *parser, const char *path, struct problems *problems)
{
	struct buffer bytes = BUFFER_INIT;
	struct error err;

	if (whole_read(&bytes, path, FARMFILE_BYTES_MAX, &err) != 0)
		problem_in(problems, path, 0, 0, "%s", err.text);
	else
		farmfile_parse(parser, path, buffer_text(&bytes), bytes.size);
	buffer_free(&bytes);
}

/* MonALISA's, of all files together. */
static int
plan_farm(struct arena *arena, int argc, char **argv, struct import *ret,
    struct problems *problems)
{
	struct farmfile_parser *parser = farmfile_parser_new(arena, problems);
	int rc;

	if (parser == NULL)
		return problem_in(problems, NULL, 0, 0, "out of memory");
	for (int i = 0; i < argc; i++)
		parse_file(parser, argv[i], problems);
	rc = import_plan(arena, farmfile_tree(parser), ret, problems);
	farmfile_parser_free(parser);
	return rc;
}

/* One file alone, of which others follow. */
static bool
is_nagios(int argc, char **argv)
{
	struct buffer bytes = BUFFER_INIT;
	bool is = argc == 1 &&
		  whole_read(&bytes, argv[0], FARMFILE_BYTES_MAX, NULL) == 0 &&
		  import_is_nagios(buffer_text(&bytes), bytes.size);

	buffer_free(&bytes);
	return is;
}

/* The YAML; -1 with problems. */
static int
translate(struct buffer *out, int argc, char **argv, struct problems *problems)
{
	struct arena *arena = arena_new(0);
	struct import import;
	int rc;

	if (arena == NULL)
		return problem_in(problems, NULL, 0, 0, "out of memory");
	if (is_nagios(argc, argv))
		rc = import_nagios(arena, argv[0], &import, problems);
	else
		rc = plan_farm(arena, argc, argv, &import, problems);
	if (problems->n_errors > 0)
		rc = -1;
	if (rc == 0)
		import_print(out, &import);
	arena_free(arena);
	return rc;
}

static void
print_problems(const struct problems *problems)
{
	size_t i;

	for (i = 0; i < problems->n; i++) {
		const struct problem *p = &problems->items[i];

		if (p->file != NULL && p->line > 0)
			fprintf(
			    stderr, "%s:%u:%u: ", p->file, p->line, p->column);
		else if (p->file != NULL)
			fprintf(stderr, "%s: ", p->file);
		fprintf(stderr, "%s: %s\n", p->warning ? "warning" : "error",
		    p->text);
	}
}

/* All of it on the disk, or an error. */
static int
write_new(const char *path, int flags, const struct buffer *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
	size_t done = 0;
	ssize_t n = 0;

	if (fd < 0)
		return -1;
	while (done < text->size) {
		n = write(fd, text->data + done, text->size - done);
		if (n < 0 && errno != EINTR)
			break;
		done += n < 0 ? 0 : (size_t)n;
	}
	if (done < text->size || fsync(fd) < 0) {
		n = errno;
		(void)close(fd);
		(void)unlink(path);
		errno = (int)n;
		return -1;
	}
	return close(fd);
}

/* Never over what is there, unless that is wanted: then all or nothing. */
static int
save(const struct cli *cli, struct buffer *text)
{
	struct buffer fresh = BUFFER_INIT;
	int result;

	if (buffer_failed(text))
		return cli_fail(cli, CLI_FAILED, "out of memory");
	if (!cli->force) {
		result = write_new(cli->output, O_EXCL, text);
	} else {
		buffer_printf(&fresh, "%s.new", cli->output);
		result = write_new(buffer_text(&fresh), O_TRUNC, text);
		if (result == 0)
			result = rename(buffer_text(&fresh), cli->output);
	}
	buffer_free(&fresh);
	if (result == 0)
		return CLI_FINE;
	return cli_fail(cli, CLI_FAILED, "%s: %m%s", cli->output,
	    errno == EEXIST ? "; --force overwrites it" : "");
}

static int
run_import(const struct cli *cli, int argc, char **argv)
{
	struct problems problems = PROBLEMS_INIT;
	struct buffer text = BUFFER_INIT;
	int code = CLI_CONFIG;
	int failed;

	failed = translate(&text, argc, argv, &problems);
	problems_sort(&problems);
	print_problems(&problems);
	problems_free(&problems);
	if (failed == 0 && cli->output == NULL)
		return cli_print(&text);
	if (failed == 0)
		code = save(cli, &text);
	buffer_free(&text);
	return code;
}

const struct verb verb_import = {
	.name = "import",
	.arguments = "FILE...",
	.summary = "write the configuration of MonALISA or Nagios as farmd's",
	.help =
	    "Reads farm configuration files of MonALISA, several as one, and\n"
	    "prints the YAML that means the same. What farmd has nothing for\n"
	    "yet is kept as a comment, with a warning. Of Nagios, the one "
	    "file\n"
	    "is nagios.cfg, and all that it names is read. If anything is\n"
	    "wrong, all of it is said, with file, line and column, nothing is\n"
	    "written, and the exit code is 1.\n",
	.options = "oO",
	.min = 1,
	.max = 1000,
	.run = run_import,
};
