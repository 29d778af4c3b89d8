// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/trace/engine.h"
#include "core/trace/trace.h"

namespace vitrine {

/// The size of a network that was never trained.
struct FakeSize {
    Architecture architecture = Architecture::Vit;
    int layers = 3;
    int heads = 2;
    int gridHeight = 4, gridWidth = 5;
    int patch = 8;
    int width = 12;
    int classes = 6;
    int registers = 0;
    unsigned seed = 1;
    bool learnedPositions = true;
    bool queriesAndKeys = false;  ///< kept instead of the matrices
    bool pooling = false;         ///< a learnt query reads the patches
};

std::shared_ptr<const ModelSpec> fakeSpec(const FakeSize& size = {});

/// A whole trace with every shape as Trace promises it and rows that sum to 1; equal sizes give equal numbers.
std::shared_ptr<const Trace> fakeTrace(const FakeSize& size = {});

/// Position embeddings that go with it: a trained grid one patch larger on both sides.
PositionEmbeddings fakePositions(const FakeSize& size = {});

}  // namespace vitrine
