/* What all programs of farmctl share: messages, output, where the daemon is. */
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"

static const char default_socket[] = "/run/farm/farmd.sock";

int
cli_fail(const struct cli *cli, int code, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "farmctl: %s%s", cli->verb, cli->verb[0] ? ": " : "");
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return code;
}

int
cli_print(struct buffer *b)
{
	bool good = !buffer_failed(b);

	if (good)
		good = fwrite(buffer_text(b), 1, b->size, stdout) == b->size &&
		       fflush(stdout) == 0;
	buffer_free(b);
	return good ? CLI_FINE : CLI_FAILED;
}

int
cli_print_json(const json_t *root)
{
	int result = json_dumpf(root, stdout,
	    JSON_INDENT(1) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));

	putchar('\n');
	return result == 0 && fflush(stdout) == 0 ? CLI_FINE : CLI_FAILED;
}

const char *
cli_folder(char *room, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", room, size - 1);

	if (n <= 0)
		return NULL;
	room[n] = '\0';
	return dirname(room);
}

int
cli_exec_farmd(const struct cli *cli, const char **arguments)
{
	static const char *const places[] = { "/farmd", "/../sbin/farmd",
		"/../../sbin/farmd" };
	char room[PATH_MAX];
	char path[PATH_MAX + 32];
	const char *folder = cli_folder(room, sizeof(room));
	size_t i;

	arguments[0] = "farmd";
	for (i = 0; folder != NULL && i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s%s", folder, places[i]);
		(void)execv(path, (char *const *)arguments);
	}
	(void)execvp("farmd", (char *const *)arguments);
	return cli_fail(cli, CLI_FAILED, "cannot run farmd: %m");
}

/* In a source tree the tree's own daemon is meant. */
static const char *
tree_socket(void)
{
	static char path[PATH_MAX + 32];
	char room[PATH_MAX];
	const char *folder = cli_folder(room, sizeof(room));

	if (folder == NULL)
		return NULL;
	(void)snprintf(path, sizeof(path), "%s/../var/farmd.sock", folder);
	return access(path, F_OK) == 0 ? path : NULL;
}

void
cli_choose_socket(struct cli *cli)
{
	if (cli->socket == NULL)
		cli->socket = getenv("FARM_SOCKET");
	if (cli->socket == NULL)
		cli->socket = tree_socket();
	if (cli->socket == NULL)
		cli->socket = default_socket;
}

int
cli_options(const struct cli *cli, int argc, char **argv,
    const struct option *options, const char *usage, cli_option_fn *take,
    void *cookie)
{
	int letter, code;

	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (letter == 'h') {
			fputs(usage, stdout);
			return CLI_FINE;
		}
		if (letter == '?' || letter == ':')
			return cli_fail(cli, CLI_USAGE,
			    letter == ':' ? "%s needs a value"
					  : "%s is not an option here",
			    argv[optind - 1]);
		code = take(cookie, letter, optarg);
		if (code != CLI_FINE)
			return code;
	}
	return -1;
}
