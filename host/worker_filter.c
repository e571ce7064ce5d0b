#include "worker_filter.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "frame.h"
#include "tap_work.h"

struct guest_filter {
	struct guest *guest;
	struct frame_decoder *decoder;
	/* Calls come one after the other, for farmd waits for each verdict; but
	   from whichever thread of the pool. */
	pthread_mutex_t lock;
	struct tap_work *work;
};

struct filter_job {
	struct job job; /* first */
	struct guest_filter *filter;
	struct batch *batch; /* NULL: a tick() */
};

/* Nothing of the filter is touched once the verdict is said: farmd may close
   it then. */
static void
say_verdict(struct guest_filter *f, const char *why, int64_t cpu_ns)
{
	struct guest *g = f->guest;
	struct worker_verdict v = {
		.verdict = why == NULL ? FARM_DONE : FARM_AGAIN,
		.record = UINT64_MAX,
		.cpu_ns = cpu_ns > 0 ? (uint64_t)cpu_ns : 0,
	};

	if (why != NULL)
		v.why = (struct worker_text){ why,
			strnlen(why, WORKER_TEXT_MAX) };
	worker_child_verdict(g->main->child, g->seat, &v);
}

static void
call_run(struct job *base)
{
	struct filter_job *job = (struct filter_job *)base;
	struct guest_filter *f = job->filter;
	int64_t cpu = clock_thread_cpu_ns();
	struct error err;
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = job->batch != NULL
		 ? tap_work_batch(f->work, &job->batch->view, &err)
		 : tap_work_tick(f->work, &err);
	pthread_mutex_unlock(&f->lock);
	batch_unref(job->batch);
	free(job);
	say_verdict(f, rc == 0 ? NULL : err.text, clock_thread_cpu_ns() - cpu);
}

/* farmd waits for one verdict before it asks for the next. */
static int
submit(struct guest_filter *f, struct batch *batch, struct error *err)
{
	struct filter_job *job = calloc(1, sizeof(*job));

	if (job == NULL) {
		batch_unref(batch);
		return error_set(err, "out of memory");
	}
	job->job.run = call_run;
	job->filter = f;
	job->batch = batch;
	pool_submit(f->guest->main->pool, &job->job);
	return 0;
}

int
guest_filter_write(
    struct guest_filter *f, const struct worker_message *m, struct error *err)
{
	struct batch *batch;
	uint64_t deadline;

	if (worker_read_u64(m, 0, &deadline, err) != 0)
		return -1;
	batch = batch_new();
	if (batch == NULL)
		return error_set(err, "out of memory");
	if (frame_decode(f->decoder, m->payload + 8, m->size - 8, batch, err) !=
	    0) {
		batch_unref(batch);
		return -1;
	}
	return submit(f, batch, err);
}

int
guest_filter_tick(struct guest_filter *f, struct error *err)
{
	return submit(f, NULL, err);
}

void
guest_filter_close(struct guest_filter *f)
{
	pthread_mutex_lock(&f->lock);
	tap_work_close(f->work);
	pthread_mutex_unlock(&f->lock);
}

struct guest_filter *
guest_filter_new(struct guest *g)
{
	struct guest_filter *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->guest = g;
	pthread_mutex_init(&f->lock, NULL);
	f->decoder = frame_decoder_new(g->main->series);
	if (f->decoder != NULL)
		f->work = tap_work_new(g->instance, g->main->series);
	if (f->work != NULL)
		return f;
	guest_filter_free(f);
	return NULL;
}

void
guest_filter_free(struct guest_filter *f)
{
	if (f == NULL)
		return;
	tap_work_free(f->work);
	frame_decoder_free(f->decoder);
	pthread_mutex_destroy(&f->lock);
	free(f);
}
