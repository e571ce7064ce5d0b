/*
 * What an author should know before shipping.  Symbols are read from the file
 * as it stands, so a stripped one shows less: where names of variables are
 * gone, the sizes of their sections speak.
 */
#include "module.h"

#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_tables.h"
#include "module_note.h"

struct lint {
	struct buffer *out;
	struct farm_stamp stamp;
	Elf *elf;
	int errors;
};

__attribute__((format(printf, 2, 3))) static void
lint_error(struct lint *l, const char *format, ...)
{
	struct error text;
	va_list args;

	va_start(args, format);
	error_vset(&text, format, args);
	va_end(args);
	buffer_printf(l->out, "error: %s\n", text.text);
	l->errors++;
}

__attribute__((format(printf, 2, 3))) static void
lint_warning(struct lint *l, const char *format, ...)
{
	struct error text;
	va_list args;

	va_start(args, format);
	error_vset(&text, format, args);
	va_end(args);
	buffer_printf(l->out, "warning: %s\n", text.text);
}

/* ------------------------------------------------------------- symbols -- */

/* What a module must not call, and why not. */
static const struct {
	const char *name;
	bool forbidden; /* else a warning */
	const char *why;
} imports[] = {
	{ "exit", true, "would end the daemon" },
	{ "_exit", true, "would end the daemon" },
	{ "_Exit", true, "would end the daemon" },
	{ "quick_exit", true, "would end the daemon" },
	{ "err", true, "would end the daemon" },
	{ "errx", true, "would end the daemon" },
	{ "abort", false, "would end the daemon" },
	{ "fork", true, "copies the daemon with its locks held" },
	{ "vfork", true, "copies the daemon with its locks held" },
	{ "daemon", true, "copies the daemon with its locks held" },
	{ "system", true, "blocks signals of the whole process" },
	{ "signal", true, "signals belong to the daemon" },
	{ "sigaction", true, "signals belong to the daemon" },
	{ "sigprocmask", true, "signals belong to the daemon" },
	{ "alarm", true, "signals belong to the daemon" },
	{ "setlocale", true, "changes the whole process" },
	{ "chdir", true, "changes the whole process" },
	{ "fchdir", true, "changes the whole process" },
	{ "chroot", true, "changes the whole process" },
	{ "umask", true, "changes the whole process" },
	{ "setenv", true, "changes the whole process" },
	{ "unsetenv", true, "changes the whole process" },
	{ "putenv", true, "changes the whole process" },
	{ "clearenv", true, "changes the whole process" },
	{ "setuid", true, "changes the whole process" },
	{ "setgid", true, "changes the whole process" },
	{ "dlopen", false, "what it loads was checked by nobody" },
	{ "strtok", false, "is not for threads; there is strtok_r" },
	{ "localtime", false, "is not for threads; there is localtime_r" },
	{ "gmtime", false, "is not for threads; there is gmtime_r" },
	{ "ctime", false, "is not for threads; there is ctime_r" },
	{ "asctime", false, "is not for threads; there is asctime_r" },
	{ "gethostbyname", false, "is not for threads; there is getaddrinfo" },
	{ "inet_ntoa", false, "is not for threads; there is inet_ntop" },
};

static void
lint_import(struct lint *l, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(imports) / sizeof(*imports); i++) {
		if (strcmp(name, imports[i].name) != 0)
			continue;
		if (imports[i].forbidden)
			lint_error(
			    l, "calls %s(), which %s", name, imports[i].why);
		else
			lint_warning(
			    l, "calls %s(), which %s", name, imports[i].why);
	}
}

/* The next section of this type after `from' (NULL: the first). */
static Elf_Scn *
next_section(Elf *elf, Elf_Scn *from, uint32_t type, GElf_Shdr *ret)
{
	Elf_Scn *section = from;

	while ((section = elf_nextscn(elf, section)) != NULL)
		if (gelf_getshdr(section, ret) != NULL && ret->sh_type == type)
			return section;
	return NULL;
}

/* A symbol of the table; its name is never NULL. */
struct symbol {
	GElf_Sym sym;
	const char *name;
};

static bool
symbol_at(
    Elf *elf, Elf_Data *data, const GElf_Shdr *table, int i, struct symbol *ret)
{
	if (gelf_getsym(data, i, &ret->sym) == NULL)
		return false;
	ret->name = elf_strptr(elf, table->sh_link, ret->sym.st_name);
	if (ret->name == NULL)
		ret->name = "";
	return true;
}

static bool
is_global(const GElf_Sym *sym)
{
	return GELF_ST_BIND(sym->st_info) != STB_LOCAL;
}

static void
lint_dynamic_symbols(struct lint *l)
{
	struct buffer names = BUFFER_INIT;
	GElf_Shdr table = { 0 };
	Elf_Scn *section = next_section(l->elf, NULL, SHT_DYNSYM, &table);
	Elf_Data *data = section != NULL ? elf_getdata(section, NULL) : NULL;
	struct symbol s;
	int i, n = 0;

	if (data == NULL) {
		lint_error(l, "has no section headers; cannot be looked into");
		return;
	}
	for (i = 1; symbol_at(l->elf, data, &table, i, &s); i++) {
		if (!is_global(&s.sym))
			continue;
		if (s.sym.st_shndx == SHN_UNDEF) {
			lint_import(l, s.name);
			continue;
		}
		buffer_printf(&names, "%s%s", n++ > 0 ? ", " : "", s.name);
	}
	if (n != 1)
		lint_error(l, "exports %d symbols: %s", n, buffer_text(&names));
	buffer_free(&names);
}

/* ------------------------------------------------------- writable data -- */

/* What the compiler's own start files put into every shared object. */
#define START_FILES_BYTES 8

/* Does it hold the module's own variables, and not what the dynamic loader
   writes once? */
static bool
holds_variables(Elf *elf, const GElf_Shdr *section)
{
	static const char *const others[] = { ".data.rel.ro", ".got", ".ctors",
		".dtors", ".jcr", ".tm_clone_table" };
	const char *name;
	size_t strings, i;

	if ((section->sh_flags & SHF_WRITE) == 0 ||
	    (section->sh_flags & SHF_ALLOC) == 0 ||
	    (section->sh_type != SHT_PROGBITS &&
		section->sh_type != SHT_NOBITS))
		return false;
	if (elf_getshdrstrndx(elf, &strings) != 0)
		return false;
	name = elf_strptr(elf, strings, section->sh_name);
	if (name == NULL)
		return true;
	for (i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (strncmp(name, others[i], strlen(others[i])) == 0)
			return false;
	return true;
}

static bool
is_variable(struct lint *l, const struct symbol *s)
{
	static const char *const start_files[] = { "completed.", "__dso_handle",
		"__TMC_END__" };
	int type = GELF_ST_TYPE(s->sym.st_info);
	GElf_Shdr section;
	size_t i;

	if ((type != STT_OBJECT && type != STT_TLS) || s->sym.st_size == 0 ||
	    s->sym.st_shndx == SHN_UNDEF || s->sym.st_shndx >= SHN_LORESERVE)
		return false;
	for (i = 0; i < sizeof(start_files) / sizeof(*start_files); i++)
		if (strncmp(s->name, start_files[i], strlen(start_files[i])) ==
		    0)
			return false;
	if (gelf_getshdr(elf_getscn(l->elf, s->sym.st_shndx), &section) == NULL)
		return false;
	return holds_variables(l->elf, &section);
}

/* By name; false if the names were stripped. */
static bool
lint_variables(struct lint *l)
{
	GElf_Shdr table;
	Elf_Scn *section = next_section(l->elf, NULL, SHT_SYMTAB, &table);
	Elf_Data *data = section != NULL ? elf_getdata(section, NULL) : NULL;
	struct symbol s;
	int i;

	if (data == NULL)
		return false;
	for (i = 1; symbol_at(l->elf, data, &table, i, &s); i++)
		if (is_variable(l, &s))
			lint_error(l,
			    "has a writable variable, %s, of %zu"
			    " bytes",
			    s.name, (size_t)s.sym.st_size);
	return true;
}

/* By the size of their sections. */
static void
lint_variable_sections(struct lint *l)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	size_t strings;

	if (elf_getshdrstrndx(l->elf, &strings) != 0)
		return;
	while ((section = elf_nextscn(l->elf, section)) != NULL) {
		if (gelf_getshdr(section, &header) == NULL ||
		    !holds_variables(l->elf, &header) ||
		    header.sh_size <= START_FILES_BYTES)
			continue;
		lint_error(l, "has %zu bytes of writable variables in %s",
		    (size_t)header.sh_size,
		    elf_strptr(l->elf, strings, header.sh_name));
	}
	lint_warning(l,
	    "is stripped: a writable variable of up to %d bytes"
	    " would not be seen",
	    START_FILES_BYTES);
}

/* -------------------------------------------------------------- linking -- */

static void
lint_dynamic_entry(
    struct lint *l, const GElf_Dyn *entry, const GElf_Shdr *table)
{
	const char *text;

	switch (entry->d_tag) {
	case DT_RPATH:
	case DT_RUNPATH:
		text = elf_strptr(l->elf, table->sh_link, entry->d_un.d_val);
		lint_error(l,
		    "has a %s, %s: finds its libraries elsewhere than"
		    " the system does",
		    entry->d_tag == DT_RPATH ? "RPATH" : "RUNPATH",
		    text != NULL ? text : "damaged");
		break;
	case DT_TEXTREL:
		lint_error(l, "has text relocations; compile with -fPIC");
		break;
	}
}

static void
lint_linking(struct lint *l)
{
	GElf_Shdr table;
	Elf_Scn *section = next_section(l->elf, NULL, SHT_DYNAMIC, &table);
	Elf_Data *data = section != NULL ? elf_getdata(section, NULL) : NULL;
	GElf_Phdr segment;
	GElf_Dyn entry;
	size_t n = 0;
	int i;

	for (i = 0; data != NULL && gelf_getdyn(data, i, &entry) != NULL &&
		    entry.d_tag != DT_NULL;
	     i++)
		lint_dynamic_entry(l, &entry, &table);
	(void)elf_getphdrnum(l->elf, &n);
	for (i = 0; i < (int)n; i++)
		if (gelf_getphdr(l->elf, i, &segment) != NULL &&
		    segment.p_type == PT_GNU_STACK &&
		    (segment.p_flags & PF_X) != 0)
			lint_error(l, "asks for an executable stack");
}

/* ---------------------------------------------------------------- texts -- */

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

/*
 * Units by UCUM's codes, as far as monitoring needs them, and any word in
 * braces; each may stand for itself or per second.
 */
static bool
unit_known(const char *unit)
{
	static const char *const known[] = { "%", "1", "A", "By", "Cel", "GBy",
		"GHz", "GiBy", "Hz", "J", "K", "KiBy", "MBy", "MHz", "MiBy",
		"Pa", "TBy", "TiBy", "V", "VA", "W", "bit", "d", "dB", "dBm",
		"g", "h", "kBy", "kHz", "kW", "kW.h", "kbit", "kg", "l", "m",
		"mA", "mV", "mW", "min", "ms", "ns", "s", "us", "Gbit",
		"Mbit" };
	size_t i, n = strlen(unit);

	if (n > 2 && strcmp(unit + n - 2, "/s") == 0)
		n -= 2;
	if (n > 2 && unit[0] == '{' && unit[n - 1] == '}')
		return true;
	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strlen(known[i]) == n && memcmp(known[i], unit, n) == 0)
			return true;
	return false;
}

/* One line, lower case (an acronym may begin it), no full stop. */
static void
lint_line(struct lint *l, const char *what, const char *name, const char *text)
{
	size_t n = strlen(text);

	if (strchr(text, '\n') != NULL)
		lint_warning(l, "%s%s has more than one line", what, name);
	if (n >= 2 && is_upper(text[0]) && text[1] >= 'a' && text[1] <= 'z')
		lint_warning(l, "%s%s begins with a capital", what, name);
	if (n > 0 && text[n - 1] == '.')
		lint_warning(l, "%s%s ends in a full stop", what, name);
}

/* A filter may want to know what goes on beside its results. */
static bool
may_read(const struct module *m, const struct farm_option *o)
{
	return m->role == FARM_FILTER && o->type == FARM_TYPE_BOOLEAN &&
	       strcmp(o->name, "keep") == 0;
}

/* The options of collectors and filters share a mapping with the host's keys;
   those of a writer have one of their own. */
static void
lint_own_names(struct lint *l, const struct module *m)
{
	const struct farm_option *own = m->role == FARM_COLLECTOR
					    ? collector_options
					    : filter_options;
	const struct farm_option *o;
	size_t i, k;

	if (m->role == FARM_WRITER)
		return;
	for (i = 0; (o = option_at(m->options, i)) != NULL; i++)
		for (k = 0; own[k].name != NULL; k++)
			if (strcmp(o->name, own[k].name) == 0 &&
			    !may_read(m, o))
				lint_error(l,
				    "option %s has the name of a key of the "
				    "host's",
				    o->name);
}

static void
lint_options(struct lint *l, const char *what, struct option_table table)
{
	const struct farm_option *o;
	size_t i;

	for (i = 0; (o = option_at(table, i)) != NULL; i++) {
		if (o->help == NULL || *o->help == '\0')
			lint_error(l, "%s%s has no help", what, o->name);
		else
			lint_line(l, what, o->name, o->help);
	}
}

static void
lint_parameters(struct lint *l, const struct module *m)
{
	struct farm_parameter p;
	size_t i;

	for (i = 0; module_parameter(m, i, &p); i++) {
		if (p.kind > FARM_STATE)
			lint_error(l, "parameter %s is of unknown kind %u",
			    p.name, p.kind);
		if (p.unit != NULL && !unit_known(p.unit))
			lint_warning(l,
			    "parameter %s has an unknown unit,"
			    " \"%s\"",
			    p.name, p.unit);
		if (p.help == NULL || *p.help == '\0')
			lint_warning(l, "parameter %s has no help", p.name);
		else
			lint_line(l, "parameter ", p.name, p.help);
	}
}

static void
lint_actions(struct lint *l, const struct module *m)
{
	struct farm_action a;
	size_t i;

	for (i = 0; module_action(m, i, &a); i++) {
		if (a.help == NULL || *a.help == '\0')
			lint_error(l, "action %s has no help", a.name);
		else
			lint_line(l, "action ", a.name, a.help);
		lint_options(l, "argument ",
		    (struct option_table){ .first = a.arguments });
	}
}

static void
lint_texts(struct lint *l, const struct module *m)
{
	const struct farm_descriptor *d = &m->descriptor;

	lint_line(l, "summary", "", d->summary);
	if (d->description == NULL || *d->description == '\0')
		lint_warning(l, "has no description");
	lint_own_names(l, m);
	lint_options(l, "option ", m->options);
	if (m->role == FARM_COLLECTOR && d->parameters == NULL)
		lint_warning(l, "has no table of parameters");
	lint_parameters(l, m);
	lint_actions(l, m);
}

/* ------------------------------------------------------------------------ */

static void
lint_file(struct lint *l, void *bytes, size_t size)
{
	l->elf = elf_memory(bytes, size);
	if (l->elf == NULL) {
		lint_error(l, "libelf: %s", elf_errmsg(-1));
		return;
	}
	lint_dynamic_symbols(l);
	if (!lint_variables(l))
		lint_variable_sections(l);
	lint_linking(l);
	elf_end(l->elf);
}

static void
lint_module(struct lint *l, const char *path)
{
	struct module *m;
	struct error err;

	if (module_open(path, false, &m, &err) != 0) {
		lint_error(l, "%s", err.text);
		return;
	}
	lint_texts(l, m);
}

int
module_lint(struct buffer *out, const char *path)
{
	struct lint l = { .out = out };
	void *bytes = NULL;
	struct error err;
	size_t size;

	if (module_note(path, &l.stamp, &err) != 0) {
		lint_error(&l, "%s", err.text);
		return l.errors;
	}
	if (note_read_file(path, &bytes, &size, &err) != 0)
		lint_error(&l, "%s: %s", path, err.text);
	else
		lint_file(&l, bytes, size);
	free(bytes);
	lint_module(&l, path);
	if (l.errors == 0)
		buffer_printf(out, "ok: ABI %u.%u, %s \"%s\", version %s\n",
		    l.stamp.abi_major, l.stamp.abi_minor,
		    role_name((enum farm_role)l.stamp.role), l.stamp.name,
		    l.stamp.version);
	return l.errors;
}
