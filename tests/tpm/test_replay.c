/* att-tpm, which tests and the demo prepare their TPM with. */
#include "testlib.h"

#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/pcr.h"
#include "tests/eventlog/imamaker.h"
#include "tests/tpm/swtpm.h"
#include "tpm/state.h"
#include "tpm/tpm.h"

#define TIMEOUT_MS 20000
#define BOOTS "tests/vectors/boots/"

static struct swtpm tpm;

static void
start(void)
{
	swtpm_start(&tpm);
}

static void
stop(void)
{
	swtpm_stop(&tpm);
}

/* build/tests/tools/att-tpm, as seen from build/tests/tpm/test_replay. */
static const char *
tool(void)
{
	static char path[PATH_MAX + 32];
	char self[PATH_MAX] = { 0 };

	ck_assert(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	for (int i = 0; i < 2; i++)
		*strrchr(self, '/') = '\0';
	snprintf(path, sizeof(path), "%s/tools/att-tpm", self);
	return path;
}

/* Runs it with these words; the exit status. Output goes nowhere. */
static int
run(const char *const words[])
{
	const char *argv[16] = { tool(), "--tcti", tpm.tcti };
	int status;
	pid_t pid;

	for (size_t i = 0; i < 12 && words[i] != NULL; i++)
		argv[3 + i] = words[i];
	if ((pid = fork()) == 0) {
		if (freopen("/dev/null", "w", stdout) == NULL ||
		    freopen("/dev/null", "w", stderr) == NULL)
			_exit(126);
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	ck_assert(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}
#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

static struct att_pcrs
registers(void)
{
	AUTO(att_tpm_free) struct att_tpm *t = NULL;
	struct att_pcrs p;

	ok(att_tpm_open(tpm.tcti, TIMEOUT_MS, &t, err));
	ok(att_tpm_pcrs_read(t, NULL, 0, &p, NULL, err));
	return p;
}

static void
same(const struct att_pcrs *got, const struct att_pcrs *want, uint16_t alg,
    unsigned pcr, const char *boot)
{
	struct att_slice a, b;

	ck_assert(att_pcrs_get(got, alg, pcr, &a) &&
	    att_pcrs_get(want, alg, pcr, &b));
	ck_assert_msg(att_slice_equal(a, b), "%s: %s PCR %u", boot,
	    att_alg_name(alg), pcr);
}

START_TEST(captured_boots)
{
	static const char *const boots[] = { "uki", "uki-changed", "uki-sb",
		"uki-sb-changed", "shim", "shim-changed" };
	static const uint16_t banks[] = { ATT_ALG_SHA1, ATT_ALG_SHA256,
		ATT_ALG_SHA384 };

	for (size_t i = 0; i < ATT_COUNT(boots); i++) {
		AUTO_DONE(att_buf_done) struct att_buf text =
		    ATT_BUF(1 << 20);
		char uefi[256], pcrs[256];
		struct att_pcrs got, want;

		snprintf(uefi, sizeof(uefi), BOOTS "%s/uefi.bin", boots[i]);
		snprintf(pcrs, sizeof(pcrs), BOOTS "%s/pcrs.txt", boots[i]);
		ok(att_file_read(pcrs, &text, err));
		ok(att_pcrs_parse(att_buf_view(&text), &want, err));
		ck_assert_int_eq(RUN("replay", "--uefi", uefi), 0);
		got = registers();
		for (size_t b = 0; b < ATT_COUNT(banks); b++)
			for (unsigned pcr = 0; pcr < 10; pcr++)
				same(&got, &want, banks[b], pcr, boots[i]);
		/* twice gives no boot's registers: refused */
		ck_assert_int_eq(RUN("replay", "--uefi", uefi), 1);
		swtpm_reboot(&tpm);
	}
}
END_TEST

static const uint8_t digest_of_event[64] = { 0xab };

/* An event with the digests of the captured logs' banks. */
static void
put_event(struct att_buf *b, uint32_t type, struct att_slice data)
{
	static const uint16_t banks[] = { ATT_ALG_SHA1, ATT_ALG_SHA256,
		ATT_ALG_SHA384, ATT_ALG_SHA512 };

	att_buf_le32(b, 0);
	att_buf_le32(b, type);
	att_buf_le32(b, ATT_COUNT(banks));
	for (size_t i = 0; i < ATT_COUNT(banks); i++) {
		att_buf_le16(b, banks[i]);
		att_buf_bytes(b, digest_of_event, att_alg_size(banks[i]));
	}
	att_buf_le32(b, (uint32_t)data.len);
	att_buf_slice(b, data);
}

/* The header of a captured log, a StartupLocality event, one event behind. */
static void
write_log(const char *path, uint8_t locality)
{
	AUTO_DONE(att_buf_done) struct att_buf all = ATT_BUF(1 << 20);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	uint8_t said[17] = "StartupLocality";
	struct att_slice header;
	struct att_cur c;
	uint32_t size;

	ok(att_file_read(BOOTS "uki/uefi.bin", &all, err));
	/* PFP 10.4.5: the first event is a TCG_PCClientPCREvent */
	c = att_cur_of(att_buf_view(&all));
	ck_assert(att_cur_skip(&c, 28) && att_cur_le32(&c, &size));
	c = att_cur_of(att_buf_view(&all));
	ck_assert(att_cur_bytes(&c, 32 + size, &header));
	att_buf_slice(&b, header);
	said[16] = locality;
	put_event(&b, 3, (struct att_slice){ said, sizeof(said) });
	put_event(&b, 8, S("version"));
	ok(att_file_write(path, att_buf_view(&b), 0600, err));
}

START_TEST(startup_from_locality_3)
{
	AUTO(free) char *path = att_path_join(tpm.dir, "log");
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	uint8_t reset[32] = { 0 };
	struct att_digest want;
	struct att_pcrs got;
	struct att_slice v;

	write_log(path, 3);
	/* started before, from locality 0 */
	ck_assert_int_eq(RUN("replay", "--uefi", path), 1);
	swtpm_init(&tpm);
	ck_assert_int_eq(RUN("replay", "--uefi", path), 0);
	got = registers();
	reset[31] = 3;
	ok(att_hasher_two(h, ATT_ALG_SHA256, (struct att_slice){ reset, 32 },
	    (struct att_slice){ digest_of_event, 32 }, &want, err));
	ck_assert(att_pcrs_get(&got, ATT_ALG_SHA256, 0, &v));
	ck_assert(att_slice_equal(v, att_digest_view(&want)));
	/* only firmware can do an H-CRTM sequence */
	write_log(path, 4);
	swtpm_init(&tpm);
	ck_assert_int_eq(RUN("replay", "--uefi", path), 1);
	ck_assert_int_eq(RUN("startup"), 0);
}
END_TEST

/* The kernel's registers, by a peer that shares no code with the replay. */
START_TEST(measured_files)
{
	static const uint16_t banks[] = { ATT_ALG_SHA1, ATT_ALG_SHA256,
		ATT_ALG_SHA384 };
	AUTO(free) char *path = att_path_join(tpm.dir, "list");
	AUTO_DONE(im_done) struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_pcrs got, want;

	im_file(&m, 10, "/usr/bin/true");
	im_file_violation(&m, 10, "/var/log/open");
	im_file(&m, 11, "/etc/hosts");
	want = im_quote(&m, banks, ATT_COUNT(banks), 3u << 10, false);
	ok(att_file_write(path, att_buf_view(&m.bin), 0600, err));
	ck_assert_int_eq(RUN("replay", "--ima", path), 0);
	got = registers();
	for (size_t b = 0; b < ATT_COUNT(banks); b++)
		for (unsigned pcr = 10; pcr <= 11; pcr++)
			same(&got, &want, banks[b], pcr, "binary list");
	/* the text is the same list; of a boot, after what its log says */
	swtpm_reboot(&tpm);
	ok(att_file_write(path, att_buf_view(&m.text), 0600, err));
	ck_assert_int_eq(RUN("replay", "--uefi", BOOTS "shim/uefi.bin",
	    "--ima", path), 0);
	got = registers();
	for (size_t b = 0; b < ATT_COUNT(banks); b++)
		same(&got, &want, banks[b], 10, "text");
	/* a digest that is not the hash of its data is nobody's */
	m.text.data[4] ^= 1;
	ok(att_file_write(path, att_buf_view(&m.text), 0600, err));
	ck_assert_int_eq(RUN("replay", "--ima", path), 1);
	ck_assert_int_eq(RUN("replay", "--ima", "/nonexistent"), 1);
}
END_TEST

START_TEST(commands)
{
	static const char zeros[] = "sha256:"
	    "0000000000000000000000000000000000000000000000000000000000000000";
	struct att_pcrs before = registers(), after;
	struct att_slice a, b;

	ck_assert_int_eq(RUN("extend", "9", "text"), 0);
	ck_assert_int_eq(RUN("extend", "8", zeros), 0);
	after = registers();
	ck_assert(att_pcrs_get(&before, ATT_ALG_SHA384, 9, &a) &&
	    att_pcrs_get(&after, ATT_ALG_SHA384, 9, &b) &&
	    !att_slice_equal(a, b));
	ck_assert(att_pcrs_get(&before, ATT_ALG_SHA256, 8, &a) &&
	    att_pcrs_get(&after, ATT_ALG_SHA256, 8, &b) &&
	    !att_slice_equal(a, b));
	/* one bank was named, the others stay */
	same(&before, &after, ATT_ALG_SHA384, 8, "extend");
	ck_assert_int_eq(RUN("pcrs"), 0);
	ck_assert_int_eq(RUN("startup"), 1);
	ck_assert_int_eq(RUN("clear"), 0);
	ck_assert_int_eq(RUN("shutdown"), 0);
	ck_assert_int_eq(RUN("extend", "9", "sha256:00"), 1);
	ck_assert_int_eq(RUN("extend", "24", "text"), 2);
	ck_assert_int_eq(RUN("extend", "9"), 2);
	ck_assert_int_eq(RUN("replay"), 2);
	ck_assert_int_eq(RUN("nonsense"), 2);
	ck_assert_int_eq(RUN("replay", "--uefi", "/nonexistent"), 1);
	ck_assert_int_eq(RUN("replay", "--uefi", BOOTS "uki/pcrs.txt"), 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("replay");
	TCase *tc = tcase_create("replay");

	tcase_add_unchecked_fixture(tc, swtpm_manufacture, NULL);
	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, captured_boots);
	tcase_add_test(tc, startup_from_locality_3);
	tcase_add_test(tc, measured_files);
	tcase_add_test(tc, commands);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
