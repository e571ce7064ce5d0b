/*
 * The module folders.  They are read anew each time, so that a file dropped
 * there is found; what was loaded from a path stays what it was.
 */
#include "module.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "name.h"

struct folder {
	char *path;
	bool ours;
};

struct modules {
	struct folder *folders;
	size_t n;
	bool apart;
};

/* Where modules are in a folder: installed ones by role, in the tree's build
   folder collectors are in plugins. */
static const char *const subfolders[] = { "", "/collectors", "/plugins",
	"/filters", "/writers" };
#define N_SUBFOLDERS (sizeof(subfolders) / sizeof(*subfolders))

/* Files that end in ".so", in the order of preference. */
struct files {
	struct module_file *items;
	size_t n;
};

static void
files_free(struct files *files)
{
	modules_list_free(files->items, (long)files->n);
}

void
modules_list_free(struct module_file *list, long n)
{
	long i;

	for (i = 0; i < n; i++)
		free((char *)list[i].path);
	free(list);
}

void
modules_free(struct modules *m)
{
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < m->n; i++)
		free(m->folders[i].path);
	free(m->folders);
	free(m);
}

struct modules *
modules_new(const char *const *folders, size_t n, size_t n_ours)
{
	struct modules *m = calloc(1, sizeof(*m));
	size_t i;

	if (m == NULL)
		return NULL;
	m->folders = calloc(n + 1, sizeof(*m->folders));
	if (m->folders == NULL)
		goto fail;
	for (i = 0; i < n; i++) {
		m->folders[i].path = strdup(folders[i]);
		m->folders[i].ours = i < n_ours;
		if (m->folders[i].path == NULL)
			goto fail;
		m->n++;
	}
	return m;
fail:
	modules_free(m);
	return NULL;
}

void
modules_set_apart(struct modules *m)
{
	m->apart = true;
}

static int
files_add(struct files *files, char *path, bool ours)
{
	struct module_file *items;

	if (path == NULL)
		return -1;
	items = realloc(files->items, (files->n + 1) * sizeof(*items));
	if (items == NULL) {
		free(path);
		return -1;
	}
	files->items = items;
	items[files->n++] = (struct module_file){ .path = path, .ours = ours };
	return 0;
}

static int
is_module_name(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > strlen(".so") && strcmp(entry->d_name + n - 3, ".so") == 0;
}

static char *
join(const char *folder, const char *sub, const char *name)
{
	char *path;

	if (asprintf(&path, "%s%s%s%s", folder, sub, *name != '\0' ? "/" : "",
		name) < 0)
		return NULL;
	return path;
}

/* -1 if memory is out; a folder that cannot be read has no files. */
static int
scan_folder(struct files *files, const struct folder *folder, const char *sub)
{
	char *path = join(folder->path, sub, "");
	struct dirent **entries;
	int i, n, r = 0;

	if (path == NULL)
		return -1;
	n = scandir(path, &entries, is_module_name, alphasort);
	if (n < 0)
		r = errno == ENOMEM ? -1 : 0;
	for (i = 0; i < n; i++) {
		if (r == 0)
			r = files_add(files, join(path, "", entries[i]->d_name),
			    folder->ours);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	free(path);
	return r;
}

/* All files of all folders; -1 if memory is out. */
static int
scan(struct files *files, const struct modules *m)
{
	size_t i, j;

	for (i = 0; i < m->n; i++)
		for (j = 0; j < N_SUBFOLDERS; j++)
			if (scan_folder(files, &m->folders[i], subfolders[j]) !=
			    0)
				return -1;
	return 0;
}

/* "FOLDER, FOLDER (why it cannot be read)". */
static void
print_folders(struct buffer *out, const struct modules *m)
{
	size_t i;
	DIR *dir;

	if (m->n == 0)
		buffer_puts(out, "no folder");
	for (i = 0; i < m->n; i++) {
		buffer_printf(
		    out, "%s%s", i > 0 ? ", " : "", m->folders[i].path);
		dir = opendir(m->folders[i].path);
		if (dir == NULL)
			buffer_printf(out, " (%m)");
		else
			closedir(dir);
	}
}

/* A name that was probably meant, among the good files of this role; NULL if
   none.  To be freed. */
static char *
suggestion(const struct files *files, enum farm_role role, const char *name)
{
	const char **names = calloc(files->n + 1, sizeof(*names));
	struct farm_stamp stamp;
	const char *best;
	char *copy;
	size_t i, n = 0;

	if (names == NULL)
		return NULL;
	for (i = 0; i < files->n; i++) {
		if (module_note(files->items[i].path, &stamp, NULL) != 0 ||
		    stamp.role != role)
			continue;
		names[n] = strdup(stamp.name);
		if (names[n] != NULL)
			n++;
	}
	best = name_suggest(name, names, n);
	copy = best != NULL ? strdup(best) : NULL;
	for (i = 0; i < n; i++)
		free((char *)names[i]);
	free(names);
	return copy;
}

static int
not_found(const struct modules *m, const struct files *files,
    enum farm_role role, const char *name, struct error *err)
{
	struct buffer folders = BUFFER_INIT;
	char *meant = suggestion(files, role, name);

	print_folders(&folders, m);
	error_set(err, "no %s \"%s\"%s%s%s; searched %s", role_name(role), name,
	    meant != NULL ? " (did you mean \"" : "",
	    meant != NULL ? meant : "", meant != NULL ? "\"?)" : "",
	    buffer_text(&folders));
	buffer_free(&folders);
	free(meant);
	return -1;
}

/* Is the file called NAME.so? */
static bool
is_called(const char *path, const char *name)
{
	const char *file = strrchr(path, '/');
	size_t n = strlen(name);

	return strncmp(file + 1, name, n) == 0 &&
	       strcmp(file + 1 + n, ".so") == 0;
}

/*
 * Open the first good file of this name and role.  1 if there is none; -1 if
 * the first of this name was refused, or plays only another role.
 */
static int
find_among(const struct modules *m, const struct files *files,
    enum farm_role role, const char *name, struct module **ret,
    struct error *err)
{
	const struct module_file *file;
	struct farm_stamp stamp;
	struct error why;
	int r = 1;
	size_t i;

	for (i = 0; i < files->n; i++) {
		file = &files->items[i];
		if (!is_called(file->path, name))
			continue;
		if (module_note(file->path, &stamp, &why) == 0) {
			if (stamp.role == role && m->apart && !file->ours)
				return module_learn(file->path, ret, err);
			if (stamp.role == role)
				return module_open(
				    file->path, file->ours, ret, err);
			error_set(&why, "%s: is a %s, not a %s", file->path,
			    role_name((enum farm_role)stamp.role),
			    role_name(role));
		}
		if (r == 1)
			r = error_set(err, "%s", why.text);
	}
	return r;
}

int
modules_find(struct modules *m, enum farm_role role, const char *name,
    struct module **ret, struct error *err)
{
	struct files files = { .n = 0 };
	int r;

	if (scan(&files, m) != 0)
		r = error_set(err, "%s: out of memory", name);
	else
		r = find_among(m, &files, role, name, ret, err);
	if (r == 1)
		r = not_found(m, &files, role, name, err);
	files_free(&files);
	return r;
}

/* Is the file another one than when it was loaded? */
static bool
has_changed(const char *path)
{
	const struct module *m = module_loaded(path);
	struct stat st;

	if (m == NULL)
		return false;
	if (stat(path, &st) != 0)
		return true;
	return st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec !=
	       m->mtime_ns;
}

long
modules_list(struct modules *m, struct module_file **ret)
{
	struct files files = { .n = 0 };
	struct module_file *file;
	size_t i;

	if (scan(&files, m) != 0) {
		files_free(&files);
		return -1;
	}
	for (i = 0; i < files.n; i++) {
		file = &files.items[i];
		file->good = module_note(
				 file->path, &file->stamp, &file->why) == 0;
		file->changed = has_changed(file->path);
	}
	*ret = files.items;
	return (long)files.n;
}
