#include "verifier/references.h"

#include <pthread.h>
#include <stdatomic.h>

struct att_refs {
	atomic_uint holders;
	struct att_refdocs docs;
	size_t runtimes;
	struct att_runtime *runtime[ATT_STORE_RUNTIMES_MAX];
};

struct att_references {
	struct att_store *store;
	pthread_mutex_t reload;	/* one at a time, from store to `current` */
	pthread_mutex_t lock;	/* of `current` */
	struct att_refs *current;
};

void
att_refs_release(struct att_refs *s)
{
	if (s == NULL || atomic_fetch_sub(&s->holders, 1) != 1)
		return;
	att_refdocs_done(&s->docs);
	for (size_t i = 0; i < s->runtimes; i++)
		att_runtime_free(s->runtime[i]);
	free(s);
}

const struct att_refdocs *
att_refs_docs(const struct att_refs *s)
{
	return &s->docs;
}

const struct att_runtime *const *
att_refs_runtimes(const struct att_refs *s, size_t *ret_count)
{
	*ret_count = s->runtimes;
	return (const struct att_runtime *const *)s->runtime;
}

struct att_refs *
att_references_hold(struct att_references *r)
{
	struct att_refs *s;

	(void)pthread_mutex_lock(&r->lock);
	s = r->current;
	atomic_fetch_add(&s->holders, 1);
	(void)pthread_mutex_unlock(&r->lock);
	return s;
}

/* Where the store's documents are put. */
struct loading {
	struct att_refs *set;
	struct att_err *err;
};

static int
compile(void *ctx, const char *id, struct att_slice json)
{
	struct loading *l = ctx;
	int r;

	/* the store holds no more; another program may have put one */
	if (l->set->docs.count == ATT_STORE_REFERENCES_MAX)
		return att_err_set(l->err, ATT_E_LIMIT,
		    "more than %d reference value documents",
		    ATT_STORE_REFERENCES_MAX);
	if ((r = att_refdocs_add(&l->set->docs, json, l->err)) < 0)
		att_err_prefix(l->err, "document \"%s\"", id);
	return r;
}

static int
compile_runtime(void *ctx, const char *id, struct att_slice json)
{
	struct loading *l = ctx;
	int r;

	if (l->set->runtimes == ATT_STORE_RUNTIMES_MAX)
		return att_err_set(l->err, ATT_E_LIMIT,
		    "more than %d runtime policies", ATT_STORE_RUNTIMES_MAX);
	r = att_runtime_parse(json, &l->set->runtime[l->set->runtimes],
	    l->err);
	if (r < 0) {
		att_err_prefix(l->err, "runtime policy \"%s\"", id);
		return r;
	}
	l->set->runtimes++;
	return 0;
}

static int
load(struct att_store *store, struct att_refs **ret, struct att_err *err)
{
	AUTO(att_refs_release) struct att_refs *s = calloc(1, sizeof(*s));
	struct loading l = { s, err };
	int r;

	if (s == NULL)
		return att_err_nomem(err);
	atomic_init(&s->holders, 1);
	if ((r = att_store_reference_each(store, compile, &l, err)) < 0 ||
	    (r = att_store_runtime_each(store, compile_runtime, &l, err)) < 0)
		return r;
	*ret = take(&s);
	return 0;
}

int
att_references_reload(struct att_references *r, struct att_err *err)
{
	struct att_refs *fresh = NULL, *old;
	int e;

	/* else a slower one could put back what it read before a change */
	(void)pthread_mutex_lock(&r->reload);
	e = load(r->store, &fresh, err);
	if (e == 0) {
		(void)pthread_mutex_lock(&r->lock);
		old = r->current;
		r->current = fresh;
		(void)pthread_mutex_unlock(&r->lock);
		att_refs_release(old);
	}
	(void)pthread_mutex_unlock(&r->reload);
	return e;
}

int
att_references_new(struct att_store *store, struct att_references **ret,
    struct att_err *err)
{
	struct att_references *r;
	struct att_refs *s = NULL;
	int e;

	if ((e = load(store, &s, err)) < 0)
		return e;
	if ((r = calloc(1, sizeof(*r))) == NULL) {
		att_refs_release(s);
		return att_err_nomem(err);
	}
	r->store = store;
	r->current = s;
	(void)pthread_mutex_init(&r->reload, NULL);
	(void)pthread_mutex_init(&r->lock, NULL);
	*ret = r;
	return 0;
}

void
att_references_free(struct att_references *r)
{
	if (r == NULL)
		return;
	att_refs_release(r->current);
	(void)pthread_mutex_destroy(&r->reload);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}
