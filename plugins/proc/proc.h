/*
 * proc.h - what the files of this collector share.  Each group of parameters
 * is a file of its own: a pure parser of the kernel's text, and a function
 * that reads, parses and emits.
 */
#ifndef PROC_PROC_H
#define PROC_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>

#include "arena.h"
#include "buffer.h"
#include "error.h"
#include "pattern.h"
#include "scan.h"
#include "table.h"

/* Names that are wanted: any of `only' (none: all) and none of `except'. */
struct choice {
	struct farm_list only_texts; /* the options */
	struct farm_list except_texts;
	struct pattern **only; /* the same, compiled */
	struct pattern **except;
};

/* The instance: its options, and what follows from them. */
struct proc {
	const char *root;
	struct farm_list groups;
	struct choice interfaces;
	struct choice disks;
	struct choice mounts;
	bool remote;
	uint32_t wanted; /* bits of the groups */
};

/* Counters that stand alone, as the last run read them. */
#define PAST_COUNTS 10
struct counts {
	uint64_t n[PAST_COUNTS];
	size_t size;
	int64_t mono_ns; /* when they were read; 0: never */
};

/* What a target remembers from its last run. */
struct past {
	struct counts cpu;
	struct counts forks;
	struct counts paging;
	struct counts tcp;
	struct table interfaces;
	struct table disks;
};

/* One run. */
struct run {
	struct farm_host *host;
	struct farm_target *target;
	const struct proc *proc;
	struct past *past;
	struct buffer path; /* of the file read last */
	struct buffer file; /* its bytes */
	struct buffer name; /* of the parameter emitted last */
	int64_t mono_ns;    /* when it was read */
	struct error error; /* why the group failed */
	bool missing;	    /* because this kernel has no such file */
	bool refused;	    /* a value could not be emitted; host knows why */
};

/* Emit this group; -1 with run->error set. */
int load_collect(struct run *);
int stat_collect(struct run *);
int paging_collect(struct run *);
int memory_collect(struct run *);
int pressure_collect(struct run *);
int net_collect(struct run *);
int disk_collect(struct run *);
int df_collect(struct run *);
int sockets_collect(struct run *);
int tcp_collect(struct run *);

/* ---------------------------------------------------- run.c: one run -- */

/*
 * Read the file `path' of the tree; *ret_text is good until the next read.
 * Sets run->missing if it does not exist.
 */
int run_read(struct run *, const char *path, struct scan *ret_text);
/* Put the path of the file before the error; -1. */
int run_bad_file(struct run *);

/* Emit PREFIX followed by NAME. */
void emit(struct run *, const char *prefix, const char *name,
    struct farm_value);
void emit_double(struct run *, const char *prefix, const char *name, double);
void emit_count(struct run *, const char *prefix, const char *name, uint64_t);

/* Seconds since an earlier reading; 0 if there was none. */
double run_seconds(const struct run *, int64_t before_mono_ns);
/*
 * How much a counter grew in a second, times `factor'.  False, and *ret as it
 * was, if it went backwards or no time has passed.
 */
bool rate(uint64_t now, uint64_t before, double seconds, double factor,
    double *ret);
void emit_rate(struct run *, const char *prefix, const char *name,
    uint64_t now, uint64_t before, double seconds, double factor);

/* ---------------------------------------------- choice.c: names wanted -- */

/* The error names the option: `option', or that and "_except". */
int choice_open(struct choice *, const char *option, struct error *);
void choice_close(struct choice *); /* half-open is fine */
bool choice_has(const struct choice *, const char *name);

/* ------------------------------------------------------------ parsers -- */

/* Pure functions over the bytes of one file; -1 with the line and what was
   expected there.  What they return is half set then. */

struct load {
	double load[3];
	uint64_t running;
	uint64_t total;
};
int load_parse(struct scan text, struct load *ret, struct error *);

struct stat_file {
	struct counts cpu; /* as many as this kernel has, at most 10 */
	uint64_t cpus;
	uint64_t forks;
	bool has_forks;
};
int stat_parse(struct scan text, struct stat_file *ret, struct error *);

/* "NAME VALUE" lines: values of `names', and which were there, as bits. */
int pairs_parse(struct scan text, const char *const *names, size_t n,
    uint64_t *ret_values, uint32_t *ret_found, struct error *);

struct pressure {
	double some; /* % of the last 10 s */
	double full;
	bool has_full;
};
int pressure_parse(struct scan text, struct pressure *ret, struct error *);

/* Of an interface in a table. */
enum { NET_IN, NET_OUT, NET_ERRS, NET_COLLS };
int net_parse(struct scan text, struct table *ret, struct error *);

/* Of a disk in a table; sectors are 512 bytes whatever the disk's are. */
enum {
	DISK_READS,
	DISK_READS_MERGED,
	DISK_READ_SECTORS,
	DISK_WRITES,
	DISK_WRITES_MERGED,
	DISK_WRITTEN_SECTORS,
	DISK_BUSY_MS
};
int disk_parse(struct scan text, struct table *ret, struct error *);

struct mount {
	const char *source;
	const char *point;
	const char *type;
};
/* Memory is the arena's; at most TABLE_MAX. */
int mounts_parse(struct scan text, struct arena *, struct mount **ret,
    size_t *ret_n, struct error *);

/* Rows of a table of sockets by their state; others count as state 0. */
#define SOCKET_STATES 12
int sockets_parse(struct scan text, uint64_t states[SOCKET_STATES],
    struct error *);

enum { TCP_IN, TCP_OUT, TCP_RETRANS, TCP_COUNTS };
int tcp_parse(struct scan text, uint64_t ret[TCP_COUNTS], struct error *);

#endif
