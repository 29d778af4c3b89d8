// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trace/edits.h"

#include <functional>

#include <gmock/gmock.h>

#include "core/base/error.h"
#include "core/model/model_spec.h"

namespace vitrine {
namespace {

using testing::HasSubstr;

ModelSpec spec(Architecture architecture)
{
    ModelSpec result;
    result.architecture = architecture;
    result.name = "net";
    result.layers = 4;
    result.heads = 3;
    result.width = 2;
    result.patchHeight = result.patchWidth = 8;
    result.imageHeight = 16;
    result.imageWidth = 24;
    return result;
}

Edits edits(const std::function<void(Edits&)>& fill)
{
    Edits result;
    fill(result);
    return result;
}

TEST(Edits, BeginWhereTheyChangeSomething)
{
    EXPECT_EQ(Edits().firstLayer(), 0);
    EXPECT_TRUE(Edits().empty());
    EXPECT_EQ(edits([](Edits& e) { e.headsOff = {{3, 0}, {2, 1}}; }).firstLayer(), 2);
    EXPECT_EQ(edits([](Edits& e) { e.tokenPatches.push_back({4, {}, {}}); }).firstLayer(), 4);
    EXPECT_EQ(edits([](Edits& e) { e.innerProjectionsOff = {1}; }).firstLayer(), 1);
    EXPECT_EQ(edits([](Edits& e) { e.headsOff = {{3, 0}}, e.maskedPatches = {5}; }).firstLayer(), 0);
    EXPECT_EQ(edits([](Edits& e) { e.headsOff = {{3, 0}}, e.maskedInner.push_back({0, {1}}); }).firstLayer(), 0);
    EXPECT_FALSE(edits([](Edits& e) { e.innerProjectionsOff = {1}; }).empty());
}

struct Wrong {
    std::function<void(Edits&)> fill;
    const char* says;
};

class WrongEdits : public testing::TestWithParam<Wrong> {};
INSTANTIATE_TEST_SUITE_P(, WrongEdits,
                         testing::Values(Wrong{[](Edits& e) { e.maskedPatches = {6}; }, "no patch 6 in net; it has 6"},
                                         Wrong{[](Edits& e) { e.maskedPatches = {-1}; }, "no patch -1"},
                                         Wrong{[](Edits& e) {
                                                   e.headsOff = {{4, 0}};
                                               },
                                               "no layer 4 in net; it has 4"},
                                         Wrong{[](Edits& e) {
                                                   e.headsOff = {{0, 3}};
                                               },
                                               "no head 3 in net; it has 3"},
                                         Wrong{[](Edits& e) {
                                                   e.tokenPatches.push_back({5, {}, {}});
                                               },
                                               "no token state 5 in net; it has 5"},
                                         Wrong{[](Edits& e) {
                                                   e.tokenPatches.push_back({0, {7}, {}});
                                               },
                                               "no token 7 in net; it has 7"},
                                         Wrong{[](Edits& e) {
                                                   e.tokenPatches.push_back({0, {1, 2}, NdArray({1, 2}, {1, 2})});
                                               },
                                               "1x2"},
                                         Wrong{[](Edits& e) { e.innerProjectionsOff = {4}; }, "no layer 4"},
                                         Wrong{[](Edits& e) {
                                                   e.maskedInner.push_back({6, {}});
                                               },
                                               "no patch 6"},
                                         Wrong{[](Edits& e) {
                                                   e.maskedInner.push_back({0, {16}});
                                               },
                                               "no inner token 16 in net; it has 16"}),
                         [](const auto& instance) { return "Number" + std::to_string(instance.index); });

TEST_P(WrongEdits, AreNamed)
{
    try {
        check(edits(GetParam().fill), spec(Architecture::Tnt));
        FAIL() << "not refused: " << GetParam().says;
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr(GetParam().says));
    }
}

TEST(Edits, OfWhatIsInsideAPatchBelongToATnt)
{
    for (const auto& inside : {edits([](Edits& e) { e.innerProjectionsOff = {0}; }), edits([](Edits& e) {
                                   e.maskedInner.push_back({0, {1}});
                               })}) {
        EXPECT_NO_THROW(check(inside, spec(Architecture::Tnt)));
        EXPECT_THROW(check(inside, spec(Architecture::Vit)), Error);
    }
    EXPECT_NO_THROW(check(edits([](Edits& e) {
                              e.tokenPatches.push_back({4, {6}, NdArray({1, 2}, {1, 2})});
                          }),
                          spec(Architecture::Vit)));
}

}  // namespace
}  // namespace vitrine
