#include "protocol/timestamp.h"

#include <string.h>

#include "base/cur.h"

struct civil {
	unsigned year, month, day, hour, minute, second;
	int offset;	/* seconds east of UTC */
};

static bool
digits(struct att_cur *c, unsigned n, unsigned *ret)
{
	unsigned v = 0;

	for (unsigned i = 0; i < n; i++) {
		uint8_t d;

		if (!att_cur_u8(c, &d) || d < '0' || d > '9')
			return false;
		v = v * 10 + (d - '0');
	}
	*ret = v;
	return true;
}

static bool
one_of(struct att_cur *c, const char *set, uint8_t *ret)
{
	return att_cur_u8(c, ret) && *ret != '\0' &&
	    strchr(set, *ret) != NULL;
}

static bool
read_date(struct att_cur *c, struct civil *t)
{
	uint8_t x;

	return digits(c, 4, &t->year) && one_of(c, "-", &x) &&
	    digits(c, 2, &t->month) && one_of(c, "-", &x) &&
	    digits(c, 2, &t->day) && one_of(c, "Tt", &x) &&
	    digits(c, 2, &t->hour) && one_of(c, ":", &x) &&
	    digits(c, 2, &t->minute) && one_of(c, ":", &x) &&
	    digits(c, 2, &t->second);
}

/* What follows the seconds: a fraction, and where it is that time. */
static bool
read_rest(struct att_cur *c, struct civil *t)
{
	unsigned h, m;
	uint8_t x, colon;

	if (!one_of(c, ".Zz+-", &x))
		return false;
	if (x == '.') {
		if (!digits(c, 1, &h))
			return false;
		do {
			if (!one_of(c, "0123456789Zz+-", &x))
				return false;
		} while (x >= '0' && x <= '9');
	}
	if (x == 'Z' || x == 'z') {
		t->offset = 0;
		return true;
	}
	if (!digits(c, 2, &h) || h > 23 || !one_of(c, ":", &colon) ||
	    !digits(c, 2, &m) || m > 59)
		return false;
	t->offset = (int)(h * 3600 + m * 60) * (x == '-' ? -1 : 1);
	return true;
}

static bool
is_leap(unsigned y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static bool
in_range(const struct civil *t)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
		31, 30, 31 };

	return t->year >= 1970 && t->month >= 1 && t->month <= 12 &&
	    t->day >= 1 &&
	    t->day <= days[t->month - 1] +
		    (t->month == 2 && is_leap(t->year) ? 1u : 0u) &&
	    t->hour <= 23 && t->minute <= 59 && t->second <= 60;
}

/* Days from 1970-01-01, with years that begin in March. */
static int64_t
days_of(const struct civil *t)
{
	int64_t y = (int64_t)t->year - (t->month <= 2 ? 1 : 0);
	int64_t m = ((int64_t)t->month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 +
	    t->day - 1 - 719468;
}

int
att_timestamp_parse(const char *text, int64_t *ret, struct att_err *err)
{
	size_t len = strnlen(text, ATT_TIMESTAMP_MAX + 1);
	struct att_cur c = att_cur_from(text, len);
	struct civil t = { 0 };
	int64_t s;

	if (len > ATT_TIMESTAMP_MAX || !read_date(&c, &t) ||
	    !read_rest(&c, &t) || !att_cur_empty(&c) || !in_range(&t))
		return att_err_set(err, ATT_E_FORMAT,
		    "not a date and time of RFC 3339, 5.6");
	s = days_of(&t) * 86400 + t.hour * 3600 + t.minute * 60 + t.second -
	    t.offset;
	if (s < 0)
		return att_err_set(err, ATT_E_FORMAT, "a time before 1970");
	*ret = s;
	return 0;
}
