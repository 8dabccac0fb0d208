/*
 * fuzz_pack.c: any bytes as a packed text (first the encoding, then the length that is claimed):
 * refused with nothing added, or unpacked to exactly that length of clean text. And any text comes
 * back from packing as it was.
 */
#include "dupd/error.h"
#include "dupd/record.h"
#include "dupd/text.h"
#include "store/pack.h"
#include "support/fuzz.h"

#define CLAIM_MAX (1u << 20)

static void check_unpack(struct pack *p, const uint8_t *data, size_t size)
{
    if (size < 4)
        return;
    uint32_t claim = ((uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3]) % CLAIM_MAX;
    struct dupd_view packed = {(const char *)data + 4, size - 4};
    struct dupd_buf out;
    dupd_buf_init(&out);
    int status = pack_unpack(p, data[0] & 3, packed, claim, &out);
    FUZZ_CHECK(status == 0 || status == DUPD_ECORRUPT);
    FUZZ_CHECK(out.len == (status ? 0 : claim));
    FUZZ_CHECK(dupd_text_is_clean(dupd_buf_view(&out)));
    dupd_buf_close(&out);
}

static void check_round_trip(struct pack *p, const uint8_t *data, size_t size)
{
    struct dupd_buf text, packed, again;
    uint8_t encoding = 0;
    dupd_buf_init(&text);
    dupd_buf_init(&packed);
    dupd_buf_init(&again);
    FUZZ_CHECK(dupd_text_clean((struct dupd_view){(const char *)data, size}, &text) >= 0);
    FUZZ_CHECK(pack_text(dupd_buf_view(&text), &packed, &encoding) == 0);
    FUZZ_CHECK(packed.len <= text.len);
    FUZZ_CHECK(pack_unpack(p, encoding, dupd_buf_view(&packed), (uint32_t)text.len, &again) == 0);
    FUZZ_CHECK(dupd_view_equal(dupd_buf_view(&text), dupd_buf_view(&again)));
    dupd_buf_close(&text);
    dupd_buf_close(&packed);
    dupd_buf_close(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pack p;
    pack_init(&p);
    check_unpack(&p, data, size);
    check_round_trip(&p, data, size);
    pack_close(&p);
    return 0;
}
