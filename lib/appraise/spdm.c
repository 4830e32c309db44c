#include "appraise/spdm.h"

#include <stdio.h>
#include <string.h>

#include "crypto/cert_device.h"

/* "combined_spdm_prefix" (DSP0274, from 1.2 on): what a signature is over. */
#define PREFIX_TIMES 4
#define CONTEXT_ROOM 36		/* bytes, zeros in front of the context */
#define SIGNED_MAX (PREFIX_TIMES * 16 + CONTEXT_ROOM + ATT_DIGEST_MAX)

static const char context[] = "responder-measurements signing";

struct work {
	const struct att_spdm_appraisal *a;
	att_finding_fn *report;
	void *arg;
	struct att_digest *root;	/* all that may end a chain */
	size_t roots;
	struct att_spdm_transcript t;
	struct att_cert *cert;
	struct att_spdm_result result;
};

static void
work_done(struct work *w)
{
	att_cert_free(w->cert);
	free(w->root);
}

static void
tell(const struct work *w, struct att_finding *f)
{
	att_finding_set_label(f, att_slice_of(w->a->component));
	if (w->report != NULL)
		w->report(w->arg, f);
}

/* Says so, and that it is not authentic: 0. */
static int
refuse(const struct work *w, enum att_finding_code code, const char *what)
{
	struct att_finding f = att_finding_make(code);

	att_finding_set_what(&f, "%s", what);
	tell(w, &f);
	return 0;
}

/*
 * The input is at fault: a finding and 0. The system is: its code, as nothing
 * can be said of the input.
 */
static int
refuse_for(const struct work *w, enum att_finding_code code,
    const struct att_err *why, struct att_err *err)
{
	if (att_code_kind((int)why->code) != ATT_KIND_SYSTEM)
		return refuse(w, code, why->text);
	if (err != NULL)
		*err = *why;
	return (int)why->code;
}

/* -- who may vouch for it -------------------------------------------------- */

/* The next document that is for this component, NULL behind the last. */
static const struct att_spdm_ref *
next_ref(const struct att_spdm_appraisal *a, size_t *i)
{
	while (*i < a->refs) {
		const struct att_spdm_ref *r = a->ref[(*i)++];

		if (att_spdm_ref_is_for(r, a->component, a->platform, a->now))
			return r;
	}
	return NULL;
}

/* Those of the caller and those of the documents. */
static int
collect_roots(struct work *w, struct att_err *err)
{
	const struct att_spdm_ref *ref;
	const struct att_digest *root;
	size_t at = 0;

	w->root = calloc(w->a->roots + w->a->refs * ATT_SPDM_REF_ROOTS_MAX +
	    1, sizeof(*w->root));
	if (w->root == NULL)
		return att_err_nomem(err);
	while (w->roots < w->a->roots) {
		w->root[w->roots] = w->a->root[w->roots];
		w->roots++;
	}
	while ((ref = next_ref(w->a, &at)) != NULL)
		for (size_t k = 0;
		     (root = att_spdm_ref_root(ref, k)) != NULL; k++)
			w->root[w->roots++] = *root;
	return 0;
}

/* -- who signed ------------------------------------------------------------ */

static void
copy_text(char *to, size_t size, const char *from)
{
	(void)snprintf(to, size, "%s", from);
}

/* 1 with the certificate and what it says; 0 if it is not trusted. */
static int
check_certificate(struct work *w, struct att_err *err)
{
	struct att_spdm_result *to = &w->result;
	struct att_err why = { 0 };

	if (att_cert_parse(w->a->chain, &w->cert, &why) < 0 ||
	    att_cert_check_device(w->cert, w->root, w->roots, w->a->now,
		&to->root, &why) < 0)
		return refuse_for(w, ATT_F_SPDM_CERTIFICATE, &why, err);
	copy_text(to->subject, sizeof(to->subject),
	    att_cert_subject(w->cert));
	copy_text(to->issuer, sizeof(to->issuer), att_cert_issuer(w->cert));
	copy_text(to->serial, sizeof(to->serial), att_cert_serial(w->cert));
	return 1;
}

/* -- what was signed ------------------------------------------------------- */

static bool
is_strong(uint16_t hash)
{
	return hash == ATT_ALG_SHA256 || hash == ATT_ALG_SHA384 ||
	    hash == ATT_ALG_SHA512;
}

/*
 * With an EC key up to 1.1: the hash that goes with the curve, and then the
 * one that was told, as some BMCs tell that of the measurements instead.
 */
static size_t
choose_by_curve(const struct att_spdm_algorithms *told, unsigned bits,
    struct att_spdm_algorithms ret[2])
{
	if (told->key_bits != 0 && told->scheme != ATT_SIG_ECDSA)
		return 0;
	ret[0] = (struct att_spdm_algorithms){ ATT_SIG_ECDSA,
		told->key_bits != 0 ? told->key_bits : bits,
		bits == 256 ? ATT_ALG_SHA256 : ATT_ALG_SHA384 };
	if (told->hash == 0 || told->hash == ret[0].hash)
		return 1;
	ret[1] = ret[0];
	ret[1].hash = told->hash;
	return 2;
}

/*
 * What may have signed: from 1.2 on the transcript tells; before, who asked
 * was told. A lie makes the signature fail. Returns how many there are.
 */
static size_t
choose(const struct work *w, struct att_spdm_algorithms ret[2])
{
	const struct att_pubkey *key = att_cert_key(w->cert);
	unsigned bits = att_pubkey_bits(key);
	size_t n = 1, good = 0;

	ret[0] = w->t.algorithms;
	if (ret[0].key_bits == 0 && att_pubkey_kind(key) == ATT_KEY_EC)
		n = choose_by_curve(&w->a->algorithms, bits, ret);
	else if (ret[0].key_bits == 0)
		ret[0] = w->a->algorithms;
	for (size_t i = 0; i < n; i++)
		if (ret[i].key_bits == bits && is_strong(ret[i].hash))
			ret[good++] = ret[i];
	return good;
}

/* What the device hashed and signed; from 1.2 on it stands in `b`. */
static int
signed_bytes(const struct work *w, uint16_t hash, struct att_buf *b,
    struct att_slice *ret, struct att_err *err)
{
	struct att_digest d;
	int r;

	if (w->t.version < ATT_SPDM_12) {
		*ret = w->t.message;
		return 0;
	}
	if ((r = att_digest_of(hash, w->t.message, &d, err)) < 0)
		return r;
	for (int i = 0; i < PREFIX_TIMES; i++)
		att_buf_printf(b, "dmtf-spdm-v%d.%d.*", w->t.version >> 4,
		    w->t.version & 15);
	att_buf_fill(b, 0, CONTEXT_ROOM - strlen(context));
	att_buf_str(b, context);
	att_buf_slice(b, att_digest_view(&d));
	*ret = att_buf_view(b);
	return att_buf_ok(b, "what SPDM signs", err);
}

static int
verify(const struct work *w, const struct att_spdm_algorithms *g,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(SIGNED_MAX);
	struct att_slice message;
	int r;

	if ((r = signed_bytes(w, g->hash, &b, &message, err)) < 0)
		return r;
	return att_pubkey_verify(att_cert_key(w->cert), g->scheme, g->hash,
	    message, w->t.signature, err);
}

/* 1 if the key of the certificate signed the transcript. */
static int
check_signature(struct work *w, struct att_err *err)
{
	struct att_spdm_algorithms g[2];
	struct att_err why = { 0 };
	size_t n = choose(w, g);

	if (n == 0)
		return refuse(w, ATT_F_SPDM_SIGNATURE,
		    w->t.version < ATT_SPDM_12 &&
			w->a->algorithms.key_bits == 0 ?
		    "SPDM 1.0 and 1.1 do not tell how an RSA key signs, and "
		    "nobody else did" :
		    "the key is of another kind than what is said to sign");
	for (size_t i = 0; i < n; i++) {
		int r = verify(w, &g[i], &why);

		if (r == 0) {
			w->result.algorithms = g[i];
			return 1;
		}
		if (r != ATT_E_SIGNATURE)
			break;
	}
	return refuse_for(w, ATT_F_SPDM_SIGNATURE, &why, err);
}

/* 1 unless it is known that another device should have answered. */
static int
check_device(const struct work *w)
{
	const struct att_spdm_known *k = &w->a->known;

	if ((k->issuer == NULL || strcmp(k->issuer, w->result.issuer) == 0) &&
	    (k->serial == NULL || strcmp(k->serial, w->result.serial) == 0))
		return 1;
	return refuse(w, ATT_F_SPDM_OTHER_DEVICE, w->result.serial);
}

/* 1 if it is authentic; each check needs those before it. */
static int
authenticate(struct work *w, struct att_err *err)
{
	struct att_spdm_result *to = &w->result;
	struct att_err why = { 0 };
	int r;

	if (w->roots == 0)
		return refuse(w, ATT_F_SPDM_NO_REFERENCE, "");
	if (att_spdm_transcript_parse(w->a->transcript, &w->t, &why) < 0)
		return refuse_for(w, ATT_F_SPDM_MALFORMED, &why, err);
	if ((r = check_certificate(w, err)) <= 0 ||
	    (r = check_signature(w, err)) <= 0 ||
	    (r = check_device(w)) <= 0)
		return r;
	if (!att_slice_equal(w->t.nonce, w->a->nonce))
		return refuse(w, ATT_F_SPDM_NONCE, "");
	if (w->t.content == ATT_SPDM_CONTENT_CHANGED)
		return refuse(w, ATT_F_SPDM_CHANGED, "");
	to->authentic = true;
	to->version = w->t.version;
	to->measurements = w->t.count;
	to->has_mode = w->t.has_mode;
	to->mode = w->t.mode;
	to->has_security_version = w->t.has_security_version;
	to->security_version = w->t.security_version;
	return 1;
}

/* -- is it as it should be ------------------------------------------------- */

static bool
has_root(const struct att_spdm_ref *r, const struct att_digest *root)
{
	const struct att_digest *own;

	for (size_t i = 0; (own = att_spdm_ref_root(r, i)) != NULL; i++)
		if (att_digest_equal(own, root))
			return true;
	return false;
}

static void
count_fails(void *arg, const struct att_finding *f)
{
	size_t *n = arg;

	*n += f->severity == ATT_SEVERITY_FAIL;
}

/* False, and said, if the device was seen with newer firmware. */
static bool
is_newest(const struct work *w)
{
	struct att_finding f = att_finding_make(ATT_F_SPDM_DOWNGRADE);

	f.number[0] = w->a->known.security_version;
	if (w->t.has_security_version)
		f.number[1] = w->t.security_version;
	if (f.number[1] >= f.number[0])
		return true;
	tell(w, &f);
	return false;
}

/* One document that agrees is enough; else the closest is told. */
static void
compare(struct work *w)
{
	const struct att_spdm_ref *closest = NULL, *ref;
	size_t least = SIZE_MAX, at = 0;
	bool any = false, newest = is_newest(w);

	while ((ref = next_ref(w->a, &at)) != NULL) {
		size_t n = 0;

		any = true;
		if (!has_root(ref, &w->result.root))
			continue;
		(void)!att_spdm_ref_match(ref, &w->t, w->a->component,
		    count_fails, &n);
		if (n < least) {
			least = n;
			closest = ref;
		}
	}
	if (closest == NULL) {
		(void)refuse(w, ATT_F_SPDM_NO_REFERENCE,
		    any ? "with the root that vouches for it" : "");
		return;
	}
	if (!att_spdm_ref_match(closest, &w->t, w->a->component, w->report,
		w->arg) || !newest)
		return;
	w->result.expected = true;
	copy_text(w->result.reference, sizeof(w->result.reference),
	    att_spdm_ref_head(closest)->id);
	w->result.reference_version = att_spdm_ref_head(closest)->version;
}

int
att_spdm_appraise(const struct att_spdm_appraisal *a, att_finding_fn *report,
    void *arg, struct att_spdm_result *ret, struct att_err *err)
{
	AUTO_DONE(work_done)
	struct work w = { .a = a, .report = report, .arg = arg };
	int r;

	if (a->nonce.len != ATT_SPDM_NONCE_SIZE)
		return att_err_set(err, ATT_E_USAGE,
		    "nonce of %zu bytes, SPDM has %d", a->nonce.len,
		    ATT_SPDM_NONCE_SIZE);
	if ((r = collect_roots(&w, err)) < 0 ||
	    (r = authenticate(&w, err)) < 0)
		return r;
	if (!w.result.authentic)
		w.result = (struct att_spdm_result){ 0 };
	else if (a->refs > 0)
		compare(&w);
	*ret = w.result;
	return 0;
}
