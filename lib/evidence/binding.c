#include "evidence/binding.h"

/* With their NUL, so that no other tag can begin with one of these. */
static const char tag[] = "attestd bound quote v1";
static const char spdm_tag[] = "attestd spdm nonce v1";

int
att_binding_item(struct att_hasher *h, struct att_slice bytes,
    struct att_digest *ret, struct att_err *err)
{
	return att_hasher_one(h, ATT_ALG_SHA256, bytes, ret, err);
}

static int
check_challenge(struct att_slice challenge, struct att_err *err)
{
	if (challenge.len >= ATT_CHALLENGE_MIN &&
	    challenge.len <= ATT_CHALLENGE_MAX)
		return 0;
	return att_err_set(err, ATT_E_FORMAT,
	    "challenge of %zu bytes, must be %d to %d", challenge.len,
	    ATT_CHALLENGE_MIN, ATT_CHALLENGE_MAX);
}

static int
check_items(const struct att_digest *item, size_t count, struct att_err *err)
{
	if (count > ATT_BINDING_ITEMS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%zu items in a binding, at most %d are taken", count,
		    ATT_BINDING_ITEMS_MAX);
	for (size_t i = 0; i < count; i++)
		if (item[i].alg != ATT_ALG_SHA256)
			return att_err_set(err, ATT_E_FORMAT,
			    "item %zu of a binding is no SHA-256 digest", i);
	return 0;
}

int
att_binding_compute(struct att_hasher *h, struct att_slice challenge,
    const struct att_digest *item, size_t count, struct att_digest *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(sizeof(tag) + 2 +
	    ATT_CHALLENGE_MAX + ATT_BINDING_ITEMS_MAX * ATT_DIGEST_MAX);
	int r;

	if ((r = check_challenge(challenge, err)) < 0 ||
	    (r = check_items(item, count, err)) < 0)
		return r;
	att_buf_bytes(&b, tag, sizeof(tag));
	att_buf_be16(&b, (uint16_t)challenge.len);
	att_buf_slice(&b, challenge);
	for (size_t i = 0; i < count; i++)
		att_buf_slice(&b, att_digest_view(&item[i]));
	if ((r = att_buf_ok(&b, "binding", err)) < 0)
		return r;
	return att_hasher_one(h, ATT_ALG_SHA256, att_buf_view(&b), ret, err);
}

int
att_binding_spdm_nonce(struct att_hasher *h, struct att_slice challenge,
    struct att_slice name, struct att_digest *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(sizeof(spdm_tag) +
	    2 + ATT_CHALLENGE_MAX + ATT_DEVICE_NAME_MAX);
	int r;

	if ((r = check_challenge(challenge, err)) < 0)
		return r;
	if (name.len == 0 || name.len > ATT_DEVICE_NAME_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "component's name of %zu bytes, must be 1 to %d",
		    name.len, ATT_DEVICE_NAME_MAX);
	att_buf_bytes(&b, spdm_tag, sizeof(spdm_tag));
	att_buf_be16(&b, (uint16_t)challenge.len);
	att_buf_slice(&b, challenge);
	att_buf_slice(&b, name);
	if ((r = att_buf_ok(&b, "nonce", err)) < 0)
		return r;
	return att_hasher_one(h, ATT_ALG_SHA256, att_buf_view(&b), ret, err);
}
