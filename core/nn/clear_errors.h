// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <new>
#include <string>

#include <c10/util/Exception.h>

#include "core/base/error.h"

namespace vitrine::nn {

/// What `function` gives. LibTorch's messages carry stack traces and advice for Python: only what a person can act on is
/// passed on, as Error. `model`: its name.
template <typename Function>
auto withClearErrors(const std::string& model, Function&& function)
{
    const auto outOfMemory = [&] {
        return Error("There is not enough memory to run " + model
                     + "; choose a smaller model or image size, fewer pictures at once, or another device.");
    };
    try {
        return function();
    } catch (const std::bad_alloc&) {
        throw outOfMemory();
    } catch (const c10::OutOfMemoryError&) {
        throw outOfMemory();
    } catch (const c10::Error& error) {
        const std::string text = error.what_without_backtrace();
        if (text.find("allocate memory") != std::string::npos)
            throw outOfMemory();
        throw Error("LibTorch could not run " + model + ": " + text.substr(0, text.find('\n')));
    }
}

}  // namespace vitrine::nn
