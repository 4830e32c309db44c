#include "mtd/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "firmware/ifd.h"

#define SPOOL_DIR "/var/tmp"
/* begins and ends of regions, and of the descriptor */
#define EDGES_MAX (2 * ATT_IFD_REGIONS + 2)

struct att_spool {
	const struct att_chip *chip;
	int fd;
	void *at;		/* NULL: not mapped */
	struct att_image im;
	uint64_t size;
	struct att_ifd ifd;	/* without a descriptor nothing is denied */
	uint64_t edge[EDGES_MAX];
	size_t edges;
	struct att_span refused[ATT_SPOOL_REFUSED_MAX];
	size_t refused_count;
	size_t refused_reads;	/* some of them of one span */
};

/* Reads of one pass, one after the other. */
struct reader {
	const struct att_chip *chip;
	const struct att_spool_options *o;
	uint64_t started;
	uint64_t size, done;	/* bytes, as progress tells them */
	uint8_t buf[ATT_SPOOL_READ];
};

/* -- one read -------------------------------------------------------------- */

static int
check_time(const struct reader *r, struct att_err *err)
{
	uint64_t limit = r->o->limit_ns;

	if (limit == 0 || r->chip->ops->now(r->chip->arg) - r->started < limit)
		return 0;
	return att_err_at(err, ATT_E_TIMEOUT, r->done,
	    "reading takes longer than %" PRIu64 " s", limit / 1000000000u);
}

static int
tell(const struct reader *r, struct att_err *err)
{
	const struct att_spool_options *o = r->o;

	if (o->progress == NULL || o->progress(o->arg, r->done, r->size))
		return 0;
	return att_err_at(err, ATT_E_BUSY, r->done, "stopped while reading");
}

/* Until the next read may begin. */
static int
rest(const struct reader *r, uint64_t began, uint64_t bytes,
    struct att_err *err)
{
	const struct att_chip *c = r->chip;
	uint64_t now = c->ops->now(c->arg);
	uint64_t next = att_pace_next(&r->o->pace, began, now, bytes);
	int code;

	while (now < next) {
		if ((code = check_time(r, err)) < 0)
			return code;
		c->ops->sleep(c->arg, next - now);
		if ((code = tell(r, err)) < 0)
			return code;
		now = c->ops->now(c->arg);
	}
	return 0;
}

/*
 * `len` bytes, at most ATT_SPOOL_READ, into r->buf, or the news that they are
 * refused; then a rest.
 */
static int
read_step(struct reader *r, uint64_t offset, size_t len, bool *ret_refused,
    struct att_err *err)
{
	const struct att_chip *c = r->chip;
	uint64_t began = c->ops->now(c->arg);
	size_t got = 0;
	ssize_t n = 0;
	int code;

	while (got < len) {
		if ((code = check_time(r, err)) < 0)
			return code;
		n = c->ops->read(c->arg, r->buf + got, len - got,
		    offset + got);
		if (n <= 0)
			break;
		got += (size_t)n;
	}
	*ret_refused = n == -EIO || n == -EACCES;
	if (n < 0 && !*ret_refused)
		return att_err_sys(err, (int)-n, "at 0x%" PRIx64,
		    offset + got);
	if (n == 0 && got < len)
		return att_err_at(err, ATT_E_SHORT, offset + got,
		    "the chip ends at 0x%" PRIx64, offset + got);
	r->done += len;
	if ((code = tell(r, err)) < 0)
		return code;
	return rest(r, began, len, err);
}

/* -- regions --------------------------------------------------------------- */

static bool
denied(const struct att_spool *s, uint64_t offset)
{
	for (unsigned n = 0; n < ATT_IFD_REGIONS; n++)
		if ((s->ifd.host_read >> n & 1) == 0 &&
		    offset - s->ifd.region[n].offset < s->ifd.region[n].length)
			return true;
	return false;
}

/* The first edge behind `offset`, and the size at last. */
static uint64_t
edge_behind(const struct att_spool *s, uint64_t offset)
{
	uint64_t end = s->size;

	for (size_t i = 0; i < s->edges; i++)
		if (s->edge[i] > offset)
			end = ATT_MIN(end, s->edge[i]);
	return end;
}

/* The part around `offset` that is lost if a read in it is refused. */
static struct att_span
part_of(const struct att_spool *s, uint64_t offset)
{
	uint64_t from = 0, to = edge_behind(s, offset);

	for (size_t i = 0; i < s->edges; i++)
		if (s->edge[i] <= offset && s->edge[i] > from)
			from = s->edge[i];
	if (s->ifd.version == 0) {
		from = offset - offset % ATT_SPOOL_READ > from ?
		    offset - offset % ATT_SPOOL_READ : from;
		to = ATT_MIN(to, offset - offset % ATT_SPOOL_READ +
		    ATT_SPOOL_READ);
	}
	return (struct att_span){ .offset = from, .length = to - from };
}

/* Regions, if the first bytes of the chip tell of any. */
static void
learn_regions(struct att_spool *s, struct att_slice start)
{
	struct att_ifd ifd;

	/* what is wrong with a descriptor is for the map to say */
	if (att_ifd_parse(start, &ifd, NULL) < 0)
		return;
	s->ifd = ifd;
	for (unsigned n = 0; n < ATT_IFD_REGIONS; n++) {
		s->edge[s->edges++] = ifd.region[n].offset;
		s->edge[s->edges++] = ifd.region[n].offset +
		    ifd.region[n].length;
	}
}

static int
note_refused(struct att_spool *s, struct att_span part, struct att_err *err)
{
	struct att_span *last = &s->refused[s->refused_count];

	if (s->refused_reads == ATT_SPOOL_REFUSED_MAX)
		return att_err_at(err, ATT_E_LIMIT, part.offset,
		    "over %d reads were refused", ATT_SPOOL_REFUSED_MAX);
	s->refused_reads++;
	if (s->refused_count > 0 &&
	    last[-1].offset + last[-1].length == part.offset) {
		last[-1].length += part.length;
		return 0;
	}
	*last = part;
	s->refused_count++;
	return 0;
}

/* -- the pass -------------------------------------------------------------- */

static int
keep(const struct att_spool *s, struct att_slice bytes, uint64_t offset,
    struct att_err *err)
{
	while (bytes.len > 0) {
		ssize_t n = pwrite(s->fd, bytes.data, bytes.len,
		    (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return att_err_sys(err, errno, "spool");
		bytes.data += n;
		bytes.len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

/* Up to the end of a part, or of one read; *at moves on. */
static int
read_some(struct att_spool *s, struct reader *r, uint64_t *at,
    struct att_err *err)
{
	struct att_span part = part_of(s, *at);
	uint64_t end = part.offset + part.length;
	size_t len = (size_t)ATT_MIN(end - *at, (uint64_t)ATT_SPOOL_READ);
	bool refused;
	int code;

	if (denied(s, *at)) {
		r->done += end - *at;
		*at = end;
		return tell(r, err);
	}
	if ((code = read_step(r, *at, len, &refused, err)) < 0)
		return code;
	if (refused) {
		r->done += end - *at - len;
		*at = end;
		code = note_refused(s, part, err);
		return code < 0 ? code : tell(r, err);
	}
	if ((code = keep(s, (struct att_slice){ r->buf, len }, *at, err)) < 0)
		return code;
	if (*at == 0)
		learn_regions(s, (struct att_slice){ r->buf, len });
	*at += len;
	return 0;
}

static int
read_all(struct att_spool *s, const struct att_spool_options *o,
    struct att_err *err)
{
	const struct att_chip *c = s->chip;
	struct reader r = { .chip = c, .o = o, .size = s->size,
		.started = c->ops->now(c->arg) };
	uint64_t at = 0, size;
	int code = 0, n;

	/* the descriptor comes first, and tells the rest */
	s->edge[s->edges++] = 0;
	s->edge[s->edges++] = ATT_IFD_SIZE;
	while (at < s->size && (code = read_some(s, &r, &at, err)) == 0)
		continue;
	if (code < 0)
		return code;
	if ((n = c->ops->size(c->arg, &size)) < 0)
		return att_err_sys(err, -n, "size");
	return size == s->size ? 0 : att_err_set(err, ATT_E_CONFLICT,
	    "the chip had %" PRIu64 " bytes and has %" PRIu64
	    " after it was read", s->size, size);
}

/* -- the spool ------------------------------------------------------------- */

/* A file without a name; where O_TMPFILE is not known, one that loses it. */
static int
open_spool(const char *dir, int *ret, struct att_err *err)
{
	AUTO(free) char *path = att_path_join(dir, ".attest-XXXXXX");

	if (path == NULL)
		return att_err_nomem(err);
	*ret = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (*ret < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
		*ret = mkostemp(path, O_CLOEXEC);
		if (*ret >= 0)
			(void)unlink(path);
	}
	return *ret < 0 ? att_err_sys(err, errno, "spool in %s", dir) : 0;
}

static void
let_go(void *arg, uint64_t offset, uint64_t length)
{
	const struct att_spool *s = arg;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t from = (offset + page - 1) / page * page;
	uint64_t to = (offset + length) / page * page;

	/* what cannot be let go stays, and is as right */
	if (to > from)
		(void)madvise((uint8_t *)s->at + from, (size_t)(to - from),
		    MADV_DONTNEED);
}

/* All but the descriptor: it was read, and a map begins with it. */
static int
lose_denied(struct att_spool *s, struct att_err *err)
{
	int r;

	for (uint64_t at = ATT_IFD_SIZE, end; at < s->size; at = end) {
		end = edge_behind(s, at);
		if (denied(s, at) &&
		    (r = att_image_lose(&s->im, at, end - at, err)) < 0)
			return r;
	}
	return 0;
}

static int
map_spool(struct att_spool *s, struct att_err *err)
{
	void *at = mmap(NULL, (size_t)s->size, PROT_READ, MAP_SHARED, s->fd,
	    0);
	int r;

	if (at == MAP_FAILED)
		return att_err_sys(err, errno, "spool");
	s->at = at;
	r = att_image_of((struct att_slice){ at, (size_t)s->size }, &s->im,
	    err);
	if (r < 0 || (r = lose_denied(s, err)) < 0)
		return r;
	for (size_t i = 0; i < s->refused_count; i++)
		if ((r = att_image_lose(&s->im, s->refused[i].offset,
			 s->refused[i].length, err)) < 0)
			return r;
	s->im.release = let_go;
	s->im.arg = s;
	return 0;
}

int
att_spool_read(const struct att_chip *chip,
    const struct att_spool_options *o, struct att_spool **ret,
    struct att_err *err)
{
	AUTO(att_spool_free) struct att_spool *s = calloc(1, sizeof(*s));
	int r;

	if (s == NULL)
		return att_err_nomem(err);
	s->fd = -1;
	s->chip = chip;
	if ((r = att_pace_check(&o->pace, err)) < 0)
		return r;
	if ((r = chip->ops->size(chip->arg, &s->size)) < 0)
		return att_err_sys(err, -r, "size");
	if (s->size == 0)
		return att_err_set(err, ATT_E_SHORT, "a chip of no bytes");
	if (s->size > ATT_IMAGE_MAX)
		return att_err_set(err, ATT_E_LIMIT, "a chip of %" PRIu64
		    " bytes, at most %zu are taken", s->size, ATT_IMAGE_MAX);
	if ((r = open_spool(o->dir == NULL ? SPOOL_DIR : o->dir, &s->fd,
		 err)) < 0)
		return r;
	/* parts that are not read take no room */
	if (ftruncate(s->fd, (off_t)s->size) < 0)
		return att_err_sys(err, errno, "spool");
	if ((r = read_all(s, o, err)) < 0 || (r = map_spool(s, err)) < 0)
		return r;
	*ret = take(&s);
	return 0;
}

void
att_spool_free(struct att_spool *s)
{
	if (s == NULL)
		return;
	if (s->at != NULL)
		(void)munmap(s->at, (size_t)s->size);
	att_fd_done(&s->fd);
	free(s);
}

const struct att_image *
att_spool_image(const struct att_spool *s)
{
	return &s->im;
}

/* -- its map --------------------------------------------------------------- */

static void
note(struct att_map *map, const char *code, struct att_span where,
    const char *text)
{
	struct att_note *n = &map->note[map->note_count];

	if (map->note_count == ATT_NOTES_MAX) {
		map->notes_left_out++;
		return;
	}
	map->note_count++;
	*n = (struct att_note){ .offset = where.offset,
		.length = where.length };
	(void)snprintf(n->code, sizeof(n->code), "%s", code);
	(void)snprintf(n->text, sizeof(n->text), "%s", text);
}

int
att_spool_map(const struct att_spool *s,
    const struct att_map_options *options, struct att_hasher *h,
    struct att_map **ret, struct att_err *err)
{
	struct att_map *map = NULL;
	int r = att_map_make(&s->im, options, h, &map, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < s->refused_count; i++)
		note(map, "mtd.refused", s->refused[i],
		    "a read was refused that no descriptor denies");
	if (s->chip->writable)
		note(map, "mtd.writable", (struct att_span){ 0, s->size },
		    "the kernel lets this chip be written");
	*ret = map;
	return 0;
}

/* -- once more ------------------------------------------------------------- */

/* The digest of a range now; one of no bytes if any of it is refused. */
static int
digest_now(const struct att_spool *s, struct reader *r, struct att_span range,
    uint16_t alg, struct att_hasher *h, struct att_digest *ret,
    struct att_err *err)
{
	uint64_t at = range.offset, end = range.offset + range.length;
	bool refused = false;
	int code;

	*ret = (struct att_digest){ 0 };
	if ((code = att_hasher_init(h, alg, err)) < 0)
		return code;
	while (at < end) {
		uint64_t to = ATT_MIN(end, edge_behind(s, at));
		size_t len = (size_t)ATT_MIN(to - at,
		    (uint64_t)ATT_SPOOL_READ);

		if (denied(s, at))
			return 0;
		if ((code = read_step(r, at, len, &refused, err)) < 0)
			return code;
		if (refused)
			return 0;
		if ((code = att_hasher_update(h, alg,
			 (struct att_slice){ r->buf, len }, err)) < 0)
			return code;
		at += len;
	}
	return att_hasher_final(h, alg, ret, err);
}

/* The same, as the pass had it. */
static int
digest_then(const struct att_spool *s, struct att_span range, uint16_t alg,
    struct att_hasher *h, struct att_digest *ret, struct att_err *err)
{
	struct att_cur c;

	*ret = (struct att_digest){ 0 };
	if (!att_image_at(&s->im, range.offset, range.length, &c))
		return 0;
	return att_hasher_one(h, alg, att_cur_rest(&c), ret, err);
}

/* SHA-256 where neither side has a digest: then none is needed. */
static uint16_t
alg_of(const struct att_map_change *c)
{
	if (c->before != NULL && c->before->digest.len > 0)
		return c->before->digest.alg;
	return c->after != NULL && c->after->digest.len > 0 ?
	    c->after->digest.alg : ATT_ALG_SHA256;
}

int
att_spool_reread(const struct att_spool *s, const struct att_map_change *c,
    const struct att_spool_options *o, struct att_hasher *h,
    enum att_reread *ret, struct att_err *err)
{
	const struct att_range *range = c->after != NULL ? c->after : c->before;
	struct att_span where = { range->offset, range->length };
	struct reader r = { .chip = s->chip, .o = o, .size = 2 * where.length,
		.started = s->chip->ops->now(s->chip->arg) };
	bool same = true, back = c->kind == ATT_MAP_CONTENT;
	struct att_digest now, then;
	int code;

	if (!att_span_fits(where.offset, where.length, s->size))
		return att_err_set(err, ATT_E_MISMATCH,
		    "a range that ends behind the chip");
	if ((code = att_pace_check(&o->pace, err)) < 0 ||
	    (code = digest_then(s, where, alg_of(c), h, &then, err)) < 0)
		return code;
	for (unsigned i = 0; i < 2; i++) {
		if ((code = digest_now(s, &r, where, alg_of(c), h, &now,
			 err)) < 0)
			return code;
		same = same && att_digest_equal(&now, &then);
		back = back && att_digest_equal(&now, &c->before->digest);
	}
	*ret = same ? ATT_REREAD_SAME :
	    back    ? ATT_REREAD_BACK :
		      ATT_REREAD_UNSTEADY;
	return 0;
}
