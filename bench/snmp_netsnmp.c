/*
 * snmp_netsnmp - net-snmp's asynchronous API doing what a poller does: 10
 * columns of 20 interfaces of each agent, read by GetBulk of all columns
 * together, each value stored.  One thread, a session for each agent, epoll.
 * usage: snmp_netsnmp AGENTS SWEEPS [v3], agentsim being at port 161 with a
 * user "bench"; a line of JSON for each sweep.  bench/snmp compiles it.
 */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/library/large_fd_set.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#define COLUMNS 10
#define ROWS 20
#define ENOUGH 0.89 /* of all agents: the healthy if 10 % are not */
#define EVENTS 64
#define CHECK_S 0.1 /* between looks for time-outs */

struct node {
	void *session;
	unsigned rows; /* read so far */
	int busy;
	uint64_t values[COLUMNS][ROWS];
};

static struct node *nodes;
static size_t n_nodes, n_busy, n_done;
static size_t n_values;
static double begin_s, enough_s;

static double
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void ask(struct node *);

static void
over(struct node *n, int whole)
{
	n->busy = 0;
	n_busy--;
	n_done += whole != 0;
	if (whole && n_done == (size_t)(ENOUGH * (double)n_nodes))
		enough_s = seconds(CLOCK_MONOTONIC) - begin_s;
}

static uint64_t
number(const netsnmp_variable_list *v)
{
	return v->val.integer == NULL ? 0 : (uint64_t)(u_long)*v->val.integer;
}

static int
answer(int operation, netsnmp_session *session, int id, netsnmp_pdu *pdu,
    void *magic)
{
	struct node *n = magic;
	const netsnmp_variable_list *v;
	unsigned i = 0, row;

	(void)session;
	(void)id;
	if (operation != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE ||
	    pdu->command != SNMP_MSG_RESPONSE) {
		over(n, 0);
		return 1;
	}
	for (v = pdu->variables; v != NULL; v = v->next_variable, i++) {
		row = n->rows + i / COLUMNS;
		if (row < ROWS)
			n->values[i % COLUMNS][row] = number(v);
	}
	n->rows += i / COLUMNS;
	if (n->rows >= ROWS) {
		n_values += COLUMNS * ROWS;
		over(n, 1);
	} else if (i < COLUMNS) {
		over(n, 0);
	} else {
		ask(n);
	}
	return 1;
}

static void
ask(struct node *n)
{
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GETBULK);
	oid name[] = { 1, 3, 6, 1, 2, 1, 2, 2, 1, 0, n->rows };
	int i;

	pdu->non_repeaters = 0;
	pdu->max_repetitions = ROWS - n->rows;
	for (i = 0; i < COLUMNS; i++) {
		name[9] = (oid)(10 + i);
		snmp_add_null_var(pdu, name, OID_LENGTH(name));
	}
	if (snmp_sess_send(n->session, pdu) == 0) {
		snmp_free_pdu(pdu);
		over(n, 0);
	}
}

/* The pass phrases are the same everywhere: hashed once. */
static void
use_v3(netsnmp_session *s)
{
	static u_char key[2][USM_AUTH_KU_LEN];
	static size_t size[2];
	static const char *const phrase[] = { "password1", "password2" };
	int i;

	for (i = 0; i < 2 && size[i] == 0; i++) {
		size[i] = sizeof(key[i]);
		generate_Ku(usmHMACSHA1AuthProtocol,
		    OID_LENGTH(usmHMACSHA1AuthProtocol),
		    (const u_char *)phrase[i], strlen(phrase[i]), key[i],
		    &size[i]);
	}
	s->version = SNMP_VERSION_3;
	s->securityName = "bench";
	s->securityNameLen = strlen(s->securityName);
	s->securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
	s->securityAuthProto = usmHMACSHA1AuthProtocol;
	s->securityAuthProtoLen = OID_LENGTH(usmHMACSHA1AuthProtocol);
	s->securityPrivProto = usmAESPrivProtocol;
	s->securityPrivProtoLen = OID_LENGTH(usmAESPrivProtocol);
	memcpy(s->securityAuthKey, key[0], size[0]);
	s->securityAuthKeyLen = size[0];
	memcpy(s->securityPrivKey, key[1], size[1]);
	s->securityPrivKeyLen = size[1];
}

static void
open_node(struct node *n, size_t i, int v3, int epoll)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = n };
	netsnmp_session s;
	char peer[64];

	snprintf(peer, sizeof(peer), "udp:127.%zu.%zu.%zu:161", 1 + i / 62500,
	    i / 250 % 250, 1 + i % 250);
	snmp_sess_init(&s);
	s.version = SNMP_VERSION_2c;
	s.peername = peer;
	s.community = (u_char *)"public";
	s.community_len = 6;
	s.timeout = 1000000;
	s.retries = 1;
	s.callback = answer;
	s.callback_magic = n;
	if (v3)
		use_v3(&s);
	n->session = snmp_sess_open(&s);
	if (n->session == NULL ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD,
		snmp_sess_transport(n->session)->sock, &e) != 0) {
		fprintf(stderr, "snmp_netsnmp: %s cannot be opened\n", peer);
		exit(1);
	}
}

static void
read_node(struct node *n)
{
	netsnmp_large_fd_set fds;
	int fd = snmp_sess_transport(n->session)->sock;

	netsnmp_large_fd_set_init(&fds, fd + 1);
	NETSNMP_LARGE_FD_SET(fd, &fds);
	snmp_sess_read2(n->session, &fds);
	netsnmp_large_fd_set_cleanup(&fds);
}

static void
sweep(int epoll)
{
	struct epoll_event events[EVENTS];
	double checked_s = 0, now_s;
	size_t i;
	int k, got;

	begin_s = seconds(CLOCK_MONOTONIC);
	n_busy = n_nodes;
	n_done = n_values = 0;
	enough_s = -1;
	for (i = 0; i < n_nodes; i++) {
		nodes[i].rows = 0;
		nodes[i].busy = 1;
		ask(&nodes[i]);
	}
	while (n_busy > 0) {
		got = epoll_wait(epoll, events, EVENTS, 100);
		for (k = 0; k < got; k++)
			read_node(events[k].data.ptr);
		now_s = seconds(CLOCK_MONOTONIC);
		if (now_s - checked_s < CHECK_S)
			continue;
		checked_s = now_s;
		for (i = 0; i < n_nodes; i++)
			if (nodes[i].busy)
				snmp_sess_timeout(nodes[i].session);
	}
}

int
main(int argc, char **argv)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), sweeps, v3 = argc > 3;
	double cpu_s, wall_s;
	size_t i;

	if (argc < 3)
		return 64;
	n_nodes = strtoul(argv[1], NULL, 10);
	sweeps = atoi(argv[2]);
	setenv("MIBS", "", 1);
	setenv("SNMPCONFPATH", "/nonexistent", 1);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	init_snmp("snmp_netsnmp");
	nodes = calloc(n_nodes, sizeof(*nodes));
	for (i = 0; nodes != NULL && i < n_nodes; i++)
		open_node(&nodes[i], i, v3, epoll);
	while (nodes != NULL && sweeps-- > 0) {
		wall_s = seconds(CLOCK_MONOTONIC);
		cpu_s = seconds(CLOCK_PROCESS_CPUTIME_ID);
		sweep(epoll);
		cpu_s = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_s;
		wall_s = seconds(CLOCK_MONOTONIC) - wall_s;
		printf("{\"values\": %zu, \"cpu_s\": %.6f, \"wall_s\": %.6f, "
		       "\"healthy_s\": %.6f}\n",
		    n_values, cpu_s, wall_s, enough_s);
		fflush(stdout);
	}
	return 0;
}
