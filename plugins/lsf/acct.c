/* lsb.acct: words and texts in quotes, where "" is a quote. */
#include "acct.h"

#include "jobs_text.h"

#define STATUS_DONE 64

/* The next field; a text without its quotes. */
static bool
field(struct slice *rest, struct slice *ret)
{
	size_t i;

	*rest = slice_trim(*rest);
	if (rest->length == 0 || rest->text[0] != '"')
		return slice_word(rest, ret);
	for (i = 1; i < rest->length; i++) {
		if (rest->text[i] != '"')
			continue;
		if (i + 1 == rest->length || rest->text[i + 1] != '"')
			break;
		i++;
	}
	if (i >= rest->length)
		return false;
	*ret = (struct slice){ rest->text + 1, i - 1 };
	*rest = (struct slice){ rest->text + i + 1, rest->length - i - 1 };
	return true;
}

static bool
integer(struct slice *rest, int64_t *ret)
{
	struct slice s;

	return field(rest, &s) && slice_integer(s, ret);
}

static bool
skip(struct slice *rest, int64_t n)
{
	struct slice s;

	while (n-- > 0)
		if (!field(rest, &s))
			return false;
	return true;
}

/* A number of hosts, then they; of the first it is told. */
static bool
hosts(struct slice *rest, struct slice *ret_first)
{
	int64_t n;

	if (!integer(rest, &n) || n < 0)
		return false;
	return n == 0 || (field(rest, ret_first) && skip(rest, n - 1));
}

static bool
take_usage(struct slice *rest, struct job_record *r)
{
	struct slice user, system;
	double u, s;

	if (!field(rest, &user) || !field(rest, &system) || !skip(rest, 17))
		return false;
	if (slice_number(user, &u) && slice_number(system, &s) && u >= 0 &&
	    s >= 0)
		r->cpu = u + s;
	return true;
}

/* Of an array the index is the first number after the texts that follow the
   exit status, of which there are more in later releases. */
static void
take_index(struct slice *rest, struct job_record *r)
{
	struct slice s;
	int64_t n;

	while (field(rest, &s)) {
		if (s.length > 0 && slice_integer(s, &n)) {
			r->task = n > 0 ? n : -1;
			return;
		}
	}
}

static void
take_exit(struct job_record *r, int64_t status, int64_t wait_status)
{
	r->failed = status != STATUS_DONE;
	if ((wait_status & 0x7f) != 0)
		r->signal = wait_status & 0x7f;
	else
		r->exit = wait_status >> 8 & 0xff;
}

int
read_acct(struct slice line, struct job_record *ret)
{
	struct job_record r = JOB_RECORD_INIT;
	int64_t status, wait_status;
	struct slice s, asked;

	if (!field(&line, &s))
		return 0;
	if (!slice_is(s, "JOB_FINISH"))
		return 0;
	if (!skip(&line, 1) || !integer(&line, &r.ended) ||
	    !field(&line, &r.job) || !skip(&line, 2) ||
	    !integer(&line, &r.slots) || !integer(&line, &r.submitted) ||
	    !skip(&line, 2) || !integer(&line, &r.started) ||
	    !field(&line, &r.user) || !field(&line, &r.queue) ||
	    !skip(&line, 9) || !hosts(&line, &asked) ||
	    !hosts(&line, &r.node) || !integer(&line, &status) ||
	    !skip(&line, 1) || !field(&line, &r.name) || !skip(&line, 1) ||
	    !take_usage(&line, &r) || !skip(&line, 1) ||
	    !field(&line, &r.group) || !integer(&line, &wait_status) ||
	    !skip(&line, 1))
		return -1;
	take_index(&line, &r);
	take_exit(&r, status, wait_status);
	if (r.started > 0 && r.ended >= r.started)
		r.wall = (double)(r.ended - r.started);
	*ret = r;
	return 1;
}
