#include "agent/ctl_fwvalues.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/ctl_agent.h"
#include "agent/ctl_bundle.h"
#include "appraise/firmware.h"
#include "appraise/fwmake.h"
#include "base/cur.h"

#define OUTPUT_MAX (16u << 20)	/* bytes of one answer */

struct options {
	const struct att_ctl_command *cmd;
	const char *output;	/* file, or NULL */
	const char *chip;	/* what an image is of */
	const char *known;	/* file, or NULL */
	bool json;
	int64_t now;
	enum att_layout layout;
	struct att_fwmake make;
	struct att_ctl_words vendor, product, groups;
	int files;
	char **file;
};

/* -- claims, or an image of a chip ----------------------------------------- */

/* As `attestctl firmware measure` would claim it of the device. */
static int
claim_image(const struct options *o, struct att_slice bytes,
    struct att_firmware_claims *c, struct att_err *err)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_map_options how = { .alg = ATT_ALG_SHA256,
		.layout = o->layout };
	struct att_flash *flash = NULL;
	struct att_pass *pass = NULL;
	struct att_image im;
	char of[ATT_PASS_NAME_MAX + 1];
	int r;

	if (h == NULL)
		return att_err_nomem(err);
	if ((r = att_image_of(bytes, &im, err)) < 0 ||
	    (r = att_firmware_claims_add_flash(c, o->chip, &flash, err)) < 0 ||
	    (r = att_map_make(&im, &how, h, &flash->map, err)) < 0)
		return r;
	flash->path = ATT_PATH_IMAGE;
	flash->result = ATT_MEASURED_OK;
	flash->reason[0] = '\0';
	(void)snprintf(of, sizeof(of), "flash/%s", flash->name);
	return att_firmware_claims_add_pass(c, of, &pass, err);
}

/* A document begins with a brace, and no chip does. */
static bool
is_document(struct att_slice bytes)
{
	struct att_cur c = att_cur_of(bytes);
	uint8_t first = 0;

	while (att_cur_u8(&c, &first) && first <= ' ' && first != '\0')
		;
	return first == '{';
}

static int
read_claims(const struct options *o, const char *file,
    struct att_firmware_claims **ret)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_IMAGE_MAX);
	AUTO(att_firmware_claims_free)
	struct att_firmware_claims *c = calloc(1, sizeof(*c));
	struct att_err err = { 0 };
	int r;

	if (c == NULL)
		return att_ctl_nomem();
	if (att_ctl_read(file, &b, &err) < 0)
		return att_ctl_fail(NULL, &err);
	if (is_document(att_buf_view(&b))) {
		att_firmware_claims_free(take(&c));
		r = att_firmware_claims_parse(att_buf_view(&b), &c, &err);
	} else {
		r = claim_image(o, att_buf_view(&b), c, &err);
	}
	if (r < 0)
		return att_ctl_fail(file, &err);
	*ret = take(&c);
	return ATT_CTL_GOOD;
}

/* -- create ---------------------------------------------------------------- */

struct nodes {
	struct att_firmware_claims *claims[ATT_FWMAKE_NODES_MAX];
	size_t count;
};

static void
nodes_done(struct nodes *n)
{
	while (n->count > 0)
		att_firmware_claims_free(n->claims[--n->count]);
}

static void
note(void *arg, const char *text)
{
	const struct options *o = arg;

	att_ctl_note(o->output, "%s", text);
}

static int
create(struct options *o)
{
	AUTO_DONE(nodes_done) struct nodes nodes = { .count = 0 };
	struct att_err err = { 0 };
	json_t *doc = NULL;
	int status;

	if (o->make.head.id == NULL || o->files < 1 ||
	    o->files > ATT_FWMAKE_NODES_MAX)
		return att_ctl_misused(o->cmd, "firmware create: --id and "
		    "claims or images are wanted, at most %d of them",
		    ATT_FWMAKE_NODES_MAX);
	for (int i = 0; i < o->files; i++) {
		status = read_claims(o, o->file[i], &nodes.claims[i]);
		if (status != ATT_CTL_GOOD)
			return status;
		nodes.count++;
	}
	o->make.head.vendor = o->vendor.word;
	o->make.head.product = o->product.word;
	o->make.head.groups = o->groups.word;
	o->make.node =
	    (const struct att_firmware_claims *const *)nodes.claims;
	o->make.nodes = nodes.count;
	o->make.note = note;
	o->make.arg = o;
	if (att_fwmake(&o->make, &doc, &err) < 0)
		return att_ctl_fail(NULL, &err);
	return att_ctl_put_json(o->output, doc);
}

/* -- check ----------------------------------------------------------------- */

struct job {
	const struct options *o;
	struct att_refdocs docs;
	struct att_firmware_claims *claims;
	struct att_fwknown *known;
	struct att_quote_state quote;
	struct att_platform platform;
	struct att_firmware_result result;
	json_t *findings;
	bool nomem;
};

static void
job_done(struct job *j)
{
	att_refdocs_done(&j->docs);
	att_firmware_claims_free(j->claims);
	att_fwknown_free(j->known);
	att_firmware_result_done(&j->result);
	json_decref(j->findings);
}

/*
 * Without a quote nothing dates the claims. So that no rule about time holds
 * or fails, each part was measured at one time, that of the quote.
 */
static int
forget_time(struct job *j)
{
	struct att_firmware_claims *c = j->claims;
	struct att_pass *pass = NULL;
	struct att_err err = { 0 };

	if (att_firmware_claims_pass(c, "components") == NULL &&
	    att_firmware_claims_add_pass(c, "components", &pass, &err) < 0)
		return att_ctl_fail(NULL, &err);
	for (size_t i = 0; i < c->passes; i++) {
		c->pass[i].has_clock = true;
		c->pass[i].begin = c->pass[i].end =
		    (struct att_pass_clock){ .safe = true };
	}
	return ATT_CTL_GOOD;
}

static int
read_known(struct job *j)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_FWKNOWN_MAX);
	struct att_err err = { 0 };

	if (j->o->known == NULL)
		return ATT_CTL_GOOD;
	if (att_ctl_read(j->o->known, &b, &err) < 0)
		return att_ctl_fail(NULL, &err);
	if (att_fwknown_parse(att_buf_view(&b), &j->known, &err) < 0)
		return att_ctl_fail(j->o->known, &err);
	return ATT_CTL_GOOD;
}

static int
read_inputs(struct job *j)
{
	const struct options *o = j->o;
	int status;

	for (int i = 0; i < o->files - 1; i++)
		if ((status = att_ctl_reference_file(o->file[i], &j->docs)) !=
		    ATT_CTL_GOOD)
			return status;
	status = read_claims(o, o->file[o->files - 1], &j->claims);
	if (status != ATT_CTL_GOOD ||
	    (status = read_known(j)) != ATT_CTL_GOOD)
		return status;
	return forget_time(j);
}

static void
take_finding(void *arg, const struct att_finding *f)
{
	struct job *j = arg;

	if (att_json_add(j->findings, att_finding_to_json(f), NULL) < 0)
		j->nomem = true;
}

static int
appraise(struct job *j)
{
	const struct options *o = j->o;
	struct att_firmware_appraisal a = { .claims = j->claims,
		.quote = &j->quote,
		.ref = (const struct att_fwref *const *)j->docs.firmware.doc,
		.refs = j->docs.firmware.count,
		.advisories = (const struct att_fwadvisories *const *)
				  j->docs.advisories.doc,
		.advisory_lists = j->docs.advisories.count,
		.platform = &j->platform, .known = j->known, .now = o->now };
	struct att_err err = { 0 };

	j->platform = (struct att_platform){ o->vendor.word[0],
		o->product.word[0], o->groups.word };
	if ((j->findings = json_array()) == NULL)
		return att_ctl_nomem();
	if (att_firmware_appraise(&a, take_finding, j, &j->result, &err) < 0)
		return att_ctl_fail(NULL, &err);
	return j->nomem ? att_ctl_nomem() : ATT_CTL_GOOD;
}

static json_t *
agreed_json(const struct att_firmware_result *r)
{
	AUTO(att_json_decref) json_t *list = json_array();

	for (size_t i = 0; i < r->agreed_count; i++) {
		AUTO(att_json_decref) json_t *j = json_object();

		if (att_json_put(j, "id", json_string(r->agreed[i].id),
			NULL) < 0 ||
		    att_json_put(j, "version",
			json_integer(r->agreed[i].version), NULL) < 0 ||
		    att_json_add(list, take(&j), NULL) < 0)
			return NULL;
	}
	return take(&list);
}

static json_t *
result_json(const struct job *j)
{
	AUTO(att_json_decref) json_t *all = json_object();
	const struct att_firmware_result *r = &j->result;

	if (att_json_put(all, "evaluated", json_boolean(r->evaluated), NULL) <
		0 ||
	    att_json_put(all, "expected", json_boolean(r->expected), NULL) <
		0 ||
	    att_json_put(all, "chips", json_integer((json_int_t)r->chips),
		NULL) < 0 ||
	    att_json_put(all, "ranges", json_integer((json_int_t)r->ranges),
		NULL) < 0 ||
	    att_json_put(all, "components",
		json_integer((json_int_t)r->components), NULL) < 0 ||
	    att_json_put(all, "agreed", agreed_json(r), NULL) < 0 ||
	    att_json_put(all, "findings", json_incref(j->findings), NULL) < 0)
		return NULL;
	return take(&all);
}

static void
put_text(struct att_buf *b, const struct job *j)
{
	const struct att_firmware_result *r = &j->result;

	att_buf_printf(b, "%s: %zu chips of %zu ranges, %zu components\n",
	    r->expected ? "EXPECTED" :
			  r->evaluated ? "NOT EXPECTED" : "NOT EVALUATED",
	    r->chips, r->ranges, r->components);
	for (size_t i = 0; i < r->agreed_count; i++)
		att_buf_printf(b, "  agrees  %s version %" PRId64 "\n",
		    r->agreed[i].id, r->agreed[i].version);
	for (size_t i = 0; i < json_array_size(j->findings); i++) {
		const json_t *f = json_array_get(j->findings, i);

		att_buf_printf(b, "%s: %s\n    %s\n",
		    json_string_value(json_object_get(f, "severity")),
		    json_string_value(json_object_get(f, "text")),
		    json_string_value(json_object_get(f, "advice")));
	}
}

static int
put_result(const struct job *j)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(OUTPUT_MAX);
	struct att_err err = { 0 };
	int status;

	if (j->o->json) {
		status = att_ctl_put_json(j->o->output, result_json(j));
	} else {
		put_text(&out, j);
		if (att_buf_ok(&out, "result as text", &err) < 0)
			return att_ctl_fail(NULL, &err);
		status = att_ctl_write(j->o->output, &out);
	}
	if (status != ATT_CTL_GOOD)
		return status;
	return j->result.expected ? ATT_CTL_GOOD : ATT_CTL_VERDICT;
}

static int
check(struct options *o)
{
	AUTO_DONE(job_done) struct job j = { .o = o };
	int status;

	if (o->files < 2)
		return att_ctl_misused(o->cmd, "firmware check: reference "
		    "values, and then claims or an image, are wanted");
	if ((status = read_inputs(&j)) != ATT_CTL_GOOD ||
	    (status = appraise(&j)) != ATT_CTL_GOOD)
		return status;
	return put_result(&j);
}

/* -- the command ----------------------------------------------------------- */

static const struct {
	const char *name;
	int (*run)(struct options *o);
} verbs[] = {
	{ "check", check },
	{ "create", create },
};

static int
set_layout(void *arg, const char *text)
{
	struct options *o = arg;

	if (strcmp(text, "openbmc") != 0)
		return att_ctl_misused(o->cmd,
		    "--layout must be openbmc, not %.32s", text);
	o->layout = ATT_LAYOUT_OPENBMC;
	return ATT_CTL_GOOD;
}

int
att_ctl_fwvalues(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct options o = { .cmd = cmd, .chip = "BIOS",
		.now = (int64_t)time(NULL), .make.head = {
		    .valid_from = INT64_MIN, .valid_until = INT64_MAX } };
	const struct att_ctl_option table[] = {
		{ "at", .time = &o.now },
		{ "chip", .text = &o.chip },
		{ "comment", .text = &o.make.head.comment },
		{ "group", .words = &o.groups },
		{ "id", .text = &o.make.head.id },
		{ "json", .flag = &o.json },
		{ "known", .text = &o.known },
		{ "layout", .set = set_layout },
		{ "output", 'o', .text = &o.output },
		{ "product", .words = &o.product },
		{ "valid-from", .time = &o.make.head.valid_from },
		{ "valid-until", .time = &o.make.head.valid_until },
		{ "vendor", .words = &o.vendor },
		{ "version", .number = &o.make.head.version,
		    .max = INT32_MAX },
		{ 0 },
	};
	int status;

	if (!att_ctl_options(cmd, table, &o, argc, argv, &status))
		return status;
	if (optind == argc)
		return att_ctl_misused(cmd, "firmware: a verb is wanted");
	o.files = argc - optind - 1;
	o.file = argv + optind + 1;
	for (size_t i = 0; i < ATT_COUNT(verbs); i++)
		if (strcmp(argv[optind], verbs[i].name) == 0)
			return verbs[i].run(&o);
	return att_ctl_misused(cmd, "firmware: no verb \"%.32s\"",
	    argv[optind]);
}
