// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QIODevice>

#include <chrono>
#include <stop_token>

namespace vitrine {

/// What decoding one picture may cost.
struct DecodeLimits {
    /// Of a JPEG: each one goes over all pixels. libjpeg-turbo's own fuzzers stop there.
    int scans = 500;
    std::chrono::milliseconds time = std::chrono::seconds(30);  ///< of the decoding thread on its processor
};

/// Scans of a JPEG up to its end marker, counted no further than `most`.
int jpegScans(const QByteArray& bytes, int most);

/// What is left of the limits while one picture is decoded, on the thread that made it.
class DecodeBudget {
public:
    explicit DecodeBudget(std::stop_token stop = {}, const DecodeLimits& limits = {});

    /// Whether decoding is to end, now that `bytes` more were read.
    bool isSpent(qint64 bytes);
    const DecodeLimits& limits() const { return m_limits; }
    /// Throws Cancelled, or Error with the rest of a sentence about the picture; nothing while there is something left.
    void check() const;

private:
    std::stop_token m_stop;
    DecodeLimits m_limits;
    std::chrono::nanoseconds m_end;
    qint64 m_sinceLook = 0;  ///< bytes since the clock was asked, which costs as much as reading many
    bool m_late = false;
};

/// A file in memory that can be read as long as the budget lasts; from then on every read fails.
class BoundedDevice : public QIODevice {
public:
    BoundedDevice(const QByteArray& bytes, DecodeBudget& budget);

    qint64 size() const override { return m_bytes.size(); }
    bool seek(qint64 position) override;

protected:
    qint64 readData(char* to, qint64 size) override;
    qint64 writeData(const char*, qint64) override { return -1; }

private:
    const QByteArray m_bytes;
    DecodeBudget& m_budget;
    qint64 m_at = 0;
};

}  // namespace vitrine
