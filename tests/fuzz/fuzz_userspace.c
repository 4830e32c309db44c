/*
 * systemd's measurement log: what parses can be shown, and merges with a boot
 * log that extends nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "eventlog/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_clean(const char *text)
{
	struct att_slice s = { (const uint8_t *)text, strlen(text) };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1024);

	/* escapes are clean but for their own backslash */
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] != '\\')
			att_buf_u8(&b, s.data[i]);
	return !b.failed && att_text_is_clean(att_buf_view(&b));
}

static void
merge(const struct att_userspace_log *l)
{
	static const uint8_t zeros[32];
	struct att_tcglog log = { .agile = true, .alg_count = 1,
		.alg = { { ATT_ALG_SHA256, 32 } } };
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_replay r;
	struct att_pcrs p;

	if (h == NULL)
		return;
	att_replay_begin(&r, &log, NULL, 0, h);
	att_replay_user(&r, l);
	if (att_replay_values(&r, &p, NULL) < 0)
		abort();
	for (unsigned pcr = 0; pcr < 16; pcr++) {
		struct att_slice v = { zeros, 32 };
		enum att_match m;

		/* the quote may be older than all records, or have them all */
		if (att_replay_match(&r, ATT_ALG_SHA256, pcr, v, 0, &m, NULL,
			NULL) < 0 || m != ATT_MATCH_RESET)
			abort();
		if (att_pcrs_get(&p, ATT_ALG_SHA256, pcr, &v) &&
		    (att_replay_match(&r, ATT_ALG_SHA256, pcr, v, 0, &m, NULL,
			 NULL) < 0 || m != ATT_MATCH))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(att_userspace_free) struct att_userspace_log *l = NULL;
	struct att_err err;

	if (att_userspace_parse((struct att_slice){ data, size }, NULL, &l,
		&err) < 0)
		return 0;
	for (size_t i = 0; i < att_userspace_count(l); i++) {
		const struct att_user_record *rec =
		    att_userspace_record(l, i);

		if (rec->pcr > 23 || !is_clean(rec->text) ||
		    !is_clean(rec->type))
			abort();
	}
	merge(l);
	return 0;
}
