/*
 * The table-driven loader, and both programs' tables on it. With "agent" or
 * "verifier" as its argument this program prints the sample that belongs into
 * conf/ instead of testing.
 */
#include "testlib.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "config/agent_config.h"
#include "config/verifier_config.h"

/* One key of each type. */
struct sample {
	char *name;
	char *path;
	char *secret;
	int64_t number;
	bool flag;
	int64_t wait;
	int64_t size;
	int colour;
	struct att_config_list list;
	uint32_t pcrs;
};

static const char *const colours[] = { "red", "green", "blue", NULL };

static int
no_x(const char *text, struct att_err *err)
{
	if (strchr(text, 'x') == NULL)
		return 0;
	return att_err_set(err, ATT_E_FORMAT, "must hold no x");
}

#define KEY(key, kind)                                                       \
	.name = #key, .type = ATT_CONFIG_##kind,                             \
	.offset = offsetof(struct sample, key), .help = "Help."

static const struct att_config_key keys[] = {
	{ KEY(name, STRING), .min = 2, .max = 5, .check = no_x,
	    .required = true, .example = "abc" },
	{ KEY(path, PATH), .preset = "/a/b" },
	{ KEY(secret, SECRET), .example = "/s" },
	{ KEY(number, INT), .min = -5, .max = 70, .preset = "7" },
	{ KEY(flag, BOOL), .preset = "true" },
	{ KEY(wait, DURATION), .min = 2, .max = 7200, .preset = "1m" },
	{ KEY(size, SIZE), .min = 1, .max = 1 << 20, .preset = "1K" },
	{ KEY(colour, ENUM), .names = colours, .preset = "green" },
	{ KEY(list, LIST), .min = 1, .max = 3, .check = no_x,
	    .preset = "[p, q]" },
	{ KEY(pcrs, PCRS), .preset = "0,2-3" },
};

static const struct att_config_schema schema = {
	.title = "sample.yaml - a sample.",
	.keys = keys,
	.count = ATT_COUNT(keys),
	.size = sizeof(struct sample),
};

static void
sample_done(struct sample *c)
{
	att_config_done(&schema, c);
}

START_TEST(defaults)
{
	AUTO_DONE(sample_done) struct sample c = { 0 };

	ok(att_config_parse(&schema, "t", S("name: abc"), &c, err));
	ck_assert_str_eq(c.name, "abc");
	ck_assert_str_eq(c.path, "/a/b");
	ck_assert_ptr_null(c.secret);
	ck_assert(c.number == 7 && c.flag && c.wait == 60 && c.size == 1024);
	ck_assert(c.colour == 1 && c.pcrs == 0xd && c.list.count == 2);
	ck_assert_str_eq(c.list.item[1], "q");
}
END_TEST

START_TEST(every_type)
{
	static const char text[] = "name: 12345\n"
				   "path: '/x y/$HOME'\n"
				   "secret: /k\n"
				   "number: -5\n"
				   "flag: false\n"
				   "wait: 2h\n"
				   "size: \"1M\"\n"
				   "colour: blue\n"
				   "list: [one]\n"
				   "pcrs: 23\n";
	AUTO_DONE(sample_done) struct sample c = { 0 };

	ok(att_config_parse(&schema, "t", S(text), &c, err));
	ck_assert_str_eq(c.name, "12345");
	ck_assert_str_eq(c.path, "/x y/$HOME");
	ck_assert_str_eq(c.secret, "/k");
	ck_assert(c.number == -5 && !c.flag && c.wait == 7200);
	ck_assert(c.size == 1 << 20 && c.colour == 2);
	ck_assert(c.pcrs == 1u << 23 && c.list.count == 1);
	ck_assert_str_eq(c.list.item[0], "one");
	sample_done(&c);
	ok(att_config_parse(&schema, "t", S("name: abc\n"
	    "secret: credential:tls-key\n"), &c, err));
	ck_assert_str_eq(c.secret, "credential:tls-key");
}
END_TEST

START_TEST(refused)
{
	static const struct {
		const char *text;
		const char *why;
	} bad[] = {
		{ "", "t: name: is not set: must be text of 2 to 5" },
		{ "nme: abc", "t:1: nme: no such key" },
		{ "Name: abc", "Name: no such key" },
		{ "name: a", "t:1: name: must be text of 2 to 5 characters" },
		{ "name: abcdef", "name: must be text" },
		{ "name:", "name: must be text" },
		{ "name: [abc]", "name: must be text" },
		{ "name: {abc: 1}", "name: must be text" },
		{ "name: \xc3\xa9\xc3\xa9", "name: must be text" },
		{ "name: axc", "name: must hold no x" },
		{ "name: abc\nname: abd", "t:2: name: set a second time" },
		{ "path: a/b", "t:1: path: must be an absolute path" },
		{ "path: ~/b", "path: must be an absolute path" },
		{ "path: $HOME/b", "path: must be an absolute path" },
		{ "path:", "path: must be an absolute path" },
		{ "path: /a\\b", "path: must be an absolute path" },
		{ "secret: s", "secret: must be an absolute path, of a file" },
		{ "secret: credential:a/b", "secret: must be an absolute" },
		{ "secret: 'credential:'", "or credential:NAME" },
		{ "path: credential:a", "path: must be an absolute path" },
		{ "number: 71", "number: must be a whole number, -5 to 70" },
		{ "number: -6", "number: must be" },
		{ "number: '7'", "number: must be" },
		{ "number: 0x7", "number: must be" },
		{ "number: 7.0", "number: must be" },
		{ "number: +7", "number: must be" },
		{ "number: 7_0", "number: must be" },
		{ "number: --7", "number: must be" },
		{ "number: '-'", "number: must be" },
		{ "number: 18446744073709551623", "number: must be" },
		{ "flag: yes", "flag: must be true or false" },
		{ "flag: True", "flag: must be" },
		{ "flag: 1", "flag: must be" },
		{ "flag: 'true'", "flag: must be" },
		{ "wait: 60", "wait: must be a time in s, m, h or d, "
			      "2s to 2h" },
		{ "wait: 1s", "wait: must be" },
		{ "wait: 121m", "wait: must be" },
		{ "wait: 1h30m", "wait: must be" },
		{ "wait: 1 m", "wait: must be" },
		{ "wait: -2s", "wait: must be" },
		{ "wait: m", "wait: must be" },
		{ "wait: 999999999999999999d", "wait: must be" },
		{ "size: 0", "size: must be a size in bytes, K, M or G, "
			     "1 to 1M" },
		{ "size: 1025K", "size: must be" },
		{ "size: 1k", "size: must be" },
		{ "size: 1KB", "size: must be" },
		{ "size: 999999999999999999G", "size: must be" },
		{ "colour: pink", "colour: must be red, green or blue" },
		{ "colour: 1", "colour: must be" },
		{ "list: p", "list: must be a list of 1 to 3 texts" },
		{ "list: []", "list: must be" },
		{ "list: [a, b, c, d]", "list: must be" },
		{ "list: [a, [b]]", "list: must be" },
		{ "list: [a, '']", "list: must be" },
		{ "list: [a, x]", "list: must hold no x" },
		{ "pcrs: 24", "pcrs: 24: no list of PCRs 0 to 23" },
		{ "pcrs: 7-0", "pcrs: 7-0: no list" },
		{ "pcrs: 0-7,3", "names PCR 3 twice" },
		{ "pcrs: ''", "no list" },
		{ "pcrs: 1,", "no list" },
		{ "pcrs: 1 ,2", "no list" },
		{ "pcrs: -1", "no list" },
		{ "pcrs: 1-", "no list" },
	};

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		struct sample c = { .number = 77 };

		fails(att_config_parse(&schema, "t", S(bad[i].text), &c, err),
		    ATT_E_FORMAT, bad[i].why);
		ck_assert(c.number == 77 && c.name == NULL);
	}
}
END_TEST

/* -- files ---------------------------------------------------------------- */

static char dir[] = "/tmp/att-config-XXXXXX";

static void
write_file(const char *name, const char *text, unsigned mode)
{
	AUTO(free) char *path = att_path_join(dir, name);

	ok(att_file_write(path, S(text), mode, err));
}

static void
make_dir(void)
{
	AUTO(free) char *d = NULL;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	d = att_path_join(dir, "c.yaml.d");
	ck_assert_int_eq(mkdir(d, 0700), 0);
}

static void
remove_dir(void)
{
	static const char *const names[] = { "c.yaml.d/10-a.yaml",
		"c.yaml.d/9-b.yaml", "c.yaml.d/.hidden.yaml",
		"c.yaml.d/z.yaml~", "c.yaml.d/dir.yaml", "c.yaml.d", "c.yaml",
		"" };

	for (size_t i = 0; i < ATT_COUNT(names); i++) {
		AUTO(free) char *path = att_path_join(dir, names[i]);

		(void)remove(path);
	}
}

START_TEST(dropins_win_in_order)
{
	AUTO(free) char *path = att_path_join(dir, "c.yaml");
	AUTO_DONE(sample_done) struct sample c = { 0 };

	write_file("c.yaml", "name: one\nnumber: 1\nlist: [a, b, c]\n", 0644);
	write_file("c.yaml.d/10-a.yaml", "name: two\nwait: 5s\n", 0644);
	write_file("c.yaml.d/9-b.yaml", "name: nine\nlist: [z]\n", 0644);
	write_file("c.yaml.d/.hidden.yaml", "name: hid\n", 0644);
	write_file("c.yaml.d/z.yaml~", "name: old\n", 0644);
	ok(att_config_load(&schema, path, &c, err));
	ck_assert_str_eq(c.name, "nine");
	ck_assert(c.number == 1 && c.wait == 5 && c.list.count == 1);
	ck_assert_str_eq(c.list.item[0], "z");
}
END_TEST

START_TEST(a_bad_dropin_is_named)
{
	AUTO(free) char *path = att_path_join(dir, "c.yaml");
	AUTO(free) char *sub = att_path_join(dir, "c.yaml.d/dir.yaml");
	struct sample c;

	write_file("c.yaml", "name: one\n", 0644);
	write_file("c.yaml.d/10-a.yaml", "\n\nflag: maybe\n", 0644);
	fails(att_config_load(&schema, path, &c, err), ATT_E_FORMAT,
	    "c.yaml.d/10-a.yaml:3: flag: must be true or false");
	write_file("c.yaml.d/10-a.yaml", "flag: true\n", 0644);
	ck_assert_int_eq(mkdir(sub, 0700), 0);
	fails(att_config_load(&schema, path, &c, err), ATT_E_SYS,
	    "dir.yaml");
}
END_TEST

START_TEST(required_key_may_come_from_a_dropin)
{
	AUTO(free) char *path = att_path_join(dir, "c.yaml");
	AUTO_DONE(sample_done) struct sample c = { 0 };

	write_file("c.yaml", "# nothing\n", 0644);
	fails(att_config_load(&schema, path, &c, err), ATT_E_FORMAT,
	    "c.yaml: name: is not set");
	write_file("c.yaml.d/9-b.yaml", "name: two\n", 0644);
	ok(att_config_load(&schema, path, &c, err));
}
END_TEST

START_TEST(unreadable_is_not_empty)
{
	AUTO(free) char *path = att_path_join(dir, "c.yaml");
	AUTO(free) char *dropins = att_path_join(dir, "c.yaml.d");
	AUTO(free) char *link = att_path_join(dropins, "1.yaml");
	struct sample c;

	fails(att_config_load(&schema, path, &c, err), ATT_E_NOT_FOUND,
	    "c.yaml: no such file");
	write_file("c.yaml", "name: one\n", 0644);
	/* a link that leads nowhere; it is not as if there were no c.yaml */
	ck_assert_int_eq(symlink("nowhere", link), 0);
	fails(att_config_load(&schema, path, &c, err), ATT_E_SYS,
	    "c.yaml.d/1.yaml: No such file");
	ck_assert_int_eq(unlink(link), 0);
	ck_assert_int_eq(rmdir(dropins), 0);
	write_file("c.yaml.d", "not a folder", 0644);
	fails(att_config_load(&schema, path, &c, err), ATT_E_SYS,
	    "c.yaml.d");
}
END_TEST

/* K12: 100 MB, of which no more than the cap may be held. */
START_TEST(k12_huge_file)
{
	AUTO(free) char *path = att_path_join(dir, "c.yaml");
	struct sample c;

	write_file("c.yaml", "name: one\n", 0644);
	ck_assert_int_eq(truncate(path, 100 * 1000 * 1000), 0);
	fails(att_config_load(&schema, path, &c, err), ATT_E_LIMIT,
	    "c.yaml: larger than 1048576 bytes");
}
END_TEST

START_TEST(too_many_dropins)
{
	AUTO(free) char *path = att_path_join(dir, "c.yaml");
	struct sample c;

	write_file("c.yaml", "name: one\n", 0644);
	for (int i = 0; i <= ATT_CONFIG_DROPINS_MAX; i++) {
		char name[32];

		snprintf(name, sizeof(name), "c.yaml.d/%03d.yaml", i);
		write_file(name, "", 0644);
	}
	fails(att_config_load(&schema, path, &c, err), ATT_E_LIMIT,
	    "more than 64 files");
	for (int i = 0; i <= ATT_CONFIG_DROPINS_MAX; i++) {
		char name[32];
		AUTO(free) char *file = NULL;

		snprintf(name, sizeof(name), "c.yaml.d/%03d.yaml", i);
		file = att_path_join(dir, name);
		ck_assert_int_eq(unlink(file), 0);
		if (i == 0) {
			ok(att_config_load(&schema, path, &c, err));
			sample_done(&c);
		}
	}
}
END_TEST

/* -- the programs' own tables --------------------------------------------- */

/* What a member looks like, whatever its type: to compare two structs. */
static char *
show(const struct att_config_key *k, const void *config)
{
	const void *field = (const char *)config + k->offset;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(9999);
	const struct att_config_list *l = field;
	const char *const *text = field;

	switch (k->type) {
	case ATT_CONFIG_STRING:
	case ATT_CONFIG_PATH:
	case ATT_CONFIG_SECRET:
		att_buf_str(&b, *text == NULL ? "(none)" : *text);
		break;
	case ATT_CONFIG_LIST:
		for (size_t i = 0; i < l->count; i++)
			att_buf_printf(&b, "%s;", l->item[i]);
		break;
	case ATT_CONFIG_BOOL:
		att_buf_str(&b, *(const bool *)field ? "yes" : "no");
		break;
	case ATT_CONFIG_ENUM:
		att_buf_printf(&b, "%s", k->names[*(const int *)field]);
		break;
	case ATT_CONFIG_PCRS:
		att_buf_printf(&b, "%x", *(const uint32_t *)field);
		break;
	default:
		att_buf_printf(&b, "%lld",
		    (long long)*(const int64_t *)field);
	}
	return att_buf_take_str(&b);
}

struct setting {
	const char *name;
	const char *value;	/* other than the default */
	const char *shown;
};

/* What must be set, so that the rest can be tested key by key. */
static const struct setting agent_base[] = {
	{ "registrar_urls", "[https://r:1]", "" },
	{ "verifier_urls", "[https://v:1]", "" },
	{ 0 },
};
static const struct setting verifier_base[] = { { 0 } };

#define PIN "sha256//lzBwB1kDh0f0vGvVj3Pu4Nmh1ePMkrMmZ7jFvcZgWfw="
#define BMC "redfish_url: https://b\nredfish_pin: " PIN

static const struct setting agent_settings[] = {
	{ "agent_id", "3c1b0a5e-1111-4222-8333-444455556666",
	    "3c1b0a5e-1111-4222-8333-444455556666" },
	{ "registrar_urls", "['https://[::1]:8891', https://r2]",
	    "https://[::1]:8891;https://r2;" },
	{ "verifier_urls", "[https://v_1.example:65535]",
	    "https://v_1.example:65535;" },
	{ "allow_plain_http", "true", "yes" },
	{ "ca_file", "/x", "/x" },
	{ "use_system_cas", "true", "yes" },
	{ "client_cert", "/c\nclient_key: /k", "/c" },
	{ "client_key", "/k\nclient_cert: /c", "/k" },
	{ "tcti", "swtpm:path=/run/x", "swtpm:path=/run/x" },
	{ "endorsement_auth_file", "/e", "/e" },
	{ "owner_auth_file", "credential:o", "credential:o" },
	{ "ek_type", "p384-high", "p384-high" },
	{ "ak_type", "p256", "p256" },
	{ "state_dir", "/x", "/x" },
	{ "run_dir", "/x", "/x" },
	{ "uefi_log", "/x", "/x" },
	{ "userspace_log", "/x", "/x" },
	{ "ima_log", "/x", "/x" },
	{ "firmware_claims", "/x", "/x" },
	{ "boot_id", "/x", "/x" },
	{ "measure_socket", "/x", "/x" },
	{ "max_log_size", "64K", "65536" },
	{ "redfish_url", "host-interface\nredfish_pin: " PIN,
	    "host-interface" },
	{ "redfish_pin", PIN, PIN },
	{ "redfish_ca_file", "/x", "/x" },
	{ "redfish_user", "u\nredfish_password_file: /p", "u" },
	{ "redfish_password_file", "credential:p\nredfish_user: u",
	    "credential:p" },
	{ "redfish_timeout", "1h", "3600" },
	{ "spdm", "true\n" BMC, "yes" },
	{ "spdm_interval", "1s", "1" },
	{ "spdm_nvml", "/opt/x.so\nspdm: true", "/opt/x.so" },
	{ "quote_banks", "[sha384, sm3_256]", "sha384;sm3_256;" },
	{ "quote_pcrs", "7", "80" },
	{ "posture", "false", "no" },
	{ "firmware_pcr", "true", "yes" },
	{ "firmware_interval", "0s", "0" },
	{ "firmware_devices", "[/dev/mtd0ro, /x]", "/dev/mtd0ro;/x;" },
	{ "firmware_rate", "4K", "4096" },
	{ "firmware_duty", "100", "100" },
	{ "firmware_timeout", "7d", "604800" },
	{ "firmware_hash", "sha384", "sha384" },
	{ "firmware_layout", "openbmc", "openbmc" },
	{ "firmware_spool", "/x", "/x" },
	{ "fwupd", "true", "yes" },
	{ "interval", "1h", "3600" },
	{ "interval_min", "1m", "60" },
	{ "interval_max", "7d", "604800" },
	{ "backoff_min", "5m", "300" },
	{ "backoff_max", "10s", "10" },
	{ "retry_after_max", "1d", "86400" },
	{ "connect_timeout", "1s", "1" },
	{ "request_timeout", "1s", "1" },
	{ "result_keys", "/x", "/x" },
	{ "gate_tier", "affirming\nresult_keys: /x", "affirming" },
	{ "gated_units", "[]", "" },
	{ "on_untrusted", "stop", "stop" },
	{ "idle_timeout", "30s", "30" },
	{ "log_level", "debug", "debug" },
};

static const struct setting verifier_settings[] = {
	{ "listen_address", "'::1'", "::1" },
	{ "listen_port", "0", "0" },
	{ "tls_cert", "/x", "/x" },
	{ "tls_key", "/x", "/x" },
	{ "database", "/x", "/x" },
	{ "ek_ca_dir", "/x", "/x" },
	{ "require_ek_cert", "false", "no" },
	{ "operator_token_file", "/x", "/x" },
	{ "result_key_file", "/x", "/x" },
	{ "result_lifetime", "10m", "600" },
	{ "quote_interval", "2s", "2" },
	{ "stale_intervals", "2", "2" },
	{ "firmware_max_age", "3h", "10800" },
	{ "firmware_known_required", "true", "yes" },
	{ "spdm_max_age", "3h", "10800" },
	{ "session_challenge_lifetime", "5s", "5" },
	{ "token_lifetime", "10s", "10" },
	{ "challenge_lifetime", "30m", "1800" },
	{ "quote_banks", "[sha384]", "sha384;" },
	{ "quote_pcrs", "0-23", "ffffff" },
	{ "allow_incomplete", "true", "yes" },
	{ "allow_guessed", "true", "yes" },
	{ "require_safe_clock", "true", "yes" },
	{ "max_body_size", "100M", "104857600" },
	{ "max_connections", "256", "256" },
	{ "max_connections_per_address", "1024", "1024" },
	{ "idle_timeout", "3s", "3" },
	{ "request_timeout", "3s", "3" },
	{ "sessions_per_minute", "50", "50" },
	{ "attempts_per_minute", "51", "51" },
	{ "max_nodes", "1", "1" },
	{ "threads", "256", "256" },
	{ "log_level", "error", "error" },
};

static void
put_settings(struct att_buf *b, const struct setting *base, const char *but)
{
	for (; base->name != NULL; base++)
		if (strcmp(base->name, but) != 0)
			att_buf_printf(b, "%s: %s\n", base->name,
			    base->value);
}

/* A struct filled from this text; freed by free_config. */
static char *
fill(const struct att_config_schema *s, struct att_slice text)
{
	char *config = calloc(1, s->size);

	ck_assert_ptr_nonnull(config);
	ok(att_config_parse(s, "t", text, config, err));
	return config;
}

static void
free_config(const struct att_config_schema *s, char *config)
{
	att_config_done(s, config);
	free(config);
}

/* Printed, and read again. */
static void
prints_the_same(const struct att_config_schema *s, const char *config)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(99999);
	char *again;

	att_config_print(s, config, &b);
	again = fill(s, att_buf_view(&b));
	for (size_t k = 0; k < s->count; k++) {
		AUTO(free) char *was = show(&s->keys[k], config);
		AUTO(free) char *is = show(&s->keys[k], again);

		ck_assert_str_eq(is, was);
	}
	free_config(s, again);
}

/* Each key fills its own field and no other. */
static void
each_key(const struct att_config_schema *s, const struct setting *set,
    size_t count, const struct setting *base)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(9999);
	char *before;

	put_settings(&b, base, "");
	before = fill(s, att_buf_view(&b));
	ck_assert_uint_eq(count, s->count);
	for (size_t i = 0; i < count; i++) {
		char *after;

		ck_assert_str_eq(set[i].name, s->keys[i].name);
		att_buf_reset(&b);
		put_settings(&b, base, set[i].name);
		att_buf_printf(&b, "%s: %s\n", set[i].name, set[i].value);
		after = fill(s, att_buf_view(&b));
		for (size_t k = 0; k < s->count; k++) {
			AUTO(free) char *was = show(&s->keys[k], before);
			AUTO(free) char *is = show(&s->keys[k], after);

			if (k == i) {
				ck_assert_str_eq(is, set[i].shown);
				ck_assert_str_ne(is, was);
			} else if (strstr(set[i].value, s->keys[k].name) ==
			    NULL) {
				ck_assert_str_eq(is, was);
			}
		}
		prints_the_same(s, after);
		free_config(s, after);
	}
	prints_the_same(s, before);
	free_config(s, before);
}

START_TEST(every_key_of_the_agent)
{
	each_key(&att_agent_schema, agent_settings,
	    ATT_COUNT(agent_settings), agent_base);
}
END_TEST

START_TEST(every_key_of_the_verifier)
{
	each_key(&att_verifier_schema, verifier_settings,
	    ATT_COUNT(verifier_settings), verifier_base);
}
END_TEST

/* Lines "#key: value" become "key: value"; of which some, or all. */
static void
uncomment(struct att_buf *b, const char *sample, bool presets,
    const struct att_config_schema *s)
{
	for (size_t i = 0; i < s->count; i++) {
		AUTO(free) char *start = NULL;
		const char *line;

		ck_assert(asprintf(&start, "\n#%s: ", s->keys[i].name) > 0);
		line = strstr(sample, start);
		ck_assert_msg(line != NULL, "sample lacks %s", start);
		ck_assert_ptr_null(strstr(line + 1, start));
		if (presets || s->keys[i].preset == NULL)
			att_buf_bytes(b, line + 2, strcspn(line + 2, "\n") +
			    1);
	}
}

/* The sample in conf/ is what the table says; its lines say the defaults. */
static void
sample_is_true(const struct att_config_schema *s, const char *path)
{
	AUTO_DONE(att_buf_done) struct att_buf want = ATT_BUF(99999);
	AUTO_DONE(att_buf_done) struct att_buf got = ATT_BUF(99999);
	AUTO_DONE(att_buf_done) struct att_buf few = ATT_BUF(99999);
	AUTO_DONE(att_buf_done) struct att_buf all = ATT_BUF(99999);
	AUTO(free) char *sample = NULL;
	char *a;
	char *b;

	att_config_document(s, &want);
	ok(att_file_read(path, &got, err));
	sample = att_buf_take_str(&got);
	ck_assert(att_slice_is(att_buf_view(&want), sample));
	uncomment(&few, sample, false, s);
	uncomment(&all, sample, true, s);
	a = fill(s, att_buf_view(&few));
	b = fill(s, att_buf_view(&all));
	for (size_t i = 0; i < s->count; i++) {
		AUTO(free) char *x = show(&s->keys[i], a);
		AUTO(free) char *y = show(&s->keys[i], b);

		ck_assert_str_eq(x, y);
		ck_assert_str_ne(x, "(none)");
		ck_assert(s->keys[i].preset != NULL ||
		    s->keys[i].example != NULL);
	}
	free_config(s, a);
	free_config(s, b);
}

START_TEST(samples)
{
	sample_is_true(&att_agent_schema, "conf/attestd.yaml");
	sample_is_true(&att_verifier_schema, "conf/attest-verifier.yaml");
}
END_TEST

START_TEST(agent_rules)
{
	static const struct {
		const char *text;	/* after the base */
		const char *why;
	} bad[] = {
		{ "agent_id: a/b", "t:3: agent_id: must be hash_ek, or 1 to "
				   "80 of" },
		{ "agent_id: ..", "must be hash_ek" },
		{ "agent_id: 'a b'", "must be hash_ek" },
		{ "agent_id: D432FBB3-d2f1-4a97-9ef7-75bd81c00000",
		    "an id of this node's own" },
		{ "client_cert: /c", "client_cert and client_key: must both" },
		{ "client_key: /c", "client_cert and client_key: must both" },
		{ "interval: 1s", "interval: must be from interval_min" },
		{ "interval_min: 2m", "interval: must be from" },
		{ "interval: 2h", "interval: must be from" },
		{ "gate_tier: affirming", "needs result_keys" },
		{ "gated_units: [kubelet]", "the name of a service" },
		{ "redfish_url: https://b", "needs redfish_pin or" },
		{ "redfish_url: http://b\nredfish_pin: " PIN,
		    "https://host:port, or host-interface" },
		{ "redfish_url: https://b/redfish\nredfish_pin: " PIN,
		    "without user" },
		{ "redfish_url: hostinterface\nredfish_pin: " PIN,
		    "or host-interface" },
		{ "redfish_pin: lzBwB1kDh0f0vGvVj3Pu4Nmh1ePMkrMmZ7jFvcZgWfw=",
		    "must be sha256// and base64" },
		{ "redfish_pin: sha256//lzBw", "must be sha256// and" },
		{ "redfish_pin: /etc/attestd/bmc.pem", "must be sha256//" },
		{ BMC "\nredfish_user: u", "must both be set" },
		{ BMC "\nredfish_password_file: /p", "must both be set" },
		{ "spdm: true", "spdm: needs redfish_url or spdm_nvml" },
		{ "spdm_nvml: ./libnvidia-ml.so.1", "absolute path, or" },
		{ "backoff_max: 9s", "backoff_min: must be at most" },
		{ "quote_banks: [sha1]", "must name PCR banks" },
		{ "quote_banks: [md5]", "must name PCR banks" },
		{ "ek_type: rsa4096", "must be auto, rsa2048, p256" },
		{ "log_level: loud", "error, warning, notice, info or debug" },
	};

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(9999);
		struct att_agent_config c = { .interval = 77 };

		put_settings(&b, agent_base, "");
		att_buf_str(&b, bad[i].text);
		fails(att_agent_config_parse("t", att_buf_view(&b), &c, err),
		    ATT_E_FORMAT, bad[i].why);
		ck_assert(c.interval == 77);
	}
}
END_TEST

START_TEST(plain_http_needs_its_own_key)
{
	static const char text[] = "registrar_urls: [http://r:8890]\n"
				   "verifier_urls: [https://v:8881]\n";
	AUTO_DONE(att_agent_config_done) struct att_agent_config c = { 0 };
	AUTO(free) char *allowed = NULL;

	fails(att_agent_config_parse("t", S(text), &c, err), ATT_E_FORMAT,
	    "t: http://r:8890: must be https");
	ck_assert(asprintf(&allowed, "%sallow_plain_http: true", text) > 0);
	ok(att_agent_config_parse("t", S(allowed), &c, err));
}
END_TEST

START_TEST(verifier_rules)
{
	struct att_verifier_config c;

	fails(att_verifier_config_parse("t",
	    S("max_connections: 10\nmax_connections_per_address: 11"), &c,
	    err), ATT_E_FORMAT, "t: max_connections_per_address: must be");
	fails(att_verifier_config_parse("t",
	    S("quote_interval: 60s\nresult_lifetime: 119s"), &c, err),
	    ATT_E_FORMAT, "t: result_lifetime: must be");
	ok(att_verifier_config_parse("t",
	    S("quote_interval: 60s\nresult_lifetime: 120s"), &c, err));
	att_verifier_config_done(&c);
	fails(att_verifier_config_parse("t", S("listen_address: localhost"),
	    &c, err), ATT_E_FORMAT, "t:1: listen_address: must be a numeric");
}
END_TEST

static int
print_sample(const char *which)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(99999);

	att_config_document(strcmp(which, "agent") == 0 ? &att_agent_schema :
	    &att_verifier_schema, &b);
	return fwrite(b.data, 1, b.len, stdout) != b.len;
}

int
main(int argc, char **argv)
{
	Suite *s = suite_create("config");
	TCase *values = tcase_create("values");
	TCase *files = tcase_create("files");
	TCase *programs = tcase_create("programs");

	if (argc == 2)
		return print_sample(argv[1]);
	tcase_add_test(values, defaults);
	tcase_add_test(values, every_type);
	tcase_add_test(values, refused);
	tcase_add_checked_fixture(files, make_dir, remove_dir);
	tcase_add_test(files, dropins_win_in_order);
	tcase_add_test(files, a_bad_dropin_is_named);
	tcase_add_test(files, required_key_may_come_from_a_dropin);
	tcase_add_test(files, unreadable_is_not_empty);
	tcase_add_test(files, k12_huge_file);
	tcase_add_test(files, too_many_dropins);
	tcase_add_test(programs, every_key_of_the_agent);
	tcase_add_test(programs, every_key_of_the_verifier);
	tcase_add_test(programs, samples);
	tcase_add_test(programs, agent_rules);
	tcase_add_test(programs, plain_http_needs_its_own_key);
	tcase_add_test(programs, verifier_rules);
	suite_add_tcase(s, values);
	suite_add_tcase(s, files);
	suite_add_tcase(s, programs);
	return run_suite(s);
}
