#include "boardd/http/static_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boardd/http/http_server.h"
#include "common/digest.h"
#include "common/log.h"

#define MAX_FILES     4096
#define MAX_BYTES     (64u * 1024 * 1024)
#define MAX_DEPTH     8
#define MAX_PATH_SIZE 1024
#define ETAG_SIZE     35

enum coding { CODING_NONE, CODING_GZIP, CODING_BROTLI, CODING_COUNT };

/* One form of a file. Shared with replies that are being sent. */
struct content {
    unsigned references;
    size_t length;
    char etag[ETAG_SIZE];
    char data[];
};

struct file {
    char *path; /* "/assets/index-3f2a.js" */
    const char *type;
    struct content *forms[CODING_COUNT];
};

struct static_files {
    size_t count;
    size_t bytes;
    struct file files[MAX_FILES];
};

static const char missing_page[] = "<!doctype html><html lang=\"en\"><head><meta "
                                   "charset=\"utf-8\"><title>ocpp-board</title></head>"
                                   "<body><h1>ocpp-board</h1><p>The web UI is not installed here "
                                   "(see board.webui). The API works: "
                                   "<a href=\"/health\">/health</a>.</p></body></html>\n";

static const struct {
    const char *suffix;
    const char *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".woff", "font/woff"},
    {".txt", "text/plain; charset=utf-8"},
    {".wasm", "application/wasm"},
};

static bool ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text), tail = strlen(suffix);
    return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

static const char *type_of(const char *path)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (ends_with(path, types[i].suffix))
            return types[i].type;
    }
    return "application/octet-stream";
}

static void release_content(void *context)
{
    struct content *content = context;
    if (content != NULL && --content->references == 0)
        free(content);
}

static struct content *content_new(const char *data, size_t length)
{
    struct content *content = malloc(sizeof(*content) + length);
    unsigned char digest[DIGEST_SIZE];
    char hex[DIGEST_HEX + 1];
    if (content == NULL)
        return NULL;
    content->references = 1;
    content->length = length;
    if (length > 0)
        memcpy(content->data, data, length);
    digest_sha256(data, length, digest);
    digest_hex(digest, DIGEST_SIZE, hex);
    snprintf(content->etag, sizeof(content->etag), "\"%.32s\"", hex);
    return content;
}

static struct file *find_file(struct static_files *files, const char *path)
{
    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(files->files[i].path, path) == 0)
            return &files->files[i];
    }
    return NULL;
}

static struct file *file_for(struct static_files *files, const char *path, size_t length)
{
    char name[MAX_PATH_SIZE];
    snprintf(name, sizeof(name), "%.*s", (int)length, path);
    struct file *file = find_file(files, name);
    if (file != NULL)
        return file;
    if (files->count == MAX_FILES)
        return NULL;
    file = &files->files[files->count];
    file->path = strdup(name);
    if (file->path == NULL)
        return NULL;
    file->type = type_of(name);
    files->count++;
    return file;
}

static enum coding coding_of(const char *path, size_t *stem)
{
    *stem = strlen(path);
    if (ends_with(path, ".gz") || ends_with(path, ".br")) {
        *stem -= 3;
        return ends_with(path, ".gz") ? CODING_GZIP : CODING_BROTLI;
    }
    return CODING_NONE;
}

static char *read_whole(int descriptor, size_t length)
{
    char *data = malloc(length + 1);
    size_t done = 0;
    while (data != NULL && done < length) {
        ssize_t got = read(descriptor, data + done, length - done);
        if (got <= 0) {
            free(data);
            return NULL;
        }
        done += (size_t)got;
    }
    return data;
}

static bool add_file(struct static_files *files, int descriptor, const char *path, char *error,
                     size_t error_size)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode))
        return true;
    size_t length = (size_t)status.st_size, stem;
    if (files->bytes + length > MAX_BYTES) {
        snprintf(error, error_size, "more than %u MiB of files", MAX_BYTES >> 20);
        return false;
    }
    enum coding coding = coding_of(path, &stem);
    struct file *file = file_for(files, path, stem);
    char *data = file != NULL ? read_whole(descriptor, length) : NULL;
    if (data == NULL) {
        snprintf(error, error_size, "%s: cannot be read, or too many files", path);
        return false;
    }
    file->forms[coding] = content_new(data, length);
    free(data);
    files->bytes += length;
    return file->forms[coding] != NULL;
}

static bool add_directory(struct static_files *files, int descriptor, const char *prefix,
                          unsigned depth, char *error, size_t error_size);

static bool add_entry(struct static_files *files, int directory, const char *prefix,
                      const char *name, unsigned depth, char *error, size_t error_size)
{
    char path[MAX_PATH_SIZE];
    struct stat status;
    bool good;
    if (name[0] == '.')
        return true;
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", prefix, name) >= sizeof(path))
        return true;
    int descriptor = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
        snprintf(error, error_size, "%s: %s", path, strerror(errno));
        if (descriptor >= 0)
            close(descriptor);
        return false;
    }
    if (S_ISDIR(status.st_mode))
        return add_directory(files, descriptor, path, depth + 1, error, error_size);
    good = add_file(files, descriptor, path, error, error_size);
    close(descriptor);
    return good;
}

/* Takes `descriptor`. */
static bool add_directory(struct static_files *files, int descriptor, const char *prefix,
                          unsigned depth, char *error, size_t error_size)
{
    bool good = true;
    DIR *directory = fdopendir(descriptor);
    if (directory == NULL) {
        snprintf(error, error_size, "%s: %s", prefix, strerror(errno));
        close(descriptor);
        return false;
    }
    for (const struct dirent *entry;
         good && depth < MAX_DEPTH && (entry = readdir(directory)) != NULL;)
        good = add_entry(files, descriptor, prefix, entry->d_name, depth, error, error_size);
    closedir(directory);
    return good;
}

struct static_files *static_files_load(const char *directory, char *error, size_t error_size)
{
    struct static_files *files = calloc(1, sizeof(*files));
    if (files == NULL) {
        snprintf(error, error_size, "out of memory");
        return NULL;
    }
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        log_warn("http", "no web UI in %s", directory);
        return files;
    }
    if (!add_directory(files, descriptor, "", 0, error, error_size)) {
        static_files_free(files);
        return NULL;
    }
    return files;
}

void static_files_free(struct static_files *files)
{
    if (files == NULL)
        return;
    for (size_t i = 0; i < files->count; i++) {
        free(files->files[i].path);
        for (int coding = 0; coding < CODING_COUNT; coding++)
            release_content(files->files[i].forms[coding]);
    }
    free(files);
}

/* Whether the Accept-Encoding list names the coding without forbidding it (;q=0). */
static bool accepts(const struct http1_request *request, const char *coding)
{
    const struct http1_header *header = http1_find(request, "Accept-Encoding");
    if (header == NULL)
        return false;
    char list[256];
    if (header->value.length >= sizeof(list))
        return false;
    memcpy(list, header->value.start, header->value.length);
    list[header->value.length] = '\0';
    char *rest = list;
    for (char *item; (item = strsep(&rest, ",")) != NULL;) {
        item += strspn(item, " \t");
        size_t name = strcspn(item, " \t;");
        if (name != strlen(coding) || strncasecmp(item, coding, name) != 0)
            continue;
        const char *quality = strstr(item, "q=");
        return quality == NULL || strtod(quality + 2, NULL) > 0;
    }
    return false;
}

static enum coding choose_coding(const struct file *file, const struct http1_request *request)
{
    if (file->forms[CODING_BROTLI] != NULL && accepts(request, "br"))
        return CODING_BROTLI;
    if (file->forms[CODING_GZIP] != NULL && accepts(request, "gzip"))
        return CODING_GZIP;
    return CODING_NONE;
}

static void reply_file(struct http_exchange *exchange, const struct file *file)
{
    static const char *const names[CODING_COUNT] = {NULL, "gzip", "br"};
    enum coding coding = choose_coding(file, http_request(exchange));
    struct content *content = file->forms[coding];
    bool hashed = strncmp(file->path, "/assets/", 8) == 0;
    if (content == NULL) { /* only a compressed form, and the peer takes none */
        http_reply_error(exchange, 404, "not found");
        return;
    }
    http_add_header(exchange, "ETag", content->etag);
    http_add_header(exchange, "Vary", "Accept-Encoding");
    http_add_header(exchange, "Cache-Control",
                    hashed ? "public, max-age=31536000, immutable" : "no-cache");
    if (http_none_match(exchange, content->etag)) {
        http_reply_empty(exchange, 304);
        return;
    }
    if (names[coding] != NULL)
        http_add_header(exchange, "Content-Encoding", names[coding]);
    content->references++;
    http_reply_reference(exchange, 200, file->type, content->data, content->length, release_content,
                         content);
}

static bool looks_like_page(const char *path)
{
    const char *last = strrchr(path, '/');
    return last == NULL || strchr(last, '.') == NULL;
}

void static_files_reply(struct static_files *files, struct http_exchange *exchange,
                        const char *path)
{
    const struct file *file = find_file(files, path);
    if (file == NULL && looks_like_page(path))
        file = find_file(files, "/index.html");
    if (file != NULL)
        reply_file(exchange, file);
    else if (files->count == 0 && looks_like_page(path))
        http_reply_text(exchange, 200, "text/html; charset=utf-8", missing_page,
                        sizeof(missing_page) - 1);
    else
        http_reply_error(exchange, 404, "no such file");
}
