/* Which way passive results go. */
#include "passive.h"

#include <string.h>

#include "clock.h"

static int
count(const struct outlet_options *o)
{
	return (o->command_file != NULL) + (o->spool != NULL) +
	       (o->nsca.text[0] != '\0') + (o->nrdp != NULL);
}

int
outlet_check(const struct outlet_options *o, struct error *err)
{
	if (count(o) != 1)
		return error_set(err,
		    "one of command_file, spool, nsca and nrdp says where to");
	if (o->nsca.text[0] != '\0' && o->nsca.host[0] == '\0')
		return error_set(
		    err, "nsca: \"%s\" names no host", o->nsca.text);
	if (o->nsca.text[0] != '\0' &&
	    nsca_mix_check((enum nsca_method)o->method, o->password, err) != 0)
		return -1;
	if (o->nrdp != NULL && strncmp(o->nrdp, "http://", 7) != 0 &&
	    strncmp(o->nrdp, "https://", 8) != 0)
		return error_set(err,
		    "nrdp: \"%s\" begins with neither http:// nor https://",
		    o->nrdp);
	if (o->nrdp != NULL && (o->token == NULL || o->token[0] == '\0'))
		return error_set(err, "token: is missing, with nrdp");
	return 0;
}

int
outlet_send(const struct outlet_options *o, const struct passive *first,
    size_t *ret_handed, struct error *err)
{
	int64_t until_ns = clock_mono_ns() + o->timeout_ns;

	*ret_handed = 0;
	if (o->command_file != NULL)
		return command_file_send(
		    o->command_file, first, until_ns, ret_handed, err);
	if (o->spool != NULL)
		return spool_send(o->spool, first, err);
	if (o->nrdp != NULL)
		return nrdp_send(o, first, err);
	return nsca_send(o, first, until_ns, err);
}

void
passive_put_output(struct buffer *b, const char *output)
{
	for (; *output != '\0'; output++)
		if (*output == '\n')
			buffer_puts(b, "\\n");
		else if (*output == '\\')
			buffer_puts(b, "\\\\");
		else
			buffer_putc(b, *output);
}
