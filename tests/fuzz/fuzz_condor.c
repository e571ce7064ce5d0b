/* What the commands of condor say. */
#include "plugins/condor/history.h"
#include "plugins/condor/read.h"

#include "readers.h"

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
	return fuzz_jobs(
	    readers, sizeof(readers) / sizeof(readers[0]), data, size);
}
