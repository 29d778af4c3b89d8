// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <map>
#include <string>
#include <vector>

#include "core/explain/replacement.h"
#include "core/trace/engine.h"

namespace vitrine {

/// How a class's probability changes while pixels go or come in the order of a map, and the area under each curve.
struct Faithfulness {
    NdArray deletion;   ///< [steps + 1], from the whole picture to none of it; a good map falls fast: small area
    NdArray insertion;  ///< [steps + 1], from nothing of the picture to the whole; a good map rises fast: large area
    double deletionArea = 0, insertionArea = 0;  ///< 0 .. 1, by trapezoids
    /// -1 .. 1 (Wu et al., SaCo, CVPR 2024): whether the pixels' weights tell how much the probability falls without them;
    /// 0 where they tell nothing. Of the ten tenths of the pixels or patches in the map's order, each taken away alone.
    double saco = 0;
};

/// What goes or comes at once.
enum class Ranking {
    Pixels,   ///< as in RISE: the map is enlarged to pixels bilinearly
    Patches,  ///< whole patches; a finer map counts with its mean over each
};
/// "pixels", "patches"
std::string toString(Ranking ranking);

struct FaithfulnessOptions {
    int steps = 50;  ///< equal parts in which pixels or patches go or come
    /// As in RISE: what is deleted becomes one colour, what is inserted comes into a blurred picture.
    Baseline deletion = Baseline::Zero, insertion = Baseline::Blur;
    Ranking by = Ranking::Pixels;
};

/// Deletion and insertion (RISE, Petsiuk et al. 2018) and SaCo of maps of one picture. At most 2 steps + 8 forward passes a
/// map, in batches, and three that all maps share; pictures that occur twice are run once. For the engine's thread.
class FaithfulnessMeter {
public:
    /// Throws Error where the network has no head.
    FaithfulnessMeter(Engine& engine, const PreparedImage& picture, int classIndex, const FaithfulnessOptions& options = {});

    /// Of `map` [rows, columns]. Throws Error where it is not finite, Cancelled.
    Faithfulness measure(const NdArray& map, const std::stop_token& stop = {}, const Progress& progress = {});

private:
    /// Part of the order of a map, as parts of all that is ordered: first .. last have gone, or come.
    struct Change {
        bool comes = false;
        int first = 0, last = 0;
        auto operator<=>(const Change&) const = default;
    };
    struct Order;

    Change deleted(int first, int last) const;
    Change inserted(int last) const;
    Order orderOf(const NdArray& map) const;
    PreparedImage changed(const Order& order, const Change& change) const;
    void run(const Order& order, const std::vector<Change>& wanted, const std::stop_token& stop, const Progress& progress);
    double saco(const Order& order) const;

    Engine& m_engine;
    PreparedImage m_picture;
    int m_class;
    FaithfulnessOptions m_options;
    int m_count = 0, m_groups = 0;  ///< of what is ordered: pixels or patches; of SaCo's equal parts of that
    std::vector<float> m_whole, m_none, m_start;
    std::map<Change, float> m_known;  ///< probabilities; between two maps those alone that belong to any
};

}  // namespace vitrine
