/* Commands that are talked with, and whom and what programs are allowed. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "unit.h"

#define ALLOWED_MS 60000

static struct command *
start(const char *script, size_t output_max)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	const struct command_order o = { .argv = argv,
		.output_max = output_max,
		.deadline_ns = INT64_MAX,
		.kept = true };
	struct command *c;
	struct error err;

	if (command_start(&c, &o, &err) != 0)
		fail_msg("%s", err.text);
	return c;
}

static void
wait_step(struct command *c)
{
	struct pollfd fd = { .fd = command_fd(c), .events = POLLIN };

	assert_int_equal(poll(&fd, 1, ALLOWED_MS), 1);
	(void)command_step(c);
}

static const char *
said(const struct command *c)
{
	return buffer_text(&command_result(c)->output);
}

static void
wait_said(struct command *c, const char *text)
{
	while (strstr(said(c), text) == NULL)
		wait_step(c);
}

static void
wait_over(struct command *c)
{
	while (!command_step(c))
		wait_step(c);
}

/* What is said is there while the program runs, and is taken from it. */
static void
test_talks(void **unused)
{
	struct command *c = start("while read x; do echo got $x; done", 4096);

	(void)unused;
	assert_int_equal(command_put(c, "one\n", 4), 4);
	wait_said(c, "got one\n");
	assert_int_equal(command_put(c, "two\n", 4), 4);
	wait_said(c, "got two\n");
	assert_string_equal(said(c), "got one\ngot two\n");
	command_taken(c, 8, 0);
	assert_string_equal(said(c), "got two\n");
	command_taken(c, 8, 0);
	assert_string_equal(said(c), "");
	command_hang_up(c);
	assert_int_equal(command_input_fd(c), -1);
	wait_over(c);
	assert_int_equal(command_check(c, NULL), 0);
	command_free(c);
}

static void
test_errors_are_taken(void **unused)
{
	struct command *c = start("echo a >&2; echo 1; read x; echo b >&2", 64);

	(void)unused;
	wait_said(c, "1\n");
	while (command_result(c)->errors.size == 0)
		wait_step(c);
	command_taken(c, 2, 2);
	command_hang_up(c);
	wait_over(c);
	assert_string_equal(buffer_text(&command_result(c)->errors), "b\n");
	command_free(c);
}

/* A full place holds it up, and nothing of it is lost, nor at its end. */
static void
test_is_held_up(void **unused)
{
	struct command *c = start("seq 20000; echo end", 100);
	size_t size = 0, most = 0, n;

	(void)unused;
	do {
		if (!command_step(c))
			wait_step(c);
		n = command_result(c)->output.size;
		most = n > most ? n : most;
		size += n;
		command_taken(c, n, 0);
	} while (!command_step(c) || command_result(c)->output.size > 0);
	assert_int_equal(most, 100);
	assert_int_equal(size, 108894 + 4);
	assert_int_equal(command_check(c, NULL), 0);
	command_free(c);
}

/* A program that does not read is no reason to wait, one that is gone no
   reason for a signal. */
static void
test_does_not_read(void **unused)
{
	struct command *c = start("exec sleep 600", 64);
	static char bytes[65536];
	size_t n = 0;
	ssize_t put;

	(void)unused;
	while ((put = command_put(c, bytes, sizeof(bytes))) > 0)
		n += (size_t)put;
	assert_int_equal(put, 0);
	assert_true(n >= 4096);
	command_signal(c, SIGKILL);
	wait_over(c);
	assert_int_equal(command_result(c)->end, COMMAND_SIGNALLED);
	assert_int_equal(command_put(c, "x", 1), -1);
	assert_int_equal(command_put(c, "x", 1), -1);
	command_free(c);
}

static void
test_signal(void **unused)
{
	struct command *c = start("trap 'echo now' USR1; echo ready; "
				  "while :; do read x || sleep 0.01; done",
	    4096);

	(void)unused;
	wait_said(c, "ready");
	command_signal(c, SIGUSR1);
	wait_said(c, "now");
	command_cancel(c);
	wait_over(c);
	assert_int_equal(command_result(c)->end, COMMAND_CANCELLED);
	command_free(c);
}

/* ------------------------------------------------------------ its rights -- */

static int
run_as(const char *user, struct command_limits limits, const char *script,
    struct buffer *ret, struct error *err)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	const struct command_order o = { .argv = argv,
		.output_max = 4096,
		.deadline_ns = clock_mono_ns() + ALLOWED_MS * NS_PER_MS,
		.user = user,
		.limits = limits };
	struct command *c;
	int rc;

	if (command_run(&c, &o, -1, err) != 0)
		return -1;
	rc = command_check(c, err);
	buffer_clear(ret);
	buffer_puts(ret, said(c));
	command_free(c);
	return rc;
}

static void
test_limits(void **unused)
{
	const struct command_limits some = {
		.memory = 1 << 28, .cpu_s = 7, .files = 33, .processes = 44
	};
	struct buffer b = BUFFER_INIT;
	struct error err;

	(void)unused;
	if (run_as(NULL, some, "ulimit -v; ulimit -t; ulimit -n; ulimit -Hp",
		&b, &err) != 0)
		fail_msg("%s", err.text);
	assert_string_equal(buffer_text(&b), "262144\n7\n33\n44\n");
	buffer_free(&b);
}

static void
test_user(void **unused)
{
	const struct command_limits none = { 0 };
	struct buffer b = BUFFER_INIT;
	struct error err;

	(void)unused;
	assert_int_equal(command_check_user("no such user", &err), -1);
	assert_string_equal(err.text, "user: there is no \"no such user\"");
	assert_int_equal(run_as("no such user", none, "id", &b, &err), -1);
	assert_string_equal(
	    err.text, "sh -c id: user: there is no \"no such user\"");
	if (geteuid() != 0) {
		assert_int_equal(command_check_user("root", &err), -1);
		assert_string_equal(
		    err.text, "user: only root can run programs as root");
		assert_int_equal(run_as("root", none, "id", &b, &err), -1);
		return;
	}
	assert_int_equal(command_check_user("nobody", &err), 0);
	if (run_as("nobody", none, "id -un; id -Gn", &b, &err) != 0)
		fail_msg("%s", err.text);
	assert_string_equal(buffer_text(&b), "nobody\nnogroup\n");
	buffer_free(&b);
}

/* A thread that starts one and ends: that is how it is when we are killed. */
static void *
start_and_leave(void *unused)
{
	(void)unused;
	return start("exec sleep 600", 64);
}

static void
test_ends_with_us(void **unused)
{
	struct command *c;
	pthread_t thread;
	void *started;

	(void)unused;
	assert_int_equal(
	    pthread_create(&thread, NULL, start_and_leave, NULL), 0);
	assert_int_equal(pthread_join(thread, &started), 0);
	c = started;
	wait_over(c);
	assert_int_equal(command_result(c)->end, COMMAND_SIGNALLED);
	assert_int_equal(command_result(c)->code, SIGTERM);
	command_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_talks),
		cmocka_unit_test(test_errors_are_taken),
		cmocka_unit_test(test_is_held_up),
		cmocka_unit_test(test_does_not_read),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_ends_with_us),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
