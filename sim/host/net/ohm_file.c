/* SPDX-License-Identifier: Apache-2.0 */
#include "ohm_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A new file of that name, whatever was there: never through a link. */
static FILE *fresh(const char *path, struct ohm_error *err)
{
    if (unlink(path) && errno != ENOENT) {
        ohm_fail(err, "%.400s: %s", path, strerror(errno));
        return NULL;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f) {
        ohm_fail(err, "%.400s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
    }
    return f;
}

static int join(char *path, const char *directory, const char *name, const char *end,
                struct ohm_error *err)
{
    int n = snprintf(path, OHM_FILE_PATH_MAX, "%s%s%s%s", directory ? directory : "",
                     directory ? "/" : "", name, end);
    return n < OHM_FILE_PATH_MAX
               ? 0
               : ohm_fail(err, "%.60s…: a path of %d characters, expected at most %d", path, n,
                          OHM_FILE_PATH_MAX - 1);
}

int ohm_file_create(struct ohm_file *f, const char *directory, const char *name,
                    struct ohm_error *err)
{
    struct stat s;
    f->to = NULL;
    if (join(f->path, directory, name, "", err)
        || join(f->temporary, directory, name, ".part", err))
        return -1;
    if (!lstat(f->path, &s) && S_ISDIR(s.st_mode))
        return ohm_fail(err, "%.400s: is a directory", f->path);
    if (!lstat(f->path, &s) && !S_ISREG(s.st_mode) && !S_ISLNK(s.st_mode))
        strcpy(f->temporary, f->path); /* a device or a pipe: there is nothing to rename */
    f->to = strcmp(f->temporary, f->path) ? fresh(f->temporary, err) : fopen(f->path, "w");
    if (!f->to && !strcmp(f->temporary, f->path))
        ohm_fail(err, "%.400s: %s", f->path, strerror(errno));
    return f->to ? 0 : -1;
}

int ohm_file_finish(struct ohm_file *f, struct ohm_error *err)
{
    int failed = ferror(f->to);
    errno = 0;
    failed |= fclose(f->to);
    f->to = NULL;
    if (!strcmp(f->temporary, f->path))
        return failed ? ohm_fail(err, "%.400s: not written completely", f->path) : 0;
    if (!failed && !rename(f->temporary, f->path))
        return 0;
    ohm_fail(err, "%.400s: not written completely%s%s; nothing is left of it", f->path,
             errno ? ": " : "", errno ? strerror(errno) : "");
    unlink(f->temporary);
    return -1;
}

void ohm_file_drop(struct ohm_file *f)
{
    if (!f->to)
        return;
    fclose(f->to);
    f->to = NULL;
    if (strcmp(f->temporary, f->path))
        unlink(f->temporary);
}

FILE *ohm_file_log(const char *directory, const char *name, struct ohm_error *err)
{
    char path[OHM_FILE_PATH_MAX];
    return join(path, directory, name, "", err) ? NULL : fresh(path, err);
}

/* The length up to the part before the last; 0: there is none. */
static size_t parent(const char *path, size_t n)
{
    while (n > 1 && path[n - 1] == '/')
        n--;
    while (n && path[n - 1] != '/')
        n--;
    while (n > 1 && path[n - 1] == '/')
        n--;
    return n;
}

int ohm_file_check_directory(const char *directory, struct ohm_error *err)
{
    char path[OHM_FILE_DIRECTORY_MAX + 1];
    struct stat s;
    size_t n = strlen(directory);
    if (n < 1 || n > OHM_FILE_DIRECTORY_MAX)
        return ohm_fail(err, "a path of %zu characters, expected 1 to %d", n,
                        OHM_FILE_DIRECTORY_MAX);
    memcpy(path, directory, n + 1);
    while (lstat(path, &s)) {
        if (errno != ENOENT && errno != ENOTDIR)
            return ohm_fail(err, "%.400s: %s", path, strerror(errno));
        n = parent(path, n);
        strcpy(path + n, n ? "" : ".");
        n = n ? n : 1;
    }
    if (stat(path, &s))
        return ohm_fail(err, "%.400s: %s", path, strerror(errno));
    if (!S_ISDIR(s.st_mode))
        return ohm_fail(err, "%.400s: is a file, expected a directory", path);
    return access(path, W_OK | X_OK) ? ohm_fail(err, "%.400s: %s", path, strerror(errno)) : 0;
}

int ohm_file_make_directory(const char *directory, struct ohm_error *err)
{
    char path[OHM_FILE_DIRECTORY_MAX + 1];
    if (ohm_file_check_directory(directory, err))
        return -1;
    strcpy(path, directory);
    for (char *s = path + 1; ; s++) {
        char c = *s;
        if (c != '/' && c)
            continue;
        *s = 0;
        if (mkdir(path, 0777) && errno != EEXIST)
            return ohm_fail(err, "%.400s: %s", path, strerror(errno));
        *s = c;
        if (!c)
            return 0;
    }
}
