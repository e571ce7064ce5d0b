#include "reload.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "changes.h"
#include "clock.h"
#include "config_check.h"
#include "config_history.h"
#include "loaded.h"
#include "log.h"
#include "notify.h"
#include "option.h"
#include "plan.h"
#include "tree_text.h"
#include "yaml.h"

/* What is removed has so long to come to its end. */
#define LEAVE_NS (5 * NS_PER_S)

struct reload {
	struct farm *farm;
	pthread_mutex_t change; /* held from the first phase to the end */
	unsigned n_changes;     /* under it */
	atomic_uint n_refused;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wanted;
	bool asked;
	bool rescue; /* somebody hangs, or has had its time */
	bool ending;
	uid_t uid; /* of who sent the signal */
	pid_t pid;
};

void
reload_answer_free(struct reload_answer *a)
{
	buffer_free(&a->plan);
	problems_free(&a->problems);
}

/* ------------------------------------------------------------- telling it */

static void
log_problems(const struct problems *problems)
{
	size_t i;

	for (i = 0; i < problems->n; i++) {
		const struct problem *p = &problems->items[i];

		log_line(p->warning ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR,
		    "reload", "%s:%u:%u: %s", p->file == NULL ? "" : p->file,
		    p->line, p->column, p->text);
	}
}

/* Files that are newer than what was loaded from them. */
static void
put_changed_modules(struct farm *f, struct buffer *out)
{
	struct module_file *files;
	long n = modules_list(f->modules, &files);
	const char *comma = "";
	long i;

	buffer_puts(out, ",\"modules_changed\":[");
	for (i = 0; i < n; i++) {
		if (!files[i].changed)
			continue;
		buffer_puts(out, comma);
		buffer_json_text(out, files[i].path);
		comma = ",";
	}
	buffer_putc(out, ']');
	if (n >= 0)
		modules_list_free(files, n);
}

static void
describe(struct farm *f, const struct plan *plan, struct buffer *out)
{
	plan_json(out, plan);
	/* One object: what stands behind the plan goes before its brace. */
	if (!buffer_failed(out) && out->size > 0)
		out->size--;
	put_changed_modules(f, out);
	buffer_putc(out, '}');
}

static void show(struct reload *, struct buffer *);
static void record(struct reload *, int64_t now, const struct reload_request *,
    const struct buffer *json, const struct buffer *yaml);

static const char *
asker(struct buffer *room, const struct reload_request *request)
{
	if (request->by != NULL)
		return request->by;
	buffer_printf(
	    room, "uid %u (pid %d)", (unsigned)request->uid, (int)request->pid);
	return buffer_text(room);
}

static void
tell(struct reload *r, const struct reload_request *request,
    const struct plan *plan, const struct buffer *json)
{
	struct buffer text = BUFFER_INIT;
	struct buffer yaml = BUFFER_INIT;
	struct buffer by = BUFFER_INIT;

	plan_text(&text, plan);
	/* Numbered, so that the log drops none as a repetition. */
	log_line(LOG_LEVEL_NOTICE, "config", "change %u: %s, asked by %s: %s",
	    ++r->n_changes, request->what, asker(&by, request),
	    buffer_text(&text));
	show(r, &yaml);
	record(r, clock_wall_ns(), request, json, &yaml);
	buffer_free(&yaml);
	buffer_free(&text);
	buffer_free(&by);
}

static void
tell_refusal(struct reload *r, const struct reload_request *request,
    const struct error *why)
{
	struct buffer by = BUFFER_INIT;

	log_line(LOG_LEVEL_ERROR, "config", "refusal %u: %s, asked by %s: %s",
	    atomic_fetch_add(&r->n_refused, 1) + 1, request->what,
	    asker(&by, request), why->text);
	buffer_free(&by);
}

/* ------------------------------------------------------------- the phases */

static int
apply(struct reload *r, const struct reload_request *request,
    const struct plan *plan, struct config *fresh, struct reload_answer *a)
{
	struct config *before = r->farm->current;

	if (farm_change(r->farm, plan, fresh, clock_mono_ns() + LEAVE_NS,
		&a->why) != 0) {
		config_free(fresh);
		return -1;
	}
	tell(r, request, plan, &a->plan);
	if (before != r->farm->config)
		config_free(before);
	return 0;
}

static int
plan_and_apply(struct reload *r, const struct reload_request *request,
    struct config *fresh, struct reload_answer *a)
{
	struct plan plan;
	int rc = 0;

	if (plan_make(&plan, r->farm->current, fresh) != 0) {
		config_free(fresh);
		return error_set(&a->why, "out of memory");
	}
	plan_sections(&plan, r->farm->config, fresh);
	describe(r->farm, &plan, &a->plan);
	if (request->plan_only)
		config_free(fresh);
	else
		rc = apply(r, request, &plan, fresh, a);
	plan_free(&plan);
	return rc;
}

/* As it would be with this change, NULL: as it stands in the files; NULL with
   the problems if it is bad. */
static struct config *
load(
    struct reload *r, const struct farm_tree *change, struct problems *problems)
{
	struct farm *f = r->farm;
	struct config *fresh = config_load_changed(
	    f->config->file, f->modules, change, problems);

	if (fresh == NULL || config_check(fresh, CHECK_OURS, problems) == 0)
		return fresh;
	config_free(fresh);
	return NULL;
}

int
reload_run(struct reload *r, const struct reload_request *request,
    struct reload_answer *a)
{
	struct config *fresh;
	int rc;

	pthread_mutex_lock(&r->change);
	if (!request->plan_only)
		notify_reloading();
	fresh = load(r, NULL, &a->problems);
	if (fresh != NULL)
		rc = plan_and_apply(r, request, fresh, a);
	else
		rc = error_set(&a->why,
		    "the configuration has %zu error%s; the old one stays",
		    a->problems.n_errors, a->problems.n_errors == 1 ? "" : "s");
	if (!request->plan_only)
		notify_ready();
	pthread_mutex_unlock(&r->change);
	if (rc != 0)
		tell_refusal(r, request, &a->why);
	if (!request->plan_only)
		log_problems(&a->problems);
	return rc;
}

/* ------------------------------------------------------- a change of a piece
 */

/* By the first error. */
static void
explain(struct error *why, const struct problems *problems)
{
	size_t i = 0;

	while (i < problems->n && problems->items[i].warning)
		i++;
	error_set(why, "%s",
	    i < problems->n ? problems->items[i].text : "out of memory");
}

/* The list of changes with this one, if the configuration is good with it. */
static struct config *
try_change(struct reload *r, struct arena *arena,
    const struct reload_request *request, const char *path,
    const struct farm_tree *value, struct reload_answer *a)
{
	const struct farm_tree *change;
	struct config *with;
	char user[256];

	change = change_new(arena, clock_wall_ns(),
	    request_user(request, user, sizeof(user)), path, value);
	if (change == NULL) {
		error_set(&a->why, "out of memory");
		return NULL;
	}
	with = load(r, change, &a->problems);
	if (with == NULL)
		explain(&a->why, &a->problems);
	return with;
}

/* The file first, so that what runs is never newer than what is kept. */
static int
keep_and_apply(struct reload *r, const struct reload_request *request,
    const struct farm_tree *list, struct reload_answer *a)
{
	static const struct farm_tree none = { .kind = FARM_SEQUENCE };
	const struct farm_tree *before = r->farm->current->changes;
	const char *state = r->farm->config->state;
	struct config *fresh;
	struct error err;
	int rc = -1;

	if (changes_write(state, list, &a->why) != 0)
		return -1;
	problems_free(&a->problems);
	a->problems = (struct problems)PROBLEMS_INIT;
	fresh = load(r, NULL, &a->problems);
	if (fresh != NULL)
		rc = plan_and_apply(r, request, fresh, a);
	else
		error_set(&a->why, "the configuration is bad");
	if (rc != 0 &&
	    changes_write(state, before != NULL ? before : &none, &err) != 0)
		log_line(LOG_LEVEL_ERROR, "config", "%s", err.text);
	return rc;
}

int
reload_edit(struct reload *r, struct reload_request *request, const char *path,
    const struct farm_tree *value, struct reload_answer *a)
{
	struct buffer what = BUFFER_INIT;
	struct arena *arena = arena_new(0);
	struct config *with = NULL;
	int rc = -1;

	buffer_printf(&what, "%s %s", value != NULL ? "set" : "remove", path);
	request->what = buffer_text(&what);
	pthread_mutex_lock(&r->change);
	if (arena != NULL)
		with = try_change(r, arena, request, path, value, a);
	else
		error_set(&a->why, "out of memory");
	if (with != NULL)
		rc = keep_and_apply(r, request, with->changes, a);
	config_free(with);
	pthread_mutex_unlock(&r->change);
	arena_free(arena);
	if (rc != 0)
		tell_refusal(r, request, &a->why);
	request->what = "";
	buffer_free(&what);
	return rc;
}

static bool
is_same_place(const struct farm_tree *a, const struct farm_tree *b)
{
	return a->line == b->line && a->column == b->column &&
	       strcmp(a->key, b->key) == 0 && strcmp(a->file, b->file) == 0;
}

static bool
holds_secret(
    const struct instance_config *all, size_t n, const struct farm_tree *piece)
{
	const struct farm_option *o;
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = 0; (o = option_at(all[i].module->options, k)) != NULL;
		     k++) {
			const struct farm_tree *child = tree_get(
			    all[i].tree, o->name);

			if (child != NULL && option_is_secret(o) &&
			    is_same_place(child, piece))
				return true;
		}
	return false;
}

static bool
note_origin(void *context, struct buffer *b, const struct farm_tree *piece)
{
	const struct config *c = context;
	const struct farm_tree *change = change_of(c->changes, piece);
	bool secret = holds_secret(c->collectors, c->n_collectors, piece) ||
		      holds_secret(c->filters, c->n_filters, piece) ||
		      holds_secret(c->writers, c->n_writers, piece);

	if (secret) {
		buffer_clear(b);
		buffer_puts(b, "(secret)");
	}
	if (change != NULL)
		buffer_printf(b, "%s# changed %s by %s", b->size > 0 ? " " : "",
		    tree_get(change, "time")->value,
		    tree_get(change, "user")->value);
	else
		buffer_printf(b, "%s# %s:%u", b->size > 0 ? " " : "",
		    piece->file, piece->line);
	return !secret;
}

static void
show(struct reload *r, struct buffer *out)
{
	if (r->farm->current->tree != NULL)
		tree_block(
		    out, r->farm->current->tree, note_origin, r->farm->current);
}

void
reload_show(struct reload *r, struct buffer *out)
{
	pthread_mutex_lock(&r->change);
	show(r, out);
	pthread_mutex_unlock(&r->change);
}

/* The record of a change and its line of the history, the same text. */
static void
record(struct reload *r, int64_t now, const struct reload_request *request,
    const struct buffer *json, const struct buffer *yaml)
{
	struct buffer entry = BUFFER_INIT;
	struct error err;

	config_history_entry(
	    &entry, now, request, buffer_text(json), buffer_text(yaml));
	if (buffer_failed(&entry) || router_record(r->farm->router, FARM_CONFIG,
					 now, entry.data, entry.size) != 0)
		log_line(LOG_LEVEL_ERROR, "config", "out of memory");
	else if (config_history_add(r->farm->config->state, &entry, &err) != 0)
		log_line(LOG_LEVEL_ERROR, "config", "%s", err.text);
	buffer_free(&entry);
}

void
reload_started(struct reload *r)
{
	const struct reload_request request = { .origin = RELOAD_START,
		.uid = getuid(),
		.pid = getpid(),
		.what = "start" };
	struct buffer plan = BUFFER_INIT;
	struct buffer last = BUFFER_INIT;
	struct buffer yaml = BUFFER_INIT;

	reload_show(r, &yaml);
	buffer_puts(&plan, "{}");
	if (config_history_at(&last, r->farm->config->state, INT64_MAX, NULL) !=
		0 ||
	    strcmp(buffer_text(&last), buffer_text(&yaml)) != 0)
		record(r, clock_wall_ns(), &request, &plan, &yaml);
	buffer_free(&plan);
	buffer_free(&last);
	buffer_free(&yaml);
}

/* ----------------------------------------------------------------- signals */

static void
run_asked(struct reload *r)
{
	struct reload_request request = { .origin = RELOAD_SIGNAL,
		.uid = r->uid,
		.pid = r->pid,
		.what = "reload" };
	struct reload_answer answer = RELOAD_ANSWER_INIT;

	r->asked = false;
	pthread_mutex_unlock(&r->lock);
	(void)reload_run(r, &request, &answer);
	reload_answer_free(&answer);
	pthread_mutex_lock(&r->lock);
}

static void
rescue(struct reload *r)
{
	r->rescue = false;
	pthread_mutex_unlock(&r->lock);
	pthread_mutex_lock(&r->change);
	farm_rescue(r->farm);
	loaded_expire(r->farm->loaded);
	pthread_mutex_unlock(&r->change);
	pthread_mutex_lock(&r->lock);
}

static void *
reload_main(void *context)
{
	struct reload *r = context;

	pthread_mutex_lock(&r->lock);
	while (!r->ending) {
		if (r->asked)
			run_asked(r);
		else if (r->rescue)
			rescue(r);
		else
			pthread_cond_wait(&r->wanted, &r->lock);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

void
reload_signal(struct reload *r, uid_t uid, pid_t pid)
{
	pthread_mutex_lock(&r->lock);
	r->asked = true;
	r->uid = uid;
	r->pid = pid;
	pthread_cond_signal(&r->wanted);
	pthread_mutex_unlock(&r->lock);
}

void
reload_rescue(struct reload *r)
{
	pthread_mutex_lock(&r->lock);
	r->rescue = true;
	pthread_cond_signal(&r->wanted);
	pthread_mutex_unlock(&r->lock);
}

void
reload_hold(struct reload *r)
{
	pthread_mutex_lock(&r->change);
}

void
reload_let_go(struct reload *r)
{
	pthread_mutex_unlock(&r->change);
}

struct reload *
reload_new(struct farm *farm)
{
	struct reload *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->farm = farm;
	pthread_mutex_init(&r->change, NULL);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->wanted, NULL);
	if (pthread_create(&r->thread, NULL, reload_main, r) == 0)
		return r;
	free(r);
	return NULL;
}

void
reload_free(struct reload *r)
{
	if (r == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	r->ending = true;
	pthread_cond_signal(&r->wanted);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	pthread_mutex_destroy(&r->change);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->wanted);
	free(r);
}
