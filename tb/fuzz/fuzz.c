/* SPDX-License-Identifier: Apache-2.0
 * fuzz TARGET SECONDS SEED DIRECTORY INPUT…: changes inputs, keeps those that reach code that no
 * other has reached, and reports what crashes, hangs or asks for too much memory.
 * fuzz --replay TARGET DIRECTORY INPUT…: runs each input once, in this process.
 *
 * A child does the work, so that a crash ends the child alone; this process reports it and starts
 * another. The input in work, the edges it takes (gcc's -fsanitize-coverage=trace-pc), what it
 * compares and what all inputs have reached lie in shared memory. DIRECTORY/corpus grows, findings
 * go to DIRECTORY/found with what the sanitizer said. FUZZ_WORK: where the target's file lies, best
 * in memory, as it is written again for each input. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

enum { EDGES = 1 << 16, HANG_SECONDS = 60, FOUND_MOST = 5, INPUTS_MOST = 20000 };

struct shared { /* of parent and child */
    uint8_t edges[EDGES]; /* times taken by the input in work */
    uint8_t seen[EDGES];  /* classes of counts of each edge, a bit each */
    struct fuzz_pairs pairs;
    uint64_t runs;
    uint64_t before; /* edges that the given inputs reached */
    uint64_t inputs;
    size_t n;
    uint8_t data[FUZZ_INPUT_MAX];
};

struct input {
    uint8_t *data;
    size_t n;
};

static struct shared *shared;
static struct input *inputs;
static size_t input_count;
static const char *directory;
static const struct fuzz_target *target;
static int found;

const char *fuzz_work;

static void die(const char *what, const char *of)
{
    fprintf(stderr, "fuzz: %s: %s\n", of, what);
    exit(2);
}

/* ---- what the instrumented code calls ---- */

static uintptr_t before;

void __sanitizer_cov_trace_pc(void)
{
    const uintptr_t here = (uintptr_t)__builtin_return_address(0);
    if (!shared)
        return;
    uint8_t *e = &shared->edges[(here * 0x9E3779B97F4A7C15u >> 40 ^ before) & (EDGES - 1)];
    *e += *e < 255;
    before = here * 0x9E3779B97F4A7C15u >> 41;
}

static void compared(uint64_t a, uint64_t b, uint32_t size)
{
    if (!shared || a == b)
        return;
    const uint32_t i = shared->pairs.count++ % FUZZ_PAIRS;
    shared->pairs.pair[i].a = a;
    shared->pairs.pair[i].b = b;
    shared->pairs.pair[i].size = size;
}

void __sanitizer_cov_trace_cmp1(uint8_t a, uint8_t b) { compared(a, b, 1); }
void __sanitizer_cov_trace_cmp2(uint16_t a, uint16_t b) { compared(a, b, 2); }
void __sanitizer_cov_trace_cmp4(uint32_t a, uint32_t b) { compared(a, b, 4); }
void __sanitizer_cov_trace_cmp8(uint64_t a, uint64_t b) { compared(a, b, 8); }
void __sanitizer_cov_trace_const_cmp1(uint8_t a, uint8_t b) { compared(b, a, 1); }
void __sanitizer_cov_trace_const_cmp2(uint16_t a, uint16_t b) { compared(b, a, 2); }
void __sanitizer_cov_trace_const_cmp4(uint32_t a, uint32_t b) { compared(b, a, 4); }
void __sanitizer_cov_trace_const_cmp8(uint64_t a, uint64_t b) { compared(b, a, 8); }
void __sanitizer_cov_trace_cmpf(float a, float b) { (void)a, (void)b; }
void __sanitizer_cov_trace_cmpd(double a, double b) { (void)a, (void)b; }
void __sanitizer_cov_trace_switch(uint64_t a, const uint64_t *cases)
{
    for (uint64_t i = 0; i < cases[0]; i++)
        compared(a, cases[2 + i], cases[1] >= 8 ? (uint32_t)(cases[1] / 8) : 1);
}

/* ---- one input ---- */

static void run_target(const uint8_t *data, size_t n)
{
    char path[1024] = "";
    if (target->file) {
        snprintf(path, sizeof path, "%s/%s", fuzz_work, target->file);
        FILE *f = fopen(path, "wb");
        if (!f || fwrite(data, 1, n, f) != n || fclose(f))
            die(strerror(errno), path);
    }
    /* a buffer of its own, so that reads behind its end are seen */
    uint8_t *copy = malloc(n ? n : 1);
    memcpy(copy, data, n);
    target->run(path, copy, n);
    free(copy);
}

static void save(const char *folder, const uint8_t *data, size_t n, const char *end)
{
    char path[1024];
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ data[i]) * 1099511628211u;
    snprintf(path, sizeof path, "%s/%s/%016" PRIx64 "%s", directory, folder, hash, end);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(data, 1, n, f) != n || fclose(f))
        die(strerror(errno), path);
    if (!strcmp(folder, "found") && !*end)
        printf("      input: %s\n", path);
}

static void report(const char *how)
{
    char path[1024], *text = calloc(1, 1 << 17);
    snprintf(path, sizeof path, "%s/said", directory);
    FILE *f = fopen(path, "rb");
    const size_t n = f && text ? fread(text, 1, (1 << 17) - 1, f) : 0;
    if (f)
        fclose(f);
    char *line = text ? strstr(text, "ERROR: ") : NULL;
    line = line ? line : text ? strstr(text, "runtime error") : NULL;
    printf("FAIL  fuzz %s: %s: %.*s\n", target->name, how,
           line ? (int)strcspn(line, "\n") : 0, line ? line : "");
    found++;
    save("found", shared->data, shared->n, "");
    if (text)
        save("found", (const uint8_t *)text, n, ".said");
    free(text);
}

/* Did the last input take an edge, or take one more or less often, as none before? */
static int is_new(void)
{
    int new = 0;
    for (size_t i = 0; i < EDGES; i++) {
        const unsigned n = shared->edges[i];
        if (!n)
            continue;
        const unsigned class = n < 4 ? 1u << (n - 1) : n < 8 ? 8 : n < 16 ? 16 : n < 32 ? 32
                               : n < 128 ? 64 : 128;
        new |= (shared->seen[i] & class) == 0;
        shared->seen[i] |= (uint8_t)class;
    }
    return new;
}

static void run_input(void)
{
    memset(shared->edges, 0, EDGES);
    shared->runs++;
    before = 0;
    run_target(shared->data, shared->n);
}

static void keep(int file)
{
    if (input_count == INPUTS_MOST)
        return;
    inputs = realloc(inputs, (input_count + 1) * sizeof *inputs);
    struct input *i = &inputs[input_count++];
    i->n = shared->n;
    i->data = malloc(i->n + 1);
    memcpy(i->data, shared->data, i->n);
    shared->inputs = input_count;
    if (file)
        save("corpus", i->data, i->n, "");
}

/* A given input is kept when it reaches something new, and, behind a crash, without a look. */
static void take_file(const char *path, int look)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        die(strerror(errno), path);
    shared->n = fread(shared->data, 1, FUZZ_INPUT_MAX, f);
    fclose(f);
    if (look)
        run_input();
    if (!look || is_new())
        keep(0);
}

/* The inputs that this run or an earlier one kept. */
static void take_corpus(int look)
{
    char folder[900], path[1400];
    snprintf(folder, sizeof folder, "%s/corpus", directory);
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.')
            take_file(path, look);
    }
    if (d)
        closedir(d);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static size_t edges(void)
{
    size_t n = 0;
    for (size_t i = 0; i < EDGES; i++)
        n += shared->seen[i] != 0;
    return n;
}

/* The child: what the target prints is kept as far as it is the last input's. */
static void work(int first, double end, int count, char **files)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/said", directory);
    const int said = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0666);
    dup2(said, STDOUT_FILENO);
    dup2(said, STDERR_FILENO);
    for (int i = 0; i < count; i++)
        take_file(files[i], first);
    take_corpus(first);
    if (first)
        shared->before = edges();
    while (input_count && now() < end) {
        size_t i = (size_t)(fuzz_random() % input_count), k = (size_t)(fuzz_random() % input_count);
        i = i > k ? i : k; /* newer ones more often */
        memcpy(shared->data, inputs[i].data, inputs[i].n);
        k = (size_t)(fuzz_random() % input_count);
        shared->n = fuzz_change(shared->data, inputs[i].n, inputs[k].data, inputs[k].n);
        if (shared->runs % 1024 == 0 && ftruncate(said, 0))
            _exit(3);
        run_input();
        if (is_new())
            keep(1);
    }
    _exit(0);
}

/* Waits for the child; 0: it has done its work. */
static int watch(pid_t child)
{
    uint64_t known = shared->runs;
    double moved = now();
    int status;
    for (pid_t ended; (ended = waitpid(child, &status, WNOHANG)) != child; usleep(20000)) {
        if (shared->runs != known) {
            known = shared->runs;
            moved = now();
        } else if (now() > moved + HANG_SECONDS) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            report("hang");
            return -1;
        }
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    report(WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "crash");
    return -1;
}

static void fuzz(double seconds, uint64_t seed, int count, char **files)
{
    const double end = now() + seconds;
    for (int first = 1, done = 0; !done && found < FOUND_MOST; first = 0) {
        fflush(stdout);
        const pid_t child = fork();
        if (child < 0)
            die(strerror(errno), "child");
        if (!child) {
            fuzz_seed(seed + 1000003 * shared->runs); /* behind a crash another way */
            work(first, end, count, files);
        }
        done = !watch(child);
    }
}

/* ---- the program ---- */

static const struct fuzz_target *find(const char *name)
{
    const struct fuzz_target *const lists[] = {fuzz_file_targets, fuzz_chip_targets};
    for (int l = 0; l < 2; l++)
        for (const struct fuzz_target *t = lists[l]; t->name; t++)
            if (!strcmp(t->name, name))
                return t;
    die("no such target", name);
    return NULL;
}

static void make_directory(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    if (mkdir(path, 0777) && errno != EEXIST)
        die(strerror(errno), path);
}

static int replay(int argc, char **argv)
{
    target = find(argv[2]);
    fuzz_work = directory = argv[3];
    shared = NULL; /* nothing is counted */
    static uint8_t data[FUZZ_INPUT_MAX];
    for (int i = 4; i < argc; i++) {
        FILE *f = fopen(argv[i], "rb");
        if (!f)
            die(strerror(errno), argv[i]);
        const size_t n = fread(data, 1, sizeof data, f);
        fclose(f);
        fprintf(stderr, "%s %s\n", target->name, argv[i]); /* the last line before a crash */
        run_target(data, n);
    }
    printf("replayed %d\n", argc - 4);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 4 && !strcmp(argv[1], "--replay"))
        return replay(argc, argv);
    if (argc < 6)
        die("expected TARGET SECONDS SEED DIRECTORY INPUT…, or --replay TARGET DIRECTORY INPUT…",
            "arguments");
    target = find(argv[1]);
    directory = argv[4];
    fuzz_work = getenv("FUZZ_WORK") ? getenv("FUZZ_WORK") : directory;
    make_directory("corpus");
    make_directory("found");
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        die(strerror(errno), "shared memory");
    fuzz_pairs = &shared->pairs;
    fuzz(strtod(argv[2], NULL), strtoull(argv[3], NULL, 10), argc - 5, argv + 5);
    if (!shared->inputs)
        die("no input reaches anything", target->name);
    printf("fuzz %-10s %" PRIu64 " runs, %" PRIu64 " inputs, edges %zu, before %" PRIu64
           ", found %d\n",
           target->name, shared->runs, shared->inputs, edges(), shared->before, found);
    return found ? 1 : 0;
}
