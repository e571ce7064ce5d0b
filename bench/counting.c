#include "counting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"

static int
fail(struct farm_host *host, const char *format, va_list args)
{
	(void)host;
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	return -1;
}

static void
say(struct farm_host *host, int level, const char *format, va_list args)
{
	if (level < FARM_DEBUG)
		fail(host, format, args);
}

static int64_t
now_ns(struct farm_host *host)
{
	(void)host;
	return clock_wall_ns();
}

static int64_t
deadline_ns(struct farm_host *host, struct farm_target *target)
{
	(void)target;
	return ((struct counting *)host)->deadline_ns;
}

static uint32_t
series(struct farm_host *host, struct farm_target *target,
    const struct farm_spec *spec)
{
	(void)target, (void)spec;
	return ++((struct counting *)host)->n_series;
}

static void
release(struct farm_host *host, uint32_t series)
{
	(void)host, (void)series;
}

static int
emit_rows(struct farm_host *host, struct farm_target *target, int64_t time_ns,
    uint32_t flags, const struct farm_value *rows, size_t n)
{
	(void)target, (void)time_ns, (void)flags, (void)rows;
	((struct counting *)host)->values += n;
	return 0;
}

static int
checkpoint(struct farm_host *host, const void *bytes, size_t size)
{
	(void)host, (void)bytes, (void)size;
	return 0;
}

static const void *
restore(struct farm_host *host, size_t *ret_size)
{
	(void)host;
	*ret_size = 0;
	return NULL;
}

static int
flush(struct farm_host *host)
{
	(void)host;
	return 0;
}

static int
more(struct farm_host *host, struct farm_target **ret, size_t max)
{
	(void)host, (void)ret, (void)max;
	return 0;
}

static int
wake_fd(struct farm_host *host)
{
	return ((struct counting *)host)->wake_fd;
}

static void
done(struct farm_host *host, struct farm_target *target, int failed,
    const char *format, va_list args)
{
	struct counting *c = (struct counting *)host;

	(void)target;
	c->done++;
	if (failed && c->failed++ == 0)
		fail(host, format, args);
}

void
counting_init(struct counting *c)
{
	*c = (struct counting){
		.host = { &c->ops },
		.ops = { .size = sizeof(c->ops),
		    .fail = fail,
		    .log = say,
		    .now_ns = now_ns,
		    .deadline_ns = deadline_ns,
		    .series = series,
		    .release = release,
		    .emit_rows = emit_rows,
		    .checkpoint = checkpoint,
		    .restore = restore,
		    .flush = flush,
		    .more = more,
		    .wake_fd = wake_fd,
		    .done = done },
		.wake_fd = eventfd(0, EFD_CLOEXEC),
		.deadline_ns = INT64_MAX,
	};
}

void
counting_close(struct counting *c)
{
	close(c->wake_fd);
}

struct farm_target **
counting_targets(size_t n, size_t state_size)
{
	struct farm_target **targets = calloc(n, sizeof(struct farm_target *));
	char text[32];
	size_t i;

	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "127.%zu.%zu.%zu", 1 + i / 62500,
		    i / 250 % 250, 1 + i % 250);
		targets[i] = calloc(1, sizeof(struct farm_target));
		targets[i]->cluster = "bench";
		targets[i]->node = targets[i]->address = strdup(text);
		targets[i]->state = calloc(1, state_size);
	}
	return targets;
}
