#include "hash.h"

#include <string.h>
#include <sys/random.h>

#include "clock.h"

/* Both halves of a 64 by 64 bit product, folded: every bit in reaches every
   bit out. */
static uint64_t
mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

void
hash_key_draw(struct hash_key *key)
{
	ssize_t n;

	n = getrandom(key->words, sizeof(key->words), GRND_NONBLOCK);
	if (n != (ssize_t)sizeof(key->words)) {
		/* Early in boot: a poor key still makes a working table. */
		key->words[0] = (uint64_t)clock_mono_ns();
		key->words[1] = (uint64_t)(uintptr_t)key;
	}
	/* An even factor would lose bits. */
	key->words[1] |= 1;
}

uint64_t
hash_bytes(
    const struct hash_key *key, uint64_t hash, const void *bytes, size_t size)
{
	const uint8_t *p = bytes;
	uint64_t word;
	size_t left;

	/* The size is part of it: "a" "bc" is not "ab" "c". */
	hash = mix(hash ^ key->words[0] ^ size, key->words[1]);
	for (left = size; left >= sizeof(word); left -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		hash = mix(hash ^ word ^ key->words[0], key->words[1]);
		p += sizeof(word);
	}
	word = 0;
	memcpy(&word, p, left);
	return mix(hash ^ word ^ key->words[0], key->words[1]);
}
