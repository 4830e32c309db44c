#include "eventlog/cover.h"

#include <string.h>

#include "eventlog/image.h"
#include "eventlog/variable.h"

#define PCR_LAST_FIRMWARE 7	/* that separators close */
#define PCR_SECURE_BOOT 7
#define PCR_GRUB 8		/* its commands; 9 has its files */
#define PCR_STUB 11		/* sections of a unified kernel image */
#define PCR_STUB_CONFIG 12	/* its command line */
#define MR_LOADER 3		/* RTMR 2: PCR 8 to 15 of a guest */
#define SHIM_STRAY 6		/* bytes that shim before 8a27a480 adds */
#define SECTION_MAX 16		/* characters: more than a PE section has */
#define GRUB_STRAY_MAX 1	/* bytes behind the NUL */

/* One event under judgement; functions set `ret` and `quirks`. */
struct judge {
	struct att_cover_state *st;
	struct att_hasher *h;
	const struct att_event *ev;
	uint16_t alg;
	struct att_slice digest;
	enum att_cover ret;
	uint32_t quirks;
};

const char *
att_cover_name(enum att_cover c)
{
	static const char *const names[] = {
		[ATT_COVER_UNBOUND] = "unbound",
		[ATT_COVER_NEVER] = "not extended",
		[ATT_COVER_EXACT] = "exact",
		[ATT_COVER_QUIRK] = "exact (quirk)",
		[ATT_COVER_BROKEN] = "broken",
		[ATT_COVER_DISGUISED] = "disguised",
	};

	return (unsigned)c < ATT_COUNT(names) ? names[c] : "unknown";
}

static bool
has_prefix(struct att_slice s, const char *text)
{
	size_t n = strlen(text);

	return s.len >= n && memcmp(s.data, text, n) == 0;
}

static struct att_slice
before(struct att_slice s, size_t n)
{
	return (struct att_slice){ s.data, n };
}

/* 1 if the event's digest is of these bytes, else 0. */
static int
is_hash_of(struct judge *j, struct att_slice bytes, struct att_err *err)
{
	struct att_digest d;
	int r = att_hasher_one(j->h, j->alg, bytes, &d, err);

	return r < 0 ? r : att_slice_equal(att_digest_view(&d), j->digest);
}

/* If it is of these bytes, that is the verdict: EXACT, or by this quirk. */
static int
try_hash(struct judge *j, struct att_slice bytes, uint32_t quirk,
    struct att_err *err)
{
	int r = is_hash_of(j, bytes, err);

	if (r <= 0)
		return r;
	j->ret = quirk == 0 ? ATT_COVER_EXACT : ATT_COVER_QUIRK;
	j->quirks |= quirk;
	return 1;
}

/* The data as it is, or else this. */
static int
exact_or(struct judge *j, enum att_cover otherwise, struct att_err *err)
{
	int r;

	j->ret = otherwise;
	r = try_hash(j, j->ev->data, 0, err);
	return r < 0 ? r : 0;
}

/* -- types with rules of their own ---------------------------------------- */

static int
judge_separator(struct judge *j, struct att_err *err)
{
	struct att_slice data = j->ev->data;
	int r = exact_or(j, ATT_COVER_BROKEN, err);

	if (r == 0 && j->ret == ATT_COVER_EXACT && data.len == 1 &&
	    data.data[0] == 0xff) {
		j->ret = ATT_COVER_QUIRK;
		j->quirks |= ATT_QUIRK_SEPARATOR_BYTE_FF;
	}
	return r;
}

static int
judge_action(struct judge *j, struct att_err *err)
{
	int r = exact_or(j, ATT_COVER_BROKEN, err);

	if (r == 0 && j->ret == ATT_COVER_EXACT &&
	    j->ev->pcr == PCR_SECURE_BOOT && j->st->kind == ATT_TCG_TPM &&
	    att_slice_is(j->ev->data, "DMA Protection Disabled"))
		j->quirks |= ATT_QUIRK_DMA_PROTECTION_DISABLED;
	return r;
}

static int
judge_crtm_version(struct judge *j, struct att_err *err)
{
	int r = exact_or(j, ATT_COVER_UNBOUND, err);

	if (r == 0 && j->ret == ATT_COVER_UNBOUND)
		j->quirks |= ATT_QUIRK_DELL_SCRTM_VERSION;
	return r;
}

static int
judge_authority(struct judge *j, struct att_err *err)
{
	struct att_slice data = j->ev->data;
	struct att_efi_variable v;
	int r = exact_or(j, ATT_COVER_BROKEN, err);

	if (r < 0 || att_efi_variable_parse(data, &v, NULL) < 0)
		return r;
	if (j->ret == ATT_COVER_EXACT && v.data.len == 1 &&
	    att_efi_variable_is(&v, ATT_GUID_SHIM, "MokListTrusted"))
		j->quirks |= ATT_QUIRK_MOKLISTTRUSTED;
	if (j->ret == ATT_COVER_EXACT || v.stray != SHIM_STRAY)
		return 0;
	r = try_hash(j, before(data, data.len - 1), ATT_QUIRK_SHIM_8A27A480,
	    err);
	return r < 0 ? r : 0;
}

/* One form per log: the first such event decides. */
static int
judge_boot_variable(struct judge *j, struct att_err *err)
{
	struct att_efi_variable v;
	int r = 0;

	j->ret = ATT_COVER_BROKEN;
	if (att_efi_variable_parse(j->ev->data, &v, NULL) < 0)
		return 0;
	if (j->st->varboot != ATT_QUIRK_VARBOOT_STRUCT)
		r = try_hash(j, v.data, ATT_QUIRK_VARBOOT_DATA, err);
	if (r == 0 && j->st->varboot != ATT_QUIRK_VARBOOT_DATA)
		r = try_hash(j, j->ev->data, ATT_QUIRK_VARBOOT_STRUCT, err);
	if (r <= 0)
		return r;
	j->st->varboot = j->quirks &
	    (ATT_QUIRK_VARBOOT_DATA | ATT_QUIRK_VARBOOT_STRUCT);
	return 0;
}

/*
 * TCG_PCClientTaggedEvent. Windows hashes all of it; the tags of the Linux
 * stub and of systemd name an object that is hashed.
 */
static int
judge_tag(struct judge *j, struct att_err *err)
{
	static const uint32_t windows[] = { 0x40010001, 0x00060002 };
	struct att_cur c = att_cur_of(j->ev->data);
	enum att_cover otherwise = ATT_COVER_UNBOUND;
	uint32_t tag = 0;

	if (att_cur_le32(&c, &tag))
		for (size_t i = 0; i < ATT_COUNT(windows); i++)
			if (tag == windows[i])
				otherwise = ATT_COVER_BROKEN;
	return exact_or(j, otherwise, err);
}

/* 1 if this is a text of GRUB, which is judged then; else 0. */
static int
judge_grub(struct judge *j, struct att_err *err)
{
	static const struct {
		const char *prefix;
		bool with_nul;		/* is hashed, too */
		uint32_t quirk;
	} forms[] = {
		{ "grub_cmd: ", false, 0 },
		{ "kernel_cmdline: ", false, 0 },
		{ "module_cmdline: ", false, 0 },
		{ "grub_cmd ", true, ATT_QUIRK_GRUB_NUL },
		{ "grub_kernel_cmdline ", false, ATT_QUIRK_GRUB_NUL },
	};
	struct att_slice s = j->ev->data;
	const uint8_t *nul;
	size_t i = 0, len;
	uint32_t quirk;
	int r;

	while (i < ATT_COUNT(forms) && !has_prefix(s, forms[i].prefix))
		i++;
	if (i == ATT_COUNT(forms))
		return 0;
	s.data += strlen(forms[i].prefix);
	s.len -= strlen(forms[i].prefix);
	nul = s.len == 0 ? NULL : memchr(s.data, '\0', s.len);
	j->ret = ATT_COVER_BROKEN;
	if (nul == NULL)
		return 1;
	len = (size_t)(nul - s.data);
	quirk = s.len > len + 1 ? ATT_QUIRK_GRUB_NUL : forms[i].quirk;
	if (s.len > len + 1 + GRUB_STRAY_MAX)
		return 1;
	r = try_hash(j, before(s, len + forms[i].with_nul), quirk, err);
	return r < 0 ? r : 1;
}

/* The ASCII name of a section, with its NUL; false if the data is none. */
static bool
section_name(struct att_slice s, uint8_t ret[static SECTION_MAX], size_t *len)
{
	size_t n = s.len / 2;

	if (s.len % 2 != 0 || n == 0 || n > SECTION_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		ret[i] = s.data[2 * i];
		if (s.data[2 * i + 1] != 0 || ret[i] > 0x7e ||
		    (ret[i] == 0) != (i == n - 1))
			return false;
	}
	*len = n;
	return ret[0] == '.';
}

/* Each section has two events of the same data: its name's, its own. */
static int
judge_section(struct judge *j, struct att_err *err)
{
	uint8_t name[SECTION_MAX];
	size_t len = 0;

	if (!section_name(j->ev->data, name, &len))
		return 0;
	return try_hash(j, (struct att_slice){ name, len }, 0, err);
}

/* EV_IPL belongs to the loaders: the register says which one it is. */
static int
judge_ipl(struct judge *j, struct att_err *err)
{
	bool cc = j->st->kind == ATT_TCG_CC && j->ev->pcr == MR_LOADER;
	bool tpm = j->st->kind == ATT_TCG_TPM;
	int r = 0;

	if (cc || (tpm && j->ev->pcr == PCR_GRUB))
		r = judge_grub(j, err);
	if (r == 0 && (cc || (tpm && j->ev->pcr == PCR_STUB)))
		r = judge_section(j, err);
	if (r == 0 && (cc || (tpm && j->ev->pcr == PCR_STUB_CONFIG)))
		r = exact_or(j, ATT_COVER_UNBOUND, err);
	return r < 0 ? r : 0;
}

/* -- types whose data only locates or names what is hashed ----------------- */

static void
note_image(struct judge *j)
{
	struct att_image_load img;

	if (att_image_load_parse(j->ev->data, &img, NULL) == 0 && img.uint32)
		j->quirks |= ATT_QUIRK_UINT_32BIT_IMAGE;
}

static void
note_hint(struct judge *j)
{
	struct att_slice data = j->ev->data;

	if (j->ev->type == ATT_EV_POST_CODE && att_slice_is(data, "ACPI DATA"))
		j->quirks |= ATT_QUIRK_POST_CODE_9;
	if (j->ev->type == ATT_EV_NONHOST_INFO &&
	    has_prefix(data, "IntelCSxEEvent01"))
		j->quirks |= ATT_QUIRK_CSX_EVENT;
}

/* -- the digests that mean the end of the firmware's part ------------------ */

static int
need_marks(struct judge *j, struct att_err *err)
{
	static const struct {
		const char *text;
		size_t len;
	} marks[ATT_COVER_MARKS] = {
		{ "\0\0\0\0", 4 },
		{ "\377\377\377\377", 4 },
		{ "Exit Boot Services Invocation", 29 },
		{ "Exit Boot Services Returned with Success", 40 },
		{ "Exit Boot Services Returned with Failure", 40 },
	};
	int r;

	if (j->st->mark[0].alg == j->alg)
		return 0;
	for (size_t i = 0; i < ATT_COVER_MARKS; i++)
		if ((r = att_hasher_one(j->h, j->alg, (struct att_slice){
			 (const uint8_t *)marks[i].text, marks[i].len },
			 &j->st->mark[i], err)) < 0)
			return r;
	return 0;
}

/* Some firmware measures an empty FIT entry as four bytes of zero. */
static bool
is_fit_2d(const struct judge *j)
{
	return j->ev->pcr == 0 && j->ev->type == ATT_EV_S_CRTM_CONTENTS &&
	    has_prefix(j->ev->data, "FIT Type 0x2D");
}

/* True if the digest is a separator's or an action's, and the type is not. */
static bool
is_disguised(struct judge *j)
{
	for (size_t i = 0; i < ATT_COVER_MARKS; i++) {
		uint32_t type = i < 2 ? ATT_EV_SEPARATOR : ATT_EV_EFI_ACTION;

		if (!att_slice_equal(att_digest_view(&j->st->mark[i]),
			j->digest))
			continue;
		if (i == 0 && is_fit_2d(j)) {
			j->quirks |= ATT_QUIRK_FIT_2D;
			return false;
		}
		return j->ev->type != type;
	}
	return false;
}

static int
check_disguise(struct judge *j, struct att_err *err)
{
	int r;

	if (j->st->kind != ATT_TCG_TPM || j->ev->pcr > PCR_LAST_FIRMWARE)
		return 0;
	if ((r = need_marks(j, err)) < 0)
		return r;
	if (is_disguised(j))
		j->ret = ATT_COVER_DISGUISED;
	return 0;
}

static int
judge_event(struct judge *j, struct att_err *err)
{
	switch (j->ev->type) {
	case ATT_EV_SEPARATOR:
		return judge_separator(j, err);
	case ATT_EV_EFI_ACTION:
		return judge_action(j, err);
	case ATT_EV_S_CRTM_VERSION:
		return judge_crtm_version(j, err);
	case ATT_EV_EFI_VARIABLE_AUTHORITY:
		return judge_authority(j, err);
	case ATT_EV_EFI_VARIABLE_BOOT:
		return judge_boot_variable(j, err);
	case ATT_EV_EVENT_TAG:
		return judge_tag(j, err);
	case ATT_EV_IPL:
		return judge_ipl(j, err);
	case ATT_EV_ACTION:
	case ATT_EV_EFI_GPT_EVENT:
	case ATT_EV_EFI_GPT_EVENT2:
	case ATT_EV_EFI_SPDM_DEVICE_AUTHORITY:
	case ATT_EV_EFI_SPDM_DEVICE_POLICY:
	case ATT_EV_EFI_SPDM_FIRMWARE_BLOB:
	case ATT_EV_EFI_SPDM_FIRMWARE_CONFIG:
	case ATT_EV_EFI_VARIABLE_BOOT2:
	case ATT_EV_EFI_VARIABLE_DRIVER_CONFIG:
		return exact_or(j, ATT_COVER_BROKEN, err);
	case ATT_EV_EFI_BOOT_SERVICES_APPLICATION:
	case ATT_EV_EFI_BOOT_SERVICES_DRIVER:
	case ATT_EV_EFI_RUNTIME_SERVICES_DRIVER:
		note_image(j);
		return 0;
	case ATT_EV_CPU_MICROCODE:
	case ATT_EV_EFI_HANDOFF_TABLES:
	case ATT_EV_EFI_HANDOFF_TABLES2:
	case ATT_EV_EFI_HCRTM_EVENT:
	case ATT_EV_EFI_PLATFORM_FIRMWARE_BLOB:
	case ATT_EV_EFI_PLATFORM_FIRMWARE_BLOB2:
	case ATT_EV_POST_CODE:
	case ATT_EV_POST_CODE2:
	case ATT_EV_S_CRTM_CONTENTS:
	case ATT_EV_TABLE_OF_DEVICES:
		note_hint(j);
		return 0;
	default:
		note_hint(j);
		return exact_or(j, ATT_COVER_UNBOUND, err);
	}
}

int
att_cover_event(struct att_cover_state *st, struct att_hasher *h,
    uint16_t alg, const struct att_event *ev, enum att_cover *ret,
    uint32_t *quirks, struct att_err *err)
{
	const struct att_event_digest *d = att_event_digest(ev, alg);
	struct judge j = { .st = st, .h = h, .ev = ev, .alg = alg };
	int r;

	if (ev->type == ATT_EV_NO_ACTION) {
		*ret = ATT_COVER_NEVER;
		return 0;
	}
	if (d != NULL && att_alg_evp(alg) != NULL) {
		j.digest = d->bytes;
		if ((r = judge_event(&j, err)) < 0 ||
		    (r = check_disguise(&j, err)) < 0)
			return r;
	}
	*ret = j.ret;
	*quirks |= j.quirks;
	return 0;
}
