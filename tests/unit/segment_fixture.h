/* A segment in a directory of its own, for the suites of shm/. */
#ifndef TESTS_UNIT_SEGMENT_FIXTURE_H
#define TESTS_UNIT_SEGMENT_FIXTURE_H

#include <check.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shm/segment_reader.h"
#include "shm/segment_writer.h"

struct fixture {
    char dir[64];
    struct segment_options options;
    char error[512];
    char path[128];
    char *buffer;
};

static inline void fixture_open(struct fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    strcpy(fixture->dir, "/dev/shm/ocpp-board-test.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(fixture->dir));
    fixture->options = (struct segment_options){
        .dir = fixture->dir,
        .instance = "unit",
        .group = "",
        .build_id = "ocpp-board 0.0.0-test",
        .stations = 16,
    };
    for (unsigned i = 0; i < COLLECTION_COUNT; i++)
        fixture->options.ring_size[i] = 65536;
    snprintf(fixture->path, sizeof fixture->path, "%s/ocpp-board.unit", fixture->dir);
    fixture->buffer = malloc(SEGMENT_READER_BUFFER);
    ck_assert_ptr_nonnull(fixture->buffer);
}

static inline void fixture_close(struct fixture *fixture)
{
    DIR *dir = opendir(fixture->dir);
    const struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char path[400];
        snprintf(path, sizeof path, "%s/%s", fixture->dir, entry->d_name);
        unlink(path);
    }
    if (dir != NULL)
        closedir(dir);
    rmdir(fixture->dir);
    free(fixture->buffer);
}

static inline struct segment_writer *fixture_writer(struct fixture *fixture)
{
    struct segment_writer *writer =
        segment_writer_open(&fixture->options, fixture->error, sizeof fixture->error);

    ck_assert_msg(writer != NULL, "%s", fixture->error);
    return writer;
}

static inline struct segment_reader *fixture_reader(struct fixture *fixture)
{
    struct segment_reader *reader = segment_reader_open(fixture->dir, fixture->options.instance, -1,
                                                        fixture->error, sizeof fixture->error);

    ck_assert_msg(reader != NULL, "%s", fixture->error);
    return reader;
}

/* Publishes a message whose payload is `length` times the letter. */
static inline uint64_t fixture_publish(struct segment_writer *writer, size_t length, char letter)
{
    static char payload[200000];

    ck_assert_uint_le(length, sizeof payload);
    memset(payload, letter, length);
    return segment_writer_publish(writer, &(struct event){
                                              .type = EVENT_MESSAGE,
                                              .time_ns = 1,
                                              .station_slot = EVENT_NO_STATION,
                                              .latency_us = EVENT_NO_LATENCY,
                                              .payload = {payload, length},
                                          });
}

#endif
