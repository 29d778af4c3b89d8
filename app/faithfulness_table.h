// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "app/common.h"
#include "core/explain/faithfulness.h"

namespace vitrine {

struct TableOptions {
    ModelOptions model;
    std::string path;     ///< picture or folder
    std::string methods;  ///< as for `vitrine explain`
    std::string output;   ///< .csv, or empty
    std::string wantedClass;
    FaithfulnessOptions how;
    bool json = false;
};

/// Deletion, insertion and SaCo of methods and controls, averaged over pictures; says which method does not beat which
/// control. Beside the output lies what was measured so far, and another run goes on from there. Throws Error.
int measureMethods(const TableOptions& options);

}  // namespace vitrine
