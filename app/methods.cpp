// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/methods.h"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "core/base/error.h"

namespace vitrine {

namespace {

/// Broken at words, each line after `indent` blanks.
std::string wrapped(std::string_view text, std::size_t indent)
{
    constexpr std::size_t width = 100;
    std::string result, line;
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;) {
        if (!line.empty() && indent + line.size() + 1 + word.size() > width) {
            result += std::string(indent, ' ') + line + '\n';
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    return line.empty() ? result : result + std::string(indent, ' ') + line + '\n';
}

std::string numberText(double number)
{
    std::ostringstream text;
    text << number;
    return text.str();
}

std::string rangeText(const Parameter& parameter)
{
    const auto end = [](double value) { return value == lastLayer ? std::string("last") : numberText(value); };
    return numberText(parameter.low) + " to " + end(parameter.high) + ", else " + end(parameter.standard);
}

}  // namespace

std::vector<const Method*> parseMethods(const std::string& names, const ModelSpec& spec)
{
    std::vector<const Method*> chosen;
    if (names == "all") {
        for (const Method& method : methods())
            if (whyNot(method, spec).empty())
                chosen.push_back(&method);
        return chosen;
    }
    std::istringstream list(names);
    for (std::string name; std::getline(list, name, ',');) {
        const Method& method = findMethod(name);
        if (const std::string why = whyNot(method, spec); !why.empty())
            throw Error(why);
        if (std::ranges::find(chosen, &method) == chosen.end())
            chosen.push_back(&method);
    }
    if (chosen.empty())
        findMethod(names);
    return chosen;
}

void parseParameter(const std::string& text, Query& query)
{
    const std::size_t equals = text.find('=');
    double value = 0;
    if (equals != std::string::npos) {
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data() + equals + 1, end, value);
        if (error == std::errc() && stop == end) {
            query.parameters[text.substr(0, equals)] = value;
            return;
        }
    }
    throw Error("\"" + text + "\" sets nothing; give METHOD.PARAMETER=NUMBER, as in smoothgrad.noise=0.2.");
}

std::string helpOfMethods()
{
    std::string help = "Methods (A: attention behind the softmax; G: the derivative of the class's logit by it; r: what the "
                       "head\nreads of each token, CLS alone or the mean over the patches that it pools; * entry by entry):\n";
    for (const Method& method : methods()) {
        help += "  " + std::string(method.id) + '\n' + wrapped(method.sentence, 6) + wrapped(method.formula, 6)
                + wrapped(method.source, 6);
        for (const Parameter& parameter : method.parameters)
            help += wrapped(std::string(method.id) + "." + std::string(parameter.name) + ": " + std::string(parameter.help)
                                + " (" + rangeText(parameter) + ")",
                            6);
    }
    return help;
}

}  // namespace vitrine
