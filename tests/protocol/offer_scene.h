/* An offer, as text and as a struct, that tests of three messages share. */
#ifndef ATT_TESTS_PROTOCOL_OFFER_SCENE_H
#define ATT_TESTS_PROTOCOL_OFFER_SCENE_H

#include "change.h"

#include "protocol/offer.h"

/* Name 000b01..20, public "TPMT" */
#define NAME                                                                 \
	"000b0102030405060708090a0b0c0d0e0f10"                                \
	"1112131415161718191a1b1c1d1e1f20"
#define KEY_RSA                                                              \
	"{\"key_class\":\"asymmetric\",\"key_algorithm\":\"rsa\","            \
	"\"key_size\":2048,\"server_identifier\":\"ak\","                     \
	"\"local_identifier\":\"" NAME "\",\"public\":\"VFBNVA==\","          \
	"\"allowable_hash_algorithms\":[\"sha256\"],"                         \
	"\"allowable_signature_schemes\":[\"rsassa\"]}"
#define ALL_PCRS                                                             \
	"[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23]"

/* The boot log of these tests, and its digest. */
#define MEASURED "\x00\x01log"
#define MEASURED_SHA256                                                      \
	"b97e6f5084a8c9a94298b6c45041f185"                                   \
	"6d04f4a65fa7a1190261432f85d5052d"

/* What attestd sends, with one item of each state. */
static const char offer_text[] =
    "{\"data\":{\"type\":\"attestation\",\"attributes\":{"
    "\"evidence_supported\":["
    "{\"evidence_class\":\"certification\",\"evidence_type\":\"tpm_quote\","
    "\"capabilities\":{\"component_version\":\"2.0\","
    "\"hash_algorithms\":[\"sha1\",\"sha256\"],"
    "\"signature_schemes\":[\"rsassa\"],"
    "\"available_subjects\":{\"sha1\":[0,7],\"sha256\":" ALL_PCRS "},"
    "\"certification_keys\":[" KEY_RSA "],\"bindings\":[\"attestd-1\"]}},"
    "{\"evidence_class\":\"log\",\"evidence_type\":\"uefi_log\","
    "\"capabilities\":{\"evidence_version\":\"2.1\",\"entry_count\":47,"
    "\"supports_partial_access\":false,\"appendable\":false,"
    "\"formats\":[\"application/octet-stream\"],"
    "\"entries_sha256\":\"" MEASURED_SHA256 "\"}},"
    "{\"evidence_class\":\"log\",\"evidence_type\":\"userspace_log\","
    "\"capabilities\":{\"entry_count\":0,"
    "\"supports_partial_access\":false,\"appendable\":false,"
    "\"formats\":[\"application/octet-stream\"],"
    "\"unreadable\":\"tpm2-measure.log: Permission denied\"}},"
    "{\"evidence_class\":\"log\",\"evidence_type\":\"ima_log\","
    "\"capabilities\":{\"entry_count\":395,"
    "\"supports_partial_access\":true,\"appendable\":true,"
    "\"formats\":[\"text/plain\"]}}],"
    "\"system_info\":{\"boot_time\":\"2026-11-22T06:04:46Z\","
    "\"boot_id\":\"1f0c5d5e-2f4a-4c1e-9c55-0a4f3d1b2c3d\","
    "\"hint\":{\"vendor\":\"Acme\",\"product\":\"R1\"}}}}}";

static inline ATT_UNUSED struct att_offer
an_offer(void)
{
	struct att_offer o = {
		.banks = 2,
		.bank = { { ATT_ALG_SHA1, 0x81 },
		    { ATT_ALG_SHA256, ATT_PCR_ALL } },
		.keys = 1,
		.key = { {
		    .type = ATT_TPM_ALG_RSA,
		    .bits = 2048,
		    .algs = { .schemes = 1, .hashes = 1,
			.scheme = { ATT_SIG_RSASSA },
			.hash = { ATT_ALG_SHA256 } },
		    .name_len = 34,
		    .public = S("TPMT"),
		} },
		.can_bind = true,
		.item = {
		    [ATT_ITEM_UEFI_LOG] = { .state = ATT_ITEM_PRESENT,
			.entries = 47 },
		    [ATT_ITEM_USERSPACE_LOG] = {
			.state = ATT_ITEM_UNREADABLE,
			.reason = "tpm2-measure.log: Permission denied" },
		    [ATT_ITEM_IMA_LOG] = { .state = ATT_ITEM_PRESENT,
			.entries = 395 },
		},
		.boot_time = "2026-11-22T06:04:46Z",
		.boot_id = "1f0c5d5e-2f4a-4c1e-9c55-0a4f3d1b2c3d",
		.hint_vendor = "Acme",
		.hint_product = "R1",
	};

	o.key[0].name[1] = 0x0b;
	for (uint8_t i = 0; i < 32; i++)
		o.key[0].name[2 + i] = (uint8_t)(i + 1);
	ok(att_digest_of(ATT_ALG_SHA256,
	    (struct att_slice){ (const uint8_t *)MEASURED,
		sizeof(MEASURED) - 1 }, &o.item[ATT_ITEM_UEFI_LOG].sha256,
	    err));
	return o;
}

#endif
