#include "repair.h"

#include <string.h>

#include "slice.h"

static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* The next word, or a run of what is in no word; empty at the end. */
static struct slice
next_word(struct slice *rest)
{
	struct slice word;
	bool name;

	while (rest->length > 0 && strchr(" \t\r\n", *rest->text) != NULL) {
		rest->text++;
		rest->length--;
	}
	word = (struct slice){ rest->text, 0 };
	name = rest->length > 0 && is_name(*rest->text);
	while (rest->length > 0 && is_name(*rest->text) == name &&
	       strchr(" \t\r\n", *rest->text) == NULL) {
		rest->text++;
		rest->length--;
		word.length++;
	}
	return word;
}

/* Does "NAME MACRO", "NAME ::=" or "END" begin here? */
static bool
begins_definition(struct slice text)
{
	static const char *const macros[] = { "::=", "OBJECT-TYPE",
		"MODULE-IDENTITY", "OBJECT-IDENTITY", "NOTIFICATION-TYPE",
		"TRAP-TYPE", "OBJECT-GROUP", "NOTIFICATION-GROUP",
		"MODULE-COMPLIANCE", "AGENT-CAPABILITIES" };
	struct slice name = next_word(&text), word = next_word(&text);
	size_t i;

	if (slice_is(name, "END"))
		return true;
	if (name.length == 0 || !is_name(*name.text) ||
	    slice_is(name, "IMPORTS") || slice_is(name, "SYNTAX"))
		return false;
	for (i = 0; i < sizeof(macros) / sizeof(macros[0]); i++)
		if (slice_is(word, macros[i]))
			return true;
	return slice_is(word, "OBJECT") &&
	       slice_is(next_word(&text), "IDENTIFIER") &&
	       slice_is(next_word(&text), "::=");
}

bool
mib_blank_definition(char *text, size_t size, unsigned line)
{
	struct slice rest = { text, size }, here;
	size_t i, begin = size, end = size;
	unsigned n;

	for (n = 1; rest.length > 0 && end == size; n++) {
		here = rest;
		slice_cut(&rest, '\n');
		if (!begins_definition(here))
			continue;
		if (n <= line)
			begin = (size_t)(here.text - text);
		else
			end = (size_t)(here.text - text);
	}
	if (begin == size)
		return false;
	for (i = begin; i < end; i++)
		if (text[i] != '\n')
			text[i] = ' ';
	return true;
}
