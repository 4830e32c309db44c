/*
 * Named deviations of real firmware, boot loaders and systems: accepted,
 * counted, and visible to policy. What is not here is refused.
 */
#ifndef ATT_EVENTLOG_QUIRK_H
#define ATT_EVENTLOG_QUIRK_H

#include "base/util.h"

enum att_quirk {
	ATT_QUIRK_DELL_SCRTM_VERSION = 1u << 0,
	ATT_QUIRK_SHIM_8A27A480 = 1u << 1,
	ATT_QUIRK_VARBOOT_STRUCT = 1u << 2,
	ATT_QUIRK_VARBOOT_DATA = 1u << 3,
	ATT_QUIRK_WINDOWS_SHA1_CAP = 1u << 4,
	ATT_QUIRK_WBCL_TRAILER = 1u << 5,
	ATT_QUIRK_SHA1_LOCALITY_FIRST = 1u << 6,
	ATT_QUIRK_SEPARATOR_BYTE_FF = 1u << 7,
	ATT_QUIRK_SEPARATOR_PCR7_ONLY = 1u << 8,
	ATT_QUIRK_MULTI_ATTEMPT = 1u << 9,
	ATT_QUIRK_BANK_SUBSET = 1u << 10,
	ATT_QUIRK_FF_TAIL = 1u << 11,
	ATT_QUIRK_ZERO_TAIL = 1u << 12,
	ATT_QUIRK_STRAY_TAIL = 1u << 13,
	ATT_QUIRK_GRUB_NUL = 1u << 14,
	ATT_QUIRK_EBS_MISSING = 1u << 15,
	ATT_QUIRK_FIT_2D = 1u << 16,
	ATT_QUIRK_CSX_EVENT = 1u << 17,
	ATT_QUIRK_POST_CODE_9 = 1u << 18,
	ATT_QUIRK_DMA_PROTECTION_DISABLED = 1u << 19,
	ATT_QUIRK_MOKLISTTRUSTED = 1u << 20,
	ATT_QUIRK_UINT_32BIT_IMAGE = 1u << 21,
	ATT_QUIRK_GUESSED = 1u << 22,	/* systemd's words, without its log */
};
#define ATT_QUIRK_COUNT 23

/* "dell-scrtm-version", one sentence; NULL for what is not one quirk. */
const char *att_quirk_name(uint32_t quirk) ATT_MUST;
const char *att_quirk_text(uint32_t quirk) ATT_MUST;

#endif
