/* The machine that the daemon runs on: clock, files, disk, rights. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include "answer.h"
#include "client.h"
#include "clock.h"
#include "doctor.h"

#define CAP_NET_RAW_BIT 13

void
check_clock(struct doctor *d)
{
	struct timex t = { .modes = 0 };

	/* A container may not be shown the clock; its host keeps it. */
	if (adjtimex(&t) == TIME_ERROR && (t.status & STA_UNSYNC) != 0)
		doctor_say(d, HEALTH_WARN, NULL,
		    "run chrony or systemd-timesyncd: times of values are only "
		    "as good as this clock",
		    "no time service keeps this machine's clock");
}

void
check_descriptors(struct doctor *d)
{
	const json_t *process = json_object_get(d->status, "process");
	double n = answer_number(process, "descriptors");
	double max = answer_number(process, "descriptors_max");

	if (max > 0 && n > max * 0.8)
		doctor_say(d, n > max * 0.95 ? HEALTH_RED : HEALTH_WARN, NULL,
		    "raise LimitNOFILE= of the service and restart it",
		    "%.0f of %.0f descriptors are in use", n, max);
}

void
check_disk(struct doctor *d)
{
	const json_t *process = json_object_get(d->status, "process");
	double room = answer_number(process, "state_free_bytes");
	double all = answer_number(process, "state_bytes");
	struct buffer text = BUFFER_INIT;

	put_size(&text, room);
	if (all > 0 && room < all * 0.1)
		doctor_say(d, room < all * 0.02 ? HEALTH_RED : HEALTH_WARN,
		    NULL, "make room: keep: of the sql writer, old dump-*.json",
		    "%s is all that is free where %s lies", buffer_text(&text),
		    answer_text(process, "state"));
	buffer_free(&text);
}

/* --- the configuration --- */

/* farmd --check, without a word; its exit code, -1 if it did not run. */
static int
quiet_check(const struct cli *cli, const char *file)
{
	const char *arguments[] = { NULL, "--check", "--config", file, NULL };
	int status;
	pid_t child = fork();

	if (child == 0) {
		int null = open("/dev/null", O_RDWR);

		if (null < 0 || dup2(null, STDOUT_FILENO) < 0 ||
		    dup2(null, STDERR_FILENO) < 0)
			_exit(CLI_FAILED);
		_exit(cli_exec_farmd(cli, arguments));
	}
	while (child > 0 && waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool
is_newer(const char *path, int64_t since_ns)
{
	struct stat st;

	return stat(path, &st) == 0 &&
	       (int64_t)st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec >
		   since_ns;
}

/* The folder conf.d beside the file, or anything in it? */
static bool
folder_is_newer(const char *file, int64_t since_ns)
{
	const char *slash = strrchr(file, '/');
	int length = slash == NULL ? 0 : (int)(slash - file) + 1;
	char path[PATH_MAX];
	struct dirent *entry;
	bool newer;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%.*sconf.d", length, file);
	newer = is_newer(path, since_ns);
	dir = opendir(path);
	while (dir != NULL && !newer && (entry = readdir(dir)) != NULL) {
		(void)snprintf(path, sizeof(path), "%.*sconf.d/%s", length,
		    file, entry->d_name);
		newer = entry->d_name[0] != '.' && is_newer(path, since_ns);
	}
	if (dir != NULL)
		(void)closedir(dir);
	return newer;
}

static void
check_age(struct doctor *d, const char *file)
{
	const char *text = answer_text(d->status, "configured");
	int64_t loaded_ns;

	if (time_parse(text, 0, &loaded_ns, NULL) == 0 &&
	    (is_newer(file, loaded_ns) || folder_is_newer(file, loaded_ns)))
		doctor_say(d, HEALTH_WARN, NULL,
		    "farmctl check, then reload or restart the daemon",
		    "%s has changed since it was read, %s", file, text);
}

void
check_config(struct doctor *d)
{
	const char *file = answer_text(
	    json_object_get(d->status, "process"), "config");

	if (d->cli->config != NULL)
		file = d->cli->config;
	if (file[0] == '\0')
		file = "/etc/farm/farm.yaml";
	if (access(file, R_OK) < 0)
		doctor_say(d, HEALTH_WARN, NULL,
		    "run the doctor as a user who may read it",
		    "%s: %s; not checked", file, strerror(errno));
	else if (quiet_check(d->cli, file) == CLI_CONFIG)
		doctor_say(d, HEALTH_RED, NULL,
		    "farmctl check says every place; the daemon runs on with "
		    "the old one, but would not start again",
		    "%s has errors", file);
	else if (d->status != NULL)
		check_age(d, file);
}

/* --- may the daemon ping? --- */

/* Does the module, in its own words, need raw sockets? */
static bool
needs_raw(const struct doctor *d, const char *module)
{
	struct buffer path = BUFFER_INIT;
	json_t *root = NULL;
	bool raw = false;
	const char *need;
	size_t i;
	json_t *item;

	buffer_printf(&path, "/v1/modules/%s", module);
	if (client_get(d->cli->socket, buffer_text(&path), NULL, &root, NULL) <
	    0)
		root = NULL;
	json_array_foreach (json_object_get(root, "needs"), i, item) {
		need = json_string_value(item);
		raw = raw || (need != NULL && strcmp(need, "raw_sockets") == 0);
	}
	buffer_free(&path);
	json_decref(root);
	return raw;
}

/* Does any module in use? */
static bool
wants_raw(const struct doctor *d)
{
	const json_t *list = json_object_get(d->instances, "instances");
	json_t *seen = json_object();
	const char *module;
	bool raw = false;
	size_t i;

	for (i = 0; i < json_array_size(list) && !raw; i++) {
		module = answer_text(json_array_get(list, i), "module");
		if (json_object_get(seen, module) != NULL)
			continue;
		json_object_set_new(seen, module, json_true());
		raw = needs_raw(d, module);
	}
	json_decref(seen);
	return raw;
}

/* Effective capabilities and group of a process; false if not to be read. */
static bool
read_rights(long pid, uint64_t *ret_caps, unsigned *ret_group)
{
	char line[256];
	char path[64];
	int found = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%ld/status", pid);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	while (fgets(line, sizeof(line), f) != NULL)
		found += sscanf(line, "CapEff: %" SCNx64, ret_caps) == 1 ||
			 sscanf(line, "Gid: %*u %u", ret_group) == 1;
	(void)fclose(f);
	return found == 2;
}

static bool
group_may_ping(unsigned group)
{
	FILE *f = fopen("/proc/sys/net/ipv4/ping_group_range", "re");
	unsigned first = 1;
	unsigned last = 0;

	if (f == NULL)
		return false;
	if (fscanf(f, "%u %u", &first, &last) != 2)
		last = 0;
	(void)fclose(f);
	return last > 0 && group >= first && group <= last;
}

void
check_ping(struct doctor *d)
{
	uint64_t caps;
	unsigned group;

	if (!wants_raw(d) ||
	    !read_rights((long)answer_number(d->status, "pid"), &caps, &group))
		return;
	if ((caps >> CAP_NET_RAW_BIT & 1) == 0 && !group_may_ping(group))
		doctor_say(d, HEALTH_RED, NULL,
		    "AmbientCapabilities=CAP_NET_RAW in the unit, or sysctl "
		    "net.ipv4.ping_group_range around its group",
		    "the daemon (group %u) may not open ICMP sockets", group);
}
