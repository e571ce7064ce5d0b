#include "module_files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "module_note.h"
#include "unit.h"

void
module_files_init(struct module_files *f)
{
	struct error err;
	void *bytes;

	strcpy(f->folder, "/tmp/farm-modules-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_int_equal(note_read_file(TEST_MODULES "/good/hello.so", &bytes,
			     &f->size, &err),
	    0);
	f->hello = bytes;
}

void
module_files_free(struct module_files *f)
{
	DIR *dir = opendir(f->folder);
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			assert_int_equal(
			    remove(module_files_path(f, entry->d_name)), 0);
	closedir(dir);
	assert_int_equal(rmdir(f->folder), 0);
	free(f->hello);
}

const char *
module_files_path(const struct module_files *f, const char *name)
{
	static char path[512];
	int n;

	n = snprintf(path, sizeof(path), "%s/%s", f->folder, name);
	assert_true(n > 0 && (size_t)n < sizeof(path));
	return path;
}

const char *
module_files_write(const struct module_files *f, const char *name,
    const void *bytes, size_t size)
{
	const char *path = module_files_path(f, name);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	return path;
}

const char *
module_files_patch(
    const struct module_files *f, size_t offset, const void *bytes, size_t n)
{
	char *copy = malloc(f->size);
	const char *path;

	assert_non_null(copy);
	assert_true(offset + n <= f->size);
	memcpy(copy, f->hello, f->size);
	memcpy(copy + offset, bytes, n);
	path = module_files_write(f, "hello.so", copy, f->size);
	free(copy);
	return path;
}
