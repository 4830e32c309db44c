/*
 * SPDM transcripts: what is taken is tied to the bytes. Reference values of
 * components: whatever is taken can be compared with. Evidence of components:
 * whatever is taken has one form, and nobody forges what a node passes with.
 */
#include <stdlib.h>
#include <string.h>

#include "appraise/devices.h"
#include "firmware/spdm_evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool good)
{
	if (!good)
		abort();
}

static bool
lies_within(struct att_slice s, struct att_slice whole)
{
	return s.len == 0 || (s.data >= whole.data &&
	    s.data + s.len <= whole.data + whole.len);
}

static void
look_at(const struct att_spdm_transcript *t, struct att_slice in)
{
	size_t count = 0;

	must(t->pairs > 0 && t->nonce.len == ATT_SPDM_NONCE_SIZE);
	must(t->message.len + t->signature.len == in.len);
	must(t->signature.len >= 64 && t->signature.len <= ATT_SIG_MAX);
	must(lies_within(t->nonce, t->message));
	must(lies_within(t->opaque, t->message));
	for (size_t i = 0; i < ATT_COUNT(t->at); i++) {
		if (!t->at[i].there)
			continue;
		count++;
		must(t->at[i].block.index == i && i > 0);
		must(lies_within(t->at[i].block.value, t->message));
		(void)!att_spdm_type_name(&t->at[i].block);
		(void)!att_spdm_is_unused(&t->at[i].block);
	}
	must(count == t->count);
}

static void
note(void *arg, const struct att_finding *f)
{
	char text[ATT_FINDING_TEXT_MAX + 1];
	size_t *fails = arg;

	must(att_finding_text(f, text)[0] != '\0');
	*fails += f->severity == ATT_SEVERITY_FAIL;
}

/* A document, and the transcript of a device with five measurements. */
static void
try_reference(struct att_slice in)
{
	static const struct att_slice values[] = {
		{ (const uint8_t *)"\0\0\0\0", 4 },
		{ (const uint8_t *)"\x11\x22\x33\x44", 4 },
		{ (const uint8_t *)"\7\0\0\0\0\0\0\0", 8 },
	};
	AUTO(att_spdm_ref_free) struct att_spdm_ref *r = NULL;
	static struct att_spdm_transcript t;
	size_t fails = 0;

	if (att_spdm_ref_parse(in, &r, NULL) < 0)
		return;
	for (uint8_t i = 1; i <= 5; i++)
		t.at[i] = (struct att_spdm_measurement){ true, i != 2,
			{ i, 1, i == 3 ? 0x87 : 1, values[i % 3] } };
	must(att_spdm_ref_root(r, 0) != NULL && att_spdm_ref_count(r) > 0);
	must(att_spdm_ref_match(r, &t, "x", note, &fails) == (fails == 0));
	must(att_spdm_ref_match(r, &t, "x", NULL, NULL) == (fails == 0));
}

/* For its own challenge, by the root of a key that nobody has. */
static void
try_devices(struct att_slice in, struct att_slice challenge)
{
	static const char values[] = "{\"format\":\"attestd-spdm-values/1\","
	    "\"id\":\"x\",\"version\":0,\"match\":{},\"components\":[\"*\"],"
	    "\"roots\":[\"sha256:00000000000000000000000000000000"
	    "00000000000000000000000000000000\"],"
	    "\"measurements\":{\"1\":\"any\"}}";
	static const struct att_platform platform;
	static const struct att_quote_state quote;
	static struct att_hasher *h;
	AUTO(att_spdm_ref_free) struct att_spdm_ref *r = NULL;
	const struct att_spdm_ref *refs[1];
	struct att_devices_basis basis = { .ref = refs, .refs = 1 };
	struct att_devices_case c = { .text = in, .challenge = challenge,
		.quote = &quote, .platform = &platform, .basis = &basis,
		.now = 1 };
	AUTO_DONE(att_devices_judged_done) struct att_devices_judged out = {
		.holds = false };
	size_t fails = 0;

	if (h == NULL)
		h = att_hasher_new();
	c.hasher = h;
	must(att_spdm_ref_parse((struct att_slice){ (const uint8_t *)values,
	    sizeof(values) - 1 }, &r, NULL) == 0);
	refs[0] = r;
	must(att_devices_judge(&c, note, &fails, &out, NULL) == 0);
	must(!out.holds && fails > 0);
	for (size_t i = 0; i < out.rows; i++)
		must(!out.row[i].result.authentic && !out.row[i].other);
}

static void
try_evidence(struct att_slice in)
{
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *e = NULL;
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *again = NULL;
	AUTO_DONE(att_buf_done) struct att_buf one =
	    ATT_BUF(ATT_SPDM_EVIDENCE_MAX);
	AUTO_DONE(att_buf_done) struct att_buf two =
	    ATT_BUF(ATT_SPDM_EVIDENCE_MAX);

	if (att_spdm_evidence_parse(in, &e, NULL) < 0)
		return;
	must(att_spdm_evidence_encode(e, &one, NULL) == 0);
	must(att_spdm_evidence_parse(att_buf_view(&one), &again, NULL) == 0);
	must(att_spdm_evidence_encode(again, &two, NULL) == 0);
	must(att_slice_equal(att_buf_view(&one), att_buf_view(&two)));
	try_devices(in, (struct att_slice){ e->challenge, e->challenge_len });
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct att_slice in = { data, size };
	struct att_spdm_transcript t;
	struct att_err err = { 0 };
	int r = att_spdm_transcript_parse(in, &t, &err);

	must(r == 0 || (err.code == (enum att_code)r && err.text[0] != '\0'));
	must(r == 0 || att_code_kind(r) != ATT_KIND_SYSTEM);
	if (r == 0)
		look_at(&t, in);
	try_reference(in);
	try_evidence(in);
	return 0;
}
