/*
 * html_entity.c: character references, UTF-8 output, Windows-1252.
 *
 * The names of HTML 4 and the common ones of HTML 5 (punctuation, Latin Extended-A); the other
 * 1,900 are mathematics that no newsroom types. An unknown name stays as it was written. Numbers
 * follow the HTML standard: 0x80 to 0x9F are Windows-1252, what is no character becomes U+FFFD.
 */
#include "html_page.h"

#define ENTITY_NAME_MAX 8

/* clang-format off */
/* Sorted by name, bytewise. */
static const struct {
    char name[ENTITY_NAME_MAX + 1];
    uint16_t code;
} entities[] = {
    {"AElig", 198}, {"AMP", 38}, {"Aacute", 193}, {"Abreve", 258}, {"Acirc", 194}, {"Agrave", 192},
    {"Alpha", 913}, {"Aogon", 260}, {"Aring", 197}, {"Atilde", 195}, {"Auml", 196}, {"Beta", 914},
    {"COPY", 169}, {"Cacute", 262}, {"Ccaron", 268}, {"Ccedil", 199}, {"Chi", 935},
    {"Dagger", 8225}, {"Dcaron", 270}, {"Delta", 916}, {"Dstrok", 272}, {"ETH", 208},
    {"Eacute", 201}, {"Ecaron", 282}, {"Ecirc", 202}, {"Egrave", 200}, {"Eogon", 280},
    {"Epsilon", 917}, {"Eta", 919}, {"Euml", 203}, {"GT", 62}, {"Gamma", 915}, {"Gbreve", 286},
    {"Iacute", 205}, {"Icirc", 206}, {"Idot", 304}, {"Igrave", 204}, {"Iota", 921}, {"Iuml", 207},
    {"Kappa", 922}, {"LT", 60}, {"Lambda", 923}, {"Lstrok", 321}, {"Mu", 924}, {"Nacute", 323},
    {"Ncaron", 327}, {"NewLine", 10}, {"NoBreak", 8288}, {"Ntilde", 209}, {"Nu", 925},
    {"OElig", 338}, {"Oacute", 211}, {"Ocirc", 212}, {"Odblac", 336}, {"Ograve", 210},
    {"Omega", 937}, {"Omicron", 927}, {"Oslash", 216}, {"Otilde", 213}, {"Ouml", 214}, {"Phi", 934},
    {"Pi", 928}, {"Prime", 8243}, {"Psi", 936}, {"QUOT", 34}, {"REG", 174}, {"Rcaron", 344},
    {"Rho", 929}, {"Sacute", 346}, {"Scaron", 352}, {"Scedil", 350}, {"Sigma", 931}, {"THORN", 222},
    {"Tab", 9}, {"Tau", 932}, {"Tcaron", 356}, {"Theta", 920}, {"Uacute", 218}, {"Ucirc", 219},
    {"Udblac", 368}, {"Ugrave", 217}, {"Upsilon", 933}, {"Uring", 366}, {"Uuml", 220}, {"Xi", 926},
    {"Yacute", 221}, {"Yuml", 376}, {"Zacute", 377}, {"Zcaron", 381}, {"Zdot", 379}, {"Zeta", 918},
    {"aacute", 225}, {"abreve", 259}, {"acirc", 226}, {"acute", 180}, {"aelig", 230},
    {"agrave", 224}, {"alefsym", 8501}, {"alpha", 945}, {"amp", 38}, {"and", 8743}, {"ang", 8736},
    {"aogon", 261}, {"apos", 39}, {"aring", 229}, {"ast", 42}, {"asymp", 8776}, {"atilde", 227},
    {"auml", 228}, {"bdquo", 8222}, {"beta", 946}, {"brvbar", 166}, {"bull", 8226}, {"cacute", 263},
    {"cap", 8745}, {"ccaron", 269}, {"ccedil", 231}, {"cedil", 184}, {"cent", 162},
    {"check", 10003}, {"chi", 967}, {"circ", 710}, {"clubs", 9827}, {"colon", 58}, {"comma", 44},
    {"commat", 64}, {"cong", 8773}, {"copy", 169}, {"crarr", 8629}, {"cup", 8746}, {"curren", 164},
    {"dArr", 8659}, {"dagger", 8224}, {"darr", 8595}, {"dcaron", 271}, {"deg", 176}, {"delta", 948},
    {"diams", 9830}, {"divide", 247}, {"dollar", 36}, {"dstrok", 273}, {"eacute", 233},
    {"ecaron", 283}, {"ecirc", 234}, {"egrave", 232}, {"empty", 8709}, {"emsp", 8195},
    {"ensp", 8194}, {"eogon", 281}, {"epsilon", 949}, {"equals", 61}, {"equiv", 8801}, {"eta", 951},
    {"eth", 240}, {"euml", 235}, {"euro", 8364}, {"excl", 33}, {"exist", 8707}, {"fnof", 402},
    {"forall", 8704}, {"frac12", 189}, {"frac14", 188}, {"frac34", 190}, {"frasl", 8260},
    {"gamma", 947}, {"gbreve", 287}, {"ge", 8805}, {"gt", 62}, {"hArr", 8660}, {"hairsp", 8202},
    {"harr", 8596}, {"hearts", 9829}, {"hellip", 8230}, {"horbar", 8213}, {"hyphen", 8208},
    {"iacute", 237}, {"icirc", 238}, {"iexcl", 161}, {"igrave", 236}, {"image", 8465},
    {"infin", 8734}, {"inodot", 305}, {"int", 8747}, {"iota", 953}, {"iquest", 191}, {"isin", 8712},
    {"iuml", 239}, {"kappa", 954}, {"lArr", 8656}, {"lambda", 955}, {"lang", 9001}, {"laquo", 171},
    {"larr", 8592}, {"lceil", 8968}, {"ldquo", 8220}, {"ldquor", 8222}, {"le", 8804},
    {"lfloor", 8970}, {"lowast", 8727}, {"lowbar", 95}, {"loz", 9674}, {"lpar", 40}, {"lrm", 8206},
    {"lsaquo", 8249}, {"lsqb", 91}, {"lsquo", 8216}, {"lsquor", 8218}, {"lstrok", 322}, {"lt", 60},
    {"macr", 175}, {"mdash", 8212}, {"micro", 181}, {"middot", 183}, {"minus", 8722}, {"mu", 956},
    {"nabla", 8711}, {"nacute", 324}, {"nbsp", 160}, {"ncaron", 328}, {"ndash", 8211}, {"ne", 8800},
    {"ni", 8715}, {"not", 172}, {"notin", 8713}, {"nsub", 8836}, {"ntilde", 241}, {"nu", 957},
    {"num", 35}, {"numsp", 8199}, {"oacute", 243}, {"ocirc", 244}, {"odblac", 337}, {"oelig", 339},
    {"ograve", 242}, {"oline", 8254}, {"omega", 969}, {"omicron", 959}, {"oplus", 8853},
    {"or", 8744}, {"ordf", 170}, {"ordm", 186}, {"oslash", 248}, {"otilde", 245}, {"otimes", 8855},
    {"ouml", 246}, {"para", 182}, {"part", 8706}, {"percnt", 37}, {"period", 46}, {"permil", 8240},
    {"perp", 8869}, {"phi", 966}, {"pi", 960}, {"piv", 982}, {"plus", 43}, {"plusmn", 177},
    {"pound", 163}, {"prime", 8242}, {"prod", 8719}, {"prop", 8733}, {"psi", 968}, {"puncsp", 8200},
    {"quest", 63}, {"quot", 34}, {"rArr", 8658}, {"radic", 8730}, {"rang", 9002}, {"raquo", 187},
    {"rarr", 8594}, {"rcaron", 345}, {"rceil", 8969}, {"rdquo", 8221}, {"rdquor", 8221},
    {"real", 8476}, {"reg", 174}, {"rfloor", 8971}, {"rho", 961}, {"rlm", 8207}, {"rpar", 41},
    {"rsaquo", 8250}, {"rsqb", 93}, {"rsquo", 8217}, {"rsquor", 8217}, {"sacute", 347},
    {"sbquo", 8218}, {"scaron", 353}, {"scedil", 351}, {"sdot", 8901}, {"sect", 167}, {"semi", 59},
    {"shy", 173}, {"sigma", 963}, {"sigmaf", 962}, {"sim", 8764}, {"sol", 47}, {"spades", 9824},
    {"star", 9734}, {"starf", 9733}, {"sub", 8834}, {"sube", 8838}, {"sum", 8721}, {"sup", 8835},
    {"sup1", 185}, {"sup2", 178}, {"sup3", 179}, {"supe", 8839}, {"szlig", 223}, {"tau", 964},
    {"tcaron", 357}, {"there4", 8756}, {"theta", 952}, {"thetasym", 977}, {"thinsp", 8201},
    {"thorn", 254}, {"tilde", 732}, {"times", 215}, {"trade", 8482}, {"uArr", 8657},
    {"uacute", 250}, {"uarr", 8593}, {"ucirc", 251}, {"udblac", 369}, {"ugrave", 249}, {"uml", 168},
    {"upsih", 978}, {"upsilon", 965}, {"uring", 367}, {"uuml", 252}, {"weierp", 8472}, {"xi", 958},
    {"yacute", 253}, {"yen", 165}, {"yuml", 255}, {"zacute", 378}, {"zcaron", 382}, {"zdot", 380},
    {"zeta", 950}, {"zwj", 8205}, {"zwnj", 8204},
};
/* clang-format on */

uint32_t html_windows_1252(unsigned char byte)
{
    static const uint16_t codes[32] = {
        0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};
    return byte >= 0x80 && byte < 0xA0 ? codes[byte - 0x80] : byte;
}

size_t html_put_utf8(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* p is behind "&#". */
static uint32_t numeric(const char *p, const char *end, size_t *length)
{
    const char *start = p;
    unsigned base = 10;
    if (p < end && (*p == 'x' || *p == 'X')) {
        base = 16;
        p++;
    }
    uint32_t code = 0;
    const char *digits = p;
    for (; p < end && digit_value(*p) < base; p++)
        if (code <= 0x10FFFF)
            code = code * base + digit_value(*p);
    if (p == digits)
        return 0;
    p += p < end && *p == ';';
    *length = (size_t)(p - start) + 2;
    if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
        return 0xFFFD;
    return code < 0x100 ? html_windows_1252((unsigned char)code) : code;
}

uint32_t html_entity(const char *p, const char *end, size_t *length)
{
    if (p + 2 < end && p[1] == '#')
        return numeric(p + 2, end, length);
    char name[ENTITY_NAME_MAX + 1] = "";
    size_t n = 0;
    for (p++; p + n < end && n < ENTITY_NAME_MAX; n++) {
        char c = p[n];
        if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')))
            break;
        name[n] = c;
    }
    bool closed = p + n < end && p[n] == ';';
    size_t low = 0, high = sizeof entities / sizeof *entities;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(name, entities[middle].name);
        if (order == 0) {
            /* Without ';' only those that old pages write so: a URL's "&section=" is no sign. */
            if (!closed && (entities[middle].code > 0xFF || (p + n < end && p[n] == '=')))
                return 0;
            *length = n + 1 + closed;
            return entities[middle].code;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return 0;
}

int html_plain(struct dupd_view raw, struct dupd_buf *out)
{
    /* Nothing grows: the shortest reference of a code point is longer than its UTF-8, but for a
     * character that is written in one byte. */
    const char *p = raw.ptr, *end = p + raw.len;
    int rc = raw.len ? dupd_buf_reserve(out, raw.len) : 0;
    if (rc)
        return rc;
    bool space = false;
    size_t start = out->len;
    while (p < end) {
        size_t length = 1;
        uint32_t code = (unsigned char)*p == '&' ? html_entity(p, end, &length) : 0;
        if (code == 0xFEFF || ((unsigned char)*p == 0xEF && memcmp(p, "\xEF\xBB\xBF", 3) == 0)) {
            p += code ? length : 3; /* a byte order mark in the middle is nothing */
            continue;
        }
        bool nbsp = code == 0xA0 || (p[0] == '\xC2' && p + 1 < end && p[1] == '\xA0');
        if (nbsp || (code ? code <= ' ' : (*p >= 0 && *p <= ' '))) {
            p += nbsp && !code ? 2 : length;
            space = true;
            continue;
        }
        if (space && out->len > start)
            out->ptr[out->len++] = ' ';
        space = false;
        if (code)
            out->len += html_put_utf8(code, out->ptr + out->len);
        else
            out->ptr[out->len++] = *p;
        p += length;
    }
    return 0;
}
