#include "testlib.h"

#include "base/file.h"
#include "base/text.h"
#include "eventlog/describe.h"

/* Labels of all events of a captured boot, as lines "<pcr> <label>". */
static void
labels_of(const char *boot, struct att_buf *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	char path[256];
	struct att_tcg_iter it;
	struct att_tcglog log;
	struct att_event ev;
	int r;

	(void)snprintf(path, sizeof(path), "tests/vectors/boots/%s/uefi.bin",
	    boot);
	ok(att_file_read(path, &b, err));
	ok(att_tcglog_open(att_buf_view(&b), ATT_TCG_TPM, &log, err));
	it = att_tcg_begin(&log);
	while ((r = att_tcg_next(&it, &ev, NULL)) == 1) {
		att_buf_printf(ret, "%u ", ev.pcr);
		att_event_label(&ev, ATT_TCG_TPM, ret);
		att_buf_u8(ret, '\n');
	}
	ck_assert(r == 0);
	ok(att_buf_ok(ret, "labels", err));
}

START_TEST(shim_boot)
{
	static const char *const all[] = { "7 SecureBoot\n", "7 PK\n",
		"7 dbx\n", "7 00000000\n", "1 BootOrder\n", "1 Boot0001\n",
		"4 Calling EFI Application from Boot Option\n",
		"4 \\EFI\\BOOT\\BOOTX64.EFI\n", "7 SbatLevel\n",
		"7 MokListRT\n", "14 MokListTrusted\n",
		"4 \\EFI\\BOOT\\grubx64.efi\n",
		"9 (hd0,gpt1)/EFI/debian/grub.cfg\n",
		"8 grub_cmd: set timeout=0\n", "9 /vmlinuz\n",
		"8 kernel_cmdline: /vmlinuz console=ttyS0,115200 quiet ",
		"8 grub_cmd: boot\n", "9 LOADED_IMAGE::LoadOptions\n",
		"9 Linux initrd\n", "5 Exit Boot Services Invocation\n" };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(free) char *text = NULL;

	labels_of("shim", &b);
	text = att_buf_take_str(&b);
	for (size_t i = 0; i < ATT_COUNT(all); i++)
		ck_assert_msg(strstr(text, all[i]) != NULL, "%s in %s",
		    all[i], text);
}
END_TEST

START_TEST(unified_kernel_image_boot)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(free) char *text = NULL;

	labels_of("uki", &b);
	text = att_buf_take_str(&b);
	ck_assert(strstr(text, "11 .linux\n11 .linux\n11 .osrel\n") != NULL);
	ck_assert(strstr(text, "11 .cmdline\n11 .cmdline\n") != NULL);
}
END_TEST

static struct att_event
event(uint32_t type, const char *data, size_t len)
{
	return (struct att_event){ .type = type,
		.data = { (const uint8_t *)data, len } };
}

START_TEST(label_is_clean_and_short)
{
	char data[400];
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);
	struct att_event ev;

	ev = event(ATT_EV_IPL, "grub_cmd: \x1b[2J\r\n", 16);
	att_event_label(&ev, ATT_TCG_TPM, &b);
	ck_assert(att_slice_is(att_buf_view(&b),
	    "grub_cmd: \\x1b[2J\\x0d\\x0a"));
	att_buf_reset(&b);
	for (size_t i = 0; i < sizeof(data); i += 2)
		memcpy(data + i, "\xc3\xa4", 2);
	for (size_t skip = 0; skip < 2; skip++) {
		data[0] = 'x';
		data[1] = 'y';
		ev = event(ATT_EV_EFI_ACTION, data + skip, sizeof(data) - skip);
		att_event_label(&ev, ATT_TCG_TPM, &b);
		ck_assert(b.len <= ATT_EVENT_LABEL_MAX);
		ck_assert(b.len >= ATT_EVENT_LABEL_MAX - 1);
		ck_assert(att_text_is_clean(att_buf_view(&b)));
		ck_assert(memcmp(b.data + b.len - 3, "...", 3) == 0);
		att_buf_reset(&b);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("describe");
	TCase *t = tcase_create("describe");

	tcase_add_test(t, shim_boot);
	tcase_add_test(t, unified_kernel_image_boot);
	tcase_add_test(t, label_is_clean_and_short);
	suite_add_tcase(s, t);
	return run_suite(s);
}
