#include "appraise/version.h"

#include <string.h>

#define DATE_LEN 10		/* "05/12/2023" */
#define PAIRS_LEN 14		/* "96.00.5E.00.01" */
#define PARTS_PENDING 2

/* In this order; what is missing at the end of a text is ZERO. */
enum rank {
	TILDE,
	ZERO,
	LETTERS,
	NUMBER,
};

struct part {
	enum rank rank;
	uint64_t number;	/* NUMBER */
	const char *text;	/* LETTERS */
	size_t len;
};

struct parts {
	const char *at;
	bool pairs;		/* all fields are two hex digits */
	/* of a date, the next one last */
	uint64_t pending[PARTS_PENDING];
	size_t pending_count;
};

/* -- characters ------------------------------------------------------------ */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* 16: none. */
static unsigned
hex_value(char c)
{
	if (is_digit(c))
		return (unsigned)(c - '0');
	c = lower(c);
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* `9` a digit, `F` a hex digit, all else itself. */
static bool
has_shape(const char *text, const char *shape)
{
	for (; *shape != '\0'; shape++, text++)
		if (*shape == '9' ? !is_digit(*text) :
			*shape == 'F' ? hex_value(*text) > 15 :
					*text != *shape)
			return false;
	return true;
}

/* -- the parts of a version ------------------------------------------------ */

/* Numbers beyond 64 bits are all the greatest. */
static struct part
number_of(uint64_t v)
{
	return (struct part){ .rank = v == 0 ? ZERO : NUMBER, .number = v };
}

static uint64_t
read_number(const char **at, unsigned base)
{
	uint64_t v = 0;

	for (; hex_value(**at) < base; ++*at) {
		unsigned digit = hex_value(**at);

		if (v > (UINT64_MAX - digit) / base)
			v = UINT64_MAX;
		else
			v = v * base + digit;
	}
	return v;
}

static struct parts
parts_of(const char *text)
{
	return (struct parts){ .at = text,
		.pairs = has_shape(text, "FF.FF.FF.FF.FF") &&
		    text[PAIRS_LEN] == '\0' };
}

static void
skip(struct parts *p)
{
	while (*p->at != '\0' && *p->at != '~' && !is_digit(*p->at) &&
	    !is_letter(*p->at))
		p->at++;
	if (!p->pairs && lower(*p->at) == 'v' && is_digit(p->at[1]))
		p->at++;
}

/* "05/12/2023" counts as 2023, 5, 12. */
static struct part
read_date(struct parts *p)
{
	const char *at = p->at;

	p->pending[1] = read_number(&at, 10);
	at++;
	p->pending[0] = read_number(&at, 10);
	at++;
	p->pending_count = PARTS_PENDING;
	p->at += DATE_LEN;
	return number_of(read_number(&at, 10));
}

static struct part
read_letters(struct parts *p)
{
	struct part ret = { .rank = LETTERS, .text = p->at };

	while (is_letter(*p->at))
		p->at++;
	ret.len = (size_t)(p->at - ret.text);
	return ret;
}

/* ZERO behind the last. */
static struct part
next(struct parts *p)
{
	if (p->pending_count > 0)
		return number_of(p->pending[--p->pending_count]);
	skip(p);
	if (*p->at == '~') {
		p->at++;
		return (struct part){ .rank = TILDE };
	}
	if (p->pairs && *p->at != '\0')
		return number_of(read_number(&p->at, 16));
	if (is_letter(*p->at))
		return read_letters(p);
	if (has_shape(p->at, "99/99/9999") && !is_digit(p->at[DATE_LEN]))
		return read_date(p);
	if (*p->at == '0' && lower(p->at[1]) == 'x' &&
	    hex_value(p->at[2]) < 16) {
		p->at += 2;
		return number_of(read_number(&p->at, 16));
	}
	return number_of(read_number(&p->at, 10));
}

static bool
at_end(struct parts *p)
{
	skip(p);
	return p->pending_count == 0 && *p->at == '\0';
}

/* -- comparing ------------------------------------------------------------- */

static int
compare_letters(const struct part *a, const struct part *b)
{
	for (size_t i = 0; i < a->len && i < b->len; i++)
		if (lower(a->text[i]) != lower(b->text[i]))
			return lower(a->text[i]) < lower(b->text[i]) ? -1 : 1;
	return (a->len > b->len) - (a->len < b->len);
}

static int
compare(const struct part *a, const struct part *b)
{
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->rank == LETTERS)
		return compare_letters(a, b);
	return (a->number > b->number) - (a->number < b->number);
}

int
att_version_compare(const char *a, const char *b)
{
	struct parts x = parts_of(a), y = parts_of(b);

	while (!at_end(&x) || !at_end(&y)) {
		struct part v = next(&x), w = next(&y);
		int r = compare(&v, &w);

		if (r != 0)
			return r;
	}
	return 0;
}
