/* probe_strings.c - text: copied, split, escaped, substituted. */
#include "probe.h"

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))

static void
copies(FILE *out)
{
	static const size_t sizes[] = { 1, 2, 4, 8 };
	char buffer[16];
	size_t i;

	for (i = 0; i < COUNT(sizes); i++) {
		memset(buffer, '#', sizeof(buffer));
		sstrncpy(buffer, "abcdef", sizes[i]);
		fprintf(
		    out, "sstrncpy %zu %.16s\n", sizes[i], probe_quote(buffer));
		fprintf(out, "ssnprintf %zu %d", sizes[i],
		    ssnprintf(buffer, sizes[i], "%s-%d", "abc", 12));
		fprintf(out, " %s\n", probe_quote(buffer));
	}
	fprintf(out, "sstrdup %s\n", probe_quote(sstrdup(NULL)));
	fprintf(out, "sstrerror %s\n", sstrerror(ENOENT, (char[64]){ 0 }, 64));
}

static void
splits(FILE *out)
{
	static const char *const texts[] = { "", " ", "a", " a  b\tc\r\nd ",
		"a b c d e f", "\"a b\" c" };
	char buffer[64], joined[8], *fields[4], **array = NULL;
	size_t i, n_array = 0;
	int k, n, n_fields;

	for (i = 0; i < COUNT(texts); i++) {
		strcpy(buffer, texts[i]);
		n_fields = strsplit(buffer, fields, 4);
		fprintf(out, "strsplit %s %d", probe_quote(texts[i]), n_fields);
		for (k = 0; k < n_fields; k++)
			fprintf(out, " %s", probe_quote(fields[k]));
		fprintf(out, "\n");
		for (k = 0; k < 3; k++) {
			memset(joined, 0, sizeof(joined));
			n = strjoin(joined, 2 + 3 * (size_t)k, fields,
			    (size_t)n_fields, k == 1 ? NULL : "--");
			fprintf(out, "strjoin %d %s\n", n, probe_quote(joined));
		}
	}
	fprintf(out, "strjoin NULL %d\n",
	    strjoin(NULL, 0, (char *[]){ (char *)"ab", (char *)"c" }, 2, ", "));
	fprintf(out, "strjoin none %d\n", strjoin(joined, 8, fields, 0, ", "));
	fprintf(out, "strarray_add %d", strarray_add(&array, &n_array, "x"));
	fprintf(out, " %d", strarray_add(&array, &n_array, "y"));
	fprintf(out, " %zu %s %s\n", n_array, array[0], array[1]);
	strarray_free(array, n_array);
}

static void
escapes(FILE *out)
{
	static const char *const texts[] = { "", "/", "//", "/a", "a/b/c",
		"/a/", "//a//b", "simple", "more \"complex\"", "two words",
		"tab\there", "back\\slash", "x=y", "a\\tb\\n\\q\\\\", "end\\",
		"a-b.c_d:e$", "\303\244", "longer than the buffer is, by far" };
	char buffer[24];
	size_t i;
	int status;

	for (i = 0; i < COUNT(texts); i++) {
		fprintf(out, "text %s", probe_quote(texts[i]));
		sstrncpy(buffer, texts[i], sizeof(buffer));
		status = escape_slashes(buffer, sizeof(buffer));
		fprintf(out, " slashes %d %s", status, probe_quote(buffer));
		sstrncpy(buffer, texts[i], sizeof(buffer));
		status = escape_string(buffer, sizeof(buffer));
		fprintf(out, " string %d %s", status, probe_quote(buffer));
		sstrncpy(buffer, texts[i], sizeof(buffer));
		replace_special(buffer, sizeof(buffer));
		fprintf(out, " special %s", probe_quote(buffer));
		sstrncpy(buffer, texts[i], sizeof(buffer));
		status = strunescape(buffer, strlen(buffer) + 1);
		fprintf(out, " unescape %d %s\n", status != 0,
		    status == 0 ? probe_quote(buffer) : "");
	}
	strcpy(buffer, "a/b");
	fprintf(out, "escape_slashes 2 %d", escape_slashes(buffer, 2));
	fprintf(out, " %s\n", probe_quote(buffer));
	strcpy(buffer, "a b");
	fprintf(out, "escape_string 2 %d\n", escape_string(buffer, 2));
	strcpy(buffer, "a\r\n\n");
	fprintf(out, "strstripnewline %zu", strstripnewline(buffer));
	fprintf(out, " %s\n", probe_quote(buffer));
}

static void
substitutes(FILE *out)
{
	static const struct {
		const char *string, *needle, *with;
		size_t size;
	} cases[] = {
		{ "foo_bar", "_", " - ", 32 },
		{ "aaa", "a", "bb", 32 },
		{ "aaa", "x", "bb", 32 },
		{ "aaa", "x", "bb", 3 },
		{ "aaaa", "a", "bb", 4 },
		{ "a%{x}b%{x}", "%{x}", "", 32 },
		{ "", "a", "b", 8 },
	};
	char buffer[32];
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		memset(buffer, 0, sizeof(buffer));
		fprintf(out, "subst_string %s %s %s %zu %s", cases[i].string,
		    cases[i].needle, cases[i].with, cases[i].size,
		    subst_string(buffer, cases[i].size, cases[i].string,
			cases[i].needle, cases[i].with) == buffer
			? "buffer"
			: "NULL");
		fprintf(out, " %s\n", probe_quote(buffer));
	}
	fprintf(out, "subst %s\n",
	    probe_quote(subst(buffer, 32, "foo_____bar", 3, 8, " - ")));
	fprintf(out, "subst %s\n",
	    probe_quote(subst(buffer, 5, "foo_____bar", 3, 8, " - ")));
	fprintf(out, "subst %s\n",
	    probe_quote(subst(buffer, 32, "foo", 2, 5, "x")));
	fprintf(out, "subst %s\n",
	    probe_quote(subst(buffer, 32, "foo", 3, 3, "x")));
	fprintf(out, "subst %s\n",
	    probe_quote(subst(buffer, 32, "foo", 2, 1, "x")));
	fprintf(
	    out, "subst %s\n", probe_quote(subst(buffer, 32, "foo", 0, 3, "")));
}

static void
severities(FILE *out)
{
	static const char *const texts[] = { "emerg", "alert", "crit", "err",
		"error", "warn", "warning", "WARNING", "notice", "info",
		"debug", "OKAY", "okay", "FAILURE", "WARNING", "ok", "", "3" };
	size_t i;

	for (i = 0; i < COUNT(texts); i++)
		fprintf(out, "severity %s %d %d\n", texts[i],
		    parse_log_severity(texts[i]),
		    parse_notif_severity(texts[i]));
}

void
probe_strings(FILE *out)
{
	copies(out);
	splits(out);
	escapes(out);
	substitutes(out);
	severities(out);
}
