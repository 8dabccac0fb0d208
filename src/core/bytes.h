/*
 * bytes.h: big-endian integers in stored and wire formats. Internal to dupd.
 */
#ifndef DUPD_CORE_BYTES_H
#define DUPD_CORE_BYTES_H

#include <stdint.h>

static inline unsigned char *bytes_put16(unsigned char *p, uint16_t v)
{
    p[0] = (unsigned char)(v >> 8);
    p[1] = (unsigned char)v;
    return p + 2;
}
static inline unsigned char *bytes_put32(unsigned char *p, uint32_t v)
{
    return bytes_put16(bytes_put16(p, (uint16_t)(v >> 16)), (uint16_t)v);
}
static inline unsigned char *bytes_put64(unsigned char *p, uint64_t v)
{
    return bytes_put32(bytes_put32(p, (uint32_t)(v >> 32)), (uint32_t)v);
}
static inline uint16_t bytes_get16(const unsigned char *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}
static inline uint32_t bytes_get32(const unsigned char *p)
{
    return (uint32_t)bytes_get16(p) << 16 | bytes_get16(p + 2);
}
static inline uint64_t bytes_get64(const unsigned char *p)
{
    return (uint64_t)bytes_get32(p) << 32 | bytes_get32(p + 4);
}

#endif
