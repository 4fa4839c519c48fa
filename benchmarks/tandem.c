/* The tandem as a C event loop: the limit that the compiled engine is compared with.
 *
 *   client --0.5 ms--> s1 (4 workers) --0.5 ms--> client --> s2 --> client --> s3 --> client
 *          '---- timeout 1 s a call, at most 3 attempts, full jitter; orphaned work goes on ----'
 *
 * Poisson 1000/s, exponential work of 3.2 ms, FIFO queues, int64 nanoseconds, keyed SplitMix64 draws.
 *
 * The calendar, flavour "rings": hops and timeouts have constant delays, so each kind waits in a FIFO ring that is
 * sorted by construction; arrivals, completions and pauses wait in a binary heap. A timer whose call has settled is
 * dropped as soon as it is the oldest. Flavour "heap": everything in the one binary heap, for information.
 * The order of simultaneous events is hop, then timer, then heap (oldest first); it is the same on every run.
 *
 * cc -O3 -march=native -o tandem tandem.c -lm && ./tandem 1000000 1 rings     prints one line of JSON.
 */
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { SERVICES = 3, WORKERS = 4, ATTEMPTS_MAX = 3 };
static const double ARRIVAL_MEAN_NS = 1e6, WORK_MEAN_NS = 3.2e6;
static const int64_t HOP_NS = 500000, TIMEOUT_NS = 1000000000, BASE_NS = 50000000, CAP_NS = 1000000000;
static const int64_t NEVER = INT64_MAX;

/* What an event is: (kind, service, request slot, call token), packed as 4 + 4 + 24 + 32 bits. A token is used for one
 * attempt only, so an event whose token is not its slot's present one belongs to an attempt that has settled. */
enum kind { ARRIVAL, PAUSE_END, AT_SERVICE, WORK_END, AT_CLIENT, TIMER };
#define EVENT(kind, service, slot, token) \
    ((uint64_t)(kind) << 60 | (uint64_t)(service) << 56 | (uint64_t)(slot) << 32 | (uint32_t)(token))
#define KIND(event) ((int)((event) >> 60))
#define SERVICE(event) ((int)((event) >> 56 & 15))
#define SLOT(event) ((uint32_t)((event) >> 32 & 0xFFFFFF))
#define TOKEN(event) ((uint32_t)(event))

/* ---- chance: SplitMix64 addressed by (stream, request, attempt) ---- */

static inline uint64_t mix(uint64_t x) {
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

static uint64_t stream_keys[8];
enum stream { WORK_STREAM = 0, PAUSE_STREAM = 3, ARRIVAL_STREAM = 6 };

static inline double uniform(int stream, uint64_t request, int attempt) { /* in (0, 1) */
    uint64_t index = request * ATTEMPTS_MAX + (uint64_t)attempt;
    uint64_t bits = mix(stream_keys[stream] + index * UINT64_C(0x9E3779B97F4A7C15));
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

static inline int64_t exponential(int stream, uint64_t request, int attempt, double mean_ns) {
    return (int64_t)(-mean_ns * log(uniform(stream, request, attempt)) + 0.5);
}

/* ---- the calendar ---- */

typedef struct { int64_t at; uint64_t order, event; int64_t work; } entry;
typedef struct { entry *items; uint32_t first, length, mask; } ring; /* capacity is a power of two */
typedef struct { entry *items; uint32_t length, capacity; } heap;

static void *checked(void *memory) {
    if (!memory) { fputs("tandem: out of memory\n", stderr); exit(1); }
    return memory;
}

static void ring_grow(ring *r) {
    uint32_t capacity = r->items ? r->mask + 1 : 0, wanted = capacity ? 2 * capacity : 64;
    entry *items = checked(malloc(wanted * sizeof(entry)));
    for (uint32_t i = 0; i < r->length; i++) items[i] = r->items[(r->first + i) & r->mask];
    free(r->items);
    r->items = items, r->first = 0, r->mask = wanted - 1;
}

static inline void ring_push(ring *r, entry e) {
    if (!r->items || r->length > r->mask) ring_grow(r);
    r->items[(r->first + r->length++) & r->mask] = e;
}

static inline entry ring_pop(ring *r) {
    entry e = r->items[r->first];
    r->first = (r->first + 1) & r->mask;
    r->length--;
    return e;
}

static inline int before(const entry *a, const entry *b) {
    return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static inline void heap_push(heap *h, entry e) {
    if (h->length == h->capacity) {
        h->capacity = h->capacity ? 2 * h->capacity : 64;
        h->items = checked(realloc(h->items, h->capacity * sizeof(entry)));
    }
    uint32_t i = h->length++;
    while (i && before(&e, &h->items[(i - 1) / 2])) h->items[i] = h->items[(i - 1) / 2], i = (i - 1) / 2;
    h->items[i] = e;
}

static inline entry heap_pop(heap *h) {
    entry top = h->items[0], last = h->items[--h->length];
    uint32_t i = 0, child;
    while ((child = 2 * i + 1) < h->length) {
        child += child + 1 < h->length && before(&h->items[child + 1], &h->items[child]);
        if (!before(&h->items[child], &last)) break;
        h->items[i] = h->items[child], i = child;
    }
    h->items[i] = last;
    return top;
}

/* ---- the state ---- */

typedef struct { int64_t began; uint64_t number; uint32_t token, next_free; int32_t service, tried; } request;
typedef struct {
    ring queue;
    int busy;
    int64_t changed, busy_area, queue_area; /* time-weighted, up to `changed` */
    uint64_t arrived, started, completed, timeouts, retries, orphaned;
} service;

typedef struct {
    ring hops, timers;
    heap rest;
    int64_t now;
    uint64_t order, wanted, created, succeeded, failed, events, dead_timers;
    request *requests;
    uint32_t slots, free_slot; /* free_slot: head of the list of free rows, or UINT32_MAX */
    service services[SERVICES];
    double latency_sum;
    uint64_t histogram[64 * 128]; /* log-linear, 2^7 buckets an octave */
} world;

static world w;

static inline int bucket(int64_t ns) {
    uint64_t value = (uint64_t)ns;
    if (value < 256) return (int)value;
    int shift = 56 - __builtin_clzll(value);
    return shift * 128 + (int)(value >> shift);
}

static double bucket_ms(int index) {
    int shift = index < 256 ? 0 : index / 128 - 1;
    return ldexp((double)(index - shift * 128) + 0.5, shift) / 1e6;
}

static uint32_t take_slot(void) {
    if (w.free_slot == UINT32_MAX) {
        uint32_t old = w.slots;
        w.slots = old ? 2 * old : 64;
        w.requests = checked(realloc(w.requests, w.slots * sizeof(request)));
        memset(w.requests + old, 0, (w.slots - old) * sizeof(request));
        for (uint32_t i = w.slots; i-- > old;) w.requests[i].next_free = w.free_slot, w.free_slot = i;
    }
    uint32_t slot = w.free_slot;
    w.free_slot = w.requests[slot].next_free;
    return slot;
}

/* ---- the verbs; `rings` is a literal, so each flavour is compiled on its own ---- */

static inline void schedule(int64_t delay, uint64_t event) {
    heap_push(&w.rest, (entry){w.now + delay, w.order++, event, 0});
}

static inline void schedule_constant(int rings, ring *r, int64_t delay, uint64_t event, int64_t work) {
    entry e = {w.now + delay, w.order++, event, work};
    if (rings) ring_push(r, e); else heap_push(&w.rest, e);
}

static inline void send_attempt(int rings, uint32_t slot) {
    request *q = &w.requests[slot];
    uint32_t token = ++q->token;
    int64_t work = exponential(WORK_STREAM + q->service, q->number, q->tried, WORK_MEAN_NS);
    q->tried++;
    schedule_constant(rings, &w.hops, HOP_NS, EVENT(AT_SERVICE, q->service, slot, token), work);
    schedule_constant(rings, &w.timers, TIMEOUT_NS, EVENT(TIMER, q->service, slot, token), 0);
}

static inline void settle_area(service *s) {
    int64_t passed = w.now - s->changed;
    s->busy_area += s->busy * passed;
    s->queue_area += s->queue.length * passed;
    s->changed = w.now;
}

static inline void start_work(service *s, entry e) {
    s->started++;
    schedule(e.work, (e.event & ~(UINT64_C(15) << 60)) | (uint64_t)WORK_END << 60);
}

static inline void settle_request(uint32_t slot, int succeeded) {
    request *q = &w.requests[slot];
    if (succeeded) {
        int64_t latency = w.now - q->began;
        w.succeeded++;
        w.latency_sum += (double)latency;
        w.histogram[bucket(latency)]++;
    } else {
        w.failed++;
    }
    q->next_free = w.free_slot, w.free_slot = slot;
}

static inline void on_arrival(int rings) {
    uint32_t slot = take_slot();
    request *q = &w.requests[slot];
    q->began = w.now, q->number = w.created++, q->service = 0, q->tried = 0;
    send_attempt(rings, slot);
    if (w.created < w.wanted)
        schedule(exponential(ARRIVAL_STREAM, w.created, 0, ARRIVAL_MEAN_NS), EVENT(ARRIVAL, 0, 0, 0));
}

static inline void on_at_service(entry e) {
    service *s = &w.services[SERVICE(e.event)];
    settle_area(s);
    s->arrived++;
    if (s->busy < WORKERS) s->busy++, start_work(s, e); else ring_push(&s->queue, e);
}

static inline void on_work_end(int rings, entry e) {
    service *s = &w.services[SERVICE(e.event)];
    settle_area(s);
    s->completed++;
    uint64_t back = (e.event & ~(UINT64_C(15) << 60)) | (uint64_t)AT_CLIENT << 60;
    schedule_constant(rings, &w.hops, HOP_NS, back, 0);
    if (s->queue.length) start_work(s, ring_pop(&s->queue)); else s->busy--;
}

static inline void on_at_client(int rings, entry e) {
    uint32_t slot = SLOT(e.event);
    request *q = &w.requests[slot];
    if (q->token != TOKEN(e.event)) { w.services[SERVICE(e.event)].orphaned++; return; }
    q->token++; /* the attempt has settled: its timer is dead */
    q->tried = 0;
    if (++q->service < SERVICES) send_attempt(rings, slot); else settle_request(slot, 1);
}

static inline void on_timer(entry e) {
    uint32_t slot = SLOT(e.event);
    request *q = &w.requests[slot];
    service *s = &w.services[SERVICE(e.event)];
    q->token++;
    s->timeouts++;
    if (q->tried == ATTEMPTS_MAX) { settle_request(slot, 0); return; }
    s->retries++;
    int64_t ceiling = BASE_NS << (q->tried - 1);
    if (ceiling > CAP_NS) ceiling = CAP_NS;
    double share = uniform(PAUSE_STREAM + q->service, q->number, q->tried);
    schedule((int64_t)(share * (double)ceiling + 0.5), EVENT(PAUSE_END, 0, slot, 0));
}

static inline int is_dead(uint64_t timer) { return w.requests[SLOT(timer)].token != TOKEN(timer); }

static inline int next_event(int rings, entry *e) {
    if (rings) {
        while (w.timers.length && is_dead(w.timers.items[w.timers.first].event)) ring_pop(&w.timers), w.dead_timers++;
        int64_t hop = w.hops.length ? w.hops.items[w.hops.first].at : NEVER;
        int64_t timer = w.timers.length ? w.timers.items[w.timers.first].at : NEVER;
        int64_t rest = w.rest.length ? w.rest.items[0].at : NEVER;
        if (hop <= timer && hop <= rest) {
            if (hop == NEVER) return 0;
            *e = ring_pop(&w.hops);
        } else {
            *e = timer <= rest ? ring_pop(&w.timers) : heap_pop(&w.rest);
        }
        return 1;
    }
    while (w.rest.length) {
        *e = heap_pop(&w.rest);
        if (KIND(e->event) != TIMER || !is_dead(e->event)) return 1;
        w.dead_timers++;
    }
    return 0;
}

static inline __attribute__((always_inline)) void run(int rings) {
    entry e;
    schedule(exponential(ARRIVAL_STREAM, 0, 0, ARRIVAL_MEAN_NS), EVENT(ARRIVAL, 0, 0, 0));
    while (next_event(rings, &e)) {
        w.now = e.at;
        w.events++;
        switch (KIND(e.event)) {
        case ARRIVAL: on_arrival(rings); break;
        case PAUSE_END: send_attempt(rings, SLOT(e.event)); break;
        case AT_SERVICE: on_at_service(e); break;
        case WORK_END: on_work_end(rings, e); break;
        case AT_CLIENT: on_at_client(rings, e); break;
        case TIMER: on_timer(e); break;
        }
    }
}

static double quantile_ms(double share) {
    uint64_t wanted = (uint64_t)(share * (double)w.succeeded), seen = 0;
    for (int i = 0; i < 64 * 128; i++)
        if ((seen += w.histogram[i]) > wanted) return bucket_ms(i);
    return NAN;
}

/* Peak resident memory in MB. Linux's ru_maxrss still holds the peak of the process that started this one: so VmHWM first. */
static double memory_mb(void) {
    char line[256];
    long kib = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && !kib && fgets(line, sizeof line, status)) sscanf(line, "VmHWM: %ld", &kib);
    if (status) fclose(status);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(kib ? kib : usage.ru_maxrss) / 1024;
}

static void print_figures(double wall_s) {
    printf("{\"requests\": %" PRIu64 ", \"failed\": %" PRIu64 ", \"events\": %" PRIu64 ", \"dead_timers\": %" PRIu64
           ", \"mean_ms\": %.6f, \"p50_ms\": %.6f, \"p99_ms\": %.6f",
           w.created, w.failed, w.events, w.dead_timers, w.latency_sum / 1e6 / (double)w.succeeded, quantile_ms(0.50),
           quantile_ms(0.99));
    printf(", \"wall_s\": %.6f, \"requests_per_s\": %.1f, \"ns_per_event\": %.2f, \"memory_mb\": %.1f, \"services\": [",
           wall_s, (double)w.created / wall_s, 1e9 * wall_s / (double)w.events, memory_mb());
    for (int i = 0; i < SERVICES; i++) {
        service *s = &w.services[i];
        printf("%s{\"arrived\": %" PRIu64 ", \"completed\": %" PRIu64 ", \"timeouts\": %" PRIu64 ", \"retries\": %" PRIu64
               ", \"orphaned\": %" PRIu64 ", \"busy\": %.4f, \"waiting\": %.4f}",
               i ? ", " : "", s->arrived, s->completed, s->timeouts, s->retries, s->orphaned,
               (double)s->busy_area / (double)w.now, (double)s->queue_area / (double)w.now);
    }
    puts("]}");
}

int main(int count, char **arguments) {
    if (count != 4 || (strcmp(arguments[3], "rings") && strcmp(arguments[3], "heap"))) {
        fputs("usage: tandem REQUESTS SEED rings|heap\n", stderr);
        return 2;
    }
    struct timespec began, ended;
    w.wanted = strtoull(arguments[1], NULL, 10);
    w.free_slot = UINT32_MAX;
    if (!w.wanted) { fputs("tandem: REQUESTS must be a number of at least 1\n", stderr); return 2; }
    uint64_t seed = strtoull(arguments[2], NULL, 10);
    for (int i = 0; i < 8; i++) stream_keys[i] = mix(mix(seed + UINT64_C(0x9E3779B97F4A7C15)) + (uint64_t)(i + 1));
    clock_gettime(CLOCK_MONOTONIC, &began);
    if (!strcmp(arguments[3], "rings")) run(1); else run(0);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    print_figures((double)(ended.tv_sec - began.tv_sec) + 1e-9 * (double)(ended.tv_nsec - began.tv_nsec));
    return 0;
}
