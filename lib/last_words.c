#include "last_words.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A signal handler is given nothing else. */
static struct {
	pid_t self;
	const char *kind;
	const char *(*who)(void);
	const char *(*doing)(void);
} watch;

/* Safe in a signal handler; a line to stderr, which farmd reads. */
static void
last_words(const char *what)
{
	const char *who = watch.who(), *doing = watch.doing();
	const char *parts[] = { watch.kind, " ", who[0] != '\0' ? who : "?",
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
	if (getpid() == watch.self)
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
	if (getpid() != watch.self)
		return;
	last_words("called exit()");
	_exit(status);
}

void
last_words_watch(
    const char *kind, const char *(*who)(void), const char *(*doing)(void))
{
	static const int numbers[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE,
		SIGILL };
	struct sigaction action = { .sa_handler = on_signal,
		.sa_flags = (int)SA_RESETHAND | SA_NODEFER };
	size_t i;

	watch.self = getpid();
	watch.kind = kind;
	watch.who = who;
	watch.doing = doing;
	sigemptyset(&action.sa_mask);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)sigaction(numbers[i], &action, NULL);
	(void)on_exit(on_exit_called, NULL);
}
