/* States of jobs, and lists of hosts. */
#include "words.h"

#include "jobs_text.h"

static const struct {
	const char *word;
	enum job_state state;
} job_states[] = {
	{ "PEND", JOB_PENDING },
	{ "PSUSP", JOB_HELD },
	{ "WAIT", JOB_HELD },
	{ "RUN", JOB_RUNNING },
	{ "PROV", JOB_RUNNING },
	{ "SSUSP", JOB_SUSPENDED },
	{ "USUSP", JOB_SUSPENDED },
	{ "DONE", JOB_DONE },
	{ "EXIT", JOB_FAILED },
};

enum job_state
lsf_job_state(struct slice word)
{
	size_t i;

	for (i = 0; i < sizeof(job_states) / sizeof(job_states[0]); i++)
		if (slice_is(word, job_states[i].word))
			return job_states[i].state;
	return JOB_UNKNOWN; /* UNKWN, ZOMBI */
}

int64_t
lsf_slots(struct slice hosts)
{
	int64_t sum = 0, n;
	struct slice one, times;

	if (hosts.length == 0 || slice_is(hosts, "-"))
		return -1;
	while (hosts.length > 0) {
		one = slice_cut(&hosts, ':');
		times = slice_cut(&one, '*');
		if (one.length == 0 || !slice_integer(times, &n) || n < 1 ||
		    n > 1000000)
			n = 1;
		sum += n;
	}
	return sum;
}

struct slice
lsf_host(struct slice hosts)
{
	struct slice one = slice_cut(&hosts, ':');

	if (one.length > 0 && memchr(one.text, '*', one.length) != NULL)
		(void)slice_cut(&one, '*');
	if (slice_is(one, "-"))
		one.length = 0;
	return one;
}
