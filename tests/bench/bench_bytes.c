/*
 * Bytes of one attestation: of the node's offer and evidence, and of the
 * verifier's demand, receipt and verdict. The first of a boot with a captured
 * IMA list, one after it with ENTRIES new entries, one with none, and one of
 * a node without a runtime policy, which is the peer. HTTP and TLS are not in
 * it, nor the session, which is the same for all.
 */
#include "testlib.h"

#include "tests/eventlog/imamaker.h"
#include "tests/verifier/rig.h"

#define FIRST 400	/* entries of a boot; the captured ones have 440 */
#define ENTRIES 10	/* between two attestations of a node at work */

static struct rig rig;
static struct softnode node;
static struct imamaker list;

struct bytes {
	size_t up, evidence, down;
};

static void
measure(int count, const char *what)
{
	for (int i = 0; i < count; i++) {
		char path[80];

		snprintf(path, sizeof(path),
		    "/usr/lib/x86_64-linux-gnu/%s-%zu.so.1", what,
		    list.count);
		im_file(&list, 10, path);
	}
	att_buf_done(&node.ima);
	node.ima = ATT_BUF(IMAMAKER_MAX);
	att_buf_slice(&node.ima, att_buf_view(&list.text));
	node.has_ima = true;
	ok(att_pcrs_set(&node.pcrs, ATT_ALG_SHA256, 10,
	    im_value(&list, ATT_ALG_SHA256, 10), err));
}

static struct bytes
attest(void)
{
	AUTO_DONE(att_buf_done) struct att_buf offer = ATT_BUF(1u << 20);
	AUTO_DONE(att_buf_done) struct att_buf body = ATT_BUF(1u << 24);
	AUTO_DONE(answer_done) struct answer demand = { 0 };
	AUTO_DONE(answer_done) struct answer taken = { 0 };
	AUTO_DONE(answer_done) struct answer verdict = { 0 };
	struct att_offer o;
	struct att_demand d;

	rig.now += 60;
	node.clock += 60000;
	softnode_offer(&node, &o);
	ok(att_offer_encode(&o, &offer, err));
	rig_offer(&rig, &node, &demand);
	rig_demand(&node, &demand, &d);
	rig_evidence_body(&node, &d, &body);
	rig_submit(&rig, &node, &body, &taken);
	ck_assert_uint_eq(taken.status, 202);
	rig_ask(&rig, "GET", "/v2.6/agents/n1", NULL, node.token, NULL,
	    &verdict);
	ck_assert_int_eq(rig_standing(&rig, &node), ATT_STANDING_PASS);
	return (struct bytes){ offer.len + body.len, body.len,
		demand.len + taken.len + verdict.len };
}

static void
show(const char *what, struct bytes b, struct bytes peer)
{
	printf("%-34s %6zu up (evidence %6zu)  %6zu down  ratio %.2f\n", what,
	    b.up, b.evidence, b.down,
	    (double)(b.up + b.down) / (double)(peer.up + peer.down));
}

START_TEST(bytes)
{
	static const char policy[] = "{\"format\":"
	    "\"attestd-runtime-policy/1\",\"id\":\"p\",\"version\":1,"
	    "\"match\":{},\"digests\":{},\"boot_aggregate\":\"any\","
	    "\"excludes\":[\"/usr/.*\"]}";
	AUTO_DONE(answer_done) struct answer put = { 0 };
	struct att_digest any = { .alg = ATT_ALG_SHA256, .len = 32 };
	struct bytes peer, first, some, none;

	rig_start(&rig, "");
	softnode_make(&node, "n1", SOFTNODE_P256, &rig.ca);
	softnode_boot(&node, "uki");
	rig_enrol(&rig, &node);
	rig_session(&rig, &node);
	rig_reference(&rig, &node, "uki");
	list = im_new(ATT_ALG_SHA1, false);
	im_boot(&list, &any);
	measure(FIRST - 1, "boot");
	peer = attest();
	rig_operator(&rig, "PUT", "/operator/v1/runtime/p", policy, &put);
	ck_assert_uint_eq(put.status, 200);
	first = attest();
	measure(ENTRIES, "work");
	some = attest();
	none = attest();
	ck_assert_uint_gt(first.up, some.up);
	printf("bytes of an attestation, IMA list of %d entries, boot log "
	    "%zu bytes\n", FIRST, node.uefi.len);
	show("no runtime policy", peer, peer);
	show("first of a boot", first, peer);
	show("steady, 10 new entries", some, peer);
	show("steady, none", none, peer);
	im_done(&list);
	softnode_done(&node);
	rig_stop(&rig);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("bytes");
	TCase *t = tcase_create("bytes");

	tcase_add_test(t, bytes);
	suite_add_tcase(s, t);
	return run_suite(s);
}
