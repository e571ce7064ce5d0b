#include "problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A hostile file must not fill the memory with complaints about it; warnings
   must leave room for errors. */
#define WARNINGS_MAX 500
#define KEPT_MAX 1000

static struct problem *
add(struct problems *list, bool warning)
{
	struct problem *items;

	if (list->n >= (warning ? WARNINGS_MAX : KEPT_MAX))
		return NULL;
	items = realloc(list->items, (list->n + 1) * sizeof(*items));
	if (items == NULL)
		return NULL;
	list->items = items;
	return &items[list->n];
}

static void
keep(struct problems *list, struct problem p, const char *format, va_list args)
{
	struct problem *slot;
	char *file = NULL, *text;

	if (!p.warning)
		list->n_errors++;
	slot = add(list, p.warning);
	if (slot == NULL || vasprintf(&text, format, args) < 0)
		return;
	/* The tree that the name comes from may be gone before the list is. */
	if (p.file != NULL && (file = strdup(p.file)) == NULL) {
		free(text);
		return;
	}
	p.file = file;
	p.text = text;
	*slot = p;
	list->n++;
}

static struct problem
place_of(const struct farm_tree *place, bool warning)
{
	struct problem p = { .warning = warning };

	if (place == NULL)
		return p;
	p.file = place->file;
	p.line = place->line;
	p.column = place->column;
	return p;
}

int
problem_at(struct problems *list, const struct farm_tree *place,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	keep(list, place_of(place, false), format, args);
	va_end(args);
	return -1;
}

int
problem_in(struct problems *list, const char *file, uint32_t line,
    uint32_t column, const char *format, ...)
{
	struct problem p = { .file = file, .line = line, .column = column };
	va_list args;

	va_start(args, format);
	keep(list, p, format, args);
	va_end(args);
	return -1;
}

void
warning_at(struct problems *list, const struct farm_tree *place,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	keep(list, place_of(place, true), format, args);
	va_end(args);
}

void
warning_in(struct problems *list, const char *file, uint32_t line,
    uint32_t column, const char *format, ...)
{
	struct problem p = {
		.file = file, .line = line, .column = column, .warning = true
	};
	va_list args;

	va_start(args, format);
	keep(list, p, format, args);
	va_end(args);
}

static int
compare(const struct problem *a, const struct problem *b)
{
	int files = strcmp(
	    a->file == NULL ? "" : a->file, b->file == NULL ? "" : b->file);

	if (files != 0)
		return files;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	return 0;
}

/* By insertion: stable, and the list is short and nearly in order. */
void
problems_sort(struct problems *list)
{
	struct problem p;
	size_t i, j;

	for (i = 1; i < list->n; i++) {
		p = list->items[i];
		for (j = i; j > 0 && compare(&list->items[j - 1], &p) > 0; j--)
			list->items[j] = list->items[j - 1];
		list->items[j] = p;
	}
}

void
problems_free(struct problems *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		free((char *)list->items[i].file);
		free((char *)list->items[i].text);
	}
	free(list->items);
	*list = (struct problems)PROBLEMS_INIT;
}

int
problems_fail(struct farm_host *host, struct problems *list)
{
	const struct problem *p;
	bool said = false;

	for (p = list->items; p < list->items + list->n; p++) {
		if (p->warning)
			continue;
		said = true;
		if (p->file == NULL)
			farm_fail(host, "%s", p->text);
		else if (p->line == 0)
			farm_fail(host, "%s: %s", p->file, p->text);
		else
			farm_fail(host, "%s:%u:%u: %s", p->file, p->line,
			    p->column, p->text);
	}
	if (!said)
		farm_fail(host, "out of memory");
	problems_free(list);
	return -1;
}
