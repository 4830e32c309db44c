#include "protocol/credential_blob.h"

#include <string.h>

#include "base/cur.h"
#include "base/encoding.h"
#include "crypto/hmac.h"

/* The file that tpm2_makecredential writes. */
#define MAGIC 0xbadcc0deu
#define VERSION 1

static int
part(struct att_cur *c, const char *what, size_t max, struct att_slice *ret,
    struct att_err *err)
{
	uint64_t at = c->off;

	if (!att_cur_tpm2b(c, ret))
		return att_err_at(err, ATT_E_SHORT, at,
		    "credential blob ends in %s", what);
	if (ret->len == 0 || ret->len > max)
		return att_err_at(err, ATT_E_FORMAT, at,
		    "credential blob: %s of %zu bytes, must be 1 to %zu", what,
		    ret->len, max);
	return 0;
}

int
att_credential_blob_parse(struct att_slice bytes,
    struct att_credential_blob *ret, struct att_err *err)
{
	struct att_cur c = att_cur_of(bytes);
	struct att_credential_blob b;
	uint32_t magic, version;
	int r;

	if (!att_cur_be32(&c, &magic) || !att_cur_be32(&c, &version))
		return att_err_at(err, ATT_E_SHORT, c.off,
		    "credential blob ends in its head");
	if (magic != MAGIC)
		return att_err_at(err, ATT_E_FORMAT, 0,
		    "credential blob begins with 0x%08x, must be 0x%08x",
		    magic, MAGIC);
	if (version != VERSION)
		return att_err_at(err, ATT_E_UNSUPPORTED, 4,
		    "credential blob of version %u, only %d is known",
		    version, VERSION);
	if ((r = part(&c, "TPM2B_ID_OBJECT", ATT_CREDENTIAL_ID_OBJECT_MAX,
		 &b.id_object, err)) < 0 ||
	    (r = part(&c, "TPM2B_ENCRYPTED_SECRET",
		 ATT_CREDENTIAL_ENC_SECRET_MAX, &b.enc_secret, err)) < 0)
		return r;
	if (!att_cur_empty(&c))
		return att_err_at(err, ATT_E_TRAILING, c.off,
		    "credential blob: %zu bytes behind it", c.left);
	*ret = b;
	return 0;
}

void
att_credential_blob_encode(const struct att_credential_blob *b,
    struct att_buf *ret)
{
	att_buf_be32(ret, MAGIC);
	att_buf_be32(ret, VERSION);
	att_buf_tpm2b(ret, b->id_object);
	att_buf_tpm2b(ret, b->enc_secret);
}

int
att_auth_tag(struct att_slice secret, const char *agent_id,
    char ret[static ATT_AUTH_TAG_LEN + 1], struct att_err *err)
{
	AUTO_DONE(att_buf_wipe) struct att_buf key = ATT_BUF(1024);
	struct att_slice id = att_slice_of(agent_id);
	struct att_digest d;
	int r;

	att_base64_put(&key, secret);
	if ((r = att_buf_ok(&key, "credential secret", err)) < 0 ||
	    (r = att_hmac(ATT_ALG_SHA384, att_buf_view(&key), id, &d, err)) <
		0)
		return r;
	att_hex_encode(att_digest_view(&d), ret);
	explicit_bzero(&d, sizeof(d));
	return 0;
}
