#include "testlib.h"

#include "base/json.h"
#include "evidence/bundle.h"

static const uint8_t bytes[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
	14, 255 };

static struct att_slice
part(size_t len)
{
	return (struct att_slice){ bytes, len };
}

/* Every member that evidence can have. */
static struct att_evidence
full(void)
{
	struct att_evidence e = { .attest = part(5), .signature = part(6),
		.ak_public = part(7), .ek_cert = part(8),
		.challenge = part(16), .bound = true, .bound_count = 2,
		.bound_item = { ATT_ITEM_USERSPACE_LOG, ATT_ITEM_UEFI_LOG },
		.collected_at = 1795000000, .agent_id = "node-1.rack_2",
		.boot_id = "2f8f4f0e", .hint_vendor = "Dell Inc.",
		.hint_product = "PowerEdge R760" };
	uint8_t value[32] = { 9 };

	e.item[ATT_ITEM_UEFI_LOG].state = ATT_ITEM_PRESENT;
	e.item[ATT_ITEM_UEFI_LOG].bytes = part(9);
	/* there, and nothing in it: not the same as absent */
	e.item[ATT_ITEM_USERSPACE_LOG].state = ATT_ITEM_PRESENT;
	e.item[ATT_ITEM_IMA_LOG].state = ATT_ITEM_UNREADABLE;
	e.item[ATT_ITEM_IMA_LOG].reason = "Permission denied";
	ok(att_pcrs_set(&e.pcrs, ATT_ALG_SHA256, 7,
	    (struct att_slice){ value, 32 }, err));
	return e;
}

static struct att_slice
encoded(const struct att_evidence *e, struct att_buf *b)
{
	ok(att_evidence_encode(e, b, err));
	return att_buf_view(b);
}

START_TEST(round_trip)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO_DONE(att_buf_done) struct att_buf again = ATT_BUF(1 << 20);
	AUTO(att_bundle_free) struct att_bundle *x = NULL;
	struct att_evidence e = full();
	const struct att_evidence *p;
	struct att_slice v;

	ok(att_bundle_parse(encoded(&e, &b), &x, err));
	p = att_bundle_evidence(x);
	ck_assert(att_slice_equal(p->attest, e.attest));
	ck_assert(att_slice_equal(p->signature, e.signature));
	ck_assert(att_slice_equal(p->ak_public, e.ak_public));
	ck_assert(att_slice_equal(p->ek_cert, e.ek_cert));
	ck_assert(att_slice_equal(p->challenge, e.challenge));
	ck_assert(p->bound && p->bound_count == 2);
	ck_assert(p->bound_item[0] == ATT_ITEM_USERSPACE_LOG);
	ck_assert(p->bound_item[1] == ATT_ITEM_UEFI_LOG);
	ck_assert(p->collected_at == 1795000000);
	ck_assert_str_eq(p->agent_id, "node-1.rack_2");
	ck_assert_str_eq(p->boot_id, "2f8f4f0e");
	ck_assert_str_eq(p->hint_vendor, "Dell Inc.");
	ck_assert_str_eq(p->hint_product, "PowerEdge R760");
	ck_assert(att_slice_equal(p->item[ATT_ITEM_UEFI_LOG].bytes, part(9)));
	ck_assert(p->item[ATT_ITEM_USERSPACE_LOG].state == ATT_ITEM_PRESENT);
	ck_assert(p->item[ATT_ITEM_USERSPACE_LOG].bytes.len == 0);
	ck_assert(p->item[ATT_ITEM_IMA_LOG].state == ATT_ITEM_UNREADABLE);
	ck_assert_str_eq(p->item[ATT_ITEM_IMA_LOG].reason,
	    "Permission denied");
	ck_assert(p->item[ATT_ITEM_FIRMWARE_CLAIMS].state == ATT_ITEM_ABSENT);
	ck_assert(att_pcrs_get(&p->pcrs, ATT_ALG_SHA256, 7, &v));
	ok(att_bundle_encode(x, &again, err));
	ck_assert(att_slice_equal(att_buf_view(&b), att_buf_view(&again)));
}
END_TEST

/* The same document with one piece of its text exchanged. */
static void
edited(struct att_slice doc, const char *from, const char *to,
    struct att_buf *ret)
{
	const uint8_t *at = memmem(doc.data, doc.len, from, strlen(from));

	ck_assert_msg(at != NULL, "no \"%s\" in the document", from);
	att_buf_bytes(ret, doc.data, (size_t)(at - doc.data));
	att_buf_str(ret, to);
	at += strlen(from);
	att_buf_bytes(ret, at, (size_t)(doc.data + doc.len - at));
}

START_TEST(unknown_members_stay)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO_DONE(att_buf_done) struct att_buf more = ATT_BUF(1 << 20);
	AUTO_DONE(att_buf_done) struct att_buf again = ATT_BUF(1 << 20);
	AUTO(att_bundle_free) struct att_bundle *x = NULL;
	struct att_evidence e = full();

	edited(encoded(&e, &b), "\"claims\"",
	    "\"a\":[\"x/y\",\"AA\"],\"c\":{\"d\":[\"x/y\",\"AA\",4]},"
	    "\"claims\"", &more);
	ok(att_bundle_parse(att_buf_view(&more), &x, err));
	ok(att_bundle_encode(x, &again, err));
	ck_assert(att_slice_equal(att_buf_view(&more), att_buf_view(&again)));
}
END_TEST

START_TEST(refuses)
{
	static const struct {
		const char *from, *to, *word;
		int code;
	} bad[] = {
		{ "2026:evidence/1", "2026:evidence/2", "collection type",
		    ATT_E_UNSUPPORTED },
		{ "\"__cmwc_t\"", "\"cmwc_t\"", "__cmwc_t", ATT_E_FORMAT },
		{ "\"claims\":", "\"claim\":", "claims", ATT_E_FORMAT },
		{ "\"tpm_quote\":", "\"quote\":", "tpm_quote", ATT_E_FORMAT },
		{ "vnd.attestd.uefi-log", "vnd.attestd.ima-log", "must be",
		    ATT_E_FORMAT },
		{ "pkix-cert\",\"", "pkix-cert\",\"=", "base64",
		    ATT_E_FORMAT },
		{ "\"AAECAwQFBgc\",2]", "\"AAECAwQFBgc\",4]", "must be",
		    ATT_E_FORMAT },
		{ "\"ek_cert\":", "\"zz\":7,\"ek_cert\":", "no CMW",
		    ATT_E_FORMAT },
	};
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(att_bundle_free) struct att_bundle *x = NULL;
	struct att_evidence e = full();
	struct att_slice doc = encoded(&e, &b);

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		AUTO_DONE(att_buf_done) struct att_buf t = ATT_BUF(1 << 20);

		edited(doc, bad[i].from, bad[i].to, &t);
		fails(att_bundle_parse(att_buf_view(&t), &x, err),
		    bad[i].code, bad[i].word);
		ck_assert(att_bundle_parse(att_buf_view(&t), &x, NULL) ==
		    bad[i].code);
		ck_assert(x == NULL);
	}
}
END_TEST

/* The claims record is edited inside its base64url. */
static void
with_claims(struct att_slice doc, const char *claims, struct att_buf *ret)
{
	AUTO(att_json_decref) json_t *j = NULL;
	AUTO_DONE(att_buf_done) struct att_buf v = ATT_BUF(1 << 20);

	ok(att_json_parse(doc, 1 << 20, &j, err));
	att_base64url_put(&v, S(claims));
	json_array_set_new(json_object_get(j, "claims"), 1,
	    json_stringn((char *)v.data, v.len));
	ok(att_json_write(j, ret, err));
}

START_TEST(refuses_claims)
{
	static const struct {
		const char *claims, *word;
	} bad[] = {
		{ "[]", "object" },
		{ "{}", "challenge" },
		{ "{\"challenge\":\"\",\"x\":1}", "\"x\" is not known" },
		{ "{\"challenge\":\"\",\"agent_id\":\"a b\"}", "agent_id" },
		{ "{\"challenge\":\"\",\"boot_id\":\"\\u001b[2J\"}",
		    "clean text" },
		{ "{\"challenge\":\"\",\"collected_at\":-1}", "collected_at" },
		{ "{\"challenge\":\"\",\"bound\":[\"x\"]}", "entry 0" },
		{ "{\"challenge\":\"\",\"bound\":[\"ima_log\",\"ima_log\"]}",
		    "entry 1" },
		{ "{\"challenge\":\"\",\"bound\":7}", "array" },
		{ "{\"challenge\":\"\",\"hint\":{\"serial\":\"x\"}}",
		    "serial" },
		{ "{\"challenge\":\"\",\"unreadable\":{\"uefi_log\":\"x\"}}",
		    "in the evidence" },
		{ "{\"challenge\":\"\",\"unreadable\":{\"nose\":\"x\"}}",
		    "unknown" },
	};
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	struct att_evidence e = full();
	struct att_slice doc = encoded(&e, &b);

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		AUTO_DONE(att_buf_done) struct att_buf t = ATT_BUF(1 << 20);
		AUTO(att_bundle_free) struct att_bundle *x = NULL;

		with_claims(doc, bad[i].claims, &t);
		fails(att_bundle_parse(att_buf_view(&t), &x, err),
		    ATT_E_FORMAT, bad[i].word);
		ck_assert(att_bundle_parse(att_buf_view(&t), &x, NULL) ==
		    ATT_E_FORMAT);
		ck_assert(x == NULL);
	}
}
END_TEST

START_TEST(limits)
{
	static uint8_t big[ATT_QUOTE_PART_MAX + 1];
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(att_bundle_free) struct att_bundle *x = NULL;
	struct att_evidence e = full();

	e.attest = (struct att_slice){ big, ATT_QUOTE_PART_MAX };
	ok(att_bundle_parse(encoded(&e, &b), &x, err));
	att_bundle_free(take(&x));
	att_buf_reset(&b);
	e.attest.len++;
	fails(att_bundle_parse(encoded(&e, &b), &x, err), ATT_E_LIMIT,
	    "attest");
	att_buf_reset(&b);
	e = full();
	e.challenge = (struct att_slice){ big, ATT_CHALLENGE_MAX + 1 };
	fails(att_bundle_parse(encoded(&e, &b), &x, err), ATT_E_LIMIT,
	    "challenge");
}
END_TEST

START_TEST(dirty_text_is_written_clean)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(att_bundle_free) struct att_bundle *x = NULL;
	struct att_evidence e = full();
	char longer[ATT_BUNDLE_TEXT_MAX + 9];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	e.hint_vendor = "a\x1b[2J\\\xff";
	e.hint_product = longer;
	ok(att_bundle_parse(encoded(&e, &b), &x, err));
	ck_assert_str_eq(att_bundle_evidence(x)->hint_vendor, "a?[2J??");
	ck_assert(strlen(att_bundle_evidence(x)->hint_product) ==
	    ATT_BUNDLE_TEXT_MAX);
}
END_TEST

START_TEST(survives_damage)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO_DONE(att_buf_done) struct att_buf t = ATT_BUF(1 << 20);
	struct att_evidence e = full();
	struct att_slice doc = encoded(&e, &b);
	size_t refused = 0;

	for (size_t n = 0; n < doc.len - 1; n++) {
		AUTO(att_bundle_free) struct att_bundle *x = NULL;

		ck_assert(att_bundle_parse((struct att_slice){ doc.data, n },
			      &x, NULL) < 0);
	}
	for (size_t i = 0; i < 8 * doc.len; i++) {
		AUTO(att_bundle_free) struct att_bundle *x = NULL;

		att_buf_reset(&t);
		att_buf_slice(&t, doc);
		t.data[i / 8] ^= (uint8_t)(1u << i % 8);
		refused += att_bundle_parse(att_buf_view(&t), &x, NULL) < 0;
	}
	ck_assert(refused > doc.len);
}
END_TEST

START_TEST(binding_needs_its_items)
{
	static const enum att_item want[] = { ATT_ITEM_UEFI_LOG,
		ATT_ITEM_USERSPACE_LOG };
	static const enum att_item ima[] = { ATT_ITEM_IMA_LOG };
	static const enum att_item three[] = { ATT_ITEM_UEFI_LOG,
		ATT_ITEM_IMA_LOG, ATT_ITEM_USERSPACE_LOG };
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_evidence e = full();
	struct att_digest item[2], a, b;

	ok(att_binding_item(h, part(9), &item[0], err));
	ok(att_binding_item(h, S(""), &item[1], err));
	ok(att_binding_compute(h, e.challenge, item, 2, &a, err));
	ok(att_evidence_binding(&e, h, e.challenge, want, 2, &b, err));
	ck_assert(att_digest_equal(&a, &b));
	fails(att_evidence_binding(&e, h, e.challenge, ima, 1, &b, err),
	    ATT_E_NOT_FOUND, "ima_log");
	/* there it must be, and it has no part: it is read after the quote */
	e.item[ATT_ITEM_IMA_LOG].state = ATT_ITEM_PRESENT;
	e.item[ATT_ITEM_IMA_LOG].bytes = part(3);
	ok(att_evidence_binding(&e, h, e.challenge, three, 3, &b, err));
	ck_assert(att_digest_equal(&a, &b));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("bundle");
	TCase *t = tcase_create("bundle");

	tcase_add_test(t, round_trip);
	tcase_add_test(t, unknown_members_stay);
	tcase_add_test(t, refuses);
	tcase_add_test(t, refuses_claims);
	tcase_add_test(t, limits);
	tcase_add_test(t, dirty_text_is_written_clean);
	tcase_add_test(t, survives_damage);
	tcase_add_test(t, binding_needs_its_items);
	suite_add_tcase(s, t);
	return run_suite(s);
}
