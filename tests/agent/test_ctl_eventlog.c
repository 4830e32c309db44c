#include "agent/run_ctl.h"

#include "base/file.h"
#include "base/pcr.h"

#define SHIM "tests/vectors/boots/shim/uefi.bin"
#define UKI "tests/vectors/boots/uki/"

/* Every line of `want` stands in `got`. */
static void
holds_registers(const struct att_buf *got, const char *path, uint32_t pcrs)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);
	struct att_pcrs want, have;

	ok(att_file_read(path, &b, err));
	ok(att_pcrs_parse(att_buf_view(&b), &want, err));
	ok(att_pcrs_parse(att_buf_view(got), &have, err));
	ck_assert(have.count == want.count);
	for (size_t i = 0; i < want.count; i++)
		for (unsigned n = 0; n < ATT_PCR_COUNT; n++) {
			struct att_slice a, c;

			if ((pcrs & 1u << n) == 0)
				continue;
			ck_assert(att_pcrs_get(&want, want.bank[i].alg, n,
			    &a));
			ck_assert(att_pcrs_get(&have, want.bank[i].alg, n,
			    &c));
			ck_assert(att_slice_equal(a, c));
		}
}

START_TEST(replay_gives_the_captured_registers)
{
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "eventlog", "replay", SHIM);
	ck_assert_int_eq(r.status, 0);
	ck_assert(r.err.len == 0);
	holds_registers(&r.out, "tests/vectors/boots/shim/pcrs.txt", 0x43ff);
	RUN(&r, "eventlog", "replay", "--userspace", UKI "userspace.log",
	    UKI "uefi.bin");
	ck_assert_int_eq(r.status, 0);
	holds_registers(&r.out, UKI "pcrs.txt", 0x8aff);
	/* without what systemd measured, PCR 11 is another */
	RUN(&r, "eventlog", "replay", UKI "uefi.bin");
	ck_assert_int_eq(r.status, 0);
	holds_registers(&r.out, UKI "pcrs.txt", 0x02ff);
	ck_assert(!run_has(&r.out, "sha256 15 "));
}
END_TEST

START_TEST(standard_input_and_options_behind_the_file)
{
	AUTO_DONE(run_done) struct run r = { .from = UKI "uefi.bin" };

	RUN(&r, "eventlog", "replay", "-", "--userspace",
	    UKI "userspace.log");
	ck_assert_int_eq(r.status, 0);
	holds_registers(&r.out, UKI "pcrs.txt", 0x8aff);
	r.from = "/dev/null";
	RUN(&r, "eventlog", "replay", "-");
	ck_assert_int_eq(r.status, 3);
	ck_assert(run_has(&r.err, "attestctl: standard input: "));
}
END_TEST

START_TEST(usage)
{
	static const char *const words[][6] = {
		{ NULL },
		{ "nonsense", NULL },
		{ "eventlog", NULL },
		{ "eventlog", "replay", NULL },
		{ "eventlog", "nonsense", SHIM, NULL },
		{ "eventlog", "replay", SHIM, SHIM, NULL },
		{ "eventlog", "replay", "--nonsense", SHIM, NULL },
		{ "eventlog", "replay", SHIM, "--userspace", NULL },
		{ "eventlog", "replay", "--ccel", "--userspace=x", SHIM,
		    NULL },
		{ "eventlog", "show", "--userspace=x", SHIM, NULL },
		{ "eventlog", "show", "--cel", "--ccel", SHIM, NULL },
		{ "eventlog", "replay", "--cel", "--userspace=x", SHIM, NULL },
		{ "eventlog", "show", NULL },
	};
	AUTO_DONE(run_done) struct run r = { 0 };

	for (size_t i = 0; i < ATT_COUNT(words); i++) {
		run_ctl(&r, words[i]);
		ck_assert_msg(r.status == 2, "%zu: %d", i, r.status);
		ck_assert(r.out.len == 0);
		ck_assert(run_has(&r.err, "usage: attestctl "));
	}
	RUN(&r, "--help");
	ck_assert(r.status == 0 && r.err.len == 0);
	ck_assert(run_has(&r.out, "  eventlog "));
	RUN(&r, "eventlog", "--help");
	ck_assert(r.status == 0 && r.err.len == 0);
	ck_assert(run_has(&r.out, "usage: attestctl eventlog replay "));
	RUN(&r, "--version");
	ck_assert(r.status == 0 && run_has(&r.out, "attestctl " ATT_VERSION));
}
END_TEST

START_TEST(files_that_cannot_be_read)
{
	static const char *const names[] = { "/tmp", "/nonexistent/log",
		"/proc/self/mem", "/nonexistent/\033[2J" };
	AUTO_DONE(run_done) struct run r = { 0 };

	for (size_t i = 0; i < ATT_COUNT(names); i++) {
		RUN(&r, "eventlog", "replay", names[i]);
		ck_assert_msg(r.status == 4, "%s: %d", names[i], r.status);
		ck_assert(r.out.len == 0);
		ck_assert(run_has(&r.err, "attestctl: /"));
		ck_assert(!run_has(&r.err, "\033"));
		ck_assert(r.err.data[r.err.len - 1] == '\n');
		ck_assert(memchr(r.err.data, '\n', r.err.len) ==
		    r.err.data + r.err.len - 1);
	}
	RUN(&r, "eventlog", "replay", "--userspace", "/nonexistent", SHIM);
	ck_assert(r.status == 4 && r.out.len == 0);
}
END_TEST

START_TEST(a_file_without_end_is_too_large)
{
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "eventlog", "replay", "/dev/zero");
	ck_assert_int_eq(r.status, 3);
	ck_assert(run_has(&r.err, "/dev/zero: larger than 16777216 bytes"));
}
END_TEST

START_TEST(a_full_disk_is_seen)
{
	AUTO_DONE(run_done) struct run r = { .to = "/dev/full" };

	RUN(&r, "eventlog", "replay", SHIM);
	ck_assert_int_eq(r.status, 4);
	ck_assert(run_has(&r.err, "attestctl: standard output: "));
	RUN(&r, "eventlog", "show", SHIM);
	ck_assert_int_eq(r.status, 4);
	RUN(&r, "--help");
	ck_assert_int_eq(r.status, 4);
}
END_TEST

/* Cut between two events it is a shorter log; within one it is refused. */
START_TEST(truncated_logs)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO_DONE(run_done) struct run r = { 0 };
	unsigned refused = 0;

	ok(att_file_read(SHIM, &b, err));
	for (size_t n = 0; n < b.len; n += 997) {
		const struct att_buf cut = { .data = b.data, .len = n };
		AUTO_DONE(file_done) struct file f = file_of(&cut);

		RUN(&r, "eventlog", "replay", f.path);
		ck_assert(r.status == 0 || r.status == 3);
		if (r.status != 3)
			continue;
		refused++;
		ck_assert(r.out.len == 0);
		ck_assert(run_has(&r.err, "(offset "));
		ck_assert(run_has(&r.err, f.path));
	}
	ck_assert_uint_gt(refused, 15);
}
END_TEST

/* A header of one SHA-256 bank, in register `pcr`. */
static void
put_header(struct att_buf *b, uint32_t pcr)
{
	att_buf_le32(b, pcr);
	att_buf_le32(b, 3);
	att_buf_fill(b, 0, 20);
	att_buf_le32(b, 33);
	att_buf_bytes(b, "Spec ID Event03\0\0\0\0\0\0\2\0\2", 24);
	att_buf_le32(b, 1);
	att_buf_le16(b, ATT_ALG_SHA256);
	att_buf_le16(b, 32);
	att_buf_u8(b, 0);
}

static void
put_event(struct att_buf *b, uint32_t pcr, uint32_t type, const char *data)
{
	att_buf_le32(b, pcr);
	att_buf_le32(b, type);
	att_buf_le32(b, 1);
	att_buf_le16(b, ATT_ALG_SHA256);
	att_buf_fill(b, 0xaa, 32);
	att_buf_le32(b, (uint32_t)strlen(data));
	att_buf_str(b, data);
}

static int
replay_status(struct run *r, const struct att_buf *b, const char *option)
{
	AUTO_DONE(file_done) struct file f = file_of(b);

	if (option == NULL)
		RUN(r, "eventlog", "replay", f.path);
	else
		RUN(r, "eventlog", "replay", option, f.path);
	return r->status;
}

/* Case 39: the log of a confidential guest is no TPM's, and the reverse. */
START_TEST(logs_of_confidential_guests)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(9999);
	AUTO_DONE(run_done) struct run r = { 0 };

	put_header(&b, 1);
	put_event(&b, 1, 0x80000007, "x");
	ck_assert_int_eq(replay_status(&r, &b, NULL), 3);
	ck_assert(run_has(&r.err, "confidential guest (CCEL)"));
	ck_assert(r.out.len == 0);
	ck_assert_int_eq(replay_status(&r, &b, "--ccel"), 0);
	ck_assert(run_has(&r.out, "sha256 1 "));
	/* td-shim's has its header where a TPM's is */
	att_buf_reset(&b);
	put_header(&b, 0);
	put_event(&b, 1, 4, "sep");
	ck_assert_int_eq(replay_status(&r, &b, NULL), 3);
	ck_assert_int_eq(replay_status(&r, &b, "--ccel"), 0);
	/* one event in another register, and it is a TPM's */
	put_event(&b, 7, 4, "sep");
	ck_assert_int_eq(replay_status(&r, &b, NULL), 0);
	ck_assert_int_eq(replay_status(&r, &b, "--ccel"), 3);
	att_buf_reset(&b);
	put_header(&b, 0);
	put_event(&b, 0, 8, "v");
	put_event(&b, 1, 4, "sep");
	ck_assert_int_eq(replay_status(&r, &b, NULL), 0);
	ck_assert_int_eq(replay_status(&r, &b, "--ccel"), 3);
	/* too short to be told: taken at the caller's word */
	att_buf_reset(&b);
	put_header(&b, 0);
	put_event(&b, 2, 0x80000003, "x");
	ck_assert_int_eq(replay_status(&r, &b, NULL), 0);
	ck_assert_int_eq(replay_status(&r, &b, "--ccel"), 0);
	RUN(&r, "eventlog", "replay", "--ccel", SHIM);
	ck_assert_int_eq(r.status, 3);
}
END_TEST

/* A register that one bank cannot give is named, not printed. */
START_TEST(incomplete_registers_are_left_out)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(9999);
	AUTO_DONE(run_done) struct run r = { 0 };

	put_header(&b, 0);
	put_event(&b, 7, 4, "sep");
	put_event(&b, 8, 13, "x");
	/* and one without a digest */
	att_buf_le32(&b, 8);
	att_buf_le32(&b, 13);
	att_buf_le32(&b, 0);
	att_buf_le32(&b, 0);
	ck_assert_int_eq(replay_status(&r, &b, NULL), 0);
	ck_assert(run_has(&r.out, "sha256 7 "));
	ck_assert(!run_has(&r.out, "sha256 8 "));
	ck_assert(run_has(&r.err, "left out: sha256 8"));
}
END_TEST

static int
show_status(struct run *r, const struct att_buf *b, const char *option)
{
	AUTO_DONE(file_done) struct file f = file_of(b);

	if (option == NULL)
		RUN(r, "eventlog", "show", f.path);
	else
		RUN(r, "eventlog", "show", option, f.path);
	return r->status;
}

static bool
is_printable(const struct att_buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		if ((b->data[i] < 0x20 && b->data[i] != '\n') ||
		    b->data[i] == 0x7f)
			return false;
	return true;
}

START_TEST(show_is_readable)
{
	static const char *const words[] = { "format: crypto-agile\n",
		"    4  PCR 7   EV_EFI_VARIABLE_DRIVER_CONFIG  SecureBoot\n",
		("   27  PCR 4   EV_EFI_BOOT_SERVICES_APPLICATION  "
		"\\EFI\\BOOT\\BOOTX64.EFI\n"),
		"      grub command: set timeout=0\n",
		"      path: PciRoot(0x0)/Pci(0x1,0x0)/HD(1,GPT,", "[exact]\n",
		"[unbound]\n", "\nused: 20266\ntail: none\n" };
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "eventlog", "show", SHIM);
	ck_assert_int_eq(r.status, 0);
	ck_assert(r.err.len == 0);
	ck_assert(is_printable(&r.out));
	for (size_t i = 0; i < ATT_COUNT(words); i++)
		ck_assert_msg(run_has(&r.out, words[i]), "%s", words[i]);
	ck_assert(!run_has(&r.out, "broken"));
}
END_TEST

/* JSON has every digest whole, and is one value. */
START_TEST(show_as_json)
{
	AUTO_DONE(run_done) struct run r = { 0 };
	AUTO(att_json_decref) json_t *j = NULL;
	json_t *events = NULL, *one = NULL, *digests = NULL;
	const char *text = NULL;

	RUN(&r, "eventlog", "show", "--json", SHIM);
	ck_assert_int_eq(r.status, 0);
	ok(att_json_parse(att_buf_view(&r.out), r.out.len, &j, err));
	ok(att_json_arr(j, "events", &events, err));
	ck_assert_uint_eq(json_array_size(events), 48);
	one = json_array_get(events, 9);
	ok(att_json_str(one, "type", &text, err));
	ck_assert_str_eq(text, "EV_SEPARATOR");
	ok(att_json_str(one, "cover", &text, err));
	ck_assert_str_eq(text, "exact");
	ok(att_json_obj(one, "digests", &digests, err));
	ok(att_json_str(digests, "sha256", &text, err));
	ck_assert_str_eq(text, "df3f619804a92fdb4057192dc43dd748"
	    "ea778adc52bc498ce80524c014b81119");
}
END_TEST

/* Whatever a log says, a terminal only prints it. */
START_TEST(hostile_text_is_only_text)
{
	static const uint32_t types[] = { 0x1, 0x3, 0x4, 0x5, 0x6, 0x7, 0x8,
		0xa, 0xc, 0xd, 0x11, 0x80000001, 0x80000003, 0x80000006,
		0x80000007, 0x80000009, 0x8000000a, 0x800000e0, 0x800000e1,
		0x1234 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(99999);
	AUTO_DONE(run_done) struct run r = { 0 };

	put_header(&b, 0);
	for (size_t i = 0; i < ATT_COUNT(types); i++)
		put_event(&b, 8, types[i],
		    "grub_cmd: \033]0;owned\007\033[2J\r\b\177\302\233"
		    "\342\200\256\n");
	ck_assert_int_eq(show_status(&r, &b, NULL), 0);
	ck_assert(is_printable(&r.out));
	ck_assert(!run_has(&r.out, "\302\233"));
	ck_assert(!run_has(&r.out, "\342\200\256"));
	ck_assert(run_has(&r.out, "\\x1b[2J"));
	ck_assert(run_has(&r.out, "broken:\n"));
	ck_assert_int_eq(show_status(&r, &b, "--json"), 0);
	ck_assert(is_printable(&r.out));
	ck_assert(!run_has(&r.out, "\\u00"));
}
END_TEST

/* What could be read is shown; then the fault, and its status. */
START_TEST(show_of_a_log_that_breaks)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(9999);
	AUTO_DONE(run_done) struct run r = { 0 };
	AUTO(att_json_decref) json_t *j = NULL;
	json_t *error = NULL;

	put_header(&b, 0);
	put_event(&b, 7, 4, "sep");
	b.len--;
	ck_assert_int_eq(show_status(&r, &b, NULL), 3);
	ck_assert(run_has(&r.out, "Spec ID Event03"));
	ck_assert(run_has(&r.out, "\nerror:\n"));
	ck_assert(run_has(&r.err, "3 data bytes, 2 are left (offset "));
	ck_assert_int_eq(show_status(&r, &b, "--json"), 3);
	ok(att_json_parse(att_buf_view(&r.out), r.out.len, &j, err));
	ok(att_json_obj(j, "error", &error, err));
}
END_TEST

static void
put_tlv(struct att_buf *b, uint8_t type, const void *value, uint32_t len)
{
	att_buf_u8(b, type);
	att_buf_be32(b, len);
	att_buf_bytes(b, value, len);
}

/* A record of PCR 8 whose SHA-256 is all `digest`. */
static void
put_record(struct att_buf *b, uint8_t number, uint8_t digest,
    uint8_t content, const void *value, uint32_t len)
{
	AUTO_DONE(att_buf_done) struct att_buf d = ATT_BUF(99);
	AUTO_DONE(att_buf_done) struct att_buf v = ATT_BUF(99);

	att_buf_fill(&v, digest, 32);
	put_tlv(&d, ATT_ALG_SHA256, v.data, 32);
	put_tlv(b, 0, &number, 1);
	put_tlv(b, 1, "\x08", 1);
	put_tlv(b, 3, d.data, (uint32_t)d.len);
	put_tlv(b, content, value, len);
}

START_TEST(canonical_event_logs)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(9999),
					       ev = ATT_BUF(99);
	AUTO_DONE(run_done) struct run r = { 0 };
	AUTO(att_json_decref) json_t *j = NULL;
	json_t *records = NULL;

	put_tlv(&ev, 0, "\x00\x00\x00\x0d", 4);
	put_tlv(&ev, 1, "grub_cmd: \033[2J", 14);
	put_record(&b, 0, 0xaa, 5, ev.data, (uint32_t)ev.len);
	put_record(&b, 1, 0xaa, 80, "\1\0\0\0\2hi", 7);
	put_record(&b, 2, 0xaa, 99, "\033x", 2);
	ck_assert_int_eq(replay_status(&r, &b, "--cel"), 0);
	/* H(H(H(0 || d) || d) || d) */
	ck_assert(run_has(&r.out, "sha256 8 ff16f4da375b3138"));
	ck_assert_int_eq(show_status(&r, &b, "--cel"), 0);
	ck_assert(is_printable(&r.out));
	ck_assert(run_has(&r.out, "grub command: \\x1b[2J\n"));
	ck_assert(run_has(&r.out, "content type: cos\n"));
	ck_assert(run_has(&r.out, "value: hi\n"));
	ck_assert(run_has(&r.out, "content hex: 1b78\n"));
	b.len--;
	ck_assert_int_eq(replay_status(&r, &b, "--cel"), 3);
	ck_assert(r.out.len == 0 && run_has(&r.err, "(offset "));
	{
		AUTO_DONE(file_done) struct file f = file_of(&b);

		RUN(&r, "eventlog", "show", "--cel", "--json", f.path);
	}
	ck_assert_int_eq(r.status, 3);
	ok(att_json_parse(att_buf_view(&r.out), r.out.len, &j, err));
	ok(att_json_arr(j, "records", &records, err));
	ck_assert_uint_eq(json_array_size(records), 2);
	ck_assert(json_object_get(j, "error") != NULL);
	ck_assert_int_eq(show_status(&r, &b, NULL), 3);
	RUN(&r, "eventlog", "replay", "--cel", SHIM);
	ck_assert_int_eq(r.status, 3);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_eventlog");
	TCase *t = tcase_create("ctl_eventlog");

	tcase_add_test(t, replay_gives_the_captured_registers);
	tcase_add_test(t, standard_input_and_options_behind_the_file);
	tcase_add_test(t, usage);
	tcase_add_test(t, files_that_cannot_be_read);
	tcase_add_test(t, a_file_without_end_is_too_large);
	tcase_add_test(t, a_full_disk_is_seen);
	tcase_add_test(t, truncated_logs);
	tcase_add_test(t, logs_of_confidential_guests);
	tcase_add_test(t, incomplete_registers_are_left_out);
	tcase_add_test(t, show_is_readable);
	tcase_add_test(t, show_as_json);
	tcase_add_test(t, hostile_text_is_only_text);
	tcase_add_test(t, show_of_a_log_that_breaks);
	tcase_add_test(t, canonical_event_logs);
	suite_add_tcase(s, t);
	return run_suite(s);
}
