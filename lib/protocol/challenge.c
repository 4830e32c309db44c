#include "protocol/challenge.h"

#include <string.h>

#include "base/cur.h"

#define BASE64_MAX ((ATT_CHALLENGE_MAX + 2) / 3 * 4)

int
att_challenge_check(struct att_slice challenge, struct att_err *err)
{
	struct att_cur c = att_cur_of(challenge);

	if (challenge.len < ATT_CHALLENGE_MIN ||
	    challenge.len > ATT_CHALLENGE_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "challenge of %zu bytes, must be %d to %d",
		    challenge.len, ATT_CHALLENGE_MIN, ATT_CHALLENGE_MAX);
	if (att_cur_all(&c, challenge.len, challenge.data[0]))
		return att_err_set(err, ATT_E_FORMAT,
		    "challenge is one byte repeated, which no random "
		    "generator makes");
	return 0;
}

int
att_challenge_read(const json_t *obj, uint8_t ret[static ATT_CHALLENGE_MAX],
    size_t *ret_len, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(BASE64_MAX / 4 * 3);
	const char *text = NULL;
	int r;

	if ((r = att_json_str(obj, "challenge", &text, err)) < 0)
		return r;
	if (strnlen(text, BASE64_MAX + 1) > BASE64_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "challenge of over %d bytes", ATT_CHALLENGE_MAX);
	if ((r = att_json_base64(obj, "challenge", &b, err)) < 0 ||
	    (r = att_challenge_check(att_buf_view(&b), err)) < 0)
		return r;
	memcpy(ret, b.data, b.len);
	*ret_len = b.len;
	return 0;
}
