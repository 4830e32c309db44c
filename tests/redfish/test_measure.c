/* Devices that sign, through a BMC that may do anything. */
#include "testlib.h"

#include "appraise/spdm.h"
#include "evidence/binding.h"
#include "fixture.h"
#include "firmware/spdm.h"
#include "redfish/measure.h"

#define GPU "HGX_IRoT_GPU_0"
#define CPU "HGX_ERoT_CPU_0"
#define GPU_PATH V1 "/ComponentIntegrity/" GPU
#define GPU_ACTION                                                           \
	GPU_PATH "/Actions/ComponentIntegrity.SPDMGetSignedMeasurements"
#define GPU_CHAIN V1 "/Chassis/" GPU "/Certificates/CertChain"

static const uint8_t challenge[20] = "a challenge of ours";

static int
nonce_of(void *arg, const char *name,
    uint8_t ret[static ATT_REDFISH_NONCE_SIZE], struct att_err *err)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_digest d;
	int r = att_binding_spdm_nonce(h, (struct att_slice){ challenge,
	    sizeof(challenge) }, S(name), &d, err);

	ck_assert_ptr_eq(arg, &bmc);
	if (r == 0)
		memcpy(ret, d.bytes, ATT_REDFISH_NONCE_SIZE);
	return r;
}

/* Starts the mock, asks the devices, and leaves the mock running. */
static struct att_spdm_evidence *
measure(void)
{
	struct att_spdm_evidence *e = calloc(1, sizeof(*e));
	AUTO(att_redfish_free) struct att_redfish *r = NULL;

	ok(att_redfish_open(&bmc.o, &r, err));
	ok(att_redfish_measure(r, nonce_of, &bmc, e, err));
	return e;
}

static const struct att_spdm_component *
find(const struct att_spdm_evidence *e, const char *name)
{
	for (size_t i = 0; i < e->count; i++)
		if (strcmp(e->device[i].name, name) == 0)
			return &e->device[i];
	ck_abort_msg("no %s", name);
	return NULL;
}

static void
note(void *arg, const struct att_finding *f)
{
	char text[ATT_FINDING_TEXT_MAX + 1];

	fprintf(stderr, "%s\n", att_finding_text(f, text));
}

/* Signed by the device, for the challenge, by its chain. */
static bool
is_authentic(const struct att_spdm_component *c)
{
	const struct att_digest root = dev_pin(X509_get0_pubkey(bmc.m.root));
	uint8_t nonce[ATT_REDFISH_NONCE_SIZE];
	struct att_spdm_result result = { 0 };
	const struct att_spdm_appraisal a = { .component = c->name,
		.transcript = att_buf_view(&c->transcript),
		.chain = att_buf_view(&c->chain),
		.nonce = { nonce, sizeof(nonce) },
		.algorithms = c->algorithms, .root = &root, .roots = 1,
		.now = DEV_NOW };

	ok(nonce_of(&bmc, c->name, nonce, err));
	ok(att_spdm_appraise(&a, note, NULL, &result, err));
	return result.authentic;
}

static void
is_failed(const struct att_spdm_component *c, enum att_measured result,
    const char *reason)
{
	ck_assert_int_eq(c->result, result);
	ck_assert_str_eq(c->reason, reason);
	ck_assert_uint_eq(c->transcript.len, 0);
	ck_assert_uint_eq(c->chain.len, 0);
}

/* -- devices that sign ---------------------------------------------------- */

static const char *const done[] = { "Completed", NULL };
static const char *const slow[] = { "New", "Starting", "Running", "Running",
	"Completed", NULL };
static const char *const again[] = { "Running", "Exception", "Interrupted",
	"New", "Completed", NULL };

static const struct {
	const char *const *states;
	bool plain_location;
	unsigned posts;
} ways[] = {
	{ NULL, false, 2 },		/* at once: 200 */
	{ done, false, 2 },		/* 202, and a task */
	{ slow, false, 2 },
	{ slow, true, 2 },		/* its link in Location */
	{ again, false, 4 },		/* two exceptions, then success */
};

START_TEST(signed_by_both)
{
	struct att_spdm_evidence *e;

	bmc.m.states = ways[_i].states;
	bmc.m.plain_location = ways[_i].plain_location;
	start();
	e = measure();
	ck_assert_uint_eq(e->count, 4);
	ck_assert_str_eq(e->device[0].name, CPU);
	ck_assert_str_eq(e->device[1].name, GPU);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(e->device[i].result, ATT_MEASURED_OK);
		ck_assert_str_eq(e->device[i].reason, "");
		ck_assert(is_authentic(&e->device[i]));
		ck_assert_uint_eq(e->device[i].algorithms.hash,
		    ATT_ALG_SHA384);
	}
	is_failed(&e->device[2], ATT_MEASURED_NOT_AVAILABLE,
	    "listed by the BMC, and not there");
	ck_assert_str_eq(e->device[2].name, "missing");
	is_failed(&e->device[3], ATT_MEASURED_NOT_AVAILABLE,
	    "disabled at the BMC");
	ck_assert_str_eq(e->device[3].name, "off");
	stop();
	/* and one for the session */
	ck_assert_uint_eq(mock_count(&bmc.m, "POST"), ways[_i].posts + 1);
	att_spdm_evidence_free(e);
}
END_TEST

/* One device cannot answer for another: the name is in the nonce. */
START_TEST(a_name_of_its_own)
{
	struct att_spdm_evidence *e;
	struct att_spdm_component swapped;

	start();
	e = measure();
	swapped = *find(e, GPU);
	memcpy(swapped.name, CPU, sizeof(CPU));
	ck_assert(!is_authentic(&swapped));
	stop();
	att_spdm_evidence_free(e);
}
END_TEST

START_TEST(as_a_document)
{
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *back = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_SPDM_EVIDENCE_MAX);
	struct att_spdm_evidence *e;

	start();
	e = measure();
	e->challenge_len = sizeof(challenge);
	memcpy(e->challenge, challenge, sizeof(challenge));
	ok(att_spdm_evidence_encode(e, &b, err));
	ok(att_spdm_evidence_parse(att_buf_view(&b), &back, err));
	ck_assert_uint_eq(back->count, 4);
	ck_assert(is_authentic(find(back, GPU)));
	stop();
	att_spdm_evidence_free(e);
}
END_TEST

/* -- devices that do not -------------------------------------------------- */

static const char *const running[] = { "Running", NULL };
static const char *const exceptions[] = { "Exception", NULL };
static const char *const killed[] = { "Killed", NULL };
static const char *const stateless[] = { "", NULL };

static const struct {
	struct fault fault;
	const char *const *states;
	enum att_measured result;
	const char *reason;
} troubles[] = {
	{ { .path = GPU_PATH, .status = 403 }, NULL, ATT_MEASURED_FAILED,
	    "refused by the BMC" },
	{ { .path = GPU_PATH, .body = "{\"Id\":\"" GPU "\"}" }, NULL,
	    ATT_MEASURED_NOT_AVAILABLE,
	    "the BMC has no action that lets it sign" },
	{ { .path = GPU_PATH, .body = "{\"Id\":\"" GPU "\"," SPDM_ACTION(GPU)
		"}" }, NULL, ATT_MEASURED_FAILED,
	    "the BMC tells no certificate of it" },
	{ { .path = GPU_CHAIN, .status = 404 }, NULL, ATT_MEASURED_FAILED,
	    "listed by the BMC, and not there" },
	{ { .path = GPU_CHAIN, .body = "{\"CertificateString\":\"\"}" }, NULL,
	    ATT_MEASURED_FAILED, "no answer that is understood" },
	{ { .path = GPU_CHAIN, .body = "{\"CertificateString\":\"\\u0007\"}" },
	    NULL, ATT_MEASURED_FAILED, "no answer that is understood" },
	{ { .path = GPU_ACTION, .status = 403 }, NULL, ATT_MEASURED_FAILED,
	    "refused by the BMC" },
	{ { .path = GPU_ACTION, .status = 503 }, NULL, ATT_MEASURED_FAILED,
	    "the BMC was busy, or the asking was stopped" },
	{ { .path = GPU_ACTION, .body = "{\"SignedMeasurements\":\"\"}" },
	    NULL, ATT_MEASURED_FAILED, "no answer that is understood" },
	{ { .path = GPU_ACTION, .body = "{\"SignedMeasurements\":7}" }, NULL,
	    ATT_MEASURED_FAILED, "no answer that is understood" },
	{ { .path = GPU_ACTION, .status = 202 }, NULL, ATT_MEASURED_FAILED,
	    "no answer that is understood" },
	{ { .path = GPU_ACTION, .status = 202,
		.headers = "Location: https://evil.example/redfish/v1/t\r\n" },
	    NULL, ATT_MEASURED_FAILED, "the BMC points elsewhere" },
	{ { .path = GPU_ACTION, .status = 307,
		.headers = "Location: /redfish/v1/x\r\n" }, NULL,
	    ATT_MEASURED_FAILED, "the BMC points elsewhere" },
	{ { .path = GPU_ACTION, .endless = "          " }, NULL,
	    ATT_MEASURED_FAILED, "more than is taken" },
	{ { .path = "" }, exceptions, ATT_MEASURED_FAILED,
	    "the BMC was busy, or the asking was stopped" },
	{ { .path = "" }, killed, ATT_MEASURED_FAILED,
	    "no answer that is understood" },
	{ { .path = "" }, stateless, ATT_MEASURED_FAILED,
	    "no answer that is understood" },
	{ { .path = GPU_ACTION "/data", .status = 404 }, done,
	    ATT_MEASURED_FAILED, "listed by the BMC, and not there" },
};

START_TEST(one_that_does_not_sign)
{
	struct att_spdm_evidence *e;

	bmc.m.fault[0] = troubles[_i].fault;
	bmc.m.states = troubles[_i].states;
	start();
	e = measure();
	is_failed(find(e, GPU), troubles[_i].result, troubles[_i].reason);
	/* the other one does, where the trouble is with one of them */
	if (troubles[_i].states == NULL || troubles[_i].states == done)
		ck_assert(is_authentic(find(e, CPU)));
	stop();
	/* an exception is tried again, so often and no more */
	ck_assert_uint_le(mock_count(&bmc.m, "POST " GPU_ACTION "\n"),
	    ATT_REDFISH_ATTEMPTS);
	att_spdm_evidence_free(e);
}
END_TEST

START_TEST(an_id_that_is_no_name)
{
	struct att_spdm_evidence *e;

	bmc.m.fault[0] = (struct fault){ .path = GPU_PATH, .body =
		"{\"Id\":\"a/b\"," SPDM_ACTION(GPU) "}" };
	start();
	e = measure();
	is_failed(find(e, "a_b"), ATT_MEASURED_FAILED,
	    "its Id is no name that can be used");
	stop();
	att_spdm_evidence_free(e);
}
END_TEST

START_TEST(one_id_for_two)
{
	struct att_spdm_evidence *e;

	bmc.m.fault[0] = (struct fault){ .path = V1 "/ComponentIntegrity/tpm",
		.body = SPDM_DEVICE(GPU, "true", GPU) };
	start();
	e = measure();
	is_failed(find(e, GPU), ATT_MEASURED_FAILED,
	    "the BMC names it more than once");
	ck_assert(is_authentic(find(e, CPU)));
	stop();
	att_spdm_evidence_free(e);
}
END_TEST

/* The whole time is over: all that is left is told, none waited for. */
START_TEST(a_task_that_never_ends)
{
	struct att_spdm_evidence *e;

	bmc.m.states = running;
	start();
	bmc.o.deadline_ms = 1500;
	e = measure();
	ck_assert_uint_eq(e->count, 4);
	is_failed(find(e, CPU), ATT_MEASURED_FAILED, "no answer in time");
	is_failed(find(e, GPU), ATT_MEASURED_FAILED, "no answer in time");
	stop();
	att_spdm_evidence_free(e);
}
END_TEST

START_TEST(a_device_that_hangs)
{
	struct att_spdm_evidence *e;

	bmc.m.fault[0] = (struct fault){ .path = GPU_ACTION, .hang = true };
	start();
	bmc.o.deadline_ms = 1500;
	e = measure();
	is_failed(find(e, GPU), ATT_MEASURED_FAILED, "no answer in time");
	/* asked before it, as they are asked by their names */
	ck_assert(is_authentic(find(e, CPU)));
	stop();
	att_spdm_evidence_free(e);
}
END_TEST

START_TEST(a_lie_is_carried_and_no_more)
{
	struct att_spdm_evidence *e;

	bmc.m.fault[0] = (struct fault){ .path = GPU_ACTION, .body =
		"{\"SignedMeasurements\":\"EeAB\"}" };
	start();
	e = measure();
	ck_assert_int_eq(find(e, GPU)->result, ATT_MEASURED_OK);
	ck_assert(!is_authentic(find(e, GPU)));
	ck_assert(is_authentic(find(e, CPU)));
	stop();
	att_spdm_evidence_free(e);
}
END_TEST

/* -- those that cannot be listed ------------------------------------------ */

static const struct {
	struct fault fault;
	int code;
} unlisted[] = {
	{ { .path = V1, .body = "{}" }, ATT_E_NOT_FOUND },
	{ { .path = V1 "/ComponentIntegrity", .status = 404 },
	    ATT_E_NOT_FOUND },
	{ { .path = V1 "/ComponentIntegrity", .status = 403 }, ATT_E_DENIED },
	{ { .path = V1 "/ComponentIntegrity", .body = "{}" }, ATT_E_FORMAT },
	{ { .path = V1 "/ComponentIntegrity", .body = "{\"Members\":[],"
		"\"Members@odata.nextLink\":\"" V1 "/ComponentIntegrity\"}" },
	    ATT_E_CONFLICT },
};

START_TEST(not_listed)
{
	struct att_spdm_evidence e = { .at = 77 };
	struct att_redfish *r = NULL;

	bmc.m.fault[0] = unlisted[_i].fault;
	start();
	ok(att_redfish_open(&bmc.o, &r, err));
	fails(att_redfish_measure(r, nonce_of, &bmc, &e, err),
	    unlisted[_i].code, "");
	ck_assert(e.at == 77 && e.count == 0 && e.device == NULL);
	att_redfish_free(r);
	stop();
}
END_TEST

START_TEST(more_devices_than_are_taken)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 16);
	struct att_spdm_evidence e = { 0 };
	struct att_redfish *r = NULL;

	att_buf_str(&b, "{\"Members\":[");
	for (unsigned i = 0; i <= ATT_SPDM_DEVICES_MAX; i++)
		att_buf_printf(&b, "%s{\"Id\":\"d%u\","
		    "\"ComponentIntegrityType\":\"SPDM\"}", i > 0 ? "," : "",
		    i);
	att_buf_bytes(&b, "]}", 3);
	bmc.m.fault[0] = (struct fault){ .path = V1 "/ComponentIntegrity",
		.body = (const char *)b.data };
	start();
	ok(att_redfish_open(&bmc.o, &r, err));
	fails(att_redfish_measure(r, nonce_of, &bmc, &e, err), ATT_E_LIMIT,
	    "64");
	att_redfish_free(r);
	stop();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("redfish measure");
	TCase *good = add_case(s, "good"), *bad = add_case(s, "bad");

	tcase_add_loop_test(good, signed_by_both, 0, ATT_COUNT(ways));
	tcase_add_test(good, a_name_of_its_own);
	tcase_add_test(good, as_a_document);
	tcase_add_loop_test(bad, one_that_does_not_sign, 0,
	    ATT_COUNT(troubles));
	tcase_add_test(bad, an_id_that_is_no_name);
	tcase_add_test(bad, one_id_for_two);
	tcase_add_test(bad, a_task_that_never_ends);
	tcase_add_test(bad, a_device_that_hangs);
	tcase_add_test(bad, a_lie_is_carried_and_no_more);
	tcase_add_loop_test(bad, not_listed, 0, ATT_COUNT(unlisted));
	tcase_add_test(bad, more_devices_than_are_taken);
	return run_suite(s);
}
