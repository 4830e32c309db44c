#include "mtd/list.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/number.h"
#include "base/sysfs.h"

#define PREFIX "mtd"
#define NUMBER_MAX 99999

/* "mtdN" and nothing behind it, as "mtdNro" has. */
static bool
number_of(const char *name, unsigned *ret)
{
	uint64_t n;

	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 ||
	    !att_number_read(name + strlen(PREFIX), NUMBER_MAX, &n))
		return false;
	*ret = (unsigned)n;
	return true;
}

/*
 * The kernel makes the device of a partition a child of what it is a part of,
 * where that has a device (CONFIG_MTD_PARTITIONED_MASTER): the link to
 * it ends in "/mtd0/mtd1" then.
 */
static int
is_part(const char *dir, const char *name, bool *ret, struct att_err *err)
{
	AUTO(free) char *path = att_path_join(dir, name);
	char to[PATH_MAX], *slash;
	unsigned number;
	ssize_t n;

	if (path == NULL)
		return att_err_nomem(err);
	*ret = false;
	/* what is no link has no parent that it could tell */
	n = readlink(path, to, sizeof(to) - 1);
	if (n < 0)
		return 0;
	to[n] = '\0';
	if ((slash = strrchr(to, '/')) == NULL)
		return 0;
	*slash = '\0';
	slash = strrchr(to, '/');
	*ret = number_of(slash == NULL ? to : slash + 1, &number);
	return 0;
}

int
att_chip_list(const char *dir, unsigned ret[static ATT_CHIPS_MAX],
    size_t *ret_count, struct att_err *err)
{
	AUTO_DONE(att_names_done) struct att_names names = { 0 };
	unsigned number;
	size_t count = 0;
	bool part;
	int r = att_sysfs_list(dir, &names, err);

	if (r < 0 && r != ATT_E_NOT_FOUND)
		return r;
	for (size_t i = 0; i < names.count; i++) {
		if (!number_of(names.name[i], &number))
			continue;
		if ((r = is_part(dir, names.name[i], &part, err)) < 0)
			return r;
		if (part)
			continue;
		if (count == ATT_CHIPS_MAX)
			return att_err_set(err, ATT_E_LIMIT,
			    "more than %d MTD devices", ATT_CHIPS_MAX);
		ret[count++] = number;
	}
	*ret_count = count;
	return 0;
}
