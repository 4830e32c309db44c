#include "eventlog/quirk.h"

static const struct {
	uint32_t quirk;
	const char *name;
	const char *text;
} quirks[ATT_QUIRK_COUNT] = {
	{ ATT_QUIRK_DELL_SCRTM_VERSION, "dell-scrtm-version",
	    "the digest of the firmware's version is not of the version" },
	{ ATT_QUIRK_SHIM_8A27A480, "shim-8a27a480",
	    "an old shim hashed an authority without its last byte" },
	{ ATT_QUIRK_VARBOOT_STRUCT, "varboot-struct",
	    "boot variables are hashed with their names" },
	{ ATT_QUIRK_VARBOOT_DATA, "varboot-data",
	    "boot variables are hashed without their names" },
	{ ATT_QUIRK_WINDOWS_SHA1_CAP, "windows-sha1-cap",
	    "Windows extended zeros into the SHA-1 bank without a record" },
	{ ATT_QUIRK_WBCL_TRAILER, "wbcl-trailer",
	    "Windows put a record without a PCR behind the log" },
	{ ATT_QUIRK_SHA1_LOCALITY_FIRST, "sha1-format-locality-first",
	    "a SHA-1 log begins with the locality of startup" },
	{ ATT_QUIRK_SEPARATOR_BYTE_FF, "separator-byte-ff",
	    "a separator of a TPM 1.2 firmware is one byte of ones" },
	{ ATT_QUIRK_SEPARATOR_PCR7_ONLY, "separator-pcr7-only",
	    "only PCR 7 has a separator" },
	{ ATT_QUIRK_MULTI_ATTEMPT, "multi-attempt",
	    "the firmware tried to boot more than once" },
	{ ATT_QUIRK_BANK_SUBSET, "bank-subset",
	    "an event has no digest for a bank that the header names" },
	{ ATT_QUIRK_FF_TAIL, "ff-tail", "the log is padded with ones" },
	{ ATT_QUIRK_ZERO_TAIL, "zero-tail", "the log is padded with zeros" },
	{ ATT_QUIRK_STRAY_TAIL, "stray-tail",
	    "stray bytes stand behind the last event" },
	{ ATT_QUIRK_GRUB_NUL, "grub-nul",
	    "an old GRUB hashed a command with its NUL, or logged more" },
	{ ATT_QUIRK_EBS_MISSING, "ebs-missing",
	    "the end of the boot services was measured and not logged" },
	{ ATT_QUIRK_FIT_2D, "fit-2d",
	    "a record of the firmware interface table has the digest of a "
	    "separator" },
	{ ATT_QUIRK_CSX_EVENT, "csx-event",
	    "an opaque event of Intel's management engine" },
	{ ATT_QUIRK_POST_CODE_9, "post-code-9",
	    "a POST code event names its data instead of locating it" },
	{ ATT_QUIRK_DMA_PROTECTION_DISABLED, "dma-protection-disabled",
	    "the firmware says in PCR 7 that DMA protection is disabled" },
	{ ATT_QUIRK_MOKLISTTRUSTED, "moklisttrusted",
	    "MokListTrusted is a flag and no signature list" },
	{ ATT_QUIRK_UINT_32BIT_IMAGE, "uint-32bit-image",
	    "an image event has the fields of a 32-bit firmware" },
	{ ATT_QUIRK_GUESSED, "guessed",
	    "words that systemd measures were supposed without its log" },
};

const char *
att_quirk_name(uint32_t quirk)
{
	for (size_t i = 0; i < ATT_COUNT(quirks); i++)
		if (quirks[i].quirk == quirk)
			return quirks[i].name;
	return NULL;
}

const char *
att_quirk_text(uint32_t quirk)
{
	for (size_t i = 0; i < ATT_COUNT(quirks); i++)
		if (quirks[i].quirk == quirk)
			return quirks[i].text;
	return NULL;
}
