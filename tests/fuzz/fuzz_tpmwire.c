/*
 * TPM structures from a peer: what parses must encode to the same bytes, and
 * what is checked must end in a verdict. The first byte chooses the parser.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/cert.h"
#include "evidence/tpm_attest.h"
#include "evidence/tpm_public.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
same(const struct att_buf *out, struct att_slice in)
{
	if (out->failed || !att_slice_equal(att_buf_view(out), in))
		abort();
}

static void
try_public(struct att_slice in)
{
	AUTO_DONE(att_buf_done) struct att_buf out =
	    ATT_BUF(ATT_TPM_PUBLIC_MAX);
	AUTO(att_pubkey_free) struct att_pubkey *k = NULL;
	struct att_tpm_public p;
	struct att_tpm_name n;
	bool ak, ek;

	if (att_tpm_public_parse(in, &p, NULL) < 0)
		return;
	att_tpm_public_encode(&p, &out);
	same(&out, in);
	if (att_tpm_public_name(&p, &n, NULL) < 0)
		abort();
	ak = att_tpm_public_check_ak(&p, NULL) == 0;
	ek = att_tpm_public_check_ek(&p, NULL) == 0;
	if (ak && ek)
		abort();
	if (att_tpm_public_key(&p, &k, NULL) < 0 && (ak || ek))
		abort();
}

static void
try_attest(struct att_slice in)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(ATT_ATTEST_MAX);
	struct att_attest a;

	if (att_attest_parse(in, &a, NULL) < 0)
		return;
	att_attest_encode(&a, &out);
	same(&out, in);
}

static void
try_signature(struct att_slice in)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(1024);
	struct att_tpm_signature s;

	if (att_tpm_signature_parse(in, &s, NULL) < 0)
		return;
	att_tpm_signature_encode(&s, &out);
	same(&out, in);
}

static void
try_cert(struct att_slice in)
{
	AUTO(att_cert_store_free) struct att_cert_store *s = NULL;
	AUTO(att_cert_free) struct att_cert *c = NULL;
	uint32_t quirks;

	if (att_cert_parse(in, &c, NULL) < 0 ||
	    att_cert_store_new(&s, NULL) < 0)
		return;
	(void)!att_cert_store_add(s, in, NULL);
	(void)!att_cert_check_ek(c, s, 1800000000, NULL, &quirks, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(struct att_slice) = { try_public,
		try_attest, try_signature, try_cert };

	if (size > 0)
		tries[data[0] % ATT_COUNT(tries)]((struct att_slice){
		    data + 1, size - 1 });
	return 0;
}
