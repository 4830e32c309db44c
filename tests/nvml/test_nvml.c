#include "tests/testlib.h"

#include "evidence/binding.h"
#include "nvml/nvml.h"

/* built beside this program */
static char fake[512];

static const uint8_t challenge[] = "0123456789abcdef0123456789abcdef";

struct seen {
	unsigned count, good;
	char name[2][ATT_NVML_NAME_MAX + 1];
	const char *reason;	/* of the last that is not good */
	enum att_measured result;
	struct att_hasher *h;
	int end_with;
};

static void
check_report(struct seen *s, const struct att_nvml_report *r)
{
	struct att_digest nonce;

	ok(att_binding_spdm_nonce(s->h, (struct att_slice){ challenge, 32 },
	    S(r->name), &nonce, err));
	ck_assert_uint_eq(r->transcript.len, 33);
	ck_assert_mem_eq(r->transcript.data, nonce.bytes, 32);
	ck_assert_int_eq(r->transcript.data[32], (int)('0' + s->count));
	ck_assert(att_slice_is(r->chain, "-----BEGIN CERTIFICATE-----\n"));
	ck_assert_ptr_null(r->reason);
	s->good++;
}

static int
note(void *arg, const struct att_nvml_report *r,
    struct att_err *err ATT_UNUSED)
{
	struct seen *s = arg;

	if (r->result == ATT_MEASURED_OK) {
		check_report(s, r);
	} else {
		s->reason = r->reason;
		s->result = r->result;
	}
	memcpy(s->name[s->count++], r->name, sizeof(r->name));
	return s->end_with;
}

static int
ask(const char *mode, struct seen *s, struct att_err *err)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();

	*s = (struct seen){ .h = h, .end_with = s->end_with };
	ck_assert_int_eq(setenv("FAKE_NVML", mode, 1), 0);
	return att_nvml_ask(fake, (struct att_slice){ challenge, 32 }, h,
	    note, s, err);
}

START_TEST(two_gpus)
{
	struct seen s = { 0 };

	ok(ask("", &s, err));
	ck_assert_uint_eq(s.good, 2);
	ck_assert_str_eq(s.name[0], "nvml/GPU-000");
	ck_assert_str_eq(s.name[1], "nvml/GPU-001");
}
END_TEST

/* Nothing to ask is no error; a library that cannot be asked is one. */
START_TEST(nothing_there)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct seen s = { 0 };

	ok(ask("none", &s, err));
	ok(ask("no-driver", &s, err));
	ok(att_nvml_ask("libnvidia-ml-that-is-not-there.so.1",
	    (struct att_slice){ challenge, 32 }, h, note, &s, err));
	ck_assert_uint_eq(s.count, 0);
	fails(att_nvml_ask("libc.so.6", (struct att_slice){ challenge, 32 },
		  h, note, &s, err), ATT_E_UNSUPPORTED, "libc.so.6");
	fails(ask("no-start", &s, err), ATT_E_SYS, "does not begin");
	fails(ask("no-count", &s, err), ATT_E_SYS, "count");
	fails(ask("no-handle", &s, err), ATT_E_SYS, "GPU 0");
	fails(ask("no-uuid", &s, err), ATT_E_SYS, "UUID");
	fails(ask("many", &s, err), ATT_E_LIMIT, "65 GPUs");
	ck_assert_uint_eq(s.count, 0);
}
END_TEST

static const struct {
	const char *mode;
	enum att_measured result;
	const char *word;
	unsigned good;
} troubles[] = {
	{ "unsupported", ATT_MEASURED_NOT_AVAILABLE, "confidential", 0 },
	{ "denied", ATT_MEASURED_FAILED, "permit", 0 },
	{ "lost", ATT_MEASURED_FAILED, "could not", 1 },
	{ "long", ATT_MEASURED_FAILED, "size", 0 },
	{ "empty", ATT_MEASURED_FAILED, "size", 0 },
	{ "long-chain", ATT_MEASURED_FAILED, "size", 0 },
};

/* A GPU that does not sign is told, and the next one is asked. */
START_TEST(does_not_sign)
{
	struct seen s = { 0 };

	ok(ask(troubles[_i].mode, &s, err));
	ck_assert_uint_eq(s.count, 2);
	ck_assert_uint_eq(s.good, troubles[_i].good);
	ck_assert_int_eq(s.result, troubles[_i].result);
	ck_assert_ptr_nonnull(strstr(s.reason, troubles[_i].word));
}
END_TEST

START_TEST(names_are_clean)
{
	struct seen s = { 0 };

	ok(ask("long-uuid", &s, err));
	ck_assert_uint_eq(strlen(s.name[0]), 5 + 96);
	ck_assert_ptr_null(strchr(s.name[0], '\n'));
}
END_TEST

START_TEST(caller_ends_it)
{
	struct seen s = { .end_with = ATT_E_BUSY };
	struct att_err err = { 0 };

	ck_assert_int_eq(ask("", &s, &err), ATT_E_BUSY);
	ck_assert_uint_eq(s.count, 1);
}
END_TEST

int
main(int argc ATT_UNUSED, char **argv)
{
	Suite *s = suite_create("nvml");
	TCase *t = tcase_create("nvml");
	const char *slash = strrchr(argv[0], '/');

	(void)snprintf(fake, sizeof(fake), "%.*s/fake_nvml.so",
	    slash == NULL ? 1 : (int)(slash - argv[0]),
	    slash == NULL ? "." : argv[0]);
	tcase_add_test(t, two_gpus);
	tcase_add_test(t, nothing_there);
	tcase_add_loop_test(t, does_not_sign, 0, (int)ATT_COUNT(troubles));
	tcase_add_test(t, names_are_clean);
	tcase_add_test(t, caller_ends_it);
	suite_add_tcase(s, t);
	return run_suite(s);
}
