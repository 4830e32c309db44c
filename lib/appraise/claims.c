#include "appraise/claims.h"

#include <string.h>

#include "base/text.h"

#define PCR_SECURE_BOOT 7
#define PCR_GRUB 8		/* its commands, the kernel's line among them */
#define PCR_STUB 12		/* systemd-stub and systemd-boot: the line */
#define PCR_FIRMWARE_LAST 7
#define TEXT_MAX 65536		/* of an event, as text */
#define LINES_MAX 512		/* events of a PCR that may hold lines */

/* -- Secure Boot --------------------------------------------------------- */

static void
feed_pcr(struct att_secureboot *s, const struct att_logs *logs, unsigned pcr)
{
	size_t n;
	const struct att_log_event *ev = att_logs_pcr(logs, pcr, &n);

	for (size_t i = 0; i < n; i++) {
		struct att_event as = { .number = ev[i].number, .pcr = pcr,
			.type = ev[i].type, .data = ev[i].data };

		if (ev[i].record == NULL)
			att_secureboot_event(s, &as, ev[i].cover);
	}
}

static void
prove_secure_boot(const struct att_logs *logs, const struct att_registers *r,
    bool allow_sha1, att_finding_fn *report, void *arg,
    struct att_proven *ret)
{
	struct att_secureboot s;

	ret->why = "PCR 7 is not quoted, or not as the log says";
	if (att_registers_deciding(r, PCR_SECURE_BOOT, allow_sha1) < 0)
		return;
	ret->pcr7 = true;
	att_secureboot_begin(&s, report, arg);
	for (unsigned pcr = 0; pcr <= PCR_FIRMWARE_LAST; pcr++)
		feed_pcr(&s, logs, pcr);
	ret->secure_boot = att_secureboot_end(&s,
	    (logs->quirks & ATT_QUIRK_MULTI_ATTEMPT) != 0, &ret->why);
	ret->variables = ret->secure_boot != ATT_SECURE_BOOT_UNKNOWN;
	memcpy(ret->variable, s.value, sizeof(ret->variable));
}

/* -- what events say ------------------------------------------------------ */

/*
 * Data that is not what its digest says was changed. Of PCR 7, and of what is
 * disguised, the state machine tells.
 */
static void
tell_forged(const struct att_logs *logs, att_finding_fn *report, void *arg)
{
	for (size_t i = 0; i < logs->count; i++) {
		const struct att_log_event *ev = &logs->event[i];
		struct att_finding f = att_finding_make(ATT_F_EVENT_DATA);

		if (ev->cover != ATT_COVER_BROKEN ||
		    ev->pcr == PCR_SECURE_BOOT)
			continue;
		f.pcr = ev->pcr;
		att_logs_describe(logs, ev, &f);
		f.label[0] = '\0';
		report(arg, &f);
	}
}

/* -- the kernel's command line ------------------------------------------- */

/*
 * Anybody who runs later can extend these PCRs, and what an event is called
 * is not authentic. So a line is proven only if each event of its PCR has data
 * that its digest covers, and all lines are the same.
 */
struct lines {
	size_t count;
	struct att_slice text[LINES_MAX];
};

/* Without the word that says what GRUB did: no digest covers it. */
static struct att_slice
without_word(struct att_slice s)
{
	static const char *const words[] = { "grub_cmd: ",
		"kernel_cmdline: ", "module_cmdline: ", "grub_cmd ",
		"grub_kernel_cmdline " };
	const uint8_t *nul = s.len == 0 ? NULL : memchr(s.data, 0, s.len);

	if (nul != NULL)
		s.len = (size_t)(nul - s.data);
	for (size_t i = 0; i < ATT_COUNT(words); i++) {
		size_t n = strlen(words[i]);

		if (s.len >= n && memcmp(s.data, words[i], n) == 0)
			return (struct att_slice){ s.data + n, s.len - n };
	}
	return s;
}

static struct att_slice
trim_utf16le(struct att_slice s)
{
	while (s.len >= 2 && s.data[s.len - 1] == 0 &&
	    s.data[s.len - 2] == 0)
		s.len -= 2;
	return s;
}

/* True if all events of the PCR are texts that their digests cover. */
static bool
read_texts(const struct att_logs *logs, unsigned pcr, struct lines *ret)
{
	size_t n;
	const struct att_log_event *ev = att_logs_pcr(logs, pcr, &n);

	ret->count = 0;
	if (n > LINES_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (ev[i].record != NULL || ev[i].type != ATT_EV_IPL ||
		    !att_cover_holds(ev[i].cover))
			return false;
		ret->text[ret->count++] = pcr == PCR_GRUB ?
		    without_word(ev[i].data) :
		    trim_utf16le(ev[i].data);
	}
	return true;
}

static bool
has_text(const struct lines *l, struct att_slice text)
{
	for (size_t i = 0; i < l->count; i++)
		if (att_slice_equal(l->text[i], text))
			return true;
	return false;
}

/* GRUB measures "linux LINE", and then LINE. Keeps the lines alone. */
static bool
keep_grub_lines(struct lines *l)
{
	static const char *const commands[] = { "linux ", "linux16 ",
		"linuxefi " };
	struct lines kept = { 0 };

	for (size_t i = 0; i < l->count; i++) {
		for (size_t c = 0; c < ATT_COUNT(commands); c++) {
			size_t n = strlen(commands[c]);
			struct att_slice s = l->text[i];

			if (s.len < n || memcmp(s.data, commands[c], n) != 0)
				continue;
			s = (struct att_slice){ s.data + n, s.len - n };
			if (!has_text(l, s))
				return false;
			kept.text[kept.count++] = s;
			break;
		}
	}
	*l = kept;
	return true;
}

/* The line that all of `l` are; empty if they differ, or there is none. */
static struct att_slice
only_line(const struct lines *l)
{
	for (size_t i = 1; i < l->count; i++)
		if (!att_slice_equal(l->text[0], l->text[i]))
			return (struct att_slice){ 0 };
	return l->count == 0 ? (struct att_slice){ 0 } : l->text[0];
}

static void
keep_line(struct att_slice line, char ret[static ATT_CLAIM_KERNEL_MAX + 1])
{
	static const char more[] = "...";
	size_t n = ATT_MIN(line.len, (size_t)ATT_CLAIM_KERNEL_MAX);

	if (n < line.len) {
		n -= sizeof(more) - 1;
		while (n > 0 && (line.data[n] & 0xc0) == 0x80)
			n--;
	}
	if (n > 0)
		memcpy(ret, line.data, n);
	ret[n] = '\0';
	if (n < line.len)
		memcpy(ret + n, more, sizeof(more));
}

/* Appends the line that this PCR proves as text; nothing if it proves none. */
static int
prove_line(const struct att_logs *logs, unsigned pcr, struct att_buf *ret,
    struct att_err *err)
{
	struct lines l;
	int e;

	if (!read_texts(logs, pcr, &l))
		return 0;
	if (pcr == PCR_GRUB && keep_grub_lines(&l))
		att_text_put(ret, only_line(&l));
	if (pcr == PCR_STUB)
		att_text_put_utf16le(ret, only_line(&l));
	e = att_buf_ok(ret, "command line", err);
	return e == ATT_E_LIMIT ? 0 : e;
}

/* By GRUB or by systemd-stub; not by both, which would be two kernels. */
static int
prove_kernel(const struct att_logs *logs, struct att_proven *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf grub = ATT_BUF(TEXT_MAX);
	AUTO_DONE(att_buf_done) struct att_buf stub = ATT_BUF(TEXT_MAX);
	int e;

	if ((e = prove_line(logs, PCR_GRUB, &grub, err)) < 0 ||
	    (e = prove_line(logs, PCR_STUB, &stub, err)) < 0)
		return e;
	if (grub.failed || stub.failed || (grub.len > 0 && stub.len > 0))
		return 0;
	keep_line(att_buf_view(grub.len > 0 ? &grub : &stub), ret->kernel);
	return 0;
}

int
att_claims_prove(struct att_logs *logs, const struct att_registers *r,
    bool allow_sha1, att_finding_fn *report, void *arg,
    struct att_proven *ret, struct att_err *err)
{
	struct att_proven p = { .secure_boot = ATT_SECURE_BOOT_UNKNOWN };
	int bank_of[ATT_PCR_COUNT];
	int e;

	for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++)
		bank_of[pcr] = att_registers_deciding(r, pcr, allow_sha1);
	if ((e = att_logs_cover(logs, bank_of, err)) < 0)
		return e;
	prove_secure_boot(logs, r, allow_sha1, report, arg, &p);
	tell_forged(logs, report, arg);
	if ((e = prove_kernel(logs, &p, err)) < 0)
		return e;
	*ret = p;
	return 0;
}
