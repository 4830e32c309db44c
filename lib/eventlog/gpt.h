/*
 * UEFI_GPT_DATA (PFP 1.06, EV_EFI_GPT_EVENT and EV_EFI_GPT_EVENT2): the header
 * of the partition table (UEFI 2.10, 5.3.2) and the entries that are in use.
 */
#ifndef ATT_EVENTLOG_GPT_H
#define ATT_EVENTLOG_GPT_H

#include "base/cur.h"
#include "eventlog/fields.h"
#include "eventlog/guid.h"

#define ATT_GPT_ENTRIES_MAX 1024

struct att_gpt {
	uint32_t revision;
	uint64_t first_lba, last_lba;	/* that partitions may use */
	uint8_t disk[ATT_GUID_SIZE];	/* zero in EV_EFI_GPT_EVENT2 */
	uint32_t entry_size;		/* bytes, 128 or more */
	size_t count;			/* of entries that follow */
	struct att_slice entries;
};

struct att_gpt_entry {
	uint8_t type[ATT_GUID_SIZE];
	uint8_t unique[ATT_GUID_SIZE];	/* zero in EV_EFI_GPT_EVENT2 */
	uint64_t first_lba, last_lba;
	uint64_t attributes;
	struct att_slice name;		/* UTF-16LE, padded with zeros */
};

/* All of `data`, which *ret borrows; bytes behind the entries are refused. */
int att_gpt_parse(struct att_slice data, struct att_gpt *ret,
    struct att_err *err) ATT_MUST;
/* False if there is no i-th one. */
bool att_gpt_entry(const struct att_gpt *g, size_t i,
    struct att_gpt_entry *ret) ATT_MUST;
/* Puts what it says; nothing if it is broken. */
int att_gpt_describe(struct att_slice data, struct att_fields f,
    struct att_err *err) ATT_MUST;

#endif
