/*
 * Reference states of Keylime for measured boot, as its policy "example" takes
 * them and `keylime-policy create measured-boot` writes them:
 * {"has_secureboot", "scrtm_and_bios", "pk", "kek", "db", "dbx", "vendor_db",
 * "mokdig", "mokxdig", "kernels"}.
 */
#ifndef ATT_APPRAISE_REFKEYLIME_H
#define ATT_APPRAISE_REFKEYLIME_H

#include "appraise/refmake.h"

#define ATT_REFKEYLIME_NOTES_MAX 8

/* What of a reference state has no counterpart here, one line each. */
struct att_refkeylime_notes {
	size_t count;
	char note[ATT_REFKEYLIME_NOTES_MAX][ATT_ERR_TEXT_MAX + 1];
};

/* Which of several; 0: the only one. The first is 1. */
struct att_refkeylime_choice {
	size_t firmware;	/* of scrtm_and_bios */
	size_t kernel;		/* of kernels */
};

/*
 * Makes a document of ours (docs/PROTOCOL-refvalues.txt, section 4), the
 * caller's. Of `head` what att_ref_make_head puts is used, but for
 * secure_boot; without a comment it says where it is from. Several firmwares
 * or kernels of which none is chosen are ATT_E_USAGE: whatever firmware goes
 * with whatever kernel is a document of its own.
 */
int att_ref_from_keylime(struct att_slice text, const struct att_refmake *head,
    const struct att_refkeylime_choice *choice, json_t **ret,
    struct att_refkeylime_notes *ret_notes, struct att_err *err) ATT_MUST;

#endif
