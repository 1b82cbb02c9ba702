/* SPDX-License-Identifier: Apache-2.0
 * Networks that are graphs of convolutions: what is refused, and the integer reference against the
 * definition, one value at a time, on random graphs and the shipped networks. */
#include "host_test.h"

#include <math.h>
#include <sys/stat.h>

#include "ohm_intref.h"

static const char GOOD[] =
    "{\"format\": \"ohmic-network-1\", \"name\": \"t\", \"input\": {\"shape\": [6, 5, 2], "
    "\"type\": \"u8\"}, \"classes\": 3, \"layers\": [\n"
    "  {\"name\": \"a\", \"type\": \"conv\", \"inputs\": [6, 5, 2], \"outputs\": 4, \"kernel\": "
    "[3, 3], \"padding\": 1,\n"
    "   \"weights\": \"aw.npy\", \"bias\": \"b4.npy\", \"scale\": \"s4.npy\", \"shift\": 8, "
    "\"activation\": \"relu\", \"output\": \"u8\"},\n"
    "  {\"name\": \"b\", \"type\": \"conv\", \"inputs\": [6, 5, 4], \"outputs\": 4, \"kernel\": "
    "[1, 1],\n"
    "   \"add\": {\"layer\": \"a\", \"scale\": 9},\n"
    "   \"weights\": \"bw.npy\", \"bias\": \"b4.npy\", \"scale\": \"s4.npy\", \"shift\": 8, "
    "\"activation\": \"relu\", \"output\": \"u8\"},\n"
    "  {\"name\": \"c\", \"type\": \"conv\", \"from\": [\"a\", \"b\"], \"inputs\": [6, 5, 8], "
    "\"outputs\": 4, \"kernel\": [2, 1], \"stride\": 2,\n"
    "   \"pool\": {\"type\": \"average\", \"size\": 2, \"stride\": 1},\n"
    "   \"weights\": \"cw.npy\", \"bias\": \"b4.npy\", \"scale\": \"s4.npy\", \"shift\": 8, "
    "\"activation\": \"relu\", \"output\": \"u8\"},\n"
    "  {\"name\": \"d\", \"type\": \"dense\", \"inputs\": 16, \"outputs\": 3, \"weights\": "
    "\"dw.npy\", \"bias\": \"b3.npy\",\n"
    "   \"activation\": \"none\", \"output\": \"class\"}]}\n";

static void write_arrays(void)
{
    char zeros[256] = {0};
    host_write_npy("graph/aw.npy", "|i1", "18, 4", zeros, 72);
    host_write_npy("graph/bw.npy", "|i1", "4, 4", zeros, 16);
    host_write_npy("graph/cw.npy", "|i1", "16, 4", zeros, 64);
    host_write_npy("graph/dw.npy", "|i1", "16, 3", zeros, 48);
    host_write_npy("graph/b4.npy", "<i4", "4,", zeros, 16);
    host_write_npy("graph/b3.npy", "<i4", "3,", zeros, 12);
    host_write_npy("graph/s4.npy", "<i2", "4,", zeros, 8);
}

/* The good text with the first `old` after `after` replaced must be refused, naming what the words
 * say. */
static void refuse(const char *after, const char *old, const char *new, const char *word1,
                   const char *word2)
{
    struct ohm_net net;
    struct ohm_error err = {{0}};
    char text[4096];
    const char *at = strstr(GOOD, after);
    at = at ? strstr(at, old) : NULL;
    if (!at)
        fail_msg("%s … %s: not in the text", after, old);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - GOOD), GOOD, new, at + strlen(old));
    host_write("graph/network.json", text, strlen(text));
    if (!ohm_net_load(host_path("graph"), &net, &err))
        fail_msg("%s for %s was taken", new, old);
    CHECK_ERROR(err, word1, word2);
}

static void good(void **state)
{
    (void)state;
    struct ohm_net net;
    struct ohm_error err = {{0}};
    host_write("graph/network.json", GOOD, strlen(GOOD));
    if (ohm_net_load(host_path("graph"), &net, &err))
        fail_msg("%s", err.text);
    const struct ohm_layer *a = &net.layers[0], *b = &net.layers[1], *c = &net.layers[2],
                           *d = &net.layers[3];
    CHECK(net.in_h == 6 && net.in_w == 5 && net.in_c == 2 && net.inputs == 60);
    CHECK(a->inputs == 18 && a->conv_h == 6 && a->conv_w == 5 && a->map_h == 6 && a->map_w == 5
          && a->from[0] == OHM_FROM_INPUT);
    CHECK(a->pool == OHM_POOL_NONE && a->pool_h == 1 && a->pool_stride_h == 1 && !a->has_residual);
    CHECK(b->has_residual && b->add == 0 && b->rscale == 9 && b->from[0] == 0 && b->stride_h == 1);
    CHECK(c->from_count == 2 && c->from[0] == 0 && c->from[1] == 1 && c->in_c == 8
          && c->inputs == 16);
    CHECK(c->conv_h == 3 && c->conv_w == 3 && c->pool == OHM_POOL_AVERAGE && c->pool_h == 2
          && c->pool_w == 2 && c->map_h == 2 && c->map_w == 2);
    CHECK(d->kind == OHM_LAYER_DENSE && d->inputs == 16 && d->in_h == 2 && d->in_c == 4
          && d->map_h == 1 && d->output == OHM_OUTPUT_CLASS);
    ohm_net_free(&net);
}

static void refused(void **state)
{
    (void)state;
    refuse("\"a\"", "[3, 3]", "[9, 3]", "layer a: kernel: 9x3", "8x7");
    refuse("\"a\"", "[3, 3]", "[17, 3]", "layers[0].kernel: 17", "1 to 16");
    refuse("\"a\"", "[3, 3]", "[3]", "layers[0].kernel", "list of 2");
    refuse("\"a\"", "[3, 3]", "[0, 3]", "layers[0].kernel: 0", "1 to 16");
    refuse("\"a\"", "\"padding\": 1", "\"padding\": 3", "layer a: padding: 3",
           "at most 2 (kernel of 3x3)");
    refuse("\"a\"", "\"padding\": 1", "\"padding\": [1, 1]", "layers[0].padding: 2 numbers",
           "list of 4");
    refuse("\"a\"", "\"padding\": 1", "\"padding\": [0, 0, 16, 0]", "layers[0].padding: 16",
           "0 to 15");
    refuse("\"a\"", "\"padding\": 1", "\"padding_value\": -1", "layer a: padding_value: -1",
           "0 to 255");
    refuse("\"a\"", "\"padding\": 1", "\"dilation\": [8, 1]", "layers[0].kernel: 17x3", "16x16");
    refuse("\"a\"", "\"padding\": 1", "\"groups\": 4", "layer a: groups: 4", "2 channels");
    refuse("\"a\"", "\"padding\": 1", "\"groups\": 2", "aw.npy: shape (18, 4)", "(9, 4)");
    refuse("\"a\"", "\"padding\": 1", "\"stride\": [1, 2, 3]", "layers[0].stride: 3 numbers",
           "list of 2");
    refuse("\"a\"", "\"padding\": 1", "\"pading\": 1", "pading", "unknown field");
    refuse("\"a\"", "\"padding\": 1", "\"stride\": 0", "layers[0].stride: 0", "1 to 15");
    refuse("\"a\"", "[6, 5, 2]", "[5, 6, 2]", "layers[0].inputs: 5x6x2", "expected 6x5x2");
    refuse("\"a\"", "[6, 5, 2]", "60", "layers[0].inputs", "list of 3");
    refuse("\"a\"", "\"padding\": 1", "\"from\": [\"a\"]", "layer a: from: \"a\"",
           "without cycles");
    refuse("\"a\"", "\"padding\": 1", "\"from\": [\"c\"]", "layer a: from: \"c\"",
           "without cycles");
    refuse("\"a\"", "\"padding\": 1", "\"from\": [\"z\"]", "layers[0].from: \"z\"",
           "name of a layer");
    refuse("\"a\"", "\"padding\": 1", "\"from\": []", "layers[0].from: 0", "1 to 8");
    refuse("\"a\"", "\"padding\": 1", "\"from\": [3]", "layers[0].from", "name of a layer");
    refuse("\"a\"", "\"padding\": 1", "\"add\": {\"layer\": \"input\", \"scale\": 1}",
           "layer a: add: map of \"input\" is 6x5x2", "4x3x4");
    refuse("\"b\"", "\"layer\": \"a\"", "\"layer\": \"input\"",
           "layer b: add: map of \"input\" is 6x5x2", "expected 6x5x4");
    refuse("\"b\"", "[1, 1]", "[2, 1]", "layer b: add: map of \"a\" is 6x5x4", "expected 5x5x4");
    refuse("\"b\"", "[1, 1]", "[1, 2]", "layer b: add: map of \"a\" is 6x5x4", "expected 6x4x4");
    refuse("\"b\"", "\"layer\": \"a\"", "\"layer\": \"c\"", "layer b: add: \"c\"",
           "without cycles");
    refuse("\"b\"", "\"layer\": \"a\"", "\"layer\": \"q\"", "layers[1].add.layer: \"q\"",
           "name of a layer");
    refuse("\"b\"", "\"scale\": 9", "\"scale\": 0.5", "layers[1].add.scale: 0.5", "whole number");
    refuse("\"b\"", "\"scale\": 9", "\"scale\": 9, \"x\": 1", "layers[1].add.x", "unknown field");
    refuse("\"b\"", "{\"layer\": \"a\", \"scale\": 9}", "\"a\"", "layers[1].add", "expected {");
    refuse("\"c\"", "[\"a\", \"b\"]", "[\"a\", \"a\"]", "layer c: from: \"a\" twice", "");
    refuse("\"c\"", "[\"a\", \"b\"]", "[\"b\", \"input\"]", "layers[2].inputs: 6x5x8",
           "expected 6x5x6");
    refuse("\"c\"", "[\"a\", \"b\"]", "[\"a\"]", "layer b: no later layer reads it", "");
    refuse("\"c\"", "\"size\": 2", "\"size\": 4", "layer c: pool: size 4x4", "3x3");
    refuse("\"c\"", "\"size\": 2", "\"size\": [1, 4]", "layer c: pool: size 1x4", "3x3");
    refuse("\"c\"", "\"stride\": 1", "\"ties\": \"even\"", "layers[2].pool.ties: \"even\"",
           "up, down");
    refuse("\"c\"", "\"average\", \"size\": 2", "\"max\", \"size\": 2, \"ties\": \"down\"",
           "layers[2].pool.ties", "expected none");
    refuse("\"c\"", "\"size\": 2, ", "", "layers[2].pool.size: missing", "[lines, pixels]");
    refuse("\"c\"", "\"size\": 2", "\"size\": 33", "layers[2].pool.size: 33", "1 to 32");
    refuse("\"c\"", "\"average\"", "\"median\"", "layers[2].pool.type: \"median\"",
           "global-average");
    refuse("\"c\"", "\"average\"", "\"global-average\"", "layers[2].pool.size", "unknown field");
    refuse("\"c\"", "\"stride\": 1", "\"stride\": 32", "layers[2].pool.stride: 32", "1 to 31");
    refuse("\"c\"", "{\"type\": \"average\", \"size\": 2, \"stride\": 1}", "2", "layers[2].pool",
           "expected {");
    refuse("\"d\"", "\"inputs\": 16", "\"inputs\": 17", "layers[3].inputs: 17", "expected 16");
    refuse("\"d\"", "\"type\": \"dense\"", "\"type\": \"dense\", \"kernel\": [1, 1]", "kernel",
           "unknown field");
    refuse("\"c\"", "\"name\": \"d\"", "\"name\": \"c\"", "layers[3].name: \"c\" again", "");
    refuse("\"c\"", "\"name\": \"d\"", "\"name\": \"input\"", "layers[3].name: \"input\"",
           "network's input");
    refuse("\"d\"", "\"dense\", \"inputs\": 16",
           "\"conv\", \"kernel\": [1, 1], \"inputs\": [2, 2, 4]", "layer d: map of 2x2", "1x1");
    refuse("\"d\"", "\"dense\", \"inputs\": 16",
           "\"conv\", \"kernel\": [2, 2], \"inputs\": [2, 2, 4], \"pool\": {\"type\": \"max\", "
           "\"size\": 1}",
           "layer d: pool", "last layer");
    refuse("\"c\"", "\"name\": \"d\"", "\"name\": \"d\", \"from\": [\"a\", \"c\"]",
           "layer d: from: map of \"c\" is 2x2", "\"a\" 6x5");
    refuse("\"a\"", "\"output\": \"u8\"", "\"output\": \"s8\"", "layer c: from: \"a\" and \"b\"",
           "all u8 or all s8");
    refuse("\"t\"", "[6, 5, 2]", "[2048, 1, 1]", "input.shape: 2048x1", "1024x1024");
}

/* Value of channel c of pixel (y, x) of what a layer reads; 0 outside. */
static int input_at(const struct ohm_intref *r, int layer, const uint8_t *image, int y, int x,
                    int c)
{
    const struct ohm_layer *l = &r->net->layers[layer];
    if (y < 0 || y >= l->in_h || x < 0 || x >= l->in_w)
        return l->pad_value;
    for (int i = 0; i < l->from_count; i++) {
        int n = ohm_net_channels(r->net, l->from[i]);
        if (c >= n) {
            c -= n;
            continue;
        }
        uint8_t byte = (l->from[i] < 0 ? image : r->y[l->from[i]])[(y * l->in_w + x) * n + c];
        return ohm_net_from_signed(r->net, l->from[i]) ? (int8_t)byte : byte;
    }
    fail_msg("channel past the layers' ends");
    return 0;
}

/* v of one output of one window, by the definition. */
static int64_t value_at(const struct ohm_intref *r, int layer, const uint8_t *image, int wy, int wx,
                        int o, int64_t *product)
{
    const struct ohm_layer *l = &r->net->layers[layer];
    int64_t v = 0;
    for (int c = 0; c < l->in_c; c++)
        for (int kx = 0; kx < l->kernel_w; kx++)
            for (int ky = 0; ky < l->kernel_h; ky++)
                v += l->weights[((ky * l->kernel_w + kx) * l->in_c + c) * l->outputs + o]
                     * input_at(r, layer, image, wy * l->stride_h + ky - l->pad_top,
                                wx * l->stride_w + kx - l->pad_left, c);
    *product = v;
    v += l->bias[o];
    if (!l->has_residual)
        return v;
    uint8_t byte = (l->add < 0 ? image : r->y[l->add])[(wy * l->conv_w + wx) * l->outputs + o];
    return v + (int64_t)l->rscale * (ohm_net_from_signed(r->net, l->add) ? (int8_t)byte : byte);
}

static double clip(double y, int is_signed)
{
    double min = is_signed ? -127 : 0, max = is_signed ? 127 : 255;
    return y < min ? min : y > max ? max : y;
}

/* The byte of one output of a window. Doubles hold every value here exactly. */
static double byte_at(const struct ohm_intref *r, int layer, const uint8_t *image, int wy, int wx,
                      int o)
{
    const struct ohm_layer *l = &r->net->layers[layer];
    int64_t product;
    double v = (double)value_at(r, layer, image, wy, wx, o, &product);
    CHECK(product == r->wx[layer][(wy * l->conv_w + wx) * l->outputs + o]);
    double y = floor(ldexp(v * l->scale[o], -l->shift) + (l->shift ? 0.5 : 0));
    return clip(l->activation == OHM_ACTIVATION_RELU && y < 0 ? 0 : y, l->output == OHM_OUTPUT_S8);
}

static double pooled_at(const struct ohm_intref *r, int layer, const uint8_t *image, int y, int x,
                        int o)
{
    const struct ohm_layer *l = &r->net->layers[layer];
    int n = l->pool_h * l->pool_w;
    double sum = 0, largest = -1000, s = 15 + ceil(log2(n));
    for (int k = 0; k < n; k++) {
        double byte = byte_at(r, layer, image, y * l->pool_stride_h + k / l->pool_w,
                              x * l->pool_stride_w + k % l->pool_w, o);
        sum += byte;
        largest = byte > largest ? byte : largest;
    }
    if (l->pool != OHM_POOL_AVERAGE)
        return largest;
    double m = floor(exp2(s) / n + 0.5);
    return clip(floor((sum * m - l->ties_down + exp2(s - 1)) / exp2(s)),
                l->output == OHM_OUTPUT_S8);
}

/* All that the reference says of an image; maps of earlier layers are taken from it, as each has
 * been compared before. */
static void compare(struct ohm_intref *r, const uint8_t *image)
{
    const struct ohm_net *net = r->net;
    int class = ohm_intref_run(r, image), last = net->layer_count - 1, best = 0;
    for (int i = 0; i < last; i++) {
        const struct ohm_layer *l = &net->layers[i];
        for (int at = 0; at < ohm_net_map(l); at++) {
            int o = at % l->outputs, x = at / l->outputs % l->map_w, y = at / l->outputs / l->map_w;
            uint8_t byte = r->y[i][at];
            CHECK(pooled_at(r, i, image, y, x, o)
                  == (l->output == OHM_OUTPUT_S8 ? (int8_t)byte : byte));
        }
    }
    for (int o = 0; o < net->classes; o++) {
        int64_t product, v = value_at(r, last, image, 0, 0, o, &product);
        CHECK(r->wx[last][o] == product && r->v[o] == v);
        best = r->v[o] > r->v[best] ? o : best;
    }
    CHECK(class == best);
}

static void random_graphs(void **state)
{
    (void)state;
    int kinds[7] = {0}; /* what was met */
    for (uint32_t seed = 1; seed <= 100; seed++) {
        struct ohm_net net;
        struct ohm_intref r;
        struct ohm_error err;
        uint32_t random = seed * 2654435761u | 1;
        host_random_graph(&net, seed * 7919);
        CHECK(!ohm_intref_new(&net, &r, &err));
        uint8_t *image = malloc((size_t)net.inputs);
        for (int i = 0; i < net.inputs; i++)
            image[i] = (uint8_t)(net.input_signed ? (int)(host_random(&random) % 255) - 127
                                                  : (int)(host_random(&random) % 256));
        compare(&r, image);
        for (int l = 0; l < net.layer_count; l++) {
            kinds[0] += net.layers[l].pool == OHM_POOL_MAX;
            kinds[1] += net.layers[l].pool == OHM_POOL_AVERAGE;
            kinds[2] += net.layers[l].has_residual;
            kinds[3] += net.layers[l].from_count > 1;
            kinds[4] += net.layers[l].pad_top && net.layers[l].stride_h > 1;
            kinds[5] += net.layers[l].stride_w != net.layers[l].stride_h;
            kinds[6] += net.layers[l].pool_stride_w != net.layers[l].pool_stride_h;
        }
        free(image);
        ohm_intref_free(&r);
        ohm_net_free(&net);
    }
    for (int k = 0; k < 7; k++)
        if (kinds[k] < 5)
            fail_msg("kind %d: met %d times in 100 graphs, expected at least 5", k, kinds[k]);
}

/* A layer with dilation, groups, uneven strides and padding, from the weights as its file has them.
 */
static void expanded(void **state)
{
    (void)state;
    static const char JSON[] =
        "{\"format\": \"ohmic-network-1\", \"name\": \"e\", \"classes\": 1,\n"
        " \"input\": {\"shape\": [5, 6, 4], \"type\": \"u8\"}, \"layers\": [\n"
        "  {\"name\": \"a\", \"type\": \"conv\", \"inputs\": [5, 6, 4], \"outputs\": 6,\n"
        "   \"kernel\": [2, 2], \"dilation\": [2, 3], \"groups\": 2, \"stride\": [1, 2],\n"
        "   \"padding\": [1, 0, 2, 3], \"padding_value\": 77, \"weights\": \"ew.npy\",\n"
        "   \"bias\": \"eb.npy\", \"scale\": \"es.npy\", \"shift\": 0,\n"
        "   \"activation\": \"none\", \"output\": \"u8\"},\n"
        "  {\"name\": \"d\", \"type\": \"dense\", \"inputs\": 108, \"outputs\": 1,\n"
        "   \"weights\": \"fw.npy\", \"bias\": \"fb.npy\", \"activation\": \"none\",\n"
        "   \"output\": \"s32\"}]}\n";
    char w[48], zeros[128] = {0};
    uint8_t image[5][6][4];
    struct ohm_net net;
    struct ohm_intref r;
    struct ohm_error err;
    uint32_t random = 12345;
    for (int i = 0; i < 48; i++)
        w[i] = (char)((int)(host_random(&random) % 255) - 127);
    for (int i = 0; i < 120; i++)
        image[i / 24][i / 4 % 6][i % 4] = (uint8_t)host_random(&random);
    mkdir(host_path("expanded"), 0777);
    host_write("expanded/network.json", JSON, strlen(JSON));
    host_write_npy("expanded/ew.npy", "|i1", "8, 6", w, 48);
    host_write_npy("expanded/eb.npy", "<i4", "6,", zeros, 24);
    host_write_npy("expanded/es.npy", "<i2", "6,", zeros, 12);
    host_write_npy("expanded/fw.npy", "|i1", "108, 1", zeros, 108);
    host_write_npy("expanded/fb.npy", "<i4", "1,", zeros, 4);
    if (ohm_net_load(host_path("expanded"), &net, &err))
        fail_msg("%s", err.text);
    CHECK(net.layers[0].map_h == 6 && net.layers[0].map_w == 3);
    CHECK(!ohm_intref_new(&net, &r, &err));
    ohm_intref_run(&r, &image[0][0][0]);
    for (int wy = 0; wy < 6; wy++) {
        for (int wx = 0; wx < 3; wx++) {
            for (int o = 0; o < 6; o++) {
                int sum = 0;
                for (int i = 0; i < 8; i++) { /* kernel line, pixel, channel of the group */
                    const int y = wy + i / 4 * 2 - 1, x = 2 * wx + i / 2 % 2 * 3;
                    const int inside = y >= 0 && y < 5 && x < 6;
                    sum += w[i * 6 + o] * (inside ? image[y][x][o / 3 * 2 + i % 2] : 77);
                }
                CHECK(r.wx[0][(wy * 3 + wx) * 6 + o] == sum);
            }
        }
    }
    ohm_intref_free(&r);
    ohm_net_free(&net);
}

static void shipped(void **state)
{
    (void)state;
    static const char *const NETWORKS[] = {"mnist-cnn", "resnet9-cifar", "digits-16-16-10"};
    for (int i = 0; i < 3; i++) {
        struct ohm_net net;
        struct ohm_intref r;
        struct ohm_error err;
        char path[64];
        snprintf(path, sizeof path, "sim/networks/%s", NETWORKS[i]);
        if (ohm_net_load(path, &net, &err))
            fail_msg("%s", err.text);
        CHECK(!ohm_intref_new(&net, &r, &err));
        compare(&r, net.calib);
        ohm_intref_free(&r);
        ohm_net_free(&net);
    }
}

int main(void)
{
    mkdir(host_path("graph"), 0777);
    write_arrays();
    const struct CMUnitTest tests[] = {cmocka_unit_test(good), cmocka_unit_test(refused),
                                       cmocka_unit_test(random_graphs), cmocka_unit_test(expanded),
                                       cmocka_unit_test(shipped)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("CHECKS %lu\n", host_checks);
    return failed;
}
