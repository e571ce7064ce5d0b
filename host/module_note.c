/*
 * A module's stamp is read from its ELF note, so that a file which cannot be
 * used is refused before anything in it runs.  Files are read, not mapped:
 * one that is cut short meanwhile must not kill the daemon.
 */
#include "module_note.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module.h"

/* With debugging information ours have less than 1 MB. */
#define FILE_BYTES_MAX (256 << 20)

/* No struct of the contract will ever come near. */
#define STRUCT_BYTES_MAX 4096

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#else
#define OUR_MACHINE EM_NONE /* dlopen() will tell */
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OUR_BYTE_ORDER ELFDATA2LSB
#else
#define OUR_BYTE_ORDER ELFDATA2MSB
#endif

/*
 * A size in the stamp and its bounds.  The lower one is what the host cannot
 * do without; what a shorter struct lacks beyond it counts as 0.
 */
struct stamped_size {
	const char *name;
	size_t offset;
	size_t min;
};

static const struct stamped_size stamped_sizes[] = {
	{ "descriptor_size", offsetof(struct farm_stamp, descriptor_size),
	    offsetof(struct farm_descriptor, open) + sizeof(void *) },
	{ "role_offset", offsetof(struct farm_stamp, role_offset),
	    offsetof(struct farm_descriptor, open) },
	{ "role_size", offsetof(struct farm_stamp, role_size), sizeof(void *) },
	{ "option_size", offsetof(struct farm_stamp, option_size),
	    offsetof(struct farm_option, min) },
	{ "parameter_size", offsetof(struct farm_stamp, parameter_size),
	    offsetof(struct farm_parameter, help) },
	{ "action_size", offsetof(struct farm_stamp, action_size),
	    sizeof(struct farm_action) },
};

static int
check_version(const struct farm_stamp *s, struct error *err)
{
	if (s->abi_major == FARM_ABI_MAJOR && s->abi_minor <= FARM_ABI_MINOR)
		return 0;
	return error_set(err, "needs ABI %u.%u, this host has %u.%u",
	    s->abi_major, s->abi_minor, FARM_ABI_MAJOR, FARM_ABI_MINOR);
}

static int
check_sizes(const struct farm_stamp *s, struct error *err)
{
	const struct stamped_size *z;
	uint32_t value;
	size_t i;

	for (i = 0; i < sizeof(stamped_sizes) / sizeof(*stamped_sizes); i++) {
		z = &stamped_sizes[i];
		memcpy(&value, (const char *)s + z->offset, sizeof(value));
		if (value < z->min || value > STRUCT_BYTES_MAX)
			return error_set(err,
			    "stamped with %s %u, which must be %zu to %d",
			    z->name, value, z->min, STRUCT_BYTES_MAX);
		if (value % sizeof(void *) != 0)
			return error_set(err,
			    "stamped with %s %u, which is no multiple of %zu",
			    z->name, value, sizeof(void *));
	}
	if (s->role_offset + s->role_size > s->descriptor_size)
		return error_set(err,
		    "stamped with a role of %u bytes at %u in"
		    " a descriptor of %u",
		    s->role_size, s->role_offset, s->descriptor_size);
	return 0;
}

/* A C identifier, as FARM_MODULE() takes it, that ends within its field. */
static bool
name_is_sound(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	size_t n = strnlen(name, FARM_MODULE_NAME_MAX + 1);

	return n > 0 && n <= FARM_MODULE_NAME_MAX && strspn(name, letters) == n;
}

static bool
version_is_sound(const struct farm_stamp *s)
{
	size_t n = strnlen(s->version, sizeof(s->version));
	size_t i;

	for (i = 0; i < n; i++)
		if (s->version[i] < ' ' || s->version[i] > '~')
			return false;
	return n < sizeof(s->version);
}

int
stamp_check(const struct farm_stamp *s, size_t size, struct error *err)
{
	if (size < sizeof(s->abi_major) + sizeof(s->abi_minor))
		return error_set(
		    err, "a farm note of %zu bytes is too short", size);
	/* Another major may have moved all the rest. */
	if (check_version(s, err) != 0)
		return -1;
	if (size < sizeof(*s))
		return error_set(
		    err, "a farm note of %zu bytes is too short", size);
	if (s->stamp_size != size)
		return error_set(err,
		    "a farm note of %zu bytes is stamped with %u", size,
		    s->stamp_size);
	if (s->role < FARM_COLLECTOR || s->role > FARM_WRITER)
		return error_set(err, "stamped with unknown role %u", s->role);
	if (!name_is_sound(s->name))
		return error_set(err, "stamped with a name that is none");
	if (!version_is_sound(s))
		return error_set(err, "stamped with a version that is none");
	return check_sizes(s, err);
}

/* Is it built for this machine?  Of the first bytes only. */
static int
check_ident(const unsigned char *ident, size_t size, struct error *err)
{
	if (size < EI_NIDENT || memcmp(ident, ELFMAG, SELFMAG) != 0)
		return error_set(err, "not an ELF file");
	if (ident[EI_CLASS] == ELFCLASS32)
		return error_set(err, "for a 32-bit machine");
	if (ident[EI_CLASS] != ELFCLASS64)
		return error_set(
		    err, "of unknown ELF class %d", ident[EI_CLASS]);
	if (ident[EI_DATA] != OUR_BYTE_ORDER)
		return error_set(err, "for a machine of other byte order");
	return 0;
}

static int
check_header(const GElf_Ehdr *header, struct error *err)
{
	if (OUR_MACHINE != EM_NONE && header->e_machine != OUR_MACHINE)
		return error_set(err,
		    "for another machine (ELF number %u, this is %d)",
		    header->e_machine, OUR_MACHINE);
	if (header->e_type != ET_DYN)
		return error_set(err, "not a shared object");
	return 0;
}

/* What is known of the notes so far. */
struct found {
	struct farm_stamp stamp;
	size_t size; /* as noted; 0: none yet */
	unsigned n;
};

/* The notes of one segment, of which `size' bytes are there. */
static void
look_through(Elf *elf, const GElf_Phdr *segment, struct found *f)
{
	const char *bytes;
	size_t name, desc, at, next;
	Elf_Data *data;
	GElf_Nhdr note;

	data = elf_getdata_rawchunk(elf, (int64_t)segment->p_offset,
	    segment->p_filesz,
	    segment->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
	if (data == NULL)
		return;
	bytes = data->d_buf;
	for (at = 0;; at = next) {
		next = gelf_getnote(data, at, &note, &name, &desc);
		if (next == 0)
			return;
		if (note.n_type != FARM_NOTE_TYPE ||
		    note.n_namesz != sizeof(FARM_NOTE_OWNER) ||
		    memcmp(bytes + name, FARM_NOTE_OWNER, note.n_namesz) != 0)
			continue;
		f->size = note.n_descsz;
		memset(&f->stamp, 0, sizeof(f->stamp));
		memcpy(&f->stamp, bytes + desc,
		    f->size < sizeof(f->stamp) ? f->size : sizeof(f->stamp));
		f->n++;
	}
}

static int
look_through_all(Elf *elf, size_t size, struct found *f, struct error *err)
{
	GElf_Phdr segment;
	size_t i, n;

	if (elf_getphdrnum(elf, &n) != 0)
		return error_set(err, "damaged: %s", elf_errmsg(-1));
	for (i = 0; i < n; i++) {
		if (gelf_getphdr(elf, (int)i, &segment) == NULL)
			return error_set(err, "damaged: %s", elf_errmsg(-1));
		/* Touching what a mapped file lacks would be a SIGBUS. */
		if (segment.p_type != PT_NULL &&
		    (segment.p_offset > size ||
			segment.p_filesz > size - segment.p_offset))
			return error_set(err,
			    "cut short: a segment ends beyond its %zu bytes",
			    size);
		if (segment.p_type == PT_NOTE)
			look_through(elf, &segment, f);
	}
	if (f->n == 0)
		return error_set(err, "has no farm note; not a module");
	if (f->n > 1)
		return error_set(
		    err, "has %u farm notes; one module per file", f->n);
	return 0;
}

static int
find_in(Elf *elf, size_t size, struct farm_stamp *ret, struct error *err)
{
	struct found f = { .n = 0 };
	GElf_Ehdr header;

	if (elf == NULL || gelf_getehdr(elf, &header) == NULL)
		return error_set(err, "damaged: %s", elf_errmsg(-1));
	if (check_header(&header, err) != 0 ||
	    look_through_all(elf, size, &f, err) != 0 ||
	    stamp_check(&f.stamp, f.size, err) != 0)
		return -1;
	*ret = f.stamp;
	return 0;
}

int
note_find(
    const void *bytes, size_t size, struct farm_stamp *ret, struct error *err)
{
	Elf *elf;
	int r;

	if (check_ident(bytes, size, err) != 0)
		return -1;
	if (elf_version(EV_CURRENT) == EV_NONE)
		return error_set(err, "libelf: %s", elf_errmsg(-1));
	/* The image is only written to by elf_update(). */
	elf = elf_memory((char *)(uintptr_t)bytes, size);
	r = find_in(elf, size, ret, err);
	elf_end(elf);
	return r;
}

static int
read_all(int fd, char *to, size_t size, struct error *err)
{
	size_t at = 0;
	ssize_t n;

	while (at < size) {
		n = read(fd, to + at, size - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(err, "%m");
		if (n == 0)
			return error_set(err, "is being changed");
		at += (size_t)n;
	}
	return 0;
}

static int
read_fd(int fd, void **ret, size_t *ret_size, struct error *err)
{
	struct stat st;
	char *bytes;

	if (fstat(fd, &st) != 0)
		return error_set(err, "%m");
	if (!S_ISREG(st.st_mode))
		return error_set(err, "not a regular file");
	if (st.st_size > FILE_BYTES_MAX)
		return error_set(
		    err, "larger than %d MiB", FILE_BYTES_MAX >> 20);
	bytes = malloc((size_t)st.st_size + 1);
	if (bytes == NULL)
		return error_set(err, "out of memory");
	if (read_all(fd, bytes, (size_t)st.st_size, err) != 0) {
		free(bytes);
		return -1;
	}
	*ret = bytes;
	*ret_size = (size_t)st.st_size;
	return 0;
}

int
note_read_file(
    const char *path, void **ret, size_t *ret_size, struct error *err)
{
	int fd, r;

	/* Opening a pipe would wait for its other end. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return error_set(err, "%m");
	r = read_fd(fd, ret, ret_size, err);
	close(fd);
	return r;
}

/* The file must be called as the module calls itself. */
static int
check_file_name(const char *path, const char *name, struct error *err)
{
	const char *file = strrchr(path, '/');
	size_t n = strlen(name);

	file = file != NULL ? file + 1 : path;
	if (strncmp(file, name, n) == 0 && strcmp(file + n, ".so") == 0)
		return 0;
	return error_set(err, "calls itself \"%s\"", name);
}

int
module_note(const char *path, struct farm_stamp *ret, struct error *err)
{
	struct farm_stamp stamp;
	void *bytes = NULL;
	size_t size;
	int r;

	r = note_read_file(path, &bytes, &size, err);
	if (r == 0)
		r = note_find(bytes, size, &stamp, err);
	if (r == 0)
		r = check_file_name(path, stamp.name, err);
	free(bytes);
	if (r != 0)
		return error_prefix(err, "%s", path);
	*ret = stamp;
	return 0;
}
