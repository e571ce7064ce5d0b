#include "words.h"

#include <string.h>

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))

static const char *const kinds[] = {
	[FARM_GAUGE] = "gauge",
	[FARM_COUNTER32] = "counter32",
	[FARM_COUNTER64] = "counter64",
	[FARM_STATE] = "state",
};

static const char *const types[] = {
	[FARM_NONE] = "none",
	[FARM_DOUBLE] = "double",
	[FARM_INT64] = "int64",
	[FARM_UINT64] = "uint64",
	[FARM_BOOLEAN] = "boolean",
	[FARM_TEXT] = "text",
};

const char *
kind_word(uint32_t kind)
{
	return kind < COUNT(kinds) ? kinds[kind] : "unknown";
}

const char *
type_word(uint8_t type)
{
	return type < COUNT(types) ? types[type] : "unknown";
}

static int
find(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return -1;
}

int
kind_of_word(const char *word)
{
	return find(kinds, COUNT(kinds), word);
}

int
type_of_word(const char *word)
{
	return find(types, COUNT(types), word);
}
