/* lua: a script as a filter. */
#include <farm/module.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "page.h"
#include "script.h"

#define SCRIPT_MAX (1 << 20)
#define NS 1e9

static const struct farm_option options[] = {
	FARM_OPTION_STRING("script", struct script, text, NULL,
	    "the script itself; this or a file"),
	FARM_OPTION_PATH(
	    "file", struct script, file, NULL, "file that holds the script"),
	FARM_OPTION_STRING("cluster", struct script, cluster, "filters",
	    "cluster of what it emits, unless the script names another"),
	FARM_OPTION_LIST("allow", struct script, allow, NULL,
	    "clusters that it may emit to, patterns; all if not given"),
	FARM_OPTION_SIZE("memory", struct script, memory, "4MiB", 64 << 10,
	    1 << 30, "all that it may hold"),
	FARM_OPTION_INTEGER("budget", struct script, budget, "1000000", 1000,
	    1e12, "instructions that one call may take"),
	FARM_OPTION_DURATION("time", struct script, time_ns, "1s", 0.001 * NS,
	    60 * NS, "and the time"),
	FARM_OPTION_INTEGER("quota", struct script, quota, "1000", 1, 1e6,
	    "values that one call may emit"),
	FARM_OPTION_END
};

/* ------------------------------------------------------------ the script -- */

static int
read_script(struct farm_host *host, const char *path, struct buffer *to)
{
	FILE *f = fopen(path, "re");
	char *room = buffer_room(to, SCRIPT_MAX + 1);
	bool bad;
	size_t n;

	if (f == NULL)
		return farm_fail(host, "file: %s: %m", path);
	n = room != NULL ? fread(room, 1, SCRIPT_MAX + 1, f) : 0;
	bad = ferror(f) != 0;
	(void)fclose(f);
	if (bad || room == NULL)
		return farm_fail(host, "file: %s: cannot be read", path);
	if (n > SCRIPT_MAX)
		return farm_fail(host, "file: %s: is larger than %d bytes",
		    path, SCRIPT_MAX);
	buffer_added(to, n);
	return 0;
}

static bool
is_given(const char *option)
{
	return option != NULL && option[0] != '\0';
}

/* Errors say "script:LINE: ..."; one that lies in a file is named by that. */
static int
fail(struct farm_host *host, const struct script *s, const struct error *err)
{
	static const char own[] = "script:";
	const char *text = err->text;

	if (!is_given(s->file))
		return farm_fail(host, "%s", text);
	if (strncmp(text, own, sizeof(own) - 1) == 0)
		return farm_fail(
		    host, "%s:%s", s->file, text + sizeof(own) - 1);
	return farm_fail(host, "%s: %s", s->file, text);
}

static int
compile(struct farm_host *host, const struct script *s, struct sandbox *sandbox)
{
	struct buffer text = BUFFER_INIT;
	struct error err;
	int rc = 0;

	if (is_given(s->file))
		rc = read_script(host, s->file, &text);
	else
		buffer_puts(&text, s->text);
	if (rc == 0 && buffer_failed(&text))
		rc = farm_fail(host, "out of memory");
	if (rc == 0 &&
	    sandbox_compile(sandbox, buffer_text(&text), text.size, &err) != 0)
		rc = fail(host, s, &err);
	buffer_free(&text);
	return rc;
}

/* Compiled in a sandbox of its own, but not yet run. */
static int
load(struct farm_host *host, struct script *s, struct sandbox **ret)
{
	const struct sandbox_limits limits = {
		.memory = (size_t)s->memory,
		.budget = (uint64_t)s->budget,
		.time_ns = s->time_ns,
	};
	struct sandbox *sandbox;
	struct error err;

	if (is_given(s->text) == is_given(s->file))
		return farm_fail(host, "script: either this or \"file\" is to "
				       "be given");
	sandbox = sandbox_new(&limits, s);
	if (sandbox == NULL)
		return farm_fail(host, "memory: too little, or out of it");
	if (sandbox_run(sandbox, script_prepare, NULL, &err) != 0)
		(void)fail(host, s, &err);
	else if (compile(host, s, sandbox) == 0) {
		*ret = sandbox;
		return 0;
	}
	sandbox_free(sandbox);
	return -1;
}

static int
make_allowed(struct farm_host *host, struct script *s)
{
	struct error err;
	size_t i;

	s->allowed = calloc(s->allow.n + 1, sizeof(struct pattern *));
	if (s->allowed == NULL)
		return farm_fail(host, "out of memory");
	for (i = 0; i < s->allow.n; i++)
		if (pattern_new(
			&s->allowed[i], s->allow.items[i], false, &err) != 0)
			return farm_fail(host, "allow[%zu]: %s", i, err.text);
	return 0;
}

static int
filter_check(struct farm_host *host, const void *fresh)
{
	struct script s = *(const struct script *)fresh;
	struct sandbox *sandbox;

	if (load(host, &s, &sandbox) != 0)
		return -1;
	sandbox_free(sandbox);
	return 0;
}

static int
filter_open(struct farm_host *host, void *state)
{
	struct script *s = state;
	struct error err;

	if (make_allowed(host, s) != 0 || load(host, s, &s->sandbox) != 0)
		return -1;
	if (sandbox_start(s->sandbox, &err) != 0 ||
	    sandbox_run(s->sandbox, script_verify, NULL, &err) != 0)
		return fail(host, s, &err);
	return 0;
}

static void
filter_close(struct farm_host *host, void *state)
{
	struct script *s = state;
	size_t i;

	(void)host;
	sandbox_free(s->sandbox);
	for (i = 0; s->allowed != NULL && i < s->allow.n; i++)
		pattern_free(s->allowed[i]);
	free(s->allowed);
}

/* ----------------------------------------------------------------- calls -- */

static int
call(struct farm_host *host, struct script *s, lua_CFunction function)
{
	struct error err;

	s->host = host;
	s->emitted = 0;
	s->lines = 0;
	if (sandbox_run(s->sandbox, function, NULL, &err) == 0)
		return 0;
	return fail(host, s, &err);
}

static bool
same_node(struct farm_host *host, const struct farm_value *a,
    const struct farm_value *b)
{
	const struct farm_series *x = farm_series_info(host, a->series);
	const struct farm_series *y = farm_series_info(host, b->series);

	return strcmp(x->node, y->node) == 0 &&
	       strcmp(x->cluster, y->cluster) == 0 &&
	       strcmp(x->farm, y->farm) == 0;
}

/* A result may hold values of several nodes: each is one for the script. */
static int
filter_apply(struct farm_host *host, void *state, const struct farm_record *r)
{
	struct script *s = state;
	uint32_t first, n;

	s->record = r;
	s->now_ns = r->time_ns;
	for (first = 0; first < r->n_values; first += n) {
		for (n = 1; first + n < r->n_values; n++)
			if (!same_node(
				host, &r->values[first], &r->values[first + n]))
				break;
		s->values = r->values + first;
		s->n_values = n;
		if (call(host, s, script_apply) != 0)
			return -1;
	}
	return 0;
}

static int
filter_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct script *s = state;

	s->record = NULL;
	s->values = NULL;
	s->n_values = 0;
	s->now_ns = now_ns;
	return call(host, s, script_tick);
}

static void
filter_forget(struct farm_host *host, void *state, void *series_state)
{
	struct script *s = state;
	struct script_series *kept = series_state;
	struct error err;

	(void)host;
	if (kept->table != 0 && s->sandbox != NULL)
		(void)sandbox_run(s->sandbox, script_forget, kept, &err);
}

FARM_MODULE(lua, FARM_FILTER) = {
	.summary = "a script that sees values and gives others",
	.description = LUA_PAGE,
	.options = options,
	.state_size = sizeof(struct script),
	.flags = FARM_TAP,
	.open = filter_open,
	.close = filter_close,
	.check = filter_check,
	.tick = filter_tick,
	.filter = {
		.apply = filter_apply,
		.series_state_size = sizeof(struct script_series),
		.forget = filter_forget,
	},
};
