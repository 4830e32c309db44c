#include "agent/challenges.h"

#include <string.h>

#include "base/cur.h"
#include "base/log.h"
#include "protocol/challenge.h"

static const char MAGIC[] = "ATTCHAL1";

int
att_challenges_take(struct att_challenges *c, struct att_slice challenge,
    struct att_err *err)
{
	struct att_digest d;
	int r;

	if ((r = att_challenge_check(challenge, err)) < 0 ||
	    (r = att_digest_of(ATT_ALG_SHA256, challenge, &d, err)) < 0)
		return r;
	for (size_t i = 0; i < c->count; i++)
		if (memcmp(c->digest[i], d.bytes, sizeof(c->digest[i])) == 0)
			return att_err_set(err, ATT_E_DENIED,
			    "the verifier sent a challenge that was used "
			    "before");
	memcpy(c->digest[c->next], d.bytes, sizeof(c->digest[c->next]));
	c->next = (uint16_t)((c->next + 1) % ATT_CHALLENGES_MAX);
	if (c->count < ATT_CHALLENGES_MAX)
		c->count++;
	return 0;
}

void
att_challenges_encode(const struct att_challenges *c, struct att_buf *ret)
{
	att_buf_str(ret, MAGIC);
	att_buf_be16(ret, c->count);
	att_buf_be16(ret, c->next);
	for (size_t i = 0; i < c->count; i++)
		att_buf_bytes(ret, c->digest[i], sizeof(c->digest[i]));
}

int
att_challenges_parse(struct att_slice bytes, struct att_challenges *ret,
    struct att_err *err)
{
	struct att_cur cur = att_cur_of(bytes);
	struct att_challenges c = { 0 };
	struct att_slice magic;

	if (!att_cur_bytes(&cur, strlen(MAGIC), &magic) ||
	    !att_slice_is(magic, MAGIC) || !att_cur_be16(&cur, &c.count) ||
	    !att_cur_be16(&cur, &c.next))
		return att_err_set(err, ATT_E_FORMAT,
		    "no file of used challenges");
	/* until the ring is full, the next place follows the last */
	if (c.count > ATT_CHALLENGES_MAX || c.next >= ATT_CHALLENGES_MAX ||
	    (c.count < ATT_CHALLENGES_MAX && c.next != c.count))
		return att_err_set(err, ATT_E_FORMAT,
		    "used challenges: count %u and place %u do not fit",
		    c.count, c.next);
	for (size_t i = 0; i < c.count; i++)
		if (!att_cur_copy(&cur, c.digest[i], sizeof(c.digest[i])))
			return att_err_at(err, ATT_E_SHORT, cur.off,
			    "used challenges: %zu of %u are there", i,
			    c.count);
	if (!att_cur_empty(&cur))
		return att_err_at(err, ATT_E_TRAILING, cur.off,
		    "used challenges: %zu bytes too many", cur.left);
	*ret = c;
	return 0;
}

#define FILE_MAX_ (12 + ATT_CHALLENGES_MAX * 32)	/* bytes */

/* A ring that is damaged is begun anew: without any, no node could attest. */
static int
read_ring(const struct att_state *s, struct att_challenges *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(FILE_MAX_);
	int r = att_state_read(s, ATT_STATE_CHALLENGES, &b, err);

	if (r == ATT_E_NOT_FOUND)
		return 0;
	if (r == 0)
		r = att_challenges_parse(att_buf_view(&b), ret, err);
	if (r < 0 && att_code_kind(r) != ATT_KIND_SYSTEM) {
		att_log(ATT_LOG_WARNING, "%s is damaged, and what was in it "
		    "forgotten: %s", ATT_STATE_CHALLENGES,
		    err != NULL ? err->text : "");
		return att_state_set_aside(s, ATT_STATE_CHALLENGES, err);
	}
	return r;
}

int
att_challenges_use(const struct att_state *s, struct att_slice challenge,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(FILE_MAX_);
	struct att_challenges c = { 0 };
	int r;

	if ((r = read_ring(s, &c, err)) < 0 ||
	    (r = att_challenges_take(&c, challenge, err)) < 0)
		return r;
	att_challenges_encode(&c, &b);
	if ((r = att_buf_ok(&b, "used challenges", err)) < 0)
		return r;
	return att_state_write(s, ATT_STATE_CHALLENGES, att_buf_view(&b),
	    err);
}
