/* board.auth = custom: a program of the operator's says who it is. */
#include <bsd/stdlib.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "boardd/login/auth_helper.h"
#include "boardd/login/login_method.h"
#include "common/digest.h"
#include "common/json_scan.h"
#include "common/log.h"
#include "common/timestamp.h"
#include "common/token_bucket.h"

#define CACHE_SIZE 64
#define WRONG_CODE 1 /* the program's exit status for credentials that it refuses */

/* A login that was accepted. */
struct cached {
    unsigned char key[DIGEST_SIZE];
    uint64_t until_ms; /* 0: free */
    enum role role;
    char name[SESSION_NAME_SIZE];
};

struct check {
    uint64_t number; /* 0: free */
    login_done *done;
    void *context;
    unsigned char key[DIGEST_SIZE];
};

struct by_program {
    const struct config *config;
    int socket;
    pid_t helper; /* 0: none */
    struct event *event;
    uint64_t last_number;
    struct token_bucket complaints;
    unsigned char seed[DIGEST_SIZE];
    struct cached cache[CACHE_SIZE];
    struct check checks[AUTH_MAX_PROGRAMS];
};

/* {"token":…} or {"username":…,"password":…} */
static bool make_input(const struct credentials *credentials, struct auth_request *request)
{
    char first[6 * LOGIN_MAX_TOKEN + 1], second[6 * PASSWORD_MAX + 1];
    int length;
    if (credentials->name[0] == '\0') {
        json_escape(credentials->token, strlen(credentials->token), first, sizeof(first));
        length = snprintf(request->input, sizeof(request->input), "{\"token\":\"%s\"}\n", first);
    } else {
        json_escape(credentials->name, strlen(credentials->name), first, sizeof(first));
        json_escape(credentials->password, strlen(credentials->password), second, sizeof(second));
        length = snprintf(request->input, sizeof(request->input),
                          "{\"username\":\"%s\",\"password\":\"%s\"}\n", first, second);
    }
    explicit_bzero(first, sizeof(first));
    explicit_bzero(second, sizeof(second));
    request->length = length > 0 ? (size_t)length : 0;
    return length > 0 && (size_t)length < sizeof(request->input);
}

/* Credentials are kept as a hash with a seed that nobody knows. */
static void make_key(const struct by_program *by, const struct auth_request *request,
                     unsigned char key[DIGEST_SIZE])
{
    unsigned char text[DIGEST_SIZE + AUTH_MAX_INPUT];
    memcpy(text, by->seed, DIGEST_SIZE);
    memcpy(text + DIGEST_SIZE, request->input, request->length);
    digest_sha256(text, DIGEST_SIZE + request->length, key);
    explicit_bzero(text, sizeof(text));
}

static const struct cached *find_cached(const struct by_program *by,
                                        const unsigned char key[DIGEST_SIZE], uint64_t now_ms)
{
    for (size_t i = 0; i < CACHE_SIZE; i++) {
        if (by->cache[i].until_ms > now_ms && digest_equal(by->cache[i].key, key))
            return &by->cache[i];
    }
    return NULL;
}

static void remember(struct by_program *by, const unsigned char key[DIGEST_SIZE],
                     const struct login_result *result)
{
    struct cached *oldest = &by->cache[0];
    if (by->config->board_auth_cache == 0)
        return;
    for (size_t i = 1; i < CACHE_SIZE; i++) {
        if (by->cache[i].until_ms < oldest->until_ms)
            oldest = &by->cache[i];
    }
    oldest->until_ms = clock_mono_ms() + by->config->board_auth_cache;
    oldest->role = result->role;
    memcpy(oldest->key, key, DIGEST_SIZE);
    memcpy(oldest->name, result->name, sizeof(oldest->name));
}

static struct check *find_check(struct by_program *by, uint64_t number)
{
    for (size_t i = 0; i < by->config->board_auth_programs; i++) {
        if (by->checks[i].number == number)
            return &by->checks[i];
    }
    return NULL;
}

/* Of a program that fails at each login, not every line. */
static void complain(struct by_program *by, const char *what, const struct auth_answer *answer)
{
    if (token_bucket_take(&by->complaints, clock_mono_ns()))
        log_warnx("auth", "%s %s%s%.*s", by->config->board_auth_program, what,
                  answer->complaint[0] != '\0' ? ": " : "", AUTH_MAX_COMPLAINT, answer->complaint);
}

static bool is_name(const char *name)
{
    for (const char *p = name; *p != '\0'; p++) {
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return false;
    }
    return *name != '\0';
}

/* {"name":…,"role":…}; NULL, or what is wrong with it. */
static const char *read_answer(const struct auth_answer *answer, struct login_result *result)
{
    struct json_span object, name, role;
    char role_text[16];
    if (!json_scan(answer->output, answer->length, &object, NULL) || object.type != JSON_OBJECT)
        return "answered with what is no JSON object";
    if (!json_member(object, "name", &name) || name.type != JSON_STRING ||
        json_string(name, result->name, sizeof(result->name)) < 0 || !is_name(result->name))
        return "answered without a name of 1 to 63 bytes";
    if (!json_member(object, "role", &role) || role.type != JSON_STRING ||
        json_string(role, role_text, sizeof(role_text)) < 0 ||
        !role_parse(role_text, &result->role))
        return "answered with a role that is neither viewer nor operator";
    return NULL;
}

static void judge(struct by_program *by, const struct auth_answer *answer,
                  struct login_result *result)
{
    char text[64];
    const char *wrong = text;
    result->outcome = LOGIN_FAILED;
    switch (answer->outcome) {
    case AUTH_EXITED:
        if (answer->code == WRONG_CODE) {
            result->outcome = LOGIN_WRONG;
            return;
        }
        snprintf(text, sizeof(text), "ended with status %d", answer->code);
        wrong = answer->code == 0 ? read_answer(answer, result) : text;
        break;
    case AUTH_KILLED:
        snprintf(text, sizeof(text), "was ended by signal %d", answer->code);
        break;
    case AUTH_TIMED_OUT:
        wrong = "did not answer in board.auth_timeout";
        break;
    case AUTH_TOO_LONG:
        wrong = "wrote too much";
        break;
    case AUTH_NOT_RUN:
        wrong = "could not be run";
        break;
    }
    if (wrong != NULL)
        complain(by, wrong, answer);
    else
        result->outcome = LOGIN_RIGHT;
}

static void take_answer(struct by_program *by, struct auth_answer *answer)
{
    struct login_result result = {0};
    struct check *found = find_check(by, answer->number);
    if (found == NULL || answer->number == 0)
        return;
    struct check check = *found;
    found->number = 0;
    if (answer->length > sizeof(answer->output))
        answer->length = 0;
    answer->complaint[sizeof(answer->complaint) - 1] = '\0';
    judge(by, answer, &result);
    if (result.outcome == LOGIN_RIGHT)
        remember(by, check.key, &result);
    check.done(&result, check.context);
}

static void end_checks(struct by_program *by)
{
    for (size_t i = 0; i < by->config->board_auth_programs; i++) {
        struct check check = by->checks[i];
        by->checks[i].number = 0;
        if (check.number != 0)
            login_tell(check.done, check.context, LOGIN_FAILED);
    }
}

static void on_answer(evutil_socket_t descriptor, short what, void *context)
{
    struct by_program *by = context;
    struct auth_answer answer;
    ssize_t got;
    (void)what;
    while ((got = recv(descriptor, &answer, sizeof(answer), MSG_DONTWAIT)) ==
           (ssize_t)sizeof(answer))
        take_answer(by, &answer);
    if (got != 0)
        return;
    log_warnx("auth", "the process that runs board.auth_program has ended; nobody can log in until "
                      "a restart");
    event_del(by->event);
    end_checks(by);
}

static void check_credentials(void *self, const struct credentials *credentials, login_done *done,
                              void *context)
{
    struct by_program *by = self;
    struct auth_request request = {0};
    unsigned char key[DIGEST_SIZE];
    if (!make_input(credentials, &request)) {
        login_tell(done, context, LOGIN_WRONG);
        return;
    }
    make_key(by, &request, key);
    const struct cached *cached = find_cached(by, key, clock_mono_ms());
    struct check *check = find_check(by, 0);
    request.number = ++by->last_number;
    size_t size = offsetof(struct auth_request, input) + request.length;
    if (cached != NULL) {
        login_tell_user(done, context, cached->name, cached->role);
    } else if (check == NULL) {
        login_tell(done, context, LOGIN_BUSY);
    } else if (send(by->socket, &request, size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        login_tell(done, context, errno == EAGAIN ? LOGIN_BUSY : LOGIN_FAILED);
    } else {
        *check = (struct check){.number = request.number, .done = done, .context = context};
        memcpy(check->key, key, DIGEST_SIZE);
    }
    explicit_bzero(&request, sizeof(request));
}

/* It ends at once when its socket does; one that was stopped is not waited for. */
static void wait_for_helper(pid_t helper)
{
    static const struct timespec nap = {0, 2000000};
    for (int i = 0; helper > 0 && i < 500 && waitpid(helper, NULL, WNOHANG) == 0; i++)
        nanosleep(&nap, NULL);
}

static void close_method(void *self)
{
    struct by_program *by = self;
    end_checks(by);
    if (by->event != NULL)
        event_free(by->event);
    if (by->socket >= 0)
        close(by->socket);
    wait_for_helper(by->helper);
    explicit_bzero(by, sizeof(*by));
    free(by);
}

static bool start(struct by_program *by, struct event_base *base)
{
    const struct config *config = by->config;
    struct auth_helper_options options = {
        .program = config->board_auth_program,
        .timeout_ms = config->board_auth_timeout,
        .max_programs = (size_t)config->board_auth_programs,
        .user = config->board_user,
    };
    by->socket = auth_helper_start(&options, &by->helper);
    if (by->socket < 0)
        return false;
    by->event = event_new(base, by->socket, EV_READ | EV_PERSIST, on_answer, by);
    return by->event != NULL && event_add(by->event, NULL) == 0;
}

static void *open_method(const struct config *config, struct event_base *base, char *error,
                         size_t error_size)
{
    const char *program = config->board_auth_program;
    if (program[0] != '/' || access(program, X_OK) != 0) {
        snprintf(error, error_size, "board.auth_program: %s%s", program,
                 program[0] != '/' ? " is no absolute path, which board.auth = custom needs"
                                   : " can't be run");
        return NULL;
    }
    struct by_program *by = calloc(1, sizeof(*by));
    if (by == NULL)
        return NULL;
    by->config = config;
    by->socket = -1;
    token_bucket_init(&by->complaints, 1, TOKEN_BUCKET_SECOND, 5);
    arc4random_buf(by->seed, sizeof(by->seed));
    if (start(by, base))
        return by;
    snprintf(error, error_size, "board.auth_program: the process that runs it could not be made");
    close_method(by);
    return NULL;
}

/* The program may judge otherwise from now on. */
static bool reload(void *self, char *error, size_t error_size)
{
    struct by_program *by = self;
    (void)error;
    (void)error_size;
    explicit_bzero(by->cache, sizeof(by->cache));
    return true;
}

/* Who it was is the program's to know: its sessions stand until they end. */
static bool account(const void *self, const char *name, enum role role, char *out, size_t size)
{
    const struct by_program *by = self;
    (void)name;
    (void)role;
    snprintf(out, size, "custom:%s", by->config->board_auth_program);
    return true;
}

static bool knows(const void *self, const char *name)
{
    (void)self;
    (void)name;
    return false;
}

const struct login_method login_by_program = {
    .takes_token = true,
    .takes_password = true,
    .open = open_method,
    .reload = reload,
    .check = check_credentials,
    .account = account,
    .knows = knows,
    .close = close_method,
};
