#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/station_file.h"
#include "tests/unit/suite.h"

static char path[64], complaints[8192];
static unsigned complaint_count;

static void note(const char *text, void *context)
{
    (void)context;
    complaint_count++;
    strncat(complaints, text, sizeof(complaints) - strlen(complaints) - 2);
    strcat(complaints, "\n");
}

static void write_file(const char *text)
{
    strcpy(path, "/tmp/ocpp-board-stations.XXXXXX");
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    close(descriptor);
    complaint_count = 0;
    complaints[0] = '\0';
}

static struct station_file *load(const char *text)
{
    write_file(text);
    struct station_file *file = station_file_load(path, note, NULL);
    unlink(path);
    return file;
}

static bool accepts(const struct station_file *file, const char *identity, const void *password,
                    size_t length)
{
    return station_entry_accepts(station_file_find(file, identity), password, length);
}

START_TEST(test_good_file)
{
    struct station_file *file =
        load("# stations\n"
             "\n"
             "CP001\tpassword=correct-horse  # a comment\n"
             "CP002 key=000102030405060708090A0B0c0d0e0f10111213 boot=pending\r\n"
             "CP003 sha256=2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b\n"
             "CP:004@x boot=rejected certificate=SERIAL-4\n"
             "CP005 password=old password=new");
    ck_assert_msg(file != NULL, "%s", complaints);
    ck_assert_uint_eq(station_file_count(file), 5);
    ck_assert(accepts(file, "CP001", "correct-horse", 13));
    ck_assert(!accepts(file, "CP001", "correct-hors", 12));
    ck_assert(!accepts(file, "CP001", "", 0));
    ck_assert(accepts(file, "CP002", "\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23", 20));
    ck_assert(!accepts(file, "CP002", "000102030405060708090A0B0c0d0e0f10111213", 40));
    ck_assert(accepts(file, "CP003", "secret", 6));
    ck_assert(!accepts(file, "CP:004@x", "", 0));
    ck_assert(accepts(file, "CP005", "old", 3) && accepts(file, "CP005", "new", 3));
    ck_assert_int_eq(station_file_find(file, "CP001")->boot_status, BOOT_ACCEPTED);
    ck_assert_int_eq(station_file_find(file, "CP002")->boot_status, BOOT_PENDING);
    ck_assert_int_eq(station_file_find(file, "CP:004@x")->boot_status, BOOT_REJECTED);
    ck_assert_str_eq(station_entry_certificate(station_file_find(file, "CP:004@x"), "CP:004@x"),
                     "SERIAL-4");
    ck_assert_str_eq(station_entry_certificate(station_file_find(file, "CP005"), "CP005"), "CP005");
    ck_assert_str_eq(station_entry_certificate(NULL, "CP006"), "CP006");
    ck_assert_ptr_null(station_file_find(file, "CP006"));
    ck_assert(!station_entry_accepts(NULL, (const unsigned char *)"x", 1));
    station_file_free(file);
}
END_TEST

START_TEST(test_errors_name_their_line)
{
    static const struct {
        const char *text, *expected;
    } files[] = {
        {"CP1\nbad/name\n", ":2: the identity"},
        {"CP1 secret\n", ":1: CP1: expected name=value"},
        {"CP1 pasword=x\n", "unknown field"},
        {"CP1 password=\n", "password is empty"},
        {"CP1 key=0001\n", "key is not"},
        {"CP1 key=zz0102030405060708090A0B0c0d0e0f\n", "key is not"},
        {"CP1 sha256=00\n", "sha256 is not"},
        {"CP1 boot=later\n", "boot is not"},
        {"CP1 password=a password=b password=c\n", "more than two"},
        {"CP1 certificate=\n", "certificate is not a common name"},
        {"CP1 certificate="
         "12345678901234567890123456789012345678901234567890123456789012345\n",
         "certificate is not a common name"},
        {"CP1 certificate=a certificate=b\n", "certificate stands there twice"},
        {"CP1\nCP2\nCP1\n", "CP1 stands there twice"},
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        ck_assert_ptr_null(load(files[i].text));
        ck_assert_msg(strstr(complaints, files[i].expected) != NULL, "%s", complaints);
        ck_assert_msg(strstr(complaints, path) != NULL, "%s", complaints);
    }
}
END_TEST

START_TEST(test_no_secret_in_a_complaint)
{
    ck_assert_ptr_null(load("CP1 hunter2\nCP1 key=hunter2\nCP1 pass=hunter2\n"));
    ck_assert_ptr_null(strstr(complaints, "hunter2"));
}
END_TEST

START_TEST(test_complaints_are_bounded)
{
    static char text[4000];
    for (int i = 0; i < 500; i++)
        strcat(text, "a/b\n");
    ck_assert_ptr_null(load(text));
    ck_assert_uint_eq(complaint_count, 20);
}
END_TEST

START_TEST(test_long_line)
{
    char text[STATION_FILE_MAX_LINE + 10];
    memset(text, 'x', sizeof(text));
    strcpy(text + sizeof(text) - 2, "\n");
    ck_assert_ptr_null(load(text));
    ck_assert_ptr_nonnull(strstr(complaints, "longer than"));
}
END_TEST

START_TEST(test_many_stations)
{
    size_t size = 1 << 20, at = 0;
    char *text = malloc(size);
    for (int i = 0; i < 20000; i++)
        at += (size_t)snprintf(text + at, size - at, "STATION-%05d password=p%d\n", i, i);
    struct station_file *file = load(text);
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(station_file_count(file), 20000);
    ck_assert(accepts(file, "STATION-19999", "p19999", 6));
    ck_assert(!accepts(file, "STATION-19999", "p1", 2));
    station_file_free(file);
    free(text);
}
END_TEST

START_TEST(test_the_file_is_a_secret)
{
    write_file("CP1 password=x\n");
    chmod(path, 0640);
    ck_assert_ptr_null(station_file_load(path, note, NULL));
    ck_assert_ptr_nonnull(strstr(complaints, "chmod 600"));
    unlink(path);
    ck_assert_ptr_null(station_file_load(path, note, NULL));
    ck_assert_ptr_nonnull(strstr(complaints, "No such file"));
    ck_assert_ptr_null(station_file_load("/tmp", note, NULL));
    ck_assert_ptr_nonnull(strstr(complaints, "is not a file"));
}
END_TEST

SUITE("station_file", test_good_file, test_errors_name_their_line, test_no_secret_in_a_complaint,
      test_complaints_are_bounded, test_long_line, test_many_stations, test_the_file_is_a_secret)
