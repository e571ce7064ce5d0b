#include "path.h"

int
path_init(struct path *p, const char *text)
{
	struct slice rest = { text, strcspn(text, "?") };
	struct slice part;

	*p = (struct path){ 0 };
	if (slice_cut(&rest, '/').length != 0 || *text != '/')
		return -1;
	while (rest.length > 0) {
		part = slice_cut(&rest, '/');
		if (part.length == 0)
			continue;
		if (p->n == PATH_PARTS_MAX)
			return -1;
		p->parts[p->n++] = part;
	}
	p->found = p->n == 0;
	return 0;
}

bool
path_enter(struct path *p, struct slice name)
{
	struct slice part;

	if (p->depth == PATH_DEPTH_MAX)
		return false;
	p->taken[p->depth] = p->matched < p->n;
	if (p->taken[p->depth]) {
		part = p->parts[p->matched];
		if (part.length != name.length ||
		    memcmp(part.text, name.text, name.length) != 0)
			return false;
		p->matched++;
		p->found |= p->matched == p->n;
	}
	p->depth++;
	return true;
}

void
path_leave(struct path *p)
{
	/* Without parts nothing was entered. */
	if (p->depth == 0)
		return;
	p->depth--;
	if (p->taken[p->depth])
		p->matched--;
}
