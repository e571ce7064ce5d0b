/* libfarm-send, as a program finds it: by its header alone. */
#include <farm/send.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "unit.h"

static char folder[] = "/tmp/test_send.XXXXXX";
static char host[HOST_NAME_MAX + 1];

/* --- the other end --- */

static int
listen_on(int type, char *to, size_t size, const char *format)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t length = sizeof(a);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &length), 0);
	snprintf(to, size, format, ntohs(a.sin_port));
	return fd;
}

/* What comes next, ending in NUL; -1 if nothing is there, at once. */
static ssize_t
receive(int fd, char *to, size_t size)
{
	ssize_t n = recv(fd, to, size - 1, MSG_DONTWAIT);

	to[n < 0 ? 0 : n] = '\0';
	return n;
}

static void
wait_for(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };

	assert_int_equal(poll(&p, 1, 30000), 1);
}

/* --- events --- */

/* Everything behind the date, which is checked for its shape. */
static const char *
behind_date(const char *line)
{
	char want[HOST_NAME_MAX + 16];
	size_t i;

	assert_memory_equal(line, "DATE=20", 7);
	for (i = 7; i < 26; i++)
		if (i == 19)
			assert_int_equal(line[i], '.');
		else
			assert_in_range(line[i], '0', '9');
	snprintf(want, sizeof(want), " HOST=%s ", host);
	assert_memory_equal(line + 26, want, strlen(want));
	return line + 26 + strlen(want);
}

static struct farm_logger *
logger(const char *to, size_t buffer, unsigned flags)
{
	struct farm_send_error err = { "" };
	struct farm_logger *l = farm_logger_open(
	    "test", to, buffer, flags, &err);

	if (l == NULL)
		fail_msg("%s: %s", to, err.text);
	return l;
}

#define LINE(LEVEL, EVENT, ...)                                                \
	(farm_logger_clear(l),                                                 \
	    assert_int_equal(                                                  \
		farm_logger_write(l, LEVEL, EVENT, __VA_ARGS__), 0),           \
	    behind_date(farm_logger_memory(l, NULL)))

static void
test_fields(void **unused)
{
	struct farm_logger *l = logger("memory:", 0, 0);
	const char *volatile nothing = NULL;

	(void)unused;
	assert_string_equal(LINE(NULL, "WriteData", "SEND.SZ=%d", 49332),
	    "PROG=test LVL=Usage NL.EVNT=WriteData SEND.SZ=49332\n");
	assert_string_equal(LINE("Error", NULL, NULL), "PROG=test LVL=Error\n");
	assert_string_equal(LINE(NULL, "e", "A=%s B=%s C=%.2s D=word  E=%c",
				"a \"b\" \\", nothing, "xyz", 'q'),
	    "PROG=test LVL=Usage NL.EVNT=e A=\"a \\\"b\\\" \\\\\" B=(null) "
	    "C=xy D=word E=q\n");
	assert_string_equal(
	    LINE(NULL, "e", "A=%hhd B=%ld C=%lld D=%zu E=%ju F=%5u G=%#x",
		(signed char)-1, LONG_MIN, LLONG_MAX, (size_t)7, (uintmax_t)8,
		9u, 255u),
	    "PROG=test LVL=Usage NL.EVNT=e A=-1 B=-9223372036854775808 "
	    "C=9223372036854775807 D=7 E=8 F=9 G=0xff\n");
	assert_string_equal(LINE(NULL, "e", "A=%.3f B=%g C=%Lg D=%-9.1e", 1.5,
				1e300, (long double)2, 12.0),
	    "PROG=test LVL=Usage NL.EVNT=e A=1.500 B=1e+300 C=2 D=1.2e+01\n");
	assert_int_equal(farm_logger_written(l), 5);
	assert_int_equal(farm_logger_close(l), 0);
	assert_int_equal(farm_logger_close(NULL), 0);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void
test_bad_fields(void **unused)
{
	static const struct {
		const char *fields;
		const char *want;
	} cases[] = {
		{ "word", "\"word\" is no word and no single conversion of "
			  "printf()" },
		{ "A=%d%d", "\"A=%d%d\" is no word and no single conversion of "
			    "printf()" },
		{ "A=x%d", "\"A=x%d\" is no word and no single conversion of "
			   "printf()" },
		{ "A=%*d", "\"A=%*d\" is no word and no single conversion of "
			   "printf()" },
		{ "A=%n", "\"A=%n\" is no word and no single conversion of "
			  "printf()" },
		{ "A=%ls", "\"A=%ls\" is no word and no single conversion of "
			   "printf()" },
		{ "A=%100d", "\"A=%100d\" is no word and no single conversion "
			     "of printf()" },
		{ "A=%", "\"A=%\" is no word and no single conversion of "
			 "printf()" },
		{ "A/B=1", "\"A/B\" cannot be the name of a field" },
		{ "=1", "\"\" cannot be the name of a field" },
	};
	struct farm_logger *l = logger("memory:", 0, 0);

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
		    farm_logger_write(l, NULL, "e", cases[i].fields, 1, 2), -1);
		assert_string_equal(farm_logger_error(l), cases[i].want);
		assert_int_equal(farm_logger_lost(l), i + 1);
	}
	assert_string_equal(farm_logger_memory(l, NULL), "");
	assert_int_equal(farm_logger_write(l, NULL, "a\nb", NULL), -1);
	assert_string_equal(farm_logger_error(l),
	    "NL.EVNT: byte 2 is a control character (10)");
	assert_int_equal(farm_logger_close(l), -1);
}

#pragma GCC diagnostic pop

static void
test_memory_is_bounded(void **unused)
{
	struct farm_logger *l = logger("memory:", 1000, 0);
	size_t size, n = 0;

	(void)unused;
	while (farm_logger_write(l, NULL, "e", "N=%zu", n) == 0)
		n++;
	assert_in_range(n, 5, 15);
	assert_string_equal(farm_logger_error(l), "the memory is full");
	(void)farm_logger_memory(l, &size);
	assert_in_range(size, 800, 1000);
	farm_logger_clear(l);
	assert_int_equal(farm_logger_write(l, NULL, "e", NULL), 0);
	assert_int_equal(farm_logger_close(l), -1);
}

static size_t
lines_in(const char *path)
{
	FILE *f = fopen(path, "re");
	size_t n = 0;
	int c;

	assert_non_null(f);
	while ((c = getc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return n;
}

static void
test_file(void **unused)
{
	char to[100], *path = to + 5;
	struct farm_logger *l;

	(void)unused;
	snprintf(to, sizeof(to), "file:%s/log", folder);
	l = logger(to, 1000, 0);
	assert_int_equal(farm_logger_write(l, NULL, "e", NULL), 0);
	assert_int_equal(lines_in(path), 0);
	assert_int_equal(farm_logger_flush(l), 0);
	assert_int_equal(lines_in(path), 1);
	/* Full before the hundredth. */
	for (int i = 0; i < 99; i++)
		assert_int_equal(farm_logger_write(l, NULL, "e", NULL), 0);
	assert_in_range(lines_in(path), 80, 99);
	assert_int_equal(farm_logger_close(l), 0);
	assert_int_equal(lines_in(path), 100);
	l = logger(to, 0, 0);
	assert_int_equal(farm_logger_write(l, NULL, "e", NULL), 0);
	assert_int_equal(farm_logger_close(l), 0);
	assert_int_equal(lines_in(path), 101);
}

static void
test_full_disk(void **unused)
{
	struct farm_logger *l = logger("file:/dev/full", 0, 0);

	(void)unused;
	assert_int_equal(farm_logger_write(l, NULL, "e", NULL), 0);
	assert_int_equal(farm_logger_flush(l), -1);
	assert_string_equal(
	    farm_logger_error(l), "/dev/full: No space left on device");
	assert_int_equal(farm_logger_close(l), -1);
}

static int
read_fifo(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* Nobody reads any more: an error, and no end of the program. */
static void
test_fifo_without_reader(void **unused)
{
	char path[100], to[110], want[120], got[2000];
	struct farm_logger *l;
	ssize_t size;
	int fd;

	(void)unused;
	assert_true(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
	snprintf(path, sizeof(path), "%s/fifo", folder);
	snprintf(to, sizeof(to), "file:%s", path);
	snprintf(want, sizeof(want), "%s: Broken pipe", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = read_fifo(path);
	l = logger(to, 0, 0);
	close(fd);
	assert_int_equal(farm_logger_write(l, NULL, "e", NULL), 0);
	assert_int_equal(farm_logger_flush(l), -1);
	assert_string_equal(farm_logger_error(l), want);
	/* It waited for the next one. */
	fd = read_fifo(path);
	assert_int_equal(farm_logger_flush(l), 0);
	size = read(fd, got, sizeof(got) - 1);
	assert_true(size > 0);
	got[size] = '\0';
	assert_string_equal(
	    behind_date(got), "PROG=test LVL=Usage NL.EVNT=e\n");
	assert_int_equal(farm_logger_close(l), 0);
	close(fd);
}

static void
test_syslog(void **unused)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char to[sizeof(a.sun_path) + 8], got[2000];
	struct farm_logger *l;

	(void)unused;
	snprintf(a.sun_path, sizeof(a.sun_path), "%s/syslog", folder);
	snprintf(to, sizeof(to), "syslog:%s", a.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	l = logger(to, 0, 0);
	assert_int_equal(farm_logger_write(l, "Error", "e", "A=1"), 0);
	assert_true(receive(fd, got, sizeof(got)) > 0);
	assert_memory_equal(got, "<11>test: ", 10);
	assert_string_equal(
	    behind_date(got + 10), "PROG=test LVL=Error NL.EVNT=e A=1\n");
	close(fd);
	/* Who reads it is gone, and there again. */
	assert_int_equal(farm_logger_write(l, NULL, "e", "A=2"), -1);
	assert_int_equal(farm_logger_lost(l), 1);
	unlink(a.sun_path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(farm_logger_write(l, NULL, "e", "A=3"), 0);
	assert_true(receive(fd, got, sizeof(got)) > 0);
	assert_memory_equal(got, "<14>test: ", 10);
	assert_int_equal(farm_logger_close(l), -1);
	close(fd);
}

static void
test_datagrams(void **unused)
{
	char to[100], got[2000];
	int fd = listen_on(SOCK_DGRAM, to, sizeof(to), "udp://127.0.0.1:%d");
	struct farm_logger *l = logger(to, 0, 0);
	size_t lines = 0, datagrams = 0;
	ssize_t size;

	(void)unused;
	for (int i = 0; i < 100; i++)
		assert_int_equal(farm_logger_write(l, NULL, "e", "N=%d", i), 0);
	assert_int_equal(farm_logger_flush(l), 0);
	while ((size = receive(fd, got, sizeof(got))) > 0) {
		assert_in_range(size, 1, 1400);
		assert_int_equal(got[size - 1], '\n');
		for (char *p = got; (p = strchr(p, '\n')) != NULL; p++)
			lines++;
		datagrams++;
	}
	assert_int_equal(lines, 100);
	assert_in_range(datagrams, 3, 20);
	/* Nobody there costs those that nobody read, and no error. */
	close(fd);
	assert_int_equal(farm_logger_write(l, NULL, "e", NULL), 0);
	assert_int_equal(farm_logger_flush(l), 0);
	assert_int_equal(farm_logger_close(l), 0);
}

static void
test_connection(void **unused)
{
	char to[100], got[2000];
	int fd = listen_on(SOCK_STREAM, to, sizeof(to), "tcp://127.0.0.1:%d");
	struct farm_logger *l = logger(to, 0, 0);
	int one = accept(fd, NULL, NULL), tries;

	(void)unused;
	assert_int_equal(farm_logger_write(l, NULL, "e", "N=1"), 0);
	assert_int_equal(farm_logger_flush(l), 0);
	wait_for(one);
	assert_true(receive(one, got, sizeof(got)) > 0);
	assert_string_equal(
	    behind_date(got), "PROG=test LVL=Usage NL.EVNT=e N=1\n");
	/* The other side closes it: some calls later it is made anew. */
	close(one);
	for (tries = 0; tries < 100; tries++) {
		struct pollfd p = { fd, POLLIN, 0 };

		(void)farm_logger_write(l, NULL, "e", "N=2");
		(void)farm_logger_flush(l);
		if (poll(&p, 1, 100) == 1)
			break;
	}
	one = accept4(fd, NULL, NULL, SOCK_NONBLOCK);
	assert_true(one >= 0);
	assert_int_equal(farm_logger_write(l, NULL, "e", "N=3"), 0);
	assert_int_equal(farm_logger_close(l), 0);
	wait_for(one);
	assert_true(receive(one, got, sizeof(got)) > 0);
	assert_non_null(strstr(got, " N=3\n"));
	close(one);
	close(fd);
}

/* Who does not read costs events, and no time. */
static void
test_nonblock(void **unused)
{
	char to[100], text[1000];
	int fd = listen_on(SOCK_STREAM, to, sizeof(to), "tcp://127.0.0.1:%d");
	struct farm_logger *l = logger(to, 0, FARM_LOGGER_NONBLOCK);
	int i, rest = 0;

	(void)unused;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < 100000 && rest < 100; i++)
		rest += farm_logger_write(l, NULL, "e", "T=%s", text) != 0;
	assert_int_equal(rest, 100);
	assert_string_equal(farm_logger_error(l), "nobody takes what is sent");
	assert_int_equal(farm_logger_lost(l), 100);
	assert_int_equal(farm_logger_close(l), -1);
	close(fd);
}

static void
test_loggers_refused(void **unused)
{
	static const struct {
		const char *program;
		const char *to;
		const char *want;
	} cases[] = {
		{ "test", "x",
		    "\"x\": there is memory:, file:, syslog:, "
		    "udp:// and tcp://" },
		{ "test", "http://x",
		    "\"http://x\": there is memory:, file:, "
		    "syslog:, udp:// and tcp://" },
		{ "test", "file:/nonexistent/x",
		    "/nonexistent/x: No such file or directory" },
		{ "test", "syslog:/nonexistent",
		    "/nonexistent: No such file or directory" },
		{ "test", "tcp://127.0.0.1:1",
		    "port 1: 127.0.0.1: Connection refused" },
		{ "te\nst",
		    "memory:", "PROG: byte 3 is a control character (10)" },
	};
	struct farm_send_error err;

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_null(farm_logger_open(
		    cases[i].program, cases[i].to, 0, 0, &err));
		assert_string_equal(err.text, cases[i].want);
		assert_null(farm_logger_open(
		    cases[i].program, cases[i].to, 0, 0, NULL));
	}
}

/* --- values --- */

static size_t
recorded(const char *name, uint8_t *to, size_t size)
{
	char path[512];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), TEST_DATA "/apmon/%s", name);
	f = fopen(path, "re");
	assert_non_null(f);
	while (n < size && fscanf(f, "%2hhx", &to[n]) == 1)
		n++;
	fclose(f);
	return n;
}

/* Instance ids are drawn; all else is as ApMon's C client sent it. */
static void
assert_recorded(int fd, const char *name, uint8_t instance[4])
{
	uint8_t want[2000], got[2000];
	size_t size = recorded(name, want, sizeof(want));
	ssize_t n = receive(fd, (char *)got, sizeof(got));

	assert_int_equal(n, size);
	if (memcmp(instance, "\0\0\0", 4) == 0)
		memcpy(instance, got + 20, 4);
	memcpy(want + 20, instance, 4);
	assert_memory_equal(got, want, size);
}

static void
add_four(struct farm_sender *s, int32_t time_s)
{
	assert_int_equal(
	    farm_sender_begin(s, "TestCluster", "node1", time_s), 0);
	assert_int_equal(farm_sender_int32(s, "an_int", 42), 0);
	assert_int_equal(farm_sender_float(s, "a_float", 1.5f), 0);
	assert_int_equal(farm_sender_double(s, "a_double", 3.25), 0);
	assert_int_equal(farm_sender_text(s, "a_string", "hello"), 0);
	assert_int_equal(farm_sender_send(s), 0);
}

static void
test_as_the_c_client(void **unused)
{
	uint8_t instance[4] = { 0 };
	char to[100];
	int fd = listen_on(SOCK_DGRAM, to, sizeof(to), "127.0.0.1:%d secret");
	struct farm_sender *s = farm_sender_new();

	(void)unused;
	assert_int_equal(farm_sender_add(s, to), 0);
	farm_sender_begin(s, "TestCluster", "node1", 0);
	farm_sender_int32(s, "an_int", 42);
	assert_int_equal(farm_sender_send(s), 0);
	farm_sender_begin(s, "TestCluster", "node1", 0);
	farm_sender_double(s, "a_double", 3.25);
	assert_int_equal(farm_sender_send(s), 0);
	add_four(s, 0);
	add_four(s, 1700000000);
	farm_sender_begin(s, "TestCluster", "vm", 0);
	farm_sender_int32(s, "neg", -123456789);
	assert_int_equal(farm_sender_send(s), 0);
	assert_recorded(fd, "c_001.hex", instance);
	assert_recorded(fd, "c_002.hex", instance);
	assert_recorded(fd, "c_003.hex", instance);
	assert_recorded(fd, "c_004.hex", instance);
	assert_recorded(fd, "c_005.hex", instance);
	assert_int_equal(farm_sender_sent(s), 5);
	farm_sender_free(s);
	farm_sender_free(NULL);
	close(fd);
}

/* A call is one datagram, or several with the next numbers. */
static void
test_split(void **unused)
{
	char to[100], got[2000], name[20];
	int fd = listen_on(SOCK_DGRAM, to, sizeof(to), "127.0.0.1:%d");
	struct farm_sender *s = farm_sender_new();
	ssize_t size;
	int n;

	(void)unused;
	assert_int_equal(farm_sender_add(s, to), 0);
	assert_int_equal(farm_sender_begin(s, NULL, NULL, 5), 0);
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "name%d", i);
		assert_int_equal(farm_sender_int64(s, name, INT64_MAX - i), 0);
	}
	assert_int_equal(farm_sender_send(s), 0);
	for (n = 0; (size = receive(fd, got, sizeof(got))) > 0; n++) {
		assert_in_range(size, 1, 1400);
		assert_non_null(
		    memmem(got, (size_t)size, "ApMon_UserSend", 14));
		assert_non_null(memmem(got, (size_t)size, host, strlen(host)));
		/* Behind "v:2.2.2p:" and the instance. */
		assert_int_equal(got[23], n);
	}
	assert_in_range(n, 4, 8);
	assert_int_equal(farm_sender_sent(s), n);
	farm_sender_free(s);
	close(fd);
}

static int
write_config(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs(text, f);
	return fclose(f);
}

static int
send_one(struct farm_sender *s)
{
	assert_int_equal(farm_sender_begin(s, "c", "n", 0), 0);
	assert_int_equal(farm_sender_int32(s, "p", 1), 0);
	return farm_sender_send(s);
}

static void
test_configuration(void **unused)
{
	char a[50], b[50], path[100], text[400], got[2000];
	int first = listen_on(SOCK_DGRAM, a, sizeof(a), "127.0.0.1:%d");
	int second = listen_on(SOCK_DGRAM, b, sizeof(b), "127.0.0.1:%d");
	struct farm_sender *s = farm_sender_new();

	(void)unused;
	snprintf(path, sizeof(path), "%s/destinations.conf", folder);
	snprintf(text, sizeof(text),
	    "# ours\n\n%s secret # comment\r\n  %s\n"
	    "xApMon_sys_monitoring = on\nxApMon_maxMsgRate = 2\n",
	    a, b);
	assert_int_equal(write_config(path, text), 0);
	assert_int_equal(farm_sender_read(s, path), 0);
	assert_int_equal(send_one(s), 0);
	assert_true(receive(first, got, sizeof(got)) > 0);
	assert_memory_equal(got + 4, "v:2.2.2p:secret", 15);
	assert_true(receive(second, got, sizeof(got)) > 0);
	assert_memory_equal(got + 4, "v:2.2.2p:\0", 10);
	/* Two a second: the third is one too many, unless the test is slow. */
	for (int i = 0; i < 1000 && farm_sender_dropped(s) == 0; i++)
		assert_in_range(send_one(s), 0, 1);
	assert_int_equal(farm_sender_dropped(s), 1);
	farm_sender_rate(s, 0);
	assert_int_equal(send_one(s), 0);
	farm_sender_free(s);
	close(first);
	close(second);
}

/* Until the file's news are there: it is looked at once a second. */
static void
send_until(struct farm_sender *s, int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };

	for (int i = 0; i < 600; i++) {
		assert_int_equal(send_one(s), 0);
		if (poll(&p, 1, 50) == 1)
			return;
	}
	fail_msg("nothing came");
}

static void
test_configuration_changes(void **unused)
{
	static const char more[] =
	    "xApMon_maxMsgRate=0\nxApMon_conf_recheck = on\n"
	    "xApMon_recheck_interval = 1\n";
	char a[50], b[50], path[100], text[400], got[2000];
	int first = listen_on(SOCK_DGRAM, a, sizeof(a), "127.0.0.1:%d");
	int second = listen_on(SOCK_DGRAM, b, sizeof(b), "127.0.0.1:%d");
	struct farm_sender *s = farm_sender_new();
	uint32_t last = 0;

	(void)unused;
	snprintf(path, sizeof(path), "%s/changing.conf", folder);
	snprintf(text, sizeof(text), "%s\n%s", a, more);
	assert_int_equal(write_config(path, text), 0);
	assert_int_equal(farm_sender_read(s, path), 0);
	send_until(s, first);
	snprintf(text, sizeof(text), "%s\nnonsense:x\n%s", b, more);
	assert_int_equal(write_config(path, text), 0);
	while (receive(first, got, sizeof(got)) > 0)
		;
	send_until(s, first);
	snprintf(text, sizeof(text), "%s\n%s", b, more);
	assert_int_equal(write_config(path, text), 0);
	send_until(s, second);
	/* The numbers went on. */
	assert_true(receive(second, got, sizeof(got)) > 0);
	memcpy(&last, got + 20, 4);
	assert_true(ntohl(last) >= 2);
	farm_sender_free(s);
	close(first);
	close(second);
}

/* The number in the last datagram that came, behind a password of so many
   bytes. */
static uint32_t
last_number(int fd, size_t password)
{
	size_t header = sizeof("v:2.2.2p:") - 1 + password;
	char got[2000];
	uint32_t number = UINT32_MAX;

	while (receive(fd, got, sizeof(got)) > 0)
		memcpy(&number, got + 4 + (header + 3) / 4 * 4 + 4, 4);
	return ntohl(number);
}

/* Each destination goes on where it was, wherever in the file it stands now:
   a password takes room, so there is more to number. */
static void
test_numbers_of_each(void **unused)
{
	char a[50], b[50], path[100], text[400], name[20];
	int first = listen_on(SOCK_DGRAM, a, sizeof(a), "127.0.0.1:%d");
	int second = listen_on(SOCK_DGRAM, b, sizeof(b), "127.0.0.1:%d");
	struct farm_sender *s = farm_sender_new();

	(void)unused;
	snprintf(path, sizeof(path), "%s/changing.conf", folder);
	snprintf(text, sizeof(text), "%s\n%s %0200d\n", a, b, 0);
	assert_int_equal(write_config(path, text), 0);
	assert_int_equal(farm_sender_read(s, path), 0);
	assert_int_equal(farm_sender_begin(s, "c", "n", 0), 0);
	for (int i = 100; i < 300; i++) {
		snprintf(name, sizeof(name), "name%d", i);
		assert_int_equal(farm_sender_int64(s, name, i), 0);
	}
	assert_int_equal(farm_sender_send(s), 0);
	assert_int_equal(last_number(first, 0), 3);
	assert_int_equal(last_number(second, 200), 4);
	snprintf(text, sizeof(text), "%s %0200d\n%s\n", b, 0, a);
	assert_int_equal(write_config(path, text), 0);
	assert_int_equal(farm_sender_read(s, path), 0);
	assert_int_equal(send_one(s), 0);
	assert_int_equal(last_number(first, 0), 4);
	assert_int_equal(last_number(second, 200), 5);
	farm_sender_free(s);
	close(first);
	close(second);
}

static void
test_senders_refused(void **unused)
{
	static const struct {
		const char *text;
		const char *want; /* of the file, behind its path */
	} cases[] = {
		{ "", ": no destination" },
		{ "# only this\n", ": no destination" },
		{ "\nlocalhost:0\n", ":2: \"localhost:0\" is not HOST[:PORT]" },
		{ "localhost:x\n", ":1: \"localhost:x\" is not HOST[:PORT]" },
		{ "localhost:65536", ":1: \"localhost:65536\" is not "
				     "HOST[:PORT]" },
		{ "[::1\n", ":1: \"[::1\" is not HOST[:PORT]" },
		{ "localhost a b\n", ":1: \"b\" stands behind the password" },
		{ "xApMon_maxMsgRate\n", ":1: \"maxMsgRate\" has no value" },
		{ "xApMon_maxMsgRate=x\n", ":1: xApMon_maxMsgRate cannot be "
					   "\"x\"" },
		{ "xApMon_conf_recheck=x\n",
		    ":1: xApMon_conf_recheck cannot be \"x\"" },
	};
	struct farm_sender *s = farm_sender_new();
	char path[100], want[300];

	(void)unused;
	assert_int_equal(farm_sender_send(s), -1);
	assert_string_equal(farm_sender_error(s), "nothing was begun");
	assert_int_equal(send_one(s), -1);
	assert_string_equal(farm_sender_error(s), "no destination");
	assert_int_equal(farm_sender_read(s, "/nonexistent"), -1);
	assert_string_equal(
	    farm_sender_error(s), "/nonexistent: No such file or directory");
	snprintf(path, sizeof(path), "%s/bad.conf", folder);
	for (size_t i = 0; i < COUNT(cases); i++) {
		write_config(path, cases[i].text);
		assert_int_equal(farm_sender_read(s, path), -1);
		snprintf(want, sizeof(want), "%s%s", path, cases[i].want);
		assert_string_equal(farm_sender_error(s), want);
	}
	assert_int_equal(farm_sender_add(s, "[::1]:8884"), 0);
	assert_int_equal(farm_sender_begin(s, "c", "n", 0), 0);
	assert_int_equal(farm_sender_int32(s, "", 1), 0);
	assert_int_equal(farm_sender_send(s), -1);
	assert_string_equal(farm_sender_error(s), "a parameter without a name");
	farm_sender_free(s);
}

/* --- all --- */

static int
make_folder(void **unused)
{
	(void)unused;
	return gethostname(host, sizeof(host)) == 0 && mkdtemp(folder) != NULL
		   ? 0
		   : -1;
}

static int
remove_folder(void **unused)
{
	static const char *const names[] = { "log", "fifo", "syslog",
		"destinations.conf", "changing.conf", "bad.conf" };
	char path[100];

	(void)unused;
	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_bad_fields),
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_fifo_without_reader),
		cmocka_unit_test(test_syslog),
		cmocka_unit_test(test_datagrams),
		cmocka_unit_test(test_connection),
		cmocka_unit_test(test_nonblock),
		cmocka_unit_test(test_loggers_refused),
		cmocka_unit_test(test_as_the_c_client),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_configuration),
		cmocka_unit_test(test_configuration_changes),
		cmocka_unit_test(test_numbers_of_each),
		cmocka_unit_test(test_senders_refused),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
