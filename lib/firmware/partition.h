/*
 * Claims of the structures of a chip about its bytes, and the one partition
 * that follows from them: sorted, without a hole, from 0 to the size.
 *
 * Each source decides for itself first: where its claims nest by their nature
 * (files in volumes, areas in areas) the smallest decides, elsewhere the
 * strictest. Between sources the strictest class is taken, so that no forged
 * entry of one source frees what another one holds; that they disagree is a
 * finding. What nobody claims is a gap.
 */
#ifndef ATT_FIRMWARE_PARTITION_H
#define ATT_FIRMWARE_PARTITION_H

#include "firmware/range.h"

#define ATT_CLAIMS_MAX 4096
#define ATT_NOTES_MAX 64
#define ATT_NOTE_CODE_MAX 47	/* bytes, without the NUL */

/* Each flash map is a source of its own. */
enum att_map_source {
	ATT_SOURCE_ACCESS,	/* what cannot be read */
	ATT_SOURCE_IFD,
	ATT_SOURCE_ME,
	ATT_SOURCE_AMD,
	ATT_SOURCE_LAYOUT,
	ATT_SOURCE_FV,
	ATT_SOURCE_FMAP,
};
#define ATT_FMAPS_MAX 4
#define ATT_SOURCES (ATT_SOURCE_FMAP + ATT_FMAPS_MAX)

/* What a person should know of a chip, beside its ranges. */
struct att_note {
	/* stable: "ifd.descriptor-writable-by-host" */
	char code[ATT_NOTE_CODE_MAX + 1];
	uint64_t offset;
	uint64_t length;
	char text[ATT_ERR_TEXT_MAX + 1];
};

struct att_claim {
	uint64_t offset;
	uint64_t length;
	unsigned source;
	enum att_range_class class;
	char name[ATT_RANGE_NAME_MAX + 1];
};

struct att_partition {
	uint64_t size;		/* of the chip */
	struct att_claim *claim;
	size_t count, room;
	struct att_note note[ATT_NOTES_MAX];
	size_t note_count;
	size_t notes_left_out;
};

void att_partition_done(struct att_partition *p);

/*
 * `source` says that [offset, offset + length) is of this class. Of class
 * ATT_RANGE_GAP it only lends its name to what nobody else claims; a claim
 * without a name ("") takes that of the smallest claim around it. Names are cut
 * and made clean. What lies beyond the chip is cut off. ATT_E_LIMIT over
 * ATT_CLAIMS_MAX claims.
 */
int att_partition_claim(struct att_partition *p, unsigned source,
    uint64_t offset, uint64_t length, enum att_range_class class,
    struct att_err *err, const char *fmt, ...) ATT_PRINTF(7, 8) ATT_MUST;

/* A note, of clean text; those over ATT_NOTES_MAX are counted. */
void att_partition_note(struct att_partition *p, const char *code,
    uint64_t offset, uint64_t length, const char *fmt, ...) ATT_PRINTF(5, 6);

/*
 * The ranges, without fill and digests, in an array that is the caller's; each
 * disagreement is noted. Claims are put into order.
 */
int att_partition_ranges(struct att_partition *p, struct att_range **ret,
    size_t *ret_count, struct att_err *err) ATT_MUST;

#endif
