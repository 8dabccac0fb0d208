/*
 * lock.c: flock, asked again every 20 ms until the time is up. flock has no time limit of its own,
 * and an alarm would take a signal away from the program. The file stays: removing it would let two
 * processes lock two files of one name.
 */
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "dupd/error.h"

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The process id in the file; 0 when there is none. */
static long read_holder(int fd)
{
    char text[32];
    long id = 0;
    ssize_t n = pread(fd, text, sizeof text, 0);
    for (ssize_t i = 0; i < n && text[i] >= '0' && text[i] <= '9' && id < 1000000000; i++)
        id = id * 10 + (text[i] - '0');
    return id;
}

static int wait_for(int fd, unsigned wait_s)
{
    double end = seconds() + wait_s;
    for (;;) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return DUPD_OK;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return DUPD_EIO;
        if (seconds() >= end)
            return DUPD_EBUSY;
        nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
    }
}

int lock_take(struct lock *l, const char *path, unsigned wait_s, long *holder)
{
    char text[32];
    *holder = 0;
    l->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (l->fd < 0)
        return errno == EROFS || errno == EACCES || errno == EPERM ? DUPD_EREADONLY
               : errno == ENOSPC || errno == EDQUOT                ? DUPD_EFULL
                                                                   : DUPD_EIO;
    int rc = wait_for(l->fd, wait_s);
    if (rc) {
        *holder = read_holder(l->fd);
        close(l->fd);
        l->fd = -1;
        return rc;
    }
    /* For people only: a disk too full for it is found by the first write that matters. */
    int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    bool written = ftruncate(l->fd, 0) == 0 && pwrite(l->fd, text, (size_t)len, 0) == len;
    (void)written;
    return DUPD_OK;
}

void lock_drop(struct lock *l)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
}
