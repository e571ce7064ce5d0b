#include "attempt.h"

#include <string.h>
#include <unistd.h>

#include "callbacks.h"
#include "clock.h"
#include "configure.h"
#include "imports.h"
#include "load.h"
#include "output.h"
#include "trial.h"

/* Some libraries take their time to load. */
#define LIMIT_NS (20 * NS_PER_S)

/* ---------------------------------------------------------------- the child */

static void
silent(struct output *o, int severity, const char *plugin, const char *text)
{
	(void)o, (void)severity, (void)plugin, (void)text;
}

static void
put_registered(struct buffer *b)
{
	const char *between = "";
	enum callback_kind kind;

	if (configure_count() > 0) {
		buffer_puts(b, "config");
		between = ", ";
	}
	for (kind = 0; kind < CALLBACK_KINDS; kind++)
		if (callbacks_count(kind) > 0) {
			buffer_printf(
			    b, "%s%s", between, callback_kind_name(kind));
			between = ", ";
		}
}

/* A line: "+" and what it has registered, or "-" and why it does not load. */
static int
try_it(void *cookie, int answer)
{
	const char *name = cookie;
	struct output quiet = { .log = silent };
	plugin_ctx_t context = { .interval = interval_g };
	struct buffer b = BUFFER_INIT;
	struct error err;

	output = &quiet;
	if (load_plugin(name, &context, false, &err) == 0) {
		buffer_putc(&b, '+');
		put_registered(&b);
	} else {
		buffer_printf(&b, "-%s", err.text);
	}
	(void)!write(answer, buffer_text(&b), b.size);
	return 0;
}

/* --------------------------------------------------------------- the parent */

static void
judge(struct attempt *a, const struct trial *t)
{
	const char *text = buffer_text(&t->answer);
	struct error end;

	a->loads = text[0] == '+';
	if (a->loads) {
		buffer_puts(&a->registered, text + 1);
	} else if (text[0] == '-') {
		error_set(&a->why, "%s", text + 1);
	} else {
		trial_end(t->status, &end);
		error_set(&a->why, "loading it ends the process: %s", end.text);
	}
}

int
attempt_plugin(
    const char *path, const char *name, struct attempt *ret, struct error *err)
{
	struct trial t;

	memset(ret, 0, sizeof(*ret));
	(void)imports_package(ret->version, sizeof(ret->version));
	ret->imports = imports_check(path, NULL, &ret->why) == 0;
	if (!ret->imports)
		return 0;
	ret->why.text[0] = '\0';
	if (trial_run(try_it, (void *)name, LIMIT_NS, &t, err) != 0)
		return -1;
	judge(ret, &t);
	buffer_free(&t.answer);
	return 0;
}

void
attempt_free(struct attempt *a)
{
	buffer_free(&a->registered);
}
