#include "protocol/registration.h"

#include <string.h>

#define VERSIONS_MAX 64		/* entries of a list in it that are looked at */

/* -- version -------------------------------------------------------------- */

/* 2.`minor` as one of ours; 0 for anything else. */
static unsigned
minor_of(const char *text)
{
	char ours[8];

	for (unsigned m = ATT_REGISTRAR_MINOR_MAX;
	     m >= ATT_REGISTRAR_MINOR_MIN; m--) {
		(void)snprintf(ours, sizeof(ours), "2.%u", m);
		if (strcmp(ours, text) == 0)
			return m;
	}
	return 0;
}

int
att_registrar_versions_parse(struct att_slice body, unsigned *ret_minor,
    struct att_err *err)
{
	AUTO_DONE(att_keep_done) struct att_keep k = { 0 };
	json_t *root = NULL, *results = NULL, *list = NULL;
	unsigned best = 0;
	int r;

	if ((r = att_keep_object(&k, body, &root, err)) < 0 ||
	    (r = att_json_obj(root, "results", &results, err)) < 0 ||
	    (r = att_json_arr(results, "supported_versions", &list, err)) < 0)
		return r;
	for (size_t i = 0; i < json_array_size(list) && i < VERSIONS_MAX;
	     i++) {
		const char *s = json_string_value(json_array_get(list, i));
		unsigned m = s == NULL ? 0 : minor_of(s);

		best = m > best ? m : best;
	}
	if (best == 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "the registrar speaks none of the versions 2.%d to 2.%d",
		    ATT_REGISTRAR_MINOR_MIN, ATT_REGISTRAR_MINOR_MAX);
	*ret_minor = best;
	return 0;
}

int
att_versions_take_ak(struct att_slice body, const char *type, bool *ret,
    struct att_err *err)
{
	AUTO_DONE(att_keep_done) struct att_keep k = { 0 };
	json_t *root = NULL, *results = NULL, *list = NULL;
	bool found = false;
	int r;

	if ((r = att_keep_object(&k, body, &root, err)) < 0 ||
	    (r = att_json_obj(root, "results", &results, err)) < 0)
		return r;
	list = json_object_get(results, "ak_types");
	for (size_t i = 0; i < json_array_size(list) && i < VERSIONS_MAX;
	     i++) {
		const char *s = json_string_value(json_array_get(list, i));

		found = found || (s != NULL && strcmp(s, type) == 0);
	}
	*ret = found;
	return 0;
}

/* {"code": 200, "status": "Success", "results": ...}, which is taken. */
static int
write_success(json_t *results, struct att_buf *ret, struct att_err *err)
{
	return att_message_write_plain(json_pack("{s:i, s:s, s:o}", "code",
	    200, "status", "Success", "results", results), ret, err);
}

int
att_registrar_versions_encode(unsigned first, struct att_buf *ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	char text[8] = "";
	int r;

	if (first < ATT_REGISTRAR_MINOR_MIN ||
	    first > ATT_REGISTRAR_MINOR_MAX)
		return att_err_set(err, ATT_E_USAGE,
		    "version 2.%u, must be 2.%d to 2.%d", first,
		    ATT_REGISTRAR_MINOR_MIN, ATT_REGISTRAR_MINOR_MAX);
	for (unsigned m = first; m <= ATT_REGISTRAR_MINOR_MAX; m++) {
		(void)snprintf(text, sizeof(text), "2.%u", m);
		if ((r = att_json_add(list, json_string(text), err)) < 0)
			return r;
	}
	return write_success(json_pack("{s:s, s:o, s:[s, s, s]}",
	    "current_version", text, "supported_versions", take(&list),
	    "ak_types", "rsa2048", "p256", "p384"), ret, err);
}

/* -- register ------------------------------------------------------------- */

void
att_register_request_done(struct att_register_request *r)
{
	att_keep_done(&r->keep);
	*r = (struct att_register_request){ 0 };
}

static bool
is_pem(struct att_slice cert)
{
	return cert.len > 0 && cert.data[0] == '-';
}

static json_t *
cert_of(struct att_slice cert)
{
	return is_pem(cert) ?
	    json_stringn((const char *)cert.data, cert.len) :
	    att_json_base64_of(cert);
}

int
att_register_request_encode(const struct att_register_request *r,
    struct att_buf *ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	int e;

	if ((e = att_json_put(j, "ek_tpm", att_json_base64_of(r->ek_public),
		 err)) < 0 ||
	    (e = att_json_put(j, "aik_tpm", att_json_base64_of(r->ak_public),
		 err)) < 0)
		return e;
	if (r->ek_cert.len > 0 &&
	    (e = att_json_put(j, "ekcert", cert_of(r->ek_cert), err)) < 0)
		return e;
	return att_json_write(j, ret, err);
}

static int
read_cert(json_t *j, struct att_register_request *x, struct att_err *err)
{
	const char *s = "";
	struct att_slice text;
	int r;

	if ((r = att_json_str_opt(j, "ekcert", &s, err)) < 0 || s[0] == '\0')
		return r;
	text = att_slice_of(s);
	if (!is_pem(text))
		return att_keep_base64(&x->keep, j, "ekcert",
		    ATT_REGISTER_CERT_MAX, &x->ek_cert, NULL, err);
	if (text.len > ATT_REGISTER_CERT_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "member \"ekcert\" of %zu bytes, at most %d are taken",
		    text.len, ATT_REGISTER_CERT_MAX);
	x->ek_cert = text;
	return 0;
}

int
att_register_request_parse(struct att_slice body,
    struct att_register_request *ret, struct att_pointer *where,
    struct att_err *err)
{
	AUTO_DONE(att_register_request_done)
	struct att_register_request x = { 0 };
	json_t *j = NULL;
	int r;

	att_pointer_clear(where);
	if ((r = att_keep_object(&x.keep, body, &j, err)) < 0 ||
	    (r = att_keep_base64(&x.keep, j, "ek_tpm",
		 ATT_REGISTER_PUBLIC_MAX, &x.ek_public, where, err)) < 0 ||
	    (r = att_keep_base64(&x.keep, j, "aik_tpm",
		 ATT_REGISTER_PUBLIC_MAX, &x.ak_public, where, err)) < 0 ||
	    (r = att_pointer_at(read_cert(j, &x, err), where, "ekcert")) < 0)
		return r;
	*ret = x;
	x = (struct att_register_request){ 0 };
	return 0;
}

void
att_register_answer_done(struct att_register_answer *a)
{
	att_keep_done(&a->keep);
	*a = (struct att_register_answer){ 0 };
}

int
att_register_answer_encode(const struct att_register_answer *a,
    struct att_buf *ret, struct att_err *err)
{
	return write_success(json_pack("{s:o}", "blob",
	    att_json_base64_of(a->blob)), ret, err);
}

int
att_register_answer_parse(struct att_slice body,
    struct att_register_answer *ret, struct att_err *err)
{
	AUTO_DONE(att_register_answer_done)
	struct att_register_answer x = { 0 };
	json_t *j = NULL, *results = NULL;
	int r;

	if ((r = att_keep_object(&x.keep, body, &j, err)) < 0 ||
	    (r = att_json_obj(j, "results", &results, err)) < 0 ||
	    (r = att_keep_base64(&x.keep, results, "blob",
		 ATT_CREDENTIAL_BLOB_MAX, &x.blob, NULL, err)) < 0)
		return r;
	*ret = x;
	x = (struct att_register_answer){ 0 };
	return 0;
}

/* -- activate ------------------------------------------------------------- */

static int
check_tag(const char *tag, struct att_err *err)
{
	if (strlen(tag) != ATT_AUTH_TAG_LEN ||
	    strspn(tag, "0123456789abcdef") != ATT_AUTH_TAG_LEN)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"auth_tag\" must be %d lower-case hex digits",
		    ATT_AUTH_TAG_LEN);
	return 0;
}

int
att_activate_request_encode(const char *auth_tag, struct att_buf *ret,
    struct att_err *err)
{
	int r = check_tag(auth_tag, err);

	return r < 0 ? r :
		       att_message_write_plain(
			   json_pack("{s:s}", "auth_tag", auth_tag), ret,
			   err);
}

int
att_activate_request_parse(struct att_slice body,
    char ret[static ATT_AUTH_TAG_LEN + 1], struct att_pointer *where,
    struct att_err *err)
{
	AUTO_DONE(att_keep_done) struct att_keep k = { 0 };
	const char *tag = NULL;
	json_t *j = NULL;
	int r;

	att_pointer_clear(where);
	if ((r = att_keep_object(&k, body, &j, err)) < 0)
		return r;
	if ((r = att_json_str(j, "auth_tag", &tag, err)) < 0 ||
	    (r = check_tag(tag, err)) < 0)
		return att_pointer_at(r, where, "auth_tag");
	memcpy(ret, tag, ATT_AUTH_TAG_LEN + 1);
	return 0;
}

int
att_activate_answer_encode(struct att_buf *ret, struct att_err *err)
{
	return write_success(json_object(), ret, err);
}
