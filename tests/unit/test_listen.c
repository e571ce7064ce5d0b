#include "listen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "stage.h"
#include "unit.h"

/* A collector that only listens: each datagram or line is a value. */
struct ear {
	struct farm_address datagrams;
	struct farm_address streams;
};

static const struct farm_option ear_options[] = {
	FARM_OPTION_ADDRESS("datagrams", struct ear, datagrams,
	    "udp://127.0.0.1:0", FARM_LISTEN, "where datagrams come in"),
	FARM_OPTION_ADDRESS("streams", struct ear, streams, "tcp://127.0.0.1:0",
	    FARM_LISTEN, "where streams come in"),
	FARM_OPTION_END
};

static int
ear_open(struct farm_host *host, void *state)
{
	(void)state;
	if (farm_socket(host, "datagrams") < 0 ||
	    farm_socket(host, "nothing") != -1)
		return farm_fail(host, "no socket");
	return 0;
}

static int
ear_listen(
    struct farm_host *host, void *state, int fd, uint32_t events, void *cookie)
{
	struct ear *e = state;
	char byte;
	int connection;

	(void)events;
	if (cookie == &e->streams) {
		connection = accept4(fd, NULL, NULL, SOCK_NONBLOCK);
		if (connection < 0)
			return farm_fail(host, "accept: %m");
		return farm_watch(host, connection, EPOLLIN, NULL);
	}
	if (read(fd, &byte, 1) == 1)
		return farm_emit(host, NULL, farm_double(byte),
		    .parameter = "byte", .node = "sender");
	farm_unwatch(host, fd);
	close(fd);
	return 0;
}

static const struct farm_descriptor ear = {
	.options = ear_options,
	.state_size = sizeof(struct ear),
	.open = ear_open,
	.listen = ear_listen,
};
static const struct farm_entry ear_entry = {
	.stamp = { .name = "ear" },
	.descriptor = &ear,
};

static bool
has_values(void *context)
{
	struct stage *s = context;
	bool enough;

	pthread_mutex_lock(&s->lock);
	enough = s->values >= 2;
	pthread_mutex_unlock(&s->lock);
	return enough;
}

static bool
is_running(void *context)
{
	struct stage_instance *i = context;

	return atomic_load(&i->instance->status) == INSTANCE_RUNNING;
}

static void
send_to(const char *path, int type)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type, 0);

	strcpy(to.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(write(fd, "A", 1), 1);
	close(fd);
}

static void
test_datagrams_and_streams(void **state)
{
	char folder[] = "/tmp/test_listen.XXXXXX";
	char datagrams[64], streams[64];
	struct stage_instance i;
	struct ear options = {
		.datagrams = { .text = datagrams,
		    .scheme = "unixgram",
		    .host = "",
		    .path = datagrams },
		.streams = { .text = streams,
		    .scheme = "unix",
		    .host = "",
		    .path = streams },
	};
	struct stage s;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(datagrams, sizeof(datagrams), "%s/d", folder);
	snprintf(streams, sizeof(streams), "%s/s", folder);
	stage_begin(&s, 2);
	stage_instance(&s, &i, &ear_entry, &options, 0, NS_PER_S);
	schedule_add(s.schedule, i.instance);
	stage_run(&s);
	stage_await(is_running, &i);
	send_to(datagrams, SOCK_DGRAM);
	send_to(streams, SOCK_STREAM);
	stage_await(has_values, &s);
	assert_int_equal(schedule_remove(s.schedule, i.instance,
			     clock_mono_ns() + STAGE_BOUND),
	    0);
	/* The sockets are gone with the instance, or this fails. */
	assert_int_equal(rmdir(folder), 0);
	stage_instance_end(&i);
	stage_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_datagrams_and_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
