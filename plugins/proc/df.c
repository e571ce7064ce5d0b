/* Room in file systems: /proc/self/mounts, and statvfs() of each. */
#include "proc.h"

#include <string.h>
#include <sys/statvfs.h>

#define MIB 1048576.0

/* Hold no files of their own, or a copy of others'. */
static const char *const pseudo[] = { "autofs", "binfmt_misc", "bpf", "cgroup",
	"cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs",
	"fusectl", "hugetlbfs", "iso9660", "mqueue", "none", "nsfs", "overlay",
	"proc", "pstore", "ramfs", "rootfs", "rpc_pipefs", "securityfs",
	"selinuxfs", "squashfs", "sysfs", "tmpfs", "tracefs", NULL };

/* Asking one whose server is dead does not return. */
static const char *const remote[] = { "9p", "afs", "beegfs", "ceph", "cifs",
	"coda", "fuse", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4",
	"orangefs", "pvfs2", "smb3", "smbfs", "virtiofs", NULL };

static bool
is_one_of(const char *const *types, const char *type)
{
	for (; *types != NULL; types++)
		if (strcmp(*types, type) == 0)
			return true;
	return false;
}

static bool
is_remote(const struct mount *m)
{
	/* "fuse.sshfs", but not "fuseblk", which is a local disk. */
	return is_one_of(remote, m->type) || strncmp(m->type, "fuse.", 5) == 0;
}

static int
octal(const char *at, const char *end)
{
	int i, n = 0;

	if (end - at < 4 || *at != '\\')
		return -1;
	for (i = 1; i <= 3; i++) {
		if (at[i] < '0' || at[i] > '7')
			return -1;
		n = n * 8 + at[i] - '0';
	}
	return n > 0 && n < 256 ? n : -1;
}

/* The kernel writes blanks, newlines and backslashes as \ooo. */
static const char *
unescape(struct arena *arena, struct scan word)
{
	char *text = arena_strndup(arena, word.at, scan_size(word));
	char *to = text;
	int byte;

	if (text == NULL)
		return NULL;
	while (word.at < word.end) {
		byte = octal(word.at, word.end);
		*to++ = byte < 0 ? *word.at : (char)byte;
		word.at += byte < 0 ? 1 : 4;
	}
	*to = '\0';
	return text;
}

static int
parse_mount(
    struct scan line, struct arena *arena, struct mount *ret, struct error *err)
{
	struct scan source, point, type;

	if (!scan_word(&line, &source) || !scan_word(&line, &point) ||
	    !scan_word(&line, &type))
		return error_set(err, "\"SOURCE FOLDER TYPE\" expected");
	ret->source = unescape(arena, source);
	ret->point = unescape(arena, point);
	ret->type = unescape(arena, type);
	if (ret->source == NULL || ret->point == NULL || ret->type == NULL)
		return error_set(err, "out of memory");
	return 0;
}

static size_t
count_lines(struct scan text)
{
	struct scan line;
	size_t n = 0;

	while (scan_line(&text, &line))
		n++;
	return n;
}

int
mounts_parse(struct scan text, struct arena *arena, struct mount **ret,
    size_t *ret_n, struct error *err)
{
	size_t i, n = count_lines(text);
	struct mount *mounts;
	struct scan line;

	if (n > TABLE_MAX)
		return error_set(err, "more than %d entries", TABLE_MAX);
	mounts = arena_array(arena, n, sizeof(*mounts));
	if (mounts == NULL)
		return error_set(err, "out of memory");
	for (i = 0; scan_line(&text, &line); i++)
		if (parse_mount(line, arena, &mounts[i], err) != 0)
			return error_prefix(err, "line %zu", i + 1);
	*ret = mounts;
	*ret_n = n;
	return 0;
}

static bool
is_wanted(const struct run *run, const struct mount *m)
{
	/* A container's root is all it has, whatever it is made of. */
	bool is_root = strcmp(m->point, "/") == 0 &&
		       strcmp(m->type, "rootfs") != 0;

	if (is_remote(m))
		return run->proc->remote &&
		       choice_has(&run->proc->mounts, m->point);
	return (is_root || !is_one_of(pseudo, m->type)) &&
	       choice_has(&run->proc->mounts, m->point);
}

/* Bind mounts show a device again, mounting over hides a folder. */
static bool
is_repeated(const struct mount *const *chosen, size_t n, const struct mount *m)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(chosen[i]->point, m->point) == 0 ||
		    (*m->source == '/' &&
			strcmp(chosen[i]->source, m->source) == 0))
			return true;
	return false;
}

struct room {
	double size;
	double used;
	double available;
};

static bool
room_of(struct run *run, const struct mount *m, struct room *ret)
{
	struct statvfs fs;
	double block;

	buffer_clear(&run->path);
	buffer_puts(&run->path, run->proc->root);
	buffer_puts(&run->path, m->point);
	if (buffer_failed(&run->path) ||
	    statvfs(buffer_text(&run->path), &fs) != 0) {
		farm_log(
		    run->host, FARM_DEBUG, "%s: %m", buffer_text(&run->path));
		return false;
	}
	if (fs.f_blocks == 0)
		return false;
	block = (double)fs.f_frsize / MIB;
	ret->size = (double)fs.f_blocks * block;
	ret->used = (double)(fs.f_blocks - fs.f_bfree) * block;
	ret->available = (double)fs.f_bavail * block;
	return true;
}

static void
emit_room(struct run *run, const char *name, const struct room *r)
{
	emit_double(run, name, "_sizeMB", r->size);
	emit_double(run, name, "_usedMB", r->used);
	emit_double(run, name, "_availMB", r->available);
	/* As df(1) has it: what is kept for root counts as neither. */
	if (r->used + r->available > 0)
		emit_double(run, name, "_usage",
		    100 * r->used / (r->used + r->available));
}

static void
emit_all(struct run *run, const struct mount *mounts, size_t n,
    const struct mount **chosen)
{
	struct room total = { .size = 0 };
	size_t i, n_chosen = 0, n_read = 0;
	struct room room;

	for (i = 0; i < n; i++) {
		if (!is_wanted(run, &mounts[i]) ||
		    is_repeated(chosen, n_chosen, &mounts[i]))
			continue;
		chosen[n_chosen++] = &mounts[i];
		if (!room_of(run, &mounts[i], &room))
			continue;
		emit_room(run, mounts[i].point, &room);
		total.size += room.size;
		total.used += room.used;
		total.available += room.available;
		n_read++;
	}
	emit_count(run, "TOTAL_", "partitions", n_read);
	if (n_read > 0)
		emit_room(run, "TOTAL", &total);
}

int
df_collect(struct run *run)
{
	struct arena *arena = NULL;
	const struct mount **chosen;
	struct mount *mounts;
	struct scan text;
	int status = -1;
	size_t n;

	if (run_read(run, "proc/self/mounts", &text) != 0)
		return -1;
	arena = arena_new(0);
	if (arena == NULL) {
		error_set(&run->error, "out of memory");
		goto out;
	}
	if (mounts_parse(text, arena, &mounts, &n, &run->error) != 0)
		goto out;
	chosen = arena_array(arena, n, sizeof(*chosen));
	if (chosen == NULL) {
		error_set(&run->error, "out of memory");
		goto out;
	}
	emit_all(run, mounts, n, chosen);
	status = 0;
out:
	arena_free(arena);
	return status == 0 ? 0 : run_bad_file(run);
}
