#include "agent/flashmemory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/state.h"
#include "base/file.h"
#include "base/log.h"

int
att_flashmemory_read_claims(const char *path, struct att_firmware_claims **ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);
	int r = att_file_read_kept(path, &b, err);

	if (r == ATT_E_NOT_FOUND)
		return 0;
	return r < 0 ? r : att_firmware_claims_parse(att_buf_view(&b), ret,
			   err);
}

int
att_flashmemory_read(const char *state_dir, struct att_firmware_claims **ret,
    struct att_err *err)
{
	AUTO(free) char *path = att_path_join(state_dir, ATT_STATE_FIRMWARE);
	AUTO(free) char *bad = NULL;
	struct att_err why = { 0 };
	int r;

	if (path == NULL)
		return att_err_nomem(err);
	if ((r = att_flashmemory_read_claims(path, ret, &why)) == 0)
		return 0;
	if (att_code_kind(r) == ATT_KIND_SYSTEM) {
		if (err != NULL)
			*err = why;
		return r;
	}
	att_log(ATT_LOG_WARNING, "%s is damaged, so nothing is compared with "
	    "it: %s", ATT_STATE_FIRMWARE, why.text);
	if (asprintf(&bad, "%s.bad", path) < 0) {
		bad = NULL;
		return att_err_nomem(err);
	}
	return rename(path, bad) < 0 ? att_err_sys(err, errno, "%s", path) :
				       0;
}

/* Borrows all that it points at. */
static int
merge(const struct att_firmware_claims *now,
    const struct att_firmware_claims *earlier,
    struct att_firmware_claims *ret, struct att_err *err)
{
	*ret = *now;
	for (size_t i = 0; earlier != NULL && i < earlier->chips; i++) {
		const struct att_flash *was = &earlier->flash[i];
		struct att_flash *f = NULL;
		int r;

		if (was->map == NULL)
			continue;
		for (size_t k = 0; k < ret->chips; k++)
			if (strcmp(ret->flash[k].name, was->name) == 0)
				f = &ret->flash[k];
		if (f != NULL && f->map != NULL)
			continue;
		if (f == NULL &&
		    (r = att_firmware_claims_add_flash(ret, was->name, &f,
			 err)) < 0) {
			/* those that are here come first */
			if (r == ATT_E_LIMIT)
				return 0;
			return r;
		}
		*f = *was;
	}
	return 0;
}

int
att_flashmemory_write(const char *state_dir, const struct att_measure *m,
    const struct att_firmware_claims *earlier, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);
	AUTO(free) char *path = att_path_join(state_dir, ATT_STATE_FIRMWARE);
	/* freed as what it is: what it points at is another's */
	struct att_firmware_claims *all = calloc(1, sizeof(*all));
	int r = all == NULL || path == NULL ? att_err_nomem(err) :
	    merge(m->claims, earlier, all, err);

	if (r == 0)
		r = att_firmware_claims_encode(all, &b, err);
	free(all);
	return r < 0 ? r : att_file_write(path, att_buf_view(&b), 0600, err);
}
