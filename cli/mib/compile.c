/* compile: a catalogue from MIB files, made again only if they are newer. */
#include "mib.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The first line of what is written says what it was made from. */
static void
put_title(struct buffer *b, int argc, char **argv)
{
	int i;

	buffer_puts(b, "# SNMP's objects of");
	for (i = 0; i < argc; i++) {
		buffer_putc(b, ' ');
		buffer_puts(b, argv[i]);
	}
	buffer_putc(b, '\n');
}

static bool
has_title(const char *path, const char *title)
{
	char *line = NULL;
	size_t size = 0;
	FILE *f = fopen(path, "re");
	bool same;

	if (f == NULL)
		return false;
	same = getline(&line, &size, f) > 0 && strcmp(line, title) == 0;
	free(line);
	(void)fclose(f);
	return same;
}

static bool
is_later(const struct stat *a, const struct stat *b)
{
	if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
		return a->st_mtim.tv_sec > b->st_mtim.tv_sec;
	return a->st_mtim.tv_nsec > b->st_mtim.tv_nsec;
}

/* A folder changes when files come and go, but not when one is rewritten. */
static bool
is_newer_than(const struct stat *made, const char *path)
{
	const struct dirent *entry;
	struct stat st;
	bool newer;
	DIR *dir;

	if (stat(path, &st) != 0 || !is_later(made, &st))
		return false;
	dir = S_ISDIR(st.st_mode) ? opendir(path) : NULL;
	newer = dir != NULL || !S_ISDIR(st.st_mode);
	while (dir != NULL && newer && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			newer = fstatat(dirfd(dir), entry->d_name, &st, 0) ==
				    0 &&
				is_later(made, &st);
	if (dir != NULL)
		(void)closedir(dir);
	return newer;
}

static bool
is_current(const struct mib *mib, const char *title, int argc, char **argv)
{
	struct stat made;
	int i;

	if (mib->output == NULL || mib->force ||
	    stat(mib->output, &made) != 0 || !has_title(mib->output, title))
		return false;
	for (i = 0; i < argc; i++)
		if (!is_newer_than(&made, argv[i]))
			return false;
	return true;
}

int
mib_compile(const struct mib *mib, int argc, char **argv)
{
	struct problems problems = PROBLEMS_INIT;
	struct buffer out = BUFFER_INIT;
	size_t title;

	put_title(&out, argc, argv);
	title = out.size;
	if (is_current(mib, buffer_text(&out), argc, argv)) {
		buffer_free(&out);
		return MIB_FINE;
	}
	(void)mib_files_read(
	    &out, (const char *const *)argv, (size_t)argc, &problems);
	if (mib_say(&problems) && out.size > title)
		return mib_write(mib, &out);
	if (out.size == title)
		mib_fail(MIB_FAILED, "no objects in these files");
	buffer_free(&out);
	return MIB_FAILED;
}
