/* Finished jobs, each as one accounting record. */
#include "jobs_private.h"

#include <stdlib.h>

#include "job_log.h"

/* Of a log, in one cycle; what is more waits for the next. */
#define BYTES_MAX (4 << 20)

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

int
emit_finished(
    struct emission *e, const struct job_record *r, struct buffer *json)
{
	buffer_clear(json);
	job_record_json(r, e->system->name, json);
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
};

static int
enter(void *cookie, struct slice line)
{
	struct entering *t = cookie;
	struct emission *e = t->emission;
	struct job_record r;
	int rc = e->system->record(line, &r);

	if (rc <= 0) {
		t->bad += rc < 0;
		return 0;
	}
	return emit_finished(e, &r, &t->json);
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

int
ledger_collect(struct emission *e)
{
	struct job_ledger *ledger = e->jobs->ledger;
	struct entering t = { .emission = e };
	uint64_t lost = 0;
	struct error err;
	int64_t n;
	int rc;

	if (ledger == NULL || !jobs_claim(&ledger->reader, e->target))
		return 0;
	await_ends(e);
	n = job_log_read(ledger->log, BYTES_MAX, enter, &t, &lost, &err);
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
	/* Also where nothing was new, so that a restart misses nothing. */
	rc = remember(e, ledger->log);
	if (n >= 0)
		return rc;
	forget_ends(e);
	return farm_fail(e->host, "accounting: %s", err.text);
}

void
ledger_forget(const struct jobs *j, struct farm_target *target)
{
	if (j->ledger != NULL)
		jobs_yield(&j->ledger->reader, target);
}
