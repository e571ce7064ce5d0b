#include "crash.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "context.h"

static pid_t self;

/* Safe in a signal handler; a line to stderr, which farmd reads. */
static void
last_words(const char *what)
{
	const char *plugin = context_plugin(), *doing = context_doing();
	const char *parts[] = { "plugin ", plugin[0] != '\0' ? plugin : "?",
		" ", what, " in its ", doing[0] != '\0' ? doing : "thread",
		"\n" };
	char line[512] = "";
	size_t i, n = 0, length;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		length = strlen(parts[i]);
		if (length > sizeof(line) - n)
			break;
		memcpy(line + n, parts[i], length);
		n += length;
	}
	(void)!write(STDERR_FILENO, line, n);
}

/* It came with SA_RESETHAND: the signal that follows ends the process. */
static void
on_signal(int number)
{
	if (getpid() == self)
		last_words(number == SIGABRT   ? "called abort()"
			   : number == SIGSEGV ? "got SIGSEGV"
			   : number == SIGBUS  ? "got SIGBUS"
			   : number == SIGFPE  ? "got SIGFPE"
					       : "got SIGILL");
	(void)raise(number);
}

/* Our own way out is _exit(). */
static void
on_exit_called(int status, void *unused)
{
	(void)unused;
	if (getpid() != self)
		return;
	last_words("called exit()");
	_exit(status);
}

void
crash_watch(void)
{
	static const int numbers[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE,
		SIGILL };
	struct sigaction action = { .sa_handler = on_signal,
		.sa_flags = (int)SA_RESETHAND | SA_NODEFER };
	size_t i;

	self = getpid();
	sigemptyset(&action.sa_mask);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)sigaction(numbers[i], &action, NULL);
	(void)on_exit(on_exit_called, NULL);
}
