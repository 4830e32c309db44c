#include "firmware/claims.h"

#include <string.h>

#include "firmware/member.h"

#define FLASH_PREFIX "flash/"
#define TIME_MAX 253402300799LL	/* 9999-12-31 */

/* -- in memory ------------------------------------------------------------- */

void
att_firmware_claims_free(struct att_firmware_claims *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->chips; i++)
		att_map_free(c->flash[i].map);
	att_components_done(&c->components);
	free(c);
}

int
att_firmware_claims_add_flash(struct att_firmware_claims *c, const char *name,
    struct att_flash **ret, struct att_err *err)
{
	struct att_flash f = { .path = ATT_PATH_MTD };
	size_t at = 0;

	att_set_text(f.name, sizeof(f.name), name);
	att_flash_set_failed(&f, ATT_MEASURED_FAILED, "not measured");
	while (at < c->chips && strcmp(c->flash[at].name, f.name) < 0)
		at++;
	if (at < c->chips && strcmp(c->flash[at].name, f.name) == 0)
		return att_err_set(err, ATT_E_CONFLICT,
		    "chip \"%s\" is there already", f.name);
	if (c->chips == ATT_FLASH_MAX)
		return att_err_set(err, ATT_E_LIMIT, "more than %d chips",
		    ATT_FLASH_MAX);
	memmove(&c->flash[at + 1], &c->flash[at],
	    (c->chips++ - at) * sizeof(f));
	c->flash[at] = f;
	*ret = &c->flash[at];
	return 0;
}

int
att_firmware_claims_add_pass(struct att_firmware_claims *c, const char *of,
    struct att_pass **ret, struct att_err *err)
{
	struct att_pass p = { 0 };
	size_t at = 0;

	att_set_text(p.of, sizeof(p.of), of);
	while (at < c->passes && strcmp(c->pass[at].of, p.of) < 0)
		at++;
	if (at < c->passes && strcmp(c->pass[at].of, p.of) == 0)
		return att_err_set(err, ATT_E_CONFLICT,
		    "a pass of \"%s\" is there already", p.of);
	if (c->passes == ATT_COUNT(c->pass))
		return att_err_set(err, ATT_E_LIMIT, "more than %zu passes",
		    ATT_COUNT(c->pass));
	memmove(&c->pass[at + 1], &c->pass[at],
	    (c->passes++ - at) * sizeof(p));
	c->pass[at] = p;
	*ret = &c->pass[at];
	return 0;
}

const struct att_flash *
att_firmware_claims_flash(const struct att_firmware_claims *c,
    const char *name)
{
	for (size_t i = 0; i < c->chips; i++)
		if (strcmp(c->flash[i].name, name) == 0)
			return &c->flash[i];
	return NULL;
}

const struct att_pass *
att_firmware_claims_pass(const struct att_firmware_claims *c, const char *of)
{
	for (size_t i = 0; i < c->passes; i++)
		if (strcmp(c->pass[i].of, of) == 0)
			return &c->pass[i];
	return NULL;
}

static bool
precedes(const struct att_pass_clock *c, const struct att_pass_clock *quoted)
{
	return c->reset_count == quoted->reset_count &&
	    c->restart_count == quoted->restart_count &&
	    c->clock <= quoted->clock;
}

bool
att_firmware_claims_precede(const struct att_firmware_claims *c,
    const struct att_pass_clock *quoted)
{
	for (size_t i = 0; i < c->passes; i++) {
		const struct att_pass *p = &c->pass[i];

		if (p->has_clock && (!precedes(&p->begin, quoted) ||
				     !precedes(&p->end, quoted)))
			return false;
	}
	return true;
}

/* The chip that a pass is of; NULL: of something else. */
static const struct att_flash *
chip_of(const struct att_firmware_claims *c, const struct att_pass *p)
{
	size_t skip = strlen(FLASH_PREFIX);

	return strncmp(p->of, FLASH_PREFIX, skip) != 0 ? NULL :
	    att_firmware_claims_flash(c, p->of + skip);
}

/* -- writing --------------------------------------------------------------- */

static int
firmware_to_json(const struct att_firmware_claims *c, json_t **ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO(att_json_decref) json_t *flash = json_array();
	json_t *components = NULL;
	int r;

	for (size_t i = 0; i < c->chips; i++) {
		json_t *one = NULL;

		if ((r = att_flash_to_json(&c->flash[i], &one, err)) < 0 ||
		    (r = att_json_add(flash, one, err)) < 0)
			return r;
	}
	if ((r = att_json_put(j, "flash", take(&flash), err)) < 0 ||
	    (c->no_flash[0] != '\0' &&
		(r = att_put_text(j, "no_flash", c->no_flash, err)) < 0) ||
	    (r = att_components_to_json(&c->components, &components, err)) <
		0 ||
	    (r = att_json_put(j, "components", components, err)) < 0)
		return r;
	*ret = take(&j);
	return 0;
}

static int
put_clock(json_t *pass, const char *name, const struct att_pass_clock *c,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	if ((r = att_put_number(j, "clock", c->clock, err)) < 0 ||
	    (r = att_put_number(j, "reset_count", c->reset_count, err)) < 0 ||
	    (r = att_put_number(j, "restart_count", c->restart_count, err)) <
		0 ||
	    (r = att_json_put(j, "safe", json_boolean(c->safe), err)) < 0)
		return r;
	return att_json_put(pass, name, take(&j), err);
}

static int
put_volatile(json_t *pass, const struct att_map *map, struct att_err *err)
{
	AUTO(att_json_decref) json_t *all = NULL;
	int r = att_flash_volatile_to_json(map, &all, err);

	if (r < 0 || json_array_size(all) == 0)
		return r;
	return att_json_put(pass, "volatile", take(&all), err);
}

static int
put_unsteady(json_t *pass, const struct att_pass *p, struct att_err *err)
{
	AUTO(att_json_decref) json_t *all = json_array();
	int r;

	for (size_t i = 0; i < p->unsteady_count; i++)
		if ((r = att_json_add(all,
			 json_integer((json_int_t)p->unsteady[i]), err)) < 0)
			return r;
	return p->unsteady_count == 0 ? 0 :
	    att_json_put(pass, "unsteady", take(&all), err);
}

static int
pass_to_json(const struct att_pass *p, const struct att_map *map,
    json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	if ((r = att_put_text(j, "of", p->of, err)) < 0 ||
	    (r = att_put_number(j, "at", (uint64_t)p->at, err)) < 0 ||
	    (r = att_put_number(j, "seconds", (uint64_t)p->seconds, err)) < 0 ||
	    (r = put_unsteady(j, p, err)) < 0 ||
	    (map != NULL && (r = put_volatile(j, map, err)) < 0))
		return r;
	if (p->has_clock &&
	    ((r = put_clock(j, "begin", &p->begin, err)) < 0 ||
		(r = put_clock(j, "end", &p->end, err)) < 0))
		return r;
	*ret = take(&j);
	return 0;
}

static int
passes_to_json(const struct att_firmware_claims *c, json_t **ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *all = json_array();
	int r;

	if (all == NULL)
		return att_err_nomem(err);
	for (size_t i = 0; i < c->passes; i++) {
		const struct att_flash *chip = chip_of(c, &c->pass[i]);
		json_t *one = NULL;

		if ((r = pass_to_json(&c->pass[i], chip == NULL ? NULL :
			 chip->map, &one, err)) < 0 ||
		    (r = att_json_add(all, one, err)) < 0)
			return r;
	}
	*ret = take(&all);
	return 0;
}

int
att_firmware_claims_encode(const struct att_firmware_claims *c,
    struct att_buf *ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	json_t *firmware = NULL, *passes = NULL;
	int r;

	if ((r = att_put_text(j, "format", ATT_FIRMWARE_CLAIMS_FORMAT, err)) <
		0 ||
	    (r = att_put_text(j, "boot_id", c->boot_id, err)) < 0 ||
	    (r = firmware_to_json(c, &firmware, err)) < 0 ||
	    (r = att_json_put(j, "firmware", firmware, err)) < 0 ||
	    (r = passes_to_json(c, &passes, err)) < 0 ||
	    (r = att_json_put(j, "passes", passes, err)) < 0)
		return r;
	return att_json_write(j, ret, err);
}

/* -- reading --------------------------------------------------------------- */

static int
read_flash(json_t *firmware, struct att_firmware_claims *c,
    struct att_err *err)
{
	json_t *all = NULL;
	int r;

	if ((r = att_json_arr(firmware, "flash", &all, err)) < 0)
		return r;
	if (json_array_size(all) > ATT_FLASH_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%zu chips, at most %d are taken", json_array_size(all),
		    ATT_FLASH_MAX);
	/* counted before it is read: what failed half-way is freed too */
	while (c->chips < json_array_size(all)) {
		size_t i = c->chips++;

		if ((r = att_flash_from_json(json_array_get(all, i),
			 &c->flash[i], err)) < 0) {
			att_err_prefix(err, "chip %zu", i);
			return r;
		}
		if (i > 0 &&
		    strcmp(c->flash[i - 1].name, c->flash[i].name) >= 0)
			return att_err_set(err, ATT_E_FORMAT,
			    "chip %zu: names must be sorted, each once", i);
	}
	return json_object_get(firmware, "no_flash") == NULL ? 0 :
	    att_get_text(firmware, "no_flash", c->no_flash, sizeof(c->no_flash),
		1, err);
}

static int
read_clock(const json_t *pass, const char *name, struct att_pass_clock *ret,
    struct att_err *err)
{
	uint64_t resets = 0, restarts = 0;
	json_t *j = NULL;
	int r;

	if ((r = att_json_obj(pass, name, &j, err)) < 0 ||
	    (r = att_get_number(j, "clock", ATT_NUMBER_MAX, &ret->clock,
		 err)) < 0 ||
	    (r = att_get_number(j, "reset_count", UINT32_MAX, &resets, err)) <
		0 ||
	    (r = att_get_number(j, "restart_count", UINT32_MAX, &restarts,
		 err)) < 0 ||
	    (r = att_json_bool(j, "safe", &ret->safe, err)) < 0) {
		att_err_prefix(err, "%s", name);
		return r;
	}
	ret->reset_count = (uint32_t)resets;
	ret->restart_count = (uint32_t)restarts;
	return 0;
}

static int
read_unsteady(json_t *pass, struct att_pass *p, struct att_err *err)
{
	json_t *all = json_object_get(pass, "unsteady");

	if (all == NULL)
		return 0;
	if (!json_is_array(all) || json_array_size(all) > ATT_UNSTEADY_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "unsteady must be an array of at most %d offsets",
		    ATT_UNSTEADY_MAX);
	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *one = json_array_get(all, i);
		json_int_t n = json_integer_value(one);

		if (!json_is_integer(one) || n < 0 ||
		    n > (json_int_t)ATT_IMAGE_MAX ||
		    (i > 0 && (uint64_t)n <= p->unsteady[i - 1]))
			return att_err_set(err, ATT_E_FORMAT,
			    "unsteady must have offsets that grow");
		p->unsteady[p->unsteady_count++] = (uint64_t)n;
	}
	return 0;
}

static int
read_volatile(json_t *pass, const struct att_flash *chip, struct att_err *err)
{
	json_t *all = json_object_get(pass, "volatile");

	if (all == NULL)
		return 0;
	if (!json_is_array(all) || chip == NULL || chip->map == NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "volatile must be an array, of a chip with a map");
	return att_flash_volatile_from_json(all, chip->map, err);
}

static int
read_pass(json_t *j, const struct att_firmware_claims *c, struct att_pass *p,
    struct att_err *err)
{
	int r;

	if ((r = att_get_text(j, "of", p->of, sizeof(p->of), 1, err)) < 0 ||
	    (r = att_json_int(j, "at", 0, TIME_MAX, &p->at, err)) < 0 ||
	    (r = att_json_int(j, "seconds", 0, TIME_MAX, &p->seconds, err)) <
		0 ||
	    (r = read_unsteady(j, p, err)) < 0)
		return r;
	p->has_clock = json_object_get(j, "begin") != NULL ||
	    json_object_get(j, "end") != NULL;
	if (p->has_clock &&
	    ((r = read_clock(j, "begin", &p->begin, err)) < 0 ||
		(r = read_clock(j, "end", &p->end, err)) < 0))
		return r;
	return read_volatile(j, chip_of(c, p), err);
}

static int
read_passes(json_t *doc, struct att_firmware_claims *c, struct att_err *err)
{
	json_t *all = NULL;
	int r;

	if ((r = att_json_arr(doc, "passes", &all, err)) < 0)
		return r;
	if (json_array_size(all) > ATT_COUNT(c->pass))
		return att_err_set(err, ATT_E_LIMIT,
		    "%zu passes, at most %zu are taken", json_array_size(all),
		    ATT_COUNT(c->pass));
	c->passes = json_array_size(all);
	for (size_t i = 0; i < c->passes; i++) {
		if ((r = read_pass(json_array_get(all, i), c, &c->pass[i],
			 err)) < 0) {
			att_err_prefix(err, "pass %zu", i);
			return r;
		}
		if (i > 0 && strcmp(c->pass[i - 1].of, c->pass[i].of) >= 0)
			return att_err_set(err, ATT_E_FORMAT,
			    "pass %zu: must be sorted, each once", i);
	}
	return 0;
}

static int
read_document(json_t *doc, struct att_firmware_claims *c,
    struct att_err *err)
{
	json_t *firmware = NULL, *components = NULL;
	const char *format = NULL;
	int r;

	if ((r = att_json_str(doc, "format", &format, err)) < 0)
		return r;
	if (strcmp(format, ATT_FIRMWARE_CLAIMS_FORMAT) != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "format must be \"" ATT_FIRMWARE_CLAIMS_FORMAT "\"");
	if ((r = att_get_text(doc, "boot_id", c->boot_id, sizeof(c->boot_id), 1,
		 err)) < 0 ||
	    (r = att_json_obj(doc, "firmware", &firmware, err)) < 0 ||
	    (r = read_flash(firmware, c, err)) < 0 ||
	    (r = att_json_arr(firmware, "components", &components, err)) <
		0 ||
	    (r = att_components_from_json(components, &c->components, err)) <
		0)
		return r;
	return read_passes(doc, c, err);
}

int
att_firmware_claims_parse(struct att_slice text,
    struct att_firmware_claims **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *doc = NULL;
	AUTO(att_firmware_claims_free) struct att_firmware_claims *c =
	    calloc(1, sizeof(*c));
	int r;

	if (c == NULL)
		return att_err_nomem(err);
	if ((r = att_json_parse(text, ATT_FIRMWARE_CLAIMS_MAX, &doc, err)) <
		0 ||
	    (r = read_document(doc, c, err)) < 0)
		return r;
	*ret = take(&c);
	return 0;
}
