/*
 * profile: a profile of the snmp collector to begin with.  Numbers and states
 * are read, texts name the rows; what is left out stands in comments.
 */
#include "mib.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct profile {
	const struct objects *objects;
	struct buffer *out;
	struct ber_bytes root; /* size 0: everything */
	const char *module;    /* NULL: any */
};

static bool
is_meant(const struct profile *p, const struct object *o)
{
	return ber_oid_below(o->oid, p->root) &&
	       (p->module == NULL || strcmp(o->module, p->module) == 0);
}

/* The row that a column belongs to; NULL for scalars. */
static const struct object *
row_of(const struct profile *p, const struct object *o)
{
	struct ber_bytes above = o->oid;
	const struct object *row;

	/* Without the last number, which may have more bytes than one. */
	do
		above.size--;
	while (above.size > 0 && above.data[above.size - 1] >= 0x80);
	row = objects_by_oid(p->objects, above);
	return row != NULL && row->syntax == OBJECT_ROW ? row : NULL;
}

static bool
is_index(const struct object *row, const struct object *o)
{
	size_t i;

	for (i = 0; i < row->n_indices; i++)
		if (strcmp(row->indices[i], o->name) == 0)
			return true;
	return false;
}

static bool
is_number(const struct object *o)
{
	return o->syntax <= OBJECT_GAUGE32;
}

static bool
is_text(const struct object *o)
{
	size_t digits = strspn(o->hint, "0123456789");

	return o->syntax == OBJECT_OCTETS && digits > 0 &&
	       (o->hint[digits] == 'a' || o->hint[digits] == 't') &&
	       o->hint[digits + 1] == '\0';
}

/* "  ifInOctets: IF-MIB::ifInOctets  # counter32, By" */
static void
put_source(struct buffer *b, const struct object *o, const char *indent)
{
	buffer_printf(b, "%s%s%s: %s::%s  # %s", indent,
	    is_number(o) ? "" : "# ", o->name, o->module, o->name,
	    object_syntax_name(o->syntax));
	if (*o->unit != '\0')
		buffer_printf(b, ", %s", o->unit);
	buffer_putc(b, '\n');
}

static bool
is_scalar(const struct profile *p, const struct object *o)
{
	return is_meant(p, o) && o->syntax < OBJECT_NODE &&
	       row_of(p, o) == NULL;
}

static void
put_scalars(struct profile *p)
{
	const struct object *o;
	bool any = false;
	size_t i;

	for (i = 0; (o = objects_at(p->objects, i)) != NULL; i++)
		any = any || (is_scalar(p, o) && is_number(o));
	if (!any)
		return;
	buffer_puts(p->out, "get:\n");
	for (i = 0; (o = objects_at(p->objects, i)) != NULL; i++)
		if (is_scalar(p, o))
			put_source(p->out, o, "  ");
}

/* How good a column's name is to tell rows apart; 0: not at all. */
static int
rank(const struct object *o)
{
	static const char *const words[] = { "Path", "Device", "Label", "Descr",
		"Alias", "Name" };
	int i, best = 1;

	if (!is_text(o))
		return 0;
	for (i = 0; i < (int)(sizeof(words) / sizeof(words[0])); i++)
		if (strstr(o->name, words[i]) != NULL)
			best = i + 2;
	return best;
}

/* Columns follow their row; from number i on. */
static void
put_row_names(struct profile *p, const struct object *row, size_t i)
{
	const struct object *o;
	const char *before = "    row: [";
	int wanted;
	size_t j;

	for (wanted = 7; wanted > 0; wanted--)
		for (j = i; (o = objects_at(p->objects, j)) != NULL &&
			    ber_oid_below(o->oid, row->oid);
		     j++) {
			if (row_of(p, o) != row || rank(o) != wanted)
				continue;
			buffer_printf(
			    p->out, "%s%s::%s", before, o->module, o->name);
			before = ", ";
		}
	if (*before == ',')
		buffer_puts(p->out, "]\n");
}

static bool
has_numbers(struct profile *p, const struct object *row, size_t i)
{
	const struct object *o;

	for (; (o = objects_at(p->objects, i)) != NULL &&
	       ber_oid_below(o->oid, row->oid);
	     i++)
		if (row_of(p, o) == row && is_number(o) && !is_index(row, o))
			return true;
	return false;
}

static void
put_row(struct profile *p, const struct object *row, size_t i)
{
	const struct object *o;

	buffer_printf(
	    p->out, "  - columns:  # %s::%s\n", row->module, row->name);
	for (size_t j = i; (o = objects_at(p->objects, j)) != NULL &&
			   ber_oid_below(o->oid, row->oid);
	     j++)
		if (row_of(p, o) == row && !is_index(row, o))
			put_source(p->out, o, "      ");
	put_row_names(p, row, i);
}

static void
put_tables(struct profile *p)
{
	const struct object *row;
	bool any = false;
	size_t i;

	for (i = 0; (row = objects_at(p->objects, i)) != NULL; i++) {
		if (row->syntax != OBJECT_ROW || !is_meant(p, row) ||
		    !has_numbers(p, row, i + 1))
			continue;
		if (!any)
			buffer_puts(p->out, "table:\n");
		any = true;
		put_row(p, row, i + 1);
	}
}

/* ----------------------------------------------------------- what of ----- */

static const char *
module_named(const struct objects *o, const char *name)
{
	const struct object *object;
	size_t i;

	for (i = 0; (object = objects_at(o, i)) != NULL; i++)
		if (strcmp(object->module, name) == 0)
			return object->module;
	return NULL;
}

/* 1.3.6.1.4.1.9.1.516: all that is known of vendor 9. */
static bool
vendor_of(struct ber_bytes oid, struct oid *ret)
{
	uint32_t numbers[BER_OID_MAX];
	struct oid enterprises;

	if (oid_parse("1.3.6.1.4.1", &enterprises, NULL) != 0 ||
	    !ber_oid_below(oid, oid_bytes(&enterprises)) ||
	    ber_oid_numbers(oid, numbers) < 7)
		return false;
	ret->size = (uint16_t)ber_oid_encode(numbers, 7, ret->bytes);
	return true;
}

static int
put_profile(struct profile *p, const char *what, const char *sysobjectid)
{
	size_t before;

	buffer_printf(p->out,
	    "# To be cut down to what is needed; made by: farmctl mib profile "
	    "%s\n"
	    "summary: %s\n",
	    what, what);
	if (sysobjectid != NULL)
		buffer_printf(p->out, "for: [%s]\n", sysobjectid);
	before = p->out->size;
	put_scalars(p);
	put_tables(p);
	if (p->out->size == before)
		return mib_fail(MIB_FAILED,
		    "\"%s\": no objects are known of it; --mibs adds MIB files",
		    what);
	return MIB_FINE;
}

static int
profile_of(struct profile *p, const char *what)
{
	struct buffer number = BUFFER_INIT;
	const struct object *object;
	struct oid oid, vendor;
	struct error err;
	int code;

	p->module = module_named(p->objects, what);
	if (p->module != NULL)
		return put_profile(p, what, NULL);
	if (objects_resolve(p->objects, what, &oid, &object, &err) != 0)
		return mib_fail(MIB_FAILED, "%s", err.text);
	p->root = oid_bytes(&oid);
	if (object != NULL && object->syntax != OBJECT_NODE &&
	    object->oid.size == oid.size)
		return put_profile(p, what, NULL);
	if (!vendor_of(oid_bytes(&oid), &vendor))
		return put_profile(p, what, NULL);
	p->root = oid_bytes(&vendor);
	oid_print(&number, oid_bytes(&oid));
	code = put_profile(p, what, buffer_text(&number));
	buffer_free(&number);
	return code;
}

int
mib_profile(const struct mib *mib, int argc, char **argv)
{
	struct objects *o = mib_objects(mib);
	struct buffer out = BUFFER_INIT;
	struct profile p = {
		.objects = o, .out = &out, .root.data = (const uint8_t *)""
	};
	int code;

	(void)argc;
	if (o == NULL)
		return MIB_FAILED;
	code = profile_of(&p, argv[0]);
	if (code == MIB_FINE)
		code = mib_write(mib, &out);
	buffer_free(&out);
	objects_free(o);
	return code;
}
