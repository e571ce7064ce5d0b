/*
 * snmptrap.c - a burst of traps sent flat out, on a network of its own: how
 * many the listener takes, and what each costs it, the kernel's part included.
 * As root the receive buffer may be as large as it needs to be.
 * usage: snmptrap [traps]
 */
#include <farm/module.h>

#include <arpa/inet.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "counting.h"
#include "option.h"
#include "own_net.h"
#include "snmp.h"
#include "usm.h"

extern const struct farm_entry farm_module;

#define PHRASE "authpass123"
#define BATCH 64
/* Nothing came for so long: the burst is over. */
#define QUIET_MS 500

struct listening {
	struct counting counting; /* first */
	int fd;
	size_t events;
	size_t bytes; /* of events */
};

static int
emit_record(struct farm_host *host, struct farm_target *target, int type,
    int64_t time_ns, const void *payload, size_t size)
{
	struct listening *l = (struct listening *)host;

	(void)target, (void)type, (void)time_ns, (void)payload;
	l->events++;
	l->bytes += size;
	return 0;
}

static int
socket_of(struct farm_host *host, const char *option)
{
	return strcmp(option, "listen") == 0 ? ((struct listening *)host)->fd
					     : -1;
}

/* ----------------------------------------------------------------- sending --
 */

static const uint8_t up_time[] = { 0x2b, 6, 1, 2, 1, 1, 3, 0 };
static const uint8_t trap_oid[] = { 0x2b, 6, 1, 6, 3, 1, 1, 4, 1, 0 };
static const uint8_t link_down[] = { 0x2b, 6, 1, 6, 3, 1, 1, 5, 3 };
static const uint8_t if_index[] = { 0x2b, 6, 1, 2, 1, 2, 2, 1, 1, 7 };
static const uint8_t if_admin[] = { 0x2b, 6, 1, 2, 1, 2, 2, 1, 7, 7 };
static const uint8_t if_oper[] = { 0x2b, 6, 1, 2, 1, 2, 2, 1, 8, 7 };

#define OID(NAME)                                                              \
	{                                                                      \
		NAME, sizeof(NAME)                                             \
	}

/* linkDown with its five varbinds; `keys' NULL: v2c. */
static size_t
build(uint8_t *memory, size_t size, struct usm_keys *keys, int32_t id,
    uint8_t **ret)
{
	static const uint8_t engine[] = { 0x80, 0, 0, 0, 0xbb };
	struct snmp_varbind v[] = {
		{ OID(up_time), { BER_TIMETICKS, { .number = 4200 } } },
		{ OID(trap_oid), { BER_OID, { .bytes = OID(link_down) } } },
		{ OID(if_index), { BER_INTEGER, { .integer = 7 } } },
		{ OID(if_admin), { BER_INTEGER, { .integer = 1 } } },
		{ OID(if_oper), { BER_INTEGER, { .integer = 2 } } },
	};
	struct snmp_pdu pdu = { .type = SNMP_TRAP2, .request_id = id };
	struct snmp_message m = { .version = SNMP_V2C,
		.id = id,
		.community = { (const uint8_t *)"farm", 4 },
		.max_size = 65507,
		.security_model = SNMP_USM };
	struct usm_parameters p = { .engine_id = OID(engine),
		.boots = 1,
		.time = 1,
		.user = { (const uint8_t *)"ops", 3 },
		.salt = { (const uint8_t *)"12345678", USM_SALT } };
	struct ber_writer out = ber_writer(memory, size);

	snmp_pdu_encode(&out, &pdu, v, 5);
	if (keys == NULL) {
		snmp_message_encode(&out, &m);
	} else {
		m.version = SNMP_V3;
		m.flags = SNMP_AUTH | SNMP_PRIV;
		snmp_scope_encode(&out, p.engine_id, p.engine_id);
		if (usm_seal(&out, keys, &m, &p, NULL) != 0)
			out.failed = true;
	}
	*ret = out.p;
	return out.failed ? 0 : ber_written(&out);
}

static struct usm_keys *
make_keys(void)
{
	static const uint8_t engine[] = { 0x80, 0, 0, 0, 0xbb };
	struct usm_keys *keys = NULL;
	struct usm_user user;
	struct error err;

	if (usm_user_init(&user, USM_SHA1, PHRASE, USM_AES128, PHRASE, &err) !=
		0 ||
	    usm_keys_new(&keys, &user, (struct ber_bytes)OID(engine), &err) !=
		0) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	return keys;
}

/* All are made first, so that nothing but the kernel holds up the burst. */
static void
blast(struct sockaddr_in *to, size_t n, struct usm_keys *keys)
{
	struct iovec *pieces = calloc(n, sizeof(*pieces));
	struct mmsghdr *messages = calloc(n, sizeof(*messages));
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	uint8_t *memory = malloc(n * 512), *bytes;
	size_t i;
	int sent;

	for (i = 0; i < n; i++) {
		pieces[i].iov_len = build(
		    memory + i * 512, 512, keys, (int32_t)i, &bytes);
		pieces[i].iov_base = bytes;
		messages[i].msg_hdr.msg_iov = &pieces[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	if (connect(fd, (struct sockaddr *)to, sizeof(*to)) != 0)
		exit(1);
	for (i = 0; i < n; i += (size_t)sent) {
		sent = sendmmsg(fd, messages + i,
		    (unsigned)(n - i < BATCH ? n - i : BATCH), 0);
		if (sent <= 0)
			exit(1);
	}
	_exit(0);
}

/* --------------------------------------------------------------- receiving --
 */

static void
set(void *state, const char *name, const char *text, struct arena *arena)
{
	const struct farm_option *o = farm_module.descriptor->options;
	struct problems p = PROBLEMS_INIT;

	while (strcmp(o->name, name) != 0)
		o++;
	if (option_parse_text(o, text, state, arena, &p) != 0) {
		fprintf(stderr, "%s: %s\n", name, p.items[0].text);
		exit(1);
	}
}

static void
configure(void *state, struct arena *arena)
{
	const struct option_table table = { farm_module.descriptor->options,
		0 };
	struct problems p = PROBLEMS_INIT;

	if (options_parse(table, NULL, NULL, state, arena, &p) != 0)
		exit(1);
	set(state, "credentials",
	    "[{community: farm}, {user: ops, auth: sha1, auth_password: " PHRASE
	    ", priv: aes128, priv_password: " PHRASE "}]",
	    arena);
	set(state, "burst", "1000000000", arena);
}

static int
bind_here(struct sockaddr_in *ret)
{
	socklen_t size = sizeof(*ret);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	*ret = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (bind(fd, (struct sockaddr *)ret, size) != 0 ||
	    getsockname(fd, (struct sockaddr *)ret, &size) != 0)
		exit(1);
	return fd;
}

static void
run(const char *what, size_t n, struct usm_keys *keys)
{
	const struct farm_descriptor *module = farm_module.descriptor;
	struct listening l = { .fd = -1 };
	struct farm_host *host = &l.counting.host;
	void *state = calloc(1, module->state_size);
	struct arena *arena = arena_new(0);
	struct sockaddr_in to;
	struct pollfd poll_fd;
	int64_t cpu_ns;
	pid_t child;

	counting_init(&l.counting);
	l.counting.ops.emit_record = emit_record;
	l.counting.ops.socket = socket_of;
	l.fd = bind_here(&to);
	configure(state, arena);
	if (module->open(host, state) != 0)
		exit(1);
	child = fork();
	if (child == 0)
		blast(&to, n, keys);
	poll_fd = (struct pollfd){ .fd = l.fd, .events = POLLIN };
	(void)poll(&poll_fd, 1, -1);
	cpu_ns = clock_thread_cpu_ns();
	while (poll(&poll_fd, 1, QUIET_MS) > 0)
		module->listen(host, state, l.fd, EPOLLIN, state);
	cpu_ns = clock_thread_cpu_ns() - cpu_ns;
	waitpid(child, NULL, 0);
	printf("%-14s %zu sent, %zu taken, %zu lost; %.2f us of CPU each; "
	       "events of %zu bytes\n",
	    what, n, l.events, n - l.events,
	    (double)cpu_ns / 1e3 / (double)l.events,
	    l.events > 0 ? l.bytes / l.events : 0);
	module->close(host, state);
	arena_free(arena);
	free(state);
	counting_close(&l.counting);
	close(l.fd);
}

int
main(int argc, char **argv)
{
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
	struct usm_keys *keys;
	int rc = 0;

	/* In a user namespace nobody may force a buffer. */
	if (geteuid() == 0 && unshare(CLONE_NEWNET) == 0)
		own_net_run("ip link set lo up");
	else
		rc = own_net(argv);
	if (rc != 0)
		return rc;
	keys = make_keys();
	run("v2c", n, NULL);
	run("v3 authPriv", n, keys);
	usm_keys_free(keys);
	return 0;
}
