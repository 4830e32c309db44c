/* Ownership and small helpers that every file of the project uses. */
#ifndef ATT_BASE_UTIL_H
#define ATT_BASE_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The result must be looked at. */
#define ATT_MUST __attribute__((warn_unused_result))
#define ATT_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define ATT_UNUSED __attribute__((unused))

/*
 * AUTO(fn) on a local pointer calls fn(pointer) when the scope ends; fn takes
 * NULL. AUTO_DONE(fn) on a local struct calls fn(&struct). Initialise where
 * declared. take(&p) moves ownership out: returns p and leaves NULL.
 */
#define AUTO(fn) __attribute__((cleanup(att_auto_##fn)))
#define AUTO_DONE(fn) __attribute__((cleanup(fn)))
#define ATT_DEFINE_AUTO(type, fn)                                            \
	static inline ATT_UNUSED void att_auto_##fn(type **p)                \
	{                                                                    \
		if (*p != NULL)                                              \
			fn(*p);                                              \
	}
#define take(pp)                                                             \
	__extension__({                                                      \
		__typeof__(pp) take_pp_ = (pp);                              \
		__typeof__(*take_pp_) take_p_ = *take_pp_;                   \
		*take_pp_ = NULL;                                            \
		take_p_;                                                     \
	})

ATT_DEFINE_AUTO(char, free)

#define ATT_COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ATT_MIN(a, b) ((a) < (b) ? (a) : (b))

/* Bytes of somebody else: never freed through the slice. */
struct att_slice {
	const uint8_t *data;
	size_t len;
};

/* Of a C string, without its NUL. */
static inline struct att_slice
att_slice_of(const char *text)
{
	return (struct att_slice){ (const uint8_t *)text, strlen(text) };
}

#endif
