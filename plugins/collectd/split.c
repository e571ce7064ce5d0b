/* split.c - words of a line, words made a line, and arrays of them. */
#include "abi.h"

int
strsplit(char *string, char **fields, size_t size)
{
	char *rest = NULL, *word = string;
	size_t n = 0;

	while (n < size && (word = strtok_r(n == 0 ? string : NULL, " \t\r\n",
				&rest)) != NULL)
		fields[n++] = word;
	return (int)n;
}

/* As much of the text as fits; what was there ends in NUL again. */
static void
append(char *dst, size_t size, size_t *used, const char *text, size_t length)
{
	if (length > size - 1 - *used)
		length = size - 1 - *used;
	memcpy(dst + *used, text, length);
	*used += length;
	dst[*used] = '\0';
}

int
strjoin(char *dst, size_t dst_len, char **fields, size_t fields_num,
    const char *sep)
{
	size_t i, between = sep == NULL ? 0 : strlen(sep);
	size_t length, used = 0, whole = 0;
	bool room = dst_len > 0;

	if ((fields_num > 0 && fields == NULL) || (dst == NULL && dst_len > 0))
		return -EINVAL;
	if (dst != NULL && dst_len > 0)
		dst[0] = '\0';
	for (i = 0; i < fields_num; i++) {
		length = strlen(fields[i]);
		if (i > 0) {
			/* A separator is worth nothing without what follows. */
			room = room && used + between + 1 < dst_len;
			if (room)
				append(dst, dst_len, &used,
				    sep == NULL ? "" : sep, between);
			whole += between;
		}
		if (room)
			append(dst, dst_len, &used, fields[i], length);
		whole += length;
	}
	return whole > INT_MAX ? -EOVERFLOW : (int)whole;
}

int
strarray_add(char ***ret_array, size_t *ret_array_len, const char *str)
{
	char *copy, **grown;

	if (str == NULL)
		return EINVAL;
	copy = strdup(str);
	if (copy == NULL)
		return ENOMEM;
	grown = reallocarray(*ret_array, *ret_array_len + 1, sizeof(*grown));
	if (grown == NULL) {
		free(copy);
		return ENOMEM;
	}
	grown[(*ret_array_len)++] = copy;
	*ret_array = grown;
	return 0;
}

void
strarray_free(char **array, size_t array_len)
{
	size_t i;

	for (i = 0; i < array_len; i++)
		free(array[i]);
	free(array);
}
