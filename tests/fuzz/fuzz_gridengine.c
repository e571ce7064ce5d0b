/* What the commands of gridengine say. */
#include "plugins/gridengine/accounting.h"
#include "plugins/gridengine/read.h"

#include "readers.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_reader readers[] = {
		{ read_qstat, "<job_info><job_list><state>" },
		{ read_qhost, "<qhost><host name='a'>" },
		{ read_shares, "node_name|a|b|c|d|e|\n/|1|1|0|0|0|\n" },
	};

	fuzz_record(read_accounting, data, size);
	return fuzz_jobs(
	    readers, sizeof(readers) / sizeof(readers[0]), data, size);
}
