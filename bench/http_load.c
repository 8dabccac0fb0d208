/*
 * http_load.c PORT ARTICLES.jsonl PER_SECOND SECONDS EVENT_CLIENTS REQUESTS_PER_SECOND: articles by
 * HTTP at a steady rate, and beside them a crowd that watches: clients of the live feed, and
 * requests for metrics and lists. Prints how long an article waited for its verdict.
 *
 * An open loop: an article is due at its time, whether the last one is answered or not, and its
 * wait counts from when it was due. One line out; 1 when something was refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define LANES 128 /* connections for articles; as many for requests */

enum kind { LANE_ARTICLE, LANE_REQUEST, LANE_EVENTS };

struct load;
struct lane {
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    struct load *load;
    enum kind kind;
    int up, busy;
    uint64_t due_us;
    size_t seen, length; /* of the answer: bytes so far; head and body, 0: not known yet */
    char head[2048], request[256], *out;
};

struct load {
    uv_loop_t loop;
    uv_timer_t tick;
    struct sockaddr_in where;
    struct lane article[LANES], request[LANES], *events;
    int event_count, up, failed;
    double per_second, requests_per_second;
    uint64_t begin_us, end_us, span_us, sent, asked, answered, event_bytes, late;
    char **line;
    size_t lines, next;
    double *wait;
    size_t waits;
};

static uint64_t now_us(void)
{
    return uv_hrtime() / 1000;
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    static char memory[65536];
    (void)handle;
    (void)size;
    *buf = uv_buf_init(memory, sizeof memory);
}

/* The length of the whole answer, once its head is there. */
static void find_length(struct lane *l)
{
    char *end = strstr(l->head, "\r\n\r\n"), *field = strstr(l->head, "Content-Length: ");
    if (end && field)
        l->length = (size_t)(end + 4 - l->head) + strtoull(field + 16, NULL, 10);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct lane *l = stream->data;
    struct load *load = l->load;
    if (n < 0) {
        load->failed++;
        uv_read_stop(stream);
        return;
    }
    if (l->kind == LANE_EVENTS) {
        load->event_bytes += (uint64_t)n;
        return;
    }
    size_t room =
        sizeof l->head - 1 - (l->seen < sizeof l->head - 1 ? l->seen : sizeof l->head - 1);
    memcpy(l->head + (sizeof l->head - 1 - room), buf->base, (size_t)n < room ? (size_t)n : room);
    l->seen += (size_t)n;
    if (!l->length)
        find_length(l);
    if (!l->length || l->seen < l->length)
        return;
    if (memcmp(l->head, "HTTP/1.1 200", 12) != 0)
        load->failed++;
    if (l->kind == LANE_ARTICLE)
        load->wait[load->waits++] = (double)(now_us() - l->due_us) / 1000;
    else
        load->answered++;
    l->busy = 0;
}

static void on_written(uv_write_t *w, int status)
{
    struct lane *l = w->data;
    if (status)
        l->load->failed++;
    free(l->out);
    l->out = NULL;
}

static void send_text(struct lane *l, char *text, size_t len)
{
    uv_buf_t buf = uv_buf_init(text, (unsigned)len);
    l->busy = 1;
    l->seen = l->length = 0;
    memset(l->head, 0, sizeof l->head);
    l->write.data = l;
    uv_write(&l->write, (uv_stream_t *)&l->tcp, &buf, 1, on_written);
}

static void on_connected(uv_connect_t *c, int status)
{
    struct lane *l = c->data;
    if (status) {
        l->load->failed++;
        return;
    }
    l->up = 1;
    l->load->up++;
    uv_read_start((uv_stream_t *)&l->tcp, on_alloc, on_read);
    if (l->kind == LANE_EVENTS) {
        static char ask[] = "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
        send_text(l, ask, sizeof ask - 1);
    }
}

static void open_lane(struct load *load, struct lane *l, enum kind kind)
{
    l->load = load;
    l->kind = kind;
    uv_tcp_init(&load->loop, &l->tcp);
    uv_tcp_nodelay(&l->tcp, 1);
    l->tcp.data = l->connect.data = l;
    uv_tcp_connect(&l->connect, &l->tcp, (const struct sockaddr *)&load->where, on_connected);
}

static struct lane *idle(struct lane *lanes)
{
    for (int i = 0; i < LANES; i++)
        if (lanes[i].up && !lanes[i].busy)
            return &lanes[i];
    return NULL;
}

static void send_article(struct load *load, uint64_t due_us)
{
    struct lane *l = idle(load->article);
    const char *body = load->line[load->next % load->lines];
    if (!l) {
        load->late++;
        return;
    }
    load->next++;
    load->sent++;
    l->due_us = due_us;
    l->out = malloc(strlen(body) + 256);
    int n = sprintf(l->out,
                    "POST /api/v1/articles HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                    "application/json\r\nContent-Length: %zu\r\n\r\n%s",
                    strlen(body), body);
    send_text(l, l->out, (size_t)n);
}

static void send_request(struct load *load)
{
    static const char *const path[] = {"/metrics", "/api/v1/stats",
                                       "/api/v1/verdicts?verdict=copies", "/api/v1/stories",
                                       "/readyz"};
    struct lane *l = idle(load->request);
    if (!l)
        return;
    int n = snprintf(l->request, sizeof l->request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
                     path[load->asked++ % 5]);
    send_text(l, l->request, (size_t)n);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(struct load *load)
{
    double seconds = (double)(load->end_us - load->begin_us) / 1e6;
    qsort(load->wait, load->waits, sizeof *load->wait, by_value);
    printf("articles %.0f/s, wait p50 %.1f ms, p99 %.1f ms; requests %.0f/s; feed clients %d, %.1f "
           "MB/s; refused or cut %d; could not be sent in time %llu\n",
           (double)load->waits / seconds, load->wait[load->waits / 2],
           load->wait[load->waits * 99 / 100], (double)load->answered / seconds, load->event_count,
           (double)load->event_bytes / seconds / 1e6, load->failed, (unsigned long long)load->late);
    exit(load->failed != 0);
}

static void on_tick(uv_timer_t *timer)
{
    struct load *load = timer->data;
    uint64_t now = now_us();
    if (load->up < 2 * LANES + load->event_count) {
        load->begin_us = now;
        load->end_us = now + load->span_us;
        return;
    }
    if (now >= load->end_us && load->waits)
        report(load);
    double passed = (double)(now - load->begin_us) / 1e6;
    while ((double)(load->sent + load->late) < passed * load->per_second)
        send_article(load, load->begin_us + (uint64_t)((double)(load->sent + load->late) /
                                                       load->per_second * 1e6));
    for (int i = 0; i < LANES && (double)load->asked < passed * load->requests_per_second; i++)
        send_request(load);
}

static void read_lines(struct load *load, const char *path, size_t most)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n;
    FILE *f = fopen(path, "r");
    load->line = calloc(most, sizeof *load->line);
    while (f && load->lines < most && (n = getline(&line, &size, f)) > 1) {
        line[n - 1] = 0;
        load->line[load->lines++] = strdup(line);
    }
    free(line);
    if (f)
        fclose(f);
}

int main(int argc, char **argv)
{
    struct load *load = calloc(1, sizeof *load);
    if (argc != 7 || !load)
        return 2;
    double seconds = atof(argv[4]);
    load->per_second = atof(argv[3]);
    load->event_count = atoi(argv[5]);
    load->requests_per_second = atof(argv[6]);
    size_t most = (size_t)(load->per_second * seconds) + 1000;
    read_lines(load, argv[2], most);
    load->wait = calloc(most, sizeof *load->wait);
    load->events = calloc((size_t)load->event_count + 1, sizeof *load->events);
    uv_loop_init(&load->loop);
    uv_ip4_addr("127.0.0.1", atoi(argv[1]), &load->where);
    for (int i = 0; i < LANES; i++) {
        open_lane(load, &load->article[i], LANE_ARTICLE);
        open_lane(load, &load->request[i], LANE_REQUEST);
    }
    for (int i = 0; i < load->event_count; i++)
        open_lane(load, &load->events[i], LANE_EVENTS);
    uv_timer_init(&load->loop, &load->tick);
    load->tick.data = load;
    load->span_us = (uint64_t)(seconds * 1e6);
    uv_timer_start(&load->tick, on_tick, 1, 1);
    return uv_run(&load->loop, UV_RUN_DEFAULT);
}
