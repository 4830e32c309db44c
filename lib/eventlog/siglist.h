/*
 * EFI_SIGNATURE_LIST (UEFI 2.10, 32.4.1): PK, KEK, db, dbx, MokList are rows
 * of them. Slices are of the caller's bytes.
 */
#ifndef ATT_EVENTLOG_SIGLIST_H
#define ATT_EVENTLOG_SIGLIST_H

#include "base/cur.h"
#include "eventlog/fields.h"
#include "eventlog/guid.h"

#define ATT_SIGNATURES_MAX 16384	/* that are described of one variable */

struct att_siglist {
	uint8_t type[ATT_GUID_SIZE];
	struct att_slice header;	/* empty for all types in use */
	uint32_t signature_size;	/* bytes of each, its owner included */
	size_t count;
	struct att_slice signatures;
};

struct att_signature {
	uint8_t owner[ATT_GUID_SIZE];
	struct att_slice data;	/* a certificate, a hash, ... by the type */
};

/* 1 with the next list, 0 at the end. */
int att_siglist_next(struct att_cur *c, struct att_siglist *ret,
    struct att_err *err) ATT_MUST;
/* False if there is no i-th one. */
bool att_siglist_get(const struct att_siglist *l, size_t i,
    struct att_signature *ret) ATT_MUST;

/*
 * Puts "lists". Certificates are named by the SHA-256 of their DER form. More
 * than ATT_SIGNATURES_MAX are ATT_E_LIMIT; what came before a fault stays.
 */
int att_siglist_describe(struct att_cur c, struct att_fields f,
    struct att_err *err) ATT_MUST;
/*
 * One signature as EV_EFI_VARIABLE_AUTHORITY has it: EFI_SIGNATURE_DATA, or
 * of some boot loaders the bare certificate.
 */
int att_signature_describe(struct att_cur c, struct att_fields f,
    struct att_err *err) ATT_MUST;

#endif
