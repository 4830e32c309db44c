/*
 * Reference values of firmware, advisories, what is known of a node, and
 * claims: each is judged by the others, and claims agree with what is made of
 * them. The order of versions is one.
 */
#include <string.h>

#include "appraise/firmware.h"
#include "appraise/fwmake.h"
#include "appraise/version.h"

#define MAX (1u << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char claims_text[] =
    "{\"boot_id\":\"b\",\"firmware\":{\"components\":[{\"id\":\"bmc\","
    "\"kind\":\"bmc\",\"path\":\"ipmi\",\"result\":\"ok\",\"versions\":{"
    "\"fw\":{\"running\":\"12.1\",\"stored\":\"12.2\"}}}],\"flash\":[{"
    "\"alg\":\"sha256\",\"findings\":[],\"name\":\"BIOS\",\"path\":\"mtd\","
    "\"ranges\":[{\"class\":\"per-machine\",\"length\":4096,\"name\":\"GbE\","
    "\"offset\":0,\"sha256\":\"0123456789abcdef0123456789abcdef"
    "0123456789abcdef0123456789abcdef\"},{\"class\":\"gap\",\"fill\":255,"
    "\"length\":4096,\"name\":\"unclaimed\",\"offset\":4096,\"sha256\":\""
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}],"
    "\"result\":\"ok\",\"size\":8192,\"writable\":false}]},"
    "\"format\":\"attestd-firmware/1\",\"passes\":[]}";

static void
must(bool good)
{
	if (!good)
		abort();
}

static struct att_slice
text_of(const char *s)
{
	return (struct att_slice){ (const uint8_t *)s, strlen(s) };
}

/* So that what they say is judged, and not when. */
static void
forget_time(struct att_firmware_claims *c)
{
	struct att_pass *pass;
	char of[ATT_PASS_NAME_MAX + 1];

	c->passes = 0;
	for (size_t i = 0; i < c->chips; i++) {
		snprintf(of, sizeof(of), "flash/%s", c->flash[i].name);
		must(att_firmware_claims_add_pass(c, of, &pass, NULL) == 0);
		pass->has_clock = true;
	}
	must(att_firmware_claims_add_pass(c, "components", &pass, NULL) == 0);
	pass->has_clock = true;
}

/* What claims may fail by though the reference values are made of them. */
static void
count_others(void *arg, const struct att_finding *f)
{
	static const enum att_finding_code own[] = { ATT_F_COMPONENT_STORED,
		ATT_F_COMPONENT_DISAGREE, ATT_F_FLASH_NOT_IN_REFERENCE,
		ATT_F_FIRMWARE_NO_REFERENCE };
	char text[ATT_FINDING_TEXT_MAX + 1];
	bool *other = arg;

	must(att_finding_text(f, text)[0] != '\0');
	for (size_t i = 0; i < ATT_COUNT(own); i++)
		if (f->code == own[i])
			return;
	*other = *other || f->severity == ATT_SEVERITY_FAIL;
}

/* True if there was a finding of another kind than those above. */
static bool
judge(const struct att_firmware_claims *c, const struct att_fwref *ref,
    const struct att_fwadvisories *list, struct att_fwknown **known)
{
	struct att_quote_state quote = { .known = true };
	struct att_platform platform = { .vendor = "v", .product = "p" };
	struct att_firmware_appraisal a = { .claims = c, .quote = &quote,
		.ref = &ref, .refs = ref != NULL, .advisories = &list,
		.advisory_lists = list != NULL, .platform = &platform,
		.known = *known };
	struct att_firmware_result r = { 0 };
	bool other = false;

	must(att_firmware_appraise(&a, count_others, &other, &r, NULL) == 0);
	must(!r.expected || (r.evaluated && !other));
	if (r.known != NULL) {
		att_fwknown_free(*known);
		*known = take(&r.known);
	}
	att_firmware_result_done(&r);
	return other;
}

static void
try_claims(struct att_slice in)
{
	AUTO(att_firmware_claims_free) struct att_firmware_claims *c = NULL;
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(MAX);
	AUTO(att_fwref_free) struct att_fwref *ref = NULL;
	AUTO(att_fwknown_free) struct att_fwknown *known = NULL;
	AUTO(att_json_decref) json_t *doc = NULL;
	struct att_fwmake m = { .head = { .id = "x",
		    .valid_from = INT64_MIN, .valid_until = INT64_MAX },
		.nodes = 1 };

	if (att_firmware_claims_parse(in, &c, NULL) < 0)
		return;
	forget_time(c);
	m.node = (const struct att_firmware_claims *const[]){ c };
	if (att_fwmake(&m, &doc, NULL) < 0)
		return;
	must(att_json_write(doc, &text, NULL) == 0);
	must(att_fwref_parse(att_buf_view(&text), &ref, NULL) == 0);
	must(!judge(c, ref, NULL, &known));
	/* and again, as what is known now */
	must(!judge(c, ref, NULL, &known));
}

static void
try_documents(struct att_slice in)
{
	AUTO(att_firmware_claims_free) struct att_firmware_claims *c = NULL;
	AUTO(att_fwref_free) struct att_fwref *ref = NULL;
	AUTO(att_fwadvisories_free) struct att_fwadvisories *list = NULL;
	AUTO(att_fwknown_free) struct att_fwknown *known = NULL;

	(void)!att_fwref_parse(in, &ref, NULL);
	(void)!att_fwadvisories_parse(in, &list, NULL);
	(void)!att_fwknown_parse(in, &known, NULL);
	if (ref == NULL && list == NULL && known == NULL)
		return;
	must(att_firmware_claims_parse(text_of(claims_text), &c, NULL) == 0);
	forget_time(c);
	(void)judge(c, ref, list, &known);
}

/* What is known is written as it was read. */
static void
try_known(struct att_slice in)
{
	AUTO(att_fwknown_free) struct att_fwknown *k = NULL, *same = NULL;
	AUTO_DONE(att_buf_done) struct att_buf once = ATT_BUF(MAX);
	AUTO_DONE(att_buf_done) struct att_buf again = ATT_BUF(MAX);

	if (att_fwknown_parse(in, &k, NULL) < 0)
		return;
	must(att_fwknown_encode(k, &once, NULL) == 0);
	must(att_fwknown_parse(att_buf_view(&once), &same, NULL) == 0);
	must(att_fwknown_encode(same, &again, NULL) == 0);
	must(att_slice_equal(att_buf_view(&once), att_buf_view(&again)));
}

/* Three texts, with NULs between them. */
static void
try_versions(struct att_slice in)
{
	char text[3][128] = { "", "", "" };
	size_t n = 0, at = 0;

	for (size_t i = 0; i < in.len && n < 3; i++) {
		if (in.data[i] == '\0') {
			n++;
			at = 0;
		} else if (at + 1 < sizeof(text[0])) {
			text[n][at++] = (char)in.data[i];
		}
	}
	for (size_t i = 0; i < 3; i++) {
		const char *a = text[i], *b = text[(i + 1) % 3];
		const char *c = text[(i + 2) % 3];
		int ab = att_version_compare(a, b);

		must(att_version_compare(a, a) == 0);
		must((ab > 0) == (att_version_compare(b, a) < 0));
		must((ab == 0) == (att_version_compare(b, a) == 0));
		if (ab <= 0 && att_version_compare(b, c) <= 0)
			must(att_version_compare(a, c) <= 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct att_slice in = { data, size };

	try_claims(in);
	try_documents(in);
	try_known(in);
	try_versions(in);
	return 0;
}
