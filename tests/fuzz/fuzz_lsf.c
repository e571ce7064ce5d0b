/* What LSF's commands say, below the line of names. */
#include "plugins/lsf/acct.h"
#include "plugins/lsf/read.h"

#include "readers.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_reader readers[] = {
		{ read_bjobs, "JOBID USER\n" },
		{ read_bjobs_json, "{\"RECORDS\":[{\"JOBID\":\"1\"," },
		{ read_bhosts, "HOST_NAME STATUS JL/U MAX NJOBS RUN\n" },
		{ read_bqueues, "QUEUE_NAME PRIO STATUS MAX NJOBS RUN\n" },
		{ read_lshosts, "HOST_NAME type ncpus maxmem maxswp\n" },
		{ read_lsload, "HOST_NAME status r1m r15m swp mem\n" },
		{ read_queue_shares,
		    "QUEUE: q\nSHARE_INFO_FOR: q/\nUSER/GROUP SHARES\n" },
	};

	fuzz_record(read_acct, data, size);
	(void)has_json((struct slice){ (const char *)data, size });
	return fuzz_jobs(
	    readers, sizeof(readers) / sizeof(readers[0]), data, size);
}
