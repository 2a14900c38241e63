#include <sys/socket.h>
#include <sys/un.h>

#include "common/control_socket.h"
#include "gateway/control.h"
#include "gateway/control_internal.h"
#include "tests/unit/gateway_fixture.h"
#include "tests/unit/suite.h"

struct peer {
    int socket;
    size_t length;
    bool closed;
    char bytes[200000];
};

static struct fake a;
static struct peer peer, other;

static void peer_open(struct peer *who)
{
    memset(who, 0, sizeof(*who));
    who->socket = control_connect(control_where(gateway->control));
    ck_assert_int_ge(who->socket, 0);
}

static void say(struct peer *who, const char *text)
{
    ck_assert_int_eq(send(who->socket, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void receive(struct peer *who)
{
    ssize_t got = recv(who->socket, who->bytes + who->length, sizeof(who->bytes) - 1 - who->length,
                       MSG_DONTWAIT);
    if (got > 0)
        who->length += (size_t)got;
    else if (got == 0 || errno != EAGAIN)
        who->closed = true;
    who->bytes[who->length] = '\0';
}

/* The next line, without its end; "" when it was closed instead. */
static const char *hear(struct peer *who)
{
    static char line[sizeof(who->bytes)];
    step_until((receive(who), strchr(who->bytes, '\n') != NULL) || who->closed);
    char *end = strchr(who->bytes, '\n');
    if (end == NULL)
        return "";
    size_t length = (size_t)(end - who->bytes);
    memcpy(line, who->bytes, length);
    line[length] = '\0';
    who->length -= length + 1;
    memmove(who->bytes, end + 1, who->length + 1);
    return line;
}

static const char *ask(const char *request)
{
    say(&peer, request);
    say(&peer, "\n");
    return hear(&peer);
}

static void expect_closed(struct peer *who)
{
    step_until((receive(who), who->closed));
    close(who->socket);
}

static void begin(void)
{
    fixture_open();
}

static void end(void)
{
    fixture_close();
}

static void start(void)
{
    fixture_start();
    peer_open(&peer);
}

/* The fake's next text is that CALL; its id goes into `id`. */
static void expect_call(const char *action, char id[64])
{
    char text[2048], name[65];
    while (fake_next(&a, text) == 9)
        ;
    ck_assert_msg(sscanf(text, "[2,\"%63[^\"]\",\"%64[^\"]\"", id, name) == 2, "no CALL: %s", text);
    ck_assert_str_eq(name, action);
}

static void answer(const char *format, const char *id)
{
    char text[1024];
    snprintf(text, sizeof(text), format, id);
    fake_text(&a, text);
}

START_TEST(list_in_pages)
{
    struct fake stations[5];
    char request[100];
    unsigned seen = 0, pages = 0;
    const char *next = "\"next\":0";
    set("gateway.max_connections=64");
    start();
    for (size_t i = 0; i < 5; i++) {
        char identity[16];
        snprintf(identity, sizeof(identity), "CP%zu", i);
        fake_open(&stations[i], identity, "ocpp2.0.1");
    }
    while (next != NULL) {
        snprintf(request, sizeof(request), "{\"id\":\"l\",\"command\":\"list\",\"limit\":2,%.20s}",
                 next);
        request[strcspn(request, "}")] = '}';
        request[strcspn(request, "}") + 1] = '\0';
        const char *reply = ask(request);
        ck_assert_msg(contains(reply, "\"id\":\"l\",\"ok\":true,\"count\":5"), "%s", reply);
        for (unsigned i = 0; i < 5; i++) {
            char identity[32];
            snprintf(identity, sizeof(identity), "\"identity\":\"CP%u\"", i);
            if (contains(reply, identity)) {
                ck_assert_msg((seen >> i & 1) == 0, "twice: %s", identity);
                seen |= 1u << i;
            }
        }
        next = strstr(reply, "\"next\":");
        ck_assert_uint_lt(++pages, 65);
    }
    ck_assert_uint_eq(seen, 31);
    ck_assert_uint_gt(pages, 1);
    ck_assert_msg(contains(ask("{\"command\":\"list\",\"next\":4294967295}"), "\"stations\":[]}"),
                  "behind the end");
    for (size_t i = 0; i < 5; i++)
        fake_close(&stations[i]);
}
END_TEST

START_TEST(show_and_who_is_not_there)
{
    start();
    fake_open(&a, "CP1", "ocpp1.6");
    const char *reply = ask("{\"id\":7,\"command\":\"show\",\"station\":\"CP1\"}");
    ck_assert_msg(contains(reply, "{\"id\":7,\"ok\":true,\"station\":{\"identity\":\"CP1\","
                                  "\"protocol\":\"ocpp1.6\",\"remoteAddress\":\"127.0.0.1:"),
                  "%s", reply);
    ck_assert(contains(ask("{\"command\":\"show\",\"station\":\"CP2\"}"), "unknown_station"));
    ck_assert(contains(ask("{\"command\":\"show\",\"station\":\"CP1\",\"connection\":999}"),
                       "\"error\":\"stale\""));
    fake_close(&a);
    step_until(station_find(gateway, "CP1") == NULL);
    ck_assert(contains(ask("{\"command\":\"show\",\"station\":\"CP1\"}"), "not_connected"));
}
END_TEST

START_TEST(disconnect_says_who_and_why)
{
    struct event event;
    char request[200];
    start();
    fake_open(&a, "CP1", "ocpp1.6");
    snprintf(request, sizeof(request),
             "{\"id\":\"1\",\"command\":\"disconnect\",\"station\":\"CP1\",\"connection\":%llu,"
             "\"code\":1001,\"reason\":\"go home\",\"user\":\"alice\"}",
             (unsigned long long)station_find(gateway, "CP1")->subject.connection);
    ck_assert_str_eq(ask(request), "{\"id\":\"1\",\"ok\":true,\"disconnected\":true}");
    ck_assert_uint_eq(fake_closed_with(&a), 1001);
    ck_assert(find_event(EVENT_DISCONNECTED, 0, &event));
    ck_assert(text_is(event.text, "go home"));
    ck_assert(find_event(EVENT_COMMAND, 0, &event));
    ck_assert(text_is(event.identity, "CP1"));
    ck_assert(text_has(event.text, "disconnect by alice, uid "));
    ck_assert(contains(ask(request), "not_connected"));
    ck_assert_uint_eq(count_events(EVENT_COMMAND), 1);
    fake_close(&a);
}
END_TEST

#define CALL_RESET                                                                                 \
    "{\"id\":\"c\",\"command\":\"call\",\"station\":\"CP1\",\"action\":\"Reset\","                 \
    "\"payload\":{\"type\":\"Soft\"}"

START_TEST(call_with_result_and_with_error)
{
    struct event event;
    char id[64];
    start();
    fake_open(&a, "CP1", "ocpp1.6");
    say(&peer, CALL_RESET "}\n");
    expect_call("Reset", id);
    answer("[3,\"%s\",{\"status\":\n \"Accepted\"}]", id);
    const char *reply = hear(&peer);
    ck_assert_msg(contains(reply, "{\"id\":\"c\",\"ok\":true,\"outcome\":\"result\","
                                  "\"payload\":{\"status\":  \"Accepted\"},\"latencyMs\":"),
                  "%s", reply);
    ck_assert(find_event(EVENT_MESSAGE, 0, &event));
    ck_assert_int_eq(event.direction, DIRECTION_OUT);
    ck_assert_uint_eq(event.message_type, MESSAGE_CALL);
    ck_assert(text_has(event.payload, "{\"type\":\"Soft\"}"));
    ck_assert(find_event(EVENT_MESSAGE, 1, &event));
    ck_assert_int_eq(event.direction, DIRECTION_IN);
    ck_assert(text_is(event.action, "Reset"));
    say(&peer, CALL_RESET "}\n");
    expect_call("Reset", id);
    answer("[4,\"%s\",\"NotSupported\",\"no \\\"soft\\\" one\",{\"a\":1}]", id);
    reply = hear(&peer);
    ck_assert_msg(contains(reply, "\"outcome\":\"error\",\"code\":\"NotSupported\",\"description\":"
                                  "\"no \\\"soft\\\" one\",\"details\":{\"a\":1},\"latencyMs\":"),
                  "%s", reply);
    ck_assert_uint_eq(count_events(EVENT_COMMAND), 2);
    fake_close(&a);
}
END_TEST

START_TEST(time_out_and_late_answer)
{
    char id[64];
    start();
    fake_open(&a, "CP1", "ocpp1.6");
    const char *reply = ask(CALL_RESET ",\"timeoutMs\":30}");
    ck_assert_msg(contains(reply, "\"ok\":true,\"outcome\":\"timeout\",\"sent\":true}"), "%s",
                  reply);
    expect_call("Reset", id);
    /* behind the one that is still outstanding: never sent, not later either */
    reply = ask("{\"command\":\"call\",\"station\":\"CP1\",\"action\":\"Never\",\"timeoutMs\":30}");
    ck_assert_msg(contains(reply, "\"outcome\":\"timeout\",\"sent\":false}"), "%s", reply);
    say(&peer, "{\"command\":\"call\",\"station\":\"CP1\",\"action\":\"Next\"}\n");
    answer("[3,\"%s\",{}]", id);
    expect_call("Next", id);
    answer("[3,\"%s\",{}]", id);
    ck_assert(contains(hear(&peer), "\"outcome\":\"result\",\"payload\":{}"));
    ck_assert_uint_eq(count_events(EVENT_PROTOCOL_ERROR), 0);
    fake_close(&a);
}
END_TEST

START_TEST(station_that_never_answers)
{
    set("gateway.call_timeout=100ms");
    start();
    fake_open(&a, "CP1", "ocpp1.6");
    const char *reply = ask(CALL_RESET ",\"timeoutMs\":20000}");
    ck_assert_msg(contains(reply, "\"outcome\":\"timeout\",\"sent\":true}"), "%s", reply);
    ck_assert_uint_eq(counter(COUNTER_call_timeouts_total), 1);
    fake_close(&a);
}
END_TEST

START_TEST(station_that_goes)
{
    char id[64];
    start();
    fake_open(&a, "CP1", "ocpp1.6");
    say(&peer, CALL_RESET "}\n" CALL_RESET "}\n");
    expect_call("Reset", id);
    step_until(station_find(gateway, "CP1")->calls.count == 2);
    fake_close(&a);
    ck_assert(contains(hear(&peer), "\"error\":\"abandoned\""));
    const char *reply = hear(&peer);
    ck_assert_msg(contains(reply, "abandoned") && contains(reply, "was not sent"), "%s", reply);
}
END_TEST

START_TEST(client_that_goes)
{
    char id[64];
    start();
    fake_open(&a, "CP1", "ocpp1.6");
    say(&peer, CALL_RESET "}\n" CALL_RESET "}\n");
    expect_call("Reset", id);
    step_until(station_find(gateway, "CP1")->calls.count == 2);
    close(peer.socket);
    step_until(gateway->control->client_count == 0);
    ck_assert_msg(station_find(gateway, "CP1")->calls.count == 1, "the second one is withdrawn");
    answer("[3,\"%s\",{}]", id);
    step_until(station_find(gateway, "CP1")->calls.count == 0);
    ck_assert_uint_eq(count_events(EVENT_PROTOCOL_ERROR), 0);
    fake_close(&a);
}
END_TEST

START_TEST(half_of_it_closed)
{
    char id[64];
    start();
    fake_open(&a, "CP1", "ocpp1.6");
    say(&peer, "{\"id\":1,\"command\":\"show\",\"station\":\"CP1\"}\n" CALL_RESET "}");
    shutdown(peer.socket, SHUT_WR);
    expect_call("Reset", id);
    ck_assert(contains(hear(&peer), "{\"id\":1,"));
    answer("[3,\"%s\",{}]", id);
    ck_assert(contains(hear(&peer), "\"outcome\":\"result\""));
    expect_closed(&peer);
    fake_close(&a);
}
END_TEST

START_TEST(bounds_of_calls)
{
    set("gateway.max_calls=2");
    start();
    fake_open(&a, "CP1", "ocpp1.6");
    say(&peer, CALL_RESET "}\n" CALL_RESET "}\n" CALL_RESET "}\n");
    const char *reply = hear(&peer);
    ck_assert_msg(contains(reply, "\"error\":\"busy\"") && contains(reply, "gateway.max_calls"),
                  "%s", reply);
    ck_assert_uint_eq(count_events(EVENT_COMMAND), 2);
    fake_close(&a);
}
END_TEST

START_TEST(long_payload)
{
    static char request[20000];
    start();
    fake_open(&a, "CP1", "ocpp1.6");
    int head = snprintf(request, sizeof(request), CALL_RESET);
    head -= (int)strlen("{\"type\":\"Soft\"}");
    memset(request + head, ' ', 17000);
    memcpy(request + head, "{\"a\":\"", 6);
    memset(request + head + 6, 'x', 16500);
    strcpy(request + head + 16506, "\"}}");
    const char *reply = ask(request);
    ck_assert_msg(contains(reply, "bad_request") && contains(reply, "payload"), "%s", reply);
    fake_close(&a);
}
END_TEST

START_TEST(wrong_requests)
{
    static const struct {
        const char *request;
        const char *says;
    } wrong[] = {
        {"{\"id\":1}", "command: missing"},
        {"{\"id\":1,\"command\":\"reboot\"}", "not one of list"},
        {"{\"id\":1,\"command\":\"show\"}", "station: missing"},
        {"{\"id\":1,\"command\":\"show\",\"station\":5}", "station: no text"},
        {"{\"id\":1,\"command\":\"show\",\"station\":\"a\\u000ab\"}", "control characters"},
        {"{\"id\":1,\"command\":\"call\",\"station\":\"CP1\"}", "action: missing"},
        {"{\"id\":1,\"command\":\"call\",\"station\":\"CP1\",\"action\":\"a\\\"b\"}", "action"},
        {"{\"id\":1,\"command\":\"call\",\"station\":\"CP1\",\"action\":\"A\",\"payload\":[]}",
         "payload: not a JSON object"},
        {"{\"id\":1,\"command\":\"call\",\"station\":\"CP1\",\"action\":\"A\",\"timeoutMs\":0}",
         "timeoutMs: no whole number from 1"},
        {"{\"id\":1,\"command\":\"disconnect\",\"station\":\"CP1\",\"code\":1002}", "code"},
        {"{\"id\":1,\"command\":\"list\",\"limit\":1.5}", "limit"},
        {"{\"id\":1,\"command\":\"list\",\"limit\":100000}", "limit"},
    };
    start();
    fake_open(&a, "CP1", "ocpp1.6");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const char *reply = ask(wrong[i].request);
        ck_assert_msg(contains(reply, "{\"id\":1,\"ok\":false,\"error\":\"bad_request\"") &&
                          contains(reply, wrong[i].says),
                      "%s: %s", wrong[i].request, reply);
    }
    ck_assert_msg(contains(ask("{\"id\":1,\"command\":\"list\"}"), "\"count\":1"), "still served");
    fake_close(&a);
}
END_TEST

START_TEST(junk_is_told_and_closed)
{
    start();
    const char *reply = ask("GET / HTTP/1.1");
    ck_assert_msg(contains(reply, "\"error\":\"bad_request\""), "%s", reply);
    expect_closed(&peer);
    peer_open(&peer);
    ck_assert(contains(ask("[1,2]"), "a request is a JSON object"));
    expect_closed(&peer);
    peer_open(&peer);
    for (int i = 0; i < 40; i++) {
        char part[1001];
        memset(part, 'x', 1000);
        part[1000] = '\0';
        if (send(peer.socket, part, 1000, MSG_NOSIGNAL) < 0)
            break;
        step();
    }
    ck_assert(contains(hear(&peer), "the line is too long"));
    expect_closed(&peer);
}
END_TEST

START_TEST(flood_is_told_and_closed)
{
    start();
    peer_open(&other);
    unsigned replies = 0;
    for (int i = 0; i < 3000 && !peer.closed; i++) {
        ssize_t sent =
            send(peer.socket, "{\"command\":\"list\"}\n", 19, MSG_NOSIGNAL | MSG_DONTWAIT);
        ck_assert(sent == 19 || errno == EAGAIN || errno == EPIPE);
        if (i % 8 == 0)
            step();
        receive(&peer);
        peer.length = peer.length > 1000 ? 1000 : peer.length;
        replies++;
    }
    say(&other, "{\"command\":\"list\"}\n");
    ck_assert_msg(contains(hear(&other), "\"ok\":true"), "others go on");
    expect_closed(&peer);
    ck_assert_uint_gt(replies, 1000);
    ck_assert_uint_eq(gateway->control->client_count, 1);
    close(other.socket);
}
END_TEST

START_TEST(a_client_that_does_not_read_is_not_read)
{
    struct fake stations[60];
    start();
    for (size_t i = 0; i < 60; i++) {
        char identity[16];
        snprintf(identity, sizeof(identity), "CP%zu", i);
        fake_open(&stations[i], identity, "ocpp1.6");
    }
    for (int i = 0; i < 900; i++) {
        if (send(peer.socket, "{\"command\":\"list\"}\n", 19, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
            break;
        if (i % 8 == 0)
            step();
    }
    struct control_client *client = TAILQ_FIRST(&gateway->control->clients);
    step_until(client->paused);
    ck_assert_uint_lt(evbuffer_get_length(bufferevent_get_output(client->events)),
                      CONTROL_MAX_OUTPUT);
    peer_open(&other);
    say(&other, "{\"command\":\"show\",\"station\":\"CP1\"}\n");
    ck_assert_msg(contains(hear(&other), "\"ok\":true"), "others go on");
    close(other.socket);
    for (size_t i = 0; i < 60; i++)
        fake_close(&stations[i]);
}
END_TEST

/* Whoever connects without end does not keep the loop from its stations. */
START_TEST(endless_connections)
{
    int sockets[64];
    size_t count = 0;
    start();
    fake_open(&a, "CP1", "ocpp1.6");
    for (int round = 0; round < 50; round++) {
        while (count < 64 &&
               (sockets[count] = control_connect(control_where(gateway->control))) >= 0)
            count++;
        step();
        while (count > 0)
            close(sockets[--count]);
    }
    ck_assert(contains(fake_ask(&a, "[2,\"m\",\"Heartbeat\",{}]"), "[3,\"m\""));
    step_until(gateway->control->client_count == 1);
    ck_assert_msg(contains(ask("{\"command\":\"list\"}"), "\"count\":1"), "still served");
    fake_close(&a);
}
END_TEST

START_TEST(too_many_clients)
{
    int sockets[15];
    start();
    for (size_t i = 0; i < 15; i++) {
        sockets[i] = control_connect(control_where(gateway->control));
        ck_assert_int_ge(sockets[i], 0);
        step_until(gateway->control->client_count == i + 2);
    }
    peer_open(&other);
    ck_assert(contains(hear(&other), "\"error\":\"busy\",\"message\":\"too many clients"));
    expect_closed(&other);
    close(sockets[0]);
    step_until(gateway->control->client_count == 15);
    for (size_t i = 1; i < 15; i++)
        close(sockets[i]);
    ck_assert(contains(ask("{\"command\":\"list\"}"), "\"ok\":true"));
}
END_TEST

START_TEST(listed_users_alone)
{
    if (geteuid() != 0)
        return; /* only root can be somebody else */
    set("gateway.control_users=daemon, 4711");
    start();
    ck_assert_msg(contains(ask("{\"command\":\"list\"}"), "\"ok\":true"), "root may");
    /* a member of the group, but not listed */
    ck_assert_int_eq(chmod(fixture_dir, 0755), 0);
    ck_assert_int_eq(seteuid(65534), 0);
    peer_open(&other);
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert(contains(hear(&other), "\"error\":\"forbidden\""));
    expect_closed(&other);
    ck_assert_int_eq(seteuid(4711), 0);
    peer_open(&other);
    ck_assert_int_eq(seteuid(0), 0);
    say(&other, "{\"command\":\"list\"}\n");
    ck_assert(contains(hear(&other), "\"ok\":true"));
    close(other.socket);
    /* read again: nobody is listed, so members may */
    setting_count = 0;
    gateway_reload(gateway);
    ck_assert_int_eq(seteuid(65534), 0);
    peer_open(&other);
    ck_assert_int_eq(seteuid(0), 0);
    say(&other, "{\"command\":\"list\"}\n");
    ck_assert(contains(hear(&other), "\"ok\":true"));
    close(other.socket);
}
END_TEST

START_TEST(half_a_request_has_its_time)
{
    set("gateway.control_timeout=300ms");
    start();
    peer_open(&other);
    ck_assert(contains(ask("{\"command\":\"list\"}"), "\"ok\":true"));
    /* a byte now and then does not help */
    say(&peer, "{\"id\":7,");
    step_until((send(peer.socket, " ", 1, MSG_NOSIGNAL), receive(&peer), peer.closed));
    ck_assert_msg(contains(peer.bytes, "not finished in time"), "%s", peer.bytes);
    close(peer.socket);
    /* who asks nothing may stay */
    say(&other, "{\"command\":\"list\"}\n");
    ck_assert(contains(hear(&other), "\"ok\":true"));
    close(other.socket);
}
END_TEST

START_TEST(the_file)
{
    struct stat status;
    char path[CONTROL_PATH_SIZE], assignment[128];
    start();
    strcpy(path, control_where(gateway->control));
    ck_assert_int_eq(lstat(path, &status), 0);
    ck_assert(S_ISSOCK(status.st_mode));
    ck_assert_uint_eq(status.st_mode & 0777, 0660);
    fixture_stop();
    ck_assert_msg(lstat(path, &status) != 0, "removed at the end");
    /* one that a dead gateway left */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    int left = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(left, (struct sockaddr *)&address, sizeof(address)), 0);
    close(left);
    fixture_start();
    peer_open(&peer);
    ck_assert(contains(ask("{\"command\":\"list\"}"), "\"ok\":true"));
    fixture_stop();
    /* one that somebody listens on */
    left = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(left, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(left, 1), 0);
    ck_assert_ptr_null(gateway_open(fixture_read_config, NULL));
    ck_assert_msg(lstat(path, &status) == 0, "not ours, so it stays");
    close(left);
    /* no socket at all */
    snprintf(assignment, sizeof(assignment), "gateway.control=%s/file", fixture_dir);
    set(assignment);
    snprintf(path, sizeof(path), "%s/file", fixture_dir);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    ck_assert_ptr_null(gateway_open(fixture_read_config, NULL));
    ck_assert_int_eq(unlink(path), 0);
    fixture_start();
    ck_assert_str_eq(control_where(gateway->control), path);
}
END_TEST

START_TEST(off)
{
    set("gateway.control=off");
    fixture_start();
    ck_assert_ptr_null(gateway->control);
    gateway_reload(gateway);
    ck_assert_ptr_null(gateway->control);
}
END_TEST

SUITE_WITH("control", begin, end, list_in_pages, show_and_who_is_not_there,
           disconnect_says_who_and_why, call_with_result_and_with_error, time_out_and_late_answer,
           station_that_never_answers, station_that_goes, client_that_goes, half_of_it_closed,
           bounds_of_calls, long_payload, wrong_requests, junk_is_told_and_closed,
           flood_is_told_and_closed, a_client_that_does_not_read_is_not_read, endless_connections,
           too_many_clients, half_a_request_has_its_time, listed_users_alone, the_file, off)
