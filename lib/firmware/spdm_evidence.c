#include "firmware/spdm_evidence.h"

#include <string.h>

#include "base/cur.h"
#include "base/encoding.h"
#include "base/json.h"
#include "firmware/member.h"
#include "firmware/spdm.h"

#define CHALLENGE_MIN 16		/* bytes */
#define TIME_MAX 253402300799LL		/* 9999-12-31 */

/* What SPDM hashes with, of what is known here (BaseHashSel). */
static const uint16_t hashes[] = { ATT_ALG_SHA256, ATT_ALG_SHA384,
	ATT_ALG_SHA512 };

void
att_spdm_evidence_free(struct att_spdm_evidence *e)
{
	if (e == NULL)
		return;
	for (size_t i = 0; i < e->count; i++) {
		att_buf_done(&e->device[i].transcript);
		att_buf_done(&e->device[i].chain);
	}
	free(e->device);
	free(e);
}

/* -- encoding ------------------------------------------------------------- */

static int
put_answer(json_t *j, const struct att_spdm_component *d, struct att_err *err)
{
	const char *scheme = att_spdm_scheme_name(&d->algorithms);
	const char *hash = att_alg_name(d->algorithms.hash);
	int r;

	if ((r = att_json_put(j, "transcript",
		 att_json_base64_of(att_buf_view(&d->transcript)), err)) < 0 ||
	    (r = att_json_put(j, "chain",
		 json_stringn((const char *)d->chain.data, d->chain.len),
		 err)) < 0)
		return r;
	if (scheme != NULL &&
	    (r = att_json_put(j, "signing_algorithm", json_string(scheme),
		 err)) < 0)
		return r;
	return hash == NULL ? 0 :
	    att_json_put(j, "hashing_algorithm", json_string(hash), err);
}

static int
put_device(json_t *list, const struct att_spdm_component *d,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	if ((r = att_json_put(j, "name", json_string(d->name), err)) < 0 ||
	    (r = att_json_put(j, "result",
		 json_string(att_measured_name(d->result)), err)) < 0)
		return r;
	r = d->result == ATT_MEASURED_OK ? put_answer(j, d, err) :
	    att_json_put(j, "reason", json_string(d->reason), err);
	return r < 0 ? r : att_json_add(list, take(&j), err);
}

int
att_spdm_evidence_encode(const struct att_spdm_evidence *e,
    struct att_buf *ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO(att_json_decref) json_t *list = json_array();
	struct att_slice challenge = { e->challenge, e->challenge_len };
	int r;

	for (size_t i = 0; i < e->count; i++)
		if ((r = put_device(list, &e->device[i], err)) < 0)
			return r;
	if ((r = att_json_put(j, "format",
		 json_string(ATT_SPDM_EVIDENCE_FORMAT), err)) < 0 ||
	    (r = att_json_put(j, "challenge", att_json_hex_of(challenge),
		 err)) < 0 ||
	    (r = att_json_put(j, "at", json_integer(e->at), err)) < 0 ||
	    (r = att_json_put(j, "components", take(&list), err)) < 0)
		return r;
	return att_json_write(j, ret, err);
}

/* -- parsing -------------------------------------------------------------- */

bool
att_spdm_chain_is_text(struct att_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.data[i] < 0x20 || s.data[i] > 0x7e) &&
		    s.data[i] != '\n' && s.data[i] != '\r')
			return false;
	return s.len > 0;
}

static int
read_chain(const json_t *j, struct att_buf *ret, struct att_err *err)
{
	const char *pem = NULL;
	int r;

	if ((r = att_json_str(j, "chain", &pem, err)) < 0)
		return r;
	att_buf_str(ret, pem);
	if ((r = att_buf_ok(ret, "chain", err)) < 0)
		return r;
	if (!att_spdm_chain_is_text(att_buf_view(ret)))
		return att_err_set(err, ATT_E_FORMAT,
		    "chain must be lines of printable ASCII");
	return 0;
}

static int
read_algorithms(const json_t *j, struct att_spdm_algorithms *ret,
    struct att_err *err)
{
	const char *scheme = NULL, *hash = NULL;
	int r;

	if ((r = att_json_str_opt(j, "signing_algorithm", &scheme, err)) < 0 ||
	    (r = att_json_str_opt(j, "hashing_algorithm", &hash, err)) < 0)
		return r;
	if (scheme != NULL && !att_spdm_scheme_by_name(scheme, ret))
		return att_err_set(err, ATT_E_FORMAT,
		    "signing_algorithm is none that is known");
	for (size_t i = 0; hash != NULL && i < ATT_COUNT(hashes); i++)
		if (strcmp(hash, att_alg_name(hashes[i])) == 0)
			ret->hash = hashes[i];
	if (hash != NULL && ret->hash == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "hashing_algorithm must be sha256, sha384 or sha512");
	return 0;
}

static int
read_answer(json_t *j, struct att_spdm_component *d, struct att_err *err)
{
	static const char *const names[] = { "chain", "hashing_algorithm",
		"name", "result", "signing_algorithm", "transcript", NULL };
	int r;

	if ((r = att_json_only(j, names, err)) < 0 ||
	    (r = att_json_base64(j, "transcript", &d->transcript, err)) < 0 ||
	    (r = read_chain(j, &d->chain, err)) < 0)
		return r;
	if (d->transcript.len == 0)
		return att_err_set(err, ATT_E_FORMAT, "transcript is empty");
	return read_algorithms(j, &d->algorithms, err);
}

static int
read_reason(json_t *j, struct att_spdm_component *d, struct att_err *err)
{
	static const char *const names[] = { "name", "reason", "result",
		NULL };
	int r;

	if ((r = att_json_only(j, names, err)) < 0)
		return r;
	return att_get_text(j, "reason", d->reason, sizeof(d->reason), 1, err);
}

static int
read_device(json_t *j, struct att_spdm_component *d, struct att_err *err)
{
	int r;

	d->transcript = ATT_BUF(ATT_SPDM_TRANSCRIPT_MAX);
	d->chain = ATT_BUF(ATT_SPDM_CHAIN_MAX);
	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT,
		    "a component must be an object");
	if ((r = att_get_text(j, "name", d->name, sizeof(d->name), 1, err)) <
		0 ||
	    (r = att_get_measured(j, &d->result, err)) < 0)
		return r;
	return d->result == ATT_MEASURED_OK ? read_answer(j, d, err) :
					      read_reason(j, d, err);
}

static int
read_devices(const json_t *list, struct att_spdm_evidence *e,
    struct att_err *err)
{
	size_t n = json_array_size(list);
	int r;

	if (n > ATT_SPDM_DEVICES_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%zu components, at most %d are taken", n,
		    ATT_SPDM_DEVICES_MAX);
	if (n > 0 && (e->device = calloc(n, sizeof(*e->device))) == NULL)
		return att_err_nomem(err);
	for (size_t i = 0; i < n; i++) {
		e->count = i + 1;
		if ((r = read_device(json_array_get(list, i), &e->device[i],
			 err)) < 0) {
			att_err_prefix(err, "component %zu", i);
			return r;
		}
		if (i > 0 &&
		    strcmp(e->device[i - 1].name, e->device[i].name) >= 0)
			return att_err_set(err, ATT_E_FORMAT,
			    "component %zu: not sorted by name", i);
	}
	return 0;
}

static int
read_challenge(const json_t *j, struct att_spdm_evidence *e,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf raw =
	    ATT_BUF(ATT_SPDM_CHALLENGE_MAX);
	const char *s = NULL;
	int r;

	if ((r = att_json_str(j, "challenge", &s, err)) < 0)
		return r;
	if ((r = att_hex_decode(att_slice_of(s), &raw, err)) < 0) {
		att_err_prefix(err, "challenge");
		return r;
	}
	if (raw.len < CHALLENGE_MIN)
		return att_err_set(err, ATT_E_FORMAT,
		    "challenge must be %d to %d bytes", CHALLENGE_MIN,
		    ATT_SPDM_CHALLENGE_MAX);
	memcpy(e->challenge, raw.data, raw.len);
	e->challenge_len = raw.len;
	return 0;
}

int
att_spdm_evidence_parse(struct att_slice text,
    struct att_spdm_evidence **ret, struct att_err *err)
{
	static const char *const names[] = { "at", "challenge", "components",
		"format", NULL };
	AUTO(att_json_decref) json_t *j = NULL;
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *e = NULL;
	const char *format = NULL;
	json_t *list = NULL;
	int r;

	if ((r = att_json_parse(text, ATT_SPDM_EVIDENCE_MAX, &j, err)) < 0 ||
	    (r = att_json_str(j, "format", &format, err)) < 0)
		return r;
	if (strcmp(format, ATT_SPDM_EVIDENCE_FORMAT) != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "format must be " ATT_SPDM_EVIDENCE_FORMAT);
	if ((e = calloc(1, sizeof(*e))) == NULL)
		return att_err_nomem(err);
	if ((r = att_json_only(j, names, err)) < 0 ||
	    (r = read_challenge(j, e, err)) < 0 ||
	    (r = att_json_int(j, "at", 0, TIME_MAX, &e->at, err)) < 0 ||
	    (r = att_json_arr(j, "components", &list, err)) < 0 ||
	    (r = read_devices(list, e, err)) < 0)
		return r;
	*ret = take(&e);
	return 0;
}
