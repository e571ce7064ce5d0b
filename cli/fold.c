#include "fold.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "hostlist.h"

/* hostlist.h takes no longer numbers. */
#define DIGITS_MAX 18

/* A text with a number in it that counts up. */
struct run {
	const char *first;
	size_t at;    /* where its number stands */
	size_t width; /* digits of it */
	uint64_t low;
	bool padded; /* zeros in front fill up to `width' */
};

static size_t
digits_count(const char *text)
{
	size_t n = 0;

	while (isdigit((unsigned char)text[n]))
		n++;
	return n;
}

static uint64_t
number_of(const char *text, size_t width)
{
	uint64_t number = 0;
	size_t i;

	for (i = 0; i < width; i++)
		number = number * 10 + (uint64_t)(text[i] - '0');
	return number;
}

/* The number is where `a' and the next text, `b', begin to differ. */
static bool
run_begin(struct run *run, const char *a, const char *b)
{
	size_t at = 0;

	while (a[at] != '\0' && a[at] == b[at])
		at++;
	while (at > 0 && isdigit((unsigned char)a[at - 1]))
		at--;
	*run = (struct run){
		.first = a, .at = at, .width = digits_count(a + at)
	};
	if (run->width == 0 || run->width > DIGITS_MAX)
		return false;
	run->low = number_of(a + at, run->width);
	run->padded = a[at] == '0';
	return true;
}

/* The number of the text `k' places behind the first; -1: too long a one. */
static int
run_digits(const struct run *run, size_t k, char digits[32])
{
	int n = snprintf(digits, 32, "%0*" PRIu64,
	    run->padded ? (int)run->width : 1, run->low + k);

	return n > DIGITS_MAX ? -1 : n;
}

static bool
run_continues(const struct run *run, size_t k, const char *text)
{
	char digits[32];
	int n = run_digits(run, k, digits);

	return n > 0 && strncmp(text, run->first, run->at) == 0 &&
	       strncmp(text + run->at, digits, (size_t)n) == 0 &&
	       strcmp(text + run->at + n, run->first + run->at + run->width) ==
		   0;
}

static const char *
text_of(const struct fold_name *name, bool address)
{
	return address ? name->address : name->name;
}

static bool
same_kind(const struct fold_name *a, const struct fold_name *b)
{
	return (a->address == NULL) == (b->address == NULL);
}

/* How many of the names, or of their addresses, count up. */
static size_t
run_length(const struct fold_name *names, size_t n, bool address)
{
	struct run run;
	size_t k = 1;

	if (n < 2 || !same_kind(&names[0], &names[1]) ||
	    !run_begin(
		&run, text_of(&names[0], address), text_of(&names[1], address)))
		return 1;
	while (k < n && same_kind(&names[0], &names[k]) &&
	       run_continues(&run, k, text_of(&names[k], address)))
		k++;
	return k;
}

static void
put_run(
    struct buffer *out, const struct fold_name *names, size_t n, bool address)
{
	const char *first = text_of(&names[0], address);
	char digits[32];
	struct run run;

	if (n == 1 || !run_begin(&run, first, text_of(&names[1], address))) {
		buffer_puts(out, first);
		return;
	}
	(void)run_digits(&run, n - 1, digits);
	buffer_printf(out, "%.*s[%.*s-%s]%s", (int)run.at, first,
	    (int)run.width, first + run.at, digits, first + run.at + run.width);
}

size_t
fold(const struct fold_name *names, size_t n, struct buffer *name,
    struct buffer *address)
{
	size_t k = run_length(
	    names, n < HOSTLIST_MAX ? n : HOSTLIST_MAX, false);

	if (names[0].address != NULL)
		k = run_length(names, k, true);
	put_run(name, names, k, false);
	if (names[0].address != NULL)
		put_run(address, names, k, true);
	return k;
}
