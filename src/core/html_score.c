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

#define PROSE_WEIGHT 45u     /* letters from which a block is prose even without a full stop */
#define SUSPECT_SHARE 0.5f   /* a suspect that holds more of the page's prose is cleared */
#define COMMENTS_SHARE 0.9f  /* the same for what is called comments */
#define SCRAP_COST 12.0f     /* a scrap costs as much as that many letters of prose are worth */
#define LINKS_COST 0.3f      /* so does each letter in a block of links, */
#define LINKS_COST_MAX 60.0f /* up to this for a block */
#define DIV_FACTOR 0.7f      /* prose in anything but a paragraph */
#define DISTANCE_FACTOR 0.8f /* what a container keeps of the worth of one that it holds */
#define DECLARED_FACTOR 2.0f /* a container that is declared to be the article's body */

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
        return tag == HTML_P || tag == HTML_BLOCKQUOTE ? prose : prose * DIV_FACTOR;
    }
    if (b->linked * 2 > b->weight) {
        float cost = (float)b->linked * LINKS_COST;
        return -(cost > LINKS_COST_MAX ? LINKS_COST_MAX : cost);
    }
    return tag >= HTML_H1 && tag <= HTML_H6 ? 0.0f : -SCRAP_COST;
}

/* Sums of the blocks into their containers, and of these into theirs: with `all`, of the prose that
 * stands anywhere below; else of what is not dropped, less the farther below it stands. */
static void sum_up(struct html_page *page, bool all)
{
    for (uint32_t i = 0; i < page->element_count; i++)
        page->element[i].value = 0;
    for (uint32_t i = 0; i < page->block_count; i++) {
        struct html_element *e = &page->element[page->block[i].element];
        float value = value_of(&page->block[i], e->tag);
        if (all ? value > 0 : !(e->marks & HTML_DROPPED))
            e->value += value;
    }
    for (uint32_t i = page->element_count; i-- > 1;) {
        const struct html_element *e = &page->element[i];
        page->element[e->parent].value += e->value * (all ? 1.0f : DISTANCE_FACTOR);
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
        float share = e->marks & HTML_COMMENTS ? COMMENTS_SHARE : SUSPECT_SHARE;
        bool suspect =
            by_words && (e->marks & (HTML_SUSPECT | HTML_COMMENTS)) && e->value < whole * share;
        e->marks &= (uint16_t) ~(HTML_DROPPED | HTML_INSIDE | HTML_HEADED);
        if (inherited || (e->marks & HTML_SURE) || suspect)
            e->marks |= HTML_DROPPED;
    }
}

/* Index of the container whose blocks are worth most. */
static uint32_t best_container(const struct html_page *page)
{
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

/* An article may be cut into parts that stand side by side and look the same: takes those in. The
 * next article of an endless page looks the same too, but has a headline of its own. */
static void take_in_parts(struct html_page *page, uint32_t core)
{
    for (uint32_t i = 0; i < page->block_count; i++)
        for (uint32_t e = page->block[i].element; page->element[e].tag == HTML_H1;
             e = page->element[e].parent)
            page->element[page->element[e].parent].marks |= HTML_HEADED;
    for (uint32_t i = page->element_count; i-- > 1;)
        if (page->element[i].marks & HTML_HEADED)
            page->element[page->element[i].parent].marks |= HTML_HEADED;
    for (uint32_t i = 1; i < page->element_count; i++) {
        struct html_element *e = &page->element[i];
        for (uint32_t c = core; c; c = page->element[c].parent) {
            const struct html_element *mine = &page->element[c];
            if (mine->parent == e->parent && mine->tag == e->tag && mine->look == e->look &&
                mine->look && !(e->marks & HTML_HEADED) && e->value > 0)
                e->marks |= HTML_INSIDE;
        }
    }
}

/* The last headline before block `first`, or `first` if there is none. */
static uint32_t headline_before(const struct html_page *page, uint32_t first)
{
    for (uint32_t i = first; i-- > 0;)
        if (page->element[page->block[i].element].tag == HTML_H1)
            return i;
    return first;
}

void html_score(struct html_page *page, bool by_words)
{
    drop_furniture(page, by_words);
    sum_up(page, false);
    uint32_t core = best_container(page), first = UINT32_MAX;
    page->element[core].marks |= HTML_INSIDE;
    take_in_parts(page, core);
    for (uint32_t i = 1; i < page->element_count; i++)
        page->element[i].marks |= page->element[page->element[i].parent].marks & HTML_INSIDE;
    for (uint32_t i = 0; i < page->block_count; i++) {
        struct html_block *b = &page->block[i];
        b->inside = (page->element[b->element].marks & HTML_INSIDE) != 0;
        if (b->inside && first == UINT32_MAX)
            first = i;
    }
    /* Between headline and article stands the lead. */
    for (uint32_t i = first == UINT32_MAX ? first : headline_before(page, first); i < first; i++)
        page->block[i].inside |=
            is_prose(&page->block[i], page->element[page->block[i].element].tag);
}
