/* What tests of the agent share: a node in a directory, over a software TPM. */
#ifndef ATT_TESTS_AGENT_AGENT_H
#define ATT_TESTS_AGENT_AGENT_H

#include <ftw.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testlib.h"

#include "base/file.h"
#include "config/agent_config.h"
#include "tests/tpm/swtpm.h"

static char node_dir[32];
static struct att_agent_config config;

static inline ATT_UNUSED char *
in_node(const char *name)
{
	char *path = att_path_join(node_dir, name);

	ck_assert_ptr_nonnull(path);
	return path;
}

static inline ATT_UNUSED void
node_write(const char *name, struct att_slice bytes)
{
	AUTO(free) char *path = in_node(name);

	ok(att_file_write(path, bytes, 0600, err));
}

/* The same without waiting for the disk. */
static inline ATT_UNUSED void
node_put(const char *name, struct att_slice bytes)
{
	AUTO(free) char *path = in_node(name);
	FILE *f = fopen(path, "w");

	ck_assert(f != NULL &&
	    fwrite(bytes.data, 1, bytes.len, f) == bytes.len &&
	    fclose(f) == 0);
}

/* Appends the file; false: there is none. */
static inline ATT_UNUSED bool
node_read(const char *name, struct att_buf *ret)
{
	AUTO(free) char *path = in_node(name);

	return att_file_read(path, ret, NULL) == 0;
}

static inline int
node_remove_one(const char *path, const struct stat *st ATT_UNUSED,
    int flag ATT_UNUSED, struct FTW *ftw ATT_UNUSED)
{
	return remove(path);
}

/* The configuration from now on, in memory as in the file. */
static inline ATT_UNUSED void
node_configure(struct att_slice text)
{
	att_agent_config_done(&config);
	node_write("attestd.yaml", text);
	ok(att_agent_config_parse("test", text, &config, err));
}

/* A directory with state/ and run/, and a configuration that says so. */
static inline ATT_UNUSED void
node_make(const char *tcti, const char *more)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(8192);

	snprintf(node_dir, sizeof(node_dir), "/tmp/att-node-XXXXXX");
	ck_assert(mkdtemp(node_dir) != NULL);
	att_buf_printf(&text, "tcti: \"%s\"\nstate_dir: %s/state\n"
	    "run_dir: %s/run\nuefi_log: %s/uefi\nuserspace_log: %s/user\n"
	    "ima_log: %s/ima\nboot_id: %s/boot_id\nca_file: %s/ca.pem\n"
	    "firmware_claims: %s/claims\n"
	    "measure_socket: %s/reader\n"
	    "firmware_interval: 0s\n%s",
	    tcti, node_dir, node_dir, node_dir, node_dir, node_dir, node_dir,
	    node_dir, node_dir, node_dir, more);
	node_configure(att_buf_view(&text));
}

static inline ATT_UNUSED void
node_remove(void)
{
	att_agent_config_done(&config);
	(void)nftw(node_dir, node_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
