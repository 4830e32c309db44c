/*
 * What tests of measuring share: a node without a TPM, whose flash chips are
 * images in its directory.
 */
#ifndef ATT_TESTS_AGENT_MEASURING_H
#define ATT_TESTS_AGENT_MEASURING_H

#include "tests/agent/agent.h"

#include "firmware/claims.h"
#include "tests/firmware/chipmaker.h"

#define CHIP ((size_t)1 << 20)
#define VARS 0x10000
#define CODE 0x40000
#define PADDING 0x90000
#define BOOT "5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d11"

/* A chip without a descriptor: variables, code, and erased bytes. */
static inline ATT_UNUSED struct cm
chip_new(void)
{
	struct cm m = cm_new(CHIP);

	cm_fv(&m, VARS, 0x10000, CM_VARIABLES);
	cm_file(&m, CODE + cm_fv(&m, CODE, 0x40000, CM_FFS2), CM_CODE, 7,
	    0x20000);
	return m;
}

static inline ATT_UNUSED void
chip_put(const char *name, const struct cm *m)
{
	node_put(name, cm_view(m));
}

/* One byte of the file, as the chip has it from now on. */
static inline ATT_UNUSED void
chip_flip(const char *name, size_t at)
{
	AUTO(free) char *path = in_node(name);
	FILE *f = fopen(path, "r+");
	int c;

	ck_assert(f != NULL && fseek(f, (long)at, SEEK_SET) == 0);
	c = fgetc(f);
	ck_assert(c != EOF && fseek(f, (long)at, SEEK_SET) == 0);
	ck_assert(fputc(c ^ 0x10, f) != EOF && fclose(f) == 0);
}

/* Keys that follow must be set by the caller: firmware_devices. */
static inline ATT_UNUSED void
measuring_node(const char *devices, const char *more)
{
	AUTO(free) char *old = NULL;
	AUTO(free) char *text = NULL;
	AUTO(free) char *path = NULL;

	node_make("swtpm:path=/nonexistent", "registrar_urls: [https://r:1]\n"
	    "verifier_urls: [https://v:1]\n");
	path = in_node("attestd.yaml");
	{
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(8192);

		ok(att_file_read(path, &b, err));
		old = att_buf_take_str(&b);
	}
	/* paths of devices are told as they are inside of the node */
	ck_assert(asprintf(&text, "%sfirmware_spool: %s\n%s%s", old, node_dir,
	    devices, more) > 0);
	node_configure(S(text));
	node_put("boot_id", S(BOOT "\n"));
}

/* firmware_devices of files in the node, which must be there: the caller's. */
static inline ATT_UNUSED void
use_devices(const char *const *names, size_t count)
{
	struct att_config_list *l = &config.firmware_devices;

	for (size_t i = 0; i < l->count; i++)
		free(l->item[i]);
	free(l->item);
	l->item = calloc(count + 1, sizeof(*l->item));
	ck_assert_ptr_nonnull(l->item);
	for (l->count = 0; l->count < count; l->count++)
		l->item[l->count] = in_node(names[l->count]);
}
#define USE(...)                                                             \
	use_devices((const char *const[]){ __VA_ARGS__ },                    \
	    ATT_COUNT(((const char *const[]){ __VA_ARGS__ })))

#endif
