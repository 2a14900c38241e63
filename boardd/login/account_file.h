/*
 * Secret files of text with one account a line, whose name is the first field: the users file
 * ("name:role:hash") and the file of API tokens ("name scopes digest"). Empty lines and those that
 * begin with "#" don't count.
 */
#ifndef BOARDD_ACCOUNT_FILE_H
#define BOARDD_ACCOUNT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define ACCOUNT_FILE_MAX_LINE 1024
#define ACCOUNT_NAME_MAX      63

/* 1 to ACCOUNT_NAME_MAX letters, digits and "-_.@+", not beginning with "-". */
bool account_name_is_valid(const char *name);

/* Takes one line, without its newline, which it may cut up. Returns what is wrong with it, or NULL.
 */
typedef const char *account_line(char *line, void *context);

/* Gives each line of the file to `take`. False, with a text that says what is wrong and where, when
 * the file can't be read, is open to others (mode 0600 is asked for), or a line is wrong. */
bool account_file_read(const char *path, account_line *take, void *context, char *error,
                       size_t error_size);

/*
 * Puts `line` in the place of the one of that name, or at the end; NULL takes the name's line out.
 * `separator` ends the name. The old file is replaced at once by a new one with mode 0600 and the
 * same owner, also when somebody else writes at the same time. *found tells whether there was one.
 */
bool account_file_put(const char *path, const char *name, char separator, const char *line,
                      bool *found, char *error, size_t error_size);

#endif
