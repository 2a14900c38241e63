#include "common/config.h"

#include "common/control_socket.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/cpus.h"
#include "common/redis_url.h"

#define MAX_TEXT    1024
#define MAX_ADDRESS 256

#define INSTANCE_FORM "1 to 31 letters, digits, '-' and '_'"
#define PATH_FORM     "of the form /one or /one/two, of letters, digits, '-', '.', '_' and '~'"

#define LETTERS_AND_DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

struct checker {
    const struct config *config;
    config_complaint *complain;
    void *context;
    unsigned errors;
};

static void report(struct checker *checker, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void report(struct checker *checker, const char *format, ...)
{
    char text[MAX_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    checker->errors++;
    checker->complain(text, checker->context);
}

static bool parse_port(const char *text, uint16_t *port)
{
    unsigned value = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits] != '\0')
        return false;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (unsigned)(text[i] - '0');
    if (value > UINT16_MAX)
        return false;
    *port = (uint16_t)value;
    return true;
}

bool config_split_listen(const char *listen, char *address, size_t address_size, uint16_t *port)
{
    const char *colon = strrchr(listen, ':');
    if (colon == NULL || !parse_port(colon + 1, port))
        return false;
    const char *start = listen;
    size_t length = (size_t)(colon - listen);
    bool bracketed = length > 0 && start[0] == '[';
    if (bracketed) {
        if (length < 3 || start[length - 1] != ']')
            return false;
        start++;
        length -= 2;
    }
    if (length >= address_size)
        return false;
    memcpy(address, start, length);
    address[length] = '\0';
    struct in6_addr v6;
    return bracketed ? inet_pton(AF_INET6, address, &v6) == 1
                     : strspn(address, LETTERS_AND_DIGITS "-.") == length;
}

bool config_is_loopback(const char *address)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, address, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, address, &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&v6);
    return strcasecmp(address, "localhost") == 0;
}

static bool is_instance(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length <= 31 && strspn(text, LETTERS_AND_DIGITS "-_") == length;
}

static void check_cpus(struct checker *checker, const char *key, const char *list)
{
    if (!cpus_is_list(list))
        report(checker, "%s: \"%s\" is no list of processors such as 0-2,5", key, list);
}

static void check_instance(struct checker *checker)
{
    const char *instance = checker->config->shm_instance;
    if (!is_instance(instance))
        report(checker, "shm.instance: \"%s\" is not %s", instance, INSTANCE_FORM);
}

static void check_directory(struct checker *checker)
{
    if (checker->config->shm_dir[0] != '/')
        report(checker, "shm.dir: \"%s\" does not begin with '/'", checker->config->shm_dir);
}

/* "/" or "/a/b", of characters that mean themselves in a URL. */
static bool is_url_path(const char *path)
{
    size_t length = strlen(path);
    if (strcmp(path, "/") == 0)
        return true;
    if (path[0] != '/' || path[length - 1] == '/' || strstr(path, "//") != NULL)
        return false;
    if (strspn(path, LETTERS_AND_DIGITS "-._~/") != length)
        return false;
    for (const char *segment = path; segment != NULL; segment = strchr(segment + 1, '/')) {
        size_t segment_length = strcspn(segment + 1, "/");
        if (segment_length <= 2 && strspn(segment + 1, ".") == segment_length)
            return false;
    }
    return true;
}

static void check_paths(struct checker *checker)
{
    const char *path = checker->config->gateway_path;
    const char *base_path = checker->config->board_base_path;
    if (!is_url_path(path))
        report(checker, "gateway.path: \"%s\" is not " PATH_FORM, path);
    if (base_path[0] != '\0' && !is_url_path(base_path))
        report(checker, "board.base_path: \"%s\" is not " PATH_FORM, base_path);
}

static void check_listen(struct checker *checker, const char *key, const char *listen)
{
    char address[MAX_ADDRESS];
    uint16_t port;
    if (!config_split_listen(listen, address, sizeof(address), &port))
        report(checker, "%s: \"%s\" is neither address:port nor [v6 address]:port", key, listen);
}

const char *config_plain_listen(const struct config *config)
{
    return config->gateway_security_profile >= 2 ? "" : config->gateway_listen;
}

static void check_different(struct checker *checker, const char *one_key, const char *one,
                            const char *other_key, const char *other)
{
    char address[MAX_ADDRESS];
    uint16_t port;
    if (config_split_listen(one, address, sizeof(address), &port) && port != 0 &&
        strcmp(one, other) == 0)
        report(checker, "%s and %s are both %s", one_key, other_key, one);
}

static void check_listeners(struct checker *checker)
{
    char board[MAX_ADDRESS];
    uint16_t port;
    const struct config *config = checker->config;
    const char *plain = config_plain_listen(config);
    if (config->gateway_listen[0] != '\0')
        check_listen(checker, "gateway.listen", config->gateway_listen);
    if (config->gateway_tls_listen[0] != '\0')
        check_listen(checker, "gateway.tls_listen", config->gateway_tls_listen);
    check_listen(checker, "board.listen", config->board_listen);
    check_different(checker, "gateway.listen", plain, "board.listen", config->board_listen);
    check_different(checker, "gateway.listen", plain, "gateway.tls_listen",
                    config->gateway_tls_listen);
    check_different(checker, "gateway.tls_listen", config->gateway_tls_listen, "board.listen",
                    config->board_listen);
    if (!config_split_listen(config->board_listen, board, sizeof(board), &port))
        return;
    if (config->board_auth == BOARD_AUTH_NONE && !config->board_insecure &&
        !config_is_loopback(board))
        report(checker,
               "board.auth = none on %s, which is not loopback: anybody could log in; set "
               "board.auth = token, or "
               "board.insecure = yes if you mean it",
               config->board_listen);
}

static void check_pair(struct checker *checker, const char *cert_key, const char *cert,
                       const char *key_key, const char *key)
{
    bool has_cert = cert[0] != '\0';
    if (has_cert != (key[0] != '\0'))
        report(checker, "%s is set, %s is not: TLS needs both", has_cert ? cert_key : key_key,
               has_cert ? key_key : cert_key);
}

static void check_tls(struct checker *checker)
{
    const struct config *config = checker->config;
    bool listens = config->gateway_tls_listen[0] != '\0';
    check_pair(checker, "board.tls_cert", config->board_tls_cert, "board.tls_key",
               config->board_tls_key);
    check_pair(checker, "gateway.tls_cert", config->gateway_tls_cert, "gateway.tls_key",
               config->gateway_tls_key);
    if (listens && config->gateway_tls_cert[0] == '\0')
        report(checker, "gateway.tls_listen needs gateway.tls_cert and gateway.tls_key");
    if (!listens && config->gateway_tls_cert[0] != '\0')
        report(checker, "gateway.tls_cert is set, but nothing listens for TLS: set "
                        "gateway.tls_listen");
    if (!listens && config->gateway_listen[0] == '\0')
        report(checker, "gateway.listen is empty: set gateway.tls_listen, or stations can't "
                        "connect");
}

/* The default is not what somebody has decided. */
static bool is_default_listen(const char *listen)
{
    struct config defaults;
    config_init(&defaults);
    bool same = strcmp(listen, defaults.gateway_listen) == 0;
    config_free(&defaults);
    return same;
}

/* Profiles 2 and 3 are TLS only, 3 goes by certificates. */
static void check_profile(struct checker *checker)
{
    const struct config *config = checker->config;
    unsigned profile = config->gateway_security_profile;
    const char *plain = config->gateway_listen;
    if (profile >= 2 && config->gateway_tls_listen[0] == '\0')
        report(checker,
               "gateway.security_profile = %u is over TLS: set gateway.tls_listen, "
               "gateway.tls_cert and gateway.tls_key",
               profile);
    if (profile >= 2 && plain[0] != '\0' && !is_default_listen(plain))
        report(checker,
               "gateway.security_profile = %u is over TLS only, but gateway.listen is %s: leave it "
               "out, or set it to nothing",
               profile, plain);
    if (profile == 3 && config->gateway_tls_client_ca[0] == '\0')
        report(checker, "gateway.security_profile = 3 needs gateway.tls_client_ca");
    if (profile != 3 && config->gateway_tls_client_ca[0] != '\0')
        report(checker,
               "gateway.tls_client_ca is for gateway.security_profile = 3; with %u no station is "
               "asked for a certificate",
               profile);
}

static void check_stations(struct checker *checker)
{
    const struct config *config = checker->config;
    unsigned profile = config->gateway_security_profile;
    if (profile != 1 && profile != 2)
        return;
    if (config->gateway_stations[0] == '\0')
        report(
            checker,
            "gateway.security_profile = %u needs gateway.stations: without it no password is known",
            profile);
    if (config->gateway_accept_unknown == ACCEPT_UNKNOWN_YES)
        report(checker,
               "gateway.accept_unknown = yes contradicts gateway.security_profile = %u: a station "
               "without a known password can't log in",
               profile);
}

static void check_control(struct checker *checker)
{
    const struct config *config = checker->config;
    const char *control = config->gateway_control;
    char path[CONTROL_PATH_SIZE];
    if (control_is_off(config))
        return;
    if (strcmp(control, "auto") != 0 && control[0] != '/')
        report(checker,
               "gateway.control: \"%s\" is neither auto, off nor a path that begins with '/'",
               control);
    else if (!control_path(config, config->shm_instance, path))
        report(
            checker,
            "gateway.control: the socket's path would be longer than %d bytes; set a shorter one, "
            "or off",
            CONTROL_PATH_SIZE - 1);
}

/* `small` must not exceed `large`. */
static void check_order(struct checker *checker, const char *small_key, uint64_t small,
                        const char *large_key, uint64_t large)
{
    if (small > large)
        report(checker, "%s must not be more than %s", small_key, large_key);
}

static void check_sizes(struct checker *checker)
{
    const struct config *config = checker->config;
    check_order(checker, "gateway.max_message", config->gateway_max_message, "gateway.max_output",
                config->gateway_max_output);
    check_order(checker, "gateway.max_connections_per_address",
                config->gateway_max_connections_per_address, "gateway.max_connections",
                config->gateway_max_connections);
    check_order(checker, "board.max_connections_per_address",
                config->board_max_connections_per_address, "board.max_connections",
                config->board_max_connections);
    check_order(checker, "board.login_penalty", config->board_login_penalty,
                "board.login_penalty_max", config->board_login_penalty_max);
    check_order(checker, "board.session_idle", config->board_session_idle, "board.session_max",
                config->board_session_max);
    check_order(checker, "board.sse_clients", config->board_sse_clients, "board.max_connections",
                config->board_max_connections);
    check_order(checker, "board.sse_clients_per_session", config->board_sse_clients_per_session,
                "board.sse_clients", config->board_sse_clients);
}

/* Complains about every element of a list, separated by commas with or without spaces, that does
 * not fit. */
static void check_list(struct checker *checker, const char *key, const char *list,
                       bool (*fits)(const char *element), const char *form)
{
    while (*(list += strspn(list, ", ")) != '\0') {
        char element[MAX_ADDRESS];
        size_t span = strcspn(list, ","), length = span;
        while (list[length - 1] == ' ')
            length--;
        snprintf(element, sizeof(element), "%.*s", (int)(length < MAX_ADDRESS ? length : 0), list);
        if (!fits(element))
            report(checker, "%s: \"%.*s\" is not %s", key,
                   (int)(length < MAX_ADDRESS ? length : MAX_ADDRESS), list, form);
        list += span;
    }
}

static bool is_ip_address(const char *text)
{
    struct in6_addr parsed;
    return inet_pton(AF_INET, text, &parsed) == 1 || inet_pton(AF_INET6, text, &parsed) == 1;
}

static bool is_host_name(const char *text)
{
    size_t length = strlen(text);
    return (length > 0 && strspn(text, LETTERS_AND_DIGITS "-.") == length) || is_ip_address(text);
}

/* host, host:port, [v6] or [v6]:port */
static bool is_host(const char *text)
{
    char address[MAX_ADDRESS];
    char with_port[MAX_ADDRESS + 3];
    uint16_t port;
    size_t length = strlen(text);
    if (length == 0 || text[0] == ':')
        return false;
    if (config_split_listen(text, address, sizeof(address), &port))
        return true;
    snprintf(with_port, sizeof(with_port), "%s:0", text);
    return config_split_listen(with_port, address, sizeof(address), &port);
}

static bool is_origin(const char *text)
{
    if (strncmp(text, "https://", 8) == 0)
        return is_host(text + 8);
    return strncmp(text, "http://", 7) == 0 && is_host(text + 7);
}

static void check_lists(struct checker *checker)
{
    const struct config *config = checker->config;
    check_list(checker, "board.allowed_hosts", config->board_allowed_hosts, is_host_name,
               "a host name or address, without a port");
    check_list(checker, "board.cors_origins", config->board_cors_origins, is_origin,
               "an origin such as https://example.org");
    check_list(checker, "board.trusted_proxies", config->board_trusted_proxies, is_ip_address,
               "an IP address");
    check_list(checker, "board.instances", config->board_instances, is_instance, INSTANCE_FORM);
}

static void check_redis(struct checker *checker)
{
    struct redis_url url;
    const struct config *config = checker->config;
    if (!is_instance(config->redis_prefix))
        report(checker, "redis.prefix: \"%s\" is not %s", config->redis_prefix, INSTANCE_FORM);
    if (!redis_url_parse(config->forward_store, &url))
        report(checker, "forward.store: \"%s\" is not %s", config->forward_store, REDIS_URL_FORM);
    check_list(checker, "forward.instances", config->forward_instances, is_instance, INSTANCE_FORM);
}

static void check_source(struct checker *checker)
{
    const char *source = checker->config->board_source;
    struct redis_url url;
    if (strcmp(source, "shm") != 0 && (strncmp(source, "file:", 5) != 0 || source[5] == '\0') &&
        !redis_url_parse(source, &url))
        report(checker,
               "board.source: \"%s\" is neither shm nor file:PATH, and not " REDIS_URL_FORM,
               source);
}

unsigned config_check(const struct config *config, config_complaint *complain, void *context)
{
    struct checker checker = {.config = config, .complain = complain, .context = context};
    check_instance(&checker);
    check_cpus(&checker, "gateway.cpus", config->gateway_cpus);
    check_cpus(&checker, "board.cpus", config->board_cpus);
    check_cpus(&checker, "forward.cpus", config->forward_cpus);
    check_directory(&checker);
    check_paths(&checker);
    check_listeners(&checker);
    check_tls(&checker);
    check_profile(&checker);
    check_stations(&checker);
    check_control(&checker);
    check_sizes(&checker);
    check_lists(&checker);
    check_redis(&checker);
    check_source(&checker);
    return checker.errors;
}
