#include "config/value.h"

#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "base/number.h"
#include "base/pcr.h"
#include "base/text.h"

#define PATH_BYTES_MAX 4095	/* Linux: PATH_MAX without the NUL */

struct unit {
	char letter;	/* NUL: none is written */
	int64_t factor;
};

/* largest first, for printing */
static const struct unit time_units[] = { { 'd', 86400 }, { 'h', 3600 },
	{ 'm', 60 }, { 's', 1 } };
static const struct unit size_units[] = { { 'G', 1 << 30 }, { 'M', 1 << 20 },
	{ 'K', 1 << 10 }, { '\0', 1 } };

static bool
read_int(const char *text, int64_t *ret)
{
	bool minus = *text == '-';
	uint64_t v;

	if (!att_number_read(text + (minus ? 1 : 0), INT64_MAX, &v))
		return false;
	*ret = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

static bool
read_with_unit(const char *text, const struct unit *units, size_t count,
    int64_t *ret)
{
	uint64_t v;

	if (!att_number_take(&text, INT64_MAX, &v))
		return false;
	for (size_t i = 0; i < count; i++) {
		char want[2] = { units[i].letter, '\0' };

		if (strcmp(text, want) == 0)
			return !__builtin_mul_overflow((int64_t)v,
			    units[i].factor, ret);
	}
	return false;
}

static void
put_with_unit(struct att_buf *b, int64_t v, const struct unit *units,
    size_t count)
{
	size_t i = 0;

	while (i < count - 1 && (v == 0 || v % units[i].factor != 0))
		i++;
	att_buf_printf(b, "%" PRId64, v / units[i].factor);
	if (units[i].letter != '\0')
		att_buf_printf(b, "%c", units[i].letter);
}

int
att_config_pcrs_parse(const char *text, uint32_t *ret, struct att_err *err)
{
	uint32_t mask = 0;
	const char *p = text;

	do {
		uint64_t first = 0, last;
		bool good;

		p += p == text ? 0 : 1;
		good = att_number_take(&p, ATT_PCR_COUNT - 1, &first);
		last = first;
		if (good && *p == '-') {
			p++;
			good = att_number_take(&p, ATT_PCR_COUNT - 1, &last);
		}
		if (!good || first > last)
			return att_err_set(err, ATT_E_FORMAT,
			    "%s: no list of PCRs 0 to 23, such as 0-7,11",
			    text);
		for (; first <= last; first++) {
			if ((mask & 1u << first) != 0)
				return att_err_set(err, ATT_E_FORMAT,
				    "%s: names PCR %" PRIu64 " twice", text,
				    first);
			mask |= 1u << first;
		}
	} while (*p == ',');
	if (*p != '\0')
		return att_err_set(err, ATT_E_FORMAT,
		    "%s: no list of PCRs 0 to 23, such as 0-7,11", text);
	*ret = mask;
	return 0;
}

static void
put_names(const struct att_config_key *key, struct att_buf *ret)
{
	for (size_t i = 0; key->names[i] != NULL; i++) {
		if (i > 0)
			att_buf_str(ret, key->names[i + 1] == NULL ? " or " :
								     ", ");
		att_buf_str(ret, key->names[i]);
	}
}

static void
put_range(struct att_buf *ret, int64_t min, int64_t max,
    const struct unit *units, size_t count)
{
	put_with_unit(ret, min, units, count);
	att_buf_str(ret, " to ");
	put_with_unit(ret, max, units, count);
}

void
att_value_allowed(const struct att_config_key *key, struct att_buf *ret)
{
	switch (key->type) {
	case ATT_CONFIG_STRING:
		att_buf_printf(ret, "text of %" PRId64 " to %" PRId64
		    " characters", key->min, key->max);
		break;
	case ATT_CONFIG_PATH:
		att_buf_str(ret, "an absolute path");
		break;
	case ATT_CONFIG_SECRET:
		att_buf_str(ret, "an absolute path, of a file that only its "
		    "owner can read, or credential:NAME");
		break;
	case ATT_CONFIG_INT:
		att_buf_printf(ret, "a whole number, %" PRId64 " to %" PRId64,
		    key->min, key->max);
		break;
	case ATT_CONFIG_BOOL:
		att_buf_str(ret, "true or false");
		break;
	case ATT_CONFIG_DURATION:
		att_buf_str(ret, "a time in s, m, h or d, ");
		put_range(ret, key->min, key->max, time_units,
		    ATT_COUNT(time_units));
		break;
	case ATT_CONFIG_SIZE:
		att_buf_str(ret, "a size in bytes, K, M or G, ");
		put_range(ret, key->min, key->max, size_units,
		    ATT_COUNT(size_units));
		break;
	case ATT_CONFIG_ENUM:
		put_names(key, ret);
		break;
	case ATT_CONFIG_LIST:
		att_buf_printf(ret, "a list of %" PRId64 " to %" PRId64
		    " texts", key->min, key->max);
		break;
	case ATT_CONFIG_PCRS:
		att_buf_str(ret, "PCRs 0 to 23, such as 0-7,11");
		break;
	}
}

/* "must be ..."; what stood there is not repeated: it may be a secret. */
static int
refuse(const struct att_config_key *key, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_ERR_TEXT_MAX);

	att_value_allowed(key, &b);
	return att_err_set(err, ATT_E_FORMAT, "must be %.*s", (int)b.len,
	    (const char *)b.data);
}

static bool
is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < 0x20 || *text > 0x7e)
			return false;
	return true;
}

static bool
is_path(const char *text)
{
	struct att_slice s = att_slice_of(text);

	return *text == '/' && s.len <= PATH_BYTES_MAX && att_text_is_clean(s);
}

static bool
is_text_for(const struct att_config_key *key, const char *text)
{
	int64_t n = (int64_t)strlen(text);

	if (key->type == ATT_CONFIG_STRING)
		return is_printable(text) && n >= key->min && n <= key->max;
	return is_path(text) || (key->type == ATT_CONFIG_SECRET &&
	    is_printable(text) && att_file_is_credential(text));
}

static int
set_text(const struct att_config_key *key, const char *text, char **field,
    struct att_err *err)
{
	char *copy;
	int r;

	if (!is_text_for(key, text))
		return refuse(key, err);
	if (key->check != NULL && (r = key->check(text, err)) < 0)
		return r;
	if ((copy = strdup(text)) == NULL)
		return att_err_nomem(err);
	free(*field);
	*field = copy;
	return 0;
}

static void
list_done(struct att_config_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->item[i]);
	free(l->item);
	*l = (struct att_config_list){ 0 };
}

static int
add_item(const struct att_config_key *key, const struct att_yaml *y,
    struct att_config_list *l, struct att_err *err)
{
	int r;

	if (y->kind != ATT_YAML_SCALAR || *y->text == '\0' ||
	    !is_printable(y->text))
		return refuse(key, err);
	if (key->check != NULL && (r = key->check(y->text, err)) < 0)
		return r;
	if ((l->item[l->count] = strdup(y->text)) == NULL)
		return att_err_nomem(err);
	l->count++;
	return 0;
}

static int
set_list(const struct att_config_key *key, const struct att_yaml *y,
    struct att_config_list *field, struct att_err *err)
{
	AUTO_DONE(list_done) struct att_config_list l = { 0 };
	int64_t count = 0;
	int r;

	if (y->kind != ATT_YAML_SEQUENCE)
		return refuse(key, err);
	for (const struct att_yaml *m = y->first; m != NULL; m = m->next)
		count++;
	if (count < key->min || count > key->max)
		return refuse(key, err);
	if ((l.item = calloc((size_t)count + 1, sizeof(*l.item))) == NULL)
		return att_err_nomem(err);
	for (const struct att_yaml *m = y->first; m != NULL; m = m->next)
		if ((r = add_item(key, m, &l, err)) < 0)
			return r;
	list_done(field);
	*field = l;
	l = (struct att_config_list){ 0 };
	return 0;
}

static int
set_enum(const struct att_config_key *key, const char *text, int *field,
    struct att_err *err)
{
	for (int i = 0; key->names[i] != NULL; i++)
		if (strcmp(text, key->names[i]) == 0) {
			*field = i;
			return 0;
		}
	return refuse(key, err);
}

static int
set_bool(const struct att_config_key *key, const struct att_yaml *y,
    bool *field, struct att_err *err)
{
	bool yes = strcmp(y->text, "true") == 0;

	if (!y->plain || (!yes && strcmp(y->text, "false") != 0))
		return refuse(key, err);
	*field = yes;
	return 0;
}

static int
set_number(const struct att_config_key *key, const struct att_yaml *y,
    int64_t *field, struct att_err *err)
{
	int64_t v = 0;
	bool good;

	if (key->type == ATT_CONFIG_INT)
		good = y->plain && read_int(y->text, &v);
	else if (key->type == ATT_CONFIG_DURATION)
		good = read_with_unit(y->text, time_units,
		    ATT_COUNT(time_units), &v);
	else
		good = read_with_unit(y->text, size_units,
		    ATT_COUNT(size_units), &v);
	if (!good || v < key->min || v > key->max)
		return refuse(key, err);
	*field = v;
	return 0;
}

int
att_value_set(const struct att_config_key *key, const struct att_yaml *y,
    void *field, struct att_err *err)
{
	if (key->type == ATT_CONFIG_LIST)
		return set_list(key, y, field, err);
	if (y->kind != ATT_YAML_SCALAR)
		return refuse(key, err);
	switch (key->type) {
	case ATT_CONFIG_STRING:
	case ATT_CONFIG_PATH:
	case ATT_CONFIG_SECRET:
		return set_text(key, y->text, field, err);
	case ATT_CONFIG_BOOL:
		return set_bool(key, y, field, err);
	case ATT_CONFIG_ENUM:
		return set_enum(key, y->text, field, err);
	case ATT_CONFIG_PCRS:
		return att_config_pcrs_parse(y->text, field, err);
	default:
		return set_number(key, y, field, err);
	}
}

void
att_value_done(const struct att_config_key *key, void *field)
{
	if (key->type == ATT_CONFIG_LIST) {
		list_done(field);
	} else if (key->type == ATT_CONFIG_STRING ||
	    key->type == ATT_CONFIG_PATH || key->type == ATT_CONFIG_SECRET) {
		char **text = field;

		free(*text);
		*text = NULL;
	}
}

/* -- as it could be written ------------------------------------------------ */

/* YAML 1.2, 7.3.2: between quotes nothing but these means anything. */
static void
put_text(struct att_buf *b, const char *text)
{
	att_buf_u8(b, '\'');
	for (; *text != '\0'; text++)
		att_buf_str(b, *text == '\'' ? "''" :
					      (const char[]){ *text, '\0' });
	att_buf_u8(b, '\'');
}

static void
put_list(struct att_buf *b, const struct att_config_list *l)
{
	att_buf_u8(b, '[');
	for (size_t i = 0; i < l->count; i++) {
		att_buf_str(b, i == 0 ? "" : ", ");
		put_text(b, l->item[i]);
	}
	att_buf_u8(b, ']');
}

static void
put_pcrs(struct att_buf *b, uint32_t mask)
{
	for (unsigned i = 0; i < ATT_PCR_COUNT; i++)
		if ((mask >> i & 1) != 0)
			att_buf_printf(b, "%s%u",
			    (mask & ((1u << i) - 1)) == 0 ? "" : ",", i);
}

void
att_value_put(const struct att_config_key *key, const void *field,
    struct att_buf *ret)
{
	const char *const *text = field;
	const int64_t *number = field;
	const struct att_config_list *list = field;

	switch (key->type) {
	case ATT_CONFIG_STRING:
	case ATT_CONFIG_PATH:
	case ATT_CONFIG_SECRET:
		if (*text != NULL)
			put_text(ret, *text);
		break;
	case ATT_CONFIG_INT:
	case ATT_CONFIG_SIZE:
		att_buf_printf(ret, "%" PRId64, *number);
		break;
	case ATT_CONFIG_BOOL:
		att_buf_str(ret, *(const bool *)field ? "true" : "false");
		break;
	case ATT_CONFIG_DURATION:
		att_buf_printf(ret, "%" PRId64 "s", *number);
		break;
	case ATT_CONFIG_ENUM:
		att_buf_str(ret, key->names[*(const int *)field]);
		break;
	case ATT_CONFIG_LIST:
		if (list->count > 0 || key->min == 0)
			put_list(ret, list);
		break;
	case ATT_CONFIG_PCRS:
		put_pcrs(ret, *(const uint32_t *)field);
		break;
	}
}
