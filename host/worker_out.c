/* To a worker: messages, descriptors with some of them, as it takes them. */
#include "worker_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A worker that lets so many bytes wait reads no more. */
#define OUT_MAX (64 << 20)

int
worker_attach(struct worker *w, int fd)
{
	struct worker_fd *grown = reallocarray(
	    w->fds, w->n_fds + 1, sizeof(*grown));
	int copy;

	if (grown == NULL)
		return -1;
	w->fds = grown;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0)
		return -1;
	grown[w->n_fds++] = (struct worker_fd){ .at = w->out.size, .fd = copy };
	return 0;
}

void
worker_forget_out(struct worker *w)
{
	while (w->n_fds > 0)
		close(w->fds[--w->n_fds].fd);
	buffer_clear(&w->out);
	w->sent = 0;
	w->dirty = false;
}

static void
attach(struct msghdr *h, void *control, int fd)
{
	struct cmsghdr *cm;

	h->msg_control = control;
	h->msg_controllen = CMSG_SPACE(sizeof(fd));
	cm = CMSG_FIRSTHDR(h);
	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cm), &fd, sizeof(fd));
}

/* Up to the next byte that a descriptor goes with, and that descriptor. */
static ssize_t
send_piece(struct worker *w)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	bool with_fd = w->n_fds > 0 && w->fds[0].at == w->sent;
	size_t next = w->n_fds > (with_fd ? 1u : 0u) ? w->fds[with_fd].at
						     : w->out.size;
	struct iovec piece = { .iov_base = w->out.data + w->sent,
		.iov_len = next - w->sent };
	struct msghdr h = { .msg_iov = &piece, .msg_iovlen = 1 };
	ssize_t n;

	if (with_fd)
		attach(&h, &control, w->fds[0].fd);
	n = sendmsg(w->fd, &h, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0 && with_fd) {
		close(w->fds[0].fd);
		memmove(w->fds, w->fds + 1, --w->n_fds * sizeof(*w->fds));
	}
	return n;
}

void
worker_send(struct worker *w)
{
	ssize_t n;

	if (buffer_failed(&w->out) || w->out.size - w->sent > OUT_MAX) {
		worker_end(w,
		    buffer_failed(&w->out) ? "out of memory" : "does not read");
		return;
	}
	w->dirty = false;
	if (w->state != WORKER_STARTING && w->state != WORKER_UP)
		return;
	while (w->sent < w->out.size) {
		n = send_piece(w);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			workers_wake(w->workers); /* to wait for room */
		/* If it is gone, the thread hears of it. */
		if (n < 0)
			return;
		w->sent += (size_t)n;
	}
	buffer_clear(&w->out);
	w->sent = 0;
}
