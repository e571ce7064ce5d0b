/* A collector that says what a test wrote into a file: a value a line, as
   TYPE, PARAMETER, VALUE, UNIT, KIND and TIME (ns since 1970; now if it is not
   given) with tabs between. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <farm/module.h>

struct says {
	const char *file;
	const char *password; /* never told to anybody */
	const struct farm_tree *credentials;
};

struct says_target {
	uint64_t runs;
};

static const struct farm_option says_options[] = {
	FARM_OPTION_PATH("file", struct says, file, NULL,
	    "what to say; nothing but the count if not given"),
	FARM_OPTION_SECRET(
	    "password", struct says, password, "something to keep"),
	{ .name = "credentials",
	    .type = FARM_TYPE_TREE,
	    .flags = FARM_SENSITIVE,
	    .offset = FARM_FIELD(
		struct says, credentials, const struct farm_tree *),
	    .help = "more to keep" },
	FARM_OPTION_END
};

static const struct farm_parameter says_parameters[] = {
	{ "count", FARM_COUNTER64, "1", "runs so far" },
	{ 0 },
};

static struct farm_value
says_value(const char *type, const char *text)
{
	if (strcmp(type, "double") == 0)
		return farm_double(strtod(text, NULL));
	if (strcmp(type, "int64") == 0)
		return farm_int64(strtoll(text, NULL, 10));
	if (strcmp(type, "uint64") == 0)
		return farm_uint64(strtoull(text, NULL, 10));
	if (strcmp(type, "boolean") == 0)
		return farm_boolean(strcmp(text, "true") == 0);
	return farm_text(text, strlen(text));
}

static uint32_t
says_kind(const char *name)
{
	static const char *const names[] = { "gauge", "counter32", "counter64",
		"state" };
	uint32_t i;

	for (i = 0; i < 4; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return FARM_GAUGE;
}

static int
says_line(struct farm_host *host, struct farm_target *target, char *line)
{
	const char *fields[6] = { "", "", "", "", "", "" };
	char *field;
	size_t n = 0;

	line[strcspn(line, "\n")] = '\0';
	while (n < 6 && (field = strsep(&line, "\t")) != NULL)
		fields[n++] = field;
	return farm_emit(host, target, says_value(fields[0], fields[2]),
	    .parameter = fields[1], .unit = fields[3],
	    .kind = says_kind(fields[4]),
	    .time_ns = strtoll(fields[5], NULL, 10));
}

static int
says_file(struct farm_host *host, struct farm_target *target, const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	int result = 0;

	if (f == NULL)
		return errno == ENOENT ? 0 : farm_fail(host, "%s: %m", path);
	while (result == 0 && getline(&line, &size, f) > 0)
		result = says_line(host, target, line);
	if (ferror(f))
		result = farm_fail(host, "%s: %m", path);
	free(line);
	(void)fclose(f);
	return result;
}

static int
says_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	const struct says *s = state;
	struct says_target *t = target->state;

	if (s->file == NULL)
		return farm_emit_uint64(host, target, "count", ++t->runs);
	return says_file(host, target, s->file);
}

struct echo {
	const char *text;
};

static const struct farm_option echo_arguments[] = {
	FARM_OPTION_STRING("text", struct echo, text, "", "what to repeat"),
	FARM_OPTION_END
};

static int
says_echo(struct farm_host *host, void *state, const void *arguments)
{
	const struct echo *e = arguments;
	char json[256];
	int n;

	(void)state;
	n = snprintf(json, sizeof(json), "{\"bytes\":%zu}", strlen(e->text));
	return farm_reply(host, json, (size_t)n);
}

static const struct farm_action says_actions[] = {
	{ "echo", "how long the text is", echo_arguments, sizeof(struct echo),
	    says_echo },
	{ .name = NULL },
};

FARM_MODULE(says, FARM_COLLECTOR) = {
	.summary = "says what it is told",
	.options = says_options,
	.parameters = says_parameters,
	.actions = says_actions,
	.state_size = sizeof(struct says),
	.target_state_size = sizeof(struct says_target),
	.collector = { .collect = says_collect },
};
