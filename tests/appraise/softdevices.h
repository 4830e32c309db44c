/*
 * Devices that sign their measurements, as a BMC would hand them out: P-256
 * keys with certificates of one maker, valid around DEV_NOW.
 */
#ifndef ATT_TESTS_SOFTDEVICES_H
#define ATT_TESTS_SOFTDEVICES_H

#include "tests/crypto/devcert.h"
#include "tests/firmware/spdmmaker.h"

#include "evidence/binding.h"
#include "firmware/spdm_evidence.h"

#define SOFTDEVICES_MAX 4

struct softdevice {
	char name[24];
	EVP_PKEY *key;
	X509 *leaf;
	uint64_t security_version;
	uint8_t firmware;	/* all bytes of its measurement */
	/* what a hostile or broken BMC makes of it */
	const struct softdevice *by;	/* this one answers; NULL: itself */
	const char *nonce_of;	/* for this component; NULL: its own */
	const char *failed;	/* in vain, for this reason */
	bool left_out;
	size_t flip;		/* byte of its transcript, from 1; 0: none */
};

struct softdevices {
	EVP_PKEY *maker;
	X509 *root;
	size_t count;
	struct softdevice dev[SOFTDEVICES_MAX];
};

/* Another device of the same maker; d->leaf is replaced. */
static inline ATT_UNUSED void
softdevice_make(struct softdevices *s, struct softdevice *d)
{
	X509_free(d->leaf);
	EVP_PKEY_free(d->key);
	d->key = EVP_EC_gen("P-256");
	d->leaf = dev_certify(d->key, &(struct dev_spec){ .name = "GPU" },
	    s->root, s->maker);
}

/* GPU_0, GPU_1 ... */
static inline ATT_UNUSED void
softdevices_make(struct softdevices *s, size_t count)
{
	*s = (struct softdevices){ .maker = EVP_EC_gen("P-256"),
		.count = count };
	s->root = dev_certify(s->maker, &(struct dev_spec){
	    .name = "Device root", .ca = true }, NULL, NULL);
	for (size_t i = 0; i < count; i++) {
		struct softdevice *d = &s->dev[i];

		(void)snprintf(d->name, sizeof(d->name), "GPU_%zu", i);
		d->security_version = 7;
		d->firmware = 0x22;
		softdevice_make(s, d);
	}
}

static inline ATT_UNUSED void
softdevices_done(struct softdevices *s)
{
	for (size_t i = 0; i < s->count; i++) {
		X509_free(s->dev[i].leaf);
		EVP_PKEY_free(s->dev[i].key);
	}
	X509_free(s->root);
	EVP_PKEY_free(s->maker);
}

static inline ATT_UNUSED void
softdevice_sign(const struct softdevice *d, struct att_slice challenge,
    const char *component, struct att_buf *ret)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct spdm_maker m = spdm_new(0x12, SPDM_P256);
	struct att_digest nonce;

	ok(att_binding_spdm_nonce(h, challenge, S(component), &nonce, err));
	memcpy(m.nonce, nonce.bytes, sizeof(m.nonce));
	spdm_vca(&m);
	spdm_digest(&m, 1, 1, d->firmware);
	spdm_security_version(&m, 2, d->security_version);
	spdm_request(&m, 1, 0xff);
	spdm_answer(&m, 0, 0, 0);
	spdm_sign(&m, d->key);
	att_buf_slice(ret, att_buf_view(&m.b));
	spdm_done(&m);
}

static inline ATT_UNUSED void
softdevice_answer(const struct softdevices *s, const struct softdevice *d,
    struct att_slice challenge, struct att_spdm_component *to)
{
	const struct softdevice *by = d->by == NULL ? d : d->by;

	(void)snprintf(to->name, sizeof(to->name), "%s", d->name);
	to->transcript = ATT_BUF(1u << 16);
	to->chain = ATT_BUF(1u << 16);
	if (d->failed != NULL) {
		to->result = ATT_MEASURED_FAILED;
		(void)snprintf(to->reason, sizeof(to->reason), "%s",
		    d->failed);
		return;
	}
	softdevice_sign(by, challenge,
	    d->nonce_of == NULL ? d->name : d->nonce_of, &to->transcript);
	if (d->flip != 0)
		to->transcript.data[d->flip - 1] ^= 1;
	dev_put_pem(&to->chain, by->leaf);
	dev_put_pem(&to->chain, s->root);
}

/* The document of all of them, with nonces of this challenge. */
static inline ATT_UNUSED void
softdevices_report(const struct softdevices *s, struct att_slice challenge,
    struct att_buf *ret)
{
	struct att_spdm_component to[SOFTDEVICES_MAX] = { 0 };
	struct att_spdm_evidence e = { .at = DEV_NOW, .device = to,
		.challenge_len = challenge.len };

	memcpy(e.challenge, challenge.data, challenge.len);
	for (size_t i = 0; i < s->count; i++)
		if (!s->dev[i].left_out)
			softdevice_answer(s, &s->dev[i], challenge,
			    &to[e.count++]);
	att_buf_reset(ret);
	ok(att_spdm_evidence_encode(&e, ret, err));
	for (size_t i = 0; i < e.count; i++) {
		att_buf_done(&to[i].transcript);
		att_buf_done(&to[i].chain);
	}
}

/*
 * Reference values for these components (`globs` are JSON) of nodes that
 * `match` (JSON) says, with this maker's root.
 */
static inline ATT_UNUSED void
softdevices_values(const struct softdevices *s, const char *id,
    const char *match, const char *globs, struct att_buf *ret)
{
	struct att_digest pin = dev_pin(s->maker);

	att_buf_reset(ret);
	att_buf_printf(ret, "{\"format\":\"attestd-spdm-values/1\","
	    "\"id\":\"%s\",\"version\":1,\"match\":%s,\"components\":%s,"
	    "\"roots\":[\"sha256:", id, match, globs);
	att_hex_put(ret, att_digest_view(&pin));
	att_buf_str(ret, "\"],\"measurements\":{\"1\":[\"");
	for (int i = 0; i < 48; i++)
		att_buf_str(ret, "22");
	att_buf_str(ret, "\"],\"2\":{\"minimum\":5}}}");
	ck_assert(!ret->failed);
}

#endif
