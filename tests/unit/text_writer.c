#include "text_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"
#include "whole_file.h"

#define RECORDS_MAX 64

uint32_t
text_series(struct fake_host *fake, const char *parameter)
{
	return farm_series(&fake->host, NULL, .cluster = "c", .node = "n1",
	    .parameter = parameter, .unit = "1");
}

int
text_write(struct fake_host *fake, const struct farm_value *values, size_t n)
{
	struct farm_record records[RECORDS_MAX];
	const struct farm_batch batch = { records, n };
	size_t i;

	assert_true(n <= RECORDS_MAX);
	for (i = 0; i < n; i++)
		records[i] = (struct farm_record){ .position = i + 1,
			.time_ns = TEXT_WRITER_NOW_NS,
			.instance = "c/m",
			.type = FARM_RESULT,
			.n_values = 1,
			.values = &values[i] };
	return fake_write(fake, &batch);
}

int
text_write_number(struct fake_host *fake, double number)
{
	struct farm_value v = farm_double(number);

	v.series = text_series(fake, "load");
	return text_write(fake, &v, 1);
}

void
text_folder_make(struct text_folder *f)
{
	snprintf(f->path, sizeof(f->path), "/tmp/farm-text-XXXXXX");
	assert_non_null(mkdtemp(f->path));
}

void
text_folder_remove(const struct text_folder *f)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", f->path);
	assert_int_equal(system(command), 0);
}

const char *
text_path(const struct text_folder *f, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", f->path, name);
	return path;
}

const char *
text_of(const struct text_folder *f, const char *name)
{
	static char text[65536];
	size_t size = 0;
	char *whole;

	text[0] = '\0';
	if (access(text_path(f, name), F_OK) != 0)
		return text;
	whole = whole_file(text_path(f, name), &size);
	assert_true(size < sizeof(text));
	if (whole != NULL)
		memcpy(text, whole, size);
	text[size] = '\0';
	free(whole);
	return text;
}
