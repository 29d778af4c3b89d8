// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <exception>
#include <stdexcept>

namespace vitrine {

/// Something a person can act on. what() is one sentence: which file or value, what is wrong with it, what to do.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Thrown by long work whose std::stop_token was requested; never shown to a person.
class Cancelled : public std::exception {
public:
    const char* what() const noexcept override { return "cancelled"; }
};

}  // namespace vitrine
