#include "serve.h"

#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "serve_http.h"
#include "socket.h"
#include "subscribe.h"

struct serve {
	struct farm *farm;
	struct http *local;  /* the Unix socket */
	struct http *reader; /* TCP, reading only */
	char *path;          /* of the Unix socket, to be removed */
};

/* Root, the daemon's user, and one group if it is configured. */
static int
set_access(const char *path, const char *group, struct error *err)
{
	struct group *g;

	if (group == NULL || group[0] == '\0')
		return chmod(path, 0600) < 0 ? error_set(err, "%s: %m", path)
					     : 0;
	g = getgrnam(group);
	if (g == NULL)
		return error_set(
		    err, "socket_group: there is no group \"%s\"", group);
	if (chown(path, (uid_t)-1, g->gr_gid) < 0 || chmod(path, 0660) < 0)
		return error_set(err, "%s: %m", path);
	return 0;
}

static int
open_local(struct serve *s, struct error *err)
{
	const char *path = s->farm->config->socket;
	int fd;

	if (path[0] == '\0')
		return 0;
	fd = socket_unix(path, err);
	if (fd < 0)
		return -1;
	s->path = strdup(path);
	if (s->path == NULL)
		error_set(err, "out of memory");
	else if (set_access(path, s->farm->config->socket_group, err) == 0 &&
		 http_start(&s->local, s->farm, fd, NULL, err) == 0)
		return 0;
	close(fd);
	return -1;
}

static int
open_reader(struct serve *s, struct error *err)
{
	const struct farm_address *address = &s->farm->config->http.address;
	int fd;

	if (address->text[0] == '\0')
		return 0;
	fd = socket_tcp(address->host, address->port, err);
	if (fd < 0)
		return error_prefix(err, "http");
	if (http_start(&s->reader, s->farm, fd, address->host, err) == 0)
		return 0;
	close(fd);
	return -1;
}

int
serve_start(struct serve **ret, struct farm *farm, struct error *err)
{
	struct serve *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return error_set(err, "out of memory");
	s->farm = farm;
	if (open_local(s, err) < 0 || open_reader(s, err) < 0) {
		serve_stop(s);
		return -1;
	}
	*ret = s;
	return 0;
}

void
serve_stop(struct serve *s)
{
	if (s == NULL)
		return;
	hub_stop(s->farm->hub);
	http_stop(s->local);
	http_stop(s->reader);
	if (s->path != NULL)
		(void)unlink(s->path);
	free(s->path);
	free(s);
}
