// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/measurements.h"

#include <cmath>
#include <fstream>

#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/output/arrays.h"

namespace vitrine {

namespace {

using Json = nlohmann::ordered_json;

std::string lineOf(const std::string& method, const std::string& picture, const Measured& measured)
{
    Json line{{"method", method}, {"picture", picture}};
    for (const Measure& measure : measures)
        line[measure.name] = measured.*measure.value;
    return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// A line that a killed program left half written counts for nothing.
void take(const std::string& text, Measurements& into)
{
    const Json line = Json::parse(text, nullptr, false);
    if (!line.is_object() || !line.contains("method") || !line.contains("picture"))
        return;
    Measured measured;
    for (const Measure& measure : measures) {
        if (!line.contains(measure.name) || !line[measure.name].is_number())
            return;
        measured.*measure.value = line[measure.name].get<double>();
    }
    if (line["method"].is_string() && line["picture"].is_string())
        into[line["method"].get<std::string>()][line["picture"].get<std::string>()] = measured;
}

}  // namespace

double meanOf(const std::map<std::string, Measured>& pictures, const Measure& measure)
{
    double sum = 0;
    for (const auto& [picture, measured] : pictures)
        sum += measured.*measure.value;
    return sum / static_cast<double>(pictures.size());
}

bool beats(const std::map<std::string, Measured>& one, const std::map<std::string, Measured>& other, const Measure& measure)
{
    double sum = 0, squares = 0, count = 0;
    for (const auto& [picture, measured] : one) {
        const auto same = other.find(picture);
        if (same == other.end())
            continue;
        const double difference = measure.better * (measured.*measure.value - same->second.*measure.value);
        sum += difference;
        squares += difference * difference;
        ++count;
    }
    if (count < 2)
        return sum > 0;
    const double mean = sum / count, variance = std::max(0.0, squares / count - mean * mean) * count / (count - 1);
    return mean > 2 * std::sqrt(variance / count);
}

MeasurementFile::MeasurementFile(std::filesystem::path path, const std::string& settings)
    : m_path(std::move(path))
{
    if (m_path.empty())
        return;
    std::ifstream file(m_path);
    std::string line;
    if (!std::getline(file, line)) {
        append(settings);
        return;
    }
    if (line != settings)
        throw Error(m_path.string()
                    + " is the beginning of another table (of another model, class, other steps or "
                      "pictures); remove it, or choose another name with -o.");
    while (std::getline(file, line))
        take(line, m_known);
    file.close();
    // Written anew: a line that broke off would swallow the next one.
    writeAtomically(m_path, [&](const std::filesystem::path& temporary) {
        std::ofstream out(temporary);
        out << settings << '\n';
        for (const auto& [method, pictures] : m_known)
            for (const auto& [picture, measured] : pictures)
                out << lineOf(method, picture, measured) << '\n';
        out.close();
        if (!out)
            throw Error("Cannot write " + m_path.string() + ": the disk is full or went away; choose another place.");
    });
}

void MeasurementFile::append(const std::string& line)
{
    std::ofstream file(m_path, std::ios::app);
    file << line << '\n';
    file.close();
    if (!file)
        throw Error("Cannot write " + m_path.string() + ": there is no such folder, no right to write, or no room.");
}

void MeasurementFile::add(const std::string& method, const std::string& picture, const Measured& measured)
{
    m_known[method][picture] = measured;
    if (!m_path.empty())
        append(lineOf(method, picture, measured));
}

void MeasurementFile::remove()
{
    std::error_code error;
    if (!m_path.empty())
        std::filesystem::remove(m_path, error);
}

}  // namespace vitrine
