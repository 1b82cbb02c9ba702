/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ohm_wires_node.h"
#include "ohm_xbar.h"

const char ohm_xbar_help[] =
    "ohm-xbar: currents of a memristor crossbar with wire resistance, solved exactly\n"
    "\n"
    "  ohm-xbar --g G.npy --in V.npy [options]            currents of the bit lines for input "
    "vectors\n"
    "  ohm-xbar --g G.npy --select 3,7 [options]          read of one cell, sneak currents "
    "included\n"
    "  ohm-xbar --g T.npy --compensate 1e-6,1e-4 [options] cells whose effective conductances are "
    "T\n"
    "\n"
    "Files are .npy (float32, float64) or CSV, told apart by content when read and by name (*.npy) "
    "when written.\n"
    "G: siemens, rows = word lines. Inputs: volts, one row a word line, one column a vector.\n"
    "\n"
    "Wires (ohm)\n"
    "  --r R                  both segments: word line and bit line, per cell (default 0)\n"
    "  --r-wl R, --r-bl R     one of them\n"
    "  --node NM              segments and capacitance from the technology table: 130 65 45 40 32 "
    "28 22 14 7 nm\n"
    "  --pitch F              cell pitch for --node in wire widths (default 4)\n"
    "  --cap FF[,FF]          capacitance of a word-line[, bit-line] segment, fF\n"
    "  --r-drive R            at each driven end (default 0)\n"
    "  --r-sense R            at each sensed end (default 0)\n"
    "  --wl-ends E            left (default), right or both\n"
    "  --bl-ends E            bottom (default), top or both\n"
    "  --float-wl LIST        these word lines float, e.g. 0,3,8-15\n"
    "  --float-bl LIST        these bit lines float\n"
    "  --part ROWSxCOLS       array cut into parts of this size\n"
    "\n"
    "Operation\n"
    "  --transposed           bit lines driven, word lines sensed; inputs have one row a bit line\n"
    "  --bias FILE|VOLTS      voltages of the sensed lines (default 0), one a line\n"
    "  --select ROW,COL       instead of --in: the cell to read\n"
    "  --read VOLTS           its word line's voltage (default 0.2)\n"
    "  --unselected HOW       other lines: ground (default), float, v/2 or v/3\n"
    "  --iv MODEL             linear (default), sinh[:V0], data or milo: Newton for each vector\n"
    "  --compensate MIN,MAX   G holds targets; cells may have MIN to MAX siemens\n"
    "\n"
    "Output\n"
    "  --out FILE             currents (A), vectors x sensed lines\n"
    "  --matrix FILE          effective conductances (S), word lines x bit lines\n"
    "  --nodes FILE           node voltages, vectors x 2 x rows x columns: word-line nodes, "
    "bit-line nodes\n"
    "  --delays FILE          delays after a step of the inputs (s), 2 x rows x columns\n"
    "  --cells FILE           result of --compensate (S)\n"
    "  --spice FILE           the network as an ngspice netlist\n"
    "  --vector K             which vector --spice and --delays take (default 0)\n"
    "\n"
    "Statistics go to standard output. Exit 0; 1 with one line on standard error and no file "
    "written.\n";

static int number(const char *option, const char *text, double low, double high, const char *unit,
                  double *out, struct ohm_error *err)
{
    char *end;
    double x = strtod(text, &end);
    if (end == text || *end || !(x >= low && x <= high))
        return ohm_fail(err, "%s: '%s', expected %g to %g%s", option, text, low, high, unit);
    *out = x;
    return 0;
}

static int integer(const char *option, const char *text, int low, int high, int *out,
                   struct ohm_error *err)
{
    char *end;
    long x = strtol(text, &end, 10);
    if (end == text || *end || x < low || x > high)
        return ohm_fail(err, "%s: '%s', expected %d to %d", option, text, low, high);
    *out = (int)x;
    return 0;
}

/* Two numbers and the character between them. */
static int two(const char *option, const char *text, char between, double *a, double *b,
               struct ohm_error *err)
{
    char *end;
    *a = strtod(text, &end);
    if (end != text && *end == between) {
        const char *second = end + 1;
        *b = strtod(second, &end);
        if (end != second && !*end && isfinite(*a) && isfinite(*b))
            return 0;
    }
    return ohm_fail(err, "%s: '%s', expected two numbers joined by '%c'", option, text, between);
}

static int two_integers(const char *option, const char *text, char between, int low, int *a, int *b,
                        struct ohm_error *err)
{
    double x, y;
    if (two(option, text, between, &x, &y, err))
        return -1;
    if (x != floor(x) || y != floor(y) || x < low || y < low || x > OHM_WIRES_SIZE_MAX
        || y > OHM_WIRES_SIZE_MAX)
        return ohm_fail(err, "%s: '%s', expected whole numbers from %d to %d", option, text, low,
                        OHM_WIRES_SIZE_MAX);
    *a = (int)x;
    *b = (int)y;
    return 0;
}

static int choice(const char *option, const char *text, const char *const *names,
                  struct ohm_error *err)
{
    char list[128] = "";
    for (int i = 0; names[i]; i++) {
        if (!strcmp(text, names[i]))
            return i;
        size_t n = strlen(list);
        snprintf(list + n, sizeof list - n, "%s%s", i ? (names[i + 1] ? ", " : " or ") : "",
                 names[i]);
    }
    return ohm_fail(err, "%s: '%s', expected %s", option, text, list);
}

static int capacitance(const char *option, const char *text, struct ohm_xbar_options *o,
                       struct ohm_error *err)
{
    double a, b;
    if (strchr(text, ',')) {
        if (two(option, text, ',', &a, &b, err))
            return -1;
    } else {
        if (number(option, text, 0, 1e6, " fF", &a, err))
            return -1;
        b = a;
    }
    if (!(a >= 0 && a <= 1e6 && b >= 0 && b <= 1e6))
        return ohm_fail(err, "%s: '%s', expected 0 to 1e+06 fF", option, text);
    o->c_wl = a * 1e-15;
    o->c_bl = b * 1e-15;
    return 0;
}

struct given { /* what has to wait for other options, and which were there */
    int node, pitched, wired, capped, read, unselected;
    double pitch;
};

/* Where the name of a file or a list goes, NULL: the option has none. */
static const char **text_of(const char *option, struct ohm_xbar_options *o)
{
    const struct { const char *name, **to;
    } files[] = {{"--g", &o->g},
                 {"--in", &o->in},
                 {"--bias", &o->bias},
                 {"--out", &o->out},
                 {"--matrix", &o->matrix},
                 {"--nodes", &o->nodes},
                 {"--delays", &o->delays},
                 {"--spice", &o->spice},
                 {"--cells", &o->cells},
                 {"--float-wl", &o->float_wl},
                 {"--float-bl", &o->float_bl}};

    for (size_t f = 0; f < sizeof files / sizeof files[0]; f++)
        if (!strcmp(option, files[f].name))
            return files[f].to;
    return NULL;
}

/* The options that text_of does not know, and that have a value. */
static int known(const char *option)
{
    static const char *const rest[] = {
        "--r",       "--r-wl",       "--r-bl",    "--node",       "--pitch",  "--cap",
        "--r-drive", "--r-sense",    "--wl-ends", "--bl-ends",    "--part",   "--select",
        "--read",    "--unselected", "--iv",      "--compensate", "--vector", NULL};

    for (int n = 0; rest[n]; n++)
        if (!strcmp(option, rest[n]))
            return 1;
    return 0;
}

/* An option that is known and has its value. */
static int take(const char *a, const char *v, struct ohm_xbar_options *o, struct given *g,
                struct ohm_error *err)
{
    static const char *const wl_names[] = {"left", "right", "both", NULL}, *const bl_names[] = {
                                                                               "top", "bottom",
                                                                               "both", NULL};
    static const char *const idle_names[] = {"ground", "float", "v/2", "v/3", NULL};
    int rc, k;

    if (!strcmp(a, "--r")) {
        rc = number(a, v, 0, 1e9, " ohm", &o->r_wl, err);
        o->r_bl = o->r_wl;
        g->wired = 1;
    } else if (!strcmp(a, "--r-wl")) {
        rc = number(a, v, 0, 1e9, " ohm", &o->r_wl, err);
        g->wired = 1;
    } else if (!strcmp(a, "--r-bl")) {
        rc = number(a, v, 0, 1e9, " ohm", &o->r_bl, err);
        g->wired = 1;
    } else if (!strcmp(a, "--node")) {
        rc = integer(a, v, 1, 1000, &g->node, err);
    } else if (!strcmp(a, "--pitch")) {
        rc = number(a, v, 1, 1000, " F", &g->pitch, err);
        g->pitched = 1;
    } else if (!strcmp(a, "--cap")) {
        rc = capacitance(a, v, o, err);
        g->capped = 1;
    } else if (!strcmp(a, "--r-drive")) {
        rc = number(a, v, 0, 1e9, " ohm", &o->r_drive, err);
    } else if (!strcmp(a, "--r-sense")) {
        rc = number(a, v, 0, 1e9, " ohm", &o->r_sense, err);
    } else if (!strcmp(a, "--wl-ends")) {
        rc = (k = choice(a, v, wl_names, err)) < 0 ? -1 : 0;
        o->wl_ends = k + 1;
    } else if (!strcmp(a, "--bl-ends")) {
        rc = (k = choice(a, v, bl_names, err)) < 0 ? -1 : 0;
        o->bl_ends = k + 1;
    } else if (!strcmp(a, "--part")) {
        rc = two_integers(a, v, 'x', 1, &o->part_rows, &o->part_cols, err);
    } else if (!strcmp(a, "--select")) {
        rc = two_integers(a, v, ',', 0, &o->row, &o->col, err);
        o->select = 1;
    } else if (!strcmp(a, "--read")) {
        rc = number(a, v, -100, 100, " V", &o->read, err);
        g->read = 1;
    } else if (!strcmp(a, "--unselected")) {
        rc = (k = choice(a, v, idle_names, err)) < 0 ? -1 : 0;
        o->idle = (enum ohm_xbar_idle)(k < 0 ? 0 : k);
        g->unselected = 1;
    } else if (!strcmp(a, "--iv")) {
        rc = ohm_iv_parse(v, &o->iv, err);
    } else if (!strcmp(a, "--compensate")) {
        rc = two(a, v, ',', &o->g_min, &o->g_max, err);
        o->compensate = 1;
    } else {
        rc = integer(a, v, 0, 1 << 30, &o->vector, err);
    }
    return rc;
}

/* What makes no sense together; the wires of a node. */
static int check(struct ohm_xbar_options *o, const struct given *g, struct ohm_error *err)
{
    if (!o->g)
        return ohm_fail(err, "--g: missing, expected a file of conductances (see ohm-xbar --help)");
    if (o->in && o->select)
        return ohm_fail(err, "--select: beside --in, expected one of them");
    if (o->select && (o->transposed || o->bias || o->float_wl || o->float_bl))
        return ohm_fail(err, "--select: sets the lines' voltages itself, expected no --transposed, "
                             "--bias, --float-wl or --float-bl");
    if ((g->read || g->unselected) && !o->select)
        return ohm_fail(err, "%s: without --select", g->read ? "--read" : "--unselected");
    if (g->pitched && !g->node)
        return ohm_fail(err, "--pitch: without --node");
    if (g->node && g->wired)
        return ohm_fail(err, "--node: beside --r, --r-wl or --r-bl, expected one of them");
    if (g->node) {
        double farad;
        if (ohm_wires_node_segment(g->node, g->pitch, &o->r_wl, &farad, err))
            return -1;
        o->r_bl = o->r_wl;
        if (!g->capped)
            o->c_wl = o->c_bl = farad;
    }
    if (o->compensate && o->iv.kind != OHM_IV_LINEAR)
        return ohm_fail(err, "--compensate: with --iv, expected linear cells");
    if (!o->compensate && o->cells)
        return ohm_fail(err, "--cells: without --compensate");
    if (!o->in && !o->select && (o->out || o->nodes || o->spice || o->delays))
        return ohm_fail(err, "--in: missing, expected a file of input voltages (or --select)");
    if (o->iv.kind != OHM_IV_LINEAR && (o->matrix || o->delays))
        return ohm_fail(err, "%s: with --iv, expected linear cells",
                        o->matrix ? "--matrix" : "--delays");
    if (o->delays && !(o->c_wl > 0 || o->c_bl > 0))
        return ohm_fail(err, "--delays: no capacitance, expected --cap or --node");
    return 0;
}

int ohm_xbar_parse(int argc, char **argv, struct ohm_xbar_options *o, struct ohm_error *err)
{
    struct given g = {.pitch = 4};

    memset(o, 0, sizeof *o);
    o->wl_ends = OHM_XBAR_NEAR;
    o->bl_ends = OHM_XBAR_FAR;
    o->read = 0.2;
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        if (!strcmp(a, "--help") || !strcmp(a, "-h")) {
            o->help = 1;
            return 0;
        }
        if (!strcmp(a, "--transposed")) {
            o->transposed = 1;
            continue;
        }
        const char *v = i + 1 < argc ? argv[++i] : NULL, **to = text_of(a, o);
        if (!to && !known(a))
            return ohm_fail(err, "unknown option '%s', see ohm-xbar --help", a);
        if (!v)
            return ohm_fail(err, "%s: value missing, see ohm-xbar --help", a);
        if (to)
            *to = v;
        else if (take(a, v, o, &g, err))
            return -1;
    }
    return check(o, &g, err);
}

int ohm_xbar_float(const char *option, const char *list, double *near, double *far, int n,
                   struct ohm_error *err)
{
    const char *p = list;
    while (p && *p) {
        char *end;
        long from = strtol(p, &end, 10), to = from;
        int bad = end == p || from < 0;
        if (!bad && *end == '-') {
            p = end + 1;
            to = strtol(p, &end, 10);
            bad = end == p || to < from;
        }
        if (bad || (*end && *end != ','))
            return ohm_fail(err, "%s: '%s', expected a list such as 0,3,8-15", option, list);
        if (to >= n)
            return ohm_fail(err, "%s: line %ld, expected 0 to %d", option, to, n - 1);
        for (long i = from; i <= to; i++)
            near[i] = far[i] = INFINITY;
        p = *end ? end + 1 : end;
    }
    return 0;
}
