// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/picture/bounds.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <string>
#include <utility>

#include "core/base/progress.h"

namespace vitrine {

namespace {

constexpr qint64 lookEvery = 4096;

std::chrono::nanoseconds timeOfThisThread()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

int jpegScans(const QByteArray& bytes, int most)
{
    constexpr unsigned char endOfPicture = 0xd9, startOfScan = 0xda, firstRestart = 0xd0, startOfPicture = 0xd8;
    const auto* const data = reinterpret_cast<const unsigned char*>(bytes.constData());
    const auto size = static_cast<std::size_t>(bytes.size());
    int scans = 0;
    std::size_t at = 2;
    while (at + 3 < size && scans < most) {
        const auto* const marker = static_cast<const unsigned char*>(std::memchr(data + at, 0xff, size - at - 3));
        if (!marker)
            break;
        at = static_cast<std::size_t>(marker - data) + 1;
        const unsigned char kind = data[at];
        if (kind == 0xff)
            continue;  // fill bytes may stand before a marker
        ++at;
        if (kind == endOfPicture)
            break;
        // A 0xff in the data of a scan is followed by 0; these have no length after them either.
        if (kind <= 1 || (kind >= firstRestart && kind <= startOfPicture))
            continue;
        scans += kind == startOfScan ? 1 : 0;
        at += data[at] * 256U + data[at + 1];
    }
    return scans;
}

DecodeBudget::DecodeBudget(std::stop_token stop, const DecodeLimits& limits)
    : m_stop(std::move(stop))
    , m_limits(limits)
    , m_end(timeOfThisThread() + limits.time)
{
}

bool DecodeBudget::isSpent(qint64 bytes)
{
    m_sinceLook += bytes;
    if (m_sinceLook >= lookEvery) {
        m_sinceLook = 0;
        m_late = m_late || timeOfThisThread() > m_end;
    }
    return m_late || m_stop.stop_requested();
}

void DecodeBudget::check() const
{
    throwIfStopped(m_stop);
    if (m_late)
        throw Error("takes more than " + std::to_string(m_limits.time.count() / 1000)
                    + " seconds to read; save it again as an ordinary JPEG or PNG");
}

BoundedDevice::BoundedDevice(const QByteArray& bytes, DecodeBudget& budget)
    : m_bytes(bytes)
    , m_budget(budget)
{
    open(ReadOnly | Unbuffered);
}

bool BoundedDevice::seek(qint64 position)
{
    if (position < 0 || position > size() || !QIODevice::seek(position))
        return false;
    m_at = position;
    return true;
}

qint64 BoundedDevice::readData(char* to, qint64 size)
{
    const qint64 count = std::min(size, m_bytes.size() - m_at);
    if (m_budget.isSpent(count))
        return -1;
    std::memcpy(to, m_bytes.constData() + m_at, static_cast<std::size_t>(count));
    m_at += count;
    return count;
}

}  // namespace vitrine
