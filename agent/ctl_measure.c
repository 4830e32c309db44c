/* attestctl firmware measure: a flash chip, as it is now. */
#include "agent/ctl_firmware.h"

#include <stdio.h>
#include <unistd.h>

#include "mtd/spool.h"

#define CPU_DIR "/sys/devices/system/cpu"
#define BAR 40	/* columns */

/* -- how far it is --------------------------------------------------------- */

struct att_ctl_bar
att_ctl_bar_begin(void)
{
	return (struct att_ctl_bar){ .seen = isatty(STDERR_FILENO) == 1,
		.shown = UINT32_MAX };
}

/* Only when there is something new. */
void
att_ctl_bar_draw(struct att_ctl_bar *b, const char *what, uint64_t done,
    uint64_t size)
{
	static const char full[] = "########################################";
	unsigned percent = size == 0 ? 0 : (unsigned)(done * 100 / size);
	int filled = (int)(percent * BAR / 100);

	if (!b->seen || percent == b->shown)
		return;
	b->shown = percent;
	(void)fprintf(stderr, "\r\033[K%s [%-*.*s] %3u%%", what, BAR, filled,
	    full, percent);
	(void)fflush(stderr);
}

void
att_ctl_bar_end(struct att_ctl_bar *b)
{
	if (!b->seen)
		return;
	(void)fputs("\r\033[K", stderr);
	(void)fflush(stderr);
}

static bool
draw(void *arg, uint64_t done, uint64_t size)
{
	att_ctl_bar_draw(arg, "reading", done, size);
	return true;
}

/* -- the command ----------------------------------------------------------- */

/* Where to keep what was read: a disk rather than memory. */
static const char *
spool_dir(void)
{
	const char *dir = secure_getenv("TMPDIR");

	return dir != NULL && dir[0] == '/' ? dir : NULL;
}

static int
read_chip(const struct att_ctl_firmware *o, const struct att_chip *chip,
    struct att_spool **ret, struct att_err *err)
{
	struct att_ctl_bar bar = att_ctl_bar_begin();
	struct att_spool_options how = { .dir = spool_dir(),
		.pace = o->pace, .progress = draw, .arg = &bar };
	int r = att_spool_read(chip, &how, ret, err);

	att_ctl_bar_end(&bar);
	return r;
}

static int
measure(const struct att_ctl_firmware *o, const struct att_chip *chip)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO(att_spool_free) struct att_spool *spool = NULL;
	AUTO(att_map_free) struct att_map *map = NULL;
	struct att_map_options how = { .alg = o->alg, .layout = o->layout };
	struct att_err err = { 0 };

	if (h == NULL)
		return att_ctl_nomem();
	if (read_chip(o, chip, &spool, &err) < 0 ||
	    att_spool_map(spool, &how, h, &map, &err) < 0)
		return att_ctl_fail(o->file[0], &err);
	return att_ctl_firmware_put(o->file[0], map, NULL, o->json);
}

int
att_ctl_firmware_measure(const struct att_ctl_firmware *o)
{
	struct att_chip chip;
	struct att_err err = { 0 };
	int r, status;

	if (o->files == 0)
		return att_ctl_firmware_measure_all(o);
	/* who asks for a pace asks not to be noticed */
	if ((o->pace.rate != 0 || o->pace.duty != 0) &&
	    att_pace_background(CPU_DIR, &err) < 0)
		att_ctl_note(NULL, "not all in the background: %s", err.text);
	if ((r = att_chip_open(o->file[0], &chip, &err)) < 0) {
		/* nothing is malformed */
		if (r == ATT_E_NOT_FOUND)
			err.code = ATT_E_SYS;
		return att_ctl_fail(NULL, &err);
	}
	status = measure(o, &chip);
	att_chip_done(&chip);
	return status;
}
