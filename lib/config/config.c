#include "config/config.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "config/value.h"
#include "config/yaml.h"

#define SAMPLE_COLUMNS 78

/* A configuration while it is read. */
struct reading {
	const struct att_config_schema *schema;
	char *fields;		/* schema->size bytes */
	bool set[ATT_CONFIG_KEYS_MAX];	/* by a file */
};

static void
reading_done(struct reading *g)
{
	if (g->fields != NULL)
		att_config_done(g->schema, g->fields);
	free(g->fields);
}

void
att_config_done(const struct att_config_schema *schema, void *config)
{
	for (size_t i = 0; i < schema->count; i++)
		att_value_done(&schema->keys[i],
		    (char *)config + schema->keys[i].offset);
}

/* Defaults are written as in a file, and read by the same code. */
static int
set_preset(struct reading *g, const struct att_config_key *key,
    struct att_err *err)
{
	AUTO(att_yaml_free) struct att_yaml *y = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_YAML_SIZE_MAX);
	int r;

	att_buf_printf(&b, "%s: %s\n", key->name, key->preset);
	if ((r = att_buf_ok(&b, key->name, err)) < 0 ||
	    (r = att_yaml_parse(att_buf_view(&b), "default", &y, err)) < 0)
		return r;
	return att_value_set(key, y->first, g->fields + key->offset, err);
}

static int
reading_open(struct reading *g, struct att_err *err)
{
	const struct att_config_schema *s = g->schema;
	int r;

	if (s->count > ATT_CONFIG_KEYS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "a schema of %zu keys, at most %d", s->count,
		    ATT_CONFIG_KEYS_MAX);
	if ((g->fields = calloc(1, s->size)) == NULL)
		return att_err_nomem(err);
	for (size_t i = 0; i < s->count; i++)
		if (s->keys[i].preset != NULL &&
		    (r = set_preset(g, &s->keys[i], err)) < 0)
			return r;
	return 0;
}

static int
read_member(struct reading *g, const char *name, const struct att_yaml *m,
    struct att_err *err)
{
	const struct att_config_schema *s = g->schema;
	struct att_err why;
	int r;

	for (size_t i = 0; i < s->count; i++) {
		if (strcmp(s->keys[i].name, m->key) != 0)
			continue;
		r = att_value_set(&s->keys[i], m,
		    g->fields + s->keys[i].offset, &why);
		g->set[i] = true;
		return r == 0 ? 0 : att_err_set(err, r, "%s:%u: %s: %s", name,
		    m->line, m->key, why.text);
	}
	return att_err_set(err, ATT_E_FORMAT, "%s:%u: %s: no such key", name,
	    m->line, m->key);
}

static int
read_text(struct reading *g, const char *name, struct att_slice text,
    struct att_err *err)
{
	AUTO(att_yaml_free) struct att_yaml *y = NULL;
	int r = att_yaml_parse(text, name, &y, err);

	for (const struct att_yaml *m = r < 0 ? NULL : y->first;
	    m != NULL && r == 0; m = m->next)
		r = read_member(g, name, m, err);
	return r;
}

static int
read_file(struct reading *g, const char *path, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_YAML_SIZE_MAX);
	int r = att_file_read(path, &b, err);

	return r < 0 ? r : read_text(g, path, att_buf_view(&b), err);
}

static int
is_dropin(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return d->d_name[0] != '.' && dot != NULL &&
	    strcmp(dot, ".yaml") == 0;
}

/* Not alphasort: the order must not hang on the locale. */
static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

struct names {
	struct dirent **entry;
	int count;
};

static void
names_done(struct names *n)
{
	for (int i = 0; i < n->count; i++)
		free(n->entry[i]);
	free(n->entry);
}

/* That there is no configuration is said where the file itself is missing. */
static int
read_dropin(struct reading *g, const char *dir, const char *name,
    struct att_err *err)
{
	AUTO(free) char *path = att_path_join(dir, name);
	int r;

	if (path == NULL)
		return att_err_nomem(err);
	r = read_file(g, path, err);
	return r == ATT_E_NOT_FOUND ? att_err_sys(err, ENOENT, "%s", path) : r;
}

static int
read_dropins(struct reading *g, const char *path, struct att_err *err)
{
	AUTO_DONE(names_done) struct names n = { 0 };
	AUTO(free) char *dir = NULL;

	if (asprintf(&dir, "%s.d", path) < 0) {
		dir = NULL;
		return att_err_nomem(err);
	}
	n.count = scandir(dir, &n.entry, is_dropin, by_bytes);
	if (n.count < 0)
		return errno == ENOENT ? 0 : att_err_sys(err, errno, "%s",
		    dir);
	if (n.count > ATT_CONFIG_DROPINS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%s: more than %d files", dir, ATT_CONFIG_DROPINS_MAX);
	for (int i = 0; i < n.count; i++) {
		int r = read_dropin(g, dir, n.entry[i]->d_name, err);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Hands the fields over if nothing is missing and all fit together. */
static int
reading_close(struct reading *g, const char *name, void *ret,
    struct att_err *err)
{
	const struct att_config_schema *s = g->schema;
	struct att_err why;
	int r;

	for (size_t i = 0; i < s->count; i++) {
		AUTO_DONE(att_buf_done) struct att_buf b =
		    ATT_BUF(ATT_ERR_TEXT_MAX);

		if (!s->keys[i].required || g->set[i])
			continue;
		att_value_allowed(&s->keys[i], &b);
		return att_err_set(err, ATT_E_FORMAT,
		    "%s: %s: is not set: must be %.*s", name, s->keys[i].name,
		    (int)b.len, (const char *)b.data);
	}
	if (s->check != NULL && (r = s->check(g->fields, &why)) < 0)
		return att_err_set(err, r, "%s: %s", name, why.text);
	memcpy(ret, g->fields, s->size);
	free(take(&g->fields));
	return 0;
}

int
att_config_load(const struct att_config_schema *schema, const char *path,
    void *ret, struct att_err *err)
{
	AUTO_DONE(reading_done) struct reading g = { .schema = schema };
	int r;

	if ((r = reading_open(&g, err)) < 0 ||
	    (r = read_file(&g, path, err)) < 0 ||
	    (r = read_dropins(&g, path, err)) < 0)
		return r;
	return reading_close(&g, path, ret, err);
}

int
att_config_parse(const struct att_config_schema *schema, const char *name,
    struct att_slice text, void *ret, struct att_err *err)
{
	AUTO_DONE(reading_done) struct reading g = { .schema = schema };
	int r;

	if ((r = reading_open(&g, err)) < 0 ||
	    (r = read_text(&g, name, text, err)) < 0)
		return r;
	return reading_close(&g, name, ret, err);
}

void
att_config_print(const struct att_config_schema *schema, const void *config,
    struct att_buf *ret)
{
	for (size_t i = 0; i < schema->count; i++) {
		const struct att_config_key *k = &schema->keys[i];
		const size_t before = ret->len;
		size_t empty;

		att_buf_printf(ret, "%s: ", k->name);
		empty = ret->len;
		att_value_put(k, (const char *)config + k->offset, ret);
		if (ret->len == empty)
			ret->len = before;
		else
			att_buf_u8(ret, '\n');
	}
}

/* Comment lines of at most SAMPLE_COLUMNS, broken between words. */
static void
put_wrapped(struct att_buf *b, const char *text)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (column == 0 || column + 1 + n > SAMPLE_COLUMNS) {
			att_buf_str(b, column == 0 ? "#" : "\n#");
			column = 1;
		}
		att_buf_str(b, " ");
		att_buf_bytes(b, text, n);
		column += 1 + n;
		text += n + (text[n] == ' ' ? 1 : 0);
	}
	att_buf_str(b, "\n");
}

void
att_config_document(const struct att_config_schema *schema,
    struct att_buf *ret)
{
	put_wrapped(ret, schema->title);
	for (size_t i = 0; i < schema->count; i++) {
		const struct att_config_key *k = &schema->keys[i];
		AUTO_DONE(att_buf_done) struct att_buf line = ATT_BUF(1024);
		AUTO(free) char *allowed = NULL;

		att_buf_str(&line, "Value: ");
		att_value_allowed(k, &line);
		att_buf_printf(&line, ". %s", k->required ?
		    "Must be set." : k->preset == NULL ?
		    "Not set by default; an example:" : "Default:");
		allowed = att_buf_take_str(&line);
		/* no sample rather than one that lacks a line */
		if (allowed == NULL)
			ret->failed = ret->nomem = true;
		att_buf_str(ret, "\n");
		put_wrapped(ret, k->help);
		put_wrapped(ret, allowed == NULL ? "" : allowed);
		att_buf_printf(ret, "#%s: %s\n", k->name,
		    k->preset != NULL ? k->preset : k->example);
	}
}
