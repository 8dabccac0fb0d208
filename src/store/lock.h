/*
 * lock.h: one writer a store. A file that the writer holds locked (flock: the kernel lets go of it
 * when the process ends, however it ends) and in which its process id stands, for people.
 */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

struct lock {
    int fd; /* -1: not held */
};

/* Takes the lock, made with mode 0600, and waits for up to wait_s seconds. Returns 0; DUPD_EBUSY,
 * *holder is then the writer's process id or 0; DUPD_EREADONLY, DUPD_EFULL or DUPD_EIO. */
int lock_take(struct lock *l, const char *path, unsigned wait_s, long *holder);

/* Lets go of it. Harmless when it is not held. */
void lock_drop(struct lock *l);

#endif
