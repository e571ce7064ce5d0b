/* This host, from /proc: the module, its options and its catalogue. */
#include "proc.h"

#include <string.h>

#include "name.h"

static const struct group {
	const char *name;
	int (*collect)(struct run *);
} groups[] = {
	{ "load", load_collect },
	{ "stat", stat_collect },
	{ "paging", paging_collect },
	{ "memory", memory_collect },
	{ "pressure", pressure_collect },
	{ "net", net_collect },
	{ "disk", disk_collect },
	{ "df", df_collect },
	{ "sockets", sockets_collect },
	{ "tcp", tcp_collect },
};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

static const struct farm_option options[] = {
	FARM_OPTION_PATH("root", struct proc, root, "/",
	    "folder in which proc is found: / but in containers and tests"),
	FARM_OPTION_LIST("groups", struct proc, groups, NULL,
	    "load, stat, paging, memory, pressure, net, disk, df, sockets, "
	    "tcp; empty: all that this kernel has"),
	FARM_OPTION_LIST("interfaces", struct proc, interfaces.only_texts, NULL,
	    "patterns of interfaces; empty: all"),
	FARM_OPTION_LIST("interfaces_except", struct proc,
	    interfaces.except_texts, "[lo]", "interfaces to leave out"),
	FARM_OPTION_LIST("disks", struct proc, disks.only_texts, NULL,
	    "patterns of whole disks; empty: all"),
	FARM_OPTION_LIST("disks_except", struct proc, disks.except_texts,
	    "[loop*, ram*, zram*, fd*, sr*, dm-*, md*]",
	    "disks to leave out; dm and md count what others do"),
	FARM_OPTION_LIST("mounts", struct proc, mounts.only_texts, NULL,
	    "patterns of folders with a file system; empty: all"),
	FARM_OPTION_LIST("mounts_except", struct proc, mounts.except_texts,
	    NULL, "folders to leave out"),
	FARM_OPTION_BOOLEAN("remote", struct proc, remote, "false",
	    "ask remote file systems too; a dead server hangs the run"),
	FARM_OPTION_END
};

static const struct farm_parameter parameters[] = {
	{ "Load1", FARM_GAUGE, "1", "tasks running or waiting, 1 min mean" },
	{ "Load5", FARM_GAUGE, "1", "the same, 5 min mean" },
	{ "Load15", FARM_GAUGE, "1", "the same, 15 min mean" },
	{ "Tasks_running", FARM_GAUGE, "1", "tasks that can run now" },
	{ "Tasks_total", FARM_GAUGE, "1", "processes and threads" },
	{ "NoCPUs", FARM_GAUGE, "1", "processors online" },
	{ "CPU_usr", FARM_GAUGE, "%", "time in user space, without guests" },
	{ "CPU_nice", FARM_GAUGE, "%", "the same at low priority" },
	{ "CPU_sys", FARM_GAUGE, "%", "time in the kernel" },
	{ "CPU_idle", FARM_GAUGE, "%", "time with nothing to do" },
	{ "CPU_iowait", FARM_GAUGE, "%", "idle while a disk was awaited" },
	{ "CPU_int", FARM_GAUGE, "%", "time in interrupts" },
	{ "CPU_softint", FARM_GAUGE, "%", "time in soft interrupts" },
	{ "CPU_steal", FARM_GAUGE, "%", "time the hypervisor took" },
	{ "CPU_guest", FARM_GAUGE, "%", "time in guests of this host" },
	{ "cpu_usage", FARM_GAUGE, "%", "all but idle and iowait" },
	{ "Forks", FARM_COUNTER64, "1", "tasks created since boot" },
	{ "Forks_R", FARM_GAUGE, "1/s", "tasks created" },
	{ "Page_in", FARM_GAUGE, "KiBy/s", "read from disks" },
	{ "Page_out", FARM_GAUGE, "KiBy/s", "written to disks" },
	{ "Swap_in", FARM_GAUGE, "KiBy/s", "read from swap" },
	{ "Swap_out", FARM_GAUGE, "KiBy/s", "written to swap" },
	{ "MEM_total", FARM_GAUGE, "MiBy", "memory" },
	{ "MEM_free", FARM_GAUGE, "MiBy", "memory with nothing in it" },
	{ "MEM_available", FARM_GAUGE, "MiBy", "what programs can still get" },
	{ "MEM_buffers", FARM_GAUGE, "MiBy", "buffers of block devices" },
	{ "MEM_cached", FARM_GAUGE, "MiBy", "cached files" },
	{ "MEM_shared", FARM_GAUGE, "MiBy", "shared memory and tmpfs" },
	{ "MEM_usage", FARM_GAUGE, "%", "memory that is not available" },
	{ "SWAP_total", FARM_GAUGE, "MiBy", "swap" },
	{ "SWAP_free", FARM_GAUGE, "MiBy", "swap not in use" },
	{ "PSI_*", FARM_GAUGE, "%",
	    "time that some or all tasks lacked a resource, 10 s mean" },
	{ "*_IN", FARM_GAUGE, "Mbit/s",
	    "received by an interface, or in total" },
	{ "*_OUT", FARM_GAUGE, "Mbit/s", "sent by an interface, or in total" },
	{ "TOTAL_NET", FARM_GAUGE, "Mbit/s", "received and sent" },
	{ "*_ERRS", FARM_COUNTER64, "1", "errors of an interface" },
	{ "*_COLLS", FARM_COUNTER64, "1", "collisions of an interface" },
	{ "TOTAL_devices", FARM_GAUGE, "1", "disks" },
	{ "*_ReadMBps", FARM_GAUGE, "MiBy/s",
	    "read from a disk, all (TOTAL) or the busiest (MAXIOUTIL)" },
	{ "*_WriteMBps", FARM_GAUGE, "MiBy/s", "written" },
	{ "*_TotalMBps", FARM_GAUGE, "MiBy/s", "read and written" },
	{ "*_ReadIOPS", FARM_GAUGE, "1/s", "reads finished" },
	{ "*_WriteIOPS", FARM_GAUGE, "1/s", "writes finished" },
	{ "*_IOPS", FARM_GAUGE, "1/s", "reads and writes finished" },
	{ "*_ReadIOPSMerged", FARM_GAUGE, "1/s", "reads merged with another" },
	{ "*_WriteIOPSMerged", FARM_GAUGE, "1/s", "writes merged" },
	{ "*_IOPSMerged", FARM_GAUGE, "1/s", "reads and writes merged" },
	{ "*_IOUtil", FARM_GAUGE, "%", "time with requests under way" },
	{ "TOTAL_partitions", FARM_GAUGE, "1", "file systems" },
	{ "*_sizeMB", FARM_GAUGE, "MiBy", "size of a file system, or all" },
	{ "*_usedMB", FARM_GAUGE, "MiBy", "in use" },
	{ "*_availMB", FARM_GAUGE, "MiBy",
	    "what users other than root can get" },
	{ "*_usage", FARM_GAUGE, "%", "used, of what is not kept for root" },
	{ "sockets_*", FARM_GAUGE, "1", "sockets of a kind or state" },
	{ "TcpRetransSegs", FARM_COUNTER64, "1", "segments sent again" },
	{ "TcpRetransSegs_R", FARM_GAUGE, "1/s", "segments sent again" },
	{ "TcpInSegs_R", FARM_GAUGE, "1/s", "segments received" },
	{ "TcpOutSegs_R", FARM_GAUGE, "1/s", "segments sent" }, { 0 }
};

/* The bit of a group. */
static int
want_group(struct farm_host *host, struct proc *proc, const char *name)
{
	const char *names[GROUPS];
	const char *meant;
	size_t i;

	for (i = 0; i < GROUPS; i++) {
		names[i] = groups[i].name;
		if (strcmp(name, groups[i].name) == 0) {
			proc->wanted |= UINT32_C(1) << i;
			return 0;
		}
	}
	meant = name_suggest(name, names, GROUPS);
	if (meant != NULL)
		return farm_fail(
		    host, "groups: \"%s\" is no group; \"%s\" is", name, meant);
	return farm_fail(host, "groups: \"%s\" is no group", name);
}

static int
proc_open(struct farm_host *host, void *state)
{
	struct proc *proc = state;
	struct error err;
	size_t i;

	proc->wanted = 0;
	for (i = 0; i < proc->groups.n; i++)
		if (want_group(host, proc, proc->groups.items[i]) != 0)
			return -1;
	if (proc->groups.n == 0)
		proc->wanted = (UINT32_C(1) << GROUPS) - 1;
	if (choice_open(&proc->interfaces, "interfaces", &err) != 0 ||
	    choice_open(&proc->disks, "disks", &err) != 0 ||
	    choice_open(&proc->mounts, "mounts", &err) != 0)
		return farm_fail(host, "%s", err.text);
	return 0;
}

static void
proc_close(struct farm_host *host, void *state)
{
	struct proc *proc = state;

	(void)host;
	choice_close(&proc->interfaces);
	choice_close(&proc->disks);
	choice_close(&proc->mounts);
}

static void
proc_target_close(
    struct farm_host *host, void *state, struct farm_target *target)
{
	struct past *past = target->state;

	(void)host;
	(void)state;
	table_free(&past->interfaces);
	table_free(&past->disks);
}

/*
 * Run the wanted groups.  A file that this kernel does not have is a failure
 * only of a group asked for by name, or if there is nothing else either.
 */
static int
run_groups(struct run *run)
{
	bool by_name = run->proc->groups.n > 0;
	struct error first_missing = { "" };
	size_t done = 0, failed = 0, i;

	for (i = 0; i < GROUPS; i++) {
		if ((run->proc->wanted & (UINT32_C(1) << i)) == 0)
			continue;
		run->missing = false;
		if (groups[i].collect(run) == 0) {
			done++;
		} else if (run->missing && !by_name) {
			if (first_missing.text[0] == '\0')
				first_missing = run->error;
		} else {
			farm_fail(run->host, "%s", run->error.text);
			failed++;
		}
	}
	if (done == 0 && failed == 0)
		return farm_fail(run->host, "%s", first_missing.text);
	return failed > 0 || run->refused ? -1 : 0;
}

static int
proc_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	struct run run = {
		.host = host,
		.target = target,
		.proc = state,
		.past = target->state,
	};
	int status = run_groups(&run);

	buffer_free(&run.path);
	buffer_free(&run.file);
	buffer_free(&run.name);
	return status;
}

FARM_MODULE(proc, FARM_COLLECTOR) = {
	.summary = "this host: load, processors, memory, network, disks",
	.description =
	    "Reads `/proc` of the host it runs on and names parameters as "
	    "MonALISA does: `eth0_IN`, `sda_IOUtil`, `/boot_usage`.\n\n"
	    "What is per second or in percent of time needs two runs: the "
	    "first run gives none of it, and a counter that went backwards "
	    "gives none for that run. Totals are over what has a rate. "
	    "Partitions of a disk are left out beside the disk, and remote "
	    "file systems unless `remote` is set.\n\n"
	    "Without `groups`, everything is read that this kernel has. The "
	    "group `sockets` makes the kernel walk its tables of sockets, and "
	    "costs more than all others together; this leaves it out:\n\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  hosts:\n"
	    "    nodes: [localhost]\n"
	    "    collect:\n"
	    "      - proc:\n"
	    "          every: 10s\n"
	    "          groups: [load, stat, memory, net, disk, df]\n"
	    "```",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct proc),
	.target_state_size = sizeof(struct past),
	.open = proc_open,
	.close = proc_close,
	.target_close = proc_target_close,
	.collector = { .collect = proc_collect },
};
