// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <stop_token>
#include <string_view>

#include "core/base/error.h"

namespace vitrine {

/// Told how far long work is: fraction 0..1 and what is being done ("block 5 of 12"). Called on the working thread.
using Progress = std::function<void(double fraction, std::string_view what)>;

/// Throws Cancelled when a stop was requested.
inline void throwIfStopped(const std::stop_token& stop)
{
    if (stop.stop_requested())
        throw Cancelled();
}

}  // namespace vitrine
