/* attestctl runtime: policies over what runs on nodes. */
#include "agent/ctl.h"

#include <getopt.h>
#include <string.h>

#include "agent/ctl_agent.h"
#include "agent/ctl_documents.h"
#include "appraise/runtime.h"
#include "appraise/runtime_keylime.h"
#include "appraise/runtime_learn.h"
#include "base/text.h"

struct options {
	const struct att_ctl_command *cmd;
	const char *id, *output, *list;	/* or NULL */
	int64_t version;
	int files;
	char **file;
};

/* -- check ----------------------------------------------------------------- */

static int
check_file(const char *file)
{
	AUTO_DONE(att_buf_done) struct att_buf text =
	    ATT_BUF(ATT_RUNTIME_FILE_MAX);
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(4096);
	AUTO(att_runtime_free) struct att_runtime *r = NULL;
	const char *name = att_ctl_file_name(file);
	struct att_err err = { 0 };

	if (att_ctl_read(file, &text, &err) < 0)
		return att_ctl_fail(NULL, &err);
	if (att_runtime_parse(att_buf_view(&text), &r, &err) < 0)
		return att_ctl_fail(name, &err);
	att_text_put(&out, att_slice_of(name));
	att_buf_printf(&out, ": %s version %lld, %zu files, %zu keys\n",
	    att_runtime_head(r)->id, (long long)att_runtime_head(r)->version,
	    att_runtime_files(r), att_runtime_keys(r));
	att_ctl_put(&out);
	return ATT_CTL_GOOD;
}

static int
check(struct options *o)
{
	int worst = ATT_CTL_GOOD;

	if (o->files == 0)
		return att_ctl_misused(o->cmd, "check: a file is wanted");
	for (int i = 0; i < o->files; i++) {
		int status = check_file(o->file[i]);

		worst = status > worst ? status : worst;
	}
	return worst;
}

/* -- import ---------------------------------------------------------------- */

/* Keys that the policy has by their digests, out of a node's list. */
static int
learn(const struct options *o, json_t *doc, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(ATT_IMA_LIST_MAX);
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_ima_list list;
	size_t added = 0;
	int r;

	if (h == NULL)
		return att_err_nomem(err);
	if ((r = att_ctl_read(o->list, &raw, err)) < 0 ||
	    (r = att_ima_recognise(att_buf_view(&raw), h, &list, err)) < 0 ||
	    (r = att_runtime_learn(doc, &list, h, &added, err)) < 0)
		return r;
	att_ctl_note(att_ctl_file_name(o->list), "keys of the policy in it: "
	    "%zu", added);
	return 0;
}

static int
convert(const struct options *o, struct att_buf *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf text =
	    ATT_BUF(ATT_RUNTIME_FILE_MAX);
	AUTO(att_json_decref) json_t *doc = NULL;
	AUTO(att_runtime_free) struct att_runtime *r = NULL;
	struct att_runtime_notes notes = { 0 };
	int e;

	if ((e = att_ctl_read(o->file[0], &text, err)) < 0 ||
	    (e = att_runtime_from_keylime(att_buf_view(&text), o->id,
		 o->version, &doc, &notes, err)) < 0 ||
	    (o->list != NULL && (e = learn(o, doc, err)) < 0) ||
	    (e = att_json_write_pretty(doc, ret, err)) < 0)
		return e;
	/* what comes out is what `put` takes */
	if ((e = att_runtime_parse(att_buf_view(ret), &r, err)) < 0)
		return e;
	for (size_t i = 0; i < notes.count; i++)
		att_ctl_note(att_ctl_file_name(o->file[0]), "%s",
		    notes.note[i]);
	return 0;
}

static int
import(struct options *o)
{
	AUTO_DONE(att_buf_done) struct att_buf out =
	    ATT_BUF(ATT_RUNTIME_FILE_MAX);
	struct att_err err = { 0 };

	if (o->id == NULL || o->files != 1)
		return att_ctl_misused(o->cmd,
		    "import: --id and a policy of Keylime are wanted");
	if (convert(o, &out, &err) < 0)
		return att_ctl_fail(NULL, &err);
	return att_ctl_write(o->output, &out);
}

/* -- the command ----------------------------------------------------------- */

int
att_ctl_runtime(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct options o = { .cmd = cmd };
	const struct att_ctl_option table[] = {
		{ "id", .text = &o.id },
		{ "list", .text = &o.list },
		{ "output", 'o', .text = &o.output },
		{ "version", .number = &o.version, .max = INT64_MAX },
		{ 0 },
	};
	int status;

	/* those have options of their own */
	if (argc > 1 && att_ctl_documents_has(argv[1]))
		return att_ctl_documents(cmd, &att_ctl_runtimes, argc, argv);
	if (!att_ctl_options(cmd, table, &o, argc, argv, &status))
		return status;
	if (optind == argc)
		return att_ctl_misused(cmd, "a verb is wanted");
	o.files = argc - optind - 1;
	o.file = argv + optind + 1;
	if (strcmp(argv[optind], "check") == 0)
		return check(&o);
	if (strcmp(argv[optind], "import") == 0)
		return import(&o);
	return att_ctl_misused(cmd, "%s: no such verb", argv[optind]);
}
