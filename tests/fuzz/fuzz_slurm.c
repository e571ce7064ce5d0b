/* What squeue, sinfo, sdiag, sshare and sacct say, below the line of names. */
#include "plugins/slurm/read.h"
#include "plugins/slurm/sacct.h"

#include "readers.h"

/* The same bytes as what sacct says, with a mark that is found soon. */
static void
fuzz_sacct(const uint8_t *data, size_t size)
{
	struct buffer text = BUFFER_INIT, json = BUFFER_INIT;
	struct job_list l = { .mark = "|" };
	struct job_pulled p;
	struct error err;
	int rc;

	buffer_puts(&text, "DBIndex|JobID|State|ExitCode|Submit|Start|End|"
			   "ElapsedRaw|AllocCPUS|TotalCPU|MaxRSS|NodeList|"
			   "Partition|User|Account|JobName\n");
	buffer_put(&text, data, size);
	l.rest = (struct slice){ text.data, text.size };
	while ((rc = read_sacct(&l, &p, &err)) > 0) {
		buffer_clear(&json);
		job_record_json(&p.record, "x", &json);
	}
	if (rc < 0 && strlen(err.text) == 0)
		__builtin_trap();
	buffer_free(&text);
	buffer_free(&json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_reader readers[] = {
		{ read_squeue, "JOBID|\n" },
		{ read_sinfo, "NODELIST|\n" },
		{ read_squeue_job, "{\"job_id\":1,\"job_state\":" },
		{ read_sdiag,
		    "sdiag output at\nRemote Procedure Call statistics by "
		    "user\n"
		    "Remote Procedure Call statistics by message type\n" },
		{ read_sshare, "Account|\n" },
	};

	fuzz_sacct(data, size);
	return fuzz_jobs(
	    readers, sizeof(readers) / sizeof(readers[0]), data, size);
}
