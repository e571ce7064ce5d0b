#include "output.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hash.h"

/* Written to a connection at a time. */
#define STREAM_BYTES 65536

void
output_open(
    struct output *o, const struct output_format *format, int fd, bool stream)
{
	struct hash_key random;

	hash_key_draw(&random);
	*o = (struct output){ .format = format, .fd = fd, .stream = stream };
	o->apmon.instance = (uint32_t)random.words[0];
}

void
output_close(struct output *o)
{
	close(o->fd);
	buffer_free(&o->line);
	buffer_free(&o->waiting);
}

int
output_flush(struct output *o, struct error *err)
{
	size_t done = 0;
	ssize_t n;

	while (done < o->waiting.size) {
		n = send(o->fd, o->waiting.data + done, o->waiting.size - done,
		    MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			return error_set(err, "%s",
			    errno == EAGAIN ? "nobody takes what is sent"
					    : strerror(errno));
		done += n < 0 ? 0 : (size_t)n;
	}
	buffer_clear(&o->waiting);
	return 0;
}

/* What put() made; alone in its datagram or not. */
static int
pass_on(struct output *o, bool alone, struct error *err)
{
	size_t full = o->stream ? STREAM_BYTES : OUTPUT_DATAGRAM;

	if (buffer_failed(&o->line))
		return error_set(err, "out of memory");
	if ((alone || o->waiting.size + o->line.size > full) &&
	    output_flush(o, err) != 0)
		return -1;
	buffer_put(&o->waiting, o->line.data, o->line.size);
	if (buffer_failed(&o->waiting))
		return error_set(err, "out of memory");
	return alone ? output_flush(o, err) : 0;
}

int
output_put(struct output *o, const struct item *items, size_t n,
    output_refuse_fn *refuse, void *cookie, struct error *err)
{
	struct error why;
	size_t next = 0;
	int rc;

	while (next < n) {
		buffer_clear(&o->line);
		rc = o->format->put(o, items, n, &next, &why);
		if (rc < 0 && next < n)
			refuse(cookie, &items[next++], &why);
		else if (rc < 0)
			return error_set(err, "%s", why.text);
		else if (pass_on(o, rc == 2, err) != 0)
			return -1;
	}
	return 0;
}
