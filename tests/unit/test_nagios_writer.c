/* The writer `nagios', with a spool folder of the test's, and a pipe. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "fake_host.h"
#include "unit.h"

#define NOW_NS (INT64_C(1795206240) * NS_PER_S)

extern const struct farm_entry farm_module;

struct fixture {
	struct fake_host *fake;
	char folder[40];
	struct buffer told;
	uint64_t position;
};

static void
set_up(struct fixture *f, const char *of)
{
	*f = (struct fixture){ .fake = fake_new(&farm_module),
		.folder = "/tmp/farm-spool-XXXXXX" };
	assert_non_null(mkdtemp(f->folder));
	f->fake->now_ns = NOW_NS;
	fake_options(f->fake, "spool", f->folder, "of", of, "warning", "5",
	    "critical", "10", NULL);
	assert_int_equal(fake_open(f->fake), 0);
}

static void
tear_down(struct fixture *f)
{
	fake_free(f->fake);
	buffer_free(&f->told);
	(void)rmdir(f->folder);
}

static void
take_file(struct fixture *f, const char *name)
{
	char path[100], text[8192];
	size_t n;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", f->folder, name);
	file = fopen(path, "re");
	assert_non_null(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	for (char *line = strtok(text, "\n"); line != NULL;
	     line = strtok(NULL, "\n"))
		if (strncmp(line, "host_name=", 10) == 0 ||
		    strncmp(line, "service_description=", 20) == 0 ||
		    strncmp(line, "return_code=", 12) == 0 ||
		    strncmp(line, "output=", 7) == 0)
			buffer_printf(&f->told, "%s;", strchr(line, '=') + 1);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(path, sizeof(path), "%s/%s.ok", f->folder, name);
	assert_int_equal(unlink(path), 0);
}

/* What Nagios would read: host, service, state, output of each. */
static const char *
told(struct fixture *f)
{
	DIR *d = opendir(f->folder);
	struct dirent *e;

	buffer_clear(&f->told);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] == 'c' && strlen(e->d_name) == 7)
			take_file(f, e->d_name);
	closedir(d);
	return buffer_text(&f->told);
}

static uint32_t
series_of(struct fixture *f, const char *node, const char *name,
    const char *unit, const char *warn)
{
	const struct farm_label label = { "warn", warn };

	return farm_series(&f->fake->host, NULL, .cluster = "c", .node = node,
	    .parameter = name, .kind = FARM_GAUGE, .unit = unit,
	    .labels = &label, .n_labels = warn[0] != '\0');
}

static int
put(struct fixture *f, struct farm_value *values, size_t n, int64_t time_ns)
{
	struct farm_record r = { .position = ++f->position,
		.time_ns = time_ns,
		.instance = "c/m",
		.type = FARM_RESULT,
		.n_values = (uint32_t)n,
		.values = values };
	const struct farm_batch batch = { &r, 1 };

	return fake_write(f->fake, &batch);
}

static int
put_one(struct fixture *f, uint32_t series, struct farm_value v)
{
	v.series = series;
	return put(f, &v, 1, NOW_NS);
}

/* What is the same is not told again so soon, another state is at once. */
static void
test_values(void **unused)
{
	struct fixture f;
	uint32_t s, t;

	(void)unused;
	set_up(&f, "values");
	s = series_of(&f, "n1", "a b", "ms", "");
	t = series_of(&f, "n1", "word", "", "");
	assert_int_equal(put_one(&f, s, farm_double(4.5)), FARM_DONE);
	assert_string_equal(
	    told(&f), "n1;a b;0;OK - a b is 4.5 ms | 'a b'=4.5ms;5;10;");
	assert_int_equal(put_one(&f, s, farm_double(3)), FARM_DONE);
	assert_string_equal(told(&f), "");
	assert_int_equal(put_one(&f, s, farm_double(7)), FARM_DONE);
	assert_string_equal(
	    told(&f), "n1;a b;1;WARNING - a b is 7 ms | 'a b'=7ms;5;10;");
	assert_int_equal(put_one(&f, s, farm_int64(70)), FARM_DONE);
	assert_string_equal(
	    told(&f), "n1;a b;2;CRITICAL - a b is 70 ms | 'a b'=70ms;5;10;");
	/* Texts are no numbers, and what is old says nothing of now. */
	assert_int_equal(put_one(&f, t, farm_text("x", 1)), FARM_DONE);
	assert_int_equal(
	    put(&f,
		&(struct farm_value){
		    .series = s, .type = FARM_DOUBLE, .number = 1 },
		1, NOW_NS - 3600 * NS_PER_S),
	    FARM_DONE);
	assert_string_equal(told(&f), "");
	tear_down(&f);
}

static void
test_names(void **unused)
{
	struct fixture f;
	uint32_t s;

	(void)unused;
	set_up(&f, "values");
	s = series_of(&f, "n1", "a;b", "", "");
	assert_int_equal(put_one(&f, s, farm_double(1)), FARM_DONE);
	assert_int_equal(put_one(&f, s, farm_double(1)), FARM_DONE);
	assert_string_equal(told(&f), "");
	assert_int_equal(f.fake->n_logs, 1);
	assert_string_equal(f.fake->logs[0].text,
	    "\"a;b\": a service with ; or | or a tab is nothing for Nagios: "
	    "left out");
	tear_down(&f);
}

static void
test_checks(void **unused)
{
	struct farm_value values[9];
	struct fixture f;

	(void)unused;
	set_up(&f, "checks");
	values[0] = farm_int64(1);
	values[0].series = series_of(&f, "n1", "A_state", "", "");
	values[1] = farm_int64(0);
	values[1].series = series_of(&f, "n1", "A_hard_state", "", "");
	values[2] = farm_text("slow | bad\\", 11);
	values[2].series = series_of(&f, "n1", "A_output", "", "");
	values[3] = farm_text("two\nthree", 9);
	values[3].series = series_of(&f, "n1", "A_long_output", "", "");
	values[4] = farm_double(1.5);
	values[4].series = series_of(&f, "n1", "A_time", "s", "1:");
	/* Another check, whose name begins with that of the first. */
	values[5] = farm_int64(2);
	values[5].series = series_of(&f, "n1", "A_B_state", "", "");
	values[6] = farm_double(7);
	values[6].series = series_of(&f, "n1", "A_B_x", "By", "");
	values[7] = farm_int64(3);
	values[7].series = series_of(&f, "n1", "host_state", "", "");
	values[8] = farm_int64(9);
	values[8].series = series_of(&f, "n1", "C_state", "", "");
	assert_int_equal(put(&f, values, COUNT(values), NOW_NS), FARM_DONE);
	assert_string_equal(told(&f),
	    "n1;A;1;slow _ bad\\\\ | time=1.5s;1:;\\ntwo\\nthree;"
	    "n1;A_B;2; | x=7B;;;"
	    "n1;1;;");
	tear_down(&f);
}

static void
test_command_file(void **unused)
{
	char path[] = "/tmp/farm-pipe-XXXXXX", said[8192];
	char *text = calloc(1, 20000);
	struct fake_host *fake = fake_new(&farm_module);
	struct fixture f = { .fake = fake };
	struct farm_value v[2];
	ssize_t n;
	int fd;

	(void)unused;
	assert_non_null(text);
	memset(text, 'x', 19999);
	close(mkstemp(path));
	fake->now_ns = NOW_NS;
	fake_options(fake, "command_file", path, "of", "checks", NULL);
	assert_int_equal(fake_open(fake), 0);
	v[0] = farm_int64(0);
	v[0].series = series_of(&f, "n1", "A_state", "", "");
	v[1] = farm_text(text, 19999);
	v[1].series = series_of(&f, "n1", "A_output", "", "");
	assert_int_equal(put(&f, v, 2, NOW_NS), FARM_AGAIN);
	assert_non_null(strstr(fake_failure(fake), ": is no pipe"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(put(&f, v, 2, NOW_NS), FARM_AGAIN);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(put(&f, v, 2, NOW_NS), FARM_AGAIN);
	assert_non_null(strstr(
	    fake_failure(fake), ": nobody reads it: is Nagios running?"));
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(put(&f, v, 2, NOW_NS), FARM_DONE);
	/* In one piece, however long it was. */
	n = read(fd, said, sizeof(said));
	assert_int_equal(n, 4096);
	assert_int_equal(said[n - 1], '\n');
	said[60] = '\0';
	assert_string_equal(said,
	    "[1795206240] PROCESS_SERVICE_CHECK_RESULT;n1;A;0;xxxxxxxxxxx");
	close(fd);
	fake_free(fake);
	(void)unlink(path);
	free(text);
}

#define SLOW_LINES 60
#define SLOW_TRIES 1000

/* Nagios at its leisure: how often it was told of which service. */
struct slow {
	FILE *pipe;
	size_t times[SLOW_LINES];
};

static void *
read_slowly(void *context)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	struct slow *slow = context;
	char line[PIPE_BUF + 1];
	unsigned i;

	while (fgets(line, sizeof(line), slow->pipe) != NULL) {
		assert_int_equal(sscanf(line, "%*[^;];n1;s%2u", &i), 1);
		assert_true(i < SLOW_LINES);
		slow->times[i]++;
		(void)nanosleep(&pause, NULL);
	}
	return NULL;
}

/* Of so many services, with names that fill a small pipe. */
static int
put_slow(struct fixture *f, struct farm_value *values)
{
	char name[200];

	for (int i = 0; i < SLOW_LINES; i++) {
		(void)snprintf(name, sizeof(name), "s%02d%0150d", i, 0);
		values[i] = farm_double(1);
		values[i].series = series_of(f, "n1", name, "", "");
	}
	/* The same batch each time. */
	f->position = 0;
	return put(f, values, SLOW_LINES, NOW_NS);
}

/* A batch takes the timeout at most, however often a line is read; and what was
   handed over by then is not again, even where each value is told. */
static void
test_slow_reader(void **unused)
{
	char folder[] = "/tmp/farm-pipe-XXXXXX", path[60];
	struct fixture f = { .fake = fake_new(&farm_module) };
	struct farm_value values[SLOW_LINES];
	struct slow slow = { .pipe = NULL };
	pthread_t thread;
	int kept, tries = 1;

	(void)unused;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/nagios.cmd", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	/* Between two batches the pipe has no end. */
	kept = open(path, O_RDWR | O_CLOEXEC);
	assert_true(kept >= 0 && fcntl(kept, F_SETPIPE_SZ, PIPE_BUF) > 0);
	slow.pipe = fopen(path, "re");
	assert_non_null(slow.pipe);
	f.fake->now_ns = NOW_NS;
	fake_options(f.fake, "command_file", path, "every", "0s", "timeout",
	    "100ms", NULL);
	assert_int_equal(fake_open(f.fake), 0);
	assert_int_equal(pthread_create(&thread, NULL, read_slowly, &slow), 0);
	assert_int_equal(put_slow(&f, values), FARM_AGAIN);
	assert_non_null(strstr(fake_failure(f.fake),
	    "nagios.cmd: no room in time: does Nagios read it?"));
	while (put_slow(&f, values) != FARM_DONE)
		assert_true(++tries < SLOW_TRIES);
	(void)close(kept);
	assert_int_equal(pthread_join(thread, NULL), 0);
	for (int i = 0; i < SLOW_LINES; i++)
		assert_int_equal(slow.times[i], 1);
	(void)fclose(slow.pipe);
	fake_free(f.fake);
	(void)unlink(path);
	(void)rmdir(folder);
}

static void
test_check(void **unused)
{
	static const struct {
		const char *name;
		const char *value;
		const char *want;
	} cases[] = {
		{ "of", "values",
		    "one of command_file, spool, nsca and nrdp says where to" },
		{ "nsca", "localhost", "password: is missing" },
		{ "nrdp", "ftp://x", "nrdp: \"ftp://x\" begins with neither" },
		{ "nrdp", "http://x", "token: is missing" },
	};
	struct fake_host *fake;

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		fake = fake_new(&farm_module);
		fake_options(fake, cases[i].name, cases[i].value, NULL);
		assert_int_equal(fake_check(fake), -1);
		if (strstr(fake_failure(fake), cases[i].want) == NULL)
			fail_msg("%s", fake_failure(fake));
		fake_free(fake);
	}
	fake = fake_new(&farm_module);
	fake_options(fake, "spool", "/tmp", "warning", "x", NULL);
	assert_int_equal(fake_check(fake), -1);
	assert_non_null(strstr(fake_failure(fake), "warning: \"x\" is no"));
	fake_options(fake, "warning", "1", "host", "{nobody}", NULL);
	assert_int_equal(fake_check(fake), -1);
	assert_int_equal(strncmp(fake_failure(fake), "host: ", 6), 0);
	fake_free(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_command_file),
		cmocka_unit_test(test_slow_reader),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
