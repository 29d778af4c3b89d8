// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>

#include "tests/core/architecture/include_rules.h"

namespace vitrine {
namespace {

using test::violations;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;

TEST(Architecture, IncludesKeepTheOrderOfDependency)
{
    const test::Sources sources = test::readSources(VITRINE_SOURCE_DIR);
    std::vector<std::string> paths;
    for (const auto& [path, text] : sources)
        paths.push_back(path);
    // A scan that finds no files would find no breach either.
    ASSERT_THAT(paths, IsSupersetOf({"core/base/ndarray.cpp", "core/nn/torch_engine.h", "core/explain/rollout.cpp",
                                     "core/output/csv.cpp", "ui/session/exploration.h"}));
    EXPECT_THAT(violations(sources), IsEmpty());
}

struct Breach {
    std::string path, text, expected;
};

class Scanner : public testing::TestWithParam<Breach> {};

TEST_P(Scanner, Finds)
{
    const auto& [path, text, expected] = GetParam();
    EXPECT_THAT(violations({{path, text}}), ElementsAre(expected));
}

INSTANTIATE_TEST_SUITE_P(
    Breaches, Scanner,
    testing::Values(
        Breach{"core/base/a.cpp", "#include <vector>\n#include \"core/trace/trace.h\"\n",
               "core/base/a.cpp:2: core/trace/trace.h: core/base stands below core/trace"},
        Breach{"core/explain/a.h", "#include \"core/output/arrays.h\"",
               "core/explain/a.h:1: core/output/arrays.h: core/explain stands below core/output"},
        Breach{"core/explain/a.cpp", "#include \"core/nn/torch_engine.h\"",
               "core/explain/a.cpp:1: core/nn/torch_engine.h: core/explain must not know the networks"},
        Breach{"core/output/a.cpp", "#include <core/nn/vit.h>",
               "core/output/a.cpp:1: core/nn/vit.h: core/output must not know the networks"},
        Breach{"core/trace/a.h", "  #  include \"ui/figure/figure.h\"",
               "core/trace/a.h:1: ui/figure/figure.h: core must not know ui"},
        Breach{"ui/views/a.cpp", "#include \"app/common.h\"", "ui/views/a.cpp:1: app/common.h: ui must not know app"},
        Breach{"core/nn/a.cpp", "/* one\n two */ #include <QString>", "core/nn/a.cpp:2: QString: Qt does not belong to core"},
        Breach{"core/model/a.h", "#include <QtCore/QString>", "core/model/a.h:1: QtCore/QString: Qt does not belong to core"},
        Breach{"core/model/a.h", "#include <qglobal.h>", "core/model/a.h:1: qglobal.h: Qt does not belong to core"},
        Breach{"core/trace/a.h", "#include <ATen/core/Tensor.h>",
               "core/trace/a.h:1: ATen/core/Tensor.h: LibTorch belongs to core/nn alone"},
        Breach{"app/a.cpp", "#include \"torch/torch.h\"", "app/a.cpp:1: torch/torch.h: LibTorch belongs to core/nn alone"},
        Breach{"ui/session/a.cpp", "#include <c10/util/Half.h>",
               "ui/session/a.cpp:1: c10/util/Half.h: LibTorch belongs to core/nn alone"},
        Breach{"ui/session/a.cpp", "#include \"core/nn/torch_engine.h\"",
               "ui/session/a.cpp:1: core/nn/torch_engine.h: ui must not know the networks"},
        Breach{"ui/models/a.cpp", "#include \"ui/views/canvas/canvas_view.h\"",
               "ui/models/a.cpp:1: ui/views/canvas/canvas_view.h: ui/models stands below ui/views"},
        Breach{"core/base/a.cpp", "#include \"error.h\"", "core/base/a.cpp:1: error.h: is neither of core, ui nor app"},
        Breach{"core/output/a.cpp", "#include \"tests/golden/a.h\"",
               "core/output/a.cpp:1: tests/golden/a.h: is neither of core, ui nor app"},
        Breach{"core/extra/a.cpp", "", "core/extra/a.cpp:1: the folder has no place in the order of core"},
        Breach{"ui/loose.cpp", "", "ui/loose.cpp:1: the folder has no place in the order of ui"}),
    [](const auto& breach) { return "Number" + std::to_string(breach.index); });

TEST(Scanner, LetsTheOrderPass)
{
    EXPECT_THAT(violations({{"core/nn/sub/a.cpp", "#include <ATen/ATen.h>\n#include \"core/trace/engine.h\""},
                            {"core/output/a.cpp", "#include \"core/explain/rollout.h\"\n#include <zip.h>\n#include <queue>"},
                            {"ui/views/a.cpp", "#include <QWidget>\n#include \"ui/session/exploration.h\"\n"
                                               "#include \"core/output/arrays.h\""},
                            {"app/a.cpp", "#include \"core/nn/torch_engine.h\"\n#include <CLI/CLI.hpp>"}}),
                IsEmpty());
}

TEST(Scanner, ReadsNoCommentsAndNoStrings)
{
    EXPECT_THAT(violations({{"core/base/a.h", "// #include <QString>\n/*\n#include <QString>\n*/\n"
                                              "const char* text = \"/* #include <QString>\";\n"}}),
                IsEmpty());
}

TEST(Scanner, FindsTorchInHeadersThatOthersInclude)
{
    const std::string user = "#include \"core/nn/public.h\"";
    const std::string complaint = ":1: others include it, so it must name nothing of LibTorch";
    EXPECT_THAT(
        violations({{"app/a.cpp", user}, {"core/nn/public.h", "/// On LibTorch, at::Tensor inside.\nint torchThreads();"}}),
        IsEmpty());
    EXPECT_THAT(violations({{"app/a.cpp", user}, {"core/nn/public.h", "void run(const at::Tensor& tensor);"}}),
                ElementsAre("core/nn/public.h" + complaint));
    EXPECT_THAT(violations({{"app/a.cpp", user}, {"core/nn/public.h", "namespace torch { class Tensor; }"}}),
                ElementsAre("core/nn/public.h" + complaint));
    EXPECT_THAT(violations({{"app/a.cpp", user},
                            {"core/nn/public.h", "#include \"core/nn/inside.h\""},
                            {"core/nn/inside.h", "#include <torch/torch.h>"},
                            {"core/nn/unused.h", "at::Tensor tensor;"}}),
                ElementsAre("core/nn/inside.h" + complaint));
}

}  // namespace
}  // namespace vitrine
