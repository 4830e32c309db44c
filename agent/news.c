#include "agent/news.h"

#include <stdio.h>
#include <string.h>

#include "agent/journal.h"

void
att_stand_of(const struct att_verdict_file *f, struct att_stand *ret)
{
	*ret = (struct att_stand){ .known = false };
	if (f->json == NULL || f->other_boot)
		return;
	ret->known = true;
	ret->status = f->status;
	ret->failures = (unsigned)f->failures;
	(void)snprintf(ret->outcome, sizeof(ret->outcome), "%s", f->outcome);
	(void)snprintf(ret->reason, sizeof(ret->reason), "%s", f->reason);
}

void
att_stand_read(const struct att_agent_config *config, struct att_stand *ret)
{
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = { 0 };
	char id[ATT_BOOT_ID_LEN + 1];
	struct att_verdict_now now;

	if (att_verdict_now(config, id, &now, NULL) == 0)
		(void)!att_verdict_file_read(config, ATT_OWNER_ANY, &now, &f,
		    NULL);
	att_stand_of(&f, ret);
}

/* Of a node that fails it matters for what. */
static bool
is_news(const struct att_stand *before, const struct att_stand *after)
{
	return !before->known || before->status != after->status ||
	    strcmp(before->outcome, after->outcome) != 0 ||
	    (after->status == ATT_FAIL &&
		strcmp(before->reason, after->reason) != 0);
}

static bool
is_outcome(const struct att_stand *s, enum att_outcome o)
{
	return s->known && strcmp(s->outcome, att_outcome_name(o)) == 0;
}

void
att_news_line(const struct att_round *r, bool once, uint64_t wait_ms,
    char ret[static ATT_NEWS_LINE_MAX + 1])
{
	const size_t size = ATT_NEWS_LINE_MAX + 1;
	const char *advice = att_outcome_advice(r->outcome);
	const char *reason = att_round_reason(r);
	char next[48] = "";

	/* who runs once does not try again, and says nothing of it */
	if (!once)
		(void)snprintf(next, sizeof(next), "; next in %llu s",
		    (unsigned long long)wait_ms / 1000);
	if (r->outcome != ATT_OUTCOME_ACCEPTED)
		(void)snprintf(ret, size, "%s: %s%s%s%s",
		    att_outcome_name(r->outcome), reason,
		    advice[0] != '\0' ? "; " : "", advice, next);
	else if (r->standing == ATT_STANDING_PASS)
		(void)snprintf(ret, size, "pass, by %s%s", r->server, next);
	else
		(void)snprintf(ret, size, "%s, by %s%s%s%s",
		    r->standing == ATT_STANDING_FAIL ? "fail" : "undecided",
		    r->server, reason[0] != '\0' ? ": " : "", reason, next);
}

/* ATT_MESSAGE_COUNT: it is none of these. */
static enum att_message
message_of(const struct att_stand *after, const struct att_round *r)
{
	switch (r->outcome) {
	case ATT_OUTCOME_WAITING:
		return ATT_MESSAGE_WAITING;
	case ATT_OUTCOME_CONFLICT:
		return ATT_MESSAGE_CONFLICT;
	case ATT_OUTCOME_EARLY:
	case ATT_OUTCOME_STOPPED:
		return ATT_MESSAGE_COUNT;
	default:
		break;
	}
	/* a verdict that stands on is not this round's */
	if (att_outcome_keeps_verdict(r->outcome) &&
	    after->status != ATT_UNDECIDED)
		return ATT_MESSAGE_COUNT;
	return after->status == ATT_PASS ? ATT_MESSAGE_PASS :
	    after->status == ATT_FAIL	 ? ATT_MESSAGE_FAIL :
					   ATT_MESSAGE_UNDECIDED;
}

void
att_news_tell(const struct att_stand *before, const struct att_stand *after,
    const struct att_round *r, bool once, uint64_t wait_ms)
{
	const char *const fields[ATT_FIELD_COUNT] = {
		[ATT_FIELD_NODE] = r->agent_id,
		[ATT_FIELD_VERDICT] = att_status_name(after->status),
		[ATT_FIELD_OUTCOME] = att_outcome_name(r->outcome),
		[ATT_FIELD_VERIFIER] = r->server,
		[ATT_FIELD_REASON] = att_round_reason(r) };
	enum att_message m = message_of(after, r);
	bool news = is_news(before, after);
	char line[ATT_NEWS_LINE_MAX + 1];

	att_news_line(r, once, wait_ms, line);
	if (news && is_outcome(before, ATT_OUTCOME_WAITING) &&
	    (r->outcome == ATT_OUTCOME_ACCEPTED ||
		r->outcome == ATT_OUTCOME_NO_POLICY))
		att_journal(ATT_MESSAGE_ENROLLED, fields,
		    "enrolled as %s at %s", r->agent_id, r->server);
	if (news && m != ATT_MESSAGE_COUNT &&
	    !(once && m == ATT_MESSAGE_PASS))
		att_journal(m, fields, "%s", line);
	else
		att_log(news && r->outcome != ATT_OUTCOME_EARLY &&
			r->outcome != ATT_OUTCOME_STOPPED &&
			m != ATT_MESSAGE_PASS ? ATT_LOG_WARNING :
						ATT_LOG_INFO,
		    "%s", line);
}
