#include "udp_writing.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* At an address of this process's own, so that the port stays free. */
struct sockaddr_in
writing_address(void)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(
		    0x7f010000 | ((uint32_t)getpid() & 0xffff)) };
}

void
writing_bind(struct writing *f, int type, struct sockaddr_in here)
{
	const int yes = 1;
	socklen_t length = sizeof(here);
	char address[INET_ADDRSTRLEN];

	f->fd = socket(AF_INET, type, 0);
	(void)setsockopt(f->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	assert_int_equal(bind(f->fd, (struct sockaddr *)&here, length), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(f->fd, 4), 0);
	assert_int_equal(
	    getsockname(f->fd, (struct sockaddr *)&here, &length), 0);
	snprintf(f->to, sizeof(f->to), "%s%s:%u",
	    type == SOCK_STREAM ? "tcp://" : "",
	    inet_ntop(AF_INET, &here.sin_addr, address, sizeof(address)),
	    ntohs(here.sin_port));
	snprintf(f->port, sizeof(f->port), "%u", ntohs(here.sin_port));
}

void
writing_open(struct writing *f, int type, const char *format)
{
	*f = (struct writing){ .fake = fake_new(&farm_module) };
	writing_bind(f, type, writing_address());
	f->fake->now_ns = NOW_NS;
	fake_options(f->fake, "to", f->to, "format", format, NULL);
}

void
writing_close(struct writing *f)
{
	fake_free(f->fake);
	buffer_free(&f->heard);
	if (f->fd >= 0)
		close(f->fd);
}

struct farm_value
writing_value(
    struct writing *f, const char *node, const char *name, struct farm_value v)
{
	const struct farm_label labels[] = { { "rack", "r 1" } };

	v.series = farm_series(&f->fake->host, NULL, .cluster = "c",
	    .node = node, .parameter = name, .labels = labels, .n_labels = 1);
	return v;
}

int
writing_record(struct writing *f, struct farm_record r)
{
	const struct farm_batch batch = { &r, 1 };

	r.position = ++f->position;
	r.instance = "c/m";
	return fake_write(f->fake, &batch);
}

int
writing_put(struct writing *f, const struct farm_value *values, size_t n)
{
	return writing_record(f, (struct farm_record){ .type = FARM_RESULT,
				     .time_ns = NOW_NS + 250 * NS_PER_MS,
				     .n_values = (uint32_t)n,
				     .values = values });
}

/* All that is there, each datagram behind a ">": on loopback it is, once it
   was sent. */
const char *
writing_hear(struct writing *f)
{
	char bytes[65536];
	ssize_t n;

	buffer_clear(&f->heard);
	while ((n = recv(f->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) >= 0) {
		buffer_putc(&f->heard, '>');
		buffer_put(&f->heard, bytes, (size_t)n);
	}
	return buffer_text(&f->heard);
}

void
writing_expect(const char *heard, const char *want)
{
	if (strcmp(heard, want) != 0)
		fail_msg("\"%s\" instead of \"%s\"", heard, want);
}

const char *
writing_counts(struct writing *f)
{
	assert_int_equal(f->fake->module->actions[0].run(
			     &f->fake->host, fake_state(f->fake), NULL),
	    0);
	return f->fake->reply;
}

/* One line. */
int
writing_say(struct writing *f, const char *name)
{
	struct farm_value v = writing_value(f, "n1", name, farm_int64(1));

	return writing_put(f, &v, 1);
}
