#include "agent/registered.h"

#include <unistd.h>

#include "agent/boot.h"
#include "base/cur.h"
#include "base/encoding.h"
#include "base/file.h"

#define FILE_NAME "registered"
#define FILE_MAX 65536u

static void
put_urls(struct att_buf *b, const char *what,
    const struct att_config_list *urls)
{
	for (size_t i = 0; i < urls->count; i++)
		att_buf_printf(b, "%s %s\n", what, urls->item[i]);
}

/* The whole file, as it must be if it is to count. */
static int
encode(const struct att_attester *a, struct att_buf *ret, struct att_err *err)
{
	char boot[ATT_BOOT_ID_LEN + 1];
	int r;

	if ((r = att_boot_id_read(a->config, boot, err)) < 0)
		return r;
	att_buf_printf(ret, "boot %s\nid %s\nak ", boot, a->id);
	att_hex_put(ret, att_tpm_ak_name(a->ak));
	att_buf_u8(ret, '\n');
	put_urls(ret, "registrar", &a->config->registrar_urls);
	put_urls(ret, "verifier", &a->config->verifier_urls);
	return att_buf_ok(ret, "registration", err);
}

bool
att_registered_is(const struct att_attester *a)
{
	AUTO_DONE(att_buf_done) struct att_buf want = ATT_BUF(FILE_MAX);
	AUTO_DONE(att_buf_done) struct att_buf have = ATT_BUF(FILE_MAX);
	AUTO(free) char *path = att_path_join(a->config->run_dir, FILE_NAME);

	return path != NULL && encode(a, &want, NULL) == 0 &&
	    att_file_read_kept(path, &have, NULL) == 0 &&
	    att_slice_equal(att_buf_view(&want), att_buf_view(&have));
}

int
att_registered_keep(const struct att_attester *a, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(FILE_MAX);
	AUTO(free) char *path = att_path_join(a->config->run_dir, FILE_NAME);
	int r;

	if (path == NULL)
		return att_err_nomem(err);
	if ((r = encode(a, &b, err)) < 0 ||
	    (r = att_run_dir_make(a->config, err)) < 0)
		return r;
	return att_file_write(path, att_buf_view(&b), 0600, err);
}

void
att_registered_drop(const struct att_agent_config *config)
{
	AUTO(free) char *path = att_path_join(config->run_dir, FILE_NAME);

	/* what cannot be removed is found out to be wrong again */
	if (path != NULL)
		(void)unlink(path);
}
