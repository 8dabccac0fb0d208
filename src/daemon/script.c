/*
 * script.c: the texts of the scripts, and their hashes.
 *
 * An entry is answered while it is pending, and acknowledged by what answers it: so it is answered
 * once, whoever asks. It is acknowledged last, for an XADD may be refused (a stream of another
 * type, a right that is missing), and the entry must be there still. The XACK of nothing before is
 * so that the XADD is not refused when the server is at its memory limit: a script that has written
 * is let go on. Where a script begins with XADD (the list), it is refused before anything has
 * happened.
 */
#include "daemon/script.h"

#include <openssl/evp.h>
#include <stdlib.h>

/* clang-format off */
#define PENDING_OR_GONE                                                                            \
    "redis.call('XACK',KEYS[1],ARGV[1],'0-0')\n"                                                   \
    "if #redis.call('XPENDING',KEYS[1],ARGV[1],ARGV[2],ARGV[2],1)==0 then return 0 end\n"
static const char *const texts[SCRIPT_COUNT] = {
    /* KEYS: articles verdicts verdict-key   ARGV: group entry id verdict cap window keep
     * The key keeps the verdict that was given first; a replay is told on the stream. (It is written
     * where the key is of another content: a worker may have died between store and answer. No text
     * of an article looks like a field: its quotes are escaped.) */
    [SCRIPT_ANSWER] =
        PENDING_OR_GONE
        "redis.call('XADD',KEYS[2],'MAXLEN','~',ARGV[5],'*','id',ARGV[3],'verdict',ARGV[4])\n"
        "redis.call('XACK',KEYS[1],ARGV[1],ARGV[2])\n"
        "local set={'SET',KEYS[3],ARGV[4]}\n"
        "if tonumber(ARGV[6])>0 then set[4]='EX' set[5]=ARGV[6] end\n"
        "local function hash(v) return type(v)=='string' and v:match('\"content_hash\":\"(%x+)\"') end\n"
        "if not (string.find(ARGV[4],'\"replay\":true',1,true) and\n"
        " hash(redis.pcall('GET',KEYS[3]))==hash(ARGV[4])) then redis.call(unpack(set)) end\n"
        "if ARGV[7]=='0' then redis.call('XDEL',KEYS[1],ARGV[2]) end\n"
        "return 1\n",
    /* KEYS: alerts stories position   ARGV: cap {row, kind, id, json} ..., rows ascending */
    [SCRIPT_TELL] =
        "local told=tonumber(redis.call('GET',KEYS[3]) or '0')\n"
        "for i=2,#ARGV,4 do\n"
        " if tonumber(ARGV[i])>told then\n"
        "  if ARGV[i+1]=='alert' then\n"
        "   redis.call('XADD',KEYS[1],'MAXLEN','~',ARGV[1],'*','id',ARGV[i+2],'alert',ARGV[i+3])\n"
        "  else\n"
        "   redis.call('XADD',KEYS[2],'MAXLEN','~',ARGV[1],'*','story',ARGV[i+2],'event',ARGV[i+3])\n"
        "  end\n"
        "  redis.call('SET',KEYS[3],ARGV[i])\n"
        "  if ARGV[i+1]=='alert' then redis.pcall('PUBLISH',KEYS[1],ARGV[i+3]) end\n"
        " end\n"
        "end\n"
        "return 1\n",
    /* KEYS: articles dead   ARGV: group entry keep cap field value ... */
    [SCRIPT_DEAD] =
        PENDING_OR_GONE
        "redis.call('XADD',KEYS[2],'MAXLEN','~',ARGV[4],'*',unpack(ARGV,5))\n"
        "redis.call('XACK',KEYS[1],ARGV[1],ARGV[2])\n"
        "if ARGV[3]=='0' then redis.call('XDEL',KEYS[1],ARGV[2]) end\n"
        "return 1\n",
    /* KEYS: articles   ARGV: group consumer idle cursor count limit cut [entry...]
     * With entries, those are claimed, and count as delivered no more often; else what XAUTOCLAIM
     * finds from the cursor on. Either way no more than fit into twice the limit.
     * Returns cursor, {{entry, deliveries, bytes, {field, value, ...}}, ...}, {lost entries}. */
    [SCRIPT_CLAIM] =
        "local limit,cut,out,total=tonumber(ARGV[6]),tonumber(ARGV[7]),{},0\n"
        "local cursor,lost=ARGV[4],{}\n"
        "local function take(e)\n"
        " local p=redis.call('XPENDING',KEYS[1],ARGV[1],e[1],e[1],1)\n"
        " local f,bytes=e[2],0\n"
        " for i=1,#f do bytes=bytes+#f[i] end\n"
        " if bytes>limit then for i=1,#f do f[i]=string.sub(f[i],1,cut) end end\n"
        " total=total+math.min(bytes,limit)\n"
        " out[#out+1]={e[1],p[1] and p[1][4] or 1,bytes,f}\n"
        "end\n"
        "if #ARGV>7 then\n"
        " cursor='0-0'\n"
        " for i=8,#ARGV do\n"
        "  local p=redis.call('XPENDING',KEYS[1],ARGV[1],ARGV[i],ARGV[i],1)\n"
        "  if total>=limit then break end\n"
        "  if p[1] then\n"
        "   local c=redis.call('XCLAIM',KEYS[1],ARGV[1],ARGV[2],ARGV[3],ARGV[i],\n"
        "    'RETRYCOUNT',p[1][4])\n"
        "   if c[1] then take(c[1]) end\n"
        "  end\n"
        " end\n"
        "else\n"
        " for i=1,64 do\n"
        "  local r=redis.call('XAUTOCLAIM',KEYS[1],ARGV[1],ARGV[2],ARGV[3],cursor,'COUNT',1)\n"
        "  cursor=r[1]\n"
        "  for _,e in ipairs(r[2]) do take(e) end\n"
        "  for _,e in ipairs(r[3] or {}) do lost[#lost+1]=e end\n"
        "  if cursor=='0-0' or #out>=tonumber(ARGV[5]) or total>=limit then break end\n"
        " end\n"
        "end\n"
        "return {cursor,out,lost}\n",
    /* KEYS: list articles dead   ARGV: count limit cut cap worker error */
    [SCRIPT_MOVE] =
        "local moved,refused=0,0\n"
        "for i=1,tonumber(ARGV[1]) do\n"
        " local v=redis.call('LINDEX',KEYS[1],-1)\n"
        " if not v then break end\n"
        " if #v>tonumber(ARGV[2]) then\n"
        "  redis.call('XADD',KEYS[3],'MAXLEN','~',ARGV[4],'*','json',string.sub(v,1,tonumber(ARGV[3])),\n"
        "   'truncated',#v..' bytes','error',ARGV[6],'reason','too_big','deliveries','0',\n"
        "   'first_seen','','worker',ARGV[5],'entry','')\n"
        "  refused=refused+1\n"
        " else\n"
        "  redis.call('XADD',KEYS[2],'*','json',v)\n"
        "  moved=moved+1\n"
        " end\n"
        " redis.call('RPOP',KEYS[1])\n"
        "end\n"
        "return {moved,refused}\n",
    /* KEYS: articles   ARGV: group. Returns lag (-1: not known), pending, the oldest entry that has
     * no answer ('' if there is none). */
    [SCRIPT_STATE] =
        "local lag,pending,oldest,last=-1,0,'','0-0'\n"
        "for _,g in ipairs(redis.call('XINFO','GROUPS',KEYS[1])) do\n"
        " local t={}\n"
        " for i=1,#g,2 do t[g[i]]=g[i+1] end\n"
        " if t['name']==ARGV[1] then\n"
        "  lag=t['lag'] or -1\n"
        "  pending=t['pending']\n"
        "  last=t['last-delivered-id']\n"
        " end\n"
        "end\n"
        "if pending>0 then oldest=redis.call('XPENDING',KEYS[1],ARGV[1])[2]\n"
        "else\n"
        " local r=redis.call('XRANGE',KEYS[1],'('..last,'+','COUNT',1)\n"
        " if r[1] then oldest=r[1][1] end\n"
        "end\n"
        "return {lag,pending,oldest}\n",
    /* KEYS: articles   ARGV: group idle-ms own-name. Consumers that are idle for so long, or bear
     * the name, and have nothing pending. Returns how many were deleted. */
    [SCRIPT_TIDY] =
        "local n=0\n"
        "for _,c in ipairs(redis.call('XINFO','CONSUMERS',KEYS[1],ARGV[1])) do\n"
        " local t={}\n"
        " for i=1,#c,2 do t[c[i]]=c[i+1] end\n"
        " if t['pending']==0 and (t['idle']>tonumber(ARGV[2]) or t['name']==ARGV[3]) then\n"
        "  redis.call('XGROUP','DELCONSUMER',KEYS[1],ARGV[1],t['name'])\n"
        "  n=n+1\n"
        " end\n"
        "end\n"
        "return n\n",
    /* KEYS: dead articles   ARGV: entry, number of fields that were added at its end
     * Returns 1; 0: no such entry; -1: it is truncated. */
    [SCRIPT_REQUEUE] =
        "local r=redis.call('XRANGE',KEYS[1],ARGV[1],ARGV[1])\n"
        "if not r[1] then return 0 end\n"
        "local f,out=r[1][2],{}\n"
        "for i=1,#f-2*tonumber(ARGV[2]) do out[i]=f[i] end\n"
        "if #out==0 or #out>7000 or out[#out-1]=='truncated' then return -1 end\n"
        "redis.call('XADD',KEYS[2],'*',unpack(out))\n"
        "redis.call('XDEL',KEYS[1],ARGV[1])\n"
        "return 1\n",
};
/* clang-format on */

const char *script_text(enum script_id id)
{
    return texts[id];
}

/* SHA-1 in hexadecimal, which is how Redis names scripts. */
static bool hash_of(const char *text, char out[41])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (!EVP_Digest(text, strlen(text), digest, &len, EVP_sha1(), NULL) || len != 20)
        return false;
    for (unsigned i = 0; i < 20; i++)
        snprintf(out + 2 * (size_t)i, 3, "%02x", digest[i]);
    return true;
}

#define WORDS_MAX 16u

void script_add(struct redis_batch *b, enum script_id id, bool whole, const struct dupd_view *words,
                size_t count)
{
    char hash[41];
    struct dupd_view few[WORDS_MAX];
    struct dupd_view *all = count + 2 <= WORDS_MAX ? few : malloc((count + 2) * sizeof *all);
    if (!all) {
        b->status = DUPD_ENOMEM;
        return;
    }
    /* where SHA-1 is forbidden the whole script is sent each time */
    whole = whole || !hash_of(texts[id], hash);
    all[0] = whole ? DUPD_VIEW("EVAL") : DUPD_VIEW("EVALSHA");
    all[1] = dupd_view_of(whole ? texts[id] : hash);
    memcpy(all + 2, words, count * sizeof *words);
    redis_batch_add(b, count + 2, all);
    if (all != few)
        free(all);
}

bool script_is_unknown(const redisReply *reply)
{
    return reply && reply->type == REDIS_REPLY_ERROR &&
           redis_class_of((struct dupd_view){reply->str, (size_t)reply->len}) == REDIS_SCRIPT;
}
