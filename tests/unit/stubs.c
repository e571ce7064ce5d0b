/* Programs that say what was recorded. */
#include "stubs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

extern const struct farm_entry farm_module;

/* The time of most recordings: 2026-11-20 21:00. */
#define RECORDED_NS INT64_C(1795208400000000000)

void
stubs_begin(struct stubs *s, const char *system)
{
	char link[300];

	snprintf(s->folder, sizeof(s->folder), "/tmp/farm-stubs-XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	s->data = system;
	/* The scripts find the recordings by a name without blanks. */
	snprintf(link, sizeof(link), "%s/data", s->folder);
	assert_int_equal(symlink(TEST_DATA "/batch", link), 0);
	s->fake = fake_new(&farm_module);
	s->fake->now_ns = RECORDED_NS;
	s->target = fake_target(s->fake, "farm", "head", "");
}

void
stubs_end(struct stubs *s)
{
	char command[100];

	fake_free(s->fake);
	snprintf(command, sizeof(command), "rm -rf %s", s->folder);
	assert_int_equal(system(command), 0);
}

static void
put(const struct stubs *s, const char *name, const char *mode, const char *text,
    size_t size)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", s->folder, name);
	f = fopen(path, mode);
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

void
stubs_write(const struct stubs *s, const char *name, const char *text)
{
	put(s, name, "we", text, strlen(text));
}

void
stubs_append(const struct stubs *s, const char *name, const char *text)
{
	put(s, name, "ae", text, strlen(text));
}

void
stub_script(struct stubs *s, const char *name, const char *script)
{
	char path[200];

	stubs_write(s, name, "#!/bin/sh\n");
	stubs_append(s, name, script);
	stubs_append(s, name, "\n");
	snprintf(path, sizeof(path), "%s/%s", s->folder, name);
	assert_int_equal(chmod(path, 0755), 0);
}

void
stub(struct stubs *s, const char *name, const char *file, int status,
    const char *errors)
{
	char script[1000], cat[300] = "";

	if (file != NULL)
		snprintf(cat, sizeof(cat), "cat %s/data/%s/%s", s->folder,
		    s->data, file);
	snprintf(script, sizeof(script), "%s\nprintf '%%s' '%s' >&2\nexit %d",
	    cat, errors != NULL ? errors : "", status);
	stub_script(s, name, script);
}

void
stubs_open(struct stubs *s, ...)
{
	const char *name, *value;
	char path[100];
	va_list args;

	snprintf(path, sizeof(path), "[%s]", s->folder);
	fake_options(s->fake, "path", path, "min_interval", "1s", NULL);
	va_start(args, s);
	while ((name = va_arg(args, const char *)) != NULL) {
		value = va_arg(args, const char *);
		assert_string_equal(fake_option(s->fake, name, value), "");
	}
	va_end(args);
	if (fake_open(s->fake) != 0)
		fail_msg("%s", fake_failure(s->fake));
}

int
stubs_collect(struct stubs *s)
{
	fake_clear(s->fake);
	return fake_collect(s->fake, s->target);
}

void
stubs_cycle(struct stubs *s)
{
	struct jobs_memory *m = s->target->state;

	m->next_mono_ns = m->pull_next_mono_ns = 0;
	if (stubs_collect(s) != 0)
		fail_msg("%s", fake_failure(s->fake));
}

/* --------------------------------------------------------------- values -- */

static const struct fake_value *
find(const struct stubs *s, const char *cluster, const char *node,
    const char *parameter)
{
	const struct fake_value *v;
	size_t i;

	for (i = s->fake->n_values; i > 0; i--) {
		v = &s->fake->values[i - 1];
		if (strcmp(v->cluster, cluster) == 0 &&
		    strcmp(v->node, node) == 0 &&
		    strcmp(v->parameter, parameter) == 0)
			return v;
	}
	return NULL;
}

bool
stubs_has(const struct stubs *s, const char *cluster, const char *node,
    const char *parameter)
{
	return find(s, cluster, node, parameter) != NULL;
}

double
stubs_value(const struct stubs *s, const char *cluster, const char *node,
    const char *parameter)
{
	const struct fake_value *v = find(s, cluster, node, parameter);

	if (v == NULL) {
		fake_print(s->fake);
		fail_msg("no %s/%s/%s", cluster, node, parameter);
		return 0;
	}
	if (v->value.type == FARM_INT64)
		return (double)v->value.int64;
	if (v->value.type == FARM_BOOLEAN)
		return v->value.boolean;
	assert_int_equal(v->value.type, FARM_DOUBLE);
	return v->value.number;
}

void
stubs_want(const struct stubs *s, const char *cluster, const char *node,
    const char *parameter, double want)
{
	double have = stubs_value(s, cluster, node, parameter);

	if (fabs(have - want) > 1e-9)
		fail_msg("%s/%s/%s is %g, not %g", cluster, node, parameter,
		    have, want);
}

void
stubs_want_all(
    const struct stubs *s, const struct stubs_wanted *wanted, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		stubs_want(s, wanted[i].cluster, wanted[i].node,
		    wanted[i].parameter, wanted[i].value);
}

const char *
stubs_text(const struct stubs *s, const char *cluster, const char *node,
    const char *parameter)
{
	const struct fake_value *v = find(s, cluster, node, parameter);

	if (v == NULL)
		fail_msg("no %s/%s/%s", cluster, node, parameter);
	assert_int_equal(v->value.type, FARM_TEXT);
	return v->value.text;
}

/* -------------------------------------------------------------- failures -- */

void
check_failures(void (*begin)(struct stubs *), const char *program)
{
	static const struct {
		const char *script;
		double status;
		const char *want;
	} cases[] = {
		{ "exec sleep 60", 6, "not over after " },
		{ "echo Permission denied >&2; exit 1", 7,
		    "ended with status 1: Permission denied" },
		{ "echo rubbish; kill -TERM $$", 7, "ended by SIGTERM" },
		{ "exit 127", 5, "ended with status 127" },
		{ "echo '<rubbish'", 2, "" },
		{ "exec yes", 3, "" },
	};
	struct stubs s;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(&s);
		stub_script(&s, program, cases[i].script);
		/* What others need comes before, on a busy machine, too. */
		stubs_open(&s, "timeout", i == 0 ? "2s" : "45s", "output_max",
		    "1MiB", NULL);
		assert_int_equal(stubs_collect(&s), -1);
		if (strncmp(fake_failure(s.fake), program, strlen(program)) !=
			0 ||
		    strstr(fake_failure(s.fake), cases[i].want) == NULL)
			fail_msg("%s", fake_failure(s.fake));
		stubs_want(&s, "farm", "head", "status", cases[i].status);
		assert_int_equal(s.fake->n_values, 3);
		stubs_end(&s);
	}
}

/* ------------------------------------------------------------- the parsers */

char *
recorded(const struct stubs *s, const char *name, size_t *ret_size)
{
	char path[300], *text;
	struct stat st;
	FILE *f;

	snprintf(path, sizeof(path), "%s/data/%s/%s", s->folder, s->data, name);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	text = malloc((size_t)st.st_size + 1);
	assert_non_null(text);
	*ret_size = fread(text, 1, (size_t)st.st_size, f);
	assert_int_equal(*ret_size, st.st_size);
	text[*ret_size] = '\0';
	fclose(f);
	return text;
}

struct census *
read_text(
    jobs_parse *parse, const char *text, size_t size, struct error *ret_error)
{
	struct census *c = census_new(1000, RECORDED_NS);
	char *exact = malloc(size > 0 ? size : 1);
	int rc;

	/* With nothing behind it that a sanitizer would let pass. */
	assert_non_null(c);
	assert_non_null(exact);
	memcpy(exact, text, size);
	rc = parse(c, (struct slice){ exact, size }, ret_error);
	free(exact);
	if (rc == 0)
		return c;
	census_free(c);
	return NULL;
}

void
check_bad(const struct stubs_bad *bad, size_t n)
{
	struct error err;
	size_t i;

	for (i = 0; i < n; i++) {
		assert_null(read_text(
		    bad[i].parse, bad[i].text, strlen(bad[i].text), &err));
		assert_string_equal(err.text, bad[i].want);
	}
}

void
check_truncations(
    const struct stubs *s, jobs_parse *parse, const char *name, bool whole_only)
{
	struct census *c;
	struct error err;
	size_t size, at;
	char *text = recorded(s, name, &size);

	for (at = 1; at < size; at++) {
		if (!whole_only && text[at - 1] == '\n')
			continue;
		/* Blank space at the end may be missing. */
		if (strspn(text + at, " \n") == size - at)
			break;
		c = read_text(parse, text, at, &err);
		if (c != NULL)
			fail_msg("%s is whole with %zu of %zu bytes", name, at,
			    size);
	}
	c = read_text(parse, text, size, &err);
	if (c == NULL)
		fail_msg("%s: %s", name, err.text);
	census_free(c);
	free(text);
}

/* ------------------------------------------------------------ accounting -- */

/* What the cycle gave is what comes next of the lines. */
static void
check_payloads(const struct fake_host *fake, char **lines)
{
	const char *want;
	size_t i;

	for (i = 0; i < fake->n_records; i++) {
		want = strsep(lines, "\n");
		assert_non_null(want);
		assert_string_equal(fake->records[i].payload, want);
	}
}

/* The first half in one life, the second in the next, by its checkpoint. */
void
check_accounting(
    void (*begin)(struct stubs *), const char *name, const char *wanted)
{
	struct stubs s[2];
	char path[100], place[400], *text, *lines, *line;
	size_t size, half, unused;

	begin(&s[0]);
	begin(&s[1]);
	text = recorded(&s[0], name, &size);
	lines = line = recorded(&s[0], wanted, &unused);
	snprintf(path, sizeof(path), "%s/log", s[0].folder);
	stubs_write(&s[0], "log", "");
	stubs_open(&s[0], "accounting", path, NULL);
	stubs_cycle(&s[0]);
	assert_int_equal(s[0].fake->n_records, 0);
	/* In the middle of a line. */
	half = size / 2;
	put(&s[0], "log", "ae", text, half);
	stubs_cycle(&s[0]);
	check_payloads(s[0].fake, &line);
	assert_in_range(s[0].fake->checkpoint_size, 1, sizeof(place));
	memcpy(place, s[0].fake->checkpoint, s[0].fake->checkpoint_size);
	s[1].fake->restore = place;
	s[1].fake->restore_size = s[0].fake->checkpoint_size;
	stubs_append(&s[0], "log", text + half);
	stubs_open(&s[1], "accounting", path, NULL);
	stubs_cycle(&s[1]);
	check_payloads(s[1].fake, &line);
	assert_string_equal(line, "");
	stubs_cycle(&s[1]);
	assert_int_equal(s[1].fake->n_records, 0);
	free(text);
	free(lines);
	stubs_end(&s[0]);
	stubs_end(&s[1]);
}
