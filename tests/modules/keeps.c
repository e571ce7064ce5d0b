/* A writer that keeps values as lines of a file, and fails as it is told.  Who
   comes to its door and asks is told how many it has kept since open(). */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <farm/module.h>

#define LINE 1024

enum act {
	WELL,
	SEGV,
	HANG,
	AGAIN,
	BAD,
	UNKNOWN,
	ACCEPT,
	SLOW_HISTORY,
	SEGV_BAD
};

struct keeps {
	const char *file;
	const char *until; /* acts only as long as this file is there */
	int act;
	struct farm_address door;
	int fd;
	uint64_t kept;
	uint64_t first; /* accepted, kept by the next tick() */
	uint64_t last;
};

static const struct farm_option keeps_options[] = {
	FARM_OPTION_PATH("file", struct keeps, file, NULL, "file to append to"),
	FARM_OPTION_PATH("until", struct keeps, until, NULL,
	    "act only as long as this file is there"),
	FARM_OPTION_ENUM("act", struct keeps, act, "well",
	    "well|segv|hang|again|bad|unknown|accept|slow_history|segv_bad",
	    "what to do in write()"),
	FARM_OPTION_ADDRESS("door", struct keeps, door, NULL, FARM_LISTEN,
	    "where questions are answered"),
	FARM_OPTION_END
};

static int
keeps_open(struct farm_host *host, void *state)
{
	struct keeps *k = state;

	k->fd = open(k->file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (k->fd < 0)
		return farm_fail(host, "%s: %m", k->file);
	return 0;
}

static void
keeps_close(struct farm_host *host, void *state)
{
	struct keeps *k = state;

	(void)host;
	if (k->fd > 0)
		(void)close(k->fd);
}

/* How often the series was seen by this process, to see states kept. */
static uint64_t
count(struct farm_host *host, uint32_t series)
{
	uint64_t *seen = farm_series_state(host, series);

	return seen == NULL ? 0 : ++*seen;
}

static int
keep_value(struct farm_host *host, struct keeps *k, const struct farm_record *r,
    const struct farm_value *v)
{
	const struct farm_series *s = farm_series_info(host, v->series);
	char line[LINE];
	int n;

	n = snprintf(line, sizeof(line),
	    "%" PRIu64 " %" PRId64 " %s %s %s %" PRIu64 " %" PRIu64 "\n",
	    r->position, r->time_ns, s->cluster, s->node, s->parameter,
	    v->uint64, count(host, v->series));
	if (write(k->fd, line, (size_t)n) != n)
		return farm_fail(host, "%s: %s", k->file, strerror(errno));
	k->kept++;
	return 0;
}

static int
keep(struct farm_host *host, struct keeps *k, const struct farm_batch *batch)
{
	const struct farm_record *r = batch->records;
	const struct farm_record *end = r + batch->n_records;
	uint32_t i;

	for (; r < end; r++)
		for (i = 0; i < r->n_values; i++)
			if (keep_value(host, k, r, &r->values[i]) != 0)
				return FARM_AGAIN;
	return FARM_DONE;
}

/* The first record of node "bad", as the batch counts; SIZE_MAX: none. */
static size_t
find_bad(struct farm_host *host, const struct farm_batch *batch)
{
	const struct farm_record *r;
	size_t i;

	for (i = 0; i < batch->n_records; i++) {
		r = &batch->records[i];
		if (r->n_values > 0 &&
		    strcmp(farm_series_info(host, r->values[0].series)->node,
			"bad") == 0)
			return i;
	}
	return SIZE_MAX;
}

static bool
is_held(const struct keeps *k)
{
	return k->until == NULL || access(k->until, F_OK) == 0;
}

static int
accept_all(
    struct farm_host *host, struct keeps *k, const struct farm_batch *batch)
{
	size_t i;

	if (keep(host, k, batch) != FARM_DONE)
		return FARM_AGAIN;
	for (i = 0; i < batch->n_records; i++) {
		uint64_t position = batch->records[i].position;

		if (k->first == 0 || position < k->first)
			k->first = position;
		if (position > k->last)
			k->last = position;
	}
	return FARM_ACCEPTED;
}

/* A fault of the hardware, which no sanitizer sees before it comes. */
static int
touch_nothing(void)
{
	const volatile int *nothing = mmap(
	    NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return *nothing;
}

static int
keeps_write(struct farm_host *host, void *state, const struct farm_batch *batch)
{
	struct keeps *k = state;
	size_t bad = SIZE_MAX;

	if (k->act == BAD || k->act == UNKNOWN)
		bad = find_bad(host, batch);
	if (bad != SIZE_MAX)
		return farm_bad(
		    host, k->act == BAD ? bad : SIZE_MAX, "nobody keeps this");
	if (k->act == ACCEPT)
		return accept_all(host, k, batch);
	if (k->act == SEGV_BAD && find_bad(host, batch) != SIZE_MAX)
		return touch_nothing();
	/* Not another time, unless the file is made again. */
	if (is_held(k) && k->act == SEGV) {
		(void)unlink(k->until);
		return touch_nothing();
	}
	while (is_held(k) && k->act == HANG)
		(void)pause();
	if (is_held(k) && k->act == AGAIN)
		return farm_again(host, "told to wait");
	return keep(host, k, batch);
}

static int
keeps_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct keeps *k = state;

	(void)now_ns;
	if (k->act != ACCEPT || k->first == 0 || is_held(k))
		return 0;
	farm_acknowledge(host, k->first, k->last);
	k->first = 0;
	return 0;
}

static int
answer(struct farm_host *host, const struct keeps *k, int fd)
{
	char text[32];
	int n;

	if (read(fd, text, sizeof(text)) > 0) {
		n = snprintf(text, sizeof(text), "%" PRIu64 "\n", k->kept);
		(void)send(fd, text, (size_t)n, MSG_NOSIGNAL);
	}
	farm_unwatch(host, fd);
	close(fd);
	return 0;
}

static int
keeps_listen(
    struct farm_host *host, void *state, int fd, uint32_t events, void *cookie)
{
	struct keeps *k = state;
	int peer;

	(void)events;
	if (fd != farm_socket(host, "door"))
		return answer(host, cookie, fd);
	peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	if (peer < 0)
		return farm_fail(host, "%s: %m", k->door.text);
	if (farm_watch(host, peer, EPOLLIN, k) == 0)
		return 0;
	close(peer);
	return -1;
}

static int
emit_line(struct farm_host *host, const char *line, uint64_t *position)
{
	char cluster[256], node[256], parameter[256];
	struct farm_value row = { .type = FARM_UINT64 };
	int64_t time_ns;

	if (sscanf(line, "%" SCNu64 " %" SCNd64 " %255s %255s %255s %" SCNu64,
		position, &time_ns, cluster, node, parameter, &row.uint64) != 6)
		return farm_fail(host, "cannot read \"%s\"", line);
	row.series = farm_series(host, NULL, .farm = "test", .cluster = cluster,
	    .node = node, .parameter = parameter, .kind = FARM_COUNTER64);
	return farm_emit_rows(host, NULL, time_ns, 0, &row, 1);
}

static int
keeps_history(
    struct farm_host *host, void *state, const struct farm_predicate *predicate)
{
	const struct keeps *k = state;
	uint64_t position = 0;
	char line[LINE];
	FILE *f;
	int rc = 0;

	(void)predicate;
	while (k->act == SLOW_HISTORY && is_held(k))
		(void)pause();
	f = fopen(k->file, "re");
	if (f == NULL)
		return farm_fail(host, "%s: %m", k->file);
	while (rc == 0 && fgets(line, sizeof(line), f) != NULL)
		rc = emit_line(host, line, &position);
	(void)fclose(f);
	return rc == 0 ? farm_answer_through(host, position) : rc;
}

FARM_MODULE(keeps, FARM_WRITER) = {
	.summary = "keeps values as lines of a file",
	.needs = FARM_NEEDS_FILES | FARM_NEEDS_NETWORK,
	.options = keeps_options,
	.state_size = sizeof(struct keeps),
	.open = keeps_open,
	.close = keeps_close,
	.listen = keeps_listen,
	.tick = keeps_tick,
	.writer = { .write = keeps_write,
	    .history = keeps_history,
	    .series_state_size = sizeof(uint64_t) },
};
