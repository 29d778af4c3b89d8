// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace vitrine {

/// What main() runs after parsing: the exit code of the chosen subcommand. Throws Error.
using Run = std::function<int()>;

/// Each adds one subcommand; choosing it on the command line sets `run`.
void addClassify(CLI::App& app, Run& run);
void addAttention(CLI::App& app, Run& run);
void addInner(CLI::App& app, Run& run);
void addPositions(CLI::App& app, Run& run);
void addPca(CLI::App& app, Run& run);
void addCka(CLI::App& app, Run& run);
void addExplain(CLI::App& app, Run& run);
void addFaithfulness(CLI::App& app, Run& run);
void addLens(CLI::App& app, Run& run);
void addSimilarity(CLI::App& app, Run& run);
void addStatistics(CLI::App& app, Run& run);
void addWhatIf(CLI::App& app, Run& run);
void addTrace(CLI::App& app, Run& run);
void addInspect(CLI::App& app, Run& run);
void addEvaluate(CLI::App& app, Run& run);
void addBench(CLI::App& app, Run& run);

}  // namespace vitrine
