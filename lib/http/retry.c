#include "http/retry.h"

#include <curl/curl.h>
#include <string.h>

#include "base/number.h"

/* False: no count of seconds. More digits than fit are more than any cap. */
static bool
read_seconds(const char *text, int64_t *ret)
{
	size_t n = strspn(text, "0123456789");
	uint64_t v = INT64_MAX;

	if (n == 0 || text[n] != '\0')
		return false;
	(void)!att_number_read(text, INT64_MAX, &v);
	*ret = (int64_t)v;
	return true;
}

/*
 * An HTTP date, of which RFC 9110 (5.6.7) has three forms. curl_getdate knows
 * them all and much else, so what is no date of these forms is kept from it:
 * each begins with a weekday and holds one time of day; none is a list.
 */
static bool
read_date(const char *text, int64_t *ret)
{
	static const char days[][4] = { "Mon", "Tue", "Wed", "Thu", "Fri",
		"Sat", "Sun" };
	const char *colon = strchr(text, ':');
	time_t t;

	for (size_t i = 0; i < ATT_COUNT(days); i++) {
		if (strncmp(text, days[i], 3) != 0)
			continue;
		if (colon == NULL || colon[1] == '\0' ||
		    strchr(colon, ',') != NULL)
			return false;
		t = curl_getdate(text, NULL);
		*ret = (int64_t)t;
		return t != -1;
	}
	return false;
}

int64_t
att_http_date(const char *text, int64_t otherwise)
{
	int64_t t;

	return text != NULL && read_date(text, &t) ? t : otherwise;
}

uint32_t
att_http_retry_after(const char *text, int64_t now, uint32_t min,
    uint32_t max, uint32_t otherwise)
{
	int64_t wait = otherwise;
	int64_t then;

	if (text != NULL && !read_seconds(text, &wait) &&
	    read_date(text, &then) && then > now)
		wait = then - now;
	return wait < min ? min : wait > max ? max : (uint32_t)wait;
}
