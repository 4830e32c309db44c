/*
 * SPDM transcripts: what is taken is tied to the bytes, and reading them
 * again in a buffer of their own says the same.
 */
#include <stdlib.h>
#include <string.h>

#include "firmware/spdm.h"

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
	return 0;
}
