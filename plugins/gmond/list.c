#include "list.h"

#include <limits.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "reading.h"
#include "trial.h"

#define LIMIT_NS (10 * NS_PER_S)

/* What is asked of the process that loads a module. */
struct question {
	const struct ganglia *ganglia;
	const struct conf_module *module;
	const char *path;
	bool json;
};

/* ---------------------------------------------------------- in that process */

static void
put_json(struct buffer *b, const struct gmond_abi_metric *m,
    const struct farm_value *value)
{
	buffer_puts(b, "{\"metric\":");
	buffer_json_text(b, m->name);
	buffer_puts(b, ",\"value\":");
	buffer_json_value(b, value);
	buffer_puts(b, ",\"units\":");
	buffer_json_text(b, m->units != NULL ? m->units : "");
	buffer_puts(b, ",\"slope\":");
	buffer_json_text(b, m->slope != NULL ? m->slope : "");
	buffer_printf(b, ",\"tmax\":%d,\"description\":", m->tmax);
	buffer_json_text(b, m->description != NULL ? m->description : "");
	buffer_putc(b, '}');
}

static void
put_metric(struct buffer *b, struct module *m, int index, bool json)
{
	const struct gmond_abi_metric *metric = &m->theirs->metrics[index];
	struct reading r = { .module = m,
		.index = index,
		.what = metric->name,
		.threshold = -1 };

	(void)reading_take(&r);
	if (json) {
		buffer_puts(b, index > 0 ? "," : "");
		put_json(b, metric, &r.value);
	} else {
		buffer_printf(b, "  %-24s ", metric->name);
		buffer_value(b, &r.value);
		buffer_printf(
		    b, " %s\n", metric->units != NULL ? metric->units : "");
	}
	buffer_free(&r.text);
}

/* Begins with "+", or with "-" and why it cannot be. */
static int
ask(void *cookie, int answer)
{
	const struct question *q = cookie;
	struct arena *arena = arena_new(0);
	struct buffer b = BUFFER_INIT;
	struct module *m, *all = NULL;
	struct error err;
	void *pool;
	unsigned i;

	if (arena == NULL ||
	    q->ganglia->pool_create(&pool, NULL, NULL, NULL) != 0)
		return 1;
	if (module_load(&m, &all, q->ganglia, pool, q->module, q->path, arena,
		&err) != 0) {
		buffer_printf(&b, "-%s", err.text);
	} else {
		buffer_putc(&b, '+');
		for (i = 0; i < m->n_metrics; i++)
			put_metric(&b, m, (int)i, q->json);
	}
	return write(answer, buffer_text(&b), b.size) == (ssize_t)b.size ? 0
									 : 1;
}

/* ------------------------------------------------------------- in this one */

static void
print_good(const struct question *q, const char *said)
{
	struct buffer b = BUFFER_INIT;

	if (q->json) {
		buffer_puts(&b, "{\"module\":");
		buffer_json_text(&b, q->path);
		buffer_printf(&b, ",\"metrics\":[%s]}\n", said);
	} else {
		buffer_printf(&b, "%s\n%s", q->path, said);
	}
	(void)fputs(buffer_text(&b), stdout);
	buffer_free(&b);
}

static int
list_one(struct question *q)
{
	struct error err;
	struct trial t;
	const char *said;
	int rc = 1;

	if (trial_run(ask, q, LIMIT_NS, &t, &err) != 0) {
		(void)fprintf(stderr, "farm-gmond: %s\n", err.text);
		return 1;
	}
	said = buffer_text(&t.answer);
	if (t.status == 0 && said[0] == '+') {
		print_good(q, said + 1);
		rc = 0;
	} else if (said[0] == '-') {
		(void)fprintf(stderr, "farm-gmond: %s\n", said + 1);
	} else {
		trial_end(t.status, &err);
		(void)fprintf(stderr,
		    "farm-gmond: %s: it ends the process: %s\n", q->path,
		    err.text);
	}
	buffer_free(&t.answer);
	return rc;
}

static int
list_conf(const struct ganglia *g, const char *path, const char *folder,
    struct arena *arena, bool json)
{
	const struct conf_module *m;
	struct error err;
	struct conf conf;
	int rc = 0;

	conf_init(&conf);
	if (conf_add(&conf, g, path, arena, &err) != 0) {
		(void)fprintf(stderr, "farm-gmond: %s\n", err.text);
		return 1;
	}
	for (m = conf.modules; m != NULL; m = m->next)
		rc |= list_one(&(struct question){ g, m,
		    module_path(
			m->path, m->folder != NULL ? m->folder : folder, arena),
		    json });
	return rc;
}

static bool
is_module(const char *path)
{
	size_t n = strlen(path);

	return n > 3 && strcmp(path + n - 3, ".so") == 0;
}

static int
list_folder(const struct ganglia *g, const char *folder, bool json)
{
	struct conf_module none = { .next = NULL };
	char pattern[PATH_MAX + sizeof("/mod*.so")];
	glob_t found = { .gl_pathc = 0 };
	int rc = 0;
	size_t i;

	(void)snprintf(pattern, sizeof(pattern), "%s/mod*.so", folder);
	if (glob(pattern, 0, NULL, &found) != 0) {
		(void)fprintf(stderr, "farm-gmond: %s: no modules\n", folder);
		return 1;
	}
	for (i = 0; i < found.gl_pathc; i++)
		rc |= list_one(
		    &(struct question){ g, &none, found.gl_pathv[i], json });
	globfree(&found);
	return rc;
}

int
list_modules(char *const *paths, size_t n, bool json)
{
	struct conf_module none = { .next = NULL };
	struct arena *arena = arena_new(0);
	char folder[PATH_MAX] = ".";
	struct ganglia g;
	struct error err;
	int rc = 0;
	size_t i;

	if (arena == NULL || ganglia_open(&g, &err) != 0) {
		(void)fprintf(stderr, "farm-gmond: %s\n",
		    arena == NULL ? "out of memory" : err.text);
		return 1;
	}
	(void)ganglia_folder(&g, folder, sizeof(folder));
	for (i = 0; i < n; i++)
		rc |= is_module(paths[i])
			  ? list_one(
				&(struct question){ &g, &none, paths[i], json })
			  : list_conf(&g, paths[i], folder, arena, json);
	if (n == 0)
		rc = list_folder(&g, folder, json);
	arena_free(arena);
	return rc;
}
