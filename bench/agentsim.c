/*
 * agentsim - thousands of SNMP agents in one process, for tests and figures:
 * each address of 127/8 is one.  --help says the rest.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "agents.h"
#include "clock.h"
#include "traffic.h"

#define USERS_MAX 16
#define WAITING_BYTES ((size_t)256 << 20)
#define MIN_SIZE 484 /* RFC 3417 3.2.1 */

/* Letters of getopt: faults are 256 and on. */
#define FIRST_FAULT 256

struct settings {
	struct agents_options agents;
	struct traffic_options traffic;
	struct faults faults;
	struct agents_user users[USERS_MAX];
};

static const struct option own_options[] = {
	{ "port", required_argument, NULL, 'p' },
	{ "interfaces", required_argument, NULL, 'i' },
	{ "max-size", required_argument, NULL, 'm' },
	{ "community", required_argument, NULL, 'c' },
	{ "user", required_argument, NULL, 'u' },
	{ "delay", required_argument, NULL, 'd' },
	{ "seed", required_argument, NULL, 's' },
	{ "help", no_argument, NULL, 'h' },
};

#define OWN_OPTIONS (sizeof(own_options) / sizeof(own_options[0]))

static void
help(void)
{
	char option[64];
	size_t i;

	fputs(
	    "usage: agentsim [OPTION]...\n"
	    "\n"
	    "SNMP agents on every address of 127/8, all of them with the\n"
	    "system group, IF-MIB, HOST-RESOURCES-MIB and UCD-SNMP-MIB.\n"
	    "Says \"listening\" once it does; prints counters as one line of\n"
	    "JSON when it is terminated.\n"
	    "\n"
	    "  --port N                UDP port (default 161)\n"
	    "  --interfaces N          of each agent (default 20)\n"
	    "  --max-size BYTES        of an answer (default 1472)\n"
	    "  --community TEXT        of v1 and v2c (default public)\n"
	    "  --user NAME[:AUTH:PASSWORD[:PRIV:PASSWORD]]\n"
	    "                          of v3, up to 16; AUTH: md5 sha1 sha224\n"
	    "                          sha256 sha384 sha512; PRIV: des aes128\n"
	    "                          aes192 aes256 aes192c aes256c\n"
	    "  --delay DURATION        of all answers (default 0s)\n"
	    "  --seed N                of what happens by chance (default 1)\n"
	    "\n"
	    "Faults; WHO is a share such as 10%, spread evenly over the\n"
	    "addresses, or a list of addresses, prefixes and ranges A-B.\n"
	    "\n",
	    stdout);
	for (i = 0; i < FAULTS; i++) {
		snprintf(option, sizeof(option), "--%s %s%s%s",
		    fault_names[i].name, i < FAULT_LOSS ? "WHO" : "SHARE",
		    fault_names[i].argument != NULL ? ":" : "",
		    fault_names[i].argument != NULL ? fault_names[i].argument
						    : "");
		printf("  %-27s %s\n", option, fault_names[i].help);
	}
}

static int
number(const char *what, const char *text, unsigned long min, unsigned long max,
    unsigned long *ret, struct error *err)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || n < min || n > max)
		return error_set(err,
		    "--%s: \"%s\" is no number from %lu to %lu", what, text,
		    min, max);
	*ret = n;
	return 0;
}

static int
add_user(struct settings *s, const char *text, struct error *err)
{
	if (s->agents.n_users == USERS_MAX)
		return error_set(err, "more than %d users", USERS_MAX);
	if (agents_user_parse(&s->users[s->agents.n_users], text, err) != 0)
		return -1;
	s->agents.n_users++;
	return 0;
}

static int
set(struct settings *s, int letter, const char *text, struct error *err)
{
	unsigned long n = 0;
	int status = 0;

	switch (letter) {
	case 'p':
		status = number("port", text, 1, 65535, &n, err);
		s->traffic.port = (uint16_t)n;
		break;
	case 'i':
		status = number("interfaces", text, 0, 100000, &n, err);
		s->agents.interfaces = (unsigned)n;
		break;
	case 'm':
		status = number(
		    "max-size", text, MIN_SIZE, DATAGRAM_MAX, &n, err);
		s->agents.max_size = n;
		break;
	case 's':
		status = number("seed", text, 0, UINT32_MAX, &n, err);
		s->faults.random = n;
		break;
	case 'c':
		s->agents.community = text;
		break;
	case 'd':
		status = duration_parse(text, &s->traffic.delay_ns, err);
		break;
	case 'u':
		status = add_user(s, text, err);
		break;
	default:
		status = faults_parse(
		    &s->faults, (enum fault)(letter - FIRST_FAULT), text, err);
	}
	return status;
}

/* 0, or the code to end with. */
static int
parse(struct settings *s, int argc, char **argv)
{
	struct option options[OWN_OPTIONS + FAULTS + 1] = { 0 };
	struct error err;
	int letter, i;

	memcpy(options, own_options, sizeof(own_options));
	for (i = 0; i < FAULTS; i++)
		options[OWN_OPTIONS + (size_t)i] = (struct option){
			fault_names[i].name, required_argument, NULL,
			FIRST_FAULT + i
		};
	while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (letter == 'h') {
			help();
			exit(0);
		}
		if (letter == '?')
			return 64;
		if (set(s, letter, optarg, &err) != 0) {
			fprintf(stderr, "agentsim: %s\n", err.text);
			return 64;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "agentsim: \"%s\" is too much\n", argv[optind]);
		return 64;
	}
	return 0;
}

static void
print_counts(const struct agents_counts *a, const struct traffic_counts *t)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	printf("{\"received\": %" PRIu64 ", \"answered\": %" PRIu64
	       ", \"varbinds\": %" PRIu64 ", \"sent\": %" PRIu64
	       ", \"sent_bytes\": %" PRIu64 ", \"send_errors\": %" PRIu64
	       ", \"reports\": %" PRIu64 ", \"malformed\": %" PRIu64
	       ", \"refused\": %" PRIu64 ", \"failed\": %" PRIu64
	       ", \"dead\": %" PRIu64 ", \"lost\": %" PRIu64
	       ", \"delayed\": %" PRIu64 ", \"overflow\": %" PRIu64
	       ", \"cpu_s\": %.3f}\n",
	    t->received, a->answered, a->varbinds, t->sent, t->sent_bytes,
	    t->send_errors, a->reports, a->malformed, a->refused, a->failed,
	    t->dead, t->lost, t->delayed, t->overflow,
	    (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
		(double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6);
}

/* Until a signal ends it. */
static void
serve(struct traffic *t, int signals)
{
	struct pollfd fds[] = { { .fd = traffic_fd(t), .events = POLLIN },
		{ .fd = signals, .events = POLLIN } };
	struct timespec wait;
	int64_t due_ns;

	while (!(fds[1].revents & POLLIN)) {
		traffic_step(t, clock_mono_ns());
		due_ns = traffic_due(t, clock_mono_ns());
		wait.tv_sec = due_ns / NS_PER_S;
		wait.tv_nsec = due_ns % NS_PER_S;
		(void)ppoll(fds, 2, due_ns < 0 ? NULL : &wait, NULL);
	}
}

static int
catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int
run(struct settings *s)
{
	struct agents *agents = NULL;
	struct traffic *traffic = NULL;
	int signals = catch_signals(), code = 1;
	struct error err;

	s->agents.users = s->users;
	if (agents_new(&agents, &s->agents, &s->faults, &err) != 0 ||
	    traffic_open(&traffic, &s->traffic, agents, &s->faults, &err) !=
		0) {
		fprintf(stderr, "agentsim: %s\n", err.text);
	} else {
		fprintf(stderr, "agentsim: listening on 127.0.0.0/8 port %u\n",
		    s->traffic.port);
		serve(traffic, signals);
		print_counts(agents_counts(agents), traffic_counts(traffic));
		code = 0;
	}
	traffic_close(traffic);
	agents_free(agents);
	close(signals);
	return code;
}

int
main(int argc, char **argv)
{
	static struct settings s = {
		.agents = { .interfaces = 20,
		    .max_size = 1472,
		    .community = "public" },
		.traffic = { .port = 161, .waiting_bytes = WAITING_BYTES },
		.faults = { .random = 1 },
	};
	int code = parse(&s, argc, argv);

	if (code == 0)
		code = run(&s);
	faults_free(&s.faults);
	return code;
}
