#include "ganglia_labels.h"

#include <stdlib.h>
#include <string.h>

#include "name.h"
#include "ganglia_text.h"

static const char *
find_wanted(const struct farm_list *wanted, struct slice name)
{
	size_t i;

	for (i = 0; i < wanted->n; i++)
		if (slice_is(name, wanted->items[i]))
			return wanted->items[i];
	return NULL;
}

/* The place of a label, with its name; NULL if there is no more. */
static struct farm_label *
place_of(struct ganglia_labels *l, const char *name)
{
	struct farm_label *at = l->items;

	while (at < l->items + l->n && strcmp(at->name, name) != 0)
		at++;
	if (at < l->items + l->n)
		return at;
	if (l->n == FARM_LABELS_MAX || (at->name = strdup(name)) == NULL)
		return NULL;
	l->n++;
	return at;
}

static bool
change(struct ganglia_labels *l, const char *name, const char *value)
{
	struct farm_label *at = place_of(l, name);
	char *copy;

	if (at == NULL || (at->value != NULL && strcmp(at->value, value) == 0))
		return false;
	copy = strdup(value);
	if (copy == NULL && at->value == NULL) {
		free((char *)at->name);
		l->n--;
	}
	if (copy == NULL)
		return false;
	free((char *)at->value);
	at->value = copy;
	return true;
}

bool
ganglia_labels_set(struct ganglia_labels **labels,
    const struct farm_list *wanted, struct slice name, struct slice value)
{
	const char *known = find_wanted(wanted, name);
	struct buffer room = BUFFER_INIT;
	const char *text = known == NULL ? NULL
					 : ganglia_text_string(value, &room);
	bool changed = false;

	if (text != NULL && *labels == NULL)
		*labels = calloc(1, sizeof(**labels));
	if (text != NULL && *labels != NULL &&
	    name_check("label", text, strlen(text), NULL) == 0)
		changed = change(*labels, known, text);
	buffer_free(&room);
	return changed;
}

void
ganglia_labels_free(struct ganglia_labels *l)
{
	for (uint32_t i = 0; l != NULL && i < l->n; i++) {
		free((char *)l->items[i].name);
		free((char *)l->items[i].value);
	}
	free(l);
}
