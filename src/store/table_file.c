/*
 * table_file.c: making, mapping and checking the posting table's file.
 *
 * Happy path: map it, check the header against its checksum and the size against the header. What
 * does not fit is reported as damaged and rebuilt by the caller: the table is derived. Its space is
 * allocated before it is mapped, so a full disk is an error code here and not a SIGBUS later; and a
 * file is never shortened or changed in size: a larger one is made beside it and renamed over it,
 * while readers keep the old mapping until they see `superseded`.
 * Entries have no checksum: a flipped bit loses one posting or invents one, and every candidate is
 * compared by its text.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "dupd/error.h"
#include "store/table.h"

#define MAGIC UINT64_C(0x3173677074736f70) /* "postpgs1" on a little-endian machine */
#define VERSION 1u
#define HEADER_SIZE 4096u
#define BUCKET_SIZE (TABLE_BUCKET * sizeof(uint64_t))
#define BUCKETS_MIN 64u
#define BUCKETS_MAX (UINT64_C(1) << 32) /* one tag for each bucket: 512 GiB */

static uint64_t header_check(const struct table_header *h)
{
    return XXH3_64bits(h, offsetof(struct table_header, check));
}

static int code_of_errno(void)
{
    switch (errno) {
    case ENOMEM:
        return DUPD_ENOMEM;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return DUPD_EFULL;
    case EROFS:
    case EACCES:
    case EPERM:
        return DUPD_EREADONLY;
    default:
        return DUPD_EIO;
    }
}

static int map(struct table *t, int fd, size_t size, bool writable)
{
    int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
    void *p = mmap(NULL, size, PROT_READ | (writable ? PROT_WRITE : 0), flags, fd, 0);
    if (p == MAP_FAILED)
        return code_of_errno();
    t->header = p;
    t->slot = (_Atomic uint64_t *)(void *)((char *)p + HEADER_SIZE);
    t->size = size;
    t->buckets = (size - HEADER_SIZE) / BUCKET_SIZE - (TABLE_REACH - 1);
    t->writable = writable;
    return DUPD_OK;
}

/* A new file of that size with its blocks allocated; its descriptor or a code. */
static int make_file(const char *path, size_t size)
{
    if (unlink(path) && errno != ENOENT)
        return code_of_errno();
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return code_of_errno();
    int rc;
    do
        rc = posix_fallocate(fd, 0, (off_t)size);
    while (rc == EINTR);
    if (rc) {
        errno = rc;
        int code = code_of_errno();
        close(fd);
        unlink(path);
        return code;
    }
    return fd;
}

int table_create(struct table *t, const char *path, const struct table_identity *id,
                 uint64_t min_buckets)
{
    *t = (struct table){0};
    uint64_t buckets = min_buckets < BUCKETS_MIN ? BUCKETS_MIN : min_buckets;
    if (buckets > BUCKETS_MAX)
        return DUPD_EFULL;
    size_t size = HEADER_SIZE + (size_t)(buckets + TABLE_REACH - 1) * BUCKET_SIZE;
    int fd = path ? make_file(path, size) : -1;
    if (path && fd < 0)
        return fd;
    int rc = map(t, fd, size, true);
    if (fd >= 0)
        close(fd);
    if (rc) {
        if (path)
            unlink(path);
        return rc;
    }
    struct table_header *h = t->header;
    h->magic = MAGIC;
    h->version = VERSION;
    h->owners_max = id->owners_max;
    memcpy(h->store_id, id->store_id, sizeof h->store_id);
    memcpy(h->boot_id, id->boot_id, sizeof h->boot_id);
    h->buckets = buckets;
    h->check = header_check(h);
    return DUPD_OK;
}

static int check_header(const struct table *t)
{
    const struct table_header *h = t->header;
    if (h->magic != MAGIC)
        return DUPD_ECORRUPT;
    if (h->version != VERSION)
        return h->version > VERSION ? DUPD_EVERSION : DUPD_ECORRUPT;
    if (h->check != header_check(h) || h->buckets != t->buckets || h->owners_max == 0 ||
        h->owners_max > TABLE_OWNERS_LIMIT)
        return DUPD_ECORRUPT;
    return atomic_load(&h->entries) > t->size / sizeof(uint64_t) ? DUPD_ECORRUPT : DUPD_OK;
}

int table_open(struct table *t, const char *path, bool writable)
{
    *t = (struct table){0};
    int fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? DUPD_ENOENT : code_of_errno();
    struct stat st;
    int rc = fstat(fd, &st) ? code_of_errno() : DUPD_OK;
    if (!rc &&
        (!S_ISREG(st.st_mode) || st.st_size < (off_t)(HEADER_SIZE + TABLE_REACH * BUCKET_SIZE) ||
         (st.st_size - HEADER_SIZE) % (off_t)BUCKET_SIZE))
        rc = DUPD_ECORRUPT;
    if (!rc)
        rc = map(t, fd, (size_t)st.st_size, writable);
    close(fd);
    if (!rc)
        rc = check_header(t);
    if (rc)
        table_close(t);
    return rc;
}

bool table_agrees(const struct table *t, const struct table_identity *id)
{
    const struct table_header *h = t->header;
    return h->owners_max == id->owners_max &&
           memcmp(h->store_id, id->store_id, sizeof h->store_id) == 0 &&
           (atomic_load(&h->clean) || memcmp(h->boot_id, id->boot_id, sizeof h->boot_id) == 0);
}

int table_begin(struct table *t, const struct table_identity *id)
{
    struct table_header *h = t->header;
    memcpy(h->boot_id, id->boot_id, sizeof h->boot_id);
    atomic_store(&h->clean, 0);
    return msync(h, HEADER_SIZE, MS_SYNC) ? DUPD_EIO : DUPD_OK;
}

int table_end(struct table *t)
{
    if (msync(t->header, t->size, MS_SYNC))
        return DUPD_EIO;
    atomic_store(&t->header->clean, 1);
    return msync(t->header, HEADER_SIZE, MS_SYNC) ? DUPD_EIO : DUPD_OK;
}

void table_close(struct table *t)
{
    if (t->header)
        munmap(t->header, t->size);
    *t = (struct table){0};
}
