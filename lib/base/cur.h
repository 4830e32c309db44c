/*
 * Bounded reader: the only way by which bytes that this process did not make
 * become numbers. Every getter returns false when the input is too short, and
 * then nothing has moved and *ret is untouched.
 */
#ifndef ATT_BASE_CUR_H
#define ATT_BASE_CUR_H

#include "base/util.h"

/* `off` counts from the start of the outermost input: for error messages. */
struct att_cur {
	const uint8_t *p;
	size_t left;
	uint64_t off;
};

struct att_cur att_cur_from(const void *data, size_t len);
struct att_cur att_cur_of(struct att_slice s);

bool att_cur_u8(struct att_cur *c, uint8_t *ret) ATT_MUST;
bool att_cur_le16(struct att_cur *c, uint16_t *ret) ATT_MUST;
bool att_cur_le32(struct att_cur *c, uint32_t *ret) ATT_MUST;
bool att_cur_le64(struct att_cur *c, uint64_t *ret) ATT_MUST;
bool att_cur_be16(struct att_cur *c, uint16_t *ret) ATT_MUST;
bool att_cur_be32(struct att_cur *c, uint32_t *ret) ATT_MUST;
bool att_cur_be64(struct att_cur *c, uint64_t *ret) ATT_MUST;

/* n bytes: as a slice of the input, copied out, or passed over. */
bool att_cur_bytes(struct att_cur *c, uint64_t n, struct att_slice *ret)
    ATT_MUST;
bool att_cur_copy(struct att_cur *c, void *ret, size_t n) ATT_MUST;
bool att_cur_skip(struct att_cur *c, uint64_t n) ATT_MUST;

/* The next n bytes as a cursor of their own; c stands behind them. */
bool att_cur_child(struct att_cur *c, uint64_t n, struct att_cur *ret)
    ATT_MUST;
/* TPM2B: a be16 length and that many bytes. */
bool att_cur_tpm2b(struct att_cur *c, struct att_slice *ret) ATT_MUST;

/* A cursor on `part`, which lies within `whole`; offsets go on from there. */
struct att_cur att_cur_within(struct att_cur whole, struct att_slice part);

bool att_cur_empty(const struct att_cur *c) ATT_MUST;
/* What is left, without moving. */
struct att_slice att_cur_rest(const struct att_cur *c);
/* True if all that is left, up to n bytes, has this value. */
bool att_cur_all(const struct att_cur *c, size_t n, uint8_t value) ATT_MUST;

bool att_slice_equal(struct att_slice a, struct att_slice b) ATT_MUST;
/* Equal to a C string, without its NUL. */
bool att_slice_is(struct att_slice a, const char *text) ATT_MUST;

#endif
