#include "appraise/refkeylime.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "appraise/pattern.h"
#include "base/encoding.h"
#include "eventlog/variable.h"

#define PCR_FIRMWARE 0
#define PCR_IMAGES 4
#define PCR_KEYS 7
#define PCR_COMMANDS 8
#define PCR_FILES 9
#define PCR_SHIM 14

#define SHA256_SIZE 32

/* UTF-16LE; SecureBoot is one byte. */
static const char secure_boot_name[] = "S\0e\0c\0u\0r\0e\0B\0o\0o\0t";

struct making {
	json_t *from;
	json_t *firmware, *kernel;	/* the chosen ones */
	bool secure_boot;
	json_t *pcrs;
	struct att_hasher *hasher;
	struct att_refkeylime_notes notes;
	struct att_err *err;
};

static void note(struct making *k, const char *fmt, ...) ATT_PRINTF(2, 3);

static void
note(struct making *k, const char *fmt, ...)
{
	va_list ap;
	size_t size = sizeof(k->notes.note[0]);

	if (k->notes.count == ATT_REFKEYLIME_NOTES_MAX) {
		(void)snprintf(k->notes.note[k->notes.count - 1], size,
		    "not taken: more members, which are not known");
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(k->notes.note[k->notes.count++], size, fmt, ap);
	va_end(ap);
}

static int
missing(struct making *k, const char *what)
{
	return att_err_set(k->err, ATT_E_FORMAT,
	    "no reference state of Keylime's policy \"example\": %s", what);
}

/* -- events -------------------------------------------------------------- */

/* {bank: [hex]}, as the digest of data that is known is in each bank. */
static int
add_digests_of(struct making *k, json_t *banks, struct att_slice data)
{
	static const uint16_t algs[] = { ATT_ALG_SHA1, ATT_ALG_SHA256,
		ATT_ALG_SHA384, ATT_ALG_SHA512 };
	struct att_digest d;
	int r;

	for (size_t i = 0; i < ATT_COUNT(algs); i++) {
		const char *name = att_alg_name(algs[i]);
		json_t *list = json_object_get(banks, name);

		if (list == NULL) {
			list = json_array();
			if ((r = att_json_put(banks, name, list, k->err)) < 0)
				return r;
		}
		if ((r = att_hasher_one(k->hasher, algs[i], data, &d,
			 k->err)) < 0 ||
		    (r = att_json_add(list,
			 att_json_hex_of(att_digest_view(&d)), k->err)) < 0)
			return r;
	}
	return 0;
}

/* "0x" and hex of this many bytes; the hex. */
static const char *
hex_of(const json_t *v, size_t bytes)
{
	const char *s = json_string_value(v);

	if (s == NULL || strncmp(s, "0x", 2) != 0)
		return NULL;
	s += 2;
	return strspn(s, "0123456789abcdef") == strlen(s) && s[0] != '\0' &&
		(bytes == 0 || strlen(s) == 2 * bytes) ? s : NULL;
}

/* {bank: "0x..."} into {bank: [hex, ...]}. */
static int
add_digests(struct making *k, json_t *banks, json_t *digest, const char *what)
{
	const char *bank;
	json_t *v;
	int r;

	if (!json_is_object(digest) || json_object_size(digest) == 0)
		return att_err_set(k->err, ATT_E_FORMAT,
		    "%s: a digest is like {\"sha256\": \"0x...\"}", what);
	json_object_foreach (digest, bank, v) {
		size_t size = att_alg_size(att_alg_by_name(bank));
		const char *hex = hex_of(v, size);
		json_t *list = json_object_get(banks, bank);

		if (size == 0 || hex == NULL)
			return att_err_set(k->err, ATT_E_FORMAT,
			    "%s: \"%.20s\" must be a bank, with 0x and a "
			    "digest of its size in lower case", what, bank);
		if (list == NULL) {
			list = json_array();
			if ((r = att_json_put(banks, bank, list, k->err)) < 0)
				return r;
		}
		if ((r = att_json_add(list, json_string(hex), k->err)) < 0)
			return r;
	}
	return 0;
}

/* How an event is expected, beside what it is. */
enum how {
	ONCE,
	OPTIONAL,
	ANYWHERE,	/* at least once */
	MAYBE_ANYWHERE,
};

/* Takes `member`, which is of this name. */
static int
add_event(struct making *k, json_t *events, const char *type,
    const char *label, enum how how, const char *name, json_t *member)
{
	AUTO(att_json_decref) json_t *j = json_object();
	bool optional = how == OPTIONAL || how == MAYBE_ANYWHERE;
	int r;

	if ((r = att_json_put(j, name, member, k->err)) < 0 ||
	    (r = att_json_put(j, "type", json_string(type), k->err)) < 0 ||
	    (r = att_json_put(j, "label", json_string(label), k->err)) < 0 ||
	    (optional && (r = att_json_put(j, "optional", json_true(),
		 k->err)) < 0) ||
	    (how >= ANYWHERE && (r = att_json_put(j, "anywhere", json_true(),
		 k->err)) < 0))
		return r;
	return att_json_add(events, take(&j), k->err);
}

static int
add_known(struct making *k, json_t *events, const char *type,
    const char *label, enum how how, struct att_slice a, struct att_slice b)
{
	AUTO(att_json_decref) json_t *banks = json_object();
	int r;

	if ((r = add_digests_of(k, banks, a)) < 0 ||
	    (b.len > 0 && (r = add_digests_of(k, banks, b)) < 0))
		return r;
	return add_event(k, events, type, label, how, "digests",
	    take(&banks));
}

/* PFP 1.06, 3.3.2.3: the boot goes on after either. */
static int
add_separator(struct making *k, json_t *events, enum how how)
{
	static const uint8_t zeros[4], ones[] = { 0xff, 0xff, 0xff, 0xff };

	return add_known(k, events, "EV_SEPARATOR", "separator", how,
	    (struct att_slice){ zeros, 4 }, (struct att_slice){ ones, 4 });
}

static int
add_action(struct making *k, json_t *events, const char *text, enum how how)
{
	struct att_slice s = att_slice_of(text);

	return add_known(k, events, "EV_EFI_ACTION", text, how, s,
	    (struct att_slice){ 0 });
}

/* Of a member "..._sha256", of the chosen kernel. */
static int
add_sha256(struct making *k, json_t *events, const char *type,
    const char *label, enum how how, const char *member)
{
	const char *hex = hex_of(json_object_get(k->kernel, member),
	    SHA256_SIZE);

	if (hex == NULL)
		return att_err_set(k->err, ATT_E_FORMAT,
		    "kernels: \"%s\" must be 0x and a SHA-256 in lower case",
		    member);
	return add_event(k, events, type, label, how, "digests",
	    json_pack("{s:[s]}", "sha256", hex));
}

/* Takes `events`. `vary`: names with a NULL behind, or NULL. */
static int
put_rule(struct making *k, unsigned pcr, bool ordered, json_t *events,
    const char *const *vary)
{
	AUTO(att_json_decref) json_t *rule = json_object();
	AUTO(att_json_decref) json_t *list = json_array();
	char name[8];
	int r;

	if ((r = att_json_put(rule, "events", events, k->err)) < 0 ||
	    (r = att_json_put(rule, "order",
		 json_string(ordered ? "exact" : "any"), k->err)) < 0)
		return r;
	for (size_t i = 0; vary != NULL && vary[i] != NULL; i++)
		if ((r = att_json_add(list, json_string(vary[i]), k->err)) <
		    0)
			return r;
	if (vary != NULL &&
	    (r = att_json_put(rule, "vary", take(&list), k->err)) < 0)
		return r;
	(void)snprintf(name, sizeof(name), "%u", pcr);
	return att_json_put(k->pcrs, name, take(&rule), k->err);
}

/* -- registers ----------------------------------------------------------- */

/* Of these Keylime takes whatever they are, but for what stands here. */
static int
put_fixed(struct making *k)
{
	static const struct {
		unsigned pcr;
		bool separator;
		const char *action[4];
		const char *vary[6];
	} fixed[] = {
		{ 1, true, { "Entering ROM Based Setup" },
		    { "boot-order", "boot-entries", "platform-config",
			"handoff-tables", "cpu-microcode" } },
		{ 2, true, { NULL }, { "drivers" } },
		{ 3, true, { NULL }, { NULL } },
		{ 5, true, { "Exit Boot Services Invocation",
		    "Exit Boot Services Returned with Failure",
		    "Exit Boot Services Returned with Success" }, { "gpt" } },
		{ 6, true, { NULL }, { NULL } },
		/* nothing is measured there: it does not look at these */
		{ 11, false, { NULL }, { NULL } },
		{ 12, false, { NULL }, { NULL } },
		{ 13, false, { NULL }, { NULL } },
	};
	int r;

	for (size_t i = 0; i < ATT_COUNT(fixed); i++) {
		AUTO(att_json_decref) json_t *events = json_array();

		if (fixed[i].separator &&
		    (r = add_separator(k, events, ONCE)) < 0)
			return r;
		for (size_t a = 0; fixed[i].action[a] != NULL; a++)
			if ((r = add_action(k, events, fixed[i].action[a],
				 OPTIONAL)) < 0)
				return r;
		if ((r = put_rule(k, fixed[i].pcr, false, take(&events),
			 fixed[i].vary[0] != NULL ? fixed[i].vary : NULL)) <
		    0)
			return r;
	}
	return 0;
}

static int
put_firmware(struct making *k)
{
	static const char blob[] = "EV_EFI_PLATFORM_FIRMWARE_BLOB";
	AUTO(att_json_decref) json_t *events = json_array();
	AUTO(att_json_decref) json_t *crtm = json_object();
	json_t *blobs = json_object_get(k->firmware, "platform_firmware");
	int r;

	if (!json_is_array(blobs))
		return missing(k, "no array \"platform_firmware\"");
	if ((r = add_digests(k, crtm, json_object_get(k->firmware, "scrtm"),
		 "scrtm")) < 0 ||
	    (r = add_separator(k, events, ANYWHERE)) < 0 ||
	    (r = add_event(k, events, "EV_S_CRTM_VERSION", "version", ONCE,
		 "digests", take(&crtm))) < 0)
		return r;
	for (size_t i = 0; i < json_array_size(blobs); i++) {
		AUTO(att_json_decref) json_t *banks = json_object();

		if ((r = add_digests(k, banks, json_array_get(blobs, i),
			 "platform_firmware")) < 0 ||
		    (r = add_event(k, events, blob, "firmware volume", ONCE,
			 "digests", take(&banks))) < 0)
			return r;
	}
	return put_rule(k, PCR_FIRMWARE, true, take(&events), NULL);
}

static int
put_images(struct making *k)
{
	static const char app[] = "EV_EFI_BOOT_SERVICES_APPLICATION";
	AUTO(att_json_decref) json_t *events = json_array();
	int r;

	if ((r = add_separator(k, events, ANYWHERE)) < 0 ||
	    (r = add_action(k, events,
		 "Calling EFI Application from Boot Option",
		 MAYBE_ANYWHERE)) < 0 ||
	    (r = add_action(k, events,
		 "Returning from EFI Application from Boot Option",
		 MAYBE_ANYWHERE)) < 0 ||
	    (r = add_sha256(k, events, app, "shim", ONCE,
		 "shim_authcode_sha256")) < 0 ||
	    (r = add_sha256(k, events, app, "GRUB", ONCE,
		 "grub_authcode_sha256")) < 0)
		return r;
	/* without Secure Boot GRUB starts it without the firmware's help */
	if (k->secure_boot &&
	    ((r = add_sha256(k, events, app, "kernel", ONCE,
		  "kernel_authcode_sha256")) < 0 ||
		(r = add_sha256(k, events, app, "kernel", OPTIONAL,
		     "kernel_authcode_sha256")) < 0))
		return r;
	return put_rule(k, PCR_IMAGES, true, take(&events), NULL);
}

/* Behind the bracket expression that begins at `c`, or at the end. */
static const char *
behind_bracket(const char *c)
{
	c += c[1] == '^' ? 2 : 1;
	if (*c == ']')
		c++;
	while (*c != '\0' && *c != ']')
		c += *c == '\\' && c[1] != '\0' ? 2 : 1;
	return *c == '\0' ? c : c + 1;
}

/*
 * Keylime puts "kernel_cmdline: " before the expression, as text: a ^ never
 * fits then, and what is behind a | stands for the whole.
 */
static bool
is_split(const char *re)
{
	int depth = 0;

	while (*re != '\0') {
		if (*re == '[') {
			re = behind_bracket(re);
			continue;
		}
		if (*re == '^' || (*re == '|' && depth == 0))
			return true;
		depth += *re == '(';
		depth -= *re == ')';
		re += *re == '\\' && re[1] != '\0' ? 2 : 1;
	}
	return false;
}

/* The kernel's command line, whatever GRUB did before. */
static int
put_commands(struct making *k)
{
	static const char *const vary[] = { "grub-commands", NULL };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(2 * ATT_PATTERN_MAX);
	AUTO(att_json_decref) json_t *events = json_array();
	const char *re = NULL;
	int r;

	if ((r = att_json_str(k->kernel, "kernel_cmdline", &re, k->err)) < 0)
		return r;
	if (is_split(re))
		return att_err_set(k->err, ATT_E_UNSUPPORTED,
		    "kernel_cmdline: a ^, or a | outside of ( ), means "
		    "something else behind \"kernel_cmdline: \"");
	r = att_pattern_from_python(re, true, &b, k->err);
	if (r < 0) {
		att_err_prefix(k->err, "kernel_cmdline");
		return r;
	}
	if ((r = add_event(k, events, "EV_IPL", "kernel command line", ONCE,
		 "command_line", json_stringn((const char *)b.data,
		 b.len))) < 0)
		return r;
	return put_rule(k, PCR_COMMANDS, true, take(&events), vary);
}

/*
 * GRUB measures what it reads, and Linux' EFI stub what it was given: the
 * initial RAM disk once more, and the command line.
 */
static int
put_files(struct making *k)
{
	static const char *const vary[] = { "grub-files", "load-options",
		"kernel-files", NULL };
	static const char *const vary_less[] = { "grub-files",
		"load-options", NULL };
	AUTO(att_json_decref) json_t *events = json_array();
	int r;

	if ((!k->secure_boot &&
		(r = add_sha256(k, events, "EV_IPL", "kernel", ONCE,
		     "vmlinuz_plain_sha256")) < 0) ||
	    (r = add_sha256(k, events, "EV_IPL", "initial RAM disk", ONCE,
		 "initrd_plain_sha256")) < 0 ||
	    (r = add_sha256(k, events, "EV_EVENT_TAG", "initial RAM disk",
		 OPTIONAL, "initrd_plain_sha256")) < 0)
		return r;
	return put_rule(k, PCR_FILES, true, take(&events),
	    k->secure_boot ? vary : vary_less);
}

/* MokList and MokListX as listed; MokListTrusted is one byte, 0 or 1. */
static int
put_shim(struct making *k)
{
	static const struct {
		const char *member, *name;
	} lists[] = { { "mokdig", "MokList" }, { "mokxdig", "MokListX" } };
	static const uint8_t no = 0, yes = 1;
	AUTO(att_json_decref) json_t *events = json_array();
	int r;

	for (size_t i = 0; i < ATT_COUNT(lists); i++) {
		AUTO(att_json_decref) json_t *banks = json_object();
		const char *member = lists[i].member;
		json_t *list = json_object_get(k->from, member);

		if (!json_is_array(list))
			return missing(k, "no arrays \"mokdig\", \"mokxdig\"");
		for (size_t d = 0; d < json_array_size(list); d++)
			if ((r = add_digests(k, banks,
				 json_array_get(list, d), member)) < 0)
				return r;
		if (json_array_size(list) > 0 &&
		    (r = add_event(k, events, "EV_IPL", lists[i].name,
			 OPTIONAL, "digests", take(&banks))) < 0)
			return r;
	}
	if ((r = add_known(k, events, "EV_IPL", "MokListTrusted", OPTIONAL,
		 (struct att_slice){ &no, 1 },
		 (struct att_slice){ &yes, 1 })) < 0)
		return r;
	return put_rule(k, PCR_SHIM, false, take(&events), NULL);
}

/* -- keys ---------------------------------------------------------------- */

static int
put_key(struct making *k, const json_t *key, const char *member, bool hashes,
    json_t *list)
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(1u << 20);
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(256);
	const char *owner = json_string_value(json_object_get(key,
	    "SignatureOwner"));
	const char *hex = hex_of(json_object_get(key, "SignatureData"), 0);
	uint8_t guid[ATT_GUID_SIZE];
	struct att_digest d;
	bool hash;
	int r = 0;

	if (owner != NULL && strlen(owner) == ATT_GUID_TEXT &&
	    att_guid_parse(owner, guid) && hex != NULL)
		r = att_hex_decode(att_slice_of(hex), &raw, k->err);
	if (r < 0 && att_code_kind(r) != ATT_KIND_INPUT)
		return r;
	if (raw.len == 0)
		return att_err_set(k->err, ATT_E_FORMAT,
		    "%s: a key is {\"SignatureOwner\": a GUID, "
		    "\"SignatureData\": \"0x...\"}", member);
	hash = raw.len == SHA256_SIZE;
	if (hash && !hashes)
		return att_err_set(k->err, ATT_E_FORMAT,
		    "%s: a key of 32 bytes is no certificate", member);
	if (hash)
		r = att_digest_from(ATT_ALG_SHA256, att_buf_view(&raw), &d,
		    k->err);
	else
		r = att_hasher_one(k->hasher, ATT_ALG_SHA256,
		    att_buf_view(&raw), &d, k->err);
	if (r < 0)
		return r;
	att_buf_printf(&text, "%s:%s:", hash ? "sha256" : "x509", owner);
	att_hex_put(&text, att_digest_view(&d));
	return att_json_add(list, json_stringn((const char *)text.data,
	    text.len), k->err);
}

/*
 * A variable as reference value. An empty list says without Secure Boot that
 * the variable does not matter.
 */
static int
add_keys(struct making *k, json_t *events, const char *member,
    const char *claim, const char *name, enum how how)
{
	bool authority = strcmp(claim, "authority") == 0;
	bool certificates = strcmp(member, "pk") == 0 ||
	    strcmp(member, "kek") == 0;
	const char *type = authority ? "EV_EFI_VARIABLE_AUTHORITY" :
				       "EV_EFI_VARIABLE_DRIVER_CONFIG";
	AUTO(att_json_decref) json_t *list = json_array();
	json_t *keys = json_object_get(k->from, member), *event;
	int r;

	if (keys != NULL && !json_is_array(keys))
		return missing(k, "keys must be arrays");
	for (size_t i = 0; i < json_array_size(keys); i++)
		if ((r = put_key(k, json_array_get(keys, i), member,
			 !certificates, list)) < 0)
			return r;
	if ((r = add_event(k, events, type, name, how, claim,
		 json_string(name))) < 0)
		return r;
	if (!k->secure_boot && json_array_size(list) == 0)
		return 0;
	event = json_array_get(events, json_array_size(events) - 1);
	return att_json_put(event, "keys", json_pack("{s:o}",
	    strcmp(member, "dbx") == 0 ? "all" : "only", take(&list)),
	    k->err);
}

static int
add_secure_boot(struct making *k, json_t *events)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(256);
	const uint8_t on = k->secure_boot;
	struct att_efi_variable v = { .name = {
		(const uint8_t *)secure_boot_name, sizeof(secure_boot_name) },
		.data = { &on, 1 } };
	int r;

	memcpy(v.guid, ATT_GUID_GLOBAL, sizeof(v.guid));
	att_efi_variable_encode(&v, &b);
	if ((r = att_buf_ok(&b, "SecureBoot", k->err)) < 0)
		return r;
	return add_known(k, events, "EV_EFI_VARIABLE_DRIVER_CONFIG",
	    "SecureBoot", ONCE, att_buf_view(&b), (struct att_slice){ 0 });
}

static int
put_keys(struct making *k)
{
	static const struct {
		const char *member, *name;
	} own[] = { { "pk", "PK" }, { "kek", "KEK" }, { "db", "db" },
		{ "dbx", "dbx" } };
	static const char *const vary[] = { "authority", NULL };
	AUTO(att_json_decref) json_t *events = json_array();
	int r;

	if ((r = add_secure_boot(k, events)) < 0)
		return r;
	for (size_t i = 0; i < ATT_COUNT(own); i++) {
		if (json_object_get(k->from, own[i].member) == NULL)
			return missing(k, "it lacks pk, kek, db or dbx");
		if ((r = add_keys(k, events, own[i].member, "variable",
			 own[i].name, ONCE)) < 0)
			return r;
	}
	if ((r = add_separator(k, events, ONCE)) < 0 ||
	    (r = add_keys(k, events, "vendor_db", "variable", "vendor_db",
		 MAYBE_ANYWHERE)) < 0 ||
	    (r = add_keys(k, events, "vendor_db", "authority", "vendor_db",
		 MAYBE_ANYWHERE)) < 0)
		return r;
	return put_rule(k, PCR_KEYS, true, take(&events), vary);
}

/* -- the document -------------------------------------------------------- */

static void
note_unknown(struct making *k, json_t *from, const char *where,
    const char *const *names)
{
	const char *name;
	json_t *v;

	json_object_foreach (from, name, v) {
		size_t i = 0;

		while (names[i] != NULL && strcmp(names[i], name) != 0)
			i++;
		if (names[i] == NULL)
			note(k, "not taken: member \"%.40s\"%s, which is not "
			    "known", name, where);
	}
}

static void
note_all_unknown(struct making *k)
{
	static const char *const top[] = { "has_secureboot",
		"scrtm_and_bios", "pk", "kek", "db", "dbx", "vendor_db",
		"mokdig", "mokxdig", "kernels", NULL };
	static const char *const firmware[] = { "scrtm", "platform_firmware",
		NULL };
	static const char *const kernel[] = { "shim_authcode_sha256",
		"grub_authcode_sha256", "kernel_authcode_sha256",
		"vmlinuz_plain_sha256", "initrd_plain_sha256",
		"kernel_cmdline", NULL };

	note_unknown(k, k->from, "", top);
	note_unknown(k, k->firmware, " of scrtm_and_bios", firmware);
	note_unknown(k, k->kernel, " of kernels", kernel);
}

static int
choose(struct making *k, const char *member, const char *option, size_t which,
    json_t **ret)
{
	json_t *list = json_object_get(k->from, member);
	size_t n = json_array_size(list);

	if (n == 0)
		return missing(k, "no \"scrtm_and_bios\" or no \"kernels\"");
	if ((which == 0 && n > 1) || which > n)
		return att_err_set(k->err, ATT_E_USAGE,
		    "\"%s\" has %zu entries: choose with %s 1 to %zu, and "
		    "make a document of each", member, n, option, n);
	*ret = json_array_get(list, which == 0 ? 0 : which - 1);
	return json_is_object(*ret) ? 0 :
				      missing(k, "an entry is no object");
}

static int
open_state(struct making *k, const struct att_refkeylime_choice *choice)
{
	json_t *sb = json_object_get(k->from, "has_secureboot");
	int r;

	if (!json_is_object(k->from) || json_object_size(k->from) == 0)
		return missing(k, "an empty one takes every boot");
	if (sb != NULL && !json_is_boolean(sb))
		return missing(k, "has_secureboot must be true or false");
	k->secure_boot = sb == NULL || json_is_true(sb);
	if ((r = choose(k, "scrtm_and_bios", "--firmware", choice->firmware,
		 &k->firmware)) < 0)
		return r;
	return choose(k, "kernels", "--kernel", choice->kernel, &k->kernel);
}

static int
make(struct making *k, const struct att_refmake *head,
    const struct att_refkeylime_choice *choice, json_t *ret)
{
	struct att_refmake m = *head;
	char comment[128];
	int r;

	if ((r = open_state(k, choice)) < 0 || (r = put_fixed(k)) < 0 ||
	    (r = put_firmware(k)) < 0 || (r = put_images(k)) < 0 ||
	    (r = put_keys(k)) < 0 || (r = put_commands(k)) < 0 ||
	    (r = put_files(k)) < 0 || (r = put_shim(k)) < 0)
		return r;
	note_all_unknown(k);
	m.secure_boot = k->secure_boot ? ATT_REF_SECURE_BOOT_REQUIRED :
					 ATT_REF_SECURE_BOOT_ANY;
	(void)snprintf(comment, sizeof(comment),
	    "from a measured boot reference state of Keylime: firmware %zu, "
	    "kernel %zu", choice->firmware == 0 ? 1 : choice->firmware,
	    choice->kernel == 0 ? 1 : choice->kernel);
	if (m.head.comment == NULL)
		m.head.comment = comment;
	return att_ref_make_head(ret, &m, k->err);
}

int
att_ref_from_keylime(struct att_slice text, const struct att_refmake *head,
    const struct att_refkeylime_choice *choice, json_t **ret,
    struct att_refkeylime_notes *ret_notes, struct att_err *err)
{
	AUTO(att_json_decref) json_t *from = NULL;
	AUTO(att_json_decref) json_t *doc = json_object();
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct making k = { .hasher = h, .err = err, .pcrs = json_object() };
	int r;

	if ((r = att_json_put(doc, "pcrs", k.pcrs, err)) < 0)
		return r;
	if (h == NULL)
		return att_err_nomem(err);
	if ((r = att_json_parse(text, ATT_REF_FILE_MAX, &from, err)) < 0)
		return r;
	k.from = from;
	if ((r = make(&k, head, choice, doc)) < 0)
		return r;
	*ret = take(&doc);
	*ret_notes = k.notes;
	return 0;
}
