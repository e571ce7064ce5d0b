/* A listener that counts datagrams, over restarts, and dies when one says so.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <farm/module.h>

struct listens {
	struct farm_address address;
	uint64_t count;
};

static const struct farm_option listens_options[] = {
	FARM_OPTION_ADDRESS("address", struct listens, address, NULL,
	    FARM_LISTEN, "where datagrams come"),
	FARM_OPTION_END
};

static int
listens_open(struct farm_host *host, void *state)
{
	struct listens *l = state;
	size_t size;
	const void *bytes = farm_restore(host, &size);

	if (bytes != NULL && size == sizeof(l->count))
		memcpy(&l->count, bytes, size);
	return 0;
}

static int
listens_listen(
    struct farm_host *host, void *state, int fd, uint32_t events, void *cookie)
{
	struct listens *l = state;
	char text[64];
	ssize_t n = recv(fd, text, sizeof(text), 0);

	(void)events, (void)cookie;
	if (n == 3 && memcmp(text, "die", 3) == 0)
		abort();
	if (n == 4 && memcmp(text, "fail", 4) == 0)
		return farm_fail(host, "told to fail");
	l->count++;
	if (farm_emit(host, NULL, farm_uint64(l->count), .node = "here",
		.parameter = "count", .lifetime_ns = 3600000000000) != 0)
		return -1;
	return farm_checkpoint(host, &l->count, sizeof(l->count));
}

FARM_MODULE(listens, FARM_COLLECTOR) = {
	.summary = "counts datagrams",
	.options = listens_options,
	.state_size = sizeof(struct listens),
	.needs = FARM_NEEDS_NETWORK,
	.open = listens_open,
	.listen = listens_listen,
};
