/*
 * The collector "proc" on recorded trees: "plain" is a small machine at two
 * times, "odd" is made by hand to hold what goes wrong.
 */
#include "fake_host.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "clock.h"
#include "plugins/proc/proc.h"
#include "unit.h"

extern const struct farm_entry farm_module;

/* The clock stands still; each run of a tree is ten seconds later. */
static int64_t mono_ns;
int64_t __wrap_clock_mono_ns(void);

int64_t
__wrap_clock_mono_ns(void)
{
	return mono_ns;
}

struct bench {
	struct fake_host *fake;
	struct proc *proc;
	struct farm_target *target;
};

static struct bench
bench_new(void)
{
	struct bench b;

	mono_ns = NS_PER_S;
	b.fake = fake_new(&farm_module);
	b.proc = fake_state(b.fake);
	b.target = fake_target(b.fake, "c", "n", "");
	return b;
}

/* One run on a tree under tests/data/proc, ten seconds after the last. */
static int
run_tree(struct bench *b, const char *tree)
{
	char root[4096];
	int status;

	snprintf(root, sizeof(root), "%s/proc/%s", TEST_DATA, tree);
	fake_clear(b->fake);
	mono_ns += 10 * NS_PER_S;
	b->proc->root = root;
	status = fake_collect(b->fake, b->target);
	b->proc->root = "/";
	return status;
}

struct expected {
	const char *name;
	double value;
};

static void
check_values(const struct bench *b, const struct expected *e, size_t n)
{
	double value;
	size_t i;

	for (i = 0; i < n; i++) {
		value = fake_value(b->fake, "n", e[i].name);
		if (fabs(value - e[i].value) > 1e-9)
			fail_msg("%s is %.17g, not %.17g", e[i].name, value,
			    e[i].value);
	}
}

static void
check_absent(const struct bench *b, const char *const *names, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (fake_has(b->fake, "n", names[i]))
			fail_msg("%s is there", names[i]);
}

static void
test_plain(void **state)
{
	static const struct expected expected[] = {
		{ "Load1", 0.12 },
		{ "Load5", 0.11 },
		{ "Load15", 0.04 },
		{ "Tasks_running", 2 },
		{ "Tasks_total", 94 },
		{ "NoCPUs", 2 },
		/* Ticks: usr +1, sys +5, idle +1997. */
		{ "CPU_usr", 100 * 1 / 2003.0 },
		{ "CPU_sys", 100 * 5 / 2003.0 },
		{ "CPU_idle", 100 * 1997 / 2003.0 },
		{ "cpu_usage", 100 * 6 / 2003.0 },
		{ "Forks", 34823 },
		{ "Forks_R", 1.8 },
		{ "Page_in", 10 },
		{ "Page_out", 118 },
		{ "Swap_in", 0 },
		{ "MEM_total", 24684084 / 1024.0 },
		{ "vda_ReadIOPS", 0.2 },
		{ "vda_ReadIOPSMerged", 2.3 },
		{ "vda_ReadMBps", 200 * 512 / 10485760.0 },
		{ "vda_WriteMBps", 2360 * 512 / 10485760.0 },
		{ "vda_IOUtil", 0 },
		{ "TOTAL_devices", 1 },
		{ "TOTAL_NET", 0 },
		{ "eth0_ERRS", 0 },
		{ "sockets_tcp_LISTEN", 1 },
		{ "sockets_tcp", 1 },
		{ "sockets_udp", 0 },
		{ "sockets_unix", 2 },
		{ "TcpRetransSegs", 0 },
		{ "TcpRetransSegs_R", 0 },
		{ "TOTAL_partitions", 1 },
	};
	struct bench b = bench_new();

	(void)state;
	assert_int_equal(fake_open(b.fake), 0);
	assert_int_equal(run_tree(&b, "plain/1"), 0);
	assert_int_equal(run_tree(&b, "plain/2"), 0);
	check_values(&b, expected, COUNT(expected));
	assert_true(fake_has(b.fake, "n", "PSI_io_full"));
	fake_free(b.fake);
}

static void
test_first_run_has_no_rates(void **state)
{
	static const char *const absent[] = { "CPU_usr", "cpu_usage", "Forks_R",
		"Page_in", "flow0_IN", "TOTAL_NET", "sda_IOPS", "TOTAL_IOPS",
		"AVG_IOUtil", "TcpRetransSegs_R" };
	struct bench b = bench_new();

	(void)state;
	assert_int_equal(fake_open(b.fake), 0);
	assert_int_equal(run_tree(&b, "odd/1"), 0);
	check_absent(&b, absent, COUNT(absent));
	check_values(&b,
	    (struct expected[]){ { "Forks", 5000 }, { "TcpRetransSegs", 5 },
		{ "flow0_ERRS", 3 }, { "TOTAL_devices", 3 } },
	    4);
	fake_free(b.fake);
}

static void
test_odd(void **state)
{
	static const struct expected expected[] = {
		{ "Load1", 12.34 },
		{ "Load5", 0.05 },
		{ "Load15", 100 },
		{ "Tasks_running", 3 },
		{ "Tasks_total", 1234 },
		{ "NoCPUs", 8 },
		/* 1000 ticks, of usr's 400 a guest's 150, of nice's 100 50. */
		{ "CPU_usr", 25 },
		{ "CPU_nice", 5 },
		{ "CPU_sys", 10 },
		{ "CPU_idle", 20 },
		{ "CPU_iowait", 5 },
		{ "CPU_int", 2.5 },
		{ "CPU_softint", 2.5 },
		{ "CPU_steal", 10 },
		{ "CPU_guest", 20 },
		{ "cpu_usage", 75 },
		{ "Forks_R", 25 },
		{ "Page_in", 100 },
		{ "Page_out", 0 },
		{ "MEM_total", 8192 },
		{ "MEM_free", 1024 },
		{ "MEM_available", 2048 },
		{ "MEM_buffers", 1.5 },
		{ "MEM_cached", 500 },
		{ "MEM_shared", 0 },
		{ "MEM_usage", 75 },
		{ "SWAP_total", 4096 },
		{ "SWAP_free", 1048577 / 1024.0 },
		{ "flow0_IN", 10 },
		{ "flow0_OUT", 1 },
		{ "flow0_ERRS", 3 },
		{ "flow0_COLLS", 4 },
		{ "eth0:_IN", 2 },
		{ "eth0:_OUT", 0 },
		{ "eth1_ERRS", 0 },
		{ "tun7_ERRS", 0 },
		{ "TOTAL_NET_IN", 12 },
		{ "TOTAL_NET_OUT", 1 },
		{ "TOTAL_NET", 13 },
		{ "TOTAL_devices", 3 },
		{ "nvme0n1_ReadMBps", 10 },
		{ "nvme0n1_WriteMBps", 1 },
		{ "nvme0n1_TotalMBps", 11 },
		{ "nvme0n1_ReadIOPS", 50 },
		{ "nvme0n1_WriteIOPS", 10 },
		{ "nvme0n1_IOPS", 60 },
		{ "nvme0n1_ReadIOPSMerged", 10 },
		{ "nvme0n1_WriteIOPSMerged", 5 },
		{ "nvme0n1_IOPSMerged", 15 },
		{ "nvme0n1_IOUtil", 50 },
		{ "sda_WriteMBps", 0.1 },
		{ "sda_IOUtil", 10 },
		{ "TOTAL_IOPS", 61 },
		{ "TOTAL_TotalMBps", 11.1 },
		{ "MAXIOUTIL_IOUtil", 50 },
		{ "MAXIOUTIL_IOPS", 60 },
		{ "AVG_IOUtil", 30 },
		{ "sockets_tcp", 11 },
		{ "sockets_tcp_ESTABLISHED", 3 },
		{ "sockets_tcp_SYN_SENT", 1 },
		{ "sockets_tcp_SYN_RECV", 2 },
		{ "sockets_tcp_TIME_WAIT", 2 },
		{ "sockets_tcp_LISTEN", 1 },
		{ "sockets_tcp_CLOSE_WAIT", 1 },
		{ "sockets_tcp_CLOSED", 0 },
		{ "sockets_tcp_UNKNOWN", 1 },
		{ "sockets_udp", 1 },
		{ "TcpRetransSegs", 25 },
		{ "TcpRetransSegs_R", 2 },
		{ "TcpInSegs_R", 100 },
		{ "TcpOutSegs_R", 50 },
		{ "TOTAL_partitions", 2 },
	};
	static const char *const absent[] = { "lo_IN", "lo_ERRS", "eth1_IN",
		"veth9_ERRS", "tun7_IN", "loop0_IOPS", "nvme0n1p1_IOPS",
		"sda1_IOPS", "sdb_IOPS", "dm-0_IOPS", "md12_IOPS",
		"PSI_cpu_some", "sockets_unix", "/bind_sizeMB", "/dead_sizeMB",
		"/far_sizeMB", "/gone_sizeMB", "/run_sizeMB", "/proc_sizeMB" };
	struct bench b = bench_new();
	double page = (double)sysconf(_SC_PAGESIZE) / 1024;

	(void)state;
	assert_int_equal(fake_open(b.fake), 0);
	assert_int_equal(run_tree(&b, "odd/1"), 0);
	assert_int_equal(run_tree(&b, "odd/2"), 0);
	check_values(&b, expected, COUNT(expected));
	check_values(&b,
	    (struct expected[]){ { "Swap_in", 5 * page }, { "Swap_out", 0 } },
	    2);
	check_absent(&b, absent, COUNT(absent));
	fake_free(b.fake);
}

/* Backwards gives nothing for that run; what is sound goes on. */
static void
test_backwards(void **state)
{
	static const struct expected expected[] = {
		{ "Forks_R", 0 },
		{ "Page_in", 100 },
		{ "tun7_IN", 1 },
		{ "TOTAL_NET", 1 },
		{ "sdb_IOPS", 1 },
		{ "sdb_IOUtil", 100 },
		{ "TOTAL_devices", 1 },
		{ "TcpRetransSegs", 3 },
		{ "TcpInSegs_R", 100 },
	};
	static const char *const absent[] = { "CPU_usr", "cpu_usage",
		"Page_out", "flow0_IN", "eth1_ERRS", "sda_IOPS",
		"TcpRetransSegs_R" };
	struct bench b = bench_new();
	struct past *past = b.target->state;

	(void)state;
	assert_int_equal(fake_open(b.fake), 0);
	assert_int_equal(run_tree(&b, "odd/2"), 0);
	assert_int_equal(run_tree(&b, "odd/3"), 0);
	check_values(&b, expected, COUNT(expected));
	check_absent(&b, absent, COUNT(absent));
	/* What vanished is forgotten. */
	assert_int_equal(past->disks.n, 1);
	assert_int_equal(past->interfaces.n, 2);
	fake_free(b.fake);
}

static void
test_every_value_is_in_the_catalogue(void **state)
{
	struct bench b = bench_new();
	size_t i;

	(void)state;
	assert_int_equal(fake_open(b.fake), 0);
	assert_int_equal(run_tree(&b, "plain/1"), 0);
	assert_int_equal(run_tree(&b, "plain/2"), 0);
	for (i = 0; i < b.fake->n_values; i++)
		if (b.fake->values[i].unit[0] == '\0')
			fail_msg("%s has no unit", b.fake->values[i].parameter);
	assert_string_equal(fake_find(b.fake, "n", "eth0_IN")->unit, "Mbit/s");
	assert_int_equal(fake_find(b.fake, "n", "Forks")->kind, FARM_COUNTER64);
	fake_free(b.fake);
}

/* -------------------------------------------------------------- options -- */

static void
test_missing_files(void **state)
{
	struct bench b = bench_new();

	(void)state;
	fake_options(b.fake, "groups", "[load, pressure]", NULL);
	assert_int_equal(fake_open(b.fake), 0);
	assert_int_equal(run_tree(&b, "odd/1"), -1);
	assert_string_equal(fake_failure(b.fake),
	    TEST_DATA "/proc/odd/1/proc/pressure/cpu: "
		      "No such file or directory");
	assert_int_equal(fake_count(b.fake, "n"), 5);
	fake_free(b.fake);

	b = bench_new();
	assert_int_equal(fake_open(b.fake), 0);
	assert_int_equal(run_tree(&b, "nowhere"), -1);
	assert_string_equal(fake_failure(b.fake),
	    TEST_DATA "/proc/nowhere/proc/loadavg: "
		      "No such file or directory");
	fake_free(b.fake);
}

static void
test_open_errors(void **state)
{
	static const struct {
		const char *option;
		const char *value;
		const char *want;
	} cases[] = {
		{ "groups", "lod", "groups: \"lod\" is no group; \"load\" is" },
		{ "groups", "printers", "groups: \"printers\" is no group" },
		{ "interfaces", "re:(",
		    "interfaces: \"re:(\": Unmatched ( or \\(" },
		{ "mounts_except", "re:(",
		    "mounts_except: \"re:(\": Unmatched ( or \\(" },
	};
	struct bench b;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		b = bench_new();
		fake_options(b.fake, cases[i].option, cases[i].value, NULL);
		assert_int_equal(fake_open(b.fake), -1);
		assert_string_equal(fake_failure(b.fake), cases[i].want);
		fake_free(b.fake);
	}
}

static void
test_choice(void **state)
{
	struct bench b = bench_new();

	(void)state;
	fake_options(
	    b.fake, "groups", "net", "interfaces", "[eth*, flow0]", NULL);
	assert_int_equal(fake_open(b.fake), 0);
	assert_int_equal(run_tree(&b, "odd/1"), 0);
	/* _ERRS and _COLLS of eth0:, eth1 and flow0. */
	assert_int_equal(fake_count(b.fake, "n"), 6);
	fake_free(b.fake);
}

static void
test_targets_are_apart(void **state)
{
	struct bench b = bench_new();
	struct farm_target *first = b.target;

	(void)state;
	assert_int_equal(fake_open(b.fake), 0);
	assert_int_equal(run_tree(&b, "odd/1"), 0);
	b.target = fake_target(b.fake, "c", "m", "");
	assert_int_equal(run_tree(&b, "odd/2"), 0);
	assert_false(fake_has(b.fake, "m", "cpu_usage"));
	b.target = first;
	assert_int_equal(run_tree(&b, "odd/2"), 0);
	/* Twenty seconds since its own last run. */
	assert_true(fake_value(b.fake, "n", "Forks_R") == 12.5);
	fake_free(b.fake);
}

static void
test_file_systems(void **state)
{
	const char *tree = TEST_DATA "/proc/odd/1/data disk";
	struct bench b = bench_new();
	struct statvfs fs;

	(void)state;
	assert_int_equal(statvfs(tree, &fs), 0);
	assert_int_equal(fake_open(b.fake), 0);
	assert_int_equal(run_tree(&b, "odd/1"), 0);
	assert_true(fake_value(b.fake, "n", "/data disk_sizeMB") ==
		    (double)fs.f_blocks * ((double)fs.f_frsize / 1048576));
	assert_true(fake_value(b.fake, "n", "TOTAL_sizeMB") ==
		    fake_value(b.fake, "n", "/data disk_sizeMB") +
			fake_value(b.fake, "n", "/_sizeMB"));
	assert_in_range(
	    (uint64_t)fake_value(b.fake, "n", "/data disk_usage"), 0, 100);
	/* Servers are asked only if somebody wants that. */
	assert_false(fake_has(b.fake, "n", "/dead_sizeMB"));
	fake_options(b.fake, "remote", "yes", NULL);
	assert_int_equal(run_tree(&b, "odd/1"), 0);
	assert_true(fake_has(b.fake, "n", "/dead_sizeMB"));
	assert_true(fake_value(b.fake, "n", "TOTAL_partitions") == 3);
	fake_free(b.fake);
}

/* -------------------------------------------------------------- parsers -- */

static int
parse_load(struct scan text, struct error *err)
{
	struct load load;

	return load_parse(text, &load, err);
}

static int
parse_stat(struct scan text, struct error *err)
{
	struct stat_file stat;

	return stat_parse(text, &stat, err);
}

static int
parse_net(struct scan text, struct error *err)
{
	struct table table = TABLE_INIT;
	int status = net_parse(text, &table, err);

	table_free(&table);
	return status;
}

static int
parse_disk(struct scan text, struct error *err)
{
	struct table table = TABLE_INIT;
	int status = disk_parse(text, &table, err);

	table_free(&table);
	return status;
}

static int
parse_mounts(struct scan text, struct error *err)
{
	struct arena *arena = arena_new(0);
	struct mount *mounts;
	size_t n;
	int status = mounts_parse(text, arena, &mounts, &n, err);

	arena_free(arena);
	return status;
}

static int
parse_sockets(struct scan text, struct error *err)
{
	uint64_t states[SOCKET_STATES] = { 0 };

	return sockets_parse(text, states, err);
}

static int
parse_tcp(struct scan text, struct error *err)
{
	uint64_t counts[TCP_COUNTS];

	return tcp_parse(text, counts, err);
}

static int
parse_pressure(struct scan text, struct error *err)
{
	struct pressure pressure;

	return pressure_parse(text, &pressure, err);
}

static int
parse_pairs(struct scan text, struct error *err)
{
	static const char *const names[] = { "MemTotal:" };
	uint64_t value;
	uint32_t found;

	return pairs_parse(text, names, 1, &value, &found, err);
}

static void
test_parse_errors(void **state)
{
	static const struct {
		int (*parse)(struct scan, struct error *);
		const char *text;
		const char *want;
	} cases[] = {
		{ parse_load, "", "load average 1 expected" },
		{ parse_load, "0.1 0.2 nan 1/2", "load average 3 expected" },
		{ parse_load, "0.1 0.2 0.3 12",
		    "RUNNING/TOTAL tasks expected" },
		{ parse_load, "0.1 0.2 0.3", "RUNNING/TOTAL tasks expected" },
		{ parse_stat, "intr 1\n", "no line \"cpu\"" },
		{ parse_stat, "cpu 1 2 3\n",
		    "4 counters expected after \"cpu\"" },
		{ parse_stat, "cpu 1 2 3 4\nprocesses x\n",
		    "number expected after \"processes\"" },
		{ parse_net, "a\n", "two lines of headings expected" },
		{ parse_net, "a\nb\n eth0 1 2\n",
		    "line 3: \"INTERFACE:\" expected" },
		{ parse_net, "a\nb\n :1 2\n",
		    "line 3: \"INTERFACE:\" expected" },
		{ parse_net, "a\nb\n eth0:1 2 3\n",
		    "line 3: 14 counters expected" },
		{ parse_disk, "8 x sda\n",
		    "line 1: \"MAJOR MINOR NAME\" expected" },
		{ parse_disk, "8 0 sda 1 2 3\n",
		    "line 1: 10 counters expected" },
		{ parse_mounts, "/dev/sda1 /\n",
		    "line 1: \"SOURCE FOLDER TYPE\" expected" },
		{ parse_sockets, "", "a line of headings expected" },
		{ parse_sockets, "sl\n 0: a b zz\n",
		    "line 2: \"N: LOCAL REMOTE STATE\" expected" },
		{ parse_tcp, "Udp: 1\n", "no line \"Tcp:\"" },
		{ parse_tcp, "Tcp: InSegs\nUdp: 1\n",
		    "a second line \"Tcp:\" expected" },
		{ parse_tcp, "Tcp: InSegs OutSegs\nTcp: 1\n",
		    "fewer values than names" },
		{ parse_tcp, "Tcp: InSegs OutSegs RetransSegs\nTcp: 1 2 -1\n",
		    "no number for RetransSegs" },
		{ parse_pressure, "full avg10=0.00\n",
		    "\"some avg10=NUMBER\" expected" },
		{ parse_pairs, "MemTotal: 18446744073709551616 kB\n",
		    "number expected after \"MemTotal:\"" },
	};
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
		    cases[i].parse(
			scan_of(cases[i].text, strlen(cases[i].text)), &err),
		    -1);
		assert_string_equal(err.text, cases[i].want);
	}
}

/* ------------------------------------------------------- trees made here -- */

/* A tree of one file below proc/, gone after tree_remove(). */
struct tree {
	char root[32];
	char folder[64];
	char path[128];
};

static struct tree
tree_new(const char *file, const char *text)
{
	struct tree t = { .root = "/tmp/test_proc.XXXXXX" };
	FILE *f;

	assert_non_null(mkdtemp(t.root));
	snprintf(t.folder, sizeof(t.folder), "%s/proc", t.root);
	snprintf(t.path, sizeof(t.path), "%s/%s", t.folder, file);
	assert_int_equal(mkdir(t.folder, 0700), 0);
	f = fopen(t.path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return t;
}

static void
tree_remove(const struct tree *t)
{
	unlink(t->path);
	rmdir(t->folder);
	rmdir(t->root);
}

/* The file is named before what is wrong in it. */
static void
test_bad_file_is_named(void **state)
{
	struct tree t = tree_new("loadavg", "1.0 busy");
	struct bench b = bench_new();
	char want[256];

	(void)state;
	fake_options(b.fake, "groups", "load", "root", t.root, NULL);
	assert_int_equal(fake_open(b.fake), 0);
	assert_int_equal(fake_collect(b.fake, b.target), -1);
	snprintf(want, sizeof(want), "%s: load average 2 expected", t.path);
	assert_string_equal(fake_failure(b.fake), want);
	fake_free(b.fake);
	tree_remove(&t);
}

/* A name that no parameter can have costs only itself. */
static void
test_bad_name(void **state)
{
	struct tree t = tree_new("diskstats", "8 0 a\001 1 2 3 4 5 6 7 8 9 10\n"
					      "8 16 b 1 2 3 4 5 6 7 8 9 10\n");
	struct bench b = bench_new();

	(void)state;
	fake_options(b.fake, "groups", "disk", "root", t.root, NULL);
	assert_int_equal(fake_open(b.fake), 0);
	assert_int_equal(fake_collect(b.fake, b.target), 0);
	mono_ns += NS_PER_S;
	assert_int_equal(fake_collect(b.fake, b.target), -1);
	assert_string_equal(fake_failure(b.fake),
	    "parameter name \"a\001_ReadMBps\" has a control character");
	assert_true(fake_has(b.fake, "n", "b_ReadMBps"));
	fake_free(b.fake);
	tree_remove(&t);
}

static void
test_decimals(void **state)
{
	static const struct {
		const char *text;
		double want; /* -1: none */
	} cases[] = {
		{ "0.25", 0.25 },
		{ "12", 12 },
		{ "0.07 x", 0.07 },
		{ "1234567.89", 1234567.89 },
		{ "", -1 },
		{ ".5", -1 },
		{ "1.2.3", -1 },
		{ "-1", -1 },
		{ "1e5", -1 },
		{ "123456789012345678901234567890", -1 },
	};
	struct scan text;
	double value;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		text = scan_of(cases[i].text, strlen(cases[i].text));
		value = -1;
		assert_int_equal(
		    scan_decimal(&text, &value), cases[i].want >= 0);
		assert_true(value == cases[i].want);
	}
}

static void
test_table_is_bounded(void **state)
{
	struct table table = TABLE_INIT;
	struct error err;
	char name[32];
	int i;

	(void)state;
	for (i = 0; i < TABLE_MAX; i++) {
		snprintf(name, sizeof(name), "veth%d", i);
		assert_non_null(
		    table_add(&table, scan_of(name, strlen(name)), &err));
	}
	assert_null(table_add(&table, scan_of("one", 3), &err));
	assert_string_equal(err.text, "more than 16384 entries");
	assert_ptr_equal(table_find(&table, "veth7", 100), &table.rows[7]);
	assert_null(table_find(&table, "veth", 0));
	table_free(&table);
}

/* ------------------------------------------------------------ this host -- */

static double
first_number(const char *path, const char *format)
{
	double number = -1;
	char line[256];
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, format, &number) == 1)
			break;
	fclose(f);
	return number;
}

static void
test_this_host(void **state)
{
	struct bench b = bench_new();
	double before, after, load, total;
	int tries;

	(void)state;
	assert_int_equal(fake_open(b.fake), 0);
	/* The load may change between the reads, but not each time. */
	for (tries = 0; tries < 100; tries++) {
		before = first_number("/proc/loadavg", "%lf");
		assert_int_equal(fake_collect(b.fake, b.target), 0);
		after = first_number("/proc/loadavg", "%lf");
		load = fake_value(b.fake, "n", "Load1");
		if (before == after)
			break;
	}
	assert_true(before == after && load == before);
	total = first_number("/proc/meminfo", "MemTotal: %lf");
	assert_true(fake_value(b.fake, "n", "MEM_total") == total / 1024);
	assert_true(fake_value(b.fake, "n", "MEM_available") <= total / 1024);
	fake_free(b.fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_first_run_has_no_rates),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_backwards),
		cmocka_unit_test(test_every_value_is_in_the_catalogue),
		cmocka_unit_test(test_missing_files),
		cmocka_unit_test(test_open_errors),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_targets_are_apart),
		cmocka_unit_test(test_file_systems),
		cmocka_unit_test(test_parse_errors),
		cmocka_unit_test(test_bad_file_is_named),
		cmocka_unit_test(test_bad_name),
		cmocka_unit_test(test_decimals),
		cmocka_unit_test(test_table_is_bounded),
		cmocka_unit_test(test_this_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
