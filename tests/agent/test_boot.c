/* Which boot this is, and that its time is one and never made up. */
#include "testlib.h"

#include <sys/stat.h>
#include <time.h>

#include "agent/boot.h"
#include "tests/agent/agent.h"

#define URLS                                                                 \
	"registrar_urls: [https://127.0.0.1:1]\n"                            \
	"verifier_urls: [https://127.0.0.1:1]\n"
#define ID1 "5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d11"
#define ID2 "5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d12"

static void
start(void)
{
	node_make("none", URLS);
	node_write("boot_id", S(ID1 "\n"));
}

START_TEST(the_time_stays_for_the_whole_boot)
{
	AUTO_DONE(att_buf_done) struct att_buf kept = ATT_BUF(4096);
	struct att_boot_facts b[2];
	int64_t when, now = (int64_t)time(NULL);

	ok(att_boot_read(&config, &b[0], err));
	ck_assert_str_eq(b[0].id, ID1);
	ok(att_timestamp_parse(b[0].time, &when, err));
	ck_assert(when <= now && when > now - 100LL * 366 * 86400);
	ck_assert(node_read("run/boot.json", &kept));
	/* whatever the clock says later, what was kept counts */
	node_write("run/boot.json", S("{\"boot_id\":\"" ID1 "\","
	    "\"boot_time\":\"2026-11-22T06:04:46Z\"}"));
	ok(att_boot_read(&config, &b[1], err));
	ck_assert_str_eq(b[1].time, "2026-11-22T06:04:46Z");
	/* and not for another boot */
	node_write("boot_id", S(ID2 "\n"));
	ok(att_boot_read(&config, &b[1], err));
	ck_assert_str_ne(b[1].time, "2026-11-22T06:04:46Z");
	ok(att_boot_read(&config, &b[0], err));
	ck_assert_str_eq(b[0].time, b[1].time);
}
END_TEST

START_TEST(a_time_is_not_made_up)
{
	char text[ATT_TIMESTAMP_MAX + 1] = "untouched";

	fails(att_boot_time_of(1000, 10, text, err), ATT_E_BUSY, "not set");
	fails(att_boot_time_of(1735689599, 10, text, err), ATT_E_BUSY,
	    "not set");
	fails(att_boot_time_of(1795334871, -1, text, err), ATT_E_BUSY,
	    "not set");
	ck_assert_str_eq(text, "untouched");
	ok(att_boot_time_of(1795334871, 10, text, err));
	ck_assert_str_eq(text, "2026-11-22T08:07:41Z");
}
END_TEST

START_TEST(what_was_kept_and_is_damaged_is_no_time)
{
	static const char *const bad[] = { "", "{}", "{\"boot_id\":\"x\"}",
		"{\"boot_id\":\"" ID1 "\",\"boot_time\":\"now\"}",
		"{\"boot_id\":\"" ID1 "\",\"boot_time\":7}",
		"{\"boot_id\":\"" ID1 "\",\"boot_time\":"
		"\"2026-11-22T06:04:46Z\",\"x\":1}" };
	struct att_boot_facts b = { .id = "untouched" };
	AUTO(free) char *run = in_node("run");

	ck_assert(mkdir(run, 0755) == 0);
	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		node_write("run/boot.json", S(bad[i]));
		fails(att_boot_read(&config, &b, err), ATT_E_FORMAT,
		    "boot.json");
	}
	ck_assert_str_eq(b.id, "untouched");
}
END_TEST

START_TEST(a_boot_id_is_a_uuid)
{
	static const char *const bad[] = { "", "\n", ID1 "0\n",
		"5A8F1C9E-0b7d-4c13-9a55-6b0f2f0c7d11\n",
		"5a8f1c9e00b7d-4c13-9a55-6b0f2f0c7d11\n",
		"../../../../../../../../../../../../\n" };
	AUTO(free) char *path = in_node("boot_id");
	struct att_boot_facts b;

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		node_write("boot_id", S(bad[i]));
		fails(att_boot_read(&config, &b, err), ATT_E_FORMAT, "UUID");
	}
	ck_assert(unlink(path) == 0);
	fails(att_boot_read(&config, &b, err), ATT_E_NOT_FOUND, path);
}
END_TEST

/* A second reading would give another time, which verifiers take amiss. */
START_TEST(a_time_that_cannot_be_kept_is_not_used)
{
	AUTO(free) char *run = in_node("run");
	AUTO(free) char *file = in_node("run/boot.json");
	struct att_boot_facts b;

	node_write("run", S("no directory"));
	fails(att_boot_read(&config, &b, err), ATT_E_SYS, "run");
	ck_assert(unlink(run) == 0 && mkdir(run, 0755) == 0 &&
	    mkdir(file, 0755) == 0);
	fails(att_boot_read(&config, &b, err), ATT_E_SYS, "boot.json");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("boot");
	TCase *t = tcase_create("boot");

	tcase_add_checked_fixture(t, start, node_remove);
	tcase_add_test(t, the_time_stays_for_the_whole_boot);
	tcase_add_test(t, a_time_is_not_made_up);
	tcase_add_test(t, what_was_kept_and_is_damaged_is_no_time);
	tcase_add_test(t, a_boot_id_is_a_uuid);
	tcase_add_test(t, a_time_that_cannot_be_kept_is_not_used);
	suite_add_tcase(s, t);
	return run_suite(s);
}
