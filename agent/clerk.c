#include "agent/clerk.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include "base/file.h"

struct att_clerk {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	void (*work)(void *arg);	/* NULL: none, or it is done */
	void *arg;
	bool awaited;		/* by who gave it; else by its bell */
	bool leave;
	int bell;
};

/* With the lock, and without it while the work is done. */
static void
do_one(struct att_clerk *c)
{
	(void)pthread_mutex_unlock(&c->lock);
	c->work(c->arg);
	(void)pthread_mutex_lock(&c->lock);
	c->work = NULL;
	if (c->awaited)
		(void)pthread_cond_broadcast(&c->changed);
	else
		(void)eventfd_write(c->bell, 1);
}

static void *
serve(void *arg)
{
	struct att_clerk *c = arg;

	(void)pthread_mutex_lock(&c->lock);
	while (!c->leave) {
		if (c->work == NULL)
			(void)pthread_cond_wait(&c->changed, &c->lock);
		else
			do_one(c);
	}
	(void)pthread_mutex_unlock(&c->lock);
	return NULL;
}

static void
destroy(struct att_clerk *c)
{
	(void)pthread_cond_destroy(&c->changed);
	(void)pthread_mutex_destroy(&c->lock);
	att_fd_done(&c->bell);
	free(c);
}

int
att_clerk_new(struct att_clerk **ret, struct att_err *err)
{
	struct att_clerk *c = calloc(1, sizeof(*c));
	int e;

	if (c == NULL)
		return att_err_nomem(err);
	/* neither of them fails on Linux */
	(void)pthread_mutex_init(&c->lock, NULL);
	(void)pthread_cond_init(&c->changed, NULL);
	c->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	e = c->bell < 0 ? errno : pthread_create(&c->thread, NULL, serve, c);
	if (e != 0) {
		destroy(c);
		return att_err_sys(err, e, "thread");
	}
	*ret = c;
	return 0;
}

void
att_clerk_free(struct att_clerk *c)
{
	if (c == NULL)
		return;
	(void)pthread_mutex_lock(&c->lock);
	c->leave = true;
	(void)pthread_cond_broadcast(&c->changed);
	(void)pthread_mutex_unlock(&c->lock);
	(void)pthread_join(c->thread, NULL);
	destroy(c);
}

/* With the lock. */
static void
give(struct att_clerk *c, void (*work)(void *arg), void *arg, bool awaited)
{
	c->work = work;
	c->arg = arg;
	c->awaited = awaited;
	(void)pthread_cond_broadcast(&c->changed);
}

void
att_clerk_do(struct att_clerk *c, void (*work)(void *arg), void *arg)
{
	if (c == NULL) {
		work(arg);
		return;
	}
	(void)pthread_mutex_lock(&c->lock);
	give(c, work, arg, true);
	while (c->work != NULL)
		(void)pthread_cond_wait(&c->changed, &c->lock);
	(void)pthread_mutex_unlock(&c->lock);
}

void
att_clerk_begin(struct att_clerk *c, void (*work)(void *arg), void *arg)
{
	(void)pthread_mutex_lock(&c->lock);
	give(c, work, arg, false);
	(void)pthread_mutex_unlock(&c->lock);
}

int
att_clerk_fd(const struct att_clerk *c)
{
	return c->bell;
}

bool
att_clerk_ended(struct att_clerk *c)
{
	eventfd_t n;

	return eventfd_read(c->bell, &n) == 0;
}
