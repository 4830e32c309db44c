#include "agent/ago.h"

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* From two of a unit on; what is left of it is not said. */
static void
put_span(struct att_buf *b, uint64_t seconds)
{
	static const struct {
		unsigned size;
		const char *name;
	} units[] = { { DAY, "d" }, { HOUR, "h" }, { MINUTE, "min" } };

	for (size_t i = 0; i < ATT_COUNT(units); i++)
		if (seconds >= 2 * (uint64_t)units[i].size) {
			att_buf_printf(b, "%llu %s",
			    (unsigned long long)(seconds / units[i].size),
			    units[i].name);
			return;
		}
	att_buf_printf(b, "%llu s", (unsigned long long)seconds);
}

void
att_ago_put(struct att_buf *b, int64_t now, int64_t when)
{
	uint64_t span = now > when ? (uint64_t)now - (uint64_t)when :
				     (uint64_t)when - (uint64_t)now;

	if (now == when) {
		att_buf_str(b, "now");
		return;
	}
	if (when > now)
		att_buf_str(b, "in ");
	put_span(b, span);
	if (when < now)
		att_buf_str(b, " ago");
}
