/*
 * postgres_rows.c - PostgreSQL's binary COPY format: each field a length and
 * bytes, everything in network order.
 */
#include "postgres.h"

#include <endian.h>
#include <string.h>

/* Types' numbers that never change (pg_type.dat). */
enum { OID_BYTEA = 17, OID_INT8 = 20, OID_FLOAT8 = 701 };

static void
put16(struct buffer *b, uint16_t v)
{
	v = htobe16(v);
	buffer_put(b, &v, sizeof(v));
}

static void
put32(struct buffer *b, uint32_t v)
{
	v = htobe32(v);
	buffer_put(b, &v, sizeof(v));
}

static void
put64(struct buffer *b, uint64_t v)
{
	v = htobe64(v);
	buffer_put(b, &v, sizeof(v));
}

void
pg_rows_begin(struct buffer *b)
{
	buffer_clear(b);
	buffer_put(b, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
}

void
pg_put_end(struct buffer *b)
{
	put16(b, UINT16_MAX);
}

void
pg_row(struct buffer *b, int n_fields)
{
	put16(b, (uint16_t)n_fields);
}

void
pg_put_null(struct buffer *b)
{
	put32(b, UINT32_MAX);
}

void
pg_put_int16(struct buffer *b, int16_t v)
{
	put32(b, sizeof(v));
	put16(b, (uint16_t)v);
}

void
pg_put_int32(struct buffer *b, int32_t v)
{
	put32(b, sizeof(v));
	put32(b, (uint32_t)v);
}

void
pg_put_int64(struct buffer *b, int64_t v)
{
	put32(b, sizeof(v));
	put64(b, (uint64_t)v);
}

void
pg_put_bytes(struct buffer *b, const void *bytes, size_t size)
{
	put32(b, (uint32_t)size);
	buffer_put(b, bytes, size);
}

void
pg_put_text(struct buffer *b, const char *text)
{
	pg_put_bytes(b, text, strlen(text));
}

/* One dimension from 1 on, no NULLs. */
static void
put_array_head(struct buffer *b, uint32_t type, size_t n, size_t bytes)
{
	put32(b, (uint32_t)(20 + 4 * n + bytes));
	put32(b, 1);
	put32(b, 0);
	put32(b, type);
	put32(b, (uint32_t)n);
	put32(b, 1);
}

/* The same 64 bits whichever of the types it is; a boolean is 0 or 1. */
static uint64_t
bits(const struct farm_value *v)
{
	return v->type == FARM_BOOLEAN ? v->boolean : v->uint64;
}

static void
put_numbers(
    struct buffer *b, uint32_t type, const struct sample *samples, size_t n)
{
	const uint32_t length = htobe32(8);
	uint64_t v;
	char *p;

	put_array_head(b, type, n, 8 * n);
	p = buffer_room(b, 12 * n);
	if (p == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		v = htobe64(bits(samples[i].value));
		memcpy(p + 12 * i, &length, 4);
		memcpy(p + 12 * i + 4, &v, 8);
	}
	buffer_added(b, 12 * n);
}

static void
put_texts(struct buffer *b, const struct sample *samples, size_t n)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += samples[i].value->length;
	put_array_head(b, OID_BYTEA, n, bytes);
	for (size_t i = 0; i < n; i++)
		pg_put_bytes(
		    b, samples[i].value->text, samples[i].value->length);
}

void
pg_put_arrays(struct buffer *b, const struct sample *samples, size_t n)
{
	switch (samples[0].value->type) {
	case FARM_DOUBLE:
		put_numbers(b, OID_FLOAT8, samples, n);
		pg_put_null(b);
		pg_put_null(b);
		break;
	case FARM_TEXT:
		pg_put_null(b);
		pg_put_null(b);
		put_texts(b, samples, n);
		break;
	default:
		pg_put_null(b);
		put_numbers(b, OID_INT8, samples, n);
		pg_put_null(b);
	}
}

int16_t
pg_get_int16(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return (int16_t)be16toh(v);
}

int32_t
pg_get_int32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return (int32_t)be32toh(v);
}

int64_t
pg_get_int64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return (int64_t)be64toh(v);
}
