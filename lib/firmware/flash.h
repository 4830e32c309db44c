/*
 * One flash chip of the claims (lib/firmware/claims.h): what it is called, how
 * it was read, and its map. docs/PROTOCOL-firmware.txt, section 5, has the
 * JSON.
 */
#ifndef ATT_FIRMWARE_FLASH_H
#define ATT_FIRMWARE_FLASH_H

#include "firmware/component.h"
#include "firmware/map.h"

#define ATT_FLASH_NAME_MAX 64

struct att_flash {
	char name[ATT_FLASH_NAME_MAX + 1];	/* "BIOS"; unique */
	enum att_path path;			/* MTD or IMAGE */
	enum att_measured result;
	/* NOT OK: why; "" otherwise */
	char reason[ATT_COMPONENT_REASON_MAX + 1];
	bool writable;		/* the kernel lets the host write it */
	struct att_map *map;	/* owned; NULL unless OK */
};

/* Why it is not OK, cut and made clean. */
void att_flash_set_failed(struct att_flash *f, enum att_measured result,
    const char *reason);

/* One chip without the digests of volatile ranges, the caller's, and back. */
int att_flash_to_json(const struct att_flash *f, json_t **ret,
    struct att_err *err) ATT_MUST;
int att_flash_from_json(json_t *j, struct att_flash *ret,
    struct att_err *err) ATT_MUST;
/* Those digests, the caller's, in an array that may be empty, and back. */
int att_flash_volatile_to_json(const struct att_map *map, json_t **ret,
    struct att_err *err) ATT_MUST;
int att_flash_volatile_from_json(json_t *all, struct att_map *map,
    struct att_err *err) ATT_MUST;

#endif
