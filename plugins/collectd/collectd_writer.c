/*
 * collectd, the writer: what farmd knows of collectd's plugins that write: the
 * options of an instance, and that farm-collectd runs it.  Nothing here is ever
 * called.
 */
#include <farm/module.h>

#include "identity_rules.h"
#include "options_check.h"
#include "options_writer.h"

static int
collectd_write(
    struct farm_host *host, void *state, const struct farm_batch *batch)
{
	(void)state, (void)batch;
	return farm_again(host, "collectd's plugins run in farm-collectd only");
}

static int
writer_check(struct farm_host *host, const void *options)
{
	const struct collectd_writer_options *o = options;
	struct identity_rules rules;
	struct error err;
	int status = collectd_check(host, &o->common);

	if (identity_rules_read(&rules, &o->identifier, &err) != 0)
		status = farm_fail(host, "%s", err.text);
	return status;
}

FARM_MODULE(collectd, FARM_WRITER) = {
	.summary = "collectd's plugins that write, unmodified",
	.description =
	    "Runs the plugins of collectd's package that write values or tell "
	    "of notifications in a process of their own, farm-collectd, and "
	    "gives them what the journal has for this writer. What came from "
	    "collectd's plugins goes back to exactly the identifier that it "
	    "had; any other series is HOST/CLUSTER/KIND-PARAMETER, unless "
	    "`identifier` says otherwise, where `{farm}`, `{cluster}`, "
	    "`{node}`, `{parameter}`, `{unit}` and `{kind}` stand for what the "
	    "series has. Events become notifications.\n\n"
	    "A callback that fails gets what it lacks again, with the waits "
	    "of all writers; what plugins gather is flushed before it counts "
	    "as stored, unless `flush` is off.\n\n"
	    "```yaml\n"
	    "writers:\n"
	    "  old:\n"
	    "    collectd:\n"
	    "      plugin: write_graphite\n"
	    "      options:\n"
	    "        Node example: {Host: graphite.local, Port: \"2003\"}\n"
	    "```",
	.options = collectd_writer_options,
	.worker = "farm-collectd",
	.state_size = sizeof(struct collectd_writer_options),
	.needs = FARM_NEEDS_NETWORK | FARM_NEEDS_EXEC | FARM_NEEDS_FILES,
	.check = writer_check,
	.writer = { .write = collectd_write },
};
