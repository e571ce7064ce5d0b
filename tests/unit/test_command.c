/* Commands: what they get, what comes of them, and that nothing is left. */
#include "command.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "remote.h"
#include "unit.h"

#define ALLOWED (60 * NS_PER_S)

static struct command_order
order_of(const char *const *argv)
{
	return (struct command_order){ .argv = argv,
		.output_max = 1 << 20,
		.deadline_ns = clock_mono_ns() + ALLOWED };
}

static struct command *
run(const struct command_order *o)
{
	struct command *c;
	struct error err;

	if (command_run(&c, o, -1, &err) != 0)
		fail_msg("%s", err.text);
	return c;
}

static struct command *
run_shell(const char *script)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	struct command_order o = order_of(argv);

	return run(&o);
}

static const char *
output_of(const struct command *c)
{
	return buffer_text(&command_result(c)->output);
}

static const char *
errors_of(const struct command *c)
{
	return buffer_text(&command_result(c)->errors);
}

/* No child of ours is there, dead or alive. */
static void
assert_no_child(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* The process goes away within a bound: it was killed, not asked. */
static void
assert_dies(const char *pid)
{
	int64_t end = clock_mono_ns() + ALLOWED;
	char path[64], state = 'R';
	FILE *f;

	assert_true(atoi(pid) > 1);
	snprintf(path, sizeof(path), "/proc/%d/stat", atoi(pid));
	while (clock_mono_ns() < end && (f = fopen(path, "re")) != NULL) {
		if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			state = 'Z';
		fclose(f);
		if (state == 'Z')
			return;
		(void)poll(NULL, 0, 1);
	}
	assert_true(clock_mono_ns() < end);
}

static void
test_ends(void **unused)
{
	static const struct {
		const char *script;
		const char *output;
		const char *want; /* "" = well */
	} cases[] = {
		{ "echo out; echo err >&2", "out\n", "" },
		{ "exit 0", "", "" },
		{ "exit 3", "", "ended with status 3" },
		{ "echo so far; exit 1", "so far\n", "ended with status 1" },
		{ "echo 'no such  queue' >&2; echo; exit 255", "\n",
		    "ended with status 255: no such queue" },
		{ "printf 'a\\n\\033[2Jb\\n\\n' >&2; exit 1", "",
		    "ended with status 1: a [2Jb" },
		{ "kill -SEGV $$", "", "ended by SIGSEGV" },
		{ "kill -KILL $$", "", "ended by SIGKILL" },
		{ "no-such-program-here", "",
		    "ended with status 127: sh: 1: no-such-program-here: "
		    "not found" },
	};
	struct buffer want = BUFFER_INIT;
	struct command *c;
	struct error err;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		const char *argv[] = { "sh", "-c", cases[i].script, NULL };

		c = run_shell(cases[i].script);
		assert_string_equal(output_of(c), cases[i].output);
		err.text[0] = '\0';
		assert_int_equal(
		    command_check(c, &err), cases[i].want[0] != '\0' ? -1 : 0);
		buffer_clear(&want);
		if (cases[i].want[0] != '\0') {
			command_line(&want, argv);
			buffer_printf(&want, ": %s", cases[i].want);
		}
		assert_string_equal(err.text, buffer_text(&want));
		command_free(c);
	}
	buffer_free(&want);
	assert_no_child();
}

static void
test_apart(void **unused)
{
	struct command *c = run_shell("echo a; echo b >&2; echo c; exit 2");
	const struct command_result *r = command_result(c);

	(void)unused;
	assert_string_equal(output_of(c), "a\nc\n");
	assert_string_equal(errors_of(c), "b\n");
	assert_int_equal(r->end, COMMAND_EXITED);
	assert_int_equal(r->code, 2);
	assert_true(r->wall_ns > 0);
	command_free(c);
}

static void
test_cannot_start(void **unused)
{
	static const struct {
		const char *program;
		const char *want;
	} cases[] = {
		{ "no-such-program-here",
		    "no-such-program-here: no such program in "
		    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"
		    "/bin" },
		{ "/no/such", "/no/such: No such file or directory" },
		{ "/etc/passwd", "/etc/passwd: Permission denied" },
		{ "/etc", "/etc: Permission denied" },
	};
	struct command *c = (struct command *)&cases;
	struct error err;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		const char *argv[] = { cases[i].program, NULL };
		struct command_order o = order_of(argv);

		assert_int_equal(command_run(&c, &o, -1, &err), -1);
		assert_string_equal(err.text, cases[i].want);
		assert_ptr_equal(c, &cases);
	}
	assert_no_child();
}

static void
test_environment(void **unused)
{
	const char *argv[] = { "env", NULL };
	const char *given[] = { "SLURM_CONF=/a b", "LC_ALL=en_US", NULL };
	struct command_order o = order_of(argv);
	struct command *c;

	(void)unused;
	assert_int_equal(setenv("FARM_SECRET", "x", 1), 0);
	c = run(&o);
	assert_string_equal(output_of(c),
	    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"
	    "/bin\nLC_ALL=C\n");
	command_free(c);
	o.environment = given;
	c = run(&o);
	assert_string_equal(output_of(c),
	    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"
	    "/bin\nSLURM_CONF=/a b\nLC_ALL=en_US\n");
	command_free(c);
}

/* ... and a program is looked for in the PATH that is given. */
static void
test_path(void **unused)
{
	const char *argv[] = { "env", NULL };
	const char *given[] = { "PATH=/nowhere::/usr/bin", NULL };
	const char *wrong[] = { "PATH=/nowhere", NULL };
	struct command_order o = order_of(argv);
	struct command *c;
	struct error err;

	(void)unused;
	o.environment = given;
	c = run(&o);
	assert_string_equal(
	    output_of(c), "LC_ALL=C\nPATH=/nowhere::/usr/bin\n");
	command_free(c);
	o.environment = wrong;
	assert_int_equal(command_run(&c, &o, -1, &err), -1);
	assert_string_equal(err.text, "env: no such program in /nowhere");
}

/* Only 0 to 2 are open; no signal is blocked, none ignored but the C library's
   own (32 and 33). */
static void
test_clean(void **unused)
{
	unsigned long long masked = 1, ignored = 1;
	sigset_t all, before;
	struct command *c;
	int open_fd = dup(1), n = 0;

	(void)unused;
	assert_true(open_fd > 2);
	assert_ptr_not_equal(signal(SIGPIPE, SIG_IGN), SIG_ERR);
	sigfillset(&all);
	assert_int_equal(pthread_sigmask(SIG_BLOCK, &all, &before), 0);
	c = run_shell("ls /proc/$$/fd;"
		      "grep -E '^Sig(Blk|Ign)' /proc/self/status");
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
	assert_ptr_not_equal(signal(SIGPIPE, SIG_DFL), SIG_ERR);
	assert_int_equal(
	    sscanf(output_of(c), "0 1 2 SigBlk: %llx SigIgn: %llx%n", &masked,
		&ignored, &n),
	    2);
	assert_true(masked == 0 && (ignored & 0x7fffffff) == 0);
	command_free(c);
	close(open_fd);
}

static void
test_input(void **unused)
{
	const size_t size = 5000000;
	char *bytes = malloc(size);
	const char *cat[] = { "cat", NULL }, *none[] = { "true", NULL };
	struct command_order o = order_of(cat);
	struct command *c;
	size_t i;

	(void)unused;
	assert_non_null(bytes);
	for (i = 0; i < size; i++)
		bytes[i] = (char)(i * 31 >> 3);
	o.input = bytes;
	o.input_size = size;
	o.output_max = size;
	c = run(&o);
	assert_int_equal(command_check(c, NULL), 0);
	assert_int_equal(command_result(c)->output.size, size);
	assert_memory_equal(command_result(c)->output.data, bytes, size);
	command_free(c);
	/* Nobody reads it. */
	o.argv = none;
	c = run(&o);
	assert_int_equal(command_check(c, NULL), 0);
	command_free(c);
	free(bytes);
	/* None at all. */
	o = order_of(cat);
	c = run(&o);
	assert_int_equal(command_check(c, NULL), 0);
	assert_string_equal(output_of(c), "");
	command_free(c);
}

static void
test_floods(void **unused)
{
	static const char *const scripts[] = { "yes", "yes & wait",
		"trap '' TERM; yes", "head -c 70000 /dev/zero | tr '\\0' x" };
	struct command *c;
	struct error err;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(scripts); i++) {
		const char *argv[] = { "sh", "-c", scripts[i], NULL };
		struct command_order o = order_of(argv);

		o.output_max = 65536;
		o.shown = "flood";
		c = run(&o);
		assert_int_equal(command_result(c)->end, COMMAND_FLOODED);
		assert_int_equal(command_result(c)->output.size, 65536);
		assert_int_equal(command_check(c, &err), -1);
		assert_string_equal(err.text, "flood: said more than 64KiB");
		command_free(c);
		assert_no_child();
	}
	/* Exactly as much is not too much. */
	c = run_shell("head -c 1048576 /dev/zero");
	assert_int_equal(command_check(c, NULL), 0);
	command_free(c);
	/* stderr has a bound of its own, which ends nothing. */
	c = run_shell("head -c 3000000 /dev/zero | tr '\\0' x >&2; echo end");
	assert_int_equal(command_check(c, NULL), 0);
	assert_string_equal(output_of(c), "end\n");
	assert_int_equal(command_result(c)->errors.size, COMMAND_ERRORS_MAX);
	command_free(c);
}

static void
test_deadline(void **unused)
{
	static const char *const scripts[] = { "sleep 1000",
		"trap '' TERM; sleep 1000; sleep 1000",
		"trap 'exit 0' TERM; while :; do sleep 0.01; done",
		"sleep 1000 & wait", "exec >&- 2>&-; sleep 1000" };
	struct command *c;
	struct error err;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(scripts); i++) {
		const char *argv[] = { "sh", "-c", scripts[i], NULL };
		struct command_order o = order_of(argv);

		o.deadline_ns = INT64_C(400) * NS_PER_MS;
		o.deadline_ns += clock_mono_ns();
		o.shown = "late";
		c = run(&o);
		assert_int_equal(command_result(c)->end, COMMAND_LATE);
		assert_int_equal(command_check(c, &err), -1);
		assert_int_equal(
		    strncmp(err.text, "late: not over after ", 21), 0);
		command_free(c);
		assert_no_child();
	}
}

/* The whole group goes, also what ignores the first signal. */
static void
test_group_is_killed(void **unused)
{
	const char *argv[] = { "sh", "-c",
		"(trap '' TERM; sleep 1000) & echo $!; wait", NULL };
	struct command_order o = order_of(argv);
	struct command *c;

	(void)unused;
	o.deadline_ns = clock_mono_ns() + 400 * NS_PER_MS;
	c = run(&o);
	assert_int_equal(command_result(c)->end, COMMAND_LATE);
	assert_dies(output_of(c));
	command_free(c);
}

/* A grandchild keeps the pipe: the end is the program's, and all it said is
   there. */
static void
test_pipe_kept_open(void **unused)
{
	struct command *c = run_shell(
	    "sleep 1000 & echo $!; head -c 60000 /dev/zero");

	(void)unused;
	assert_int_equal(command_check(c, NULL), 0);
	assert_true(command_result(c)->output.size > 60000);
	assert_dies(output_of(c));
	command_free(c);
	/* One that left the group is not ours to kill, nor waited for. */
	c = run_shell("setsid sleep 5 & echo $!");
	assert_int_equal(command_check(c, NULL), 0);
	assert_int_equal(kill(atoi(output_of(c)), 0), 0);
	assert_int_equal(kill(atoi(output_of(c)), SIGKILL), 0);
	command_free(c);
}

static void
test_cancel(void **unused)
{
	const char *argv[] = { "sleep", "1000", NULL };
	struct command_order o = order_of(argv);
	struct command *c;
	struct error err;
	int ends[2];

	(void)unused;
	o.deadline_ns = INT64_MAX;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(command_run(&c, &o, ends[0], &err), 0);
	assert_int_equal(command_check(c, &err), -1);
	assert_string_equal(err.text, "sleep 1000: cancelled");
	command_free(c);
	close(ends[0]);
	close(ends[1]);
	/* Or it is simply given up. */
	assert_int_equal(command_start(&c, &o, &err), 0);
	command_free(c);
	assert_no_child();
}

/* Many at once, by their descriptors. */
static void
test_many(void **unused)
{
	struct command *c[20];
	struct pollfd fds[COUNT(c)];
	size_t i, over = 0;
	struct error err;
	char want[16];

	(void)unused;
	for (i = 0; i < COUNT(c); i++) {
		char script[64];
		const char *argv[] = { "sh", "-c", script, NULL };
		struct command_order o = order_of(argv);

		snprintf(script, sizeof(script), "sleep 0.%02zu; echo %zu",
		    COUNT(c) - i, i);
		assert_int_equal(command_start(&c[i], &o, &err), 0);
		fds[i] = (struct pollfd){ .fd = command_fd(c[i]),
			.events = POLLIN };
	}
	while (over < COUNT(c)) {
		assert_true(poll(fds, COUNT(c), 60000) > 0);
		for (i = 0; i < COUNT(c); i++)
			if (fds[i].revents != 0 && command_step(c[i])) {
				fds[i].fd = -1;
				over++;
			}
	}
	for (i = 0; i < COUNT(c); i++) {
		snprintf(want, sizeof(want), "%zu\n", i);
		assert_string_equal(output_of(c[i]), want);
		assert_true(command_step(c[i]));
		command_free(c[i]);
	}
	assert_no_child();
}

/* One that runs for long is heard as it speaks, though nothing else comes. */
static void
test_heard(void **unused)
{
	const char *argv[] = { "sh", "-c",
		"printf a; sleep 0.2; printf b; exec sleep 1000", NULL };
	struct command_order o = order_of(argv);
	struct command *c;
	struct pollfd fd = { .events = POLLIN };
	struct error err;

	(void)unused;
	o.deadline_ns = INT64_MAX;
	assert_int_equal(command_start(&c, &o, &err), 0);
	fd.fd = command_fd(c);
	while (strcmp(output_of(c), "ab") != 0) {
		assert_int_equal(poll(&fd, 1, 60000), 1);
		assert_false(command_step(c));
	}
	command_free(c);
	assert_no_child();
}

static void *
run_some(void *unused)
{
	struct command *c;
	int i;

	(void)unused;
	for (i = 0; i < 25; i++) {
		c = run_shell("cat; echo $$");
		assert_int_equal(command_check(c, NULL), 0);
		command_free(c);
	}
	return NULL;
}

static size_t
open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void
test_threads(void **unused)
{
	size_t before = open_files(), i;
	pthread_t threads[8];

	(void)unused;
	for (i = 0; i < COUNT(threads); i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, run_some, NULL), 0);
	for (i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_no_child();
	assert_int_equal(open_files(), before);
}

/* What a shell makes of a quoted word is the word. */
static void
test_quoting(void **unused)
{
	static const struct {
		const char *word;
		const char *want;
	} cases[] = { { "squeue", "squeue" }, { "-o%i|%P", "'-o%i|%P'" },
		{ "", "''" }, { "it's", "'it'\\''s'" }, { "'", "''\\'''" },
		{ "$HOME `id` \"x\" \\ ;&\n*?~!#",
		    "'$HOME `id` \"x\" \\ ;&\n*?~!#'" } };
	struct buffer b = BUFFER_INIT;
	struct command *c;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		buffer_clear(&b);
		command_quote(&b, cases[i].word);
		assert_string_equal(buffer_text(&b), cases[i].want);
		buffer_clear(&b);
		buffer_puts(&b, "printf %s ");
		command_quote(&b, cases[i].word);
		c = run_shell(buffer_text(&b));
		assert_string_equal(output_of(c), cases[i].word);
		command_free(c);
	}
	buffer_free(&b);
}

static void
test_via(void **unused)
{
	static const struct {
		const char *via;
		const char *want; /* "" = good */
	} cases[] = {
		{ "ssh://head", "" },
		{ "ssh://user@head:2222", "" },
		{ "ssh://a@b@head", "" },
		{ "ssh://[::1]:22", "" },
		{ "head", "\"head\" is not ssh://[USER@]HOST[:PORT]" },
		{ "ssh://", "ssh://: \"\" is not an address such as host:8649, "
			    "[::1]:162 or unix:/run/x" },
		{ "ssh://-oProxyCommand=x", "\"ssh://-oProxyCommand=x\" is not "
					    "ssh://[USER@]HOST[:PORT]" },
		{ "ssh://-l@head",
		    "\"ssh://-l@head\" is not ssh://[USER@]HOST[:PORT]" },
	};
	struct error err;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		err.text[0] = '\0';
		assert_int_equal(remote_check(cases[i].via, &err),
		    cases[i].want[0] != '\0' ? -1 : 0);
		assert_string_equal(err.text, cases[i].want);
	}
}

static void
test_remote_line(void **unused)
{
	const char *const extra[] = { "-i", "/a key" };
	const struct farm_list options = { .items = extra, .n = 2 };
	const char *argv[] = { "squeue", "-o", "%i|%j x", NULL };
	const char *environment[] = { "TZ=UTC", NULL };
	struct arena *arena = arena_new(0);
	const char *const *line;
	struct remote *r;
	struct error err;
	size_t n;

	(void)unused;
	assert_int_equal(
	    remote_open(&r, "ssh://op@head:2222", &options, &err), 0);
	line = remote_argv(r, arena, argv, environment, 30);
	assert_non_null(line);
	assert_string_equal(line[0], "ssh");
	assert_string_equal(line[1], "-i");
	assert_string_equal(line[2], "/a key");
	for (n = 0; line[n + 1] != NULL; n++)
		;
	assert_string_equal(line[n - 1], "head");
	assert_string_equal(line[n - 2], "--");
	assert_string_equal(line[n],
	    "exec timeout -k 1 30 env LC_ALL=C TZ=UTC squeue -o '%i|%j x'");
	remote_close(r);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_apart),
		cmocka_unit_test(test_cannot_start),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_input),
		cmocka_unit_test(test_floods),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_group_is_killed),
		cmocka_unit_test(test_pipe_kept_open),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_heard),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_quoting),
		cmocka_unit_test(test_via),
		cmocka_unit_test(test_remote_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
