// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/selection.h"

#include <limits>
#include <numeric>

#include <CLI/CLI.hpp>

#include "app/common.h"
#include "core/base/error.h"
#include "core/explain/rollout.h"

namespace vitrine {

void addSelectionOptions(CLI::App& command, SelectionOptions& options)
{
    command.add_option("--layer", options.layer, "Layer from 0, or all; the last one if not said");
    command.add_option("--head", options.head, "Head from 0, mean, max, min or all")->capture_default_str();
    command.add_option(
        "--query", options.query,
        "cls, ROW,COL of a patch, a prefix token's name, or probe where the head pools by attention; cls if not said, "
        "or probe where there is no CLS");
    command.add_flag("--received", options.received, "Who looks at the token, instead of what it looks at");
    command.add_flag("--rollout", options.rollout, "Attention rollout from layer 0 to the layer, instead of the layer alone");
}

namespace {

std::vector<HeadChoice> headsOf(const SelectionOptions& options, int count)
{
    if (const auto head = parseHead(options.head, count))
        return {*head};
    std::vector<HeadChoice> all;
    for (int index = 0; index < count; ++index)
        all.push_back({HeadFusion::Single, index, {}});
    return all;
}

Selection probe(const SelectionOptions& options, const ModelSpec& spec)
{
    if (spec.pool != Pool::Attention)
        throw Error(spec.name + " has no probe: its head does not pool the tokens by attention.");
    if (!options.layer.empty() || options.received || options.rollout)
        throw Error(
            "The probe attends once, behind the last layer: it takes no --layer, --received or --rollout; --query says which "
            "token looks.");
    Selection selection;
    selection.probe = true;
    selection.layers = {spec.layers - 1};
    selection.heads = headsOf(options, spec.poolHeads);
    return selection;
}

}  // namespace

Selection select(const SelectionOptions& options, const ModelSpec& spec)
{
    const bool reads = options.query.empty() && !spec.cls && spec.pool == Pool::Attention && options.layer.empty()
                       && !options.received && !options.rollout;
    if (options.query == "probe" || reads)
        return probe(options, spec);
    Selection selection;
    const auto layer = options.layer.empty() ? spec.layers - 1 : parseLayer(options.layer, spec);
    if (layer) {
        selection.layers = {*layer};
    } else {
        selection.layers.resize(static_cast<std::size_t>(spec.layers));
        std::iota(selection.layers.begin(), selection.layers.end(), 0);
    }
    selection.heads = headsOf(options, spec.heads);
    selection.token = parseToken(options.query.empty() ? "cls" : options.query, spec);
    selection.direction = options.received ? Direction::LookedAtBy : Direction::LooksAt;
    selection.rollout = options.rollout;
    return selection;
}

std::string titleOf(const Selection& selection, const ModelSpec& spec)
{
    if (selection.probe)
        return "what the probe attends to" + (selection.heads.size() == 1 ? ", " + toString(selection.heads.front()) : "");
    const std::string token = spec.tokenName(selection.token);
    std::string title = selection.direction == Direction::LooksAt ? "what " + token + " looks at" : "who looks at " + token;
    if (selection.rollout)
        title += ", rollout";
    if (selection.layers.size() == 1)
        title += (selection.rollout ? " to layer " : ", layer ") + std::to_string(selection.layers.front());
    if (selection.heads.size() == 1)
        title += ", " + toString(selection.heads.front());
    return title;
}

std::vector<std::vector<float>> rowsOf(const Selection& selection, const Trace& trace, Engine& engine, int layer)
{
    std::vector<std::vector<float>> rows;
    for (const HeadChoice& heads : selection.probe ? selection.heads : std::vector<HeadChoice>())
        rows.push_back(fuseRows(trace.pooling, heads));
    if (selection.probe)
        return rows;
    // Rows of what a pass kept cost no matrix.
    const auto index = static_cast<std::size_t>(layer);
    LayerAttention attention = index < trace.attention.size() ? trace.attention[index] : LayerAttention();
    if (attention.empty() && !selection.rollout)
        attention = LayerAttention(engine.attention(trace, layer));
    for (const HeadChoice& heads : selection.heads) {
        if (selection.rollout) {
            const NdArray joint = rollout(trace, 0, layer, heads);
            rows.push_back(
                attentionOf(joint.reshaped({1, joint.dim(0), joint.dim(1)}), {}, selection.token, selection.direction));
        } else {
            rows.push_back(attentionOf(attention, heads, selection.token, selection.direction));
        }
    }
    return rows;
}

RecordOptions recordFor(const Selection& selection)
{
    RecordOptions record;
    if (selection.rollout)
        record.attentionBudget = std::numeric_limits<std::size_t>::max();
    return record;
}

}  // namespace vitrine
