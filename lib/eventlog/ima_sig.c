#include "eventlog/ima_sig.h"

/* enum evm_ima_xattr_type: known, and no signature of a file alone */
#define TYPE_DIGEST 1
#define TYPE_EVM_HMAC 2
#define TYPE_DIGEST_NG 4
#define TYPE_EVM_PORTABLE 5

/* include/uapi/linux/hash_info.h; SHA-1 is too weak to vouch for anything */
static const uint16_t hashes[] = {
	[4] = ATT_ALG_SHA256,
	[5] = ATT_ALG_SHA384,
	[6] = ATT_ALG_SHA512,
	[17] = ATT_ALG_SM3,
};

static int
check_kind(const struct att_ima_sig *s, struct att_err *err)
{
	switch (s->type) {
	case ATT_IMA_SIG_FILE:
	case ATT_IMA_SIG_VERITY:
		break;
	case TYPE_EVM_PORTABLE:
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "it is EVM's, over more than the file's digest");
	case TYPE_DIGEST:
	case TYPE_DIGEST_NG:
	case TYPE_EVM_HMAC:
	default:
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "attribute of type %u is no signature", s->type);
	}
	if (s->version != 3 && (s->version != 2 ||
	    s->type == ATT_IMA_SIG_VERITY))
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "version %u of type %u is not taken", s->version,
		    s->type);
	return 0;
}

int
att_ima_sig_parse(struct att_slice field, struct att_ima_sig *ret,
    struct att_err *err)
{
	struct att_cur c = att_cur_of(field);
	struct att_ima_sig s = { 0 };
	uint16_t size = 0;
	int r;

	if (!att_cur_u8(&c, &s.type) || !att_cur_u8(&c, &s.version))
		return att_err_set(err, ATT_E_SHORT,
		    "signature of %zu bytes", field.len);
	/* what is of another kind has another form */
	if ((r = check_kind(&s, err)) < 0)
		return r;
	if (!att_cur_u8(&c, &s.hash) || !att_cur_be32(&c, &s.key) ||
	    !att_cur_be16(&c, &size) || !att_cur_bytes(&c, size, &s.value))
		return att_err_set(err, ATT_E_SHORT,
		    "signature ends early, at %zu bytes", field.len);
	if (!att_cur_empty(&c) || size == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "signature of %u bytes, %zu are there", size,
		    size + c.left);
	if (s.hash < ATT_COUNT(hashes))
		s.alg = hashes[s.hash];
	if (s.alg == 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "it is over a digest of the kernel's algorithm %u, "
		    "SHA-256 and better are taken", s.hash);
	*ret = s;
	return 0;
}

/* struct ima_file_id */
static int
hash_file_id(const struct att_ima_sig *s, struct att_slice digest,
    struct att_hasher *h, struct att_digest *ret, struct att_err *err)
{
	const uint8_t head[] = { s->type, s->hash };

	return att_hasher_two(h, s->alg,
	    (struct att_slice){ head, sizeof(head) }, digest, ret, err);
}

int
att_ima_sig_digest(const struct att_ima_sig *s,
    const struct att_ima_digest *file, struct att_hasher *h,
    struct att_digest *ret, struct att_err *err)
{
	if (file->alg != s->alg)
		return att_err_set(err, ATT_E_MISMATCH,
		    "it is over a %s digest, the entry has another",
		    att_alg_name(s->alg));
	if (file->verity != (s->type == ATT_IMA_SIG_VERITY))
		return att_err_set(err, ATT_E_MISMATCH,
		    "it is over a digest of %s, the entry has another",
		    s->type == ATT_IMA_SIG_VERITY ? "fs-verity" : "contents");
	return s->version == 2 ?
	    att_digest_from(s->alg, file->digest, ret, err) :
	    hash_file_id(s, file->digest, h, ret, err);
}
