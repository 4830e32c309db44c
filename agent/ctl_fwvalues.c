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
#include "base/number.h"

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

static int
nomem(void)
{
	struct att_err err = { 0 };

	att_err_nomem(&err);
	return att_ctl_fail(NULL, &err);
}

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
		return nomem();
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
		return nomem();
	if (att_firmware_appraise(&a, take_finding, j, &j->result, &err) < 0)
		return att_ctl_fail(NULL, &err);
	return j->nomem ? nomem() : ATT_CTL_GOOD;
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
	AUTO(att_json_decref) json_t *all = NULL;
	struct att_err err = { 0 };
	int status;

	if (j->o->json) {
		if ((all = result_json(j)) == NULL)
			return nomem();
		status = att_ctl_put_json(j->o->output, take(&all));
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

enum {
	OPT_AT = 256, OPT_CHIP, OPT_COMMENT, OPT_GROUP, OPT_HELP, OPT_ID,
	OPT_JSON, OPT_KNOWN, OPT_LAYOUT, OPT_PRODUCT, OPT_VALID_FROM,
	OPT_VALID_UNTIL, OPT_VENDOR, OPT_VERSION
};

static const struct option names[] = {
	{ "at", required_argument, NULL, OPT_AT },
	{ "chip", required_argument, NULL, OPT_CHIP },
	{ "comment", required_argument, NULL, OPT_COMMENT },
	{ "group", required_argument, NULL, OPT_GROUP },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "id", required_argument, NULL, OPT_ID },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "known", required_argument, NULL, OPT_KNOWN },
	{ "layout", required_argument, NULL, OPT_LAYOUT },
	{ "output", required_argument, NULL, 'o' },
	{ "product", required_argument, NULL, OPT_PRODUCT },
	{ "valid-from", required_argument, NULL, OPT_VALID_FROM },
	{ "valid-until", required_argument, NULL, OPT_VALID_UNTIL },
	{ "vendor", required_argument, NULL, OPT_VENDOR },
	{ "version", required_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* Where the text of an option goes; NULL: it is of another kind. */
static const char **
text_of(struct options *o, int c)
{
	switch (c) {
	case OPT_CHIP:
		return &o->chip;
	case OPT_COMMENT:
		return &o->make.head.comment;
	case OPT_ID:
		return &o->make.head.id;
	case OPT_KNOWN:
		return &o->known;
	case 'o':
		return &o->output;
	default:
		return NULL;
	}
}

static int
set_time(const struct options *o, const char *text, int64_t *ret)
{
	if (!att_ref_time_parse(text, ret))
		return att_ctl_misused(o->cmd, "%s: no time, such as "
		    "2026-11-24T15:04:05Z", text);
	return ATT_CTL_GOOD;
}

static int
set_version(struct options *o, const char *text)
{
	uint64_t v;

	if (!att_number_read(text, INT32_MAX, &v))
		return att_ctl_misused(o->cmd, "%.32s: no version, which is a "
		    "number, 0 to %d", text, INT32_MAX);
	o->make.head.version = (int64_t)v;
	return ATT_CTL_GOOD;
}

static int
set_layout(struct options *o, const char *text)
{
	if (strcmp(text, "openbmc") != 0)
		return att_ctl_misused(o->cmd,
		    "--layout must be openbmc, not %.32s", text);
	o->layout = ATT_LAYOUT_OPENBMC;
	return ATT_CTL_GOOD;
}

static int
set_option(struct options *o, int c, const char *arg)
{
	const char **text = text_of(o, c);

	if (text != NULL) {
		*text = arg;
		return ATT_CTL_GOOD;
	}
	switch (c) {
	case OPT_AT:
		return set_time(o, arg, &o->now);
	case OPT_GROUP:
		return att_ctl_words_add(o->cmd, &o->groups, arg);
	case OPT_LAYOUT:
		return set_layout(o, arg);
	case OPT_PRODUCT:
		return att_ctl_words_add(o->cmd, &o->product, arg);
	case OPT_VALID_FROM:
		return set_time(o, arg, &o->make.head.valid_from);
	case OPT_VALID_UNTIL:
		return set_time(o, arg, &o->make.head.valid_until);
	case OPT_VENDOR:
		return att_ctl_words_add(o->cmd, &o->vendor, arg);
	case OPT_VERSION:
		return set_version(o, arg);
	default:
		o->json = true;
		return ATT_CTL_GOOD;
	}
}

int
att_ctl_fwvalues(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct options o = { .cmd = cmd, .chip = "BIOS",
		.now = (int64_t)time(NULL), .make.head = {
		    .valid_from = INT64_MIN, .valid_until = INT64_MAX } };
	int c, status;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "ho:", names, NULL)) != -1) {
		if (c == 'h' || c == OPT_HELP)
			return att_ctl_help(cmd);
		if (c == '?')
			return att_ctl_bad_option(cmd, argv[optind - 1]);
		if ((status = set_option(&o, c, optarg)) != ATT_CTL_GOOD)
			return status;
	}
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
