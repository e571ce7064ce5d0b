/* probe_values.c - numbers, rates, identifiers and times. */
#include "probe.h"

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))

static void
print_value(FILE *out, value_t v, int type)
{
	switch (type) {
	case DS_TYPE_GAUGE:
		fprintf(out, " %.17g", v.gauge);
		break;
	case DS_TYPE_DERIVE:
		fprintf(out, " %" PRId64, v.derive);
		break;
	default:
		fprintf(out, " %llu", v.counter);
	}
}

static void
numbers(FILE *out, const char *folder)
{
	static const char *const texts[] = { "", " ", "5", " 5", "5 ", "5x",
		"5.5", "-5", "0x10", "010", "1e3", "nan", "U", "inf", "x",
		"5\n", "18446744073709551615", "99999999999999999999",
		"-9223372036854775809" };
	const char *path;
	gauge_t g;
	derive_t d;
	size_t i;
	int status, type;
	value_t v;

	for (i = 0; i < COUNT(texts); i++) {
		fprintf(out, "number %s", probe_quote(texts[i]));
		path = probe_file(folder, "number", texts[i]);
		for (type = 0; type < 4; type++) {
			status = parse_value(texts[i], &v, type);
			fprintf(out, " %d", status);
			if (status == 0)
				print_value(out, v, type);
			status = parse_value_file(path, &v, type);
			fprintf(out, " file %d", status != 0);
			if (status == 0)
				print_value(out, v, type);
		}
		g = 42;
		status = strtogauge(texts[i], &g);
		fprintf(out, " gauge %d %g", status != 0, g);
		d = 42;
		status = strtoderive(texts[i], &d);
		fprintf(out, " derive %d %" PRId64 "\n", status != 0, d);
	}
	fprintf(out, "parse_value type 7 %d\n", parse_value("1", &v, 7));
	fprintf(out, "parse_value_file none %d\n",
	    parse_value_file("/nonexistent", &v, DS_TYPE_GAUGE) != 0);
}

static void
lists(FILE *out)
{
	static const char *const texts[] = { "N:1:2", "10:1:2", "10.5:1:2",
		":1:2", "1", "10:1", "10:1:2:3", "10:1:U", "10:1:x", "x:1:2",
		"10:", "", "N", "10::2" };
	data_source_t sources[] = { { "a", DS_TYPE_GAUGE, 0, 0 },
		{ "b", DS_TYPE_DERIVE, 0, 0 } };
	data_set_t ds = { "pair", 2, sources };
	value_t values[2];
	value_list_t vl = { .values = values, .values_len = 2 };
	char buffer[64];
	size_t i;
	int status;

	for (i = 0; i < COUNT(texts); i++) {
		strcpy(buffer, texts[i]);
		vl.time = 0;
		values[0].gauge = 77;
		values[1].derive = 77;
		status = parse_values(buffer, &vl, &ds);
		fprintf(
		    out, "parse_values %s %d", probe_quote(texts[i]), status);
		if (status == 0)
			fprintf(out, " %s %g %" PRId64,
			    texts[i][0] == 'N' ? "now"
			    : vl.time == 0     ? "none"
					       : "then",
			    values[0].gauge, values[1].derive);
		fprintf(out, "\n");
	}
	values[0].gauge = 1.0 / 3;
	values[1].derive = -5;
	vl.time = DOUBLE_TO_CDTIME_T_STATIC(1700000000.25);
	strcpy(vl.type, "pair");
	for (i = 0; i < 40; i += 5)
		fprintf(out, "format_values %zu %d %s\n", i,
		    i == 0 ? -1 : format_values(buffer, i, &ds, &vl, false),
		    i == 0 ? "" : probe_quote(buffer));
	values[0].gauge = NAN;
	fprintf(out, "format_values %d",
	    format_values(buffer, 64, &ds, &vl, false));
	fprintf(out, " %s\n", buffer);
}

static void
identifiers(FILE *out)
{
	static const char *const texts[] = { "h/p/t", "h/p-pi/t-ti", "h/p-/t-",
		"h/p-a-b/t-c-d", "h/p", "h", "", "h//t", "h/p/t/x", "h-x/p/t",
		"/p/t", "h/p/t-a/b" };
	char buffer[600];
	value_list_t vl;
	size_t i;
	int status;

	for (i = 0; i < COUNT(texts); i++) {
		memset(&vl, 0, sizeof(vl));
		status = parse_identifier_vl(texts[i], &vl);
		fprintf(out, "identifier %s %d", probe_quote(texts[i]),
		    status != 0);
		if (status == 0)
			fprintf(out, " %s|%s|%s|%s|%s", vl.host, vl.plugin,
			    vl.plugin_instance, vl.type, vl.type_instance);
		fprintf(out, "\n");
	}
	for (i = 4; i < 16; i += 2) {
		memset(buffer, 0, sizeof(buffer));
		status = format_name(buffer, (int)i, "h", "p", "pi", "t", "ti");
		fprintf(out, "format_name %zu %d %s\n", i, status != 0,
		    status == 0 ? buffer : "");
	}
	fprintf(out, "format_name %d",
	    format_name(buffer, 600, "h", "p", NULL, "t", NULL));
	fprintf(out, " %s", buffer);
	fprintf(out, " %d", format_name(buffer, 600, "h", "p", "", "t", ""));
	fprintf(out, " %s\n", buffer);
}

static void
rates(FILE *out)
{
	static const struct {
		int type;
		value_t from, to;
		int step;
	} cases[] = {
		{ DS_TYPE_GAUGE, { .gauge = 1 }, { .gauge = 5 }, 2 },
		{ DS_TYPE_DERIVE, { .derive = 1 }, { .derive = 5 }, 2 },
		{ DS_TYPE_DERIVE, { .derive = 5 }, { .derive = 1 }, 2 },
		{ DS_TYPE_DERIVE, { .derive = 5 }, { .derive = 9 }, 0 },
		{ DS_TYPE_DERIVE, { .derive = 5 }, { .derive = 9 }, -1 },
		{ DS_TYPE_COUNTER, { .counter = 5 }, { .counter = 9 }, 2 },
		{ DS_TYPE_COUNTER, { .counter = 4294967290u }, { .counter = 4 },
		    2 },
		{ DS_TYPE_COUNTER, { .counter = 4294967296u }, { .counter = 4 },
		    2 },
		{ DS_TYPE_COUNTER, { .counter = UINT64_MAX }, { .counter = 0 },
		    2 },
		{ DS_TYPE_ABSOLUTE, { .absolute = 5 }, { .absolute = 9 }, 2 },
		{ 9, { .absolute = 5 }, { .absolute = 9 }, 2 },
	};
	value_to_rate_state_t state;
	cdtime_t then = TIME_T_TO_CDTIME_T_STATIC(1000);
	size_t i;
	gauge_t rate;
	int status;

	for (i = 0; i < COUNT(cases); i++) {
		memset(&state, 0, sizeof(state));
		rate = 42;
		status = value_to_rate(
		    &rate, cases[i].from, cases[i].type, then, &state);
		fprintf(out, "rate %zu %d %g", i, status, rate);
		rate = 42;
		status = value_to_rate(&rate, cases[i].to, cases[i].type,
		    then + TIME_T_TO_CDTIME_T(cases[i].step), &state);
		fprintf(out, " %d %g", status, rate);
		fprintf(out, " diff %llu\n",
		    counter_diff(cases[i].from.counter, cases[i].to.counter));
	}
}

static void
rates_back(FILE *out)
{
	static const gauge_t rates[] = { 0.3, 1.5, 1.5, 0.25, 7.9, -3.6, NAN,
		2 };
	rate_to_value_state_t state;
	size_t i;
	value_t v;
	int status, type;

	for (type = 0; type < 4; type++) {
		memset(&state, 0, sizeof(state));
		for (i = 0; i < COUNT(rates); i++) {
			/* Only signed values can say these. */
			if (type != DS_TYPE_GAUGE && type != DS_TYPE_DERIVE &&
			    !(rates[i] >= 0))
				continue;
			if (type != DS_TYPE_GAUGE && isnan(rates[i]))
				continue;
			v.derive = 0;
			status = rate_to_value(&v, rates[i], &state, type,
			    TIME_T_TO_CDTIME_T(1000 + 3 * i));
			fprintf(out, "back %d %g %d", type, rates[i], status);
			if (status == 0)
				print_value(out, v, type);
			fprintf(out, "\n");
		}
	}
}

static void
times(FILE *out)
{
	static const double stamps[] = { 0, 1700000000, 1700000000.999,
		1720000000.123456789, 951782400, 4102444800.5 };
	int (*const formats[])(char *, size_t, cdtime_t) = { rfc3339,
		rfc3339nano, rfc3339_local, rfc3339nano_local };
	struct timeval a = { 5, 10 }, b = { 4, 20 }, delta;
	char buffer[64];
	size_t i, k, size;
	int status;

	for (i = 0; i < COUNT(stamps); i++)
		for (k = 0; k < 4; k++) {
			memset(buffer, 0, sizeof(buffer));
			status = formats[k](buffer, sizeof(buffer),
			    DOUBLE_TO_CDTIME_T_STATIC(stamps[i]));
			fprintf(
			    out, "time %zu %zu %d %s\n", i, k, status, buffer);
		}
	for (size = 18; size < 40; size++)
		for (k = 0; k < 4; k++)
			fprintf(out, "time size %zu %zu %d\n", size, k,
			    formats[k](buffer, size,
				TIME_T_TO_CDTIME_T(1700000000)) != 0);
	fprintf(out, "timeval %d", timeval_cmp(a, b, &delta));
	fprintf(out, " %ld.%06ld", (long)delta.tv_sec, (long)delta.tv_usec);
	fprintf(out, " %d", timeval_cmp(b, a, &delta));
	fprintf(out, " %ld.%06ld", (long)delta.tv_sec, (long)delta.tv_usec);
	fprintf(out, " %d\n", timeval_cmp(a, a, NULL));
	fprintf(out, "htonll %llx %llx\n", htonll(0x0102030405060708ull),
	    ntohll(0x0102030405060708ull));
}

static int
visit(const char *dirname, const char *filename, void *data)
{
	(void)dirname;
	strcat(strcat(data, filename), " ");
	return strcmp(filename, "bad") == 0 ? -1 : 0;
}

static void
files(FILE *out, const char *folder)
{
	char buffer[16], seen[64] = "", inner[PATH_MAX];
	const char *path;

	path = probe_file(folder, "text", "0123456789");
	memset(buffer, '#', sizeof(buffer));
	fprintf(out, "read_file %zd", read_file_contents(path, buffer, 4));
	fprintf(out, " %.5s", buffer);
	memset(buffer, '#', sizeof(buffer));
	fprintf(out, " text %zd", read_text_file_contents(path, buffer, 4));
	fprintf(out, " %s", buffer);
	fprintf(out, " %zd", read_text_file_contents(path, buffer, 16));
	fprintf(out, " %s", buffer);
	fprintf(out, " none %d\n",
	    read_text_file_contents("/nonexistent", buffer, 16) < 0);

	snprintf(inner, sizeof(inner), "%s/in/side/file", folder);
	fprintf(out, "check_create_dir %d", check_create_dir(inner));
	snprintf(inner, sizeof(inner), "%s/in/side", folder);
	fprintf(out, " %d\n", access(inner, F_OK));
	probe_file(inner, ".hidden", "");
	probe_file(inner, "shown", "");
	fprintf(out, "walk %d", walk_directory(inner, visit, seen, 0));
	fprintf(out, " %s", seen);
	seen[0] = '\0';
	fprintf(out, "%d", walk_directory(inner, visit, seen, 1));
	fprintf(out, " %zu", strlen(seen));
	unlink(path);
	snprintf(inner, sizeof(inner), "%s/in/side/shown", folder);
	unlink(inner);
	snprintf(inner, sizeof(inner), "%s/in/side", folder);
	seen[0] = '\0';
	fprintf(out, " empty %d", walk_directory(inner, visit, seen, 0));
	probe_file(inner, "bad", "");
	fprintf(out, " bad %d", walk_directory(inner, visit, seen, 0));
	fprintf(
	    out, " none %d\n", walk_directory("/nonexistent", visit, seen, 0));
}

void
probe_values(FILE *out, const char *folder)
{
	numbers(out, folder);
	lists(out);
	identifiers(out);
	rates(out);
	rates_back(out);
	times(out);
	files(out, folder);
}
