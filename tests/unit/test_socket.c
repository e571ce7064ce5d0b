/* The mode of a Unix socket, and what making one does to other threads. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "socket.h"
/* Its macros have the names of functions: last. */
#include "unit.h"

#define ROUNDS 300

static atomic_bool over;

/* Of the whole process, without changing it; -1 if it is not told. */
static int
umask_now(void)
{
	unsigned mask;
	char line[256];
	int found = -1;
	FILE *f;

	f = fopen("/proc/self/status", "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "Umask: %o", &mask) == 1)
			found = (int)mask;
	if (f != NULL)
		fclose(f);
	return found;
}

static void *
watch(void *ret)
{
	int *strange = ret;
	int mask;

	while (!over) {
		mask = umask_now();
		if (mask != 0022)
			*strange = mask;
	}
	return NULL;
}

/* Folders and workers of other threads must not get another mode meanwhile. */
static void
test_umask_stays(void **state)
{
	char folder[] = "/tmp/farm-socket-XXXXXX", path[64];
	int i, fd, strange = -1;
	pthread_t watcher;
	struct error err;
	struct stat st;

	(void)state;
	(void)umask(0022);
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/a/socket", folder);
	assert_int_equal(pthread_create(&watcher, NULL, watch, &strange), 0);
	for (i = 0; i < ROUNDS; i++) {
		fd = socket_unix(path, &err);
		assert_true(fd >= 0);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		close(fd);
	}
	over = true;
	pthread_join(watcher, NULL);
	assert_int_equal(strange, -1);
	unlink(path);
	path[strlen(path) - strlen("/socket")] = '\0';
	rmdir(path);
	rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(
	    test_umask_stays) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
