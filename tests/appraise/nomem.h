/*
 * Memory that runs out at one allocation, which a test chooses: of a program
 * that is linked with -Wl,--wrap for each of these, and has one file that
 * includes this.
 */
#ifndef ATT_TESTS_NOMEM_H
#define ATT_TESTS_NOMEM_H

#include <openssl/crypto.h>
#include <regex.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Memory of all that is linked statically (-Wl,--wrap), jansson's too. */
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);
void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
void __real_free(void *p);
void __wrap_free(void *p);
int __real_regexec(const regex_t *re, const char *s, size_t n,
    regmatch_t m[], int flags);
int __wrap_regexec(const regex_t *re, const char *s, size_t n,
    regmatch_t m[], int flags);

static bool watched;
static size_t asked, fail_at;	/* since it is watched; from 0 */
static size_t held;		/* blocks that are not OpenSSL's */
static bool ossl;		/* what failed was one of OpenSSL's */

static bool
is_refused(void)
{
	return watched && asked++ == fail_at;
}

static bool
is_refused_to_ossl(void)
{
	bool refused = is_refused();

	ossl |= refused;
	return refused;
}

static void *
count(void *p)
{
	held += watched && p != NULL ? 1 : 0;
	return p;
}

void *
__wrap_malloc(size_t n)
{
	return count(is_refused() ? NULL : __real_malloc(n));
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return count(is_refused() ? NULL : __real_calloc(n, size));
}

void *
__wrap_realloc(void *p, size_t n)
{
	void *q = is_refused() ? NULL : __real_realloc(p, n);

	return p == NULL ? count(q) : q;
}

/* The library's own is not seen from here. */
void *
__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return size != 0 && n > SIZE_MAX / size ? NULL :
	    __wrap_realloc(p, n * size);
}

/* The library's own take memory that is not seen from here. */
char *
__wrap_strndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = __wrap_malloc(len + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *
__wrap_strdup(const char *s)
{
	return __wrap_strndup(s, strlen(s));
}

void
__wrap_free(void *p)
{
	held -= watched && p != NULL ? 1 : 0;
	__real_free(p);
}

/* The library's own memory for a match. */
int
__wrap_regexec(const regex_t *re, const char *s, size_t n, regmatch_t m[],
    int flags)
{
	return is_refused() ? REG_ESPACE : __real_regexec(re, s, n, m, flags);
}

/* OpenSSL keeps what it likes: refused, not counted. */
static void *
ossl_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return is_refused_to_ossl() ? NULL : __real_malloc(n);
}

static void *
ossl_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return is_refused_to_ossl() ? NULL : __real_realloc(p, n);
}

static void
ossl_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	__real_free(p);
}

/* Before OpenSSL has taken any memory. */
static bool
nomem_of_ossl(void)
{
	return CRYPTO_set_mem_functions(ossl_malloc, ossl_realloc,
	    ossl_free) == 1;
}

#endif
