/* Nagios' object configuration: definitions, and what they mean. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buffer.h"
#include "nagios_inherit.h"
#include "nagios_site.h"
#include "unit.h"

struct made {
	struct arena *arena;
	struct nagios_config config;
	struct nagios_site site;
	struct problems problems;
	int rc;
};

static void
begin(struct made *t, const char *text)
{
	*t = (struct made){ .arena = arena_new(0), .config = { .unit_s = 60 } };
	nagios_objects_parse(&t->config.objects, t->arena, "x.cfg", text,
	    strlen(text), &t->problems);
	t->rc = nagios_site_make(&t->site, t->arena, &t->config, &t->problems);
}

static void
end(struct made *t)
{
	problems_free(&t->problems);
	arena_free(t->arena);
}

static void
put_problems(struct buffer *b, const struct problems *list)
{
	for (size_t i = 0; i < list->n; i++)
		buffer_printf(b, "%u: %s%s\n", list->items[i].line,
		    list->items[i].warning ? "warning: " : "",
		    list->items[i].text);
}

/* -- definitions -- */

static const struct {
	const char *text;
	const char *want; /* TYPE@LINE{NAME=VALUE|...}, then problems */
} texts[] = {
	{ "", "" },
	{ "# nothing\n\n   # here\n", "" },
	{ "define host{\n host_name a ; the first\n}\n",
	    "host@1{host_name=a|}" },
	{ "define  host {\r\n\tx  1  2\t\r\n y\r\n }\r\n",
	    "host@1{x=1  2|y=|}" },
	{ "define c {\n line a \\; b ; no more\n}", "c@1{line=a ; b|}" },
	{ "define c {\n line one \\\n    two\n z 1\n}",
	    "c@1{line=one two|z=1|}" },
	{ "; x\ndefine host {\n;y\n}\n", "host@2{}" },
	{ "define host\n{\n}\n",
	    "1: \"{\" is missing at the end of the line\n"
	    "2: \"{\" stands outside of any definition\n"
	    "3: \"}\" stands outside of any definition\n" },
	{ "define {\n", "1: not \"define TYPE {\"\n" },
	{ "define host {\n a 1\n", "1: the definition is not closed\n" },
	{ "cfg_file=x\n", "1: \"cfg_file=x\" stands outside of any "
			  "definition\n" },
};

static void
test_texts(void **unused)
{
	struct buffer b = BUFFER_INIT;

	(void)unused;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct arena *arena = arena_new(0);
		struct nagios_objects objects = { NULL, NULL, 0 };
		struct problems problems = PROBLEMS_INIT;
		const struct nagios_object *o;
		const struct nagios_directive *d;

		buffer_clear(&b);
		nagios_objects_parse(&objects, arena, "x.cfg", texts[i].text,
		    strlen(texts[i].text), &problems);
		for (o = objects.first; o != NULL; o = o->next) {
			buffer_printf(&b, "%s@%u{", o->type, o->line);
			for (d = o->directives; d != NULL; d = d->next)
				buffer_printf(&b, "%s=%s|", d->name, d->value);
			buffer_putc(&b, '}');
		}
		put_problems(&b, &problems);
		assert_string_equal(buffer_text(&b), texts[i].want);
		problems_free(&problems);
		arena_free(arena);
	}
	buffer_free(&b);
}

/* -- what they mean -- */

#define COMMANDS                                                               \
	"define command{\n command_name c\n command_line $USER1$/check_c "     \
	"$ARG1$\n}\n"

static const struct {
	const char *text;
	const char *want; /* CLUSTER/HOST(ADDRESS) SERVICE every retry
			     attempts COMMAND [ARGS] {CUSTOM} */
} sites[] = {
	{ "define host{\n host_name a\n address 10.0.0.1\n check_command c!x"
	  "!y\\!z\n check_interval 2\n max_check_attempts 4\n}\n",
	    "hosts/a(10.0.0.1) host 120 60 4 $USER1$/check_c $ARG1$ "
	    "[x][y!z]\n" },
	/* Templates: the first that says it wins, null is nothing, + adds. */
	{ "define host{\n name t\n use u\n check_command c\n _PORT 80\n "
	  "hostgroups one\n register 0\n}\n"
	  "define host{\n name u\n check_interval 3\n retry_interval 0.5\n "
	  "check_command d\n register 0\n}\n"
	  "define host{\n host_name a\n use t,u\n hostgroups +two\n _port "
	  "81\n}\n"
	  "define host{\n host_name b\n use t\n check_command null\n}\n"
	  "define hostgroup{\n hostgroup_name two\n}\n"
	  "define hostgroup{\n hostgroup_name one\n}\n",
	    "two/a(a) host 180 30 1 $USER1$/check_c $ARG1$ {_HOSTPORT=81}\n" },
	/* Services of hosts, of groups, and not of some. */
	{ "define host{\n host_name a\n _X 1\n}\n"
	  "define host{\n host_name b\n}\n"
	  "define host{\n host_name c\n}\n"
	  "define hostgroup{\n hostgroup_name g\n members a,b\n}\n"
	  "define hostgroup{\n hostgroup_name h\n members c\n "
	  "hostgroup_members g\n}\n"
	  "define service{\n service_description S\n hostgroup_name h\n "
	  "host_name !b\n check_command c!1\n check_interval 1\n _Y 2\n}\n"
	  "define service{\n service_description T\n host_name *\n "
	  "check_command c\n active_checks_enabled 0\n}\n",
	    "h/c(c) S 60 60 1 $USER1$/check_c $ARG1$ [1] {_SERVICEY=2}\n"
	    "g/a(a) S 60 60 1 $USER1$/check_c $ARG1$ [1] {_SERVICEY=2}"
	    "{_HOSTX=1}\n" },
	/* The first counts. */
	{ "define host{\n host_name a\n}\n"
	  "define service{\n service_description S\n host_name a,a\n "
	  "check_command c!1\n}\n"
	  "define service{\n service_description S\n host_name a\n "
	  "check_command c!2\n}\n",
	    "hosts/a(a) S 300 60 1 $USER1$/check_c $ARG1$ [1]\n"
	    "13: warning: there is a service \"S\" of \"a\" already; the "
	    "first one counts\n" },
	/* What Nagios would not start with. */
	{ "define host{\n host_name a\n use nobody\n check_command d\n "
	  "check_interval x\n hostgroups g\n}\n"
	  "define host{\n alias b\n}\n"
	  "define host{\n host_name a\n}\n"
	  "define service{\n host_name a\n}\n"
	  "define service{\n service_description S\n host_name z\n "
	  "hostgroup_name y\n}\n",
	    "ERRORS" },
	/* Circles of templates and of groups end. */
	{ "define host{\n name t\n use u\n}\ndefine host{\n name u\n use "
	  "t\n}\n define host{\n host_name a\n use t\n}\n",
	    "ERRORS" },
	{ "define hostgroup{\n hostgroup_name g\n hostgroup_members h\n}\n"
	  "define hostgroup{\n hostgroup_name h\n hostgroup_members g\n "
	  "members a\n}\n"
	  "define host{\n host_name a\n check_command c\n}\n",
	    "h/a(a) host 300 60 1 $USER1$/check_c $ARG1$\n" },
};

static void
put_check(struct buffer *b, const struct nagios_check *c)
{
	buffer_printf(b, "%s/%s(%s) %s %d %d %d %s", c->host->cluster,
	    c->host->name, c->host->address,
	    c->service == NULL ? NAGIOS_HOST_CHECK : c->service,
	    (int)c->every_s, (int)c->retry_s, (int)c->attempts, c->command);
	for (size_t i = 0; i < c->args.n; i++)
		buffer_printf(b, "%s[%s]", i == 0 ? " " : "", c->args.items[i]);
	for (size_t i = 0; i < c->custom.n; i++)
		buffer_printf(b, "%s{%s=%s}", i == 0 ? " " : "",
		    c->custom.pairs[i].key, c->custom.pairs[i].value);
	buffer_putc(b, '\n');
}

static void
test_sites(void **unused)
{
	struct buffer b = BUFFER_INIT, text = BUFFER_INIT;
	struct made t;

	(void)unused;
	for (size_t i = 0; i < COUNT(sites); i++) {
		buffer_clear(&b);
		buffer_clear(&text);
		buffer_printf(&text, "%s%s", COMMANDS, sites[i].text);
		begin(&t, buffer_text(&text));
		if (strcmp(sites[i].want, "ERRORS") == 0) {
			assert_int_equal(t.rc, -1);
			end(&t);
			continue;
		}
		for (const struct nagios_check *c = t.site.checks; c != NULL;
		     c = c->next)
			put_check(&b, c);
		put_problems(&b, &t.problems);
		assert_string_equal(buffer_text(&b), sites[i].want);
		assert_int_equal(t.rc, 0);
		end(&t);
	}
	buffer_free(&text);
	buffer_free(&b);
}

static void
test_errors(void **unused)
{
	struct buffer b = BUFFER_INIT;
	struct made t;

	(void)unused;
	begin(&t, "define host{\n host_name a\n use nobody\n check_command "
		  "d\n check_interval x\n hostgroups g\n}\n"
		  "define host{\n alias b\n}\n"
		  "define host{\n host_name a\n}\n"
		  "define service{\n host_name a\n}\n"
		  "define service{\n service_description S\n host_name z\n "
		  "hostgroup_name y\n}\n");
	put_problems(&b, &t.problems);
	for (size_t i = 0; i < 8; i++) {
		static const char *const wants[] = {
			"3: there is no host template \"nobody\"\n",
			"1: there is no group \"g\"\n",
			"1: check_interval: \"x\" is no number\n",
			"1: there is no command \"d\"\n",
			"8: a host without host_name\n",
			"11: there is a host \"a\" already\n",
			"14: a service without service_description\n",
			"17: there is no host \"z\"\n",
		};

		if (strstr(buffer_text(&b), wants[i]) == NULL)
			fail_msg("no %s in %s", wants[i], buffer_text(&b));
	}
	buffer_free(&b);
	end(&t);
}

/* -- nagios.cfg -- */

static void
write_file(const char *folder, const char *name, const char *text)
{
	char path[200];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void
test_config(void **unused)
{
	char folder[] = "/tmp/farm-nagios-XXXXXX", path[100], command[200];
	struct made t = { .arena = arena_new(0) };

	(void)unused;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/objects", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	write_file(folder, "nagios.cfg",
	    "# ours\ncfg_file=one.cfg\ncfg_dir = objects\nresource_file=r.cfg\n"
	    "interval_length=1\nservice_check_timeout=17\n"
	    "service_check_timeout_state=u\nlog_file=/x\n");
	write_file(folder, "one.cfg", COMMANDS);
	write_file(path, "b.cfg", "define host{\n host_name b\n}\n");
	write_file(path, "a.cfg", "define host{\n host_name a\n}\n");
	write_file(path, "c.txt", "nothing of ours\n");
	(void)snprintf(path, sizeof(path), "%s/nagios.cfg", folder);
	assert_int_equal(
	    nagios_config_read(&t.config, t.arena, path, &t.problems), 0);
	assert_int_equal(t.config.objects.n, 3);
	assert_string_equal(
	    t.config.objects.first->next->directives->value, "a");
	assert_int_equal(t.config.unit_s, 1);
	assert_int_equal(t.config.service_timeout_s, 17);
	assert_int_equal(t.config.timeout_state, 3);
	assert_int_equal(t.config.host_timeout_s, 30);
	assert_non_null(strstr(t.config.resource_file, "/r.cfg"));
	assert_true(t.config.stamp == nagios_config_stamp(&t.config));
	write_file(folder, "one.cfg", COMMANDS COMMANDS);
	assert_true(t.config.stamp != nagios_config_stamp(&t.config));
	write_file(folder, "nagios.cfg",
	    "cfg_file=none.cfg\nbad\n"
	    "interval_length=0\n");
	assert_int_equal(
	    nagios_config_read(&t.config, t.arena, path, &t.problems), -1);
	assert_int_equal(t.problems.n, 3);
	assert_string_equal(
	    t.problems.items[0].text, "No such file or directory");
	assert_string_equal(t.problems.items[1].text, "not KEY=VALUE");
	assert_string_equal(
	    t.problems.items[2].text, "\"0\" is no number from 1 to 86400");
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
	end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_sites),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
