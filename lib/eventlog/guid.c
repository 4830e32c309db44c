#include "eventlog/guid.h"

#include <string.h>

/* As they are written, time fields first; on disk those are little-endian. */
#define GUID(a, b, c, d0, d1, d2, d3, d4, d5, d6, d7)                        \
	{                                                                    \
		(a) & 0xff, (a) >> 8 & 0xff, (a) >> 16 & 0xff,               \
		    (a) >> 24 & 0xff, (b) & 0xff, (b) >> 8, (c) & 0xff,      \
		    (c) >> 8, d0, d1, d2, d3, d4, d5, d6, d7                 \
	}

const uint8_t ATT_GUID_GLOBAL[ATT_GUID_SIZE] = GUID(0x8be4df61, 0x93ca,
    0x11d2, 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c);
const uint8_t ATT_GUID_IMAGE_SECURITY[ATT_GUID_SIZE] = GUID(0xd719b2cb,
    0x3d3a, 0x4596, 0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f);
const uint8_t ATT_GUID_SHIM[ATT_GUID_SIZE] = GUID(0x605dab50, 0xe046, 0x4300,
    0xab, 0xb6, 0x3d, 0xd8, 0x10, 0xdd, 0x8b, 0x23);
const uint8_t ATT_GUID_CERT_X509[ATT_GUID_SIZE] = GUID(0xa5c059a1, 0x94e4,
    0x4aa7, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72);
const uint8_t ATT_GUID_CERT_SHA256[ATT_GUID_SIZE] = GUID(0xc1c41626, 0x504c,
    0x4092, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28);

static const struct {
	const uint8_t *guid;
	const char *name;
} names[] = {
	{ ATT_GUID_GLOBAL, "EFI_GLOBAL_VARIABLE" },
	{ ATT_GUID_IMAGE_SECURITY, "EFI_IMAGE_SECURITY_DATABASE" },
	{ ATT_GUID_SHIM, "SHIM_LOCK" },
	{ ATT_GUID_CERT_X509, "EFI_CERT_X509" },
	{ ATT_GUID_CERT_SHA256, "EFI_CERT_SHA256" },
};

bool
att_guid_equal(const uint8_t a[static ATT_GUID_SIZE],
    const uint8_t b[static ATT_GUID_SIZE])
{
	return memcmp(a, b, ATT_GUID_SIZE) == 0;
}

const char *
att_guid_name(const uint8_t guid[static ATT_GUID_SIZE])
{
	for (size_t i = 0; i < ATT_COUNT(names); i++)
		if (att_guid_equal(names[i].guid, guid))
			return names[i].name;
	return NULL;
}
