/*
 * Members of the documents about firmware: clean texts, numbers that every
 * reader of JSON holds exactly, names out of a table.
 */
#ifndef ATT_FIRMWARE_MEMBER_H
#define ATT_FIRMWARE_MEMBER_H

#include "firmware/component.h"

#define ATT_NUMBER_MAX (((int64_t)1 << 53) - 1)	/* RFC 7493, 2.2 */

/* Cut to the room, and as att_text_is_clean wants it; "" becomes "?". */
void att_set_text(char *to, size_t room, const char *text);

/* Clean text stays as it is. ATT_E_LIMIT over ATT_NUMBER_MAX. */
int att_put_text(json_t *j, const char *name, const char *text,
    struct att_err *err) ATT_MUST;
int att_put_number(json_t *j, const char *name, uint64_t n,
    struct att_err *err) ATT_MUST;

/* Clean, of `least` to room - 1 bytes. */
int att_get_text(const json_t *j, const char *name, char *ret, size_t room,
    size_t least, struct att_err *err) ATT_MUST;
int att_get_number(const json_t *j, const char *name, int64_t max,
    uint64_t *ret, struct att_err *err) ATT_MUST;
/* Which of the names it is; name(n) is NULL behind the last. */
int att_get_name(const json_t *j, const char *member,
    const char *(*name)(unsigned n), unsigned *ret, struct att_err *err)
    ATT_MUST;
/* The member "result". */
int att_get_measured(const json_t *j, enum att_measured *ret,
    struct att_err *err) ATT_MUST;

#endif
