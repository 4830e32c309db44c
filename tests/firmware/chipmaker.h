/* Writes flash chips, structure by structure, as they should be. */
#ifndef ATT_TESTS_FIRMWARE_CHIPMAKER_H
#define ATT_TESTS_FIRMWARE_CHIPMAKER_H

#include "firmware/map.h"

#define CM_FFS2 "8c8ce578-8a3d-4f1c-9935-896185c32dd3"
#define CM_FFS3 "5473c07a-3dcb-4dca-bd6f-1e9689e7349a"
#define CM_VARIABLES "fff12b8d-7696-4c8b-a985-2747075b4f50"
#define CM_AMI_NVAR "cef5b9a3-476d-497f-9fdc-e98143e0422c"
#define CM_AMI_DEFAULTS "9221315b-30bb-46b5-813e-1b1bf4712bd3"
#define CM_AMI_HOLE "05ca01fc-0fc1-11dc-9011-00173153eba8"
#define CM_CODE "11111111-2222-3333-4444-555555555555"

/* Erased at first; what does not fit fails the test. */
struct cm {
	uint8_t *b;
	size_t size;
};

struct cm cm_new(size_t size);
void cm_done(struct cm *m);
struct att_slice cm_view(const struct cm *m) ATT_MUST;

void cm_put8(struct cm *m, size_t at, uint8_t v);
void cm_put16(struct cm *m, size_t at, uint16_t v);
void cm_put32(struct cm *m, size_t at, uint32_t v);
void cm_put64(struct cm *m, size_t at, uint64_t v);
void cm_put(struct cm *m, size_t at, const void *data, size_t len);
void cm_fill(struct cm *m, size_t at, uint8_t v, size_t len);
/* Bytes that look like code: none repeats, none is an underscore. */
void cm_code(struct cm *m, size_t at, size_t len);
void cm_guid(struct cm *m, size_t at, const char *text);

/* A descriptor with no region but itself; all rights; FLCOMP of the size. */
void cm_ifd(struct cm *m, unsigned version);
void cm_region(struct cm *m, unsigned n, size_t base, size_t length);
void cm_flmstr1(struct cm *m, uint32_t v);

/*
 * A volume, its files from `at` + the value that is returned on; the checksum
 * is right. cm_fv_sum mends it after an edit.
 */
size_t cm_fv(struct cm *m, size_t at, size_t length, const char *fs);
void cm_fv_sum(struct cm *m, size_t at);
/*
 * A file in FFS2 with a body of `length` bytes of code; where the next one may
 * begin is returned. cm_file_sum mends the checksum of the header.
 */
size_t cm_file(struct cm *m, size_t at, const char *guid, uint8_t type,
    size_t length);
void cm_file_sum(struct cm *m, size_t at, size_t header);

/* A flash map without areas; each area is added behind the last. */
void cm_fmap(struct cm *m, size_t at);
void cm_area(struct cm *m, size_t fmap, const char *name, size_t offset,
    size_t length);

/* A partition table of ME without entries. */
void cm_fpt(struct cm *m, size_t at);
void cm_fpt_entry(struct cm *m, size_t at, const char *name, uint32_t offset,
    uint32_t length, bool data);

/*
 * AMD: a structure whose PSP directory is at `psp` and whose BIOS directory at
 * `bios` (0: none); an empty directory; entries are added, and the checksum
 * with them. `flags` are bytes 1 to 3 of an entry.
 */
void cm_efs(struct cm *m, size_t at, uint32_t psp, uint32_t bios);
void cm_directory(struct cm *m, size_t at, const char *cookie, uint32_t info);
void cm_entry(struct cm *m, size_t directory, uint8_t type, uint32_t flags,
    uint64_t address, uint32_t size);

/* -- what must hold for every map ------------------------------------------ */

/* The map of a chip; the test fails if there is none. */
struct att_map *cm_map(const struct cm *m) ATT_MUST;
/*
 * Sorted, gapless, from 0 to the size; a digest for all but what is
 * unreadable; names that are not empty.
 */
void cm_sound(const struct att_map *map);
/* The range that holds this byte. */
const struct att_range *cm_at(const struct att_map *map, uint64_t offset)
    ATT_MUST;
/* That range: its place, class and name. */
void cm_is(const struct att_map *map, uint64_t offset, uint64_t length,
    enum att_range_class class, const char *name);
bool cm_has_note(const struct att_map *map, const char *code) ATT_MUST;

#endif
