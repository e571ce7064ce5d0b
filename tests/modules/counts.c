/*
 * A collector of numbers that only grow, so that each value is known by itself:
 * none may be missing or come twice.  With `resume' it goes on behind its last
 * checkpoint, else it begins with 1.  For instances of one node.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <farm/module.h>

#define BURST_MAX 1000

struct counts {
	const char *said;
	int64_t burst;
	bool resume;
	uint64_t restored;
};

struct counts_target {
	uint64_t last;
	uint32_t series;
};

static const struct farm_option counts_options[] = {
	FARM_OPTION_PATH("said", struct counts, said, NULL,
	    "file that always holds the last number, before it is emitted"),
	FARM_OPTION_INTEGER("burst", struct counts, burst, "1", 1, BURST_MAX,
	    "numbers of each run"),
	FARM_OPTION_BOOLEAN("resume", struct counts, resume, "true",
	    "go on behind the last checkpoint"),
	FARM_OPTION_END
};

static const struct farm_parameter counts_parameters[] = {
	{ "count", FARM_GAUGE, "1", "a number once" },
	{ 0 },
};

static int
counts_open(struct farm_host *host, void *state)
{
	struct counts *c = state;
	const void *bytes;
	size_t size;

	bytes = farm_restore(host, &size);
	if (c->resume && bytes != NULL && size == sizeof(c->restored))
		memcpy(&c->restored, bytes, size);
	return 0;
}

/* Twenty digits, in one write. */
static int
counts_say(struct farm_host *host, const char *path, uint64_t last)
{
	char line[32];
	int n = snprintf(line, sizeof(line), "%020" PRIu64 "\n", last);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	int rc = 0;

	if (fd < 0 || pwrite(fd, line, (size_t)n, 0) != n)
		rc = farm_fail(host, "%s: %m", path);
	if (fd >= 0)
		close(fd);
	return rc;
}

static int
counts_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	const struct counts *c = state;
	struct counts_target *t = target->state;
	struct farm_value row;
	struct timespec now;
	int64_t now_ns;

	if (t->series == 0) {
		t->series = farm_series(host, target, .parameter = "count");
		t->last = c->restored;
	}
	if (t->series == 0 ||
	    (c->said != NULL &&
		counts_say(host, c->said, t->last + (uint64_t)c->burst) != 0))
		return -1;
	clock_gettime(CLOCK_REALTIME, &now);
	now_ns = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
	for (int64_t i = 0; i < c->burst; i++) {
		row = farm_uint64(t->last + 1);
		row.series = t->series;
		if (farm_emit_rows(host, target, now_ns + i, 0, &row, 1) != 0)
			return -1;
		t->last++;
	}
	return c->resume ? farm_checkpoint(host, &t->last, sizeof(t->last)) : 0;
}

FARM_MODULE(counts, FARM_COLLECTOR) = {
	.summary = "counts, and never says a number twice",
	.needs = FARM_NEEDS_FILES,
	.options = counts_options,
	.parameters = counts_parameters,
	.state_size = sizeof(struct counts),
	.target_state_size = sizeof(struct counts_target),
	.open = counts_open,
	.collector = { .collect = counts_collect },
};
