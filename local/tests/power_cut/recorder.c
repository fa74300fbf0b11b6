/* Stands between the process under test and its disk (LD_PRELOAD, Linux, glibc) and writes down, in order, every call that
 * changes the files below COMANDA_RECORD_DIRECTORY or makes them durable, and what the process says on its standard output.
 * `disk.rs` makes of that record what a disk may hold after a power cut at any of these calls.
 *
 * Behind the words COMANDA_RECORD_UNTIL the process dies. A sync is written down and answered, and not made: the record is
 * what is looked at, and the disk of the test's machine need not be waited for.
 *
 * Calls that are not here (writev, fallocate, copy_file_range, writes through a mapping) would make the record wrong; the test
 * holds the record against the files that the process left. The index of the log (-shm) is such a mapping, and is left out:
 * SQLite makes it anew for the first process that opens the file.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { CREATE = 1, WRITE, CUT, SYNC, UNLINK, RENAME, FOLDER, SAID };

struct header {
    uint32_t kind, path;
    uint64_t offset, length;
};

/* Held from before a call until it is written down: the record's order is the order in which things happened. */
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static int record = -1;
static char directory[PATH_MAX];
static size_t directory_length;
static const char *until;

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("COMANDA_RECORD"), *below = getenv("COMANDA_RECORD_DIRECTORY");
    until = getenv("COMANDA_RECORD_UNTIL");
    if (file && below && realpath(below, directory)) {
        directory_length = strlen(directory);
        record = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    }
}

/* The path below the directory ("" is the directory itself); none where it is elsewhere. */
static const char *below(const char *path) {
    if (record < 0 || !path || strncmp(path, directory, directory_length) != 0) {
        return NULL;
    }
    const char *rest = path + directory_length;
    if ((*rest && *rest != '/') || strstr(rest, ".sqlite-shm")) {
        return NULL;
    }
    return *rest ? rest + 1 : rest;
}

/* The same for an open file. One that has no name any more cannot be found again after a power cut. */
static const char *below_of(int file, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) {
        return NULL;
    }
    path[length] = 0;
    return strstr(path, " (deleted)") ? NULL : below(path);
}

static void note(enum kind kind, const char *path, uint64_t offset, const void *bytes, size_t length) {
    struct header header = {kind, (uint32_t)strlen(path), offset, length};
    struct iovec parts[] = {
        {&header, sizeof header}, {(void *)path, header.path}, {(void *)bytes, length}};
    ssize_t whole = (ssize_t)(sizeof header + header.path + length);
    if (writev(record, parts, 3) != whole) {
        abort();
    }
}

#define REAL(result, name, ...)                                        \
    static result (*real)(__VA_ARGS__);                                \
    if (!real) {                                                       \
        real = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name);        \
    }
#define BEGIN pthread_mutex_lock(&order);
#define END pthread_mutex_unlock(&order);

/* The process has said something: what it says after this was not heard. */
static void said(const void *bytes, size_t length) {
    note(SAID, "", 0, bytes, length);
    if (until && memmem(bytes, length, until, strlen(until))) {
        kill(getpid(), SIGKILL);
        for (;;) {
            pause();
        }
    }
}

ssize_t write(int file, const void *bytes, size_t length) {
    REAL(ssize_t, "write", int, const void *, size_t)
    char path[PATH_MAX];
    const char *name = below_of(file, path);
    if (!name && (file != 1 || record < 0)) {
        return real(file, bytes, length);
    }
    BEGIN
    int appends = fcntl(file, F_GETFL) & O_APPEND;
    off_t offset = name ? lseek(file, 0, appends ? SEEK_END : SEEK_CUR) : 0;
    ssize_t written = real(file, bytes, length);
    if (written > 0 && name) {
        note(WRITE, name, (uint64_t)offset, bytes, (size_t)written);
    } else if (written > 0) {
        said(bytes, (size_t)written);
    }
    END
    return written;
}

#define PWRITE(name, offset_t)                                                          \
    ssize_t name(int file, const void *bytes, size_t length, offset_t offset) {         \
        REAL(ssize_t, #name, int, const void *, size_t, offset_t)                       \
        char path[PATH_MAX];                                                            \
        const char *below = below_of(file, path);                                       \
        if (!below) {                                                                   \
            return real(file, bytes, length, offset);                                   \
        }                                                                               \
        BEGIN                                                                           \
        ssize_t written = real(file, bytes, length, offset);                            \
        if (written > 0) {                                                              \
            note(WRITE, below, (uint64_t)offset, bytes, (size_t)written);               \
        }                                                                               \
        END                                                                             \
        return written;                                                                 \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define CUT_TO(name, offset_t)                                  \
    int name(int file, offset_t length) {                       \
        REAL(int, #name, int, offset_t)                         \
        char path[PATH_MAX];                                    \
        const char *below = below_of(file, path);               \
        if (!below) {                                           \
            return real(file, length);                          \
        }                                                       \
        BEGIN                                                   \
        int result = real(file, length);                        \
        if (result == 0) {                                      \
            note(CUT, below, (uint64_t)length, "", 0);          \
        }                                                       \
        END                                                     \
        return result;                                          \
    }
CUT_TO(ftruncate, off_t)
CUT_TO(ftruncate64, off64_t)

#define SYNC_OF(name)                                   \
    int name(int file) {                                \
        REAL(int, #name, int)                           \
        char path[PATH_MAX];                            \
        const char *below = below_of(file, path);       \
        if (!below) {                                   \
            return real(file);                          \
        }                                               \
        BEGIN                                           \
        note(SYNC, below, 0, "", 0);                    \
        END                                             \
        return 0;                                       \
    }
SYNC_OF(fsync)
SYNC_OF(fdatasync)

/* A file that was not there is made; one that was may be emptied. */
#define OPEN(name)                                                      \
    int name(const char *path, int flags, ...) {                        \
        REAL(int, #name, const char *, int, ...)                        \
        va_list rest;                                                   \
        va_start(rest, flags);                                          \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                                   \
        const char *below_path = below(path);                           \
        if (!below_path || !(flags & (O_CREAT | O_TRUNC))) {            \
            return real(path, flags, mode);                             \
        }                                                               \
        BEGIN                                                           \
        int is_new = access(path, F_OK) != 0;                           \
        int file = real(path, flags, mode);                             \
        if (file >= 0 && is_new) {                                      \
            note(CREATE, below_path, 0, "", 0);                         \
        } else if (file >= 0 && (flags & O_TRUNC)) {                    \
            note(CUT, below_path, 0, "", 0);                            \
        }                                                               \
        END                                                             \
        return file;                                                    \
    }
OPEN(open)
OPEN(open64)

int unlink(const char *path) {
    REAL(int, "unlink", const char *)
    const char *name = below(path);
    if (!name) {
        return real(path);
    }
    BEGIN
    int result = real(path);
    if (result == 0) {
        note(UNLINK, name, 0, "", 0);
    }
    END
    return result;
}

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *)
    const char *old = below(from), *new = below(to);
    if (!old || !new) {
        return real(from, to);
    }
    BEGIN
    int result = real(from, to);
    if (result == 0) {
        note(RENAME, old, 0, new, strlen(new));
    }
    END
    return result;
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, "mkdir", const char *, mode_t)
    const char *name = below(path);
    if (!name || !*name) {
        return real(path, mode);
    }
    BEGIN
    int result = real(path, mode);
    if (result == 0) {
        note(FOLDER, name, 0, "", 0);
    }
    END
    return result;
}
