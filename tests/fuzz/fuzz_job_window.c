/* A checkpoint of finished jobs: what is read is written as the same. */
#include "job_window.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job_window w = { .floor = 0 }, again = { .floor = 0 };
	struct buffer b = BUFFER_INIT;

	if (size > 4096 || job_window_restore(&w, data, size) != 0)
		return 0;
	if (job_window_place(&w, &b) &&
	    (job_window_restore(&again, b.data, b.size) != 0 ||
		again.floor != w.floor || again.n != w.n))
		__builtin_trap();
	job_window_free(&w);
	job_window_free(&again);
	buffer_free(&b);
	return 0;
}
