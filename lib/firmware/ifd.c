#include "firmware/ifd.h"

#include <inttypes.h>

#define SIGNATURE 0x0ff0a55a	/* FLVALSIG */
#define SIGNATURE_AT 0x10
#define FLMAP0_AT 0x14
#define V2_SLOTS 16	/* registers between FRBA and FMBA */
#define V1_REGIONS_MAX 5
#define REG_SIZE 4
#define BLOCK_SHIFT 12
#define FIELD 0x7fff	/* of FREG: 15 bits each */
#define SMALLEST_CHIP ((uint64_t)512 << 10)
#define GBE_BANK 4096
#define GBE_WORDS 0x40
#define GBE_SUM 0xbaba

static const struct {
	const char *name;
	enum att_range_class class;
} regions[ATT_IFD_REGIONS] = {
	[ATT_IFD_DESCRIPTOR] = { "descriptor", ATT_RANGE_STATIC },
	/* volumes and partitions say what is in these */
	[ATT_IFD_BIOS] = { "BIOS", ATT_RANGE_GAP },
	[ATT_IFD_ME] = { "ME", ATT_RANGE_GAP },
	[ATT_IFD_GBE] = { "GbE", ATT_RANGE_PER_MACHINE },
	[ATT_IFD_PDR] = { "PDR", ATT_RANGE_PER_MACHINE },
	[5] = { "DevExp1", ATT_RANGE_STATIC },
	[ATT_IFD_BIOS2] = { "BIOS2", ATT_RANGE_GAP },
	[7] = { "microcode", ATT_RANGE_STATIC },
	[8] = { "EC", ATT_RANGE_STATIC },
	[9] = { "DevExp2", ATT_RANGE_STATIC },
	[10] = { "IE", ATT_RANGE_STATIC },
	[11] = { "10GbE0", ATT_RANGE_PER_MACHINE },
	[12] = { "10GbE1", ATT_RANGE_PER_MACHINE },
	[13] = { "region 13", ATT_RANGE_STATIC },
	[14] = { "region 14", ATT_RANGE_STATIC },
	[15] = { "PTT", ATT_RANGE_STATIC },
};

const char *
att_ifd_region_name(unsigned region)
{
	return region < ATT_COUNT(regions) ? regions[region].name : "unknown";
}

/* -- registers ------------------------------------------------------------- */

/* The `index`th register behind `base`; false beyond the descriptor. */
static bool
reg(struct att_cur c, uint32_t base, unsigned index, uint32_t *ret)
{
	return att_cur_skip(&c, base + REG_SIZE * index) &&
	    att_cur_le32(&c, ret);
}

/* FLREGn; a region of no length is not used. */
static struct att_span
span_of(uint32_t freg, unsigned n)
{
	uint64_t base = freg & FIELD, limit = freg >> 16 & FIELD;

	if (base == FIELD || base > limit || (limit == 0 && n > 0))
		return (struct att_span){ 0 };
	return (struct att_span){ .offset = base << BLOCK_SHIFT,
		.length = (limit - base + 1) << BLOCK_SHIFT };
}

static void
read_rights(struct att_ifd *ifd, uint32_t flmstr1)
{
	if (ifd->version == 1) {
		ifd->host_read = flmstr1 >> 16 & 0xff;
		ifd->host_write = flmstr1 >> 24 & 0xff;
	} else {
		/* regions 12 to 15 have bits of their own */
		ifd->host_read = (uint16_t)((flmstr1 >> 8 & 0xfff) |
		    (flmstr1 & 0xf) << 12);
		ifd->host_write = (uint16_t)((flmstr1 >> 20 & 0xfff) |
		    (flmstr1 >> 4 & 0xf) << 12);
	}
	/* a master always reaches its own region (PCH-LP SPI guide, 4.1.4) */
	ifd->host_read |= 1u << ATT_IFD_BIOS;
	ifd->host_write |= 1u << ATT_IFD_BIOS;
}

/* FLCOMP: 512 KiB << density, 0xf (or 7 of 3 bits, as 64 MiB) none. */
static void
read_density(struct att_ifd *ifd, uint32_t flcomp, unsigned chips)
{
	for (unsigned i = 0; i < ATT_IFD_DENSITIES; i++) {
		unsigned width = 3 + i;
		uint32_t mask = (1u << width) - 1;
		uint32_t one = flcomp & mask, two = flcomp >> width & mask;

		if (one > 7)
			continue;
		ifd->first[i] = ifd->total[i] = SMALLEST_CHIP << one;
		if (chips > 1 && two <= 7)
			ifd->total[i] += SMALLEST_CHIP << two;
	}
}

bool
att_ifd_allows(const struct att_ifd *ifd, uint64_t size)
{
	for (size_t i = 0; i < ATT_IFD_DENSITIES; i++)
		if (size == ifd->first[i] || size == ifd->total[i])
			return true;
	return false;
}

static int
find_signature(struct att_slice start, struct att_err *err)
{
	struct att_cur c = att_cur_of(start);
	uint32_t v;

	if (!att_cur_skip(&c, SIGNATURE_AT) || !att_cur_le32(&c, &v) ||
	    v != SIGNATURE)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "no flash descriptor");
	if (start.len < ATT_IFD_SIZE)
		return att_err_set(err, ATT_E_SHORT,
		    "flash descriptor of %zu bytes, has %d", start.len,
		    ATT_IFD_SIZE);
	return 0;
}

int
att_ifd_parse(struct att_slice start, struct att_ifd *ret,
    struct att_err *err)
{
	struct att_cur c;
	uint32_t map0 = 0, map1 = 0, flmstr1, flcomp, fcba, frba, fmba, freg;
	struct att_ifd ifd = { 0 };
	unsigned count;
	int r;

	if ((r = find_signature(start, err)) < 0)
		return r;
	c = att_cur_from(start.data, ATT_IFD_SIZE);
	if (!reg(c, FLMAP0_AT, 0, &map0) || !reg(c, FLMAP0_AT, 1, &map1))
		return att_err_at(err, ATT_E_SHORT, FLMAP0_AT, "FLMAP0");
	fcba = (map0 & 0xff) << 4;
	frba = (map0 >> 16 & 0xff) << 4;
	fmba = (map1 & 0xff) << 4;
	if (fmba <= frba || frba < FLMAP0_AT + 8)
		return att_err_at(err, ATT_E_FORMAT, FLMAP0_AT,
		    "flash descriptor: regions at 0x%" PRIx32
		    ", masters at 0x%" PRIx32, frba, fmba);
	ifd.version = (fmba - frba) / REG_SIZE < V2_SLOTS ? 1 : 2;
	count = ifd.version == 2 ? ATT_IFD_REGIONS :
	    ATT_MIN((map0 >> 24 & 7) + 1, (unsigned)V1_REGIONS_MAX);
	for (unsigned n = 0; n < count; n++) {
		if (!reg(c, frba, n, &freg))
			return att_err_at(err, ATT_E_FORMAT, FLMAP0_AT,
			    "flash descriptor: region %u ends behind it", n);
		ifd.region[n] = span_of(freg, n);
	}
	if (!reg(c, fmba, 0, &flmstr1) || !reg(c, fcba, 0, &flcomp))
		return att_err_at(err, ATT_E_FORMAT, FLMAP0_AT,
		    "flash descriptor: registers behind its end");
	read_rights(&ifd, flmstr1);
	read_density(&ifd, flcomp, (map0 >> 8 & 3) + 1);
	*ret = ifd;
	return 0;
}

/* -- what follows for the chip --------------------------------------------- */

int
att_ifd_lose(const struct att_ifd *ifd, struct att_image *im,
    struct att_err *err)
{
	int r;

	for (unsigned n = 0; n < ATT_IFD_REGIONS; n++)
		if ((ifd->host_read >> n & 1) == 0 &&
		    (r = att_image_lose(im, ifd->region[n].offset,
			 ifd->region[n].length, err)) < 0)
			return r;
	return 0;
}

int
att_ifd_lose_foreign(const struct att_ifd *ifd, struct att_image *im,
    struct att_err *err)
{
	int r;

	for (unsigned n = 0; n < ATT_IFD_REGIONS; n++)
		if (n != ATT_IFD_BIOS && n != ATT_IFD_BIOS2 &&
		    (r = att_image_lose(im, ifd->region[n].offset,
			 ifd->region[n].length, err)) < 0)
			return r;
	return 0;
}

/* A bank of the controller's words sums up, or is erased (82574 EEPROM map). */
static bool
gbe_bank_holds(struct att_cur c)
{
	uint16_t word, sum = 0;

	if (att_cur_all(&c, c.left, 0xff))
		return true;
	for (unsigned i = 0; i < GBE_WORDS; i++) {
		if (!att_cur_le16(&c, &word))
			return false;
		sum = (uint16_t)(sum + word);
	}
	return sum == GBE_SUM;
}

static void
check_gbe(const struct att_span *s, const struct att_image *im,
    struct att_partition *p)
{
	struct att_cur c;

	for (uint64_t at = 0; at + GBE_BANK <= s->length; at += GBE_BANK)
		if (att_image_at(im, s->offset + at, GBE_BANK, &c) &&
		    !gbe_bank_holds(c))
			att_partition_note(p, "ifd.gbe-checksum",
			    s->offset + at, GBE_BANK,
			    "the words of a bank do not add up to 0xbaba");
}

static void
check_overlaps(const struct att_ifd *ifd, struct att_partition *p)
{
	for (unsigned n = 0; n < ATT_IFD_REGIONS; n++)
		for (unsigned m = n + 1; m < ATT_IFD_REGIONS; m++) {
			const struct att_span *a = &ifd->region[n];
			const struct att_span *b = &ifd->region[m];

			if (a->offset < b->offset + b->length &&
			    b->offset < a->offset + a->length)
				att_partition_note(p, "ifd.region-overlap",
				    b->offset, b->length,
				    "regions %s and %s overlap",
				    regions[n].name, regions[m].name);
		}
}

static void
check_rules(const struct att_ifd *ifd, struct att_partition *p)
{
	check_overlaps(ifd, p);
	for (unsigned n = 0; n < ATT_IFD_REGIONS; n++)
		if (!att_span_fits(ifd->region[n].offset,
			ifd->region[n].length, p->size))
			att_partition_note(p, "ifd.region-outside",
			    ifd->region[n].offset, ifd->region[n].length,
			    "region %s ends behind the chip",
			    regions[n].name);
	if (!att_ifd_allows(ifd, p->size))
		att_partition_note(p, "ifd.size", 0, p->size,
		    "the descriptor is of a chip of another size");
	if ((ifd->host_write & 1u << ATT_IFD_DESCRIPTOR) != 0)
		att_partition_note(p, "ifd.descriptor-writable-by-host", 0,
		    ATT_IFD_SIZE, "the host may write the flash descriptor");
}

int
att_ifd_claim(const struct att_ifd *ifd, const struct att_image *im,
    struct att_partition *p, struct att_err *err)
{
	int r;

	for (unsigned n = 0; n < ATT_IFD_REGIONS; n++)
		if ((r = att_partition_claim(p, ATT_SOURCE_IFD,
			 ifd->region[n].offset, ifd->region[n].length,
			 regions[n].class, err, "%s", regions[n].name)) < 0)
			return r;
	/* wherever its regions say it is, it is here */
	if ((r = att_partition_claim(p, ATT_SOURCE_IFD, 0, ATT_IFD_SIZE,
		 ATT_RANGE_STATIC, err, "descriptor")) < 0)
		return r;
	check_rules(ifd, p);
	check_gbe(&ifd->region[ATT_IFD_GBE], im, p);
	return 0;
}
