/* command_list.c - polynic list: the scenarios and presets that are there, with what they are for. */
#include "sim/command.h"

#include "sim/kinds.h"
#include "sim/scenario_list.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: polynic list [FOLDER] [option ...]\n"
    "\n"
    "Lists the scenarios that come with polynic, or those in a folder, each with its title and what it\n"
    "is for. Those in cards/ are presets: the cards of the literature and of makers, to run with a\n"
    "capture of yours, or to be the base of a scenario (base = .../cards/dpu.ini).\n"
    "\n"
    "  --json     print them as JSON: path, title, purpose, base\n"
    "  --help\n"
    "\n"
    "Exit status: 0; 2 there is no such folder.\n"
    "\n"
    "See also: polynic run SCENARIO --capture FILE, polynic check SCENARIO\n";

static const struct option options[] = {
    {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

/* Beside the build, or where it was installed. */
static char *own_folder(void)
{
    char *program = g_file_read_link("/proc/self/exe", NULL);
    char *beside = program ? g_path_get_dirname(program) : g_strdup(".");
    char *source = g_build_filename(beside, "..", "scenarios", NULL);
    char *installed = g_build_filename(beside, "..", "share", "polynic", "scenarios", NULL);
    char *folder = g_canonicalize_filename(g_file_test(source, G_FILE_TEST_IS_DIR) ? source : installed, NULL);

    g_free(installed);
    g_free(source);
    g_free(beside);
    g_free(program);
    return folder;
}

/* As a person would type it from the present folder. */
static char *shown_folder(const char *folder)
{
    char *here = g_get_current_dir();
    size_t length = strlen(here);
    bool is_below = g_str_has_prefix(folder, here) && folder[length] == '/';
    char *shown = g_strdup(is_below ? folder + length + 1 : folder);

    g_free(here);
    return shown;
}

static void print_list(const GPtrArray *list, const char *folder)
{
    for (unsigned i = 0; i < list->len; i++) {
        const struct scenario_listed *listed = g_ptr_array_index(list, i);
        char *path = g_build_filename(folder, listed->path, NULL);

        printf("%s\n    %s\n", path, listed->title ? listed->title : "(no title)");
        if (listed->purpose)
            printf("    %s\n", listed->purpose);
        g_free(path);
    }
}

static json_t *text(const char *text)
{
    return text ? json_string(text) : json_null();
}

static void print_json(const GPtrArray *list, const char *folder)
{
    json_t *root = json_array();

    for (unsigned i = 0; i < list->len; i++) {
        const struct scenario_listed *listed = g_ptr_array_index(list, i);
        char *path = g_build_filename(folder, listed->path, NULL);
        json_t *object = json_object();

        json_object_set_new(object, "path", text(path));
        json_object_set_new(object, "title", text(listed->title));
        json_object_set_new(object, "purpose", text(listed->purpose));
        json_object_set_new(object, "base", text(listed->base));
        json_array_append_new(root, object);
        g_free(path);
    }
    json_dumpf(root, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(root);
}

static int list_folder(const char *folder, const char *shown, bool wants_json)
{
    unsigned others = 0;
    char *error = NULL;
    GPtrArray *list = scenario_list(folder, part_kinds, &others, &error);

    if (!list) {
        fprintf(stderr, "polynic: list: expected a folder with scenarios: %s\n", error);
        g_free(error);
        return 2;
    }
    if (wants_json)
        print_json(list, shown);
    else
        print_list(list, shown);
    if (others)
        fprintf(stderr, "polynic: %u file%s in %s: .ini, but no scenario: polynic check tells what is wrong\n", others,
                others == 1 ? "" : "s", shown);
    if (!list->len && !wants_json)
        fprintf(stderr, "polynic: list: %s holds no scenarios\n", shown);
    g_ptr_array_unref(list);
    return 0;
}

int command_list(int argc, char **argv)
{
    bool wants_json = false;
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'j':
            wants_json = true;
            break;
        case 'h':
            fputs(help, stdout);
            return 0;
        default:
            fprintf(stderr, "polynic: see polynic list --help\n");
            return 2;
        }
    }
    if (argc - optind > 1) {
        fprintf(stderr, "polynic: list: expected one folder at the most: see polynic list --help\n");
        return 2;
    }
    char *own = own_folder();
    char *shown = optind < argc ? g_strdup(argv[optind]) : shown_folder(own);
    int status = list_folder(optind < argc ? argv[optind] : own, shown, wants_json);

    g_free(shown);
    g_free(own);
    return status;
}
