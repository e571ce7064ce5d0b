#include "config.h"

#include "apmon.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct slice
trimmed(struct slice s)
{
	for (; s.length > 0 && is_blank(*s.text); s.length--)
		s.text++;
	while (s.length > 0 && is_blank(s.text[s.length - 1]))
		s.length--;
	return s;
}

/* Up to the first blank, which is dropped with those behind it. */
static struct slice
take_word(struct slice *rest)
{
	struct slice word = *rest;
	size_t i;

	for (i = 0; i < rest->length && !is_blank(rest->text[i]); i++)
		;
	word.length = i;
	*rest = trimmed((struct slice){ rest->text + i, rest->length - i });
	return word;
}

static bool
port_of(struct slice text, uint32_t *ret)
{
	uint32_t port = 0;
	size_t i;

	for (i = 0; i < text.length && i < 6; i++) {
		if (text.text[i] < '0' || text.text[i] > '9')
			return false;
		port = 10 * port + (uint32_t)(text.text[i] - '0');
	}
	*ret = port;
	return i > 0 && i == text.length && port > 0 && port <= UINT16_MAX;
}

/* HOST, HOST:PORT, [ADDRESS], [ADDRESS]:PORT */
static bool
split_address(struct slice word, struct config_entry *e)
{
	struct slice port = word;

	if (word.length > 0 && word.text[0] == '[') {
		port.text++;
		port.length--;
		e->host = slice_cut(&port, ']');
		if (e->host.length + 1 == word.length)
			return false;
		if (port.length > 0 && *port.text != ':')
			return false;
		if (port.length == 0)
			return e->host.length > 0;
		port.text++;
		port.length--;
	} else {
		e->host = slice_cut(&port, ':');
		if (e->host.length == word.length)
			return e->host.length > 0;
	}
	return e->host.length > 0 && port_of(port, &e->port);
}

static enum config_line
parse_setting(struct slice line, struct config_entry *e, struct error *err)
{
	struct slice rest = line;
	struct slice name = slice_cut(&rest, '=');

	if (name.length == line.length) {
		error_set(
		    err, "\"%.*s\" has no value", (int)line.length, line.text);
		return CONFIG_BAD;
	}
	e->name = trimmed(name);
	e->value = trimmed(rest);
	return CONFIG_SETTING;
}

enum config_line
config_parse(struct slice line, struct config_entry *ret, struct error *err)
{
	static const char prefix[] = "xApMon_";
	struct config_entry e = { .port = APMON_PORT, .password = { "", 0 } };
	enum config_line kind = CONFIG_DESTINATION;
	struct slice rest = trimmed(line), word;

	if (rest.length == 0 || *rest.text == '#')
		return CONFIG_NOTHING;
	if (rest.length >= sizeof(prefix) - 1 &&
	    memcmp(rest.text, prefix, sizeof(prefix) - 1) == 0) {
		rest.text += sizeof(prefix) - 1;
		rest.length -= sizeof(prefix) - 1;
		kind = parse_setting(rest, &e, err);
		if (kind == CONFIG_SETTING)
			*ret = e;
		return kind;
	}
	word = take_word(&rest);
	if (!split_address(word, &e)) {
		error_set(err, "\"%.*s\" is not HOST[:PORT]", (int)word.length,
		    word.text);
		return CONFIG_BAD;
	}
	e.password = take_word(&rest);
	if (rest.length > 0 && *rest.text != '#') {
		error_set(err, "\"%.*s\" stands behind the password",
		    (int)rest.length, rest.text);
		return CONFIG_BAD;
	}
	*ret = e;
	return CONFIG_DESTINATION;
}
