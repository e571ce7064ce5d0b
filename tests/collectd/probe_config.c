/* probe_config.c - the language of collectd.conf, and what options mean. */
#include <sys/wait.h>

#include "probe.h"

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))

static void
meanings(FILE *out, const oconfig_item_t *ci)
{
	char buffer[8] = "";
	char *text = NULL, *service = NULL;
	bool b = false;
	unsigned flags = 1;
	cdtime_t t = 42;
	double d = 42;
	int i = 42, status;

	status = cf_util_get_string(ci, &text);
	fprintf(out, " string %d %s", status != 0, probe_quote(text));
	status = cf_util_get_string_buffer(ci, buffer, sizeof(buffer));
	fprintf(out, " buffer %d %s", status != 0, probe_quote(buffer));
	status = cf_util_get_int(ci, &i);
	fprintf(out, " int %d %d", status != 0, i);
	status = cf_util_get_double(ci, &d);
	fprintf(out, " double %d %g", status != 0, d);
	status = cf_util_get_boolean(ci, &b);
	fprintf(out, " boolean %d %d", status != 0, b);
	status = cf_util_get_flag(ci, &flags, 4);
	fprintf(out, " flag %d %u", status != 0, flags);
	status = cf_util_get_port_number(ci);
	fprintf(out, " port %d", status < 0 ? -1 : status);
	status = cf_util_get_service(ci, &service);
	fprintf(out, " service %d %s", status != 0, probe_quote(service));
	status = cf_util_get_cdtime(ci, &t);
	fprintf(out, " time %d %" PRIu64 "\n", status != 0, t);
	free(text);
	free(service);
}

static void
print_item(FILE *out, const oconfig_item_t *ci, int depth)
{
	int i;

	fprintf(out, "%*s%s", depth * 2, "", probe_quote(ci->key));
	for (i = 0; i < ci->values_num; i++)
		switch (ci->values[i].type) {
		case OCONFIG_TYPE_STRING:
			fprintf(out, " %s",
			    probe_quote(ci->values[i].value.string));
			break;
		case OCONFIG_TYPE_NUMBER:
			fprintf(out, " %.17g", ci->values[i].value.number);
			break;
		default:
			fprintf(
			    out, " bool %d", ci->values[i].value.boolean != 0);
		}
	fprintf(out, "\n");
	for (i = 0; i < ci->children_num; i++)
		print_item(out, &ci->children[i], depth + 1);
}

static void
read_text(FILE *out, const char *path)
{
	oconfig_item_t *root = oconfig_parse_file(path);

	if (root == NULL) {
		fprintf(out, "refused\n");
		return;
	}
	print_item(out, root, 0);
	oconfig_free(root);
}

static void
language(FILE *out, const char *folder)
{
	static const char *const texts[] = {
		"",
		"\n\n",
		"# only\n",
		"A 1",
		"A 1\n",
		"A\n",
		"A \"x\" y 3 true\n",
		"A 1e3\n",
		"A 1e+3\n",
		"A 1e-3\n",
		"A 1.5e+3\n",
		"A 1.5e3\n",
		"A 017\n",
		"A 0x1f\n",
		"A 0x1F\n",
		"A 0xg\n",
		"A -5\n",
		"A +5\n",
		"A 5.\n",
		"A .5\n",
		"A -.5\n",
		"A 5a\n",
		"A 5-6\n",
		"A 1.2.3.4\n",
		"A 1.2.3.4/24\n",
		"A 1.2.3.4:80\n",
		"A ::1\n",
		"A fe80::1\n",
		"A a:b\n",
		"A a.b\n",
		"A a_b\n",
		"A a-b\n",
		"A a/b\n",
		"A /path\n",
		"A a@b\n",
		"A a=b\n",
		"A host.example.org\n",
		"A *\n",
		"A %x\n",
		"A a,b\n",
		"A TRUE\n",
		"A Yes\n",
		"A off\n",
		"A truely\n",
		"A nan\n",
		"A \"\\\"q\\\" \\\\ \\n \\x\"\n",
		"A \"two\nlines\"\n",
		"A \"two \\\n lines\"\n",
		"A \"open\n",
		"A ''\n",
		"A 'x'\n",
		"A \"\"\n",
		"A\"x\"\n",
		"A \"x\"\"y\"\n",
		"A \"x\"y\n",
		"A 1 # comment\n",
		"A x#y\n",
		"A \"#\"\n",
		"A 1 \\\n 2\n",
		"A 1 \\\n\n",
		"A 1 \\ \n 2\n",
		"A 1\r\nB 2\r\n",
		"  A\t1\n",
		"1 2\n",
		"\"A\" 1\n",
		"a-b 1\n",
		"a_b 1\n",
		"a.b 1\n",
		"true 1\n",
		"<A>\n</A>\n",
		"<A x>\n</A>\n",
		"<A>\nB 1\n</A>\n",
		"<A \"x\" 2 on>\nB 1\n</A>\n",
		"<A>\nB 1\n</B>\n",
		"<A>\nB 1\n</a>\n",
		"<A>\nB 1\n",
		"</A>\n",
		"<A\n>\nB 1\n</A>\n",
		"<A> B 1\n</A>\n",
		"< A >\nB 1\n</ A >\n",
		"<A>\nB 1</A>\n",
		"<A>\n<B>\n</B>\n</A>\n",
		"<A>\n<B x>\nC 1\n</B>\n</A>\nD 1\n",
		"<A>\n\n# c\n\n</A>\n",
		"<A>\nB 1\n</A> C 1\n",
		"A 12345678901234567890\n",
		"A 1e+999\n",
		"A x1\n",
		"A 1x\n",
		"A x.1.2\n",
		"A e5\n",
		"A true.x\n",
		"A localhost\n",
		"A \303\244\n",
		"A 1;\n",
		"A \"a\tb\"\n",
		"A $x\n",
		"A ~\n",
		"A 10.0.0\n",
		"A 1.2.3\n",
		"A 256.1.1.1\n",
		"A 1:2\n",
		"A [::1]\n",
		"A [::1]:80\n",
		"A 1.2.3.4:x\n",
		"A x:80\n",
		"A localhost:80\n",
		"A example.org:80\n",
		"A 8.8\n",
		"A 5.5.\n",
		"A --5\n",
		"A 5e\n",
		"A 0x\n",
		"A inf\n",
		"A 1_000\n",
		"A a..b\n",
		"A a.\n",
		"A .a\n",
		"A a--b\n",
		"A -a\n",
		"A -\n",
		"A _\n",
		"A a:\n",
		"A :\n",
		"A 1:2:3:4:5:6:7:8\n",
		"A ::\n",
		"A x\\\n y\n",
		"A \"x\" \\\n\"y\"\n",
		"A\\\n 1\n",
		"<A>\nB 1\n</A>\n<A>\nC 1\n</A>\n",
		"LoadPlugin cpu\n",
		"Include \"/nonexistent/*.conf\"\n",
		"A 1\n<B>\nC\n</B>\n",
	};
	size_t i;
	pid_t child;

	/* After an error collectd's reader goes on with what was left of the
	   text before: so each has a process of its own. */
	for (i = 0; i < COUNT(texts); i++) {
		fprintf(out, "conf %s\n", probe_quote(texts[i]));
		fflush(out);
		child = fork();
		if (child == 0) {
			read_text(out, probe_file(folder, "conf", texts[i]));
			fflush(out);
			_exit(0);
		}
		if (child < 0)
			abort();
		/* Waits also where ended children are forgotten at once. */
		waitpid(child, NULL, 0);
	}
}

static void
options(FILE *out, const char *folder)
{
	static const char text[] =
	    "A x\nA \"\"\nA 5\nA 5.9\nA -5.9\nA 0\n"
	    "A 65535\nA 65536\nA true\nA \"yes\"\n"
	    "A \"No\"\nA \"http\"\nA \"80\"\nA \"0x50\"\n"
	    "A \"1234567\"\nA 1 2\nA 0.1\n"
	    "A \"nosuch\"\n"
	    "A \"true\"\nA \"on\"\nA \"5\"\n";
	oconfig_item_t *root, *copy;
	int i;

	root = oconfig_parse_file(probe_file(folder, "conf", text));
	for (i = 0; i < root->children_num; i++) {
		fprintf(out, "option %d", i);
		meanings(out, &root->children[i]);
	}
	oconfig_free(root);
	root = oconfig_parse_file(probe_file(
	    folder, "conf", "<A x 1 true>\n<B>\nC \"d\"\n</B>\n</A>\n"));
	copy = oconfig_clone(&root->children[0]);
	oconfig_free(root);
	print_item(out, copy, 0);
	oconfig_free(copy);
	fprintf(
	    out, "parse none %d\n", oconfig_parse_file("/nonexistent") == NULL);
}

void
probe_config(FILE *out, const char *folder)
{
	language(out, folder);
	options(out, folder);
}
