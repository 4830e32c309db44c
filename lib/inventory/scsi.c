/* SCSI devices, and what is shown as such: /sys/class/scsi_device. */
#include <string.h>

#include "base/cur.h"
#include "base/file.h"
#include "inventory/attr.h"
#include "inventory/sources.h"

#define WWID_MAX 100	/* bytes of a name that become part of an id */

/* ATA Information (SAT-5, 12.4.2), page 0x89 of Vital Product Data */
#define ATA_PAGE "vpd_pg89"
#define ATA_PAGE_CODE 0x89
#define IDENTIFY_AT 60		/* IDENTIFY DEVICE data, 512 bytes */
#define IDENTIFY_LEN 512
#define FIRMWARE_WORD 23	/* ACS-5, 9.11: words 23 to 26 */
#define FIRMWARE_LEN 8

static const struct att_attr attrs[] = {
	{ "vendor", ATT_SAYS_VENDOR, NULL, false },
	{ "model", ATT_SAYS_MODEL, NULL, false },
	{ "rev", ATT_SAYS_RUNNING, "fw", true },
	/* 0 disk, 13 enclosure (SPC-5, 6.7.2) */
	{ "type", ATT_SAYS_ATTRIBUTE, "type", false },
};

/* Two characters to a word, the first one in its high byte. */
static bool
ata_firmware(struct att_slice page, char ret[static FIRMWARE_LEN + 1])
{
	struct att_cur c = att_cur_of(page), data;
	uint8_t device, code;

	if (!att_cur_u8(&c, &device) || !att_cur_u8(&c, &code) ||
	    code != ATA_PAGE_CODE || !att_cur_skip(&c, IDENTIFY_AT - 2) ||
	    !att_cur_child(&c, IDENTIFY_LEN, &data) ||
	    !att_cur_skip(&data, 2 * FIRMWARE_WORD) ||
	    !att_cur_copy(&data, ret, FIRMWARE_LEN))
		return false;
	for (size_t i = 0; i < FIRMWARE_LEN; i += 2) {
		char first = ret[i + 1];

		ret[i + 1] = ret[i];
		ret[i] = first;
	}
	ret[FIRMWARE_LEN] = '\0';
	return true;
}

/* Of an ATA drive `rev` has but the last four characters of eight. */
static int
read_ata(const char *dir, struct att_component *c, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_SYSFS_MAX);
	char text[FIRMWARE_LEN + 1];
	struct att_err why = { 0 };
	int r = att_sysfs_read(dir, ATA_PAGE, &b, &why);

	if (r == ATT_E_NOT_FOUND)
		return 0;
	if (r == 0 && !ata_firmware(att_buf_view(&b), text))
		r = att_err_set(&why, ATT_E_FORMAT, "not that page");
	return r < 0 ? att_attr_blame(c, ATA_PAGE, &why, err) :
		       att_attr_version(c, "ata.fw", ATT_VERSION_RUNNING,
			   text, err);
}

/* Names of ATA drives are padded: "t10.ATA     ST16000NM001G          ZL2". */
static void
squeeze(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++)
		if (s[0] != ' ' || s[1] != ' ')
			*to++ = *s;
	*to = '\0';
}

/*
 * By its world-wide name, where it has one, as numbers of hosts change; a
 * device that is reached on two paths is one.
 */
static int
device(const char *dir, const char *name, struct att_components *found,
    struct att_err *err)
{
	AUTO(free) char *at = att_path_join(dir, "device");
	AUTO(free) char *wwid = NULL;
	struct att_component *c;
	int r;

	if (at == NULL)
		return att_err_nomem(err);
	r = att_sysfs_text(at, "wwid", &wwid, err);
	if (r == ATT_E_NOMEM)
		return r;
	if (r == 0) {
		squeeze(wwid);
		wwid[strnlen(wwid, WWID_MAX)] = '\0';
	}
	if ((r = att_attr_add(found, "scsi",
		 r == 0 && wwid[0] != '\0' ? wwid : name, ATT_COMPONENT_SCSI,
		 ATT_PATH_SYSFS, &c, err)) < 0)
		return r;
	r = att_attr_read(at, attrs, ATT_COUNT(attrs), c, err);
	return r < 0 ? r : read_ata(at, c, err);
}

int
att_inventory_scsi(const char *root, struct att_components *to,
    struct att_err *err)
{
	return att_attr_each(root, "sys/class/scsi_device", device, to, err);
}
