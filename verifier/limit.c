#include "verifier/limit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>

#include "base/digest.h"
#include "crypto/random.h"

#define KEY_SIZE 8	/* IPv4, the upper half of IPv6, of a digest */

struct entry {
	uint8_t key[KEY_SIZE];
	bool used;
	int64_t start;	/* of its window */
	uint32_t count;
};

struct att_limit {
	pthread_mutex_t lock;
	uint32_t per_window;
	uint32_t seed;	/* of the hash; else peers could choose their set */
	struct entry entry[ATT_LIMIT_SETS][ATT_LIMIT_WAYS];
};

int
att_limit_new(uint32_t per_window, struct att_limit **ret,
    struct att_err *err)
{
	AUTO(att_limit_free) struct att_limit *l = calloc(1, sizeof(*l));
	int r;

	if (l == NULL)
		return att_err_nomem(err);
	(void)pthread_mutex_init(&l->lock, NULL);
	l->per_window = per_window;
	if ((r = att_random(&l->seed, sizeof(l->seed), err)) < 0)
		return r;
	*ret = take(&l);
	return 0;
}

void
att_limit_free(struct att_limit *l)
{
	if (l == NULL)
		return;
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
}

/* All that is no address shares one key: an unknown peer is one peer. */
static void
key_of(const char *peer, uint8_t ret[static KEY_SIZE])
{
	struct in6_addr six;
	struct in_addr four;

	memset(ret, 0, KEY_SIZE);
	if (inet_pton(AF_INET, peer, &four) == 1) {
		ret[KEY_SIZE - 5] = 4;
		memcpy(ret + KEY_SIZE - 4, &four, 4);
	} else if (inet_pton(AF_INET6, peer, &six) == 1) {
		memcpy(ret, six.s6_addr, KEY_SIZE);
	}
}

/* Who finds two ids of one key has found two of 2^64, and enrolled both. */
static void
key_of_node(const char *id, uint8_t ret[static KEY_SIZE])
{
	struct att_digest d = { 0 };
	struct att_slice s = att_slice_of(id);

	/* without memory all share one key, and few get through */
	if (att_digest_of(ATT_ALG_SHA256, s, &d, NULL) < 0)
		d = (struct att_digest){ 0 };
	memcpy(ret, d.bytes, KEY_SIZE);
}

/*
 * FNV-1a behind a secret seed. Whoever knew which addresses share a set could
 * send from one more than it holds, and find each of them forgotten.
 */
static size_t
set_of(const struct att_limit *l, const uint8_t key[static KEY_SIZE])
{
	uint32_t h = 2166136261u ^ l->seed;

	for (size_t i = 0; i < KEY_SIZE; i++)
		h = (h ^ key[i]) * 16777619u;
	return (h ^ h >> 16) % ATT_LIMIT_SETS;
}

/* This key's entry, or the one that it may take over. */
static struct entry *
find(struct att_limit *l, const uint8_t key[static KEY_SIZE])
{
	struct entry *set = l->entry[set_of(l, key)], *oldest = &set[0];

	for (size_t i = 0; i < ATT_LIMIT_WAYS; i++) {
		if (set[i].used && memcmp(set[i].key, key, KEY_SIZE) == 0)
			return &set[i];
		if (!set[i].used ||
		    (oldest->used && set[i].start < oldest->start))
			oldest = &set[i];
	}
	*oldest = (struct entry){ 0 };
	memcpy(oldest->key, key, KEY_SIZE);
	return oldest;
}

static bool
allow(struct att_limit *l, const uint8_t key[static KEY_SIZE], int64_t now,
    int64_t *ret_wait)
{
	struct entry *e;
	bool allowed;

	(void)pthread_mutex_lock(&l->lock);
	e = find(l, key);
	/* a clock that was set back must not lock anybody out */
	if (!e->used || now < e->start || now - e->start >= ATT_LIMIT_WINDOW) {
		e->used = true;
		e->start = now;
		e->count = 0;
	}
	allowed = e->count < l->per_window;
	if (allowed)
		e->count++;
	else
		*ret_wait = e->start + ATT_LIMIT_WINDOW - now;
	(void)pthread_mutex_unlock(&l->lock);
	return allowed;
}

bool
att_limit_allow(struct att_limit *l, const char *peer, int64_t now,
    int64_t *ret_wait)
{
	uint8_t key[KEY_SIZE];

	key_of(peer, key);
	return allow(l, key, now, ret_wait);
}

bool
att_limit_allow_node(struct att_limit *l, const char *id, int64_t now,
    int64_t *ret_wait)
{
	uint8_t key[KEY_SIZE];

	key_of_node(id, key);
	return allow(l, key, now, ret_wait);
}
