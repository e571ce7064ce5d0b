#include "resource.h"

#include "nagios_objects.h"
#include "whole.h"

static int
parse_line(struct slice line, struct arena *arena, struct farm_pair *ret,
    struct error *err)
{
	struct slice name = nagios_trim(slice_cut(&line, '='));
	struct slice value = nagios_trim(line);

	if (name.length < 3 || name.text[0] != '$' ||
	    name.text[name.length - 1] != '$' ||
	    memchr(name.text, '\0', name.length) != NULL ||
	    (value.length > 0 &&
		memchr(value.text, '\0', value.length) != NULL))
		return error_set(err, "not $NAME$=VALUE");
	ret->key = arena_strndup(arena, name.text + 1, name.length - 2);
	ret->value = arena_strndup(arena, value.text, value.length);
	if (ret->key == NULL || ret->value == NULL)
		return error_set(err, "out of memory");
	return 0;
}

int
resource_parse(struct slice text, struct arena *arena, struct farm_map *ret,
    struct error *err)
{
	struct farm_pair *pairs = NULL;
	size_t n = 0, number;
	struct slice line;

	for (number = 1; text.length > 0; number++) {
		line = nagios_trim(slice_cut(&text, '\n'));
		if (line.length == 0 || line.text[0] == '#')
			continue;
		if (n == RESOURCE_MACROS_MAX)
			return error_set(
			    err, "more than %d macros", RESOURCE_MACROS_MAX);
		if (pairs == NULL)
			pairs = arena_array(
			    arena, RESOURCE_MACROS_MAX, sizeof(*pairs));
		if (pairs == NULL)
			return error_set(err, "out of memory");
		if (parse_line(line, arena, &pairs[n], err) != 0)
			return error_prefix(err, "line %zu", number);
		n++;
	}
	*ret = (struct farm_map){ pairs, n };
	return 0;
}

int
resource_read(const char *path, struct arena *arena, struct farm_map *ret,
    struct error *err)
{
	struct buffer text = BUFFER_INIT;
	int rc = whole_read(&text, path, RESOURCE_BYTES_MAX, err);

	if (rc == 0)
		rc = resource_parse(
		    (struct slice){ buffer_text(&text), text.size }, arena, ret,
		    err);
	if (rc != 0)
		error_prefix(err, "%s", path);
	buffer_free(&text);
	return rc;
}
