// SPDX-License-Identifier: GPL-3.0-or-later
// Engines beside each other share nothing that one of them sets.
#include <cstring>
#include <optional>

#include <gtest/gtest.h>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "core/nn/caching_allocator.h"
#include "core/nn/torch_engine.h"
#include "tests/core/nn/comparison.h"
#include "tests/core/nn/random_model.h"

namespace vitrine {
namespace {

using test::expectSameBits;
using test::ModelBuilder;

struct Settings {
    EngineOptions options;
    Architecture architecture = Architecture::Vit;
};

Model modelOf(Architecture architecture)
{
    return architecture == Architecture::Vit ? ModelBuilder::vit() : ModelBuilder::tnt();
}

// A pass, a changed pass and derivatives; every look at the number of threads meanwhile.
struct Answer {
    std::shared_ptr<const Trace> pass, changed;
    Gradients gradients;
    std::vector<int> threads;
};

Answer ask(Engine& engine)
{
    Answer answer;
    const Progress look = [&](double, std::string_view) { answer.threads.push_back(at::get_num_threads()); };
    const PreparedImage picture = ModelBuilder::picture(*engine.model(), 3);
    answer.pass = engine.run(std::span(&picture, 1), {}, {}, look).front();
    answer.changed = engine.rerun(*answer.pass, test::headsOff({{1, 0}}), {}, look);
    answer.gradients = engine.gradients(*answer.pass, {2, {}}, {}, {}, look);
    return answer;
}

void expectSame(const Answer& a, const Answer& b)
{
    expectSameBits(a.pass->logits, b.pass->logits);
    expectSameBits(a.changed->logits, b.changed->logits);
    for (std::size_t layer = 0; layer < a.pass->attention.size(); ++layer) {
        expectSameBits(a.pass->attention[layer].matrices(), b.pass->attention[layer].matrices());
        expectSameBits(a.gradients.attention[layer], b.gradients.attention[layer]);
    }
}

TEST(TwoEngines, EachAnswersByItsOwnSettingsHoweverTheyTakeTurns)
{
    const std::vector<Settings> all{
        {{.device = "cpu", .threads = 1}},
        {{.device = "cpu", .threads = 2, .precision = Precision::BFloat16}},
        {{.device = "cpu", .threads = 3, .attentionBudget = 1}, Architecture::Tnt},
    };
    std::vector<Answer> alone;
    for (const Settings& settings : all)
        alone.push_back(ask(*makeTorchEngine(modelOf(settings.architecture), settings.options)));
    std::vector<std::unique_ptr<Engine>> engines;
    for (const Settings& settings : all)
        engines.push_back(makeTorchEngine(modelOf(settings.architecture), settings.options));
    for (const std::size_t turn : {0U, 1U, 0U, 2U, 1U, 2U, 0U}) {
        SCOPED_TRACE(turn);
        const Answer answer = ask(*engines[turn]);
        expectSame(answer, alone[turn]);
        EXPECT_EQ(engines[turn]->threads(), all[turn].options.threads);
        EXPECT_EQ(engines[turn]->precision(), all[turn].options.precision);
        for (const int threads : answer.threads)
            EXPECT_EQ(threads, all[turn].options.threads);
    }
    EXPECT_NE(std::memcmp(alone[0].pass->logits.data(), alone[1].pass->logits.data(), 7 * sizeof(float)), 0)
        << "bfloat16 rounds";
    EXPECT_FALSE(alone[0].pass->attention[0].empty());
    EXPECT_TRUE(alone[2].pass->attention[0].empty()) << "a matrix is larger than its budget";
}

at::Tensor some()
{
    return at::empty({1 << 16});
}

TEST(TwoEngines, KeepTheirFreedMemoryApart)
{
    const nn::EngineMemory first;
    std::optional<nn::EngineMemory> second(std::in_place);
    const void* given = nullptr;
    {
        const nn::EngineMemory::Use use(first);
        given = some().const_data_ptr();
    }
    at::Tensor outlives;
    {
        const nn::EngineMemory::Use use(*second);
        outlives = some();
        EXPECT_NE(outlives.const_data_ptr(), given);
    }
    second.reset();
    outlives = at::Tensor();
    const nn::EngineMemory::Use use(first);
    EXPECT_EQ(some().const_data_ptr(), given) << "what another engine keeps does not go with the second";
}

}  // namespace
}  // namespace vitrine
