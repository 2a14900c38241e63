/* /api/openapi.json: the route table as an OpenAPI 3.1 document */
#include "config.h"

#include <string.h>

#include "boardd/api/routes.h"

enum parameter_type { TYPE_text, TYPE_integer, TYPE_time, TYPE_list };

static const struct {
    const char *name;
    enum parameter_type type;
    const char *help;
} parameters[] = {
#define PARAMETER(name, type, help) {#name, TYPE_##type, help},
#include "boardd/api/parameters.def"
};

static const char *method_name(enum http_method method)
{
    switch (method) {
    case HTTP_POST:
        return "post";
    case HTTP_PUT:
        return "put";
    case HTTP_DELETE:
        return "delete";
    default:
        return "get";
    }
}

static void put_text(struct json_out *json, const char *key, const char *text)
{
    json_out_string(json_out_key(json, key), text);
}

static void put_parameter(struct json_out *json, const char *name, size_t length, const char *place,
                          enum parameter_type type, const char *help)
{
    json_out_object(json);
    json_out_text(json_out_key(json, "name"), name, length);
    put_text(json, "in", place);
    json_out_bool(json_out_key(json, "required"), strcmp(place, "path") == 0);
    put_text(json, "description", help);
    json_out_object(json_out_key(json, "schema"));
    put_text(json, "type", type == TYPE_integer ? "integer" : "string");
    json_out_object_end(json);
    json_out_object_end(json);
}

/* Names are separated by spaces. */
static void put_query_parameters(struct json_out *json, const char *names)
{
    while (*names != '\0') {
        size_t length = strcspn(names, " ");
        for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
            if (strlen(parameters[i].name) == length &&
                memcmp(parameters[i].name, names, length) == 0)
                put_parameter(json, names, length, "query", parameters[i].type, parameters[i].help);
        }
        names += length;
        names += strspn(names, " ");
    }
}

static void put_path_parameter(struct json_out *json, const char *path)
{
    const char *colon = strchr(path, ':');
    if (colon == NULL)
        return;
    put_parameter(json, colon + 1, strcspn(colon + 1, "/"), "path", TYPE_text,
                  "Percent-encoded where it needs to be");
}

static bool is_stream(const char *path)
{
    const char *last = strrchr(path, '/');
    return last != NULL && strcmp(last, "/stream") == 0;
}

static const char *content_type(const char *path)
{
    if (is_stream(path))
        return "text/event-stream";
    return strcmp(path, "/metrics") == 0 ? "text/plain" : "application/json";
}

static void put_responses(struct json_out *json, const struct route *route)
{
    json_out_object(json_out_key(json, "responses"));
    json_out_object(json_out_key(json, "200"));
    put_text(json, "description", "As described above");
    json_out_object(json_out_key(json, "content"));
    json_out_object(json_out_key(json, content_type(route->path)));
    json_out_object_end(json);
    json_out_object_end(json);
    json_out_object_end(json);
    json_out_object(json_out_key(json, "default"));
    put_text(json, "description", "An error: {\"error\": \"what is wrong\"}");
    json_out_object_end(json);
    json_out_object_end(json);
}

static void put_operation(struct json_out *json, const struct route *route)
{
    json_out_object(json_out_key(json, method_name(route->method)));
    put_text(json, "summary", route->help);
    put_text(json, "x-role", role_name(route->role));
    if (route->role == ROLE_NONE) {
        json_out_array(json_out_key(json, "security"));
        json_out_array_end(json);
    }
    json_out_array(json_out_key(json, "parameters"));
    put_path_parameter(json, route->path);
    put_query_parameters(json, route->parameters);
    json_out_array_end(json);
    put_responses(json, route);
    json_out_object_end(json);
}

/* "/api/messages/:id" is "/api/messages/{id}" there. */
static void put_path_key(struct json_out *json, const char *path)
{
    char key[128];
    size_t length = 0;
    bool open = false;
    for (; *path != '\0' && length < sizeof(key) - 3; path++) {
        if (*path == '/' && open)
            key[length++] = '}';
        open = *path == ':' || (open && *path != '/');
        key[length++] = *path == ':' ? '{' : *path;
    }
    if (open)
        key[length++] = '}';
    key[length] = '\0';
    json_out_key(json, key);
}

static bool is_first_of_path(size_t number)
{
    for (size_t i = 0; i < number; i++) {
        if (strcmp(routes[i].path, routes[number].path) == 0)
            return false;
    }
    return true;
}

static void put_paths(struct json_out *json)
{
    json_out_object(json_out_key(json, "paths"));
    for (size_t i = 0; i < route_count; i++) {
        if (!is_first_of_path(i))
            continue;
        put_path_key(json, routes[i].path);
        json_out_object(json);
        for (size_t j = i; j < route_count; j++) {
            if (strcmp(routes[i].path, routes[j].path) == 0)
                put_operation(json, &routes[j]);
        }
        json_out_object_end(json);
    }
    json_out_object_end(json);
}

static void put_security(struct json_out *json)
{
    json_out_object(json_out_key(json, "components"));
    json_out_object(json_out_key(json, "securitySchemes"));
    json_out_object(json_out_key(json, "token"));
    put_text(json, "type", "http");
    put_text(json, "scheme", "bearer");
    json_out_object_end(json);
    json_out_object_end(json);
    json_out_object_end(json);
    json_out_array(json_out_key(json, "security"));
    json_out_object(json);
    json_out_array(json_out_key(json, "token"));
    json_out_array_end(json);
    json_out_object_end(json);
    json_out_array_end(json);
}

void api_openapi(struct api_request *request)
{
    struct json_out json;
    json_out_init(&json);
    json_out_object(&json);
    put_text(&json, "openapi", "3.1.0");
    json_out_object(json_out_key(&json, "info"));
    put_text(&json, "title", "ocpp-boardd");
    put_text(&json, "version", PACKAGE_VERSION);
    put_text(&json, "description", "Read side of an OCPP gateway; see ocpp-board-api(7)");
    json_out_object_end(&json);
    put_security(&json);
    put_paths(&json);
    json_out_object_end(&json);
    http_reply_json(request->exchange, 200, &json);
}
