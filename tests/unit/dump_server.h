/*
 * dump_server.h - a gmond or gmetad on loopback, as far as it is one: it reads
 * what it is asked, if it is to, says what it was given, and hangs up.
 */
#ifndef TESTS_DUMP_SERVER_H
#define TESTS_DUMP_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct dump_server {
	_Atomic(const char *) bytes; /* may change between two connections */
	atomic_size_t size;
	bool asks; /* for a line first */
	char line[256];
	char address[32]; /* "127.0.0.1:PORT" */
	int fd;
	pthread_t thread;
};

/* Fails the program if it cannot. */
void dump_server_start(struct dump_server *);
void dump_server_stop(struct dump_server *);

#endif
