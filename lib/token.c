#include "token.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>
#include <sys/random.h>

#define PREFIX "sha256:"

static void
put_hex(struct buffer *b, const uint8_t *bytes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		buffer_printf(b, "%02x", bytes[i]);
}

int
token_new(struct buffer *b, struct error *err)
{
	uint8_t bytes[32];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return error_set(err, "no random numbers: %m");
	buffer_puts(b, "farm-");
	put_hex(b, bytes, sizeof(bytes));
	explicit_bzero(bytes, sizeof(bytes));
	return buffer_failed(b) ? error_set(err, "out of memory") : 0;
}

int
token_digest(const char *token, struct token_digest *ret)
{
	return gnutls_hash_fast(
		   GNUTLS_DIG_SHA256, token, strlen(token), ret->bytes) == 0
		   ? 0
		   : -1;
}

bool
token_equal(const struct token_digest *a, const struct token_digest *b)
{
	return gnutls_memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

void
token_print(struct buffer *b, const struct token_digest *digest)
{
	buffer_puts(b, PREFIX);
	put_hex(b, digest->bytes, sizeof(digest->bytes));
}

static int
digit_of(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

int
token_parse(const char *text, struct token_digest *ret, struct error *err)
{
	const char *hex = text + strlen(PREFIX);
	struct token_digest digest;
	size_t i;

	if (strncmp(text, PREFIX, strlen(PREFIX)) != 0 ||
	    strlen(hex) != 2 * sizeof(digest.bytes))
		goto bad;
	for (i = 0; i < sizeof(digest.bytes); i++) {
		int high = digit_of(hex[2 * i]);
		int low = digit_of(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			goto bad;
		digest.bytes[i] = (uint8_t)(high << 4 | low);
	}
	*ret = digest;
	return 0;
bad:
	return error_set(err,
	    "a token stands here as sha256: and 64 digits 0-9a-f, which "
	    "farmctl token prints");
}
