/* The collector icmp on a network of its own: 127.0.0.0/8 answers,
   198.18.0.0/15 is silent, 203.0.113.0/24 is refused by the system. */
#include "fake_host.h"

#include <arpa/inet.h>
#include <linux/capability.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "own_net.h"
#include "unit.h"

extern const struct farm_entry farm_module;

/* A router behind a cable, 192.0.2.1, that says what it cannot reach, for as
   long as this program runs. */
static const char router[] =
    "unshare -n tail --pid=$PPID -f /dev/null >/dev/null 2>&1 & "
    "pid=$!\n"
    "until [ $(readlink /proc/$pid/ns/net) != $(readlink /proc/$$/ns/net) ]\n"
    "do sleep 0.01; done\n"
    "set -e\n"
    "ip link add cable type veth peer name cable netns $pid\n"
    "ip addr add 192.0.2.2/24 dev cable\n"
    "ip -6 addr add 2001:db8:1::2/64 dev cable nodad\n"
    "ip link set cable up\n"
    "nsenter -t $pid -n sh -ec '\n"
    "ip addr add 192.0.2.1/24 dev cable\n"
    "ip -6 addr add 2001:db8:1::1/64 dev cable nodad\n"
    "ip link set cable up\n"
    "echo 1 >/proc/sys/net/ipv4/ip_forward\n"
    "echo 0 >/proc/sys/net/ipv4/icmp_ratelimit\n"
    "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding\n"
    "ip route add unreachable 198.51.100.0/25\n"
    "ip route add prohibit 198.51.100.128/25\n"
    "ip -6 route add prohibit 2001:db8:2::/64'\n"
    "ip route add 198.51.100.0/24 via 192.0.2.1\n"
    "ip -6 route add 2001:db8:2::/64 via 2001:db8:1::1\n";

#define ALIVE 1800
#define SILENT 200

/* An integer or duration among the module's options. */
static void
set(struct fake_host *fake, const char *name, int64_t value)
{
	const struct farm_option *o = farm_module.descriptor->options;

	for (; o->name != NULL; o++)
		if (strcmp(o->name, name) == 0) {
			memcpy((char *)fake_state(fake) + o->offset, &value,
			    sizeof(value));
			return;
		}
	fail_msg("no option %s", name);
}

static struct fake_host *
new_icmp(int64_t count)
{
	struct fake_host *fake = fake_new(&farm_module);

	set(fake, "count", count);
	set(fake, "spacing", 20 * NS_PER_MS);
	set(fake, "timeout", 400 * NS_PER_MS);
	set(fake, "size", 56);
	set(fake, "rate", 0);
	set(fake, "resolve", 60 * NS_PER_S);
	fake->deadline_ns = clock_mono_ns() + 60 * NS_PER_S;
	return fake;
}

static struct fake_host *
open_icmp(int64_t count)
{
	struct fake_host *fake = new_icmp(count);

	if (fake_open(fake) != 0)
		fail_msg("open: %s", fake_failure(fake));
	return fake;
}

static void
check_alive(struct fake_host *fake, const char *node, double count)
{
	assert_true(fake_value(fake, node, "loss") == 0);
	assert_true(fake_find(fake, node, "sent")->value.int64 == count);
	assert_true(fake_find(fake, node, "received")->value.int64 == count);
	assert_int_equal(fake_find(fake, node, "duplicates")->value.int64, 0);
	assert_string_equal(fake_text(fake, node, "status"), "ok");
	assert_false(fake_find(fake, node, "filtered")->value.boolean);
	assert_true(fake_value(fake, node, "rtt_min") >= 0);
	assert_true(
	    fake_value(fake, node, "rtt_min") <= fake_value(fake, node, "rtt"));
	assert_true(
	    fake_value(fake, node, "rtt") <= fake_value(fake, node, "rtt_max"));
	assert_true(fake_value(fake, node, "rtt_max") < 400);
	assert_true(fake_value(fake, node, "rtt_min") <=
		    fake_value(fake, node, "rtt_median"));
	assert_true(fake_has(fake, node, "rtt_stddev") == (count > 1));
	assert_true(fake_has(fake, node, "jitter") == (count > 1));
	assert_int_equal(fake_find(fake, node, "reordered")->value.int64, 0);
	assert_int_equal(fake_find(fake, node, "late")->value.int64, 0);
}

static void
check_lost(struct fake_host *fake, const char *node, const char *status)
{
	assert_true(fake_value(fake, node, "loss") == 100);
	assert_int_equal(fake_find(fake, node, "received")->value.int64, 0);
	assert_string_equal(fake_text(fake, node, "status"), status);
	assert_false(fake_find(fake, node, "filtered")->value.boolean);
	assert_false(fake_has(fake, node, "rtt"));
	assert_false(fake_has(fake, node, "rtt_stddev"));
}

/* No outage: answered by way of `via', or nothing is known (NULL). */
static void
check_filtered(struct fake_host *fake, const char *node, const char *via)
{
	static const char *const never[] = { "loss", "sent", "received",
		"rtt_min", "jitter" };
	size_t i;

	assert_string_equal(fake_text(fake, node, "status"), "filtered");
	assert_true(fake_find(fake, node, "filtered")->value.boolean);
	for (i = 0; i < COUNT(never); i++)
		assert_false(fake_has(fake, node, never[i]));
	assert_true(fake_has(fake, node, "rtt") == (via != NULL));
	assert_true(fake_has(fake, node, "via") == (via != NULL));
	if (via != NULL)
		assert_string_equal(fake_text(fake, node, "via"), via);
}

static void
test_some_kinds_of_target(void **unused)
{
	static const struct {
		const char *address;
		const char *status; /* "ok": answers; NULL: fails */
	} cases[] = {
		{ "127.0.0.1", "ok" },
		{ "::1", "ok" },
		{ "localhost", "ok" },
		{ "198.18.0.1", "no answer" },
		{ "203.0.113.1", "No route to host" },
		{ "2001:db8::1", "Network is unreachable" },
		{ "no-such-name.invalid", NULL },
	};
	struct farm_target *targets[COUNT(cases)];
	struct fake_host *fake = open_icmp(3);
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++)
		targets[i] = fake_target(fake, "c", cases[i].address, "");
	assert_int_equal(fake_collect_many(fake, targets, COUNT(cases)), 0);
	for (i = 0; i < COUNT(cases); i++)
		if (cases[i].status == NULL)
			assert_int_equal(fake_count(fake, cases[i].address), 0);
		else if (strcmp(cases[i].status, "ok") == 0)
			check_alive(fake, cases[i].address, 3);
		else
			check_lost(fake, cases[i].address, cases[i].status);
	assert_int_equal(fake->n_dones, COUNT(cases));
	for (i = 0; i < fake->n_dones; i++)
		assert_int_equal(fake->dones[i].failed,
		    fake->dones[i].target == targets[COUNT(cases) - 1]);
	fake_free(fake);
}

static struct farm_target **
many_targets(struct fake_host *fake)
{
	struct farm_target **targets;
	char address[32];
	int i;

	targets = calloc(ALIVE + SILENT, sizeof(struct farm_target *));
	assert_non_null(targets);
	for (i = 0; i < ALIVE + SILENT; i++) {
		snprintf(address, sizeof(address), "%s.%d.%d",
		    i % 10 == 9 ? "198.18" : "127.1", i / 250, 1 + i % 250);
		targets[i] = fake_target(fake, "c", address, "");
	}
	return targets;
}

static void
test_two_thousand(void **unused)
{
	struct fake_host *fake = open_icmp(2);
	struct farm_target **targets = many_targets(fake);
	size_t i;

	(void)unused;
	assert_int_equal(fake_collect_many(fake, targets, ALIVE + SILENT), 0);
	assert_int_equal(fake->n_dones, ALIVE + SILENT);
	for (i = 0; i < fake->n_dones; i++)
		if (fake->dones[i].failed)
			fail_msg("%s", fake->dones[i].text);
	for (i = 0; i < ALIVE + SILENT; i++)
		if (i % 10 == 9)
			check_lost(fake, targets[i]->node, "no answer");
		else
			check_alive(fake, targets[i]->node, 2);
	free(targets);
	fake_free(fake);
}

/* Targets that come due while a call is running, and one that comes twice. */
static void
test_more_and_again(void **unused)
{
	struct fake_host *fake = open_icmp(1);
	struct farm_target *a = fake_target(fake, "c", "a", "127.0.0.1");
	struct farm_target *b = fake_target(fake, "c", "b", "127.0.0.2");
	int round;

	(void)unused;
	for (round = 1; round <= 2; round++) {
		fake_due(fake, b);
		assert_int_equal(fake_collect_many(fake, &a, 1), 0);
		assert_int_equal(fake->n_dones, 2 * round);
		check_alive(fake, "a", 1);
	}
	check_alive(fake, "b", 1);
	fake_free(fake);
}

/* A silent target would take 0.4 s; the host does not want to wait. */
static void
test_end(void **unused)
{
	struct fake_host *fake = open_icmp(1);
	struct farm_target *silent = fake_target(fake, "c", "198.18.0.1", "");

	(void)unused;
	fake_end(fake);
	assert_int_equal(fake_collect_many(fake, &silent, 1), 0);
	assert_int_equal(fake->n_values, 0);
	assert_int_equal(fake->n_dones, 0);
	fake_free(fake);
}

static void
test_deadline(void **unused)
{
	struct fake_host *fake = open_icmp(1);
	struct farm_target *a = fake_target(fake, "c", "127.0.0.1", "");

	(void)unused;
	fake->deadline_ns = clock_mono_ns() + 55 * NS_PER_MS;
	assert_int_equal(fake_collect_many(fake, &a, 1), 0);
	assert_int_equal(fake->n_dones, 1);
	assert_true(fake->dones[0].failed);
	assert_string_equal(fake->dones[0].text,
	    "no probe before the deadline: count, spacing or rate (0/s) "
	    "do not fit the interval");
	fake_free(fake);
}

static void
test_pace(void **unused)
{
	struct farm_target *targets[50];
	struct fake_host *fake = open_icmp(1);
	int64_t began_ns;
	char node[16];
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(targets); i++) {
		snprintf(node, sizeof(node), "127.2.0.%zu", i + 1);
		targets[i] = fake_target(fake, "c", node, "");
	}
	set(fake, "rate", 500);
	began_ns = clock_mono_ns();
	assert_int_equal(fake_collect_many(fake, targets, COUNT(targets)), 0);
	assert_true(clock_mono_ns() - began_ns >= 95 * NS_PER_MS);
	assert_int_equal(fake->n_dones, COUNT(targets));
	fake_free(fake);
}

static void
test_router(void **unused)
{
	static const char *const statuses[][2] = {
		{ "192.0.2.1", "ok" },
		{ "2001:db8:1::1", "ok" },
		{ "198.51.100.1", "host unreachable" },
		{ "198.51.100.129", "administratively prohibited" },
		{ "2001:db8:2::1", "administratively prohibited" },
	};
	struct farm_target *targets[COUNT(statuses)];
	struct fake_host *fake = open_icmp(1);
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(statuses); i++)
		targets[i] = fake_target(fake, "c", statuses[i][0], "");
	assert_int_equal(fake_collect_many(fake, targets, COUNT(statuses)), 0);
	for (i = 0; i < 2; i++)
		check_alive(fake, statuses[i][0], 1);
	for (; i < COUNT(statuses); i++)
		check_lost(fake, statuses[i][0], statuses[i][1]);
	fake_free(fake);
}

/* Raw sockets need the capability at the time they are opened. */
static void
allow_raw(bool allowed)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];
	uint32_t bit = UINT32_C(1) << CAP_NET_RAW;

	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	data[0].effective &= ~bit;
	data[0].effective |= allowed ? bit : 0;
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

static void
test_no_permission(void **unused)
{
	struct fake_host *fake = new_icmp(3);
	struct farm_target *targets[2];
	int64_t began_ns;

	(void)unused;
	allow_raw(false);
	assert_int_equal(fake_open(fake), 0);
	allow_raw(true);
	assert_int_equal(fake->n_logs, 1);
	assert_string_equal(fake->logs[0].text,
	    "IPv4: no permission to ping: needs the capability CAP_NET_RAW, "
	    "or the process's group within the sysctl "
	    "net.ipv4.ping_group_range");
	targets[0] = fake_target(fake, "c", "127.0.0.1", "");
	targets[1] = fake_target(fake, "c", "198.18.0.1", "");
	set(fake, "spacing", 30 * NS_PER_S); /* there is but one of each */
	began_ns = clock_mono_ns();
	assert_int_equal(fake_collect_many(fake, targets, 2), 0);
	assert_true(clock_mono_ns() - began_ns < 20 * NS_PER_S);
	check_filtered(fake, "127.0.0.1", "udp");
	check_filtered(fake, "198.18.0.1", NULL);
	fake_free(fake);
}

static void
test_order_of_protocols(void **unused)
{
	static const struct {
		const char *via;
		const char *address;
		const char *status;
		const char *answered; /* by way of; NULL: lost */
	} cases[] = {
		{ "icmp", "127.0.0.1", "no answer", NULL },
		{ "[icmp, udp]", "127.0.0.1", "filtered", "udp" },
		{ "[icmp, udp]", "::1", "filtered", "udp" },
		{ "[icmp, udp]", "localhost", "filtered", "udp" },
		{ "[icmp, tcp]", "127.0.0.1", "filtered", "tcp" },
		{ "[icmp, tcp, udp]", "::1", "filtered", "tcp" },
		{ "[icmp, udp, tcp]", "198.18.0.1", "no answer", NULL },
		{ "[icmp, tcp]", "203.0.113.1", "No route to host", NULL },
		{ "udp", "127.0.0.1", "ok", "udp" },
		{ "tcp", "::1", "ok", "tcp" },
		{ "tcp", "198.51.100.1", "host unreachable", NULL },
	};
	size_t i;

	(void)unused;
	own_net_run("echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all");
	own_net_run("echo 1 >/proc/sys/net/ipv6/icmp/echo_ignore_all");
	for (i = 0; i < COUNT(cases); i++) {
		struct fake_host *fake = new_icmp(2);
		const char *node = cases[i].address;
		struct farm_target *target = fake_target(fake, "c", node, "");

		fake_options(fake, "via", cases[i].via, NULL);
		assert_int_equal(fake_open(fake), 0);
		assert_int_equal(fake_collect_many(fake, &target, 1), 0);
		if (cases[i].answered == NULL)
			check_lost(fake, node, cases[i].status);
		else if (strcmp(cases[i].status, "ok") == 0)
			check_alive(fake, node, 2);
		else
			check_filtered(fake, node, cases[i].answered);
		if (cases[i].answered != NULL)
			assert_string_equal(
			    fake_text(fake, node, "via"), cases[i].answered);
		fake_free(fake);
	}
	own_net_run("echo 0 >/proc/sys/net/ipv4/icmp_echo_ignore_all");
	own_net_run("echo 0 >/proc/sys/net/ipv6/icmp/echo_ignore_all");
}

static void
test_bad_order(void **unused)
{
	static const char *const cases[][2] = {
		{ "[icmp, smtp]", "via: \"smtp\" is none of icmp, udp, tcp" },
		{ "[udp, icmp, udp]", "via: \"udp\" stands there twice" },
		{ "[]", "via: is empty" },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		struct fake_host *fake = new_icmp(1);

		fake_options(fake, "via", cases[i][0], NULL);
		assert_int_equal(fake_open(fake), -1);
		assert_string_equal(fake_failure(fake), cases[i][1]);
		fake_free(fake);
	}
}

/* ------------------------------------------------------- a name server -- */

/* Stands before the system's, by the linker: what begins with "hang" gets no
   answer until the end, and "moves.test" is where we say. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool released;
	char moves_to[32];
} names = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER };

int __real_getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **ret);
int __wrap_getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **ret);

int
__wrap_getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **ret)
{
	bool numeric = hints->ai_flags & AI_NUMERICHOST;
	char address[sizeof(names.moves_to)];

	pthread_mutex_lock(&names.lock);
	while (!numeric && strncmp(node, "hang", 4) == 0 && !names.released)
		pthread_cond_wait(&names.changed, &names.lock);
	strcpy(address, names.moves_to);
	pthread_mutex_unlock(&names.lock);
	if (!numeric && strcmp(node, "moves.test") == 0)
		node = address;
	return __real_getaddrinfo(node, service, hints, ret);
}

static void
tell_names(const char *moves_to, bool released)
{
	pthread_mutex_lock(&names.lock);
	strcpy(names.moves_to, moves_to);
	names.released = released;
	pthread_cond_broadcast(&names.changed);
	pthread_mutex_unlock(&names.lock);
}

/* More names without an answer than are looked up at a time: nobody else is
   held up, and an address outlives its name server. */
static void
test_hanging_names(void **unused)
{
	enum { HANGING = 12 };
	struct fake_host *fake = open_icmp(1);
	struct farm_target *targets[HANGING + 2];
	char name[16];
	size_t i;

	(void)unused;
	tell_names("127.0.0.9", false);
	targets[0] = fake_target(fake, "c", "127.0.0.1", "");
	targets[1] = fake_target(fake, "c", "moves.test", "");
	for (i = 2; i < COUNT(targets); i++) {
		snprintf(name, sizeof(name), "hang%zu.test", i);
		targets[i] = fake_target(fake, "c", name, "");
	}
	assert_int_equal(fake_collect_many(fake, targets, 2), 0);
	set(fake, "resolve", 1); /* old at once */
	fake->deadline_ns = clock_mono_ns() + NS_PER_S;
	fake_collect_many(fake, targets + 2, HANGING);
	fake_clear(fake);
	fake->deadline_ns = clock_mono_ns() + NS_PER_S;
	assert_int_equal(fake_collect_many(fake, targets, COUNT(targets)), 0);
	assert_int_equal(fake->n_dones, COUNT(targets));
	/* Those with an address were first, and did not wait for the rest. */
	for (i = 0; i < fake->n_dones; i++) {
		assert_int_equal(fake->dones[i].failed, i >= 2);
		if (i >= 2)
			assert_non_null(strstr(fake->dones[i].text,
			    "no answer from the name server yet"));
	}
	check_alive(fake, "127.0.0.1", 1);
	check_alive(fake, "moves.test", 1);
	tell_names("127.0.0.9", true);
	fake_free(fake);
}

static void
test_moving_name(void **unused)
{
	struct fake_host *fake = open_icmp(1);
	struct farm_target *target = fake_target(fake, "c", "moves.test", "");
	int64_t end_ns = clock_mono_ns() + 30 * NS_PER_S;

	(void)unused;
	tell_names("127.0.0.9", true);
	fake->deadline_ns = INT64_MAX;
	set(fake, "resolve", 1);
	assert_int_equal(fake_collect_many(fake, &target, 1), 0);
	check_alive(fake, "moves.test", 1);
	tell_names("198.18.0.1", true); /* silent */
	do {
		assert_true(clock_mono_ns() < end_ns);
		fake_clear(fake);
		assert_int_equal(fake_collect_many(fake, &target, 1), 0);
	} while (strcmp(fake_text(fake, "moves.test", "status"), "ok") == 0);
	check_lost(fake, "moves.test", "no answer");
	tell_names("::1", true);
	do {
		assert_true(clock_mono_ns() < end_ns);
		fake_clear(fake);
		assert_int_equal(fake_collect_many(fake, &target, 1), 0);
	} while (strcmp(fake_text(fake, "moves.test", "status"), "ok") != 0);
	fake_free(fake);
}

/* More connections than there is room for at a time. */
static void
test_tcp_in_turns(void **unused)
{
	enum { N = 600 };
	struct fake_host *fake = new_icmp(1);
	struct farm_target *targets[N];
	char address[32];
	size_t i;

	(void)unused;
	fake_options(fake, "via", "tcp", "timeout", "50ms", NULL);
	assert_int_equal(fake_open(fake), 0);
	for (i = 0; i < N; i++) {
		snprintf(address, sizeof(address), "198.18.%zu.%zu", i / 250,
		    1 + i % 250);
		targets[i] = fake_target(fake, "c", address, "");
	}
	assert_int_equal(fake_collect_many(fake, targets, N), 0);
	assert_int_equal(fake->n_dones, N);
	for (i = 0; i < N; i++)
		check_lost(fake, targets[i]->node, "no answer");
	fake_free(fake);
}

static void
test_unprivileged(void **unused)
{
	static const char *const addresses[] = { "127.0.0.1", "::1" };
	struct farm_target *targets[6];
	struct fake_host *fake = new_icmp(1);
	size_t i;

	(void)unused;
	own_net_run("echo 0 0 >/proc/sys/net/ipv4/ping_group_range");
	allow_raw(false);
	assert_int_equal(fake_open(fake), 0);
	allow_raw(true);
	for (i = 0; i < 2; i++)
		targets[i] = fake_target(fake, "c", addresses[i], "");
	targets[2] = fake_target(fake, "c", "198.18.0.1", "");
	targets[3] = fake_target(fake, "c", "203.0.113.1", "");
	targets[4] = fake_target(fake, "c", "2001:db8:2::1", "");
	targets[5] = fake_target(fake, "c", "198.51.100.129", "");
	assert_int_equal(fake_collect_many(fake, targets, 6), 0);
	check_lost(fake, "198.51.100.129", "administratively prohibited");
	check_lost(fake, "2001:db8:2::1", "administratively prohibited");
	check_alive(fake, "127.0.0.1", 1);
	check_alive(fake, "::1", 1);
	check_lost(fake, "198.18.0.1", "no answer");
	check_lost(fake, "203.0.113.1", "No route to host");
	fake_free(fake);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_some_kinds_of_target),
		cmocka_unit_test(test_two_thousand),
		cmocka_unit_test(test_more_and_again),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_router),
		cmocka_unit_test(test_no_permission),
		cmocka_unit_test(test_order_of_protocols),
		cmocka_unit_test(test_bad_order),
		cmocka_unit_test(test_hanging_names),
		cmocka_unit_test(test_moving_name),
		cmocka_unit_test(test_tcp_in_turns),
		cmocka_unit_test(test_unprivileged),
	};
	int rc = own_net(argv);

	(void)argc;
	if (rc != 0)
		return rc;
	own_net_run("ip route add 198.18.0.0/15 dev lo");
	own_net_run("ip route add unreachable 203.0.113.0/24");
	own_net_run(router);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
