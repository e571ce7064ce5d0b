#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "schedule_task.h"

/* The first line of a file of /proc about a thread; "" if there is none. */
static void
read_task_file(int tid, const char *file, char *to, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	to[0] = '\0';
	snprintf(path, sizeof(path), "/proc/self/task/%d/%s", tid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, to, size - 1);
	close(fd);
	to[n > 0 ? n : 0] = '\0';
	to[strcspn(to, "\n")] = '\0';
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* The last field of "NUMBER ARGUMENTS... SP PC"; NULL if there is none. */
static void *
program_counter(const char *syscall_line)
{
	const char *last = strrchr(syscall_line, ' ');

	if (last == NULL)
		return NULL;
	return (void *)(uintptr_t)strtoull(last + 1, NULL, 16);
}

/* The public name of a function of libc: __poll is poll to everybody. */
static const char *
public_name(const char *symbol)
{
	return symbol + strspn(symbol, "_");
}

void
hang_where(int tid, const struct module *m, struct buffer *b)
{
	const char *own = m->path != NULL ? base_name(m->path) : m->name;
	char line[256], channel[64];
	Dl_info info = { .dli_fname = NULL };

	read_task_file(tid, "syscall", line, sizeof(line));
	if (strncmp(line, "running", 7) == 0) {
		buffer_printf(b, "runs on the CPU in %s", own);
		return;
	}
	read_task_file(tid, "wchan", channel, sizeof(channel));
	if (dladdr(program_counter(line), &info) == 0)
		info = (Dl_info){ .dli_fname = NULL };
	buffer_puts(b, "hangs");
	if (info.dli_sname != NULL)
		buffer_printf(b, " in %s", public_name(info.dli_sname));
	else if (channel[0] != '\0' && strcmp(channel, "0") != 0)
		buffer_printf(b, " in %s of the kernel", channel);
	if (info.dli_fname != NULL)
		buffer_printf(b, " (%s)", base_name(info.dli_fname));
	else if (info.dli_sname == NULL && channel[0] == '\0')
		buffer_printf(b, " in %s", own);
}

static void
report(struct task *task, const char *node, const char *what, int64_t limit_ns)
{
	struct instance *in = task->collector->instance;
	struct buffer b = BUFFER_INIT;
	const char *text;

	if (what != NULL)
		buffer_printf(&b, "%s is ", what);
	buffer_puts(&b, "past its deadline of ");
	duration_print(&b, limit_ns);
	buffer_puts(&b, ", ");
	hang_where(task->tid, in->module, &b);
	text = buffer_text(&b);
	log_line(LOG_LEVEL_ERROR, in->name, "%s%s%s", node != NULL ? node : "",
	    node != NULL ? ": " : "", text);
	ledger_error(&in->ledger, clock_wall_ns(), text);
	if (task->target != NULL) {
		free(task->target->last_error);
		task->target->last_error = strdup(text);
		task->target->failing = true;
	}
	buffer_free(&b);
}

/*
 * Threads that hang beyond the limit stay in the pool; as long as they take
 * less than a quarter of it, the others of the instance go on.
 */
static bool
too_many_stuck(const struct schedule *s)
{
	struct pool_stats stats;

	pool_stats(s->pool, &stats, 0);
	return s->stuck > stats.max / 4;
}

void
task_give_up(
    struct task *task, const char *node, const char *what, int64_t limit_ns)
{
	struct collector *c = task->collector;
	struct schedule *s = c->schedule;
	struct target *t;

	report(task, node, what, limit_ns);
	atomic_store(&task->run.written_off, true);
	c->given_up++;
	if (task->target != NULL)
		task->target->written_off = true;
	for (t = task->handed.first; t != NULL; t = t->next)
		t->written_off = true;

	task->stops_others = c->exclusive || task->target == NULL;
	if (s->written_off < WRITTEN_OFF_MAX) {
		(void)pool_write_off(s->pool, task->tid);
		task->written_off = true;
		s->written_off++;
	} else {
		task->stuck = true;
		s->stuck++;
		task->stops_others = task->stops_others || too_many_stuck(s);
	}
	c->stopping += task->stops_others;
	if ((task->stuck || task->stops_others) && s->workers != NULL &&
	    c->instance->own.isolation.movable && !c->lost) {
		c->lost = true;
		s->n_lost++;
	}
	update_status(c);
}
