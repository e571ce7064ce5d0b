/* farmctl-fetch-config: what farmctl runs for `farmctl fetch-config'. */
#include <curl/curl.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "answer.h"
#include "client.h"
#include "fetch.h"

static const char usage[] =
    "usage: farmctl fetch-config [OPTION...] URL [NAME]\n"
    "\n"
    "Fetch an addition to the configuration from a web server, if it is\n"
    "another than the last time (ETag, Last-Modified). It becomes\n"
    "conf.d/NAME.yaml, by default named as in the URL, once farmd --check\n"
    "takes it with all the rest, and the daemon is told. Whatever goes wrong,\n"
    "what was there stays.\n"
    "\n"
    "Options:\n"
    "  -c, --config FILE   default /etc/farm/farm.yaml\n"
    "  --ca FILE           certificates that the server's is signed by\n"
    "  --certificate FILE  ours, with --key\n"
    "  --key FILE\n"
    "  --token-file FILE   a token for the server is in it\n"
    "  --timeout TIME      for all of it to come, default 30s\n"
    "  --offline           the daemon is not told\n"
    "  --socket PATH       where the daemon is\n";

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "ca", required_argument, NULL, 'C' },
	{ "certificate", required_argument, NULL, 'E' },
	{ "key", required_argument, NULL, 'K' },
	{ "token", required_argument, NULL, 'T' },
	{ "timeout", required_argument, NULL, 't' },
	{ "offline", no_argument, NULL, 'n' },
	{ "socket", required_argument, NULL, 's' },
	{ "help", no_argument, NULL, 'h' },
	{ .name = NULL },
};

static int
take_option(void *cookie, int letter, const char *argument)
{
	struct fetch *f = cookie;
	const char **fields[128] = {
		['c'] = &f->cli.config,
		['C'] = &f->ca,
		['E'] = &f->certificate,
		['K'] = &f->key,
		['T'] = &f->token_file,
		['t'] = &f->timeout,
		['s'] = &f->cli.socket,
	};

	if (letter == 'n')
		f->offline = true;
	else
		*fields[letter] = argument;
	return CLI_FINE;
}

/* The last part of the URL's path, without .yaml; to be freed. */
static char *
name_of(const char *url)
{
	const char *begin = strstr(url, "://");
	const char *path = strchr(begin != NULL ? begin + 3 : url, '/');
	const char *last = path != NULL ? path : "", *at;
	size_t n;

	for (at = last; *at != '\0' && *at != '?' && *at != '#'; at++)
		if (*at == '/')
			last = at + 1;
	n = (size_t)(at - last);
	if (n > 5 && strncmp(last + n - 5, ".yaml", 5) == 0)
		n -= 5;
	return strndup(last, n);
}

/* 0 too if there is no daemon: it will read it when it begins. */
static int
tell_daemon(const struct fetch *f, struct error *err)
{
	json_t *root, *why;
	int rc = 0;

	if (f->offline || access(f->cli.socket, F_OK) != 0)
		return 0;
	if (client_post(f->cli.socket, "/v1/reload", NULL, NULL, &root, err) !=
	    0)
		return error_prefix(err, "reload");
	why = json_object_get(root, "error");
	if (why != NULL)
		rc = error_set(err, "reload: %s", answer_text(why, "message"));
	json_decref(root);
	return rc;
}

static int
use(const struct fetch *f, const struct buffer *body, const struct known *said,
    struct error *err)
{
	if (place_try(f, body, err) != 0 || place_take(f, err) != 0)
		return -1;
	if (tell_daemon(f, err) != 0) {
		place_undo(f);
		return -1;
	}
	return known_write(f, said, err);
}

static int
fetch(const struct fetch *f, struct error *err)
{
	struct known known, said = { .etag = NULL };
	struct buffer body = BUFFER_INIT;
	int rc;

	known_read(f, &known);
	rc = download(f, &known, &body, &said, err);
	if (rc > 0) {
		rc = use(f, &body, &said, err);
		place_clear(f);
		if (rc == 0)
			printf("%s is new\n", f->file);
	}
	known_free(&known);
	known_free(&said);
	buffer_free(&body);
	return rc;
}

/* One at a time: two would try in the same place. */
static int
lock_folder(const struct fetch *f, struct error *err)
{
	int fd = open(f->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX) != 0) {
		error_set(err, "%s: %m", f->folder);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

static int
run(struct fetch *f, int argc, char **argv)
{
	char *named = NULL;
	struct error err;
	int rc, lock = -1;

	if (argc < 1 || argc > 2) {
		fputs(usage, stderr);
		return CLI_USAGE;
	}
	f->url = argv[0];
	named = argc == 2 ? strdup(argv[1]) : name_of(f->url);
	f->name = named;
	cli_choose_socket(&f->cli);
	rc = named != NULL ? place_names(f, &err)
			   : error_set(&err, "out of memory");
	if (rc == 0)
		rc = lock = lock_folder(f, &err);
	if (rc >= 0)
		rc = fetch(f, &err);
	if (lock >= 0)
		close(lock);
	place_free(f);
	free(named);
	if (rc != 0)
		return cli_fail(&f->cli, CLI_FAILED, "%s", err.text);
	return CLI_FINE;
}

int
main(int argc, char **argv)
{
	struct fetch f = { .cli = { .verb = "fetch-config",
			       .config = "/etc/farm/farm.yaml" },
		.timeout = "30s" };
	int code = cli_options(
	    &f.cli, argc, argv, long_options, usage, take_option, &f);

	if (code >= 0)
		return code;
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	code = run(&f, argc - optind, argv + optind);
	curl_global_cleanup();
	return code;
}
