#include "serve_peer.h"

#include <string.h>
#include <strings.h>

#include "log.h"
#include "tls.h"

static void
look_at_user(struct peer *p, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct ucred user;
	socklen_t size = sizeof(user);

	p->caller.local = true;
	p->caller.uid = (uid_t)-1;
	if (info == NULL || getsockopt(info->connect_fd, SOL_SOCKET,
				SO_PEERCRED, &user, &size) != 0)
		return;
	p->caller.uid = user.uid;
	p->caller.pid = user.pid;
}

/* "Authorization: Bearer TOKEN" */
static void
look_at_token(struct peer *p, struct MHD_Connection *connection)
{
	const char *header = MHD_lookup_connection_value(
	    connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);

	if (header == NULL || strncasecmp(header, "Bearer ", 7) != 0)
		return;
	header += 7;
	p->caller.token = header + strspn(header, " ");
}

static int
look_at_certificate(struct peer *p, struct tls *tls,
    struct MHD_Connection *connection, struct error *err)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	const gnutls_datum_t *chain;
	unsigned n = 0;

	if (tls == NULL || info == NULL || info->tls_session == NULL)
		return 0;
	chain = gnutls_certificate_get_peers(info->tls_session, &n);
	if (chain == NULL || n == 0)
		return 0;
	if (tls_verify(tls, chain, n, &p->subject) < 0)
		return error_set(
		    err, "the client certificate is not one of this farm's");
	p->caller.subject = buffer_text(&p->subject);
	return 0;
}

static int
look_at_network(struct peer *p, struct tls *tls,
    struct MHD_Connection *connection, struct error *err)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	if (info != NULL)
		p->caller.address = info->client_addr;
	p->caller.uid = (uid_t)-1;
	look_at_token(p, connection);
	return look_at_certificate(p, tls, connection, err);
}

struct access_who *
peer_open(struct peer *p, struct farm *farm, struct MHD_Connection *connection,
    bool local, struct error *err)
{
	struct access *policy = farm_access(farm);
	struct access_who *who = NULL;

	*p = (struct peer){ .subject = BUFFER_INIT };
	if (local)
		look_at_user(p, connection);
	if (local || look_at_network(p, farm->tls, connection, err) == 0)
		who = access_identify(policy, &p->caller, err);
	if (who == NULL)
		log_line(LOG_LEVEL_WARNING, "audit", "refused: %s", err->text);
	access_unref(policy);
	return who;
}

void
peer_close(struct peer *p)
{
	buffer_free(&p->subject);
}
