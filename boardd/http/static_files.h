/*
 * The web UI, read into memory once: no file is opened while requests are served. A file next to
 * which the same name with .br or .gz stands is sent in that form to those who take it.
 */
#ifndef BOARDD_STATIC_FILES_H
#define BOARDD_STATIC_FILES_H

#include <stdbool.h>
#include <stddef.h>

struct http_exchange;
struct static_files;

/*
 * Reads the directory and all below. A directory that isn't there gives an empty set, with a
 * warning; NULL with a text in `error` when it's too large or can't be read. Its pages are one path
 * segment deep and their links relative, so they work below any base path as they are.
 */
struct static_files *static_files_load(const char *directory, char *error, size_t error_size);
/* Replies that are on their way keep what they need. */
void static_files_free(struct static_files *files);

/*
 * Answers a GET or HEAD for `path` (decoded, begins with '/'). A path without a file that looks
 * like a page (no dot in its last part) gets index.html, so that the page's own routes work;
 * anything else 404.
 */
void static_files_reply(struct static_files *files, struct http_exchange *exchange,
                        const char *path);

#endif
