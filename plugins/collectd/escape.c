/* escape.c - characters that mean something elsewhere. */
#include "abi.h"

/* "/" is "root", "/a/b" is "a_b". */
int
escape_slashes(char *buffer, size_t buffer_size)
{
	size_t length = strlen(buffer);
	char *slash;

	if (length <= 1) {
		if (strcmp(buffer, "/") != 0)
			return 0;
		if (buffer_size < sizeof("root"))
			return -1;
		strcpy(buffer, "root");
		return 0;
	}
	if (buffer[0] == '/')
		memmove(buffer, buffer + 1, length);
	for (slash = buffer; (slash = strchr(slash, '/')) != NULL;)
		*slash = '_';
	return 0;
}

int
escape_string(char *buffer, size_t buffer_size)
{
	char *copy, *from;
	size_t n = 0;

	if (strpbrk(buffer, " \t\"\\") == NULL)
		return 0;
	if (buffer_size < 3)
		return EINVAL;
	copy = strdup(buffer);
	if (copy == NULL)
		return ENOMEM;
	buffer[n++] = '"';
	for (from = copy; *from != '\0'; from++) {
		/* A quote and the NUL always follow. */
		if (*from == '"' || *from == '\\') {
			if (n + 4 > buffer_size)
				break;
			buffer[n++] = '\\';
		} else if (n + 3 > buffer_size)
			break;
		buffer[n++] = *from;
	}
	buffer[n++] = '"';
	buffer[n] = '\0';
	free(copy);
	return 0;
}

void
replace_special(char *buffer, size_t buffer_size)
{
	size_t i;

	for (i = 0; i < buffer_size && buffer[i] != '\0'; i++)
		if (!isalnum((unsigned char)buffer[i]) && buffer[i] != '-')
			buffer[i] = '_';
}

static char
unescaped(char c)
{
	switch (c) {
	case 't':
		return '\t';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	default:
		return c;
	}
}

int
strunescape(char *buf, size_t buf_len)
{
	size_t from, to = 0;

	for (from = 0; from < buf_len && buf[from] != '\0'; from++) {
		if (buf[from] != '\\') {
			buf[to++] = buf[from];
			continue;
		}
		if (++from >= buf_len || buf[from] == '\0') {
			plugin_log(LOG_ERR,
			    "a backslash at the end of \"%.*s\"", (int)to, buf);
			return -1;
		}
		buf[to++] = unescaped(buf[from]);
	}
	if (to < buf_len)
		buf[to] = '\0';
	return 0;
}
