// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/commands.h"

namespace vitrine {

void addFeatures(CLI::App& app, Run& run);
void addFilters(CLI::App& app, Run& run);

/// Every subcommand that writes figures.
void addFigureCommands(CLI::App& app, Run& run);
/// Makes one of their figures again.
void addFigure(CLI::App& app, Run& run);

}  // namespace vitrine
