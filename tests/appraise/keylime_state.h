/* A reference state of Keylime, with something in each member. */
#ifndef ATT_TESTS_KEYLIME_STATE_H
#define ATT_TESTS_KEYLIME_STATE_H

#include "testlib.h"

#include "appraise/refkeylime.h"

#define OWNER "11111111-1111-1111-1111-111111111111"
#define HASH "a digest of thirty-two bytes...!"

static inline json_t *
hex_of_hash(const char *text)
{
	char hex[ATT_DIGEST_HEX_MAX];
	struct att_digest d;

	ok(att_digest_of(ATT_ALG_SHA256, S(text), &d, err));
	return json_sprintf("0x%s", att_digest_hex(&d, hex));
}

static inline json_t *
key(const char *data)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1000);

	att_hex_put(&b, S(data));
	return json_pack("{s:s,s:o}", "SignatureOwner", OWNER,
	    "SignatureData", json_sprintf("0x%.*s", (int)b.len, b.data));
}

static inline ATT_UNUSED json_t *
made_state(bool secure_boot)
{
	json_t *j = json_pack("{s:b,s:[{s:{s:o},s:[{s:o},{s:o}]}],s:[o],s:[o],"
	    "s:[o,o,o],s:[o],s:[o],s:[{s:o}],s:[{s:o}],s:[{s:o,s:o,s:o,s:s}]}",
	    "has_secureboot", secure_boot,
	    "scrtm_and_bios", "scrtm", "sha256", hex_of_hash("1.2.3"),
	    "platform_firmware", "sha256", hex_of_hash("volume 1"),
	    "sha256", hex_of_hash("volume 2"),
	    "pk", key("platform key"), "kek", key("exchange key"),
	    "db", key("db one"), key("db two"), key(HASH),
	    "dbx", key(HASH), "vendor_db", key("distribution"),
	    "mokdig", "sha256", hex_of_hash("MOK"),
	    "mokxdig", "sha256", hex_of_hash("MOKX"), "kernels",
	    "shim_authcode_sha256", hex_of_hash("shim"),
	    "grub_authcode_sha256", hex_of_hash("GRUB"),
	    "initrd_plain_sha256", hex_of_hash("initrd"),
	    "kernel_cmdline", "/vmlinuz\\-6\\.\\d root=/dev/sda[12] .*");
	json_t *kernel;

	ck_assert_ptr_nonnull(j);
	kernel = json_array_get(json_object_get(j, "kernels"), 0);
	ck_assert(json_object_set_new(kernel, secure_boot ?
	    "kernel_authcode_sha256" : "vmlinuz_plain_sha256",
	    hex_of_hash("kernel")) == 0);
	return j;
}

#endif
