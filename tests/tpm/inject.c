#include "tests/tpm/inject.h"

#include <poll.h>
#include <string.h>

#include "base/cur.h"

struct inject_link {
	struct att_tpm_link base;
	struct att_tpm_link *real;
	struct inject *plan;
};

static void
inject_free(struct att_tpm_link *base)
{
	struct inject_link *l = (struct inject_link *)base;

	att_tpm_link_free(l->real);
	free(l);
}

/* True if this command is one that the plan is about. */
static bool
applies(struct inject *p, struct att_slice cmd)
{
	struct att_cur c = att_cur_of(cmd);
	uint32_t code;

	if (!att_cur_skip(&c, 6) || !att_cur_be32(&c, &code) ||
	    (p->command != 0 && p->command != code) ||
	    (p->except != 0 && p->except == code))
		return false;
	p->seen++;
	if (p->seen <= p->skip || p->hit >= p->times)
		return false;
	p->hit++;
	return true;
}

static int
fail(enum att_code code, uint64_t deadline, struct att_err *err)
{
	if (code == ATT_E_TIMEOUT)
		(void)poll(NULL, 0, att_tpm_left(deadline));
	return att_err_set(err, code, "injected");
}

static void
answer(uint32_t rc, uint8_t *rsp, size_t *len)
{
	/* Part 1, 18.7: TPM_ST_NO_SESSIONS, ten bytes, rc */
	const uint8_t header[] = { 0x80, 0x01, 0, 0, 0, 10,
		(uint8_t)(rc >> 24), (uint8_t)(rc >> 16), (uint8_t)(rc >> 8),
		(uint8_t)rc };

	memcpy(rsp, header, sizeof(header));
	*len = sizeof(header);
}

static int
inject_exchange(struct att_tpm_link *base, struct att_slice cmd,
    uint64_t deadline, uint8_t ret[static ATT_TPM_MESSAGE_MAX],
    size_t *ret_len, struct att_err *err)
{
	struct inject_link *l = (struct inject_link *)base;
	struct inject *p = l->plan;
	bool now = applies(p, cmd);
	int r;

	if (now && p->fail != ATT_OK)
		return fail(p->fail, deadline, err);
	if (now && p->rc != 0) {
		answer(p->rc, ret, ret_len);
		return 0;
	}
	if (now && p->before != NULL)
		p->before(p->arg);
	r = l->real->exchange(l->real, cmd, deadline, ret, ret_len, err);
	if (now && r == 0 && p->mangle != NULL)
		p->mangle(p->arg, ret, ret_len);
	return r;
}

struct att_tpm_link *
inject_new(struct att_tpm_link *real, struct inject *plan)
{
	struct inject_link *l = calloc(1, sizeof(*l));

	if (l == NULL)
		abort();
	l->base.exchange = inject_exchange;
	l->base.free = inject_free;
	l->real = real;
	l->plan = plan;
	return &l->base;
}
