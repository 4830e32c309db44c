/* GUIDs in the byte order of EFI, and those that event logs are made of. */
#ifndef ATT_EVENTLOG_GUID_H
#define ATT_EVENTLOG_GUID_H

#include "base/util.h"

#define ATT_GUID_SIZE 16

/* Vendors of variables: UEFI 2.10, 3.3 and 32.6.1; shim. */
extern const uint8_t ATT_GUID_GLOBAL[ATT_GUID_SIZE];
extern const uint8_t ATT_GUID_IMAGE_SECURITY[ATT_GUID_SIZE];
extern const uint8_t ATT_GUID_SHIM[ATT_GUID_SIZE];
extern const uint8_t ATT_GUID_DEVICE_SIGNATURE[ATT_GUID_SIZE];
/* Signature types: UEFI 2.10, 32.4.1. */
extern const uint8_t ATT_GUID_CERT_X509[ATT_GUID_SIZE];
extern const uint8_t ATT_GUID_CERT_SHA256[ATT_GUID_SIZE];

bool att_guid_equal(const uint8_t a[static ATT_GUID_SIZE],
    const uint8_t b[static ATT_GUID_SIZE]) ATT_MUST;
/*
 * "8be4df61-93ca-11d2-aa0d-00e098032b8c", in either case: the first
 * ATT_GUID_TEXT characters of the text. False if they are not so.
 */
#define ATT_GUID_TEXT 36
bool att_guid_parse(const char *text, uint8_t ret[static ATT_GUID_SIZE])
    ATT_MUST;
/* A short name, e.g. "EFI_GLOBAL_VARIABLE"; NULL if not known. */
const char *att_guid_name(const uint8_t guid[static ATT_GUID_SIZE]) ATT_MUST;

#endif
