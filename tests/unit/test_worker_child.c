/* A worker program that executes itself anew; the program is this test. */
#include "worker_child.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buffer.h"
#include "unit.h"

/* Which says to the program what it is. */
#define VARIABLE "TEST_WORKER_CHILD"
#define WAIT_MS 60000
/* More than its socket holds. */
#define REPLY_SIZE 1000000
#define SOCKET_SIZE 16384
/* Where the program says that it is about to execute itself. */
#define SIGN_FD (WORKER_FD + 1)

/* ------------------------------------------------------------ the program --
 */

static void *
reply(void *child)
{
	static const char text[REPLY_SIZE];

	worker_child_reply(child, 1, false, text, sizeof(text));
	return NULL;
}

/* Until another thread is in the middle of it: the socket has no room. */
static void
begin_reply(struct worker_child *c)
{
	struct pollfd fd = { .fd = WORKER_FD, .events = POLLOUT };
	pthread_t thread;

	if (pthread_create(&thread, NULL, reply, c) != 0)
		_exit(2);
	while (poll(&fd, 1, 1) != 0)
		;
	if (write(SIGN_FD, "", 1) != 1)
		_exit(2);
}

static void
take(void *cookie, const struct worker_message *m)
{
	struct worker_child *c = cookie;
	char size[32];

	switch (m->type) {
	case WORKER_PING:
		worker_child_pong(c);
		break;
	case WORKER_CHECKPOINT:
		snprintf(size, sizeof(size), "%zu", m->size);
		worker_child_opened(c, m->seat, size);
		break;
	case WORKER_RUN:
		begin_reply(c);
		worker_child_begin_anew(c, "worker");
	default:
		worker_child_closed(c, m->seat);
		worker_child_begin_anew(c, "worker");
	}
}

static void
tick(void *cookie)
{
	(void)cookie;
}

_Noreturn static void
be_the_program(void)
{
	struct series_table *table = series_table_new(10);
	struct worker_child *c = worker_child_new(WORKER_FD, table);
	struct error err;
	int rc = c == NULL ? -1 : worker_child_serve(c, take, tick, c, &err);

	_exit(rc == 0 ? 0 : 1);
}

/* ----------------------------------------------------------------- farmd -- */

struct side {
	int fd;
	int sign;
	pid_t pid;
	struct buffer in;
	size_t taken;
};

static void
set_up(struct side *s)
{
	int pair[2], sign[2], size = SOCKET_SIZE;

	*s = (struct side){ .in = BUFFER_INIT };
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(pipe2(sign, O_CLOEXEC), 0);
	assert_int_equal(
	    setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0) {
		if (dup2(pair[1], WORKER_FD) == WORKER_FD &&
		    dup2(sign[1], SIGN_FD) == SIGN_FD &&
		    setenv(VARIABLE, "1", 1) == 0)
			execl("/proc/self/exe", "worker", NULL);
		_exit(3);
	}
	close(pair[1]);
	close(sign[1]);
	s->fd = pair[0];
	s->sign = sign[0];
}

/* It ends when nothing comes any more, and well. */
static void
tear_down(struct side *s)
{
	int status;

	close(s->fd);
	close(s->sign);
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	assert_int_equal(status, 0);
	buffer_free(&s->in);
}

static void
say(struct side *s, const struct buffer *b)
{
	assert_false(buffer_failed(b));
	assert_int_equal(send(s->fd, b->data, b->size, MSG_NOSIGNAL), b->size);
}

static void
read_more(struct side *s)
{
	struct pollfd fd = { .fd = s->fd, .events = POLLIN };
	char *room = buffer_room(&s->in, 65536);
	ssize_t n;

	assert_non_null(room);
	assert_int_equal(poll(&fd, 1, WAIT_MS), 1);
	n = recv(s->fd, room, 65536, 0);
	assert_true(n > 0);
	buffer_added(&s->in, (size_t)n);
}

/* The next one's type and seat; what an OPENED says. */
static uint16_t
hear(struct side *s, uint32_t *ret_seat, struct worker_text *ret_text)
{
	struct worker_message m;
	struct error err;
	uint8_t failed;
	long size;

	while (s->in.size == s->taken ||
	       (size = worker_next(s->in.data + s->taken, s->in.size - s->taken,
		    &m, &err)) == 0)
		read_more(s);
	assert_true(size > 0);
	s->taken += (size_t)size;
	*ret_seat = m.seat;
	if (m.type == WORKER_OPENED)
		assert_int_equal(
		    worker_read_words(&m, &failed, ret_text, &err), 0);
	return m.type;
}

struct heard {
	uint16_t type;
	uint32_t seat;
	const char *text;
};

static void
expect(struct side *s, const struct heard *want, size_t n)
{
	struct worker_text text;
	uint32_t seat;
	size_t i;

	for (i = 0; i < n; i++) {
		text = (struct worker_text){ "", 0 };
		assert_int_equal(hear(s, &seat, &text), want[i].type);
		assert_int_equal(seat, want[i].seat);
		assert_int_equal(text.length, strlen(want[i].text));
		assert_memory_equal(text.text, want[i].text, text.length);
	}
}

static void
test_what_follows_is_for_the_next(void **state)
{
	static const char bytes[200000];
	static const struct heard want[] = {
		{ WORKER_READY, 0, "" },
		{ WORKER_PONG, 0, "" },
		{ WORKER_CLOSED, 1, "" },
		{ WORKER_READY, 0, "" },
		{ WORKER_OPENED, 2, "200000" },
		{ WORKER_OPENED, 3, "0" },
		{ WORKER_CLOSED, 2, "" },
		{ WORKER_READY, 0, "" },
		{ WORKER_PONG, 0, "" },
	};
	struct buffer b = BUFFER_INIT;
	struct side s;

	set_up(&s);
	worker_put(&b, WORKER_PING, 0, NULL, 0);
	worker_put(&b, WORKER_CLOSE, 1, NULL, 0);
	worker_put(&b, WORKER_CHECKPOINT, 2, bytes, sizeof(bytes));
	worker_put(&b, WORKER_CHECKPOINT, 3, NULL, 0);
	worker_put(&b, WORKER_CLOSE, 2, NULL, 0);
	worker_put(&b, WORKER_PING, 0, NULL, 0);
	say(&s, &b);
	expect(&s, want, COUNT(want));
	tear_down(&s);
	buffer_free(&b);
	(void)state;
}

static void
test_what_a_thread_says_is_whole(void **state)
{
	static const struct heard want[] = {
		{ WORKER_READY, 0, "" },
		{ WORKER_REPLY, 0, "" },
		{ WORKER_READY, 0, "" },
		{ WORKER_PONG, 0, "" },
	};
	struct buffer b = BUFFER_INIT;
	struct side s;
	char sign;

	set_up(&s);
	worker_put(&b, WORKER_RUN, 1, NULL, 0);
	worker_put(&b, WORKER_PING, 0, NULL, 0);
	say(&s, &b);
	assert_int_equal(read(s.sign, &sign, 1), 1);
	expect(&s, want, COUNT(want));
	tear_down(&s);
	buffer_free(&b);
	(void)state;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_follows_is_for_the_next),
		cmocka_unit_test(test_what_a_thread_says_is_whole),
	};

	if (getenv(VARIABLE) != NULL)
		be_the_program();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
