#include "fake_host.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "arena.h"
#include "option.h"
#include "problems.h"
#include "unit.h"

struct fake_socket {
	const char *option;
	int fd;
};

static struct fake_host *
fake_of(struct farm_host *host)
{
	return (struct fake_host *)host;
}

/* ------------------------------------------------------------- memory -- */

/* Room for one more behind n items; sizes double, so n says when. */
static void *
grow(void *items, size_t n, size_t size)
{
	if (n != 0 && (n & (n - 1)) != 0)
		return items;
	items = reallocarray(items, n == 0 ? 1 : 2 * n, size);
	if (items == NULL)
		fail_msg("out of memory");
	return items;
}

/* The items of array FIELD with room for one more, which is zeroed. */
#define APPEND(FAKE, FIELD)                                                    \
	((FAKE)->FIELD = grow(                                                 \
	     (FAKE)->FIELD, (FAKE)->n_##FIELD, sizeof(*(FAKE)->FIELD)),        \
	    memset(                                                            \
		&(FAKE)->FIELD[(FAKE)->n_##FIELD], 0, sizeof(*(FAKE)->FIELD)), \
	    &(FAKE)->FIELD[(FAKE)->n_##FIELD++])

/* A copy with a NUL behind it that lives as long as the fake. */
static char *
keep(struct fake_host *fake, const void *bytes, size_t size)
{
	char *copy = calloc(1, size + 1);

	if (copy == NULL)
		fail_msg("out of memory");
	if (size > 0)
		memcpy(copy, bytes, size);
	*APPEND(fake, blocks) = copy;
	return copy;
}

static char *
keep_text(struct fake_host *fake, const char *text)
{
	return keep(fake, text, strlen(text));
}

static char *
keep_formatted(struct fake_host *fake, const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		fail_msg("out of memory");
	*APPEND(fake, blocks) = text;
	return text;
}

/* ------------------------------------------------------------- talking -- */

static int
op_fail(struct farm_host *host, const char *format, va_list args)
{
	struct fake_host *fake = fake_of(host);
	int saved = errno;

	if (fake->failure == NULL)
		fake->failure = keep_formatted(fake, format, args);
	errno = saved;
	return -1;
}

static void
op_log(struct farm_host *host, int level, const char *format, va_list args)
{
	struct fake_host *fake = fake_of(host);
	const char *text = keep_formatted(fake, format, args);
	struct fake_log *log = APPEND(fake, logs);

	log->level = level;
	log->text = text;
}

static const char *
op_farm(struct farm_host *host)
{
	(void)host;
	return FAKE_FARM;
}

static int64_t
op_now_ns(struct farm_host *host)
{
	return fake_of(host)->now_ns;
}

static int64_t
op_deadline_ns(struct farm_host *host, struct farm_target *target)
{
	(void)target;
	return fake_of(host)->deadline_ns;
}

static int
op_purpose(struct farm_host *host)
{
	return fake_of(host)->purpose;
}

/* -------------------------------------------------------------- series -- */

/* Does a name of the catalogue, with at most one "*", mean this one? */
static bool
catalogue_means(const char *entry, const char *name)
{
	const char *star = strchr(entry, '*');
	size_t before, after, length = strlen(name);

	if (star == NULL)
		return strcmp(entry, name) == 0;
	before = (size_t)(star - entry);
	after = strlen(star + 1);
	return length > before + after && memcmp(entry, name, before) == 0 &&
	       memcmp(star + 1, name + length - after, after) == 0;
}

static const struct farm_parameter *
catalogue_find(const struct fake_host *fake, const char *name)
{
	const struct farm_parameter *p;

	if (fake->module == NULL || fake->module->parameters == NULL)
		return NULL;
	for (p = fake->module->parameters; p->name != NULL; p++)
		if (catalogue_means(p->name, name))
			return p;
	return NULL;
}

static int
check_name(struct fake_host *fake, const char *what, const char *name)
{
	size_t length = name == NULL ? 0 : strlen(name);
	size_t i;

	if (length == 0)
		return farm_fail(&fake->host, "%s name is empty", what);
	if (length > FARM_NAME_MAX)
		return farm_fail(&fake->host,
		    "%s name \"%s\" is longer than %d bytes", what, name,
		    FARM_NAME_MAX);
	for (i = 0; i < length; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			return farm_fail(&fake->host,
			    "%s name \"%s\" has a control character", what,
			    name);
	return 0;
}

/* What the spec leaves out comes from the target and the catalogue. */
static int
resolve(struct fake_host *fake, const struct farm_target *target,
    const struct farm_spec *spec, struct farm_series *ret)
{
	const struct farm_parameter *p;
	struct farm_series s = {
		.farm = spec->farm != NULL ? spec->farm : FAKE_FARM,
		.cluster = spec->cluster,
		.node = spec->node,
		.parameter = spec->parameter,
		.unit = spec->unit,
		.kind = spec->kind,
		.labels = spec->labels,
		.n_labels = spec->n_labels,
	};

	if (s.cluster == NULL && target != NULL)
		s.cluster = target->cluster;
	if (s.node == NULL && target != NULL)
		s.node = target->node;
	if (check_name(fake, "farm", s.farm) != 0 ||
	    check_name(fake, "cluster", s.cluster) != 0 ||
	    check_name(fake, "node", s.node) != 0 ||
	    check_name(fake, "parameter", s.parameter) != 0)
		return -1;
	p = catalogue_find(fake, s.parameter);
	if (s.unit == NULL && s.kind == 0 && p != NULL) {
		s.unit = p->unit;
		s.kind = p->kind;
	}
	if (s.unit == NULL)
		s.unit = "";
	*ret = s;
	return 0;
}

/* Another kind or unit makes another series, as in the host's table. */
static bool
same_labels(const struct farm_series *a, const struct farm_series *b)
{
	uint32_t i;

	for (i = 0; i < a->n_labels && i < b->n_labels; i++)
		if (strcmp(a->labels[i].name, b->labels[i].name) != 0 ||
		    strcmp(a->labels[i].value, b->labels[i].value) != 0)
			return false;
	return a->n_labels == b->n_labels;
}

static bool
same_series(const struct farm_series *a, const struct farm_series *b)
{
	return a->kind == b->kind && strcmp(a->unit, b->unit) == 0 &&
	       strcmp(a->parameter, b->parameter) == 0 &&
	       strcmp(a->node, b->node) == 0 &&
	       strcmp(a->cluster, b->cluster) == 0 &&
	       strcmp(a->farm, b->farm) == 0 && same_labels(a, b);
}

static const struct farm_label *
keep_labels(struct fake_host *fake, const struct farm_series *s)
{
	struct farm_label *labels;
	uint32_t i;

	labels = (void *)keep(fake, s->labels, s->n_labels * sizeof(*labels));
	for (i = 0; i < s->n_labels; i++) {
		labels[i].name = keep_text(fake, labels[i].name);
		labels[i].value = keep_text(fake, labels[i].value);
	}
	return labels;
}

/* By a checksum (djb2) of node and parameter: few series differ in less. */
static uint32_t *
place_of(struct fake_host *fake, const struct farm_series *s)
{
	uint32_t sum = 5381;
	const char *c;

	for (c = s->node; *c != '\0'; c++)
		sum = sum * 33 + (unsigned char)*c;
	for (c = s->parameter; *c != '\0'; c++)
		sum = sum * 33 + (unsigned char)*c;
	return &fake->places[sum % FAKE_PLACES];
}

static uint32_t
op_series(struct farm_host *host, struct farm_target *target,
    const struct farm_spec *spec)
{
	struct fake_host *fake = fake_of(host);
	struct farm_series names;
	struct fake_series *new;
	uint32_t *place, h;

	if (resolve(fake, target, spec, &names) != 0)
		return 0;
	place = place_of(fake, &names);
	for (h = *place; h != 0; h = fake->series[h - 1].next)
		if (!fake->series[h - 1].released &&
		    same_series(&fake->series[h - 1].names, &names))
			return h;
	new = APPEND(fake, series);
	new->next = *place;
	*place = (uint32_t)fake->n_series;
	new->lifetime_ns = spec->lifetime_ns;
	new->names = names;
	new->names.farm = keep_text(fake, names.farm);
	new->names.cluster = keep_text(fake, names.cluster);
	new->names.node = keep_text(fake, names.node);
	new->names.parameter = keep_text(fake, names.parameter);
	new->names.unit = keep_text(fake, names.unit);
	new->names.labels = keep_labels(fake, &names);
	return (uint32_t)fake->n_series;
}

static struct fake_series *
series_at(struct fake_host *fake, uint32_t series, const char *who)
{
	if (series == 0 || series > fake->n_series)
		fail_msg("%s: %" PRIu32 " is no handle", who, series);
	if (fake->series[series - 1].released)
		fail_msg("%s: %s was released", who,
		    fake->series[series - 1].names.parameter);
	return &fake->series[series - 1];
}

static void
op_release(struct farm_host *host, uint32_t series)
{
	series_at(fake_of(host), series, "farm_release")->released = true;
}

static const struct farm_series *
op_info(struct farm_host *host, uint32_t series)
{
	struct fake_host *fake = fake_of(host);

	if (series == 0 || series > fake->n_series ||
	    fake->series[series - 1].released)
		return NULL;
	return &fake->series[series - 1].names;
}

static int64_t
op_lifetime_ns(struct farm_host *host, uint32_t series)
{
	return series_at(fake_of(host), series, "farm_series_lifetime_ns")
	    ->lifetime_ns;
}

static size_t
series_state_size(const struct fake_host *fake)
{
	if (fake->role == FARM_FILTER)
		return fake->module->filter.series_state_size;
	if (fake->role == FARM_WRITER)
		return fake->module->writer.series_state_size;
	fail_msg("farm_series_state: only filters and writers have it");
	return 0;
}

static void *
op_series_state(struct farm_host *host, uint32_t series)
{
	struct fake_host *fake = fake_of(host);
	struct fake_series *s = series_at(fake, series, "farm_series_state");

	/* A block of its own, so that sanitizers see its end. */
	if (s->state == NULL)
		s->state = calloc(1, series_state_size(fake));
	return s->state;
}

/* ------------------------------------------------------------ emitting -- */

static int
record_value(struct fake_host *fake, const struct farm_series *names,
    const struct farm_value *value, struct fake_value rest)
{
	struct fake_value *new;

	if (value->type == FARM_NONE || value->type > FARM_TEXT)
		return farm_fail(&fake->host, "%s: no value", names->parameter);
	if (fake->emit_max != 0 && fake->n_values >= fake->emit_max)
		return farm_fail(&fake->host, "%s: enough", names->parameter);
	new = APPEND(fake, values);
	*new = rest;
	new->farm = keep_text(fake, names->farm);
	new->cluster = keep_text(fake, names->cluster);
	new->node = keep_text(fake, names->node);
	new->parameter = keep_text(fake, names->parameter);
	new->unit = keep_text(fake, names->unit);
	new->kind = names->kind;
	new->labels = keep_labels(fake, names);
	new->n_labels = names->n_labels;
	new->value = *value;
	if (new->time_ns == 0)
		new->time_ns = fake->now_ns;
	if (value->type == FARM_TEXT)
		new->value.text = keep(fake, value->text, value->length);
	return 0;
}

static int
op_emit(struct farm_host *host, struct farm_target *target,
    const struct farm_spec *spec, struct farm_value value)
{
	struct fake_host *fake = fake_of(host);
	struct farm_series names;

	if (resolve(fake, target, spec, &names) != 0)
		return -1;
	return record_value(fake, &names, &value,
	    (struct fake_value){ .time_ns = spec->time_ns,
		.lifetime_ns = spec->lifetime_ns,
		.call = ++fake->n_calls });
}

static int
op_emit_rows(struct farm_host *host, struct farm_target *target,
    int64_t time_ns, uint32_t flags, const struct farm_value *rows, size_t n)
{
	struct fake_host *fake = fake_of(host);
	size_t call = ++fake->n_calls;
	size_t i;

	(void)target;
	for (i = 0; i < n; i++) {
		const struct fake_series *s = series_at(
		    fake, rows[i].series, "farm_emit_rows");
		struct fake_value rest = { .time_ns = time_ns,
			.flags = flags,
			.lifetime_ns = s->lifetime_ns,
			.call = call };

		if (record_value(fake, &s->names, &rows[i], rest) != 0)
			return -1;
	}
	return 0;
}

static int
op_emit_record(struct farm_host *host, struct farm_target *target, int type,
    int64_t time_ns, const void *payload, size_t size)
{
	struct fake_host *fake = fake_of(host);
	const char *copy = keep(fake, payload, size);
	struct fake_record *record = APPEND(fake, records);

	record->type = type;
	record->time_ns = time_ns == 0 ? fake->now_ns : time_ns;
	record->target = target;
	record->payload = copy;
	record->size = size;
	return 0;
}

static int
op_flush(struct farm_host *host)
{
	fake_of(host)->n_flushes++;
	return 0;
}

/* -------------------------------------------------------- collect_many -- */

static int
op_more(struct farm_host *host, struct farm_target **ret, size_t max)
{
	struct fake_host *fake = fake_of(host);
	uint64_t count;
	size_t n;

	pthread_mutex_lock(&fake->lock);
	n = fake->n_due < max ? fake->n_due : max;
	if (n > 0)
		memcpy(ret, fake->due, n * sizeof(*ret));
	fake->n_due -= n;
	if (n > 0)
		memmove(
		    fake->due, fake->due + n, fake->n_due * sizeof(*fake->due));
	if (fake->n_due == 0 && !fake->ended)
		(void)!read(fake->wake_fd, &count, sizeof(count));
	pthread_mutex_unlock(&fake->lock);
	return (int)n;
}

static int
op_wake_fd(struct farm_host *host)
{
	return fake_of(host)->wake_fd;
}

static void
op_done(struct farm_host *host, struct farm_target *target, int failed,
    const char *format, va_list args)
{
	struct fake_host *fake = fake_of(host);
	const char *text = keep_formatted(fake, format, args);
	struct fake_done *done = APPEND(fake, dones);

	done->target = target;
	done->failed = failed != 0;
	done->text = text;
}

static void
wake(struct fake_host *fake)
{
	uint64_t one = 1;

	if (write(fake->wake_fd, &one, sizeof(one)) != sizeof(one))
		fail_msg("eventfd: %s", strerror(errno));
}

void
fake_due(struct fake_host *fake, struct farm_target *target)
{
	pthread_mutex_lock(&fake->lock);
	*APPEND(fake, due) = target;
	wake(fake);
	pthread_mutex_unlock(&fake->lock);
}

void
fake_end(struct fake_host *fake)
{
	pthread_mutex_lock(&fake->lock);
	fake->ended = true;
	wake(fake);
	pthread_mutex_unlock(&fake->lock);
}

/* ------------------------------------------- filters, writers, actions -- */

static bool
name_matches(const char *pattern, const char *name)
{
	return pattern == NULL || *pattern == '\0' ||
	       strcmp(pattern, "*") == 0 || strcmp(pattern, "%") == 0 ||
	       strcmp(pattern, name) == 0;
}

/* Exact names and "*" only: a test of a module needs no more. */
static bool
op_matches(struct farm_host *host, const struct farm_predicate *predicate,
    const struct farm_series *series)
{
	size_t i;

	(void)host;
	if (!name_matches(predicate->farm, series->farm) ||
	    !name_matches(predicate->cluster, series->cluster) ||
	    !name_matches(predicate->node, series->node))
		return false;
	for (i = 0; i < predicate->n_parameters; i++)
		if (name_matches(predicate->parameters[i], series->parameter))
			return true;
	return false;
}

static int
op_bad(struct farm_host *host, size_t record, const char *format, va_list args)
{
	fake_of(host)->bad_record = record;
	op_fail(host, format, args);
	return FARM_BAD;
}

static void
op_acknowledge(struct farm_host *host, uint64_t first, uint64_t last)
{
	struct fake_range *range = APPEND(fake_of(host), acknowledged);

	range->first = first;
	range->last = last;
}

static int
op_answer_through(struct farm_host *host, uint64_t position)
{
	fake_of(host)->answered_through = position;
	return 0;
}

static int
op_checkpoint(struct farm_host *host, const void *bytes, size_t size)
{
	struct fake_host *fake = fake_of(host);

	if (size > 64 << 10)
		return farm_fail(host, "checkpoint of %zu bytes", size);
	fake->checkpoint = keep(fake, bytes, size);
	fake->checkpoint_size = size;
	fake->n_checkpoints++;
	return 0;
}

static const void *
op_restore(struct farm_host *host, size_t *ret_size)
{
	struct fake_host *fake = fake_of(host);

	*ret_size = fake->restore_size;
	return fake->restore;
}

static int
op_reply(struct farm_host *host, const void *json, size_t size)
{
	struct fake_host *fake = fake_of(host);

	fake->reply = keep(fake, json, size);
	return 0;
}

/* ------------------------------------------------------------- sockets -- */

static int
op_socket(struct farm_host *host, const char *option)
{
	struct fake_host *fake = fake_of(host);
	size_t i;

	for (i = 0; i < fake->n_sockets; i++)
		if (strcmp(fake->sockets[i].option, option) == 0)
			return fake->sockets[i].fd;
	return -1;
}

static struct fake_watch *
watch_find(struct fake_host *fake, int fd)
{
	size_t i;

	for (i = 0; i < fake->n_watches; i++)
		if (fake->watches[i].fd == fd)
			return &fake->watches[i];
	return NULL;
}

static int
op_watch(struct farm_host *host, int fd, uint32_t events, void *cookie)
{
	struct fake_host *fake = fake_of(host);
	struct fake_watch *watch = watch_find(fake, fd);

	if (watch == NULL)
		watch = APPEND(fake, watches);
	watch->fd = fd;
	watch->events = events;
	watch->cookie = cookie;
	return 0;
}

static void
op_unwatch(struct farm_host *host, int fd)
{
	struct fake_host *fake = fake_of(host);
	struct fake_watch *watch = watch_find(fake, fd);

	if (watch == NULL)
		fail_msg("farm_unwatch: %d is not watched", fd);
	*watch = fake->watches[--fake->n_watches];
}

void
fake_socket(struct fake_host *fake, const char *option, int fd)
{
	const char *name = keep_text(fake, option);
	struct fake_socket *new = APPEND(fake, sockets);

	new->option = name;
	new->fd = fd;
}

/* ---------------------------------------------------------- life cycle -- */

static const struct farm_host_ops fake_ops = {
	.size = sizeof(fake_ops),
	.fail = op_fail,
	.log = op_log,
	.now_ns = op_now_ns,
	.farm = op_farm,
	.deadline_ns = op_deadline_ns,
	.purpose = op_purpose,
	.emit = op_emit,
	.series = op_series,
	.release = op_release,
	.emit_rows = op_emit_rows,
	.emit_record = op_emit_record,
	.flush = op_flush,
	.more = op_more,
	.wake_fd = op_wake_fd,
	.done = op_done,
	.info = op_info,
	.series_state = op_series_state,
	.matches = op_matches,
	.bad = op_bad,
	.acknowledge = op_acknowledge,
	.answer_through = op_answer_through,
	.checkpoint = op_checkpoint,
	.restore = op_restore,
	.socket = op_socket,
	.watch = op_watch,
	.unwatch = op_unwatch,
	.reply = op_reply,
	.lifetime_ns = op_lifetime_ns,
};

struct fake_host *
fake_new(const struct farm_entry *module)
{
	struct fake_host *fake = calloc(1, sizeof(*fake));

	if (fake == NULL)
		fail_msg("out of memory");
	fake->host.ops = &fake_ops;
	if (module != NULL) {
		fake->module = module->descriptor;
		fake->role = module->stamp.role;
	}
	/* Any fixed moment will do; this one is easy to read. */
	fake->now_ns = INT64_C(1700000000) * 1000000000;
	fake->deadline_ns = INT64_MAX;
	pthread_mutex_init(&fake->lock, NULL);
	fake->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fake->wake_fd < 0)
		fail_msg("eventfd: %s", strerror(errno));
	return fake;
}

static void
target_free(struct fake_host *fake, struct farm_target *target)
{
	if (fake->opened && fake->module->target_close != NULL)
		fake->module->target_close(&fake->host, fake->state, target);
	free(target->state);
	free(target);
}

void
fake_target_close(struct fake_host *fake, struct farm_target *target)
{
	size_t i;

	for (i = 0; i < fake->n_targets; i++)
		if (fake->targets[i] == target)
			break;
	if (i == fake->n_targets)
		fail_msg("fake_target_close: not a target of this host");
	fake->targets[i] = fake->targets[--fake->n_targets];
	target_free(fake, target);
}

void
fake_forget(struct fake_host *fake, uint32_t series)
{
	struct fake_series *s = series_at(fake, series, "fake_forget");
	void (*forget)(struct farm_host *, void *, void *) = NULL;

	if (fake->role == FARM_FILTER)
		forget = fake->module->filter.forget;
	else if (fake->role == FARM_WRITER)
		forget = fake->module->writer.forget;
	if (s->state != NULL && forget != NULL)
		forget(&fake->host, fake->state, s->state);
	free(s->state);
	s->state = NULL;
}

static void
close_module(struct fake_host *fake)
{
	size_t i;

	for (i = 0; i < fake->n_targets; i++)
		target_free(fake, fake->targets[i]);
	for (i = 0; i < fake->n_series; i++)
		if (!fake->series[i].released)
			fake_forget(fake, (uint32_t)i + 1);
	if (fake->opened && fake->module->close != NULL)
		fake->module->close(&fake->host, fake->state);
}

void
fake_free(struct fake_host *fake)
{
	size_t i;

	if (fake == NULL)
		return;
	close_module(fake);
	for (i = 0; i < fake->n_series; i++)
		free(fake->series[i].state);
	for (i = 0; i < fake->n_blocks; i++)
		free(fake->blocks[i]);
	free(fake->blocks);
	free(fake->state);
	arena_free(fake->arena);
	free(fake->values);
	free(fake->records);
	free(fake->logs);
	free(fake->dones);
	free(fake->acknowledged);
	free(fake->series);
	free(fake->watches);
	free(fake->targets);
	free(fake->sockets);
	free(fake->due);
	close(fake->wake_fd);
	pthread_mutex_destroy(&fake->lock);
	free(fake);
}

static void *
zeroed(size_t size)
{
	void *p = size == 0 ? NULL : calloc(1, size);

	if (size != 0 && p == NULL)
		fail_msg("out of memory");
	return p;
}

static struct option_table
options_of(const struct fake_host *fake)
{
	return (struct option_table){ .first = fake->module->options };
}

void *
fake_state(struct fake_host *fake)
{
	struct problems problems = PROBLEMS_INIT;

	if (fake->state != NULL || fake->module->state_size == 0)
		return fake->state;
	fake->state = zeroed(fake->module->state_size);
	fake->arena = arena_new(0);
	if (fake->arena == NULL)
		fail_msg("out of memory");
	/* The only problem can be what is required, and that is to come. */
	(void)options_parse(
	    options_of(fake), NULL, NULL, fake->state, fake->arena, &problems);
	problems_free(&problems);
	return fake->state;
}

static const struct farm_option *
option_find(const struct fake_host *fake, const char *name)
{
	const struct farm_option *o;
	size_t i;

	for (i = 0; (o = option_at(options_of(fake), i)) != NULL; i++)
		if (strcmp(o->name, name) == 0)
			return o;
	fail_msg("the module has no option \"%s\"", name);
	return NULL;
}

const char *
fake_option(struct fake_host *fake, const char *name, const char *value)
{
	struct problems problems = PROBLEMS_INIT;
	void *state = fake_state(fake); /* makes the arena too */
	const char *wrong = "";

	/* A copy, since a field may point into it. */
	if (option_parse_text(option_find(fake, name), keep_text(fake, value),
		state, fake->arena, &problems) != 0)
		wrong = keep_text(fake, problems.items[0].text);
	problems_free(&problems);
	return wrong;
}

void
fake_options(struct fake_host *fake, ...)
{
	const char *name, *value, *wrong;
	va_list args;

	va_start(args, fake);
	while ((name = va_arg(args, const char *)) != NULL) {
		value = va_arg(args, const char *);
		wrong = fake_option(fake, name, value);
		if (*wrong != '\0')
			fail_msg("%s: %s", name, wrong);
	}
	va_end(args);
}

struct farm_target *
fake_target(struct fake_host *fake, const char *cluster, const char *node,
    const char *address)
{
	struct farm_target *target = zeroed(sizeof(*target));

	target->cluster = keep_text(fake, cluster);
	target->node = keep_text(fake, node);
	target->address = keep_text(fake, *address ? address : node);
	if (fake->module != NULL)
		target->state = zeroed(fake->module->target_state_size);
	*APPEND(fake, targets) = target;
	return target;
}

/* ------------------------------------------------------------- calling -- */

int
fake_check(struct fake_host *fake)
{
	const void *options = fake_state(fake);

	fake->failure = NULL;
	return fake->module->check(&fake->host, options);
}

int
fake_open(struct fake_host *fake)
{
	fake_state(fake);
	fake->failure = NULL;
	fake->opened = true;
	if (fake->module->open == NULL)
		return 0;
	return fake->module->open(&fake->host, fake->state);
}

int
fake_collect(struct fake_host *fake, struct farm_target *target)
{
	fake->failure = NULL;
	return fake->module->collector.collect(
	    &fake->host, fake_state(fake), target);
}

int
fake_collect_many(
    struct fake_host *fake, struct farm_target *const *targets, size_t n)
{
	fake->failure = NULL;
	return fake->module->collector.collect_many(
	    &fake->host, fake_state(fake), targets, n);
}

int
fake_write(struct fake_host *fake, const struct farm_batch *batch)
{
	fake->failure = NULL;
	return fake->module->writer.write(&fake->host, fake_state(fake), batch);
}

int
fake_history(struct fake_host *fake, const struct farm_predicate *predicate)
{
	fake->failure = NULL;
	return fake->module->writer.history(
	    &fake->host, fake_state(fake), predicate);
}

int
fake_tick(struct fake_host *fake)
{
	fake->failure = NULL;
	return fake->module->tick(&fake->host, fake_state(fake), fake->now_ns);
}

/* ------------------------------------------------------------- looking -- */

void
fake_clear(struct fake_host *fake)
{
	fake->failure = NULL;
	fake->n_values = 0;
	fake->n_records = 0;
	fake->n_logs = 0;
	fake->n_dones = 0;
	fake->n_acknowledged = 0;
	fake->n_flushes = 0;
	fake->n_checkpoints = 0;
	fake->checkpoint = NULL;
	fake->checkpoint_size = 0;
	fake->reply = NULL;
}

const char *
fake_failure(const struct fake_host *fake)
{
	return fake->failure == NULL ? "" : fake->failure;
}

static void
print_value(const struct fake_value *v)
{
	print_error(
	    "  %s/%s/%s/%s ", v->farm, v->cluster, v->node, v->parameter);
	switch (v->value.type) {
	case FARM_DOUBLE:
		print_error("double %.17g", v->value.number);
		break;
	case FARM_INT64:
		print_error("int64 %" PRId64, v->value.int64);
		break;
	case FARM_UINT64:
		print_error("uint64 %" PRIu64, v->value.uint64);
		break;
	case FARM_BOOLEAN:
		print_error("boolean %s", v->value.boolean ? "true" : "false");
		break;
	default:
		print_error("text \"%s\"", v->value.text);
	}
	print_error(" \"%s\" kind %" PRIu32 " at %" PRId64 "\n", v->unit,
	    v->kind, v->time_ns);
}

void
fake_print(const struct fake_host *fake)
{
	size_t i;

	if (fake->failure != NULL)
		print_error("  failure: %s\n", fake->failure);
	for (i = 0; i < fake->n_values; i++)
		print_value(&fake->values[i]);
}

const struct fake_value *
fake_find(const struct fake_host *fake, const char *node, const char *parameter)
{
	size_t i;

	for (i = fake->n_values; i-- > 0;)
		if (strcmp(fake->values[i].node, node) == 0 &&
		    strcmp(fake->values[i].parameter, parameter) == 0)
			return &fake->values[i];
	return NULL;
}

bool
fake_has(const struct fake_host *fake, const char *node, const char *parameter)
{
	return fake_find(fake, node, parameter) != NULL;
}

static const struct fake_value *
find_or_fail(
    const struct fake_host *fake, const char *node, const char *parameter)
{
	const struct fake_value *v = fake_find(fake, node, parameter);

	if (v == NULL) {
		print_error(
		    "%s/%s is not there; there are:\n", node, parameter);
		fake_print(fake);
		fail_msg("no %s/%s", node, parameter);
	}
	return v;
}

double
fake_value(
    const struct fake_host *fake, const char *node, const char *parameter)
{
	const struct fake_value *v = find_or_fail(fake, node, parameter);

	switch (v->value.type) {
	case FARM_DOUBLE:
		return v->value.number;
	case FARM_INT64:
		return (double)v->value.int64;
	case FARM_UINT64:
		return (double)v->value.uint64;
	case FARM_BOOLEAN:
		return v->value.boolean;
	default:
		print_value(v);
		fail_msg("%s/%s is a text", node, parameter);
		return 0;
	}
}

const char *
fake_text(const struct fake_host *fake, const char *node, const char *parameter)
{
	const struct fake_value *v = find_or_fail(fake, node, parameter);

	if (v->value.type != FARM_TEXT) {
		print_value(v);
		fail_msg("%s/%s is not a text", node, parameter);
	}
	return v->value.text;
}

size_t
fake_count(const struct fake_host *fake, const char *node)
{
	size_t i, n = 0;

	for (i = 0; i < fake->n_values; i++)
		if (node == NULL || strcmp(fake->values[i].node, node) == 0)
			n++;
	return n;
}
