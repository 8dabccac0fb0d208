/* alert_json.c: the alert object of docs/alert.schema.json. Fails only for lack of memory. */
#include <inttypes.h>
#include <stdio.h>

#include "engine/verdict_json.h"

int alert_json_write(const struct alert_facts *f, struct dupd_buf *out)
{
    struct json_writer w;
    char story[24];
    int n = snprintf(story, sizeof story, "%" PRIu64, f->story);
    json_begin(&w, out);
    json_open(&w, '{');
    json_key(&w, "v");
    json_int(&w, 1);
    json_key(&w, "reason");
    json_string(&w, f->origin_arrived ? DUPD_VIEW("origin_arrived") : DUPD_VIEW("copy"));
    json_key(&w, "story");
    json_string(&w, (struct dupd_view){story, (size_t)n});
    json_key(&w, "id");
    json_string(&w, f->copy->id);
    json_key(&w, "source");
    json_string_or_null(&w, f->copy->source);
    json_key(&w, "url");
    json_string_or_null(&w, f->copy->url);
    json_key(&w, "title");
    json_string_or_null(&w, f->copy->title);
    json_key(&w, "verdict");
    json_string(&w, dupd_view_of(dupd_verdict_name(f->verdict)));
    json_key(&w, "score");
    json_real(&w, f->score);
    json_key(&w, "origin");
    json_open(&w, '{');
    verdict_json_article(&w, f->origin);
    json_close(&w, '}');
    verdict_json_agency(&w, f->agency, f->agency_how, f->agency_text, f->credited);
    json_key(&w, "at");
    if (f->stable)
        json_null(&w);
    else
        json_time_ms(&w, f->at_ms);
    json_close(&w, '}');
    return json_status(&w);
}
