/*
 * fuzz_record.c: any bytes read as a stored record: refused, or read into what is written back as
 * the very same bytes (the form is canonical).
 */
#include "dupd/error.h"
#include "dupd/record.h"
#include "support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dupd_view bytes = {(const char *)data, size};
    struct dupd_record r;
    struct dupd_buf again;
    dupd_buf_init(&again);
    int status = dupd_record_decode(&r, bytes);
    FUZZ_CHECK(status == 0 || status == DUPD_ECORRUPT || status == DUPD_EVERSION);
    if (status == 0) {
        FUZZ_CHECK(r.article.id.len <= DUPD_ID_MAX);
        FUZZ_CHECK(dupd_record_encode(&r, &again) == 0);
        FUZZ_CHECK(dupd_view_equal(bytes, dupd_buf_view(&again)));
    }
    dupd_buf_close(&again);
    return 0;
}
