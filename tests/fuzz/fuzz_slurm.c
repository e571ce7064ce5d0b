/* What squeue (0) and sinfo (1) say, below the line of names. */
#include "plugins/slurm/read.h"

#include "readers.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_reader readers[] = {
		{ read_squeue, "JOBID|\n" },
		{ read_sinfo, "NODELIST|\n" },
	};

	return fuzz_jobs(
	    readers, sizeof(readers) / sizeof(readers[0]), data, size);
}
