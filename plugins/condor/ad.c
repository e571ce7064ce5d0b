/* ClassAds, as a JSON array of flat objects or as lines `Name = value'. */
#include "ad.h"

#include <math.h>

#include "jobs_text.h"
#include "json_pull.h"

void
ad_begin(struct ad *a)
{
	*a = (struct ad){ .process = -1,
		.status = -1,
		.submitted = -1,
		.first_started = -1,
		.started = -1,
		.completed = -1,
		.entered_status = -1,
		.wall = NAN,
		.user_cpu = NAN,
		.system_cpu = NAN,
		.exit = -1,
		.signal = -1,
		.by_signal = -1,
		.cpus = -1,
		.total_cpus = -1,
		.load = NAN,
		.memory = -1,
		.total_memory = -1 };
}

enum field_type { TEXT, INTEGER, NUMBER, TRUTH };

static const struct {
	const char *name;
	enum field_type type;
	size_t offset;
} fields[] = {
	{ "ClusterId", TEXT, offsetof(struct ad, cluster) },
	{ "ProcId", INTEGER, offsetof(struct ad, process) },
	{ "Owner", TEXT, offsetof(struct ad, owner) },
	{ "AcctGroup", TEXT, offsetof(struct ad, group) },
	{ "JobBatchName", TEXT, offsetof(struct ad, batch) },
	{ "Cmd", TEXT, offsetof(struct ad, command) },
	{ "JobStatus", INTEGER, offsetof(struct ad, status) },
	{ "QDate", INTEGER, offsetof(struct ad, submitted) },
	{ "JobStartDate", INTEGER, offsetof(struct ad, first_started) },
	{ "JobCurrentStartDate", INTEGER, offsetof(struct ad, started) },
	{ "CompletionDate", INTEGER, offsetof(struct ad, completed) },
	{ "EnteredCurrentStatus", INTEGER,
	    offsetof(struct ad, entered_status) },
	{ "RemoteWallClockTime", NUMBER, offsetof(struct ad, wall) },
	{ "RemoteUserCpu", NUMBER, offsetof(struct ad, user_cpu) },
	{ "RemoteSysCpu", NUMBER, offsetof(struct ad, system_cpu) },
	{ "ExitCode", INTEGER, offsetof(struct ad, exit) },
	{ "ExitSignal", INTEGER, offsetof(struct ad, signal) },
	{ "ExitBySignal", TRUTH, offsetof(struct ad, by_signal) },
	{ "RemoteHost", TEXT, offsetof(struct ad, host) },
	{ "LastRemoteHost", TEXT, offsetof(struct ad, host) },
	{ "RequestCpus", INTEGER, offsetof(struct ad, cpus) },
	{ "Cpus", INTEGER, offsetof(struct ad, cpus) },
	{ "Machine", TEXT, offsetof(struct ad, machine) },
	{ "State", TEXT, offsetof(struct ad, state) },
	{ "TotalCpus", INTEGER, offsetof(struct ad, total_cpus) },
	{ "TotalLoadAvg", NUMBER, offsetof(struct ad, load) },
	{ "Memory", INTEGER, offsetof(struct ad, memory) },
	{ "TotalMemory", INTEGER, offsetof(struct ad, total_memory) },
};

/* TotalCpus is a number with a fraction. */
static void
take_integer(struct slice value, int64_t *ret)
{
	double number;

	if (!slice_integer(value, ret) && slice_number(value, &number) &&
	    number >= 0 && number < 1e15)
		*ret = (int64_t)number;
}

static void
take(struct ad *a, struct slice name, struct slice value)
{
	char *at;
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!slice_is(name, fields[i].name))
			continue;
		at = (char *)a + fields[i].offset;
		if (fields[i].type == TEXT)
			*(struct slice *)at = value;
		else if (fields[i].type == INTEGER)
			take_integer(value, (int64_t *)at);
		else if (fields[i].type == NUMBER)
			(void)slice_number(value, (double *)at);
		else
			*(int64_t *)at = slice_is(value, "true");
		return;
	}
}

bool
ad_line(struct ad *a, struct slice line)
{
	struct slice value = line, name = slice_trim(slice_cut(&value, '='));

	if (name.length == 0 || value.text == line.text + line.length)
		return false;
	value = slice_trim(value);
	if (value.length > 1 && value.text[0] == '"' &&
	    value.text[value.length - 1] == '"')
		value = (struct slice){ value.text + 1, value.length - 2 };
	take(a, name, value);
	return true;
}

struct slice
ad_host(const struct ad *a)
{
	struct slice host = a->host, slot = slice_cut(&host, '@');

	return host.length > 0 ? host : slot;
}

static int
lacks(size_t n, struct error *err)
{
	return error_set(
	    err, "ad %zu has no JobStatus, or no Machine and State", n);
}

int
ads_json(struct slice text, ad_take *give, void *cookie, struct error *err)
{
	struct json_pull p = { .rest = text };
	enum json_piece piece;
	size_t n = 0;
	struct ad ad;

	if (slice_trim(text).length == 0 || slice_is(text, "\n"))
		return 0;
	while ((piece = json_pull(&p)) > JSON_PULL_BAD) {
		if (p.depth == 1 && piece == JSON_PULL_OBJECT)
			return error_set(err, "is no list");
		if (p.depth == 2 && piece == JSON_PULL_OBJECT)
			ad_begin(&ad);
		else if (p.depth == 2 && piece == JSON_PULL_VALUE &&
			 p.key.length > 0)
			take(&ad, p.key, p.value);
		if (p.depth != 1 || piece != JSON_PULL_OBJECT_END)
			continue;
		n++;
		if (give(cookie, &ad) != 0)
			return lacks(n, err);
	}
	if (piece == JSON_PULL_END)
		return 0;
	return error_set(err, "no JSON, or broken off, after ad %zu", n);
}

int
ads_long(struct slice text, ad_take *give, void *cookie, struct error *err)
{
	size_t n = 0, number = 0;
	struct slice line;
	bool open = false;
	struct ad ad;
	int rc;

	while ((rc = slice_whole_line(&text, &line, &number, err)) > 0) {
		/* Which schedd it is comes before its ads. */
		if (slice_begins(line, "-- "))
			line.length = 0;
		if (slice_trim(line).length > 0 && !open) {
			ad_begin(&ad);
			open = true;
		}
		if (slice_trim(line).length > 0 && !ad_line(&ad, line))
			return error_set(
			    err, "line %zu is no attribute", number);
		if (!open || (slice_trim(line).length > 0 && text.length > 0))
			continue;
		open = false;
		n++;
		if (give(cookie, &ad) != 0)
			return lacks(n, err);
	}
	return rc;
}
