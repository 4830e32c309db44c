#include "agent/clerk.h"

#include <pthread.h>

struct att_clerk {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	void (*work)(void *arg);	/* NULL: none, or it is done */
	void *arg;
	bool leave;
};

static void *
serve(void *arg)
{
	struct att_clerk *c = arg;

	(void)pthread_mutex_lock(&c->lock);
	while (!c->leave) {
		if (c->work == NULL) {
			(void)pthread_cond_wait(&c->changed, &c->lock);
			continue;
		}
		/* who gave it waits, and gives no other */
		c->work(c->arg);
		c->work = NULL;
		(void)pthread_cond_broadcast(&c->changed);
	}
	(void)pthread_mutex_unlock(&c->lock);
	return NULL;
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
	if ((e = pthread_create(&c->thread, NULL, serve, c)) != 0) {
		free(c);
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
	(void)pthread_cond_destroy(&c->changed);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}

void
att_clerk_do(struct att_clerk *c, void (*work)(void *arg), void *arg)
{
	if (c == NULL) {
		work(arg);
		return;
	}
	(void)pthread_mutex_lock(&c->lock);
	c->work = work;
	c->arg = arg;
	(void)pthread_cond_broadcast(&c->changed);
	while (c->work != NULL)
		(void)pthread_cond_wait(&c->changed, &c->lock);
	(void)pthread_mutex_unlock(&c->lock);
}
