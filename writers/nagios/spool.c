/* Nagios' check_result_path: a file of results, and an empty one beside it that
   says that the first is whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "passive.h"

/* Nagios takes names of seven characters that begin with a c. */
#define NAME "/cXXXXXX"

static void
put_result(struct buffer *b, const struct passive *p)
{
	double time = (double)p->time_ns / NS_PER_S;

	buffer_printf(b, "host_name=%s\n", p->host);
	if (p->service[0] != '\0')
		buffer_printf(b, "service_description=%s\n", p->service);
	buffer_printf(b,
	    "check_type=1\ncheck_options=0\nscheduled_check=0\n"
	    "reschedule_check=0\nlatency=0.0\nstart_time=%.6f\n"
	    "finish_time=%.6f\nearly_timeout=0\nexited_ok=1\n"
	    "return_code=%d\noutput=",
	    time, time, p->state);
	passive_put_output(b, p->output);
	buffer_puts(b, "\n\n");
}

static int
write_all(int fd, const struct buffer *b)
{
	size_t done = 0;
	ssize_t n;

	while (done < b->size) {
		n = write(fd, b->data + done, b->size - done);
		if (n < 0 && errno != EINTR)
			return -1;
		done += n < 0 ? 0 : (size_t)n;
	}
	return 0;
}

/* Nagios is another user, and may read all that is here. */
static int
write_file(char *path, const struct buffer *b, struct error *err)
{
	int fd = mkostemp(path, O_CLOEXEC);

	if (fd < 0)
		return error_set(err, "%m");
	if (write_all(fd, b) != 0 || fchmod(fd, 0644) != 0) {
		error_set(err, "%m");
		(void)close(fd);
		(void)unlink(path);
		return -1;
	}
	(void)close(fd);
	return 0;
}

static int
say_whole(const char *path, struct error *err)
{
	struct buffer ok = BUFFER_INIT;
	int fd;

	buffer_printf(&ok, "%s.ok", path);
	fd = open(
	    buffer_text(&ok), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	buffer_free(&ok);
	if (fd < 0) {
		error_set(err, "%m");
		(void)unlink(path);
		return -1;
	}
	(void)close(fd);
	return 0;
}

int
spool_send(const char *folder, const struct passive *first, struct error *err)
{
	struct buffer text = BUFFER_INIT, path = BUFFER_INIT;
	const struct passive *p;
	int rc = -1;

	buffer_printf(&text, "### farmd ###\nfile_time=%lld\n\n",
	    (long long)(clock_wall_ns() / NS_PER_S));
	for (p = first; p != NULL; p = p->next)
		put_result(&text, p);
	buffer_printf(&path, "%s" NAME, folder);
	if (buffer_failed(&text) || buffer_failed(&path))
		error_set(err, "out of memory");
	else if (write_file(path.data, &text, err) == 0)
		rc = say_whole(path.data, err);
	if (rc != 0)
		error_prefix(err, "%s", folder);
	buffer_free(&text);
	buffer_free(&path);
	return rc;
}
