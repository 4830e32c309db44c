/*
 * Documents of the operator, and those of Keylime that become one; claims about
 * firmware; and events that are looked at for what such a document asks for.
 */
#include <string.h>

#include "appraise/refkeylime.h"
#include "appraise/runtime.h"
#include "appraise/runtime_keylime.h"
#include "evidence/firmware_pcr.h"
#include "firmware/claims.h"

#define MAX (1u << 24)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
	const char *text;
	unsigned pcr;
	uint32_t type;
} claims[] = {
	{ "{\"command_line\":\"/vmlinuz( [a-z=]+)*\"}", 8, ATT_EV_IPL },
	{ "{\"variable\":\"db\",\"keys\":{\"only\":[]}}", 7,
	    ATT_EV_EFI_VARIABLE_DRIVER_CONFIG },
	{ "{\"variable\":\"dbx\",\"keys\":{\"all\":[\"sha256:"
	  "a0baa8a3-041d-48a8-bc87-c36d121b5e3d:e3b0c44298fc1c149afbf4c8996f"
	  "b92427ae41e4649b934ca495991b7852b855\"]}}", 7,
	    ATT_EV_EFI_VARIABLE_DRIVER_CONFIG },
	{ "{\"authority\":\"db\",\"keys\":{\"only\":[]}}", 7,
	    ATT_EV_EFI_VARIABLE_AUTHORITY },
};

static struct att_hasher *hasher;
static struct att_ref_claim *claim[ATT_COUNT(claims)];

static void
must(bool good)
{
	if (!good)
		abort();
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	must((hasher = att_hasher_new()) != NULL);
	for (size_t i = 0; i < ATT_COUNT(claims); i++) {
		AUTO(att_json_decref) json_t *j =
		    json_loads(claims[i].text, 0, NULL);

		must(att_ref_claim_parse(j, claims[i].pcr, &claim[i], NULL) ==
		    0);
	}
	return 0;
}

static void
try_event(struct att_slice in)
{
	for (size_t i = 0; i < ATT_COUNT(claims); i++) {
		const struct att_log_event ev = { .type = claims[i].type,
			.pcr = (uint8_t)claims[i].pcr, .data = in,
			.cover = ATT_COVER_EXACT };
		bool holds;

		must(att_ref_claim_holds(claim[i], &ev, hasher, &holds,
			 NULL) == 0);
	}
}

/* What is made of a state is taken, or is too much of something. */
static void
try_state(struct att_slice in)
{
	static const struct att_refkeylime_choice first = { 1, 1 };
	static const struct att_refmake head = { .head = { .id = "x",
		.valid_from = INT64_MIN, .valid_until = INT64_MAX } };
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(MAX);
	AUTO(att_json_decref) json_t *doc = NULL;
	AUTO(att_ref_free) struct att_ref *r = NULL;
	struct att_refkeylime_notes notes;
	struct att_err err = { 0 };

	if (att_ref_from_keylime(in, &head, &first, &doc, &notes, &err) < 0)
		return;
	must(notes.count <= ATT_REFKEYLIME_NOTES_MAX);
	must(att_json_write(doc, &out, NULL) == 0);
	if (att_ref_parse(att_buf_view(&out), &r, &err) < 0)
		must(err.code == ATT_E_LIMIT ||
		    strstr(err.text, "command_line") != NULL);
}

static void
try_policy(struct att_slice in)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(MAX);
	AUTO(att_json_decref) json_t *doc = NULL;
	AUTO(att_runtime_free) struct att_runtime *r = NULL;
	struct att_runtime_notes notes;

	if (att_runtime_from_keylime(in, "x", 1, &doc, &notes, NULL) < 0)
		return;
	must(att_json_write(doc, &out, NULL) == 0);
	(void)!att_runtime_parse(att_buf_view(&out), &r, NULL);
}

/* The bytes that are hashed have one form. */
static void
try_claims(struct att_slice in)
{
	AUTO_DONE(att_buf_done) struct att_buf once = ATT_BUF(MAX);
	AUTO_DONE(att_buf_done) struct att_buf again = ATT_BUF(MAX);
	AUTO_DONE(att_buf_done) struct att_buf doc = ATT_BUF(MAX);

	if (att_firmware_stable(in, &once, NULL) < 0)
		return;
	att_buf_str(&doc, "{\"firmware\":");
	att_buf_slice(&doc, att_buf_view(&once));
	att_buf_u8(&doc, '}');
	must(att_firmware_stable(att_buf_view(&doc), &again, NULL) == 0);
	must(att_slice_equal(att_buf_view(&once), att_buf_view(&again)));
}

/* What is taken can be written, and says the same; PCR 23 can hold it. */
static void
try_firmware(struct att_slice in)
{
	AUTO(att_firmware_claims_free) struct att_firmware_claims *c = NULL;
	AUTO(att_firmware_claims_free) struct att_firmware_claims *same = NULL;
	AUTO_DONE(att_buf_done) struct att_buf once = ATT_BUF(MAX);
	AUTO_DONE(att_buf_done) struct att_buf again = ATT_BUF(MAX);
	AUTO_DONE(att_buf_done) struct att_buf stable = ATT_BUF(MAX);

	if (att_firmware_claims_parse(in, &c, NULL) < 0)
		return;
	must(c->chips <= ATT_FLASH_MAX && c->passes <= ATT_FLASH_MAX + 1);
	must(att_firmware_claims_encode(c, &once, NULL) == 0);
	must(att_firmware_claims_parse(att_buf_view(&once), &same, NULL) ==
	    0);
	must(att_firmware_claims_encode(same, &again, NULL) == 0);
	must(att_slice_equal(att_buf_view(&once), att_buf_view(&again)));
	must(att_firmware_stable(att_buf_view(&once), &stable, NULL) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct att_slice in = { data, size };
	AUTO(att_ref_free) struct att_ref *ref = NULL;
	AUTO(att_runtime_free) struct att_runtime *runtime = NULL;

	(void)!att_ref_parse(in, &ref, NULL);
	(void)!att_runtime_parse(in, &runtime, NULL);
	try_state(in);
	try_policy(in);
	try_claims(in);
	try_firmware(in);
	try_event(in);
	return 0;
}
