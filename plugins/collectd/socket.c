/* socket.c - ports by name, and what every socket of a plugin is given. */
#include "abi.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

int
service_name_to_port_number(const char *service_name)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC }, *list = NULL, *ai;
	int port = -1, status;

	if (service_name == NULL)
		return -1;
	status = getaddrinfo(NULL, service_name, &hints, &list);
	if (status != 0) {
		plugin_log(LOG_ERR, "port \"%s\": %s", service_name,
		    gai_strerror(status));
		return -1;
	}
	for (ai = list; ai != NULL && port <= 0; ai = ai->ai_next) {
		if (ai->ai_family == AF_INET)
			port = ntohs(((struct sockaddr_in *)(void *)ai->ai_addr)
					 ->sin_port);
		else if (ai->ai_family == AF_INET6)
			port = ntohs(
			    ((struct sockaddr_in6 *)(void *)ai->ai_addr)
				->sin6_port);
	}
	freeaddrinfo(list);
	return port > 0 ? port : -1;
}

/* A peer that is gone is noticed within ten intervals or so. */
void
set_sock_opts(int sockfd)
{
	int type = 0, on = 1, interval;
	socklen_t size = sizeof(type);

	if (getsockopt(sockfd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
		plugin_log(LOG_WARNING, "socket %d: %s", sockfd, STRERRNO);
		return;
	}
	if (type != SOCK_STREAM)
		return;
	if (setsockopt(sockfd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) != 0)
		plugin_log(LOG_WARNING, "keepalive: %s", STRERRNO);
	interval = (int)CDTIME_T_TO_TIME_T(plugin_get_interval());
	if (interval < 1)
		interval = 1;
	/* A unix socket has none of these. */
	(void)setsockopt(
	    sockfd, IPPROTO_TCP, TCP_KEEPIDLE, &interval, sizeof(interval));
	(void)setsockopt(
	    sockfd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
}
