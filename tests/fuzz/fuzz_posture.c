/*
 * The posture of a node, rules over it, and variables of EFI with the keys of
 * Secure Boot.
 */
#include <string.h>

#include "appraise/claims.h"
#include "appraise/posture.h"
#include "posture/parts.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD                                                                 \
	"{\"format\":\"attestd-posture-rules/1\",\"id\":\"x\",\"version\":1," \
	"\"match\":{},\"rules\":{\"kernel.*\":{\"excludes\":[\"*=off\"]},"    \
	"\"sysctl.*\":{\"minimum\":1},\"a*\":{\"pattern\":\"[a-z ]*\"}},"     \
	"\"keys\":{\"PK\":{\"certificates\":[]}}}"

static struct att_posture_rules *rules;
static struct att_posture *posture;

static void
must(bool good)
{
	if (!good)
		abort();
}

static struct att_slice
text_of(const char *s)
{
	return (struct att_slice){ (const uint8_t *)s, strlen(s) };
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	must(att_posture_rules_parse(text_of(HEAD), &rules, NULL) == 0);
	must(att_posture_new(&posture, NULL) == 0);
	must(att_posture_add(posture, "a.text", ATT_POSTURE_PROCFS,
	    json_string("ro quiet mitigations=off"), NULL) == 0);
	must(att_posture_add(posture, "a.number", ATT_POSTURE_PROCFS,
	    json_integer(2), NULL) == 0);
	must(att_posture_add(posture, "a.list", ATT_POSTURE_PROCFS,
	    json_pack("[s,s]", "mlx5 OE", "nvidia POE"), NULL) == 0);
	return 0;
}

static void
count(void *arg, const struct att_finding *f)
{
	char text[ATT_FINDING_TEXT_MAX + 1];

	*(bool *)arg |= f->severity == ATT_SEVERITY_FAIL;
	must(strlen(att_finding_text(f, text)) > 0);
}

/* What is taken has one form; what fails does not hold. */
static void
try_posture(struct att_slice in)
{
	static const struct att_platform platform = { "", "", NULL };
	static const struct att_proven proven = {
		.secure_boot = ATT_SECURE_BOOT_ON, .variables = true,
		.kernel = "ro quiet" };
	const struct att_posture_rules *all[] = { rules };
	struct att_posture_case c = { .text = in, .rules = all, .count = 1,
		.platform = &platform, .proven = &proven };
	AUTO(att_posture_free) struct att_posture *p = NULL;
	AUTO(att_posture_free) struct att_posture *same = NULL;
	AUTO_DONE(att_buf_done) struct att_buf once = ATT_BUF(1u << 24);
	AUTO_DONE(att_buf_done) struct att_buf again = ATT_BUF(1u << 24);
	struct att_posture_judged j = { true, true };
	bool failed = false;

	must(att_posture_judge(&c, count, &failed, &j, NULL) == 0);
	must(j.holds == (j.evaluated && !failed));
	if (att_posture_parse(in, &p, NULL) < 0) {
		must(!j.evaluated);
		return;
	}
	must(att_posture_encode(p, &once, NULL) == 0);
	if (att_posture_parse(att_buf_view(&once), &same, NULL) < 0) {
		/* the canonical form can be the longer one */
		must(once.len > ATT_POSTURE_MAX);
		return;
	}
	must(att_posture_encode(same, &again, NULL) == 0);
	must(att_slice_equal(att_buf_view(&once), att_buf_view(&again)));
}

static void
try_rules(struct att_slice in)
{
	AUTO(att_posture_rules_free) struct att_posture_rules *r = NULL;
	bool failed = false, good = false;

	if (att_posture_rules_parse(in, &r, NULL) < 0)
		return;
	must(att_posture_rules_match(r, posture, count, &failed, &good,
	    NULL) == 0);
	must(good == !failed);
}

static void
try_lists(struct att_slice in)
{
	AUTO(att_posture_free) struct att_posture *p = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_POSTURE_MAX);
	struct att_posture_keys *k;

	must(att_posture_new(&p, NULL) == 0);
	k = &p->keys[ATT_POSTURE_DB];
	if (att_posture_read_lists(k, att_cur_of(in), NULL) < 0)
		must(att_posture_keys_set_failed(k, ATT_POSTURE_FAILED, "x",
		    NULL) == 0);
	must(att_posture_encode(p, &b, NULL) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct att_slice in = { data, size };

	try_posture(in);
	try_rules(in);
	try_lists(in);
	return 0;
}
