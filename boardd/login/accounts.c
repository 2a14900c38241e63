#include "boardd/login/accounts.h"

#include <bsd/readpassphrase.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boardd/login/account_file.h"
#include "boardd/login/api_tokens.h"
#include "boardd/login/role.h"
#include "boardd/login/users_file.h"
#include "common/digest.h"
#include "common/options.h"
#include "common/text.h"

#define PASSWORD_MIN 8

static const struct option_row passwd_rows[] = {
    {'r', "role", "viewer or operator; a new user is a viewer unless told otherwise"},
    {'D', NULL, "Delete the user"},
    {'h', NULL, "Print the usage and exit"},
};
static const struct program passwd_program = {
    .name = "ocpp-boardd passwd",
    .operands = "file name",
    .options = passwd_rows,
    .option_count = sizeof(passwd_rows) / sizeof(passwd_rows[0]),
};
static const struct option_row token_rows[] = {
    {'s', "scopes", "read, operate and metrics, separated by commas; read unless told otherwise"},
    {'D', NULL, "Delete the token"},
    {'h', NULL, "Print the usage and exit"},
};
static const struct program token_program = {
    .name = "ocpp-boardd token",
    .operands = "file name",
    .options = token_rows,
    .option_count = sizeof(token_rows) / sizeof(token_rows[0]),
};

struct account {
    const struct program *program;
    const char *file;
    const char *name;
    const char *role;   /* NULL: not given */
    const char *scopes; /* NULL: not given */
    bool delete;
};

static int complain(const struct account *account, const char *text)
{
    fprintf(stderr, "%s: %s\n", account->program->name, text);
    return EXIT_FAILURE;
}

static bool take_option(char letter, const char *argument, void *context)
{
    struct account *account = context;
    enum role role;
    unsigned scopes;
    switch (letter) {
    case 'r':
        account->role = argument;
        return role_parse(argument, &role) ||
               (complain(account, "-r: neither viewer nor operator"), false);
    case 's':
        account->scopes = argument;
        return scopes_parse(argument, &scopes) ||
               (complain(account, "-s: not read, operate and metrics, separated by commas"), false);
    default:
        account->delete = true;
        return true;
    }
}

static void read_arguments(struct account *account, int argc, char **argv)
{
    int first = options_parse(account->program, argc, argv, take_option, account);
    if (argc - first != 2) {
        options_usage(account->program, stderr);
        exit(2);
    }
    account->file = argv[first];
    account->name = argv[first + 1];
    if (!account_name_is_valid(account->name))
        exit(complain(account, "the name is not 1 to 63 letters, digits and -_.@+"));
}

/* Writes the line, or takes it out where it is NULL. */
static int put(const struct account *account, char separator, const char *line)
{
    char error[512];
    bool found;
    if (!account_file_put(account->file, account->name, separator, line, &found, error,
                          sizeof(error)))
        return complain(account, error);
    if (line == NULL && !found)
        return complain(account, "no such name in the file");
    return EXIT_SUCCESS;
}

static bool read_line(char *out, size_t size)
{
    if (fgets(out, (int)size, stdin) == NULL)
        return false;
    size_t length = strcspn(out, "\n");
    bool complete = out[length] == '\n' || feof(stdin);
    out[length] = '\0';
    return complete;
}

/* Returns what is wrong, or NULL. */
static const char *ask_password(char password[PASSWORD_MAX + 2])
{
    char again[PASSWORD_MAX + 2];
    bool same = true;
    if (!isatty(STDIN_FILENO))
        return read_line(password, PASSWORD_MAX + 2) ? NULL
                                                     : "no password on standard input, or too long";
    if (readpassphrase("New password: ", password, PASSWORD_MAX + 2, RPP_ECHO_OFF) == NULL ||
        readpassphrase("The same again: ", again, sizeof(again), RPP_ECHO_OFF) == NULL)
        return "no password was given";
    same = strcmp(password, again) == 0;
    explicit_bzero(again, sizeof(again));
    return same ? NULL : "these are not the same";
}

static const char *judge_password(const char *password)
{
    size_t length = strlen(password);
    if (length < PASSWORD_MIN || length > PASSWORD_MAX)
        return "a password has 8 to 256 bytes";
    if (!text_is_utf8(password, length))
        return "a password is UTF-8";
    for (const char *p = password; *p != '\0'; p++) {
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return "a password has no control characters";
    }
    return NULL;
}

/* The role that the user is to have: as given, as it was so far, viewer. NULL, having complained,
 * when the file is there and can't be read. */
static const char *find_role(const struct account *account)
{
    char error[512];
    if (account->role != NULL)
        return account->role;
    if (access(account->file, F_OK) != 0)
        return role_name(ROLE_VIEWER);
    struct users *users = users_load(account->file, error, sizeof(error));
    if (users == NULL) {
        complain(account, error);
        return NULL;
    }
    const struct user *user = users_find(users, account->name);
    const char *role = role_name(user != NULL ? user->role : ROLE_VIEWER);
    users_free(users);
    return role;
}

int accounts_passwd(int argc, char **argv)
{
    struct account account = {.program = &passwd_program};
    char password[PASSWORD_MAX + 2] = "", hash[PASSWORD_HASH_SIZE], line[ACCOUNT_FILE_MAX_LINE];
    read_arguments(&account, argc, argv);
    if (account.delete)
        return put(&account, ':', NULL);
    const char *role = find_role(&account);
    if (role == NULL)
        return EXIT_FAILURE;
    const char *wrong = ask_password(password);
    if (wrong == NULL)
        wrong = judge_password(password);
    if (wrong == NULL && !password_hash(password, hash))
        wrong = "this system's libcrypt has no yescrypt";
    explicit_bzero(password, sizeof(password));
    if (wrong != NULL)
        return complain(&account, wrong);
    snprintf(line, sizeof(line), "%s:%s:%s", account.name, role, hash);
    return put(&account, ':', line);
}

int accounts_token(int argc, char **argv)
{
    struct account account = {.program = &token_program};
    char text[DIGEST_HEX + 1], hex[DIGEST_HEX + 1], line[ACCOUNT_FILE_MAX_LINE];
    unsigned char digest[DIGEST_SIZE];
    read_arguments(&account, argc, argv);
    if (account.delete)
        return put(&account, ' ', NULL);
    digest_random_hex(text);
    digest_sha256(text, DIGEST_HEX, digest);
    digest_hex(digest, DIGEST_SIZE, hex);
    snprintf(line, sizeof(line), "%s %s %s", account.name,
             account.scopes != NULL ? account.scopes : "read", hex);
    int status = put(&account, ' ', line);
    if (status == EXIT_SUCCESS && (puts(text) < 0 || fflush(stdout) != 0))
        status = complain(&account, "the token could not be printed; make another one");
    explicit_bzero(text, sizeof(text));
    return status;
}
