/*
 * What a TPM's registers must hold if the kernel extended exactly what an IMA
 * list says, and which beginning of the list a quote covers.
 *
 * Each entry goes into the register that it names. A bank gets its own hash of
 * the template data; kernels before 5.8 extended the SHA-1 one into every bank,
 * padded with zeros. The SHA-1 field of a list is never believed where the
 * data is there to be hashed. One hasher; nothing is allocated for a binary
 * list.
 */
#ifndef ATT_EVENTLOG_IMA_REPLAY_H
#define ATT_EVENTLOG_IMA_REPLAY_H

#include "eventlog/ima.h"
#include "eventlog/ima_state.h"

#define ATT_IMA_NO_ENTRY UINT64_MAX

struct att_ima_replay {
	struct att_hasher *hasher;	/* borrowed */
	struct att_ima_state st;	/* form: the one that is replayed */
	bool incomplete[ATT_BANKS_MAX];	/* of st.pcrs.bank: data is missing */
	uint64_t violations;
	uint64_t broken;	/* whose digest is not the hash of the data */
	uint64_t first_broken;	/* number of the first, or ATT_IMA_NO_ENTRY */
	uint64_t first_broken_offset;
};

/* Continues at `st`, for the banks that it has. */
void att_ima_replay_begin(struct att_ima_replay *r,
    const struct att_ima_state *st, enum att_ima_form form,
    struct att_hasher *h);
/*
 * The next entry. Its digest is compared with its data if its bank is among
 * those that are replayed, which costs nothing then.
 */
int att_ima_replay_entry(struct att_ima_replay *r,
    const struct att_ima_entry *e, struct att_err *err) ATT_MUST;
/* All of a list. On damage the entries before it are replayed. */
int att_ima_replay_list(struct att_ima_replay *r,
    const struct att_ima_list *list, struct att_err *err) ATT_MUST;
/* The registers of all banks that are complete. */
void att_ima_replay_values(const struct att_ima_replay *r,
    struct att_pcrs *ret);

/* -- against a quote ------------------------------------------------------- */

enum att_ima_match {
	ATT_IMA_MATCH = 1,
	ATT_IMA_MISMATCH,	/* no beginning of the list gives the values */
	ATT_IMA_DISAGREE,	/* one bank matches where another does not */
	ATT_IMA_NO_BEGIN,	/* begins after boot: the whole is needed */
	ATT_IMA_MISSING,	/* a bank cannot be computed from this text */
};

struct att_ima_match_info {
	uint64_t entries;	/* that the quote covers, since boot */
	uint64_t left;		/* that came after it */
	uint64_t violations;	/* of those covered now */
	uint64_t unquoted;	/* covered by position only: other registers */
	enum att_ima_form form;
	uint64_t broken;	/* first broken entry, or ATT_IMA_NO_ENTRY */
	uint16_t bank;		/* that disagrees or is missing */
	struct att_err damage;	/* behind what matched; code 0: none */
};

/*
 * Finds the shortest beginning of the list after which the registers in `mask`
 * have the quoted values, in every bank that `quoted` has of them and after the
 * same entry; the quote is older than the list, so entries may follow. Tried is
 * each bank's own hash, then, if *st does not know the form, the padded one.
 *
 * The list begins where *st ends. On ATT_IMA_MATCH *st is where the quote is,
 * with the quoted banks alone; else it stays. ATT_E_NOT_FOUND: *st lacks a
 * quoted bank, or no bank has a register of `mask`. Damage of the list before
 * anything matched is returned as the error that it is.
 */
int att_ima_match(const struct att_ima_list *list,
    const struct att_pcrs *quoted, uint32_t mask, struct att_hasher *h,
    struct att_ima_state *st, enum att_ima_match *ret,
    struct att_ima_match_info *ret_info, struct att_err *err) ATT_MUST;

/* -- boot_aggregate -------------------------------------------------------- */

/*
 * The digest that ties a list to its boot: over PCR 0-7 of the SHA-1 bank, PCR
 * 0-9 of any other, as they were when IMA began; what systemd extends later
 * must not be in them. A register without a value is ATT_E_NOT_FOUND.
 */
int att_ima_boot_aggregate(const struct att_pcrs *pcrs, uint16_t alg,
    struct att_hasher *h, struct att_digest *ret, struct att_err *err)
    ATT_MUST;

enum att_ima_boot {
	ATT_IMA_BOOT_UNKNOWN = 0, /* no boot_aggregate, or no such bank */
	ATT_IMA_BOOT_SAME,
	ATT_IMA_BOOT_OTHER,	/* the registers are of another boot */
	ATT_IMA_BOOT_ZERO,	/* there was no TPM when IMA began */
};
/* "unknown", ... */
const char *att_ima_boot_name(enum att_ima_boot b) ATT_MUST;

/* Compares the first entry of a list with the registers. */
int att_ima_check_boot(const struct att_ima_entry *first,
    const struct att_pcrs *pcrs, struct att_hasher *h, enum att_ima_boot *ret,
    struct att_err *err) ATT_MUST;

#endif
