// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace vitrine {

/// Three numbers about one map of one picture.
struct Measured {
    double deletion = 0, insertion = 0, saco = 0;
};

struct Measure {
    const char* name;
    double Measured::*value;
    int better;  ///< 1: large is good; -1: small is good
};
constexpr std::array measures{Measure{"deletion", &Measured::deletion, -1}, Measure{"insertion", &Measured::insertion, 1},
                              Measure{"SaCo", &Measured::saco, 1}};

/// By method, then by picture.
using Measurements = std::map<std::string, std::map<std::string, Measured>>;

/// Mean of one measure over a method's pictures.
double meanOf(const std::map<std::string, Measured>& pictures, const Measure& measure);

/// Whether `one` is better than `other` on the pictures that both have: on one picture by any difference, on more by
/// more than twice its standard error.
bool beats(const std::map<std::string, Measured>& one, const std::map<std::string, Measured>& other, const Measure& measure);

/// Measurements that survive the end of the program: a file with the settings in its first line, and a line each.
class MeasurementFile {
public:
    /// Reads what is there; nothing is kept where `path` is empty. Throws Error where it is of other settings.
    MeasurementFile(std::filesystem::path path, const std::string& settings);

    const Measurements& known() const { return m_known; }
    /// Throws Error (disk full).
    void add(const std::string& method, const std::string& picture, const Measured& measured);
    /// The table is written: what it was made of is no longer needed.
    void remove();

private:
    void append(const std::string& line);

    std::filesystem::path m_path;
    Measurements m_known;
};

}  // namespace vitrine
