/* What the commands of condor say. */
#include "plugins/condor/history.h"
#include "plugins/condor/read.h"

#include "readers.h"

/* The same bytes as what condor_history says. */
static void
fuzz_history(const uint8_t *data, size_t size)
{
	struct job_list l = { .rest = { (const char *)data, size } };
	struct buffer json = BUFFER_INIT;
	struct job_pulled p;
	struct error err;
	int rc;

	while ((rc = history_source.next(&l, &p, &err)) > 0) {
		buffer_clear(&json);
		job_record_json(&p.record, "x", &json);
	}
	if (rc < 0 && strlen(err.text) == 0)
		__builtin_trap();
	buffer_free(&json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_reader readers[] = {
		{ read_queue, "[{\"JobStatus\":1," },
		{ read_status, "[{\"Machine\":\"a\"," },
		{ read_queue_long, "JobStatus = 1\n" },
		{ read_status_long, "Machine = \"a\"\nState = \"b\"\n" },
	};

	fuzz_record(read_history, data, size);
	fuzz_history(data, size);
	return fuzz_jobs(
	    readers, sizeof(readers) / sizeof(readers[0]), data, size);
}
