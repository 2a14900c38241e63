#include "common/host_lookup.h"

#include "tests/unit/suite.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <netdb.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Stands in for the system's: "many" has three addresses, "silent" answers when it is released, all
 * else is unknown. */
static sem_t released;
static atomic_uint asked;

static struct addrinfo *make(const char *text, struct addrinfo *next)
{
    struct addrinfo *info = calloc(1, sizeof(*info));
    struct sockaddr_storage *storage = calloc(1, sizeof(*storage));
    ck_assert(info != NULL && storage != NULL);
    info->ai_family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
    info->ai_addr = (struct sockaddr *)storage;
    info->ai_next = next;
    storage->ss_family = (sa_family_t)info->ai_family;
    if (info->ai_family == AF_INET6) {
        info->ai_addrlen = sizeof(struct sockaddr_in6);
        inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)storage)->sin6_addr);
    } else {
        info->ai_addrlen = sizeof(struct sockaddr_in);
        inet_pton(AF_INET, text, &((struct sockaddr_in *)storage)->sin_addr);
    }
    return info;
}

int getaddrinfo(const char *restrict node, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict result)
{
    (void)service;
    (void)hints;
    atomic_fetch_add(&asked, 1);
    if (strcmp(node, "silent") == 0) {
        while (sem_wait(&released) != 0) {
        }
    } else if (strcmp(node, "many") != 0) {
        return EAI_NONAME;
    }
    *result = make("::1", make("192.0.2.1", make("192.0.2.2", NULL)));
    return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
    while (list != NULL) {
        struct addrinfo *next = list->ai_next;
        free(list->ai_addr);
        free(list);
        list = next;
    }
}

static struct event_base *base;
static struct host_lookup *lookup;
static char address[128], failure[256];
static unsigned answers, ticks;

static void on_done(void *context, const char *found, const char *error)
{
    ck_assert_ptr_eq(context, &base);
    ck_assert(!host_lookup_is_busy(lookup));
    snprintf(address, sizeof(address), "%s", found != NULL ? found : "");
    snprintf(failure, sizeof(failure), "%s", found == NULL ? error : "");
    answers++;
    event_base_loopbreak(base);
}

static void begin(void)
{
    answers = ticks = 0;
    atomic_store(&asked, 0);
    ck_assert_int_eq(sem_init(&released, 0, 0), 0);
    base = event_base_new();
    lookup = host_lookup_new(base, on_done, &base);
    ck_assert_ptr_nonnull(lookup);
}

static void end(void)
{
    host_lookup_free(lookup);
    event_base_free(base);
}

static void look_up(const char *host, unsigned turn)
{
    ck_assert(host_lookup_start(lookup, host, turn));
    ck_assert(host_lookup_is_busy(lookup));
    event_base_dispatch(base);
}

START_TEST(test_addresses_need_no_lookup)
{
    ck_assert(host_is_address("127.0.0.1"));
    ck_assert(host_is_address("::1"));
    ck_assert(!host_is_address("localhost"));
    ck_assert(!host_is_address("1.2.3"));
}
END_TEST

START_TEST(test_every_address_has_its_turn)
{
    static const char *wanted[] = {"192.0.2.1", "192.0.2.2", "::1", "192.0.2.1"};
    for (unsigned turn = 0; turn < 4; turn++) {
        look_up("many", turn);
        ck_assert_str_eq(address, wanted[turn]);
        ck_assert_uint_eq(answers, turn + 1);
    }
}
END_TEST

START_TEST(test_an_unknown_name_says_so)
{
    look_up("nobody", 0);
    ck_assert_str_eq(address, "");
    ck_assert_str_eq(failure, gai_strerror(EAI_NONAME));
}
END_TEST

static void on_tick(evutil_socket_t descriptor, short what, void *context)
{
    (void)descriptor;
    (void)what;
    (void)context;
    if (++ticks == 10)
        sem_post(&released);
}

START_TEST(test_the_loop_goes_on_while_the_resolver_is_silent)
{
    struct timeval often = {0, 10000};
    struct event *timer = event_new(base, -1, EV_PERSIST, on_tick, NULL);
    event_add(timer, &often);
    ck_assert(host_lookup_start(lookup, "silent", 0));
    ck_assert(host_lookup_start(lookup, "silent", 0)); /* is the same one */
    event_base_dispatch(base);
    ck_assert_uint_ge(ticks, 10);
    ck_assert_uint_eq(atomic_load(&asked), 1);
    ck_assert_str_eq(address, "192.0.2.1");
    event_free(timer);
}
END_TEST

START_TEST(test_nobody_waits_any_more)
{
    struct timespec moment = {0, 1000000};
    ck_assert(host_lookup_start(lookup, "silent", 0));
    while (atomic_load(&asked) == 0)
        nanosleep(&moment, NULL);
    host_lookup_free(lookup);
    lookup = NULL;
    sem_post(&released); /* its answer goes nowhere, and harms nobody */
    nanosleep(&moment, NULL);
    ck_assert_uint_eq(answers, 0);
}
END_TEST

SUITE_WITH("host_lookup", begin, end, test_addresses_need_no_lookup,
           test_every_address_has_its_turn, test_an_unknown_name_says_so,
           test_the_loop_goes_on_while_the_resolver_is_silent, test_nobody_waits_any_more)
