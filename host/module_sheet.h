/*
 * module_sheet.h - what a module says of itself, as bytes: its descriptor and
 * tables, and which callbacks it has.  So a process that is thrown away can
 * load it and tell the one that asks.
 */
#ifndef HOST_MODULE_SHEET_H
#define HOST_MODULE_SHEET_H

#include "buffer.h"
#include "module.h"

/* The option that makes farmd tell, before the path of the module. */
#define MODULE_SHEET_OPTION "--module-sheet"

/* Append the sheet of a loaded module. */
void module_sheet_put(struct buffer *, const struct module *);
/*
 * Fill in the descriptor, of texts in the module's arena and of callbacks that
 * fail, as nothing is loaded here.  `m' has a role.  Nothing is believed: -1
 * with the reason.
 */
int module_sheet_read(struct module *m, const void *bytes, size_t size,
    struct error *);

/*
 * Let a process of its own load the file and tell; the sheet goes to `ret'.
 * -1 with the reason, which begins with the path: what it says, or how it
 * ended.  Takes 10 s at most.
 */
int module_sheet_ask(const char *path, struct buffer *ret, struct error *);
/* The whole life of that process: to descriptor 3 goes 0 and the sheet, or 1
   and the reason. */
_Noreturn void module_sheet_tell(const char *path);

#endif
