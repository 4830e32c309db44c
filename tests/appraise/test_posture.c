/* Rules over the posture, and what is told whatever they say. */
#include "testlib.h"

#include "appraise/claims.h"
#include "appraise/posture.h"
#include "base/file.h"

#define HEAD                                                                 \
	"{\"format\":\"attestd-posture-rules/1\",\"id\":\"x\",\"version\":1," \
	"\"match\":{\"groups\":[\"g\"]}"
#define RULE(name, rule) HEAD ",\"rules\":{\"" name "\":" rule "}}"
#define D1 "1111111111111111111111111111111111111111111111111111111111111111"
#define D2 "2222222222222222222222222222222222222222222222222222222222222222"

#define NOW 1795000000	/* November 2026 */

static const char *const groups[] = { "g", NULL };
static const struct att_platform platform = { "v", "p", groups };

static struct att_posture *posture;
static struct att_proven proven;

/* What was told. */
static struct att_finding told[16];
static size_t tolds;

static void
note(void *arg ATT_UNUSED, const struct att_finding *f)
{
	ck_assert_uint_lt(tolds, ATT_COUNT(told));
	told[tolds++] = *f;
}

static void
claim(const char *name, const char *value)
{
	ok(att_posture_add(posture, name, ATT_POSTURE_SYSFS,
	    json_loads(value, JSON_DECODE_ANY, NULL), err));
}

static void
setup(void)
{
	ok(att_posture_new(&posture, err));
	proven = (struct att_proven){ 0 };
	tolds = 0;
	claim("secure_boot.on", "true");
	claim("number", "2");
	claim("text", "\"ro quiet mitigations=off\"");
	claim("list", "[\"mlx5 OE\",\"nvidia POE\"]");
	claim("none", "[]");
	ok(att_posture_add_failed(posture, "failed", ATT_POSTURE_SYSFS,
	    ATT_POSTURE_FAILED, "Permission denied", err));
	ok(att_posture_add_failed(posture, "missing", ATT_POSTURE_SYSFS,
	    ATT_POSTURE_NOT_AVAILABLE, "is not there", err));
}

static void
teardown(void)
{
	att_posture_free(posture);
}

static void
judge_text(struct att_slice text, const char *rules,
    struct att_posture_judged *ret)
{
	AUTO(att_posture_rules_free) struct att_posture_rules *r = NULL;
	const struct att_posture_rules *all[1];
	struct att_posture_case c = { .text = text, .rules = all,
		.platform = &platform, .now = NOW, .proven = &proven };

	tolds = 0;
	if (rules != NULL) {
		ok(att_posture_rules_parse(S(rules), &r, err));
		all[c.count++] = r;
	}
	ok(att_posture_judge(&c, note, NULL, ret, err));
}

static struct att_posture_judged
judge(const char *rules)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_POSTURE_MAX);
	struct att_posture_judged j = { true, true };

	ok(att_posture_encode(posture, &b, err));
	judge_text(att_buf_view(&b), rules, &j);
	return j;
}

/* The rule is met, and nothing is said. */
static void
meets(const char *rules)
{
	struct att_posture_judged j = judge(rules);

	ck_assert_msg(tolds == 0, "%s: %s", rules, told[0].what);
	ck_assert(j.evaluated && j.holds);
}

/* One finding with these words, which fails the node, or warns. */
static void
breaks(const char *rules, enum att_finding_code code,
    enum att_severity severity, const char *words)
{
	struct att_posture_judged j = judge(rules);
	char text[ATT_FINDING_TEXT_MAX + 1];

	ck_assert_msg(tolds == 1, "%s: %zu findings", rules, tolds);
	ck_assert_int_eq(told[0].code, code);
	ck_assert_int_eq(told[0].severity, severity);
	ck_assert_msg(strstr(att_finding_text(&told[0], text), words) != NULL,
	    "%s: %s lacks %s", rules, text, words);
	ck_assert(j.evaluated);
	ck_assert(j.holds == (severity != ATT_SEVERITY_FAIL));
}

static const char *const met[] = {
	RULE("secure_boot.on", "true"),
	RULE("secure_boot.*", "true"),
	RULE("number", "2"),
	RULE("number", "{\"minimum\":2}"),
	RULE("number", "{\"maximum\":2}"),
	RULE("number", "{\"one_of\":[1,2]}"),
	RULE("text", "{\"pattern\":\"ro .*\"}"),
	RULE("text", "{\"includes\":[\"quiet\",\"ro\"]}"),
	RULE("text", "{\"excludes\":[\"rw\",\"mitigations\"]}"),
	RULE("text", "{\"among\":[\"ro\",\"quiet\",\"mitigations=*\"]}"),
	RULE("list", "{\"among\":[\"nvidia *\",\"mlx* *\"]}"),
	RULE("list", "{\"includes\":[\"mlx5 OE\"]}"),
	RULE("list", "{\"excludes\":[\"mlx5\"]}"),
	RULE("none", "{\"among\":[\"x\"]}"),
	RULE("none", "{\"excludes\":[\"*\"]}"),
	RULE("missing", "{\"one_of\":[true],\"optional\":true}"),
	RULE("not_reported", "{\"one_of\":[true],\"optional\":true}"),
};

START_TEST(rules_that_are_met)
{
	meets(met[_i]);
}
END_TEST

static const struct {
	const char *rules, *words;
} broken[] = {
	{ RULE("secure_boot.on", "false"),
	    "setting secure_boot.on breaks its rule: expected false, found "
	    "true" },
	{ RULE("secure_boot.*", "false"), "secure_boot.on" },
	{ RULE("secure_boot.on", "1"), "expected 1, found true" },
	{ RULE("number", "{\"minimum\":3}"), "expected at least 3, found 2" },
	{ RULE("number", "{\"maximum\":1}"), "expected at most 1, found 2" },
	{ RULE("number", "{\"one_of\":[1,3,\"2\"]}"),
	    "expected 1 or 3 or 2, found 2" },
	{ RULE("number", "{\"pattern\":\".*\"}"), "found 2" },
	{ RULE("number", "{\"excludes\":[\"x\"]}"), "found 2" },
	{ RULE("text", "{\"minimum\":0}"), "found ro" },
	{ RULE("text", "{\"pattern\":\"ro\"}"), "what the pattern fits" },
	{ RULE("text", "{\"includes\":[\"ro\",\"rw\"]}"),
	    "expected all of ro, rw, found ro quiet mitigations=off" },
	{ RULE("text", "{\"excludes\":[\"mitigations=*\"]}"),
	    "expected none of mitigations=*" },
	{ RULE("text", "{\"among\":[\"ro\",\"quiet\"]}"),
	    "expected only ro, quiet" },
	{ RULE("list", "{\"among\":[\"nvidia *\"]}"), "found [\"mlx5 OE\"" },
	{ RULE("list", "{\"includes\":[\"mlx5\"]}"), "all of mlx5" },
	{ RULE("list", "{\"excludes\":[\"nvidia*\"]}"), "none of nvidia*" },
	{ RULE("list", "{\"pattern\":\".*\"}"), "pattern" },
	{ RULE("none", "{\"includes\":[\"x\"]}"), "found []" },
};

START_TEST(rules_that_are_broken)
{
	breaks(broken[_i].rules, ATT_F_POSTURE_RULE, ATT_SEVERITY_FAIL,
	    broken[_i].words);
}
END_TEST

static const struct {
	const char *rules, *words;
} untold[] = {
	{ RULE("failed", "true"), "failed, for which there is a rule, is not "
	  "known: Permission denied" },
	{ RULE("failed", "{\"one_of\":[true],\"optional\":true}"),
	    "Permission denied" },
	{ RULE("missing", "true"), "is not there" },
	{ RULE("not_reported", "true"), "does not report it" },
	{ RULE("nothing.*", "true"), "does not report it" },
};

START_TEST(what_is_not_told_meets_no_rule)
{
	breaks(untold[_i].rules, ATT_F_POSTURE_NOT_TOLD, ATT_SEVERITY_FAIL,
	    untold[_i].words);
}
END_TEST

START_TEST(levels)
{
	breaks(RULE("number", "{\"minimum\":3,\"level\":\"warn\"}"),
	    ATT_F_POSTURE_RULE, ATT_SEVERITY_WARN, "at least 3");
	breaks(RULE("failed", "{\"minimum\":3,\"level\":\"warn\"}"),
	    ATT_F_POSTURE_NOT_TOLD, ATT_SEVERITY_WARN, "Permission denied");
	breaks(RULE("number", "{\"minimum\":3,\"level\":\"required\"}"),
	    ATT_F_POSTURE_RULE, ATT_SEVERITY_FAIL, "at least 3");
}
END_TEST

/* Not for this node, not any more, or none at all: nothing was evaluated. */
START_TEST(rules_of_others)
{
	static const char *const others[] = { NULL,
		"{\"format\":\"attestd-posture-rules/1\",\"id\":\"x\","
		"\"version\":1,\"match\":{\"groups\":[\"h\"]},"
		"\"rules\":{\"number\":3}}",
		"{\"format\":\"attestd-posture-rules/1\",\"id\":\"x\","
		"\"version\":1,\"match\":{},\"valid_until\":"
		"\"2026-01-01T00:00:00Z\",\"rules\":{\"number\":3}}" };

	for (size_t i = 0; i < ATT_COUNT(others); i++) {
		struct att_posture_judged j = judge(others[i]);

		ck_assert_uint_eq(tolds, 1);
		ck_assert_int_eq(told[0].code, ATT_F_POSTURE_NO_RULES);
		ck_assert(!j.evaluated && !j.holds);
	}
}
END_TEST

static void
line_is(const char *line)
{
	att_posture_free(posture);
	ok(att_posture_new(&posture, err));
	ok(att_posture_add(posture, "line", ATT_POSTURE_SYSFS,
	    json_string(line), err));
}

/* Words that the kernel finds in its command line are found here. */
START_TEST(hidden_words)
{
	static const char *const lines[] = { "ro init=/x", "ro \"init=/x\"",
		"ro init=\"/x\"", "ro init=\"/x", "ro \"init=/x",
		"ro\\x09init=/x", "ro\xc2\xa0init=/x", "ro\\xa0init=/x y",
		"a=\"b c\" init=/x", "\"a b\" init=/x" };
	static const char *const others[] = { "ro xinit=/x",
		"a=\"b init=/x\"", "\"a init=/x\"", "in\"it\"=/x", "\"", "",
		"\"\"", "a=\"", "\"a=\"", "=\"init=/x", "\"=\"", "=" };

	for (size_t i = 0; i < ATT_COUNT(lines); i++) {
		line_is(lines[i]);
		breaks(RULE("line", "{\"excludes\":[\"init=/x\"]}"),
		    ATT_F_POSTURE_RULE, ATT_SEVERITY_FAIL, "init");
		meets(RULE("line", "{\"includes\":[\"init=/x\"]}"));
	}
	for (size_t i = 0; i < ATT_COUNT(others); i++) {
		line_is(others[i]);
		meets(RULE("line", "{\"excludes\":[\"init=/x\"]}"));
	}
	line_is("module.sig-enforce=0 a-b=c-d");
	breaks(RULE("line", "{\"excludes\":[\"module.sig_enforce=0\"]}"),
	    ATT_F_POSTURE_RULE, ATT_SEVERITY_FAIL, "sig-enforce");
	meets(RULE("line", "{\"includes\":[\"a-b=c-d\",\"a_b=c-d\"]}"));
	meets(RULE("line", "{\"excludes\":[\"a_b=c_d\"]}"));
}
END_TEST

/* All documents of a node count: one that is over takes no rule along. */
START_TEST(rules_of_which_some_are_over)
{
	static const char now[] = RULE("number", "2");
	static const char *const old[] = {
		HEAD ",\"valid_until\":\"2026-01-01T00:00:00Z\","
		"\"rules\":{\"number\":2,\"secure_boot.on\":true}}",
		HEAD ",\"valid_until\":\"2026-01-01T00:00:00Z\","
		"\"rules\":{\"number\":3}}",
		HEAD ",\"valid_until\":\"2026-01-01T00:00:00Z\",\"rules\":"
		"{\"text\":{\"one_of\":[\"x\"],\"level\":\"warn\"}}}",
		HEAD ",\"valid_from\":\"2036-01-01T00:00:00Z\","
		"\"rules\":{\"secure_boot.on\":true}}",
		HEAD ",\"valid_until\":\"2026-01-01T00:00:00Z\","
		"\"rules\":{},"
		"\"keys\":{\"PK\":{\"certificates\":[\"" D1 "\"]}}}",
	};

	for (size_t i = 0; i < ATT_COUNT(old); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b =
		    ATT_BUF(ATT_POSTURE_MAX);
		AUTO(att_posture_rules_free)
		struct att_posture_rules *a = NULL;
		AUTO(att_posture_rules_free)
		struct att_posture_rules *o = NULL;
		const struct att_posture_rules *all[2];
		struct att_posture_case c = { .rules = all, .count = 2,
			.platform = &platform, .now = NOW,
			.proven = &proven };
		struct att_posture_judged j = { true, true };

		ok(att_posture_rules_parse(S(now), &a, err));
		ok(att_posture_rules_parse(S(old[i]), &o, err));
		all[0] = o;
		all[1] = a;
		ok(att_posture_encode(posture, &b, err));
		c.text = att_buf_view(&b);
		tolds = 0;
		ok(att_posture_judge(&c, note, NULL, &j, err));
		ck_assert_msg(j.evaluated && j.holds == (i != 0 && i != 4),
		    "document %zu", i);
		ck_assert_uint_eq(tolds, !j.holds);
		if (tolds > 0)
			ck_assert_int_eq(told[0].code,
			    ATT_F_REFERENCE_EXPIRED);
	}
}
END_TEST

/* -- keys ------------------------------------------------------------------ */

static struct att_digest
digest(const char *hex)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(32);
	struct att_digest d;

	ok(att_hex_decode(S(hex), &b, err));
	ok(att_digest_from(ATT_ALG_SHA256, att_buf_view(&b), &d, err));
	return d;
}

static struct att_posture_keys *
variable(enum att_posture_variable v, const char *value, int64_t digests)
{
	struct att_posture_keys *k = &posture->keys[v];

	att_posture_keys_begin(k);
	ok(att_digest_of(ATT_ALG_SHA256, S(value), &k->sha256, err));
	k->digests_sha256 = digest(D1);
	k->digests = digests;
	return k;
}

static void
cert(struct att_posture_keys *k, const char *hex, const char *subject)
{
	struct att_digest d = digest(hex);

	ok(att_posture_keys_add(k, &d, subject, err));
}

#define KEYS(v, rule) HEAD ",\"rules\":{},\"keys\":{\"" v "\":" rule "}}"

START_TEST(rules_over_keys)
{
	struct att_posture_keys *k = variable(ATT_POSTURE_PK, "PK", 0);

	cert(k, D1, "CN=Ours");
	(void)variable(ATT_POSTURE_DBX, "dbx", 50);
	meets(KEYS("PK", "{\"certificates\":[\"" D2 "\",\"" D1 "\"]}"));
	breaks(KEYS("PK", "{\"certificates\":[\"" D2 "\"]}"),
	    ATT_F_POSTURE_RULE, ATT_SEVERITY_FAIL,
	    "PK breaks its rule: certificate 1111111111111111... (CN=Ours) "
	    "is not listed");
	breaks(KEYS("PK", "{\"certificates\":[],\"level\":\"warn\"}"),
	    ATT_F_POSTURE_RULE, ATT_SEVERITY_WARN, "not listed");
	meets(KEYS("dbx", "{\"minimum_digests\":50}"));
	breaks(KEYS("dbx", "{\"minimum_digests\":51}"), ATT_F_POSTURE_RULE,
	    ATT_SEVERITY_FAIL, "expected at least 51 digests, found 50");
	breaks(KEYS("dbx", "{\"certificates\":[]}"), ATT_F_POSTURE_RULE,
	    ATT_SEVERITY_FAIL, "expected 0 digests, found 50");
	meets(KEYS("dbx", "{\"certificates\":[],\"digests\":true}"));
	breaks(KEYS("KEK", "{\"certificates\":[]}"), ATT_F_POSTURE_NOT_TOLD,
	    ATT_SEVERITY_FAIL, "KEK");
	meets(KEYS("KEK", "{\"certificates\":[],\"optional\":true}"));
}
END_TEST

#define ANY RULE("number", "2")

START_TEST(keys_of_nobody)
{
	struct att_posture_keys *k;

	k = variable(ATT_POSTURE_PK, "PK", 0);
	cert(k, D1, "CN=DO NOT TRUST - AMI Test PK");
	breaks(ANY, ATT_F_POSTURE_TEST_KEY, ATT_SEVERITY_FAIL,
	    "trusts in PK a test key");
	k = variable(ATT_POSTURE_PK, "PK", 0);
	cert(k, "cca4e3f3170230030dc3e33d1e3fa7d1383de8b3367430892e93cbccde03"
	    "4ce0", "");
	breaks(ANY, ATT_F_POSTURE_TEST_KEY, ATT_SEVERITY_FAIL, "VU#455367");
	k = variable(ATT_POSTURE_PK, "PK", 0);
	cert(k, "5fb05ed84c5170d542ed6a7b7487dd57b8faedb02f7e107b0409e1d22cac"
	    "4169", "O=Debian");
	breaks(ANY, ATT_F_POSTURE_SHARED_KEY, ATT_SEVERITY_WARN, "Debian");
	k = variable(ATT_POSTURE_KEK, "KEK", 0);
	cert(k, "5fb05ed84c5170d542ed6a7b7487dd57b8faedb02f7e107b0409e1d22cac"
	    "4169", "O=Debian");
	breaks(ANY, ATT_F_POSTURE_SHARED_KEY, ATT_SEVERITY_WARN, "Debian");
	k = variable(ATT_POSTURE_PK, "PK", 0);
	cert(k, D1, "CN=Ours");
	meets(ANY);
	/* a test key that is revoked is none that is trusted */
	k = variable(ATT_POSTURE_DBX, "dbx", 0);
	cert(k, D1, "CN=DO NOT SHIP - PK");
	meets(ANY);
	k = variable(ATT_POSTURE_DB, "db", 0);
	cert(k, D1, "CN=DO NOT SHIP - PK");
	breaks(ANY, ATT_F_POSTURE_TEST_KEY, ATT_SEVERITY_FAIL, "in db a");
}
END_TEST

/* Who wrote no rules is warned, and the node does not fail for it. */
START_TEST(a_test_key_without_rules)
{
	struct att_posture_keys *k = variable(ATT_POSTURE_PK, "PK", 0);
	struct att_posture_judged j;

	cert(k, D1, "CN=DO NOT TRUST - AMI Test PK");
	j = judge(NULL);
	ck_assert_uint_eq(tolds, 2);
	ck_assert_int_eq(told[0].code, ATT_F_POSTURE_NO_RULES);
	ck_assert_int_eq(told[1].code, ATT_F_POSTURE_TEST_KEY);
	ck_assert_int_eq(told[1].severity, ATT_SEVERITY_WARN);
	ck_assert(!j.evaluated && !j.holds);
}
END_TEST

START_TEST(settings_that_nobody_should_have)
{
	claim("secure_boot.setup_mode", "true");
	breaks(ANY, ATT_F_POSTURE_SETUP_MODE, ATT_SEVERITY_WARN, "setup mode");
	teardown();
	setup();
	claim("kernel.lockdown", "\"none\"");
	breaks(ANY, ATT_F_POSTURE_NO_LOCKDOWN, ATT_SEVERITY_WARN, "lock");
	teardown();
	setup();
	claim("shim.validation_off", "true");
	breaks(ANY, ATT_F_POSTURE_SHIM_OFF, ATT_SEVERITY_WARN, "shim");
	teardown();
	setup();
	claim("secure_boot.setup_mode", "false");
	claim("kernel.lockdown", "\"integrity\"");
	claim("shim.validation_off", "false");
	meets(ANY);
}
END_TEST

/* -- the log --------------------------------------------------------------- */

START_TEST(secure_boot_against_the_log)
{
	proven.secure_boot = ATT_SECURE_BOOT_ON;
	meets(ANY);
	proven.secure_boot = ATT_SECURE_BOOT_OFF;
	breaks(ANY, ATT_F_POSTURE_CONTRADICTS, ATT_SEVERITY_FAIL,
	    "Secure Boot what the boot log contradicts: it was off at the "
	    "boot, and is said to be on");
}
END_TEST

static const struct {
	const char *measured, *running;
	int severity;	/* -1: nothing is told */
} lines[] = {
	{ "", "ro quiet", -1 },
	{ "ro quiet", "ro quiet", -1 },
	{ "ro  quiet ", " ro quiet", -1 },
	{ "/vmlinuz ro", "BOOT_IMAGE=/vmlinuz ro", -1 },
	{ "BOOT_IMAGE=/vmlinuz ro", "BOOT_IMAGE=/vmlinuz ro", -1 },
	{ "ro quiet", "ro quiet init=/bin/sh", ATT_SEVERITY_WARN },
	{ "ro quiet", "console=x ro quiet", ATT_SEVERITY_WARN },
	{ "ro quiet", "ro x quiet", ATT_SEVERITY_WARN },
	{ "ro quiet", "ro", ATT_SEVERITY_FAIL },
	{ "ro quiet", "", ATT_SEVERITY_FAIL },
	{ "ro quiet", "quiet ro", ATT_SEVERITY_FAIL },
	{ "ro lockdown=integrity", "ro lockdown=none", ATT_SEVERITY_FAIL },
	{ "ro", "r", ATT_SEVERITY_FAIL },
	{ "ro", "root=/dev/sda1", ATT_SEVERITY_FAIL },
	{ "/vmlinuz ro", "BOOT_IMAGE=/other ro", ATT_SEVERITY_FAIL },
};

START_TEST(the_line_against_the_log)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(8192);

	att_buf_printf(&b, "\"%s\"", lines[_i].running);
	att_buf_u8(&b, '\0');
	claim("kernel.command_line", (const char *)b.data);
	(void)snprintf(proven.kernel, sizeof(proven.kernel), "%s",
	    lines[_i].measured);
	if (lines[_i].severity < 0)
		meets(ANY);
	else
		breaks(ANY, ATT_F_POSTURE_CONTRADICTS,
		    (enum att_severity)lines[_i].severity,
		    "the kernel's command line");
}
END_TEST

/* Of a line that was cut, what is left of it counts. */
START_TEST(a_long_line)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(8192);

	att_buf_str(&b, "\"");
	for (int i = 0; i < 400; i++)
		att_buf_printf(&b, "w%d ", i);
	att_buf_str(&b, "\"");
	att_buf_u8(&b, '\0');
	claim("kernel.command_line", (const char *)b.data);
	memcpy(proven.kernel, b.data + 1, ATT_CLAIM_KERNEL_MAX - 3);
	memcpy(proven.kernel + ATT_CLAIM_KERNEL_MAX - 3, "...", 4);
	meets(ANY);
	proven.kernel[1] = 'x';
	breaks(ANY, ATT_F_POSTURE_CONTRADICTS, ATT_SEVERITY_FAIL,
	    "command line");
}
END_TEST

START_TEST(keys_against_the_log)
{
	(void)variable(ATT_POSTURE_PK, "PK", 0);
	(void)variable(ATT_POSTURE_KEK, "KEK", 0);
	(void)variable(ATT_POSTURE_DB, "db", 0);
	proven.variable[1] = S("PK");
	proven.variable[2] = S("KEK");
	proven.variable[3] = S("other");
	/* nothing is proven of them */
	meets(ANY);
	proven.variables = true;
	breaks(ANY, ATT_F_POSTURE_KEYS_CHANGED, ATT_SEVERITY_WARN,
	    "variable db is not as");
	proven.variable[3] = S("db");
	/* a dbx that is not there was measured so */
	meets(ANY);
	proven.variable[4] = S("dbx");
	breaks(ANY, ATT_F_POSTURE_KEYS_CHANGED, ATT_SEVERITY_WARN,
	    "variable dbx is not as");
	ok(att_posture_keys_set_failed(&posture->keys[ATT_POSTURE_DBX],
	    ATT_POSTURE_FAILED, "x", err));
	meets(ANY);
}
END_TEST

/* -- documents that are none ----------------------------------------------- */

START_TEST(a_posture_that_is_none)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_POSTURE_MAX);
	struct att_posture_judged j = { true, true };

	ok(att_posture_encode(posture, &b, err));
	for (size_t n = 0; n < b.len; n += 3) {
		judge_text((struct att_slice){ b.data, n }, ANY, &j);
		ck_assert_uint_eq(tolds, 1);
		ck_assert_int_eq(told[0].code, ATT_F_POSTURE_MALFORMED);
		ck_assert(!j.evaluated && !j.holds);
	}
}
END_TEST

static const struct {
	const char *text, *word;
} faults[] = {
	{ "[]", "object" },
	{ "{\"format\":\"attestd-posture-rules/2\"}", "format" },
	{ HEAD "}", "rules" },
	{ HEAD ",\"rules\":{}}", "no rules" },
	{ HEAD ",\"rules\":[]}", "rules" },
	{ HEAD ",\"rules\":{\"a\":true},\"more\":1}", "more" },
	{ RULE("a b", "true"), "name" },
	{ RULE("", "true"), "name" },
	{ RULE("a", "null"), "rule \"a\"" },
	{ RULE("a", "1.5"), "rule \"a\"" },
	{ RULE("a", "[]"), "rule \"a\"" },
	{ RULE("a", "{}"), "exactly one" },
	{ RULE("a", "{\"minimum\":1,\"maximum\":2}"), "exactly one" },
	{ RULE("a", "{\"minimum\":1,\"more\":2}"), "more" },
	{ RULE("a", "{\"minimum\":\"1\"}"), "minimum" },
	{ RULE("a", "{\"one_of\":[]}"), "1 to 64" },
	{ RULE("a", "{\"one_of\":[null]}"), "entry 0" },
	{ RULE("a", "{\"one_of\":1}"), "one_of" },
	{ RULE("a", "{\"pattern\":\"(\"}"), "rule \"a\"" },
	{ RULE("a", "{\"pattern\":1}"), "pattern" },
	{ RULE("a", "{\"among\":[]}"), "among" },
	{ RULE("a", "{\"excludes\":[1]}"), "excludes" },
	{ RULE("a", "{\"one_of\":[1],\"level\":\"low\"}"), "level" },
	{ RULE("a", "{\"one_of\":[1],\"optional\":1}"), "optional" },
	{ KEYS("t", "{\"certificates\":[]}"), "t" },
	{ KEYS("PK", "1"), "PK" },
	{ KEYS("PK", "{}"), "asks for nothing" },
	{ KEYS("PK", "{\"digests\":true}"), "asks for nothing" },
	{ KEYS("PK", "{\"certificates\":[\"00\"]}"), "certificate 0" },
	{ KEYS("PK", "{\"certificates\":[1]}"), "certificate 0" },
	{ KEYS("PK", "{\"minimum_digests\":-1}"), "minimum_digests" },
	{ KEYS("PK", "{\"minimum_digests\":1,\"digests\":false}"),
	    "allows none" },
};

START_TEST(rules_that_are_none)
{
	struct att_posture_rules *r = NULL;
	struct att_err err = { 0 };

	ck_assert_int_lt(att_posture_rules_parse(S(faults[_i].text), &r,
	    &err), 0);
	ck_assert_ptr_null(r);
	ck_assert_msg(strstr(err.text, faults[_i].word) != NULL, "%s lacks %s",
	    err.text, faults[_i].word);
}
END_TEST

/* The sample is taken, and no beginning of it is. */
START_TEST(the_sample)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 16);
	AUTO(att_posture_rules_free) struct att_posture_rules *r = NULL;

	ok(att_file_read("conf/posture-rules.json", &b, err));
	ok(att_posture_rules_parse(att_buf_view(&b), &r, err));
	ck_assert_str_eq(att_posture_rules_head(r)->id, "servers");
	ck_assert_uint_gt(att_posture_rules_count(r), 20);
	for (size_t n = 0; n + 2 < b.len; n++) {
		struct att_posture_rules *cut = NULL;

		ck_assert_int_lt(att_posture_rules_parse((struct att_slice){
		    b.data, n }, &cut, NULL), 0);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("posture");
	TCase *t = tcase_create("posture");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, rules_that_are_met, 0, ATT_COUNT(met));
	tcase_add_loop_test(t, rules_that_are_broken, 0, ATT_COUNT(broken));
	tcase_add_loop_test(t, what_is_not_told_meets_no_rule, 0,
	    ATT_COUNT(untold));
	tcase_add_test(t, levels);
	tcase_add_test(t, rules_of_others);
	tcase_add_test(t, hidden_words);
	tcase_add_test(t, rules_of_which_some_are_over);
	tcase_add_test(t, rules_over_keys);
	tcase_add_test(t, keys_of_nobody);
	tcase_add_test(t, a_test_key_without_rules);
	tcase_add_test(t, settings_that_nobody_should_have);
	tcase_add_test(t, secure_boot_against_the_log);
	tcase_add_loop_test(t, the_line_against_the_log, 0, ATT_COUNT(lines));
	tcase_add_test(t, a_long_line);
	tcase_add_test(t, keys_against_the_log);
	tcase_add_test(t, a_posture_that_is_none);
	tcase_add_loop_test(t, rules_that_are_none, 0, ATT_COUNT(faults));
	tcase_add_test(t, the_sample);
	suite_add_tcase(s, t);
	return run_suite(s);
}
