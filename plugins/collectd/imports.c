#include "imports.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DPKG_STATUS "/var/lib/dpkg/status"

/* Names of collectd's daemon begin with these; all others are libraries'. */
static const char *const prefixes[] = { "c_avl_", "c_complain", "c_do_release",
	"c_heap_", "cdrand_", "cdtime", "cf_util_", "daemon_log", "fc_",
	"format_name", "format_values", "global_option_", "hostname_",
	"interval_g", "llentry_", "llist_", "meta_data_", "metric_", "oconfig_",
	"parse_value", "plugin_", "strarray_", "threshold_", "timeout_g", "uc_",
	"ut_", "value_to_rate" };
#define N_PREFIXES (sizeof(prefixes) / sizeof(prefixes[0]))

static bool
is_collectds(const char *name)
{
	size_t i;

	for (i = 0; i < N_PREFIXES; i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

/* ------------------------------------------------------------------ names */

struct scan {
	bool is_plugin; /* it has module_register() */
	size_t n_missing;
	struct buffer *missing;
};

static void
look_at(struct scan *s, const char *name, const GElf_Sym *symbol)
{
	if (symbol->st_shndx != SHN_UNDEF) {
		if (strcmp(name, "module_register") == 0)
			s->is_plugin = true;
		return;
	}
	if (GELF_ST_BIND(symbol->st_info) == STB_WEAK || !is_collectds(name) ||
	    dlsym(RTLD_DEFAULT, name) != NULL)
		return;
	if (s->missing != NULL)
		buffer_printf(
		    s->missing, "%s%s", s->n_missing > 0 ? ", " : "", name);
	s->n_missing++;
}

static void
look_at_table(struct scan *s, Elf *elf, Elf_Scn *section, const GElf_Shdr *h)
{
	size_t n = h->sh_entsize > 0 ? h->sh_size / h->sh_entsize : 0, i;
	Elf_Data *data = elf_getdata(section, NULL);
	const char *name;
	GElf_Sym symbol;

	for (i = 1; data != NULL && i < n; i++) {
		if (gelf_getsym(data, (int)i, &symbol) == NULL)
			return;
		name = elf_strptr(elf, h->sh_link, symbol.st_name);
		if (name != NULL)
			look_at(s, name, &symbol);
	}
}

static int
scan(struct scan *s, int fd)
{
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	Elf_Scn *section = NULL;
	int tables = 0;
	GElf_Shdr h;

	while (elf != NULL && (section = elf_nextscn(elf, section)) != NULL) {
		if (gelf_getshdr(section, &h) == NULL ||
		    h.sh_type != SHT_DYNSYM)
			continue;
		look_at_table(s, elf, section, &h);
		tables++;
	}
	elf_end(elf);
	return tables > 0 ? 0 : -1;
}

int
imports_check(const char *path, struct buffer *missing, struct error *err)
{
	struct buffer own = BUFFER_INIT;
	struct scan s = { .missing = missing != NULL ? missing : &own };
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return error_set(err, "%s: %m", path);
	(void)elf_version(EV_CURRENT);
	if (scan(&s, fd) != 0)
		rc = error_set(err, "%s: not an ELF library", path);
	else if (!s.is_plugin)
		rc = error_set(err,
		    "%s: no plugin of collectd: it has no module_register()",
		    path);
	else if (s.n_missing > 0)
		rc = error_set(err,
		    "%s: built for another collectd: it needs %s, which "
		    "collectd 5.12 does not have",
		    path, buffer_text(s.missing));
	close(fd);
	buffer_free(&own);
	return rc;
}

/* ---------------------------------------------------------------- version */

/* The value behind "NAME: " if the line is that. */
static const char *
field(const char *line, const char *name)
{
	size_t n = strlen(name);

	return strncmp(line, name, n) == 0 && line[n] == ':' &&
		       line[n + 1] == ' '
		   ? line + n + 2
		   : NULL;
}

int
imports_package(char *ret, size_t size)
{
	FILE *f = fopen(DPKG_STATUS, "re");
	bool ours = false;
	const char *value;
	char line[512];
	int rc = -1;

	while (rc != 0 && f != NULL && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if ((value = field(line, "Package")) != NULL)
			ours = strcmp(value, "collectd-core") == 0;
		else if (ours && (value = field(line, "Version")) != NULL)
			rc = snprintf(ret, size, "%s", value) < (int)size ? 0
									  : -1;
	}
	if (f != NULL)
		fclose(f);
	return rc;
}

int
imports_known(const char *version, struct error *err)
{
	unsigned major, minor;

	if (sscanf(version, "%u.%u", &major, &minor) != 2)
		return error_set(
		    err, "collectd \"%s\": not a version", version);
	if (major >= 6)
		return error_set(err,
		    "collectd %s: from version 6 on its plugins give metrics "
		    "of another kind; 5.11 and 5.12 can be hosted",
		    version);
	if (major == 5 && (minor == 11 || minor == 12))
		return 0;
	if (major == 5 && minor == 10)
		return error_set(err,
		    "collectd %s: its plugins call plugin_thread_create() "
		    "with one more argument; 5.11 and 5.12 can be hosted",
		    version);
	return error_set(err,
	    "collectd %s is not known; 5.11 and 5.12 can be hosted", version);
}
