/*
 * The byte layout of a segment: the only contract between ocpp-gateway and its readers.
 * ocpp-board-shm(5) describes it for other languages; a test compares the page with these structs.
 *
 * Only files in shm/ include this header. Everything is little-endian and fixed-width; every shared
 * word that changes after the magic is stored is an atomic. One writer; any number of readers that
 * map the segment read-only, lock nothing and trust nothing they find in it. Each region begins a
 * page.
 *
 *   +--------+----------+-------------------------+----------+----------+------------+
 *   | header | counters | rings: messages ... log | stations | closings | histograms |
 *   +--------+----------+-------------------------+----------+----------+------------+
 *
 * Versioning: another SEGMENT_ABI_MAJOR or layout hash is refused. A minor version may append
 * regions, counters (found by their labels), and fields at the end of elements (readers stride by
 * the region's element size).
 */
#ifndef SHM_SEGMENT_FORMAT_H
#define SHM_SEGMENT_FORMAT_H

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define SEGMENT_MAGIC       UINT64_C(0x314D485350434F42) /* "BOCPSHM1" in memory */
#define SEGMENT_ABI_MAJOR   1
#define SEGMENT_ABI_MINOR   0
#define SEGMENT_ENDIAN_TAG  UINT32_C(0x01020304)
#define SEGMENT_PAGE        4096
#define SEGMENT_MAX_REGIONS 32
#define SEGMENT_CACHE_LINE  64
#define SEGMENT_MAX_RECORD  65536 /* and at most capacity / 8 */

enum segment_state {
    SEGMENT_RUNNING = 1,
    SEGMENT_CLOSED = 2,     /* the gateway stopped in order */
    SEGMENT_SUPERSEDED = 3, /* another segment has taken this one's name */
};

enum segment_region_kind {
    REGION_RING = 1,
    REGION_STATIONS = 2,
    REGION_COUNTERS = 3,   /* uint64_t values */
    REGION_LABELS = 4,     /* struct segment_label, one per counter */
    REGION_HISTOGRAMS = 5, /* struct segment_histogram, one per action */
    REGION_CLOSINGS = 6,   /* struct segment_closing, one per station slot */
};

struct segment_region {
    uint32_t kind;
    uint32_t number; /* ring: the collection */
    char name[16];   /* NUL-padded */
    uint64_t offset; /* from the start of the segment; a multiple of 64 */
    uint64_t length;
    uint64_t count;        /* elements; of a ring: bytes of data */
    uint64_t element_size; /* bytes from one element to the next; of a ring: 1 */
    uint64_t reserved;
};

struct segment_header {
    _Atomic uint64_t magic; /* stored last, release */
    uint16_t abi_major;
    uint16_t abi_minor;
    uint32_t endian_tag;
    uint64_t total_size;
    uint64_t layout_hash;
    _Atomic uint64_t generation; /* +1 each time a gateway adopts the segment */
    uint64_t created_ns;         /* CLOCK_REALTIME; kept by adoption; names the history */
    _Atomic uint64_t started_ns; /* CLOCK_REALTIME of the running gateway's start */
    _Atomic uint64_t started_mono_ns;
    _Atomic uint32_t pid;
    uint32_t region_count;
    char instance[32];
    _Atomic uint64_t build_id[4]; /* text, NUL-padded: program and version of the gateway */
    _Atomic uint64_t connections; /* number given to the newest connection */
    uint8_t reserved_1[48];
    /* a cache line of its own */
    _Atomic uint64_t heartbeat_ns; /* CLOCK_MONOTONIC */
    _Atomic uint32_t state;
    _Atomic uint32_t doorbell; /* reserved for a futex; not used */
    uint8_t reserved_2[48];
    /* at 256 */
    struct segment_region regions[SEGMENT_MAX_REGIONS];
};

/* Ring region: this header, then index_slots words, then capacity bytes. */
struct segment_ring {
    /* constant line */
    uint64_t capacity;     /* bytes of data, 2^n */
    uint64_t index_slots;  /* 2^n */
    uint64_t max_record;   /* bytes, header and padding included */
    uint64_t first_seq;    /* sequence of the first record ever written here */
    uint64_t index_offset; /* from the start of the region */
    uint64_t data_offset;
    uint64_t reserved_1[2];
    /* hot line */
    _Atomic uint64_t intent;   /* positions below it may be overwritten at this moment */
    _Atomic uint64_t head_seq; /* sequence of the next record; release */
    uint64_t reserved_2[6];
};

struct segment_record {
    uint64_t seq;
    uint64_t time_ns;         /* CLOCK_REALTIME, from the event loop's cached time */
    uint32_t length;          /* payload bytes in the ring */
    uint32_t original_length; /* more than length where it was cut */
    uint16_t type;            /* event_types.def */
    uint16_t flags;           /* reserved, 0 */
    uint32_t station_slot;    /* UINT32_MAX: none */
};

/*
 * Payload of every record: this, then identity, action, message id, address, text and payload,
 * without terminators.
 */
struct segment_event {
    uint8_t direction;    /* 0 none, 1 in (from the station), 2 out */
    uint8_t message_type; /* of OCPP-J: enum message_type; 0 none */
    uint8_t protocol;     /* 0 unknown, 1 ocpp1.6, 2 ocpp2.0.1, 3 ocpp2.1 */
    uint8_t severity;     /* security: 1 low .. 4 critical; log: 0 error .. 3 debug */
    uint16_t close_code;  /* WebSocket, 0 none */
    uint8_t security_profile;
    uint8_t identity_length;
    uint32_t latency_us; /* UINT32_MAX: none */
    uint32_t count;
    uint64_t duration_ms;
    uint64_t connection; /* number of the connection, unique in the segment's history; 0 none */
    uint8_t action_length;
    uint8_t message_id_length;
    uint8_t address_length;
    uint8_t reserved_1;
    uint16_t text_length;
    uint16_t fixed_length;   /* of this struct in the writer's build: where identity begins */
    uint32_t payload_length; /* before cutting */
    uint32_t reserved_2;
};

/*
 * Station slot: cold fields and the slot's closing under the sequence lock (odd: being written),
 * the counters beside them as relaxed words. Three cache lines, since those who read the whole
 * table wait for memory and for nothing else.
 */
struct segment_station {
    _Atomic uint64_t lock;
    _Atomic uint64_t cold[15];
    /* a cache line of its own */
    _Atomic uint64_t counters[8];
};

/* What the 15 cold words hold; copied word by word, never accessed in place. */
struct segment_station_cold {
    char identity[48]; /* NUL-padded; not terminated at 48 characters; first byte 0: free slot */
    char address[48];  /* "192.0.2.1:40000", "[2001:db8::1]:40000" */
    uint64_t connected_ns;
    uint64_t connection; /* number of the present or last connection */
    uint8_t protocol;
    uint8_t status; /* 1 online, 2 offline, 3 evicted */
    uint8_t security_profile;
    uint8_t boot_status; /* 0 none, 1 accepted, 2 pending, 3 rejected */
    uint32_t connects;   /* connections since the slot was claimed */
};

/*
 * How the last connection of the slot of the same number ended. Not cleared when the next one
 * begins: of no meaning while the station is online. Copied word by word, too.
 */
struct segment_closing {
    uint64_t disconnected_ns; /* 0: there was no connection yet */
    uint16_t close_code;
    uint16_t close_reason_length;
    uint32_t reserved;
    char close_reason[48]; /* cut at a character */
};

enum segment_station_counter {
    STATION_MESSAGES_IN,
    STATION_MESSAGES_OUT,
    STATION_ERRORS,
    STATION_LAST_MESSAGE_NS, /* CLOCK_REALTIME */
    STATION_BYTES_IN,
    STATION_BYTES_OUT,
    STATION_LATENCY_US_SUM,
    STATION_LATENCY_COUNT,
};

struct segment_label {
    char name[56];
    uint8_t is_gauge;
    uint8_t reserved[7];
};

/*
 * Latencies of one action: bucket n counts values below histogram_bound(n) and not below the bound
 * before it.
 */
#define SEGMENT_HISTOGRAM_BUCKETS 104
#define SEGMENT_NAME_WORDS        6
struct segment_histogram {
    /* text, NUL-padded; first word 0: unused; set once, the first word last */
    _Atomic uint64_t name[SEGMENT_NAME_WORDS];
    _Atomic uint64_t count;
    _Atomic uint64_t sum_us;
    _Atomic uint64_t buckets[SEGMENT_HISTOGRAM_BUCKETS];
};
/* Actions of all versions together; the last one, "other", collects what is beyond. */
#define SEGMENT_HISTOGRAMS 128

_Static_assert(sizeof(struct segment_region) == 64, "segment_region");
_Static_assert(offsetof(struct segment_header, heartbeat_ns) == 192, "heartbeat on its own line");
_Static_assert(offsetof(struct segment_header, regions) == 256, "regions");
_Static_assert(sizeof(struct segment_header) <= SEGMENT_PAGE, "header fits its page");
_Static_assert(sizeof(struct segment_ring) == 128, "segment_ring");
_Static_assert(offsetof(struct segment_ring, intent) == 64, "hot line");
_Static_assert(sizeof(struct segment_record) == 32, "segment_record");
_Static_assert(sizeof(struct segment_event) == 48, "segment_event");
_Static_assert(sizeof(struct segment_station) == 192, "segment_station");
_Static_assert(offsetof(struct segment_station, counters) == 128, "counters on their own line");
_Static_assert(sizeof(struct segment_station_cold) == 15 * 8, "segment_station_cold");
_Static_assert(sizeof(struct segment_closing) == 64, "segment_closing");
_Static_assert(sizeof(struct segment_label) == 64, "segment_label");
_Static_assert(sizeof(struct segment_histogram) == 896, "segment_histogram");

#endif
