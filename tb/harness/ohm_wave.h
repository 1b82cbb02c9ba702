// SPDX-License-Identifier: Apache-2.0
// Wave files of the Verilated chip, there whole or not at all: a file grows as FILE.part and gets
// its name when it is closed, also after a mismatch, whose wave is wanted most. A run that is
// killed leaves FILE.part, which nothing takes for a wave, and the FILE of an earlier run.
#ifndef OHM_WAVE_H
#define OHM_WAVE_H

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include <unistd.h>

#include "ohm_error.h"

namespace ohm {

// Whether the blocks of an FST file (a byte of kind, eight of length) fill it to its last byte and
// bring a geometry and a hierarchy, which are written last. The writer says nothing of a full disk.
inline bool fst_is_whole(const std::string &path)
{
    enum { GEOMETRY = 3, HIERARCHY = 4, HIERARCHY_LZ4 = 6, HIERARCHY_LZ4_TWICE = 7 };
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    const uint64_t end = file ? static_cast<uint64_t>(file.tellg()) : 0;
    bool geometry = false, hierarchy = false;
    uint64_t at = 0;
    while (at + 9 <= end) {
        unsigned char head[9];
        uint64_t length = 0;
        file.seekg(static_cast<std::streamoff>(at));
        if (!file.read(reinterpret_cast<char *>(head), sizeof head))
            return false;
        for (int i = 1; i < 9; i++)
            length = length << 8 | head[i];
        geometry |= head[0] == GEOMETRY;
        hierarchy |=
            head[0] == HIERARCHY || head[0] == HIERARCHY_LZ4 || head[0] == HIERARCHY_LZ4_TWICE;
        if (length < 8 || length > end - at - 1)
            return false;
        at += 1 + length;
    }
    return at == end && geometry && hierarchy;
}

inline std::string part_of(const std::string &path)
{
    return path + ".part";
}

// The FST writer maps its files into memory: a disk that is full while it writes is a SIGBUS. The
// run ends there, with one line and no part of a file; only what a handler may call is called.
struct FullDisk {
    static inline char line[512], part[1300], hierarchy[1310];

    static void expect(const std::string &path)
    {
        std::snprintf(part, sizeof part, "%s", part_of(path).c_str());
        std::snprintf(hierarchy, sizeof hierarchy, "%s.hier", part); // the writer's own
        std::snprintf(line, sizeof line,
                      "FAIL  %.400s: not written completely: a full disk?; nothing is left of it\n",
                      path.c_str());
        std::signal(SIGBUS, [](int) {
            if (write(STDERR_FILENO, line, std::strlen(line)) < 0)
                _exit(2);
            unlink(part);
            unlink(hierarchy);
            _exit(1);
        });
    }

    static void over() { std::signal(SIGBUS, SIG_DFL); }
};

// Gives a file its name, if it is whole. -1 + err: not, and nothing is left of it.
inline int give_name(const std::string &path, bool whole, ohm_error *err)
{
    const std::string part = part_of(path);
    errno = 0;
    if (whole && !std::rename(part.c_str(), path.c_str()))
        return 0;
    const char *why = errno ? std::strerror(errno) : "a full disk?";
    std::remove(part.c_str());
    return ohm_fail(err, "%.400s: not written completely: %s; nothing is left of it", path.c_str(),
                    why);
}

} // namespace ohm

#endif
