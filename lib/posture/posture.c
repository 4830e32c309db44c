#include "posture/posture.h"

#include "posture/parts.h"

int
att_posture_read(const char *root, struct att_posture **ret,
    struct att_err *err)
{
	AUTO(att_posture_free) struct att_posture *p = NULL;
	struct att_tree t = { .root = root };
	int r;

	if ((r = att_posture_new(&p, err)) < 0)
		return r;
	t.to = p;
	if ((r = att_posture_read_efi(&t, err)) < 0 ||
	    (r = att_posture_read_kernel(&t, err)) < 0 ||
	    (r = att_posture_read_kconfig(&t, err)) < 0 ||
	    (r = att_posture_read_platform(&t, err)) < 0)
		return r;
	*ret = take(&p);
	return 0;
}
