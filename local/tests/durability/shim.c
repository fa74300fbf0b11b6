/* Stands between the process under test and its disk (LD_PRELOAD, Linux). It counts the calls that change an SQLite file of
 * ours or make it durable, and at the call whose number is COMANDA_DISK_AT does what COMANDA_DISK_DOES says:
 *
 *   kill   dies before the call         torn    writes half of it and dies
 *   after  dies right behind the call   fail    answers EIO, once; later calls succeed, as a disk's do
 *   full   answers ENOSPC, once         count   nothing: the number of calls is printed when the process ends
 *
 * Only tests load it. What SQLite and our journal make of each of these is what is tested.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;
static long at = -1;
static const char *does = "count";

__attribute__((constructor)) static void begin(void) {
    const char *number = getenv("COMANDA_DISK_AT");
    const char *what = getenv("COMANDA_DISK_DOES");
    at = number ? atol(number) : -1;
    does = what ? what : "count";
}

__attribute__((destructor)) static void end(void) {
    if (strcmp(does, "count") == 0) {
        dprintf(1, "boundaries %ld\n", atomic_load(&calls));
    }
}

/* The write-ahead log, the database or its journal; the index of the log is memory, and other files are not the store's. */
static int is_ours(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) {
        return 0;
    }
    path[length] = 0;
    return strstr(path, ".sqlite") && !strstr(path, ".sqlite-shm");
}

/* Whether this call is the one. */
static int is_now(int file) {
    return is_ours(file) && atomic_fetch_add(&calls, 1) + 1 == at;
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) {
        pause();
    }
}

static int is(const char *word) { return strcmp(does, word) == 0; }

#define REAL(result, name, ...)                                        \
    static result (*real)(__VA_ARGS__);                                \
    if (!real) {                                                       \
        real = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name);        \
    }

/* `half` does half of the call, `whole` all of it. */
#define STRIKE(half, whole)                     \
    if (is("kill")) {                           \
        die();                                  \
    } else if (is("torn")) {                    \
        half;                                   \
        die();                                  \
    } else if (is("after")) {                   \
        whole;                                  \
        die();                                  \
    } else if (is("fail") || is("full")) {      \
        errno = is("full") ? ENOSPC : EIO;      \
        return -1;                              \
    }

ssize_t write(int file, const void *bytes, size_t length) {
    REAL(ssize_t, "write", int, const void *, size_t)
    if (is_now(file)) {
        STRIKE(real(file, bytes, length / 2), real(file, bytes, length))
    }
    return real(file, bytes, length);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t)
    if (is_now(file)) {
        STRIKE(real(file, bytes, length / 2, offset), real(file, bytes, length, offset))
    }
    return real(file, bytes, length, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t)
    if (is_now(file)) {
        STRIKE(real(file, bytes, length / 2, offset), real(file, bytes, length, offset))
    }
    return real(file, bytes, length, offset);
}

int ftruncate(int file, off_t length) {
    REAL(int, "ftruncate", int, off_t)
    if (is_now(file)) {
        STRIKE((void)0, (void)real(file, length))
    }
    return real(file, length);
}

int ftruncate64(int file, off64_t length) {
    REAL(int, "ftruncate64", int, off64_t)
    if (is_now(file)) {
        STRIKE((void)0, (void)real(file, length))
    }
    return real(file, length);
}

int fsync(int file) {
    REAL(int, "fsync", int)
    if (is_now(file)) {
        STRIKE((void)0, real(file))
    }
    return real(file);
}

int fdatasync(int file) {
    REAL(int, "fdatasync", int)
    if (is_now(file)) {
        STRIKE((void)0, real(file))
    }
    return real(file);
}
