/*
 * fuzz_sketch.c: any bytes read as a stored sketch: refused, or read into what is written back as
 * the very same bytes (the form is canonical).
 */
#include "dupd/error.h"
#include "dupd/sketch.h"
#include "support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dupd_view bytes = {(const char *)data, size};
    struct dupd_sketch s;
    struct dupd_buf again;
    dupd_sketch_init(&s);
    dupd_buf_init(&again);
    int status = dupd_sketch_decode(&s, bytes);
    FUZZ_CHECK(status == 0 || status == DUPD_ECORRUPT || status == DUPD_EVERSION);
    if (status == 0) {
        FUZZ_CHECK(dupd_sketch_encode(&s, &again) == 0);
        FUZZ_CHECK(dupd_view_equal(bytes, dupd_buf_view(&again)));
    }
    dupd_buf_close(&again);
    dupd_sketch_close(&s);
    return 0;
}
