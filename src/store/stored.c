/* stored.c: see stored.h. The memory is reserved once, so that views into it hold. */
#include "store/stored.h"

int stored_open(struct store_fetch *op, struct pack *pack, struct dupd_view record,
                struct dupd_view verdict)
{
    struct dupd_buf *m = &op->op.memory;
    struct dupd_record *r = &op->record;
    int rc = dupd_record_decode(r, record);
    if (!rc && r->text_len > PACK_TEXT_MAX)
        rc = DUPD_ECORRUPT;
    dupd_buf_clear(m);
    if (!rc)
        rc = dupd_buf_reserve(m, record.len + verdict.len + r->text_len + 1);
    if (!rc)
        rc = dupd_buf_add_view(m, record);
    if (!rc)
        rc = dupd_buf_add_view(m, verdict);
    if (!rc)
        rc = dupd_record_decode(r, (struct dupd_view){m->ptr, record.len});
    if (!rc)
        rc = pack_unpack(pack, r->text_encoding, r->packed_text, r->text_len, m);
    if (rc)
        return rc;
    op->verdict = (struct dupd_view){m->ptr + record.len, verdict.len};
    r->article.text = (struct dupd_view){m->ptr + record.len + verdict.len, r->text_len};
    return DUPD_OK;
}
