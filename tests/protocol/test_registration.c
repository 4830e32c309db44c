#include "change.h"

#include "protocol/problem.h"
#include "protocol/registration.h"

/* -- version -------------------------------------------------------------- */

static const char versions[] =
    "{\"code\":200,\"status\":\"Success\",\"results\":{\"current_version\":"
    "\"2.6\",\"supported_versions\":[\"1.0\",\"2.0\",\"2.1\",\"2.5\","
    "\"2.6\",\"3.0\"]}}";

static int
parse_versions(struct att_slice body, struct att_pointer *where,
    struct att_err *err)
{
	unsigned minor;

	return att_registrar_versions_parse(body, &minor, err);
}

START_TEST(highest_version)
{
	static const struct {
		const char *list;
		unsigned minor;
	} rows[] = {
		{ "[\"2.1\"]", 1 },
		{ "[\"2.6\",\"2.1\"]", 6 },
		{ "[\"2.1\",\"2.3\",\"2.2\",\"2.7\",\"3.0\"]", 3 },
		{ "[7,null,\"2.4\",[\"2.6\"],\"02.6\",\"2.6.0\"]", 4 },
	};
	unsigned minor = 0;

	ok(att_registrar_versions_parse(S(versions), &minor, err));
	ck_assert_uint_eq(minor, 6);
	for (size_t i = 0; i < ATT_COUNT(rows); i++) {
		AUTO(free) char *t = changed(versions,
		    "/results/supported_versions", rows[i].list);

		ok(att_registrar_versions_parse(S(t), &minor, err));
		ck_assert_uint_eq(minor, rows[i].minor);
	}
}
END_TEST

START_TEST(versions_hostile)
{
	static const struct change c[] = {
		{ "/results/supported_versions", "[]", ATT_E_UNSUPPORTED,
		    "none of the versions 2.1 to 2.6", NULL },
		{ "/results/supported_versions", "[\"2.0\",\"2.7\",\"3.0\"]",
		    ATT_E_UNSUPPORTED, "none", NULL },
		{ "/results/supported_versions", "[2.6]", ATT_E_UNSUPPORTED,
		    "none", NULL },
		{ "/results/supported_versions", "\"2.6\"", ATT_E_FORMAT,
		    "array", NULL },
		{ "/results/supported_versions", NULL, ATT_E_FORMAT,
		    "missing", NULL },
		{ "/results", NULL, ATT_E_FORMAT, "missing", NULL },
		{ "/results", "[]", ATT_E_FORMAT, "object", NULL },
	};

	check_changes(versions, parse_versions, c, ATT_COUNT(c));
	check_hostile(versions, parse_versions);
}
END_TEST

START_TEST(versions_written)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO_DONE(att_buf_done) struct att_buf one = ATT_BUF(4096);

	ok(att_registrar_versions_encode(4, &b, err));
	same_json(&b, "{\"code\":200,\"status\":\"Success\",\"results\":"
		      "{\"current_version\":\"2.6\",\"supported_versions\":"
		      "[\"2.4\",\"2.5\",\"2.6\"],\"ak_types\":"
		      "[\"rsa2048\",\"p256\",\"p384\"]}}");
	ok(att_registrar_versions_encode(6, &one, err));
	fails(att_registrar_versions_encode(0, &b, err), ATT_E_USAGE, "2.0");
	fails(att_registrar_versions_encode(7, &b, err), ATT_E_USAGE, "2.7");
}
END_TEST

START_TEST(types_of_aks_that_are_taken)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO_DONE(att_buf_done) struct att_buf many = ATT_BUF(4096);
	bool takes = false;

	ok(att_registrar_versions_encode(1, &b, err));
	ok(att_versions_take_ak(att_buf_view(&b), "p256", &takes, err));
	ck_assert(takes);
	ok(att_versions_take_ak(att_buf_view(&b), "p2", &takes, err));
	ck_assert(!takes);
	/* upstream's registrar lists none */
	takes = true;
	ok(att_versions_take_ak(S(versions), "p256", &takes, err));
	ck_assert(!takes);
	takes = true;
	ok(att_versions_take_ak(S("{\"results\":{\"ak_types\":"
	    "{\"p256\":\"p256\"}}}"), "p256", &takes, err));
	ck_assert(!takes);
	/* untouched where it is no answer */
	takes = true;
	fails(att_versions_take_ak(S("[]"), "p256", &takes, err),
	    ATT_E_FORMAT, "");
	fails(att_versions_take_ak(S("{}"), "p256", &takes, err),
	    ATT_E_FORMAT, "results");
	ck_assert(takes);
	/* and no more of a list than is looked at */
	att_buf_str(&many, "{\"results\":{\"ak_types\":[");
	for (unsigned i = 0; i < 64; i++)
		att_buf_str(&many, "7,");
	att_buf_str(&many, "\"p256\"]}}");
	ok(att_versions_take_ak(att_buf_view(&many), "p256", &takes, err));
	ck_assert(!takes);
}
END_TEST

/* -- register ------------------------------------------------------------- */

/* "EKPUB", "AKPUB", "CERT" */
static const char request[] =
    "{\"ek_tpm\":\"RUtQVUI=\",\"aik_tpm\":\"QUtQVUI=\",\"ekcert\":"
    "\"Q0VSVA==\"}";

static int
parse_request(struct att_slice body, struct att_pointer *where,
    struct att_err *err)
{
	struct att_register_request r = { 0 };
	int e = att_register_request_parse(body, &r, where, err);

	att_register_request_done(&r);
	return e;
}

START_TEST(request_read)
{
	struct att_register_request r = { 0 };

	ok(att_register_request_parse(S(request), &r, NULL, err));
	ck_assert(att_slice_is(r.ek_public, "EKPUB"));
	ck_assert(att_slice_is(r.ak_public, "AKPUB"));
	ck_assert(att_slice_is(r.ek_cert, "CERT"));
	att_register_request_done(&r);
	ck_assert_ptr_null(r.ek_public.data);
	att_register_request_done(&r);
}
END_TEST

START_TEST(request_written)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO_DONE(att_buf_done) struct att_buf bare = ATT_BUF(4096);
	struct att_register_request r = { .ek_public = S("EKPUB"),
		.ak_public = S("AKPUB"), .ek_cert = S("CERT") };

	ok(att_register_request_encode(&r, &b, err));
	same_json(&b, request);
	r.ek_cert = (struct att_slice){ 0 };
	ok(att_register_request_encode(&r, &bare, err));
	same_json(&bare, "{\"ek_tpm\":\"RUtQVUI=\",\"aik_tpm\":"
			 "\"QUtQVUI=\"}");
}
END_TEST

/* A chain in PEM goes through as it is: att_cert_parse knows it. */
START_TEST(certificate_in_pem)
{
	static const char pem[] = "-----BEGIN CERTIFICATE-----\nQ0VSVA==\n"
				  "-----END CERTIFICATE-----\n";
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	struct att_register_request r = { .ek_public = S("EKPUB"),
		.ak_public = S("AKPUB"), .ek_cert = S(pem) };
	struct att_register_request got = { 0 };

	ok(att_register_request_encode(&r, &b, err));
	ck_assert(has_text(&b, "BEGIN CERTIFICATE-----\\nQ0VS"));
	ok(att_register_request_parse(att_buf_view(&b), &got, NULL, err));
	ck_assert(att_slice_is(got.ek_cert, pem));
	att_register_request_done(&got);
}
END_TEST

/* What upstream agents send besides, and what says "no certificate". */
START_TEST(request_leniency)
{
	static const struct change c[] = {
		{ "/ekcert", NULL, ATT_OK, NULL, NULL },
		{ "/ekcert", "null", ATT_OK, NULL, NULL },
		{ "/ekcert", "\"\"", ATT_OK, NULL, NULL },
		{ "/ip", "\"127.0.0.1\"", ATT_OK, NULL, NULL },
		{ "/port", "9002", ATT_OK, NULL, NULL },
		{ "/mtls_cert", "\"disabled\"", ATT_OK, NULL, NULL },
		{ "/iak_tpm", "\"AA==\"", ATT_OK, NULL, NULL },
	};

	check_changes(request, parse_request, c, ATT_COUNT(c));
}
END_TEST

START_TEST(request_hostile)
{
	static const struct change c[] = {
		{ "/ek_tpm", NULL, ATT_E_FORMAT, "missing", "/ek_tpm" },
		{ "/ek_tpm", "null", ATT_E_FORMAT, "string", "/ek_tpm" },
		{ "/ek_tpm", "\"\"", ATT_E_FORMAT, "empty", "/ek_tpm" },
		{ "/ek_tpm", "\"RUtQVUI\"", ATT_E_FORMAT, "multiple of 4",
		    "/ek_tpm" },
		{ "/aik_tpm", NULL, ATT_E_FORMAT, "missing", "/aik_tpm" },
		{ "/aik_tpm", "[]", ATT_E_FORMAT, "string", "/aik_tpm" },
		{ "/ekcert", "7", ATT_E_FORMAT, "string", "/ekcert" },
		{ "/ekcert", "\"emulator\\n\"", ATT_E_FORMAT, "base64",
		    "/ekcert" },
	};

	check_changes(request, parse_request, c, ATT_COUNT(c));
	check_hostile(request, parse_request);
	fails(parse_request(S("[]"), NULL, err), ATT_E_FORMAT, "object");
	fails(parse_request(S("{\"ek_tpm\":\"RUs=\",\"ek_tpm\":\"RUs=\"}"),
		  NULL, err), ATT_E_FORMAT, "duplicate");
	fails(parse_request(S("{\"ek_tpm\":\"RU\\u0000s=\"}"), NULL, err),
	    ATT_E_FORMAT, "JSON");
}
END_TEST

static int
parse_sized(size_t key, size_t cert, bool pem, struct att_pointer *where,
    struct att_err *why)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO(free) char *bytes = malloc(key + cert);
	struct att_register_request r = {
		.ek_public = { (uint8_t *)bytes, key },
		.ak_public = S("AKPUB"),
		.ek_cert = { (uint8_t *)bytes, cert },
	};

	memset(bytes, pem ? '-' : '0', key + cert);
	ok(att_register_request_encode(&r, &b, err));
	return parse_request(att_buf_view(&b), where, why);
}

START_TEST(request_limits)
{
	struct att_pointer where;

	ok(parse_sized(ATT_REGISTER_PUBLIC_MAX, ATT_REGISTER_CERT_MAX, false,
	    &where, err));
	ok(parse_sized(ATT_REGISTER_PUBLIC_MAX, ATT_REGISTER_CERT_MAX, true,
	    &where, err));
	fails(parse_sized(ATT_REGISTER_PUBLIC_MAX + 1, 1, false, &where, err),
	    ATT_E_LIMIT, "ek_tpm");
	ck_assert_str_eq(where.text, "/ek_tpm");
	fails(parse_sized(1, ATT_REGISTER_CERT_MAX + 1, false, &where, err),
	    ATT_E_LIMIT, "ekcert");
	fails(parse_sized(1, ATT_REGISTER_CERT_MAX + 1, true, &where, err),
	    ATT_E_LIMIT, "ekcert");
	ck_assert_str_eq(where.text, "/ekcert");
}
END_TEST

START_TEST(message_too_large)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_MESSAGE_MAX + 1);

	att_buf_str(&b, request);
	att_buf_fill(&b, ' ', ATT_MESSAGE_MAX - b.len);
	ok(parse_request(att_buf_view(&b), NULL, err));
	att_buf_u8(&b, ' ');
	fails(parse_request(att_buf_view(&b), NULL, err), ATT_E_LIMIT,
	    "1048577");
}
END_TEST

/* -- answer --------------------------------------------------------------- */

static const char answer[] =
    "{\"code\":200,\"status\":\"Success\",\"results\":{\"blob\":"
    "\"YmxvYg==\"}}";

static int
parse_answer(struct att_slice body, struct att_pointer *where,
    struct att_err *err)
{
	struct att_register_answer a = { 0 };
	int e = att_register_answer_parse(body, &a, err);

	att_register_answer_done(&a);
	return e;
}

START_TEST(answer_there_and_back)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	struct att_register_answer a = { .blob = S("blob") }, got = { 0 };

	ok(att_register_answer_encode(&a, &b, err));
	same_json(&b, answer);
	ok(att_register_answer_parse(att_buf_view(&b), &got, err));
	ck_assert(att_slice_is(got.blob, "blob"));
	att_register_answer_done(&got);
}
END_TEST

START_TEST(answer_hostile)
{
	static const struct change c[] = {
		{ "/results", "{}", ATT_E_FORMAT, "blob", NULL },
		{ "/results", NULL, ATT_E_FORMAT, "results", NULL },
		{ "/results/blob", "\"\"", ATT_E_FORMAT, "empty", NULL },
		{ "/results/blob", "\"?\"", ATT_E_FORMAT, "base64", NULL },
		{ "/results/new", "1", ATT_OK, NULL, NULL },
		{ "/code", NULL, ATT_OK, NULL, NULL },
	};

	check_changes(answer, parse_answer, c, ATT_COUNT(c));
	check_hostile(answer, parse_answer);
}
END_TEST

/* -- activate ------------------------------------------------------------- */

#define TAG                                                                  \
	"0123456789abcdef0123456789abcdef0123456789abcdef"                    \
	"fedcba9876543210fedcba9876543210fedcba9876543210"
static const char activate[] = "{\"auth_tag\":\"" TAG "\"}";

static int
parse_activate(struct att_slice body, struct att_pointer *where,
    struct att_err *err)
{
	char tag[ATT_AUTH_TAG_LEN + 1];

	return att_activate_request_parse(body, tag, where, err);
}

START_TEST(activate_there_and_back)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO_DONE(att_buf_done) struct att_buf done = ATT_BUF(4096);
	char tag[ATT_AUTH_TAG_LEN + 1];

	ok(att_activate_request_encode(TAG, &b, err));
	same_json(&b, activate);
	ok(att_activate_request_parse(att_buf_view(&b), tag, NULL, err));
	ck_assert_str_eq(tag, TAG);
	ok(att_activate_answer_encode(&done, err));
	same_json(&done, "{\"code\":200,\"status\":\"Success\","
			 "\"results\":{}}");
}
END_TEST

/* Upstream refuses upper-case digits, and deletes the record over it. */
START_TEST(activate_hostile)
{
	static const struct change c[] = {
		{ "/auth_tag", "\"" TAG "0\"", ATT_E_FORMAT, "96",
		    "/auth_tag" },
		{ "/auth_tag", "\"00\"", ATT_E_FORMAT, "96", "/auth_tag" },
		{ "/auth_tag",
		    "\"0123456789ABCDEF0123456789abcdef0123456789abcdef"
		    "fedcba9876543210fedcba9876543210fedcba9876543210\"",
		    ATT_E_FORMAT, "lower-case", "/auth_tag" },
		{ "/auth_tag", "0", ATT_E_FORMAT, "string", "/auth_tag" },
		{ "/auth_tag", NULL, ATT_E_FORMAT, "missing", "/auth_tag" },
		{ "/more", "{}", ATT_OK, NULL, NULL },
	};
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);

	check_changes(activate, parse_activate, c, ATT_COUNT(c));
	check_hostile(activate, parse_activate);
	fails(att_activate_request_encode("AB", &b, err), ATT_E_FORMAT, "96");
	ck_assert_uint_eq(b.len, 0);
}
END_TEST

/* K8: no refusal repeats a tag. */
START_TEST(k8_no_tag_in_an_error)
{
	struct att_err err = { 0 };

	ck_assert_int_lt(parse_activate(S("{\"auth_tag\":\"5ec2e7\"}"), NULL,
			     &err), 0);
	ck_assert_ptr_null(strstr(err.text, "5ec2e7"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("protocol registration");
	TCase *t = tcase_create("registration");

	tcase_add_test(t, highest_version);
	tcase_add_test(t, versions_hostile);
	tcase_add_test(t, versions_written);
	tcase_add_test(t, types_of_aks_that_are_taken);
	tcase_add_test(t, request_read);
	tcase_add_test(t, request_written);
	tcase_add_test(t, certificate_in_pem);
	tcase_add_test(t, request_leniency);
	tcase_add_test(t, request_hostile);
	tcase_add_test(t, request_limits);
	tcase_add_test(t, message_too_large);
	tcase_add_test(t, answer_there_and_back);
	tcase_add_test(t, answer_hostile);
	tcase_add_test(t, activate_there_and_back);
	tcase_add_test(t, activate_hostile);
	tcase_add_test(t, k8_no_tag_in_an_error);
	suite_add_tcase(s, t);
	return run_suite(s);
}
