#include "testlib.h"

#include "config/yaml.h"

/* Every kind of thing that is taken, once. */
static const char GOOD[] = "---\n"
			   "# comment\n"
			   "a: plain text   # here too\n"
			   "b: 'single'\n"
			   "\"c\": \"dou\\x62le \\\\ \\u00e9\"\n"
			   "list:\n"
			   "  - one\n"
			   "  - [two, 'three']\n"
			   "map: {x: 1, y: {z: }}\n"
			   "folded: >-\n"
			   "  two\n"
			   "  lines\n"
			   "...\n";

static struct att_yaml *
parse(const char *text)
{
	struct att_yaml *y = NULL;

	ok(att_yaml_parse(S(text), "t", &y, err));
	return y;
}

static const struct att_yaml *
member(const struct att_yaml *y, const char *key)
{
	for (y = y->first; y != NULL; y = y->next)
		if (strcmp(y->key, key) == 0)
			return y;
	ck_abort_msg("no %s", key);
}

START_TEST(good_text)
{
	AUTO(att_yaml_free) struct att_yaml *y = parse(GOOD);
	const struct att_yaml *m = member(y, "a");

	ck_assert_str_eq(m->text, "plain text");
	ck_assert(m->plain && m->line == 3);
	ck_assert_str_eq(member(y, "b")->text, "single");
	ck_assert(!member(y, "b")->plain);
	ck_assert_str_eq(member(y, "c")->text, "double \\ \xc3\xa9");
	m = member(y, "list");
	ck_assert(m->kind == ATT_YAML_SEQUENCE && m->line == 6);
	ck_assert_str_eq(m->first->text, "one");
	ck_assert_ptr_null(m->first->key);
	ck_assert_str_eq(m->first->next->first->next->text, "three");
	ck_assert_ptr_null(m->first->next->next);
	m = member(y, "map");
	ck_assert_str_eq(member(m, "x")->text, "1");
	ck_assert_str_eq(member(member(m, "y"), "z")->text, "");
	ck_assert_str_eq(member(y, "folded")->text, "two lines");
}
END_TEST

START_TEST(nothing_is_an_empty_mapping)
{
	static const char *const empty[] = { "", "\n", "# only\n", "---\n",
		"{}", "---\n...\n" };

	for (size_t i = 0; i < ATT_COUNT(empty); i++) {
		AUTO(att_yaml_free) struct att_yaml *y = parse(empty[i]);

		ck_assert(y->kind == ATT_YAML_MAPPING && y->first == NULL);
	}
}
END_TEST

START_TEST(refused)
{
	static const struct {
		const char *text;
		const char *why;
	} bad[] = {
		/* K12: what makes yaml.load run code */
		{ "a: !!python/object/apply:os.system [id]", "t:1: tags" },
		{ "a: 1\nb: !local x", "t:2: tags" },
		{ "a: !!str x", "tags" },
		{ "a: ! x", "tags" },
		{ "!!map {a: 1}", "tags" },
		{ "a: !!seq [1]", "tags" },
		{ "!!str a: 1", "tags" },
		{ "a: &x 1", "t:1: anchors" },
		{ "a: &x [1]", "anchors" },
		{ "&x a: 1", "anchors" },
		{ "a: &x {b: *x}", "anchors" },
		{ "a: *x", "t:1: aliases" },
		{ "a: [*x]", "aliases" },
		{ "a: 1\n<<: {b: 2}", "t:2: merge keys" },
		{ "%YAML 1.1\n---\na: 1", "directives" },
		{ "%TAG ! tag:x,2000:\n---\na: 1", "directives" },
		{ "a: 1\n---\nb: 2", "t:2: a second document" },
		{ "a: 1\nb: 2\na: 3", "t:3: a: set a second time; first in "
				      "line 1" },
		{ "m: {x: 1, x: 2}", "x: set a second time" },
		{ "- a\n- b", "t:1: must hold lines" },
		{ "word", "must hold lines" },
		{ "''", "must hold lines" },
		{ "? [a]\n: b", "a key must be" },
		{ "? {a: b}\n: b", "a key must be" },
		{ "\"\": 1", "a key must not be empty" },
		{ "a: \"x\\0y\"", "control" },
		{ "a: \"x\\e[2Jy\"", "control" },
		{ "a: \"x\\ny\"", "control" },
		{ "a: |\n  x\n  y\n", "control" },
		{ "a: \"\\x85\"", "control" },
		{ "a: \"\\u202ex\"", "control" },
		{ "\"a\\tb\": 1", "control" },
		{ "a: [1", "t:2: not YAML" },
		{ "a: 'x", "not YAML" },
		{ "a: 1\n\tb: 2", "not YAML" },
		{ "a: \xff", "not UTF-8" },
		{ "\xff\xfe" "a", "not UTF-8" },
	};

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		struct att_yaml *y = NULL;

		fails(att_yaml_parse(S(bad[i].text), "t", &y, err),
		    ATT_E_FORMAT, bad[i].why);
		ck_assert_ptr_null(y);
	}
}
END_TEST

START_TEST(k12_alias_bomb)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(9999);
	struct att_yaml *y = NULL;

	att_buf_str(&b, "a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 30; i++)
		att_buf_printf(&b, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d]\n", i,
		    i, i - 1, i - 1, i - 1, i - 1);
	fails(att_yaml_parse(att_buf_view(&b), "bomb", &y, err),
	    ATT_E_FORMAT, "bomb:1: anchors");
}
END_TEST

static void
nest(struct att_buf *b, unsigned depth)
{
	att_buf_str(b, "a: ");
	for (unsigned i = 1; i < depth; i++)
		att_buf_str(b, "[");
	for (unsigned i = 1; i < depth; i++)
		att_buf_str(b, "]");
}

START_TEST(depth)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(
	    ATT_YAML_SIZE_MAX);
	AUTO(att_yaml_free) struct att_yaml *y = NULL;

	nest(&b, ATT_YAML_DEPTH_MAX);
	ok(att_yaml_parse(att_buf_view(&b), "t", &y, err));
	att_buf_reset(&b);
	nest(&b, ATT_YAML_DEPTH_MAX + 1);
	fails(att_yaml_parse(att_buf_view(&b), "t", &y, err), ATT_E_LIMIT,
	    "nested deeper than 16");
	att_buf_reset(&b);
	nest(&b, 100000);
	fails(att_yaml_parse(att_buf_view(&b), "t", &y, err), ATT_E_LIMIT,
	    "nested deeper than 16");
}
END_TEST

START_TEST(nodes)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(
	    ATT_YAML_SIZE_MAX);
	AUTO(att_yaml_free) struct att_yaml *y = NULL;

	/* the root, the list and its items */
	att_buf_str(&b, "a:\n");
	for (int i = 2; i < ATT_YAML_NODES_MAX; i++)
		att_buf_str(&b, "- x\n");
	ok(att_yaml_parse(att_buf_view(&b), "t", &y, err));
	att_buf_str(&b, "- x\n");
	att_yaml_free(take(&y));
	fails(att_yaml_parse(att_buf_view(&b), "t", &y, err), ATT_E_LIMIT,
	    "t:10000: more than 10000 values");
}
END_TEST

START_TEST(size)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(
	    ATT_YAML_SIZE_MAX + 1);
	AUTO(att_yaml_free) struct att_yaml *y = NULL;

	att_buf_str(&b, "a: x");
	att_buf_fill(&b, '\n', ATT_YAML_SIZE_MAX - b.len);
	ok(att_yaml_parse(att_buf_view(&b), "t", &y, err));
	att_buf_str(&b, "\n");
	fails(att_yaml_parse(att_buf_view(&b), "t", &y, err), ATT_E_LIMIT,
	    "t: larger than 1048576 bytes");
}
END_TEST

START_TEST(every_cut_and_flip_is_survived)
{
	for (size_t n = 0; n < sizeof(GOOD); n++)
		for (int bit = 0; bit < 8; bit++) {
			AUTO(att_yaml_free) struct att_yaml *y = NULL;
			AUTO(att_yaml_free) struct att_yaml *z = NULL;
			char text[sizeof(GOOD)];

			memcpy(text, GOOD, sizeof(text));
			text[n] = (char)(text[n] ^ 1 << bit);
			(void)!att_yaml_parse((struct att_slice){
				(const uint8_t *)text, sizeof(text) - 1 },
			    "t", &y, NULL);
			(void)!att_yaml_parse((struct att_slice){
				(const uint8_t *)text, n }, "t", &z, NULL);
		}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("yaml");
	TCase *t = tcase_create("yaml");

	tcase_add_test(t, good_text);
	tcase_add_test(t, nothing_is_an_empty_mapping);
	tcase_add_test(t, refused);
	tcase_add_test(t, k12_alias_bomb);
	tcase_add_test(t, depth);
	tcase_add_test(t, nodes);
	tcase_add_test(t, size);
	tcase_add_test(t, every_cut_and_flip_is_survived);
	suite_add_tcase(s, t);
	return run_suite(s);
}
