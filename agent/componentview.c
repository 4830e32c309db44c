#include "agent/componentview.h"

#include <stdio.h>
#include <string.h>

#define WIDTH_MAX 40		/* of a column; longer texts stand out of it */

/* -- a table --------------------------------------------------------------- */

enum column {
	COLUMN_ID,
	COLUMN_MODEL,
	COLUMN_NAME,
	COLUMN_RUNNING,
	COLUMN_STORED,
	COLUMN_PATH,
	COLUMNS,
};

/* Texts are borrowed; what is NULL is nothing. */
struct row {
	const char *cell[COLUMNS];
	char model[2 * ATT_COMPONENT_TEXT_MAX + 2];
	const char *note;
};

struct table {
	struct row *row;
	size_t count, room;
	int width[COLUMNS];
};

static void
table_done(struct table *t)
{
	free(t->row);
}

static int
add_row(struct table *t, struct row **ret, struct att_err *err)
{
	if (t->count == t->room) {
		size_t room = t->room == 0 ? 64 : 2 * t->room;
		struct row *more = reallocarray(t->row, room, sizeof(*more));

		if (more == NULL)
			return att_err_nomem(err);
		t->row = more;
		t->room = room;
	}
	*ret = &t->row[t->count++];
	**ret = (struct row){ .note = NULL };
	return 0;
}

/* The model lies in the row, which may have moved. */
static const char *
cell_of(const struct row *r, enum column c)
{
	const char *text = c == COLUMN_MODEL ? r->model : r->cell[c];

	return text == NULL ? "" : text;
}

static void
measure_columns(struct table *t)
{
	for (size_t i = 0; i < t->count; i++)
		for (unsigned c = 0; c < COLUMNS; c++) {
			int n = (int)strlen(cell_of(&t->row[i],
			    (enum column)c));

			if (n <= WIDTH_MAX && n > t->width[c])
				t->width[c] = n;
		}
}

static void
put_row(const struct table *t, const struct row *r, struct att_buf *b)
{
	for (unsigned c = 0; c < COLUMNS; c++)
		att_buf_printf(b, "%-*s%s", t->width[c],
		    cell_of(r, (enum column)c), c + 1 < COLUMNS ? "  " : "");
	if (r->note != NULL)
		att_buf_printf(b, "  %s", r->note);
	while (b->len > 0 && b->data[b->len - 1] == ' ')
		b->len--;
	att_buf_u8(b, '\n');
}

/* -- what stands in it ----------------------------------------------------- */

static const char *
note_of(const struct att_component_version *v)
{
	const char *running = v->text[ATT_VERSION_RUNNING];
	const char *stored = v->text[ATT_VERSION_STORED];

	if (running != NULL && stored != NULL && strcmp(running, stored) != 0)
		return "waits for a reset";
	return v->text[ATT_VERSION_FIXED] != NULL && running == NULL ?
	    "fixed" : NULL;
}

static int
add_version(struct table *t, const struct att_component_version *v,
    struct att_err *err)
{
	const char *running = v->text[ATT_VERSION_RUNNING];
	struct row *r;
	int code;

	if (running == NULL)
		running = v->text[ATT_VERSION_FIXED];
	if ((code = add_row(t, &r, err)) < 0)
		return code;
	r->cell[COLUMN_NAME] = v->name;
	r->cell[COLUMN_RUNNING] = running;
	r->cell[COLUMN_STORED] = v->text[ATT_VERSION_STORED];
	r->note = note_of(v);
	return 0;
}

/* Of one that has no version they are all that there is to see. */
static int
add_attributes(struct table *t, const struct att_component *c,
    struct att_err *err)
{
	struct row *r;
	int code;

	for (size_t i = 0; i < c->attributes; i++) {
		if ((code = add_row(t, &r, err)) < 0)
			return code;
		r->cell[COLUMN_NAME] = c->attribute[i].name;
		r->cell[COLUMN_RUNNING] = c->attribute[i].text;
	}
	return 0;
}

/* What is the same for all its rows stands in the first. */
static void
name_row(struct row *r, const struct att_component *c)
{
	const char *vendor = c->vendor == NULL ? "" : c->vendor;
	const char *model = c->model == NULL ? "" : c->model;

	r->cell[COLUMN_ID] = c->id;
	r->cell[COLUMN_PATH] = att_path_name(c->path);
	(void)snprintf(r->model, sizeof(r->model), "%s%s%s", vendor,
	    vendor[0] != '\0' && model[0] != '\0' ? " " : "", model);
}

/* A failure has a row of its own, in front of what is known all the same. */
static int
add_component(struct table *t, const struct att_component *c,
    struct att_err *err)
{
	size_t first = t->count;
	struct row *r;
	int code = 0;

	if (c->result != ATT_MEASURED_OK) {
		if ((code = add_row(t, &r, err)) < 0)
			return code;
		r->cell[COLUMN_RUNNING] = att_measured_name(c->result);
		r->note = c->reason;
	}
	for (size_t i = 0; code == 0 && i < c->versions; i++)
		code = add_version(t, &c->version[i], err);
	if (code == 0 && c->versions == 0)
		code = add_attributes(t, c, err);
	if (code == 0 && t->count == first)
		code = add_row(t, &r, err);
	if (code == 0)
		name_row(&t->row[first], c);
	return code;
}

int
att_components_print(const struct att_components *list, struct att_buf *ret,
    struct att_err *err)
{
	AUTO_DONE(table_done) struct table t = { .row = NULL };
	struct row *r;
	int code = add_row(&t, &r, err);

	if (code < 0)
		return code;
	r->cell[COLUMN_ID] = "COMPONENT";
	r->cell[COLUMN_NAME] = "VERSION OF";
	r->cell[COLUMN_RUNNING] = "RUNNING";
	r->cell[COLUMN_STORED] = "STORED";
	r->cell[COLUMN_PATH] = "BY";
	(void)snprintf(r->model, sizeof(r->model), "MODEL");
	for (size_t i = 0; i < list->count; i++)
		if ((code = add_component(&t, &list->item[i], err)) < 0)
			return code;
	measure_columns(&t);
	for (size_t i = 0; i < t.count; i++)
		put_row(&t, &t.row[i], ret);
	return att_buf_ok(ret, "components", err);
}
