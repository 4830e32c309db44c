/*
 * One pass over a chip: what can be read of it goes into a file without a name
 * that is mapped, so that memory stays small whatever the size of the chip.
 *
 * Regions of the flash descriptor that the host may not read are not tried:
 * the kernel logs each refusal. A read never crosses the end of a region, as
 * one that is refused takes with it what it had read before. A region in
 * which a read is refused (EIO or EACCES, by the driver's mood) is unreadable
 * as a whole and the rest goes on; without a descriptor that is
 * ATT_SPOOL_READ bytes.
 */
#ifndef ATT_MTD_SPOOL_H
#define ATT_MTD_SPOOL_H

#include "firmware/map.h"
#include "mtd/chip.h"
#include "mtd/pace.h"

#define ATT_SPOOL_READ ((size_t)64 << 10)	/* bytes of a read, at most */
#define ATT_SPOOL_REFUSED_MAX 64		/* reads, in a pass */

struct att_spool_options {
	/* The file is here; NULL: /var/tmp. A disk: in a tmpfs it is memory. */
	const char *dir;
	struct att_pace pace;
	/*
	 * For the whole pass, looked at between reads: ATT_E_TIMEOUT after
	 * it. How long one read takes is up to the driver, which has limits
	 * of its own. 0: none.
	 */
	uint64_t limit_ns;
	/*
	 * NULL, or called after each read and each rest; false ends the pass
	 * with ATT_E_BUSY.
	 */
	bool (*progress)(void *arg, uint64_t done, uint64_t size);
	void *arg;
};

struct att_spool;

/*
 * Reads a chip. ATT_E_SHORT if it ends before its size, ATT_E_CONFLICT if that
 * changes meanwhile, ATT_E_LIMIT over ATT_SPOOL_REFUSED_MAX refusals, ATT_E_SYS
 * for failures that are no refusal.
 */
int att_spool_read(const struct att_chip *chip,
    const struct att_spool_options *o, struct att_spool **ret,
    struct att_err *err) ATT_MUST;
void att_spool_free(struct att_spool *s);
ATT_DEFINE_AUTO(struct att_spool, att_spool_free)

/* The chip as it was read; its bytes live as long as the spool. */
const struct att_image *att_spool_image(const struct att_spool *s) ATT_MUST;
/*
 * The map of it, the caller's, with what reading found out: notes "mtd.refused"
 * and "mtd.writable". Arguments as of att_map_make.
 */
int att_spool_map(const struct att_spool *s,
    const struct att_map_options *options, struct att_hasher *h,
    struct att_map **ret, struct att_err *err) ATT_MUST;

/* What a change is after two more looks at the range. */
enum att_reread {
	ATT_REREAD_SAME,	/* both as the pass had it: it is a change */
	ATT_REREAD_BACK,	/* both as before; of ATT_MAP_CONTENT only */
	ATT_REREAD_UNSTEADY,	/* anything else: it changes as one looks */
};

/*
 * Reads a range that differs twice more, before anybody is told. `s` is the
 * pass that found it, whose chip is still there. A structure that was misread
 * moves ranges whose own bytes are right: where ranges were added or removed,
 * it is a change only if all of them are ATT_REREAD_SAME.
 */
int att_spool_reread(const struct att_spool *s,
    const struct att_map_change *c, const struct att_spool_options *o,
    struct att_hasher *h, enum att_reread *ret, struct att_err *err) ATT_MUST;

#endif
