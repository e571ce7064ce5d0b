/*
 * figures.h - what MonALISA makes of a peer's answers.  Its rings begin full of
 * zeros, so that the first values are wrong, and its loss falls twice as fast
 * as it grows: `compat' reproduces both.  Otherwise only what was seen counts.
 */
#ifndef ABPING_FIGURES_H
#define ABPING_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#define FIGURES_SAMPLES_MAX 64
#define FIGURES_LOSS_MAX 64

struct rules {
	int samples;	 /* 3 to FIGURES_SAMPLES_MAX */
	int loss_memory; /* 1 to FIGURES_LOSS_MAX */
	bool compat;
	double overall, rtt, jitter, loss; /* coefficients */
};

/* The last values; in compat it is full from the beginning. */
struct ring {
	double values[FIGURES_SAMPLES_MAX];
	int n; /* so many were put in, at most the ring's size */
	int next;
};

/* Of one peer; zeroed at first. */
struct history {
	struct ring round_trips; /* ms */
	struct ring means;	 /* their trimmed means, one for each */
	uint64_t lost;		 /* by probe, the last in bit 0 */
	int probes;		 /* of `lost', at most the loss memory */
	int loss;		 /* MonALISA's counter */
};

struct figures {
	bool has_rtt;	 /* also for rtime */
	bool has_jitter;
	double rtime;
	double rtt;    /* ms, without the least and the largest */
	double jitter; /* of the rtt, as a part of it */
	double loss;   /* 0 to 1 */
};

/* One probe more: its round trip in ms, or negative if there was no answer. */
void figures_add(struct history *, const struct rules *, double ms,
    struct figures *ret);

#endif
