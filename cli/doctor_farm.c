/* The daemon as a whole: does it answer, does it have threads, what is lost. */
#include <string.h>

#include "answer.h"
#include "doctor.h"

void
check_daemon(struct doctor *d)
{
	if (d->status == NULL)
		doctor_say(d, HEALTH_RED, NULL,
		    "systemctl status farmd, journalctl -u farmd; is "
		    "--socket right, and may this user open it "
		    "(socket_group:)?",
		    "%s", d->silence.text);
	else
		doctor_say(d, HEALTH_OK, NULL, "",
		    "farm %s, farmd %s, pid %.0f, up since %s",
		    answer_text(d->status, "farm"),
		    answer_text(d->status, "version"),
		    answer_number(d->status, "pid"),
		    answer_text(d->status, "started"));
}

void
check_threads(struct doctor *d)
{
	const json_t *pool = json_object_get(d->status, "pool");
	double lost = answer_number(pool, "written_off");
	double max = answer_number(pool, "max");

	if (lost > 0)
		doctor_say(d, lost >= 16 ? HEALTH_RED : HEALTH_WARN, NULL,
		    "kill -USR1 the daemon: the dump says where they hang; "
		    "restart it once the cause is gone",
		    "%.0f threads lost in calls that hang (16 at most)", lost);
	if (answer_number(pool, "waiting") > 0 &&
	    answer_number(pool, "busy") >= max)
		doctor_say(d, HEALTH_WARN, NULL,
		    "raise pool: threads, or give slow collectors a shorter "
		    "deadline:",
		    "%.0f runs wait, all %.0f threads are busy",
		    answer_number(pool, "waiting"), max);
}

/* What to change, by what the API calls the reason. */
static const struct {
	const char *reason;
	const char *todo;
} remedies[] = {
	{ "queue_full", "raise limits: queue, or find the filter that is slow "
			"(farmctl top)" },
	{ "name", "the log quotes the name; mend the module, or leave the "
		  "parameter out" },
	{ "series", "raise limits: series, or give what comes and goes a "
		    "lifetime:" },
	{ "late",
	    "raise deadline: of the collector, or find out why it hangs" },
	{ "handle", "mend the module: farmctl module lint" },
	{ "behind", "find out why the writer is slow; limits: writers is what "
		    "may wait" },
	{ "refused", "farmctl journal dead-letters WRITER shows them" },
	{ "unreadable", "look at STATE/journal/*.bad, and at the disk" },
	{ "memory", "give the service more memory, or lower limits: and "
		    "cache:" },
};

static const char *
remedy(const char *reason)
{
	size_t i;

	for (i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++)
		if (strcmp(remedies[i].reason, reason) == 0)
			return remedies[i].todo;
	return "see the log";
}

/* The instance that lost most for this reason. */
static const char *
worst(const struct doctor *d, const char *reason)
{
	const json_t *list = json_object_get(d->instances, "instances");
	const char *name = "";
	double most = 0;
	double n;
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		const json_t *in = json_array_get(list, i);

		n = answer_number(
		    json_object_get(json_object_get(in, "ledger"), "dropped"),
		    reason);
		if (n > most) {
			most = n;
			name = answer_text(in, "name");
		}
	}
	return name;
}

void
check_journal(struct doctor *d)
{
	const json_t *j = json_object_get(d->status, "journal");

	if (strcmp(answer_text(j, "status"), "failing") == 0)
		doctor_say(d, HEALTH_RED, NULL,
		    "make room or mend the disk; values wait in memory, within "
		    "limits: writers, and go on by themselves",
		    "the journal cannot be written: %s",
		    answer_text(j, "error"));
	if (answer_number(j, "unwritten_values") > 0)
		doctor_say(d, HEALTH_WARN, NULL,
		    "a kill would have lost them to writers that were behind; "
		    "see the log for when",
		    "%.0f values never came to be written",
		    answer_number(j, "unwritten_values"));
	if (answer_number(j, "bad_frames") > 0)
		doctor_say(d, HEALTH_WARN, NULL,
		    "look at STATE/journal/*.bad, and at the disk",
		    "%.0f frames of the journal could not be read any more",
		    answer_number(j, "bad_frames"));
}

void
check_drops(struct doctor *d)
{
	json_t *dropped = json_object_get(d->status, "dropped");
	const char *reason;
	json_t *count;

	json_object_foreach (dropped, reason, count) {
		if (json_number_value(count) <= 0)
			continue;
		doctor_say(d, HEALTH_WARN, NULL, remedy(reason),
		    "%.0f values dropped since the start: %s; most of them by "
		    "%s",
		    json_number_value(count), reason, worst(d, reason));
	}
}

void
check_modules(struct doctor *d)
{
	const json_t *list = json_object_get(d->modules, "modules");
	const char *why;
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		const json_t *m = json_array_get(list, i);

		why = answer_text(m, "refused");
		if (why[0] != '\0')
			doctor_say(d, HEALTH_WARN, NULL,
			    "build it against this version's headers, or take "
			    "it out of the folder",
			    "refused: %s", why);
		if (json_is_true(json_object_get(m, "changed")))
			doctor_say(d, HEALTH_WARN, NULL,
			    "restart the daemon to run the new file",
			    "%s has changed since it was loaded",
			    answer_text(m, "path"));
	}
}
