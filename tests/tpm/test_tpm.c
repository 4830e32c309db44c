/* The connection: names, deadlines, codes, answers that are no answers. */
#include "testlib.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <tss2/tss2_tpm2_types.h>

#include "base/file.h"
#include "base/pcr.h"
#include "tests/tpm/inject.h"
#include "tests/tpm/raw.h"
#include "tests/tpm/swtpm.h"
#include "tpm/state.h"
#include "tpm/sys.h"
#include "tpm/tpm.h"

#define TIMEOUT_MS 20000
#define SHORT_MS 300

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

static struct att_tpm *
open_injected(struct inject *plan, uint32_t timeout_ms)
{
	struct att_tpm *t;

	ok(att_tpm_open_link("injected", inject_new(swtpm_link(&tpm), plan),
	    timeout_ms, &t, err));
	return t;
}

START_TEST(opens_and_reads_state)
{
	AUTO(att_tpm_free) struct att_tpm *t = NULL;
	struct att_tpm_clock clock;
	struct att_tpm_info info;

	ok(att_tpm_open(tpm.tcti, TIMEOUT_MS, &t, err));
	ok(att_tpm_info_read(t, &info, err));
	ck_assert_str_eq(info.manufacturer, "IBM");
	ck_assert_str_eq(info.vendor, "SW   TPM");
	ck_assert(info.firmware_version != 0);
	ck_assert_uint_ge(info.spec_revision, 138);
	ck_assert_uint_ge(info.spec_year, 2016);
	ck_assert(!info.in_lockout);
	ck_assert_uint_gt(info.lockout_max, 0);
	ok(att_tpm_clock_read(t, &clock, err));
	ck_assert(clock.reset_count > 0);
}
END_TEST

START_TEST(reboot_moves_the_counters)
{
	struct att_tpm_clock before, after;

	for (int i = 0; i < 2; i++) {
		AUTO(att_tpm_free) struct att_tpm *t = NULL;

		ok(att_tpm_open(tpm.tcti, TIMEOUT_MS, &t, err));
		ok(att_tpm_clock_read(t, i == 0 ? &before : &after, err));
		if (i == 0)
			swtpm_reboot(&tpm);
	}
	ck_assert_uint_eq(after.reset_count, before.reset_count + 1);
	ck_assert(after.clock >= before.clock);
}
END_TEST

START_TEST(reads_registers_of_all_banks)
{
	AUTO(att_tpm_free) struct att_tpm *t = NULL;
	static const struct att_pcr_select few[] = {
		{ ATT_ALG_SHA384, 1u << 23 },
		{ ATT_ALG_SHA256, 1u << 7 | 1u << 16 } };
	static const struct att_pcr_select inactive[] = {
		{ ATT_ALG_SHA512, 1 } };
	static const struct att_pcr_select twice[] = {
		{ ATT_ALG_SHA256, 1 }, { ATT_ALG_SHA256, 2 } };
	static const struct att_pcr_select beyond[] = {
		{ ATT_ALG_SHA256, 1u << 24 } };
	struct att_pcr_select banks[ATT_BANKS_MAX];
	struct att_digest zero, text, want;
	struct att_pcrs p = { .count = 77 }, q;
	uint32_t counter, again;
	struct att_slice v;
	size_t n;

	ok(att_tpm_open(tpm.tcti, TIMEOUT_MS, &t, err));
	ok(att_tpm_banks_read(t, banks, &n, err));
	ck_assert_uint_eq(n, 3);
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(banks[i].mask, ATT_PCR_ALL);
	fails(att_tpm_pcrs_read(t, inactive, 1, &p, NULL, err),
	    ATT_E_UNSUPPORTED, "sha512");
	fails(att_tpm_pcrs_read(t, twice, 2, &p, NULL, err), ATT_E_USAGE,
	    "twice");
	fails(att_tpm_pcrs_read(t, beyond, 1, &p, NULL, err), ATT_E_USAGE,
	    "0x1000000");
	ck_assert(p.count == 77);

	ok(att_tpm_pcrs_read(t, NULL, 0, &p, &counter, err));
	ck_assert_uint_eq(p.count, 3);
	for (size_t i = 0; i < p.count; i++)
		ck_assert_uint_eq(p.bank[i].mask, ATT_PCR_ALL);
	/* PTP 4.6: registers of the dynamic launch begin with ones */
	ck_assert(att_pcrs_get(&p, ATT_ALG_SHA256, 17, &v));
	ck_assert_uint_eq(v.data[0], 0xff);

	swtpm_extend(&tpm, 7, "x");
	ok(att_tpm_pcrs_read(t, few, 2, &q, &again, err));
	ck_assert(again != counter);
	ck_assert_uint_eq(q.count, 2);
	ck_assert_uint_eq(q.bank[0].mask, 1u << 23);
	ck_assert_uint_eq(q.bank[1].mask, 1u << 7 | 1u << 16);
	/* H(zeros || H("x")) */
	ok(att_digest_of(ATT_ALG_SHA256, S("x"), &text, err));
	zero = (struct att_digest){ .alg = ATT_ALG_SHA256, .len = 32 };
	{
		AUTO(att_hasher_free) struct att_hasher *h =
		    att_hasher_new();

		ok(att_hasher_two(h, ATT_ALG_SHA256, att_digest_view(&zero),
		    att_digest_view(&text), &want, err));
	}
	ck_assert(att_pcrs_get(&q, ATT_ALG_SHA256, 7, &v));
	ck_assert(att_slice_equal(v, att_digest_view(&want)));
}
END_TEST

static void
extend_once(void *arg)
{
	swtpm_extend(arg, 8, "between");
}

START_TEST(reads_again_when_a_register_moves)
{
	struct inject plan = { .command = TPM2_CC_PCR_Read, .skip = 2,
		.times = 1, .before = extend_once, .arg = &tpm };
	AUTO(att_tpm_free) struct att_tpm *t =
	    open_injected(&plan, TIMEOUT_MS);
	struct att_pcrs p = { .count = 77 };
	struct att_slice v;

	ok(att_tpm_pcrs_read(t, NULL, 0, &p, NULL, err));
	/* 1 + 3 banks of 3 reads, twice */
	ck_assert_uint_eq(plan.seen, 20);
	ck_assert(att_pcrs_get(&p, ATT_ALG_SHA256, 8, &v));
	ck_assert(v.data[0] != 0 || v.data[1] != 0);

	plan.times = 1000;
	p.count = 77;
	fails(att_tpm_pcrs_read(t, NULL, 0, &p, NULL, err), ATT_E_BUSY,
	    "extended");
	ck_assert(p.count == 77);
}
END_TEST

START_TEST(names_that_are_off)
{
	static const struct {
		const char *tcti, *word;
		enum att_code code;
	} bad[] = {
		{ "swtpm:path=", "1 to 107", ATT_E_USAGE },
		{ "swtpm:port=0", "port=N", ATT_E_USAGE },
		{ "swtpm:port=65536", "port=N", ATT_E_USAGE },
		{ "swtpm:host=localhost", "numeric", ATT_E_USAGE },
		{ "swtpm:sock=/x", "port=N", ATT_E_USAGE },
		{ "device:/nonexistent/tpm", "No such file",
		    ATT_E_TPM_ABSENT },
		{ "device:/dev/full", "No space left", ATT_E_TPM_ABSENT },
		{ "device:/dev/null", "Broken pipe", ATT_E_TPM_ABSENT },
		{ "swtpm:path=/nonexistent/s", "No such file",
		    ATT_E_TPM_ABSENT },
		{ "swtpm:port=1", "refused", ATT_E_TPM_ABSENT },
		{ "swtpm:host=::1,port=1", "connect", ATT_E_TPM_ABSENT },
		{ "nosuchtcti:x", "nosuchtcti", ATT_E_TPM_ABSENT },
	};
	char path[200] = "swtpm:path=";

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		struct att_tpm *t = NULL;

		fails(att_tpm_open(bad[i].tcti, SHORT_MS, &t, err),
		    bad[i].code, bad[i].word);
		ck_assert(t == NULL);
	}
	memset(path + 11, 'x', 108);
	path[11 + 108] = '\0';
	{
		struct att_tpm *t = NULL;

		fails(att_tpm_open(path, SHORT_MS, &t, err), ATT_E_USAGE,
		    "107");
		path[11 + 107] = '\0';
		fails(att_tpm_open(path, SHORT_MS, &t, err),
		    ATT_E_TPM_ABSENT, "xxx");
	}
}
END_TEST

/* Passes commands on to swtpm, and long responses back in pieces. */
static void
serve(int fd, const struct swtpm *s)
{
	AUTO(att_tpm_link_free) struct att_tpm_link *l = swtpm_link(s);
	uint8_t cmd[ATT_TPM_MESSAGE_MAX], rsp[ATT_TPM_MESSAGE_MAX];
	ssize_t n;
	size_t len;

	while ((n = read(fd, cmd, sizeof(cmd))) > 0) {
		if (l->exchange(l, (struct att_slice){ cmd, (size_t)n },
			att_tpm_now() + TIMEOUT_MS, rsp, &len, NULL) < 0)
			_exit(1);
		for (size_t at = 0; at < len; at += 100)
			if (write(fd, rsp + at,
				ATT_MIN(len - at, (size_t)100)) < 0)
				_exit(1);
	}
}

/* Opens, reads something long, and meets the deadline when `pid` stops. */
static void
use_through(const char *tcti, pid_t pid)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO(att_tpm_free) struct att_tpm *t = NULL;

	ok(att_tpm_open(tcti, TIMEOUT_MS, &t, err));
	ok(att_tpm_nv_read(t, 0x01c00002, &b, err));
	ck_assert_uint_gt(b.len, 500);
	ck_assert(kill(pid, SIGSTOP) == 0);
	att_tpm_set_timeout(t, SHORT_MS);
	fails(att_tpm_nv_read(t, 0x01c00002, &b, err), ATT_E_TIMEOUT, tcti);
	ck_assert(kill(pid, SIGKILL) == 0);
}

/* A character device: a pseudo-terminal, with swtpm behind it. */
START_TEST(device_by_path)
{
	AUTO_DONE(att_fd_done) int slave = -1;
	AUTO_DONE(att_fd_done) int master = posix_openpt(O_RDWR | O_NOCTTY);
	struct termios raw;
	char tcti[64];
	pid_t pid;

	ck_assert(master >= 0 && grantpt(master) == 0 &&
	    unlockpt(master) == 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	ck_assert(slave >= 0 && tcgetattr(slave, &raw) == 0);
	cfmakeraw(&raw);
	ck_assert(tcsetattr(slave, TCSANOW, &raw) == 0);
	if ((pid = fork()) == 0) {
		serve(master, &tpm);
		_exit(0);
	}
	snprintf(tcti, sizeof(tcti), "device:%s", ptsname(master));
	use_through(tcti, pid);
}
END_TEST

START_TEST(swtpm_over_tcp)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	AUTO_DONE(att_fd_done) int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(in);
	char tcti[64];
	pid_t pid;

	ck_assert(fd >= 0 &&
	    bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0 &&
	    listen(fd, 4) == 0 &&
	    getsockname(fd, (struct sockaddr *)&in, &len) == 0);
	if ((pid = fork()) == 0)
		for (;;) {
			int conn = accept(fd, NULL, NULL);

			if (conn < 0)
				_exit(1);
			serve(conn, &tpm);
			(void)close(conn);
		}
	snprintf(tcti, sizeof(tcti), "swtpm:host=127.0.0.1,port=%u",
	    ntohs(in.sin_port));
	use_through(tcti, pid);
}
END_TEST

/* -- deadlines ------------------------------------------------------------ */

START_TEST(stopped_tpm_meets_the_deadline)
{
	AUTO(att_tpm_free) struct att_tpm *t = NULL;
	struct att_tpm_clock clock;
	uint64_t began;

	ok(att_tpm_open(tpm.tcti, TIMEOUT_MS, &t, err));
	att_tpm_set_timeout(t, SHORT_MS);
	swtpm_signal(&tpm, SIGSTOP);
	began = att_tpm_now();
	fails(att_tpm_clock_read(t, &clock, err), ATT_E_TIMEOUT, tpm.tcti);
	ck_assert_uint_ge(att_tpm_now() - began, SHORT_MS);
	/* and is not asked again */
	began = att_tpm_now();
	fails(att_tpm_clock_read(t, &clock, err), ATT_E_TIMEOUT, "in time");
	ck_assert_uint_lt(att_tpm_now() - began, SHORT_MS);
	{
		struct att_tpm *other = NULL;

		fails(att_tpm_open(tpm.tcti, SHORT_MS, &other, err),
		    ATT_E_TIMEOUT, tpm.tcti);
	}
	swtpm_signal(&tpm, SIGCONT);
}
END_TEST

START_TEST(killed_tpm_is_absent)
{
	AUTO(att_tpm_free) struct att_tpm *t = NULL;
	struct att_tpm_clock clock;

	ok(att_tpm_open(tpm.tcti, TIMEOUT_MS, &t, err));
	swtpm_signal(&tpm, SIGKILL);
	fails(att_tpm_clock_read(t, &clock, err), ATT_E_TPM_ABSENT,
	    "TPM2_ReadClock");
}
END_TEST

static void
kill_soon(void *arg)
{
	struct swtpm *s = arg;
	pid_t pid = fork();

	/* a child of ours ends swtpm while the command waits for its answer */
	swtpm_signal(s, SIGSTOP);
	if (pid == 0) {
		(void)usleep(50000);
		(void)kill(s->pid, SIGKILL);
		_exit(0);
	}
}

START_TEST(tpm_killed_within_a_command)
{
	struct inject plan = { .command = TPM2_CC_ReadClock, .times = 1,
		.before = kill_soon, .arg = &tpm };
	AUTO(att_tpm_free) struct att_tpm *t =
	    open_injected(&plan, TIMEOUT_MS);
	struct att_tpm_clock clock;

	fails(att_tpm_clock_read(t, &clock, err), ATT_E_TPM_ABSENT,
	    "TPM2_ReadClock");
}
END_TEST

START_TEST(retry_is_waited_out)
{
	static const uint32_t codes[] = { TPM2_RC_RETRY, TPM2_RC_YIELDED,
		TPM2_RC_TESTING, TPM2_RC_NV_RATE, TPM2_RC_NV_UNAVAILABLE,
		TPM2_RC_RETRY | TSS2_RESMGR_TPM_RC_LAYER };

	for (size_t i = 0; i < ATT_COUNT(codes); i++) {
		struct inject plan = { .command = TPM2_CC_ReadClock,
			.times = 6, .rc = codes[i] };
		AUTO(att_tpm_free) struct att_tpm *t =
		    open_injected(&plan, TIMEOUT_MS);
		struct att_tpm_clock clock;
		uint64_t began = att_tpm_now();

		ok(att_tpm_clock_read(t, &clock, err));
		ck_assert_uint_eq(plan.seen, 7);
		/* 2 + 4 + 8 + 16 + 32 + 64 ms of backoff */
		ck_assert_uint_ge(att_tpm_now() - began, 120);
	}
}
END_TEST

START_TEST(retry_ends_at_the_deadline)
{
	struct inject plan = { .command = TPM2_CC_ReadClock,
		.times = 1000000, .rc = TPM2_RC_RETRY };
	AUTO(att_tpm_free) struct att_tpm *t = open_injected(&plan, SHORT_MS);
	struct att_tpm_clock clock;

	fails(att_tpm_clock_read(t, &clock, err), ATT_E_TIMEOUT, "try again");
	ck_assert_uint_lt(plan.seen, 20);
	/* nothing was lost: it works as soon as the TPM does */
	plan.times = 0;
	ok(att_tpm_clock_read(t, &clock, err));
}
END_TEST

/* -- codes ---------------------------------------------------------------- */

START_TEST(codes_have_names)
{
	static const struct {
		uint32_t rc;
		enum att_code code;
	} map[] = {
		{ TPM2_RC_LOCKOUT, ATT_E_TPM_LOCKOUT },
		{ TPM2_RC_OBJECT_MEMORY, ATT_E_TPM_MEMORY },
		{ TPM2_RC_SESSION_MEMORY, ATT_E_TPM_MEMORY },
		{ TPM2_RC_CONTEXT_GAP, ATT_E_TPM_MEMORY },
		{ TPM2_RC_OBJECT_MEMORY | TSS2_RESMGR_TPM_RC_LAYER,
		    ATT_E_TPM_MEMORY },
		{ TPM2_RC_INITIALIZE, ATT_E_TPM_RESET },
		{ TPM2_RC_REFERENCE_H0, ATT_E_TPM_RESET },
		{ TPM2_RC_REFERENCE_S0, ATT_E_TPM_RESET },
		{ TPM2_RC_HANDLE | TSS2_RESMGR_TPM_RC_LAYER,
		    ATT_E_TPM_RESET },
		{ TPM2_RC_FAILURE, ATT_E_TPM },
		{ TPM2_RC_COMMAND_CODE, ATT_E_TPM },
		{ TPM2_RC_VALUE | TPM2_RC_P | TPM2_RC_1, ATT_E_TPM },
	};

	for (size_t i = 0; i < ATT_COUNT(map); i++) {
		struct inject plan = { .command = TPM2_CC_ReadClock,
			.times = 1, .rc = map[i].rc };
		AUTO(att_tpm_free) struct att_tpm *t =
		    open_injected(&plan, TIMEOUT_MS);
		struct att_err e = { 0 };
		struct att_tpm_clock clock;

		ck_assert_msg(att_tpm_clock_read(t, &clock, &e) ==
		    (int)map[i].code, "0x%x: %s", map[i].rc, e.text);
		ck_assert_uint_eq(e.sub, map[i].rc);
		ck_assert(strstr(e.text, "TPM2_ReadClock: ") != NULL);
		ok(att_tpm_clock_read(t, &clock, err));
	}
}
END_TEST

START_TEST(code_without_its_number)
{
	ck_assert_uint_eq(att_tpm_rc_base(0x1df), TPM2_RC_INTEGRITY);
	ck_assert_uint_eq(att_tpm_rc_base(0x18b), TPM2_RC_HANDLE);
	ck_assert_uint_eq(att_tpm_rc_base(0x9a2), TPM2_RC_BAD_AUTH);
	ck_assert_uint_eq(att_tpm_rc_base(TPM2_RC_LOCKOUT), TPM2_RC_LOCKOUT);
	ck_assert_uint_eq(att_tpm_rc_base(TSS2_TCTI_RC_MEMORY), 0);
}
END_TEST

/* -- answers that are none ------------------------------------------------ */

struct change {
	size_t at;	/* byte, or length for cut */
	uint8_t flip;
	bool cut;
	size_t len;	/* of the response, filled in */
};

static void
change(void *arg, uint8_t *rsp, size_t *len)
{
	struct change *c = arg;

	c->len = *len;
	if (c->cut)
		*len = c->at;
	else if (c->at < *len)
		rsp[c->at] ^= c->flip;
}

START_TEST(headers_that_are_off)
{
	static const struct {
		struct change change;
		const char *word;
	} bad[] = {
		{ { .cut = true, .at = 0 }, "0 bytes" },
		{ { .cut = true, .at = 9 }, "9 bytes" },
		{ { .cut = true, .at = 11 }, "11 bytes" },
		{ { .at = 5, .flip = 1 }, "says it has" },
		{ { .at = 2, .flip = 0xff }, "says it has" },
		{ { .at = 0, .flip = 1 }, "tag" },
		{ { .at = 6, .flip = 0xff }, "0xff000000" },
		{ { .at = 7, .flip = 0xff }, "0x00ff0000" },
		{ { .at = 9, .flip = 1 }, "error response" },
	};

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		struct change c = bad[i].change;
		struct inject plan = { .command = TPM2_CC_ReadClock,
			.times = 1, .mangle = change, .arg = &c };
		AUTO(att_tpm_free) struct att_tpm *t =
		    open_injected(&plan, TIMEOUT_MS);
		struct att_tpm_clock clock;

		fails(att_tpm_clock_read(t, &clock, err), ATT_E_TPM,
		    bad[i].word);
		fails(att_tpm_clock_read(t, &clock, err), ATT_E_TPM,
		    bad[i].word);
		ck_assert_uint_eq(plan.seen, 1);
	}
}
END_TEST

/* Each byte of each response, changed: no crash, no hang. */
static unsigned
flip_all(uint32_t command, int (*call)(struct att_tpm *t))
{
	unsigned failed = 0;
	size_t len = 1;

	for (size_t at = 0; at < len; at++) {
		struct change c = { .at = at, .flip = at % 2 != 0 ? 0xff : 1 };
		struct inject plan = { .command = command,
			.mangle = change, .arg = &c };
		AUTO(att_tpm_free) struct att_tpm *t =
		    open_injected(&plan, TIMEOUT_MS);

		plan.times = 1;
		failed += call(t) < 0 ? 1 : 0;
		len = c.len;
	}
	return failed;
}

static int
read_all(struct att_tpm *t)
{
	struct att_pcrs p;

	return att_tpm_pcrs_read(t, NULL, 0, &p, NULL, NULL);
}

static int
read_info(struct att_tpm *t)
{
	struct att_tpm_info info;

	return att_tpm_info_read(t, &info, NULL);
}

static int
read_cert(struct att_tpm *t)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);

	return att_tpm_nv_read(t, 0x01c00002, &b, NULL);
}

START_TEST(flipped_responses)
{
	ck_assert_uint_gt(flip_all(TPM2_CC_PCR_Read, read_all), 10);
	ck_assert_uint_gt(flip_all(TPM2_CC_GetCapability, read_all), 10);
	ck_assert_uint_gt(flip_all(TPM2_CC_GetCapability, read_info), 10);
	ck_assert_uint_gt(flip_all(TPM2_CC_NV_Read, read_cert), 10);
	ck_assert_uint_gt(flip_all(TPM2_CC_NV_ReadPublic, read_cert), 10);
}
END_TEST

/* -- a TPM that is not started, NV ---------------------------------------- */

START_TEST(nv_index)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO_DONE(att_buf_done) struct att_buf small = ATT_BUF(100);
	AUTO(att_tpm_free) struct att_tpm *t = NULL;

	ok(att_tpm_open(tpm.tcti, TIMEOUT_MS, &t, err));
	ok(att_tpm_nv_read(t, 0x01c00002, &b, err));
	ck_assert_uint_gt(b.len, 500);
	ck_assert_uint_eq(b.data[0], 0x30);
	fails(att_tpm_nv_read(t, 0x01c00002, &small, err), ATT_E_LIMIT,
	    "NV contents");
	ck_assert_uint_eq(small.len, 0);
	fails(att_tpm_nv_read(t, 0x01c0000a, &b, err), ATT_E_NOT_FOUND,
	    "0x01c0000a");
	ck_assert_uint_gt(b.len, 500);
}
END_TEST

START_TEST(reset_under_us)
{
	AUTO(att_tpm_free) struct att_tpm *t = NULL;
	AUTO(att_tpm_link_free) struct att_tpm_link *l = NULL;
	struct att_tpm_clock clock;

	/* reset without TPM2_Startup, as between power-on and firmware */
	ok(att_tpm_open(tpm.tcti, TIMEOUT_MS, &t, err));
	swtpm_init(&tpm);
	fails(att_tpm_clock_read(t, &clock, err), ATT_E_TPM_RESET,
	    "TPM2_ReadClock");
	l = swtpm_link(&tpm);
	ok(raw_startup(l, err));
	fails(raw_startup(l, err), ATT_E_BUSY, "started");
	ok(att_tpm_clock_read(t, &clock, err));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tpm");
	TCase *tc = tcase_create("tpm");

	tcase_add_unchecked_fixture(tc, swtpm_manufacture, NULL);
	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, opens_and_reads_state);
	tcase_add_test(tc, reboot_moves_the_counters);
	tcase_add_test(tc, reads_registers_of_all_banks);
	tcase_add_test(tc, reads_again_when_a_register_moves);
	tcase_add_test(tc, names_that_are_off);
	tcase_add_test(tc, device_by_path);
	tcase_add_test(tc, swtpm_over_tcp);
	tcase_add_test(tc, stopped_tpm_meets_the_deadline);
	tcase_add_test(tc, killed_tpm_is_absent);
	tcase_add_test(tc, tpm_killed_within_a_command);
	tcase_add_test(tc, retry_is_waited_out);
	tcase_add_test(tc, retry_ends_at_the_deadline);
	tcase_add_test(tc, codes_have_names);
	tcase_add_test(tc, code_without_its_number);
	tcase_add_test(tc, headers_that_are_off);
	tcase_add_test(tc, flipped_responses);
	tcase_add_test(tc, nv_index);
	tcase_add_test(tc, reset_under_us);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
