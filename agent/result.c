#include "agent/result.h"

#include <string.h>

#include "base/cur.h"
#include "base/encoding.h"
#include "crypto/jws.h"

void
att_result_done(struct att_result *r)
{
	json_decref(r->claims);
	*r = (struct att_result){ 0 };
}

/* What stands between the two dots of a compact JWS (RFC 7515, 7.1). */
static int
payload_of(struct att_slice jwt, struct att_slice *ret, struct att_err *err)
{
	const uint8_t *first = NULL, *last = NULL;

	if (jwt.len > 0) {
		first = memchr(jwt.data, '.', jwt.len);
		last = memrchr(jwt.data, '.', jwt.len);
	}
	if (first == last)
		return att_err_set(err, ATT_E_FORMAT,
		    "the result is no signed token");
	*ret = (struct att_slice){ first + 1, (size_t)(last - first) - 1 };
	return 0;
}

static int
read_unverified(struct att_slice jwt, json_t **ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(ATT_EAR_MAX);
	struct att_slice payload = { 0 };
	int r;

	if ((r = payload_of(jwt, &payload, err)) < 0 ||
	    (r = att_base64url_decode(payload, &text, err)) < 0)
		return r;
	return att_json_parse(att_buf_view(&text), ATT_EAR_MAX, ret, err);
}

static const json_t *
verdict_in(const json_t *claims)
{
	const json_t *submods = json_object_get(claims, "submods");
	const json_t *v = json_object_get(json_object_get(submods, "boot"),
	    "attestd_verdict");

	return json_is_object(v) ? v : NULL;
}

int
att_result_read(struct att_slice jwt, const json_t *keys, int64_t now,
    struct att_result *ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *claims = NULL;
	struct att_ear ear = { 0 };
	int r;

	r = keys != NULL ?
	    att_jws_verify(jwt, keys, ATT_EAR_TYPE, &claims, err) :
	    read_unverified(jwt, &claims, err);
	if (r < 0 || (r = att_ear_parse(claims, now, &ear, err)) < 0)
		return r;
	ret->ear = ear;
	ret->verdict = verdict_in(claims);
	ret->claims = take(&claims);
	return 0;
}

bool
att_result_is_for(const struct att_result *r, struct att_slice challenge)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(256);

	att_base64url_put(&b, challenge);
	return !b.failed && b.len > 0 &&
	    att_slice_is(att_buf_view(&b), r->ear.nonce);
}
