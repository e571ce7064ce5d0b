/* Finished jobs, each as one accounting record. */
#include "jobs_private.h"

#include <stdlib.h>

#include "job_log.h"

/* Of a log, read at a time; the longest record. */
#define BYTES_MAX (4 << 20)
/* In one cycle; what is more waits for the next. */
#define GROUPS_MAX 200

struct job_ledger {
	struct job_log *log;
	_Atomic(struct farm_target *) reader;
};

int
ledger_open(struct farm_host *host, struct jobs *j)
{
	const void *place;
	size_t size = 0;

	if (j->accounting == NULL)
		return 0;
	place = farm_restore(host, &size);
	j->ledger = calloc(1, sizeof(*j->ledger));
	if (j->ledger != NULL)
		j->ledger->log = job_log_new(j->accounting,
		    j->system->record_last, place, place != NULL ? size : 0);
	if (j->ledger == NULL || j->ledger->log == NULL)
		return farm_fail(host, "out of memory");
	return 0;
}

void
ledger_close(struct jobs *j)
{
	if (j->ledger == NULL)
		return;
	job_log_free(j->ledger->log);
	free(j->ledger);
}

bool
jobs_claim(_Atomic(struct farm_target *) *reader, struct farm_target *target)
{
	struct farm_target *nobody = NULL;

	return atomic_compare_exchange_strong(reader, &nobody, target) ||
	       nobody == target;
}

void
jobs_yield(_Atomic(struct farm_target *) *reader, struct farm_target *target)
{
	(void)atomic_compare_exchange_strong(reader, &target, NULL);
}

void
emit_group(struct emission *e)
{
	e->bytes = 0;
	e->rc |= farm_flush(e->host);
}

int
emit_finished(
    struct emission *e, const struct job_record *r, struct buffer *json)
{
	buffer_clear(json);
	job_record_json(r, e->system->name, json);
	e->bytes += json->size;
	if (buffer_failed(json))
		return farm_fail(e->host, "out of memory");
	if (farm_emit_record(e->host, e->target, FARM_ACCOUNTING,
		job_record_time_ns(r), json->data, json->size) != 0)
		return -1;
	if (r->requeued)
		return 0;
	count_end(e, r);
	return e->jobs->job_events ? emit_job_end(e, r) : 0;
}

struct entering {
	struct emission *emission;
	struct buffer json;
	uint64_t bad;
	bool full; /* the group is; there is more */
	bool failed;
};

static int
enter(void *cookie, struct slice line)
{
	struct entering *t = cookie;
	struct emission *e = t->emission;
	struct job_record r;
	int rc;

	t->full = e->bytes >= JOBS_GROUP_BYTES;
	if (t->full)
		return -1;
	rc = e->system->record(line, &r);
	if (rc <= 0) {
		t->bad += rc < 0;
		return 0;
	}
	t->failed = emit_finished(e, &r, &t->json) != 0;
	return t->failed ? -1 : 0;
}

static int
remember(struct emission *e, const struct job_log *log)
{
	struct buffer place = BUFFER_INIT;
	int rc = 0;

	job_log_place(log, &place);
	if (buffer_failed(&place))
		rc = farm_fail(e->host, "out of memory");
	else if (place.size > 0)
		rc = farm_checkpoint(e->host, place.data, place.size);
	buffer_free(&place);
	return rc;
}

/* Group after group, each with its checkpoint, also where nothing was new, so
   that a restart misses nothing. */
static int
enter_all(
    struct job_log *log, struct entering *t, uint64_t *lost, struct error *err)
{
	int groups = 0, rc = 0;
	int64_t n;

	do {
		emit_group(t->emission);
		t->full = false;
		n = job_log_read(log, BYTES_MAX, enter, t, lost, err);
		rc |= remember(t->emission, log);
	} while (n >= 0 && t->full && rc == 0 && ++groups < GROUPS_MAX);
	if (t->failed)
		return error_set(err, "records cannot be emitted");
	return n < 0 || rc != 0 ? -1 : 0;
}

int
ledger_collect(struct emission *e)
{
	struct job_ledger *ledger = e->jobs->ledger;
	struct entering t = { .emission = e };
	struct error err = { "out of memory" };
	uint64_t lost = 0;
	int rc;

	if (ledger == NULL || !jobs_claim(&ledger->reader, e->target))
		return 0;
	await_ends(e);
	rc = enter_all(ledger->log, &t, &lost, &err);
	buffer_free(&t.json);
	if (t.bad > 0)
		farm_log(e->host, FARM_WARNING,
		    "%s: %llu records cannot be read", e->jobs->accounting,
		    (unsigned long long)t.bad);
	if (lost > 0)
		farm_log(e->host, FARM_WARNING,
		    "%s: jobs may be missing: the file was cut or replaced, "
		    "or a record is too long",
		    e->jobs->accounting);
	if (rc == 0)
		return 0;
	forget_ends(e);
	return farm_fail(e->host, "accounting: %s", err.text);
}

void
ledger_forget(const struct jobs *j, struct farm_target *target)
{
	if (j->ledger != NULL)
		jobs_yield(&j->ledger->reader, target);
}
