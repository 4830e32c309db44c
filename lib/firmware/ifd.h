/*
 * Intel flash descriptor, versions 1 and 2: the regions of a chip, and what
 * the host may do with each (flashrom ich_descriptors.h, coreboot ifdtool;
 * Intel SPI programming guides).
 */
#ifndef ATT_FIRMWARE_IFD_H
#define ATT_FIRMWARE_IFD_H

#include "firmware/image.h"
#include "firmware/partition.h"

#define ATT_IFD_SIZE 4096	/* bytes, at the start of the chip */
#define ATT_IFD_REGIONS 16
#define ATT_IFD_DENSITIES 2	/* readings of FLCOMP */

enum att_ifd_region {
	ATT_IFD_DESCRIPTOR = 0,
	ATT_IFD_BIOS = 1,
	ATT_IFD_ME = 2,
	ATT_IFD_GBE = 3,
	ATT_IFD_PDR = 4,
	ATT_IFD_BIOS2 = 6,
};

struct att_ifd {
	unsigned version;	/* 1 or 2 */
	/* length 0: not used; as written, also beyond the chip */
	struct att_span region[ATT_IFD_REGIONS];
	uint16_t host_read;	/* bit sets of regions; BIOS is always in */
	uint16_t host_write;
	/*
	 * Bytes of the first chip and of all, as fields of 3 bits and of 4:
	 * which it is the descriptor does not tell. 0: that reading has none.
	 */
	uint64_t first[ATT_IFD_DENSITIES];
	uint64_t total[ATT_IFD_DENSITIES];
};

/*
 * `start` is the beginning of a chip. ATT_E_NOT_FOUND if there is no
 * signature, ATT_E_SHORT and ATT_E_FORMAT if what it stands for is broken.
 */
int att_ifd_parse(struct att_slice start, struct att_ifd *ret,
    struct att_err *err) ATT_MUST;
/* "ME", "GbE"; never NULL. */
const char *att_ifd_region_name(unsigned region) ATT_MUST;
/* True if FLCOMP, in one reading or the other, allows a chip of this size. */
bool att_ifd_allows(const struct att_ifd *ifd, uint64_t size) ATT_MUST;

/* Regions that are used and that the host may not read are lost to `im`. */
int att_ifd_lose(const struct att_ifd *ifd, struct att_image *im,
    struct att_err *err) ATT_MUST;
/*
 * Those that hold something else than code of the host are lost too: what is
 * left in `im` is where volumes may be.
 */
int att_ifd_lose_foreign(const struct att_ifd *ifd, struct att_image *im,
    struct att_err *err) ATT_MUST;
/* Claims the regions; notes what is wrong with them. */
int att_ifd_claim(const struct att_ifd *ifd, const struct att_image *im,
    struct att_partition *p, struct att_err *err) ATT_MUST;

#endif
