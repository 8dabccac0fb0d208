/*
 * classes.h: the one table of what Redis can refuse, and what is to be done then.
 */
#ifndef REDIS_CLASSES_H
#define REDIS_CLASSES_H

#include "dupd/buf.h"

/* X(NAME, "label of the metric", "text for people"). hiredis has a macro REDIS_OK: hence NONE. */
#define REDIS_CLASSES(X)                                                                           \
    X(NONE, "none", "no error")                                                                    \
    X(WAIT, "wait", "the server cannot do it now: try again on this connection")                   \
    X(FULL, "full", "the server is at its memory limit: try again later, or make room")            \
    X(MOVED, "moved", "another server answers for this now: connect anew")                         \
    X(SCRIPT, "script", "the server does not know the script: send it whole")                      \
    X(GROUP, "group", "the stream or its group is gone: make it again, from 0")                    \
    X(DENIED, "denied", "wrong password, or a right is missing")                                   \
    X(EXISTS, "exists", "it is there already")                                                     \
    X(BUG, "bug", "the server does not understand the command, or a key is of another type")       \
    X(NETWORK, "network", "the connection was lost, or could not be made")                         \
    X(TIMEOUT, "timeout", "no answer within the deadline")

enum redis_class {
#define REDIS_CLASS_ENUM(name, label, text) REDIS_##name,
    REDIS_CLASSES(REDIS_CLASS_ENUM)
#undef REDIS_CLASS_ENUM
        REDIS_CLASS_COUNT
};

const char *redis_class_label(enum redis_class c);
const char *redis_class_text(enum redis_class c);

/* The class of an error reply's text ("LOADING Redis is loading the dataset in memory"):
 *   WAIT    LOADING BUSY TRYAGAIN CLUSTERDOWN MASTERDOWN NOREPLICAS MISCONF, "max number of
 * clients" FULL    OOM MOVED   READONLY MOVED ASK UNBLOCKED SCRIPT  NOSCRIPT, "Function not found"
 *   GROUP   NOGROUP
 *   DENIED  NOAUTH WRONGPASS NOPERM DENIED, "invalid password", and what a script says of a missing
 *           right: "can't run this command", "can't access at least one of the ..."
 *   EXISTS  BUSYGROUP
 *   BUG     WRONGTYPE CROSSSLOT EXECABORT ERR and everything unknown
 * A script's error carries the text of the command that failed in it: that decides. */
enum redis_class redis_class_of(struct dupd_view error);

/* What a caller whose command was refused so returns, unless it acts on the class itself: 0 for
 * NONE and EXISTS, DUPD_EINVAL for BUG, DUPD_EAGAIN for everything that may be right later
 * (passwords are changed while daemons run, so DENIED too; SCRIPT and GROUP when the caller has put
 * them there). */
int redis_class_status(enum redis_class c);

#endif
