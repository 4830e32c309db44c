/*
 * Bytes of one attestation: of the node's offer and evidence, and of the
 * verifier's demand, receipt and verdict; and the CPU that the verifier spends
 * on it, store included, as the median of ROUNDS. HTTP and TLS are not in it,
 * nor the session, which is the same for all.
 *
 * A boot log of LOG bytes, whole, which is the peer, and by its digest. Then,
 * with the log that was captured, the first attestation of a boot with an IMA
 * list, one after it with ENTRIES new entries, one with none; the peer is a
 * node without a runtime policy.
 */
#include "testlib.h"

#include <stdlib.h>

#include "eventlog/tcg.h"
#include "tests/eventlog/imamaker.h"
#include "tests/verifier/rig.h"

#define ROUNDS 101
#define LOG 73000	/* bytes: that of a server with many devices */
#define EVENT 1000	/* bytes of data of each that is added to get there */

#define FIRST 400	/* entries of a boot; the captured ones have 440 */
#define ENTRIES 10	/* between two attestations of a node at work */

static struct rig rig;
static struct softnode node;
static struct imamaker list;

/* -- what a node measures ------------------------------------------------- */

/* H(register || H(data)), in a bank that the node has. */
static void
extend(uint16_t alg, unsigned pcr, const struct att_digest *with)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_slice was;
	struct att_digest is;

	if (!att_pcrs_get(&node.pcrs, alg, pcr, &was))
		return;
	ok(att_hasher_two(h, alg, was, att_digest_view(with), &is, err));
	ok(att_pcrs_set(&node.pcrs, alg, pcr, att_digest_view(&is), err));
}

/* One more event of PCR 9, measured and logged. */
static void
log_event(const struct att_tcglog *l, struct att_slice data,
    struct att_buf *to)
{
	att_buf_le32(to, 9);
	att_buf_le32(to, ATT_EV_IPL);
	att_buf_le32(to, (uint32_t)l->alg_count);
	for (size_t i = 0; i < l->alg_count; i++) {
		struct att_digest d;

		ok(att_digest_of(l->alg[i].alg, data, &d, err));
		att_buf_le16(to, l->alg[i].alg);
		att_buf_slice(to, att_digest_view(&d));
		extend(l->alg[i].alg, 9, &d);
	}
	att_buf_le32(to, (uint32_t)data.len);
	att_buf_slice(to, data);
}

/* A machine with much in it: the captured log, and events up to LOG bytes. */
static void
boot_long(void)
{
	AUTO_DONE(att_buf_done) struct att_buf grown = ATT_BUF(1u << 20);
	struct att_tcglog l;
	char data[EVENT + 1];

	ok(att_tcglog_open(att_buf_view(&node.uefi), ATT_TCG_TPM, &l, err));
	att_buf_slice(&grown, att_buf_view(&node.uefi));
	while (grown.len < LOG) {
		snprintf(data, sizeof(data), "%0*zu", EVENT, grown.len);
		log_event(&l, S(data), &grown);
	}
	ok(att_buf_ok(&grown, "log", err));
	att_buf_done(&node.uefi);
	node.uefi = grown;
	grown = ATT_BUF(0);
}

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

/* -- what it costs -------------------------------------------------------- */

struct cost {
	size_t up, evidence, down;
	double cpu;	/* µs, of the verifier */
};

static struct cost
attest(void)
{
	AUTO_DONE(att_buf_done) struct att_buf offer = ATT_BUF(1u << 20);
	AUTO_DONE(att_buf_done) struct att_buf body = ATT_BUF(1u << 24);
	AUTO_DONE(answer_done) struct answer demand = { 0 };
	AUTO_DONE(answer_done) struct answer taken = { 0 };
	AUTO_DONE(answer_done) struct answer verdict = { 0 };
	struct att_offer o;
	struct att_demand d;
	double cpu;

	rig.now += 60;
	node.clock += 60000;
	softnode_offer(&node, &o);
	ok(att_offer_encode(&o, &offer, err));
	rig_spent = 0;
	rig_offer(&rig, &node, &demand);
	rig_demand(&node, &demand, &d);
	rig_evidence_body(&node, &d, &body);
	rig_submit(&rig, &node, &body, &taken);
	ck_assert_uint_eq(taken.status, 202);
	rig_ask(&rig, "GET", "/v2.6/agents/n1", NULL, node.token, NULL,
	    &verdict);
	cpu = rig_spent;
	ck_assert_int_eq(rig_standing(&rig, &node), ATT_STANDING_PASS);
	return (struct cost){ offer.len + body.len, body.len,
		demand.len + taken.len + verdict.len, cpu };
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The bytes of the last of ROUNDS, and the median of their CPU. */
static struct cost
attest_often(void)
{
	double cpu[ROUNDS];
	struct cost c = { 0 };

	for (size_t i = 0; i < ROUNDS; i++) {
		c = attest();
		cpu[i] = c.cpu;
	}
	qsort(cpu, ROUNDS, sizeof(cpu[0]), by_value);
	c.cpu = cpu[ROUNDS / 2];
	return c;
}

static void
show(const char *what, struct cost c, struct cost peer)
{
	printf("%-26s %6zu up (evidence %6zu) %5zu down  ratio %.3f", what,
	    c.up, c.evidence, c.down,
	    (double)(c.up + c.down) / (double)(peer.up + peer.down));
	if (peer.cpu > 0)
		printf("  CPU %5.0f us, ratio %.2f", c.cpu, c.cpu / peer.cpu);
	printf("\n");
}

static void
start(void)
{
	rig_start(&rig, "");
	softnode_make(&node, "n1", SOFTNODE_P256, &rig.ca);
	softnode_boot(&node, "uki");
}

/* With the values of the boot as it is now. */
static void
enrol(void)
{
	rig_enrol(&rig, &node);
	rig_session(&rig, &node);
	rig_reference(&rig, &node, "uki");
}

static void
stop(void)
{
	softnode_done(&node);
	rig_stop(&rig);
}

START_TEST(boot_log)
{
	struct cost peer, first, steady;

	start();
	boot_long();
	enrol();
	node.has_digests = false;
	peer = attest_often();
	node.has_digests = true;
	first = attest();
	steady = attest_often();
	ck_assert_uint_gt(first.evidence, node.uefi.len);
	ck_assert_uint_lt(steady.evidence, node.uefi.len);
	printf("an attestation, boot log %zu bytes, systemd's %zu\n",
	    node.uefi.len, node.user.len);
	show("whole each time", peer, peer);
	show("first of a boot", first, peer);
	show("steady, by digest", steady, peer);
	stop();
}
END_TEST

START_TEST(ima_list)
{
	static const char policy[] = "{\"format\":"
	    "\"attestd-runtime-policy/1\",\"id\":\"p\",\"version\":1,"
	    "\"match\":{},\"digests\":{},\"boot_aggregate\":\"any\","
	    "\"excludes\":[\"/usr/.*\"]}";
	AUTO_DONE(answer_done) struct answer put = { 0 };
	struct att_digest any = { .alg = ATT_ALG_SHA256, .len = 32 };
	struct cost peer, first, some, none;

	start();
	enrol();
	list = im_new(ATT_ALG_SHA1, false);
	im_boot(&list, &any);
	measure(FIRST - 1, "boot");
	attest();
	peer = attest();
	rig_operator(&rig, "PUT", "/operator/v1/runtime/p", policy, &put);
	ck_assert_uint_eq(put.status, 200);
	first = attest();
	measure(ENTRIES, "work");
	some = attest();
	none = attest();
	ck_assert_uint_gt(first.up, some.up);
	printf("the same with an IMA list of %d entries, boot log by digest\n",
	    FIRST);
	peer.cpu = 0;	/* of one round it says little */
	show("no runtime policy", peer, peer);
	show("first with one", first, peer);
	show("steady, 10 new entries", some, peer);
	show("steady, none", none, peer);
	im_done(&list);
	stop();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("bytes");
	TCase *t = tcase_create("bytes");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, boot_log);
	tcase_add_test(t, ima_list);
	suite_add_tcase(s, t);
	return run_suite(s);
}
