/*
 * What a program that copies something tells the farm: each step as an event,
 * its progress as values.
 *
 *   cc transfer.c $(pkg-config --cflags --libs farm-send) -o transfer
 *   transfer tcp://monitor.example.org monitor.example.org:8884
 */
#include <farm/send.h>
#include <stdio.h>

#define BLOCKS 3
#define BLOCK_BYTES 49332

/* Events that are lost are found out when the log is closed. */
static int
tell(struct farm_logger *log, struct farm_sender *values)
{
	int block;

	for (block = 1; block <= BLOCKS; block++)
		(void)farm_logger_write(log, NULL, "WriteData",
		    "BLOCK=%d SEND.SZ=%d", block, BLOCK_BYTES);
	if (farm_sender_begin(values, "Transfers", "example", 0) != 0 ||
	    farm_sender_int32(values, "blocks", BLOCKS) != 0 ||
	    farm_sender_double(
		values, "megabytes", BLOCKS * BLOCK_BYTES / 1e6) != 0 ||
	    farm_sender_text(values, "state", "done") != 0)
		return -1;
	return farm_sender_send(values);
}

int
main(int argc, char **argv)
{
	struct farm_send_error error;
	struct farm_logger *log;
	struct farm_sender *values;
	int failed;

	if (argc != 3) {
		fprintf(stderr, "usage: transfer EVENTS-TO VALUES-TO\n");
		return 64;
	}
	log = farm_logger_open("transfer", argv[1], 0, 0, &error);
	if (log == NULL) {
		fprintf(stderr, "transfer: %s\n", error.text);
		return 1;
	}
	values = farm_sender_new();
	failed = values == NULL || farm_sender_add(values, argv[2]) != 0 ||
		 tell(log, values) != 0;
	if (failed)
		fprintf(stderr, "transfer: %s\n",
		    values == NULL ? "out of memory"
				   : farm_sender_error(values));
	farm_sender_free(values);
	if (farm_logger_close(log) != 0) {
		fprintf(stderr, "transfer: events were lost\n");
		failed = 1;
	}
	return failed;
}
