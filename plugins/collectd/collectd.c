/*
 * collectd: what farmd knows of collectd's plugins: the options of an instance,
 * whether the files they name are there, and that farm-collectd runs it.
 */
#include <farm/module.h>

#include "offer.h"
#include "options.h"
#include "options_check.h"

static int
collectd_listen(
    struct farm_host *host, void *state, int fd, uint32_t events, void *cookie)
{
	(void)state, (void)fd, (void)events, (void)cookie;
	return farm_fail(host, "collectd's plugins run in farm-collectd only");
}

FARM_MODULE(collectd, FARM_COLLECTOR) = {
	.summary = "collectd's plugins, unmodified",
	.description =
	    "Runs the plugins of collectd's package in a process of their own, "
	    "farm-collectd, which gives them what collectd's daemon gives: one "
	    "instance for each plugin, or several plugins together in one. "
	    "Options are those of collectd, in YAML; files in the language of "
	    "collectd.conf are taken as they are with `include`, and with "
	    "`plugin` beside it only the named ones of their plugins.\n\n"
	    "A value's parameter is `PLUGIN-INSTANCE/TYPE-INSTANCE`, with "
	    "`/SOURCE` behind it if its type has several; a type that repeats "
	    "the plugin is left out: `cpu-0/user`, `load/shortterm`, "
	    "`interface-eth0/if_octets/rx`, `uptime`. Notifications become "
	    "events. `every` is collectd's Interval.\n\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  here:\n"
	    "    nodes: [localhost]\n"
	    "    collect:\n"
	    "      - collectd: {plugin: cpu, name: cpu, every: 10s}\n"
	    "      - collectd:\n"
	    "          plugin: df\n"
	    "          name: df\n"
	    "          options: {MountPoint: [/, /home], ReportInodes: true}\n"
	    "```",
	.options = collectd_options,
	.worker = "farm-collectd",
	.state_size = sizeof(struct collectd_options),
	.needs = FARM_NEEDS_NETWORK | FARM_NEEDS_EXEC | FARM_NEEDS_FILES,
	.check = collectd_check,
	.offer = collectd_offer,
	.listen = collectd_listen,
};
