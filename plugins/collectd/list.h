/* list.h - the table of `farmctl collectd list'. */
#ifndef COLLECTD_LIST_H
#define COLLECTD_LIST_H

#include <stdbool.h>

enum list_form { LIST_TABLE, LIST_JSON, LIST_MARKDOWN };

/* Of these plugins, or all of the folder; an exit status. */
int list_plugins(char *const *names, int n, enum list_form);

#endif
