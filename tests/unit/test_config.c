#include "common/config.h"

#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct config config;
static char complaints[8192]; /* one a line */
static char directory[] = "/tmp/test_config.XXXXXX";
static char path[64];

static void complain(const char *text, void *context)
{
    size_t used = strlen(complaints);
    ck_assert_ptr_eq(context, &config);
    snprintf(complaints + used, sizeof(complaints) - used, "%s\n", text);
}

static void expect_complaint(const char *text)
{
    ck_assert_msg(strstr(complaints, text) != NULL, "\"%s\" is not in:\n%s", text, complaints);
}

static void write_file(const char *text, size_t length)
{
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/file", directory);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, length, file), length);
    ck_assert_int_eq(fclose(file), 0);
}

static void remove_file(void)
{
    unlink(path);
    rmdir(directory);
}

/* Reads a file of that text over the defaults. */
static unsigned read_bytes(const char *text, size_t length)
{
    config_init(&config);
    write_file(text, length);
    unsigned errors = config_read_file(&config, path, false, complain, &config);
    remove_file();
    return errors;
}

static unsigned read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

static unsigned set(const char *assignment)
{
    return config_set(&config, assignment, complain, &config);
}

static unsigned check(void)
{
    return config_check(&config, complain, &config);
}

START_TEST(defaults_are_valid_and_fit_each_other)
{
    config_init(&config);
    ck_assert_str_eq(config.gateway_listen, "127.0.0.1:9220");
    ck_assert_uint_eq(config.shm_messages_size, 32 << 20);
    ck_assert_uint_eq(config.gateway_boot_interval, 300000);
    ck_assert_uint_eq(config.board_auth, BOARD_AUTH_TOKEN);
    ck_assert_uint_eq(config.log_level, CONFIG_LOG_INFO);
    ck_assert(!config.board_insecure);
    ck_assert_uint_eq(check(), 0);
    config_free(&config);
    ck_assert_ptr_null(config.gateway_listen);
}
END_TEST

START_TEST(every_row_has_a_default_in_range_and_a_help)
{
    config_init(&config);
    for (size_t i = 0; i < config_row_count; i++) {
        const struct config_row *row = &config_rows[i];
        char assignment[512];
        snprintf(assignment, sizeof(assignment), "%s.%s=%s", row->section, row->name,
                 row->fallback);
        ck_assert_msg(set(assignment) == 0, "%s", assignment);
        ck_assert_msg(strlen(row->help) > 10 && row->help[strlen(row->help) - 1] != '.',
                      "help of %s", assignment);
        ck_assert_msg((row->type == CONFIG_TYPE_CHOICE) == (row->choices != NULL), "%s",
                      assignment);
    }
    ck_assert_str_eq(complaints, "");
    config_free(&config);
}
END_TEST

START_TEST(a_file_is_read_over_the_defaults)
{
    ck_assert_uint_eq(read_text("; a comment\n# another\n\n"
                                "[gateway]\r\nlisten = [::1]:80\r\n"
                                "   max_message=128K ; indented, with a comment\n"
                                "\tmessage_rate : 7\n"
                                "[shm]\ninstance=north-1\n"
                                "[log]\nlevel = debug"),
                      0);
    ck_assert_str_eq(complaints, "");
    ck_assert_str_eq(config.gateway_listen, "[::1]:80");
    ck_assert_uint_eq(config.gateway_max_message, 128 << 10);
    ck_assert_uint_eq(config.gateway_message_rate, 7);
    ck_assert_str_eq(config.shm_instance, "north-1");
    ck_assert_uint_eq(config.log_level, CONFIG_LOG_DEBUG);
    ck_assert_str_eq(config.gateway_path, "/ocpp");
    config_free(&config);
}
END_TEST

START_TEST(a_byte_order_mark_is_fine)
{
    ck_assert_uint_eq(read_text("\xef\xbb\xbf[shm]\ninstance=x\n"), 0);
    ck_assert_str_eq(config.shm_instance, "x");
    config_free(&config);
}
END_TEST

START_TEST(all_errors_are_reported_with_their_lines)
{
    ck_assert_uint_eq(read_text("listen = 1\n"
                                "[gateway]\n"
                                "lsten = 127.0.0.1:1\n"
                                "max_message = 1\n"
                                "nonsense\n"
                                "message_rate = 5\n"
                                "[shm\n"
                                "message_rate = 6\n"
                                "[gatway]\n"
                                "path = /\n"),
                      7);
    expect_complaint("file:1: listen stands before any [section]; did you mean [");
    expect_complaint("file:3: gateway.lsten is unknown; did you mean gateway.listen?\n");
    expect_complaint("file:4: gateway.max_message: 1 is out of range (1K to 16M)\n");
    expect_complaint("file:5: neither \"[section]\" nor \"key = value\"\n");
    expect_complaint("file:7: \"]\" is missing\n");
    expect_complaint("file:8: gateway.message_rate was already set on line 6\n");
    expect_complaint("file:10: gatway.path is unknown; did you mean gateway.path?\n");
    config_free(&config);
}
END_TEST

START_TEST(lines_that_could_hide_something_are_refused)
{
    char text[400];
    ck_assert_uint_eq(read_bytes("[shm]\ninstance = a\0b\n", 21), 1);
    expect_complaint("file:2: control character, or not UTF-8\n");
    snprintf(text, sizeof(text), "[shm]\ndir = /%0300d\n", 0);
    strcpy(directory + strlen(directory) - 6, "XXXXXX");
    config_free(&config);
    complaints[0] = '\0';
    ck_assert_uint_eq(read_text(text), 1);
    expect_complaint("file:2: line is longer than 197 bytes\n");
    ck_assert_str_eq(config.shm_dir, "/dev/shm");
    config_free(&config);
}
END_TEST

START_TEST(the_longest_line_arrives_whole)
{
    char text[400];
    snprintf(text, sizeof(text), "[shm]\ndir=/%0192d\n", 7); /* 197 bytes */
    ck_assert_uint_eq(read_text(text), 0);
    ck_assert_uint_eq(strlen(config.shm_dir), 193);
    ck_assert_int_eq(config.shm_dir[192], '7');
    config_free(&config);
}
END_TEST

START_TEST(a_list_may_take_several_lines)
{
    ck_assert_uint_eq(read_text("[board]\n"
                                "allowed_hosts = a.example, b.example\n"
                                "auth = none\n"
                                "allowed_hosts = c.example\n"),
                      0);
    ck_assert_str_eq(config.board_allowed_hosts, "a.example, b.example, c.example");
    ck_assert_uint_eq(check(), 0);
    ck_assert_uint_eq(set("board.allowed_hosts=d.example"), 0);
    ck_assert_str_eq(config.board_allowed_hosts, "d.example");
    config_free(&config);
}
END_TEST

START_TEST(a_missing_file_is_an_error_unless_optional)
{
    config_init(&config);
    ck_assert_uint_eq(config_read_file(&config, "/nonexistent/file", true, complain, &config), 0);
    ck_assert_uint_eq(config_read_file(&config, "/nonexistent/file", false, complain, &config), 1);
    ck_assert_str_eq(complaints, "/nonexistent/file: No such file or directory\n");
    ck_assert_uint_eq(config_read_file(&config, "/", true, complain, &config), 1);
    expect_complaint("/: Is a directory\n");
    config_free(&config);
}
END_TEST

START_TEST(quantities_have_units)
{
    config_init(&config);
    ck_assert_uint_eq(set("shm.messages_size=65536"), 0);
    ck_assert_uint_eq(config.shm_messages_size, 65536);
    ck_assert_uint_eq(set("shm.messages_size=3m"), 0);
    ck_assert_uint_eq(config.shm_messages_size, 3 << 20);
    ck_assert_uint_eq(set("shm.messages_size=64G"), 0);
    ck_assert_uint_eq(config.shm_messages_size, UINT64_C(64) << 30);
    ck_assert_uint_eq(set("gateway.ping_interval=500ms"), 0);
    ck_assert_uint_eq(config.gateway_ping_interval, 500);
    ck_assert_uint_eq(set("gateway.ping_interval=12"), 0);
    ck_assert_uint_eq(config.gateway_ping_interval, 12000);
    ck_assert_uint_eq(set("gateway.ping_interval=2m"), 0);
    ck_assert_uint_eq(config.gateway_ping_interval, 120000);
    ck_assert_uint_eq(set("board.session_max=24h"), 0);
    ck_assert_uint_eq(config.board_session_max, 86400000);
    config_free(&config);
}
END_TEST

START_TEST(what_is_no_quantity_is_refused)
{
    static const char *const wrong[] = {
        "shm.messages_size=",      "shm.messages_size=M",      "shm.messages_size=-1",
        "shm.messages_size=+1M",   "shm.messages_size= 1M",    "shm.messages_size=1.5M",
        "shm.messages_size=1MB",   "shm.messages_size=1s",     "shm.messages_size=0x10000",
        "gateway.message_rate=1K", "gateway.ping_interval=5d", "gateway.ping_interval=5 s",
    };
    config_init(&config);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(set(wrong[i]) == 1, "%s", wrong[i]);
    expect_complaint("-o shm.messages_size: \"1MB\" is not a size such as");
    ck_assert_uint_eq(config.shm_messages_size, 32 << 20);
    config_free(&config);
}
END_TEST

START_TEST(huge_numbers_are_out_of_range_not_wrapped)
{
    config_init(&config);
    ck_assert_uint_eq(set("gateway.message_rate=18446744073709551617"), 1);
    ck_assert_uint_eq(set("shm.messages_size=18446744073709551615G"), 1);
    expect_complaint("18446744073709551615G is out of range (64K to 64G)\n");
    ck_assert_uint_eq(set("gateway.ping_interval=5124095576031h"), 1);
    expect_complaint("5124095576031h is out of range (100ms to 1h)\n");
    config_free(&config);
}
END_TEST

START_TEST(booleans_and_choices)
{
    config_init(&config);
    ck_assert_uint_eq(set("board.insecure=Yes"), 0);
    ck_assert(config.board_insecure);
    ck_assert_uint_eq(set("board.insecure=off"), 0);
    ck_assert(!config.board_insecure);
    ck_assert_uint_eq(set("board.insecure=maybe"), 1);
    expect_complaint("-o board.insecure: \"maybe\" is neither yes nor no\n");
    ck_assert_uint_eq(set("gateway.duplicate=probe"), 0);
    ck_assert_uint_eq(config.gateway_duplicate, DUPLICATE_PROBE);
    ck_assert_uint_eq(set("gateway.duplicate=prob"), 1);
    expect_complaint("-o gateway.duplicate: \"prob\" is none of newest|probe\n");
    ck_assert_uint_eq(set("gateway.duplicate="), 1);
    ck_assert_uint_eq(set("gateway.duplicate=newest|probe"), 1);
    config_free(&config);
}
END_TEST

START_TEST(assignments_need_section_key_and_value)
{
    static const char *const wrong[] = {
        "",
        "=",
        ".",
        "gateway",
        "gateway.listen",
        "listen=1",
        "gateway=listen.x",
        "gateway.listen\n=x",
        ".listen=x",
        "gateway.=x",
        "nothing.at_all=1",
    };
    char long_key[200];
    config_init(&config);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(set(wrong[i]) == 1, "%s", wrong[i]);
    snprintf(long_key, sizeof(long_key), "gateway.%0150d=1", 0);
    ck_assert_uint_eq(set(long_key), 1);
    ck_assert_uint_eq(set("gateway.stations=/a=b"), 0);
    ck_assert_str_eq(config.gateway_stations, "/a=b");
    config_free(&config);
}
END_TEST

/* With these assignments on top of the defaults the check complains exactly once, so. */
static void expect_refused(const char *first, const char *second, const char *complaint)
{
    config_init(&config);
    complaints[0] = '\0';
    ck_assert_uint_eq(set(first), 0);
    ck_assert_uint_eq(second != NULL ? set(second) : 0, 0);
    ck_assert_msg(check() == 1, "%s %s: %s", first, second, complaints);
    expect_complaint(complaint);
    config_free(&config);
}

static void expect_accepted(const char *first, const char *second)
{
    config_init(&config);
    complaints[0] = '\0';
    ck_assert_uint_eq(set(first), 0);
    ck_assert_uint_eq(second != NULL ? set(second) : 0, 0);
    ck_assert_msg(check() == 0, "%s %s: %s", first, second, complaints);
    config_free(&config);
}

START_TEST(no_authentication_needs_loopback_or_insecure)
{
    expect_accepted("board.auth=none", NULL);
    expect_accepted("board.auth=none", "board.listen=[::1]:9230");
    expect_accepted("board.auth=none", "board.listen=localhost:9230");
    expect_refused("board.auth=none", "board.listen=0.0.0.0:9230", "board.insecure = yes");
    expect_refused("board.auth=none", "board.listen=:9230", "board.insecure = yes");
    expect_refused("board.auth=none", "board.listen=[::]:9230", "board.insecure = yes");
    expect_refused("board.auth=none", "board.listen=example.org:9230", "board.insecure = yes");
    expect_accepted("board.auth=token", "board.listen=0.0.0.0:9230");
    config_init(&config);
    set("board.auth=none");
    set("board.listen=0.0.0.0:9230");
    set("board.insecure=yes");
    ck_assert_uint_eq(check(), 0);
    config_free(&config);
}
END_TEST

START_TEST(names_and_paths_are_checked)
{
    expect_accepted("shm.instance=North_1-a", NULL);
    expect_accepted("shm.instance=1234567890123456789012345678901", NULL);
    expect_refused("shm.instance=12345678901234567890123456789012", NULL, "shm.instance");
    expect_refused("shm.instance=", NULL, "shm.instance");
    expect_refused("shm.instance=../x", NULL, "shm.instance");
    expect_refused("shm.dir=run", NULL, "shm.dir");
    expect_accepted("gateway.path=/", NULL);
    expect_accepted("gateway.path=/a/b-c.d_e~f", NULL);
    expect_refused("gateway.path=", NULL, "gateway.path");
    expect_refused("gateway.path=ocpp", NULL, "gateway.path");
    expect_refused("gateway.path=/ocpp/", NULL, "gateway.path");
    expect_refused("gateway.path=/a//b", NULL, "gateway.path");
    expect_refused("gateway.path=/a/../b", NULL, "gateway.path");
    expect_refused("gateway.path=/.", NULL, "gateway.path");
    expect_accepted("gateway.path=/...", NULL);
    expect_refused("gateway.path=/a?b", NULL, "gateway.path");
    expect_refused("gateway.path=/%2e", NULL, "gateway.path");
    expect_accepted("board.base_path=/charging", NULL);
    expect_refused("board.base_path=charging/", NULL, "board.base_path");
    expect_accepted("board.instances=north, south", NULL);
    expect_refused("board.instances=north,so/uth", NULL, "board.instances: \"so/uth\"");
}
END_TEST

START_TEST(listeners_are_checked)
{
    expect_refused("gateway.listen=9220", NULL, "gateway.listen: \"9220\" is neither");
    expect_refused("board.listen=::1:9230", NULL, "board.listen: \"::1:9230\" is neither");
    expect_refused("gateway.listen=127.0.0.1:9230", NULL, "are both 127.0.0.1:9230");
    expect_accepted("gateway.listen=127.0.0.1:0", "board.listen=127.0.0.1:0");
}
END_TEST

START_TEST(values_must_fit_each_other)
{
    expect_refused("gateway.max_message=1M", NULL, "gateway.max_message must not be more than");
    expect_accepted("gateway.max_message=1M", "gateway.max_output=1M");
    expect_refused("gateway.max_connections_per_address=30000", NULL, "per_address");
    expect_refused("board.session_idle=13h", NULL, "board.session_idle");
    expect_refused("board.sse_clients=4096", NULL, "board.sse_clients must not be more than");
    expect_refused("board.sse_clients_per_session=1000", NULL, "per_session");
    expect_refused("gateway.security_profile=1", NULL, "needs gateway.stations");
    expect_accepted("gateway.security_profile=1", "gateway.stations=/etc/stations");
    config_init(&config);
    complaints[0] = '\0';
    set("gateway.security_profile=1");
    set("gateway.stations=/etc/stations");
    set("gateway.accept_unknown=yes");
    ck_assert_uint_eq(check(), 1);
    expect_complaint("gateway.accept_unknown = yes contradicts");
    config_free(&config);
}
END_TEST

START_TEST(listeners_fit_the_security_profile)
{
    static const char *const secure[] = {"gateway.tls_listen=:9443", "gateway.tls_cert=/c",
                                         "gateway.tls_key=/k", "gateway.stations=/s"};
    static const struct {
        const char *settings[3];
        const char *expected; /* NULL: accepted */
    } cases[] = {
        {{"gateway.security_profile=0"}, NULL},
        {{"gateway.security_profile=1"}, NULL},
        {{"gateway.security_profile=2"}, NULL}, /* the default of gateway.listen is not in use */
        {{"gateway.security_profile=2", "gateway.listen="}, NULL},
        {{"gateway.security_profile=2", "gateway.listen=:9220"}, "over TLS only"},
        {{"gateway.security_profile=2", "gateway.stations="}, "needs gateway.stations"},
        {{"gateway.security_profile=2", "gateway.accept_unknown=yes"}, "contradicts"},
        {{"gateway.security_profile=2", "board.listen=127.0.0.1:9220"}, NULL},
        {{"gateway.security_profile=3"}, "needs gateway.tls_client_ca"},
        {{"gateway.security_profile=3", "gateway.tls_client_ca=/a", "gateway.stations="}, NULL},
        {{"gateway.security_profile=3", "gateway.tls_client_ca=/a", "gateway.listen=:1"},
         "over TLS only"},
        {{"gateway.tls_client_ca=/a"}, "is for gateway.security_profile = 3"},
        {{"gateway.tls_key="}, "gateway.tls_cert is set, gateway.tls_key is not"},
        {{"gateway.tls_key=", "gateway.tls_cert="}, "gateway.tls_listen needs"},
        {{"gateway.tls_listen="}, "nothing listens for TLS"},
        {{"gateway.tls_listen=", "gateway.security_profile=3", "gateway.tls_client_ca=/a"},
         "set gateway.tls_listen"},
        {{"gateway.tls_listen=127.0.0.1:9220"}, "are both 127.0.0.1:9220"},
        {{"gateway.tls_listen=127.0.0.1:9230"}, "are both 127.0.0.1:9230"},
        {{"gateway.tls_listen=9443"}, "gateway.tls_listen: \"9443\" is neither"},
        {{"gateway.listen="}, NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        config_init(&config);
        complaints[0] = '\0';
        for (size_t j = 0; j < 4; j++)
            set(secure[j]);
        for (size_t j = 0; j < 3 && cases[i].settings[j] != NULL; j++)
            set(cases[i].settings[j]);
        ck_assert_msg((check() == 0) == (cases[i].expected == NULL), "case %zu: %s", i, complaints);
        if (cases[i].expected != NULL)
            expect_complaint(cases[i].expected);
        config_free(&config);
    }
    expect_refused("gateway.listen=", NULL, "set gateway.tls_listen, or stations");
}
END_TEST

START_TEST(lists_are_checked)
{
    expect_accepted("board.allowed_hosts= board.example.org , ::1,10.0.0.1,, ", NULL);
    expect_refused("board.allowed_hosts=a,b/c", NULL, "\"b/c\" is not a host name");
    expect_refused("board.allowed_hosts=a:80", NULL, "\"a:80\" is not a host name");
    expect_refused("board.allowed_hosts=a b , c", NULL, "\"a b\" is not a host name");
    expect_refused("board.allowed_hosts=*", NULL, "\"*\" is not a host name");
    expect_accepted("board.cors_origins=https://a.example , http://localhost:3000", NULL);
    expect_refused("board.cors_origins=*", NULL, "\"*\" is not an origin");
    expect_refused("board.cors_origins=https://a.example/", NULL, "is not an origin");
    expect_refused("board.cors_origins=null", NULL, "is not an origin");
    expect_accepted("board.trusted_proxies=127.0.0.1, ::1", NULL);
    expect_refused("board.trusted_proxies=proxy.example", NULL, "is not an IP address");
}
END_TEST

static void expect_split(const char *listen, const char *expected_address, unsigned expected_port)
{
    char address[64];
    uint16_t port = 0;
    ck_assert_msg(config_split_listen(listen, address, sizeof(address), &port), "%s", listen);
    ck_assert_str_eq(address, expected_address);
    ck_assert_uint_eq(port, expected_port);
}

START_TEST(listen_addresses_are_split)
{
    static const char *const wrong[] = {
        "",          "80",       "host",      "host:",       "host:65536", "host:-1",
        "host:8 0",  "::1:80",   "[::1]",     "[::1:80",     "::1]:80",    "[]:80",
        "[host]:80", "ho st:80", "[::1]x:80", "host:000080", "a/b:80",
    };
    char address[8];
    uint16_t port;
    expect_split("127.0.0.1:9220", "127.0.0.1", 9220);
    expect_split(":0", "", 0);
    expect_split("[2001:db8::1]:65535", "2001:db8::1", 65535);
    expect_split("board.example.org:80", "board.example.org", 80);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(!config_split_listen(wrong[i], address, sizeof(address), &port), "%s",
                      wrong[i]);
    ck_assert(config_split_listen("1234567:1", address, sizeof(address), &port));
    ck_assert(!config_split_listen("12345678:1", address, sizeof(address), &port));
}
END_TEST

START_TEST(loopback_is_recognised)
{
    ck_assert(config_is_loopback("127.0.0.1"));
    ck_assert(config_is_loopback("127.255.0.9"));
    ck_assert(config_is_loopback("::1"));
    ck_assert(config_is_loopback("LocalHost"));
    ck_assert(!config_is_loopback(""));
    ck_assert(!config_is_loopback("0.0.0.0"));
    ck_assert(!config_is_loopback("128.0.0.1"));
    ck_assert(!config_is_loopback("::"));
    ck_assert(!config_is_loopback("127.example.org"));
    ck_assert(!config_is_loopback("localhost.example.org"));
}
END_TEST

static bool read_secret(const char *text, size_t length, mode_t mode, char *out, size_t size,
                        char error[256])
{
    strcpy(directory + strlen(directory) - 6, "XXXXXX");
    write_file(text, length);
    ck_assert_int_eq(chmod(path, mode), 0);
    bool read = config_read_secret(path, out, size, error, 256);
    remove_file();
    return read;
}

START_TEST(a_secret_is_the_first_line)
{
    char secret[16], error[256];
    ck_assert(read_secret("tok en\nsecond\n", 14, 0600, secret, sizeof(secret), error));
    ck_assert_str_eq(secret, "tok en");
    ck_assert(read_secret("windows\r\n", 9, 0400, secret, sizeof(secret), error));
    ck_assert_str_eq(secret, "windows");
    ck_assert(read_secret("123456789012345", 15, 0600, secret, sizeof(secret), error));
    ck_assert_str_eq(secret, "123456789012345");
}
END_TEST

START_TEST(unfit_secret_files_are_refused)
{
    char secret[16], error[256];
    ck_assert(!read_secret("token\n", 6, 0640, secret, sizeof(secret), error));
    ck_assert_ptr_nonnull(strstr(error, "accessible to group or others"));
    ck_assert(!read_secret("token\n", 6, 0604, secret, sizeof(secret), error));
    ck_assert(!read_secret("", 0, 0600, secret, sizeof(secret), error));
    ck_assert_ptr_nonnull(strstr(error, "is empty"));
    ck_assert(!read_secret("\nx\n", 3, 0600, secret, sizeof(secret), error));
    ck_assert(!read_secret("a\0b\n", 4, 0600, secret, sizeof(secret), error));
    ck_assert_ptr_nonnull(strstr(error, "NUL"));
    ck_assert(!read_secret("1234567890123456", 16, 0600, secret, sizeof(secret), error));
    ck_assert_ptr_nonnull(strstr(error, "too long"));
    ck_assert(!config_read_secret("/nonexistent", secret, sizeof(secret), error, sizeof(error)));
    ck_assert_str_eq(error, "/nonexistent: No such file or directory");
    ck_assert(!config_read_secret("/tmp", secret, sizeof(secret), error, sizeof(error)));
    ck_assert_ptr_nonnull(strstr(error, "regular file"));
}
END_TEST

START_TEST(a_fifo_does_not_hang_a_reader_of_secrets)
{
    char secret[16], error[256];
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/fifo", directory);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert(!config_read_secret(path, secret, sizeof(secret), error, sizeof(error)));
    remove_file();
}
END_TEST

START_TEST(somebody_elses_secret_is_refused)
{
    char secret[16], error[256];
    if (geteuid() != 0)
        return; /* can't make such a file */
    write_file("token\n", 6);
    ck_assert_int_eq(chmod(path, 0600), 0);
    ck_assert_int_eq(chown(path, 65534, 65534), 0);
    ck_assert(!config_read_secret(path, secret, sizeof(secret), error, sizeof(error)));
    ck_assert_ptr_nonnull(strstr(error, "another user"));
    remove_file();
}
END_TEST

SUITE("config", defaults_are_valid_and_fit_each_other, every_row_has_a_default_in_range_and_a_help,
      a_file_is_read_over_the_defaults, a_byte_order_mark_is_fine,
      all_errors_are_reported_with_their_lines, lines_that_could_hide_something_are_refused,
      the_longest_line_arrives_whole, a_list_may_take_several_lines,
      a_missing_file_is_an_error_unless_optional, quantities_have_units,
      what_is_no_quantity_is_refused, huge_numbers_are_out_of_range_not_wrapped,
      booleans_and_choices, assignments_need_section_key_and_value,
      no_authentication_needs_loopback_or_insecure, names_and_paths_are_checked,
      listeners_are_checked, listeners_fit_the_security_profile, values_must_fit_each_other,
      lists_are_checked, listen_addresses_are_split, loopback_is_recognised,
      a_secret_is_the_first_line, unfit_secret_files_are_refused,
      a_fifo_does_not_hang_a_reader_of_secrets, somebody_elses_secret_is_refused)
