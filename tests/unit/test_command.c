/* Commands to gateways: the routes, the control socket as one of them, and the API on top. The
 * gateway is played by a listener in the same event loop. */
#include "boardd/commands/command.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/un.h>

#include "boardd/commands/control_route.h"
#include "boardd/login/session.h"
#include "boardd/state/tail.h"
#include "common/control_socket.h"
#include "tests/unit/board_fixture.h"
#include "tests/unit/suite.h"

static struct board_fixture *fixture;

/* ---- a gateway ---- */

static struct {
    struct evconnlistener *listener;
    struct bufferevent *client;
    unsigned connects;
    const char *answer;  /* members behind the id; NULL: none */
    const char *refusal; /* said instead of serving */
    char line[4096];     /* the last request but probes */
    char path[CONTROL_PATH_SIZE];
} gateway;

static void on_gone(struct bufferevent *events, short what, void *context)
{
    (void)what;
    (void)context;
    bufferevent_free(events);
    gateway.client = NULL;
}

static void on_request(struct bufferevent *events, void *context)
{
    char *line;
    unsigned long long id;
    (void)context;
    while ((line = evbuffer_readln(bufferevent_get_input(events), NULL, EVBUFFER_EOL_LF)) != NULL) {
        ck_assert_int_eq(sscanf(line, "{\"id\":%llu,", &id), 1);
        struct evbuffer *output = bufferevent_get_output(events);
        if (id == 0) {
            evbuffer_add_printf(output, "{\"id\":0,\"ok\":true,\"stations\":[]}\n");
        } else {
            snprintf(gateway.line, sizeof(gateway.line), "%s", line);
            if (gateway.answer != NULL)
                evbuffer_add_printf(output, "{\"id\":%llu,%s}\n", id, gateway.answer);
        }
        free(line);
    }
}

static void on_client(struct evconnlistener *listener, evutil_socket_t descriptor,
                      struct sockaddr *address, int length, void *context)
{
    (void)listener;
    (void)address;
    (void)length;
    (void)context;
    gateway.connects++;
    if (gateway.refusal != NULL) {
        ck_assert_int_gt(send(descriptor, gateway.refusal, strlen(gateway.refusal), 0), 0);
        close(descriptor);
        return;
    }
    gateway.client = bufferevent_socket_new(fixture->base, descriptor, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_setcb(gateway.client, on_request, NULL, on_gone, NULL);
    bufferevent_enable(gateway.client, EV_READ | EV_WRITE);
}

static void gateway_listen(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(gateway.path, sizeof(gateway.path), "%s/ocpp-board.unit.control",
             fixture->segment.dir);
    strcpy(address.sun_path, gateway.path);
    gateway.listener =
        evconnlistener_new_bind(fixture->base, on_client, NULL, LEV_OPT_CLOSE_ON_FREE, 4,
                                (struct sockaddr *)&address, sizeof(address));
    ck_assert_ptr_nonnull(gateway.listener);
}

static void gateway_end(void)
{
    if (gateway.client != NULL)
        bufferevent_free(gateway.client);
    if (gateway.listener != NULL)
        evconnlistener_free(gateway.listener);
    gateway.client = NULL;
    gateway.listener = NULL;
    if (gateway.path[0] != '\0')
        unlink(gateway.path);
}

#define turn_until(condition)                                                                      \
    do {                                                                                           \
        uint64_t end_of_patience = clock_mono_ms() + 10000;                                        \
        while (!(condition)) {                                                                     \
            board_turn(fixture);                                                                   \
            ck_assert_msg(clock_mono_ms() < end_of_patience, "waited in vain: %s", #condition);    \
        }                                                                                          \
    } while (0)

static void begin(void)
{
    signal(SIGPIPE, SIG_IGN); /* as the daemon does */
    memset(&gateway, 0, sizeof(gateway));
    fixture = malloc(sizeof(*fixture));
    board_prepare(fixture);
}

static void end(void)
{
    gateway_end();
    board_end(fixture);
    free(fixture);
}

static enum command_access access_now(void)
{
    return commands_access(fixture->board->commands, 0, NULL);
}

static void start(void)
{
    board_start(fixture);
    gateway_listen();
    board_login(fixture);
    turn_until(access_now() == COMMAND_ACCESS_AVAILABLE);
}

static uint64_t station_online(const char *identity)
{
    struct station_record record = {
        .connected_ns = clock_real_ns(), .protocol = OCPP_16, .status = STATION_ONLINE};
    record.slot = segment_writer_claim(fixture->writer, identity);
    record.connection = segment_writer_next_connection(fixture->writer);
    segment_writer_station_online(fixture->writer, record.slot, &record);
    struct event event = {.type = EVENT_CONNECTED,
                          .time_ns = record.connected_ns,
                          .station_slot = record.slot,
                          .connection = record.connection,
                          .latency_us = EVENT_NO_LATENCY,
                          .identity = {identity, strlen(identity)}};
    segment_writer_publish(fixture->writer, &event);
    board_settle(fixture);
    return record.connection;
}

static void station_offline(const char *identity)
{
    uint32_t slot = segment_writer_find(fixture->writer, identity);
    segment_writer_station_offline(fixture->writer, slot, STATION_OFFLINE, clock_real_ns(), 1000,
                                   (struct text_span){"bye", 3});
    struct event event = {.type = EVENT_DISCONNECTED,
                          .time_ns = clock_real_ns(),
                          .station_slot = slot,
                          .latency_us = EVENT_NO_LATENCY,
                          .identity = {identity, strlen(identity)}};
    segment_writer_publish(fixture->writer, &event);
    board_settle(fixture);
}

static int post(const char *target, const char *body)
{
    return board_request(fixture, "POST", target, "", body);
}

/* ---- any route ---- */

struct fake_route {
    struct command_route route;
    enum command_access access;
    bool sends;
    uint64_t id;
    unsigned freed;
};

static enum command_access fake_access(const struct command_route *route, char *reason)
{
    snprintf(reason, COMMAND_MESSAGE_SIZE, "why not");
    return ((const struct fake_route *)route)->access;
}

static bool fake_send(struct command_route *route, uint64_t id,
                      const struct command_request *request, uint64_t timeout_ms)
{
    struct fake_route *fake = (struct fake_route *)route;
    ck_assert_uint_gt(timeout_ms, request->timeout_ms);
    fake->id = id;
    return fake->sends;
}

static void fake_free(struct command_route *route)
{
    ((struct fake_route *)route)->freed++;
}

static const struct command_route_operations fake_operations = {fake_access, fake_send, fake_free};

static struct {
    unsigned calls;
    enum command_status status;
    char error[32], message[COMMAND_MESSAGE_SIZE];
} heard;

static void note(void *context, const struct command_reply *reply)
{
    (void)context;
    heard.calls++;
    heard.status = reply->status;
    memcpy(heard.error, reply->error, sizeof(heard.error));
    memcpy(heard.message, reply->message, sizeof(heard.message));
}

START_TEST(every_command_has_one_end)
{
    struct command_request request = {
        .kind = COMMAND_CALL, .station = "CP1", .action = "Reset", .payload = {"{}", 2}};
    struct fake_route fake = {{&fake_operations}, COMMAND_ACCESS_AVAILABLE, true, 0, 0};
    struct event_base *base = event_base_new();
    struct commands *commands = commands_new(base);
    memset(&heard, 0, sizeof(heard));
    command_send(commands, 3, &request, note, NULL);
    ck_assert_uint_eq(heard.calls, 1);
    ck_assert_int_eq(heard.status, COMMAND_OFF);
    ck_assert_ptr_nonnull(strstr(heard.message, "gateway.control"));
    commands_set_route(commands, 3, &fake.route);
    command_send(commands, 3, &request, note, NULL);
    ck_assert_uint_eq(heard.calls, 1);
    command_answered(commands, fake.id + 1, "{\"ok\":true}", 11);
    ck_assert_uint_eq(heard.calls, 1);
    command_answered(commands, fake.id, "{\"ok\":true}", 11);
    command_answered(commands, fake.id, "{\"ok\":true}", 11);
    ck_assert_uint_eq(heard.calls, 2);
    ck_assert_int_eq(heard.status, COMMAND_DONE);
    const char *refused = "{\"ok\":false,\"error\":\"stale\",\"message\":\"again\"}";
    command_send(commands, 3, &request, note, NULL);
    command_answered(commands, fake.id, refused, strlen(refused));
    ck_assert_int_eq(heard.status, COMMAND_REFUSED);
    ck_assert_str_eq(heard.error, "stale");
    ck_assert_str_eq(heard.message, "again");
    command_send(commands, 3, &request, note, NULL);
    command_answered(commands, fake.id, "nonsense", 8);
    ck_assert_int_eq(heard.status, COMMAND_UNREACHABLE);
    fake.sends = false;
    command_send(commands, 3, &request, note, NULL);
    ck_assert_uint_eq(heard.calls, 5);
    ck_assert_str_eq(heard.message, "why not");
    fake.sends = true;
    for (unsigned i = 0; i < COMMANDS_MAX; i++)
        command_send(commands, 3, &request, note, NULL);
    ck_assert_uint_eq(heard.calls, 5);
    command_send(commands, 3, &request, note, NULL);
    ck_assert_int_eq(heard.status, COMMAND_BUSY);
    commands_lost(commands, 3, "cut");
    ck_assert_uint_eq(heard.calls, 6 + COMMANDS_MAX);
    ck_assert_str_eq(heard.message, "cut");
    command_send(commands, 3, &request, note, NULL);
    commands_free(commands);
    ck_assert_uint_eq(heard.calls, 7 + COMMANDS_MAX);
    ck_assert_int_eq(heard.status, COMMAND_UNREACHABLE);
    ck_assert_uint_eq(fake.freed, 1);
    event_base_free(base);
}
END_TEST

START_TEST(a_request_is_one_line)
{
    struct json_out out;
    json_out_init(&out);
    command_write(&out, 5,
                  &(struct command_request){.kind = COMMAND_CALL,
                                            .station = "CP\"1",
                                            .connection = 7,
                                            .user = "ann",
                                            .action = "Reset",
                                            .payload = {"{\n\"a\":\"\\n\"}", 11},
                                            .timeout_ms = 9});
    const char *line = "{\"id\":5,\"command\":\"call\",\"station\":\"CP\\\"1\",\"connection\":7,"
                       "\"user\":\"ann\",\"action\":\"Reset\",\"timeoutMs\":9,"
                       "\"payload\":{ \"a\":\"\\n\"}}\n";
    ck_assert_uint_eq(out.length, strlen(line));
    ck_assert_mem_eq(out.data, line, out.length);
    json_out_free(&out);
}
END_TEST

/* ---- the control socket ---- */

START_TEST(connects_and_comes_back)
{
    board_start(fixture);
    board_login(fixture);
    ck_assert_int_ne(access_now(), COMMAND_ACCESS_AVAILABLE);
    gateway_listen();
    turn_until(access_now() == COMMAND_ACCESS_AVAILABLE);
    ck_assert_int_eq(board_get(fixture, "/api/overview"), 200);
    board_expect(fixture, "\"control\":\"available\"");
    gateway_end();
    turn_until(access_now() != COMMAND_ACCESS_AVAILABLE);
    gateway_listen();
    turn_until(access_now() == COMMAND_ACCESS_AVAILABLE);
    ck_assert_uint_eq(gateway.connects, 2);
}
END_TEST

START_TEST(turned_away_says_why)
{
    char reason[COMMAND_MESSAGE_SIZE];
    gateway.refusal =
        "{\"id\":null,\"ok\":false,\"error\":\"forbidden\",\"message\":\"not you\"}\n";
    board_start(fixture);
    gateway_listen();
    turn_until(commands_access(fixture->board->commands, 0, reason) == COMMAND_ACCESS_UNREACHABLE &&
               strstr(reason, "not you") != NULL);
    gateway.refusal = NULL;
    turn_until(access_now() == COMMAND_ACCESS_AVAILABLE);
}
END_TEST

START_TEST(off_is_passive)
{
    board_set(fixture, "gateway.control=off");
    board_start(fixture);
    board_login(fixture);
    station_online("CP1");
    ck_assert_int_eq(board_get(fixture, "/api/overview"), 200);
    board_expect(fixture, "\"control\":\"off\"");
    ck_assert_int_eq(post("/api/connections/CP1/disconnect", "{}"), 503);
    board_expect(fixture, "this dashboard only looks: gateway.control is off");
    ck_assert_int_eq(post("/api/connections/CP1/call", "{\"action\":\"Reset\"}"), 503);
    ck_assert_int_eq(post("/api/connections/CP1/purge", ""), 503);
    ck_assert_int_eq(board_request(fixture, "DELETE", "/api/connections/CP1", "", ""), 503);
    ck_assert_int_eq(board_get(fixture, "/api/connections/CP1"), 200);
}
END_TEST

START_TEST(a_gateway_without_a_socket)
{
    board_start(fixture);
    board_login(fixture);
    station_online("CP1");
    ck_assert_int_eq(board_get(fixture, "/api/overview"), 200);
    board_expect(fixture, "\"control\":\"off\"");
    ck_assert_int_eq(post("/api/connections/CP1/disconnect", ""), 503);
    board_expect(fixture, "runs without a control socket");
}
END_TEST

/* ---- the API ---- */

START_TEST(disconnecting)
{
    char expected[200];
    start();
    uint64_t connection = station_online("CP1");
    gateway.answer = "\"ok\":true,\"disconnected\":true";
    ck_assert_int_eq(post("/api/connections/CP1/disconnect", "{\"gateway\":\"unit\"}"), 200);
    board_expect(fixture, "{\"success\":true,\"disconnected\":true}");
    snprintf(expected, sizeof(expected),
             "\"command\":\"disconnect\",\"station\":\"CP1\",\"connection\":%llu,\"user\":\"",
             (unsigned long long)connection);
    ck_assert_msg(strstr(gateway.line, expected) != NULL, "%s", gateway.line);
    gateway.answer = "\"ok\":false,\"error\":\"not_connected\",\"message\":\"gone\"";
    ck_assert_int_eq(post("/api/connections/CP1/disconnect", ""), 200);
    board_expect(fixture, "\"disconnected\":false");
    gateway.answer = "\"ok\":false,\"error\":\"stale\",\"message\":\"has another\"";
    ck_assert_int_eq(post("/api/connections/CP1/disconnect", ""), 409);
    board_expect(fixture, "has another");
    gateway.answer = "\"ok\":false,\"error\":\"busy\",\"message\":\"later\"";
    ck_assert_int_eq(post("/api/connections/CP1/disconnect", ""), 503);
    board_expect(fixture, "Retry-After: 1");
    gateway.line[0] = '\0';
    station_offline("CP1");
    ck_assert_int_eq(post("/api/connections/CP1/disconnect", ""), 200);
    board_expect(fixture, "\"disconnected\":false");
    ck_assert_str_eq(gateway.line, "");
}
END_TEST

START_TEST(calling)
{
    start();
    station_online("CP1");
    gateway.answer = "\"ok\":true,\"outcome\":\"result\",\"payload\":{\"status\":\"Accepted\"},"
                     "\"latencyMs\":1.250";
    ck_assert_int_eq(post("/api/connections/CP1/call",
                          "{\"action\":\"Reset\",\"payload\":{\"type\":\"Soft\"},"
                          "\"timeoutMs\":5000,\"gateway\":\"unit\"}"),
                     200);
    board_expect(fixture, "{\"success\":true,\"outcome\":\"result\",\"payload\":{\"status\":"
                          "\"Accepted\"},\"latencyMs\":1.250}");
    ck_assert_ptr_nonnull(strstr(gateway.line, "\"action\":\"Reset\",\"timeoutMs\":5000,"
                                               "\"payload\":{\"type\":\"Soft\"}}"));
    gateway.answer = "\"ok\":true,\"outcome\":\"error\",\"code\":\"NotSupported\","
                     "\"description\":\"no\",\"details\":{\"a\":1},\"latencyMs\":2.000";
    ck_assert_int_eq(post("/api/connections/CP1/call", "{\"action\":\"Reset\"}"), 200);
    board_expect(fixture, "{\"success\":false,\"outcome\":\"error\",\"error\":{\"code\":"
                          "\"NotSupported\",\"description\":\"no\",\"details\":{\"a\":1}},"
                          "\"latencyMs\":2.000}");
    ck_assert_ptr_nonnull(strstr(gateway.line, "\"timeoutMs\":30000,\"payload\":{}}"));
    gateway.answer = "\"ok\":true,\"outcome\":\"timeout\",\"sent\":true";
    ck_assert_int_eq(post("/api/connections/CP1/call", "{\"action\":\"Reset\"}"), 200);
    board_expect(fixture, "{\"success\":false,\"outcome\":\"timeout\",\"sent\":true}");
    gateway.answer = "\"ok\":false,\"error\":\"abandoned\",\"message\":\"it ended\"";
    ck_assert_int_eq(post("/api/connections/CP1/call", "{\"action\":\"Reset\"}"), 409);
    board_expect(fixture, "it ended");
    station_offline("CP1");
    ck_assert_int_eq(post("/api/connections/CP1/call", "{\"action\":\"Reset\"}"), 409);
}
END_TEST

START_TEST(wrong_requests)
{
    static const struct {
        const char *target, *body;
        int status;
        const char *says;
    } wrong[] = {
        {"/api/connections/NOPE/disconnect", "", 404, "no such station"},
        {"/api/connections/NOPE/purge", "", 404, "no such station"},
        {"/api/connections/CP1/disconnect", "{", 400, "the body is no JSON"},
        {"/api/connections/CP1/disconnect", "[]", 400, "no JSON object"},
        {"/api/connections/CP1/disconnect", "{\"gateway\":\"else\"}", 400, "no such gateway"},
        {"/api/connections/CP1/disconnect?gateway=else", "", 400, "no such gateway"},
        {"/api/connections/CP1/call", "", 400, "action: missing"},
        {"/api/connections/CP1/call", "{\"action\":5}", 400, "action: no text"},
        {"/api/connections/CP1/call", "{\"action\":\"A\",\"payload\":[]}", 400, "payload"},
        {"/api/connections/CP1/call", "{\"action\":\"A\",\"timeoutMs\":0}", 400, "timeoutMs"},
        {"/api/connections/CP1/call", "{\"action\":\"A\",\"timeoutMs\":600001}", 400, "timeoutMs"},
    };
    start();
    station_online("CP1");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int status = post(wrong[i].target, wrong[i].body);
        ck_assert_msg(status == wrong[i].status, "%s %s: %d", wrong[i].target, wrong[i].body,
                      status);
        board_expect(fixture, wrong[i].says);
    }
    static char large[40000];
    int length = snprintf(large, sizeof(large), "{\"action\":\"A\",\"payload\":{\"a\":\"");
    memset(large + length, 'x', 33000);
    strcpy(large + length + 33000, "\"}}");
    ck_assert_int_eq(post("/api/connections/CP1/call", large), 400);
    board_expect(fixture, "payload: longer than 15872 bytes");
    ck_assert_str_eq(gateway.line, "");
}
END_TEST

START_TEST(who_may)
{
    char id[SESSION_ID_SIZE], csrf[DIGEST_HEX + 1];
    start();
    station_online("CP1");
    gateway.answer = "\"ok\":true,\"disconnected\":true";
    char operators_csrf[sizeof(fixture->csrf)];
    memcpy(operators_csrf, fixture->csrf, sizeof(operators_csrf));
    fixture->csrf[0] = '\0';
    ck_assert_int_eq(post("/api/connections/CP1/disconnect", ""), 403);
    board_expect(fixture, "X-CSRF-Token");
    ck_assert_int_eq(board_request(fixture, "DELETE", "/api/connections/CP1", "", ""), 403);
    memcpy(fixture->csrf, operators_csrf, sizeof(fixture->csrf));
    ck_assert_ptr_nonnull(
        sessions_begin(fixture->board->sessions, "vi", ROLE_VIEWER, 1, clock_mono_ms(), id));
    snprintf(fixture->cookie, sizeof(fixture->cookie), "Cookie: %s=%s\r\n",
             fixture->board->cookie_name, id);
    session_csrf_token(id, csrf);
    snprintf(fixture->csrf, sizeof(fixture->csrf), "X-CSRF-Token: %s\r\n", csrf);
    ck_assert_int_eq(board_get(fixture, "/api/connections/CP1"), 200);
    ck_assert_int_eq(post("/api/connections/CP1/disconnect", ""), 403);
    board_expect(fixture, "operator");
    ck_assert_int_eq(post("/api/connections/CP1/call", "{\"action\":\"Reset\"}"), 403);
    ck_assert_int_eq(post("/api/connections/CP1/purge", ""), 403);
    ck_assert_int_eq(board_request(fixture, "DELETE", "/api/connections/CP1", "", ""), 403);
    ck_assert_str_eq(gateway.line, "");
}
END_TEST

START_TEST(a_gateway_that_goes)
{
    start();
    station_online("CP1");
    gateway.answer = NULL;
    int connection = board_connect(fixture);
    char request[1000];
    snprintf(request, sizeof(request),
             "POST /api/connections/CP1/call HTTP/1.1\r\nHost: localhost\r\n%s%s"
             "Content-Type: application/json\r\nContent-Length: 18\r\n\r\n{\"action\":\"Reset\"}",
             fixture->cookie, fixture->csrf);
    board_clear_reply(fixture);
    board_send(connection, request, strlen(request));
    turn_until(gateway.line[0] != '\0');
    gateway_end();
    board_wait(fixture, connection, "}");
    board_expect(fixture, "503");
    board_expect(fixture, "the gateway closed the control connection");
    close(connection);
}
END_TEST

/* A browser that goes before the answer comes: nothing may be touched afterwards. */
START_TEST(a_browser_that_goes)
{
    start();
    station_online("CP1");
    gateway.answer = NULL;
    int connection = board_connect(fixture);
    char request[1000];
    snprintf(request, sizeof(request),
             "POST /api/connections/CP1/disconnect HTTP/1.1\r\nHost: localhost\r\n%s%s"
             "Content-Length: 0\r\n\r\n",
             fixture->cookie, fixture->csrf);
    board_send(connection, request, strlen(request));
    turn_until(gateway.line[0] != '\0');
    close(connection);
    board_settle(fixture);
    unsigned long long id;
    ck_assert_int_eq(sscanf(gateway.line, "{\"id\":%llu,", &id), 1);
    evbuffer_add_printf(bufferevent_get_output(gateway.client),
                        "{\"id\":%llu,\"ok\":true,\"disconnected\":true}\n", id);
    board_settle(fixture);
    ck_assert_int_eq(board_get(fixture, "/api/overview"), 200);
}
END_TEST

START_TEST(purging)
{
    start();
    station_online("CP1");
    station_online("CP2");
    board_publish_message(fixture, "CP1", MESSAGE_CALL, "m1", "[2,\"m1\",\"Heartbeat\",{}]");
    board_publish_message(fixture, "CP2", MESSAGE_CALL, "m2", "[2,\"m2\",\"Heartbeat\",{}]");
    board_settle(fixture);
    gateway.answer = "\"ok\":false,\"error\":\"busy\",\"message\":\"later\"";
    ck_assert_int_eq(post("/api/connections/CP1/purge", ""), 503);
    ck_assert_int_eq(board_get(fixture, "/api/connections/CP1"), 200);
    gateway.answer = "\"ok\":true,\"disconnected\":true";
    ck_assert_int_eq(board_request(fixture, "DELETE", "/api/connections/CP1?gateway=unit", "", ""),
                     200);
    board_expect(fixture, "{\"success\":true,\"disconnected\":true,\"hidden\":true}");
    ck_assert_ptr_nonnull(strstr(gateway.line, "\"command\":\"disconnect\""));
    ck_assert_int_eq(board_get(fixture, "/api/connections/CP1"), 404);
    ck_assert_int_eq(board_get(fixture, "/api/messages"), 200);
    board_expect(fixture, "\"m2\"");
    board_expect_not(fixture, "\"m1\"");
    board_settle(fixture);
    ck_assert_int_eq(board_get(fixture, "/api/system-events?category=COMMAND"), 200);
    board_expect(fixture, "station CP1 of gateway unit was purged from this dashboard by ");
    ck_assert_int_eq(post("/api/connections/CP1/purge", ""), 404);
    station_offline("CP2");
    gateway.line[0] = '\0';
    ck_assert_int_eq(post("/api/connections/CP2/purge", ""), 200);
    board_expect(fixture, "\"disconnected\":false,\"hidden\":true");
    ck_assert_str_eq(gateway.line, "");
    ck_assert_int_eq(board_get(fixture, "/api/connections"), 200);
    board_expect(fixture, "X-Total-Count: 0");
}
END_TEST

SUITE_WITH("command", begin, end, every_command_has_one_end, a_request_is_one_line,
           connects_and_comes_back, turned_away_says_why, off_is_passive,
           a_gateway_without_a_socket, disconnecting, calling, wrong_requests, who_may,
           a_gateway_that_goes, a_browser_that_goes, purging)
