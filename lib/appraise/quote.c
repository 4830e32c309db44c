#include "appraise/quote.h"

#include <inttypes.h>
#include <string.h>

#include "base/cur.h"
#include "crypto/pubkey.h"
#include "evidence/tpm_attest.h"
#include "evidence/tpm_public.h"

/*
 * After a loss of power Clock goes on from the last value in NV, which is at
 * most this much older, and `safe` is not set (TPM 2.0 Part 1, 36.3).
 */
#define CLOCK_LOSS_MAX ((uint64_t)1 << 22)	/* milliseconds */

struct check {
	const struct att_evidence *e;
	const struct att_quote_want *want;
	att_finding_fn *report;
	void *arg;
	bool good;	/* nothing of severity fail so far */
	struct att_tpm_public ak;
	struct att_attest a;
};

static void
tell(struct check *c, const struct att_finding *f)
{
	if (f->severity == ATT_SEVERITY_FAIL)
		c->good = false;
	c->report(c->arg, f);
}

static void
tell_what(struct check *c, enum att_finding_code code, const char *what)
{
	struct att_finding f = att_finding_make(code);

	att_finding_set_what(&f, "%s", what);
	tell(c, &f);
}

static void
tell_numbers(struct check *c, enum att_finding_code code, uint64_t n0,
    uint64_t n1)
{
	struct att_finding f = att_finding_make(code);

	f.number[0] = n0;
	f.number[1] = n1;
	tell(c, &f);
}

/*
 * What went wrong is a finding if the input is to blame: 0. Else nothing can
 * be said, and the error is the caller's.
 */
static int
tell_error(struct check *c, enum att_finding_code code, int error,
    const struct att_err *why, struct att_err *err)
{
	if (att_code_kind(error) == ATT_KIND_SYSTEM) {
		if (err != NULL)
			*err = *why;
		return error;
	}
	tell_what(c, code, why->text);
	return 0;
}

/* -- who signed ---------------------------------------------------------- */

static int
check_ak(struct check *c, struct att_err *err)
{
	const struct att_ak *ak = c->want->ak;
	struct att_err why = { 0 };
	struct att_tpm_public p;
	int r;

	if (ak == NULL || ak->key == NULL || ak->public.len == 0) {
		tell_what(c, ATT_F_AK_ATTRIBUTES, "none is enrolled");
		return 0;
	}
	if (c->e->ak_public.len != 0 &&
	    !att_slice_equal(c->e->ak_public, ak->public))
		tell_what(c, ATT_F_AK_UNKNOWN, "");
	if ((r = att_tpm_public_parse(ak->public, &c->ak, &why)) < 0)
		return tell_error(c, ATT_F_AK_ATTRIBUTES, r, &why, err);
	/* SHA-1 in its scheme is policy's matter: what else is wrong? */
	p = c->ak;
	if (p.scheme.hash == ATT_ALG_SHA1)
		p.scheme.hash = ATT_ALG_SHA256;
	if ((r = att_tpm_public_check_ak_of(&p, ak->key, &why)) < 0)
		return tell_error(c, ATT_F_AK_ATTRIBUTES, r, &why, err);
	return 0;
}

/* -- what was signed ----------------------------------------------------- */

static int
check_signature(struct check *c, struct att_err *err)
{
	struct att_tpm_sign_rule rule = { .scheme = c->ak.scheme.alg,
		.hash = c->ak.scheme.hash,
		.allow_sha1 = c->want->allow_sha1 };
	struct att_tpm_signature sig;
	struct att_err why = { 0 };
	enum att_finding_code code;
	int r;

	if ((r = att_tpm_signature_parse(c->e->signature, &sig, &why)) < 0)
		return tell_error(c, r == ATT_E_UNSUPPORTED ?
			ATT_F_QUOTE_SCHEME :
			ATT_F_QUOTE_MALFORMED, r, &why, err);
	r = att_tpm_signature_verify(&sig, c->want->ak->key, &rule,
	    c->e->attest, &why);
	if (r >= 0)
		return 0;
	code = r == ATT_E_DENIED || r == ATT_E_UNSUPPORTED ?
	    ATT_F_QUOTE_SCHEME :
	    ATT_F_QUOTE_SIGNATURE;
	return tell_error(c, code, r, &why, err);
}

/* Magic and type come first: NV and key certifications are signed as well. */
static bool
is_quote(struct check *c)
{
	struct att_cur cur = att_cur_of(c->e->attest);
	struct att_finding f = att_finding_make(ATT_F_QUOTE_TYPE);
	uint32_t magic;
	uint16_t type;

	if (!att_cur_be32(&cur, &magic) || !att_cur_be16(&cur, &type))
		return true;	/* the parser says why it is none */
	if (magic == ATT_TPM_GENERATED && type == ATT_ATTEST_QUOTE)
		return true;
	if (magic != ATT_TPM_GENERATED)
		att_finding_set_what(&f,
		    "magic is 0x%08" PRIx32 ", no TPM made it", magic);
	else
		att_finding_set_what(&f, "attestation type 0x%04x", type);
	tell(c, &f);
	return false;
}

/* Opens what is then known to be signed by the AK. */
static int
open_quote(struct check *c, struct att_err *err)
{
	struct att_err why = { 0 };
	int r;

	if ((r = check_signature(c, err)) < 0 || !c->good)
		return r;
	if (!is_quote(c))
		return 0;
	if ((r = att_attest_parse(c->e->attest, &c->a, &why)) < 0)
		return tell_error(c, ATT_F_QUOTE_MALFORMED, r, &why, err);
	return 0;
}

/* A wanted value that is too short to be fresh is met by nothing. */
static void
check_nonce(struct check *c)
{
	if (c->want->qualifying.len < ATT_CHALLENGE_MIN ||
	    !att_slice_equal(c->a.extra_data, c->want->qualifying))
		tell_what(c, ATT_F_QUOTE_NONCE, "");
}

/* -- which PCRs ---------------------------------------------------------- */

static uint32_t
mask_of(const struct att_pcr_select *s, size_t count, uint16_t alg)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < count; i++)
		if (s[i].alg == alg)
			mask |= s[i].mask;
	return mask;
}

static void
tell_selection(struct check *c, uint16_t alg, const char *what, uint32_t mask)
{
	struct att_finding f = att_finding_make(ATT_F_QUOTE_SELECTION);
	char pcrs[sizeof(f.what)];

	f.bank = alg;
	att_finding_set_pcrs(&f, mask, alg);
	memcpy(pcrs, f.what, sizeof(pcrs));
	att_finding_set_what(&f, "%s %s", pcrs, what);
	tell(c, &f);
}

/* What was asked for, and `extra_mask` at most besides, in those banks. */
static void
check_selection(struct check *c)
{
	const struct att_quote_want *w = c->want;
	uint32_t all = 0;

	for (size_t i = 0; i < w->select_count; i++) {
		uint32_t lacks = w->select[i].mask & ~mask_of(c->a.select,
		    c->a.select_count, w->select[i].alg);

		all |= w->select[i].mask;
		if (lacks != 0)
			tell_selection(c, w->select[i].alg, "missing", lacks);
	}
	for (size_t i = 0; i < c->a.select_count; i++) {
		const struct att_pcr_select *s = &c->a.select[i];
		uint32_t wanted = mask_of(w->select, w->select_count, s->alg);

		uint32_t may = wanted == 0 ? 0 : wanted | w->extra_mask;

		/* a bank that nobody asked for is one too many, even empty */
		if (wanted == 0 || (s->mask & ~may) != 0)
			tell_selection(c, s->alg, "not asked for",
			    s->mask & ~may);
	}
	if (all == 0)
		tell_what(c, ATT_F_QUOTE_SELECTION, "none was asked for");
}

/* pcrDigest is made with the hash of the signature (Part 3, 18.4). */
static int
check_digest(struct check *c, struct att_err *err)
{
	struct att_finding f = att_finding_make(ATT_F_QUOTE_DIGEST);
	struct att_err why = { 0 };
	int r;

	r = att_pcrs_digest(&c->e->pcrs, c->a.select, c->a.select_count,
	    c->ak.scheme.hash, &f.found, &why);
	if (r == ATT_E_NOT_FOUND)
		att_finding_set_what(&f, "(%s)", why.text);
	else if (r < 0)
		return tell_error(c, ATT_F_QUOTE_DIGEST, r, &why, err);
	else if (att_slice_equal(c->a.pcr_digest, att_digest_view(&f.found)))
		return 0;
	/* of another size than that of its hash: nothing to show */
	if (att_digest_from(c->ak.scheme.hash, c->a.pcr_digest, &f.expected,
		NULL) < 0)
		f.expected.alg = 0;
	tell(c, &f);
	return 0;
}

/* Values that nothing signed are told, and worth nothing. */
static void
tell_unquoted(struct check *c)
{
	for (size_t i = 0; i < c->e->pcrs.count; i++) {
		const struct att_pcr_bank *b = &c->e->pcrs.bank[i];
		struct att_finding f = att_finding_make(ATT_F_PCR_NOT_QUOTED);
		uint32_t over = b->mask & ~mask_of(c->a.select,
		    c->a.select_count, b->alg);

		f.bank = b->alg;
		att_finding_set_pcrs(&f, over, b->alg);
		if (over != 0)
			tell(c, &f);
	}
}

static int
keep_quoted(const struct check *c, struct att_pcrs *ret, struct att_err *err)
{
	struct att_slice v;
	int r;

	for (size_t i = 0; i < c->a.select_count; i++) {
		const struct att_pcr_select *s = &c->a.select[i];

		for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++)
			if ((s->mask >> pcr & 1) != 0 &&
			    att_pcrs_get(&c->e->pcrs, s->alg, pcr, &v) &&
			    (r = att_pcrs_set(ret, s->alg, pcr, v, err)) < 0)
				return r;
	}
	return 0;
}

/* -- time ---------------------------------------------------------------- */

/*
 * Steps from `was` to `is`, negative if it went back. Modulo 2^32, because the
 * counters of a key outside the endorsement hierarchy are shifted by a
 * constant of that key (Part 1, 36.7).
 */
static int64_t
steps(uint32_t was, uint32_t is)
{
	uint32_t n = is - was;

	return n < UINT32_C(1) << 31 ? (int64_t)n :
				       (int64_t)n - (INT64_C(1) << 32);
}

static void
check_counters(struct check *c, const struct att_quote_state *last)
{
	int64_t resets = steps(last->reset_count, c->a.reset_count);
	int64_t restarts = steps(last->restart_count, c->a.restart_count);

	if (resets < 0)
		tell_numbers(c, ATT_F_RESET_REWOUND, last->reset_count,
		    c->a.reset_count);
	else if (resets > 0 && c->want->same_boot)
		tell_numbers(c, ATT_F_REBOOT_HIDDEN, 0, (uint64_t)resets);
	else if (resets > 0)
		tell_numbers(c, ATT_F_REBOOTED, last->reset_count,
		    c->a.reset_count);
	else if (restarts < 0)
		tell_numbers(c, ATT_F_RESTART_REWOUND, last->restart_count,
		    c->a.restart_count);
	else if (restarts > 0)
		tell_numbers(c, ATT_F_SUSPENDED, last->restart_count,
		    c->a.restart_count);
}

static void
check_clock(struct check *c, const struct att_quote_state *last)
{
	bool lost_power = !c->a.safe &&
	    steps(last->reset_count, c->a.reset_count) > 0;

	if (c->a.clock >= last->clock ||
	    (lost_power && last->clock - c->a.clock <= CLOCK_LOSS_MAX))
		return;
	tell_numbers(c, ATT_F_CLOCK_REWOUND, last->clock, c->a.clock);
}

static void
check_time(struct check *c)
{
	const struct att_quote_state *last = c->want->last;
	struct att_finding f = att_finding_make(ATT_F_FIRMWARE_VERSION);

	if (!c->a.safe)
		tell_what(c, ATT_F_CLOCK_UNSAFE, "");
	if (last == NULL || !last->known)
		return;
	check_counters(c, last);
	check_clock(c, last);
	if (last->firmware_version == c->a.firmware_version)
		return;
	att_finding_set_what(&f, "%016" PRIx64 " to %016" PRIx64,
	    last->firmware_version, c->a.firmware_version);
	tell(c, &f);
}

/* -- the whole ----------------------------------------------------------- */

/* Each step stands on those before: who, then what, then its contents. */
static int
check(struct check *c, struct att_err *err)
{
	int r;

	if (c->e->attest.len == 0 || c->e->signature.len == 0) {
		tell_what(c, ATT_F_NO_QUOTE, "");
		return 0;
	}
	if ((r = check_ak(c, err)) < 0 || !c->good)
		return r;
	if ((r = open_quote(c, err)) < 0 || !c->good)
		return r;
	check_nonce(c);
	check_selection(c);
	if ((r = check_digest(c, err)) < 0)
		return r;
	check_time(c);
	if (c->good)
		tell_unquoted(c);
	return 0;
}

int
att_quote_check(const struct att_evidence *e,
    const struct att_quote_want *want, att_finding_fn *report, void *arg,
    struct att_quote *ret, struct att_err *err)
{
	struct check c = { .e = e, .want = want, .report = report,
		.arg = arg, .good = true };
	struct att_quote q = { .state = { .known = true } };
	int r;

	if ((r = check(&c, err)) < 0 || !c.good)
		return r;
	if ((r = keep_quoted(&c, &q.pcrs, err)) < 0)
		return r;
	q.state.safe = c.a.safe;
	q.state.clock = c.a.clock;
	q.state.reset_count = c.a.reset_count;
	q.state.restart_count = c.a.restart_count;
	q.state.firmware_version = c.a.firmware_version;
	*ret = q;
	return 1;
}
