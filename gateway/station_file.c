#include "gateway/station_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/hash.h"

#define MAX_COMPLAINTS 20
#define MIN_KEY_BYTES  16
#define MAX_KEY_BYTES  20
#define BLANKS         " \t\r\n"

struct station_file {
    struct station_entry *entries;
    size_t count, capacity;
    uint32_t
        *index; /* entry number + 1 by hash, 0 empty; twice as many places as entries at least */
    size_t index_mask;
};

struct loader {
    struct station_file *file;
    const char *path;
    unsigned line;
    unsigned errors;
    config_complaint *complain;
    void *context;
};

static void complain(struct loader *loader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void complain(struct loader *loader, const char *format, ...)
{
    char what[256], text[512];
    va_list arguments;
    if (loader->errors++ >= MAX_COMPLAINTS)
        return;
    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    if (loader->line > 0)
        snprintf(text, sizeof(text), "%s:%u: %s", loader->path, loader->line, what);
    else
        snprintf(text, sizeof(text), "%s: %s", loader->path, what);
    loader->complain(text, loader->context);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Number of bytes, or -1 when it is not an even number of hexadecimal digits or does not fit. */
static int read_hex(const char *text, unsigned char *out, size_t size)
{
    size_t length = strlen(text);
    if (length % 2 != 0 || length / 2 > size)
        return -1;
    for (size_t i = 0; i < length; i += 2) {
        int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0)
            return -1;
        out[i / 2] = (unsigned char)(high << 4 | low);
    }
    return (int)(length / 2);
}

static const char *read_key(const char *value, unsigned char *secret)
{
    unsigned char key[MAX_KEY_BYTES];
    int length = read_hex(value, key, sizeof(key));
    if (length < MIN_KEY_BYTES)
        return "key is not 32 to 40 hexadecimal digits";
    digest_sha256(key, (size_t)length, secret);
    explicit_bzero(key, sizeof(key));
    return NULL;
}

static const char *read_password(const char *value, unsigned char *secret)
{
    if (value[0] == '\0')
        return "password is empty";
    digest_sha256(value, strlen(value), secret);
    return NULL;
}

static const char *read_sha256(const char *value, unsigned char *secret)
{
    return read_hex(value, secret, DIGEST_SIZE) == DIGEST_SIZE
               ? NULL
               : "sha256 is not 64 hexadecimal digits";
}

static const char *read_secret(const char *name, const char *value, struct station_entry *entry)
{
    if (entry->secret_count == STATION_FILE_SECRETS)
        return "more than two of password, key and sha256";
    unsigned char *secret = entry->secrets[entry->secret_count++];
    if (strcmp(name, "key") == 0)
        return read_key(value, secret);
    return strcmp(name, "password") == 0 ? read_password(value, secret)
                                         : read_sha256(value, secret);
}

static const char *read_boot(const char *value, struct station_entry *entry)
{
    if (strcmp(value, "accepted") == 0)
        entry->boot_status = BOOT_ACCEPTED;
    else if (strcmp(value, "pending") == 0)
        entry->boot_status = BOOT_PENDING;
    else if (strcmp(value, "rejected") == 0)
        entry->boot_status = BOOT_REJECTED;
    else
        return "boot is not accepted, pending or rejected";
    return NULL;
}

static const char *read_certificate(const char *value, struct station_entry *entry)
{
    size_t length = strlen(value);
    if (entry->certificate[0] != '\0')
        return "certificate stands there twice";
    if (length == 0 || length >= sizeof(entry->certificate))
        return "certificate is not a common name of 1 to 64 characters";
    memcpy(entry->certificate, value, length + 1);
    return NULL;
}

/* Returns what is wrong, or NULL. Values are never repeated: they may be secret. */
static const char *read_field(char *field, struct station_entry *entry)
{
    char *equals = strchr(field, '=');
    if (equals == NULL)
        return "expected name=value after the identity";
    *equals = '\0';
    if (strcmp(field, "boot") == 0)
        return read_boot(equals + 1, entry);
    if (strcmp(field, "certificate") == 0)
        return read_certificate(equals + 1, entry);
    if (strcmp(field, "key") == 0 || strcmp(field, "password") == 0 || strcmp(field, "sha256") == 0)
        return read_secret(field, equals + 1, entry);
    return "unknown field; known are password, key, sha256, certificate and boot";
}

static struct station_entry *append_entry(struct station_file *file)
{
    if (file->count == file->capacity) {
        size_t capacity = file->capacity > 0 ? 2 * file->capacity : 64;
        struct station_entry *grown = realloc(file->entries, capacity * sizeof(*grown));
        if (grown == NULL)
            return NULL;
        file->entries = grown;
        file->capacity = capacity;
    }
    struct station_entry *entry = &file->entries[file->count++];
    *entry = (struct station_entry){.boot_status = BOOT_ACCEPTED};
    return entry;
}

static void read_line(struct loader *loader, char *line)
{
    char *rest = line;
    char *identity = strtok_r(line, BLANKS, &rest);
    if (identity == NULL || identity[0] == '#')
        return;
    if (!identity_is_valid(identity)) {
        complain(loader, "the identity is not 1 to 48 of A-Z a-z 0-9 * - _ = : + | @ .");
        return;
    }
    struct station_entry *entry = append_entry(loader->file);
    if (entry == NULL) {
        complain(loader, "out of memory");
        return;
    }
    memcpy(entry->identity, identity, strlen(identity) + 1);
    char *field;
    while ((field = strtok_r(NULL, BLANKS, &rest)) != NULL && field[0] != '#') {
        const char *problem = read_field(field, entry);
        if (problem != NULL)
            complain(loader, "%s: %s", entry->identity, problem);
    }
}

static void read_lines(struct loader *loader, FILE *stream)
{
    char line[STATION_FILE_MAX_LINE];
    while (fgets(line, sizeof(line), stream) != NULL) {
        loader->line++;
        if (strchr(line, '\n') == NULL && !feof(stream)) {
            complain(loader, "line is longer than %zu bytes", sizeof(line) - 2);
            break;
        }
        read_line(loader, line);
    }
    explicit_bzero(line, sizeof(line));
    if (ferror(stream)) {
        loader->line = 0;
        complain(loader, "can't be read");
    }
}

/* The index place of that identity: where it stands, or the empty place where it belongs. */
static uint32_t *find_place(const struct station_file *file, const char *identity)
{
    size_t place = hash_bytes(HASH_START, identity, strlen(identity)) & file->index_mask;
    while (file->index[place] != 0 &&
           strcmp(file->entries[file->index[place] - 1].identity, identity) != 0)
        place = (place + 1) & file->index_mask;
    return &file->index[place];
}

static void build_index(struct loader *loader)
{
    struct station_file *file = loader->file;
    size_t places = 64;
    while (places < 2 * file->count)
        places *= 2;
    loader->line = 0;
    file->index = calloc(places, sizeof(file->index[0]));
    file->index_mask = places - 1;
    if (file->index == NULL) {
        complain(loader, "out of memory");
        return;
    }
    for (size_t i = 0; i < file->count; i++) {
        uint32_t *place = find_place(file, file->entries[i].identity);
        if (*place != 0)
            complain(loader, "%s stands there twice", file->entries[i].identity);
        *place = (uint32_t)(i + 1);
    }
}

/* Opens the file and looks at its owner and mode. */
static FILE *open_secret(struct loader *loader)
{
    struct stat info;
    int descriptor = open(loader->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0 || fstat(descriptor, &info) != 0)
        complain(loader, "%s", strerror(errno));
    else if (!S_ISREG(info.st_mode))
        complain(loader, "is not a file");
    else if (info.st_uid != geteuid() && info.st_uid != 0)
        complain(loader, "belongs to user %ld, neither to us nor to root", (long)info.st_uid);
    else if ((info.st_mode & 077) != 0)
        complain(loader, "group or others may access it; run: chmod 600 %s", loader->path);
    FILE *stream = loader->errors == 0 ? fdopen(descriptor, "r") : NULL;
    if (stream == NULL && descriptor >= 0)
        close(descriptor);
    if (stream == NULL && loader->errors == 0)
        complain(loader, "out of memory");
    return stream;
}

struct station_file *station_file_load(const char *path, config_complaint *complaint, void *context)
{
    struct station_file *file = calloc(1, sizeof(*file));
    struct loader loader = {.file = file, .path = path, .complain = complaint, .context = context};
    if (file == NULL) {
        complain(&loader, "out of memory");
        return NULL;
    }
    FILE *stream = open_secret(&loader);
    if (stream != NULL) {
        read_lines(&loader, stream);
        fclose(stream);
        build_index(&loader);
    }
    if (loader.errors == 0)
        return file;
    station_file_free(file);
    return NULL;
}

void station_file_free(struct station_file *file)
{
    if (file == NULL)
        return;
    if (file->entries != NULL)
        explicit_bzero(file->entries, file->capacity * sizeof(file->entries[0]));
    free(file->entries);
    free(file->index);
    free(file);
}

const struct station_entry *station_file_find(const struct station_file *file, const char *identity)
{
    uint32_t number = *find_place(file, identity);
    return number != 0 ? &file->entries[number - 1] : NULL;
}

size_t station_file_count(const struct station_file *file)
{
    return file->count;
}

const char *station_entry_certificate(const struct station_entry *entry, const char *identity)
{
    return entry != NULL && entry->certificate[0] != '\0' ? entry->certificate : identity;
}

bool station_entry_accepts(const struct station_entry *entry, const unsigned char *password,
                           size_t length)
{
    static const struct station_entry nobody;
    unsigned char digest[DIGEST_SIZE];
    bool accepted = false;
    if (entry == NULL)
        entry = &nobody;
    digest_sha256(password, length, digest);
    for (unsigned i = 0; i < STATION_FILE_SECRETS; i++)
        accepted |= digest_equal(digest, entry->secrets[i]) && i < entry->secret_count;
    explicit_bzero(digest, sizeof(digest));
    return accepted;
}
