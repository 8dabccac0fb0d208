/*
 * html_score.c: which container holds the article, and what in it is furniture.
 *
 * Each block is worth its text if it reads like prose, and costs something if it is links or
 * scraps; the article is the container whose blocks are worth most in sum, the deepest of equals.
 * That is the maximum subsequence of Pasternack and Roth ("Extracting Article Text from the Web
 * with Maximum Subsequence Segmentation", WWW 2009) on the tree instead of the token stream, with
 * the local features of Kohlschuetter et al. ("Boilerplate Detection using Shallow Text Features",
 * WSDM 2010): text and link density. Both report that classifiers with more features gain little.
 *
 * Cost: three loops over the containers and one over the blocks.
 */
#include "html_page.h"

#define PROSE_WEIGHT 45u   /* letters from which a block is prose even without a full stop */
#define SUSPECT_SHARE 0.4f /* a suspect that holds more of the page's prose is cleared */
#define SCRAP_COST 12.0f   /* a scrap costs a dozen letters of prose */
#define LINKS_COST 0.3f    /* a letter in a block of links, in letters of prose */
#define LINKS_COST_MAX 60.0f
#define DECLARED_FACTOR 1.3f

static bool is_prose(const struct html_block *b, uint16_t tag)
{
    if (b->linked * 2 > b->weight)
        return false;
    if (tag == HTML_P || tag == HTML_BLOCKQUOTE)
        return b->weight >= PROSE_WEIGHT / 2 || b->sentence;
    return b->weight >= PROSE_WEIGHT * 2 || (b->weight >= PROSE_WEIGHT && b->sentence);
}

static float value_of(const struct html_block *b, uint16_t tag)
{
    if (is_prose(b, tag)) {
        float prose = (float)(b->weight - b->linked);
        return tag == HTML_P || tag == HTML_BLOCKQUOTE ? prose : prose * 0.7f;
    }
    if (b->linked * 2 > b->weight) {
        float cost = (float)b->linked * LINKS_COST;
        return -(cost > LINKS_COST_MAX ? LINKS_COST_MAX : cost);
    }
    return tag >= HTML_H1 && tag <= HTML_H6 ? 0.0f : -SCRAP_COST;
}

/* Sums of the blocks into their containers, and of these into theirs. */
static void sum_up(struct html_page *page, bool all)
{
    for (uint32_t i = 0; i < page->element_count; i++)
        page->element[i].value = 0;
    for (uint32_t i = 0; i < page->block_count; i++) {
        struct html_element *e = &page->element[page->block[i].element];
        if (all || !(e->marks & HTML_DROPPED))
            e->value += value_of(&page->block[i], e->tag);
    }
    for (uint32_t i = page->element_count; i-- > 1;) {
        const struct html_element *e = &page->element[i];
        if (!all || e->value > 0) /* all: what prose is below; else a bad part may be left out */
            page->element[e->parent].value += e->value;
        else
            page->element[e->parent].value += e->value;
    }
}

/* Marks as dropped what is furniture: by tag; by its words, unless it holds most of the page. */
static void drop_furniture(struct html_page *page, bool by_words)
{
    sum_up(page, true);
    float whole = page->element[0].value;
    for (uint32_t i = 0; i < page->element_count; i++) {
        struct html_element *e = &page->element[i];
        bool inherited = i && (page->element[e->parent].marks & HTML_DROPPED);
        bool suspect = by_words && (e->marks & HTML_SUSPECT) && e->value < whole * SUSPECT_SHARE;
        e->marks &= (uint16_t)~HTML_DROPPED;
        if (inherited || (e->marks & HTML_SURE) || suspect)
            e->marks |= HTML_DROPPED;
    }
}

uint32_t html_score(struct html_page *page, bool by_words)
{
    drop_furniture(page, by_words);
    sum_up(page, false);
    uint32_t best = 0;
    float most = page->element[0].value;
    for (uint32_t i = 1; i < page->element_count; i++) {
        float value = page->element[i].value;
        if (page->element[i].marks & HTML_DECLARED)
            value *= DECLARED_FACTOR;
        bool below = page->element[i].parent == best;
        if (value > most || (below && value >= most)) {
            best = i;
            most = value;
        }
    }
    return best;
}
