/*
 * Stands between a program and a server that it talks to, on a socket of its
 * own, and counts what the program waits for. What it relays it does not read.
 */
#ifndef ATT_TESTS_BENCH_TAP_H
#define ATT_TESTS_BENCH_TAP_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/un.h>

union tap_addr {
	struct sockaddr any;
	struct sockaddr_un un;
	struct sockaddr_in in;
};

/* Since tap_reset; times in seconds. */
struct tap_seen {
	double first;	/* when the first byte came, by tap_now; 0: none */
	double waited;	/* from a question to the first byte of its answer */
	unsigned connections;
	unsigned turns;	/* questions with an answer */
};

struct tap {
	int listen_fd, wake_fd;
	union tap_addr server;
	pthread_t thread;
	pthread_mutex_t lock;
	struct tap_seen seen;
};

/* CLOCK_MONOTONIC, in seconds. */
double tap_now(void);

/*
 * Before `server`, which need not be there yet; one of AF_UNIX listens at
 * `path`, which is new, one of AF_INET on a port that it chooses.
 */
void tap_start(struct tap *t, const union tap_addr *server, const char *path);
uint16_t tap_port(const struct tap *t);
void tap_stop(struct tap *t);
void tap_reset(struct tap *t);
struct tap_seen tap_look(struct tap *t);

#endif
