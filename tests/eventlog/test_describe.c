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

static void
labels_are(const char *boot, const char *want)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(free) char *text = NULL;

	labels_of(boot, &b);
	text = att_buf_take_str(&b);
	ck_assert_str_eq(text, want);
}

START_TEST(shim_boot)
{
	labels_are("shim",
	    "0 Spec ID Event03\n"
	    "0 2025.02-8+deb13u1\n"
	    "0 0x820000+0xe0000\n"
	    "0 0x900000+0xe80000\n"
	    "7 SecureBoot\n"
	    "7 PK\n"
	    "7 KEK\n"
	    "7 db\n"
	    "7 dbx\n"
	    "7 00000000\n"
	    "1 ACPI DATA\n"
	    "1 ACPI DATA\n"
	    "1 ACPI DATA\n"
	    "1 ACPI DATA\n"
	    "1 BootOrder\n"
	    "1 Boot0001\n"
	    "1 Boot0000\n"
	    "4 Calling EFI Application from Boot Option\n"
	    "0 00000000\n"
	    "1 00000000\n"
	    "2 00000000\n"
	    "3 00000000\n"
	    "4 00000000\n"
	    "5 00000000\n"
	    "6 00000000\n"
	    "7 db\n"
	    "5 11111111-2222-3333-4444-000000000000\n"
	    "4 \\EFI\\BOOT\\BOOTX64.EFI\n"
	    "14 MokList\n"
	    "14 MokListX\n"
	    "7 SbatLevel\n"
	    "14 MokListTrusted\n"
	    "7 MokListRT\n"
	    "4 \\EFI\\BOOT\\grubx64.efi\n"
	    "9 (hd0,gpt1)/EFI/debian/grub.cfg\n"
	    "9 (hd0,gpt1)/EFI/debian/grub.cfg\n"
	    "8 grub_cmd: set timeout=0\n"
	    "8 grub_cmd: linux /vmlinuz console=ttyS0,115200 quiet systemd."
	    "show_status=0 root=/dev/vda2 rw ima_policy=tcb ima_hash=s...\n"
	    "9 /vmlinuz\n"
	    "4 from memory\n"
	    "8 kernel_cmdline: /vmlinuz console=ttyS0,115200 quiet systemd."
	    "show_status=0 root=/dev/vda2 rw ima_policy=tcb ima_hash=s...\n"
	    "8 grub_cmd: initrd /initrd.img\n"
	    "9 /initrd.img\n"
	    "8 grub_cmd: boot\n"
	    "9 LOADED_IMAGE::LoadOptions\n"
	    "9 Linux initrd\n"
	    "5 Exit Boot Services Invocation\n"
	    "5 Exit Boot Services Returned with Success\n");
}
END_TEST

START_TEST(unified_kernel_image_boot)
{
	labels_are("uki-sb",
	    "0 Spec ID Event03\n"
	    "0 2025.02-8+deb13u1\n"
	    "0 0x820000+0xe0000\n"
	    "0 0x900000+0xe80000\n"
	    "7 SecureBoot\n"
	    "7 PK\n"
	    "7 KEK\n"
	    "7 db\n"
	    "7 dbx\n"
	    "7 00000000\n"
	    "1 ACPI DATA\n"
	    "1 ACPI DATA\n"
	    "1 ACPI DATA\n"
	    "1 ACPI DATA\n"
	    "1 BootOrder\n"
	    "1 Boot0001\n"
	    "1 Boot0000\n"
	    "4 Calling EFI Application from Boot Option\n"
	    "0 00000000\n"
	    "1 00000000\n"
	    "2 00000000\n"
	    "3 00000000\n"
	    "4 00000000\n"
	    "5 00000000\n"
	    "6 00000000\n"
	    "7 db\n"
	    "5 11111111-2222-3333-4444-000000000000\n"
	    "4 \\EFI\\BOOT\\BOOTX64.EFI\n"
	    "11 .linux\n"
	    "11 .linux\n"
	    "11 .osrel\n"
	    "11 .osrel\n"
	    "11 .cmdline\n"
	    "11 .cmdline\n"
	    "11 .initrd\n"
	    "11 .initrd\n"
	    "11 .uname\n"
	    "11 .uname\n"
	    "11 .sbat\n"
	    "11 .sbat\n"
	    "9 LOADED_IMAGE::LoadOptions\n"
	    "9 Linux initrd\n"
	    "5 Exit Boot Services Invocation\n"
	    "5 Exit Boot Services Returned with Success\n");
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

/* However long the data, a label takes no longer than its beginning. */
START_TEST(labels_of_large_events)
{
	static const uint32_t types[] = { ATT_EV_IPL, ATT_EV_EFI_ACTION,
		ATT_EV_S_CRTM_VERSION, ATT_EV_POST_CODE, ATT_EV_EVENT_TAG,
		ATT_EV_NONHOST_INFO, ATT_EV_COMPACT_HASH };
	size_t len = (size_t)8 << 20;
	AUTO(free) char *data = malloc(len);

	memset(data, 'x', len);
	for (size_t i = 0; i < ATT_COUNT(types); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);
		struct att_event ev = event(types[i], data, len);

		for (unsigned n = 0; n < 1000; n++) {
			att_buf_reset(&b);
			att_event_label(&ev, ATT_TCG_TPM, &b);
		}
		ck_assert_uint_eq(b.len, ATT_EVENT_LABEL_MAX);
		ck_assert(memcmp(b.data, "xxx", 3) == 0);
	}
}
END_TEST

/* Nothing of a real boot is broken; each has what JSON promises. */
START_TEST(captured_boots_as_json)
{
	static const char *const boots[] = { "shim", "shim-changed", "uki",
		"uki-changed", "uki-sb", "uki-sb-changed" };
	unsigned n = 0;

	for (size_t i = 0; i < ATT_COUNT(boots); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
		char path[256];
		struct att_tcg_iter it;
		struct att_tcglog log;
		struct att_event ev;

		(void)snprintf(path, sizeof(path),
		    "tests/vectors/boots/%s/uefi.bin", boots[i]);
		ok(att_file_read(path, &b, err));
		ok(att_tcglog_open(att_buf_view(&b), ATT_TCG_TPM, &log, err));
		it = att_tcg_begin(&log);
		while (att_tcg_next(&it, &ev, NULL) == 1) {
			AUTO(att_json_decref) json_t *j = NULL;
			json_t *digests = NULL, *data = NULL;

			ok(att_event_to_json(&ev, ATT_TCG_TPM, &j, err));
			ck_assert_msg(json_object_get(j, "broken") == NULL,
			    "%s event %u", boots[i], ev.number);
			ok(att_json_obj(j, "digests", &digests, err));
			ok(att_json_obj(j, "data", &data, err));
			ck_assert(json_object_size(digests) ==
			    ev.digest_count);
			ck_assert(ev.data.len == 0 ||
			    json_object_size(data) > 0);
			n++;
		}
	}
	ck_assert_uint_gt(n, 270);
}
END_TEST

static json_t *
json_of(uint32_t type, const char *data, size_t len)
{
	struct att_event ev = event(type, data, len);
	json_t *j = NULL;

	ok(att_event_to_json(&ev, ATT_TCG_TPM, &j, err));
	return j;
}

/* Case 29 and its like: one event is broken, and says so with its bytes. */
START_TEST(broken_data)
{
	static const struct {
		uint32_t type;
		const char *word;
	} all[] = {
		{ ATT_EV_EFI_VARIABLE_DRIVER_CONFIG, "UEFI_VARIABLE_DATA" },
		{ ATT_EV_EFI_VARIABLE_BOOT2, "UEFI_VARIABLE_DATA" },
		{ ATT_EV_EFI_VARIABLE_AUTHORITY, "UEFI_VARIABLE_DATA" },
		{ ATT_EV_EFI_BOOT_SERVICES_DRIVER, "UEFI_IMAGE_LOAD_EVENT" },
		{ ATT_EV_EFI_GPT_EVENT, "UEFI_GPT_DATA" },
		{ ATT_EV_EFI_GPT_EVENT2, "UEFI_GPT_DATA" },
		{ ATT_EV_EFI_PLATFORM_FIRMWARE_BLOB, "FIRMWARE_BLOB" },
		{ ATT_EV_EFI_PLATFORM_FIRMWARE_BLOB2, "FIRMWARE_BLOB2" },
		{ ATT_EV_POST_CODE2, "FIRMWARE_BLOB2" },
		{ ATT_EV_EFI_HANDOFF_TABLES, "HANDOFF_TABLE_POINTERS" },
		{ ATT_EV_EFI_HANDOFF_TABLES2, "HANDOFF_TABLE_POINTERS2" },
		{ ATT_EV_EFI_SPDM_FIRMWARE_BLOB, "device security event" },
		{ ATT_EV_EVENT_TAG, "TCG_PCClientTaggedEvent" },
	};

	for (size_t i = 0; i < ATT_COUNT(all); i++) {
		AUTO(att_json_decref)
		json_t *j = json_of(all[i].type, "\1\2\3", 3);
		json_t *broken = NULL;
		const char *text = NULL;

		ok(att_json_obj(j, "broken", &broken, err));
		ok(att_json_str(broken, "text", &text, err));
		ck_assert_msg(strstr(text, all[i].word) != NULL, "%s", text);
		ok(att_json_str(j, "raw_hex", &text, err));
		ck_assert_str_eq(text, "010203");
		ok(att_json_str(j, "label", &text, err));
		ck_assert_str_eq(text, "");
	}
}
END_TEST

/* Types whose data may be anything are never broken. */
START_TEST(open_data)
{
	static const uint32_t types[] = { ATT_EV_POST_CODE, ATT_EV_NO_ACTION,
		ATT_EV_SEPARATOR, ATT_EV_ACTION, ATT_EV_S_CRTM_CONTENTS,
		ATT_EV_S_CRTM_VERSION, ATT_EV_CPU_MICROCODE,
		ATT_EV_PLATFORM_CONFIG_FLAGS, ATT_EV_TABLE_OF_DEVICES,
		ATT_EV_COMPACT_HASH, ATT_EV_IPL, ATT_EV_NONHOST_INFO,
		ATT_EV_EFI_ACTION, ATT_EV_EFI_HCRTM_EVENT, 0x501, 0x77777777 };

	for (size_t i = 0; i < ATT_COUNT(types); i++)
		for (size_t n = 0; n < 18; n++) {
			AUTO(att_json_decref) json_t *j = json_of(types[i],
			    "\1\2\3\4\5\6\7\1\2\3\4\5\6\7\1\2\3\4", n);

			ck_assert_msg(json_object_get(j, "broken") == NULL,
			    "0x%x, %zu", types[i], n);
		}
}
END_TEST

START_TEST(data_by_type)
{
	static const struct {
		uint32_t type;
		const char *data;
		size_t len;
		const char *label, *want;
	} all[] = {
		{ ATT_EV_SEPARATOR, "\xff\xff\xff\xff", 4, "ffffffff",
		    "{\"value\":\"ffffffff\"}" },
		{ ATT_EV_SEPARATOR, "WBCL", 4, "WBCL",
		    "{\"value\":\"WBCL\"}" },
		{ ATT_EV_SEPARATOR, "\xff", 1, "ff", "{\"value\":\"ff\"}" },
		{ ATT_EV_POST_CODE, "ACPI DATA", 9, "ACPI DATA",
		    "{\"data\":\"ACPI DATA\"}" },
		{ ATT_EV_POST_CODE, "\0\0\0\1\0\0\0\0\2\0\0\0\0\0\0", 16,
		    "0x1000000+0x2",
		    "{\"base\":\"0x1000000\",\"length\":\"0x2\"}" },
		{ ATT_EV_S_CRTM_VERSION, "1\0.\0002\0\0\0", 8, "1.2",
		    "{\"version\":\"1.2\"}" },
		{ ATT_EV_S_CRTM_VERSION, "\0\0", 2, "",
		    "{\"version\":\"\"}" },
		{ ATT_EV_S_CRTM_VERSION,
		    "\1\2\3\4\5\6\7\1\2\3\4\5\6\7\1\2", 16,
		    "04030201-0605-0107-0203-040506070102",
		    "{\"version\":\"04030201-0605-0107-0203-040506070102\"}" },
		{ ATT_EV_COMPACT_HASH, "\0\0\0\x10", 4, "00000010",
		    "{\"value\":\"0x10000000\"}" },
		{ ATT_EV_NONHOST_INFO, "IntelCSx\1", 9, "IntelCSx",
		    "{\"data_hex\":\"496e74656c43537801\"}" },
		{ ATT_EV_EFI_HCRTM_EVENT, "HCRTM", 5, "HCRTM",
		    "{\"data\":\"HCRTM\"}" },
		{ ATT_EV_TABLE_OF_DEVICES, "\0\0\0\0\0\0\0\0", 8, "",
		    "{\"tables\":[]}" },
		{ ATT_EV_OMIT_BOOT_DEVICE_EVENTS, "BOOT ATTEMPTS OMITTED", 21,
		    "BOOT ATTEMPTS OMITTED",
		    "{\"action\":\"BOOT ATTEMPTS OMITTED\"}" },
		{ 0x501, "", 0, "", "{}" },
	};

	for (size_t i = 0; i < ATT_COUNT(all); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(9999);
		AUTO(att_json_decref) json_t *j = json_of(all[i].type,
		    all[i].data, all[i].len);
		const char *label = NULL;
		json_t *data = NULL;

		ok(att_json_obj(j, "data", &data, err));
		ok(att_json_write(data, &b, err));
		ck_assert_msg(att_slice_is(att_buf_view(&b), all[i].want),
		    "%.*s, not %s", (int)b.len, (char *)b.data, all[i].want);
		ok(att_json_str(j, "label", &label, err));
		ck_assert_str_eq(label, all[i].label);
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
	tcase_add_test(t, labels_of_large_events);
	tcase_add_test(t, captured_boots_as_json);
	tcase_add_test(t, broken_data);
	tcase_add_test(t, open_data);
	tcase_add_test(t, data_by_type);
	suite_add_tcase(s, t);
	return run_suite(s);
}
