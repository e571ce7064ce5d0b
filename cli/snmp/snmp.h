/*
 * snmp.h - what farmctl runs for `farmctl snmp': devices asked by the actions
 * of the snmp collector.
 */
#ifndef CLI_SNMP_SNMP_H
#define CLI_SNMP_SNMP_H

#include "cli.h"

struct snmp_cli {
	struct cli cli;
	const char *instance; /* NULL: found by the node */
	const char *cluster;  /* of discover: found nodes are added there */
	const char *rate;     /* of discover */
	bool numeric;
};

/* Each is a verb; returns an exit code. */
int snmp_get(const struct snmp_cli *, int argc, char **argv);
int snmp_walk(const struct snmp_cli *, int argc, char **argv);
int snmp_discover(const struct snmp_cli *, int argc, char **argv);

/* instance.c */

/*
 * The instance that is to be asked: the one that is named, else the only one
 * that reads `node' (NULL: any), else the only one there is.  *ret_address is
 * the node's, or NULL if it is none of the instance: then it is taken for an
 * address itself.  Both are the caller's to free().  0, or an exit code after
 * a message.
 */
int snmp_find_instance(const struct snmp_cli *, const char *node,
    char **ret_instance, char **ret_address);
/*
 * Run an action; takes `arguments' over.  0 and *ret, an object, or an exit
 * code after a message.
 */
int snmp_act(const struct snmp_cli *, const char *instance, const char *action,
    json_t *arguments, json_t **ret);
/* The instance with its targets; as snmp_act(). */
int snmp_get_instance(const struct snmp_cli *, const char *name, json_t **ret);
/* All instances of the snmp collector; as snmp_act(). */
int snmp_get_instances(const struct snmp_cli *, json_t **ret);

#endif
