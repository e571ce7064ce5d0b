#include "naming.h"

#include <string.h>

int
naming_open(struct farm_host *host, struct naming *n,
    const struct naming_options *options)
{
	char reason[256];
	int rc;

	n->of = options->of;
	n->any = options->pattern[0] == '\0';
	if (n->any)
		return 0;
	rc = regcomp(&n->regex, options->pattern, REG_EXTENDED);
	if (rc != 0) {
		regerror(rc, &n->regex, reason, sizeof(reason));
		n->any = true;
		return farm_fail(
		    host, "pattern: \"%s\": %s", options->pattern, reason);
	}
	n->n_groups = n->regex.re_nsub + 1;
	return 0;
}

void
naming_close(struct naming *n)
{
	if (n->n_groups > 0)
		regfree(&n->regex);
	n->n_groups = 0;
}

int
naming_template(struct farm_host *host, const struct naming *n,
    const char *option, const char *text, struct template **ret)
{
	struct error err;

	*ret = NULL;
	if (text[0] != '\0' && template_new(ret, text, n->n_groups, &err) != 0)
		return farm_fail(host, "%s: %s", option, err.text);
	return 0;
}

static const char *
subject_of(const struct naming *n, const struct farm_series *s)
{
	const char *const names[] = { s->parameter, s->node, s->cluster,
		s->farm };

	return names[n->of];
}

bool
naming_matches(const struct naming *n, const struct farm_spec *spec,
    struct naming_match *ret)
{
	ret->names = (struct farm_series){
		.farm = spec->farm,
		.cluster = spec->cluster,
		.node = spec->node,
		.parameter = spec->parameter,
	};
	ret->subject = subject_of(n, &ret->names);
	if (n->any)
		return true;
	/* The longest of the leftmost matches: the whole, if that can be. */
	return regexec(&n->regex, ret->subject, TEMPLATE_GROUPS, ret->groups,
		   0) == 0 &&
	       ret->groups[0].rm_so == 0 &&
	       ret->subject[ret->groups[0].rm_eo] == '\0';
}

void
naming_print(
    const struct template *t, const struct naming_match *m, struct buffer *b)
{
	template_print(t, b, &m->names, m->subject, m->groups);
	buffer_putc(b, '\0');
}
