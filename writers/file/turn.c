#include "turn.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"

#define PACKED ".zst"

/* One that is gone is well; -1 with the reason else. */
static int
check_gone(int rc, const char *path, struct error *err)
{
	if (rc == 0 || errno == ENOENT)
		return 0;
	return error_set(err, "%s: %m", path);
}

/* Number 0 is the file itself. */
static void
put_name(struct buffer *b, const char *path, int64_t i, const char *suffix)
{
	buffer_clear(b);
	buffer_puts(b, path);
	if (i > 0)
		buffer_printf(b, ".%" PRId64 "%s", i, suffix);
}

static int
move_one(const char *path, int64_t from, bool away, const char *suffix,
    struct error *err)
{
	struct buffer old = BUFFER_INIT, fresh = BUFFER_INIT;
	int rc;

	put_name(&old, path, from, suffix);
	put_name(&fresh, path, from + 1, suffix);
	if (buffer_failed(&old) || buffer_failed(&fresh))
		rc = error_set(err, "out of memory");
	else
		rc = check_gone(
		    away ? unlink(old.data) : rename(old.data, fresh.data),
		    old.data, err);
	buffer_free(&old);
	buffer_free(&fresh);
	return rc;
}

static bool
is_there(const char *path, int64_t i)
{
	struct buffer b = BUFFER_INIT;
	bool there;

	put_name(&b, path, i, "");
	there = access(buffer_text(&b), F_OK) == 0;
	put_name(&b, path, i, PACKED);
	there = there || access(buffer_text(&b), F_OK) == 0;
	buffer_free(&b);
	return there;
}

int
turn_files(const char *path, int64_t keep, struct error *err)
{
	int64_t i = keep;

	/* More are there if more were kept before. */
	while (i < TURN_KEEP_MAX && is_there(path, i + 1))
		i++;
	for (; i >= 0; i--) {
		if (move_one(path, i, i >= keep, "", err) != 0)
			return -1;
		if (i > 0 && move_one(path, i, i >= keep, PACKED, err) != 0)
			return -1;
	}
	return 0;
}

#ifdef HAVE_ZSTD

#include <stdlib.h>
#include <sys/stat.h>
#include <zstd.h>

/* As the journal's segments. */
#define LEVEL 3
/* Read in one step: some tens of milliseconds. */
#define STEP (8 << 20)
#define CHUNK 131072

struct packing {
	char *from;
	char *to; /* until it is whole */
	char *whole;
	int in;
	int out;
	ZSTD_CCtx *zstd;
	char *room;
	size_t room_size;
	char bytes[CHUNK];
};

bool
turn_can_pack(void)
{
	return true;
}

static void
close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void
packing_free(struct packing *p)
{
	if (p == NULL)
		return;
	close_fd(p->in);
	close_fd(p->out);
	if (p->to != NULL)
		(void)unlink(p->to);
	ZSTD_freeCCtx(p->zstd);
	free(p->from);
	free(p->to);
	free(p->whole);
	free(p->room);
	free(p);
}

static char *
make_name(const char *path, const char *suffix)
{
	struct buffer b = BUFFER_INIT;

	buffer_printf(&b, "%s.1%s", path, suffix);
	return buffer_take(&b, NULL);
}

static int
prepare(struct packing *p, const char *path, struct error *err)
{
	p->from = make_name(path, "");
	p->to = make_name(path, PACKED ".part");
	p->whole = make_name(path, PACKED);
	p->zstd = ZSTD_createCCtx();
	p->room_size = ZSTD_CStreamOutSize();
	p->room = malloc(p->room_size);
	if (p->from == NULL || p->to == NULL || p->whole == NULL ||
	    p->zstd == NULL || p->room == NULL)
		return error_set(err, "out of memory");
	(void)ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, LEVEL);
	(void)ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_checksumFlag, 1);
	p->in = open(p->from, O_RDONLY | O_CLOEXEC);
	if (p->in < 0)
		return error_set(err, "%s: %m", p->from);
	p->out = open(p->to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (p->out < 0)
		return error_set(err, "%s: %m", p->to);
	return 0;
}

int
packing_new(struct packing **ret, const char *path, struct error *err)
{
	struct packing *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return error_set(err, "out of memory");
	p->in = p->out = -1;
	if (prepare(p, path, err) != 0) {
		packing_free(p);
		return -1;
	}
	*ret = p;
	return 0;
}

/* All of these bytes, and with `end' what is left inside. */
static int
pack(struct packing *p, size_t n, bool end, struct error *err)
{
	ZSTD_inBuffer in = { p->bytes, n, 0 };
	ZSTD_outBuffer out;
	size_t left;

	do {
		out = (ZSTD_outBuffer){ p->room, p->room_size, 0 };
		left = ZSTD_compressStream2(
		    p->zstd, &out, &in, end ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			return error_set(
			    err, "%s: %s", p->from, ZSTD_getErrorName(left));
		if (write(p->out, p->room, out.pos) != (ssize_t)out.pos)
			return error_set(err, "%s: written in part: %m", p->to);
	} while (end ? left != 0 : in.pos < in.size);
	return 0;
}

/* First it is there for good, then the plain one goes. */
static int
finish(struct packing *p, struct error *err)
{
	if (fdatasync(p->out) != 0 || rename(p->to, p->whole) != 0)
		return error_set(err, "%s: %m", p->to);
	free(p->to);
	p->to = NULL;
	if (unlink(p->from) != 0)
		return error_set(err, "%s: %m", p->from);
	return 1;
}

int
packing_step(struct packing *p, struct error *err)
{
	size_t done = 0;
	ssize_t n;

	while (done < STEP) {
		n = read(p->in, p->bytes, sizeof(p->bytes));
		if (n < 0)
			return error_set(err, "%s: %m", p->from);
		if (pack(p, (size_t)n, n == 0, err) != 0)
			return -1;
		if (n == 0)
			return finish(p, err);
		done += (size_t)n;
	}
	return 0;
}

#else

bool
turn_can_pack(void)
{
	return false;
}

int
packing_new(struct packing **ret, const char *path, struct error *err)
{
	(void)ret;
	return error_set(err, "%s: built without zstd", path);
}

int
packing_step(struct packing *p, struct error *err)
{
	(void)p;
	return error_set(err, "built without zstd");
}

void
packing_free(struct packing *p)
{
	(void)p;
}

#endif
