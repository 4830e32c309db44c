/* A quote as a test wants it, and what its check must say. */
#ifndef ATT_TESTS_QUOTE_SCENE_H
#define ATT_TESTS_QUOTE_SCENE_H

#include "signer.h"

static const uint8_t nonce[32] = { 0x17, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
static const struct att_slice NONCE = { nonce, sizeof(nonce) };

/* Keys are slow to make: once, shared by all tests through fork. */
static struct signer signers[SIGNER_KINDS];
static struct signer other;

/* A whole case: what the node sends, what is wanted, what came of it. */
struct scene {
	struct signer *signer;
	struct att_attest a;
	struct signed_quote q;
	struct att_evidence e;
	struct att_pcr_select select[3];
	struct att_quote_state last;
	struct att_quote_want want;
	size_t found;
	struct att_finding f[64];
	struct att_quote quote;
};

static inline ATT_UNUSED void
record(void *arg, const struct att_finding *f)
{
	struct scene *s = arg;

	ck_assert_uint_lt(s->found, ATT_COUNT(s->f));
	s->f[s->found++] = *f;
}

static inline ATT_UNUSED void
set_pcr(struct scene *s, uint16_t alg, unsigned pcr, uint8_t value)
{
	uint8_t v[ATT_DIGEST_MAX];

	memset(v, value, sizeof(v));
	ok(att_pcrs_set(&s->e.pcrs, alg, pcr, (struct att_slice){ v,
	    att_alg_size(alg) }, err));
}

/* A good quote over PCR 0 to 7 of SHA-256 and PCR 4 of SHA-384. */
static inline ATT_UNUSED void
scene(struct scene *s, struct signer *signer)
{
	*s = (struct scene){ .signer = signer };
	s->a = (struct att_attest){ .type = ATT_ATTEST_QUOTE,
		.qualified_signer = S("\0\x0b name"), .extra_data = NONCE,
		.clock = 5000000, .reset_count = 7, .restart_count = 2,
		.safe = true, .firmware_version = 0x0001000200030004,
		.select_count = 2, .select = { { ATT_ALG_SHA256, 0xff },
		    { ATT_ALG_SHA384, 0x10 } } };
	for (unsigned pcr = 0; pcr < 8; pcr++)
		set_pcr(s, ATT_ALG_SHA256, pcr, (uint8_t)(pcr + 1));
	set_pcr(s, ATT_ALG_SHA384, 4, 0x44);
	s->select[0] = s->a.select[0];
	s->select[1] = s->a.select[1];
	s->last = (struct att_quote_state){ .known = true, .safe = true,
		.clock = 4000000, .reset_count = 7, .restart_count = 2,
		.firmware_version = 0x0001000200030004 };
	s->e.ak_public = signer->ak.public;
	s->want = (struct att_quote_want){ .ak = &signer->ak,
		.qualifying = NONCE, .select = s->select, .select_count = 2,
		.last = &s->last };
}

static inline ATT_UNUSED void
sign(struct scene *s)
{
	signer_quote(s->signer, &s->a, &s->e.pcrs, &s->q);
	s->e.attest = att_buf_view(&s->q.attest);
	s->e.signature = att_buf_view(&s->q.signature);
}

/* Signed already, or signs now; the result is untouched unless it holds. */
static inline ATT_UNUSED int
check(struct scene *s)
{
	int r;

	if (s->e.attest.len == 0)
		sign(s);
	s->found = 0;
	s->quote.state.clock = 77;
	ok(r = att_quote_check(&s->e, &s->want, record, s, &s->quote, err));
	if (r == 0)
		ck_assert_uint_eq(s->quote.state.clock, 77);
	return r;
}

static inline ATT_UNUSED void
holds(struct scene *s)
{
	char text[ATT_FINDING_TEXT_MAX + 1];

	if (check(s) != 1)
		ck_abort_msg("%s", att_finding_text(&s->f[0], text));
	signed_quote_done(&s->q);
}

/* Holds, with exactly this one finding beside it. */
static inline ATT_UNUSED void
holds_with(struct scene *s, enum att_finding_code code)
{
	holds(s);
	ck_assert_uint_eq(s->found, 1);
	ck_assert_str_eq(att_finding_name(s->f[0].code),
	    att_finding_name(code));
}

/* Does not hold, and the first finding is this one. */
static inline ATT_UNUSED const struct att_finding *
fails_with(struct scene *s, enum att_finding_code code, const char *words)
{
	char text[ATT_FINDING_TEXT_MAX + 1];

	ck_assert_int_eq(check(s), 0);
	ck_assert_uint_ge(s->found, 1);
	att_finding_text(&s->f[0], text);
	ck_assert_msg(s->f[0].code == code, "got: %s", text);
	ck_assert_msg(strstr(text, words) != NULL, "\"%s\" lacks \"%s\"",
	    text, words);
	ck_assert_int_eq(s->f[0].severity, ATT_SEVERITY_FAIL);
	signed_quote_done(&s->q);
	return &s->f[0];
}

static inline ATT_UNUSED void
make_keys(void)
{
	for (int i = 0; i < SIGNER_KINDS; i++)
		signer_init(&signers[i], (enum signer_kind)i);
	signer_init(&other, SIGNER_P256);
}

static inline ATT_UNUSED void
drop_keys(void)
{
	for (int i = 0; i < SIGNER_KINDS; i++)
		signer_done(&signers[i]);
	signer_done(&other);
}

#endif
