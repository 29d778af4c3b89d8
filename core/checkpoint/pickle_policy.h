// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace vitrine {

/// True for names that run code or commands, or that reach what does. Nothing is run here in any case; but a file that
/// asks for it is not to be trusted with anything.
bool isDangerous(std::string_view module, std::string_view name);

}  // namespace vitrine
