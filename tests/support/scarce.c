/*
 * scarce.c: an allocator that fails now and then, to be preloaded into any program (LD_PRELOAD), as
 * fault.h does it for tests that are linked with it.
 *
 * Once the file SCARCE_WHILE is there one allocation in SCARCE_EVERY fails, drawn by SCARCE_SEED
 * and the number of the call. The rest is glibc's. Not for programs under a sanitizer, whose
 * allocator comes first.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define LOOK_EVERY 64u /* calls between two looks for the file */

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t count, size_t n);
void *__libc_realloc(void *p, size_t n);

static atomic_uint_fast64_t calls;
static atomic_bool has_begun;
static uint64_t every, seed;
static const char *file;

__attribute__((constructor)) static void read_environment(void)
{
    const char *e = getenv("SCARCE_EVERY"), *s = getenv("SCARCE_SEED");
    every = e ? strtoull(e, NULL, 10) : 0;
    seed = s ? strtoull(s, NULL, 10) : 1;
    file = getenv("SCARCE_WHILE");
}

static bool fails(void)
{
    uint64_t n = atomic_fetch_add(&calls, 1);
    if (every == 0 || !file)
        return false;
    if (n % LOOK_EVERY == 0) {
        int before = errno;
        atomic_store(&has_begun, access(file, F_OK) == 0);
        errno = before;
    }
    if (!atomic_load(&has_begun))
        return false;
    uint64_t x = (n + 1) * 0x9e3779b97f4a7c15ULL ^ seed * 0xbf58476d1ce4e5b9ULL; /* splitmix64 */
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
    if ((x ^ x >> 31) % every)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t n)
{
    return fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t count, size_t n)
{
    return fails() ? NULL : __libc_calloc(count, n);
}

void *realloc(void *p, size_t n)
{
    return fails() ? NULL : __libc_realloc(p, n);
}
