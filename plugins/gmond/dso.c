#include "dso.h"

#include <gelf.h>
#include <stdbool.h>
#include <string.h>

#include "abi.h"
#include "whole.h"

#define FILE_MAX (64 << 20)

struct scan {
	Elf *elf;
	size_t size;        /* of the file */
	const char *symbol; /* NULL: any */
	size_t n_found;
	struct dso found;
	struct gmond_abi_module module; /* its bytes in the file */
};

/* The initial bytes of a variable; false if the file has none of it. */
static bool
bytes_of(const struct scan *s, const GElf_Sym *symbol, void *ret, size_t size)
{
	Elf_Scn *section = elf_getscn(s->elf, symbol->st_shndx);
	const char *bytes = elf_rawfile(s->elf, NULL);
	GElf_Shdr h;
	GElf_Off at;

	if (section == NULL || gelf_getshdr(section, &h) == NULL ||
	    h.sh_type == SHT_NOBITS || symbol->st_value < h.sh_addr)
		return false;
	at = symbol->st_value - h.sh_addr;
	if (at > h.sh_size || h.sh_size - at < size || h.sh_offset > s->size ||
	    s->size - h.sh_offset < at || s->size - h.sh_offset - at < size)
		return false;
	memcpy(ret, bytes + h.sh_offset + at, size);
	return true;
}

/* Without a name to go by, the magic number makes a module of a variable. */
static void
look_at(struct scan *s, const char *name, const GElf_Sym *symbol)
{
	struct gmond_abi_module m;

	if (symbol->st_shndx == SHN_UNDEF ||
	    GELF_ST_TYPE(symbol->st_info) != STT_OBJECT ||
	    symbol->st_size < sizeof(m) ||
	    (s->symbol != NULL && strcmp(name, s->symbol) != 0) ||
	    !bytes_of(s, symbol, &m, sizeof(m)))
		return;
	if (s->symbol == NULL && m.magic != GMOND_ABI_MAGIC)
		return;
	if (strlen(name) > DSO_SYMBOL_MAX)
		return;
	s->module = m;
	strcpy(s->found.symbol, name);
	s->n_found++;
}

static void
look_at_table(struct scan *s, Elf_Scn *section, const GElf_Shdr *h)
{
	size_t n = h->sh_entsize > 0 ? h->sh_size / h->sh_entsize : 0, i;
	Elf_Data *data = elf_getdata(section, NULL);
	const char *name;
	GElf_Sym symbol;

	for (i = 1; data != NULL && i < n; i++) {
		if (gelf_getsym(data, (int)i, &symbol) == NULL)
			return;
		name = elf_strptr(s->elf, h->sh_link, symbol.st_name);
		if (name != NULL)
			look_at(s, name, &symbol);
	}
}

/* The classes differ in the layout of all that follows. */
static bool
is_ours(Elf *elf)
{
	GElf_Ehdr h;

	return gelf_getehdr(elf, &h) != NULL && h.e_type == ET_DYN &&
	       gelf_getclass(elf) ==
		   (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32);
}

static int
judge(const struct scan *s, struct dso *ret, struct error *err)
{
	const struct gmond_abi_module *m = &s->module;

	if (s->n_found == 0 && s->symbol != NULL)
		return error_set(err,
		    "no module of gmond's: it exports no \"%s\"", s->symbol);
	if (s->n_found == 0)
		return error_set(err, "no module of gmond's");
	if (s->n_found > 1)
		return error_set(err, "several modules: say which by its name");
	if (m->magic != GMOND_ABI_MAGIC)
		return error_set(err,
		    "no module of gmond's: the magic number of %s is 0x%lx, "
		    "not 0x%lx",
		    s->found.symbol, m->magic, GMOND_ABI_MAGIC);
	if (m->version != GMOND_ABI_VERSION)
		return error_set(err,
		    "built for another Ganglia: %s has version %d of the "
		    "interface, %d can be hosted",
		    s->found.symbol, m->version, GMOND_ABI_VERSION);
	*ret = s->found;
	ret->minor_version = m->minor_version;
	return 0;
}

int
dso_read(const void *bytes, size_t size, const char *symbol, struct dso *ret,
    struct error *err)
{
	struct scan s = { .size = size, .symbol = symbol };
	Elf_Scn *section = NULL;
	GElf_Shdr h;
	int rc;

	(void)elf_version(EV_CURRENT);
	s.elf = elf_memory((char *)bytes, size);
	if (s.elf == NULL || !is_ours(s.elf)) {
		elf_end(s.elf);
		return error_set(err, "not a library of this machine");
	}
	while ((section = elf_nextscn(s.elf, section)) != NULL)
		if (gelf_getshdr(section, &h) != NULL &&
		    h.sh_type == SHT_DYNSYM)
			look_at_table(&s, section, &h);
	rc = judge(&s, ret, err);
	elf_end(s.elf);
	return rc;
}

/* A copy: the file may change under us. */
int
dso_look(
    const char *path, const char *symbol, struct dso *ret, struct error *err)
{
	struct buffer bytes = BUFFER_INIT;
	int rc = whole_read(&bytes, path, FILE_MAX, err);

	if (rc == 0)
		rc = dso_read(bytes.data, bytes.size, symbol, ret, err);
	buffer_free(&bytes);
	return rc == 0 ? 0 : error_prefix(err, "%s", path);
}
