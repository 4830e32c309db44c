#include "firmware/spdm_vca.h"

#include <string.h>

/* Codes of messages (DSP0274, tables of request and response codes). */
#define GET_VERSION 0x84
#define VERSION 0x04
#define GET_CAPABILITIES 0xe1
#define CAPABILITIES 0x61
#define NEGOTIATE_ALGORITHMS 0xe3
#define ALGORITHMS 0x63

#define CAPABILITIES_REST 16	/* bytes behind the header, 1.2 on */
#define HAS_ALGORITHMS 0x01	/* CAPABILITIES, Param1, 1.3 on */
#define NEGOTIATE_FIXED 32	/* bytes in front of what is counted */
#define ALGORITHMS_FIXED 36
#define SPECIFICATION_DMTF 0x01

/* BaseAsymSel: bits of what can be verified here. */
static const struct {
	uint32_t bit;
	enum att_sig_scheme scheme;
	unsigned key_bits;
	const char *name;
} schemes[] = {
	{ 0x01, ATT_SIG_RSASSA, 2048, "rsassa-2048" },
	{ 0x02, ATT_SIG_RSAPSS, 2048, "rsapss-2048" },
	{ 0x04, ATT_SIG_RSASSA, 3072, "rsassa-3072" },
	{ 0x08, ATT_SIG_RSAPSS, 3072, "rsapss-3072" },
	{ 0x10, ATT_SIG_ECDSA, 256, "ecdsa-p256" },
	{ 0x20, ATT_SIG_RSASSA, 4096, "rsassa-4096" },
	{ 0x40, ATT_SIG_RSAPSS, 4096, "rsapss-4096" },
	{ 0x80, ATT_SIG_ECDSA, 384, "ecdsa-p384" },
};

/* BaseHashSel */
static const struct {
	uint32_t bit;
	uint16_t alg;
} hashes[] = {
	{ 0x01, ATT_ALG_SHA256 },
	{ 0x02, ATT_ALG_SHA384 },
	{ 0x04, ATT_ALG_SHA512 },
};

/* MeasurementHashAlgo: what is compared has to be no more than as long. */
static const struct {
	uint32_t bit;
	size_t size;
} measurement_hashes[] = {
	{ 0x01, 0 },		/* raw bit streams only */
	{ 0x02, 32 },		/* SHA-256, SHA-384, SHA-512 */
	{ 0x04, 48 },
	{ 0x08, 64 },
	{ 0x10, 32 },		/* SHA3-256, SHA3-384, SHA3-512 */
	{ 0x20, 48 },
	{ 0x40, 64 },
	{ 0x80, 32 },		/* SM3 */
};

bool
att_spdm_scheme_by_name(const char *name, struct att_spdm_algorithms *ret)
{
	for (size_t i = 0; i < ATT_COUNT(schemes); i++)
		if (strcmp(schemes[i].name, name) == 0) {
			ret->scheme = schemes[i].scheme;
			ret->key_bits = schemes[i].key_bits;
			return true;
		}
	return false;
}

const char *
att_spdm_scheme_name(const struct att_spdm_algorithms *a)
{
	for (size_t i = 0; i < ATT_COUNT(schemes); i++)
		if (schemes[i].scheme == a->scheme &&
		    schemes[i].key_bits == a->key_bits)
			return schemes[i].name;
	return NULL;
}

size_t
att_spdm_signature_size(const struct att_spdm_algorithms *a)
{
	return a->key_bits / 8 * (a->scheme == ATT_SIG_ECDSA ? 2 : 1);
}

bool
att_spdm_vca_is_there(const struct att_cur *c)
{
	struct att_cur at = *c;
	uint8_t version, code;

	return att_cur_u8(&at, &version) && att_cur_u8(&at, &code) &&
	    code == GET_VERSION;
}

static int
cut(const struct att_cur *c, const char *what, struct att_err *err)
{
	return att_err_at(err, ATT_E_SHORT, c->off,
	    "SPDM transcript (DSP0274) ends within %s", what);
}

static int
get_header(struct att_cur *c, uint8_t version, uint8_t code,
    const char *what, uint8_t *ret_param1, struct att_err *err)
{
	uint64_t off = c->off;
	uint8_t is, got;

	if (!att_cur_u8(c, &is) || !att_cur_u8(c, &got) ||
	    !att_cur_u8(c, ret_param1) || !att_cur_skip(c, 1))
		return cut(c, what, err);
	if (got != code)
		return att_err_at(err, ATT_E_FORMAT, off + 1,
		    "SPDM transcript: code 0x%02x where %s (0x%02x) stands",
		    got, what, code);
	if (is != version)
		return att_err_at(err, ATT_E_FORMAT, off,
		    "SPDM transcript: %s of version 0x%02x, must be 0x%02x",
		    what, is, version);
	return 0;
}

/*
 * The versions that the responder has, in bits 15 to 8 of each. These two are
 * of version 1.0 always.
 */
static int
get_versions(struct att_cur *c, struct att_cur *ret, struct att_err *err)
{
	uint8_t param1, count;
	int r;

	if ((r = get_header(c, ATT_SPDM_10, GET_VERSION, "GET_VERSION",
		 &param1, err)) < 0 ||
	    (r = get_header(c, ATT_SPDM_10, VERSION, "VERSION", &param1,
		 err)) < 0)
		return r;
	if (!att_cur_skip(c, 1) || !att_cur_u8(c, &count) ||
	    !att_cur_child(c, 2 * (uint64_t)count, ret))
		return cut(c, "VERSION", err);
	return 0;
}

/* The one that the next messages are of. */
static int
select_version(struct att_cur at, struct att_cur offered, uint8_t *ret,
    struct att_err *err)
{
	uint8_t version;
	uint16_t entry;

	if (!att_cur_u8(&at, &version))
		return cut(&at, "GET_CAPABILITIES", err);
	if (version != ATT_SPDM_12 && version != ATT_SPDM_13)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "SPDM transcript begins with VCA, is of version 0x%02x: "
		    "1.2 and 1.3 are taken", version);
	while (att_cur_le16(&offered, &entry))
		if (entry >> 8 == version) {
			*ret = version;
			return 0;
		}
	return att_err_set(err, ATT_E_FORMAT,
	    "SPDM transcript is of version 0x%02x, which VERSION does not "
	    "list", version);
}

static int
skip_capabilities(struct att_cur *c, uint8_t version, struct att_err *err)
{
	uint8_t param1;
	uint16_t length;
	int r;

	if ((r = get_header(c, version, GET_CAPABILITIES, "GET_CAPABILITIES",
		 &param1, err)) < 0)
		return r;
	if (!att_cur_skip(c, CAPABILITIES_REST))
		return cut(c, "GET_CAPABILITIES", err);
	if ((r = get_header(c, version, CAPABILITIES, "CAPABILITIES",
		 &param1, err)) < 0)
		return r;
	if (!att_cur_skip(c, CAPABILITIES_REST))
		return cut(c, "CAPABILITIES", err);
	if (version < ATT_SPDM_13 || (param1 & HAS_ALGORITHMS) == 0)
		return 0;
	/* a block of supported algorithms, its length within */
	if (!att_cur_skip(c, 2) || !att_cur_le16(c, &length))
		return cut(c, "CAPABILITIES", err);
	if (length < 4)
		return att_err_at(err, ATT_E_FORMAT, c->off - 2,
		    "CAPABILITIES: supported algorithms of %u bytes, at "
		    "least 4", length);
	return att_cur_skip(c, length - 4) ? 0 : cut(c, "CAPABILITIES", err);
}

/*
 * A message that says how long it is: extended algorithms of 4 bytes each,
 * counted by two bytes, then `structs` structures that say how long they are.
 */
static int
skip_rest(struct att_cur *m, size_t extended, uint8_t structs,
    const char *what, struct att_err *err)
{
	uint8_t type, count;

	if (!att_cur_skip(m, 4 * extended))
		return cut(m, what, err);
	for (unsigned i = 0; i < structs; i++)
		if (!att_cur_u8(m, &type) || !att_cur_u8(m, &count) ||
		    !att_cur_skip(m, (count >> 4) + 4 * (count & 0x0fu)))
			return cut(m, what, err);
	if (!att_cur_empty(m))
		return att_err_at(err, ATT_E_TRAILING, m->off,
		    "%s (DSP0274): %zu bytes behind its structures", what,
		    m->left);
	return 0;
}

/* The message of which header and length were read; `fixed` from its start. */
static int
get_message(struct att_cur *c, size_t fixed, const char *what,
    struct att_cur *ret, struct att_err *err)
{
	uint16_t length;

	if (!att_cur_le16(c, &length))
		return cut(c, what, err);
	if (length < fixed)
		return att_err_at(err, ATT_E_FORMAT, c->off - 2,
		    "%s (DSP0274) of %u bytes, at least %zu", what, length,
		    fixed);
	/* header and length are read */
	return att_cur_child(c, length - 6u, ret) ? 0 : cut(c, what, err);
}

static int
skip_negotiate(struct att_cur *c, uint8_t version, struct att_err *err)
{
	uint8_t structs, asyms, hash_count;
	struct att_cur m;
	int r;

	if ((r = get_header(c, version, NEGOTIATE_ALGORITHMS,
		 "NEGOTIATE_ALGORITHMS", &structs, err)) < 0 ||
	    (r = get_message(c, NEGOTIATE_FIXED, "NEGOTIATE_ALGORITHMS", &m,
		 err)) < 0)
		return r;
	if (!att_cur_skip(&m, 22) || !att_cur_u8(&m, &asyms) ||
	    !att_cur_u8(&m, &hash_count) || !att_cur_skip(&m, 2))
		return cut(&m, "NEGOTIATE_ALGORITHMS", err);
	return skip_rest(&m, (size_t)asyms + hash_count, structs,
	    "NEGOTIATE_ALGORITHMS", err);
}

/* The one bit that is set in each, if it is one that is taken. */
static int
select_algorithms(uint32_t measurement, uint32_t asym, uint32_t hash,
    struct att_spdm_vca *v, struct att_err *err)
{
	bool known = false;

	for (size_t i = 0; i < ATT_COUNT(schemes); i++)
		if (schemes[i].bit == asym) {
			v->algorithms.scheme = schemes[i].scheme;
			v->algorithms.key_bits = schemes[i].key_bits;
		}
	for (size_t i = 0; i < ATT_COUNT(hashes); i++)
		if (hashes[i].bit == hash)
			v->algorithms.hash = hashes[i].alg;
	for (size_t i = 0; i < ATT_COUNT(measurement_hashes); i++)
		if (measurement_hashes[i].bit == measurement) {
			v->digest_size = measurement_hashes[i].size;
			known = true;
		}
	if (v->algorithms.key_bits == 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "ALGORITHMS (DSP0274): BaseAsymSel 0x%x is not taken",
		    asym);
	if (v->algorithms.hash == 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "ALGORITHMS (DSP0274): BaseHashSel 0x%x is not taken",
		    hash);
	if (!known)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "ALGORITHMS (DSP0274): MeasurementHashAlgo 0x%x is not "
		    "taken", measurement);
	return 0;
}

static int
get_algorithms(struct att_cur *c, struct att_spdm_vca *v,
    struct att_err *err)
{
	uint8_t structs, specification, asyms, hash_count;
	uint32_t measurement, asym, hash;
	struct att_cur m;
	int r;

	if ((r = get_header(c, v->version, ALGORITHMS, "ALGORITHMS",
		 &structs, err)) < 0 ||
	    (r = get_message(c, ALGORITHMS_FIXED, "ALGORITHMS", &m, err)) < 0)
		return r;
	if (!att_cur_u8(&m, &specification) || !att_cur_skip(&m, 1) ||
	    !att_cur_le32(&m, &measurement) || !att_cur_le32(&m, &asym) ||
	    !att_cur_le32(&m, &hash) || !att_cur_skip(&m, 12) ||
	    !att_cur_u8(&m, &asyms) || !att_cur_u8(&m, &hash_count) ||
	    !att_cur_skip(&m, 2))
		return cut(&m, "ALGORITHMS", err);
	if (specification != SPECIFICATION_DMTF)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "ALGORITHMS (DSP0274): MeasurementSpecificationSel "
		    "0x%02x, only DMTF's (0x01) is taken", specification);
	if ((r = skip_rest(&m, (size_t)asyms + hash_count, structs,
		 "ALGORITHMS", err)) < 0)
		return r;
	return select_algorithms(measurement, asym, hash, v, err);
}

int
att_spdm_vca_parse(struct att_cur *c, struct att_spdm_vca *ret,
    struct att_err *err)
{
	struct att_spdm_vca v = { 0 };
	struct att_cur at = *c, offered;
	int r;

	if ((r = get_versions(&at, &offered, err)) < 0 ||
	    (r = select_version(at, offered, &v.version, err)) < 0 ||
	    (r = skip_capabilities(&at, v.version, err)) < 0 ||
	    (r = skip_negotiate(&at, v.version, err)) < 0 ||
	    (r = get_algorithms(&at, &v, err)) < 0)
		return r;
	*c = at;
	*ret = v;
	return 0;
}
