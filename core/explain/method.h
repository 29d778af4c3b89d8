// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/trace/engine.h"

namespace vitrine {

class Evidence;
class Arguments;

/// A number that a method can be told.
struct Parameter {
    std::string_view name;
    double low = 0, high = 0;  ///< both allowed; high `lastLayer`: the model's last layer
    double standard = 0;       ///< if not said; `lastLayer`: the model's last layer
    bool whole = true;         ///< whole numbers alone
    std::string_view help;
};
constexpr double lastLayer = -1;

/// What a method is computed from, besides the picture.
struct Needs {
    bool attention = false;
    bool engine = false;                           ///< more passes, or what no trace holds
    std::span<const GradientOptions> gradients{};  ///< of the recorded pass: which, and what is to be in them
};

enum class Gives {
    PatchMap,  ///< [grid rows, grid columns]
    InnerMap,  ///< TNT: [grid rows * side, grid columns * side]; the sum over a patch's cells is its outer relevance
};

/// A way to say which parts of a picture matter: data that the command line, the window and figures are made from.
struct Method {
    std::string_view id;
    Needs needs{};
    Gives gives = Gives::PatchMap;
    bool isOfClass = false;  ///< about one class; else about no class in particular
    bool isSigned = false;   ///< negative numbers speak against the class
    bool isControl = false;  ///< knows nothing of the network: what any other method has to beat
    std::span<const Parameter> parameters{};
    std::string_view sentence, formula, source;  ///< for people, each in plain text
    NdArray (*compute)(Evidence&, const Arguments&);
};

/// What is asked of methods.
struct Query {
    Objective objective;
    /// "rollout.discard": of one method; "layer": of every method that has it. What is left out has its standard.
    std::map<std::string, double, std::less<>> parameters;
};

/// Every method, in the order in which they are shown.
std::span<const Method> methods();
/// Throws Error that names all methods.
const Method& findMethod(std::string_view id);
/// Whether it is of one layer, which a query names.
bool hasLayer(const Method& method);
/// Why a method says nothing about this network, one sentence; empty where it does.
std::string whyNot(const Method& method, const ModelSpec& spec);

/// Throws Error where `query` names a parameter that none of `chosen` has, or a value that it cannot take.
void check(const Query& query, std::span<const Method* const> chosen, const ModelSpec& spec);

/// One map each, raw: before any scaling. What several methods need (gradients) is computed once. Throws Error (a method
/// that does not suit the network, a pass that is not finite, and where), Cancelled.
std::vector<NdArray> computeMaps(std::span<const Method* const> chosen, Engine& engine, const Trace& trace, const Query& query,
                                 std::stop_token stop = {}, const Progress& progress = {});
/// One method's map at every layer. Throws Error where it has no layer.
std::vector<NdArray> computeLayers(const Method& method, Engine& engine, const Trace& trace, Query query,
                                   std::stop_token stop = {}, const Progress& progress = {});
NdArray computeMap(const Method& method, Engine& engine, const Trace& trace, const Query& query, std::stop_token stop = {},
                   const Progress& progress = {});

}  // namespace vitrine
