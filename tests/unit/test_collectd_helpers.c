/* What the probe cannot ask collectd: where we differ, and what depends on the
   machine. */
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>

#include "engine.h"

#include "unit.h"

static void
test_long_names(void **state)
{
	char text[300], want[400];
	value_list_t vl = { .host = "before" };

	(void)state;
	strcpy(text, "h/p/");
	memset(text + 4, 't', 127);
	text[131] = '\0';
	assert_int_equal(parse_identifier_vl(text, &vl), 0);
	assert_int_equal(strlen(vl.type), 127);
	strcpy(vl.host, "before");
	memset(text + 4, 't', 128);
	text[132] = '\0';
	assert_int_equal(parse_identifier_vl(text, &vl), ENAMETOOLONG);
	assert_string_equal(vl.host, "before");
	snprintf(want, sizeof(want),
	    "\"%s\" is longer than the 127 bytes that "
	    "collectd has for a name",
	    text + 4);
	assert_string_equal(engine_log, want);
}

static void
test_default_host(void **state)
{
	char text[] = "p-a/t-b", host[] = "here";
	char *h, *p, *pi, *t, *ti;

	(void)state;
	assert_int_equal(parse_identifier(text, &h, &p, &pi, &t, &ti, host), 0);
	assert_string_equal(h, "here");
	assert_string_equal(p, "p");
	assert_string_equal(pi, "a");
	assert_string_equal(t, "t");
	assert_string_equal(ti, "b");
}

static oconfig_item_t
item(oconfig_value_t *value)
{
	return (oconfig_item_t){ .key = (char *)(uintptr_t) "Key",
		.values = value,
		.values_num = 1 };
}

/* What collectd cuts or computes without a bound is refused. */
static void
test_options(void **state)
{
	oconfig_value_t text = { .type = OCONFIG_TYPE_STRING };
	oconfig_value_t number = { .type = OCONFIG_TYPE_NUMBER };
	oconfig_item_t a = item(&text), b = item(&number);
	char buffer[4] = "old", long_text[] = "four";
	cdtime_t t = 1;
	int i = 1;

	(void)state;
	text.value.string = long_text;
	assert_int_equal(cf_util_get_string_buffer(&a, buffer, 4), -1);
	assert_string_equal(engine_log, "Key \"four\": longer than 3 bytes");
	assert_string_equal(buffer, "old");
	assert_int_equal(cf_util_get_string_buffer(&a, buffer, 0), EINVAL);
	number.value.number = 1e11;
	assert_int_equal(cf_util_get_int(&b, &i), -1);
	assert_string_equal(
	    engine_log, "the option Key needs a smaller number");
	assert_int_equal(cf_util_get_cdtime(&b, &t), -1);
	number.value.number = NAN;
	assert_int_equal(cf_util_get_int(&b, &i), -1);
	assert_int_equal(cf_util_get_cdtime(&b, &t), -1);
	assert_int_equal(cf_util_get_port_number(&b), -1);
	assert_int_equal(i, 1);
	assert_int_equal(t, 1);
	assert_int_equal(cf_util_get_service(NULL, &(char *){ NULL }), -1);
}

static void
test_random(void **state)
{
	static const struct {
		long min, max;
	} cases[] = { { 0, 1 }, { -3, 3 }, { 5, 5 }, { 7, 2 },
		{ LONG_MIN, LONG_MAX } };
	bool low = false, high = false;
	uint32_t first = cdrand_u();
	size_t i, k, same = 0;
	long n;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		for (k = 0; k < 1000; k++) {
			n = cdrand_range(cases[i].min, cases[i].max);
			assert_true(n >= cases[i].min);
			assert_true(
			    n <= cases[i].max || cases[i].max < cases[i].min);
			low = low || (i == 1 && n == -3);
			high = high || (i == 1 && n == 3);
		}
	assert_true(low && high);
	for (k = 0; k < 1000; k++) {
		same += cdrand_u() == first;
		assert_true(cdrand_d() >= 0 && cdrand_d() < 1);
	}
	assert_true(same < 5);
}

static void
test_complaints(void **state)
{
	c_complain_t c = C_COMPLAIN_INIT_STATIC;

	(void)state;
	engine_log[0] = '\0';
	c_do_release(LOG_INFO, &c, "not yet");
	assert_string_equal(engine_log, "");
	c_complain(LOG_ERR, &c, "broken %d", 1);
	assert_string_equal(engine_log, "broken 1");
	c_complain(LOG_ERR, &c, "broken %d", 2);
	assert_string_equal(engine_log, "broken 1");
	/* Ten seconds later, the next pause is of twenty. */
	c.last -= TIME_T_TO_CDTIME_T(11);
	c_complain(LOG_ERR, &c, "broken %d", 3);
	assert_string_equal(engine_log, "broken 3");
	assert_int_equal(c.interval, TIME_T_TO_CDTIME_T(20));
	c.last = 0;
	c.interval = TIME_T_TO_CDTIME_T(80000);
	c_complain(LOG_ERR, &c, "broken %d", 4);
	assert_int_equal(c.interval, TIME_T_TO_CDTIME_T(86400));
	c_release(LOG_INFO, &c, "whole");
	assert_string_equal(engine_log, "whole");
	c_complain_once(LOG_ERR, &c, "once %d", 1);
	assert_string_equal(engine_log, "once 1");
	c.last = 0;
	c_complain_once(LOG_ERR, &c, "once %d", 2);
	assert_string_equal(engine_log, "once 1");
	c_release(LOG_INFO, &c, "whole again");
	c_complain_once(LOG_ERR, &c, "once %d", 3);
	assert_string_equal(engine_log, "once 3");
}

/* More than a pipe holds, through ends that do not block. */
static void
test_pipe(void **state)
{
	static char out[300000], in[300000];
	size_t i;
	pid_t child;
	int ends[2], status;

	(void)state;
	for (i = 0; i < sizeof(out); i++)
		out[i] = (char)(i * 7);
	assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(ends[0]);
		_exit(swrite(ends[1], out, sizeof(out)) != 0);
	}
	close(ends[1]);
	assert_int_equal(sread(ends[0], in, sizeof(in)), 0);
	assert_memory_equal(in, out, sizeof(in));
	assert_int_not_equal(sread(ends[0], in, 1), 0);
	assert_int_equal(errno, ECONNRESET);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_not_equal(swrite(-1, out, 1), 0);
	assert_int_not_equal(swrite(ends[0], out, 1), 0);
}

static void
test_sockets(void **state)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 0;
	socklen_t size = sizeof(on);

	(void)state;
	assert_true(fd >= 0);
	set_sock_opts(fd);
	assert_int_equal(
	    getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &size), 0);
	assert_int_equal(on, 1);
	close(fd);
	engine_log[0] = '\0';
	set_sock_opts(-1);
	assert_string_equal(engine_log, "socket -1: Bad file descriptor");
	assert_int_equal(service_name_to_port_number("8125"), 8125);
	assert_int_equal(service_name_to_port_number(NULL), -1);
}

/* As the kernel shows it in CapEff. */
static void
test_capability(void **state)
{
	unsigned long long effective = 0;
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");
	int i;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "CapEff: %llx", &effective) == 1)
			break;
	fclose(f);
	for (i = 0; i < 64; i++)
		assert_int_equal(
		    check_capability(i) == 0, (effective >> i & 1) != 0);
	assert_int_equal(check_capability(-1), -1);
	assert_int_equal(check_capability(64), -1);
}

static void
test_notification(void **state)
{
	notification_t n;

	(void)state;
	memset(&n, 0x55, sizeof(n));
	assert_int_equal(notification_init(
			     &n, NOTIF_WARNING, "m", "h", "p", NULL, "t", "ti"),
	    0);
	assert_int_equal(n.severity, NOTIF_WARNING);
	assert_string_equal(n.message, "m");
	assert_string_equal(n.plugin_instance, "");
	assert_string_equal(n.type_instance, "ti");
	assert_null(n.meta);
	assert_int_equal(n.time, 0);
}

static void
test_clock(void **state)
{
	cdtime_t now = cdtime();
	time_t seconds = time(NULL);

	(void)state;
	assert_in_range(now >> 30, seconds - 2, seconds + 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_default_host),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_complaints),
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_sockets),
		cmocka_unit_test(test_capability),
		cmocka_unit_test(test_notification),
		cmocka_unit_test(test_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
