#include "list.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attempt.h"
#include "load.h"
#include "needs.h"
#include "settings.h"

/* --------------------------------------------------------------------- rows */

static void
print_json(const char *name, const struct attempt *a)
{
	struct buffer b = BUFFER_INIT;

	buffer_puts(&b, "{\"plugin\":");
	buffer_json_text(&b, name);
	buffer_printf(&b, ",\"imports\":%s,\"loads\":%s,\"registers\":",
	    a->imports ? "true" : "false", a->loads ? "true" : "false");
	buffer_json_text(&b, buffer_text(&a->registered));
	buffer_puts(&b, ",\"why\":");
	buffer_json_text(&b, a->why.text);
	buffer_puts(&b, ",\"needs\":");
	buffer_json_text(&b, needs_of(name));
	buffer_puts(&b, ",\"package\":");
	buffer_json_text(&b, a->version);
	(void)printf("%s}\n", buffer_text(&b));
	buffer_free(&b);
}

static void
print_row(const char *name, const struct attempt *a, enum list_form form)
{
	const char *imports = a->imports ? "ok" : "missing";
	const char *loads = a->loads ? "yes" : "no";
	const char *rest = a->loads ? needs_of(name) : a->why.text;

	if (form == LIST_JSON)
		print_json(name, a);
	else if (form == LIST_MARKDOWN)
		(void)printf("| %s | %s | %s | %s | %s |\n", name, imports,
		    loads, buffer_text(&a->registered), rest);
	else
		(void)printf("%-20s %-7s %-5s %-32s %s\n", name, imports, loads,
		    buffer_text(&a->registered), rest);
	(void)fflush(stdout);
}

static void
print_head(enum list_form form)
{
	if (form == LIST_TABLE)
		(void)printf("%-20s %-7s %-5s %-32s %s\n", "plugin", "imports",
		    "loads", "registers", "needs");
	else if (form == LIST_MARKDOWN)
		(void)printf("| plugin | imports | loads | registers | needs "
			     "|\n| --- | --- | --- | --- | --- |\n");
}

/* 0, or -1 if there is no such plugin. */
static int
print_one(const char *name, enum list_form form)
{
	struct attempt a;
	struct error err;
	char *path = load_find(name, &err);
	int rc = -1;

	if (path != NULL)
		rc = attempt_plugin(path, name, &a, &err);
	if (rc == 0) {
		print_row(name, &a, form);
		attempt_free(&a);
	} else {
		(void)fprintf(stderr, "farm-collectd: %s\n", err.text);
	}
	free(path);
	return rc;
}

/* --------------------------------------------------------------- the folder */

static int
is_plugin(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 3 && strcmp(e->d_name + n - 3, ".so") == 0;
}

static int
print_folder(enum list_form form)
{
	struct dirent **files;
	int n = scandir(settings.plugin_dir, &files, is_plugin, alphasort), i;
	int rc = 0;

	if (n < 0) {
		(void)fprintf(
		    stderr, "farm-collectd: %s: %m\n", settings.plugin_dir);
		return 1;
	}
	for (i = 0; i < n; i++) {
		files[i]->d_name[strlen(files[i]->d_name) - 3] = '\0';
		rc |= print_one(files[i]->d_name, form);
		free(files[i]);
	}
	free(files);
	return rc == 0 ? 0 : 1;
}

int
list_plugins(char *const *names, int n, enum list_form form)
{
	int i, rc = 0;

	print_head(form);
	if (n == 0)
		return print_folder(form);
	for (i = 0; i < n; i++)
		rc |= print_one(names[i], form);
	return rc == 0 ? 0 : 1;
}
