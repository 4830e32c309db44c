/* Reference states of Keylime, and boots that are judged by them. */
#include "craft.h"
#include "keylime_state.h"

#define STATE "tests/vectors/keylime/mb-shim.json"
#define HASH2 "another digest of thirty-two by."
#define LINE "/vmlinuz-6.1 root=/dev/sda2 quiet"
#define CMD "kernel_cmdline: "

/* -- importing ------------------------------------------------------------ */

static json_t *
imported(json_t *state, size_t firmware, size_t kernel)
{
	AUTO_DONE(att_buf_done) struct att_buf text =
	    ATT_BUF(ATT_REF_FILE_MAX);
	const struct att_refkeylime_choice choice = { firmware, kernel };
	const struct att_refmake head = node_refmake("imported");
	struct att_refkeylime_notes notes;
	json_t *doc = NULL;

	ok(att_json_write(state, &text, err));
	ok(att_ref_from_keylime(att_buf_view(&text), &head, &choice, &doc,
	    &notes, err));
	ck_assert_uint_eq(notes.count, 0);
	return doc;
}

static json_t *
captured_state(void)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(1u << 20);
	json_t *j = NULL;

	ok(att_file_read(STATE, &text, err));
	ok(att_json_parse(att_buf_view(&text), text.max, &j, err));
	return j;
}

/* A node of a captured boot, with what became of this state. */
static void
judged_by(struct node *n, const char *boot, json_t *state, size_t kernel)
{
	AUTO(att_json_decref) json_t *doc = imported(state, 1, kernel);

	node_init(n, &signer, boot);
	node_add_ref(n, doc);
}

/* Fails, and one of the findings is about this register. */
static void
node_fails_at(struct node *n, int pcr)
{
	node_quote(n);
	ck_assert_int_eq(node_judge(n), ATT_FAIL);
	for (size_t i = 0; i < att_verdict_finding_count(n->v); i++)
		if (att_verdict_finding(n->v, i)->pcr == pcr &&
		    att_verdict_finding(n->v, i)->severity ==
			ATT_SEVERITY_FAIL)
			return;
	node_print(n);
	ck_abort_msg("nothing about PCR %d", pcr);
}

START_TEST(a_boot_passes_by_its_own_state)
{
	AUTO(att_json_decref) json_t *state = captured_state();
	struct node n;

	judged_by(&n, "shim", state, 0);
	node_passes(&n);
	/* all registers of policy, none by its value alone */
	ck_assert_uint_eq(n.policy.pcrs, ATT_PCR_BOOT);
	node_done(&n);
}
END_TEST

START_TEST(another_kernel)
{
	AUTO(att_json_decref) json_t *state = captured_state();
	AUTO(att_json_decref) json_t *two = NULL;
	json_t *kernels = json_object_get(state, "kernels");
	struct node n;

	judged_by(&n, "shim-changed", state, 0);
	node_fails_at(&n, 4);
	node_fails_at(&n, 9);
	ck_assert_int_eq(att_verdict_finding(n.v, 0)->code,
	    ATT_F_EVENT_CHANGED);
	node_done(&n);
	/* sha256 of either image and initrd: tpm2_eventlog shim-changed */
	two = json_deep_copy(json_array_get(kernels, 0));
	ck_assert(json_object_set_new(two, "kernel_authcode_sha256",
	    json_string("0x729eaa76aa00dab337d4b5c397fb2a0f"
			"ded58390cf7573c9540f9533e3b75627")) == 0);
	ck_assert(json_object_set_new(two, "initrd_plain_sha256",
	    json_string("0x491d5500447c507ec216406a79380905"
			"b83129d3c359ecd5d1a14a02c06062d9")) == 0);
	ck_assert(json_array_append(kernels, two) == 0);
	judged_by(&n, "shim-changed", state, 2);
	node_passes(&n);
	node_done(&n);
	judged_by(&n, "shim-changed", state, 1);
	node_fails_at(&n, 4);
	node_done(&n);
}
END_TEST

START_TEST(other_command_lines)
{
	static const struct {
		const char *re;
		bool fits;
	} cases[] = {
		{ ".*", true },
		{ "/vmlinuz .* root=/dev/vda[12] rw .*", true },
		{ "(?:/vmlinuz|/other) \\w+=.*", true },
		{ "/vmlinuz .* root=/dev/vda2 rw", false },
		{ "vmlinuz .*", false },
		{ "/vmlinuz .* ro .*", false },
	};

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		AUTO(att_json_decref) json_t *state = captured_state();
		json_t *kernel = json_array_get(json_object_get(state,
		    "kernels"), 0);
		struct node n;

		ck_assert(json_object_set_new(kernel, "kernel_cmdline",
		    json_string(cases[i].re)) == 0);
		judged_by(&n, "shim", state, 0);
		if (cases[i].fits)
			node_passes(&n);
		else
			node_fails(&n, ATT_F_EVENT_CHANGED, "(EV_IPL "
			    "kernel_cmdline: /vmlinuz");
		if (!cases[i].fits)
			node_judged(&n, ATT_F_EVENT_CHANGED,
			    "expected what the reference values ask for");
		node_done(&n);
	}
}
END_TEST

START_TEST(other_boots)
{
	static const char *const others[] = { "uki", "uki-sb" };
	AUTO(att_json_decref) json_t *state = captured_state();

	for (size_t i = 0; i < ATT_COUNT(others); i++) {
		struct node n;

		judged_by(&n, others[i], state, 0);
		node_fails_at(&n, 7);
		node_fails_at(&n, 4);
		node_done(&n);
	}
}
END_TEST

/* -- boots that are made for a test ---------------------------------------- */

/* How a boot differs from what the state was made of. */
enum what {
	SAME,
	NO_SECURE_BOOT, OTHER_PK, MORE_KEK, LESS_DB, MORE_DB, NO_DB, ODD_DB,
	OTHER_DBX, MORE_DBX, BOTH_DBX, HIDDEN_DB, NO_SEPARATOR,
	VENDOR_DB, OTHER_VENDOR_DB, VENDOR_SIGNED, OTHER_SIGNED, OTHER_NAME,
	OTHER_CRTM, SWAPPED_VOLUMES, OTHER_SEPARATOR, BAD_SEPARATOR,
	BOOT_VARIABLES, BOOT_KEY, MICROCODE, DRIVER, NO_DRIVER, SETUP_UTILITY,
	NO_KERNEL, TWICE_KERNEL, THRICE_KERNEL, SWAPPED_IMAGES, MORE_IMAGES,
	SECOND_TRY,
	MORE_COMMANDS, HIDDEN_LINE, SECOND_LINE, OTHER_LINE, NO_LINE,
	BROKEN_LINE, LINE_AND_MORE,
	BLOCKS_LINE, NET_LINE, SHORT_NET_LINE, QUOTED_NET_LINE, OTHER_COMMANDS,
	OTHER_INITRD, MORE_INITRD, STUB_INITRD, LOAD_OPTIONS, GRUB_FILE,
	OTHER_FILE, OTHER_VMLINUZ, MORE_VMLINUZ,
	OTHER_MOK, TRUSTED, BAD_TRUSTED, IN_PCR3, IN_PCR12,
};

static void
put_list(struct att_buf *b, const uint8_t *type, const char *data)
{
	att_buf_bytes(b, type, ATT_GUID_SIZE);
	att_buf_le32(b, (uint32_t)(28 + 16 + strlen(data)));
	att_buf_le32(b, 0);
	att_buf_le32(b, (uint32_t)(16 + strlen(data)));
	att_buf_fill(b, 0x11, 16);
	att_buf_str(b, data);
}

static void
put_cert(struct att_buf *b, const char *data)
{
	put_list(b, ATT_GUID_CERT_X509, data);
}

static void
put_key(struct logmaker *m, const char *name, struct att_buf *b)
{
	const uint8_t *guid = name[0] == 'd' || name[0] == 'v' ?
	    ATT_GUID_IMAGE_SECURITY : ATT_GUID_GLOBAL;

	put_variable(m, 7, ATT_EV_EFI_VARIABLE_DRIVER_CONFIG, guid, name,
	    att_buf_view(b));
	att_buf_reset(b);
}

static void
put_db(struct logmaker *m, struct att_buf *b, enum what w)
{
	put_cert(b, "db one");
	if (w != LESS_DB)
		put_list(b, ATT_GUID_CERT_SHA256, HASH);
	if (w == MORE_DB || w == HIDDEN_DB)
		put_cert(b, "db three");
	if (w == ODD_DB)
		put_list(b, ATT_GUID_SHIM, "db two");
	if (w == NO_DB)
		att_buf_reset(b);
	if (w != HIDDEN_DB) {
		put_key(m, "db", b);
		return;
	}
	/* told to be what verified an image, and the good one told later */
	put_variable(m, 7, ATT_EV_EFI_VARIABLE_AUTHORITY,
	    ATT_GUID_IMAGE_SECURITY, "db", att_buf_view(b));
	att_buf_reset(b);
}

static void
put_dbx(struct logmaker *m, struct att_buf *b, enum what w)
{
	put_list(b, ATT_GUID_CERT_SHA256, w == OTHER_DBX ? HASH2 : HASH);
	if (w == MORE_DBX)
		put_list(b, ATT_GUID_CERT_SHA256, HASH2);
	if (w == BOTH_DBX)
		put_cert(b, "revoked");
	put_key(m, "dbx", b);
}

static void
put_signed(struct logmaker *m, const char *name, const char *data)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1000);

	att_buf_fill(&b, 0x11, 16);
	att_buf_str(&b, data);
	put_variable(m, 7, ATT_EV_EFI_VARIABLE_AUTHORITY,
	    name[0] == 'S' ? ATT_GUID_SHIM : ATT_GUID_IMAGE_SECURITY, name,
	    att_buf_view(&b));
}

static void
put_keys(struct logmaker *m, enum what w, bool sb)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(10000);
	bool on = sb && w != NO_SECURE_BOOT;

	put_variable(m, 7, ATT_EV_EFI_VARIABLE_DRIVER_CONFIG,
	    ATT_GUID_GLOBAL, "SecureBoot", (struct att_slice){
	    (const uint8_t *)(on ? "\1" : "\0"), 1 });
	put_cert(&b, w == OTHER_PK ? "my own key" : "platform key");
	put_key(m, "PK", &b);
	put_cert(&b, "exchange key");
	if (w == MORE_KEK)
		put_cert(&b, "one more");
	put_key(m, "KEK", &b);
	put_db(m, &b, w);
	put_dbx(m, &b, w);
	if (w != NO_SEPARATOR)
		put_separator(m, 7);
	if (w == HIDDEN_DB)
		put_db(m, &b, SAME);
	put_signed(m, w == OTHER_NAME ? "dba" : "db", "db two");
	put_signed(m, "SbatLevel", "sbat,1,2025");
	if (w == VENDOR_DB || w == OTHER_VENDOR_DB) {
		put_cert(&b, w == VENDOR_DB ? "distribution" : "another");
		put_key(m, "vendor_db", &b);
	}
	if (w == VENDOR_SIGNED || w == OTHER_SIGNED)
		put_signed(m, "vendor_db", w == VENDOR_SIGNED ?
			"distribution" : "another");
}

static void
put_platform(struct logmaker *m, enum what w)
{
	bool swapped = w == SWAPPED_VOLUMES;

	lm_event(m, 0, ATT_EV_S_CRTM_VERSION,
	    S(w == OTHER_CRTM ? "1.2.4" : "1.2.3"));
	lm_event(m, 0, ATT_EV_EFI_PLATFORM_FIRMWARE_BLOB,
	    S(swapped ? "volume 2" : "volume 1"));
	lm_event(m, 0, ATT_EV_EFI_PLATFORM_FIRMWARE_BLOB2,
	    S(swapped ? "volume 1" : "volume 2"));
	if (w == MICROCODE)
		lm_event(m, 1, ATT_EV_CPU_MICROCODE, S("update"));
	if (w == DRIVER)
		lm_event_of(m, 2, ATT_EV_EFI_BOOT_SERVICES_DRIVER, S("ROM"),
		    S("path"));
	if (w == NO_DRIVER)
		lm_event(m, 2, ATT_EV_EFI_RUNTIME_SERVICES_DRIVER, S("ROM"));
	if (w == SETUP_UTILITY)
		lm_event(m, 1, ATT_EV_EFI_ACTION,
		    S("Entering ROM Based Setup"));
	if (w == BOOT_VARIABLES)
		put_variable(m, 1, ATT_EV_EFI_VARIABLE_BOOT, ATT_GUID_GLOBAL,
		    "BootOrder", S("\1\1\2\2"));
	if (w == BOOT_KEY)
		put_variable(m, 1, ATT_EV_EFI_VARIABLE_BOOT, ATT_GUID_GLOBAL,
		    "Key0000", S("\1\1\2\2"));
	lm_event(m, 1, ATT_EV_PLATFORM_CONFIG_FLAGS, S("ACPI DATA"));
	if (w == IN_PCR3)
		lm_event(m, 3, ATT_EV_EFI_BOOT_SERVICES_DRIVER, S("x"));
}

static void
put_image(struct logmaker *m, const char *image)
{
	lm_event_of(m, 4, ATT_EV_EFI_BOOT_SERVICES_APPLICATION, S(image),
	    S("a device path"));
}

static void
put_text(struct logmaker *m, const char *prefix, const char *text)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1000);

	att_buf_printf(&b, "%s%s", prefix, text);
	att_buf_u8(&b, 0);
	lm_event_of(m, 8, ATT_EV_IPL, S(text), att_buf_view(&b));
}

static void
put_file(struct logmaker *m, const char *path, const char *content)
{
	lm_event_of(m, 9, ATT_EV_IPL, S(content), (struct att_slice){
	    (const uint8_t *)path, strlen(path) + 1 });
}

static void
put_tag(struct logmaker *m, uint32_t id, const char *hashed)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(100);

	att_buf_le32(&b, id);
	att_buf_le32(&b, 4);
	att_buf_str(&b, "text");
	lm_event_of(m, 9, ATT_EV_EVENT_TAG, S(hashed), att_buf_view(&b));
}

/*
 * Kernels of disk blocks and of a network, with their command lines called
 * commands: there is no path to tell them by.
 */
static void
put_pathless(struct logmaker *m, enum what w)
{
	if (w == BLOCKS_LINE)
		put_text(m, "grub_cmd: ", "(hd0,gpt2)8+9 init=/bin/sh");
	if (w == OTHER_COMMANDS) {
		put_text(m, "grub_cmd: ", "load_video root=x");
		put_text(m, "grub_cmd: ", "set root=x");
		put_text(m, "grub_cmd: ", "[ x = y ]");
		put_text(m, "grub_cmd: ", "insmod blscfg");
		put_text(m, "grub_cmd: ", "blscfg");
		put_text(m, "grub_cmd: ", "eval set x=y");
		put_text(m, "grub_cmd: ", "set x=y");
	}
	if (w == NET_LINE || w == SHORT_NET_LINE)
		put_text(m, "grub_cmd: ", "linux set init=/bin/sh quiet");
	if (w == QUOTED_NET_LINE) {
		put_text(m, "grub_cmd: ", "linux set x=a 'b init=/bin/sh");
		put_text(m, "grub_cmd: ", "set \"x=a \\'b\" init=/bin/sh");
	}
	if (w == SHORT_NET_LINE)
		put_text(m, "grub_cmd: ", "set init=/bin/sh");
	if (w == NET_LINE)
		put_text(m, "grub_cmd: ", "set init=/bin/sh quiet");
}

static void
put_grub(struct logmaker *m, enum what w)
{
	const char *line = w == OTHER_LINE ? "/vmlinuz-6.1 root=/dev/sdb2 " :
	    w == BROKEN_LINE		   ? LINE "\nx" :
					     LINE;

	put_file(m, "(hd0,gpt1)/boot/grub/grub.cfg", "configuration");
	put_text(m, "grub_cmd: ", "set timeout=0");
	if (w == MORE_COMMANDS)
		put_text(m, "grub_cmd: ", "linux /vmlinuz-6.1 anything");
	put_file(m, "/boot/vmlinuz-6.1",
	    w == OTHER_VMLINUZ ? "another" : "kernel");
	if (w == MORE_VMLINUZ)
		put_file(m, "/boot/vmlinuz-6.1", "another");
	if (w == HIDDEN_LINE)
		put_text(m, "grub_cmd: ", "/vmlinuz-6.1 init=/bin/sh");
	put_pathless(m, w);
	if (w != NO_LINE)
		put_text(m, CMD, line);
	if (w == SECOND_LINE)
		put_text(m, CMD, line);
	if (w == LINE_AND_MORE)
		put_text(m, "module_cmdline: ", line);
	put_file(m, "/boot/initrd.img-6.1",
	    w == OTHER_INITRD ? "another" : "initrd");
	if (w == MORE_INITRD)
		put_file(m, "/boot/initrd.img-6.1", "another");
	if (w == GRUB_FILE)
		put_file(m, "/boot/grub/x86_64-efi/tpm.mod", "a module");
	if (w == OTHER_FILE)
		put_file(m, "/etc/shadow", "a file");
	if (w == STUB_INITRD)
		put_tag(m, 0x8f3b22ec, "initrd");
	if (w == LOAD_OPTIONS)
		put_tag(m, 0x8f3b22ed, "what it was given");
}

static void
put_mok(struct logmaker *m, enum what w)
{
	static const uint8_t one = 1;
	struct att_slice mok = S(w == OTHER_MOK ? "mine" : "MOK");

	lm_event_of(m, 14, ATT_EV_IPL, mok, S("MokList"));
	lm_event_of(m, 14, ATT_EV_IPL, S("MOKX"), S("MokListX"));
	if (w == TRUSTED)
		lm_event_of(m, 14, ATT_EV_IPL, (struct att_slice){ &one, 1 },
		    S("MokListTrusted"));
	if (w == BAD_TRUSTED)
		lm_event_of(m, 14, ATT_EV_IPL, S("\2"), S("MokListTrusted"));
}

static void
put_images(struct logmaker *m, enum what w, bool sb)
{
	bool swapped = w == SWAPPED_IMAGES;

	put_image(m, swapped ? "GRUB" : "shim");
	put_mok(m, w);
	if (w == SECOND_TRY) {
		lm_event(m, 4, ATT_EV_EFI_ACTION, S("Returning from EFI "
		    "Application from Boot Option"));
		lm_event(m, 4, ATT_EV_EFI_ACTION, S("Calling EFI "
		    "Application from Boot Option"));
	}
	put_image(m, swapped ? "shim" : "GRUB");
	put_grub(m, w);
	if (sb && w != NO_KERNEL)
		put_image(m, "kernel");
	if (w == TWICE_KERNEL || w == THRICE_KERNEL)
		put_image(m, "kernel");
	if (w == THRICE_KERNEL)
		put_image(m, "kernel");
	if (w == MORE_IMAGES)
		put_image(m, "a shell");
}

static struct logmaker
made_log(enum what w, bool sb)
{
	static const uint8_t ones[] = { 0xff, 0xff, 0xff, 0xff };
	struct logmaker m = lm_new(banks, ATT_COUNT(banks));

	put_platform(&m, w);
	put_keys(&m, w, sb);
	lm_event(&m, 4, ATT_EV_EFI_ACTION,
	    S("Calling EFI Application from Boot Option"));
	put_separators(&m, w == OTHER_SEPARATOR || w == BAD_SEPARATOR ?
		0x7e : 0x7f);
	if (w == OTHER_SEPARATOR)
		lm_event(&m, 0, ATT_EV_SEPARATOR,
		    (struct att_slice){ ones, sizeof(ones) });
	if (w == BAD_SEPARATOR)
		lm_event_of(&m, 0, ATT_EV_SEPARATOR, S("error"), ZEROS);
	put_images(&m, w, sb);
	if (w == IN_PCR12)
		lm_extend(&m, 12, S("a phase"));
	put_exit(&m);
	return m;
}

/* pcr -1: it passes. */
static void
boot_is(enum what w, bool sb, json_t *state, int pcr)
{
	struct logmaker m = made_log(w, sb);
	AUTO(att_json_decref) json_t *doc = imported(state, 0, 0);
	struct node n;

	boot(&n, &m);
	att_ref_free(n.ref[0]);
	n.ref[0] = NULL;
	n.refs.count = 0;
	node_add_ref(&n, doc);
	if (pcr < 0)
		node_passes(&n);
	else
		node_fails_at(&n, pcr);
	node_done(&n);
	lm_done(&m);
}

/* A difference, and the register that it shows in; -1: none does. */
static const struct {
	enum what what;
	int pcr;
} differences[] = {
	{ SAME, -1 }, { NO_SECURE_BOOT, 7 }, { OTHER_PK, 7 }, { MORE_KEK, 7 },
	{ LESS_DB, -1 }, { MORE_DB, 7 }, { NO_DB, -1 }, { ODD_DB, 7 },
	{ OTHER_DBX, 7 }, { MORE_DBX, -1 }, { BOTH_DBX, -1 },
	{ HIDDEN_DB, 7 }, { NO_SEPARATOR, 7 }, { VENDOR_DB, -1 },
	{ OTHER_VENDOR_DB, 7 }, { VENDOR_SIGNED, -1 }, { OTHER_SIGNED, 7 },
	{ OTHER_NAME, 7 }, { OTHER_CRTM, 0 }, { SWAPPED_VOLUMES, 0 },
	{ OTHER_SEPARATOR, -1 }, { BAD_SEPARATOR, 0 },
	{ BOOT_VARIABLES, -1 }, { BOOT_KEY, 1 }, { MICROCODE, -1 },
	{ DRIVER, -1 }, { NO_DRIVER, 2 }, { SETUP_UTILITY, -1 },
	{ NO_KERNEL, 4 }, { TWICE_KERNEL, -1 }, { THRICE_KERNEL, 4 },
	{ SWAPPED_IMAGES, 4 }, { MORE_IMAGES, 4 }, { SECOND_TRY, -1 },
	{ MORE_COMMANDS, -1 }, { HIDDEN_LINE, 8 }, { SECOND_LINE, 8 },
	{ OTHER_LINE, 8 }, { NO_LINE, 8 }, { BROKEN_LINE, 8 },
	{ LINE_AND_MORE, 8 }, { BLOCKS_LINE, 8 }, { NET_LINE, 8 },
	{ SHORT_NET_LINE, 8 }, { QUOTED_NET_LINE, 8 }, { OTHER_COMMANDS, -1 },
	{ OTHER_INITRD, 9 }, { MORE_INITRD, 9 },
	{ STUB_INITRD, -1 }, { LOAD_OPTIONS, -1 }, { GRUB_FILE, -1 },
	{ OTHER_FILE, 9 }, { OTHER_VMLINUZ, -1 }, { MORE_VMLINUZ, -1 },
	{ OTHER_MOK, 14 },
	{ TRUSTED, -1 }, { BAD_TRUSTED, 14 }, { IN_PCR3, 3 },
	{ IN_PCR12, 12 },
};

START_TEST(each_difference)
{
	AUTO(att_json_decref) json_t *state = made_state(true);

	boot_is(differences[_i].what, true, state, differences[_i].pcr);
}
END_TEST

START_TEST(without_secure_boot)
{
	AUTO(att_json_decref) json_t *state = made_state(false);
	AUTO(att_json_decref) json_t *open = made_state(false);
	static const char *const lists[] = { "pk", "kek", "db", "dbx" };

	boot_is(SAME, false, state, -1);
	boot_is(SAME, true, state, 7);
	/* GRUB's word for the kernel is all there is */
	boot_is(OTHER_VMLINUZ, false, state, 9);
	boot_is(MORE_VMLINUZ, false, state, 9);
	boot_is(OTHER_INITRD, false, state, 9);
	boot_is(TWICE_KERNEL, false, state, 4);
	boot_is(OTHER_PK, false, state, 7);
	/* where none is listed keys do not matter */
	for (size_t i = 0; i < ATT_COUNT(lists); i++)
		ck_assert(json_object_set_new(open, lists[i], json_array()) ==
		    0);
	boot_is(OTHER_PK, false, open, -1);
	boot_is(MORE_DB, false, open, -1);
	boot_is(OTHER_DBX, false, open, -1);
}
END_TEST

START_TEST(empty_lists_with_secure_boot)
{
	AUTO(att_json_decref) json_t *state = made_state(true);

	ck_assert(json_object_set_new(state, "db", json_array()) == 0);
	boot_is(NO_DB, true, state, -1);
	boot_is(LESS_DB, true, state, 7);
	ck_assert(json_object_del(state, "vendor_db") == 0);
	boot_is(NO_DB, true, state, -1);
	ck_assert(json_object_set_new(state, "mokdig", json_array()) == 0);
	boot_is(NO_DB, true, state, 14);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("refkeylime");
	TCase *t = tcase_create("refkeylime");

	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, a_boot_passes_by_its_own_state);
	tcase_add_test(t, another_kernel);
	tcase_add_test(t, other_command_lines);
	tcase_add_test(t, other_boots);
	tcase_add_loop_test(t, each_difference, 0,
	    (int)ATT_COUNT(differences));
	tcase_add_test(t, without_secure_boot);
	tcase_add_test(t, empty_lists_with_secure_boot);
	suite_add_tcase(s, t);
	return run_suite(s);
}
