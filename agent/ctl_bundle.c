#include "agent/ctl_bundle.h"

#include "agent/ctl_agent.h"

#define JSON_MAX (64u << 20)	/* bytes of output */

int
att_ctl_bundle(const char *file, struct att_bundle **ret)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_BUNDLE_MAX);
	struct att_err err = { 0 };

	if (att_ctl_read(file, &b, &err) < 0)
		return att_ctl_fail(NULL, &err);
	if (att_bundle_parse(att_buf_view(&b), ret, &err) < 0)
		return att_ctl_fail(file, &err);
	return ATT_CTL_GOOD;
}

int
att_ctl_reference_file(const char *file, struct att_refdocs *docs)
{
	AUTO_DONE(att_buf_done)
	struct att_buf b = ATT_BUF(ATT_REFDOC_FILE_MAX);
	struct att_err err = { 0 };

	if (att_ctl_read(file, &b, &err) < 0)
		return att_ctl_fail(NULL, &err);
	if (att_refdocs_add(docs, att_buf_view(&b), &err) < 0)
		return att_ctl_fail(file, &err);
	return ATT_CTL_GOOD;
}

int
att_ctl_put_json(const char *file, json_t *j)
{
	AUTO(att_json_decref) json_t *own = j;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(JSON_MAX);
	struct att_err err = { 0 };

	if (own == NULL)
		return att_ctl_nomem();
	if (att_json_write_pretty(own, &b, &err) < 0)
		return att_ctl_fail(NULL, &err);
	return att_ctl_write(file, &b);
}
