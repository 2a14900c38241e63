#include "boardd/login/session.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boardd/http/address_limits.h"
#include "tests/unit/suite.h"

static char directory[64];
static char path[128];
static struct sessions *sessions;
static struct sessions_options options;

static void begin(void)
{
    strcpy(directory, "/dev/shm/ocpp-board-test.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/sessions", directory);
    options = (struct sessions_options){
        .idle_ms = 1000, .max_ms = 5000, .max_count = 3, .state_path = path};
    sessions = sessions_new(&options, 100);
    ck_assert_ptr_nonnull(sessions);
}

static void end(void)
{
    sessions_free(sessions);
    unlink(path);
    rmdir(directory);
}

START_TEST(a_session_is_found_by_its_id_alone)
{
    char id[SESSION_ID_SIZE], wrong[SESSION_ID_SIZE];
    const struct session *session = sessions_begin(sessions, "ann", ROLE_VIEWER, 7, 100, id);
    ck_assert_uint_eq(strlen(id), 64);
    ck_assert_ptr_eq(sessions_find(sessions, id, 100), session);
    ck_assert_str_eq(session->name, "ann");
    memcpy(wrong, id, sizeof(wrong));
    wrong[63] = wrong[63] == 'a' ? 'b' : 'a';
    ck_assert_ptr_null(sessions_find(sessions, wrong, 100));
    ck_assert_ptr_null(sessions_find(sessions, "", 100));
    ck_assert_ptr_null(sessions_find(sessions, "abc", 100));
}
END_TEST

START_TEST(idle_and_absolute_expiry)
{
    char id[SESSION_ID_SIZE], other[SESSION_ID_SIZE];
    sessions_begin(sessions, "ann", ROLE_VIEWER, 7, 100, id);
    for (uint64_t now = 100; now < 5000; now += 900)
        ck_assert_ptr_nonnull(sessions_find(sessions, id, now));
    ck_assert_ptr_null(sessions_find(sessions, id, 5100)); /* seen, but too old */
    uint64_t number = sessions_begin(sessions, "bob", ROLE_VIEWER, 7, 6000, other)->number;
    ck_assert(sessions_stands(sessions, number, 6999));
    ck_assert(!sessions_stands(sessions, number, 7000)); /* asking is not being seen */
    ck_assert_ptr_null(sessions_find(sessions, other, 7000));
}
END_TEST

START_TEST(the_oldest_gives_way)
{
    char ids[4][SESSION_ID_SIZE];
    for (int i = 0; i < 3; i++)
        sessions_begin(sessions, "ann", ROLE_VIEWER, 7, 100 + (uint64_t)i, ids[i]);
    ck_assert_ptr_nonnull(sessions_find(sessions, ids[0], 110));
    sessions_begin(sessions, "ann", ROLE_VIEWER, 7, 120, ids[3]);
    ck_assert_ptr_nonnull(sessions_find(sessions, ids[0], 121));
    ck_assert_ptr_null(sessions_find(sessions, ids[1], 121));
    ck_assert_uint_eq(sessions_count(sessions, 121), 3);
}
END_TEST

START_TEST(sessions_survive_a_restart)
{
    char id[SESSION_ID_SIZE], ended[SESSION_ID_SIZE];
    struct stat status;
    sessions_begin(sessions, "ann of x", ROLE_OPERATOR, 7, 100, id);
    uint64_t number = sessions_begin(sessions, "bob", ROLE_VIEWER, 7, 100, ended)->number;
    sessions_end(sessions, number);
    ck_assert(sessions_save(sessions));
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0600);
    sessions_free(sessions);
    sessions = sessions_new(&options, 200);
    const struct session *session = sessions_find(sessions, id, 200);
    ck_assert_ptr_nonnull(session);
    ck_assert_str_eq(session->name, "ann of x");
    ck_assert_int_eq(session->role, ROLE_OPERATOR);
    ck_assert_uint_eq(session->begun_ms, 100);
    ck_assert_ptr_null(sessions_find(sessions, ended, 200));
}
END_TEST

START_TEST(the_file_does_not_hold_the_id)
{
    char id[SESSION_ID_SIZE], text[4096] = "";
    sessions_begin(sessions, "ann", ROLE_VIEWER, 7, 100, id);
    ck_assert(sessions_save(sessions));
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_gt(fread(text, 1, sizeof(text) - 1, file), 64);
    fclose(file);
    ck_assert_ptr_null(strstr(text, id));
}
END_TEST

START_TEST(a_file_that_others_could_write_is_ignored)
{
    char id[SESSION_ID_SIZE];
    sessions_begin(sessions, "ann", ROLE_VIEWER, 7, 100, id);
    ck_assert(sessions_save(sessions));
    sessions_free(sessions);
    ck_assert_int_eq(chmod(path, 0660), 0);
    sessions = sessions_new(&options, 200);
    ck_assert_ptr_null(sessions_find(sessions, id, 200));
}
END_TEST

START_TEST(broken_files_are_ignored)
{
    static const char *const texts[] = {"", "x", "ocpp-boardd sessions 1 other-boot\nabc 1 1 1 x\n",
                                        "ocpp-boardd sessions 1\n\n\n", "\x00\xff\xfe"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        sessions_free(sessions);
        int file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
        ck_assert_int_ge(file, 0);
        ck_assert_int_ge(write(file, texts[i], strlen(texts[i])), 0);
        close(file);
        sessions = sessions_new(&options, 200);
        ck_assert_ptr_nonnull(sessions);
        ck_assert_uint_eq(sessions_count(sessions, 200), 0);
    }
}
END_TEST

START_TEST(csrf_tokens_belong_to_their_session)
{
    char one[SESSION_ID_SIZE], two[SESSION_ID_SIZE], a[DIGEST_HEX + 1], b[DIGEST_HEX + 1];
    sessions_begin(sessions, "ann", ROLE_VIEWER, 7, 100, one);
    sessions_begin(sessions, "ann", ROLE_VIEWER, 7, 100, two);
    session_csrf_token(one, a);
    session_csrf_token(two, b);
    ck_assert_str_ne(a, b);
    ck_assert_str_ne(a, one);
    session_csrf_token(one, b);
    ck_assert_str_eq(a, b);
}
END_TEST

#define SECOND UINT64_C(1000000000)

START_TEST(requests_are_limited_per_address)
{
    struct address_limits *limits = address_limits_new(&(struct address_limits_options){10, 20});
    unsigned wait = 0, admitted = 0;
    uint64_t now = 1000 * SECOND;
    while (admitted < 100 && address_limits_request(limits, "192.0.2.1", now, &wait))
        admitted++;
    ck_assert_uint_eq(admitted, 20);
    ck_assert_uint_ge(wait, 1);
    ck_assert(address_limits_request(limits, "192.0.2.2", now, &wait));
    ck_assert(address_limits_request(limits, "192.0.2.1", now + SECOND / 5, &wait));
    address_limits_free(limits);
}
END_TEST

START_TEST(logging_out_everywhere)
{
    char ids[3][SESSION_ID_SIZE];
    sessions_begin(sessions, "ann", ROLE_VIEWER, 7, 100, ids[0]);
    sessions_begin(sessions, "bob", ROLE_VIEWER, 7, 100, ids[1]);
    const struct session *last = sessions_begin(sessions, "ann", ROLE_VIEWER, 7, 100, ids[2]);
    ck_assert_uint_eq(sessions_end_user(sessions, last->name), 2);
    ck_assert_ptr_null(sessions_find(sessions, ids[0], 101));
    ck_assert_ptr_nonnull(sessions_find(sessions, ids[1], 101));
    ck_assert_ptr_null(sessions_find(sessions, ids[2], 101));
}
END_TEST

START_TEST(an_open_stream_counts_as_use_up_to_the_absolute_end)
{
    char id[SESSION_ID_SIZE];
    uint64_t number = sessions_begin(sessions, "ann", ROLE_VIEWER, 7, 100, id)->number;
    for (uint64_t now = 100; now < 5100; now += 250) {
        ck_assert(sessions_stands(sessions, number, now));
        sessions_use(sessions, number, now);
    }
    ck_assert(!sessions_stands(sessions, number, 5100));
    sessions_use(sessions, number, 5100); /* does not bring it back */
    ck_assert_ptr_null(sessions_find(sessions, id, 5100));
    sessions_use(sessions, 0, 5100);
    sessions_use(sessions, 999, 5100);
}
END_TEST

static bool is_of(const struct session *session, void *context)
{
    return session->account == *(const uint64_t *)context;
}

START_TEST(sessions_remember_their_account_over_a_restart)
{
    char ids[2][SESSION_ID_SIZE];
    uint64_t account = UINT64_MAX - 5;
    sessions_begin(sessions, "ann", ROLE_VIEWER, account, 100, ids[0]);
    sessions_begin(sessions, "bob", ROLE_VIEWER, 7, 100, ids[1]);
    ck_assert(sessions_save(sessions));
    sessions_free(sessions);
    sessions = sessions_new(&options, 200);
    ck_assert_uint_eq(sessions_end_unless(sessions, is_of, &account), 1);
    ck_assert_ptr_nonnull(sessions_find(sessions, ids[0], 200));
    ck_assert_ptr_null(sessions_find(sessions, ids[1], 200));
}
END_TEST

START_TEST(an_ipv6_subscriber_is_one_address)
{
    struct address_limits *limits = address_limits_new(&(struct address_limits_options){1, 1});
    unsigned wait;
    ck_assert(address_limits_request(limits, "2001:db8:1:2::1", SECOND, &wait));
    ck_assert(!address_limits_request(limits, "2001:db8:1:2:ffff::9", SECOND, &wait));
    ck_assert(address_limits_request(limits, "2001:db8:1:3::1", SECOND, &wait));
    address_limits_free(limits);
}
END_TEST

SUITE_WITH("session", begin, end, a_session_is_found_by_its_id_alone, idle_and_absolute_expiry,
           the_oldest_gives_way, sessions_survive_a_restart, the_file_does_not_hold_the_id,
           a_file_that_others_could_write_is_ignored, broken_files_are_ignored,
           csrf_tokens_belong_to_their_session, requests_are_limited_per_address,
           logging_out_everywhere, an_open_stream_counts_as_use_up_to_the_absolute_end,
           sessions_remember_their_account_over_a_restart, an_ipv6_subscriber_is_one_address)
