/*
 * own_net.h - a network of its own for a test: no packet leaves it, every port
 * is free, raw sockets are allowed, and no root is needed.
 */
#ifndef TESTS_OWN_NET_H
#define TESTS_OWN_NET_H

/* What a test program says to Automake when it was skipped. */
#define SKIPPED 77

/*
 * Run this program again inside; call it first in main().  0 inside, with
 * loopback up; SKIPPED, with the reason printed, where this is not permitted.
 */
int own_net(char **argv);

/* Run a command of the shell; fails the program if it fails. */
void own_net_run(const char *command);

#endif
