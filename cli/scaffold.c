#include "scaffold.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <farm/module.h>

#include "buffer.h"

/* In all templates "@" stands for the module's name. */
static const char collector[] =
    "/* @: a collector; describe here what it reads. */\n"
    "#include <farm/module.h>\n"
    "#include <stdio.h>\n"
    "\n"
    "struct @ {\n"
    "\tconst char *path;\n"
    "};\n"
    "\n"
    "static const struct farm_option options[] = {\n"
    "\tFARM_OPTION_PATH(\"path\", struct @, path, \"/proc/loadavg\",\n"
    "\t    \"file whose first number is read\"),\n"
    "\tFARM_OPTION_END\n"
    "};\n"
    "\n"
    "static const struct farm_parameter parameters[] = {\n"
    "\t{ \"@\", FARM_GAUGE, \"1\", \"the first number of the file\" },\n"
    "\t{ 0 }\n"
    "};\n"
    "\n"
    "static int\n"
    "@_collect(struct farm_host *host, const void *state,\n"
    "    struct farm_target *target)\n"
    "{\n"
    "\tconst struct @ *s = state;\n"
    "\tdouble number;\n"
    "\tFILE *f;\n"
    "\tint n;\n"
    "\n"
    "\tf = fopen(s->path, \"re\");\n"
    "\tif (f == NULL)\n"
    "\t\treturn farm_fail(host, \"%s: %m\", s->path);\n"
    "\tn = fscanf(f, \"%lf\", &number);\n"
    "\tfclose(f);\n"
    "\tif (n != 1)\n"
    "\t\treturn farm_fail(host, \"%s: not a number\", s->path);\n"
    "\treturn farm_emit_double(host, target, \"@\", number);\n"
    "}\n"
    "\n"
    "FARM_MODULE(@, FARM_COLLECTOR) = {\n"
    "\t.summary = \"the first number of a file\",\n"
    "\t.options = options,\n"
    "\t.parameters = parameters,\n"
    "\t.state_size = sizeof(struct @),\n"
    "\t.collector = { .collect = @_collect },\n"
    "};\n";

static const char filter[] =
    "/* @: a filter; describe here what it does. */\n"
    "#include <farm/module.h>\n"
    "\n"
    "static int\n"
    "@_apply(struct farm_host *host, void *state,\n"
    "    const struct farm_record *record)\n"
    "{\n"
    "\t(void)state;\n"
    "\t/* What is emitted goes on in place of the record. */\n"
    "\treturn farm_emit_rows(host, NULL, record->time_ns, record->flags,\n"
    "\t    record->values, record->n_values);\n"
    "}\n"
    "\n"
    "FARM_MODULE(@, FARM_FILTER) = {\n"
    "\t.summary = \"everything passes unchanged\",\n"
    "\t.filter = { .apply = @_apply },\n"
    "};\n";

static const char writer[] =
    "/* @: a writer; describe here where it writes. */\n"
    "#include <farm/module.h>\n"
    "#include <stdio.h>\n"
    "\n"
    "struct @ {\n"
    "\tconst char *path;\n"
    "};\n"
    "\n"
    "static const struct farm_option options[] = {\n"
    "\tFARM_OPTION_PATH(\"path\", struct @, path, \"/tmp/@.txt\",\n"
    "\t    \"file that lines are appended to\"),\n"
    "\tFARM_OPTION_END\n"
    "};\n"
    "\n"
    "static void\n"
    "write_result(struct farm_host *host, FILE *f, const struct farm_record "
    "*r)\n"
    "{\n"
    "\tconst struct farm_series *s;\n"
    "\tuint32_t i;\n"
    "\n"
    "\tfor (i = 0; i < r->n_values; i++) {\n"
    "\t\ts = farm_series_info(host, r->values[i].series);\n"
    "\t\tif (s != NULL && r->values[i].type == FARM_DOUBLE)\n"
    "\t\t\tfprintf(f, \"%s/%s/%s %g\\n\", s->cluster, s->node,\n"
    "\t\t\t    s->parameter, r->values[i].number);\n"
    "\t}\n"
    "}\n"
    "\n"
    "static int\n"
    "@_write(struct farm_host *host, void *state, const struct farm_batch "
    "*batch)\n"
    "{\n"
    "\tconst struct @ *s = state;\n"
    "\tFILE *f = fopen(s->path, \"ae\");\n"
    "\tsize_t i;\n"
    "\n"
    "\tif (f == NULL)\n"
    "\t\treturn farm_again(host, \"%s: %m\", s->path);\n"
    "\tfor (i = 0; i < batch->n_records; i++)\n"
    "\t\twrite_result(host, f, &batch->records[i]);\n"
    "\tif (fclose(f) != 0)\n"
    "\t\treturn farm_again(host, \"%s: %m\", s->path);\n"
    "\treturn FARM_DONE;\n"
    "}\n"
    "\n"
    "FARM_MODULE(@, FARM_WRITER) = {\n"
    "\t.summary = \"numbers as lines of a file\",\n"
    "\t.options = options,\n"
    "\t.state_size = sizeof(struct @),\n"
    "\t.needs = FARM_NEEDS_FILES,\n"
    "\t.writer = { .write = @_write },\n"
    "};\n";

static const char makefile[] =
    "# Builds @.so against the installed headers of farmd.\n"
    "CFLAGS = -O2 -g -std=gnu11 -Wall -Wextra -fPIC -fvisibility=hidden \\\n"
    "\t$(shell pkg-config --cflags farm)\n"
    "\n"
    "@.so: @.c\n"
    "\t$(CC) $(CFLAGS) -shared -o $@@ $<\n"
    "\n"
    "test: @.so\n"
    "\tfarmctl module lint ./@.so\n"
    "\tfarmctl %s --config test.yaml\n"
    "\n"
    "clean:\n"
    "\trm -f @.so\n"
    "\n"
    ".PHONY: test clean\n";

static const char configuration[] = "farm: try\n"
				    "state: state\n"
				    "socket: \"\"\n"
				    "http: \"\"\n"
				    "modules: [.]\n"
				    "clusters:\n"
				    "  here:\n"
				    "    nodes: [localhost]\n"
				    "    collect: [%s]\n";

static const struct {
	const char *role;
	const char *source;
	const char *verb;    /* that tries it */
	const char *collect; /* what is collected for that */
	const char *more;    /* behind the clusters */
} templates[] = {
	{ "collector", collector, "test", "@", "" },
	{ "filter", filter, "once", "proc", "filters: [@]\n" },
	{ "writer", writer, "once", "proc",
	    "writers: {mine: {@: {path: @.txt}}}\n" },
};
#define N_TEMPLATES (sizeof(templates) / sizeof(templates[0]))

static bool
is_identifier(const char *name)
{
	if (!isalpha((unsigned char)name[0]) ||
	    strlen(name) > FARM_MODULE_NAME_MAX)
		return false;
	for (; *name != '\0'; name++)
		if (!isalnum((unsigned char)*name) && *name != '_')
			return false;
	return true;
}

/* "@" becomes the name, "@@" one "@". */
static void
fill(struct buffer *out, const char *text, const char *name)
{
	for (; *text != '\0'; text++) {
		if (*text != '@')
			buffer_putc(out, *text);
		else if (text[1] == '@')
			buffer_putc(out, *text++);
		else
			buffer_puts(out, name);
	}
}

static int
write_file(const char *folder, const char *file, const char *text,
    const char *name, struct error *err)
{
	struct buffer out = BUFFER_INIT;
	char path[PATH_MAX];
	FILE *f;
	int result = 0;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, file);
	fill(&out, text, name);
	f = fopen(path, "wxe");
	if (f == NULL ||
	    fwrite(buffer_text(&out), 1, out.size, f) != out.size ||
	    fflush(f) != 0)
		result = error_set(err, "%s: %m", path);
	if (f != NULL)
		(void)fclose(f);
	buffer_free(&out);
	return result;
}

int
scaffold(const char *role, const char *name, struct error *err)
{
	char make[sizeof(makefile) + 16];
	char yaml[sizeof(configuration) + 256];
	char source[FARM_MODULE_NAME_MAX + 8];
	size_t i;

	if (!is_identifier(name))
		return error_set(err,
		    "\"%s\" is not a C identifier of at most %d characters",
		    name, FARM_MODULE_NAME_MAX);
	for (i = 0; i < N_TEMPLATES; i++)
		if (strcmp(templates[i].role, role) == 0)
			break;
	if (i == N_TEMPLATES)
		return error_set(
		    err, "\"%s\" is not collector, filter or writer", role);
	if (mkdir(name, 0777) < 0)
		return error_set(err, "%s: %m", name);

	(void)snprintf(source, sizeof(source), "%s.c", name);
	(void)snprintf(yaml, sizeof(yaml), configuration, templates[i].collect);
	(void)strcat(yaml, templates[i].more);
	(void)snprintf(make, sizeof(make), makefile, templates[i].verb);
	if (write_file(name, source, templates[i].source, name, err) < 0 ||
	    write_file(name, "Makefile", make, name, err) < 0)
		return -1;
	return write_file(name, "test.yaml", yaml, name, err);
}
