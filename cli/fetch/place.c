/* Where what was fetched is tried, and where it comes to stand. */
#include "fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* It may hold what not all may read. */
#define MODE 0640

static char *
make_name(const char *folder, const char *before, const char *name,
    const char *behind)
{
	struct buffer b = BUFFER_INIT;

	buffer_printf(&b, "%s/%s%s%s", folder, before, name, behind);
	return buffer_take(&b, NULL);
}

/* The folder conf.d beside the configuration; made if need be. */
static int
find_folder(struct fetch *f, struct error *err)
{
	char *copy = strdup(f->cli.config);

	if (copy != NULL)
		f->folder = make_name(dirname(copy), "", "conf.d", "");
	free(copy);
	if (f->folder == NULL)
		return error_set(err, "out of memory");
	if (mkdir(f->folder, 0755) != 0 && errno != EEXIST)
		return error_set(err, "%s: %m", f->folder);
	return 0;
}

int
place_names(struct fetch *f, struct error *err)
{
	if (f->name[0] == '\0' || f->name[0] == '.' ||
	    strchr(f->name, '/') != NULL)
		return error_set(err, "\"%s\" is no name of a file", f->name);
	if (find_folder(f, err) != 0)
		return -1;
	f->file = make_name(f->folder, "", f->name, ".yaml");
	f->before = make_name(f->folder, ".", f->name, ".before");
	f->known = make_name(f->folder, ".", f->name, ".fetched");
	f->trial = make_name(f->folder, ".", f->name, ".trial");
	if (f->file == NULL || f->before == NULL || f->known == NULL ||
	    f->trial == NULL)
		return error_set(err, "out of memory");
	return 0;
}

void
place_free(struct fetch *f)
{
	free(f->file);
	free(f->before);
	free(f->known);
	free(f->trial);
	free(f->folder);
}

/* --------------------------------------------------------------- a trial -- */

static int
write_new(const char *path, const struct buffer *bytes, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, MODE);
	size_t done = 0;
	ssize_t n = 0;

	while (fd >= 0 && done < bytes->size && n >= 0) {
		n = write(fd, bytes->data + done, bytes->size - done);
		if (n > 0)
			done += (size_t)n;
		else if (errno == EINTR)
			n = 0;
	}
	if (fd < 0 || n < 0 || fsync(fd) != 0) {
		error_set(err, "%s: %m", path);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	close(fd);
	return 0;
}

/* farmd says what is wrong with the whole on stderr. */
static int
run_check(const struct fetch *f, struct error *err)
{
	const char *arguments[] = { NULL, "--check", "--config", f->cli.config,
		"--try", f->trial, "--name", basename(f->file), NULL };
	int status = 0, null;
	pid_t pid = fork();

	if (pid == 0) {
		null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		if (null >= 0)
			(void)dup2(null, STDOUT_FILENO);
		_exit(cli_exec_farmd(&f->cli, arguments));
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid < 0)
		return error_set(err, "farmd --check: %m");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != CLI_FINE)
		return error_set(err,
		    "%s: farmd would not run with it; what was there stays",
		    f->url);
	return 0;
}

int
place_try(const struct fetch *f, const struct buffer *bytes, struct error *err)
{
	if (write_new(f->trial, bytes, err) != 0)
		return -1;
	return run_check(f, err);
}

/* -------------------------------------------------------------- its place --
 */

/* There is the one or the other at any moment. */
int
place_take(const struct fetch *f, struct error *err)
{
	(void)unlink(f->before);
	if (link(f->file, f->before) != 0 && errno != ENOENT)
		return error_set(err, "%s: %m", f->before);
	if (rename(f->trial, f->file) != 0)
		return error_set(err, "%s: %m", f->file);
	return 0;
}

void
place_undo(const struct fetch *f)
{
	if (rename(f->before, f->file) != 0 && errno == ENOENT)
		(void)unlink(f->file);
}

void
place_clear(const struct fetch *f)
{
	(void)unlink(f->trial);
	(void)unlink(f->before);
}
