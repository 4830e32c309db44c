/* attestctl posture, on trees and documents. */
#include "tests/posture/faketree.h"

#include "tests/agent/run_ctl.h"

static struct run run;

static void
setup(void)
{
	tree = fake_new();
}

static void
teardown(void)
{
	run_done(&run);
	fake_done(&tree);
}

#define CTL(want, ...)                                                       \
	do {                                                                 \
		RUN(&run, __VA_ARGS__);                                      \
		ck_assert_msg(run.status == (want),                          \
		    "status %d, wanted %d\n%.*s%.*s", run.status, (want),    \
		    (int)run.out.len, (char *)run.out.data,                  \
		    (int)run.err.len, (char *)run.err.data);                 \
	} while (0)
#define SAYS(text)                                                           \
	ck_assert_msg(run_has(&run.out, text), "lacks \"%s\":\n%.*s", text,  \
	    (int)run.out.len, (char *)run.out.data)

static struct file
file_with(const char *text)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);

	att_buf_str(&b, text);
	return file_of(&b);
}

START_TEST(what_it_shows)
{
	AUTO_DONE(att_buf_done) struct att_buf pk = ATT_BUF(4096);
	AUTO_DONE(file_done) struct file f = { "" };

	put_ami_pk(&pk);
	tree_variable("PK-" GLOBAL, att_buf_view(&pk));
	tree_flag("SecureBoot-" GLOBAL, 1);
	fake_put(&tree, "sys/kernel/security/lsm", "yama,lockdown\n");
	CTL(0, "posture", "show", "--root", tree.root);
	SAYS("secure_boot.on                        true  (efivarfs)\n");
	SAYS("kernel.lockdown                       not-available: is not "
	    "there  (securityfs)\n");
	SAYS("kernel.lsm                            [\"lockdown\",\"yama\"]");
	SAYS("PK                                    " AMI_PK_SHA256
	    "  CN=DO NOT TRUST - AMI Test PK\n");
	SAYS("db                                    not-available");
	/* what it prints as JSON it takes again, and says the same of it */
	CTL(0, "posture", "show", "--root", tree.root, "--json");
	f = file_of(&run.out);
	CTL(0, "posture", "show", f.path);
	SAYS("secure_boot.on                        true  (efivarfs)\n");
}
END_TEST

#define RULES(more)                                                          \
	"{\"format\":\"attestd-posture-rules/1\",\"id\":\"x\","               \
	"\"version\":1,\"match\":{" more "},\"rules\":"                       \
	"{\"secure_boot.on\":true}}"

START_TEST(what_it_finds)
{
	AUTO_DONE(file_done) struct file all = file_with(RULES(""));
	AUTO_DONE(file_done) struct file some =
	    file_with(RULES("\"groups\":[\"gpu\"],\"vendor\":[\"ACME*\"]"));

	tree_flag("SecureBoot-" GLOBAL, 1);
	CTL(0, "posture", "check", "--root", tree.root, "--reference",
	    all.path);
	SAYS("GOOD\n");
	CTL(1, "posture", "check", "--root", tree.root, "--reference",
	    some.path);
	SAYS("NOT EVALUATED\n");
	SAYS("info  posture-no-rules: ");
	CTL(0, "posture", "check", "--root", tree.root, "--reference",
	    some.path, "--group", "gpu", "--vendor", "ACME Inc", "--product",
	    "x");
	tree_flag("SecureBoot-" GLOBAL, 0);
	CTL(1, "posture", "check", "--root", tree.root, "--reference",
	    all.path);
	SAYS("BAD\n");
	SAYS("fail  posture-rule: the platform's setting secure_boot.on breaks "
	    "its rule: expected true, found false\n");
	CTL(1, "posture", "check", "--root", tree.root, "--reference",
	    all.path, "--json");
	SAYS("\"holds\": false");
	SAYS("\"evaluated\": true");
	SAYS("\"code\": \"posture-rule\"");
}
END_TEST

START_TEST(what_it_does_not_take)
{
	AUTO_DONE(file_done) struct file rules = file_with(RULES(""));
	AUTO_DONE(file_done) struct file none = file_with("{}");

	CTL(2, "posture");
	CTL(2, "posture", "word");
	CTL(2, "posture", "show", "a", "b");
	CTL(2, "posture", "check");
	CTL(2, "posture", "show", "--nothing");
	CTL(4, "posture", "show", "/does/not/exist");
	CTL(3, "posture", "show", none.path);
	CTL(3, "posture", "check", "--reference", none.path);
	/* a document that is none is found, not refused */
	CTL(1, "posture", "check", "--reference", rules.path, none.path);
	SAYS("fail  posture-malformed: ");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("attestctl posture");
	TCase *t = tcase_create("attestctl posture");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, what_it_shows);
	tcase_add_test(t, what_it_finds);
	tcase_add_test(t, what_it_does_not_take);
	suite_add_tcase(s, t);
	return run_suite(s);
}
