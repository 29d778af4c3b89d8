// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/explain/attention.h"
#include "core/trace/engine.h"

namespace CLI {
class App;
}

namespace vitrine {

/// Which maps of outer attention a subcommand is about, as said on the command line.
struct SelectionOptions {
    std::string layer, head = "mean", query;
    bool received = false, rollout = false;
};

/// --layer --head --query --received --rollout.
void addSelectionOptions(CLI::App& command, SelectionOptions& options);

/// The same, checked against a model: a map for each layer and choice of heads.
struct Selection {
    std::vector<int> layers;
    std::vector<HeadChoice> heads;
    int token = 0;
    bool probe = false;  ///< instead of a token: the learned query of attention pooling, which attends once, behind all layers
    Direction direction = Direction::LooksAt;
    bool rollout = false;  ///< from layer 0 up to the layer, instead of its attention alone
};

Selection select(const SelectionOptions& options, const ModelSpec& spec);

/// "what CLS looks at, layer 5, mean of heads"
std::string titleOf(const Selection& selection, const ModelSpec& spec);

/// At one layer, for each choice of heads [T]: how the token of the selection attends, or is attended to.
std::vector<std::vector<float>> rowsOf(const Selection& selection, const Trace& trace, Engine& engine, int layer);

/// What a trace must hold for rowsOf().
RecordOptions recordFor(const Selection& selection);

}  // namespace vitrine
