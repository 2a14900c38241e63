#include "shm/segment_file.h"

#include "tests/unit/suite.h"
#include "tests/unit/segment_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#define LARGE_PAGE ((size_t)2 << 20)
#define SIZE       (2 * LARGE_PAGE + 5000) /* no multiple of any page */

static int make(struct fixture *fixture)
{
    fixture_open(fixture);
    int fd = open(fixture->path, O_RDWR | O_CREAT | O_EXCL, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(posix_fallocate(fd, 0, SIZE), 0);
    return fd;
}

static unsigned mappings(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    unsigned lines = 0;
    int c;
    ck_assert_ptr_nonnull(maps);
    while ((c = getc(maps)) != EOF)
        lines += c == '\n';
    fclose(maps);
    return lines;
}

START_TEST(a_file_is_mapped_where_large_pages_can_hold_it)
{
    struct fixture fixture;
    int fd = make(&fixture);
    ck_assert_int_eq(pwrite(fd, "before", 6, LARGE_PAGE), 6);
    char *written = segment_map_to_write(fd, SIZE);
    const char *read = segment_map_to_read(fd, SIZE);
    ck_assert_ptr_nonnull(written);
    ck_assert_ptr_nonnull(read);
    ck_assert_uint_eq((uintptr_t)written % LARGE_PAGE, 0);
    ck_assert_uint_eq((uintptr_t)read % LARGE_PAGE, 0);
    ck_assert_mem_eq(read + LARGE_PAGE, "before", 6);
    written[SIZE - 1] = 'x';
    ck_assert_int_eq(read[SIZE - 1], 'x');
    munmap(written, SIZE);
    munmap((void *)(uintptr_t)read, SIZE);
    close(fd);
    fixture_close(&fixture);
}
END_TEST

START_TEST(the_writer_s_pages_are_all_there)
{
    struct fixture fixture;
    unsigned char present[SIZE / 4096 + 1];
    int fd = make(&fixture);
    char *base = segment_map_to_write(fd, SIZE);
    ck_assert_ptr_nonnull(base);
    ck_assert_int_eq(mincore(base, SIZE, present), 0);
    for (size_t i = 0; i < sizeof present; i++)
        ck_assert_msg(present[i] & 1, "page %zu", i);
    munmap(base, SIZE);
    close(fd);
    fixture_close(&fixture);
}
END_TEST

START_TEST(nothing_but_the_file_stays_mapped)
{
    struct fixture fixture;
    int fd = make(&fixture);
    unsigned before = mappings();
    for (unsigned i = 0; i < 50; i++) {
        void *base =
            i % 2 == 0 ? segment_map_to_read(fd, SIZE + i) : segment_map_to_write(fd, SIZE - i);
        ck_assert_ptr_nonnull(base);
        munmap(base, i % 2 == 0 ? SIZE + i : SIZE - i);
    }
    ck_assert_uint_le(mappings(), before + 2); /* the library's own */
    close(fd);
    fixture_close(&fixture);
}
END_TEST

START_TEST(what_can_t_be_mapped_leaves_nothing)
{
    struct fixture fixture;
    int fd = make(&fixture);
    close(fd);
    fd = open(fixture.path, O_RDONLY);
    ck_assert_int_ge(fd, 0);
    unsigned before = mappings();
    for (unsigned i = 0; i < 20; i++) {
        errno = 0;
        ck_assert_ptr_null(segment_map_to_write(fd, SIZE));
        ck_assert_int_eq(errno, EACCES);
    }
    ck_assert_ptr_null(segment_map_to_read(-1, SIZE));
    ck_assert_int_eq(errno, EBADF);
    ck_assert_uint_le(mappings(), before + 2);
    close(fd);
    fixture_close(&fixture);
}
END_TEST

SUITE("segment_file", a_file_is_mapped_where_large_pages_can_hold_it,
      the_writer_s_pages_are_all_there, nothing_but_the_file_stays_mapped,
      what_can_t_be_mapped_leaves_nothing)
