/* A collector that takes over some of its options while it runs, and listens;
   what is called of it stands in a file, a line each. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <farm/module.h>

#define DATAGRAM_MAX 512

struct adapts {
	const char *marks;
	int64_t level;          /* taken over */
	const char *label;      /* taken over */
	struct farm_list words; /* taken over */
	int64_t fixed;          /* not */
	bool fails;             /* open() */
	int64_t brief_ns;       /* lifetime of what the first run emits */
	const char *stuck;      /* in reconfigure() while this file is there */
	struct farm_address datagrams;
	struct farm_address streams;

	struct adapts_calls *calls;
};

/* reconfigure() may overlap nothing. */
struct adapts_calls {
	atomic_int others;
	atomic_bool adapting;
};

struct adapts_target {
	uint64_t runs;
};

static const struct farm_option adapts_options[] = {
	FARM_OPTION_PATH("marks", struct adapts, marks, NULL,
	    "what was called goes to its end"),
	FARM_OPTION_INTEGER(
	    "level", struct adapts, level, "1", 0, 0, "to be emitted"),
	FARM_OPTION_STRING(
	    "label", struct adapts, label, "none", "to be emitted"),
	FARM_OPTION_LIST(
	    "words", struct adapts, words, "[a, b]", "to be emitted, the last"),
	FARM_OPTION_INTEGER(
	    "fixed", struct adapts, fixed, "1", 0, 0, "cannot be changed"),
	FARM_OPTION_BOOLEAN(
	    "fails", struct adapts, fails, "false", "do not open"),
	FARM_OPTION_DURATION("brief", struct adapts, brief_ns, NULL, 0, 0,
	    "emit two parameters once, that live so long"),
	FARM_OPTION_PATH("stuck", struct adapts, stuck, NULL,
	    "reconfigure() hangs as long as this file is there"),
	FARM_OPTION_ADDRESS("datagrams", struct adapts, datagrams, NULL,
	    FARM_LISTEN, "where each is sent back"),
	FARM_OPTION_ADDRESS("streams", struct adapts, streams, NULL,
	    FARM_LISTEN, "where each connection is told the label"),
	FARM_OPTION_END
};

static const struct farm_parameter adapts_parameters[] = {
	{ "level", FARM_GAUGE, "1", "as configured" },
	{ "label", FARM_STATE, NULL, "as configured" },
	{ "word", FARM_STATE, NULL, "the last of them" },
	{ "runs", FARM_COUNTER64, "1", "of this target since it began" },
	{ 0 },
};

static void
adapts_mark(const struct adapts *a, const char *what)
{
	FILE *f = a->marks != NULL ? fopen(a->marks, "ae") : NULL;

	if (f == NULL)
		return;
	(void)fprintf(f, "%s\n", what);
	(void)fclose(f);
}

static void
adapts_enter(const struct adapts *a)
{
	atomic_fetch_add(&a->calls->others, 1);
	if (atomic_load(&a->calls->adapting))
		abort();
}

static void
adapts_leave(const struct adapts *a)
{
	atomic_fetch_sub(&a->calls->others, 1);
}

static int
adapts_open(struct farm_host *host, void *state)
{
	struct adapts *a = state;

	adapts_mark(a, "open");
	if (a->fails)
		return farm_fail(host, "told not to open");
	a->calls = calloc(1, sizeof(*a->calls));
	return a->calls != NULL ? 0 : farm_fail(host, "out of memory");
}

static int
adapts_reconfigure(struct farm_host *host, void *state, const void *fresh)
{
	const struct adapts *a = state, *b = fresh;

	(void)host;
	atomic_store(&a->calls->adapting, true);
	/* Long enough for whatever should not run meanwhile. */
	usleep(20000);
	while (a->stuck != NULL && access(a->stuck, F_OK) == 0)
		usleep(20000);
	if (atomic_load(&a->calls->others) > 0)
		abort();
	atomic_store(&a->calls->adapting, false);
	if (a->fixed != b->fixed || a->fails != b->fails) {
		adapts_mark(a, "refuse");
		return -1;
	}
	adapts_mark(a, "accept");
	return 0;
}

static void
adapts_close(struct farm_host *host, void *state)
{
	struct adapts *a = state;

	(void)host;
	adapts_mark(a, "close");
	free(a->calls);
}

/* One by its name, one by its handle. */
static int
adapts_brief(
    struct farm_host *host, const struct adapts *a, struct farm_target *target)
{
	struct farm_value row = farm_double(1);

	row.series = farm_series(
	    host, target, .parameter = "by_handle", .lifetime_ns = a->brief_ns);
	if (row.series == 0 ||
	    farm_emit(host, target, row, .parameter = "by_name",
		.lifetime_ns = a->brief_ns) != 0)
		return -1;
	return farm_emit_rows(host, target, 0, 0, &row, 1);
}

static int
adapts_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	const struct adapts *a = state;
	struct adapts_target *t = target->state;
	int rc = 0;

	adapts_enter(a);
	if (t->runs == 0 && a->brief_ns > 0)
		rc |= adapts_brief(host, a, target);
	rc |= farm_emit_double(host, target, "level", (double)a->level);
	rc |= farm_emit_text(host, target, "label", a->label);
	if (a->words.n > 0)
		rc |= farm_emit_text(
		    host, target, "word", a->words.items[a->words.n - 1]);
	rc |= farm_emit_uint64(host, target, "runs", ++t->runs);
	adapts_leave(a);
	return rc;
}

static void
adapts_echo(int fd)
{
	char bytes[DATAGRAM_MAX];
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	ssize_t n = recvfrom(fd, bytes, sizeof(bytes), MSG_DONTWAIT,
	    (struct sockaddr *)&from, &size);

	if (n >= 0)
		(void)sendto(fd, bytes, (size_t)n, MSG_DONTWAIT,
		    (struct sockaddr *)&from, size);
}

static void
adapts_greet(const struct adapts *a, int fd)
{
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	if (peer < 0)
		return;
	(void)send(peer, a->label, strlen(a->label), MSG_NOSIGNAL);
	close(peer);
}

static int
adapts_listen(
    struct farm_host *host, void *state, int fd, uint32_t events, void *cookie)
{
	struct adapts *a = state;

	(void)host, (void)events;
	adapts_enter(a);
	if (cookie == &a->datagrams)
		adapts_echo(fd);
	else
		adapts_greet(a, fd);
	adapts_leave(a);
	return 0;
}

FARM_MODULE(adapts, FARM_COLLECTOR) = {
	.summary = "goes on with other options",
	.options = adapts_options,
	.parameters = adapts_parameters,
	.state_size = sizeof(struct adapts),
	.target_state_size = sizeof(struct adapts_target),
	.needs = FARM_NEEDS_NETWORK | FARM_NEEDS_FILES,
	.open = adapts_open,
	.reconfigure = adapts_reconfigure,
	.close = adapts_close,
	.listen = adapts_listen,
	.collector = { .collect = adapts_collect },
};
