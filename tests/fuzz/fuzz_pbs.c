/* What the commands of pbs say. */
#include "plugins/pbs/accounting.h"
#include "plugins/pbs/read.h"

#include "readers.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_reader readers[] = {
		{ read_jobs_json, "{\"Jobs\":{\"1\":{" },
		{ read_nodes_json, "{\"nodes\":{\"a\":{" },
		{ read_queues_json, "{\"Queue\":{" },
		{ read_jobs_text, "Job Id: 1\n" },
		{ read_nodes_text, "n\n" },
		{ read_queues_text, "Queue: q\n" },
	};

	fuzz_record(read_accounting, data, size);
	return fuzz_jobs(
	    readers, sizeof(readers) / sizeof(readers[0]), data, size);
}
