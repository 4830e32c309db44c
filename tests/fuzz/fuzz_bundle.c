/* Evidence as a file: what is taken has one canonical form. */
#include "base/cur.h"
#include "evidence/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Parses and encodes; false if the text is refused. */
static bool
canonical(struct att_slice text, struct att_buf *ret)
{
	AUTO(att_bundle_free) struct att_bundle *b = NULL;
	struct att_err err;

	if (att_bundle_parse(text, &b, &err) < 0)
		return false;
	if (att_bundle_encode(b, ret, &err) < 0)
		abort();
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_DONE(att_buf_done) struct att_buf once = ATT_BUF(ATT_BUNDLE_MAX);
	AUTO_DONE(att_buf_done) struct att_buf twice = ATT_BUF(ATT_BUNDLE_MAX);

	if (!canonical((struct att_slice){ data, size }, &once))
		return 0;
	if (!canonical(att_buf_view(&once), &twice) ||
	    !att_slice_equal(att_buf_view(&once), att_buf_view(&twice)))
		abort();
	return 0;
}
