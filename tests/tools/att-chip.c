/*
 * att-chip - writes the flash chips of machines that tests boot: a chip as a
 * board of Intel has it, with OVMF where such a machine looks for its firmware.
 */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "tests/firmware/chipmaker.h"

#define BOARD_SIZE ((size_t)8 << 20)
#define FLASH_SIZE ((size_t)4 << 20)	/* at the end, below 4 GiB */
#define GBE_AT 0x1000
#define GBE_SIZE 0x2000
#define ME_AT 0x3000
#define BIOS_AT 0x200000
#define VOLUME_SIZE 0x80000
#define VARIABLES_SIZE 0x84000	/* as OVMF has it */
#define RAW_FILE 1	/* no sections in it */
/* The host reads descriptor, BIOS and network; it writes the last two. */
#define HOST_RIGHTS 0x00a00b00

static int
usage(void)
{
	(void)fputs("usage: att-chip board [FLASH] OUT\n"
		    "                  descriptor, network, ME closed to the "
		    "host, a volume, padding,\n"
		    "                  and FLASH, an OVMF of 4 MiB; without it "
		    "what only looks like one\n"
		    "       att-chip forge IN OUT OFFSET LENGTH\n"
		    "                  a volume of variables where there is "
		    "none\n",
	    stderr);
	return 2;
}

/* Two banks of 64 words that add up to 0xbaba; a MAC at the beginning. */
static void
put_network(struct cm *m)
{
	static const uint8_t mac[6] = { 0x02, 0x00, 0x5e, 0x10, 0x20, 0x30 };

	for (size_t at = GBE_AT; at < GBE_AT + GBE_SIZE; at += 0x1000) {
		unsigned sum = 0;

		cm_fill(m, at, 0, 0x80);
		cm_put(m, at, mac, sizeof(mac));
		for (size_t i = 0; i < sizeof(mac); i += 2)
			sum += mac[i] + ((unsigned)mac[i + 1] << 8);
		cm_put16(m, at + 0x7e, (uint16_t)(0xbaba - sum));
	}
}

static void
put_me(struct cm *m)
{
	cm_fpt(m, ME_AT + 0x10);
	cm_fpt_entry(m, ME_AT + 0x10, "FTPR", 0x1000, 0x80000, false);
	cm_code(m, ME_AT + 0x1000, 0x80000);
}

/* A volume of variables, and one of code to the end. */
static void
put_lookalike(struct cm *m)
{
	size_t at = BOARD_SIZE - FLASH_SIZE, file;

	(void)cm_fv(m, at, VARIABLES_SIZE, CM_VARIABLES);
	at += VARIABLES_SIZE;
	file = at + cm_fv(m, at, BOARD_SIZE - at, CM_FFS2);
	(void)cm_file(m, file, CM_CODE, RAW_FILE, (BOARD_SIZE - at) / 2);
}

/* `flash`: NULL for none. */
static int
board(struct cm *m, const struct att_slice *flash, struct att_err *err)
{
	size_t file;

	if (flash != NULL && flash->len != FLASH_SIZE)
		return att_err_set(err, ATT_E_FORMAT, "not a flash of 4 MiB");
	cm_ifd(m, 2);
	cm_region(m, 1, BIOS_AT, BOARD_SIZE - BIOS_AT);
	cm_region(m, 2, ME_AT, BIOS_AT - ME_AT);
	cm_region(m, 3, GBE_AT, GBE_SIZE);
	cm_flmstr1(m, HOST_RIGHTS);
	put_network(m);
	put_me(m);
	file = BIOS_AT + cm_fv(m, BIOS_AT, VOLUME_SIZE, CM_FFS2);
	(void)cm_file(m, file, CM_CODE, RAW_FILE, VOLUME_SIZE / 2);
	if (flash == NULL)
		put_lookalike(m);
	else
		cm_put(m, BOARD_SIZE - FLASH_SIZE, flash->data, flash->len);
	return 0;
}

static int
forge(struct cm *m, struct att_slice chip, const char *offset,
    const char *length, struct att_err *err)
{
	size_t at = strtoul(offset, NULL, 0), len = strtoul(length, NULL, 0);

	if (at > m->size || len > m->size - at || len < 0x1000)
		return att_err_set(err, ATT_E_USAGE, "a volume of at least "
		    "0x1000 bytes in the chip is wanted");
	cm_put(m, 0, chip.data, chip.len);
	(void)cm_fv(m, at, len, CM_VARIABLES);
	return 0;
}

/* What is made of the file `in`, or of nothing, for the command line. */
static int
make(int argc, char **argv, struct cm *m, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf in = ATT_BUF(ATT_IMAGE_MAX);
	struct att_slice bytes;
	int r;

	if (argc == 3) {
		*m = cm_new(BOARD_SIZE);
		return board(m, NULL, err);
	}
	if ((r = att_file_read(argv[2], &in, err)) < 0)
		return r;
	bytes = att_buf_view(&in);
	*m = cm_new(argc == 4 ? BOARD_SIZE : bytes.len);
	return argc == 4 ? board(m, &bytes, err) :
			   forge(m, bytes, argv[4], argv[5], err);
}

int
main(int argc, char **argv)
{
	AUTO_DONE(cm_done) struct cm m = { 0 };
	struct att_err err = { 0 };
	const char *verb = argc < 2 ? "" : argv[1];
	const char *out;
	int r;

	if (!(strcmp(verb, "board") == 0 && (argc == 3 || argc == 4)) &&
	    !(strcmp(verb, "forge") == 0 && argc == 6))
		return usage();
	out = argv[argc == 3 ? 2 : 3];
	if ((r = make(argc, argv, &m, &err)) < 0 ||
	    (r = att_file_put(out, cm_view(&m), 0644, &err)) < 0)
		(void)fprintf(stderr, "att-chip: %s: %s\n", out, err.text);
	return r < 0;
}
