#include "journal_tool.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "segment.h"
#include "segment_map.h"

/* What is known of one file. */
struct look {
	const char *name;
	struct segment_header header;
	struct segment_sums sums;
	const char *state;
	bool bad;
	struct segment_scan scan;
	struct error why;
};

/* Its end knows its sums; one without is being written, or was not ended. */
static void
look_at_end(struct look *l, const struct segment_map *map)
{
	const char *bytes = map->bytes;

	l->sums.first_position = l->header.first_position;
	l->sums.bytes = map->size;
	l->state = "open";
	if (map->size >= SEGMENT_HEADER + SEGMENT_END &&
	    segment_get_end(
		bytes + map->size - SEGMENT_END, map->size, &l->sums))
		l->state = "complete";
}

static void
look_through(struct look *l, const struct segment_map *map)
{
	if (segment_scan(
		map->bytes, map->size, NULL, NULL, &l->scan, &l->why) != 0) {
		l->bad = true;
		l->state = "bad";
		return;
	}
	l->sums = l->scan.good;
	l->bad = l->scan.bad_frames > 0 && !l->scan.torn;
	l->why = l->scan.why;
	if (l->bad)
		l->state = "bad";
	else if (l->scan.torn)
		l->state = "unfinished";
	else
		l->state = l->scan.ended ? "complete" : "open";
}

static int
look_at(const char *folder, const char *name, bool verify, struct look *l,
    struct error *err)
{
	struct segment_map map;
	char *path;
	int rc;

	*l = (struct look){ .name = name };
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return error_set(err, "out of memory");
	rc = segment_map(&map, path, err);
	free(path);
	if (rc != 0)
		return -1;
	if (segment_get_header(map.bytes, map.size, &l->header, &l->why) != 0) {
		l->bad = true;
		l->state = "bad";
	} else if (verify) {
		look_through(l, &map);
	} else {
		look_at_end(l, &map);
	}
	segment_unmap(&map);
	return 0;
}

static void
put_json(struct buffer *b, const struct look *l)
{
	buffer_puts(b, "{\"segment\":");
	buffer_json_text(b, l->name);
	buffer_printf(b,
	    ",\"state\":\"%s\",\"first_position\":%" PRIu64
	    ",\"last_position\":%" PRIu64 ",\"frames\":%" PRIu64
	    ",\"values\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"oldest\":",
	    l->state, l->header.first_position, l->sums.last_position,
	    l->sums.frames, l->sums.values, l->sums.bytes);
	time_json(b, l->sums.oldest_ns);
	buffer_puts(b, ",\"newest\":");
	time_json(b, l->sums.newest_ns);
	buffer_printf(
	    b, ",\"bad_frames\":%" PRIu64 ",\"error\":", l->scan.bad_frames);
	if (l->why.text[0] != '\0')
		buffer_json_text(b, l->why.text);
	else
		buffer_puts(b, "null");
	buffer_putc(b, '}');
}

static void
put_text(struct buffer *b, const struct look *l)
{
	buffer_printf(b, "%s  %-10s", l->name, l->state);
	if (l->sums.frames > 0) {
		buffer_printf(b,
		    " %8" PRIu64 " frames %10" PRIu64 " values %10" PRIu64
		    " bytes  ",
		    l->sums.frames, l->sums.values, l->sums.bytes);
		time_print(b, l->sums.oldest_ns, 0);
		buffer_puts(b, " to ");
		time_print(b, l->sums.newest_ns, 0);
	}
	if (l->why.text[0] != '\0')
		buffer_printf(b, "  %s", l->why.text);
	if (l->scan.bad_frames > 0 && l->bad)
		buffer_printf(
		    b, "; %" PRIu64 " frames lost", l->scan.bad_frames);
	buffer_putc(b, '\n');
}

static int
is_segment(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return (n == 24 && strcmp(e->d_name + 20, ".seg") == 0) ||
	       (n == 28 && strcmp(e->d_name + 20, ".seg.bad") == 0);
}

int
journal_tool(const char *folder, bool verify, bool json, struct buffer *out,
    struct error *err)
{
	struct dirent **found;
	int n = scandir(folder, &found, is_segment, alphasort);
	int bad = 0;
	struct look l;

	if (n < 0)
		return error_set(err, "%s: %m", folder);
	buffer_puts(out, json ? "[" : "");
	for (int i = 0; i < n; i++) {
		if (bad >= 0 &&
		    look_at(folder, found[i]->d_name, verify, &l, err) != 0)
			bad = -1;
		if (bad >= 0) {
			bad += l.bad;
			buffer_puts(out, json && i > 0 ? ",\n" : "");
			(json ? put_json : put_text)(out, &l);
		}
		free(found[i]);
	}
	buffer_puts(out, json ? "]\n" : "");
	free(found);
	return bad;
}
