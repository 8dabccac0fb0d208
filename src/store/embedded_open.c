/*
 * embedded_open.c: opening an embedded store, and saying clearly why not.
 *
 *   DIR/dupd.db, -wal, -shm   SQLite in WAL mode, the only copy of everything
 *   DIR/postings              the posting table, derived
 *   DIR/lock                  the writer's lock and process id
 *
 * A writer makes the directory (0700) when asked to, takes the lock, then opens the database; a
 * directory that holds other things is never made into a store. A reader takes no lock and creates
 * nothing: the writer leaves the -wal and -shm files behind for it (PERSIST_WAL). From a disk that
 * cannot be written and has no -wal file the database is read as immutable.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/embedded.h"

#define DATABASE "dupd.db"
#define CACHE_KIB 65536       /* of SQLite's pages */
#define CHECKPOINT_PAGES 8192 /* the log is copied back into the database at 32 MiB */

/* One line for people into problem; returns rc. */
static int __attribute__((format(printf, 3, 4)))
refuse(char problem[512], int rc, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(problem, 512, format, args);
    va_end(args);
    return rc;
}

static int path_in(const struct embedded *e, const char *name, struct dupd_buf *out)
{
    dupd_buf_clear(out);
    int rc = dupd_buf_addf(out, "%s/%s", e->dir, name);
    return rc ? rc : dupd_buf_add_char(out, 0);
}

bool embedded_has_wal(const struct embedded *e)
{
    struct dupd_buf path = {0};
    struct stat st;
    bool has = path_in(e, DATABASE "-wal", &path) || (stat(path.ptr, &st) == 0 && st.st_size > 0);
    dupd_buf_close(&path);
    return has;
}

/* 1: there is a database, 0: there is not, or a code. */
static int has_database(struct embedded *e, char problem[512])
{
    struct stat st;
    if (path_in(e, DATABASE, &e->scratch))
        return DUPD_ENOMEM;
    if (stat(e->scratch.ptr, &st) == 0)
        return S_ISREG(st.st_mode) ? 1
                                   : refuse(problem, DUPD_ENOTSTORE, "%.300s is not a regular file",
                                            e->scratch.ptr);
    return errno == ENOENT ? 0
                           : refuse(problem, errno == EACCES ? DUPD_EREADONLY : DUPD_EIO,
                                    "%.300s: %s", e->scratch.ptr, strerror(errno));
}

/* Whether a store may be made here: nothing but what a half-made store leaves. */
static bool is_empty_directory(const char *path)
{
    DIR *d = opendir(path);
    if (!d)
        return false;
    bool empty = true;
    for (struct dirent *f; empty && (f = readdir(d));)
        empty = strcmp(f->d_name, ".") == 0 || strcmp(f->d_name, "..") == 0 ||
                strcmp(f->d_name, "lock") == 0;
    closedir(d);
    return empty;
}

static int make_directories(char *path)
{
    for (char *p = path + 1;; p++) {
        if (*p && *p != '/')
            continue;
        char c = *p;
        *p = 0;
        int failed = mkdir(path, 0700) && errno != EEXIST && errno != EISDIR;
        *p = c;
        if (!c)
            return failed ? -1 : 0;
    }
}

/* The directory exists, and holds a store or may become one. Returns 1 for a store, 0 for none. */
static int check_directory(struct embedded *e, char problem[512])
{
    struct stat st;
    bool make = e->options.create && !e->options.read_only;
    if (stat(e->dir, &st)) {
        if (errno != ENOENT)
            return refuse(problem, errno == ENOTDIR ? DUPD_ENOTSTORE : DUPD_EIO, "%.300s: %s",
                          e->dir, strerror(errno));
        if (!make)
            return refuse(problem, DUPD_ENOENT, "there is no store at %.300s", e->dir);
        if (make_directories(e->dir))
            return refuse(problem,
                          errno == ENOSPC                                         ? DUPD_EFULL
                          : errno == EROFS || errno == EACCES || errno == ENOTDIR ? DUPD_EREADONLY
                                                                                  : DUPD_EIO,
                          "cannot make the directory %.300s: %s", e->dir, strerror(errno));
        return 0;
    }
    if (!S_ISDIR(st.st_mode))
        return refuse(problem, DUPD_ENOTSTORE, "%.300s is a file, not a dupd store", e->dir);
    int has = has_database(e, problem);
    if (has != 0)
        return has;
    if (!is_empty_directory(e->dir))
        return refuse(problem, DUPD_ENOTSTORE, "%.300s is a directory, but not a dupd store%s",
                      e->dir, make ? "; name an empty or a new one" : "");
    if (!make)
        return refuse(problem, DUPD_ENOENT, "there is no store at %.300s", e->dir);
    return 0;
}

static int take_lock(struct embedded *e, char problem[512])
{
    long holder;
    int rc = path_in(e, "lock", &e->scratch);
    if (!rc)
        rc = lock_take(&e->lock, e->scratch.ptr, e->options.lock_wait_s, &holder);
    if (rc == DUPD_EBUSY)
        return refuse(
            problem, rc,
            "the store %.300s is being written by process %ld (waited %u s); try again when "
            "it has finished",
            e->dir, holder, e->options.lock_wait_s);
    if (rc == DUPD_EREADONLY)
        return refuse(problem, rc,
                      "cannot write the store %.300s: its directory or disk is read-only for this "
                      "user; name another with --store, or change the permissions",
                      e->dir);
    if (rc)
        return refuse(problem, rc, "cannot lock the store %.300s: %s", e->dir, dupd_error_text(rc));
    return 0;
}

static int create_schema(struct embedded *e)
{
    uint8_t id[16];
    if (getrandom(id, sizeof id, 0) != sizeof id)
        return DUPD_EIO;
    int rc = sql_script(&e->sql, "PRAGMA journal_mode = WAL");
    if (!rc)
        rc = sql_script(&e->sql, "BEGIN IMMEDIATE");
    if (!rc)
        rc = sql_create(&e->sql, id, DUPD_SKETCH_NAME, e->options.owners_max);
    if (!rc)
        rc = sql_script(&e->sql, "COMMIT");
    return rc;
}

/* Is it ours, and of a version that we know? An empty database is one that was being made. */
static int check_format(struct embedded *e, bool fresh, char problem[512])
{
    int64_t application = 0, format = 0, tables = 0;
    int rc = sql_integer(&e->sql, "PRAGMA application_id", &application);
    if (!rc)
        rc = sql_integer(&e->sql, "PRAGMA user_version", &format);
    if (!rc)
        rc = sql_integer(&e->sql, "SELECT count(*) FROM sqlite_schema", &tables);
    if (rc)
        return rc;
    if (application == 0 && tables == 0) {
        if (fresh || (e->options.create && !e->options.read_only))
            return create_schema(e);
        return refuse(problem, DUPD_ENOTSTORE, "%.300s/" DATABASE " is empty: not a dupd store",
                      e->dir);
    }
    if (application != SQL_APPLICATION_ID)
        return refuse(problem, DUPD_ENOTSTORE, "%.300s/" DATABASE " is not a dupd store", e->dir);
    if (format > SQL_FORMAT)
        return refuse(
            problem, DUPD_EVERSION,
            "the store %.300s has format %lld; this dupd knows formats up to %d: use a newer "
            "dupd",
            e->dir, (long long)format, SQL_FORMAT);
    return format == SQL_FORMAT ? 0 : DUPD_ECORRUPT;
}

static int configure_writer(struct embedded *e)
{
    char text[256];
    int persist = 1;
    sqlite3_file_control(e->sql.db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
    snprintf(text, sizeof text,
             "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = %d;"
             "PRAGMA journal_size_limit = 0; PRAGMA secure_delete = FAST",
             CHECKPOINT_PAGES);
    return sql_script(&e->sql, text);
}

static int open_database(struct embedded *e, bool fresh, char problem[512])
{
    char text[128];
    bool reads = e->options.read_only;
    int rc = path_in(e, DATABASE, &e->scratch);
    if (rc)
        return rc;
    if (reads && access(e->dir, W_OK) && !embedded_has_wal(e))
        e->immutable = true;
    if (!reads) { /* SQLite would make it readable for others */
        int fd = open(e->scratch.ptr, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0)
            return refuse(problem,
                          errno == ENOSPC                     ? DUPD_EFULL
                          : errno == EROFS || errno == EACCES ? DUPD_EREADONLY
                                                              : DUPD_EIO,
                          "cannot write %.300s: %s", e->scratch.ptr, strerror(errno));
        close(fd);
    }
    rc = sql_open(&e->sql, e->scratch.ptr, reads ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE,
                  e->immutable);
    snprintf(text, sizeof text, "PRAGMA cache_size = -%d; PRAGMA temp_store = MEMORY", CACHE_KIB);
    if (!rc)
        rc = sql_script(&e->sql, text);
    if (!rc)
        rc = check_format(e, fresh, problem);
    if (!rc && !reads)
        rc = configure_writer(e);
    return rc;
}

int embedded_load_meta(struct embedded *e)
{
    sqlite3_stmt *row;
    int rc = sql_row(&e->sql, SQL_META_GET, &row, "");
    if (rc <= 0)
        return rc ? rc : DUPD_ECORRUPT;
    struct dupd_view id = sql_view(row, 0), sketch = sql_view(row, 1);
    char text[200] = "";
    if (id.len != sizeof e->identity.store_id)
        rc = DUPD_ECORRUPT;
    else if (!dupd_view_equal(sketch, dupd_view_of(DUPD_SKETCH_NAME)))
        snprintf(text, sizeof text, "its sketches are %.*s, this dupd makes %s",
                 (int)(sketch.len < 40 ? sketch.len : 40), sketch.ptr, DUPD_SKETCH_NAME);
    else if (sql_u64(row, 2) != e->options.owners_max)
        snprintf(text, sizeof text, "it was made with owners_max %lld, not %u",
                 (long long)sqlite3_column_int64(row, 2), e->options.owners_max);
    if (text[0])
        rc = sql_why(&e->sql, DUPD_EPARAM, text);
    if (rc > 0)
        memcpy(e->identity.store_id, id.ptr, id.len);
    e->count = (struct embedded_counters){.reserved = sql_u64(row, 3),
                                          .commits = sql_u64(row, 4),
                                          .articles = sql_u64(row, 5),
                                          .stories = sql_u64(row, 6),
                                          .copies = sql_u64(row, 7),
                                          .alerts = sql_u64(row, 8),
                                          .text_bytes = sql_u64(row, 9)};
    sql_done(row);
    e->durable = e->count;
    e->identity.owners_max = e->options.owners_max;
    if (rc < 0)
        return rc;
    rc = sql_row(&e->sql, SQL_LAST, &row, "");
    if (rc < 0)
        return rc;
    e->limit = sql_u64(row, 0); /* 0 when there are none */
    sql_done(row);
    return e->limit < e->count.reserved ? DUPD_OK : DUPD_ECORRUPT;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The kernel's id of this boot: a UUID. Without one, no boot is like another. */
static void read_boot_id(struct table_identity *id)
{
    char text[64] = "";
    size_t digits = 0;
    FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (f && !fgets(text, sizeof text, f))
        text[0] = 0;
    if (f)
        fclose(f);
    for (const char *p = text; *p && digits < 2 * sizeof id->boot_id; p++) {
        int d = hex_digit(*p);
        if (d < 0)
            continue;
        uint8_t *byte = &id->boot_id[digits++ / 2];
        *byte = (uint8_t)(*byte << 4 | d);
    }
    if (digits < 2 * sizeof id->boot_id &&
        getrandom(id->boot_id, sizeof id->boot_id, 0) != sizeof id->boot_id)
        memset(id->boot_id, 0, sizeof id->boot_id);
}

/* What was put and never committed belongs to a writer that is gone. */
static int remove_pending(struct embedded *e)
{
    for (;;) {
        sqlite3_stmt *row;
        int rc = sql_row(&e->sql, SQL_PENDING, &row, "");
        if (rc <= 0)
            return rc;
        uint64_t n = sql_u64(row, 0);
        sql_done(row);
        rc = embedded_begin(e);
        if (!rc)
            rc = embedded_remove(e, n);
        if (rc)
            return rc;
    }
}

static int open_all(struct embedded *e, char problem[512])
{
    int has = check_directory(e, problem);
    if (has < 0)
        return has;
    int rc = e->options.read_only ? 0 : take_lock(e, problem);
    if (!rc)
        rc = open_database(e, !has, problem);
    if (!rc && e->options.read_only)
        rc = sql_run(&e->sql, SQL_BEGIN_READ, "");
    if (!rc)
        rc = embedded_load_meta(e);
    if (rc)
        return rc;
    read_boot_id(&e->identity);
    e->floor = 1;
    if (!e->options.read_only)
        e->next = e->count.reserved;
    rc = embedded_set_floor(e);
    if (!rc)
        rc = embedded_index_open(e);
    if (!rc)
        rc = embedded_outbox_open(e);
    if (!rc && !e->options.read_only)
        rc = remove_pending(e);
    if (!rc && e->in_batch)
        rc = embedded_flush(e);
    return rc;
}

int embedded_open(struct store **out, const char *dir, const struct store_options *options,
                  int64_t now_ms, char problem[512])
{
    struct embedded *e = calloc(1, sizeof *e);
    if (!e)
        return refuse(problem, DUPD_ENOMEM, "cannot open %.300s: out of memory", dir);
    e->base.vtable = &embedded_vtable;
    e->options = *options;
    e->now_ms = now_ms;
    e->lock.fd = -1;
    size_t len = strlen(dir);
    while (len > 1 && dir[len - 1] == '/')
        len--;
    e->dir = strndup(dir, len);
    int rc = e->dir ? open_all(e, problem) : DUPD_ENOMEM;
    if (!rc) {
        *out = &e->base;
        return DUPD_OK;
    }
    if (!problem[0] && e->dir) {
        embedded_fail(e, rc, "cannot open");
        memcpy(problem, e->base.problem, sizeof e->base.problem);
    } else if (!problem[0]) {
        refuse(problem, rc, "cannot open %.300s: out of memory", dir);
    }
    e->options.read_only = true; /* nothing is written on the way out */
    embedded_close(e);
    return rc;
}
