/* What farmd reads of a worker: a stream of messages, each taken apart. */
#include "arena.h"
#include "frame.h"
#include "worker_protocol.h"

static void
take_frame(const struct worker_message *m)
{
	struct series_table *table = series_table_new(1000);
	struct frame_decoder *decoder = frame_decoder_new(table);
	struct batch *batch = batch_new();

	(void)frame_decode(decoder, m->payload, m->size, batch, NULL);
	batch_unref(batch);
	frame_decoder_free(decoder);
	series_table_free(table);
}

static void
take_tree(const struct worker_message *m)
{
	struct arena *arena = arena_new(0);
	const struct farm_tree *tree;

	(void)worker_read_tree(m, arena, &tree, NULL);
	arena_free(arena);
}

static void
take(const struct worker_message *m)
{
	const char *first, *second;
	struct worker_lifetime lifetime;
	struct worker_question question;
	struct worker_answered answered;
	struct worker_verdict verdict;
	struct worker_ledger ledger;
	struct worker_text text;
	struct worker_done done;
	struct worker_run run;
	uint64_t large;
	uint32_t number;
	uint8_t byte;
	bool failed;
	size_t i;

	(void)worker_read_u32(m, &number, NULL);
	(void)worker_read_done(m, &done, NULL);
	(void)worker_read_ledger(m, &ledger, NULL);
	(void)worker_read_words(m, &byte, &text, NULL);
	(void)worker_read_reply(m, &number, &failed, &text, NULL);
	(void)worker_read_lifetime(m, &lifetime, NULL);
	(void)worker_read_verdict(m, &verdict, NULL);
	(void)worker_read_question(m, &question, NULL);
	(void)worker_read_answered(m, &answered, NULL);
	(void)worker_read_u64(m, 1, &large, NULL);
	(void)worker_read_pair(m, 4, &first, &second, NULL);
	for (i = 0; worker_read_run(m, i, &run) == 0; i++)
		;
	if (m->type == WORKER_FRAME)
		take_frame(m);
	take_tree(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct worker_message m;
	long n;

	while ((n = worker_next(data, size, &m, NULL)) > 0) {
		take(&m);
		data += n;
		size -= (size_t)n;
	}
	return 0;
}
