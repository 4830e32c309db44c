/* attestctl posture: how this machine is set up, and how rules judge it. */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "agent/ctl_bundle.h"
#include "agent/ctl_option.h"
#include "appraise/posture.h"
#include "posture/posture.h"

#define OUTPUT_MAX (1u << 20)

struct options {
	const struct att_ctl_command *cmd;
	const char *root;
	const char *vendor, *product;
	struct att_ctl_words groups, references;
	char **file;
	int files;
	bool json;
};

/* The document of a file, or of this machine, in canonical form or not. */
static int
get_text(const struct options *o, struct att_buf *ret)
{
	AUTO(att_posture_free) struct att_posture *p = NULL;
	struct att_err err = { 0 };

	if (o->files > 0)
		return att_ctl_read(o->file[0], ret, &err) < 0 ?
		    att_ctl_fail(NULL, &err) : ATT_CTL_GOOD;
	if (att_posture_read(o->root, &p, &err) < 0 ||
	    att_posture_encode(p, ret, &err) < 0)
		return att_ctl_fail(NULL, &err);
	return ATT_CTL_GOOD;
}

/* -- show ------------------------------------------------------------------ */

static void
put_value(struct att_buf *b, const json_t *v)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(OUTPUT_MAX);

	if (json_is_string(v))
		att_buf_str(b, json_string_value(v));
	else if (att_json_write(v, &text, NULL) == 0)
		att_buf_slice(b, att_buf_view(&text));
}

static void
put_claim(struct att_buf *b, const struct att_posture_claim *c)
{
	att_buf_printf(b, "%-36s  ", c->name);
	if (c->result == ATT_POSTURE_OK)
		put_value(b, c->value);
	else
		att_buf_printf(b, "%s: %s",
		    att_posture_result_name(c->result), c->reason);
	att_buf_printf(b, "  (%s)\n", att_posture_path_name(c->path));
}

static void
put_keys(struct att_buf *b, const char *name,
    const struct att_posture_keys *k)
{
	char hex[ATT_DIGEST_HEX_MAX];

	if (k->result != ATT_POSTURE_OK)
		att_buf_printf(b, "%-36s  %s: %s\n", name,
		    att_posture_result_name(k->result), k->reason);
	for (size_t i = 0; i < k->certs; i++)
		att_buf_printf(b, "%-36s  %s  %s\n", name,
		    att_digest_hex(&k->cert[i].sha256, hex),
		    k->cert[i].subject);
	if (k->result == ATT_POSTURE_OK && (k->digests > 0 || k->certs == 0))
		att_buf_printf(b, "%-36s  %" PRId64 " digests\n", name,
		    k->digests);
}

static int
show(const struct options *o)
{
	AUTO_DONE(att_buf_done) struct att_buf text =
	    ATT_BUF(ATT_POSTURE_MAX);
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(OUTPUT_MAX);
	AUTO(att_posture_free) struct att_posture *p = NULL;
	json_t *j = NULL;
	struct att_err err = { 0 };
	int status = get_text(o, &text);

	if (status != ATT_CTL_GOOD)
		return status;
	if (att_posture_parse(att_buf_view(&text), &p, &err) < 0 ||
	    (o->json && att_json_parse(att_buf_view(&text), ATT_POSTURE_MAX,
		&j, &err) < 0))
		return att_ctl_fail(o->files > 0 ? o->file[0] : NULL, &err);
	if (o->json)
		return att_ctl_put_json(NULL, j);
	for (size_t i = 0; i < p->claims; i++)
		put_claim(&out, &p->claim[i]);
	for (int v = 0; v < ATT_POSTURE_VARIABLES; v++)
		put_keys(&out, att_posture_variable_name(
		    (enum att_posture_variable)v), &p->keys[v]);
	if (att_buf_ok(&out, "posture as text", &err) < 0)
		return att_ctl_fail(NULL, &err);
	att_ctl_put(&out);
	return ATT_CTL_GOOD;
}

/* -- check ----------------------------------------------------------------- */

static void
note(void *arg, const struct att_finding *f)
{
	json_t **list = arg;

	if (*list != NULL &&
	    json_array_append_new(*list, att_finding_to_json(f)) != 0) {
		json_decref(*list);
		*list = NULL;
	}
}

static void
put_findings(struct att_buf *b, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *f = json_array_get(list, i);

		att_buf_printf(b, "%-4s  %s: %s\n",
		    json_string_value(json_object_get(f, "severity")),
		    json_string_value(json_object_get(f, "code")),
		    json_string_value(json_object_get(f, "text")));
	}
}

static int
put_outcome(const struct options *o, const struct att_posture_judged *j,
    json_t *findings)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(OUTPUT_MAX);
	const char *word = j->holds ? "GOOD" :
	    j->evaluated	    ? "BAD" :
				      "NOT EVALUATED";
	struct att_err err = { 0 };
	json_t *doc;
	int status = ATT_CTL_GOOD;

	if (o->json) {
		doc = json_pack("{s:b, s:b, s:O}", "evaluated", j->evaluated,
		    "holds", j->holds, "findings", findings);
		status = att_ctl_put_json(NULL, doc);
	} else {
		att_buf_printf(&out, "%s\n", word);
		put_findings(&out, findings);
		if (att_buf_ok(&out, "findings as text", &err) < 0)
			return att_ctl_fail(NULL, &err);
		att_ctl_put(&out);
	}
	if (status != ATT_CTL_GOOD)
		return status;
	return j->holds ? ATT_CTL_GOOD : ATT_CTL_VERDICT;
}

static int
check(const struct options *o)
{
	AUTO_DONE(att_buf_done) struct att_buf text =
	    ATT_BUF(ATT_POSTURE_MAX);
	AUTO_DONE(att_refdocs_done) struct att_refdocs docs = { 0 };
	AUTO(att_json_decref) json_t *findings = json_array();
	const struct att_platform platform = { o->vendor, o->product,
		o->groups.word };
	struct att_posture_case c = { .platform = &platform,
		.now = (int64_t)time(NULL) };
	struct att_posture_judged j = { false, false };
	struct att_err err = { 0 };
	int status;

	if (o->references.count == 0)
		return att_ctl_misused(o->cmd, "check: --reference FILE with "
		    "rules is wanted");
	for (size_t i = 0; i < o->references.count; i++)
		if ((status = att_ctl_reference_file(o->references.word[i],
			 &docs)) != ATT_CTL_GOOD)
			return status;
	if ((status = get_text(o, &text)) != ATT_CTL_GOOD)
		return status;
	c.text = att_buf_view(&text);
	c.rules = (const struct att_posture_rules *const *)docs.posture.doc;
	c.count = docs.posture.count;
	if (att_posture_judge(&c, note, &findings, &j, &err) < 0)
		return att_ctl_fail(NULL, &err);
	return findings == NULL ? att_ctl_nomem() :
				  put_outcome(o, &j, findings);
}

/* -- the command ----------------------------------------------------------- */

static const struct {
	const char *name;
	int (*run)(const struct options *o);
} verbs[] = {
	{ "check", check },
	{ "show", show },
};

int
att_ctl_posture(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct options o = { .cmd = cmd, .root = "", .vendor = "",
		.product = "" };
	const struct att_ctl_option table[] = {
		{ "group", .words = &o.groups },
		{ "json", .flag = &o.json },
		{ "product", .text = &o.product },
		{ "reference", .words = &o.references },
		{ "root", .text = &o.root },
		{ "vendor", .text = &o.vendor },
		{ 0 },
	};
	int status;

	if (!att_ctl_options(cmd, table, &o, argc, argv, &status))
		return status;
	if (optind == argc)
		return att_ctl_misused(cmd, "a verb is wanted");
	o.files = argc - optind - 1;
	o.file = argv + optind + 1;
	if (o.files > 1)
		return att_ctl_misused(cmd, "one file at most is wanted");
	for (size_t i = 0; i < ATT_COUNT(verbs); i++)
		if (strcmp(argv[optind], verbs[i].name) == 0)
			return verbs[i].run(&o);
	return att_ctl_misused(cmd, "no verb \"%s\"", argv[optind]);
}
