/* MIB files by net-snmp: read, and written as a catalogue. */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

/* It is ours now. */
#undef PACKAGE_NAME
#undef PACKAGE_VERSION

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emit.h"
#include "places.h"
#include "repair.h"

#define MIB_BYTES_MAX (64u << 20)
#define REPAIRS_MAX 100

/* Where Debian's MIB files are, and what its downloader adds. */
#define SYSTEM_MIBS                                                            \
	"/usr/share/snmp/mibs:/var/lib/mibs/iana:/var/lib/mibs/ietf:"          \
	"/var/lib/snmp/mibs/iana:/var/lib/snmp/mibs/ietf"

/* ------------------------------------------------------- complaints ------ */

/* What net-snmp logs, a line in pieces. */
struct complaints {
	struct buffer line;
	struct problems *problems;
	const char *file;   /* that is read, and the copy that stands for it */
	const char *copy;   /* NULL: none */
	unsigned broken_at; /* what cost the whole module; 0: nothing */
};

/* A module that is read again says the same again. */
static bool
was_said(const struct problems *problems, const char *file, unsigned line,
    const char *text, size_t length)
{
	const struct problem *p;
	size_t i;

	for (i = 0; i < problems->n; i++) {
		p = &problems->items[i];
		if (p->line == line && strlen(p->text) == length &&
		    strncmp(p->text, text, length) == 0 &&
		    (file == NULL) == (p->file == NULL) &&
		    (file == NULL || strcmp(file, p->file) == 0))
			return true;
	}
	return false;
}

/*
 * "TEXT: At line 7 in FILE" and "TEXT near line 7 of FILE": the text ends at
 * `ret_length'.  The file's name, or NULL.
 */
static const char *
find_place(const char *text, size_t *ret_length, unsigned *ret_line)
{
	static const struct {
		const char *before;
		const char *after;
	} shapes[] = {
		{ ": At line ", " in " },
		{ " near line ", " of " },
		{ " at line ", " in " },
		{ ": on or after line ", " in " },
	};
	const char *at;
	char *end;
	size_t i;

	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		at = strstr(text, shapes[i].before);
		if (at == NULL)
			continue;
		*ret_line = (unsigned)strtoul(
		    at + strlen(shapes[i].before), &end, 10);
		if (strncmp(end, shapes[i].after, strlen(shapes[i].after)) != 0)
			continue;
		*ret_length = (size_t)(at - text);
		return end + strlen(shapes[i].after);
	}
	return NULL;
}

static void
complain(struct complaints *c, const char *text)
{
	const char *file;
	size_t length;
	unsigned line = 0;

	if (*text == '\0' || strncmp(text, "MIB search path", 15) == 0)
		return;
	file = find_place(text, &length, &line);
	if (file == NULL)
		length = strlen(text);
	else if (c->copy != NULL && strcmp(file, c->copy) == 0)
		file = c->file;
	if (file != NULL && c->file != NULL && strcmp(file, c->file) == 0 &&
	    strncmp(text, "Bad ", 4) == 0)
		c->broken_at = line;
	if (!was_said(c->problems, file, line, text, length))
		warning_in(
		    c->problems, file, line, 0, "%.*s", (int)length, text);
}

static int
take_message(int major, int minor, void *message, void *complaints)
{
	const struct snmp_log_message *m = message;
	struct complaints *c = complaints;
	const char *p = m->msg, *end;

	(void)major;
	(void)minor;
	for (; (end = strchr(p, '\n')) != NULL; p = end + 1) {
		buffer_put(&c->line, p, (size_t)(end - p));
		complain(c, buffer_text(&c->line));
		buffer_clear(&c->line);
	}
	buffer_puts(&c->line, p);
	return 0;
}

/* ----------------------------------------------------------- reading ----- */

/* Nothing of the machine's configuration, and nothing written anywhere. */
static void
start(struct complaints *c)
{
	struct buffer folders = BUFFER_INIT;

	/* A module that is found later takes the place of ours. */
	place_of_data(&folders, "snmp/mibs");
	buffer_puts(&folders, ":" SYSTEM_MIBS);
	(void)setenv("MIBDIRS", buffer_text(&folders), 1);
	(void)setenv("MIBS", "", 1);
	(void)setenv("SNMPCONFPATH", "/nonexistent", 1);
	buffer_free(&folders);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_MIB_ERRORS, 1);
	netsnmp_ds_set_boolean(
	    NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_MIB_PARSE_LABEL, 1);
	snmp_register_callback(
	    SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, take_message, c);
	snmp_disable_log();
	netsnmp_register_loghandler(NETSNMP_LOGHANDLER_CALLBACK, LOG_DEBUG);
	netsnmp_init_mib();
}

/* Where the files of this input are looked for; -1 with a problem. */
static int
add_input(const char *input, struct emit *e, struct problems *problems)
{
	char path[PATH_MAX], *slash;
	struct stat st;

	if (realpath(input, path) == NULL || stat(path, &st) != 0)
		return problem_in(problems, input, 0, 0, "%m");
	e->inputs[e->n_inputs] = strdup(path);
	if (e->inputs[e->n_inputs] == NULL)
		return problem_in(problems, input, 0, 0, "out of memory");
	e->n_inputs++;
	if (!S_ISDIR(st.st_mode)) {
		slash = strrchr(path, '/');
		*(slash == path ? slash + 1 : slash) = '\0';
	}
	if (add_mibdir(path) < 0)
		return problem_in(problems, path, 0, 0, "cannot be read");
	return 0;
}

/* The file into memory, and out of it. */
static int
load(struct buffer *text, const char *path)
{
	FILE *f = fopen(path, "re");
	char *room;
	size_t n = 0;
	int bad;

	if (f == NULL)
		return -1;
	do {
		room = buffer_room(text, 65536);
		n = room == NULL ? 0 : fread(room, 1, 65536, f);
		buffer_added(text, n);
	} while (n > 0);
	bad = ferror(f);
	(void)fclose(f);
	return bad != 0 || buffer_failed(text) ? -1 : 0;
}

static int
store(const struct buffer *text, const char *path)
{
	FILE *f = fopen(path, "we");
	bool good;

	if (f == NULL)
		return -1;
	good = fwrite(buffer_text(text), 1, text->size, f) == text->size;
	return fclose(f) == 0 && good ? 0 : -1;
}

/* Read the module once more, from this file. */
static int
read_from(struct module *m, const char *path)
{
	char *copy = strdup(path);

	if (copy == NULL)
		return -1;
	free(m->file);
	m->file = copy;
	(void)netsnmp_read_module(m->name);
	return 0;
}

/* One broken definition after the other is blanked in a copy of the file. */
static void
repair(struct module *m, struct complaints *c, const char *copy)
{
	struct buffer text = { .limit = MIB_BYTES_MAX };
	int tries;

	if (load(&text, c->file) != 0)
		c->broken_at = 0;
	c->copy = copy;
	for (tries = 0; c->broken_at > 0 && tries < REPAIRS_MAX; tries++) {
		if (!mib_blank_definition(text.data, text.size, c->broken_at) ||
		    store(&text, copy) != 0)
			break;
		c->broken_at = 0;
		(void)netsnmp_unload_module(m->name);
		if (read_from(m, copy) != 0)
			break;
	}
	c->copy = NULL;
	buffer_free(&text);
}

static void
read_patiently(struct module *m, struct complaints *c)
{
	char copy[] = "/tmp/farmctl-mib.XXXXXX";
	char *file = strdup(m->file);
	int fd;

	c->file = file;
	c->broken_at = 0;
	if (file == NULL || netsnmp_read_module(m->name) == NULL ||
	    c->broken_at == 0) {
		free(file);
		c->file = NULL;
		return;
	}
	fd = mkstemp(copy);
	if (fd >= 0) {
		(void)close(fd);
		repair(m, c, copy);
		(void)unlink(copy);
	}
	free(m->file);
	m->file = file;
	c->file = NULL;
}

/* Modules get their numbers one after the other, also while one is read. */
static void
read_modules(const struct emit *e, struct complaints *c)
{
	struct module *m;
	int i;

	for (i = 0; (m = find_module(i)) != NULL; i++)
		if (emit_wants(e, m->file))
			read_patiently(m, c);
	adopt_orphans();
}

int
mib_files_read(struct buffer *out, const char *const *inputs, size_t n,
    struct problems *problems)
{
	struct complaints complaints = { .problems = problems };
	struct emit emit = { .out = out };
	int result = 0;
	size_t i;

	start(&complaints);
	for (i = 0; i < n; i++)
		if (add_input(inputs[i], &emit, problems) != 0)
			result = -1;
	if (result == 0) {
		read_modules(&emit, &complaints);
		emit_tree(&emit, get_tree_head());
	}
	shutdown_mib();
	snmp_unregister_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING,
	    take_message, &complaints, 1);
	for (i = 0; i < emit.n_inputs; i++)
		free(emit.inputs[i]);
	buffer_free(&complaints.line);
	return result;
}
