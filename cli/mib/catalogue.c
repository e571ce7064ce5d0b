/* Catalogues in, lines of them out. */
#include "mib.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "places.h"

bool
mib_say(struct problems *problems)
{
	bool good = problems->n_errors == 0;
	const struct problem *p;
	size_t i;

	for (i = 0; i < problems->n; i++) {
		p = &problems->items[i];
		if (p->file != NULL && p->line > 0)
			fprintf(stderr, "%s:%u: ", p->file, p->line);
		else if (p->file != NULL)
			fprintf(stderr, "%s: ", p->file);
		fprintf(
		    stderr, "%s%s\n", p->warning ? "warning: " : "", p->text);
	}
	problems_free(problems);
	return good;
}

static bool
is_catalogue(const char *path)
{
	size_t n = strlen(path);

	return n > 4 && strcmp(path + n - 4, ".tsv") == 0;
}

/* MIB files go through net-snmp, all at once: they import one another. */
static void
add_inputs(struct objects *o, const struct mib *mib, struct problems *problems)
{
	const char *files[MIB_INPUTS_MAX];
	struct buffer text = BUFFER_INIT;
	size_t i, n = 0;

	for (i = 0; i < mib->n_inputs; i++) {
		if (is_catalogue(mib->inputs[i]))
			(void)objects_read_file(o, mib->inputs[i], problems);
		else
			files[n++] = mib->inputs[i];
	}
	if (n > 0 && mib_files_read(&text, files, n, problems) == 0)
		(void)objects_read(
		    o, "MIB files", buffer_text(&text), text.size, problems);
	buffer_free(&text);
}

struct objects *
mib_objects(const struct mib *mib)
{
	struct problems problems = PROBLEMS_INIT;
	struct objects *o = objects_new();
	struct buffer path = BUFFER_INIT;

	if (o == NULL) {
		mib_fail(MIB_FAILED, "out of memory");
		return NULL;
	}
	place_of_data(&path, "snmp/objects.tsv");
	(void)objects_read_file(o, buffer_text(&path), &problems);
	add_inputs(o, mib, &problems);
	buffer_free(&path);
	if (mib_say(&problems))
		return o;
	objects_free(o);
	return NULL;
}

/* ------------------------------------------------------------- lines ----- */

void
mib_put_escaped(struct buffer *b, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	for (; *p != '\0'; p++) {
		if (*p <= ' ' || *p >= 0x7f || strchr("%,:", *p) != NULL)
			buffer_printf(b, "%%%02x", *p);
		else
			buffer_putc(b, (char)*p);
	}
}

static void
put_enums(struct buffer *b, const struct object *o)
{
	size_t i;

	for (i = 0; i < o->n_enums; i++) {
		buffer_printf(b, "%s%lld:", i == 0 ? "enum=" : ",",
		    (long long)o->enums[i].value);
		mib_put_escaped(b, o->enums[i].name);
	}
}

static void
put_indices(struct buffer *b, const struct object *o)
{
	size_t i;

	for (i = 0; i < o->n_indices; i++)
		buffer_printf(
		    b, "%s%s", i == 0 ? "index=" : ",", o->indices[i]);
}

void
mib_print(struct buffer *b, const struct object *o, const char *instance,
    struct ber_bytes oid)
{
	struct buffer details = BUFFER_INIT;

	buffer_printf(b, "%s::%s%s\t", o->module, o->name, instance);
	oid_print(b, oid);
	buffer_printf(b, "\t%s", object_syntax_name(o->syntax));
	if (*o->hint != '\0') {
		buffer_puts(&details, "hint=");
		mib_put_escaped(&details, o->hint);
	}
	if (details.size > 0 && o->n_enums > 0)
		buffer_putc(&details, ' ');
	put_enums(&details, o);
	put_indices(&details, o);
	if (*o->unit != '\0' || details.size > 0)
		buffer_printf(b, "\t%s", *o->unit == '\0' ? "-" : o->unit);
	if (details.size > 0)
		buffer_printf(b, "\t%s", buffer_text(&details));
	buffer_putc(b, '\n');
	buffer_free(&details);
}

/* ------------------------------------------------------------ output ----- */

/* A reader never sees half a file. */
static int
replace(const char *path, const struct buffer *text)
{
	struct buffer temporary = BUFFER_INIT;
	bool good;
	FILE *f;

	buffer_printf(&temporary, "%s.%ld.new", path, (long)getpid());
	f = buffer_failed(&temporary) ? NULL
				      : fopen(buffer_text(&temporary), "we");
	good = f != NULL &&
	       fwrite(buffer_text(text), 1, text->size, f) == text->size &&
	       fflush(f) == 0 && fsync(fileno(f)) == 0;
	if (f != NULL && fclose(f) != 0)
		good = false;
	if (good && rename(buffer_text(&temporary), path) != 0)
		good = false;
	if (!good) {
		mib_fail(MIB_FAILED, "%s: %m", path);
		(void)unlink(buffer_text(&temporary));
	}
	buffer_free(&temporary);
	return good ? MIB_FINE : MIB_FAILED;
}

int
mib_write(const struct mib *mib, struct buffer *text)
{
	int code = MIB_FINE;

	if (buffer_failed(text))
		code = mib_fail(MIB_FAILED, "out of memory");
	else if (mib->output != NULL)
		code = replace(mib->output, text);
	else if (fwrite(buffer_text(text), 1, text->size, stdout) !=
		     text->size ||
		 fflush(stdout) != 0)
		code = mib_fail(MIB_FAILED, "stdout: %m");
	buffer_free(text);
	return code;
}
