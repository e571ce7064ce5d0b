/* reader_private.h - inside a reader, for its own files. */
#ifndef HOST_READER_PRIVATE_H
#define HOST_READER_PRIVATE_H

#include <pthread.h>

#include "journal_private.h"
#include "reader.h"

struct reader {
	struct memlog *tail;
	struct memlog_cursor cursor;
	struct journal *journal; /* NULL: none */
	char *name;
	/* ---- of the reading thread */
	int fd; /* of the segment at hand; -1: none */
	uint64_t segment; /* its first position */
	unsigned mended;
	uint64_t at; /* the next byte in it */
	uint64_t passed; /* the last position taken from it */
	int64_t balance; /* of the two lanes; not negative: files are next */
	/* ---- shared, under the lock */
	pthread_mutex_t lock;
	int share; /* percent */
	uint64_t next; /* all before it was taken from the tail, or ... */
	struct ranges backlog; /* is to be read from files, */
	struct ranges flight; /* ... is being stored, */
	struct ranges accepted; /* ... or is not yet acknowledged */
	struct reader_gap gap;
	bool moved; /* since the last snapshot */
};

/* reader_files.c: */
void reader_close_file(struct reader *);

#endif
